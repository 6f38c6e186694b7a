//! Small records for tests.

use refrain_record::{Key, Kind, Known, Moment, Record, Role};

/// A bare issue `JIRA:<id>`.
pub fn record(id: &str) -> Record {
    Record::new(key(id), Kind::Issue, id)
}

/// The key `JIRA:<id>`.
pub fn key(id: &str) -> Key {
    format!("JIRA:{id}").parse().unwrap()
}

/// A moment from its written form.
pub fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

/// An issue of a team, noticed on a day, resolved on another (empty: not).
pub fn dated(id: &str, team: &str, detected: &str, resolved: &str) -> Record {
    let mut out = record(id);
    out.team = Known::stated(team.into(), "owner");
    out.detected = Known::stated(at(detected), "created");
    if !resolved.is_empty() {
        out.resolved = Known::stated(at(resolved), "resolved");
    }
    out
}

/// The same record with a text.
pub fn saying(mut record: Record, text: &str) -> Record {
    record.add_section(Role::Description, "description", text);
    record
}
