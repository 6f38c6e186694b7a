//! Figures on hand-checked traces. The folder comes from `REFRAIN_CORPORA`; without it nothing is measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use refrain_link::trace::extract;
use refrain_link::trace::judge::{Checked, InText, Marked, half, in_text, is_marked, misses, recognised};

fn corpora() -> Option<PathBuf> {
    let folder = std::env::var_os("REFRAIN_CORPORA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: REFRAIN_CORPORA is not set");
    }
    folder
}

type Row = BTreeMap<String, String>;

fn rows(path: PathBuf) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|r| r.unwrap()).collect()
}

/// Misses are shown for the half on which rules are chosen; those of the other with `TRACE_SHOW_ALL`.
fn shown(name: &str) -> bool {
    half(name) == 0 || std::env::var_os("TRACE_SHOW_ALL").is_some()
}

fn checked(row: &Row) -> Checked {
    let text = |k: &str| row[k].clone();
    Checked {
        family: text("family"),
        exception_type: text("expected_type"),
        message: text("expected_message"),
        root_type: text("root_type"),
        frames_first: text("frames_first"),
        top_function: text("top_function"),
    }
}

#[test]
fn traces_read_as_checked_by_hand() {
    let Some(folder) = corpora().map(|f| f.join("traces")) else { return };
    let index = rows(folder.join("index.csv"));
    let mut table: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut halves = [[0_usize; 2]; 2];
    let mut unread = Vec::new();
    for row in &index {
        let (file, family) = (&row["file"], &row["family"]);
        let text = String::from_utf8_lossy(&std::fs::read(folder.join(file)).unwrap()).into_owned();
        let traces = extract(&text);
        if !recognised(family, &traces) {
            unread.push(format!("{file} {:?}", traces.iter().map(|t| t.family).collect::<BTreeSet<_>>()));
        }
        if row["checked"] != "hand" {
            continue;
        }
        let misses = misses(&checked(row), &traces);
        let good = misses.is_empty();
        if !good && shown(file) {
            println!("miss {file}: {misses:?}");
        }
        let entry = table.entry(family.clone()).or_default();
        entry[0] += usize::from(good);
        entry[1] += 1;
        halves[half(file)][0] += usize::from(good);
        halves[half(file)][1] += 1;
    }
    for (family, [good, all]) in &table {
        println!("{family:20} {good}/{all}");
    }
    println!("files without a trace of their family: {} {unread:#?}", unread.len());
    println!("halves: {halves:?}");
    let share = |h: [usize; 2]| h[0] as f64 / h[1] as f64;
    assert!(share(halves[0]) >= 0.97 && share(halves[1]) >= 0.97, "{halves:?}");
}

#[test]
fn traces_are_found_in_text_and_nowhere_else() {
    let Some(folder) = corpora().map(|f| f.join("traces/in_text")) else { return };
    let spans = rows(folder.join("spans.csv"));
    let mut halves = [InText::default(); 2];
    let mut decoys = [0_usize; 2];
    for row in rows(folder.join("files.csv")).iter().filter(|r| r["checked"] == "hand" && r["kind"] != "mention") {
        let file = &row["file"];
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let found = extract(&text);
        if row["kind"] != "trace" {
            decoys[usize::from(!found.is_empty())] += 1;
            found.iter().for_each(|t| println!("decoy {file}: {} {:?}", t.family, &text[t.start..t.end.min(t.start + 200)]));
            continue;
        }
        let marked: Vec<Marked> = spans.iter().filter(|s| &s["file"] == file).map(marked).collect();
        marked.iter().filter(|m| shown(file) && !found.iter().any(|t| is_marked(t, m))).for_each(|m| println!("missed {file} {m:?}"));
        found.iter().filter(|t| shown(file) && !marked.iter().any(|m| is_marked(t, m))).for_each(|t| println!("wrong {file} {}..{}", t.start, t.end));
        halves[half(file)].add(&in_text(&text, &found, &marked));
    }
    println!("decoys without and with a trace: {decoys:?}");
    for h in halves {
        println!("{h:?}, lines: recall and precision {:?}", h.lines());
        assert!(h.lines().0 >= 0.95 && h.lines().1 >= 0.95);
    }
    assert_eq!(decoys[1], 0);
}

fn marked(row: &Row) -> Marked {
    let n = |k: &str| row[k].parse::<usize>().unwrap();
    Marked { start: n("start_byte"), end: n("end_byte"), core_start: n("core_start_byte"), core_end: n("core_end_byte") }
}
