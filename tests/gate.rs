//! The gate as a CI job meets it: what is new fails, what cannot be judged is an error, and nothing is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use support::{Desk, jira_page};

/// At most no new record behind the count of severity 2.
const SETTINGS: &str = "[gate.thresholds.\"severity-mix severity 2\"]\nnew-records = 0\n";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("refrain.toml", SETTINGS);
    desk.write("in/jira.json", jira_page(1, 8));
    desk.good(&["mine", "in", "--out", "out", "--quiet"]);
    desk
}

/// Every file of a folder with its bytes.
fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(bytes_of(&path));
        } else {
            out.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    out
}

#[test]
fn law_n1_only_what_is_new_against_the_baseline_fails() {
    let desk = desk();
    desk.good(&["baseline", "update"]);
    let run = desk.run(&["gate"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    desk.write("in/more.json", jira_page(100, 2));
    desk.good(&["mine", "in", "--out", "out", "--quiet"]);
    let run = desk.run(&["gate", "--as", "json"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let verdict: Value = serde_json::from_str(&run.out).unwrap();
    let failed = verdict["checks"].as_array().unwrap().iter().find(|c| c["passed"] == false).unwrap();
    let records: Vec<&str> = failed["records"].as_array().unwrap().iter().map(|k| k.as_str().unwrap()).collect();
    assert_eq!(records, ["JIRA:PAY-100", "JIRA:PAY-101"]);
    for form in ["junit", "md", "text"] {
        let run = desk.run(&["gate", "--as", form]);
        assert_eq!(run.code, 1);
        assert!(run.out.contains("JIRA:PAY-100"), "{form}: {}", run.out);
    }
}

#[test]
fn law_n2_the_gate_writes_nothing() {
    let desk = desk();
    desk.good(&["baseline", "update"]);
    let before = bytes_of(desk.folder.path());
    desk.good(&["gate"]);
    let after = bytes_of(desk.folder.path());
    let changed: Vec<&String> = after.iter().filter(|(name, bytes)| before.get(*name) != Some(*bytes)).map(|(name, _)| name).collect();
    assert!(changed.is_empty() && before.len() == after.len(), "{changed:?}");
}

#[test]
fn law_n3_a_baseline_refuses_new_debt_and_a_missing_or_broken_one_is_no_pass() {
    let desk = desk();
    let missing = desk.run(&["gate"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("baseline update"), "{}", missing.err);
    desk.good(&["baseline", "update"]);
    desk.write("in/more.json", jira_page(100, 2));
    desk.good(&["mine", "in", "--out", "out", "--quiet"]);
    let kept = desk.bytes("refrain-baseline.json");
    let refused = desk.run(&["baseline", "update"]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("+2 −0"), "{}", refused.out);
    assert_eq!(desk.bytes("refrain-baseline.json"), kept);
    desk.good(&["baseline", "update", "--accept-new"]);
    assert_eq!(desk.run(&["gate"]).code, 0);
    for broken in ["{", "{\"schema\": \"refrain-baseline/9\"}", "[]"] {
        desk.write("refrain-baseline.json", broken);
        let run = desk.run(&["gate"]);
        assert_eq!(run.code, 2, "{broken}: {}{}", run.out, run.err);
        assert!(run.err.contains("refrain-baseline.json"), "{}", run.err);
    }
}

#[test]
fn law_i4_a_threshold_without_a_value_is_an_error_and_never_a_pass() {
    let desk = desk();
    desk.write("refrain.toml", "[gate.thresholds.change-failure-rate]\nmax = 0.2\n");
    desk.good(&["baseline", "update"]);
    let run = desk.run(&["gate"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("change-failure-rate"), "{}", run.err);
}
