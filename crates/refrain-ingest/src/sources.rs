//! The table of sources: one row a kind of file.

use crate::source::SourceRow;
use crate::{advisory, junit, native, postmortem, tracker};

/// Every source that can be read. On a file all rows are asked and the strongest answer wins; the order here is the order of lists only.
pub const SOURCES: &[SourceRow] = &[
    tracker::jira::JSON,
    tracker::jira::CSV,
    tracker::jira::XML,
    tracker::github::ROW,
    tracker::gitlab::ROW,
    tracker::bugzilla::JSON,
    tracker::bugzilla::XML,
    tracker::azure::ROW,
    tracker::linear::ROW,
    tracker::servicenow::JSON,
    tracker::servicenow::CSV,
    tracker::sentry::ISSUES,
    tracker::sentry::EVENTS,
    tracker::pagerduty::ROW,
    tracker::opsgenie::ROW,
    advisory::osv::JSON,
    advisory::osv::YAML,
    advisory::rustsec::ROW,
    advisory::kev::ROW,
    advisory::ghsa::ROW,
    advisory::curl::ROW,
    advisory::p0::ROW,
    postmortem::ROW,
    junit::ROW,
    native::ROW,
];

/// The row of that name.
pub fn source(name: &str) -> Option<&'static SourceRow> {
    SOURCES.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_a_name_of_their_own_and_say_how_to_export() {
        for (at, row) in SOURCES.iter().enumerate() {
            assert!(SOURCES[..at].iter().all(|other| other.name != row.name), "{} stands twice", row.name);
            assert!(row.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", row.name);
            assert!(row.export.len() > 10 && !row.fills.is_empty(), "{}", row.name);
            assert!(refrain_record::SystemName::new(row.system).is_ok(), "{}", row.name);
        }
    }
}
