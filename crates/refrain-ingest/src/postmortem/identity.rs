//! What a review is called, which team it belongs to, and how several in one file are told apart.

use crate::headings::{self, Part};
use crate::prose::{self, Reading};

use super::labels::Label;

/// Letters that begin the number of a review (`PM2020-002`, `INC-4821`).
const PREFIXES: &[&str] = &["PM", "INC", "PIR", "RCA", "IR"];

/// Words before a number with `-` that are no ticket (`CVE-2024`, `UTF-8`).
const NO_TICKET: &[&str] = &["CVE", "CWE", "UTF", "ISO", "RFC", "SHA", "HTTP", "TLS", "AES", "GHSA", "PEP", "EIP", "IPV", "COVID"];

/// File names that say nothing: the folder names the incident.
const GENERIC_STEMS: &[&str] = &["index", "readme", "postmortem", "post-mortem", "post_mortem", "incident", "report", "rca", "retro", "summary"];

/// Folders that are no team.
const GENERIC_FOLDERS: &[&str] = &[
    "postmortems",
    "post-mortems",
    "post_mortems",
    "postmortem",
    "post-mortem",
    "incidents",
    "incident",
    "incident-reports",
    "outages",
    "investigations",
    "reviews",
    "reports",
    "docs",
    "doc",
    "documents",
    "archive",
    "archived",
    "public",
    "content",
    "src",
    "rca",
    "rcas",
    "retrospectives",
    "published",
    "closed",
    "open",
    "main",
    "master",
];

/// The number of a review at the start of a name or title.
pub fn number(name: &str) -> Option<&str> {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let prefix = name.get(..letters)?;
    let rest = &name[letters..];
    let sign = usize::from(rest.starts_with('-'));
    let tail = rest.get(sign..)?;
    let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
    let second = tail.get(digits..)?.strip_prefix('-').map_or(0, |more| more.bytes().take_while(u8::is_ascii_digit).count());
    let end = letters + sign + digits + if second > 0 { 1 + second } else { 0 };
    let closed = !name[end..].starts_with(|c: char| c.is_alphanumeric());
    (PREFIXES.contains(&prefix) && digits >= 2 && closed).then(|| &name[..end])
}

/// Numbers of reviews kept of one text.
const NUMBERS_KEPT: usize = 100;

/// Numbers of reviews named in a text, with their line, at most [`NUMBERS_KEPT`].
pub fn numbers_in(text: &str) -> Vec<(String, u32)> {
    let mut out: Vec<(String, u32)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in line.split(|c: char| !(c.is_alphanumeric() || c == '-')) {
            if let Some(id) = number(word).filter(|id| *id == word && out.len() < NUMBERS_KEPT && !out.iter().any(|(seen, _)| seen == id)) {
                out.push((id.to_owned(), at as u32 + 1));
            }
        }
    }
    out
}

/// Keys of tickets in a text (`PAY-1190`).
pub fn tickets(text: &str) -> Vec<&str> {
    let mut out: Vec<&str> =
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '/' || c == '.')).filter(|word| is_ticket(word)).collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn is_ticket(word: &str) -> bool {
    let Some((letters, digits)) = word.split_once('-') else { return false };
    let upper = (2..=10).contains(&letters.len())
        && letters.starts_with(|c: char| c.is_ascii_uppercase())
        && letters.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    upper && (1..=7).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !NO_TICKET.contains(&letters)
}

/// Whether a name begins with a date or its month and day.
pub fn dated(name: &str) -> bool {
    prose::first_date(name, Reading::default()).is_some_and(|found| found.start == 0)
}

/// A year in a path: a folder or the number of a review (`PM2020-002`).
pub fn year(path: &str) -> Option<i16> {
    let parts = path.split(|c: char| !c.is_ascii_digit());
    parts.filter(|digits| digits.len() == 4).filter_map(|digits| digits.parse().ok()).find(|year| (1990..2100).contains(year))
}

/// The parts of each incident: one, unless at least two headings of the highest level that has such are dated and have no role.
pub fn incidents(parts: Vec<Part<'_>>) -> Vec<Vec<Part<'_>>> {
    let dated =
        |part: &Part<'_>| headings::role_of(part.heading).is_none() && prose::first_date(part.heading, Reading::default()).is_some_and(|f| f.day);
    let Some(level) = (1..=2).find(|level| parts.iter().filter(|part| part.level == *level && dated(part)).count() >= 2) else {
        return vec![parts];
    };
    let mut out: Vec<Vec<Part<'_>>> = Vec::new();
    for part in parts {
        if part.level == level && dated(&part) {
            out.push(Vec::new());
        }
        if let Some(open) = out.last_mut() {
            open.push(part);
        }
    }
    out
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, "md" | "markdown" | "mdown" | "txt")) => stem,
        _ => name,
    }
}

/// The first heading of level 1 that has no role, else a title in the front matter, else the first dated heading, else the file name.
pub fn title(parts: &[Part<'_>], front: &[Label], path: &str) -> String {
    let own = |part: &&Part<'_>| {
        (1..=2).contains(&part.level) && headings::role_of(part.heading).is_none() && !part.heading.is_empty() && !headings::is_people(part.heading)
    };
    let first = parts.iter().find(|part| part.level == 1).filter(own).or_else(|| parts.first().filter(own));
    let stated = front.iter().find(|label| label.name == "title").map(|label| label.value.clone());
    first.map(|part| undated(&crate::text::plain_from_markdown(part.heading))).or(stated).unwrap_or_else(|| from_name(stem(path)))
}

/// `2024-01-05 Queue filled up` → `Queue filled up`.
fn undated(title: &str) -> String {
    let end = prose::first_date(title, Reading::default()).filter(|found| found.start == 0).map_or(0, |found| found.end);
    let rest = title[end..].trim().trim_start_matches(['-', ':', '–', ' ']);
    if rest.is_empty() { title.trim().to_owned() } else { rest.to_owned() }
}

/// `2021-10-31-DustStorm` → `DustStorm`.
fn from_name(stem: &str) -> String {
    let end = prose::first_date(stem, Reading::default()).filter(|f| f.start == 0).map_or(0, |f| f.end);
    let words = stem[end..].replace(['-', '_'], " ");
    let words = words.trim();
    if words.is_empty() { stem.to_owned() } else { words.to_owned() }
}

/// The number in name or title, else the file stem; a stem that says nothing takes the folder, one without a digit stands behind it,
/// so that two teams' `outage.md` stay two records. Several incidents in one file add their heading.
pub fn id(path: &str, folders: &[String], title: &str, part: Option<&str>) -> String {
    let stem = stem(path);
    let parents: Vec<&str> = folders.iter().map(String::as_str).chain(path.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev()).collect();
    let folder = parents.last().copied().unwrap_or_default();
    let base = match number(stem).or_else(|| number(title)) {
        Some(number) => number.to_owned(),
        None if GENERIC_STEMS.contains(&stem.to_lowercase().as_str()) && !folder.is_empty() => folder.to_owned(),
        None if stem.bytes().any(|b| b.is_ascii_digit()) || folder.is_empty() => stem.split_whitespace().collect::<Vec<_>>().join(" "),
        None => format!("{folder}/{stem}"),
    };
    part.map_or(base.clone(), |heading| format!("{base}#{}", headings::slug(heading)))
}

/// The nearest folder that is neither year nor month nor a word for a heap of reviews.
pub fn team(path: &str, folders: &[String]) -> Option<String> {
    let within = path.split('/').rev().skip(1).filter(|folder| !folder.is_empty());
    let above = folders.iter().rev().map(String::as_str);
    within.chain(above).find(|folder| !is_calendar(folder) && !GENERIC_FOLDERS.contains(&folder.to_lowercase().as_str())).map(str::to_owned)
}

/// Words in the names of folders that hold output of tools.
const TOOL_WORDS: &[&str] = &[
    "junit",
    "test",
    "tests",
    "testing",
    "report",
    "reports",
    "result",
    "results",
    "surefire",
    "failsafe",
    "ci",
    "build",
    "target",
    "out",
    "output",
    "xml",
    "artifacts",
    "artefacts",
    "nightly",
    "coverage",
];

/// The nearest folder that tells a team among those of a test report: as [`team`], past the folders that tools make.
pub fn team_of_reports(path: &str, folders: &[String]) -> Option<String> {
    let tool = |folder: &str| folder.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| TOOL_WORDS.contains(&word));
    let within: Vec<&str> = path.split('/').filter(|folder| !tool(folder)).collect();
    let above: Vec<String> = folders.iter().filter(|folder| !tool(folder)).cloned().collect();
    let name = path.rsplit('/').next().unwrap_or_default();
    team(&[within.iter().filter(|part| **part != name).copied().collect::<Vec<_>>().join("/"), "x".to_owned()].join("/"), &above)
}

fn is_calendar(folder: &str) -> bool {
    let digits = folder.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b'q' | b'Q'));
    digits || prose::first_date(&format!("{folder} 2000"), Reading::default()).is_some_and(|f| f.start == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_reviews() {
        let rows = [
            ("PM2020-002 - Certificate.md", Some("PM2020-002")),
            ("INC-4821 refunds", Some("INC-4821")),
            ("PMX", None),
            ("SEV1 outage", None),
            ("INC-4821b", None),
        ];
        for (name, found) in rows {
            assert_eq!(number(name), found, "{name}");
        }
        assert_eq!(numbers_in("see [PM2019-009][PM2019-009]\nand INC-77.").len(), 2);
    }

    #[test]
    fn ids_fall_back_from_number_to_stem_to_folder() {
        let rows = [
            ("ops/PM2022-002 -  Logs lost.md", "t", "PM2022-002"),
            ("ops/2021/2021-10-31-DustStorm.md", "t", "2021-10-31-DustStorm"),
            ("ops/2021-10-31/README.md", "t", "2021-10-31"),
            ("pay/outage.md", "t", "pay/outage"),
            ("outage.md", "t", "outage"),
            ("ops/2022-10-31-Phone", "t", "2022-10-31-Phone"),
        ];
        for (path, title, id_) in rows {
            assert_eq!(id(path, &[], title, None), id_, "{path}");
        }
    }

    #[test]
    fn the_team_is_the_nearest_telling_folder() {
        let rows =
            [("dfs/PM1.md", Some("dfs")), ("chain/2022-10/x.md", Some("chain")), ("hog/investigations/x.md", Some("hog")), ("2024/May/x.md", None)];
        for (path, team_) in rows {
            assert_eq!(team(path, &[]).as_deref(), team_, "{path}");
        }
        assert_eq!(team("x.md", &["ops".into(), "postmortems".into()]).as_deref(), Some("ops"));
    }

    #[test]
    fn folders_of_tools_are_no_teams() {
        let rows = [
            ("ci-junit/payments/TEST-a.xml", Some("payments")),
            ("shop/build/test-results/test/a.xml", Some("shop")),
            ("target/a.xml", None),
            ("a.xml", None),
        ];
        for (path, team) in rows {
            assert_eq!(team_of_reports(path, &[]).as_deref(), team, "{path}");
        }
    }

    #[test]
    fn tickets_are_not_every_word_with_a_hyphen() {
        assert_eq!(tickets("- [ ] PAY-1190 add test (see CVE-2024-1, UTF-8, x-1, OPS-2/OPS-3)"), ["PAY-1190"]);
    }
}
