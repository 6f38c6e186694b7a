//! What people decide holds, and a decision about nothing is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{Desk, repository};

fn sample() -> Desk {
    let desk = Desk::new();
    desk.good(&["mine", repository("data/sample").to_str().unwrap(), "--out", "out", "--quiet"]);
    desk
}

fn findings(desk: &Desk) -> Value {
    desk.good(&["mine", "--out", "out", "--quiet"]);
    serde_json::from_str(&desk.read("out/findings.json")).unwrap()
}

fn members(class: &Value) -> BTreeSet<String> {
    class["members"].as_array().unwrap().iter().map(|m| m["key"].as_str().unwrap().to_owned()).collect()
}

fn found(findings: &Value) -> &Value {
    findings["classes"].as_array().unwrap().iter().find(|c| c["origin"] == "open").expect("a found class")
}

#[test]
fn what_is_no_mechanism_does_not_come_back_under_another_name() {
    let desk = sample();
    let before = findings(&desk);
    let class = found(&before);
    desk.good(&["decide", "not-a-class", class["id"].as_str().unwrap(), "--why", "words of a form"]);
    let after = findings(&desk);
    let gone = members(class);
    for other in after["classes"].as_array().unwrap() {
        let again = members(other).intersection(&gone).count();
        assert!(again * 2 < gone.len(), "{} holds {again} of {}", other["id"], gone.len());
    }
}

#[test]
fn a_decision_about_nothing_is_refused() {
    let desk = sample();
    let now = findings(&desk);
    let class = found(&now);
    let id = class["id"].as_str().unwrap();
    let member = members(class).into_iter().next().unwrap();
    let stranger = now["unclassified"]["records"][0][0].as_str().unwrap();
    let refused: &[&[&str]] = &[
        &["class", &member, "C-999"],
        &["rename", "C-999", "foo"],
        &["rename", id, " "],
        &["merge", id, id],
        &["split", id],
        &["split", id, stranger],
        &["not-a-class", "C-888"],
        &["same", &member, &member],
    ];
    for command in refused {
        let args: Vec<&str> = ["decide"].iter().chain(command.iter()).copied().chain(["--why", "test"]).collect();
        let run = desk.run(&args);
        assert_eq!(run.code, 2, "{command:?}: {}{}", run.out, run.err);
    }
    desk.good(&["decide", "rename", id, "A name", "--why", "test"]);
    assert_eq!(desk.run(&["decide", "rename", id, "A name", "--why", "test"]).code, 2, "said already");
    desk.good(&["decisions", "undo", "1", "--why", "test"]);
    assert_eq!(desk.run(&["decisions", "undo", "1", "--why", "test"]).code, 2, "undone already");
}

#[test]
fn law_a8_decisions_that_say_the_same_keep_apart_when_a_state_moves() {
    let desk = sample();
    let now = findings(&desk);
    let ids: Vec<&str> = now["classes"].as_array().unwrap().iter().take(2).map(|c| c["id"].as_str().unwrap()).collect();
    let key = now["unclassified"]["records"][0][0].as_str().unwrap();
    for class in [ids[0], ids[1], ids[0]] {
        desk.good(&["decide", "class", key, class, "--why", "test"]);
        if class == ids[1] {
            desk.good(&["decisions", "undo", "1", "--why", "test"]);
        }
    }
    desk.good(&["state", "export", "state"]);
    desk.good(&["--store", "other", "state", "import", "state"]);
    assert_eq!(desk.good(&["decisions", "list"]), desk.good(&["--store", "other", "decisions", "list"]));
    let here = findings(&desk);
    desk.good(&["--store", "other", "mine", "--out", "two", "--quiet"]);
    let there: Value = serde_json::from_str(&desk.read("two/findings.json")).unwrap();
    assert_eq!(here, there);
}

#[test]
fn law_f5_a_refit_shows_what_would_move_and_the_same_data_move_nothing() {
    let desk = sample();
    let said = desk.good(&["model", "diff"]);
    let moved = desk.good(&["model", "refit"]);
    assert_eq!(said, moved);
    desk.good(&["model", "refit", "--apply"]);
    let (before, after) = (desk.read("out/findings.json"), findings(&desk));
    let before: Value = serde_json::from_str(&before).unwrap();
    let ids = |f: &Value| f["classes"].as_array().unwrap().iter().map(|c| (c["id"].to_string(), members(c))).collect::<BTreeSet<_>>();
    assert_eq!(ids(&before), ids(&after));
}

#[test]
fn wrong_rules_and_empty_runs_say_what_is_wrong() {
    let desk = Desk::new();
    desk.write("refrain.toml", "[[rules.team]]\nfield = \"componant\"\nis = [\"x\"]\nset = \"y\"\n");
    let run = desk.run(&["config", "show"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("componant"), "{}", run.err);
    desk.write("refrain.toml", "");
    assert_eq!(desk.run(&["import"]).code, 2);
    desk.write("in/notes.txt", "nothing to read here");
    let run = desk.run(&["mine", "in", "--out", "out"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("--allow-empty"), "{}", run.err);
}
