//! C and C++: gdb, lldb, sanitizers, libFuzzer, Chrome's and boost's own stacks.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::draft::{Draft, LOOK_BACK, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::native_frame::{below_c_stack, numbered, unnumbered};
use super::pattern::{fill, fill_all};

/// One kind of head.
struct Head {
    pattern: &'static str,
    family: &'static str,
    /// Type that is reported; `{}` stands for the kind in the message.
    ty: &'static str,
}

/// Heads of reports. The first that fits counts.
const HEADS: &[Head] = &[
    Head { pattern: "ERROR: AddressSanitizer: {message}", family: "asan", ty: "AddressSanitizer: {}" },
    Head { pattern: "ERROR: AddressSanitizer {message}", family: "asan", ty: "AddressSanitizer: {}" },
    Head { pattern: "ERROR: HWAddressSanitizer: {message}", family: "asan", ty: "HWAddressSanitizer: {}" },
    Head { pattern: "ERROR: LeakSanitizer: {message}", family: "lsan", ty: "LeakSanitizer: {}" },
    Head { pattern: "WARNING: MemorySanitizer: {message}", family: "msan", ty: "MemorySanitizer: {}" },
    Head { pattern: "ERROR: MemorySanitizer: {message}", family: "msan", ty: "MemorySanitizer: {}" },
    Head { pattern: "WARNING: ThreadSanitizer: {message}", family: "tsan", ty: "ThreadSanitizer: {}" },
    Head { pattern: "ERROR: ThreadSanitizer: {message}", family: "tsan", ty: "ThreadSanitizer: {}" },
    Head { pattern: "FATAL: ThreadSanitizer {message}", family: "tsan", ty: "ThreadSanitizer: {}" },
    Head { pattern: "ERROR: UndefinedBehaviorSanitizer: {message}", family: "ubsan", ty: "UndefinedBehaviorSanitizer: {}" },
    Head { pattern: "ERROR: libFuzzer: {message}", family: "cpp-other", ty: "libFuzzer: {}" },
    Head { pattern: "Program received signal {kind:i}, {message}", family: "gdb", ty: "{}" },
    Head { pattern: "Thread {:w} {:w} received signal {kind:i}, {message}", family: "gdb", ty: "{}" },
    Head { pattern: "Thread {:w} received signal {kind:i}, {message}", family: "gdb", ty: "{}" },
    Head { pattern: "Program terminated with signal {kind:i}, {message}", family: "gdb", ty: "{}" },
    Head { pattern: "[Fuzzer] {message}", family: "cpp-other", ty: "fuzzer" },
];

/// Heads that stand anywhere in a line: mark, family, type.
const MARKS: &[(&str, &str, &str)] = &[
    ("runtime error: control flow integrity check", "cfi", "control flow integrity check"),
    ("runtime error: ", "ubsan", "UndefinedBehaviorSanitizer"),
    ("CFI: Most likely a control flow integrity violation", "cfi", "control flow integrity violation"),
    ("Received signal ", "cpp-other", "signal"),
    (":FATAL:", "cpp-other", "FATAL"),
    ("# Fatal error in ", "cpp-other", "Fatal error"),
    ("# Runtime error in ", "cpp-other", "Runtime error"),
    ("ASSERTION FAILED: ", "cpp-other", "ASSERTION FAILED"),
    ("Assertion `", "cpp-other", "assertion"),
    ("assertion failed: ", "cpp-other", "assertion"),
    ("Assertion failed", "cpp-other", "assertion"),
    ("Check failed: ", "cpp-other", "Check failed"),
    ("CHECK failed: ", "cpp-other", "CHECK failed"),
    ("===BUG DETECTED: ", "cpp-other", "BUG DETECTED"),
];

/// Words without which no head is there.
static HEAD_WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = ["ERROR: ", "WARNING: ", "FATAL: ", "Program ", "received signal ", "[Fuzzer] "];
    AhoCorasick::new(words.into_iter().chain(MARKS.iter().map(|m| m.0))).ok()
});

/// A head with its family.
fn head(body: &str) -> Option<(&'static str, Header)> {
    if HEAD_WORDS.as_ref().is_some_and(|words| !words.is_match(body)) {
        return None;
    }
    if let Some((head, holes)) = HEADS.iter().find_map(|h| find(h.pattern, body).map(|f| (h, f))) {
        let message = holes.get("message").unwrap_or("");
        let kind = holes.get("kind").map_or_else(|| kind(message), str::to_owned);
        return Some((
            head.family,
            Header::new(head.ty.replace("{}", &kind).trim_end_matches([':', ' ']), if head.family == "gdb" { "" } else { message }),
        ));
    }
    let (mark, family, ty) = MARKS.iter().find(|(m, _, _)| body.contains(m))?;
    let (before, message) = body.split_once(mark)?;
    if *family == "ubsan" && !placed(before) {
        return None;
    }
    let ty = match *ty {
        "signal" => fill("{:d} {kind:i}", message).and_then(|h| h.get("kind").map(str::to_owned)).unwrap_or_else(|| "signal".into()),
        other => other.to_owned(),
    };
    Some((family, Header::new(&ty, message)))
}

/// Whether a place of the source stands right before: Go says `runtime error: ` too, behind words.
fn placed(before: &str) -> bool {
    before.trim_end().strip_suffix(':').is_none_or(|b| b.is_empty() || b.ends_with(|c: char| c.is_ascii_digit() || c == '>'))
}

/// The pattern at the start of the body, or after a shell's prefix.
fn find<'t>(pattern: &'static str, body: &'t str) -> Option<super::pattern::Holes<'t>> {
    fill_all(pattern, body).or_else(|| {
        let word = pattern.split(' ').next().filter(|w| matches!(*w, "ERROR:" | "WARNING:"))?;
        body.find(word).filter(|at| *at > 0 && *at < 60 && body[*at..].contains("Sanitizer")).and_then(|at| fill_all(pattern, &body[at..]))
    })
}

/// `heap-buffer-overflow` of `heap-buffer-overflow on address 0x…`.
fn kind(message: &str) -> String {
    let end = [" on ", " (", ": ", " 0x", " in thread", " after "].iter().filter_map(|s| message.find(s)).min().unwrap_or(message.len());
    message[..end].trim().trim_end_matches([':', '.']).to_owned()
}

/// Whether the head means a report by itself, even where no stack follows.
fn stands_alone(family: &str, header: &Header) -> bool {
    (family != "cpp-other" && family != "gdb") || header.ty.starts_with("libFuzzer")
}

/// Heads that say by their form that the program ended: `# Fatal error in …`, `[…:FATAL:x.cc(1)] …`.
fn announced(body: &str) -> bool {
    body.starts_with("# Fatal error in") || body.starts_with("# Runtime error in") || body.contains(":FATAL:") || body.starts_with("===BUG DETECTED")
}

/// Whether a report can begin with the line.
pub(super) fn anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    if body.starts_with(C_STACK) {
        return scope.next(at + 1, 1).is_some_and(|i| below_c_stack(scope.body(i)).is_some());
    }
    frame_at(scope, at).is_some() || head(body).is_some()
}

/// A frame of line `at`, a wrapped one with the line below it.
fn frame_at(scope: &Scope, at: usize) -> Option<(Option<u32>, RawFrame)> {
    let body = scope.body(at);
    let (number, raw) = numbered(body)?;
    let below = scope.body(at + 1);
    let open = raw.file.is_none() && raw.module.is_none() && scope.indent(at + 1) >= 4 && (below.starts_with("at ") || below.starts_with("from "));
    if !open || body.len() > 4_000 || below.len() > 2_000 {
        return Some((number, raw));
    }
    let joined = format!("{body} {below}");
    Some(numbered(&joined).map_or((number, raw), |(n, longer)| (n, RawFrame { more_lines: 1, ..longer })))
}

/// Lines between a head and its first frame.
const HEAD_LINES: usize = 40;
/// Lines of locals, registers and notes between two frames.
const NOTE_LINES: usize = 60;

/// Reads the report that has its head or its first frame in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let mut reader = Reader::begin(scope, at)?;
    let mut line = reader.first;
    while let Some(next) = reader.step(scope, line) {
        line = next;
    }
    reader.finish(scope)
}

struct Reader {
    draft: Draft,
    first: usize,
    /// Number of the last frame.
    last: Option<u32>,
    alone: bool,
    sanitized: bool,
    /// Below `==== C stack trace`.
    c_stack: bool,
}

/// What V8 prints above its own stack.
const C_STACK: &str = "==== C stack trace";

impl Reader {
    fn begin(scope: &Scope, at: usize) -> Option<Self> {
        let Some((family, mut header)) = head(scope.body(at)) else { return Some(Self::bare(scope, at)) };
        let alone = stands_alone(family, &header) || announced(scope.body(at));
        if scope.body(at).starts_with("# ") {
            header.message = scope.body(at + 1).trim_start_matches("# ").to_owned();
        }
        let sanitized = !matches!(family, "gdb" | "cpp-other");
        let first = first_frame(scope, at, sanitized);
        if first.is_none() && !alone {
            return None;
        }
        let mut draft = Draft::headed(family, scope, at, header);
        draft.language = "c++";
        draft.fatal = family != "ubsan" || !scope.body(at).contains("runtime error");
        let first = first.unwrap_or(at + 1);
        titles(scope, at + 1, first, &mut draft);
        let c_stack = (at..first).any(|i| scope.body(i).starts_with(C_STACK));
        Some(Self { draft, first, last: None, alone, sanitized, c_stack })
    }

    fn bare(scope: &Scope, at: usize) -> Self {
        let mut draft = Draft::new("gdb", scope, at);
        draft.language = "c++";
        let plain = scope.body(at).starts_with('#') || scope.body(at).contains("frame #");
        if !plain {
            draft.family = "cpp-other";
        }
        if let Some((title, line)) = title_above(scope, at, scope.floor) {
            draft.last().title = some(&title);
            draft.start = scope.lines[line].start;
        }
        let c_stack = scope.body(at).starts_with(C_STACK);
        let first = if c_stack { scope.next(at + 1, 1).unwrap_or(at) } else { at };
        let facts = super::android::facts(scope, at, at);
        if let Some(signal) = facts.signal {
            draft.family = "android-native";
            draft.start = scope.lines[facts.start].start;
            draft.thread = facts.thread;
            draft.fatal = true;
            draft.head(Header::new(&signal, facts.message.as_deref().unwrap_or("")));
        }
        Self { draft, first, last: None, alone: false, sanitized: false, c_stack }
    }

    fn step(&mut self, scope: &Scope, at: usize) -> Option<usize> {
        if let Some((number, raw)) = frame_at(scope, at).or_else(|| unnumbered(scope.body(at)).map(|r| (None, r)).filter(|_| self.goes_bare(at))) {
            return Some(self.frame(scope, at, number, raw));
        }
        match below_c_stack(scope.body(at)).filter(|_| self.c_stack) {
            Some(raw) => Some(self.frame(scope, at, None, raw)),
            None => self.gap(scope, at),
        }
    }

    fn goes_bare(&self, at: usize) -> bool {
        self.last.is_none() && (at == self.first || self.draft.next == at)
    }

    fn frame(&mut self, scope: &Scope, at: usize, number: Option<u32>, raw: RawFrame) -> usize {
        let restarts = number.is_some_and(|n| self.last.is_some_and(|last| n < last || (n == last && n == 0)));
        if restarts {
            let title = title_above(scope, at, self.draft.next.saturating_sub(1));
            let thread = title.as_ref().is_some_and(|(t, _)| t.starts_with("Thread "));
            self.draft.open(if thread { BlockKind::Thread } else { BlockKind::Context }, Some(0).filter(|_| !thread));
            self.draft.last().title = title.and_then(|(t, _)| some(&t));
        }
        self.last = number.or(self.last);
        self.draft.frame(scope, at, raw)
    }

    /// Notes between frames, and the blank and title before another stack.
    fn gap(&self, scope: &Scope, at: usize) -> Option<usize> {
        let reach = if self.sanitized || self.last.is_some() { NOTE_LINES } else { 2 };
        let mut blanks = 0;
        for line in at..at + reach {
            if line >= scope.lines.len() || (head(scope.body(line)).is_some() && line > at) || ends(scope.body(line)) {
                return None;
            }
            blanks = if scope.blank(line) { blanks + 1 } else { 0 };
            match numbered(scope.body(line)).map(|(n, _)| n) {
                Some(Some(n)) if self.last.is_some_and(|last| n == last + 1) => return (line - at <= NOTE_LINES).then_some(line),
                Some(Some(0)) if self.same_report(scope, line) => return Some(line),
                Some(None) => return Some(line),
                Some(_) if line - at <= 2 => return Some(line),
                Some(_) => return None,
                None => {}
            }
            if blanks > 3 {
                return None;
            }
        }
        None
    }

    /// Another stack of the same report: of a sanitizer, or of a thread listed by a debugger.
    fn same_report(&self, scope: &Scope, at: usize) -> bool {
        let title = title_above(scope, at, self.draft.next.saturating_sub(1));
        self.sanitized || title.is_some_and(|(t, _)| t.starts_with("Thread ") || t.ends_with(':'))
    }

    fn finish(mut self, scope: &Scope) -> Option<Draft> {
        let frames = self.draft.frames();
        self.crashed();
        self.leaked();
        if let Some(line) = (self.draft.next..self.draft.next + 4).find(|i| scope.body(*i).starts_with("SUMMARY: ")) {
            self.draft.next = line + 1;
        }
        (frames >= 2 || (frames >= 1 && self.draft.headed) || self.alone).then_some(self.draft)
    }

    /// gdb lists threads with the crashed one last: the one under the head is the failure.
    fn crashed(&mut self) {
        let handler = |b: &super::model::Block| b.frames.iter().any(|f| f.raw.contains("<signal handler called>"));
        if self.draft.family == "gdb"
            && !self.draft.headed
            && let Some(at) = self.draft.blocks.iter().position(handler)
        {
            (self.draft.thrown, self.draft.root) = (at, at);
        }
    }

    /// A report of leaks names each with its size, which is no type.
    fn leaked(&mut self) {
        if self.draft.family == "asan" && self.draft.blocks[0].exception_type.as_deref().is_some_and(|t| t.contains("Leak")) {
            self.draft.family = "lsan";
        }
    }
}

/// Lines that end a report.
fn ends(body: &str) -> bool {
    body.starts_with("SUMMARY: ") || body.contains("ABORTING") || body.starts_with("Shadow bytes") || body.starts_with("[end of stack trace]")
}

/// The first frame below a head.
fn first_frame(scope: &Scope, at: usize, sanitized: bool) -> Option<usize> {
    let reach = if sanitized { HEAD_LINES } else { LOOK_BACK };
    (at + 1..at + reach)
        .take_while(|i| *i < scope.lines.len() && (head(scope.body(*i)).is_none() || *i <= at + 3 && !scope.body(*i).contains("Sanitizer: ")))
        .find(|i| {
            frame_at(scope, *i).is_some()
                || unnumbered(scope.body(*i)).is_some() && *i <= at + 3
                || below_c_stack(scope.body(*i)).is_some() && (at..*i).any(|j| scope.body(j).starts_with(C_STACK))
        })
}

/// What stands between head and first frame: the title of the first stack, the thread.
fn titles(scope: &Scope, from: usize, to: usize, draft: &mut Draft) {
    for line in from..to {
        let body = scope.body(line);
        if body.starts_with("READ of")
            || body.starts_with("WRITE of")
            || body.starts_with("The signal is caused")
            || body.ends_with("here:")
            || body.contains("leak of")
            || body.contains(" of size ")
        {
            draft.last().title = some(body.trim_end_matches(':'));
        }
        if let Some(thread) = body.rfind(" thread T").map(|i| &body[i + 8..]) {
            draft.thread = draft.thread.take().or_else(|| some(thread.split([' ', ')', ':']).next().unwrap_or("")));
        }
    }
}

/// The nearest line above a stack, not above `lowest`: its title.
fn title_above(scope: &Scope, at: usize, lowest: usize) -> Option<(String, usize)> {
    let line = (lowest.max(at.saturating_sub(3)).max(scope.floor)..at).rev().find(|i| scope.has(*i))?;
    let body = scope.body(line);
    let title = body.ends_with(':')
        || body.starts_with("Thread ")
        || body.contains(" of size ")
        || body.contains("allocated by")
        || body.contains("freed by");
    (title && body.len() < 300).then(|| (body.trim_end_matches(':').to_owned(), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_give_family_type_and_message() {
        for (line, family, ty) in [
            ("ERROR: AddressSanitizer: heap-buffer-overflow on address 0x61 at pc 0x0", "asan", "AddressSanitizer: heap-buffer-overflow"),
            ("ERROR: AddressSanitizer: SEGV on unknown address 0x0 (pc 0x1 T0)", "asan", "AddressSanitizer: SEGV"),
            ("ERROR: LeakSanitizer: detected memory leaks", "lsan", "LeakSanitizer: detected memory leaks"),
            ("WARNING: ThreadSanitizer: heap-use-after-free (pid=24610)", "tsan", "ThreadSanitizer: heap-use-after-free"),
            ("Program received signal SIGSEGV, Segmentation fault.", "gdb", "SIGSEGV"),
            ("Thread 2 \"crash\" received signal SIGSEGV, Segmentation fault.", "gdb", "SIGSEGV"),
            ("x.c:1245:49: runtime error: division by zero", "ubsan", "UndefinedBehaviorSanitizer"),
        ] {
            let (found, header) = head(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((found, header.ty.as_str()), (family, ty), "{line}");
        }
        assert_eq!(fill("#{n:d} ", "#1 x").unwrap().number::<u32>("n"), Some(1));
    }
}
