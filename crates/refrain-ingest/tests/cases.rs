//! Every row of the table of sources on its own cases, whole and damaged. `UPDATE=1` rewrites what is expected.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use refrain_ingest::{FileReport, Mapping, ReadSetup, SOURCES, SourceRow, read_bytes};
use support::{cases, compare, damage, root, shown};

fn folder(row: &str) -> PathBuf {
    root().join("crates/refrain-ingest/cases").join(row)
}

/// Reads bytes as a file of the team `payments`.
fn read(name: &str, bytes: &[u8]) -> (FileReport, String) {
    let mut out = String::new();
    let setup = ReadSetup { repository: Some("acme/ledger".to_owned()), ..ReadSetup::default() };
    let reports = read_bytes::<Mapping>(&format!("payments/{name}"), bytes, &setup, &[], &mut |item| out += &shown(&item));
    let report = reports.into_iter().next().unwrap();
    (report, out)
}

fn read_case(case: &Path) -> (FileReport, String) {
    read(&case.file_name().unwrap().to_string_lossy(), &fs::read(case).unwrap())
}

/// All cases of all rows: file name and bytes.
fn all() -> Vec<(String, Vec<u8>)> {
    let of_rows = SOURCES.iter().flat_map(|row| cases(&folder(row.name)));
    of_rows.map(|case| (case.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&case).unwrap())).collect()
}

#[test]
fn every_case_reads_as_expected() {
    for row in SOURCES {
        for case in cases(&folder(row.name)) {
            let (report, items) = read_case(&case);
            assert_eq!(report.format.as_deref(), Some(row.name), "{}: {} {:?}", case.display(), report.reason, report.nearest);
            let head =
                format!("read {} = {} records + {:?} filtered + {} skipped\n", report.read, report.records, report.filtered, report.skipped_count);
            compare(&case, &format!("{head}{items}"));
        }
    }
}

#[test]
fn every_row_keeps_its_promises() {
    let faults: Vec<String> = SOURCES.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Kinds of cases that a row has not, and fields that it promises and no case shows.
fn faults(row: &SourceRow) -> Vec<String> {
    let cases = cases(&folder(row.name));
    let named = |kind: &str| cases.iter().any(|case| case.file_name().unwrap().to_string_lossy().starts_with(kind));
    let filled: BTreeSet<String> = cases.iter().flat_map(|case| read_case(case).0.filled.into_keys()).collect();
    let promised = row.fills.iter().map(|fills| serde_json::to_value(fills).unwrap().as_str().unwrap().to_owned());
    let missing = ["plain", "odd", "broken"].into_iter().filter(|kind| !named(kind)).map(|kind| format!("{}: needs a case `{kind}`", row.name));
    let unkept = promised.filter(|name| !filled.contains(name)).map(|name| format!("{}: promises {name}, and no case shows it", row.name));
    missing.chain(unkept).collect()
}

/// Law A1: what is read is a record, filtered on purpose, or skipped with a reason.
fn accounts(report: &FileReport) -> bool {
    report.read == report.records + report.filtered.values().sum::<u64>() + report.skipped_count
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn law_a1_damage_is_survived_and_accounted_for(pick in any::<prop::sample::Index>(), way in any::<u8>(), at in any::<usize>(), with in any::<u8>()) {
        let all = all();
        let (name, bytes) = &all[pick.index(all.len())];
        let (report, _) = read(name, &damage(bytes, way, at, with));
        prop_assert!(accounts(&report), "{report:?}");
    }
}
