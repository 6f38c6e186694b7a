//! Figures on hand-checked traces. The folder comes from `REFRAIN_CORPORA`; without it nothing is measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use refrain_link::trace::{Block, Trace, extract};

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

/// Two halves by a hash of the name: rules are chosen on the first, both are reported.
fn half(name: &str) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 33) as usize % 2
}

/// Misses are shown for the half on which rules are chosen; those of the other with `TRACE_SHOW_ALL`.
fn shown(name: &str) -> bool {
    half(name) == 0 || std::env::var_os("TRACE_SHOW_ALL").is_some()
}

/// The families whose text forms are one row of `LANGUAGES`.
fn same_family(corpus: &str, found: &str) -> bool {
    let group = |name: &str| match name {
        "java" | "java-android" | "kotlin-coroutines" | "scala" | "android-anr" => "java",
        "asan" | "ubsan" | "msan" | "tsan" | "lsan" | "cfi" | "cpp-other" | "gdb" => "native",
        "js-firefox" | "js-safari" | "js-opera" => "js-at",
        "glibc-backtrace" => "glibc-backtrace",
        other => Box::leak(other.to_owned().into_boxed_str()),
    };
    group(corpus) == group(found)
}

/// The block whose frames the index counts, and the frames that were printed in one run with it.
fn first<'t>(family: &str, trace: &'t Trace) -> (usize, Option<&'t str>, String) {
    let block: &Block = match family {
        "php" | "js-v8" | "ruby" => &trace.blocks[0],
        "dotnet" => &trace.blocks[trace.root],
        _ => &trace.blocks[trace.thrown],
    };
    let count = match family {
        "dotnet" => trace.blocks.iter().map(|b| b.frames.len()).sum(),
        _ => block.frames.len(),
    };
    let top = block.frames.first();
    (count, top.and_then(|f| f.function.as_deref()), top.map(|f| f.raw.clone()).unwrap_or_default())
}

fn bare(text: &str) -> String {
    text.trim().trim_end_matches('\'').trim_end_matches("()").trim().to_owned()
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
        let primary = traces.iter().find(|t| t.primary);
        if !traces.iter().any(|t| same_family(family, t.family)) {
            unread.push(format!("{file} {:?}", traces.iter().map(|t| t.family).collect::<BTreeSet<_>>()));
        }
        if row["checked"] != "hand" {
            continue;
        }
        let misses = primary.map_or(vec!["no trace".to_owned()], |t| compare(row, t));
        let good = misses.is_empty() || (primary.is_none() && row["frames_first"] == "0" && row["expected_type"].is_empty());
        if !good && shown(file) {
            println!("miss {file}: {}", misses.join("; "));
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
    assert!(share(halves[0]) >= 0.9 && share(halves[1]) >= 0.9, "{halves:?}");
}

fn compare(row: &Row, trace: &Trace) -> Vec<String> {
    let mut misses = Vec::new();
    let mut check = |name: &str, found: &str, wanted: &str| {
        if !wanted.is_empty() && bare(found) != bare(wanted) {
            misses.push(format!("{name}: found {found:?}, wanted {wanted:?}"));
        }
    };
    check("type", trace.exception_type.as_deref().unwrap_or(""), &row["expected_type"]);
    check("message", trace.message.as_deref().unwrap_or("").lines().next().unwrap_or(""), row["expected_message"].lines().next().unwrap_or(""));
    check("root", trace.root_type.as_deref().unwrap_or(""), &row["root_type"]);
    let (count, top, raw) = first(&row["family"], trace);
    check("frames", &count.to_string(), &row["frames_first"]);
    let wanted = &row["top_function"];
    if !wanted.is_empty() && top.map(bare) != Some(bare(wanted)) && !raw.contains(wanted.as_str()) {
        misses.push(format!("top: found {top:?} in {raw:?}, wanted {wanted:?}"));
    }
    misses
}

/// Lines of `text` that the bytes `start..end` touch, blank ones left out.
fn lines(text: &str, start: usize, end: usize) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let stop = at + line.len();
        let (from, to) = (start.max(at), end.min(stop));
        if from < to && !text[from..to].trim().is_empty() {
            out.insert(at);
        }
        at = stop;
    }
    out
}

#[test]
fn traces_are_found_in_text_and_nowhere_else() {
    let Some(folder) = corpora().map(|f| f.join("traces/in_text")) else { return };
    let files = rows(folder.join("files.csv"));
    let spans = rows(folder.join("spans.csv"));
    // spans right, spans, found right, found, core lines hit, core lines, found lines inside, found lines
    let mut halves = [[0_usize; 8]; 2];
    let mut decoys = [0_usize; 2];
    for row in files.iter().filter(|r| r["checked"] == "hand") {
        let (file, kind) = (&row["file"], row["kind"].as_str());
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let found = extract(&text);
        if kind == "mention" {
            continue;
        }
        let gold: Vec<(usize, usize, usize, usize)> = spans
            .iter()
            .filter(|s| &s["file"] == file)
            .map(|s| {
                let n = |k: &str| s[k].parse::<usize>().unwrap();
                (n("start_byte"), n("end_byte"), n("core_start_byte"), n("core_end_byte"))
            })
            .collect();
        if kind != "trace" {
            decoys[usize::from(!found.is_empty())] += 1;
            found.iter().for_each(|t| println!("decoy {file}: {} {:?}", t.family, &text[t.start..t.end.min(t.start + 200)]));
            continue;
        }
        score(file, &text, &found, &gold, &mut halves[half(file)]);
    }
    println!("decoys without and with a trace: {decoys:?}");
    for h in halves {
        let r = |a: usize, b: usize| h[a] as f64 / h[b] as f64;
        println!(
            "spans {}/{} recall {:.3}, found {}/{} precision {:.3}, line recall {:.3}, line precision {:.3}",
            h[0],
            h[1],
            r(0, 1),
            h[2],
            h[3],
            r(2, 3),
            r(4, 5),
            r(6, 7)
        );
        assert!(r(4, 5) >= 0.95 && r(6, 7) >= 0.95);
    }
    assert_eq!(decoys[1], 0);
}

fn score(file: &str, text: &str, found: &[Trace], gold: &[(usize, usize, usize, usize)], h: &mut [usize; 8]) {
    let right = |t: &Trace, g: &(usize, usize, usize, usize)| {
        let both = |a: usize, b: usize| t.end.min(b).saturating_sub(t.start.max(a)) as f64;
        both(g.2, g.3) >= 0.9 * (g.3 - g.2) as f64 && both(g.0.saturating_sub(200), g.1) >= 0.8 * (t.end - t.start) as f64
    };
    for g in gold {
        h[1] += 1;
        if found.iter().any(|t| right(t, g)) {
            h[0] += 1;
        } else {
            println!(
                "missed {file} {g:?} {:?} found {:?}",
                &text[g.2..g.3.min(g.2 + 160)],
                found.iter().map(|t| (t.start, t.end, t.family)).collect::<Vec<_>>()
            );
        }
    }
    for t in found {
        h[3] += 1;
        let good = gold.iter().any(|g| right(t, g));
        h[2] += usize::from(good);
        if !good && shown(file) {
            println!("wrong {file} {}..{} {} {:?}", t.start, t.end, t.family, &text[t.start..t.end].chars().take(160).collect::<String>());
        }
    }
    let core: BTreeSet<usize> = gold.iter().flat_map(|g| lines(text, g.2, g.3)).collect();
    let whole: BTreeSet<usize> = gold.iter().flat_map(|g| lines(text, g.0, g.1)).collect();
    let mine: BTreeSet<usize> = found.iter().flat_map(|t| lines(text, t.start, t.end)).collect();
    h[4] += core.intersection(&mine).count();
    h[5] += core.len();
    h[6] += mine.intersection(&whole).count();
    h[7] += mine.len();
}
