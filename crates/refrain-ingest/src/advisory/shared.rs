//! What all advisories share: severity words, CVSS vectors, stages, bodies cut at their headings.

use refrain_record::{Known, Moment, Record, Role, Severity};

use crate::entry::{excerpt, field, remark, section};
use crate::headings::{self, Part};
use crate::source::Item;
use crate::text;

/// Severity words of advisories, lower case, with our level.
const WORDS: &[(&str, u8)] = &[("critical", 1), ("high", 2), ("important", 2), ("medium", 3), ("moderate", 3), ("low", 4)];

/// The level that a severity word means.
pub fn severity_word(word: &str) -> Option<Severity> {
    let lower = word.trim().to_ascii_lowercase();
    WORDS.iter().find(|(name, _)| *name == lower).and_then(|(_, level)| Severity::new(*level))
}

/// Sets the severity by a word of the source; an unknown word is told and leaves it absent.
pub fn set_severity_word(record: &mut Record, word: &str, at: &str, sink: &mut dyn FnMut(Item)) {
    let level = severity_word(word);
    sink(Item::Mapped { field: "severity", from: excerpt(word), to: level.map(|level| level.level().to_string()) });
    if let Some(level) = level {
        record.severity = Known::stated(level, at);
    }
}

/// The base score of a CVSS vector of version 2.0, 3.0, 3.1 or 4.0, in tenths, 0 to 100. Errors: what is wrong with the vector.
pub fn cvss_tenths(vector: &str) -> Result<u8, String> {
    let vector = vector.trim().parse::<cvss::Cvss>().map_err(|error| error.to_string())?;
    Ok((vector.score() * 10.0).round().clamp(0.0, 100.0) as u8)
}

/// Bands of the qualitative scale (CVSS v3.1 section 5, v4.0 section 6): lowest score in tenths, our level.
const BANDS: &[(u8, u8)] = &[(90, 1), (70, 2), (40, 3), (1, 4)];

/// Sets the severity by a CVSS vector where none is known yet, and keeps the vector and its score as fields.
pub fn set_cvss(record: &mut Record, vector: &str, at: &str, line: u32, sink: &mut dyn FnMut(Item)) {
    field(record, "cvss", vector);
    match cvss_tenths(vector) {
        Ok(tenths) => {
            field(record, "cvss-score", &format!("{}.{}", tenths / 10, tenths % 10));
            let level = BANDS.iter().find(|(lowest, _)| tenths >= *lowest).and_then(|(_, level)| Severity::new(*level));
            if let Some(level) = level.filter(|_| record.severity.is_absent()) {
                record.severity = Known::derived(level, "cvss-base-score");
            }
        }
        Err(why) => {
            sink(remark(line, record.key.id(), at, format!("found `{}`, expected a CVSS vector ({why}); severity left as it is", excerpt(vector))))
        }
    }
}

/// A flaw of released software that others found: what an advisory is for.
pub fn found_after_release(record: &mut Record) {
    record.actual_stage = Known::derived("production-customer".to_owned(), "advisory-is-after-release");
}

/// Publication as filing date, and as upper bound of the detection.
pub fn published(record: &mut Record, moment: Option<Moment>, at: &str) {
    if let Some(moment) = moment {
        record.created = Known::stated(moment, at);
        record.detected = Known::derived(moment, "published-is-detected");
    }
}

/// Adds a Markdown body: each part goes by its heading to a role, what stands under no known heading to `role`. Parts that name
/// people are left out. Levels below a known heading without a role of their own stay with it.
pub fn add_body(record: &mut Record, markdown: &str, role: Role, name: &str) {
    let mut open: Option<(Role, String, String)> = None;
    let mut level_of_open = 0;
    for part in headings::outline(markdown) {
        if headings::is_people(part.heading) {
            continue;
        }
        let own = if part.level == 0 { None } else { headings::role_of(part.heading) };
        let stays = own.is_none() && open.is_some() && (part.level > level_of_open || level_of_open == 0);
        match (&mut open, stays) {
            (Some((.., body)), true) => append(body, &part),
            _ => {
                if let Some((role, name, body)) = open.take() {
                    add_markdown(record, role, &name, &body);
                }
                let (role, name) = own.map_or((role, name.to_owned()), |own| (own, name_of(own, part.heading)));
                let mut body = String::new();
                if own.is_none() {
                    append(&mut body, &part);
                } else {
                    body.push_str(part.body);
                }
                level_of_open = if own.is_none() { 0 } else { part.level };
                open = Some((role, name, body));
            }
        }
    }
    if let Some((role, name, body)) = open {
        add_markdown(record, role, &name, &body);
    }
}

/// Adds a section of Markdown in plain form, without empty lines at its ends.
pub fn add_markdown(record: &mut Record, role: Role, name: &str, markdown: &str) {
    section(record, role, name, text::plain_from_markdown(markdown).trim_matches('\n').trim_end());
}

fn name_of(role: Role, heading: &str) -> String {
    if role == Role::Other { headings::slug(heading) } else { role.name().to_owned() }
}

/// Appends a part with its heading as a line of its own.
fn append(body: &mut String, part: &Part<'_>) {
    if !part.heading.is_empty() {
        body.push_str(part.heading);
        body.push_str("\n\n");
    }
    body.push_str(part.body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cvss_scores_of_the_specifications() {
        let rows = [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 100),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0),
        ];
        for (vector, tenths) in rows {
            assert_eq!(cvss_tenths(vector), Ok(tenths), "{vector}");
        }
        assert!(cvss_tenths("CVSS:3.1/AV:X").is_err());
        assert!(cvss_tenths("").is_err());
    }

    #[test]
    fn severity_words_in_any_case() {
        assert_eq!(severity_word(" MODERATE ").map(Severity::level), Some(3));
        assert_eq!(severity_word("unknown"), None);
    }
}
