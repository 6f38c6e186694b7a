//! PHP: uncaught exceptions with their chain. A frame names the call that was made at its place, so function and place are shifted
//! by one: the function of a frame was left at the place of the frame above it, the first one at the place of the header.

use super::draft::{Draft, MESSAGE_LINES, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::fill;

/// What a frame line says: the call, and where it was made.
struct Call {
    function: Option<String>,
    file: Option<String>,
    line: Option<u32>,
}

/// Reads `#0 /x/y.php(12): Foo->bar('a', Array)`, `#1 [internal function]: f()`, `#2 {main}`.
fn call(body: &str) -> Option<Call> {
    let holes = fill("#{n:d} {rest}", body)?;
    let rest = holes.get("rest")?;
    if rest == "{main}" || rest.starts_with("{main}") {
        return Some(Call { function: some("{main}"), file: None, line: None });
    }
    if let Some(name) = rest.strip_prefix("[internal function]: ") {
        return Some(Call { function: function(name), file: None, line: None });
    }
    let at = rest.find("): ")?;
    let (file, line) = rest[..at].rsplit_once('(')?;
    Some(Call { function: function(&rest[at + 3..]), file: some(file), line: line.parse().ok() }).filter(|c| {
        c.line.is_some() && !c.file.as_deref().unwrap_or("").contains(' ') || c.file.as_deref().is_some_and(|f| f.starts_with(['/', 'C', 'D']))
    })
}

/// Name of a call, arguments dropped: `{closure}()`, `Foo->bar(Array)`.
fn function(text: &str) -> Option<String> {
    let text = text.trim();
    let closure = text.find("{closure").and_then(|at| text[at..].find('}').map(|e| at + e + 1));
    let open = text[closure.unwrap_or(0)..].find('(').map_or(text.len(), |o| o + closure.unwrap_or(0));
    some(&text[..open])
}

/// Patterns of a head that ends with its place.
const LEADS: &[&str] = &["PHP Fatal error: Uncaught ", "Fatal error: Uncaught ", "PHP Fatal error:  Uncaught ", "Uncaught ", "Next ", "PHP Next "];

/// Head of a block: type, message, place. The message may begin here and end lines below.
fn head(text: &str) -> Option<(Header, Option<(String, u32)>)> {
    let lead = LEADS.iter().find_map(|l| fill(l, text)).map_or(0, |h| h.end);
    let rest = &text[lead..];
    if let Some(old) = fill("exception '{type}' with message '{message:*}' in {place}", rest) {
        return Some((Header::new(old.get("type")?, old.get("message").unwrap_or("")), old.get("place").and_then(place)));
    }
    let class = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '\\' | '_' | '@'))).unwrap_or(rest.len());
    let named = rest[class..].starts_with(": ") || rest[class..].starts_with(" in ");
    let (name, tail) = rest.split_at(class);
    if !named
        || !name.starts_with(char::is_uppercase) && !name.starts_with("class@")
        || lead == 0 && !name.contains('\\') && !super::header::is_suffixed(name)
    {
        return None;
    }
    let tail = tail.strip_prefix(':').unwrap_or(tail);
    let (message, at) = tail.rsplit_once(" in ").and_then(|(m, p)| place(p).map(|p| (m, Some(p)))).unwrap_or((tail, None));
    Some((Header::new(name, message), at))
}

fn place(text: &str) -> Option<(String, u32)> {
    let text = text.trim().trim_end_matches('.');
    let (file, line) = text.rsplit_once(" on line ").or_else(|| text.rsplit_once(':'))?;
    line.trim().parse().ok().map(|l| (file.to_owned(), l)).filter(|(f, _)| f.contains('.') || f.contains('/'))
}

/// Whether a trace can begin with the line.
pub(super) fn anchor(body: &str) -> bool {
    call(body).is_some() || body.contains("Fatal error: ") && body.contains("Uncaught ")
}

/// Reads the trace with its first frame or its head in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let first = if call(scope.body(at)).is_some() { at } else { (at + 1..at + MESSAGE_LINES).find(|i| call(scope.body(*i)).is_some())? };
    let (line, header, origin) = above(scope, first).unwrap_or((first, None, None));
    let mut draft = Draft::new("php", scope, line);
    draft.fatal = scope.body(line).contains("Fatal error");
    if let Some(header) = header {
        draft.head(header);
    }
    let mut next = block(scope, first, &mut draft, origin);
    while let Some(after) = chained(scope, next, &mut draft) {
        next = after;
    }
    if let Some(thrown) = (next..next + 2).find(|i| scope.body(*i).starts_with("thrown in ")) {
        draft.take(scope, thrown);
    }
    link(&mut draft);
    (draft.frames() >= 2 || draft.headed).then_some(draft)
}

/// The head above the first frame: the lines up to `Stack trace:`.
type Above = (usize, Option<Header>, Option<(String, u32)>);

fn above(scope: &Scope, first: usize) -> Option<Above> {
    let marked = first.checked_sub(1).filter(|i| *i >= scope.floor && matches!(scope.body(*i), "Stack trace:" | "PHP Stack trace:" | "[stacktrace]"));
    let last = marked.map_or(first, |m| m);
    let lowest = scope.floor.max(last.saturating_sub(MESSAGE_LINES));
    for line in (lowest..last).rev() {
        let text = (line..last).map(|i| scope.body(i)).collect::<Vec<_>>().join("\n");
        if let Some((header, place)) = head(&text) {
            return Some((line, Some(header), place));
        }
        if scope.blank(line) || text.len() > 8_192 {
            break;
        }
    }
    marked.map(|m| (m, None, None))
}

/// Frames from line `at` on, shifted: each function gets the place of the line above it.
fn block(scope: &Scope, at: usize, draft: &mut Draft, origin: Option<(String, u32)>) -> usize {
    let (mut file, mut number) = origin.map_or((None, None), |(f, l)| (Some(f), Some(l)));
    let mut line = at;
    while let Some(found) = call(scope.body(line)) {
        let raw = RawFrame { function: found.function, file: file.take(), line: number.take(), end: scope.body(line).len(), ..RawFrame::default() };
        line = draft.frame(scope, line, raw);
        (file, number) = (found.file, found.line);
    }
    line
}

/// `Next Outer: message in file:8` with its own stack.
fn chained(scope: &Scope, at: usize, draft: &mut Draft) -> Option<usize> {
    let start = scope.next(at, 1).filter(|i| scope.body(*i).starts_with("Next ") || scope.body(*i).starts_with("PHP Next "))?;
    let first = (start + 1..start + MESSAGE_LINES).find(|i| call(scope.body(*i)).is_some())?;
    let text = (start..first).map(|i| scope.body(i)).filter(|b| *b != "Stack trace:" && *b != "PHP Stack trace:").collect::<Vec<_>>().join("\n");
    let (header, place) = head(&text)?;
    draft.open(BlockKind::Thrown, None);
    draft.head(header);
    Some(block(scope, first, draft, place))
}

/// The cause is printed first, the exception thrown last is the last.
fn link(draft: &mut Draft) {
    let last = draft.blocks.len() - 1;
    for (at, block) in draft.blocks.iter_mut().enumerate().take(last) {
        block.kind = BlockKind::Cause;
        block.parent = Some(at + 1);
    }
    (draft.thrown, draft.root) = (last, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_heads() {
        for (line, name, file) in [
            ("#0 /home/x/test.php(9): func1()", "func1", Some("/home/x/test.php")),
            ("#2 [internal function]: App\\X->App\\Billing\\{closure}(Array)", "App\\X->App\\Billing\\{closure}", None),
            ("#3 {main}", "{main}", None),
        ] {
            let found = call(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((found.function.as_deref(), found.file.as_deref()), (Some(name), file));
        }
        assert!(call("#0 0x55 in main /x/a.c:1").is_none());
        assert!(call("#1      main (package:x/y.dart:3:4)").is_none());
        assert!(head("Next App\\Billing\\LedgerException: closing failed\nday 3 in /home/x/shop.php:8").is_some());
        let (header, at) = head("exception 'Exception' with message 'Custom in x' in /home/x.php:5").unwrap();
        assert_eq!((header.ty.as_str(), header.message.as_str(), at), ("Exception", "Custom in x", Some(("/home/x.php".into(), 5))));
    }
}
