//! Signs that an export is cut: source systems cap what they give and say nothing.

use crate::report::FileReport;
use crate::sources::source;

/// Counts of entries at which systems cut their exports, or whole pages of them.
const CUTS: &[u64] = &[25, 30, 50, 100, 200, 500, 1_000, 5_000, 10_000, 20_000];

/// Counts below this are as likely a small project; only rows whose own default page has that size are warned about.
const CERTAIN_FROM: u64 = 1_000;

/// Default page sizes that people take for everything, by source.
const PAGES: &[(&str, u64)] = &[
    ("github", 30),
    ("github", 100),
    ("jira-json", 50),
    ("jira-json", 100),
    ("pagerduty", 25),
    ("pagerduty", 100),
    ("gitlab", 20),
    ("gitlab", 100),
    ("sentry", 100),
];

/// Warnings on a file as a whole.
pub fn of(report: &FileReport) -> Vec<String> {
    let format = report.format.as_deref().unwrap_or_default();
    let count = report.read;
    let page = PAGES.iter().any(|(name, size)| *name == format && *size == count);
    let cut = CUTS.contains(&count) && count >= CERTAIN_FROM;
    match source(format) {
        Some(row) if page || cut => vec![format!("exactly {count} entries: looks truncated. To get all: {}", row.export)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_number_of_entries_is_suspicious() {
        let report = |read| FileReport { format: Some("osv-json".into()), read, ..FileReport::default() };
        assert!(of(&report(1000))[0].starts_with("exactly 1000 entries: looks truncated. To get all: "));
        assert!(of(&report(999)).is_empty() && of(&report(100)).is_empty());
    }
}
