//! Everything reported so far, in order of time: the statistics and the candidates that a new report is compared with.
//!
//! Grows by one report at a time, so that evaluation can replay history with the product's own code: a report is read and
//! compared before it is added, and nothing later is ever known (law M1).

use std::collections::HashMap;

use refrain_record::{Record, Role};

use crate::tokens::tokens;

/// A line of text counts as template once it stood in this many earlier reports.
const TEMPLATE_FROM: u32 = 8;
/// Characters of a line that make its template key.
const LINE_KEY: usize = 120;
/// Most tokens of a description that are read: what follows is logs.
const LONGEST_BODY: usize = 6_000;

/// Counts of one term in the two fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Number of the term; numbers of one text are ascending.
    pub term: u32,
    /// Times in the title.
    pub title: u16,
    /// Times in the description.
    pub body: u16,
}

/// One report as the measures see it: only what existed when it was filed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Words, ascending by term.
    pub words: Vec<Row>,
    /// Pairs of neighbouring words, ascending.
    pub pairs: Vec<Row>,
    /// Words in the title, words in the description.
    pub lengths: (u32, u32),
    /// Pairs in the title, pairs in the description.
    pub pair_lengths: (u32, u32),
    /// Days since 1970, with fraction.
    pub day: f64,
    /// Components, lower case, sorted.
    pub components: Vec<String>,
    /// Platforms that the title names, sorted.
    pub platforms: Vec<&'static str>,
    /// Tag in front of the title (`[x]`, `x:`, `x - `), lower case.
    pub lead: Option<String>,
    /// Hashes of the description's line keys, for template counts.
    lines: Vec<u64>,
}

/// Words that name a platform in a title. A wish or fault filed once per platform is no duplicate of its sister.
const PLATFORMS: &[(&str, &[&str])] = &[
    ("android", &["android"]),
    ("blackberry", &["blackberry", "bb10"]),
    ("ios", &["ios", "iphone", "ipad", "xcode"]),
    ("linux", &["linux", "ubuntu", "debian", "fedora", "centos"]),
    ("macos", &["macos", "osx", "mac"]),
    ("web", &["mobileweb", "browser"]),
    ("windows", &["windows", "win32", "win64", "wp8"]),
];

/// Numbers of terms, in the order in which they were first seen.
#[derive(Clone, Debug, Default)]
struct Numbers(HashMap<Box<str>, u32>);

impl Numbers {
    fn number(&mut self, term: &str) -> u32 {
        let next = self.0.len() as u32;
        match self.0.get(term) {
            Some(number) => *number,
            None => *self.0.entry(term.into()).or_insert(next),
        }
    }
}

/// Postings and document frequencies of words or of pairs.
#[derive(Clone, Debug, Default)]
pub struct Space {
    /// Reports by term, oldest first: (report, times in the title, times in the description).
    pub postings: Vec<Vec<(u32, u16, u16)>>,
    /// Sum of title lengths, sum of description lengths.
    sums: (f64, f64),
}

impl Space {
    fn add(&mut self, report: u32, rows: &[Row], lengths: (u32, u32)) {
        for row in rows {
            if self.postings.len() <= row.term as usize {
                self.postings.resize(row.term as usize + 1, Vec::new());
            }
            self.postings[row.term as usize].push((report, row.title, row.body));
        }
        self.sums.0 += f64::from(lengths.0);
        self.sums.1 += f64::from(lengths.1);
    }

    /// Reports that hold the term.
    pub fn df(&self, term: u32) -> usize {
        self.postings.get(term as usize).map_or(0, Vec::len)
    }

    /// Mean lengths of the two fields over `n` reports, at least 1 each.
    pub fn means(&self, n: usize) -> (f64, f64) {
        let n = n.max(1) as f64;
        ((self.sums.0 / n).max(1.0), (self.sums.1 / n).max(1.0))
    }
}

/// Reports so far, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The reports.
    pub reports: Vec<Report>,
    /// Words.
    pub words: Space,
    /// Pairs of neighbouring words.
    pub pairs: Space,
    numbers: Numbers,
    pair_numbers: Numbers,
    lines: HashMap<u64, u32>,
}

impl Past {
    /// Reads a record against what is known so far: template lines are dropped, words get their numbers.
    pub fn read(&mut self, record: &Record) -> Report {
        let title = tokens(record.title());
        let mut lines = Vec::new();
        let mut body: Vec<String> = Vec::new();
        for section in record.filed().filter(|s| s.role != Role::Title) {
            for line in section.text.lines() {
                let key = line_key(line);
                if key != 0 && self.lines.get(&key).copied().unwrap_or(0) < TEMPLATE_FROM && body.len() < LONGEST_BODY {
                    body.extend(tokens(line));
                }
                lines.push(key);
            }
        }
        lines.sort_unstable();
        lines.dedup();
        let pairs = |t: &[String]| t.windows(2).map(|w| format!("{} {}", w[0], w[1])).collect::<Vec<_>>();
        let (title_pairs, body_pairs) = (pairs(&title), pairs(&body));
        Report {
            lengths: (title.len() as u32, body.len() as u32),
            pair_lengths: (title_pairs.len() as u32, body_pairs.len() as u32),
            words: rows(&mut self.numbers, &title, &body),
            pairs: rows(&mut self.pair_numbers, &title_pairs, &body_pairs),
            day: record.created.value().or(record.detected.value()).map_or(0.0, |m| m.seconds as f64 / 86_400.0),
            components: record.components.iter().map(|c| c.to_lowercase()).collect(),
            platforms: platforms(record.title()),
            lead: lead(record.title()),
            lines,
        }
    }

    /// Adds a report that was read before.
    pub fn add(&mut self, report: Report) {
        let number = self.reports.len() as u32;
        self.words.add(number, &report.words, report.lengths);
        self.pairs.add(number, &report.pairs, report.pair_lengths);
        for line in &report.lines {
            *self.lines.entry(*line).or_default() += 1;
        }
        self.reports.push(report);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.reports.len()
    }

    /// Nothing yet.
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty()
    }
}

fn rows(numbers: &mut Numbers, title: &[String], body: &[String]) -> Vec<Row> {
    let mut all: Vec<(u32, bool)> = title.iter().map(|t| (numbers.number(t), true)).collect();
    all.extend(body.iter().map(|t| (numbers.number(t), false)));
    all.sort_unstable();
    let mut out: Vec<Row> = Vec::new();
    for (term, in_title) in all {
        if out.last().is_none_or(|r| r.term != term) {
            out.push(Row { term, title: 0, body: 0 });
        }
        if let Some(row) = out.last_mut() {
            let slot = if in_title { &mut row.title } else { &mut row.body };
            *slot = slot.saturating_add(1);
        }
    }
    out
}

/// Key of a line: lower case, digits as 0, blanks joined, cut; 0 for a blank line.
fn line_key(line: &str) -> u64 {
    let mut hash = 0u64;
    let words = line.split_whitespace().flat_map(|w| w.chars().chain([' ']));
    for c in words.take(LINE_KEY) {
        let c = if c.is_numeric() { '0' } else { c.to_lowercase().next().unwrap_or(c) };
        hash = (hash ^ u64::from(c as u32)).wrapping_mul(0x0100_0000_01b3).rotate_left(7);
    }
    hash
}

fn platforms(title: &str) -> Vec<&'static str> {
    let words: Vec<String> = title.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
    PLATFORMS.iter().filter(|(_, names)| names.iter().any(|n| words.iter().any(|w| w == n))).map(|(p, _)| *p).collect()
}

/// Longest tag in front of a title, in characters.
const LONGEST_LEAD: usize = 24;

fn lead(title: &str) -> Option<String> {
    let title = title.trim();
    let tag = match title.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => {
            let colon = title.find(": ").into_iter().chain(title.find(" - ")).min()?;
            &title[..colon]
        }
    };
    (!tag.is_empty() && tag.chars().count() <= LONGEST_LEAD).then(|| tag.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use refrain_record::{Key, Kind};

    fn record(n: usize, title: &str, body: &str) -> Record {
        let key: Key = format!("T:{n}").parse().unwrap();
        let mut record = Record::new(key, Kind::Issue, title);
        record.add_section(Role::Description, "description", body);
        record
    }

    #[test]
    fn a_template_line_is_dropped_forwards_only() {
        let mut past = Past::default();
        for n in 0..10 {
            let report = past.read(&record(n, "x", "Steps to reproduce:"));
            assert_eq!(report.words.iter().any(|r| r.body > 0), n < TEMPLATE_FROM as usize, "report {n}");
            past.add(report);
        }
    }

    #[test]
    fn tags_and_platforms_of_titles() {
        assert_eq!(lead("[Refunds] booked twice").as_deref(), Some("refunds"));
        assert_eq!(lead("iOS: map is blank").as_deref(), Some("ios"));
        assert_eq!(lead("no tag here"), None);
        assert_eq!(platforms("Map is blank on Android and iPhone"), ["android", "ios"]);
    }
}
