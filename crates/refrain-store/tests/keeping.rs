//! Records, decisions, models and notes: what is put in comes out, and only ever more of it.
#![allow(clippy::unwrap_used)] // helpers of tests, not only the tests themselves

mod common;

use common::{create, feed, hashes, import, key, now, record, titles};
use proptest::prelude::*;
use refrain_record::{CostItem, CostUnit, Decided, Link, LinkKind, Record, Role};
use refrain_store::{Access, FileNote, Import, Names, Put, RunState, Store, StoreErrorKind};
use tempfile::TempDir;

#[test]
fn law_a5_the_same_export_twice_is_unchanged_wherever_it_lies() {
    let (_dir, mut store) = create();
    let export = [record("JIRA:PAY-1", "Refund sent twice"), record("JIRA:PAY-2", "Slow report")];
    assert_eq!(import(&mut store, &[("pay.json", &export)]), [Put::New, Put::New]);
    let before = store.records().unwrap();
    assert_eq!(import(&mut store, &[("pay.json", &export)]), [Put::Unchanged, Put::Unchanged]);
    assert_eq!(import(&mut store, &[("moved/pay.json", &export)]), [Put::Unchanged, Put::Unchanged]);
    let mut after = store.records().unwrap();
    after.records.iter_mut().for_each(|r| r.source.file = "pay.json".into());
    let mut expected = before;
    expected.records.iter_mut().for_each(|r| r.source.file = "pay.json".into());
    assert_eq!(after, expected);
}

#[test]
fn a_changed_record_is_a_new_revision_and_the_old_one_stays() {
    let (_dir, mut store) = create();
    import(&mut store, &[("pay.json", &[record("JIRA:PAY-1", "old words")])]);
    assert_eq!(import(&mut store, &[("pay.json", &[record("JIRA:PAY-1", "new words")])]), [Put::Changed]);
    assert_eq!(titles(&store), ["JIRA:PAY-1 new words"]);
    assert_eq!(import(&mut store, &[("pay.json", &[record("JIRA:PAY-1", "old words")])]), [Put::Changed]);
    assert_eq!(titles(&store), ["JIRA:PAY-1 old words"]);
    let revisions = store.revisions(&key("JIRA:PAY-1")).unwrap();
    let told: Vec<_> = revisions.iter().map(|r| (r.number, r.run, r.ended, r.record.as_ref().unwrap().title().to_owned())).collect();
    assert_eq!(told, [(1, 1, Some(2), "old words".into()), (2, 2, Some(3), "new words".into()), (3, 3, None, "old words".into())]);
}

#[test]
fn law_f3_a_key_in_several_files_does_not_depend_on_their_order() {
    let mut page = record("FLAW:7", "Buffer overread");
    page.source.format = "markdown".into();
    page.add_section(Role::Cause, "cause", "length was not checked");
    let row = record("FLAW:7", "Overread of a buffer");
    let both = |first: (&str, &[Record]), second: (&str, &[Record])| {
        let (_dir, mut store) = create();
        let puts = import(&mut store, &[first, second]);
        (puts, store.records().unwrap())
    };
    let a = ("flaws.csv", std::slice::from_ref(&row));
    let b = ("flaw-7.md", std::slice::from_ref(&page));
    let one = both(a, b);
    assert_eq!(one, both(b, a));
    let (_dir, mut store) = create();
    import(&mut store, &[b]);
    import(&mut store, &[a]);
    assert_eq!(store.records().unwrap(), one.1);
    assert_eq!(one.1.records[0].sections.len(), 3);
    assert_eq!(store.record(&key("FLAW:7")).unwrap().as_ref(), Some(&one.1.records[0]));
}

#[test]
fn one_file_that_holds_a_key_twice_keeps_both_and_is_unchanged_the_second_time() {
    let (_dir, mut store) = create();
    let mut twice = [record("JIRA:PAY-1", "first"), record("JIRA:PAY-1", "second")];
    twice[1].source.line = 9;
    assert_eq!(import(&mut store, &[("pay.json", &twice)]), [Put::New, Put::New]);
    let before = store.records().unwrap();
    assert_eq!(before.conflicts.len(), 1);
    assert_eq!(import(&mut store, &[("pay.json", &twice)]), [Put::Unchanged, Put::Unchanged]);
    twice.reverse();
    assert_eq!(import(&mut store, &[("pay.json", &twice)]), [Put::Unchanged, Put::Unchanged]);
    assert_eq!(store.records().unwrap(), before);
}

#[test]
fn law_a3_a_file_that_is_not_kept_leaves_nothing_and_the_others_stand() {
    let (_dir, mut store) = create();
    import(&mut store, &[("good.json", &[record("JIRA:PAY-1", "stands")])]);
    let mut run = store.begin_import(now(), "refrain import").unwrap();
    feed(&mut run, &[("new.json", &[record("JIRA:PAY-2", "kept")])]);
    run.begin_file("bad.json").unwrap();
    run.put(&record("JIRA:PAY-1", "never")).unwrap();
    run.put(&record("JIRA:PAY-3", "never")).unwrap();
    run.finish_file(false, &FileNote { raw: Some("ab".into()), report: serde_json::json!({"skipped": 90}) }).unwrap();
    let summary = run.commit().unwrap();
    assert_eq!(summary.counts.get(&Put::New), Some(&1));
    assert_eq!(titles(&store), ["JIRA:PAY-1 stands", "JIRA:PAY-2 kept"]);
    let run = store.runs().unwrap().pop().unwrap();
    assert_eq!(run.state, RunState::Done);
    assert_eq!(run.files.iter().map(|f| (f.path.as_str(), f.kept)).collect::<Vec<_>>(), [("new.json", true), ("bad.json", false)]);
    assert_eq!(run.files[1].report["skipped"], 90);
}

#[test]
fn law_a4_a_dry_run_says_the_same_and_changes_no_byte() {
    let (dir, mut store) = create();
    let old = [record("JIRA:PAY-1", "one"), record("JIRA:PAY-2", "two")];
    import(&mut store, &[("pay.json", &old)]);
    drop(store);
    let bytes = || hashes(&dir.path().join("store"));
    let before = bytes();
    let new = [record("JIRA:PAY-1", "one"), record("JIRA:PAY-2", "changed"), record("JIRA:PAY-3", "three"), record("JIRA:PAY-3", "three b")];
    let store = Store::open(dir.path().join("store"), Access::Read).unwrap();
    let mut dry = Import::dry(Some(&store));
    let puts = feed(&mut dry, &[("pay.json", &new)]);
    let dry = dry.commit().unwrap();
    drop(store);
    assert_eq!(bytes(), before);
    let mut store = Store::open(dir.path().join("store"), Access::Write).unwrap();
    let mut real = store.begin_import(now(), "refrain import").unwrap();
    assert_eq!(feed(&mut real, &[("pay.json", &new)]), puts);
    let real = real.commit().unwrap();
    assert_eq!((real.counts, real.gone), (dry.counts, dry.gone));
    assert_eq!(puts, [Put::Unchanged, Put::Changed, Put::New, Put::New]);
    let mut none = Import::dry(None);
    assert_eq!(feed(&mut none, &[("pay.json", &new)]), [Put::New; 4]);
}

#[test]
fn a_record_that_its_file_no_longer_holds_is_marked_not_deleted() {
    let (_dir, mut store) = create();
    let (one, two) = (record("JIRA:PAY-1", "one"), record("JIRA:PAY-2", "two"));
    import(&mut store, &[("pay.json", &[one.clone(), two.clone()])]);
    let mut run = store.begin_import(now(), "refrain import").unwrap();
    run.begin_file("pay.json").unwrap();
    run.put(&one).unwrap();
    assert_eq!(run.finish_file(true, &FileNote::default()).unwrap().gone, [key("JIRA:PAY-2")]);
    run.commit().unwrap();
    let stored = store.records().unwrap();
    assert_eq!((stored.records.len(), stored.gone.len()), (2, 1));
    import(&mut store, &[("pay.json", &[one, two])]);
    assert!(store.records().unwrap().gone.is_empty());
}

#[test]
fn an_import_that_is_dropped_leaves_the_store_as_it_was() {
    let (_dir, mut store) = create();
    let mut run = store.begin_import(now(), "refrain import").unwrap();
    feed(&mut run, &[("pay.json", &[record("JIRA:PAY-1", "one")])]);
    drop(run);
    assert_eq!(store.count().unwrap(), 0);
    assert!(store.runs().unwrap().is_empty());
    assert_eq!(import(&mut store, &[("pay.json", &[record("JIRA:PAY-1", "one")])]), [Put::New]);
}

#[test]
fn people_may_type_a_key_an_id_or_an_alias() {
    let (_dir, mut store) = create();
    let mut flaw = record("RUSTSEC:RUSTSEC-2024-9001", "Use after free");
    flaw.links = vec![Link { kind: LinkKind::Alias, target: "CVE-2024-90001".into(), at: "aliases".into() }];
    import(
        &mut store,
        &[("x.json", &[flaw, record("JIRA:PAY-1", "a"), record("SHOP:PAY-1", "b"), record("SHOP:pay-9", "c"), record("SHOP:PAY-9", "d")])],
    );
    let rows: &[(&str, &[&str])] = &[
        ("JIRA:PAY-1", &["JIRA:PAY-1"]),
        ("jira:pay-1", &["JIRA:PAY-1"]),
        ("PAY-1", &["JIRA:PAY-1", "SHOP:PAY-1"]),
        ("cve-2024-90001", &["RUSTSEC:RUSTSEC-2024-9001"]),
        ("rustsec-2024-9001", &["RUSTSEC:RUSTSEC-2024-9001"]),
        ("pay-9", &["SHOP:pay-9"]),
        ("Pay-9", &["SHOP:PAY-9", "SHOP:pay-9"]),
        ("PAY-77", &[]),
        ("JIRA:PAY-77", &[]),
        ("JIRA:pay-9", &[]),
    ];
    for (typed, expected) in rows {
        let expected = match expected {
            [] => Names::Unknown,
            [one] => Names::One(key(one)),
            several => Names::Several(several.iter().map(|k| key(k)).collect()),
        };
        assert_eq!(store.resolve(typed).unwrap(), expected, "{typed}");
    }
}

#[test]
fn one_writer_at_a_time_and_readers_are_never_held_up() {
    let (dir, mut store) = create();
    let place = dir.path().join("store");
    import(&mut store, &[("pay.json", &[record("JIRA:PAY-1", "one")])]);
    let mut run = store.begin_import(now(), "refrain import").unwrap();
    feed(&mut run, &[("more.json", &[record("JIRA:PAY-2", "two")])]);
    let reader = Store::open(&place, Access::Read).unwrap();
    assert_eq!(reader.count().unwrap(), 1);
    let second = Store::open(&place, Access::Write).unwrap_err();
    assert!(matches!(&second.kind, StoreErrorKind::Locked { holder } if holder.contains(&std::process::id().to_string())), "{second}");
    run.commit().unwrap();
    assert_eq!(reader.count().unwrap(), 2);
    drop(store);
    Store::open(&place, Access::Write).unwrap();
}

#[test]
fn what_is_no_store_is_refused_with_what_to_do() {
    let dir = TempDir::new().unwrap();
    let missing = Store::open(dir.path(), Access::Read).unwrap_err();
    assert!(matches!(missing.kind, StoreErrorKind::Missing));
    assert!(missing.to_string().contains("refrain import"));
    let mut reader = {
        drop(Store::open(dir.path(), Access::Create).unwrap());
        Store::open(dir.path(), Access::Read).unwrap()
    };
    let refused = reader.decide(Decided::Undo { number: 1 }, "a", "b", now()).unwrap_err();
    assert!(matches!(refused.kind, StoreErrorKind::ReadOnly(_)));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, mut store) = create();
    import(&mut store, &[("pay.json", &[record("JIRA:PAY-1", "one")])]);
    let mode = |path: std::path::PathBuf| std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(dir.path().join("store")), 0o700);
    for file in std::fs::read_dir(dir.path().join("store")).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(path.clone()) & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_model_is_kept_for_ever_and_one_is_in_force() {
    let (_dir, mut store) = create();
    assert_eq!(store.model().unwrap(), None);
    let (first, second) = (store.put_model(b"one").unwrap(), store.put_model(b"two").unwrap());
    assert!(store.apply_model("beef", now(), "x").is_err());
    store.mark_refit_due("vocabulary drifted").unwrap();
    store.apply_model(&first, now(), "first fit").unwrap();
    assert_eq!((store.model().unwrap(), store.refit_due().unwrap()), (Some((first.clone(), b"one".to_vec())), None));
    assert!(store.pin_model(Some(&second)).is_err());
    store.pin_model(Some(&first)).unwrap();
    assert!(store.apply_model(&second, now(), "refit").is_err());
    store.pin_model(None).unwrap();
    store.apply_model(&second, now(), "refit").unwrap();
    assert_eq!(store.model().unwrap().map(|m| m.1), Some(b"two".to_vec()));
    assert_eq!(store.model_log().unwrap().iter().map(|m| m.why.as_str()).collect::<Vec<_>>(), ["first fit", "refit"]);
    assert_eq!(store.model_bytes(&first).unwrap(), Some(b"one".to_vec()));
}

#[test]
fn lineage_and_summaries_come_back_in_order() {
    let (_dir, mut store) = create();
    store.put_lineage(&[serde_json::json!({"born": "C-1"}), serde_json::json!({"born": "C-2"})]).unwrap();
    store.put_lineage(&[serde_json::json!({"merged": ["C-2", "C-1"]})]).unwrap();
    let events: Vec<serde_json::Value> = store.lineage().unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[2]["merged"][0], "C-2");
    store.put_summary(now(), &serde_json::json!({"classes": 3})).unwrap();
    store.put_summary(now(), &serde_json::json!({"classes": 3})).unwrap();
    store.put_summary(now(), &serde_json::json!({"classes": 4})).unwrap();
    assert_eq!(store.last_summary().unwrap().unwrap().json, r#"{"classes":4}"#);
    assert_eq!(store.summaries().unwrap().len(), 2);
}

#[test]
fn law_c1_a_decision_needs_an_author_and_a_reason_and_remembers_the_text() {
    let (_dir, mut store) = create();
    import(&mut store, &[("pay.json", &[record("JIRA:PAY-1", "one"), record("JIRA:PAY-2", "two")])]);
    let same = || Decided::Same { a: key("JIRA:PAY-1"), b: key("JIRA:PAY-9") };
    assert!(store.decide(same(), " ", "why", now()).is_err());
    assert!(store.decide(same(), "kim", "", now()).is_err());
    assert!(store.decide(Decided::Undo { number: 1 }, "kim", "wrong", now()).is_err());
    let decision = store.decide(same(), "kim", "same fix", now()).unwrap();
    assert_eq!((decision.number, decision.seen[0].len(), decision.seen[1].as_str()), (1, 32, ""));
    store.decide(Decided::Undo { number: 1 }, "kim", "mistyped", now()).unwrap();
    let log = store.decisions().unwrap();
    assert_eq!((log.decisions.len(), log.in_force().len()), (2, 0));
    assert_eq!(store.verify_audit().unwrap(), Ok(2));
    assert!(store.check().unwrap().is_empty());
}

#[test]
fn files_within_an_archive_have_paths_of_their_own() {
    let (_dir, mut store) = create();
    let within = |name: &str, path: &str, title: &str| {
        let mut record = record(name, title);
        record.source.file = path.into();
        record
    };
    let (a, b) = (within("JIRA:PAY-1", "all.zip/a.json", "in a"), within("JIRA:PAY-1", "all.zip/b.json", "in b"));
    import(&mut store, &[("all.zip", &[a.clone(), b])]);
    let files: Vec<String> = store.revisions(&key("JIRA:PAY-1")).unwrap().into_iter().map(|r| r.path).collect();
    assert_eq!(files, ["all.zip/a.json", "all.zip/b.json"]);
    assert_eq!(import(&mut store, &[("all.zip", &[a, within("JIRA:PAY-1", "all.zip/b.json", "in b, changed")])]), [Put::Unchanged, Put::Changed]);
    let standing = store.revisions(&key("JIRA:PAY-1")).unwrap().into_iter().filter(|r| r.ended.is_none()).count();
    assert_eq!(standing, 2);
}

#[test]
fn a_number_that_json_cannot_say_is_refused_before_it_makes_the_store_unreadable() {
    let (_dir, mut store) = create();
    let mut endless = record("JIRA:PAY-1", "endless");
    endless.costs = vec![CostItem { unit: CostUnit::Users, low: 1.0, high: f64::INFINITY, at: "impact:1".into() }];
    let mut run = store.begin_import(now(), "refrain import").unwrap();
    run.begin_file("a.json").unwrap();
    assert!(run.put(&endless).unwrap_err().to_string().contains("JIRA:PAY-1: found a cost"));
}

/// Files with parts of a few keys in a few formats, some of them several times.
fn any_files() -> impl Strategy<Value = Vec<(String, Vec<Record>)>> {
    let part = (0..4u8, 0..3u8, 0..3u8, prop::option::of(1..3i64));
    let file = prop::collection::vec(part, 1..5);
    prop::collection::vec(file, 1..4).prop_map(|files| {
        let record = |(place, (id, format, words, stamp)): (usize, (u8, u8, u8, Option<i64>))| {
            let mut part = record(&format!("JIRA:PAY-{id}"), &format!("words {words}"));
            part.source.format = format!("format-{format}");
            part.source.line = place as u32;
            part.updated = stamp.map(|s| refrain_record::Moment::at(s * 86_400));
            part
        };
        let named = |(n, parts): (usize, Vec<_>)| (format!("file-{n}.json"), parts.into_iter().enumerate().map(record).collect());
        files.into_iter().enumerate().map(named).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn law_f6_imports_in_any_split_and_order_equal_one_import(files in any_files(), cut in 0..4usize) {
        let given = |store: &mut Store, files: &[(String, Vec<Record>)]| {
            let files: Vec<(&str, &[Record])> = files.iter().map(|(name, records)| (name.as_str(), records.as_slice())).collect();
            import(store, &files)
        };
        let (_one_dir, mut one) = create();
        given(&mut one, &files);
        let (_two_dir, mut two) = create();
        let mut turned = files.clone();
        turned.reverse();
        turned.iter_mut().for_each(|(_, records)| records.reverse());
        let cut = cut.min(turned.len());
        given(&mut two, &turned[..cut]);
        given(&mut two, &turned[cut..]);
        given(&mut two, &turned[..cut]);
        prop_assert_eq!(one.records().unwrap(), two.records().unwrap());
        let again = given(&mut one, &turned);
        prop_assert!(again.iter().all(|put| *put == Put::Unchanged));
        prop_assert_eq!(one.records().unwrap(), two.records().unwrap());
    }
}
