//! Releases of services, as CSV, JSON or a list of Git tags: what change-failure rate and exposure are counted by.

use std::collections::BTreeMap;

use refrain_record::{Moment, Zone};
use serde::{Deserialize, Serialize};

/// One release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deployment {
    /// When.
    pub at: Moment,
    /// Service, where known.
    #[serde(default)]
    pub service: Option<String>,
    /// Team, where known.
    #[serde(default)]
    pub team: Option<String>,
    /// It had to be rolled back, fixed or patched at once; nothing where the source does not say.
    #[serde(default)]
    pub failed: Option<bool>,
    /// It repaired an earlier one.
    #[serde(default)]
    pub rework: Option<bool>,
    /// Changes in it, where known.
    #[serde(default)]
    pub changes: Option<u64>,
    /// Its version or tag.
    #[serde(default)]
    pub version: Option<String>,
}

/// Column of a source and the names it goes by, compared in lower case with blanks.
const COLUMNS: &[(&str, &[&str])] = &[
    ("at", &["time", "at", "date", "deployed at", "deployed", "finished at", "created at", "timestamp", "release date", "when"]),
    ("service", &["service", "application", "app", "component", "repository", "repo", "deployable"]),
    ("team", &["team", "owner", "squad", "group"]),
    ("failed", &["failed", "failure", "change failure", "rolled back", "rollback", "caused incident", "status", "result", "outcome"]),
    ("rework", &["rework", "hotfix", "fix", "unplanned", "type", "kind"]),
    ("changes", &["changes", "commits", "size", "pull requests", "tickets"]),
    ("version", &["version", "tag", "release", "revision", "sha"]),
];
const YES: &[&str] =
    &["true", "yes", "y", "1", "failed", "failure", "rolled back", "rollback", "error", "hotfix", "rework", "fix", "unplanned", "revert"];
const NO: &[&str] =
    &["false", "no", "n", "0", "ok", "success", "succeeded", "successful", "passed", "done", "normal", "planned", "release", "feature", "standard"];

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Line (CSV, tags) or number of the entry (JSON), from 1.
    pub line: usize,
    /// Field, what was found, what was expected.
    pub what: String,
}

/// Releases of one file with the rows that could not be read. A file that begins with `[` or `{` is JSON; one whose first line names
/// columns is CSV; else each line is a Git tag: name, then date (`git for-each-ref refs/tags --format='%(refname:short) %(creatordate:iso-strict)'`).
pub fn read(text: &str) -> (Vec<Deployment>, Vec<Unread>) {
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        Some('[' | '{') => read_json(text),
        _ if text.lines().next().is_some_and(|head| delimiter(head).is_some()) => read_csv(text),
        _ => read_tags(text),
    }
}

fn delimiter(head: &str) -> Option<u8> {
    [b',', b';', b'\t'].into_iter().find(|d| head.split(char::from(*d)).any(|name| column(name) == Some("at")))
}

fn column(name: &str) -> Option<&'static str> {
    let name = crate::stages::flat(name);
    COLUMNS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column)
}

fn read_csv(text: &str) -> (Vec<Deployment>, Vec<Unread>) {
    let separator = text.lines().next().and_then(delimiter).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let heads: Vec<Option<&str>> = reader.headers().map(|h| h.iter().map(column).collect()).unwrap_or_default();
    let rows = reader.records().enumerate().map(|(number, row)| match row {
        Ok(row) => {
            let line = row.position().map_or(number + 2, |p| p.line() as usize);
            let cells = heads.iter().zip(row.iter()).filter_map(|(head, cell)| Some(((*head)?, cell.to_owned())));
            from_cells(&first_of_each(cells)).map_err(|what| Unread { line, what })
        }
        Err(error) => Err(Unread { line: error.position().map_or(number + 2, |p| p.line() as usize), what: error.to_string() }),
    });
    apart(rows)
}

fn read_json(text: &str) -> (Vec<Deployment>, Vec<Unread>) {
    let whole: serde_json::Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return (Vec::new(), vec![Unread { line: error.line(), what: error.to_string() }]),
    };
    let inner = whole.get("deployments").or_else(|| whole.get("releases")).unwrap_or(&whole);
    let entries: Vec<&serde_json::Value> = inner.as_array().map_or_else(|| vec![inner], |list| list.iter().collect());
    apart(entries.into_iter().enumerate().map(|(number, entry)| {
        let Some(fields) = entry.as_object() else {
            return Err(Unread { line: number + 1, what: format!("found {entry}, expected an object") });
        };
        let cells = fields.iter().filter_map(|(name, value)| Some((column(name)?, plain_text(value)?)));
        from_cells(&first_of_each(cells)).map_err(|what| Unread { line: number + 1, what })
    }))
}

fn plain_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn read_tags(text: &str) -> (Vec<Deployment>, Vec<Unread>) {
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    apart(lines.map(|(number, line)| {
        let line_number = number + 1;
        let wrong = |found: &str| Unread {
            line: line_number,
            what: format!("found `{found}`, expected a tag and its date (`v1.4.0 2026-02-03T10:00:00+01:00`)"),
        };
        let (tag, date) = line.trim().split_once(char::is_whitespace).ok_or_else(|| wrong(line))?;
        let at = moment(date.trim()).ok_or_else(|| wrong(date))?;
        Ok(Deployment { at, service: None, team: None, failed: None, rework: None, changes: None, version: Some(tag.to_owned()) })
    }))
}

fn apart(rows: impl Iterator<Item = Result<Deployment, Unread>>) -> (Vec<Deployment>, Vec<Unread>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Ok(deployment) => good.push(deployment),
            Err(unread) => bad.push(unread),
        }
    }
    good.sort();
    (good, bad)
}

/// Of several columns with one meaning the first that says something.
fn first_of_each<'a>(cells: impl Iterator<Item = (&'a str, String)>) -> BTreeMap<&'a str, String> {
    let mut out = BTreeMap::new();
    for (name, cell) in cells {
        let cell = cell.trim().to_owned();
        if !cell.is_empty() {
            out.entry(name).or_insert(cell);
        }
    }
    out
}

fn from_cells(cells: &BTreeMap<&str, String>) -> Result<Deployment, String> {
    let text = |name: &str| cells.get(name).cloned();
    let said = text("at").ok_or("time: found nothing, expected when it was deployed")?;
    let at = moment(&said).ok_or_else(|| format!("time: found `{said}`, expected a date such as 2026-02-03 or 2026-02-03T10:00:00Z"))?;
    let changes = text("changes").and_then(|c| c.parse().ok());
    Ok(Deployment {
        at,
        service: text("service"),
        team: text("team"),
        failed: text("failed").and_then(|w| yes_or_no(&w)),
        rework: text("rework").and_then(|w| yes_or_no(&w)),
        changes,
        version: text("version"),
    })
}

fn yes_or_no(word: &str) -> Option<bool> {
    let word = crate::stages::flat(word);
    if YES.contains(&word.as_str()) { Some(true) } else { NO.contains(&word.as_str()).then_some(false) }
}

/// A date with or without time; without a zone it is taken as UTC and marked as assumed.
fn moment(text: &str) -> Option<Moment> {
    let text = text.replacen(' ', "T", 1);
    if let Ok(at) = text.parse::<Moment>() {
        return Some(at);
    }
    text.parse::<jiff::civil::DateTime>().ok().and_then(|t| {
        let stamp = t.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        Some(Moment::at(stamp.as_second()).with_zone(Zone::Assumed))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_in_three_forms() {
        let csv = "Deployed at;Service;Team;Failed\n2026-02-03T10:00:00Z;ledger;payments;no\n2026-02-04 11:30;ledger;payments;rolled back\n";
        let json = r#"{"deployments": [{"time": "2026-02-03T10:00:00Z", "service": "ledger", "team": "payments", "failed": false},
            {"time": "2026-02-04T11:30:00", "service": "ledger", "team": "payments", "failed": true}]}"#;
        let (from_csv, bad) = read(csv);
        assert_eq!((bad, from_csv.iter().map(|d| d.failed).collect::<Vec<_>>()), (vec![], vec![Some(false), Some(true)]));
        assert_eq!(read(json), (from_csv, vec![]));
        let (tags, bad) = read("v1.4.0 2026-02-03T10:00:00+01:00\nv1.4.1 2026-02-05\n");
        assert_eq!((tags.len(), bad.len()), (2, 0));
    }

    #[test]
    fn a_row_without_a_date_is_listed_with_its_line() {
        let (good, bad) = read("time,service\nsoon,ledger\n2026-02-03,ledger\n,ledger\n");
        assert_eq!(good.len(), 1);
        assert_eq!(bad.iter().map(|u| u.line).collect::<Vec<_>>(), [2, 4]);
        assert!(bad[0].what.contains("found `soon`"));
    }

    #[test]
    fn law_h4_an_empty_file_has_no_releases() {
        assert_eq!(read(""), (vec![], vec![]));
        assert_eq!(read("{}").0, vec![]);
    }
}
