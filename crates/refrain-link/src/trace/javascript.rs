//! JavaScript: V8 with its causes, SpiderMonkey and JavaScriptCore (`fn@url:1:2`), Opera up to 12.

use super::draft::{Draft, RawFrame, Scope, some};
use super::header::{Header, above, plain};
use super::model::BlockKind;
use super::pattern::{fill, trim_blank};

/// Reads `at fn [as m] (url:1:2)` and `at url:1:2`.
pub(super) fn v8_frame(body: &str) -> Option<RawFrame> {
    let lead = body.strip_prefix("at")?.strip_prefix(super::pattern::is_blank)?;
    let rest = trim_blank(lead);
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    let offset = body.len() - rest.len();
    let mut raw = called(rest).or_else(|| placed(rest))?;
    raw.end += offset;
    Some(raw)
}

/// Bytes of a frame that are looked at.
const WINDOW: usize = 4_000;

fn window(text: &str) -> &str {
    let mut end = text.len().min(WINDOW);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `fn (place)`; parentheses nest in `eval at` and stand in paths, so they are matched.
fn called(rest: &str) -> Option<RawFrame> {
    let text = window(rest);
    let open = opening(text)?;
    let close = closing(text, open)?;
    let function = text[..open].trim();
    let place = place(&text[open + 1..close])?;
    (!function.is_empty() && function.len() < 300).then(|| RawFrame { function: some(function), end: close + 1, ..place })
}

/// Offset of the parenthesis that opens the place: a blank stands before it, and a place follows. `get a [as b] (x:1:2)` has one.
fn opening(text: &str) -> Option<usize> {
    text.match_indices(" (").map(|(at, _)| at + 1).take(16).find(|at| closing(text, *at).is_some_and(|close| place(&text[at + 1..close]).is_some()))
}

/// Offset of the parenthesis that closes the one at `open`; where they do not match, the last of the line.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text[open..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + at);
        }
    }
    text.rfind(')').filter(|at| *at > open)
}

/// File, line and column of a place.
fn place(text: &str) -> Option<RawFrame> {
    let text = text.trim();
    if text == "native"
        || text == "unknown location"
        || text == "<anonymous>"
        || text == "native code"
        || text.starts_with("index ") && text[6..].bytes().all(|b| b.is_ascii_digit())
    {
        return Some(RawFrame::default());
    }
    let text = text.strip_prefix("address at ").unwrap_or(text);
    let (file, line, column) = numbered(text)?;
    let unclosed = file.matches('(').count() != file.matches(')').count();
    let evaluated = file.starts_with("eval at ") || file.contains(", <anonymous>");
    if file.is_empty() || (!evaluated && (unclosed || !is_file(file))) {
        return None;
    }
    let file = if evaluated { "<eval>" } else { file };
    Some(RawFrame { file: some(file), line: Some(line), column, ..RawFrame::default() })
}

/// `file:line:column` or `file:line`; the last two numbers count, as paths may hold colons.
fn numbered(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let (head, last) = number_at_end(text)?;
    Some(match number_at_end(head) {
        Some((file, line)) => (file, line, Some(last)),
        None => (head, last, None),
    })
}

fn number_at_end(text: &str) -> Option<(&str, u32)> {
    let (head, digits) = text.rsplit_once(':')?;
    let digits = digits.trim_end_matches(')');
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten().map(|n| (head, n))
}

/// A path, a URL, or a name with an extension: never a time or a sentence.
fn is_file(file: &str) -> bool {
    let letters = file.bytes().any(|b| b.is_ascii_alphabetic());
    let shaped = file.contains(['/', '\\'])
        || file.rsplit_once('.').is_some_and(|(_, e)| (1..=6).contains(&e.len()))
        || file.contains("<anonymous>")
        || file.starts_with("node:")
        || file.starts_with("evalmachine");
    letters && shaped && !file.ends_with(' ') && !file.contains(" - ")
}

/// `url:1:2` without a name. What follows the numbers is free, unless it makes the place part of a sentence.
fn placed(rest: &str) -> Option<RawFrame> {
    let text = window(rest);
    if text.starts_with('(') {
        return None;
    }
    let cut = ["  ", " {", " code:", ",", " at "].iter().filter_map(|s| text.find(s)).min().unwrap_or(text.len());
    let text = text[..cut].trim_end();
    let text = text.strip_suffix(|c: char| matches!(c, ']' | '"' | '\'')).unwrap_or(text);
    let raw = place(text).filter(|raw| raw.file.is_some())?;
    let spaced = raw.file.as_deref().is_some_and(|f| f.contains(' ') && !f.starts_with(['/', 'C', 'D', 'f', 'h']));
    (!spaced).then_some(RawFrame { end: text.len(), ..raw })
}

/// Whether a V8 trace can begin with the line.
pub(super) fn v8_anchor(body: &str) -> bool {
    v8_frame(body).is_some()
}

/// Reads the V8 trace whose first frame stands in line `at`.
pub(super) fn read_v8(scope: &Scope, at: usize) -> Option<Draft> {
    let mut draft = begin_v8(scope, at);
    let mut current = draft.blocks.len() - 1;
    let mut line = at;
    loop {
        line = run(scope, line, &mut draft);
        let Some((next, kind, header)) = nested(scope, line, draft.next) else { break };
        draft.next = next;
        (line..next).for_each(|i| {
            draft.take(scope, i);
        });
        let parent = if kind == BlockKind::Cause { current } else { 0 };
        let opened = draft.open(kind, Some(parent));
        draft.last().exception_type = some(&header.ty);
        draft.last().message = some(&header.message);
        if kind == BlockKind::Cause {
            current = opened;
        }
        line = next;
    }
    close_braces(scope, &mut draft);
    draft.root = current;
    let frames = draft.frames();
    let alone = draft.blocks[0].frames.iter().all(|f| f.line.is_none());
    let named = draft.headed && draft.blocks[0].exception_type.is_some();
    (frames >= 2 && !alone || frames >= 1 && (draft.headed && !alone || named)).then_some(draft)
}

fn begin_v8(scope: &Scope, at: usize) -> Draft {
    let Some((line, header)) = above(scope, at, header) else { return excerpted(scope, at) };
    if let Some((outer, group)) = group_above(scope, line) {
        let mut draft = Draft::headed("js-v8", scope, outer, group);
        draft.open(BlockKind::Member, Some(0));
        draft.last().exception_type = some(&header.ty);
        draft.last().message = some(&header.message);
        return draft;
    }
    let mut draft = Draft::headed("js-v8", scope, line, header);
    (line + 1..at).filter(|i| scope.has(*i)).for_each(|i| draft.message_line(scope.body(i)));
    let fatal = scope.body(line).starts_with("Uncaught")
        || (line.saturating_sub(4)..line).any(|i| scope.body(i) == "^" || scope.body(i).starts_with("Unhandled"));
    draft.fatal = fatal && line >= scope.floor;
    draft
}

/// A message without a type below the source line and caret that Node prints.
fn excerpted(scope: &Scope, at: usize) -> Draft {
    let lowest = scope.floor.max(at.saturating_sub(4));
    let Some(caret) = (lowest..at).rev().find(|i| scope.body(*i) == "^").filter(|c| c + 1 < at) else { return Draft::new("js-v8", scope, at) };
    let mut draft = Draft::headed("js-v8", scope, caret + 1, Header::new("", scope.body(caret + 1)));
    draft.fatal = true;
    draft
}

/// A header of V8, also as `[cause]: Type: message` and `[Type: message] {`.
fn header(body: &str) -> Option<Header> {
    let body = body.strip_prefix("[cause]: ").unwrap_or(body);
    let inner = body.strip_prefix('[').and_then(|b| b.strip_suffix("] {").or_else(|| b.strip_suffix(']')));
    plain(inner.unwrap_or(body))
}

/// `[AggregateError: …] {` / `[errors]: [` above the header of the first member.
fn group_above(scope: &Scope, line: usize) -> Option<(usize, Header)> {
    let above = line.checked_sub(1).filter(|i| *i >= scope.floor && scope.body(*i).starts_with("[errors]: ["))?;
    let lowest = scope.floor.max(above.saturating_sub(12));
    (lowest..above).rev().find_map(|i| header(scope.body(i)).filter(|h| h.strict).map(|h| (i, h)))
}

/// Frames from line `at` on. Gives the line after them.
fn run(scope: &Scope, at: usize, draft: &mut Draft) -> usize {
    let mut line = at;
    loop {
        let body = scope.body(line);
        if let Some(raw) = v8_frame(body).or_else(|| wrapped(scope, line)).or_else(|| bare(body, draft)).or_else(|| java_within(body, draft)) {
            line = draft.frame(scope, line, raw);
        } else if marker(body) {
            line = draft.take(scope, line);
        } else if let Some(next) = gap(scope, line) {
            line = next;
        } else {
            return line;
        }
    }
}

/// `at a_function_name` without a place, inside a run.
fn bare(body: &str, draft: &Draft) -> Option<RawFrame> {
    let name = body.strip_prefix("at ")?.trim();
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '<' | '>'));
    (plain && !name.is_empty() && draft.frames() > 0).then(|| RawFrame { function: some(name), end: body.len(), ..RawFrame::default() })
}

/// A frame of the host in the same run: Rhino and V8 under Android print both.
fn java_within(body: &str, draft: &Draft) -> Option<RawFrame> {
    (draft.frames() > 0).then(|| super::jvm::frame(body)).flatten()
}

/// Lines that belong to a trace without being frames.
const MARKERS: &[&str] = &["---------------------------------------------", "From previous event:", "... "];

fn marker(body: &str) -> bool {
    MARKERS.iter().any(|m| body.starts_with(m)) && (body.starts_with('-') || body.starts_with("From") || body.contains("matching cause"))
}

/// A blank line, or a line of another log, between two frames.
fn gap(scope: &Scope, at: usize) -> Option<usize> {
    if scope.blank(at) {
        return scope.next(at, 1).filter(|i| v8_frame(scope.body(*i)).is_some() && at > 0 && v8_frame(scope.body(at - 1)).is_some());
    }
    let foreign = scope.has(at) && !scope.prefix(at).is_empty() && scope.prefix(at) != scope.prefix(at - 1);
    (foreign && scope.prefix(at + 1) == scope.prefix(at - 1) && v8_frame(scope.body(at + 1)).is_some() && plain(scope.body(at)).is_none())
        .then_some(at + 1)
}

fn wrapped(scope: &Scope, at: usize) -> Option<RawFrame> {
    let (body, below) = (scope.body(at), scope.body(at + 1));
    let open = body == "at" || (body.starts_with("at ") && body.contains(" (") && !body.contains(')'));
    if !open || body.len() > WINDOW || below.is_empty() || below.starts_with("at ") || below.len() > 400 {
        return None;
    }
    let glue = if body == "at" { " " } else { "" };
    let mut raw = v8_frame(&format!("{body}{glue}{below}")).or_else(|| v8_frame(&format!("{body} {below}")))?;
    raw.more_lines = 1;
    Some(raw)
}

/// Properties printed after the frames, before a cause.
const PROPERTY_LINES: usize = 16;

/// `[cause]: Type: message` or a member of `[errors]`, in the braces after the frames: line of its first frame, kind, header.
fn nested(scope: &Scope, at: usize, floor: usize) -> Option<(usize, BlockKind, Header)> {
    let from = at.max(floor);
    let braced = from > 0 && (scope.body(from - 1).ends_with(['{', ',', '[']) || scope.body(from - 1).ends_with("},"));
    if !braced {
        return None;
    }
    for line in from..from + PROPERTY_LINES {
        let body = scope.body(line);
        let (kind, found) = match body.strip_prefix("[cause]: ") {
            Some(rest) => (BlockKind::Cause, plain(rest)),
            None => (BlockKind::Member, header(body).filter(|h| h.strict && scope.body(line - 1).ends_with([',', '[']))),
        };
        if let Some(header) = found {
            let first = (line + 1..line + 6).find(|i| v8_frame(scope.body(*i)).is_some())?;
            return Some((first, kind, header));
        }
        if !scope.has(line) || v8_frame(body).is_some() || (body.starts_with('}') && scope.indent(line) == 0) {
            return None;
        }
    }
    None
}

/// The braces and properties that close an error with a cause.
fn close_braces(scope: &Scope, draft: &mut Draft) {
    if draft.blocks.len() < 2 {
        return;
    }
    let mut line = draft.next;
    while matches!(scope.body(line), "}" | "]" | "}," | "]," | "[errors]: [") {
        line += 1;
    }
    draft.next = line;
}

/// Where a location of the `fn@place` form may begin.
const PLACES: &[&str] = &[
    "http://",
    "https://",
    "file://",
    "resource://",
    "chrome://",
    "moz-extension://",
    "safari-extension:",
    "safari-web-extension:",
    "app://",
    "webpack",
    "blob:",
    "data:",
    "capacitor://",
    "ionic://",
    "[native code]",
    "self-hosted",
    "Scratchpad/",
    "debugger eval code",
    "about:",
    "javascript:",
    "index.",
    "main.jsbundle",
    "<anonymous>",
    "jar:",
    "ti:/",
    "/",
    "evalmachine",
];

/// Reads `fn@url:1:2`, `@url:1`, `map@[native code]`.
pub(super) fn at_sign_frame(body: &str) -> Option<RawFrame> {
    let text = window(body).trim_end().trim_end_matches(['"', ';', ',', '\'']).trim_end_matches("\\n");
    let text = text.strip_suffix(['.']).unwrap_or(text);
    let (function, place) =
        text.match_indices('@').map(|(at, _)| text.split_at(at)).find(|(_, place)| PLACES.iter().any(|p| place[1..].starts_with(p)))?;
    let name = function.rsplit(['"', ' ']).next().filter(|n| function.contains("= \"") && !n.is_empty()).unwrap_or(function);
    let mut raw = at_place(&place[1..])?;
    let unnamed = name.chars().filter(|c| c.is_whitespace()).count() > 3 || name.len() > 200;
    if unnamed {
        return None;
    }
    raw.function = some(name);
    raw.end = text.len();
    Some(raw)
}

/// `url:1:2`, `url line 26 > eval line 2 > eval:1:30`, `[native code]`.
fn at_place(place: &str) -> Option<RawFrame> {
    if place.starts_with("[native code]") {
        return Some(RawFrame::default());
    }
    let (file, line, column) = numbered(place)?;
    let file = file.split(" line ").next().unwrap_or(file);
    let evaluated = place.contains("> eval") || place.contains("> Function");
    let file = if evaluated { "<eval>" } else { file };
    (!file.contains(' ') || evaluated).then(|| RawFrame { file: some(file), line: Some(line), column, ..RawFrame::default() })
}

/// Frames of JavaScriptCore that have no `@`.
const BARE: &[&str] = &["[native code]", "eval code", "global code", "module code", "<unknown>"];

fn bare_frame(body: &str) -> Option<RawFrame> {
    if BARE.contains(&body) {
        return Some(RawFrame { function: some(body), end: body.len(), ..RawFrame::default() });
    }
    let url = ["http://", "https://", "file://"].iter().any(|p| body.starts_with(p)) && !body.contains(' ');
    let (file, line, column) = numbered(body.trim_end_matches(['"', ';', ','])).filter(|_| url)?;
    Some(RawFrame { file: some(file), line: Some(line), column, end: body.trim_end_matches(['"', ';', ',']).len(), ..RawFrame::default() })
}

fn any_frame(body: &str) -> Option<RawFrame> {
    at_sign_frame(body).or_else(|| bare_frame(body))
}

/// Whether a trace of this form can begin with the line.
pub(super) fn at_sign_anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    at_sign_frame(body).is_some()
        || (bare_frame(body).is_some()
            && (any_frame(scope.body(at + 1)).is_some() || plain(scope.body(at.wrapping_sub(1))).is_some_and(|h| h.strict)))
}

/// Reads the trace whose first frame stands in line `at`.
pub(super) fn read_at_sign(scope: &Scope, at: usize) -> Option<Draft> {
    let first = first_bare(scope, at);
    let header = above(scope, first, plain).filter(|(line, h)| h.strict && line + 1 == first || is_error(&h.ty));
    let mut draft = match header {
        Some((line, header)) => Draft::headed("js-firefox", scope, line, header),
        None => Draft::new("js-firefox", scope, first),
    };
    let mut line = first;
    while let Some(raw) = any_frame(scope.body(line)).or_else(|| named(scope.body(line), line < at)) {
        line = draft.frame(scope, line, raw);
    }
    let safari = draft.blocks[0].frames.iter().any(|f| f.raw.ends_with("[native code]") || f.raw.starts_with("global code@") || f.raw == "eval code");
    draft.family = if safari { "js-safari" } else { "js-firefox" };
    draft.language = "js-firefox";
    let placed = draft.blocks[0].frames.iter().filter(|f| f.file.is_some()).count();
    (placed >= 2 || (placed >= 1 && draft.headed)).then_some(draft)
}

fn is_error(ty: &str) -> bool {
    ty.ends_with("Error") || ty.ends_with("Exception")
}

/// JavaScriptCore prints evaluated code as bare names: the lines between the header and the first frame with a place.
fn first_bare(scope: &Scope, at: usize) -> usize {
    let lowest = scope.floor.max(at.saturating_sub(6));
    let mut first = at;
    while first > lowest && first > 0 && (named(scope.body(first - 1), true).is_some() || bare_frame(scope.body(first - 1)).is_some()) {
        first -= 1;
    }
    let headed = first.checked_sub(1).is_some_and(|i| i >= scope.floor && plain(scope.body(i)).is_some_and(|h| h.strict));
    if headed || (first..at).all(|i| bare_frame(scope.body(i)).is_some()) { first } else { at }
}

fn named(body: &str, allowed: bool) -> Option<RawFrame> {
    let name = !body.is_empty() && body.len() < 80 && body.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) && !is_error(body);
    (allowed && name).then(|| RawFrame { function: some(body), end: body.len(), ..RawFrame::default() })
}

const OPERA: &[&str] = &[
    "Line {line:d} of linked script {file}: In function {function}",
    "Line {line:d} of inline#{:d} script in {file}: In function {function}",
    "Line {line:d} of function script {file}: In function {function}",
    "Line {line:d} of linked script {file}",
    "Line {line:d} of inline#{:d} script in {file}",
    "Line {line:d} of {:w} script {file}",
];

/// Reads `Line 44 of linked script http://x/y.js: In function f`.
pub(super) fn opera_frame(body: &str) -> Option<RawFrame> {
    let lead = body.strip_prefix("...  ").unwrap_or(body);
    let holes = OPERA.iter().find_map(|p| fill(p, lead))?;
    let file = holes.get("file")?.split(": In function").next()?;
    Some(RawFrame {
        function: holes.get("function").and_then(some),
        file: some(file),
        line: holes.number("line"),
        end: body.len(),
        ..RawFrame::default()
    })
}

/// Whether a trace of Opera can begin with the line.
pub(super) fn opera_anchor(body: &str) -> bool {
    opera_frame(body).is_some()
}

/// Reads Opera's trace: every frame has its source line below it.
pub(super) fn read_opera(scope: &Scope, at: usize) -> Option<Draft> {
    let header = above(scope, at, plain).filter(|(_, h)| h.strict);
    let mut draft = match header {
        Some((line, header)) => Draft::headed("js-opera", scope, line, header),
        None => Draft::new("js-opera", scope, at),
    };
    let mut line = at;
    while let Some(raw) = opera_frame(scope.body(line)) {
        line = draft.frame(scope, line, raw);
        if scope.has(line) && opera_frame(scope.body(line)).is_none() && (opera_frame(scope.body(line + 1)).is_some() || scope.indent(line) > 0) {
            line = draft.take(scope, line);
        }
    }
    (draft.frames() >= 2 || draft.headed).then_some(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v8_frames() {
        for (line, function, file, number, column) in [
            ("at next (/app/x/index.js:256:14)", Some("next"), Some("/app/x/index.js"), Some(256), Some(14)),
            ("at /app/app.js:52:3", None, Some("/app/app.js"), Some(52), Some(3)),
            ("at async C:\\x\\y.js:4:35 {", None, Some("C:\\x\\y.js"), Some(4), Some(35)),
            (
                "at get total [as total] (/home/dev/(group)/[r]/app.js:2:170)",
                Some("get total [as total]"),
                Some("/home/dev/(group)/[r]/app.js"),
                Some(2),
                Some(170),
            ),
            ("at eval (eval at <anonymous> (/home/app.js:2:232), <anonymous>:1:1)", Some("eval"), Some("<eval>"), Some(1), Some(1)),
            ("at Array.forEach (<anonymous>)", Some("Array.forEach"), None, None, None),
            ("at async Promise.all (index 0)", Some("Promise.all"), None, None, None),
            (
                "at process.processTimers (node:internal/timers:519:7)",
                Some("process.processTimers"),
                Some("node:internal/timers"),
                Some(519),
                Some(7),
            ),
            ("at new Foo (http://x/<y>/f.js?foo=bar:875:140)", Some("new Foo"), Some("http://x/<y>/f.js?foo=bar"), Some(875), Some(140)),
        ] {
            let raw = v8_frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.file.as_deref(), raw.line, raw.column), (function, file, number, column), "{line}");
        }
        for line in ["at 10:30:15", "at com.x.Foo.bar(Foo.java:3)", "at noon (see 12:30)", "at Foo.Bar(String s)", "at the end of x.js we stop"] {
            assert!(v8_frame(line).is_none(), "{line}");
        }
    }

    #[test]
    fn at_sign_frames() {
        for (line, function, file) in [
            ("obj[\"@who\"]@http://localhost:5000/misc/@stuff/foo.js:4:9", Some("obj[\"@who\"]"), Some("http://localhost:5000/misc/@stuff/foo.js")),
            ("@file:///G:/js/file.js:24", None, Some("file:///G:/js/file.js")),
            ("eval@[native code]", Some("eval"), None),
            ("@http://localhost:8080/file.js line 26 > eval:4:18", None, Some("<eval>")),
            ("()@http://127.0.0.1:8000/js/stacktrace.js:44", Some("()"), Some("http://127.0.0.1:8000/js/stacktrace.js")),
        ] {
            let raw = at_sign_frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.file.as_deref()), (function, file), "{line}");
        }
        assert!(at_sign_frame("mail me @home or dev@example.org:22").is_none());
    }
}
