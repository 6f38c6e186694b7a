//! `traces`, `explain-trace`, `explain A B` and `eval` as a whole program: what is printed, and that a log of any size goes through.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const TRACE: &str = "2024-03-01 08:14:22,113 ERROR x\norg.acme.JobFailure: settlement 4711 failed\n\tat org.acme.Runner.run(Runner.java:88)\n\
                     Caused by: java.sql.SQLException: pool 7 exhausted\n\tat com.acme.pay.PoolGate.borrow(PoolGate.java:41)\n\
                     \tat com.acme.pay.Ledger.lambda$flush$3(Ledger.java:19)\n\t... 1 more\n";

fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_refrain"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap();
    out
}

fn objects(folder: &Path, input: &[u8]) -> Vec<Value> {
    let out = run(folder, &["traces", "-", "--format", "json"], input);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn one_object_a_trace_with_every_key() {
    let folder = tempfile::tempdir().unwrap();
    let found = objects(folder.path(), format!("hello\n{TRACE}bye\n").as_bytes());
    assert_eq!(found.len(), 1);
    let trace = &found[0];
    for key in ["start", "end", "primary", "family", "thread", "exception_type", "root_type", "message", "message_shape", "blocks", "fingerprints"] {
        assert!(trace.get(key).is_some(), "no `{key}`");
    }
    for key in ["raw", "function", "module", "file", "line", "column", "address", "in_app", "rules"] {
        assert!(trace["blocks"][0]["frames"][0].get(key).is_some(), "no `{key}`");
    }
    for grain in ["exact", "top_frames", "root_cause", "crash_site"] {
        assert!(trace["fingerprints"][grain]["key"].is_string(), "no `{grain}`");
    }
    assert_eq!((trace["family"].as_str(), trace["root_type"].as_str()), (Some("java"), Some("java.sql.SQLException")));
    assert_eq!(trace["primary"], Value::Bool(true));
    assert_eq!(trace["blocks"][1]["frames"][1]["in_app"], Value::Bool(true));
}

#[test]
fn offsets_are_those_of_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut input = b"\xff\xfe caf\xc3\xa9 \xff\n".to_vec();
    let before = input.len();
    input.extend_from_slice(TRACE.as_bytes());
    let found = objects(folder.path(), &input);
    let at = |name: &str| usize::try_from(found[0][name].as_u64().unwrap()).unwrap();
    assert!(at("start") >= before);
    let text = String::from_utf8(input[at("start")..at("end")].to_vec()).unwrap();
    assert!(text.ends_with("... 1 more") && text.contains("org.acme.JobFailure"), "{text}");
}

#[test]
fn a_long_log_goes_through_as_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    let block = "line of a log, nothing else\n".repeat(400) + TRACE;
    let found = objects(folder.path(), block.repeat(1_000).as_bytes());
    assert_eq!(found.len(), 1_000);
    assert!(found[1..].iter().all(|t| t["repeats"].as_u64() == Some(0)), "the same failure again and again");
}

#[test]
fn explain_trace_shows_rules_and_the_users_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = run(folder.path(), &["explain-trace", "-"], TRACE.as_bytes());
    let text = String::from_utf8(out.stdout).unwrap();
    for wanted in ["lambda-name: com.acme.pay.Ledger.lambda$flush", "in exact, top-frames, root-cause, crash-site", "root-cause"] {
        assert!(text.contains(wanted), "no `{wanted}` in {text}");
    }
    let rules = "[[traces.in-app]]\nname = \"gate\"\nfunction = \"com.acme.pay.PoolGate.*\"\nis = false\n\n\
                 [[traces.group]]\nname = \"pool\"\nexception = \"*.SQLException\"\nmessage = \"pool *\"\nthen = \"together\"\n";
    std::fs::write(folder.path().join("refrain.toml"), rules).unwrap();
    let text = String::from_utf8(run(folder.path(), &["explain-trace", "-"], TRACE.as_bytes()).stdout).unwrap();
    assert!(text.contains("[rule gate]") && text.contains("by rule     pool") && text.contains("rule pool"), "{text}");
}

#[test]
fn explain_aligns_the_traces_of_two_records() {
    let folder = tempfile::tempdir().unwrap();
    let report = |id: &str, day: &str, text: &str| {
        serde_json::json!({"id": id, "created": format!("2024-03-{day}T08:14:22"), "title": "settlement fails at night", "traces": [{"raw": text}]})
            .to_string()
    };
    let other = TRACE.replace("pool 7", "pool 9").replace("Runner.java:88", "Runner.java:90");
    let lines = [
        report("1", "01", TRACE),
        report("2", "02", &other),
        report("3", "03", "java.io.IOException: x\n\tat a.B.c(B.java:1)\n\tat a.D.e(D.java:2)\n"),
    ];
    std::fs::write(folder.path().join("x_traces.jsonl"), lines.join("\n")).unwrap();
    let out = run(folder.path(), &["import", "x_traces.jsonl"], b"");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(run(folder.path(), &["explain", "TRACES:1", "TRACES:2"], b"").stdout).unwrap();
    assert!(text.contains("traces 1 and 1: similarity") && text.contains("= com.acme.pay.PoolGate.borrow"), "{text}");
    std::fs::write(folder.path().join("gold.csv"), "id,dup_group\n1,a\n2,a\n").unwrap();
    let text = String::from_utf8(run(folder.path(), &["eval", "duplicates", "--using", "trace", "--gold", "gold.csv"], b"").stdout).unwrap();
    assert!(text.contains("1 queries") && text.contains("1.000"), "{text}");
}
