//! Import and mining of generated trackers, as a whole process, at growing sizes: seconds, records a second, and the exponent
//! by which time grows. `cargo bench --bench whole -- 10000 100000` names the sizes.
//!
//! The words come from the sample, drawn by Zipf's law; teams have jargon of their own. The generator is seeded, so two runs see the same bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // helpers of tests, not only the tests themselves

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Sizes where none are named.
const SIZES: &[usize] = &[1_000, 10_000];
/// Teams of the generated organisation.
const TEAMS: usize = 12;
/// Words of a title and of a description.
const LENGTHS: (usize, usize) = (8, 90);

/// SplitMix64: small, seeded, the same everywhere.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A place in 0..n by Zipf's law: the r-th word about 1/r as often as the first.
    fn zipf(&mut self, n: usize) -> usize {
        let u = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (((n as f64 + 1.0).powf(u) - 1.0) as usize).min(n - 1)
    }
}

/// Words of the sample's text, the most frequent first.
fn vocabulary() -> Vec<String> {
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                text.split(|c: char| !c.is_alphabetic())
                    .filter(|w| (3..20).contains(&w.len()))
                    .for_each(|w| *counts.entry(w.to_lowercase()).or_default() += 1);
            }
        }
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    all.into_iter().map(|(w, _)| w).collect()
}

fn text(draw: &mut Draw, words: &[String], jargon: usize, length: usize) -> String {
    (0..length)
        .map(|_| if draw.next().is_multiple_of(6) { format!("jargon{jargon}x{}", draw.zipf(400)) } else { words[draw.zipf(words.len())].clone() })
        .collect::<Vec<_>>()
        .join(" ")
}

/// `n` issues, one JSON object a line.
fn tracker(n: usize, words: &[String]) -> String {
    let mut draw = Draw(7);
    let mut out = String::new();
    for id in 0..n {
        let team = draw.next() as usize % TEAMS;
        let (title, body) = (text(&mut draw, words, team, LENGTHS.0), text(&mut draw, words, team, LENGTHS.1));
        let (month, day) = (id * 12 / n.max(1) + 1, id % 28 + 1);
        let _ = writeln!(
            out,
            "{{\"id\":\"{id}\",\"key\":\"T{team}-{id}\",\"fields\":{{\"project\":{{\"key\":\"T{team}\"}},\"issuetype\":{{\"name\":\"Bug\"}},\"summary\":\"{title}\",\"description\":\"{body}\",\"created\":\"2024-{month:02}-{day:02}T10:00:00.000+0000\"}}}}"
        );
    }
    out
}

/// Seconds of one run of the program.
fn seconds(folder: &Path, args: &[&str]) -> f64 {
    let start = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_refrain")).args(args).current_dir(folder).output().map(|o| o.status.success());
    assert!(matches!(status, Ok(true)), "{args:?}");
    start.elapsed().as_secs_f64()
}

fn main() {
    let named: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let sizes = if named.is_empty() { SIZES.to_vec() } else { named };
    let words = vocabulary();
    let mut before: Option<(usize, f64)> = None;
    println!("{:>9}  {:>9}  {:>9}  {:>12}  {:>9}", "records", "import s", "mine s", "records/s", "exponent");
    for n in sizes {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("tracker.jsonl"), tracker(n, &words)).expect("room for the tracker");
        let import = seconds(folder.path(), &["import", "tracker.jsonl", "--quiet"]);
        let mine = seconds(folder.path(), &["mine", "--quiet", "--out", "out"]);
        let exponent = before.map_or(String::new(), |(m, t)| format!("{:.2}", ((import + mine) / t).ln() / (n as f64 / m as f64).ln()));
        println!("{n:>9}  {import:>9.2}  {mine:>9.2}  {:>12.0}  {exponent:>9}", n as f64 / (import + mine));
        before = Some((n, import + mine));
    }
}
