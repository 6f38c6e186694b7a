//! Dart and Flutter.

use super::draft::{Draft, LOOK_BACK, RawFrame, Scope, some};
use super::header::{Header, is_suffixed};
use super::pattern::{fill, fill_all};

/// Reads `#0      fn (package:x/y.dart:12:3)` and `#00 abs 0000.. virt 0000.. _kDart..+0x..`.
fn frame(body: &str) -> Option<RawFrame> {
    if let Some(native) = fill("#{n:d} abs {abs:x}", body) {
        let rest = &body[native.end..];
        let virt = fill(" virt {virt:x}", rest).and_then(|h| h.get("virt").and_then(some));
        let symbol = body.rsplit(' ').next().filter(|s| s.contains("+0x")).and_then(|s| s.split("+0x").next()).and_then(some);
        return Some(RawFrame { function: symbol.filter(|s| !s.starts_with("_kDart")), address: virt, end: body.len(), ..RawFrame::default() });
    }
    let holes = fill("#{n:d} {function} (", body)?;
    let place = body[holes.end..].strip_suffix(')')?;
    let known = ["package:", "dart:", "file:", "org-dartlang", "http"].iter().any(|p| place.starts_with(p)) || place.contains(".dart");
    let mut parts = place.rsplitn(3, ':');
    let (last, middle, rest) = (parts.next()?, parts.next(), parts.next());
    let (file, line, column) = match (rest, middle.and_then(|m| m.parse::<u32>().ok())) {
        (Some(rest), Some(line)) => (rest, Some(line), last.parse().ok()),
        _ => match last.parse::<u32>() {
            Ok(line) => (&place[..place.len() - last.len() - 1], Some(line), None),
            Err(_) => (place, None, None),
        },
    };
    known.then(|| RawFrame { function: holes.get("function").and_then(some), file: some(file), line, column, end: body.len(), ..RawFrame::default() })
}

/// Whether a trace can begin with the line.
pub(super) fn anchor(body: &str) -> bool {
    frame(body).is_some()
}

/// Reads the trace whose first frame stands in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let (start, header, fatal) = header(scope, at);
    let mut draft = Draft::new("dart", scope, start);
    if let Some(header) = header {
        draft.head(header);
    }
    draft.fatal = fatal;
    let mut line = at;
    loop {
        let body = scope.body(line);
        if let Some(raw) = frame(body) {
            line = draft.frame(scope, line, raw);
        } else if body == "<asynchronous suspension>" || body.starts_with("===== asynchronous gap") || fill("... ({:d} ", body).is_some() {
            line = draft.take(scope, line);
        } else {
            break;
        }
    }
    (draft.frames() >= 2 || draft.headed).then_some(draft)
}

/// Heads after which the message begins.
const HEADS: &[&str] = &["Unhandled exception:", "Unhandled Exception: ", "The following "];

/// Line where the trace begins, its header, and whether the program ended.
fn header(scope: &Scope, at: usize) -> (usize, Option<Header>, bool) {
    let lowest = scope.floor.max(at.saturating_sub(LOOK_BACK));
    let head = (lowest..at).rev().find(|i| HEADS.iter().any(|h| scope.body(*i).contains(h)));
    if let Some(line) = head {
        let body = scope.body(line);
        let message: Vec<&str> =
            (line + 1..at).map(|i| scope.body(i)).filter(|b| !b.is_empty() && !b.starts_with("When the exception was thrown")).collect();
        let first =
            HEADS.iter().find_map(|h| body.split_once(h).map(|(_, r)| r.trim())).filter(|r| !r.is_empty() && !body.contains("The following "));
        let thrown =
            fill("The following {type:w} was thrown", body.trim_start_matches(['═', '╡', ' '])).and_then(|h| h.get("type").map(str::to_owned));
        let text = first.map_or(message.join("\n"), str::to_owned);
        return (line, Some(thrown.map_or_else(|| typed(&text), |ty| Header::new(&ty, &text))), true);
    }
    let above = at.checked_sub(1).filter(|i| *i >= scope.floor && scope.has(*i));
    match above.map(|i| (i, typed(scope.body(i)))) {
        Some((line, header)) if !header.ty.is_empty() => (line, Some(header), false),
        _ => (at, None, false),
    }
}

/// Texts that Dart prints instead of a type.
const PHRASES: &[(&str, &str)] = &[
    ("Bad state: {message}", "StateError"),
    ("Invalid argument(s){message}", "ArgumentError"),
    ("Invalid argument{message}", "ArgumentError"),
    ("RangeError {message}", "RangeError"),
    ("Unsupported operation: {message}", "UnsupportedError"),
    ("Concurrent modification during iteration{message}", "ConcurrentModificationError"),
    ("Assertion failed{message}", "AssertionError"),
    ("type '{message}", "TypeError"),
    ("NoSuchMethodError: {message}", "NoSuchMethodError"),
    ("Instance of '{type}'", ""),
    ("Exception: {message}", "Exception"),
    ("Null check operator used on a null value", "TypeError"),
    ("Reading static variable {message}", "CyclicInitializationError"),
    ("Stack Overflow", "StackOverflowError"),
    ("Out of Memory", "OutOfMemoryError"),
    ("Throw of null.", "NullThrownError"),
    ("UnimplementedError{message}", "UnimplementedError"),
    ("Closure call with mismatched arguments{message}", "NoSuchMethodError"),
];

/// Type and message of the text of an error.
fn typed(text: &str) -> Header {
    let first = text.lines().next().unwrap_or("");
    for (pattern, ty) in PHRASES {
        if let Some(holes) = fill(pattern, first) {
            let ty = holes.get("type").unwrap_or(ty);
            return Header::new(ty, if ty == "Exception" { text.split_once(": ").map_or(text, |t| t.1) } else { text });
        }
    }
    match fill_all("{type:i}: {message}", first).filter(|h| h.get("type").is_some_and(|t| is_suffixed(t) && t.starts_with(char::is_uppercase))) {
        Some(holes) => Header::new(holes.get("type").unwrap_or(""), text.split_once(':').map_or("", |t| t.1)),
        None => Header::new("", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_errors_without_a_type() {
        let raw = frame("#0      main.<anonymous closure> (file:///x/dartFile.dart:15:20)").unwrap();
        assert_eq!(
            (raw.function.as_deref(), raw.file.as_deref(), raw.line, raw.column),
            (Some("main.<anonymous closure>"), Some("file:///x/dartFile.dart"), Some(15), Some(20))
        );
        assert_eq!(frame("#3      _startIsolate (dart:isolate-patch/isolate_patch.dart:265)").unwrap().line, Some(265));
        assert!(frame("#0  main (argc=1) at x.c:3").is_none());
        assert_eq!(typed("Bad state: oops").ty, "StateError");
        assert_eq!(typed("Instance of 'MyError'").ty, "MyError");
        assert_eq!(typed("FormatException: Invalid").ty, "FormatException");
    }
}
