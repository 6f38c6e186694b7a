//! The shape of the workspace: which room may know which, who alone meets the world, what every module says of itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The picture in crates/README.md: room and the rooms it may use.
const EDGES: &[(&str, &[&str])] = &[
    ("refrain-record", &[]),
    ("refrain-ingest", &["refrain-record"]),
    ("refrain-maths", &[]),
    ("refrain-link", &["refrain-record", "refrain-maths"]),
    ("refrain-classes", &["refrain-record", "refrain-link", "refrain-maths"]),
    ("refrain-brief", &["refrain-record"]),
    ("refrain-store", &["refrain-record"]),
    ("refrain", &["refrain-record", "refrain-ingest", "refrain-maths", "refrain-link", "refrain-classes", "refrain-brief", "refrain-store"]),
];

/// Dependency and the one room that may know it.
const KEPT_TO: &[(&str, &str)] = &[
    ("tantivy", "refrain-store"),
    ("rusqlite", "refrain-store"),
    ("ndarray", "refrain-maths"),
    ("linfa", "refrain-maths"),
    ("linfa-logistic", "refrain-maths"),
    ("anyhow", "refrain"),
    ("clap", "refrain"),
];

/// Rooms that never meet files, clocks, the environment or the number of threads.
const PURE: &[&str] = &["refrain-record", "refrain-ingest", "refrain-maths", "refrain-link", "refrain-classes", "refrain-brief"];

/// What a pure room may not say, and why.
const NOT_IN_PURE: &[(&str, &str)] = &[
    ("std::fs", "files belong to the program and the store"),
    ("File::open", "files belong to the program and the store"),
    ("SystemTime", "the only clock is --as-of"),
    ("Instant::now", "timing belongs in benches/"),
    ("Timestamp::now", "the only clock is --as-of"),
    ("Zoned::now", "the only clock is --as-of"),
    ("env::var", "the environment belongs to the program"),
    ("std::process", "processes belong to the program"),
    ("std::net", "nothing here speaks to the network"),
    ("ThreadPoolBuilder", "the program sets the number of threads"),
    ("num_cpus", "the program sets the number of threads"),
    ("available_parallelism", "the program sets the number of threads"),
    ("thread_rng", "random numbers come from named seeds"),
    ("println!", "only the program prints"),
];

/// Licences that a dependency may have; a package may offer others beside.
const LICENCES: &[&str] =
    &["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Unicode-3.0", "Unlicense", "Zlib", "CC0-1.0", "0BSD", "BSL-1.0", "MIT-0"];

/// Functions over this many lines are tables or flat matches, and may not become more.
const LONG: usize = 70;
/// Share of functions over [`LONG`] lines, in hundredths.
const LONG_SHARE: usize = 1;
/// Longest source file, in lines.
const LONGEST_FILE: usize = 800;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Packages of this platform only: those of others may not be on the machine.
fn metadata() -> Value {
    let host = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())).arg("-vV").output().unwrap();
    let host = String::from_utf8_lossy(&host.stdout).lines().find_map(|l| l.strip_prefix("host: ").map(str::to_owned)).unwrap();
    let arguments = ["metadata", "--format-version", "1", "--offline", "--filter-platform", &host];
    let out = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn members(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let own = metadata["workspace_members"].as_array().unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter().filter(|p| own.contains(&p["id"]));
    packages
        .map(|p| {
            let needs = p["dependencies"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap().to_owned()).collect();
            (p["name"].as_str().unwrap().to_owned(), needs)
        })
        .collect()
}

fn sources(room: &str) -> Vec<(PathBuf, String)> {
    let mut out = Vec::new();
    let mut folders = vec![root().join("crates").join(room).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                out.push((path, text));
            }
        }
    }
    out.sort();
    out
}

/// The part of a file before its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn rooms_know_only_the_rooms_they_may() {
    let members = members(&metadata());
    assert_eq!(
        members.keys().collect::<Vec<_>>(),
        {
            let mut all: Vec<_> = EDGES.iter().map(|(n, _)| n.to_string()).collect();
            all.sort();
            all
        }
        .iter()
        .collect::<Vec<_>>()
    );
    for (room, may) in EDGES {
        let rooms: BTreeSet<&str> = members[*room].iter().map(String::as_str).filter(|n| n.starts_with("refrain")).collect();
        assert!(rooms.is_subset(&may.iter().copied().collect()), "{room} uses {rooms:?}, may use {may:?}");
    }
}

#[test]
fn each_heavy_dependency_has_one_owner() {
    for (room, needs) in members(&metadata()) {
        for (dependency, owner) in KEPT_TO {
            assert!(!needs.contains(*dependency) || room == *owner, "{room} uses {dependency}, which belongs to {owner}");
        }
    }
}

#[test]
fn dependencies_are_permissive() {
    let metadata = metadata();
    for package in metadata["packages"].as_array().unwrap().iter().filter(|p| !p["source"].is_null()) {
        let licence = package["license"].as_str().unwrap_or("");
        // An expression is a choice between alternatives, each a conjunction; one alternative must be wholly permissive.
        let good = licence.replace('/', " OR ").split(" OR ").any(|choice| {
            choice.split(" AND ").all(|term| {
                let name = term.trim().trim_matches(['(', ')']).split(" WITH ").next().unwrap_or("");
                LICENCES.contains(&name)
            })
        });
        assert!(good, "{} {}: licence `{licence}`", package["name"], package["version"]);
    }
}

#[test]
fn pure_rooms_never_meet_the_world() {
    for room in PURE {
        for (path, text) in sources(room) {
            for (number, line) in without_tests(&text).lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
                for (word, why) in NOT_IN_PURE {
                    assert!(!line.contains(word), "{}:{}: `{word}`: {why}", path.display(), number + 1);
                }
            }
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for (room, _) in EDGES {
        for (path, text) in sources(room) {
            assert!(text.starts_with("//!"), "{}: begins without a `//!` line", path.display());
        }
    }
}

#[test]
fn files_stay_readable() {
    for (room, _) in EDGES {
        for (path, text) in sources(room) {
            let lines = text.lines().count();
            assert!(lines <= LONGEST_FILE, "{}: {lines} lines, at most {LONGEST_FILE}: two rooms?", path.display());
        }
    }
}

/// Lines of each function outside tests, by counting indentation: `fn` to the brace that closes at the same column.
fn function_lengths(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = without_tests(text).lines().collect();
    let indent = |l: &str| l.len() - l.trim_start().len();
    let starts = lines.iter().enumerate().filter(|(_, l)| {
        let l = l.trim_start();
        ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "const fn ", "pub const fn "].iter().any(|head| l.starts_with(head))
            && !l.ends_with(';')
    });
    starts
        .map(|(at, line)| {
            let own = indent(line);
            lines[at..].iter().position(|l| indent(l) == own && l.trim_start().starts_with('}')).map_or(1, |n| n + 1)
        })
        .collect()
}

#[test]
fn functions_stay_short() {
    let mut lengths: Vec<usize> = EDGES.iter().flat_map(|(room, _)| sources(room)).flat_map(|(_, text)| function_lengths(&text)).collect();
    lengths.sort_unstable();
    let long = lengths.iter().filter(|n| **n > LONG).count();
    assert!(long * 100 <= lengths.len() * LONG_SHARE, "{long} of {} functions are over {LONG} lines", lengths.len());
    assert!(lengths[lengths.len() / 2] <= 8, "median function has {} lines, at most 8", lengths[lengths.len() / 2]);
    assert!(lengths[lengths.len() * 9 / 10] <= 30, "one function in ten has over {} lines, at most 30", lengths[lengths.len() * 9 / 10]);
}

#[test]
fn the_map_names_every_room() {
    let map = std::fs::read_to_string(root().join("crates/README.md")).unwrap();
    for (room, _) in EDGES {
        assert!(map.contains(&format!("## {room}")), "crates/README.md has no paragraph on {room}");
    }
}
