//! The real corpora: every record that their index counts is read, and the whole run ends with a brief.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use serde_json::Value;
use support::{Desk, corpora};

/// Folder, system of its keys, records that its index counts.
const COUNTS: &[(&str, &str, u64)] = &[
    ("oss-fuzz-vulns", "OSV", 4021),
    ("rustsec", "RUSTSEC", 1225),
    ("kev", "KEV", 1404),
    ("open-cvdb", "CVDB", 282),
    ("curl-vulns", "CURL", 211),
    ("p0-rca", "P0", 70),
    ("postmortems", "PM", 79),
    ("gitbugs", "HADOOP", 2503),
    ("duplicates/titanium", "JIRA", 29057),
    ("duplicates/cyrus", "BZ", 2066),
];

#[test]
fn every_record_of_the_corpora_is_read() {
    let Some(root) = corpora() else { return };
    let desk = Desk::new();
    let mut args: Vec<String> = vec!["import".into()];
    args.extend(COUNTS.iter().map(|(folder, _, _)| root.join(folder).to_str().unwrap().to_owned()));
    for answer in ["duplicates.csv", "pairs.csv", "created.csv", "README.md", "hadoop_bugs-*.csv"] {
        args.extend(["--exclude".into(), answer.into()]);
    }
    args.extend(["--format".into(), "json".into(), "--quiet".into()]);
    let run = desk.run(&args);
    assert_eq!(run.code, 0, "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let status: Value = serde_json::from_str(&desk.good(&["status", "--format", "json"])).unwrap();
    for (folder, system, count) in COUNTS {
        assert_eq!(status["result"]["sources"][system].as_u64(), Some(*count), "{folder}");
    }
    assert!(report["aside"].as_array().unwrap().len() >= 8, "answer keys are set aside and said to be");
}
