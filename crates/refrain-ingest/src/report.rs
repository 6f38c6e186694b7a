//! The account of one file: what was read, filtered and skipped, which fields were filled, which values went where.

use std::collections::BTreeMap;

use refrain_record::{Known, LinkKind, Record, Role, Status, Zone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::source::{Item, Remark, Skipped};

/// Skipped entries listed in full; beyond that they are only counted.
pub const SKIPPED_LISTED: usize = 10_000;

/// Remarks listed in full per file; beyond that they are only counted, by field.
pub const REMARKS_LISTED: usize = 100;

/// Distinct values listed per mapped field; beyond that they are counted under [`MORE_VALUES`].
pub const VALUES_LISTED: usize = 1_000;

/// Where the values beyond [`VALUES_LISTED`] are counted.
pub const MORE_VALUES: &str = "(more values)";

/// Target of a value that no table knows. Nothing is filled in for it.
pub const UNMAPPED: &str = "(unmapped)";

/// What became of one file, or of one member of an archive: `read = records + filtered + skipped`, exactly (law A1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FileReport {
    /// Folders from the given path down to the file, and its name; a member of an archive behind the archive's name.
    pub path: String,
    /// Row of the SOURCES table, or name of the mapping; absent for a file of unknown kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Why it was taken for that; for an unknown kind what is known of it.
    pub reason: String,
    /// The nearest kinds and why it was not one of them; of two kinds that fit equally, both.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<String>,
    /// Entries met.
    pub read: u64,
    /// Entries that became records.
    pub records: u64,
    /// Entries that are no records on purpose, by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub filtered: BTreeMap<String, u64>,
    /// Entries that could not be read, at most [`SKIPPED_LISTED`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// All entries that could not be read.
    pub skipped_count: u64,
    /// Remarks on what was kept, at most [`REMARKS_LISTED`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// All remarks, by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub remark_counts: BTreeMap<String, u64>,
    /// Records that fill a field, by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub filled: BTreeMap<String, u64>,
    /// Of each mapped field: value of the source, then target, then count; target [`UNMAPPED`] where no table knows the value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mapped: BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>>,
    /// Records with a time whose zone was assumed.
    pub zone_assumed: u64,
    /// What a reader must know about the file as a whole (it looks cut; the paging command).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl FileReport {
    /// An empty account of a file.
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// Takes an item into the account.
    pub fn count(&mut self, item: &Item) {
        match item {
            Item::Record { record, .. } => self.record(record),
            Item::Skipped(skipped) => self.skip(skipped),
            Item::Filtered { reason, .. } => {
                self.read += 1;
                *self.filtered.entry((*reason).to_owned()).or_default() += 1;
            }
            Item::Remark(remark) => self.remark(remark),
            Item::Mapped { field, from, to } => self.map(field, from, to.as_deref().unwrap_or(UNMAPPED)),
        }
    }

    fn record(&mut self, record: &Record) {
        self.read += 1;
        self.records += 1;
        for (name, fills) in FIELDS {
            if fills(record) {
                *self.filled.entry((*name).to_owned()).or_default() += 1;
            }
        }
        let assumed = |k: &Known<refrain_record::Moment>| k.value().is_some_and(|m| m.zone == Zone::Assumed);
        self.zone_assumed += u64::from([&record.created, &record.detected, &record.introduced, &record.resolved].into_iter().any(assumed));
    }

    fn skip(&mut self, skipped: &Skipped) {
        self.read += 1;
        self.skipped_count += 1;
        if self.skipped.len() < SKIPPED_LISTED {
            self.skipped.push(skipped.clone());
        }
    }

    fn remark(&mut self, remark: &Remark) {
        *self.remark_counts.entry(remark.field.clone()).or_default() += 1;
        if self.remarks.len() < REMARKS_LISTED {
            self.remarks.push(remark.clone());
        }
    }

    fn map(&mut self, field: &str, from: &str, to: &str) {
        let values = self.mapped.entry(field.to_owned()).or_default();
        let room = values.len() < VALUES_LISTED || values.contains_key(from);
        let (from, to) = if room { (from, to) } else { (MORE_VALUES, MORE_VALUES) };
        *values.entry(from.to_owned()).or_default().entry(to.to_owned()).or_default() += 1;
    }
}

/// A field as the report names it, and whether a record fills it.
type Field = (&'static str, fn(&Record) -> bool);

/// Fields whose filling is counted, as [`crate::Fills`] names them and the rest.
pub const FIELDS: &[Field] = &[
    ("title", |r| !r.title().is_empty()),
    ("body", |r| r.sections.iter().any(|s| !matches!(s.role, Role::Title | Role::Comment))),
    ("cause", |r| r.of_role(Role::Cause).next().is_some()),
    ("project", |r| r.project.is_some()),
    ("components", |r| !r.components.is_empty()),
    ("team", |r| !r.team.is_absent()),
    ("service", |r| !r.service.is_absent()),
    ("severity", |r| !r.severity.is_absent()),
    ("status", |r| r.status != Status::Unknown),
    ("stage", |r| !r.actual_stage.is_absent()),
    ("bucket", |r| !r.bucket.is_absent()),
    ("created", |r| !r.created.is_absent()),
    ("introduced", |r| !r.introduced.is_absent()),
    ("detected", |r| !r.detected.is_absent()),
    ("resolved", |r| !r.resolved.is_absent()),
    ("trace", |r| r.of_role(Role::Trace).next().is_some()),
    ("environment", |r| !r.environment.is_empty()),
    ("duplicate-of", |r| r.links.iter().any(|l| matches!(l.kind, LinkKind::DuplicateOf | LinkKind::DuplicatedBy))),
    ("links", |r| !r.links.is_empty()),
    ("cost", |r| !r.costs.is_empty()),
    ("kinds", |r| !r.kinds.is_empty()),
    ("versions", |r| !r.versions.is_empty()),
    ("labels", |r| !r.labels.is_empty()),
    ("comments", |r| r.of_role(Role::Comment).next().is_some()),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Place;

    #[test]
    fn law_a1_read_is_the_sum_of_its_parts() {
        let mut report = FileReport::new("a.json");
        let key = "X:1".parse().unwrap();
        let record = Box::new(Record::new(key, refrain_record::Kind::Issue, "one"));
        report.count(&Item::Record { record, at: Place::default() });
        report.count(&Item::Filtered { at: Place::default(), reason: "a pull request" });
        report.count(&crate::entry::skipped(3, "x", "key", "", "a key", "give one"));
        report.count(&crate::entry::remark(1, "", "created", "no date"));
        assert_eq!(report.read, report.records + report.filtered.values().sum::<u64>() + report.skipped_count);
        assert_eq!((report.read, report.remarks.len()), (3, 1));
    }

    #[test]
    fn law_a2_values_without_target_are_listed() {
        let mut report = FileReport::new("a.json");
        for (from, to) in [("High", Some("2")), ("High", Some("2")), ("Odd", None)] {
            report.count(&Item::Mapped { field: "severity", from: from.into(), to: to.map(str::to_owned) });
        }
        assert_eq!(report.mapped["severity"]["High"]["2"], 2);
        assert_eq!(report.mapped["severity"]["Odd"][UNMAPPED], 1);
    }
}
