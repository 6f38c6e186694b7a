//! Labels with values: `**Severity:** SEV2`, `- Category: network`, `| Duration | 25 min |`, and YAML before the text.

use refrain_record::{Role, Section};

use crate::{entry, yaml};

/// A label with its value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Lower-case words.
    pub name: String,
    /// As written, on one line.
    pub value: String,
    /// `section:line`, or `front-matter`.
    pub at: String,
}

/// Longest name of a label, in words: longer texts before a colon are sentences.
const NAME_WORDS: usize = 5;

/// Labels of YAML front matter (`---` at the first byte to the next `---`), and the text behind it. Names of people are not among them.
pub fn front_matter(text: &str) -> (Vec<Label>, &str) {
    let Some(inner) = text.strip_prefix("---\n") else { return (Vec::new(), text) };
    let Some((block, rest)) = inner.split_once("\n---") else { return (Vec::new(), text) };
    let body = rest.split_once('\n').map_or("", |(_, body)| body);
    let Ok(serde_json::Value::Object(map)) = yaml::parse(block) else { return (Vec::new(), body) };
    let labels = map.iter().filter_map(|(name, value)| {
        let name = words(name);
        let people = crate::headings::is_people(&name);
        let value = entry::text(value).unwrap_or_else(|| entry::texts_at(&serde_json::json!({ "v": value }), "v").join(", "));
        (!people && !value.is_empty()).then(|| Label { name, value, at: "front-matter".to_owned() })
    });
    (labels.collect(), body)
}

/// Labels kept of one section: a table of settings is no head of an incident.
const LABELS_KEPT: usize = 200;

/// Labels in the Markdown of a section, at most [`LABELS_KEPT`], each with the line of the section's plain form on which its value stands. Timelines and
/// code hold none: their colons belong to times.
pub fn of_section(section: &Section, markdown: &str) -> Vec<Label> {
    if matches!(section.role, Role::Timeline | Role::Title | Role::Trace) {
        return Vec::new();
    }
    let plain: Vec<&str> = section.text.lines().collect();
    let mut from = 0;
    let mut out = Vec::new();
    for (name, value) in markdown.lines().flat_map(of_line).take(LABELS_KEPT) {
        let value = crate::text::plain_from_markdown(&value).trim().to_owned();
        let found = plain.iter().skip(from).position(|line| line.contains(&value)).map(|ahead| from + ahead);
        from = found.unwrap_or(from);
        let at = found.map_or(section.name.clone(), |line| format!("{}:{}", section.name, line + 1));
        out.push(Label { name, value, at });
    }
    out
}

/// Name and value of each label in a line; several where they are bold.
fn of_line(line: &str) -> Vec<(String, String)> {
    let body = line.trim().trim_start_matches(['-', '*', '+', '|', ' ']);
    let line = line.trim();
    if line.contains("**") {
        return bold(line);
    }
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let pair = if line.starts_with('|') && cells.len() == 2 { Some((cells[0], cells[1])) } else { body.split_once(':') };
    pair.and_then(|(name, value)| label(name, value)).into_iter().collect()
}

/// `**Severity:** SEV2  **Duration:** 1 h`: a value runs to the next bold label.
fn bold(line: &str) -> Vec<(String, String)> {
    let pieces: Vec<&str> = line.split("**").collect();
    let mut out = Vec::new();
    let mut at = 1;
    while at + 1 < pieces.len() {
        let (name, after) = (pieces[at].trim(), pieces[at + 1].trim());
        if name.ends_with(':') || after.starts_with(':') {
            out.extend(label(name.trim_end_matches(':'), after.trim_start_matches(':')));
        }
        at += 2;
    }
    out
}

fn label(name: &str, value: &str) -> Option<(String, String)> {
    let value = value.trim();
    let name = words(name);
    let fits = (1..=NAME_WORDS).contains(&name.split(' ').count()) && !name.is_empty() && !value.is_empty() && !value.starts_with("//");
    (fits && !matches!(value, "?" | "TBD" | "N/A" | "-")).then(|| (name, value.to_owned()))
}

fn words(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).flat_map(char::to_lowercase).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_their_forms() {
        let text = "**Severity:** SEV2  **Duration:** 1 h 49 min\n\n- Time to detection: 8 minutes\n- Service: [refund-api](https://a.example)\n\nsee https://a.example\n\n\
            - Category: ?\n\nThis sentence is far too long to be a label: yes";
        let plain = crate::text::plain_from_markdown(text);
        let labels = of_section(&Section::new(Role::Impact, "impact", plain.trim()), text);
        let shown: Vec<String> = labels.iter().map(|l| format!("{}={} @{}", l.name, l.value, l.at)).collect();
        assert_eq!(
            shown,
            [
                "severity=SEV2 @impact:1",
                "duration=1 h 49 min @impact:1",
                "time to detection=8 minutes @impact:3",
                "service=refund-api (https://a.example) @impact:4"
            ]
        );
    }

    #[test]
    fn front_matter_without_people() {
        let (labels, body) = front_matter("---\nseverity: high\nauthors: [x]\ntags: [a, b]\n---\n# T\n");
        assert_eq!(labels.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(), ["severity", "tags"]);
        assert_eq!((labels[1].value.as_str(), body), ("a, b", "# T\n"));
        assert_eq!(front_matter("---\nnever closed").1, "---\nnever closed");
    }
}
