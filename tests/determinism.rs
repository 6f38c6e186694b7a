//! Same records, decisions, configuration and model: the same bytes, whatever the surroundings.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use std::path::Path;

use support::{Desk, copy, repository};

fn findings(desk: &Desk, args: &[&str]) -> Vec<u8> {
    let mut all = vec!["mine"];
    all.extend(args);
    all.extend(["--out", "out", "--quiet"]);
    desk.good(&all);
    desk.bytes("out/findings.json")
}

/// The sample under other names: every file in a folder whose name turns the order of the files round.
fn turned(from: &Path, to: &Path) {
    let mut folders: Vec<_> = std::fs::read_dir(from)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir() && !p.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect();
    folders.sort();
    for (number, folder) in folders.iter().rev().enumerate() {
        copy(folder, &to.join(format!("{number:02}")).join(folder.file_name().unwrap()));
    }
}

#[test]
fn law_f1_same_bytes_in_another_place_time_zone_and_language() {
    let sample = repository("data/sample");
    let here = Desk::new();
    let once = findings(&here, &[sample.to_str().unwrap()]);
    assert!(once == findings(&here, &[sample.to_str().unwrap()]), "a second run differs");
    let there = Desk::new()
        .with("TZ", "Pacific/Chatham")
        .with("LANG", "tr_TR.UTF-8")
        .with("LC_ALL", "tr_TR.UTF-8")
        .with("HOME", "/nonexistent")
        .with("USER", "other");
    copy(&sample, &there.path("elsewhere/deep"));
    assert!(once == findings(&there, &["elsewhere/deep"]), "another folder, zone or language differs");
    for file in ["out/brief.html", "out/brief.md", "out/brief.json"] {
        assert!(here.bytes(file) == there.bytes(file), "{file} differs");
    }
}

#[test]
fn law_f2_same_bytes_with_any_number_of_threads() {
    let sample = repository("data/sample");
    let runs: Vec<Vec<u8>> = ["1", "2", "16"].iter().map(|n| findings(&Desk::new(), &[sample.to_str().unwrap(), "--threads", n])).collect();
    assert!(runs[0] == runs[1] && runs[1] == runs[2]);
}

#[test]
fn law_f3_same_bytes_in_another_order_of_files() {
    let sample = repository("data/sample");
    let plain = findings(&Desk::new(), &[sample.to_str().unwrap()]);
    let desk = Desk::new();
    turned(&sample, &desk.path("turned"));
    assert!(plain == findings(&desk, &["turned"]));
}

#[test]
fn law_f6_three_batches_are_one_import_under_the_same_model() {
    let sample = repository("data/sample");
    let whole = Desk::new();
    let expected = findings(&whole, &[sample.to_str().unwrap()]);
    whole.good(&["model", "export", "model.json"]);
    let model = whole.path("model.json");
    let desk = Desk::new();
    let mut folders: Vec<_> = std::fs::read_dir(&sample)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir() && !p.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect();
    folders.sort();
    let mut last = Vec::new();
    for batch in folders.chunks(folders.len().div_ceil(3)).rev() {
        let mut args: Vec<&str> = batch.iter().map(|p| p.to_str().unwrap()).collect();
        args.extend(["--model", model.to_str().unwrap()]);
        last = findings(&desk, &args);
    }
    assert!(expected == last);
}

#[test]
fn law_f7_no_odd_numbers_in_the_output() {
    let desk = Desk::new();
    let text = String::from_utf8(findings(&desk, &[repository("data/sample").to_str().unwrap()])).unwrap();
    for odd in [": NaN", ": inf", ": -inf", ": -0.0,", ": -0,"] {
        assert!(!text.contains(odd), "{odd}");
    }
}
