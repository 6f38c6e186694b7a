//! What a person meets at the command line: exit codes, streams, errors with a remedy, help.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use support::{Desk, jira_page};

#[test]
fn law_n4_exit_codes() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["--version"]).code, 0);
    assert_eq!(desk.run(&["no-such-command"]).code, 2);
    let run = desk.run(&["mine", "nowhere"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("nowhere") && run.err.contains("refrain sources"), "{}", run.err);
}

#[test]
fn law_n5_an_unknown_field_names_place_and_nearest() {
    let desk = Desk::new();
    desk.write("refrain.toml", "[duplicates]\nsugest-from = 0.5\n");
    let run = desk.run(&["config", "show"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("refrain.toml:2:1") && run.err.contains("did you mean `suggest-from`"), "{}", run.err);
}

#[test]
fn law_n6_standard_output_is_data_only() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 5));
    let run = desk.run(&["import", "in", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(serde_json::from_str::<serde_json::Value>(&run.out).is_ok(), "{}", run.out);
    assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "no colours where there is no terminal");
}

#[test]
fn law_n8_outputs_follow_their_schemas() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 8));
    desk.good(&["mine", "in", "--out", "out"]);
    for (schema, file) in [("findings", "out/findings.json"), ("import", "out/import.json"), ("brief", "out/brief.json")] {
        let schema: serde_json::Value = serde_json::from_str(&desk.good(&["schema", schema])).unwrap();
        let value: serde_json::Value = serde_json::from_str(&desk.read(file)).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<String> = validator.iter_errors(&value).take(5).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{file}: {faults:#?}");
    }
}

/// Form and a command that answers in it.
const ANSWERS: &[(&str, &[&str])] = &[
    ("status", &["status"]),
    ("check", &["store", "check"]),
    ("model", &["model", "show"]),
    ("decisions", &["decisions", "list"]),
    ("duplicates", &["duplicates"]),
    ("explain-record", &["explain", "PAY-1"]),
    ("explain-pair", &["explain", "PAY-1", "PAY-2"]),
    ("classes", &["classes", "list"]),
    ("lineage", &["classes", "lineage"]),
    ("gaps", &["gaps", "list"]),
    ("metrics", &["metrics"]),
    ("forecast", &["forecast"]),
    ("table", &["config", "show"]),
    ("table", &["search", "refund"]),
    ("table", &["similar", "PAY-3"]),
    ("table", &["classes", "ask"]),
    ("table", &["taxonomy", "review"]),
];

#[test]
fn law_n8_every_answer_follows_its_schema() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 8));
    desk.good(&["mine", "in", "--out", "out"]);
    desk.good(&["decide", "different", "PAY-1", "PAY-2", "--why", "two refunds"]);
    for (form, command) in ANSWERS {
        let schema: serde_json::Value = serde_json::from_str(&desk.good(&["schema", form])).unwrap();
        let args: Vec<&str> = command.iter().copied().chain(["--format", "json"]).collect();
        let said = desk.good(&args);
        let value: serde_json::Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{command:?}: {e}\n{said}"));
        let faults: Vec<String> =
            jsonschema::validator_for(&schema).unwrap().iter_errors(&value).take(5).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{command:?}: {faults:#?}");
        assert_eq!(value["schema"], format!("refrain-{form}/1.0"), "{command:?}");
    }
}

#[test]
fn a_bare_id_is_enough_where_one_system_has_it() {
    let desk = Desk::new();
    desk.write("in/jira.json", jira_page(1, 5));
    desk.good(&["import", "in"]);
    assert_eq!(desk.good(&["explain", "PAY-2"]), desk.good(&["explain", "JIRA:PAY-2"]));
    let run = desk.run(&["explain", "PAY-77"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("PAY-77"), "{}", run.err);
}

#[test]
fn help_completions_and_man_come_from_one_table() {
    let desk = Desk::new();
    let help = desk.good(&["--help"]);
    let man = desk.good(&["man"]);
    let bash = desk.good(&["completions", "bash"]);
    for command in ["mine", "similar", "gaps", "decide", "brief"] {
        assert!(help.contains(command) && man.contains(command) && bash.contains(command), "{command}");
    }
}

#[test]
fn config_show_says_where_each_value_comes_from() {
    let desk = Desk::new();
    desk.write("refrain.toml", "[brief]\nminimum = 3\n");
    let shown = desk.good(&["config", "show"]);
    assert!(shown.lines().any(|l| l.contains("brief.minimum") && l.contains('3') && l.contains("refrain.toml:2")), "{shown}");
    assert!(shown.lines().any(|l| l.contains("import.max-skip") && l.contains("default")), "{shown}");
}
