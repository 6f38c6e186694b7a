//! The list of citations while a brief is written: each query gets a number when it is first referred to.

use refrain_record::{Key, SpanHash};

use crate::doc::Reference;

/// Keys that a citation lists at most; their number and hash cover all.
pub const LISTED: usize = 1_000;

/// References in the order of first use.
#[derive(Debug, Default)]
pub struct Register {
    entries: Vec<Reference>,
}

impl Register {
    /// Id of the reference for this query; the first use makes the entry.
    pub fn id<'k>(&mut self, what: &str, query: &str, keys: impl IntoIterator<Item = &'k Key>) -> String {
        if let Some(found) = self.entries.iter().find(|e| e.query == query && e.what == what) {
            return found.id.clone();
        }
        let mut records: Vec<String> = keys.into_iter().map(Key::to_string).collect();
        records.sort();
        records.dedup();
        let id = format!("C{}", self.entries.len() + 1);
        let hash = SpanHash::of(&records.join("\n")).0;
        let n = records.len() as u64;
        records.truncate(LISTED);
        self.entries.push(Reference { id: id.clone(), what: what.to_owned(), query: query.to_owned(), n, records, hash });
        id
    }

    /// The list.
    pub fn into_entries(self) -> Vec<Reference> {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_listed_once_and_its_hash_ignores_order() {
        let keys: Vec<Key> = ["JIRA:B-2", "JIRA:A-1"].iter().map(|k| k.parse().unwrap()).collect();
        let mut one = Register::default();
        let first = one.id("Members", "refrain classes show C-1", &keys);
        assert_eq!(first, one.id("Members", "refrain classes show C-1", []));
        let mut two = Register::default();
        two.id("Members", "refrain classes show C-1", keys.iter().rev());
        assert_eq!(one.into_entries(), two.into_entries());
    }
}
