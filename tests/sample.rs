//! The sample: what was planted is found across the right teams, one-offs are left alone, and the brief says so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use support::{Desk, repository};

/// The answer key, which no import reads: key, mechanism (`one-off` for none), team. Second reports of a defect are left out: a class
/// counts defects.
fn planted() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(repository("data/sample/.planted.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads = reader.headers().unwrap().clone();
    let at = |name: &str| heads.iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name}"));
    let (key, mechanism, team, again) = (at("key"), at("mechanism"), at("team"), at("duplicate-of"));
    reader
        .records()
        .map(|r| r.unwrap())
        .filter(|r| r[again].is_empty())
        .map(|r| (r[key].to_owned(), r[mechanism].to_owned(), r[team].to_owned()))
        .collect()
}

fn mined() -> (Desk, Value) {
    let desk = Desk::new();
    desk.good(&["mine", repository("data/sample").to_str().unwrap(), "--out", "out", "--quiet"]);
    let findings = serde_json::from_str(&desk.read("out/findings.json")).unwrap();
    (desk, findings)
}

/// Class of every record, duplicates through their defect.
fn classes_of(findings: &Value) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for class in findings["classes"].as_array().unwrap() {
        for member in class["members"].as_array().unwrap() {
            let others = member["duplicates"].as_array().into_iter().flatten();
            for key in others.chain([&member["key"]]) {
                out.insert(key.as_str().unwrap().to_owned(), class["id"].as_str().unwrap().to_owned());
            }
        }
    }
    out
}

#[test]
fn law_g1_planted_mechanisms_are_found_across_teams() {
    let (desk, findings) = mined();
    let planted = planted();
    let class_of = classes_of(&findings);
    let mut by_mechanism: BTreeMap<&str, Vec<&(String, String, String)>> = BTreeMap::new();
    planted.iter().filter(|p| p.1 != "one-off").for_each(|p| by_mechanism.entry(&p.1).or_default().push(p));
    let mut said = String::new();
    let mut found = 0;
    for (mechanism, members) in &by_mechanism {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        members.iter().filter_map(|m| class_of.get(&m.0)).for_each(|c| *votes.entry(c).or_default() += 1);
        let Some((class, hits)) = votes.iter().max_by_key(|(_, n)| **n) else {
            said += &format!("{mechanism}: not found, {} members\n", members.len());
            continue;
        };
        let teams: BTreeSet<&str> = members.iter().filter(|m| class_of.get(&m.0).map(String::as_str) == Some(class)).map(|m| m.2.as_str()).collect();
        let all: BTreeSet<&str> = members.iter().map(|m| m.2.as_str()).collect();
        let good = hits * 2 >= members.len() && teams.len() >= 2;
        found += usize::from(good);
        said += &format!(
            "{mechanism}: {hits} of {} in {class}, teams {} of {}{}\n",
            members.len(),
            teams.len(),
            all.len(),
            if good { "" } else { "  <- missed" }
        );
    }
    assert!(found == by_mechanism.len(), "{said}");
    let brief = desk.read("out/brief.md");
    let named = findings["gaps"].as_array().unwrap().iter().filter(|g| g["rank"].as_u64().is_some_and(|r| r <= 5));
    for gap in named {
        assert!(brief.contains(gap["class_name"].as_str().unwrap()), "{} is not in the brief", gap["class_name"]);
    }
}

#[test]
fn one_offs_are_left_alone() {
    let (_, findings) = mined();
    let class_of = classes_of(&findings);
    let one_offs: Vec<_> = planted().into_iter().filter(|p| p.1 == "one-off").collect();
    let taken: Vec<String> = one_offs.iter().filter_map(|p| class_of.get(&p.0).map(|c| format!("{} in {c}", p.0))).collect();
    assert!(one_offs.len() > 300, "{} one-offs", one_offs.len());
    assert!(taken.len() * 20 <= one_offs.len(), "{} of {} one-offs stand in a class: {taken:#?}", taken.len(), one_offs.len());
}

#[test]
fn at_least_four_planted_mechanisms_are_not_in_the_lexicon() {
    let lexicon: toml::Value = toml::from_str(&std::fs::read_to_string(repository("data/mechanisms.toml")).unwrap()).unwrap();
    let known: BTreeSet<&str> = lexicon["mechanism"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    let unknown: BTreeSet<String> = planted().into_iter().map(|p| p.1).filter(|m| m != "one-off" && !known.contains(m.as_str())).collect();
    assert!(unknown.len() >= 4, "{unknown:?}");
}

#[test]
fn law_b1_every_quote_stands_in_its_record() {
    let (desk, _) = mined();
    let run = desk.run(&["verify", "out/findings.json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn law_k5_nobody_is_named() {
    let (desk, _) = mined();
    let people = std::fs::read_to_string(repository("data/sample/.planted-people.txt")).unwrap();
    for file in ["out/brief.html", "out/brief.md", "out/brief.json", "out/findings.json"] {
        let text = desk.read(file);
        for name in people.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            assert!(!text.contains(name), "{name} in {file}");
        }
    }
}
