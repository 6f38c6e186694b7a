//! What several tests of the store need.
#![allow(clippy::unwrap_used, dead_code)] // helpers of tests; no file uses all of them

use std::path::{Path, PathBuf};

use refrain_record::unite::digest;
use refrain_record::{Key, Kind, Moment, Record, Role, Source};
use refrain_store::{Access, FileNote, Import, Put, Store};
use tempfile::TempDir;

pub fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

pub fn now() -> Moment {
    at("2026-01-05T09:00:00Z")
}

pub fn key(text: &str) -> Key {
    text.parse().unwrap()
}

pub fn record(name: &str, title: &str) -> Record {
    let mut record = Record::new(key(name), Kind::Issue, title);
    record.source = Source { format: "jira-json".into(), file: String::new(), line: 1 };
    record
}

pub fn told(name: &str, title: &str, description: &str) -> Record {
    let mut record = record(name, title);
    record.add_section(Role::Description, "description", description);
    record
}

pub fn import(store: &mut Store, files: &[(&str, &[Record])]) -> Vec<Put> {
    import_at(store, now(), files)
}

pub fn import_at(store: &mut Store, when: Moment, files: &[(&str, &[Record])]) -> Vec<Put> {
    let mut run = store.begin_import(when, "refrain import exports").unwrap();
    let puts = feed(&mut run, files);
    run.commit().unwrap();
    puts
}

pub fn feed(run: &mut Import<'_>, files: &[(&str, &[Record])]) -> Vec<Put> {
    let mut puts = Vec::new();
    for (path, records) in files {
        run.begin_file(path).unwrap();
        puts.extend(records.iter().map(|r| run.put(r).unwrap()));
        run.finish_file(true, &FileNote::default()).unwrap();
    }
    puts
}

pub fn create() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path().join("store"), Access::Create).unwrap();
    (dir, store)
}

pub fn titles(store: &Store) -> Vec<String> {
    store.records().unwrap().records.iter().map(|r| format!("{} {}", r.key, r.title())).collect()
}

/// Every file below a folder with its bytes.
pub fn all_bytes(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((path.strip_prefix(dir).unwrap().to_path_buf(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Every file below a folder with a hash of its bytes: short enough to be printed where two differ.
pub fn hashes(dir: &Path) -> Vec<(PathBuf, String)> {
    all_bytes(dir).into_iter().map(|(path, bytes)| (path, digest(&bytes))).collect()
}
