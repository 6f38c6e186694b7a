//! Windows debuggers and minidump_stackwalk.

use super::draft::{Draft, LOOK_BACK, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::{fill, trim_blank};

/// Reads `00000000`04defba0 00000000`00000000 ntdll!RtlUserThreadStart+0x21 [d:\x.c @ 58]`.
fn frame(body: &str) -> Option<RawFrame> {
    let mut rest = body;
    let mut columns = 0;
    loop {
        let word = rest.split(' ').next().filter(|w| is_column(w));
        let Some(word) = word else { break };
        columns += 1;
        rest = trim_blank(&rest[word.len()..]);
    }
    let inline = rest.starts_with("(Inline");
    let site = if inline { trim_blank(rest.split_once("--------").map_or(rest, |(_, r)| r)) } else { rest.strip_prefix(": ").unwrap_or(rest) };
    let columns_fit = columns >= 2 || inline;
    (columns_fit && site.contains(['!', '+'])).then(|| call_site(body, site))?
}

/// Eight or more hexadecimal digits, with a back quote in the middle or not.
fn is_column(word: &str) -> bool {
    let hex = word.bytes().filter(u8::is_ascii_hexdigit).count();
    hex >= 2 && (hex == word.len() && (word.len() == 8 || word.len() == 16 || word.len() == 2) || word.contains('`') && hex + 1 == word.len())
}

/// `module!Ns::fn+0x1d [path @ 58]`, `module+0x1d`.
fn call_site(body: &str, site: &str) -> Option<RawFrame> {
    let (site_text, place) = site.split_once(" [").map_or((site, None), |(s, p)| (s, Some(p)));
    let (file, line) = place.and_then(|p| p.trim_end_matches(']').rsplit_once(" @ ")).map_or((None, None), |(f, l)| (some(f), l.trim().parse().ok()));
    let (symbol, offset) = site_text.trim().rsplit_once("+0x").map_or((site_text.trim(), None), |(s, o)| (s, Some(format!("+0x{o}"))));
    let (module, function) = symbol.split_once('!').map_or((symbol, None), |(m, f)| (m, some(f)));
    let shaped = !module.is_empty() && !module.contains(' ') && (function.is_some() || offset.is_some());
    shaped.then(|| RawFrame { function, module: some(module), file, line, address: offset, end: body.len(), ..RawFrame::default() })
}

/// Lines that introduce a stack.
fn starts_stack(body: &str) -> bool {
    body.contains("Call Site") || body.starts_with("ChildEBP") || body.starts_with("STACK_TEXT")
}

/// `(14a8.c04): Access violation - code c0000005 (!!! second chance !!!)`
fn exception(body: &str) -> Option<Header> {
    let holes = fill("({}): {type} - code {code:x} ", body).or_else(|| fill("({}: {type} - code {code:x} ", body))?;
    Some(Header::new(holes.get("type")?, &format!("code {}", holes.get("code")?)))
}

/// Whether a report can begin with the line.
pub(super) fn anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    exception(body).is_some() || (starts_stack(body) && (at + 1..at + 4).any(|i| frame(scope.body(i)).is_some()))
}

/// Lines of analysis between the exception and the stack.
const ANALYSIS_LINES: usize = 400;

/// Reads the exception and the stack that follows it, or a stack alone.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let header = exception(scope.body(at));
    let stack = (at..at + ANALYSIS_LINES)
        .take_while(|i| *i < scope.lines.len())
        .find(|i| starts_stack(scope.body(*i)) && (i + 1..i + 4).any(|j| frame(scope.body(j)).is_some()))?;
    let mut draft = match header {
        Some(header) => Draft::headed("windows", scope, at, header),
        None => Draft::new("windows", scope, at),
    };
    draft.fatal = draft.headed;
    draft.language = "c++";
    let mut line = draft.take(scope, stack);
    while let Some(next) = (line..line + 4).take_while(|i| *i == line || !starts_stack(scope.body(*i))).find(|i| frame(scope.body(*i)).is_some()) {
        let Some(raw) = frame(scope.body(next)) else { break };
        line = draft.frame(scope, next, raw);
    }
    (draft.frames() >= 1).then_some(draft)
}

/// Reads ` 0  module!fn [file : 12 + 0x3]`, ` 1  module + 0x41ff`, ` 2  0xf00800 (unloaded …)`.
fn walked(body: &str) -> Option<(u32, RawFrame)> {
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let number = body.get(..digits)?.parse().ok()?;
    let rest = trim_blank(body[digits..].strip_prefix(' ')?);
    let (head, place) = rest.split_once(" [").map_or((rest, None), |(h, p)| (h, Some(p)));
    let (file, line) =
        place.and_then(|p| p.split_once(" : ")).map_or((None, None), |(f, l)| (some(f), l.split(' ').next().and_then(|l| l.parse().ok())));
    let (symbol, offset) = head.trim().rsplit_once(" + 0x").map_or((head.trim(), None), |(s, o)| (s, Some(format!("+0x{o}"))));
    let (module, function) = match symbol.split_once('!') {
        Some((module, function)) => (some(module), some(function)),
        None if symbol.starts_with("0x") => (None, None),
        None => (some(symbol), None),
    };
    let shaped = function.is_some() || offset.is_some() || symbol.starts_with("0x");
    shaped.then(|| {
        (
            number,
            RawFrame {
                function,
                module,
                file,
                line,
                address: offset.or_else(|| symbol.starts_with("0x").then(|| symbol.to_owned())),
                end: body.len(),
                ..RawFrame::default()
            },
        )
    })
}

/// `Thread 0  (crashed) - tid: 3060`
fn thread(body: &str) -> Option<bool> {
    let holes = fill("Thread {n:d} {rest}", body)?;
    let rest = holes.get("rest").unwrap_or("");
    (rest.starts_with("(crashed)") || rest.starts_with("- tid") || rest.contains("(requested dump") || rest.starts_with('-'))
        .then(|| rest.contains("(crashed)"))
}

/// Whether a report of minidump_stackwalk can begin with the line.
pub(super) fn minidump_anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    body.starts_with("Crash reason:")
        || thread(body).is_some() && walked(scope.body(at + 1)).is_some()
        || body.starts_with("Found by: ") && minidump_thread(scope, at).is_some()
}

fn minidump_thread(scope: &Scope, at: usize) -> Option<usize> {
    (scope.floor.max(at.saturating_sub(LOOK_BACK))..at).rev().find(|i| thread(scope.body(*i)).is_some())
}

/// Lines of the report before its first thread.
const MINIDUMP_HEAD: usize = 60;

/// Reads the report: threads with frames, registers between.
pub(super) fn read_minidump(scope: &Scope, at: usize) -> Option<Draft> {
    let start = if scope.body(at).starts_with("Found by: ") { minidump_thread(scope, at)? } else { at };
    let mut draft = Draft::new("minidump", scope, start);
    draft.language = "c++";
    if let Some(reason) = fill("Crash reason: {reason}", scope.body(start)).and_then(|h| h.get("reason").and_then(some)) {
        draft.head(Header::new(&reason, ""));
        draft.fatal = true;
    }
    let mut line = (start..start + MINIDUMP_HEAD).find(|i| thread(scope.body(*i)).is_some())?;
    let mut first = true;
    while let Some(crashed) = thread(scope.body(line)) {
        if !first {
            draft.open(BlockKind::Thread, None);
        }
        draft.last().title = some(scope.body(line));
        if crashed {
            draft.thread = some(scope.body(line));
        }
        first = false;
        line = walked_stack(scope, line + 1, &mut draft);
        let Some(next) = scope.next(line, 2).filter(|i| thread(scope.body(*i)).is_some()) else { break };
        line = next;
    }
    crashed_first(&mut draft);
    (draft.frames() >= 1).then_some(draft)
}

/// Frames stand a blank or two behind their thread's line, registers further.
fn walked_stack(scope: &Scope, at: usize, draft: &mut Draft) -> usize {
    let thread = scope.indent(at - 1);
    let mut line = at;
    let mut last: Option<u32> = None;
    loop {
        let indent = scope.indent(line).saturating_sub(thread);
        match walked(scope.body(line)) {
            Some((number, raw)) if indent <= 2 && last.is_none_or(|l| number == l + 1) => {
                last = Some(number);
                line = draft.frame(scope, line, raw);
            }
            _ if scope.has(line) && indent >= 3 => line = draft.take(scope, line),
            _ => return line,
        }
    }
}

/// The type stands with the thread that crashed.
fn crashed_first(draft: &mut Draft) {
    let at = draft.blocks.iter().position(|b| b.title.as_deref().is_some_and(|t| t.contains("(crashed)"))).unwrap_or(0);
    let ty = draft.blocks[0].exception_type.take();
    draft.blocks[0].kind = BlockKind::Thread;
    draft.blocks[at].kind = BlockKind::Thrown;
    draft.blocks[at].exception_type = ty;
    (draft.thrown, draft.root) = (at, at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_both_tools() {
        for (line, function, module) in [
            ("00000000`04defba0 00000000`00000000 ntdll!RtlUserThreadStart+0x21", Some("RtlUserThreadStart"), "ntdll"),
            ("002df7e4 00fd1433 ConsoleApplication2!ggg+0x1f", Some("ggg"), "ConsoleApplication2"),
            ("00 00000000`0012fe84 00007ff6`80350000 app!Ns::f+0x1d [d:\\x\\y.cpp @ 58]", Some("Ns::f"), "app"),
        ] {
            let raw = frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.module.as_deref()), (function, Some(module)), "{line}");
        }
        let (_, raw) = walked("0  test_app.exe!`anonymous namespace'::CrashFunction [test_app.cc : 58 + 0x3]").unwrap();
        assert_eq!(
            (raw.function.as_deref(), raw.file.as_deref(), raw.line),
            (Some("`anonymous namespace'::CrashFunction"), Some("test_app.cc"), Some(58))
        );
        let (_, raw) = walked("1  test_app.exe + 0x41ff").unwrap();
        assert_eq!((raw.function, raw.module.as_deref(), raw.address.as_deref()), (None, Some("test_app.exe"), Some("+0x41ff")));
        assert!(frame("6eefbe13 8d8f80000000    lea     ecx,[edi+80h]").is_none());
        assert_eq!(exception("(14a8.c04): Access violation - code c0000005 (!!! second chance !!!)").unwrap().ty, "Access violation");
    }
}
