//! Apple: crash reports, NSException on the console, Swift.

use super::draft::{Draft, LOOK_BACK, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::{fill, is_blank, trim_blank};

/// Reads `3   Binary name   0x0000000104e70664 -[Class sel:] + 12 (file.m:69)`.
pub(super) fn frame(body: &str) -> Option<(u32, RawFrame)> {
    let marked = body.strip_prefix('#').unwrap_or(body);
    let digits = marked.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = marked.get(..digits)?.parse().ok()?;
    let rest = marked[digits..].strip_prefix(is_blank)?;
    let at = if marked.len() < body.len() { bare_address_at(rest)? } else { address_at(rest)? };
    let module = rest[..at].trim();
    let tail = &rest[at..];
    let end = tail.find(is_blank).unwrap_or(tail.len());
    let (function, file, line, used) = symbol(trim_blank(&tail[end..]));
    let lead = body.len() - trim_blank(&tail[end..]).len();
    let fits = !module.is_empty()
        && module.len() < 80
        && number < 1_000
        && !module.contains(": ")
        && !module.contains(',')
        && !module.ends_with(" at")
        && !module.ends_with('=');
    fits.then(|| {
        (number, RawFrame { function, module: some(module), file, line, address: some(&tail[..end]), end: lead + used, ..RawFrame::default() })
    })
}

/// Offset of an address without `0x`, as some sites print it: ten and more digits in capitals between two columns.
fn bare_address_at(rest: &str) -> Option<usize> {
    let mut at = 0;
    for word in rest.split(' ') {
        let hex = word.len() >= 10 && word.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
        if hex && at > 0 && at + word.len() < rest.len() {
            return Some(at);
        }
        at += word.len() + 1;
    }
    None
}

/// Offset of the address column.
fn address_at(rest: &str) -> Option<usize> {
    let at = rest.match_indices("0x").map(|(at, _)| at).find(|at| *at > 0 && rest[..*at].ends_with(is_blank))?;
    let digits = rest[at + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
    let closed = rest[at + 2 + digits..].chars().next().is_none_or(is_blank);
    let placed = digits >= 6 || rest[at..].contains(" + ");
    (placed && digits <= 16 && closed).then_some(at)
}

/// Symbol, file, line of what follows the address, and the bytes that they take.
fn symbol(text: &str) -> (Option<String>, Option<String>, Option<u32>, usize) {
    let (file, line, head) = source(text);
    let plus = head.match_indices(" + ").find_map(|(at, _)| {
        let digits = head[at + 3..].bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0 && head[at + 3 + digits..].chars().next().is_none_or(|c| is_blank(c) || c == ')' || c == '\\' || c == '"' || c == '<'))
            .then_some((at, at + 3 + digits))
    });
    let (name, used) = plus.map_or((head, head.len()), |(at, end)| (&head[..at], end));
    let used = if file.is_some() { text.trim_end().len() } else { used };
    (some(name).filter(|n| !n.starts_with("0x")), file, line, used)
}

/// `(main.m:69)` at the end, or ` in module at /x.swift:1:2` of Swift on Linux.
fn source(text: &str) -> (Option<String>, Option<u32>, &str) {
    if let Some((head, place)) = text.rsplit_once(" in ").filter(|(_, p)| p.contains(" on Line ")) {
        let (file, line) = place.split_once(" on Line ").unwrap_or((place, ""));
        return (some(file), line.trim().parse().ok(), head);
    }
    if let Some((head, place)) = text.rsplit_once(" at /") {
        let mut parts = place.split(':');
        let file = parts.next().map(|f| format!("/{f}"));
        let line = parts.next().and_then(|l| l.trim().parse().ok());
        return (file, line, head);
    }
    let trimmed = text.trim_end();
    let inner = trimmed.strip_suffix(')').and_then(|t| t.rfind(" (").map(|at| (at, &t[at + 2..])));
    match inner.and_then(|(at, i)| i.rsplit_once(':').and_then(|(f, l)| l.parse().ok().map(|l| (at, f, l)))) {
        Some((at, file, line)) if file.contains('.') => (some(file), Some(line), &text[..at]),
        _ => (None, None, trimmed),
    }
}

/// Whether a report can begin with the line.
pub(super) fn anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    frame_at(scope, at).is_some()
        || exception(body).is_some()
        || body.starts_with("Exception Type:")
        || body.starts_with("Fatal error: ") && body.contains(".swift")
}

/// Lines over which one frame may be wrapped.
const WRAPPED_LINES: usize = 4;

/// The frame of line `at`; a symbol or an offset wrapped into the next lines is joined.
fn frame_at(scope: &Scope, at: usize) -> Option<(u32, RawFrame)> {
    let (number, raw) = frame(scope.body(at))?;
    if raw.end < scope.body(at).len() || scope.body(at).contains(" + ") || raw.file.is_some() {
        return Some((number, raw));
    }
    let mut joined = scope.body(at).to_owned();
    for more in 1..=WRAPPED_LINES {
        let below = scope.body(at + more);
        if below.is_empty() || frame(below).is_some() || joined.len() + below.len() > 2_000 {
            break;
        }
        joined = format!("{joined} {below}");
        let closed = below.contains("+ ") && below.ends_with(|c: char| c.is_ascii_digit());
        if closed {
            return frame(&joined).map(|(n, longer)| (n, RawFrame { more_lines: more, ..longer }));
        }
    }
    Some((number, raw))
}

/// `*** Terminating app due to uncaught exception 'X', reason: 'y'`.
fn exception(body: &str) -> Option<Header> {
    let start = body.find("*** Terminating app due to")?;
    let text = &body[start..];
    let rest = text.split_once("exception '").or_else(|| text.split_once("exception ‘"))?.1;
    let (ty, tail) = rest.split_once(['\'', '’'])?;
    let reason = tail.split_once("reason: ").map_or("", |(_, r)| r.trim_start_matches(['\'', '‘']));
    Some(Header::new(ty, reason.trim_end().strip_suffix(['\'', '’']).unwrap_or(reason)))
}

/// Header fields of a crash report.
#[derive(Default)]
struct Facts {
    start: Option<usize>,
    header: Option<Header>,
    crashed: Option<u32>,
}

/// Lines of header fields that are read.
const FIELD_LINES: usize = 60;

fn facts(scope: &Scope, at: usize, first: usize) -> Facts {
    let mut facts = Facts::default();
    let from = scope.floor.max(at.saturating_sub(LOOK_BACK));
    for line in from..first.min(from + LOOK_BACK + FIELD_LINES) {
        let body = scope.body(line);
        if let Some(header) = exception(&joined(scope, line)) {
            (facts.start, facts.header) = (Some(line), Some(header));
        } else if let Some(holes) = fill("Exception Type: {type}", body).filter(|_| facts.header.is_none()) {
            facts.start = Some(line);
            facts.header = holes.get("type").map(|t| Header::new(t, ""));
        } else if let Some(holes) = fill("Exception Codes: {codes}", body).or_else(|| fill("Exception Subtype: {codes}", body)) {
            codes(&mut facts, holes.get("codes"));
        } else if let Some(holes) = fill("Triggered by Thread: {n:d}", body).or_else(|| fill("Crashed Thread: {n:d}", body)) {
            facts.crashed = holes.number("n");
        } else if let Some(reason) = fill("reason: '{reason:*}'", body) {
            codes(&mut facts, reason.get("reason"));
        }
    }
    facts
}

fn codes(facts: &mut Facts, text: Option<&str>) {
    if let (Some(header), Some(text)) = (facts.header.as_mut(), text)
        && header.message.is_empty()
    {
        header.message = text.to_owned();
    }
}

/// A line with the next one where the exception's sentence is wrapped.
fn joined(scope: &Scope, at: usize) -> String {
    let body = scope.body(at);
    let open = body.contains("*** Terminating app due to") && !body.contains("reason: ") && body.len() < 2_000;
    if open { format!("{body} {}", scope.body(at + 1)) } else { body.chars().take(4_000).collect() }
}

/// Reads the report with its header or its first frame in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    if scope.body(at).starts_with("Fatal error: ") {
        return swift(scope, at);
    }
    let first = (at..at + FIELD_LINES + LOOK_BACK).take_while(|i| *i < scope.lines.len()).find(|i| frame_at(scope, *i).is_some());
    let Some(first) = first.filter(|f| *f == at || close(scope, at, *f)) else { return addresses(scope, at) };
    let facts = facts(scope, at, first);
    let start = facts.start.filter(|_| facts.header.is_some());
    let mut draft = Draft::new("ios", scope, start.unwrap_or(at).min(first));
    draft.language = "objective-c";
    if let Some(header) = facts.header {
        draft.head(header);
        draft.fatal = true;
    }
    stacks(scope, first, &mut draft);
    choose(&mut draft, facts.crashed);
    named_after(scope, &mut draft);
    (draft.frames() >= 2 || (draft.frames() == 1 && draft.headed)).then_some(draft)
}

/// Whether only header fields stand between the two lines.
fn close(scope: &Scope, at: usize, first: usize) -> bool {
    scope.body(at).starts_with("Exception Type:") || first - at <= 14 && (at + 1..first).all(|i| exception(scope.body(i)).is_none())
}

/// Frames with their titles, from line `at` on.
fn stacks(scope: &Scope, at: usize, draft: &mut Draft) {
    let mut line = at;
    let mut last: Option<u32> = None;
    draft.last().title = title(scope, at);
    loop {
        if let Some((number, raw)) = frame_at(scope, line) {
            if last.is_some_and(|l| number == 0 && l > 0 || number < l) {
                draft.open(BlockKind::Thread, None);
                draft.last().title = title(scope, line);
            }
            last = Some(number);
            line = draft.frame(scope, line, raw);
            continue;
        }
        let Some(next) = gap(scope, line, last) else { return };
        line = next;
    }
}

/// The next frame after a gap: the next number after a foreign or blank line, or the next thread after its title.
fn gap(scope: &Scope, at: usize, last: Option<u32>) -> Option<usize> {
    for line in at..at + 6 {
        if let Some((number, _)) = frame(scope.body(line)) {
            let next = last.is_some_and(|l| number == l + 1 && line <= at + 2);
            let titled = number == 0 && title(scope, line).is_some();
            return (next || titled).then_some(line);
        }
        if line >= scope.lines.len() || exception(scope.body(line)).is_some() {
            return None;
        }
    }
    None
}

/// `Thread 3 Crashed:`, `Last Exception Backtrace:` above a stack.
fn title(scope: &Scope, at: usize) -> Option<String> {
    let lowest = at.saturating_sub(2).max(scope.floor.min(at));
    (lowest..at)
        .rev()
        .map(|i| scope.body(i))
        .find(|b| (b.starts_with("Thread ") || b.starts_with("Last Exception Backtrace") || b.contains("first throw")) && b.len() < 120)
        .and_then(|b| some(b.trim_end_matches(':')))
}

/// The throw site where the report has it, else the crashed thread, is what failed.
fn choose(draft: &mut Draft, crashed: Option<u32>) {
    let titled = |want: &dyn Fn(&str) -> bool| draft.blocks.iter().position(|b| b.title.as_deref().is_some_and(want));
    let by_number = crashed.map(|n| format!("Thread {n}"));
    let chosen = titled(&|t| t.starts_with("Last Exception Backtrace"))
        .or_else(|| titled(&|t| t.contains("Crashed")))
        .or_else(|| by_number.and_then(|n| titled(&|t| t == n || t.starts_with(&format!("{n} ")) || t.starts_with(&format!("{n}:")))));
    let at = chosen.unwrap_or(0);
    for (i, block) in draft.blocks.iter_mut().enumerate() {
        block.kind = if i == at { BlockKind::Thrown } else { BlockKind::Thread };
    }
    draft.thread = draft.blocks[at].title.clone().filter(|t| t.starts_with("Thread"));
    if at > 0 {
        let (ty, message) = (draft.blocks[0].exception_type.take(), draft.blocks[0].message.take());
        (draft.blocks[at].exception_type, draft.blocks[at].message) = (ty, message);
    }
    (draft.thrown, draft.root) = (at, at);
}

/// The exception's sentence with bare addresses right after a stack without a header: the same throw, named.
fn named_after(scope: &Scope, draft: &mut Draft) {
    let from = draft.next;
    let Some(line) = (from..from + 4).find(|i| exception(&joined(scope, *i)).is_some()).filter(|_| !draft.headed) else { return };
    let Some(list) = (line + 1..line + 6).find(|i| scope.body(*i).starts_with("(0x")) else { return };
    if let Some(header) = exception(&joined(scope, line)) {
        let block = &mut draft.blocks[draft.thrown];
        block.exception_type = some(&header.ty);
        block.message = some(&header.message);
        draft.fatal = true;
        draft.next = list + 1;
    }
}

/// `*** First throw call stack:` with bare addresses: a trace without symbols.
fn addresses(scope: &Scope, at: usize) -> Option<Draft> {
    let header = exception(&joined(scope, at))?;
    let list = (at + 1..at + 6).find(|i| scope.body(*i).starts_with("(0x"))?;
    let mut draft = Draft::headed("ios", scope, at, header);
    draft.fatal = true;
    draft.language = "objective-c";
    for word in scope.body(list).trim_matches(['(', ')']).split_whitespace().take(super::model::FRAMES_KEPT_INNER) {
        let raw = RawFrame { address: some(word), end: scope.body(list).len(), ..RawFrame::default() };
        draft.frame(scope, list, raw);
        if let Some(frame) = draft.last().frames.last_mut() {
            word.clone_into(&mut frame.raw);
        }
    }
    Some(draft)
}

/// `Fatal error: … : file X/Y.swift, line 12`.
fn swift(scope: &Scope, at: usize) -> Option<Draft> {
    let holes = fill("Fatal error: {message:*}: file {file}, line {line:d}", scope.body(at))?;
    let mut draft = Draft::headed("ios", scope, at, Header::new("Fatal error", holes.get("message").unwrap_or("")));
    draft.language = "swift";
    draft.fatal = true;
    let raw = RawFrame { file: holes.get("file").and_then(some), line: holes.number("line"), end: scope.body(at).len(), ..RawFrame::default() };
    draft.frame(scope, at, raw);
    Some(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        for (line, function, module, file) in [
            ("0   CoreFoundation                      0x2418a49f <redacted> + 126", Some("<redacted>"), "CoreFoundation", None),
            ("58 Reshopper                      0x1045c2fcc main + 69 (main.m:69)", Some("main"), "Reshopper", Some("main.m")),
            ("12  babyfaces tests                     0x0000453b babyfaces tests + 13627", Some("babyfaces tests"), "babyfaces tests", None),
            ("0   App Namespace   0x0000000102268e70 0x10211c000 + 1363568", None, "App Namespace", None),
            (
                "3 appName 0x0008371c -[TiUIView propertyChanged:oldValue:] (TiUIView.m:591)",
                Some("-[TiUIView propertyChanged:oldValue:]"),
                "appName",
                Some("TiUIView.m"),
            ),
        ] {
            let (_, raw) = frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.module.as_deref(), raw.file.as_deref()), (function, Some(module), file), "{line}");
        }
        assert!(frame("0x104e70664 - 0x1a25be304 libx.dylib").is_none());
        assert!(frame("12 of them at 0x10 stopped").is_none());
    }
}
