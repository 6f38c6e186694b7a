//! One defect: a record with its duplicates folded, as classes, costs and gaps see it.

use refrain_record::{Key, Moment, Record};

/// One defect. Everything after the folding of duplicates counts these, never records.
#[derive(Clone, Debug)]
pub struct Defect<'a> {
    /// The exemplar of its duplicate group, or the record alone.
    pub record: &'a Record,
    /// Further records of the same defect, sorted by key.
    pub duplicates: Vec<&'a Record>,
}

impl<'a> Defect<'a> {
    /// A defect with one record.
    pub fn single(record: &'a Record) -> Self {
        Self { record, duplicates: Vec::new() }
    }

    /// Stable name: the key of the exemplar.
    pub fn key(&self) -> &'a Key {
        &self.record.key
    }

    /// Owner, where known.
    pub fn team(&self) -> Option<&'a str> {
        self.record.team.value().map(String::as_str)
    }

    /// All its records, the exemplar first.
    pub fn records(&self) -> impl Iterator<Item = &'a Record> + '_ {
        std::iter::once(self.record).chain(self.duplicates.iter().copied())
    }

    /// When it was first noticed, over all its records.
    pub fn at(&self) -> Option<Moment> {
        self.records().filter_map(Record::when).min_by_key(|m| m.seconds)
    }
}
