//! Few records, or none that say anything: an answer all the same (law H4), and never a confident one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use serde_json::{Value, json};
use support::{Desk, jira_page};

fn mined(desk: &Desk) -> Value {
    let run = desk.run(&["mine", "in", "--out", "out", "--allow-empty"]);
    assert_eq!(run.code, 0, "{}", run.err);
    serde_json::from_str(&desk.read("out/findings.json")).unwrap()
}

#[test]
fn law_h4_few_records_give_valid_output() {
    for count in [0, 1, 2, 5, 50] {
        let desk = Desk::new();
        desk.write("in/jira.json", jira_page(1, count));
        let findings = mined(&desk);
        assert_eq!(findings["scope"]["records"], json!(count));
        assert!(!desk.read("out/brief.md").contains("NaN"));
        if count < 3 {
            assert_eq!(findings["gaps"].as_array().unwrap().iter().filter(|g| !g["rank"].is_null()).count(), 0, "{count} records rank nothing");
        }
    }
}

#[test]
fn law_a6_a_template_without_content_is_no_class() {
    let desk = Desk::new();
    let issue = |n: usize| {
        json!({"id": format!("{n}"), "key": format!("OPS-{n}"), "fields": {"project": {"key": "OPS"}, "issuetype": {"name": "Bug"},
            "summary": format!("OPS-{n}"), "created": "2024-03-01T10:11:12.000+0000",
            "description": "Steps to reproduce:\n\nExpected result:\n\nActual result:\n"}})
    };
    desk.write("in/jira.json", json!({"issues": (0..500).map(issue).collect::<Vec<_>>()}).to_string());
    let findings = mined(&desk);
    assert_eq!(findings["classes"], json!([]));
    assert_eq!(findings["unclassified"]["by_reason"]["no-evidence"], json!(500), "{}", findings["unclassified"]["by_reason"]);
}

#[test]
fn law_e1_every_defect_is_counted_once() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 30));
    let findings = mined(&desk);
    let members: u64 = findings["classes"].as_array().unwrap().iter().map(|c| c["members"].as_array().unwrap().len() as u64).sum();
    assert_eq!(members + findings["unclassified"]["total"].as_u64().unwrap(), findings["scope"]["defects"].as_u64().unwrap());
    for class in findings["classes"].as_array().unwrap() {
        assert!(class["members"].as_array().unwrap().len() >= 2, "{}", class["id"]);
    }
}
