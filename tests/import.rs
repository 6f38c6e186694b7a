//! Laws of import: nothing is lost in silence, nothing is written twice, nothing broken stops the rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use serde_json::Value;
use support::{Desk, jira_page};

fn report(desk: &Desk, more: &[&str]) -> (i32, Value) {
    let mut args = vec!["import", "in", "--format", "json"];
    args.extend(more);
    let run = desk.run(&args);
    let value = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", run.out, run.err));
    (run.code, value)
}

/// The page with one issue that has neither key nor id.
fn without_id(page: &str, n: usize) -> String {
    let ids = format!("\"id\":\"{}\",\"key\":\"PAY-{n}\"", 10_000 + n);
    assert!(page.contains(&ids));
    page.replace(&ids, "\"id\":null,\"key\":null")
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}"))
}

fn filtered(file: &Value) -> u64 {
    file["filtered"].as_object().map_or(0, |all| all.values().map(|n| n.as_u64().unwrap()).sum())
}

fn conserved(file: &Value) -> bool {
    let parts = number(file, "new") + number(file, "changed") + number(file, "unchanged") + filtered(file) + number(file, "skipped_count");
    number(file, "read") == parts
}

#[test]
fn law_a1_conservation_and_broken_records_are_named() {
    let desk = Desk::new();
    let broken = without_id(&without_id(&jira_page(1, 60), 7), 9);
    desk.write("in/jira.json", broken);
    let (code, report) = report(&desk, &["--max-skip", "0.5"]);
    let file = &report["files"][0];
    assert_eq!(code, 0);
    assert!(conserved(file), "{file}");
    assert_eq!((number(file, "read"), number(file, "new")), (60, 58));
    for skipped in file["skipped"].as_array().unwrap() {
        for part in ["field", "expected", "advice"] {
            assert!(!skipped[part].as_str().unwrap().is_empty(), "{part} in {skipped}");
        }
        assert!(!skipped["at"]["record"].as_str().unwrap().is_empty() || skipped["at"]["line"].as_u64() > Some(0), "{skipped}");
    }
}

#[test]
fn law_a2_the_effective_mapping_is_listed() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 5).replacen("\"name\":\"High\"", "\"name\":\"Colossal\"", 1));
    let (_, report) = report(&desk, &[]);
    let mapped = &report["files"][0]["mapped"]["severity"];
    assert_eq!(mapped["High (priority-is-severity)"]["2"], 4, "{mapped}");
    assert_eq!(mapped["Colossal (priority-is-severity)"]["(unmapped)"], 1, "{mapped}");
    assert_eq!(report["files"][0]["filled"]["severity"], 4, "{report}");
}

#[test]
fn law_a3_empty_is_an_error_and_a_bad_file_is_rolled_back_whole() {
    let desk = Desk::new();
    desk.write("in/empty.json", "{\"issues\":[]}");
    assert_eq!(desk.run(&["import", "in"]).code, 1);
    assert_eq!(desk.run(&["import", "in", "--allow-empty"]).code, 0);
    desk.write("in/bad.json", without_id(&jira_page(1, 10), 7));
    desk.write("in/good.json", jira_page(100, 10));
    let (code, report) = report(&desk, &[]);
    assert_eq!(code, 1);
    let rolled: Vec<&str> =
        report["files"].as_array().unwrap().iter().filter(|f| f["rolled_back"] == true).map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(rolled, ["bad.json"]);
    assert_eq!(desk.run(&["explain", "PAY-3"]).code, 2, "rolled back");
    assert_eq!(desk.run(&["explain", "PAY-103"]).code, 0, "kept");
}

#[test]
fn law_a4_a_dry_run_writes_nothing_and_reports_the_same() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 10));
    let (_, mut dry) = report(&desk, &["--dry-run"]);
    assert!(!desk.path(".refrain").exists(), "a dry run made a store");
    let (_, mut real) = report(&desk, &[]);
    assert_eq!(dry["dry_run"].take(), Value::Bool(true));
    assert_eq!(real["dry_run"].take(), Value::Bool(false));
    assert_eq!(dry, real);
}

#[test]
fn law_a5_importing_twice_changes_nothing() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 10));
    desk.good(&["mine", "in", "--out", "one"]);
    let (_, second) = report(&desk, &[]);
    assert_eq!((number(&second["files"][0], "new"), number(&second["files"][0], "changed"), number(&second["files"][0], "unchanged")), (0, 0, 10));
    desk.good(&["mine", "in", "--out", "two"]);
    assert_eq!(desk.bytes("one/findings.json"), desk.bytes("two/findings.json"));
}

#[test]
fn law_a7_impossible_times_are_listed_and_left_out() {
    let desk = Desk::new();
    let page = jira_page(1, 6)
        .replacen("2024-03-04T16:00:00.000+0000", "2023-03-04T16:00:00.000+0000", 1)
        .replacen("Refund 1 is booked twice after a timeout of the gateway", "Labels come out blank after the driver update", 1)
        .replacen(
            "The client posts refund number 1 again when no answer comes, and the ledger books both of them.",
            "The driver drops the picture.",
            1,
        );
    desk.write("in/jira.json", page);
    desk.good(&["mine", "in", "--out", "out"]);
    let findings: Value = serde_json::from_str(&desk.read("out/findings.json")).unwrap();
    let fix = findings["metrics"].as_array().unwrap().iter().find(|m| m["id"] == "time-to-resolve" && m["of"] == "").expect("time to resolve");
    let left_out: u64 = fix["excluded"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert!(left_out >= 1, "{fix}");
}

#[test]
fn law_a8_state_export_and_import_reproduce_the_analysis() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 20));
    desk.good(&["mine", "in", "--out", "one"]);
    desk.good(&["decide", "different", "PAY-1", "PAY-2", "--why", "two refunds"]);
    desk.good(&["mine", "--out", "one"]);
    desk.good(&["state", "export", "state"]);
    desk.good(&["--store", "other", "state", "import", "state"]);
    desk.good(&["--store", "other", "mine", "--out", "two"]);
    assert_eq!(desk.bytes("one/findings.json"), desk.bytes("two/findings.json"));
}

#[test]
fn a_file_of_unknown_kind_is_listed_with_what_it_might_be() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 3));
    desk.write("in/odd.json", r#"{"issues": [{"key": "PAY-1", "fields": {"status": {"name": "Done"}}}]}"#);
    let (code, report) = report(&desk, &[]);
    assert_eq!(code, 0);
    let odd = report["files"].as_array().unwrap().iter().find(|f| f["path"] == "odd.json").unwrap();
    assert!(odd["format"].is_null() && !odd["nearest"].as_array().unwrap().is_empty(), "{odd}");
}

#[test]
fn files_are_set_aside_by_pattern_and_said_to_be() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 3));
    desk.write("in/answers.csv", "id,group\n1,2\n");
    desk.write("in/.refrainignore", "answers.csv\n");
    let (_, report) = report(&desk, &[]);
    assert_eq!(report["aside"][0][0], "answers.csv");
}
