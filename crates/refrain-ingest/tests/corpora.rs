//! Real corpora read whole, where `REFRAIN_CORPORA` names their folder: every record that their index counts, and nothing skipped.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use refrain_ingest::{Item, Limits, Mapping, ReadSetup, read_file};
use refrain_record::{Kind, Record};

fn corpora() -> Option<PathBuf> {
    let folder = std::env::var_os("REFRAIN_CORPORA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: REFRAIN_CORPORA is not set");
    }
    folder
}

/// Files below a folder, sorted, without read-me files, licences and answer keys.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let aside = name.starts_with("README") || name.starts_with("LICENSE") || name.contains("-combined") || name.ends_with("_schema.json");
        if path.is_dir() {
            out.extend(files(&path));
        } else if !aside {
            out.push(path);
        }
    }
    out
}

fn mappings() -> Vec<Mapping> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/mappings");
    let mut pages: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let pages = pages.into_iter().filter(|path| path.extension().is_some_and(|e| e == "toml"));
    pages.map(|path| Mapping::parse(&fs::read_to_string(path).unwrap()).unwrap()).collect()
}

/// Tables beside a file that mappings look things up in.
fn lookups(path: &Path, shown: &str, mappings: &[Mapping]) -> BTreeMap<String, String> {
    let folder = shown.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let names = mappings.iter().flat_map(Mapping::lookups);
    names.filter_map(|name| Some((format!("{folder}{name}"), fs::read_to_string(path.with_file_name(name)).ok()?))).collect()
}

/// What a corpus gave.
#[derive(Default)]
struct Read {
    records: Vec<Record>,
    skipped: Vec<String>,
    unknown: Vec<String>,
}

impl Read {
    fn keys(&self) -> BTreeSet<String> {
        self.records.iter().map(|record| record.key.to_string()).collect()
    }

    fn count(&self, holds: impl Fn(&Record) -> bool) -> usize {
        self.records.iter().filter(|record| holds(record)).count()
    }
}

fn read(folder: &Path) -> Read {
    let mappings = mappings();
    let mut out = Read::default();
    for path in files(folder) {
        let shown = path.strip_prefix(folder.parent().unwrap()).unwrap().to_string_lossy().into_owned();
        let setup = ReadSetup { lookups: lookups(&path, &shown, &mappings), ..ReadSetup::default() };
        let file = fs::File::open(&path).unwrap();
        let reports = read_file(&shown, &[], Box::new(file), &setup, &mappings, &Limits::default(), &mut |item| match item {
            Item::Record { record, .. } => out.records.push(*record),
            Item::Skipped(skipped) => out.skipped.push(format!("{shown}: {skipped:?}")),
            _ => {}
        });
        out.unknown.extend(reports.into_iter().filter(|report| report.format.is_none()).map(|report| format!("{}: {}", report.path, report.reason)));
    }
    assert!(out.skipped.is_empty(), "{:#?}", out.skipped);
    out
}

#[test]
fn oss_fuzz() {
    let Some(corpora) = corpora() else { return };
    let read = read(&corpora.join("oss-fuzz-vulns/vulns"));
    assert_eq!((read.records.len(), read.keys().len(), read.unknown.len()), (4026, 4021, 0));
    assert_eq!(read.count(|r| r.withdrawn), 24);
    assert_eq!(read.count(|r| !r.kinds.is_empty() && r.section("crash").is_some() && !r.team.is_absent()), 4026);
}

#[test]
fn rustsec() {
    let Some(corpora) = corpora() else { return };
    let read = read(&corpora.join("rustsec"));
    assert_eq!((read.records.len(), read.keys().len()), (1225, 1225));
    assert_eq!(read.count(|r| r.kind == Kind::Notice), 273);
    assert_eq!(read.count(|r| r.title().is_empty() || r.created.is_absent()), 0);
    assert_eq!(read.count(|r| r.project.as_deref() == Some("rust")), 20);
}

#[test]
fn kev() {
    let Some(corpora) = corpora() else { return };
    let read = read(&corpora.join("kev"));
    assert_eq!((read.records.len(), read.keys().len()), (1404, 1404));
    assert_eq!(read.count(|r| !r.kinds.is_empty()), 1252);
}

#[test]
fn open_cvdb() {
    let Some(corpora) = corpora() else { return };
    let read = read(&corpora.join("open-cvdb"));
    assert_eq!((read.records.len(), read.keys().len()), (282, 282));
    assert_eq!(read.count(|r| r.created.is_absent() || r.team.is_absent()), 0);
}

#[test]
fn curl() {
    let Some(corpora) = corpora() else { return };
    let read = read(&corpora.join("curl-vulns"));
    assert_eq!(read.records.len(), 211 + 206 + 4);
    assert_eq!(read.keys().len(), 206 + 4 + 1);
    assert_eq!(read.count(|r| r.withdrawn), 8);
    assert_eq!(read.count(|r| !r.introduced.is_absent()), 206);
    assert_eq!(read.count(|r| !r.costs.is_empty()), 86);
    assert_eq!(read.count(|r| r.sections.iter().any(|s| s.text.contains("\nCWE-") || s.text.starts_with("CWE-"))), 0);
}

#[test]
fn root_cause_pages() {
    let Some(corpora) = corpora() else { return };
    let read = read(&corpora.join("p0-rca"));
    assert_eq!((read.records.len(), read.keys().len()), (70, 70));
    assert_eq!(read.count(|r| r.section("vulnerability-details").is_none() || r.team.is_absent() || r.detected.is_absent()), 0);
}

#[test]
fn post_mortems() {
    let Some(corpora) = corpora() else { return };
    let read = read(&corpora.join("postmortems"));
    let mut teams: BTreeMap<String, usize> = BTreeMap::new();
    for record in &read.records {
        *teams.entry(record.team.value().cloned().unwrap_or_default()).or_default() += 1;
    }
    assert_eq!(teams.into_iter().collect::<Vec<_>>(), [("chia-network".into(), 33), ("dfds".into(), 39), ("posthog".into(), 7)]);
    assert_eq!(read.keys().len(), 79);
    assert_eq!(read.count(|r| r.detected.is_absent()), 0);
}

#[test]
fn gitbugs() {
    let Some(corpora) = corpora() else { return };
    let read = read(&corpora.join("gitbugs"));
    assert_eq!((read.records.len(), read.keys().len()), (2503, 2503));
    assert_eq!(read.count(|r| r.resolution.as_deref() == Some("Duplicate")), 151);
    assert_eq!(read.count(|r| r.created.is_absent()), 0);
}
