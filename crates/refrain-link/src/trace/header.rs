//! Lines that name an exception.

use super::draft::{LOOK_BACK, Scope};
use super::pattern::{fill, is_blank, trim_blank};

/// What a header line says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Header {
    pub(super) ty: String,
    pub(super) message: String,
    pub(super) thread: Option<String>,
    /// It stands at the line's start and looks like nothing else.
    pub(super) strict: bool,
    /// Where the type begins in the line's body.
    pub(super) at: usize,
}

impl Header {
    /// A header of a type and a message.
    pub(super) fn new(ty: &str, message: &str) -> Self {
        Self { ty: ty.to_owned(), message: message.trim().to_owned(), thread: None, strict: true, at: 0 }
    }
}

/// Ends of names that are types of exceptions even in the middle of a line.
const SUFFIXES: &[&str] = &["Exception", "Error", "Throwable", "Failure", "Rejection", "Fault", "Interrupt", "Warning"];

/// What may stand in front of the header, with the thread in a hole.
const LEADS: &[&str] = &[
    "Exception in thread \"{thread:*}\" ",
    "Exception in thread {thread}: ",
    "Caused by: ",
    "Wrapped by: ",
    "Uncaught exception: ",
    "Unhandled exception. ",
    "Unhandled Exception: ",
    "Uncaught (in promise) ",
    "Uncaught ",
    "Unhandled rejection ",
    "Unhandled Rejection: ",
    "Nested Exception is ",
];

/// A header whose type is a dotted name: Java, .NET.
pub(super) fn dotted(body: &str) -> Option<Header> {
    let (lead, thread) = lead(body);
    if let Some((ty, message)) = type_at(&body[lead..]).filter(|(ty, m)| dotted_type(ty, *m)) {
        return Some(Header { ty: ty.to_owned(), message: text_of(message), thread, strict: true, at: lead });
    }
    inside(body, true).or_else(|| inside(body, false))
}

/// A header whose type is one word: JavaScript, Python's loggers.
pub(super) fn plain(body: &str) -> Option<Header> {
    let (lead, thread) = lead(body);
    let rest = &body[lead..];
    if let Some((ty, message)) = type_at(rest).filter(|(ty, m)| plain_type(ty, *m)) {
        return Some(Header { ty: ty.to_owned(), message: text_of(message), thread, strict: is_suffixed(ty), at: lead });
    }
    inside(body, false)
}

fn text_of(message: Option<&str>) -> String {
    message.unwrap_or("").trim().to_owned()
}

/// Length of what stands in front of the type, and the thread that it names.
fn lead(body: &str) -> (usize, Option<String>) {
    let hit = LEADS.iter().find_map(|p| fill(p, body));
    hit.map_or((0, None), |h| (h.end, h.get("thread").map(str::to_owned)))
}

/// A name at the start, and the message where a colon follows. Nothing where other text follows.
fn type_at(text: &str) -> Option<(&str, Option<&str>)> {
    let len = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '+' | '`' | '-'))).unwrap_or(text.len());
    let ty = text[..len].trim_end_matches(['.', '-']);
    let rest = code(trim_blank(&text[ty.len()..]));
    (!ty.is_empty()).then_some(())?;
    match rest.strip_prefix(':') {
        Some(message) if !message.starts_with([':', '/']) => Some((ty, Some(message))),
        _ if rest.is_empty() || rest.starts_with("--->") => Some((ty, None)),
        _ => None,
    }
}

/// `[ERR_X]` of Node and `(0x80004005)` of .NET between type and colon, skipped.
fn code(rest: &str) -> &str {
    let skip =
        |open: char, close: char| rest.strip_prefix(open).and_then(|r| r.get(..60.min(r.len())).and_then(|w| w.find(close)).map(|c| &r[c + 1..]));
    match (skip('[', ']'), skip('(', ')')) {
        (Some(after), _) if after.starts_with(':') => after,
        (_, Some(after)) if after.trim_start().starts_with(':') && rest.starts_with("(0x") => after.trim_start(),
        _ => rest,
    }
}

/// A package in lower case and a class, or a namespace and a name that ends like an exception.
fn dotted_type(ty: &str, message: Option<&str>) -> bool {
    let Some((package, class)) = ty.rsplit_once('.') else { return is_suffixed(ty) && ty.starts_with(char::is_uppercase) };
    let upper = class.starts_with(char::is_uppercase) || class.contains('$') || is_suffixed(class);
    let lower = package.starts_with(|c: char| c.is_lowercase() || c == '_') && package.chars().all(|c| c != '-');
    upper && !class.is_empty() && (is_suffixed(class) || lower && (message.is_some() || package.contains('.')))
}

/// A capital letter first, or a name that ends like an exception.
fn plain_type(ty: &str, message: Option<&str>) -> bool {
    let named = is_suffixed(ty) || (message.is_some_and(|m| m.starts_with(' ')) && ty.len() > 2);
    named && ty.rsplit('.').next().is_some_and(|t| t.starts_with(char::is_uppercase)) && !ty.contains('-')
}

/// Whether the name ends like an exception's.
pub(super) fn is_suffixed(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    SUFFIXES.iter().any(|s| name.ends_with(s))
}

/// A type in the middle of a line: `WARN TaskSetManager: Lost task 27.0 …: java.nio.file.AccessDeniedException: s3a://…`.
fn inside(body: &str, dots: bool) -> Option<Header> {
    let mut at = 0;
    for word in body.split(|c: char| is_blank(c) || matches!(c, '"' | '\'' | '(' | '[' | '=' | ',' | ';' | '<' | '>')) {
        let start = at;
        at += word.len();
        at += body[at..].chars().next().map_or(0, char::len_utf8);
        let name = word.trim_end_matches([':', ')', ']', '!']);
        let name = name.split("://").next().unwrap_or(name).rsplit(':').next().unwrap_or(name);
        let fits =
            is_suffixed(name) && name.contains('.') == dots && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '$' | '+' | '`'));
        let upper = name.rsplit('.').next().is_some_and(|n| n.starts_with(char::is_uppercase));
        let from = start + word.find(name).unwrap_or(0);
        let rest = &body[from + name.len()..];
        if fits && upper && (rest.is_empty() || rest.starts_with(": ") || rest == ":" || dots && rest.starts_with([')', ' '])) {
            let message = rest.trim_start_matches([')', ':']).trim().to_owned();
            return Some(Header { ty: name.to_owned(), message, thread: None, strict: false, at: from });
        }
    }
    None
}

/// The header of the frame in line `first`: a strict one above it with its message between, or any in the line right above.
pub(super) fn above(scope: &Scope, first: usize, read: fn(&str) -> Option<Header>) -> Option<(usize, Header)> {
    let mut loose = None;
    let mut blanks = 0;
    let lowest = scope.floor.max(first.saturating_sub(LOOK_BACK));
    let home = scope.prefix(first);
    for at in (lowest..first).rev() {
        if scope.blank(at) {
            blanks += 1;
            if blanks > 2 {
                break;
            }
            continue;
        }
        let near = first - at - blanks == 1;
        match read(window(scope.body(at))) {
            Some(header) if header.strict && (near || is_suffixed(&header.ty)) => return Some(nested_start(scope, lowest, (at, header), read)),
            Some(header) if near && loose.is_none() => loose = Some((at, header)),
            _ => {}
        }
        let foreign = !near && loose.is_none() && scope.prefix(at) != home && !scope.prefix(at).is_empty();
        if foreign || (loose.is_some() && blanks > 0) {
            break;
        }
    }
    loose
}

/// Bytes of a line in which a header is looked for: one endless line must not be read again for each frame below it.
const HEADER_WINDOW: usize = 8_192;

fn window(body: &str) -> &str {
    let mut end = body.len().min(HEADER_WINDOW);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    &body[..end]
}

/// `nested exception is:` says that the header found is part of the message of the one above it.
fn nested_start(scope: &Scope, lowest: usize, hit: (usize, Header), read: fn(&str) -> Option<Header>) -> (usize, Header) {
    let Some(above) = hit.0.checked_sub(1).filter(|a| *a >= lowest) else { return hit };
    let body = scope.body(above);
    let open = body.ends_with("nested exception is:") || (body.ends_with(':') && read(window(body)).is_none_or(|h| !h.strict));
    if !open {
        return hit;
    }
    (lowest..above)
        .rev()
        .take(3)
        .find_map(|at| read(window(scope.body(at))).filter(|h| h.strict && is_suffixed(&h.ty)).map(|h| (at, h)))
        .unwrap_or(hit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_type_and_message() {
        for (line, ty, message) in [
            ("Exception in thread \"billing-\"worker\" 7\" java.lang.NullPointerException: Cannot", "java.lang.NullPointerException", "Cannot"),
            ("android.view.WindowLeaked: Activity x", "android.view.WindowLeaked", "Activity x"),
            ("Failed to acquire a token due to java.lang.NullPointerException", "java.lang.NullPointerException", ""),
            (
                "WARN Lost task 27.0 (<ip> executor 13): java.nio.file.AccessDeniedException: s3a://b: x.Y: z",
                "java.nio.file.AccessDeniedException",
                "s3a://b: x.Y: z",
            ),
            ("System.InvalidOperationException: outer ---> System.X: inner", "System.InvalidOperationException", "outer ---> System.X: inner"),
            ("Caused by: java.lang.Exception: B", "java.lang.Exception", "B"),
        ] {
            let header = dotted(line).unwrap();
            assert_eq!((header.ty.as_str(), header.message.as_str()), (ty, message), "{line}");
        }
        for (line, ty, message) in [
            ("Uncaught TypeError: x is null", "TypeError", "x is null"),
            ("Error [ERR_X]: no", "Error", "no"),
            ("ERROR  | Error: ti run exited", "Error", "ti run exited"),
            ("Error", "Error", ""),
        ] {
            let header = plain(line).unwrap();
            assert_eq!((header.ty.as_str(), header.message.as_str()), (ty, message), "{line}");
        }
        assert!(dotted("we deploy at noon").is_none());
        assert!(plain("and then nothing").is_none());
    }
}
