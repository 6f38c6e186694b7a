//! Lines that are not prose: template text that a source repeats, stack frames, addresses.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::Record;
use serde::{Deserialize, Serialize};

/// Share of a source's records from which a line counts as template text.
const SHARE: f64 = 0.2;
/// Records that must hold the line where the share is reached only just; half of all where the source is small.
const AT_LEAST: u32 = 5;
/// Longest line that is remembered, in bytes: no form has longer labels and legal footers are wrapped.
const LONGEST: usize = 2000;

/// A line of template text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoilerplateLine {
    /// The line, lower case, digits as 0.
    pub line: String,
    /// Records of the source that hold it.
    pub records: u32,
}

/// Lines that say nothing of their own record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boilerplate {
    /// Lines that a source repeats, by system name, sorted by line.
    templates: BTreeMap<String, Vec<BoilerplateLine>>,
    /// Names of the lines that stand in several records of whatever source.
    copied: BTreeSet<u64>,
}

/// Words from which a line that stands in two records was copied from one to the other; shorter ones meet by chance.
const COPIED_WORDS: usize = 5;

impl Boilerplate {
    /// Counts lines over the records of each source.
    pub fn fit(records: &[&Record]) -> Self {
        let mut by_source: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
        records.iter().for_each(|r| by_source.entry(r.key.system().as_str()).or_default().push(r));
        let templates = by_source.into_iter().map(|(source, records)| (source.to_owned(), repeated(&records))).filter(|(_, lines)| !lines.is_empty());
        Self { templates: templates.collect(), copied: copied(records) }
    }

    /// Whether a line stands word for word in several records: what it says was written once.
    pub(super) fn is_copied(&self, line: &str) -> bool {
        !self.copied.is_empty() && name(line).is_some_and(|name| self.copied.contains(&name))
    }

    /// The lines of a source, the most frequent first.
    pub fn of(&self, source: &str) -> Vec<BoilerplateLine> {
        let mut lines = self.templates.get(source).cloned().unwrap_or_default();
        lines.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.line.cmp(&b.line)));
        lines
    }

    pub(super) fn holds(&self, source: &str, line: &str) -> bool {
        self.templates.get(source).is_some_and(|lines| lines.binary_search_by(|l| l.line.as_str().cmp(&shape(line))).is_ok())
    }
}

/// What makes two lines the same: case, blanks and numbers do not.
fn shape(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase).map(|c| if c.is_ascii_digit() { '0' } else { c }));
    }
    out
}

/// Name of a line long enough to be told from others: FNV-1a of its shape.
fn name(line: &str) -> Option<u64> {
    let shape = shape(line);
    let long = shape.split(' ').count() >= COPIED_WORDS;
    long.then(|| shape.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
}

/// Names of the lines that stand in at least two records.
fn copied(records: &[&Record]) -> BTreeSet<u64> {
    let mut all: Vec<u64> = Vec::new();
    for record in records {
        let mut own: Vec<u64> = record.sections.iter().flat_map(|s| each(&s.text)).filter_map(|(_, l)| name(l)).collect();
        own.sort_unstable();
        own.dedup();
        all.extend(own);
    }
    all.sort_unstable();
    all.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).map(|same| same[0]).collect()
}

fn repeated(records: &[&Record]) -> Vec<BoilerplateLine> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for record in records {
        let mut lines: Vec<String> = record.sections.iter().flat_map(|s| each(&s.text)).map(|(_, l)| shape(l)).collect();
        lines.retain(|l| !l.is_empty() && l.len() <= LONGEST);
        lines.sort_unstable();
        lines.dedup();
        lines.into_iter().for_each(|l| *counts.entry(l).or_default() += 1);
    }
    let all = records.len() as f64;
    let template = |n: u32| f64::from(n) >= SHARE * all && (n >= AT_LEAST || (n >= 3 && f64::from(n) * 2.0 >= all));
    counts.into_iter().filter(|(_, n)| template(*n)).map(|(line, records)| BoilerplateLine { line, records }).collect()
}

/// Lines with the byte at which each begins.
pub(super) fn each(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n').map(move |line| (line.as_ptr() as usize - text.as_ptr() as usize, line))
}

/// Beginnings of lines that only a stack trace has.
const FRAME_STARTS: &[&str] = &["at ", "#", "File \"", "0x", "frame #", "from ", "in <", "... "];

/// Whether a line is a frame of a stack trace: places in code, not prose. Messages and exception types stay.
pub(super) fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    FRAME_STARTS.iter().any(|start| line.strip_prefix(start).is_some_and(|rest| frame_rest(start, rest)))
}

fn frame_rest(start: &str, rest: &str) -> bool {
    match start {
        "#" => rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(" in ") | rest.contains("0x"),
        "from " => rest.contains(".rb:"),
        "at " => {
            rest.contains('(') && rest.ends_with(')')
                || rest.rsplit(':').next().is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
        }
        "... " => rest.ends_with(" more"),
        "0x" => rest.split_whitespace().count() <= 6,
        _ => true,
    }
}

/// Web addresses in a line, as byte ranges.
pub(super) fn addresses(line: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let word = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize;
    line.split_whitespace().filter_map(move |w| {
        let scheme = w
            .find("://")
            .map(|at| w[..at].rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |p| p + w[p..].chars().next().map_or(1, char::len_utf8)));
        let from = scheme.or_else(|| w.find("www."))?;
        Some((word(w) + from, word(w) + w.len()))
    })
}

#[cfg(test)]
mod tests {
    use refrain_record::{Key, Kind, Role};

    use super::*;

    #[test]
    fn frames_of_many_languages_and_prose_that_looks_like_them() {
        let frames = [
            "    at org.acme.Ledger.write(Ledger.java:88)",
            "  at write (/srv/app/ledger.js:10:5)",
            "at /srv/app/ledger.js:10:5",
            "  File \"/srv/app/ledger.py\", line 3, in write",
            "#0 0x55d1 in ledger_write /src/ledger.c:12",
            "    from /srv/app/ledger.rb:3:in `write'",
            "	... 12 more",
        ];
        let prose = [
            "at 10:30 the ledger stopped",
            "#1 priority is the ledger",
            "from there on nothing was written",
            "java.lang.IllegalStateException: closed",
            "at least one lock (of two) is held",
        ];
        frames.iter().for_each(|line| assert!(is_frame(line), "{line}"));
        prose.iter().for_each(|line| assert!(!is_frame(line), "{line}"));
    }

    #[test]
    fn addresses_are_found_whole() {
        let line = "see (https://example.org/a) and www.example.org or plain text";
        let found: Vec<&str> = addresses(line).map(|(a, b)| &line[a..b]).collect();
        assert_eq!(found, ["https://example.org/a)", "www.example.org"]);
    }

    fn records(n: usize, repeats: usize) -> Vec<Record> {
        let one = |i: usize| {
            let key: Key = format!("JIRA:A-{i}").parse().unwrap();
            let mut record = Record::new(key, Kind::Issue, &format!("title {}", ["a", "b"].repeat(i).join("")));
            let form = if i < repeats { "Version: 1.2\n" } else { "" };
            record.add_section(Role::Description, "description", format!("{form}own words {}", "x".repeat(i)));
            record
        };
        (0..n).map(one).collect()
    }

    #[test]
    fn law_d5_lines_in_a_fifth_of_a_source_are_template() {
        for (n, repeats, expected) in [(25, 5, true), (26, 5, false), (24, 4, false), (6, 3, true), (6, 2, false), (100, 20, true)] {
            let all = records(n, repeats);
            let found = Boilerplate::fit(&all.iter().collect::<Vec<_>>());
            assert_eq!(found.holds("JIRA", " VERSION:  3.4 "), expected, "{repeats} of {n}");
            assert!(!found.holds("GH", "Version: 1.2"));
        }
    }
}
