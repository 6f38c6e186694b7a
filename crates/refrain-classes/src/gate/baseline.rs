//! The state of affairs that a gate compares with: a small file that is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use refrain_record::findings::{Metric, tidy};
use refrain_record::{Key, Moment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ROOT_CAUSE, full_name, number};

/// Form of the file.
pub const SCHEMA: &str = "refrain-baseline/1";

/// Values and records that are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`SCHEMA`].
    pub schema: String,
    /// As-of of the run that it was made from.
    pub as_of: Moment,
    /// Value of each metric by full name.
    pub values: BTreeMap<String, f64>,
    /// Records behind each metric by full name, and those whose cause is overdue.
    pub records: BTreeMap<String, BTreeSet<Key>>,
}

/// Why a baseline cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineError {
    /// It is no JSON of this form.
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was found and expected.
        why: String,
    },
    /// It was written by a newer program.
    Newer {
        /// Its schema.
        found: String,
    },
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { line, column, why } => write!(f, "line {line}, column {column}: {why}"),
            Self::Newer { found } => write!(f, "schema: found `{found}`, expected `{SCHEMA}`; a newer refrain wrote this file"),
        }
    }
}

impl std::error::Error for BaselineError {}

impl Baseline {
    /// Of the metrics of a run and the causes that are overdue.
    pub fn of(as_of: Moment, metrics: &[Metric], overdue: &BTreeSet<Key>) -> Self {
        let values = metrics.iter().filter_map(|m| Some((full_name(m), tidy(number(m)?))));
        let mut records: BTreeMap<String, BTreeSet<Key>> = metrics.iter().map(|m| (full_name(m), m.records.iter().cloned().collect())).collect();
        records.insert(ROOT_CAUSE.into(), overdue.clone());
        Self { schema: SCHEMA.into(), as_of, values: values.collect(), records }
    }

    /// Reads the text of a file. Errors: no JSON of this form, or a newer schema.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let malformed = |e: serde_json::Error| BaselineError::Malformed { line: e.line(), column: e.column(), why: e.to_string() };
        let head: Head = serde_json::from_str(text).map_err(malformed)?;
        if head.schema != SCHEMA {
            return Err(BaselineError::Newer { found: head.schema });
        }
        serde_json::from_str(text).map_err(malformed)
    }

    /// The text of the file: sorted, one value or record a line, so that a change reads well in a review.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).map(|t| t + "\n").unwrap_or_default()
    }

    /// Records of a rule that the baseline does not know, sorted.
    pub fn fresh<'k>(&self, name: &str, records: impl Iterator<Item = &'k Key>) -> Vec<Key> {
        let known = self.records.get(name);
        let new: BTreeSet<&Key> = records.filter(|k| known.is_none_or(|known| !known.contains(*k))).collect();
        new.into_iter().cloned().collect()
    }
}

/// What a baseline would take over.
#[derive(Clone, Debug, PartialEq)]
pub struct Updated {
    /// The new file; nothing where it holds new debt that was not accepted (law N3).
    pub baseline: Option<Baseline>,
    /// Records that are new behind a rule.
    pub added: BTreeSet<Key>,
    /// Records that are gone from all rules.
    pub removed: BTreeSet<Key>,
}

/// From the standing baseline to a new one. A first baseline takes everything over: there is nothing it could hide.
pub fn update(before: Option<&Baseline>, now: Baseline, accept_new: bool) -> Updated {
    let all = |b: &Baseline| b.records.values().flatten().cloned().collect::<BTreeSet<Key>>();
    let (new, old) = (all(&now), before.map(all).unwrap_or_default());
    let added: BTreeSet<Key> = new.difference(&old).cloned().collect();
    let removed = old.difference(&new).cloned().collect();
    let refused = before.is_some() && !added.is_empty() && !accept_new;
    Updated { baseline: (!refused).then_some(now), added, removed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{at, key};

    fn baseline(keys: &[&str]) -> Baseline {
        Baseline::of(at("2026-01-01"), &[], &keys.iter().map(|k| key(k)).collect())
    }

    #[test]
    fn a_baseline_reads_back() {
        let written = baseline(&["A", "B"]);
        assert_eq!(Baseline::read(&written.text()), Ok(written));
    }

    #[test]
    fn law_n3_a_newer_or_malformed_baseline_is_refused() {
        let newer = baseline(&[]).text().replace(SCHEMA, "refrain-baseline/2");
        assert!(matches!(Baseline::read(&newer), Err(BaselineError::Newer { .. })));
        assert!(matches!(Baseline::read("{\"schema\": \"refrain-baseline/1\",\n}"), Err(BaselineError::Malformed { line: 2, .. })));
        assert!(matches!(Baseline::read(""), Err(BaselineError::Malformed { .. })));
    }

    #[test]
    fn law_n3_new_debt_is_refused_unless_accepted() {
        let old = baseline(&["A", "B"]);
        let refused = update(Some(&old), baseline(&["B", "C"]), false);
        assert_eq!((refused.baseline, refused.added.len(), refused.removed.len()), (None, 1, 1));
        assert!(update(Some(&old), baseline(&["B", "C"]), true).baseline.is_some());
        assert!(update(Some(&old), baseline(&["B"]), false).baseline.is_some());
        assert!(update(None, baseline(&["B"]), false).baseline.is_some());
    }
}
