//! Where it should have been found against where it was found.

use std::collections::BTreeMap;

use refrain_record::findings::StageMatrix;
use refrain_record::{Known, StageModel};

use crate::stages::Staging;

/// Counts of escapes by ideal stage (rows) and stage found (columns), with a row and a column for unknown, and leak buckets that sum
/// to all escapes (law I6).
pub fn matrix(staging: &[Staging], stages: &StageModel) -> StageMatrix {
    let size = stages.stage.len() + 1;
    let mut cells = vec![vec![0; size]; size];
    let mut buckets: BTreeMap<String, u64> = BTreeMap::new();
    let place = |stage: &Known<String>| stage.value().and_then(|s| stages.index(s)).unwrap_or(size - 1);
    for escape in staging.iter().filter(|s| s.escape) {
        cells[place(&escape.ideal)][place(&escape.actual)] += 1;
        let bucket = escape.bucket.value().map_or("unknown", |b| b.name());
        *buckets.entry(bucket.to_owned()).or_default() += 1;
    }
    let of = |pick: fn(&refrain_record::Stage) -> &String, last: &str| {
        stages.stage.iter().map(|s| pick(s).clone()).chain([last.to_owned()]).collect::<Vec<_>>()
    };
    StageMatrix {
        stages: of(|s| &s.id, "unknown"),
        names: of(|s| &s.name, "Unknown"),
        shorts: of(|s| &s.short, "Unknown"),
        cells,
        buckets,
        production: stages.stage.iter().map(|s| s.production).chain([false]).collect(),
    }
}

/// The two neighbouring stages between which the most escapes passed unseen: each escape passes every stage from its ideal one up to
/// the one before it was found. Nothing where no escape has both stages. Ties go to the earlier stage.
pub fn weakest_transition(matrix: &StageMatrix) -> Option<(usize, u64)> {
    let known = matrix.stages.len().checked_sub(1)?;
    let passed = |stage: usize| {
        let rows = matrix.cells.iter().take(stage + 1);
        rows.map(|row| row.iter().take(known).skip(stage + 1).sum::<u64>()).sum::<u64>()
    };
    let all = (0..known.saturating_sub(1)).map(|s| (s, passed(s))).filter(|(_, n)| *n > 0);
    all.max_by_key(|(stage, n)| (*n, std::cmp::Reverse(*stage)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use refrain_record::{Bucket, Stage};

    use super::*;

    fn model() -> StageModel {
        let row = |id: &str, production: bool| Stage { id: id.into(), name: id.into(), short: id.into(), production, words: vec![] };
        StageModel { stage: vec![row("unit", false), row("staging", false), row("production", true)] }
    }

    fn escape(ideal: Option<usize>, actual: Option<usize>, bucket: Option<Bucket>) -> Staging {
        let stage = |at: Option<usize>| at.map_or(Known::Absent, |at| Known::stated(model().stage[at].id.clone(), "field"));
        let bucket = bucket.map_or(Known::Absent, |b| Known::stated(b, "field"));
        Staging { ideal: stage(ideal), actual: stage(actual), bucket, escape: true, ..Staging::default() }
    }

    #[test]
    fn the_weakest_transition_is_the_one_most_escapes_passed() {
        let found = matrix(&[escape(Some(0), Some(2), None), escape(Some(1), Some(2), None), escape(Some(0), Some(1), None)], &model());
        assert_eq!(weakest_transition(&found), Some((0, 2)));
        assert_eq!(weakest_transition(&matrix(&[], &model())), None);
    }

    proptest! {
        #[test]
        fn law_i6_rows_columns_and_buckets_sum_to_all_escapes(
            list in prop::collection::vec((prop::option::of(0..3usize), prop::option::of(0..3usize), prop::option::of(0..3usize)), 0..40)
        ) {
            let staging: Vec<Staging> = list.iter().map(|(i, a, b)| escape(*i, *a, b.map(|b| Bucket::ALL[b]))).collect();
            let found = matrix(&staging, &model());
            let rows: u64 = found.cells.iter().map(|r| r.iter().sum::<u64>()).sum();
            let columns: u64 = (0..4).map(|c| found.cells.iter().map(|r| r[c]).sum::<u64>()).sum();
            prop_assert_eq!((rows, columns, found.buckets.values().sum::<u64>()), (list.len() as u64, list.len() as u64, list.len() as u64));
            let known: u64 = found.cells.iter().take(3).map(|r| r.iter().take(3).sum::<u64>()).sum();
            prop_assert_eq!(known, list.iter().filter(|(i, a, _)| i.is_some() && a.is_some()).count() as u64);
        }
    }
}
