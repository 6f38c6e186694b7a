//! Lua and Perl.

use super::draft::{Draft, RawFrame, Scope, some};
use super::header::Header;
use super::pattern::{fill, fill_all};

/// Reads `q.lua:2: in field 'pop'`, `[C]: in function 'error'`, `(...tail calls...)`.
fn lua_frame(body: &str) -> Option<RawFrame> {
    let (place, label) = body.split_once(": in ")?;
    let (file, line) = match place.rsplit_once(':') {
        Some((file, line)) => (some(file), line.parse().ok()),
        None => (None, None),
    };
    let legal = place == "[C]" || place == "?" || place.starts_with("[string") || line.is_some() || place.starts_with("=");
    let label = label.trim();
    let name = label.strip_prefix("main chunk").map_or(label, |_| "main chunk");
    legal.then(|| RawFrame {
        function: some(name).filter(|n| n != "?"),
        module: (place == "[C]").then(|| "[C]".to_owned()),
        file,
        line,
        end: body.len(),
        ..RawFrame::default()
    })
}

/// Whether a trace of Lua can begin with the line.
pub(super) fn lua_anchor(body: &str) -> bool {
    body.ends_with("stack traceback:")
}

/// Reads Lua's trace: the message stands in the line above `stack traceback:`.
pub(super) fn read_lua(scope: &Scope, at: usize) -> Option<Draft> {
    let above = at.checked_sub(1).filter(|i| *i >= scope.floor && scope.has(*i));
    let glued = scope.body(at).strip_suffix("stack traceback:").map(str::trim).filter(|t| !t.is_empty());
    let mut draft = match (glued, above) {
        (Some(text), _) => Draft::headed("lua", scope, at, lua_header(text)),
        (None, Some(line)) => Draft::headed("lua", scope, line, lua_header(scope.body(line))),
        (None, None) => Draft::new("lua", scope, at),
    };
    draft.fatal = true;
    let mut line = draft.take(scope, at);
    loop {
        let body = scope.body(line);
        if let Some(raw) = lua_frame(body) {
            line = draft.frame(scope, line, raw);
        } else if body.starts_with("(...tail calls...)") || body.starts_with("(tail call)") || body.starts_with("...") {
            draft.last().elided = fill("... (skipping {n:d} levels)", body).and_then(|h| h.number("n")).or(draft.last().elided);
            line = draft.take(scope, line);
        } else {
            break;
        }
    }
    (draft.frames() >= 1).then_some(draft)
}

/// The interpreter's name in front of the message is dropped.
fn lua_header(body: &str) -> Header {
    let named = fill("{program:i}: {message}", body)
        .filter(|h| h.get("program").is_some_and(|p| p.starts_with("lua") || p.starts_with("resty") || p.starts_with("luajit")));
    Header::new("error", named.as_ref().and_then(|h| h.get("message")).unwrap_or(body))
}

/// What a line of Carp says: the callee, and where it was called.
fn called(body: &str) -> Option<(String, String, u32)> {
    let (call, place) = body.rsplit_once(" called at ")?;
    let (file, line) = place.trim_end_matches('.').rsplit_once(" line ")?;
    let line = line.split([',', '.']).next()?.trim().parse().ok()?;
    let name = call.split('(').next().unwrap_or(call).trim();
    let name = if call.starts_with("eval {") { "eval {...}" } else { name };
    let legal = !name.is_empty()
        && (name.contains("::") || name.starts_with("eval") || name == "require")
        && (name.starts_with("eval") || !name.contains(' '));
    legal.then(|| (name.to_owned(), file.to_owned(), line))
}

/// `<message> at <file> line <n>.`
fn died(body: &str) -> Option<(Header, String, u32)> {
    let holes = fill_all("{message:*} at {file:w} line {tail}", body)?;
    let (file, tail) = (holes.get("file")?, holes.get("tail")?);
    let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
    let line = tail[..digits].parse().ok()?;
    let ends = matches!(&tail[digits..], "" | ".") || tail[digits..].starts_with(", <");
    let script = [".pl", ".pm", ".t", ".cgi", ".psgi"].iter().any(|e| file.ends_with(e)) || file == "-e" || file.starts_with("(eval");
    (ends && script).then(|| (Header::new("die", holes.get("message").unwrap_or("")), file.to_owned(), line))
}

/// Whether a trace of Perl can begin with the line.
pub(super) fn perl_anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    called(body).is_some()
        || (died(body).is_some_and(|(h, _, _)| !h.message.is_empty()) && (body.ends_with('.') || called(scope.body(at + 1)).is_some()))
}

/// Reads Perl's trace. Function and place are shifted by one: a frame was left at the place of the line above it.
pub(super) fn read_perl(scope: &Scope, at: usize) -> Option<Draft> {
    let (head, first) = match called(scope.body(at)) {
        Some(_) => (at.checked_sub(1).filter(|i| *i >= scope.floor).and_then(|i| died(scope.body(i)).map(|d| (i, d))), at),
        None => (died(scope.body(at)).map(|d| (at, d)), at + 1),
    };
    let (mut file, mut number) = (None, None);
    let mut draft = match head {
        Some((line, (header, place, n))) => {
            (file, number) = (Some(place), Some(n));
            Draft::headed("perl", scope, line, header)
        }
        None => Draft::new("perl", scope, at),
    };
    draft.fatal = true;
    let mut line = first;
    while let Some((name, place, n)) = called(scope.body(line)) {
        let raw = RawFrame { function: Some(name), file: file.take(), line: number.take(), end: scope.body(line).len(), ..RawFrame::default() };
        line = draft.frame(scope, line, raw);
        (file, number) = (Some(place), Some(n));
    }
    (draft.headed || draft.frames() >= 2).then_some(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both() {
        let raw = lua_frame("q.lua:2: in field 'pop'").unwrap();
        assert_eq!((raw.function.as_deref(), raw.file.as_deref(), raw.line), (Some("field 'pop'"), Some("q.lua"), Some(2)));
        assert_eq!(lua_header("lua5.4: q.lua:2: attempt").message, "q.lua:2: attempt");
        assert_eq!(called("Order::total(Order=HASH(0x55), 1, \"two\") called at p.pl line 3"), Some(("Order::total".into(), "p.pl".into(), 3)));
        assert_eq!(died("negative total at p.pl line 2.").map(|d| d.0.message), Some("negative total".into()));
        assert!(died("we met at noon line 2.").is_none());
        assert!(called("the meeting was called at noon line 3").is_none());
    }
}
