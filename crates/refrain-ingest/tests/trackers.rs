//! Exports of real trackers read whole, where `REFRAIN_CORPORA` names their folder: every record read, nothing skipped, constant memory.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use refrain_ingest::{FileReport, Item, Limits, Mapping, ReadSetup, read_file};
use refrain_record::{Record, Role, Status};

fn read(name: &str) -> Option<(Vec<FileReport>, Vec<Record>)> {
    let Some(folder) = std::env::var_os("REFRAIN_CORPORA").map(PathBuf::from) else {
        println!("skipped: REFRAIN_CORPORA is not set");
        return None;
    };
    let file = BufReader::new(File::open(folder.join(name)).unwrap());
    let mut records = Vec::new();
    let reports = read_file::<Mapping>(name, &[], Box::new(file), &ReadSetup::default(), &[], &Limits::default(), &mut |item| {
        if let Item::Record { record, .. } = item {
            records.push(*record);
        }
    });
    Some((reports, records))
}

fn share(records: &[Record], of: impl Fn(&Record) -> bool) -> f64 {
    records.iter().filter(|r| of(r)).count() as f64 / records.len() as f64
}

fn all_read(reports: &[FileReport], format: &str, records: u64) {
    assert_eq!(reports.len(), 1);
    let report = &reports[0];
    assert_eq!((report.format.as_deref(), report.records, report.read), (Some(format), records, records), "{:?}", report.skipped.first());
    println!("{}: {:?}\n{:?}\n{:?}", report.path, report.filled, report.remark_counts, report.warnings);
}

#[test]
fn titanium_is_read_whole() {
    let Some((reports, records)) = read("duplicates/titanium/issues.jsonl.gz") else { return };
    all_read(&reports, "jira-json", 29_057);
    assert!(share(&records, |r| !r.created.is_absent() && !r.team.is_absent()) == 1.0);
    assert!(share(&records, |r| r.status != Status::Unknown) > 0.99);
    assert!(share(&records, |r| r.of_role(Role::Description).next().is_some()) > 0.9);
    let markup = |r: &Record| r.sections.iter().any(|s| s.text.contains("{code") || s.text.contains("{noformat") || s.text.contains("[~"));
    assert!(share(&records, markup) < 0.005, "{}", share(&records, markup));
}

#[test]
fn cyrus_is_read_whole() {
    let Some((reports, records)) = read("duplicates/cyrus/bugs.xml.gz") else { return };
    all_read(&reports, "bugzilla-xml", 2_066);
    assert!(share(&records, |r| !r.created.is_absent() && r.record_has_body()) > 0.99);
}

#[test]
fn gitbugs_is_read_whole_without_a_mapping() {
    let Some((reports, records)) = read("gitbugs/hadoop/hadoop_bugs.csv") else { return };
    all_read(&reports, "jira-csv", 2_503);
    assert!(share(&records, |r| r.status != Status::Unknown && !r.created.is_absent()) == 1.0);
}

trait Body {
    fn record_has_body(&self) -> bool;
}

impl Body for Record {
    fn record_has_body(&self) -> bool {
        self.sections.len() > 1
    }
}
