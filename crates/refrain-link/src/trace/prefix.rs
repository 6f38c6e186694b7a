//! What loggers, build tools and people put in front of a line. Prefixes stack up, so they are taken off one after the other.

use std::sync::LazyLock;

use super::pattern::{fill, is_blank, may_begin, trim_blank};

/// Prefixes on one line at most.
const DEPTH: usize = 8;

/// A kind of prefix: its name, the patterns that recognise it.
struct Prefix {
    #[allow(dead_code)]
    name: &'static str,
    patterns: &'static [&'static str],
}

/// Shapes that are a prefix wherever they stand at a line's start.
const PREFIXES: &[Prefix] = &[
    Prefix { name: "logcat brief", patterns: &["{:L}/{tag:i}({:n}):", "{:L}/{tag:i} ({:n}):"] },
    Prefix {
        name: "logcat with words",
        patterns: &[
            "ERROR/{tag:i}({:n}):",
            "WARN/{tag:i}({:n}):",
            "INFO/{tag:i}({:n}):",
            "DEBUG/{tag:i}({:n}):",
            "VERBOSE/{tag:i}({:n}):",
            "ASSERT/{tag:i}({:n}):",
        ],
    },
    Prefix { name: "logcat of an editor", patterns: &["{:d}-{:d}/{:w} "] },
    Prefix { name: "runtime of Android", patterns: &["art/runtime/{:w} ", "art: art/runtime/{:w} "] },
    Prefix { name: "logcat without pid", patterns: &["{:L}/{tag:i}:"] },
    Prefix { name: "logcat threadtime", patterns: &["{:d} {:d} {:L} {tag:i}:", "{:d} {:d} {:L} {tag:i} :"] },
    Prefix { name: "checker", patterns: &["=={pid:d}==", "--{pid:d}--", "**{pid:d}**"] },
    Prefix { name: "kernel level", patterns: &["<{:d}>"] },
    Prefix { name: "package manager", patterns: &["npm ERR!", "npm error", "npm ERR!"] },
    Prefix { name: "multiplexed", patterns: &["{:i}_{:d} |", "pod/{:w} {:i} |"] },
    Prefix { name: "tool column", patterns: &["ERROR  |", "TRACE  |", "INFO  |", "WARN  |", "DEBUG  |", "ERROR |", "TRACE |", "INFO |", "DEBUG |"] },
    Prefix { name: "container build", patterns: &["#{:d} {:d}.{:d} "] },
    Prefix { name: "wiki quote", patterns: &["bq. "] },
];

/// Words in brackets that belong to a trace and are no prefix.
const BRACKETS_KEPT: &[&str] = &[
    "cause]",
    "errors]",
    "C]",
    "native code]",
    "internal function]",
    "string ",
    "Previous line",
    "signal ",
    "end of ",
    "clone",
    "AggregateError",
    "<",
    "0x",
    "stack]",
    "recovered]",
    "heap]",
    "inline",
    "] ",
];

/// Length of the prefixes at the start of `text`, the blanks after them not counted.
pub(super) fn prefix_len(text: &str) -> usize {
    let mut at = 0;
    for _ in 0..DEPTH {
        let rest = &text[at..];
        let len = match one(rest) {
            0 => column(rest),
            len => len,
        };
        if len == 0 {
            break;
        }
        at += len;
    }
    at
}

/// Words that are looked for behind columns, with the blank in front.
const COLUMN_WORDS: &[&str] = &["\tat ", " at ", " Caused by: ", "\tCaused by: ", " File \""];
/// Bytes in which columns end.
const COLUMN_BYTES: usize = 120;

/// Columns of any log in front of a frame: `  455   TiUIImageView  E   at x.y(Z.java:1)`. They hold a number, a level or a mark,
/// and the frame is the rest of the line.
fn column(text: &str) -> usize {
    let mut window = text.len().min(COLUMN_BYTES);
    while !text.is_char_boundary(window) {
        window -= 1;
    }
    if window < 4 || begins_like_frame(trim_blank(text)) {
        return 0;
    }
    let begins = |at: &usize| COLUMN_WORDS.iter().any(|w| text[*at..window].starts_with(w));
    let Some(at) = memchr::memchr2_iter(b' ', b'\t', &text.as_bytes()[..window]).find(begins) else { return 0 };
    let (columns, rest) = text.split_at(at);
    let words = columns.split_whitespace().count();
    let marked =
        columns.bytes().any(|b| b.is_ascii_digit() || matches!(b, b'|' | b'/' | b']' | b'!')) || columns.trim().len() == 1 || rest.starts_with('\t');
    let frame = super::jvm::frame(trim_blank(rest)).is_some_and(|f| f.end + 8 >= trim_blank(rest).len()) || !trim_blank(rest).starts_with("at ");
    if words > 0 && words <= 9 && marked && frame && !columns.trim_end().contains(": ") { at } else { 0 }
}

fn one(text: &str) -> usize {
    let body = trim_blank(text);
    let lead = text.len() - body.len();
    let Some(first) = body.bytes().next() else { return 0 };
    let len = match first {
        b'[' => bracket(body),
        b'>' => quote(body, ">"),
        b'|' => quote(body, "|"),
        b'*' => bullet(body).max(pattern(body)),
        b'/' => body.strip_prefix("// ").map_or(0, |_| 2),
        b'0'..=b'9' => stamp(body).max(pattern(body)),
        b'(' => parenthesis(body),
        b':' => body.strip_prefix(": ").map_or(0, |_| 1),
        b'a'..=b'z' => tag(body).max(pattern(body)),
        b'A'..=b'Z' => pattern(body).max(month(body)).max(tag(body)),
        b'\'' | b'"' => usize::from(begins_like_frame(trim_blank(&body[1..]))),
        _ => pattern(body),
    };
    if len == 0 { 0 } else { lead + len }
}

/// The patterns that a text with that first byte may fit, in the order of the table.
static BY_FIRST: LazyLock<Vec<Vec<&'static str>>> = LazyLock::new(|| {
    let all = || PREFIXES.iter().flat_map(|p| p.patterns).copied();
    (0..=u8::MAX).map(|first| all().filter(|p| may_begin(p.as_bytes(), first)).collect()).collect()
});

fn pattern(body: &str) -> usize {
    let Some(first) = body.bytes().next() else { return 0 };
    BY_FIRST[usize::from(first)].iter().find_map(|p| fill(p, body)).map_or(0, |h| h.end)
}

/// `[ERROR]`, `[main]`, `[  12.345678]`, `[INFO][dalvikvm(  872)]`, with a colon after it or not.
fn bracket(body: &str) -> usize {
    let Some(close) = body.bytes().take(64).position(|b| b == b']') else { return 0 };
    let inner = &body[1..close];
    let kept = BRACKETS_KEPT.iter().any(|k| body[1..].starts_with(k));
    let text = inner.contains(":FATAL:") || inner.bytes().any(|b| matches!(b, b'"' | b'\'' | b'{' | b';' | b'=')) || inner.contains(": ");
    let after = &body[close + 1..];
    if kept || text || inner.is_empty() || after.is_empty() {
        return 0;
    }
    let colon = trim_blank(after).strip_prefix(':').map_or(after, |rest| rest);
    body.len() - colon.len()
}

/// `> quoted`, `| cell`. Not `> 12 | code`, with which test runners mark a line of source.
fn quote(body: &str, mark: &str) -> usize {
    let rest = &body[mark.len()..];
    let after = trim_blank(rest).trim_start_matches(|c: char| c.is_ascii_digit());
    let marked = mark == ">" && after.len() < trim_blank(rest).len() && trim_blank(after).starts_with('|');
    if marked || (rest.is_empty() && mark != ">") { 0 } else { mark.len() }
}

/// `* at x.y(Z.java:1)`: a bullet or the star of a block comment, never `***`, which heads other things.
fn bullet(body: &str) -> usize {
    let rest = &body[1..];
    if rest.starts_with([' ', '\t']) && begins_like_frame(trim_blank(rest)) { 1 } else { 0 }
}

/// `(main)`, `(KrollRuntimeThread)` where a frame follows.
fn parenthesis(body: &str) -> usize {
    let close = body.bytes().take(48).position(|b| b == b')');
    close.map_or(0, |c| if begins_like_frame(trim_blank(&body[c + 1..])) { c + 1 } else { 0 })
}

/// `TiApplication: ` where a frame follows; before a header it could be the type of an exception.
fn tag(body: &str) -> usize {
    let len = body.bytes().take(48).position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/')));
    let Some(len) = len.filter(|l| *l > 0) else { return 0 };
    let Some(rest) = body[len..].strip_prefix(':') else { return 0 };
    let follows = trim_blank(rest);
    let blank = rest.starts_with(is_blank);
    if blank && begins_like_frame(follows) { len + 1 } else { 0 }
}

/// Beginnings after which a loose tag is a prefix.
const FRAME_BEGINNINGS: &[&str] = &["at ", "Caused by: ", "... ", "File \"", "Suppressed: ", "#0", "#1"];

fn begins_like_frame(text: &str) -> bool {
    text == "at" || FRAME_BEGINNINGS.iter().any(|b| text.starts_with(b))
}

/// A date, a time, or both, with fraction and zone.
fn stamp(body: &str) -> usize {
    let (day, rest) = numbers(body, &['-', '/']);
    let after = rest.strip_prefix('T').unwrap_or(trim_blank(rest));
    let (time, tail) = numbers(if day == 3 || day == 2 { after } else { body }, &[':']);
    if time < 3 {
        return 0;
    }
    let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | 'Z' | '+'));
    let tail = trim_blank(tail).strip_prefix("-").map_or(tail, |t| if t.starts_with(' ') { t } else { tail });
    body.len() - tail.strip_prefix(':').unwrap_or(tail).len()
}

/// How many numbers joined by one of `by` begin the text, and what follows the last.
fn numbers<'t>(text: &'t str, by: &[char]) -> (usize, &'t str) {
    let (mut count, mut rest) = (0, text);
    loop {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() == rest.len() {
            return (count, rest);
        }
        count += 1;
        match after.strip_prefix(by) {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => return (count, after),
        }
    }
}

const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Dec 22 15:51:11 host proc[6512] <Notice>: `
fn month(body: &str) -> usize {
    let Some(rest) = MONTHS.iter().find_map(|m| body.strip_prefix(m)) else { return 0 };
    let Some(holes) = fill("{:d} {:d}:{:d}:{:d} ", rest) else { return 0 };
    let tail = &rest[holes.end..];
    let end = tail.bytes().take(160).collect::<Vec<_>>();
    let close = memchr::memmem::find(&end, b">: ").map(|at| at + 2).or_else(|| memchr::memmem::find(&end, b"]: ").map(|at| at + 2));
    close.map_or(0, |at| body.len() - tail.len() + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> &str {
        text[prefix_len(text)..].trim_start()
    }

    #[test]
    fn prefixes_stack_up() {
        for (line, left) in [
            ("E/AndroidRuntime( 3450):   at a.b(C.java:1)", "at a.b(C.java:1)"),
            ("10-13 13:30:04.455: E/ActivityManager(1376): ANR in x", "ANR in x"),
            ("[ERROR] :  TiApplication: \tat a.b(C.java:1)", "at a.b(C.java:1)"),
            ("  455           TiUIImageView  E  \tat a.b(C.java:1)", "at a.b(C.java:1)"),
            ("5300 06-23 01:00:22.845  8915  8915 E TiApplication:   at a.b(C.java:1)", "at a.b(C.java:1)"),
            ("'    at a.b(C.java:1)", "at a.b(C.java:1)"),
            ("we met at noon(12:30)", "we met at noon(12:30)"),
            ("[INFO][dalvikvm(  872)]   at a.b(C.java:1)", "at a.b(C.java:1)"),
            ("[WARN] :   W/System.err:     at a.b(C.java:1)", "at a.b(C.java:1)"),
            ("==24579==    by 0x10936B: main (crash.c:15)", "by 0x10936B: main (crash.c:15)"),
            ("2024-03-01T10:11:12.345Z  at a.b(C.java:1)", "at a.b(C.java:1)"),
            ("2024-03-01 10:11:12,345 [main] ERROR x", "ERROR x"),
            ("Dec 22 15:51:11 unknown UIKitApplication:com.x[0xff95][6512] <Notice>: 12  app 0x1 x + 1", "12  app 0x1 x + 1"),
            ("> > at a.b(C.java:1)", "at a.b(C.java:1)"),
            ("[cause]: RangeError: id < 0", "[cause]: RangeError: id < 0"),
            ("#12 0.531 at f (a.js:1:2)", "at f (a.js:1:2)"),
            ("RuntimeException: no tag", "RuntimeException: no tag"),
            ("[C]: in ?", "[C]: in ?"),
        ] {
            assert_eq!(stripped(line), left, "{line}");
        }
    }
}
