//! How well traces were read, against what a person wrote down of them.

use std::collections::BTreeSet;

use super::model::{Block, Trace};

/// What a person wrote down of one text. Empty: not established, and not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Family of the text's form.
    pub family: String,
    /// Type of the exception that was thrown last.
    pub exception_type: String,
    /// First line of its message.
    pub message: String,
    /// Type of the innermost cause.
    pub root_type: String,
    /// Frames of the first printed block.
    pub frames_first: String,
    /// Innermost function of that block.
    pub top_function: String,
}

/// What is judged of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Type of the exception thrown last.
    Type,
    /// First line of its message.
    Message,
    /// Type of the innermost cause.
    Root,
    /// Number of frames of the first block.
    Frames,
    /// Innermost function.
    Top,
}

/// One part that was read otherwise than by the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Which part.
    pub part: Part,
    /// What was read.
    pub found: String,
    /// What the person wrote down.
    pub wanted: String,
}

/// The families whose text forms are one: a sanitizer's frames are printed by all of its kind.
fn form(family: &str) -> &str {
    match family {
        "java" | "java-android" | "kotlin-coroutines" | "scala" | "android-anr" => "java",
        "asan" | "ubsan" | "msan" | "tsan" | "lsan" | "cfi" | "cpp-other" | "gdb" => "native",
        "js-firefox" | "js-safari" | "js-opera" => "js-at",
        other => other,
    }
}

/// Whether a trace of the family's form was found.
pub fn recognised(family: &str, traces: &[Trace]) -> bool {
    traces.iter().any(|t| form(t.family) == form(family))
}

/// The parts of the primary trace that were read otherwise than by the person; every established part where none was found.
pub fn misses(checked: &Checked, traces: &[Trace]) -> Vec<Miss> {
    let primary = traces.iter().find(|t| t.primary);
    let (frames, top) = primary.map_or((0, None), |t| first(&checked.family, t));
    let function = top.and_then(|f| f.function.as_deref()).unwrap_or("");
    let line = |text: &str| text.lines().next().unwrap_or("").to_owned();
    let text = |of: fn(&Trace) -> Option<&str>| primary.and_then(of).unwrap_or("").to_owned();
    let said = [
        (Part::Type, text(|t| t.exception_type.as_deref()), checked.exception_type.clone()),
        (Part::Message, line(&text(|t| t.message.as_deref())), line(&checked.message)),
        (Part::Root, text(|t| t.root_type.as_deref()), checked.root_type.clone()),
        (Part::Frames, frames.to_string(), checked.frames_first.clone()),
        (Part::Top, function.to_owned(), checked.top_function.clone()),
    ];
    let printed = |part: Part, wanted: &str| part == Part::Top && top.is_some_and(|f| f.raw.contains(wanted));
    let wrong = |(part, found, wanted): &(Part, String, String)| !wanted.is_empty() && bare(found) != bare(wanted) && !printed(*part, wanted);
    said.into_iter().filter(wrong).map(|(part, found, wanted)| Miss { part, found, wanted }).collect()
}

/// A text without what a printer may put around it.
fn bare(text: &str) -> &str {
    text.trim().trim_end_matches('\'').trim_end_matches("()").trim()
}

/// Frames of the block that is printed first for the exception thrown last, and its innermost one.
fn first<'t>(family: &str, trace: &'t Trace) -> (usize, Option<&'t super::model::Frame>) {
    let at = match family {
        "php" | "js-v8" | "ruby" => 0,
        "dotnet" => trace.root,
        _ => trace.thrown,
    };
    let length = |b: &Block| b.frames.len() + b.dropped;
    let block = trace.blocks.get(at);
    let count = if family == "dotnet" { trace.blocks.iter().map(length).sum() } else { block.map_or(0, length) };
    (count, block.and_then(|b| b.frames.first()))
}

/// A trace that a person marked in a text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    /// From the header's first byte.
    pub start: usize,
    /// After the last frame or elision.
    pub end: usize,
    /// From the first frame.
    pub core_start: usize,
    /// After the last frame.
    pub core_end: usize,
}

/// Counts of spans and lines, found against marked. They add up over texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InText {
    /// Marked traces that were found.
    pub right: usize,
    /// Marked traces.
    pub marked: usize,
    /// Found traces that are a marked one.
    pub good: usize,
    /// Found traces.
    pub found: usize,
    /// Lines of marked cores that are in a found trace.
    pub lines_right: usize,
    /// Lines of marked cores.
    pub lines_marked: usize,
    /// Lines of found traces that are in a marked one.
    pub lines_good: usize,
    /// Lines of found traces.
    pub lines_found: usize,
}

impl InText {
    /// Adds the counts of another text.
    pub fn add(&mut self, other: &Self) {
        self.right += other.right;
        self.marked += other.marked;
        self.good += other.good;
        self.found += other.found;
        self.lines_right += other.lines_right;
        self.lines_marked += other.lines_marked;
        self.lines_good += other.lines_good;
        self.lines_found += other.lines_found;
    }

    /// Recall and precision of lines, 0..1; 1 where there is nothing to find or nothing found.
    pub fn lines(&self) -> (f64, f64) {
        let share = |a: usize, b: usize| if b == 0 { 1.0 } else { a as f64 / b as f64 };
        (share(self.lines_right, self.lines_marked), share(self.lines_good, self.lines_found))
    }
}

/// Bytes before a marked trace that one found may begin at and still be it.
const BEFORE: usize = 200;

/// Whether a found trace is the marked one: it covers 0.9 of the core, and 0.8 of it lie inside.
pub fn is_marked(found: &Trace, marked: &Marked) -> bool {
    let both = |from: usize, to: usize| found.end.min(to).saturating_sub(found.start.max(from)) as f64;
    both(marked.core_start, marked.core_end) >= 0.9 * (marked.core_end - marked.core_start) as f64
        && both(marked.start.saturating_sub(BEFORE), marked.end) >= 0.8 * (found.end - found.start) as f64
}

/// Counts for one text.
pub fn in_text(text: &str, found: &[Trace], marked: &[Marked]) -> InText {
    let core: BTreeSet<usize> = marked.iter().flat_map(|m| lines(text, m.core_start, m.core_end)).collect();
    let whole: BTreeSet<usize> = marked.iter().flat_map(|m| lines(text, m.start, m.end)).collect();
    let mine: BTreeSet<usize> = found.iter().flat_map(|t| lines(text, t.start, t.end)).collect();
    InText {
        right: marked.iter().filter(|m| found.iter().any(|t| is_marked(t, m))).count(),
        marked: marked.len(),
        good: found.iter().filter(|t| marked.iter().any(|m| is_marked(t, m))).count(),
        found: found.len(),
        lines_right: core.intersection(&mine).count(),
        lines_marked: core.len(),
        lines_good: mine.intersection(&whole).count(),
        lines_found: mine.len(),
    }
}

/// Starts of the lines that the bytes `start..end` touch, blank ones left out.
fn lines(text: &str, start: usize, end: usize) -> BTreeSet<usize> {
    let mut at = 0;
    let mut out = BTreeSet::new();
    for line in text.split_inclusive('\n') {
        let (from, to) = (start.max(at), end.min(at + line.len()));
        if from < to && text.get(from..to).is_some_and(|t| !t.trim().is_empty()) {
            out.insert(at);
        }
        at += line.len();
    }
    out
}

/// Half of a name, 0 or 1, by its hash: rules are chosen on the first, both are reported.
pub fn half(name: &str) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 33) as usize % 2
}
