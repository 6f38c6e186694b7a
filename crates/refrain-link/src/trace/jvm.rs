//! Java, Kotlin, Scala, Groovy, Clojure; Android; thread dumps and ANR files of the same virtual machines.

use super::draft::{Draft, MESSAGE_LINES, RawFrame, Scope, some};
use super::header::{Header, above, dotted};
use super::model::BlockKind;
use super::pattern::{fill, trim_blank};

/// Extensions of sources whose position is `File.ext:line`.
const EXTENSIONS: &[(&str, &str)] = &[
    ("java", "java"),
    ("kt", "kotlin"),
    ("kts", "kotlin"),
    ("scala", "scala"),
    ("sc", "scala"),
    ("groovy", "groovy"),
    ("gvy", "groovy"),
    ("gsp", "groovy"),
    ("clj", "clojure"),
    ("cljc", "clojure"),
    ("jsp", "java"),
    ("jspx", "java"),
    ("aj", "java"),
    ("rb", "ruby"),
    ("js", "javascript"),
    ("xtend", "xtend"),
    ("gradle", "groovy"),
    ("cfm", "coldfusion"),
    ("cfc", "coldfusion"),
    ("py", "python"),
];

/// Places that name no file.
const PLACES: &[&str] = &[
    "Native Method",
    "Native method",
    "Unknown Source",
    "SourceFile",
    "<generated>",
    "Unknown source",
    "NO_SOURCE_FILE",
    "D8$$SyntheticClass",
    "Unknown",
];

/// Reads `at [loader/][module@version/]pkg.Class.method(File.java:12) [jar:version]`.
pub(super) fn frame(body: &str) -> Option<RawFrame> {
    let rest = trim_blank(body.strip_prefix("at")?.strip_prefix(super::pattern::is_blank)?);
    call(body, rest)
}

/// The part after `at`: a qualified name and a place.
fn call(body: &str, rest: &str) -> Option<RawFrame> {
    let open = rest.bytes().take(MAX_NAME).position(|b| b == b'(')?;
    let name = &rest[..open];
    let inner = &rest[open + 1..];
    let close = match inner.starts_with(':') {
        true => inner.rfind(')')?,
        false => inner.bytes().take(300).position(|b| b == b')')?,
    };
    let (file, line) = place(&inner[..close])?;
    let (module, function) = qualified(name)?;
    let mut raw = RawFrame::new(0);
    let tail = &inner[close + 1..];
    raw.end = body.len() - tail.len() + jar(tail);
    raw.function = Some(function);
    raw.module = module;
    raw.file = file;
    raw.line = line;
    Some(raw)
}

/// Longest name that is read; Scala's can be long.
const MAX_NAME: usize = 2_000;

/// Length of ` ~[jar:version]` or ` [classes:na]`.
fn jar(tail: &str) -> usize {
    let trimmed = trim_blank(tail);
    let bracket = trimmed.starts_with("~[") || trimmed.starts_with('[');
    bracket.then(|| trimmed.bytes().take(200).position(|b| b == b']')).flatten().map_or(0, |c| tail.len() - trimmed.len() + c + 1)
}

/// File and line of what stands in parentheses.
fn place(text: &str) -> Option<(Option<String>, Option<u32>)> {
    let text = text.trim();
    let (name, number) = text.rsplit_once(':').map_or((text, None), |(n, l)| (n, Some(l.trim_start_matches('~'))));
    let line = number.map(|n| n.parse::<u32>().ok());
    if line == Some(None) {
        return None;
    }
    if PLACES.contains(&name) {
        return Some((None, line.flatten()));
    }
    let packaged = name.starts_with(':') && name.len() < 300 && line.is_some();
    let bare = line.is_some() && name.starts_with(char::is_uppercase) && name.chars().all(|c| c.is_alphanumeric() || c == '$' || c == '_');
    if packaged || bare {
        return Some((some(name.trim_start_matches(':')), line.flatten()));
    }
    let (stem, extension) = name.rsplit_once('.')?;
    let known = EXTENSIONS.iter().any(|(e, _)| *e == extension) || (line.is_some() && extension.len() <= 7);
    let plain = !stem.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '.' | ' '));
    let script = stem.starts_with('/') || stem.starts_with("file:");
    (known && (plain || script) && !name.contains(": ")).then(|| (some(name), line.flatten()))
}

/// Splits the module off, and says whether the rest is a class and a method.
fn qualified(name: &str) -> Option<(Option<String>, String)> {
    let (module, rest) = match name.rfind('/') {
        Some(at) if !name[at..].starts_with("/0x") => (Some(name[..at].trim_end_matches('/')), &name[at + 1..]),
        _ => (None, name),
    };
    let dot = rest.rfind('.')?;
    let class = &rest[..dot];
    let spaced = rest[..dot].contains(' ') || rest.starts_with(' ') || rest.ends_with(' ');
    let letters = rest.chars().all(|c| c.is_alphanumeric() || "_$.<>-/!@~#+:*?|%=&^' ,[]".contains(c));
    if class.is_empty() || spaced || !letters {
        return None;
    }
    // A filter for HTML has eaten `<init>`: nothing else leaves a name that ends in a dot.
    let function = if rest.ends_with('.') { format!("{rest}<init>") } else { rest.to_owned() };
    Some((module.and_then(some), function))
}

/// What a line is to a trace that is being read.
enum Line {
    Frame(RawFrame),
    Elided(u64),
    Linked(BlockKind, Header),
    Note,
    Driver,
}

const LINKS: &[(&str, BlockKind)] =
    &[("Caused by: ", BlockKind::Cause), ("Wrapped by: ", BlockKind::Thrown), ("Suppressed: ", BlockKind::Suppressed)];

/// Lines of locks and of other stacks in a dump.
const NOTES: &[&str] = &[
    "- locked",
    "- waiting",
    "- parking",
    "- eliminated",
    "- sleeping",
    "- None",
    "Locked ownable synchronizers",
    "group=\"",
    "sysTid=",
    "schedstat",
    "state=",
    "stack=",
    "held mutexes",
    "java.lang.Thread.State:",
    "kernel: ",
    "(no managed stack frames)",
];

fn classify(body: &str) -> Option<Line> {
    let first = body.bytes().next()?;
    match first {
        b'a' => frame(body).map(Line::Frame),
        b'.' => elided(body).map(Line::Elided),
        b'C' | b'W' | b'S' => link(body),
        b'n' => native(body).map(Line::Frame),
        b'D' if body.starts_with("Driver stacktrace:") => Some(Line::Driver),
        b'[' if body.starts_with("[CIRCULAR REFERENCE") => Some(Line::Note),
        _ => NOTES.iter().any(|n| body.starts_with(n)).then_some(Line::Note),
    }
}

fn elided(body: &str) -> Option<u64> {
    ["... {n:d} more", "... {n:d} common frames omitted", "... {n:d} frames truncated", "... {n:d} lines"]
        .iter()
        .find_map(|p| fill(p, body))
        .and_then(|h| h.number("n"))
}

fn link(body: &str) -> Option<Line> {
    let (word, kind) = LINKS.iter().find(|(word, _)| body.starts_with(word))?;
    let rest = &body[word.len()..];
    if rest.starts_with("[CIRCULAR REFERENCE") {
        return Some(Line::Note);
    }
    let header = dotted(rest)
        .filter(|h| h.strict)
        .unwrap_or_else(|| Header::new(rest.split(':').next().unwrap_or(rest), rest.split_once(':').map_or("", |r| r.1)));
    Some(Line::Linked(*kind, header))
}

/// `native: #00 pc 0003e0b0  /system/lib/libdvm.so (dvmAbort+34)` of a dump.
fn native(body: &str) -> Option<RawFrame> {
    let lead = body.strip_prefix("native: ")?;
    let mut raw = super::android::frame(lead)?;
    raw.end += body.len() - lead.len();
    Some(raw)
}

/// Whether a trace of this family can begin with the line.
pub(super) fn anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    match body.as_bytes().first() {
        Some(b'a') if body.starts_with("at") => {
            frame(body).is_some() || wrapped(scope, at).is_some() || (at + 1 == scope.lines.len() && cut_off(body).is_some())
        }
        Some(b'C') => body.starts_with("Caused by: ") && matches!(link(body), Some(Line::Linked(_, h)) if h.ty.contains('.')),
        Some(b'"') => title(body).is_some(),
        Some(b'a'..=b'z') => (at..at + 3).all(|i| bare(scope.body(i)).is_some()),
        _ => false,
    }
}

/// Reads the trace that has its first frame, cause or thread in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let mut reader = Reader::begin(scope, at);
    let mut line = at;
    while let Some(next) = reader.step(scope, line) {
        line = next;
    }
    reader.finish()
}

struct Reader {
    draft: Draft,
    /// Where a suppressed exception hangs: (indent, block).
    sides: Vec<(usize, usize)>,
    /// Innermost block of the chain that is being read.
    current: usize,
    reversed: bool,
    dump: bool,
}

impl Reader {
    fn begin(scope: &Scope, at: usize) -> Self {
        let mut draft = match (title(scope.body(at)), above(scope, at, dotted).filter(|_| !scope.body(at).starts_with("Caused by: "))) {
            (Some(_), _) => Draft::new("java", scope, at),
            (None, Some((line, header))) => headed(scope, line, at, header),
            (None, None) => Draft::new("java", scope, at),
        };
        let dump = title(scope.body(at)).is_some();
        if let Some(Line::Linked(_, header)) = classify(scope.body(at)).filter(|_| !dump) {
            draft.head(header);
        }
        announce(scope, at, &mut draft);
        Self { draft, sides: Vec::new(), current: 0, reversed: false, dump }
    }

    /// Reads one line (or a wrapped pair), and gives the next; nothing where the trace ends.
    fn step(&mut self, scope: &Scope, at: usize) -> Option<usize> {
        let body = scope.body(at);
        if let Some((name, state)) = title(body).filter(|_| self.dump) {
            return Some(self.thread(scope, at, name, state));
        }
        match classify(body) {
            Some(Line::Frame(raw)) => Some(self.draft.frame(scope, at, raw)),
            Some(Line::Elided(n)) => {
                self.draft.last().elided = Some(n);
                Some(self.draft.take(scope, at))
            }
            Some(Line::Linked(_, _)) if self.draft.frames() == 0 && self.draft.blocks.len() == 1 => Some(self.message(scope, at)),
            Some(Line::Linked(kind, header)) => Some(self.link(scope, at, kind, header)),
            Some(Line::Note) => Some(self.draft.take(scope, at)),
            Some(Line::Driver) => {
                self.draft.open(BlockKind::Context, Some(0));
                self.draft.last().title = some(body);
                Some(self.draft.take(scope, at))
            }
            None => self.odd(scope, at),
        }
    }

    /// A line that is nothing by itself: half of a wrapped frame, a gap, a foreign log line.
    fn odd(&mut self, scope: &Scope, at: usize) -> Option<usize> {
        let body = scope.body(at);
        if let Some(raw) = wrapped(scope, at).or_else(|| bare(body)) {
            return Some(self.draft.frame(scope, at, raw));
        }
        if let Some(raw) = cut_off(body).filter(|_| self.draft.frames() > 0 || self.draft.headed) {
            self.draft.frame(scope, at, raw);
            return None;
        }
        let torn = body.starts_with("at ") && body.len() < 200 && frame(scope.body(at + 1)).is_some() && self.draft.frames() > 0;
        if torn { Some(self.draft.take(scope, at)) } else { resume(scope, at, self.dump) }
    }

    /// A `Caused by:` line with the message below it.
    fn link(&mut self, scope: &Scope, at: usize, kind: BlockKind, header: Header) -> usize {
        let indent = scope.indent(at);
        while self.sides.last().is_some_and(|(side, _)| indent < *side) {
            self.sides.pop();
        }
        let side = self.sides.last().copied();
        let parent = match (kind, side) {
            (BlockKind::Suppressed, _) => self.current,
            (_, Some((_, block))) => block,
            _ => self.current,
        };
        let opened = self.draft.open(if kind == BlockKind::Thrown { BlockKind::Thrown } else { kind }, Some(parent));
        self.draft.last().exception_type = some(&header.ty);
        self.draft.last().message = some(&header.message);
        match kind {
            BlockKind::Suppressed => self.sides.push((indent, opened)),
            _ => match self.sides.last_mut() {
                Some(side) => side.1 = opened,
                None => self.current = opened,
            },
        }
        self.reversed |= kind == BlockKind::Thrown;
        self.message(scope, at)
    }

    /// Takes line `at` and the lines of its message: those up to the next line of the trace, if one comes soon.
    fn message(&mut self, scope: &Scope, at: usize) -> usize {
        let next = self.draft.take(scope, at);
        let end = (next..next + MESSAGE_LINES).find(|i| classify(scope.body(*i)).is_some() || wrapped(scope, *i).is_some());
        let Some(end) = end.filter(|end| (next..*end).all(|i| i + 1 == *end || !(scope.blank(i) && scope.blank(i + 1)))) else { return next };
        let foreign = (next..end).any(|i| scope.prefix(i) != scope.prefix(at) && !scope.prefix(i).is_empty() || title(scope.body(i)).is_some());
        let header =
            (next..end).any(|i| dotted(scope.body(i)).is_some_and(|h| h.strict) && !scope.body(i.saturating_sub(1)).ends_with("exception is:"));
        if foreign || (header && end > next) {
            return next;
        }
        (next..end).for_each(|i| self.draft.message_line(scope.body(i)));
        end
    }

    fn thread(&mut self, scope: &Scope, at: usize, name: String, state: String) -> usize {
        if self.draft.frames() > 0 || self.draft.last().title.is_some() {
            self.draft.open(BlockKind::Thread, None);
        } else {
            self.draft.thread = Some(name);
        }
        self.draft.last().title = some(&state);
        self.draft.take(scope, at)
    }

    fn finish(mut self) -> Option<Draft> {
        let frames = self.draft.frames();
        let enough = frames >= 2 || (self.draft.headed && (frames > 0 || self.draft.blocks.len() > 1));
        if self.dump {
            self.draft.family =
                if self.draft.blocks.iter().flat_map(|b| &b.frames).any(|f| f.raw.starts_with("native:")) { "android-anr" } else { "java" };
        }
        if self.reversed {
            self.reverse();
        } else {
            self.draft.root = self.current;
        }
        self.draft.language = language(&self.draft);
        enough.then_some(self.draft)
    }

    /// Root first: what was printed last is what was thrown last.
    fn reverse(&mut self) {
        let last = self.draft.blocks.len() - 1;
        for (at, block) in self.draft.blocks.iter_mut().enumerate() {
            block.kind = if at == last { BlockKind::Thrown } else { BlockKind::Cause };
            block.parent = (at < last).then_some(at + 1);
        }
        (self.draft.root, self.draft.thrown) = (0, last);
    }
}

/// A draft whose header is in `line`, with the lines between it and the first frame as its message.
fn headed(scope: &Scope, line: usize, first: usize, header: Header) -> Draft {
    let mut draft = Draft::headed("java", scope, line, header);
    (line + 1..first).filter(|i| scope.has(*i)).for_each(|i| draft.message_line(scope.body(i)));
    draft.fatal = scope.body(line).starts_with("Exception in thread");
    draft
}

/// `FATAL EXCEPTION: main` and its like above the header: not part of the trace, but they say that the program ended.
fn announce(scope: &Scope, at: usize, draft: &mut Draft) {
    let lowest = scope.floor.max(at.saturating_sub(6));
    for line in (lowest..=at).rev() {
        let body = scope.body(line);
        if let Some(rest) = body.find("FATAL EXCEPTION").map(|i| &body[i + 15..]) {
            draft.fatal = true;
            draft.thread = draft.thread.take().or_else(|| rest.strip_prefix(": ").and_then(some));
        }
        draft.fatal |= body.contains("Uncaught handler: thread") || body.contains("UNEXPECTED TOP-LEVEL EXCEPTION");
    }
}

/// `"main" #1 prio=5 os_prio=0 tid=0x.. nid=0x.. runnable`: name, whole line.
fn title(body: &str) -> Option<(String, String)> {
    let rest = body.strip_prefix('"')?;
    let end = rest.rfind('"')?;
    let tail = &rest[end + 1..];
    let thread = [" prio=", " tid=", " os_prio=", " nid=", " daemon "].iter().any(|k| tail.contains(k));
    thread.then(|| (rest[..end].to_owned(), body.to_owned()))
}

/// A frame that was wrapped into the next line.
fn wrapped(scope: &Scope, at: usize) -> Option<RawFrame> {
    let (body, below) = (scope.body(at), scope.body(at + 1));
    let open = body == "at" || (body.starts_with("at ") && !body.contains(')'));
    if !open || body.len() > MAX_NAME || below.is_empty() || below.starts_with("at ") || below.len() > 400 {
        return None;
    }
    let glue = if body == "at" { " " } else { "" };
    let mut raw = frame(&format!("{body}{glue}{below}")).or_else(|| frame(&format!("{body} {below}")))?;
    raw.more_lines = 1;
    Some(raw)
}

/// A frame without `at`, as copies of web pages have it.
fn bare(body: &str) -> Option<RawFrame> {
    let ends = body.ends_with(')') && body.starts_with(|c: char| c.is_ascii_lowercase());
    ends.then(|| call(body, body))
        .flatten()
        .filter(|raw| (raw.line.is_some() || body.ends_with("(Unknown Source)") || body.ends_with("(Native Method)")) && raw.end == body.len())
}

/// The last line of a text that was cut in the middle of a frame.
fn cut_off(body: &str) -> Option<RawFrame> {
    let rest = body.strip_prefix("at ")?.trim();
    let (name, place) = rest.split_once('(')?;
    let (module, function) = qualified(name)?;
    let open = !place.contains(')') && !place.contains(' ') && place.len() < 120;
    open.then(|| RawFrame {
        function: Some(function),
        module,
        file: some(place.split(':').next().unwrap_or("")),
        end: body.len(),
        ..RawFrame::default()
    })
}

/// Where the trace goes on after a gap: a blank line, or up to three lines of another log between two frames.
fn resume(scope: &Scope, at: usize, dump: bool) -> Option<usize> {
    let goes_on = |i: usize| {
        let body = scope.body(i);
        matches!(classify(body), Some(Line::Frame(_) | Line::Elided(_) | Line::Linked(BlockKind::Cause | BlockKind::Thrown, _)))
            || (dump && title(body).is_some())
    };
    if scope.blank(at) {
        let most = if dump { 3 } else { 1 };
        return scope.next(at, most).filter(|i| goes_on(*i) || wrapped(scope, *i).is_some());
    }
    let logged = |i: usize| !scope.prefix(i).is_empty() && scope.has(i) && above_is_no_header(scope, i);
    (at + 1..=at + 3)
        .take_while(|i| logged(i - 1))
        .find(|i| goes_on(*i) && scope.prefix(*i) == scope.prefix(at - 1) && scope.prefix(at) != scope.prefix(*i))
}

fn above_is_no_header(scope: &Scope, at: usize) -> bool {
    dotted(scope.body(at)).is_none()
}

/// Language by the extensions of the sources, the most frequent first.
fn language(draft: &Draft) -> &'static str {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for file in draft.blocks.iter().flat_map(|b| &b.frames).filter_map(|f| f.file.as_deref()) {
        let Some((_, name)) = file.rsplit_once('.').and_then(|(_, e)| EXTENSIONS.iter().find(|(x, _)| *x == e)) else { continue };
        match counts.iter_mut().find(|(n, _)| n == name) {
            Some(count) => count.1 += 1,
            None => counts.push((name, 1)),
        }
    }
    let other = counts.iter().filter(|(n, _)| matches!(*n, "kotlin" | "scala" | "groovy" | "clojure")).max_by_key(|(_, n)| *n);
    other.map_or("java", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        for (line, function, file, number) in [
            ("at a.b.C.d(C.java:12)", "a.b.C.d", Some("C.java"), Some(12)),
            ("at java.base/java.lang.Thread.run(Thread.java:840)", "java.lang.Thread.run", Some("Thread.java"), Some(840)),
            ("at app//com.x.Y.<init>(Y.kt)", "com.x.Y.<init>", Some("Y.kt"), None),
            ("at sun.reflect.X.invoke0(Native Method)", "sun.reflect.X.invoke0", None, None),
            ("at a.b(Unknown Source:7)", "a.b", None, Some(7)),
            ("at Foo.(Foo.java:3)", "Foo.<init>", Some("Foo.java"), Some(3)),
            ("at java.io.B.toByteArray(B.java:~122)", "java.io.B.toByteArray", Some("B.java"), Some(122)),
        ] {
            let raw = frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.file.as_deref(), raw.line), (Some(function), file, number), "{line}");
            assert_eq!(raw.end, line.len(), "{line}");
        }
        for line in ["at noon (local time)", "at Foo.Bar(String name)", "at next (/app/x.js:1:2)", "at /app/x.js:1:2", "at Foo.bar()"] {
            assert!(frame(line).is_none(), "{line}");
        }
    }
}
