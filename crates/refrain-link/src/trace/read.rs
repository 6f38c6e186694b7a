//! Finds the traces of a text: a first look for words that frames have, then the grammars of the lines that have them.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use memchr::{memchr, memrchr};

use super::draft::{Draft, LOOK_BACK, Scope};
use super::languages::LANGUAGES;
use super::lines::{Line, printed};
use super::model::Trace;
use super::shape::message_shape;

/// Lines read ahead before a grammar begins; more are read when it comes near the end of them.
const AHEAD: usize = 96;
/// Printed lines that are kept behind the place that is being read.
const KEPT_BEHIND: usize = 4 * LOOK_BACK;
/// Longest line that is looked at above a trace.
const LOOK_BACK_BYTES: usize = 64 * 1024;

/// The words to look for, and the families that each may begin.
struct Needles {
    automaton: Option<AhoCorasick>,
    families: Vec<u64>,
    /// What has to follow in the line, for words that are in any log.
    followed: Vec<fn(&[u8]) -> bool>,
}

static NEEDLES: LazyLock<Needles> = LazyLock::new(|| {
    let mut words: Vec<(&str, u64)> = Vec::new();
    for (family, language) in LANGUAGES.iter().enumerate() {
        for needle in language.needles {
            match words.iter_mut().find(|(w, _)| w == needle) {
                Some(word) => word.1 |= 1 << family,
                None => words.push((needle, 1 << family)),
            }
        }
    }
    let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::DFA)).build(words.iter().map(|w| w.0));
    let followed = words.iter().map(|(w, _)| follower(w)).collect();
    Needles { followed, automaton: automaton.ok(), families: words.into_iter().map(|w| w.1).collect() }
});

/// All traces of `text`, in order, with exact byte spans. Linear in the text; never fails: text without a trace gives none.
pub fn extract(text: &str) -> Vec<Trace> {
    let mut traces = read(text);
    super::whole::settle(&mut traces);
    traces
}

/// All traces, before it is settled which repeats another and which is the primary one.
pub(super) fn read(text: &str) -> Vec<Trace> {
    let mut reader = Reader { text, lines: Vec::new(), masks: Vec::new(), ahead: 0, floor: 0, traces: Vec::new() };
    let mut from = 0;
    while let Some(at) = next_needle(text, from) {
        from = reader.region(at);
    }
    reader.traces
}

/// Offset of the next line that holds a word of some family.
fn next_needle(text: &str, from: usize) -> Option<usize> {
    if from == 0 && text.starts_with("at ") {
        return Some(0);
    }
    let mut from = from;
    loop {
        let found = NEEDLES.automaton.as_ref()?.find(Input::new(text).range(from..))?;
        if telling(text, found.pattern().as_usize(), found.end()) {
            return Some(memrchr(b'\n', &text.as_bytes()[..found.start()]).map_or(0, |n| n + 1));
        }
        from = found.start() + 1;
    }
}

/// Whether a word tells more than that people and loggers write it.
fn telling(text: &str, needle: usize, end: usize) -> bool {
    let stop = memchr(b'\n', &text.as_bytes()[end..]).map_or(text.len(), |n| end + n);
    NEEDLES.followed[needle](&text.as_bytes()[end..stop])
}

/// What has to follow a word.
fn follower(word: &str) -> fn(&[u8]) -> bool {
    match word {
        ".go:" => go_place,
        _ if word.ends_with("at ") && word.chars().count() == 4 => code_place,
        _ => |_| true,
    }
}

/// `41`, `41 +0x1d`: nothing else stands behind the place of a Go frame. A logger's `caller=x.go:41` goes on.
fn go_place(rest: &[u8]) -> bool {
    let after = rest.trim_ascii_start();
    let after = &after[after.iter().position(|b| !b.is_ascii_digit()).unwrap_or(after.len())..];
    let after = after.trim_ascii();
    after.first().is_none_or(|b| matches!(b, b'+' | b'(' | b'\\' | b'"' | b'\'' | b'<' | b'{' | b'|' | b',' | b'&' | b'f' | b'['))
}

/// `com.acme.Ledger.flush(`, `/srv/app.js:12`, `async run (`: a place of code has a bracket, a dot, a slash or a colon in it.
fn code_place(rest: &[u8]) -> bool {
    let name = rest.iter().position(|b| matches!(b, b' ' | b'\t')).unwrap_or(rest.len());
    let code = |b: &u8| matches!(b, b'(' | b'.' | b':' | b'/' | b'<' | b'@' | b'$' | b'!');
    let time = rest.first().is_some_and(u8::is_ascii_digit) && !rest.starts_with(b"0x");
    !time && (rest[..name].iter().any(code) || rest[name..].contains(&b'(') || rest.is_empty())
}

/// Families whose words stand in the physical line `start..end`. The byte before it counts, as some words begin with a newline.
fn mask(text: &str, start: usize, end: usize) -> u64 {
    let Some(automaton) = NEEDLES.automaton.as_ref() else { return 0 };
    if start == 0 && text.starts_with("at ") {
        return u64::MAX;
    }
    automaton
        .find_overlapping_iter(Input::new(text).range(start.saturating_sub(1)..end))
        .filter(|m| telling(text, m.pattern().as_usize(), m.end()))
        .map(|m| NEEDLES.families[m.pattern().as_usize()])
        .fold(0, |a, b| a | b)
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<Line<'t>>,
    masks: Vec<u64>,
    /// Offset of the first physical line that is not in `lines`.
    ahead: usize,
    /// Offset before which everything is taken.
    floor: usize,
    traces: Vec<Trace>,
}

impl<'t> Reader<'t> {
    /// Reads from the line at offset `at` until nothing near it looks like a trace. Gives the offset to go on at.
    fn region(&mut self, at: usize) -> usize {
        let mut line = self.enter(at);
        let mut idle = 0;
        while line < self.lines.len() || self.more(1) {
            match self.try_line(line) {
                Some(next) => (line, idle) = (next, 0),
                None => (line, idle) = (line + 1, idle + 1),
            }
            if idle > LOOK_BACK && self.masks.get(line..).is_none_or(|m| m.iter().all(|m| *m == 0)) {
                break;
            }
            line -= self.forget(line);
        }
        self.ahead.min(self.text.len())
    }

    /// Fills `lines` with the look-back of offset `at`, and gives the index of the line there.
    fn enter(&mut self, at: usize) -> usize {
        let start = if at < self.ahead || self.lines.is_empty() { self.back(at) } else { self.back(at).max(self.floor) };
        self.lines.clear();
        self.masks.clear();
        self.ahead = start;
        while self.ahead < at && self.more(1) {}
        let line = self.lines.len();
        self.more(AHEAD);
        line
    }

    /// Offset of the physical line `LOOK_BACK` above, not above what is taken.
    fn back(&self, at: usize) -> usize {
        let mut start = at;
        for _ in 0..LOOK_BACK {
            let above = memrchr(b'\n', &self.text.as_bytes()[..start.saturating_sub(1)]).map_or(0, |n| n + 1);
            if start == 0 || above < self.floor || start - above > LOOK_BACK_BYTES {
                break;
            }
            start = above;
        }
        start
    }

    /// Reads up to `count` more physical lines. Whether there was one.
    fn more(&mut self, count: usize) -> bool {
        let mut any = false;
        for _ in 0..count {
            if self.ahead >= self.text.len() {
                break;
            }
            let end = memchr(b'\n', &self.text.as_bytes()[self.ahead..]).map_or(self.text.len(), |n| self.ahead + n);
            let mask = mask(self.text, self.ahead, end);
            printed(self.text, (self.ahead, end), &mut self.lines);
            self.masks.resize(self.lines.len(), mask);
            self.ahead = end + 1;
            any = true;
        }
        any
    }

    /// Drops lines that nothing will look at again. Gives how many.
    fn forget(&mut self, line: usize) -> usize {
        if line < 64 * KEPT_BEHIND {
            return 0;
        }
        let drop = line - KEPT_BEHIND;
        self.lines.drain(..drop);
        self.masks.drain(..drop);
        drop
    }

    /// Tries the families that line may begin, in the order of the table. Gives the line after the trace.
    fn try_line(&mut self, line: usize) -> Option<usize> {
        let mask = *self.masks.get(line)?;
        if mask == 0 {
            return None;
        }
        for (family, language) in LANGUAGES.iter().enumerate().filter(|(f, _)| mask & (1 << f) != 0) {
            let Some(draft) = self.read(line, family) else { continue };
            let next = draft.next.max(line + 1);
            let mut trace = draft.finish();
            super::whole::complete(&mut trace, language);
            self.floor = trace.end;
            self.traces.push(trace);
            return Some(next);
        }
        None
    }

    /// Runs one grammar; reads ahead and runs it again where it came near the end of what was read.
    fn read(&mut self, line: usize, family: usize) -> Option<Draft> {
        let language = &LANGUAGES[family];
        if !(language.anchor)(&self.scope(line), line) {
            return None;
        }
        loop {
            let draft = (language.read)(&self.scope(line), line);
            let reached = draft.as_ref().map_or(line, |d| d.next);
            if reached + AHEAD / 2 < self.lines.len() || !self.more(AHEAD.max(2 * (self.lines.len() - line))) {
                return draft;
            }
        }
    }

    fn scope(&self, line: usize) -> Scope<'_, 't> {
        let lowest = line.saturating_sub(LOOK_BACK);
        let floor = (lowest..=line).find(|i| self.lines.get(*i).is_some_and(|l| l.start >= self.floor)).unwrap_or(line);
        Scope { lines: &self.lines, floor }
    }
}

/// The message shape of the root, else of the exception itself.
pub(super) fn root_shape(trace: &Trace) -> Option<String> {
    let root = trace.blocks.get(trace.root).and_then(|b| b.message.as_deref());
    root.or(trace.message.as_deref()).map(message_shape).filter(|s| !s.is_empty())
}
