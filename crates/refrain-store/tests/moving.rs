//! The ground state as text: out and in again, twice, and from two sides.
#![allow(clippy::unwrap_used)] // helpers of tests, not only the tests themselves

mod common;

use std::path::Path;

use common::{at, create, hashes, import_at, key, now, record, titles, told};
use proptest::prelude::*;
use refrain_record::{CostItem, CostUnit, Decided, Known, Record};
use refrain_store::{StateReport, StateScope, Store};
use tempfile::TempDir;

/// A store with something of everything.
fn rich() -> (TempDir, Store) {
    let (dir, mut store) = create();
    let mut costly = told("JIRA:PAY-1", "Refund sent twice", "seen\nin the shop");
    costly.costs = vec![CostItem { unit: CostUnit::Users, low: 0.1 + 0.2, high: 1e21, at: "impact:1".into() }];
    costly.created = Known::stated(at("2024-03"), "created");
    let mut page = told("JIRA:PAY-1", "Refund sent twice", "the review");
    page.source.format = "markdown".into();
    page.source.line = 40;
    import_at(&mut store, at("2026-01-01"), &[("pay.json", &[costly.clone(), record("JIRA:PAY-2", "old words")]), ("pay.md", &[page])]);
    import_at(&mut store, at("2026-01-02"), &[("pay.json", &[costly, record("JIRA:PAY-3", "a third")])]);
    import_at(
        &mut store,
        at("2026-01-03"),
        &[("pay.json", &[record("JIRA:PAY-2", "new words"), record("JIRA:SEC-1", "secret words of a customer")])],
    );
    store.forget(&key("JIRA:SEC-1"), "asked", now()).unwrap();
    store.decide(Decided::Different { a: key("JIRA:PAY-1"), b: key("JIRA:PAY-2") }, "kim", "other cause", at("2026-01-04T10:00:00Z")).unwrap();
    store.decide(Decided::Undo { number: 1 }, "kim", "mistyped", at("2026-01-04T10:01:00Z")).unwrap();
    store.put_lineage(&[serde_json::json!({"born": "C-1", "size": 1.5}), serde_json::json!({"born": "C-1", "size": 1.5})]).unwrap();
    let first = store.put_model(b"first model").unwrap();
    store.apply_model(&first, at("2026-01-02"), "first fit").unwrap();
    store.put_model(b"tried and not used").unwrap();
    store.pin_model(Some(&first)).unwrap();
    store.put_summary(at("2026-01-03"), &serde_json::json!({"classes": 3})).unwrap();
    (dir, store)
}

fn exported(store: &Store) -> TempDir {
    let dir = TempDir::new().unwrap();
    store.export_state(dir.path(), StateScope::All).unwrap();
    dir
}

fn read(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).unwrap()
}

#[test]
fn law_a8_an_export_read_into_an_empty_store_is_the_same_state() {
    let (_dir, store) = rich();
    let text = exported(&store);
    let (_other_dir, mut other) = create();
    let report = other.import_state(text.path()).unwrap();
    assert_eq!((report.runs, report.parts, report.decisions, report.lineage, report.models), (3, 6, 2, 2, 1));
    assert_eq!(hashes(exported(&other).path()), hashes(text.path()));
    assert_eq!(other.records().unwrap(), store.records().unwrap());
    assert_eq!(other.decisions().unwrap(), store.decisions().unwrap());
    assert_eq!((other.verify_audit().unwrap(), other.check().unwrap()), (Ok(2), vec![]));
    assert_eq!((other.model().unwrap(), other.pinned_model().unwrap()), (store.model().unwrap(), store.pinned_model().unwrap()));
    assert_eq!(other.resolve("sec-1").unwrap(), store.resolve("sec-1").unwrap());
    assert_eq!(other.revisions(&key("JIRA:PAY-2")).unwrap(), store.revisions(&key("JIRA:PAY-2")).unwrap());
}

#[test]
fn law_a5_reading_the_same_state_twice_changes_nothing() {
    let (_dir, mut store) = rich();
    let text = exported(&store);
    assert_eq!(store.import_state(text.path()).unwrap(), StateReport::default());
    assert_eq!(hashes(exported(&store).path()), hashes(text.path()));
}

#[test]
fn the_export_is_one_sorted_fact_a_line_and_records_read_back_as_records() {
    let (_dir, store) = rich();
    let text = exported(&store);
    let records: Vec<Record> = read(text.path(), "records.jsonl").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let told: Vec<String> = records.iter().map(|r| format!("{} {}:{}", r.key, r.source.file, r.source.line)).collect();
    assert_eq!(told, ["JIRA:PAY-1 pay.json:1", "JIRA:PAY-1 pay.md:40", "JIRA:PAY-2 pay.json:1", "JIRA:PAY-3 pay.json:1"]);
    assert!(!read(text.path(), "revisions.jsonl").contains("secret words"));
    let bare = TempDir::new().unwrap();
    store.export_state(bare.path(), StateScope::WithoutRecords).unwrap();
    assert!(!bare.path().join("records.jsonl").exists());
    let (_other, mut other) = create();
    other.import_state(bare.path()).unwrap();
    assert_eq!((other.count().unwrap(), other.decisions().unwrap()), (0, store.decisions().unwrap()));
}

/// Two stores that began as one and went on apart.
fn apart() -> (TempDir, [(TempDir, Store); 2]) {
    let (_dir, store) = rich();
    let start = exported(&store);
    let side = || {
        let (dir, mut store) = create();
        store.import_state(start.path()).unwrap();
        (dir, store)
    };
    let (mut left, mut right) = (side(), side());
    import_at(&mut left.1, at("2026-02-01"), &[("pay.json", &[record("JIRA:PAY-2", "left words"), record("JIRA:PAY-4", "only left")])]);
    import_at(
        &mut right.1,
        at("2026-02-02"),
        &[("pay.json", &[record("JIRA:PAY-2", "right words")]), ("new.json", &[record("JIRA:PAY-5", "only right")])],
    );
    left.1.decide(Decided::NotAClass { class: "C-1".into() }, "kim", "a topic", at("2026-02-01T08:00:00Z")).unwrap();
    left.1.decide(Decided::Undo { number: 3 }, "kim", "it is one", at("2026-02-01T09:00:00Z")).unwrap();
    right.1.decide(Decided::NoClass { key: key("JIRA:PAY-3") }, "lee", "an accident", at("2026-02-02T08:00:00Z")).unwrap();
    right.1.put_lineage(&[serde_json::json!({"merged": "C-1"})]).unwrap();
    let (a, b) = (left.1.put_model(b"left model").unwrap(), right.1.put_model(b"right model").unwrap());
    left.1.pin_model(None).unwrap();
    right.1.pin_model(None).unwrap();
    left.1.apply_model(&a, at("2026-02-05"), "refit").unwrap();
    right.1.apply_model(&b, at("2026-02-03"), "refit").unwrap();
    (start, [left, right])
}

#[test]
fn two_states_become_the_union_of_their_facts_whichever_is_read_first() {
    let (_start, [left, right]) = apart();
    let (left_text, right_text) = (exported(&left.1), exported(&right.1));
    let (mut a, mut b) = (left, right);
    a.1.import_state(right_text.path()).unwrap();
    b.1.import_state(left_text.path()).unwrap();
    for store in [&a.1, &b.1] {
        assert_eq!(
            titles(store),
            ["JIRA:PAY-1 Refund sent twice", "JIRA:PAY-2 right words", "JIRA:PAY-3 a third", "JIRA:PAY-4 only left", "JIRA:PAY-5 only right"]
        );
        assert_eq!(store.model().unwrap().unwrap().1, b"left model");
        assert_eq!(store.lineage::<serde_json::Value>().unwrap().len(), 3);
        assert_eq!((store.verify_audit().unwrap(), store.check().unwrap()), (Ok(5), vec![]));
        // The undo of the left side still undoes what it meant.
        let in_force: Vec<String> = store.decisions().unwrap().in_force().iter().map(|d| d.author.clone()).collect();
        assert_eq!(in_force, ["lee"]);
    }
    assert_eq!(a.1.records().unwrap(), b.1.records().unwrap());
    let (a_text, b_text) = (exported(&a.1), exported(&b.1));
    assert_eq!(a.1.import_state(b_text.path()).unwrap(), StateReport::default());
    assert_eq!(b.1.import_state(a_text.path()).unwrap(), StateReport::default());
}

#[test]
fn files_that_a_version_control_merged_line_by_line_are_read() {
    let (_start, [left, right]) = apart();
    let (left_text, right_text) = (exported(&left.1), exported(&right.1));
    let merged = TempDir::new().unwrap();
    std::fs::create_dir(merged.path().join("models")).unwrap();
    for (path, _) in hashes(left_text.path()).into_iter().chain(hashes(right_text.path())) {
        let target = merged.path().join(&path);
        let text = |dir: &TempDir| std::fs::read_to_string(dir.path().join(&path)).unwrap_or_default();
        let (l, r) = (text(&left_text), text(&right_text));
        if path.extension().is_some_and(|e| e == "jsonl") {
            let more: Vec<&str> = r.lines().filter(|line| !l.lines().any(|other| other == *line)).collect();
            std::fs::write(target, l.clone() + &more.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        } else {
            std::fs::write(target, if l.is_empty() { r } else { l }).unwrap();
        }
    }
    let (_dir, mut store) = create();
    store.import_state(merged.path()).unwrap();
    assert_eq!(store.count().unwrap(), 5);
    assert_eq!((store.verify_audit().unwrap(), store.check().unwrap()), (Ok(5), vec![]));
    assert_eq!(store.decisions().unwrap().in_force().len(), 1);
    let again = exported(&store);
    assert_eq!(store.import_state(merged.path()).unwrap(), StateReport::default());
    assert_eq!(hashes(exported(&store).path()), hashes(again.path()));
}

#[test]
fn what_was_changed_by_hand_is_refused_with_its_line_and_nothing_is_taken_in() {
    let (_dir, store) = rich();
    let rows: &[(&str, &str, &str, &str)] = &[
        ("decisions.jsonl", "other cause", "no cause", "decisions.jsonl: line 1: found decision 1"),
        ("revisions.jsonl", "old words", "odd words", "revisions.jsonl: line 3: found a text with hash"),
        ("records.jsonl", "a third", "a fourth", "revisions.jsonl: line 5: found JIRA:PAY-3 with hash"),
        ("lineage.jsonl", "{\"number\":2", "<<<<<<< ours\n{\"number\":2", "lineage.jsonl: line 2: found expected value"),
        ("state.json", "refrain-state/1.0", "refrain-state/9.0", "found schema `refrain-state/9.0`"),
        ("models.jsonl", "\"hash\":\"", "\"hash\":\"00", "models.jsonl: found model 00"),
    ];
    for (name, from, to, expected) in rows {
        let text = exported(&store);
        let path = text.path().join(name);
        std::fs::write(&path, read(text.path(), name).replacen(from, to, 1)).unwrap();
        let (_other_dir, mut other) = create();
        let error = other.import_state(text.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
        assert_eq!((other.count().unwrap(), other.runs().unwrap().len()), (0, 0), "{name}");
    }
    let (_other_dir, mut other) = create();
    assert!(other.import_state(TempDir::new().unwrap().path()).unwrap_err().to_string().contains("state.json"));
}

#[test]
fn a_record_forgotten_on_one_side_is_forgotten_on_the_other() {
    let (_start, [left, right]) = apart();
    let (mut left, mut right) = (left, right);
    left.1.forget(&key("JIRA:PAY-2"), "asked", now()).unwrap();
    let (left_text, right_text) = (exported(&left.1), exported(&right.1));
    right.1.import_state(left_text.path()).unwrap();
    left.1.import_state(right_text.path()).unwrap();
    for store in [&left.1, &right.1] {
        assert_eq!(store.record(&key("JIRA:PAY-2")).unwrap(), None);
        assert!(store.check().unwrap().is_empty());
        assert!(!read(exported(store).path(), "revisions.jsonl").contains("words"));
    }
}

/// Imports of one side: at which hour, which file, and which records with which words.
type Steps = Vec<(u8, u8, Vec<(u8, u8)>)>;

fn any_steps() -> impl Strategy<Value = Steps> {
    prop::collection::vec((0..48u8, 0..2u8, prop::collection::vec((0..4u8, 0..3u8), 0..4)), 0..4)
}

fn walk(store: &mut Store, steps: &Steps) {
    for (hour, file, told) in steps {
        let records: Vec<Record> = told.iter().map(|(id, words)| record(&format!("JIRA:PAY-{id}"), &format!("words {words}"))).collect();
        import_at(store, at(&format!("2026-03-0{}T{:02}:00:00Z", hour / 24 + 1, hour % 24)), &[(format!("file-{file}.json").as_str(), &records)]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whichever_side_reads_the_other_first_both_know_the_same(common in any_steps(), left in any_steps(), right in any_steps()) {
        let (_dir, mut base) = create();
        walk(&mut base, &common);
        let start = exported(&base);
        let side = |steps: &Steps| {
            let (dir, mut store) = create();
            store.import_state(start.path()).unwrap();
            walk(&mut store, steps);
            (dir, store)
        };
        let ((_l, mut left), (_r, mut right)) = (side(&left), side(&right));
        let (left_text, right_text) = (exported(&left), exported(&right));
        left.import_state(right_text.path()).unwrap();
        right.import_state(left_text.path()).unwrap();
        prop_assert_eq!(left.records().unwrap(), right.records().unwrap());
        let (left_text, right_text) = (exported(&left), exported(&right));
        prop_assert_eq!(left.import_state(right_text.path()).unwrap(), StateReport::default());
        prop_assert_eq!(right.import_state(left_text.path()).unwrap(), StateReport::default());
        prop_assert_eq!(left.records().unwrap(), right.records().unwrap());
        prop_assert!(left.check().unwrap().is_empty());
    }
}
