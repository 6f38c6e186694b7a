//! Rust: panics with and without a backtrace.

use super::draft::{Draft, MESSAGE_LINES, RawFrame, Scope, some};
use super::header::Header;
use super::pattern::{fill, fill_all};

/// Reads `3: symbol` and `3: 0x55.. - symbol`, with the place in the line below it.
fn frame(scope: &Scope, at: usize) -> Option<RawFrame> {
    let body = scope.body(at);
    let holes = fill("{n:d}: {rest}", body)?;
    let rest = holes.get("rest")?;
    let address = fill("0x{address:x} - {symbol}", rest);
    let symbol = address.as_ref().map_or(Some(rest), |a| a.get("symbol"))?;
    let mut raw = RawFrame {
        function: some(symbol).filter(|s| s != "<unknown>"),
        address: address.and_then(|a| a.get("address").and_then(some)),
        end: body.len(),
        ..RawFrame::default()
    };
    if let Some((file, line, column)) = place(scope.body(at + 1)) {
        (raw.file, raw.line, raw.column, raw.more_lines) = (some(file), Some(line), column, 1);
    }
    Some(raw)
}

/// An inlined symbol shares the number of the frame above: a line with a symbol only, and its place below.
fn inlined(scope: &Scope, at: usize) -> Option<RawFrame> {
    let body = scope.body(at);
    let (file, line, column) = place(scope.body(at + 1)).filter(|_| place(body).is_none() && body.contains("::"))?;
    Some(RawFrame { function: some(body), file: some(file), line: Some(line), column, end: body.len(), more_lines: 1, ..RawFrame::default() })
}

/// `at ./src/main.rs:11:97`
fn place(body: &str) -> Option<(&str, u32, Option<u32>)> {
    let rest = body.strip_prefix("at ")?.trim();
    let (head, last) = rest.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    match head.rsplit_once(':').and_then(|(f, l)| l.parse::<u32>().ok().map(|l| (f, l))) {
        Some((file, line)) => Some((file, line, Some(last))),
        None => Some((head, last, None)),
    }
}

/// What a `panicked at` line says: header, and whether the message follows in the lines below.
fn panic(body: &str) -> Option<(Header, bool)> {
    let start = body.find("thread '")?;
    let text = &body[start..];
    let holes = fill_all("thread '{thread}' {id}panicked at {rest}", text).filter(|h| h.get("id").is_none_or(|i| i.starts_with('(')))?;
    let rest = holes.get("rest")?;
    let (message, below) = match rest.strip_prefix('\'') {
        Some(quoted) => (quoted.rfind("', ").map_or(quoted, |end| &quoted[..end]), !quoted.contains("', ")),
        None => ("", rest.ends_with(':')),
    };
    let mut header = Header::new("panic", message);
    header.thread = holes.get("thread").map(str::to_owned);
    header.at = start;
    Some((header, below))
}

/// Whether a trace can begin with the line.
pub(super) fn anchor(body: &str) -> bool {
    panic(body).is_some() || body == "stack backtrace:"
}

/// Reads the panic, or the backtrace without one, that begins in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let mut draft = match panic(scope.body(at)) {
        Some((header, below)) => headed(scope, at, header, below),
        None => Draft::new("rust", scope, at),
    };
    draft.next = draft.next.max(at);
    let mut line = draft.next;
    if scope.body(line) == "stack backtrace:" || scope.body(at) == "stack backtrace:" {
        line = draft.take(scope, if scope.body(at) == "stack backtrace:" { at } else { line });
    }
    while let Some(raw) = frame(scope, line).or_else(|| inlined(scope, line)) {
        line = draft.frame(scope, line, raw);
    }
    if scope.body(line).starts_with("note: ") && scope.body(line).contains("RUST_BACKTRACE") {
        draft.take(scope, line);
    }
    (draft.headed || draft.frames() >= 2).then_some(draft)
}

fn headed(scope: &Scope, at: usize, header: Header, below: bool) -> Draft {
    let mut draft = Draft::headed("rust", scope, at, header);
    draft.fatal = true;
    let mut line = draft.take(scope, at);
    if below {
        let end = (line..line + MESSAGE_LINES).find(|i| ends(scope, *i)).unwrap_or(line + 1);
        let first = scope.body(line);
        while line < end && line < scope.lines.len() {
            message(scope, line, &mut draft);
            line = draft.take(scope, line);
        }
        if first.contains("', ") {
            trim_old_message(&mut draft);
        }
    }
    draft
}

fn message(scope: &Scope, line: usize, draft: &mut Draft) {
    draft.message_line(scope.body(line));
}

/// The old form closes the quoted message with its place.
fn trim_old_message(draft: &mut Draft) {
    let message = draft.last().message.take();
    draft.last().message = message.and_then(|m| some(m.rfind("', ").map_or(m.as_str(), |end| &m[..end])));
}

/// Whether the message has ended before the line.
fn ends(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    body.starts_with("stack backtrace:") || body.starts_with("note: ") || scope.blank(at) || at >= scope.lines.len() || panic(body).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_head() {
        let (header, below) = panic("thread 'main' (24640) panicked at m.rs:11:97:").unwrap();
        assert_eq!((header.thread.as_deref(), header.message.as_str(), below), (Some("main"), "", true));
        let (header, below) = panic("thread '<unnamed>' panicked at 'it's \"gone\"', src/x.rs:3:9").unwrap();
        assert_eq!((header.message.as_str(), below), ("it's \"gone\"", false));
        assert!(panic("the thread 'weaver' was cut").is_none());
    }
}
