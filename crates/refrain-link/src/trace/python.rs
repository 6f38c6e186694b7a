//! Python: chains, exception groups, IPython, pytest-like sources, faulthandler.

use super::draft::{Draft, MESSAGE_LINES, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::{fill, fill_all, trim_blank};

const HEAD: &str = "Traceback (most recent call last)";

/// Connectives between two blocks of a chain; the cause stands first.
const LINKS: &[&str] =
    &["The above exception was the direct cause of the following exception:", "During handling of the above exception, another exception occurred:"];

/// Reads `File "path", line 12, in f`, and `File path:12, in f(a)` of IPython.
pub(super) fn frame(body: &str) -> Option<RawFrame> {
    let rest = body.strip_prefix("File ")?;
    let holes = fill("\"{file}\", line {line:d}", rest)?;
    let file = holes.get("file")?;
    let tail = &rest[holes.end..];
    let named = ["in ", "in: "].iter().find_map(|_| fill(", in {function}", tail).or_else(|| fill(" in {function}", tail)));
    let mut raw = RawFrame::new(body.len() - tail.len());
    if let Some(named) = named {
        let name = named.get("function").unwrap_or("");
        let end = name_end(name);
        raw.function = some(&name[..end]);
        raw.end = body.len() - tail.len() + tail.find(name).unwrap_or(0) + end;
    }
    raw.file = some(file);
    raw.line = holes.number("line");
    Some(raw)
}

/// A name ends at a blank, unless it is in angle brackets or a qualified name with `<locals>`.
fn name_end(name: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in name.char_indices() {
        match c {
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            ' ' | '\t' | '|' if depth == 0 => return at,
            _ => {}
        }
    }
    name.len()
}

/// Whether a trace can begin with the line.
pub(super) fn anchor(body: &str) -> bool {
    head(body).is_some() || frame(body).is_some()
}

/// Offset of the head in a line, when nothing but a frame follows it there.
fn head(body: &str) -> Option<usize> {
    let at = body.find(HEAD)?;
    let tail = body[at + HEAD.len()..].trim_start_matches(':').trim();
    (tail.is_empty() || tail.starts_with("File ")).then_some(at)
}

/// Reads the trace that begins in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    if ruby_follows(scope, at) {
        return None;
    }
    let mut draft = Draft::new("python", scope, at);
    let fatal = at.checked_sub(1).map(|i| scope.body(i)).filter(|b| b.starts_with("Fatal Python error") || b.starts_with("Exception in thread"));
    if let Some(lead) = fatal.filter(|_| at > scope.floor) {
        draft.fatal = true;
        draft.thread = fill_all("Exception in thread {thread:*}:", lead).and_then(|h| h.get("thread").map(str::to_owned));
    }
    let mut reader = Reader { draft, groups: Vec::new(), open: Vec::new() };
    let mut line = at;
    while let Some(next) = reader.block(scope, line) {
        line = next;
    }
    reader.finish()
}

/// Ruby heads its traces with the same words.
fn ruby_follows(scope: &Scope, at: usize) -> bool {
    (at + 1..at + 4).any(|i| scope.body(i).contains(":in `") || scope.body(i).contains(":in '"))
}

struct Reader {
    draft: Draft,
    /// Exception groups whose members are being read: (indent, block).
    groups: Vec<(usize, usize)>,
    /// Causes that wait for the block that follows them.
    open: Vec<usize>,
}

impl Reader {
    /// Reads one block: head, frames, type. Gives the line where the next one begins.
    fn block(&mut self, scope: &Scope, at: usize) -> Option<usize> {
        let mut line = if head(scope.body(at)).is_some() { self.draft.take(scope, at) } else { at };
        self.draft.headed |= line > at;
        let mut frames = 0;
        while let Some(next) = self.frame(scope, line) {
            line = next;
            frames += 1;
        }
        if frames == 0 {
            return None;
        }
        let close = self.last_line(scope, line);
        line = close.unwrap_or(line);
        self.follow(scope, line)
    }

    /// A frame with the source lines below it.
    fn frame(&mut self, scope: &Scope, at: usize) -> Option<usize> {
        let at = if scope.blank(at) { scope.next(at, 1)? } else { at };
        let raw = frame(scope.body(at)).or_else(|| wrapped(scope, at))?;
        let indent = scope.indent(at);
        let rest = scope.body(at).get(raw.end..).map(str::to_owned).unwrap_or_default();
        let mut next = self.draft.frame(scope, at, raw);
        if scope.lines[at].piece && self.flat_end(scope, at, &rest) {
            return Some(next);
        }
        for _ in 0..SOURCE_LINES {
            if !self.is_source(scope, next, indent) {
                break;
            }
            if let Some(n) = fill("[Previous line repeated {n:d} more times]", scope.body(next)).and_then(|h| h.number("n")) {
                self.draft.last().elided = Some(n);
            }
            next = self.draft.take(scope, next);
        }
        Some(next)
    }

    /// Whether the line is a source line, a marker or a note on repetition that belongs to the frame above it.
    fn is_source(&self, scope: &Scope, at: usize, indent: usize) -> bool {
        let body = scope.body(at);
        if !scope.has(at) || frame(body).is_some() || head(body).is_some() || separator(body).is_some() {
            return false;
        }
        let deeper = scope.indent(at) > indent;
        let again = body.starts_with("[Previous line repeated");
        // Where a tracker has lost the blanks, only what follows can tell the source from the type.
        let flat = indent == 0
            && type_line(body).is_none()
            && (at + 1..at + 4).any(|i| frame(scope.body(i)).is_some() || type_line(scope.body(i)).is_some());
        deeper || again || marker(body) || flat
    }

    /// The type that follows in the same line of a flattened trace: `… in call raise SystemExit(code) SystemExit: 1`.
    fn flat_end(&mut self, scope: &Scope, at: usize, rest: &str) -> bool {
        let words = rest.split(' ');
        let mut offset = 0;
        for word in words {
            if let Some(header) = type_line(&rest[offset..])
                .filter(|h| h.ty.ends_with("Error") || h.ty.ends_with("Exception") || h.ty == "SystemExit" || h.ty == "KeyboardInterrupt")
            {
                self.draft.head(header);
                self.draft.take(scope, at);
                return true;
            }
            offset = (offset + word.len() + 1).min(rest.len());
        }
        false
    }

    /// The type with its message. Gives the line after it.
    fn last_line(&mut self, scope: &Scope, at: usize) -> Option<usize> {
        let header = type_line(scope.body(at)).filter(|_| scope.has(at))?;
        let prefix = scope.prefix(at);
        self.draft.head(header);
        let mut next = self.draft.take(scope, at);
        let end = (next..next + MESSAGE_LINES).find(|i| !continues(scope, *i, prefix)).unwrap_or(next);
        // Notes and further lines of the message are kept only where the trace stands alone: elsewhere prose follows.
        if at_end(scope, end) && end - next <= 8 {
            (next..end).for_each(|i| self.draft.message_line(scope.body(i)));
            next = end;
        }
        Some(next)
    }

    /// What connects this block with the next. Gives the line where that begins.
    fn follow(&mut self, scope: &Scope, at: usize) -> Option<usize> {
        let this = self.draft.blocks.len() - 1;
        let line = (at..at + 4).find(|i| scope.has(*i))?;
        if let Some(next) = link(scope, line) {
            self.draft.take(scope, line);
            self.open.push(this);
            let opened = self.draft.open(BlockKind::Thrown, None);
            for cause in self.open.drain(..) {
                self.draft.blocks[cause].kind = BlockKind::Cause;
                self.draft.blocks[cause].parent = Some(opened);
            }
            self.draft.thrown = opened;
            return Some(next);
        }
        self.member(scope, line, this)
    }

    /// `+-+---------------- 1 ----------------` before a member of a group, `+----` after the last.
    fn member(&mut self, scope: &Scope, at: usize, this: usize) -> Option<usize> {
        let mut line = at;
        while let Some(indent) = separator(scope.body(line)).map(|_| scope.indent(line)) {
            self.draft.take(scope, line);
            self.groups.retain(|(side, _)| *side < indent || !scope.body(line).starts_with("+-+"));
            if scope.body(line).starts_with("+-+") {
                self.groups.push((indent, this));
            }
            line += 1;
        }
        let group = self.groups.last().map(|(_, block)| *block)?;
        let next = scope.next(line, 1).filter(|_| line > at)?;
        head(scope.body(next))?;
        self.draft.open(BlockKind::Member, Some(group));
        Some(next)
    }

    fn finish(mut self) -> Option<Draft> {
        let typed = self.draft.blocks.iter().any(|b| b.exception_type.is_some());
        self.draft.root = self.draft.blocks.iter().position(|b| b.kind == BlockKind::Cause).unwrap_or(self.draft.thrown);
        if self.draft.blocks[self.draft.thrown].kind == BlockKind::Cause {
            self.draft.thrown = self.draft.blocks.iter().rposition(|b| b.kind == BlockKind::Thrown).unwrap_or(0);
        }
        self.draft.fatal |= self.draft.thread.is_some();
        let frames = self.draft.frames();
        (frames >= 2 || (frames >= 1 && (self.draft.headed || typed))).then_some(self.draft)
    }
}

/// Source lines below one frame; markers of 3.13 may cover several.
const SOURCE_LINES: usize = 12;

fn link(scope: &Scope, at: usize) -> Option<usize> {
    let body = scope.body(at);
    LINKS.iter().any(|l| body.starts_with(l)).then(|| (at + 1..at + 4).find(|i| head(scope.body(*i)).is_some()))?
}

/// `^^^^^` and `~~~^~~`.
fn marker(body: &str) -> bool {
    body.bytes().all(|b| matches!(b, b'^' | b'~' | b' ')) && !body.is_empty()
}

fn separator(body: &str) -> Option<()> {
    let group = body.starts_with("+-") || body.starts_with("+---");
    (group && body.contains("----")).then_some(())
}

/// `Type: message`, `pkg.Type`.
fn type_line(body: &str) -> Option<Header> {
    let body = trim_blank(body);
    let len = body.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(body.len());
    let (ty, rest) = body.split_at(len);
    let named = !ty.is_empty() && !ty.starts_with(|c: char| c.is_ascii_digit()) && !ty.ends_with('.');
    let ends = rest.is_empty() || rest.starts_with(": ") || rest == ":";
    let keyword = matches!(ty, "else" | "try" | "finally" | "return" | "pass" | "break" | "continue" | "lambda" | "except" | "raise");
    (named && ends && !keyword).then(|| Header::new(ty, rest.strip_prefix(':').unwrap_or("")))
}

fn continues(scope: &Scope, at: usize, prefix: &str) -> bool {
    let body = scope.body(at);
    scope.has(at) && scope.prefix(at) == prefix && separator(body).is_none() && head(body).is_none() && !LINKS.iter().any(|l| body.starts_with(l))
}

/// Whether nothing, or only what belongs to the trace, follows.
fn at_end(scope: &Scope, at: usize) -> bool {
    at >= scope.lines.len()
        || scope.next(at, 3).is_none_or(|i| link(scope, i).is_some()) && (at..at + 2).all(|i| !scope.has(i) || link(scope, i).is_some())
        || separator(scope.body(at)).is_some()
}

/// `File "a path that was` / `wrapped.py", line 3, in f`.
fn wrapped(scope: &Scope, at: usize) -> Option<RawFrame> {
    let (body, below) = (scope.body(at), scope.body(at + 1));
    if !body.starts_with("File \"") || body.len() + below.len() > 1_000 || below.starts_with("File ") {
        return None;
    }
    let mut raw = frame(&format!("{body}{below}")).or_else(|| frame(&format!("{body} {below}")))?;
    raw.more_lines = 1;
    Some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        for (line, function, file) in [
            ("File \"/x/a.py\", line 7, in settle", Some("settle"), "/x/a.py"),
            ("File \"/x/a b.py\", line 7, in <listcomp>", Some("<listcomp>"), "/x/a b.py"),
            ("File \"/x/a.py\", line 7, in Foo.bar.<locals>.baz", Some("Foo.bar.<locals>.baz"), "/x/a.py"),
            ("File \"<string>\", line 1", None, "<string>"),
        ] {
            let raw = frame(line).unwrap();
            assert_eq!((raw.function.as_deref(), raw.file.as_deref(), raw.end), (function, Some(file), line.len()), "{line}");
        }
        assert!(frame("File \"report.doc\" is missing").is_none());
        assert_eq!(type_line("json.decoder.JSONDecodeError: Expecting value").map(|h| h.ty), Some("json.decoder.JSONDecodeError".into()));
        assert!(type_line("return x: y").is_none());
    }
}
