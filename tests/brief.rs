//! Documents of the sample: every view in every format, and `verify` against the store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use support::{Desk, repository};

const VIEWS: &[&[&str]] = &[
    &["--view", "leadership"],
    &["--view", "team", "--of", "payments"],
    &["--view", "release"],
    &["--view", "retrospective", "--of", "{class}"],
    &["--view", "case-study", "--of", "{class}"],
    &["--view", "taxonomy"],
    &["--view", "audit"],
];
const FORMATS: &[&str] = &["html", "pdf", "md", "json", "slack", "openmetrics", "gaps.csv", "classes.csv", "members.csv", "metrics.csv"];

fn mined() -> (Desk, String) {
    let desk = Desk::new();
    desk.good(&["import", repository("data/sample").to_str().unwrap(), "--quiet"]);
    desk.good(&["mine", "--out", "out", "--quiet"]);
    let findings: serde_json::Value = serde_json::from_str(&desk.read("out/findings.json")).unwrap();
    let class = findings["gaps"][0]["class"].as_str().unwrap().to_owned();
    (desk, class)
}

#[test]
fn law_k1_every_view_is_written_in_every_format_and_holds() {
    let (desk, class) = mined();
    for view in VIEWS {
        let view: Vec<String> = view.iter().map(|v| v.replace("{class}", &class)).collect();
        for format in FORMATS {
            let mut args = vec!["brief".to_owned(), "--format".into(), (*format).to_owned(), "--output".into(), "b".into()];
            args.extend(view.clone());
            desk.good(&args);
            assert!(!desk.bytes("b").is_empty(), "{view:?} {format}");
            if *format == "json" {
                assert!(desk.good(&["verify", "b"]).contains("every number and quote holds"), "{view:?}");
            }
        }
    }
    desk.good(&["verify", "out/findings.json"]);
    desk.good(&["verify", "out/brief.json"]);
}

#[test]
fn law_k1_one_mismatch_is_a_finding_and_a_changed_record_is_told_apart() {
    let (desk, _) = mined();
    let brief = desk.read("out/brief.json");
    let parsed: serde_json::Value = serde_json::from_str(&brief).unwrap();
    let quote = parsed["quotes"][0]["text"].as_str().unwrap();
    let number = parsed["numbers"].as_array().unwrap().iter().find(|n| n["path"] == "scope.escapes").unwrap();
    for (what, altered) in [
        ("wrong number", brief.replace("\"path\": \"scope.escapes\",\n", "\"path\": \"scope.defects\",\n")),
        ("not among the quotes", brief.replace(quote, "It was the night shift.")),
        ("wording differs", brief.replacen("How sure we are", "How certain we are", 1)),
    ] {
        assert_ne!(brief, altered, "{what}: {number}");
        desk.write("altered.json", altered);
        let run = desk.run(&["verify", "altered.json"]);
        assert_eq!(run.code, 1, "{what}: {}{}", run.out, run.err);
        assert!(run.out.contains(what), "{what}: {}", run.out);
    }
    desk.write("in/more.json", support::jira_page(900, 3));
    desk.good(&["import", "in", "--quiet"]);
    let run = desk.run(&["verify", "out/brief.json"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("the records changed since") && !run.out.contains("wrong number"), "{}", run.out);
}

#[test]
fn what_cannot_be_written_or_read_is_an_error_of_its_own() {
    let (desk, _) = mined();
    desk.write("broken.json", "{");
    desk.write("newer.json", "{\"schema\":\"refrain-brief/9.0\"}");
    let cases: [&[&str]; 8] = [
        &["brief", "--format", "docx"],
        &["brief", "--format", "csv"],
        &["brief", "--view", "team"],
        &["brief", "--view", "team", "--of", "nobody"],
        &["brief", "--view", "vice-president"],
        &["status", "--format", "pdf"],
        &["verify", "broken.json"],
        &["verify", "newer.json"],
    ];
    for case in cases {
        let run = desk.run(case);
        assert_eq!(run.code, 2, "{case:?}: {}{}", run.out, run.err);
        assert!(run.out.is_empty() && !run.err.is_empty(), "{case:?}");
    }
}
