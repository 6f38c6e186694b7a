//! Killed, corrupted, locked, read-only, newer: nothing acknowledged is lost, and what is wrong is said.
#![allow(clippy::unwrap_used, clippy::expect_used)] // helpers of tests, not only the tests themselves

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{at, create, hashes, import, key, now, record, titles, told};
use refrain_record::{Decided, Record};
use refrain_store::search::{IndexDoc, Order, Request, parse_query};
use refrain_store::{Access, FileNote, Put, RunState, Store, StoreErrorKind};
use tempfile::TempDir;

/// Rounds of killing, as the project promises.
const ROUNDS: u64 = 50;
/// Records in each of the two files of one import of the child.
const EACH: u64 = 24;

/// Where a child process finds its store.
const PLACE: &str = "REFRAIN_TEST_STORE";

/// Numbers that look random and are the same each time (xorshift64, seed in the argument).
fn numbers(mut seed: u64) -> impl Iterator<Item = u64> {
    std::iter::repeat_with(move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    })
}

fn child(program: &Path, test: &str, place: &Path) -> Command {
    let mut command = Command::new(program);
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]).env(PLACE, place);
    command
}

/// What import `n` brings: the same keys each time with other words, so that revisions pile up, and a key of its own.
fn batch(n: u64) -> [Vec<Record>; 2] {
    let words = |i: u64| format!("words of import {n} for {i} {}", "and more ".repeat(20));
    let file = |f: u64| (0..EACH).map(|i| told(&format!("JIRA:PAY-{}", f * EACH + i), &format!("import {n}"), &words(i))).collect::<Vec<_>>();
    let mut files = [file(0), file(1)];
    files[1].push(record(&format!("JIRA:OWN-{n}"), "own"));
    files
}

fn done_runs(store: &Store) -> u64 {
    store.runs().unwrap().iter().filter(|r| r.state == RunState::Done).count() as u64
}

fn place() -> Option<PathBuf> {
    std::env::var_os(PLACE).map(PathBuf::from)
}

/// Run as a process of its own by the test below: imports until it is killed, and says what was acknowledged.
#[test]
#[ignore = "the child of a test, killed by it"]
fn child_that_imports_until_killed() {
    let Some(place) = place() else { return };
    let mut store = Store::open(place, Access::Create).unwrap();
    for n in done_runs(&store) + 1.. {
        let files = batch(n);
        let mut run = store.begin_import(now(), &format!("import {n}")).unwrap().acknowledge_every(1);
        for (name, records) in ["a", "b"].iter().zip(&files) {
            run.begin_file(&format!("{name}.json")).unwrap();
            records.iter().for_each(|r| assert_ne!(run.put(r).unwrap(), Put::Forgotten));
            // A file that a killed import had brought already is not acknowledged again: there is nothing to write.
            if run.finish_file(true, &FileNote::default()).unwrap().acknowledged {
                println!("\n{name} {n}");
            }
        }
        run.commit().unwrap();
        println!("\nimported {n}");
        let own = key(&format!("JIRA:OWN-{n}"));
        let decision = store.decide(Decided::NoClass { key: own }, "kim", &format!("import {n}"), now()).unwrap();
        println!("\ndecided {}", decision.number);
        if n % 3 == 0 {
            let records = store.records().unwrap().records;
            store.fresh_index(&n.to_string(), || records.iter().map(IndexDoc::of)).unwrap();
        }
    }
}

#[test]
fn law_n7_killed_fifty_times_nothing_acknowledged_is_lost_and_the_next_run_goes_on() {
    let dir = TempDir::new().unwrap();
    let place = dir.path().join("store");
    let program = std::env::current_exe().unwrap();
    let (mut said, mut interrupted) = (BTreeMap::new(), 0);
    for random in numbers(0x5eed).take(ROUNDS as usize) {
        let mut process = child(&program, "child_that_imports_until_killed", &place).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut note = |line: String| {
            let told = line.split_once(' ').and_then(|(what, n)| Some((what.to_owned(), n.parse::<u64>().ok()?)));
            told.map(|(what, n)| said.insert(what, n)).is_some()
        };
        // After some acknowledgements, and then a little later: in the middle of whatever comes next.
        for _ in 0..random % 6 {
            while !note(lines.next().expect("the child ended by itself")) {}
        }
        std::thread::sleep(Duration::from_micros((random >> 8) % 6_000));
        process.kill().unwrap();
        lines.for_each(|line| {
            note(line);
        });
        process.wait().unwrap();
        if place.join("refrain.db").exists() {
            // What was written and could not be said any more counts as said from now on.
            interrupted = survives(&place, &mut said);
        }
    }
    assert!(said["imported"] > 20 && said["decided"] > 20 && interrupted > 3, "{said:?}, {interrupted} imports cut off: too few to tell");
}

/// Everything acknowledged is there, no file is half there, and the store works on. Gives the number of imports that were cut off
/// between two files.
fn survives(place: &Path, acknowledged: &mut BTreeMap<String, u64>) -> usize {
    let said = |acknowledged: &BTreeMap<String, u64>, what: &str| acknowledged.get(what).copied().unwrap_or(0);
    let reader = match Store::open(place, Access::Read) {
        // Killed before the very first commit: there is nothing yet.
        Err(error) if said(acknowledged, "a") == 0 => {
            assert!(matches!(error.kind, StoreErrorKind::Missing), "{error}");
            return 0;
        }
        opened => opened.unwrap(),
    };
    assert_eq!(reader.check().unwrap(), vec![]);
    let records = reader.records().unwrap().records;
    drop(reader);
    let store = Store::open(place, Access::Write).unwrap();
    assert_eq!(store.records().unwrap().records, records);
    assert_eq!(store.check().unwrap(), vec![]);
    let decisions = store.decisions().unwrap().decisions.len() as u64;
    for (what, found) in [("imported", done_runs(&store)), ("decided", decisions), ("a", told_by(&records, 0)), ("b", told_by(&records, 1))] {
        let before = said(acknowledged, what);
        assert!((before..=before + 1).contains(&found), "{what}: {before} acknowledged, {found} found");
        acknowledged.insert(what.to_owned(), found);
    }
    store.runs().unwrap().iter().filter(|r| r.state == RunState::Interrupted).count()
}

/// Number of the import that the records of a file tell of; all tell the same, or the file is half there.
fn told_by(records: &[Record], file: u64) -> u64 {
    let own = |r: &&Record| r.key.id().strip_prefix("PAY-").is_some_and(|n| n.parse::<u64>().unwrap() / EACH == file);
    let mut titles: Vec<&str> = records.iter().filter(own).map(Record::title).collect();
    assert!(titles.is_empty() || titles.len() as u64 == EACH, "{} of {EACH} records", titles.len());
    titles.dedup();
    assert!(titles.len() < 2, "a file is half there: {titles:?}");
    titles.first().map_or(0, |title| title.trim_start_matches("import ").parse().unwrap())
}

#[test]
fn readers_see_whole_imports_while_one_writes() {
    let (dir, mut store) = create();
    let place = dir.path().join("store");
    import(&mut store, &[("a.json", &batch(1)[0])]);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let read = || {
            let mut seen = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let records = Store::open(&place, Access::Read).unwrap().records().unwrap().records;
                assert!(records.iter().all(|r| r.title() == records[0].title()), "half an import was seen");
                seen += 1;
            }
            seen
        };
        let readers = [scope.spawn(read), scope.spawn(read)];
        for n in 2..30 {
            import(&mut store, &[("a.json", &batch(n)[0])]);
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() > 0));
    });
}

fn filled() -> (TempDir, PathBuf) {
    let (dir, mut store) = create();
    let more: Vec<Record> = (0..200).map(|n| told(&format!("JIRA:MORE-{n}"), "more", &format!("{n} and more {}", "filler ".repeat(60)))).collect();
    import(&mut store, &[("a.json", &batch(1)[0]), ("b.json", &batch(2)[1]), ("c.json", &more)]);
    store.decide(Decided::NoClass { key: key("JIRA:OWN-2") }, "kim", "an accident", now()).unwrap();
    let place = dir.path().join("store");
    (dir, place)
}

/// Bytes of a page of the database.
const PAGE: usize = 8192;

#[test]
fn no_broken_page_goes_unnoticed_and_the_way_back_is_told() {
    let (_dir, place) = filled();
    let whole = std::fs::read(place.join("refrain.db")).unwrap();
    let expected = Store::open(&place, Access::Read).unwrap().records().unwrap();
    let pages = whole.len() / PAGE;
    assert!(pages > 15, "{pages}");
    let mut refused = 0;
    for page in 0..pages {
        let mut broken = whole.clone();
        broken[page * PAGE..(page + 1) * PAGE].iter_mut().zip(numbers(page as u64 + 1)).for_each(|(byte, n)| *byte = n as u8);
        std::fs::write(place.join("refrain.db"), broken).unwrap();
        let faults = Store::open(&place, Access::Read).and_then(|store| {
            match store.records() {
                // A page that holds no record: the records are what they were.
                Ok(records) => assert_eq!(records, expected, "page {page}"),
                Err(error) => {
                    assert!(matches!(error.kind, StoreErrorKind::Damaged(_)), "page {page}: {error}");
                    assert!(error.to_string().contains("refrain state import"));
                    refused += 1;
                }
            }
            store.check()
        });
        assert!(
            faults.is_err_and(|e| matches!(e.kind, StoreErrorKind::Damaged(_)))
                || !Store::open(&place, Access::Read).unwrap().check().unwrap().is_empty()
        );
    }
    assert!(refused > pages / 3, "{refused} of {pages}");
}

#[test]
fn a_text_that_was_changed_behind_the_back_of_the_database_is_refused() {
    let (_dir, place) = filled();
    let db = rusqlite::Connection::open(place.join("refrain.db")).unwrap();
    db.execute("UPDATE parts SET json = replace(json, 'words of', 'lies of') WHERE key = 'JIRA:PAY-3'", []).unwrap();
    drop(db);
    let store = Store::open(&place, Access::Read).unwrap();
    assert!(store.records().unwrap_err().to_string().contains("JIRA:PAY-3 (a.json): the text does not match its hash"));
    let faults = store.check().unwrap();
    assert_eq!((faults.len(), faults[0].place.as_str()), (1, "parts"));
    assert!(store.record(&key("JIRA:PAY-4")).unwrap().is_some());
}

#[test]
fn a_newer_store_is_refused_and_left_as_it_is() {
    let (_dir, place) = filled();
    let db = rusqlite::Connection::open(place.join("refrain.db")).unwrap();
    db.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(db);
    let before = hashes(&place).into_iter().filter(|(path, _)| path != Path::new("lock")).collect::<Vec<_>>();
    for access in [Access::Read, Access::Write, Access::Create] {
        let error = Store::open(&place, access).unwrap_err();
        assert!(matches!(error.kind, StoreErrorKind::Newer { found: 99, .. }), "{error}");
    }
    let after = hashes(&place).into_iter().filter(|(path, _)| path != Path::new("lock")).collect::<Vec<_>>();
    assert_eq!(after, before);
}

#[test]
fn a_broken_index_is_found_and_built_anew() {
    let (_dir, place) = filled();
    let store = Store::open(&place, Access::Write).unwrap();
    let records = store.records().unwrap().records;
    let fresh = || store.fresh_index("h", || records.iter().map(IndexDoc::of));
    let expr = parse_query("words -own").unwrap();
    let request = Request { expr: &expr, order: Order::Relevance, skip: 0, limit: 5, facets: &["kind"] };
    let expected = fresh().unwrap().search(&request).unwrap();
    assert_eq!(expected.total, 2 * EACH, "the others have no such word");
    let files: Vec<PathBuf> = hashes(&place.join("index")).into_iter().map(|(path, _)| place.join("index").join(path)).collect();
    for file in files.iter().filter(|f| !f.ends_with(".lock") && !f.to_string_lossy().ends_with(".tantivy-writer.lock")) {
        if !file.exists() {
            continue;
        }
        let whole = std::fs::read(file).unwrap();
        let mut flipped = whole.clone();
        if let Some(byte) = flipped.get_mut(whole.len() / 2) {
            *byte ^= 0x55;
        }
        for broken in [whole[..whole.len() / 2].to_vec(), flipped, Vec::new()] {
            std::fs::write(file, &broken).unwrap();
            let found = fresh().and_then(|index| index.search(&request));
            let found = found.or_else(|_| store.drop_index().and_then(|()| fresh()).and_then(|index| index.search(&request)));
            let checked = store.check().unwrap();
            assert!(found.as_ref().is_ok_and(|f| *f == expected) || checked.iter().any(|f| f.place == "index"), "{}", file.display());
            store.drop_index().unwrap();
            assert_eq!(fresh().unwrap().search(&request).unwrap(), expected);
            if !file.exists() {
                break; // Another build has other names; the next file of the old build is not there either.
            }
        }
    }
}

#[test]
fn law_c1_any_change_to_the_decision_log_is_found() {
    let (_dir, place) = filled();
    let mut store = Store::open(&place, Access::Write).unwrap();
    for n in 0..4 {
        store.decide(Decided::NoClass { key: key("JIRA:PAY-1") }, "kim", &format!("reason {n}"), at("2026-01-06")).unwrap();
    }
    store.decide(Decided::Undo { number: 2 }, "kim", "mistyped", at("2026-01-06")).unwrap();
    assert_eq!(store.verify_audit().unwrap(), Ok(6));
    drop(store);
    let whole = std::fs::read(place.join("refrain.db")).unwrap();
    let plain = rusqlite::Connection::open(place.join("refrain.db")).unwrap();
    assert!(plain.execute("UPDATE decisions SET json = '{}'", []).is_err(), "the database itself refuses");
    assert!(plain.execute("DELETE FROM decisions", []).is_err());
    drop(plain);
    let hash = |n: u32| format!("(SELECT hash FROM decisions WHERE number = {n})");
    let mut changes: Vec<String> = (1..=6).map(|n| format!("DELETE FROM decisions WHERE number = {n}")).collect();
    changes.extend((1..=6).map(|n| format!("UPDATE decisions SET json = replace(json, 'kim', 'lee') WHERE number = {n}")));
    changes.extend((1..=6).map(|n| format!("UPDATE decisions SET json = replace(json, '2026', '2025') WHERE number = {n}")));
    changes.extend((1..=6).map(|n| format!("UPDATE decisions SET hash = '{}' WHERE number = {n}", "0".repeat(64))));
    changes.extend((1..=5).map(|n| format!("UPDATE decisions SET number = -1 WHERE number = {n}; UPDATE decisions SET number = {n} WHERE number = {}; UPDATE decisions SET number = {} WHERE number = -1", n + 1, n + 1)));
    changes.push("UPDATE decisions SET json = replace(json, '{\"number\"', '{\"extra\":1,\"number\"') WHERE number = 3".into());
    changes.push(format!("INSERT INTO decisions SELECT 7, json, {} FROM decisions WHERE number = 6", hash(6)));
    changes.push("DELETE FROM decisions".into());
    changes.push("DELETE FROM meta".into());
    for change in changes {
        std::fs::write(place.join("refrain.db"), &whole).unwrap();
        let db = rusqlite::Connection::open(place.join("refrain.db")).unwrap();
        db.execute_batch("DROP TRIGGER decisions_stay; DROP TRIGGER decisions_are_kept").unwrap();
        db.execute_batch(&change).unwrap();
        drop(db);
        let store = Store::open(&place, Access::Read).unwrap();
        assert!(store.verify_audit().unwrap().is_err(), "{change}");
        assert!(store.check().unwrap().iter().any(|f| f.place == "decisions"), "{change}");
    }
}

/// Run as a process of its own, without the right to write: looks, is refused to write, and finds everything.
#[test]
#[ignore = "the child of a test, run without the right to write"]
fn child_that_may_only_read() {
    let Some(place) = place() else { return };
    let store = Store::open(&place, Access::Read).unwrap();
    let records = store.records().unwrap().records;
    let index = store.fresh_index("h", || records.iter().map(IndexDoc::of)).unwrap();
    let expr = parse_query("kind:issue").unwrap();
    let found = index.search(&Request { expr: &expr, order: Order::Newest, skip: 0, limit: 1, facets: &[] }).unwrap();
    assert_eq!(found.total, records.len() as u64);
    assert_eq!(store.check().unwrap(), vec![]);
    let refused = Store::open(&place, Access::Write).unwrap_err();
    assert!(matches!(refused.kind, StoreErrorKind::ReadOnly(_)), "{refused}");
    println!("\nread {}", records.len());
}

/// Takes the right to write from everybody, and runs the child as somebody who is not above such rights.
#[cfg(unix)]
fn read_without_rights(place: &Path) -> String {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let allow = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let (mut folders, mut open) = (vec![], vec![place.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { allow(&path, 0o444) }
        }
        folders.push(folder);
    }
    folders.iter().for_each(|folder| allow(folder, 0o555));
    allow(place.parent().unwrap(), 0o755);
    let elsewhere = TempDir::new().unwrap();
    allow(elsewhere.path(), 0o755);
    let program = elsewhere.path().join("child");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = child(&program, "child_that_may_only_read", place);
    command.current_dir(elsewhere.path());
    if std::fs::metadata(elsewhere.path()).unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    folders.iter().for_each(|folder| allow(folder, 0o755));
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[cfg(unix)]
#[test]
fn law_n2_a_read_only_folder_is_read_without_a_byte_changed() {
    let (_dir, place) = filled();
    let store = Store::open(&place, Access::Write).unwrap();
    let records = store.records().unwrap().records;
    store.fresh_index("h", || records.iter().map(IndexDoc::of)).unwrap();
    drop(store);
    let before = hashes(&place);
    let told = read_without_rights(&place);
    assert!(told.contains(&format!("read {}", records.len())), "{told}");
    assert_eq!(hashes(&place), before);
}

#[cfg(unix)]
#[test]
fn a_log_that_nobody_may_take_in_is_read_too() {
    let (dir, place) = filled();
    let mut store = Store::open(&place, Access::Write).unwrap();
    import(&mut store, &[("late.json", &[record("JIRA:LATE-1", "only in the log")])]);
    // As a killed writer leaves it: the database and a log that was not taken in.
    let left = dir.path().join("left");
    std::fs::create_dir(&left).unwrap();
    for name in ["refrain.db", "refrain.db-wal", "lock"] {
        std::fs::copy(place.join(name), left.join(name)).unwrap();
    }
    assert!(titles(&store).iter().any(|t| t.contains("LATE")));
    let expected = store.count().unwrap();
    let before = hashes(&left);
    let told = read_without_rights(&left);
    assert!(told.contains(&format!("read {expected}")), "{told}");
    assert_eq!(hashes(&left), before);
}
