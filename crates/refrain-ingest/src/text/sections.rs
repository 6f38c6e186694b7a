//! A plain text into sections: what stands under a heading that names a role becomes a section of that role.

use refrain_record::{Record, Role};

use crate::headings::{is_people, outline, role_of, slug};

/// Roles that get sections of their own. Steps, environment and the like stay with the description: they are how a reporter
/// describes, and a report without headings says them there too.
const SPLIT: &[Role] = &[Role::Cause, Role::Trigger, Role::Impact, Role::Detection, Role::Fix, Role::Actions, Role::Lessons, Role::Timeline];

/// Adds a plain text to a record. Parts under headings of their own role become sections, named by the heading; all else is one section
/// of `role` and `name`, with its headings.
pub fn add_text(record: &mut Record, role: Role, name: &str, plain: &str) {
    let parts = outline(plain);
    let splits = |heading: &str| role_of(heading).filter(|r| SPLIT.contains(r));
    if role == Role::Comment || !parts.iter().any(|part| splits(part.heading).is_some() || is_people(part.heading)) {
        return record.add_section(role, name, plain);
    }
    let mut main = String::new();
    let mut own: Vec<(Role, String, String, u8)> = Vec::new();
    for part in parts {
        if is_people(part.heading) {
            continue;
        }
        let nested = own.last().filter(|(.., level)| part.level > *level && part.level > 0).is_some();
        match splits(part.heading) {
            Some(found) => own.push((found, slug(part.heading), part.body.to_owned(), part.level)),
            None if nested => extend(&mut own, &part),
            None => {
                push_part(&mut main, &part);
                own.iter_mut().for_each(|(.., level)| *level = u8::MAX);
            }
        }
    }
    record.add_section(role, name, super::tidy(&main));
    own.into_iter().for_each(|(role, name, text, _)| record.add_section(role, &name, super::tidy(&text)));
}

/// A deeper heading belongs to the section above it.
fn extend(own: &mut [(Role, String, String, u8)], part: &crate::headings::Part<'_>) {
    if let Some((_, _, text, _)) = own.last_mut() {
        push_part(text, part);
    }
}

fn push_part(text: &mut String, part: &crate::headings::Part<'_>) {
    if !part.heading.is_empty() {
        let level = usize::from(part.level.clamp(1, 6));
        text.push_str(&format!("\n{} {}\n", "#".repeat(level), part.heading));
    }
    text.push_str(part.body);
}

#[cfg(test)]
mod tests {
    use super::*;
    use refrain_record::Kind;

    fn sections(plain: &str) -> Vec<(String, String)> {
        let mut record = Record::new("X:1".parse().unwrap(), Kind::Issue, "t");
        add_text(&mut record, Role::Description, "description", plain);
        record.sections.into_iter().skip(1).map(|s| (s.name, s.text)).collect()
    }

    #[test]
    fn causes_get_sections_of_their_own() {
        let found = sections("Refund twice.\n\n## Steps\n1. send\n\n## Root cause\nNo key.\n### Details\nretry\n\n## Environment\nLinux\n");
        let expected =
            [("description", "Refund twice.\n\n## Steps\n1. send\n\n## Environment\nLinux"), ("root-cause", "No key.\n\n### Details\nretry")];
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_text_without_such_headings_is_one_section() {
        assert_eq!(sections("## Steps\nx"), [("description".to_owned(), "## Steps\nx".to_owned())]);
        assert!(sections("  \n").is_empty());
    }
}
