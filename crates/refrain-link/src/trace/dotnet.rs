//! .NET, Mono and Unity.

use super::draft::{Draft, MESSAGE_LINES, RawFrame, Scope, some};
use super::header::{Header, above, dotted};
use super::model::BlockKind;
use super::pattern::{fill, is_blank, trim_blank};

/// Words for `at` that runtimes print, by language of the system.
const AT: &[&str] = &["at", "в", "bei", "à", "en", "在", "em", "w", "場所", "위치:", "in", "a", "vid", "på", "ved", "于"];
/// Words for `line`.
const LINE: &[&str] = &["line", "Zeile", "ligne", "строка", "línea", "行", "linha", "wiersz", "riga", "줄", "rad", "linje", "行号"];

/// Reads `at Type.Method(params) in file:line 12` and Mono's `at Type.Method (params) [0x00013] in file:27`.
pub(super) fn frame(body: &str) -> Option<RawFrame> {
    let word = body.split(is_blank).next().filter(|w| AT.contains(w))?;
    let rest = trim_blank(&body[word.len()..]);
    let rest = rest.strip_prefix("(wrapper ").and_then(|r| r.split_once(')')).map_or(rest, |(_, r)| trim_blank(r));
    let offset = body.len() - rest.len();
    if rest.starts_with("<unknown>") {
        return Some(RawFrame { end: body.len(), ..RawFrame::default() });
    }
    let open = params(rest)?;
    let close = closing(rest, open)?;
    let name = rest[..open].trim_end();
    let known = word == "at" || rest[close + 1..].trim_start().starts_with("in ") || name.matches('.').count() >= 2;
    if !known || !method(name) || !parameters(&rest[open + 1..close]) {
        return None;
    }
    let (file, line, tail) = position(&rest[close + 1..]);
    Some(RawFrame { function: some(name), file, line, end: offset + close + 1 + tail, ..RawFrame::default() })
}

/// Longest frame that is read.
const WINDOW: usize = 4_000;

/// Offset of the parenthesis that opens the parameters: the first outside brackets that are not part of the name.
fn params(rest: &str) -> Option<usize> {
    rest.bytes().take(WINDOW).position(|b| b == b'(')
}

fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, b) in text.bytes().enumerate().skip(open).take(WINDOW) {
        match b {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// A type and a method, `.ctor` among them; generic arguments may hold blanks after commas only.
fn method(name: &str) -> bool {
    let mut depth = 0_i32;
    let legal = name.chars().all(|c| {
        depth += i32::from(matches!(c, '[' | '<')) - i32::from(matches!(c, ']' | '>'));
        c.is_alphanumeric() || "_.+`<>[],$|@=&*!".contains(c) || (depth > 0 && c == ' ')
    });
    let parts = name.rsplit_once(['.', ':']).is_some_and(|(t, m)| !t.is_empty() && !m.is_empty());
    legal && parts && name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '<')
}

/// Nothing, or types with or without names: no place of another language.
fn parameters(text: &str) -> bool {
    let text = text.trim();
    let place = text.rsplit_once(':').is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    !place
        && !text.contains(": ")
        && !text.contains('/')
        && text != "Native Method"
        && text != "Unknown Source"
        && !text.ends_with(".java")
        && !text.ends_with(".kt")
}

/// `in file:line 12`, `[0x00013] in file:27`, `<0x00012>`: file, line, bytes covered.
fn position(tail: &str) -> (Option<String>, Option<u32>, usize) {
    let rest = trim_blank(tail);
    let skip = [('[', ']'), ('<', '>')]
        .iter()
        .find_map(|(o, c)| rest.strip_prefix(*o).filter(|r| r.starts_with("0x")).and_then(|r| r.find(*c)).map(|e| e + 2));
    let after = trim_blank(&rest[skip.unwrap_or(0)..]);
    let bracket = tail.len() - rest.len() + skip.unwrap_or(0);
    let Some(place) = ["in ", "à l'emplacement ", "в ", "在 ", "em "].iter().find_map(|w| after.strip_prefix(w)) else {
        return (None, None, if skip.is_some() { bracket } else { 0 });
    };
    let place = place.trim_end();
    let Some((file, number)) = place.rsplit_once(':') else { return (None, None, bracket) };
    let number = LINE.iter().find_map(|w| number.strip_prefix(w)).unwrap_or(number).trim();
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let line = number[..digits].parse().ok().filter(|n| *n > 0);
    let unknown = file.starts_with('<');
    let covered = tail.rfind(number).map_or(tail.len(), |at| at + digits);
    (if unknown { None } else { some(file) }, line.filter(|_| !unknown), covered.max(bracket))
}

/// Unity: `Type.Method (args) (at Assets/x.cs:12)`, `Type:Method(args) (at Assets/x.cs:12)`.
fn unity(body: &str) -> Option<RawFrame> {
    let (call, place) = body.split_once(" (at ")?;
    let open = call.find('(')?;
    let name = call[..open].trim_end();
    let (file, line) = place.strip_suffix(')')?.rsplit_once(':')?;
    let line = line.parse().ok().filter(|_| method(name))?;
    Some(RawFrame {
        function: some(name),
        file: some(file).filter(|f| !f.starts_with('<')),
        line: Some(line),
        end: body.len(),
        ..RawFrame::default()
    })
}

fn any_frame(body: &str) -> Option<RawFrame> {
    frame(body).or_else(|| unity(body))
}

/// Whether a trace can begin with the line.
pub(super) fn anchor(body: &str) -> bool {
    any_frame(body).is_some()
}

/// Lines between the frames.
const MARKERS: &[&str] = &[
    "--- End of stack trace from previous location",
    "--- End of managed ",
    "--- Fin de la trace",
    "--- Ende der",
    "--- Fin del seguimiento",
    "--- Конец",
    "--- 引发异常",
];
const INNER_ENDS: &[&str] = &[
    "--- End of inner ",
    "--- Fin de la trace de la pile d'exception interne",
    "--- Ende der internen ",
    "--- Fin del seguimiento de la pila de la excepción interna",
    "--- Конец трассировки внутреннего",
    "--- 内部异常堆栈跟踪的结尾",
];

/// Reads the trace whose first frame stands in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let mut draft = begin(scope, at);
    let chain = draft.blocks.len();
    let mut level = chain - 1;
    let mut line = at;
    loop {
        let body = scope.body(line);
        if let Some(raw) = any_frame(body).or_else(|| wrapped(scope, line)) {
            line = take(scope, line, raw, &mut draft, level);
        } else if INNER_ENDS.iter().any(|m| body.starts_with(m)) {
            level = level.saturating_sub(1);
            line = draft.take(scope, line);
        } else if MARKERS.iter().any(|m| body.starts_with(m)) {
            line = draft.take(scope, line);
        } else if let Some(next) = nested(scope, line, &mut draft) {
            (line, level) = (next, draft.blocks.len() - 1);
        } else if let Some(next) = gap(scope, line) {
            line = next;
        } else {
            break;
        }
    }
    draft.root = chain - 1;
    (draft.frames() >= 2 || (draft.frames() == 1 && draft.headed)).then_some(draft)
}

/// Puts a frame into the block of its level: inner exceptions are printed first.
fn take(scope: &Scope, line: usize, raw: RawFrame, draft: &mut Draft, level: usize) -> usize {
    let next = draft.frame(scope, line, raw);
    let last = draft.blocks.len() - 1;
    if level != last
        && let Some(frame) = draft.blocks[last].frames.pop()
    {
        draft.blocks[level].push(frame);
    }
    next
}

fn begin(scope: &Scope, at: usize) -> Draft {
    let Some((line, mut header)) = header_above(scope, at) else { return Draft::new("dotnet", scope, at) };
    let mut text = header.message.clone();
    (line + 1..at).filter(|i| scope.has(*i)).for_each(|i| {
        text.push('\n');
        text.push_str(scope.body(i));
    });
    let mut parts = text.split("---> ");
    header.message = parts.next().unwrap_or("").trim().to_owned();
    let mut draft = Draft::headed("dotnet", scope, line, header);
    draft.fatal = scope.body(line).starts_with("Unhandled ");
    for part in parts {
        let parent = draft.blocks.len() - 1;
        draft.open(BlockKind::Cause, Some(parent));
        let inner = dotted(part.trim()).unwrap_or_else(|| Header::new("", part));
        draft.last().exception_type = some(&inner.ty);
        draft.last().message = some(&inner.message);
    }
    draft
}

/// The header; where a line ` ---> X: y` stands alone, the one above it.
fn header_above(scope: &Scope, at: usize) -> Option<(usize, Header)> {
    let (line, header) = above(scope, at, dotted)?;
    if !scope.body(line).starts_with("--->") {
        return Some((line, header));
    }
    let lowest = scope.floor.max(line.saturating_sub(MESSAGE_LINES));
    (lowest..line)
        .rev()
        .find_map(|i| dotted(scope.body(i)).filter(|h| h.strict && !scope.body(i).starts_with("--->")).map(|h| (i, h)))
        .or(Some((line, header)))
}

/// `---> (Inner Exception #1) System.X: message` of an aggregate.
fn nested(scope: &Scope, at: usize, draft: &mut Draft) -> Option<usize> {
    let holes = fill("---> (Inner Exception #{:d}) {header}", scope.body(at))?;
    let header = dotted(holes.get("header")?)?;
    let next = (at + 1..at + 6).find(|i| any_frame(scope.body(*i)).is_some())?;
    (at..next).for_each(|i| {
        draft.take(scope, i);
    });
    draft.open(BlockKind::Member, Some(0));
    draft.last().exception_type = some(&header.ty);
    draft.last().message = some(&header.message);
    Some(next)
}

fn gap(scope: &Scope, at: usize) -> Option<usize> {
    if !scope.blank(at) {
        return (scope.body(at) == "<---").then_some(at + 1);
    }
    scope.next(at, 1).filter(|i| any_frame(scope.body(*i)).is_some() || fill("---> (Inner", scope.body(*i)).is_some())
}

fn wrapped(scope: &Scope, at: usize) -> Option<RawFrame> {
    let (body, below) = (scope.body(at), scope.body(at + 1));
    let open = body.starts_with("at ") && body.contains('(') && !body.contains(')');
    if !open || body.len() > WINDOW || below.is_empty() || below.starts_with("at ") || below.len() > 400 {
        return None;
    }
    let mut raw = frame(&format!("{body} {below}"))?;
    raw.more_lines = 1;
    Some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        for (line, function, file, number) in [
            ("at A.B.C() in c:/x/y.cs:line 33", "A.B.C", Some("c:/x/y.cs"), Some(33)),
            ("at A.<Third>d__2.MoveNext()", "A.<Third>d__2.MoveNext", None, None),
            (
                "at S.Dictionary`2[System.String,X].get_Item (System.String key) [0x00000] in <filename unknown>:0",
                "S.Dictionary`2[System.String,X].get_Item",
                None,
                None,
            ),
            ("at F.G (S.T names) [0x00007] in /usr/another file.csharp:23", "F.G", Some("/usr/another file.csharp"), Some(23)),
            ("bei A.B.C(String a) in D:\\x\\y.cs:Zeile 12", "A.B.C", Some("D:\\x\\y.cs"), Some(12)),
            (
                "at Main.Welcome+<Main>c__AnonStorey0.<>m__0 () [0x00006] in /x/hello.csharp:48",
                "Main.Welcome+<Main>c__AnonStorey0.<>m__0",
                Some("/x/hello.csharp"),
                Some(48),
            ),
        ] {
            let raw = frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.file.as_deref(), raw.line, raw.end), (Some(function), file, number, line.len()), "{line}");
        }
        for line in ["at a.b.C.d(C.java:12)", "at next (/app/x.js:1:2)", "in the end (so to speak)", "at least (two)"] {
            assert!(frame(line).is_none(), "{line}");
        }
    }
}
