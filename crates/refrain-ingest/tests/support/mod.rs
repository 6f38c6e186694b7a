//! What the tests of cases share: folders, and items as a person reads them.

#![allow(clippy::unwrap_used, clippy::panic, dead_code)]

use std::fs;
use std::path::{Path, PathBuf};

use refrain_ingest::Item;
use refrain_record::{Bucket, Known, Moment};

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Sorted entries of a folder.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    out.sort();
    out
}

/// Cases of a folder: its files without what is expected of them.
pub fn cases(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.extension().is_none_or(|extension| extension != "expected")).collect()
}

/// Compares with what is expected of a case, or rewrites it with `UPDATE=1`.
pub fn compare(case: &Path, found: &str) {
    let expected = PathBuf::from(format!("{}.expected", case.display()));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&expected, found).unwrap();
    }
    let wanted = fs::read_to_string(&expected).unwrap_or_default();
    assert!(found == wanted, "{}\n--- found\n{found}\n--- expected\n{wanted}\naccept with UPDATE=1 cargo test -p refrain-ingest", case.display());
}

fn known<T>(name: &str, known: &Known<T>, show: impl Fn(&T) -> String) -> String {
    match known {
        Known::Absent => String::new(),
        Known::Stated { value, at } => format!("  {name}: {} (stated: {at})\n", show(value)),
        Known::Derived { value, rule } => format!("  {name}: {} (derived: {rule})\n", show(value)),
        Known::Assumed { value, because } => format!("  {name}: {} (assumed: {because})\n", show(value)),
    }
}

/// An item as a person reads it.
pub fn shown(item: &Item) -> String {
    match item {
        Item::Record { record: r, at } => {
            let mut out =
                format!("record {} at line {} ({:?}, {:?}{})\n", r.key, at.line, r.kind, r.status, if r.withdrawn { ", withdrawn" } else { "" });
            out += &known("team", &r.team, String::clone);
            out += &known("service", &r.service, String::clone);
            out += &known("severity", &r.severity, |s| s.level().to_string());
            out += &known("stage", &r.actual_stage, String::clone);
            out += &known("ideal stage", &r.ideal_stage, String::clone);
            out += &known("bucket", &r.bucket, |b: &Bucket| b.name().to_owned());
            for (name, moment) in [("created", &r.created), ("detected", &r.detected), ("introduced", &r.introduced), ("resolved", &r.resolved)] {
                out += &known(name, moment, Moment::to_string);
            }
            for (name, list) in [("components", &r.components), ("labels", &r.labels), ("versions", &r.versions), ("kinds", &r.kinds)] {
                out += &if list.is_empty() { String::new() } else { format!("  {name}: {}\n", list.join(" | ")) };
            }
            for (name, text) in [("project", &r.project), ("resolution", &r.resolution), ("url", &r.url)] {
                out += &text.as_ref().map_or(String::new(), |text| format!("  {name}: {text}\n"));
            }
            out += &r.updated.map_or(String::new(), |moment| format!("  updated: {moment}\n"));
            out += &if r.occurrences > 1 { format!("  occurrences: {}\n", r.occurrences) } else { String::new() };
            r.environment.iter().for_each(|(name, value)| out += &format!("  environment {name}: {value}\n"));
            r.links.iter().for_each(|link| out += &format!("  link {:?}: {} ({})\n", link.kind, link.target, link.at));
            r.costs.iter().for_each(|cost| out += &format!("  cost {:?}: {} to {} ({})\n", cost.unit, cost.low, cost.high, cost.at));
            r.fields.iter().for_each(|(name, values)| out += &format!("  field {name}: {}\n", values.join(" | ")));
            r.sections.iter().for_each(|s| out += &format!("  [{} {}] {}\n", s.role.name(), s.name, s.text.replace('\n', "\n      ")));
            out
        }
        Item::Skipped(s) => format!("skipped at line {} {}: found `{}`, expected {}; {}\n", s.at.line, s.field, s.found, s.expected, s.advice),
        Item::Filtered { at, reason } => format!("filtered at line {}: {reason}\n", at.line),
        Item::Remark(remark) => format!("remark at line {} {}: {}\n", remark.at.line, remark.field, remark.text),
        Item::Mapped { field, from, to } => format!("mapped {field}: `{from}` -> {}\n", to.as_deref().unwrap_or("(unmapped)")),
    }
}

/// Ways to damage a text.
pub fn damage(bytes: &[u8], way: u8, at: usize, with: u8) -> Vec<u8> {
    let at = at % (bytes.len() + 1);
    let mut out = bytes.to_vec();
    match way % 8 {
        0 => out.truncate(at),
        1 => out.insert(at, with),
        2 => drop(out.splice(at..bytes.len().min(at + 1 + usize::from(with)), [])),
        3 => drop(out.splice(at..at, std::iter::repeat_n(b"[{(<\"'"[usize::from(with) % 6], 5_000))),
        4 => out = bytes.iter().flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] }).collect(),
        5 => out = [0xFF, 0xFE].into_iter().chain(String::from_utf8_lossy(bytes).encode_utf16().flat_map(u16::to_le_bytes)).collect(),
        6 => out.extend_from_within(at..),
        _ => drop(out.splice(at..at, b"\0\xFF\xC3".iter().copied())),
    }
    out
}
