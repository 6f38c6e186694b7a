//! What trackers, terminals and loggers did to the text, undone with offsets kept.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::pattern::trim_blank;

/// Text with a way back to the offsets of the original.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Undone<'t> {
    pub(super) text: Cow<'t, str>,
    /// Offset of the original's first byte.
    base: usize,
    /// (offset here, offset in the original), ascending; empty where nothing was changed.
    breaks: Vec<(u32, u32)>,
}

impl Undone<'_> {
    /// Offset in the original of offset `at` of this text.
    pub(super) fn origin(&self, at: usize) -> usize {
        let last = self.breaks.partition_point(|(here, _)| *here as usize <= at);
        match last.checked_sub(1).and_then(|i| self.breaks.get(i)) {
            Some((here, there)) => self.base + *there as usize + (at - *here as usize),
            None => self.base + at,
        }
    }
}

/// One kind of damage: recognises it at the start of the rest of a line.
struct Undo {
    /// First bytes at which it can begin.
    first: u8,
    /// Bytes to take away, and what stands for them.
    apply: fn(&str) -> Option<(usize, &'static str)>,
}

const UNDO: &[Undo] = &[
    Undo { first: 0x1b, apply: ansi },
    Undo { first: b'[', apply: ansi_lost },
    Undo { first: 0x08, apply: |_| Some((1, "")) },
    Undo { first: b'&', apply: entity },
    Undo { first: b'{', apply: wiki_macro },
    Undo { first: b'}', apply: |rest| rest.starts_with("}}").then_some((2, "")) },
    Undo { first: b'\\', apply: escape },
    Undo { first: b'<', apply: tag },
];

/// Undoes everything in one line (or piece of one) that begins at offset `base` of the original.
pub(super) fn undo(line: &str, base: usize) -> Undone<'_> {
    let mut out = String::new();
    let (mut breaks, mut copied, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = line.as_bytes()[at..].iter().position(|b| damage(*b)) {
        at += found;
        let rest = &line[at..];
        let first = rest.as_bytes()[0];
        let Some((len, stands)) = UNDO.iter().filter(|u| u.first == first).find_map(|u| (u.apply)(rest)) else {
            at += 1;
            continue;
        };
        out.push_str(&line[copied..at]);
        out.push_str(stands);
        at += len;
        copied = at;
        breaks.push((out.len() as u32, at as u32));
    }
    if breaks.is_empty() {
        return Undone { text: Cow::Borrowed(line), base, breaks };
    }
    out.push_str(&line[copied..]);
    Undone { text: Cow::Owned(out), base, breaks }
}

fn damage(byte: u8) -> bool {
    matches!(byte, 0x1b | 0x08 | b'[' | b'&' | b'{' | b'}' | b'\\' | b'<')
}

/// `ESC [ 31 m`
fn ansi(rest: &str) -> Option<(usize, &'static str)> {
    let body = rest.strip_prefix("\u{1b}[").or_else(|| rest.strip_prefix("\u{1b}("))?;
    let end = body.find(|c: char| !(c.is_ascii_digit() || matches!(c, ';' | '?')))?;
    let last = body[end..].chars().next().filter(char::is_ascii_alphabetic)?;
    Some((2 + end + last.len_utf8(), ""))
}

/// `[90m` whose escape character a tracker has eaten.
fn ansi_lost(rest: &str) -> Option<(usize, &'static str)> {
    let end = rest.get(1..)?.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    (end > 0 && end <= 8 && rest[1 + end..].starts_with('m')).then_some((end + 2, ""))
}

const ENTITIES: &[(&str, &str)] = &[
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&#x27;", "'"),
    ("&#34;", "\""),
];

fn entity(rest: &str) -> Option<(usize, &'static str)> {
    ENTITIES.iter().find(|(name, _)| rest.starts_with(name)).map(|(name, stands)| (name.len(), *stands))
}

/// Macros of wiki markup that are glued to lines.
const MACROS: &[&str] = &["code", "noformat", "color", "quote", "panel", "monospace"];

fn wiki_macro(rest: &str) -> Option<(usize, &'static str)> {
    if rest.starts_with("{{") {
        return Some((2, ""));
    }
    let body = rest.get(1..)?;
    let name = MACROS.iter().find(|m| body.starts_with(**m))?;
    let end = body.bytes().take(80).position(|b| b == b'}')?;
    matches!(body.as_bytes().get(name.len()), Some(b'}' | b':')).then_some((end + 2, ""))
}

/// `\[` and `\{` of wiki markup, `\t` and `\"` of strings, also escaped twice.
fn escape(rest: &str) -> Option<(usize, &'static str)> {
    let marks = rest.bytes().take_while(|b| *b == b'\\').count();
    let tab = rest[marks..].strip_prefix('t').map(trim_blank).is_some_and(|r| r.starts_with("at ") || r.starts_with("..."));
    if tab {
        return Some((marks + 1, "\t"));
    }
    match rest.as_bytes().get(1)? {
        b'[' | b'{' | b']' | b'}' => Some((1, "")),
        b'"' => Some((2, "\"")),
        _ => None,
    }
}

/// HTML elements that only lay out text. `<init>`, `<module>` and generic arguments are none of them.
const TAGS: &[&str] =
    &["br", "p", "pre", "code", "li", "ul", "ol", "div", "span", "td", "tr", "table", "tbody", "strong", "em", "font", "tt", "blockquote"];

fn tag(rest: &str) -> Option<(usize, &'static str)> {
    let body = rest.get(1..)?;
    let name = body.strip_prefix('/').unwrap_or(body);
    let len = name.bytes().take(12).position(|b| !b.is_ascii_alphanumeric())?;
    let end = rest.bytes().take(200).position(|b| b == b'>')?;
    let closes = matches!(name.as_bytes()[len], b'>' | b' ' | b'/');
    (closes && TAGS.contains(&&name[..len])).then_some((end + 1, ""))
}

/// Tags at which a line of HTML ends.
const LINE_TAGS: &[&str] = &["<br", "<p>", "</p>", "<pre>", "</pre>", "<li>", "</li>", "</div>", "</tr>"];

/// Finds offsets in a line at which a printed line begins.
type Cut = fn(&str, &mut Vec<usize>);

/// Marks without which nothing is cut, and what cuts there.
const CUTS: &[(&str, Cut)] = &[
    ("<", html_cuts),
    ("\\n", escape_cuts),
    (" at ", at_cuts),
    ("File \"", python_cuts),
    (" + ", numbered_cuts),
    ("\r", |line, cuts| cuts.extend(line.match_indices('\r').map(|(at, c)| at + c.len()))),
    ("\u{2028}", |line, cuts| cuts.extend(line.match_indices('\u{2028}').map(|(at, c)| at + c.len()))),
];

static MARKS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(CUTS.iter().map(|c| c.0)).ok());

/// Where a physical line holds several printed lines: offsets at which a new one begins. Sorted; bounded work per byte.
pub(super) fn cuts(line: &str) -> Vec<usize> {
    let Some(marks) = MARKS.as_ref() else { return Vec::new() };
    let marked = marks.find_overlapping_iter(line).fold(0_u32, |all, m| all | 1 << m.pattern().as_usize());
    let mut cuts = Vec::new();
    CUTS.iter().enumerate().filter(|(at, _)| marked & (1 << at) != 0).for_each(|(_, (_, cut))| cut(line, &mut cuts));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.retain(|at| *at > 0 && *at < line.len());
    cuts
}

fn html_cuts(line: &str, cuts: &mut Vec<usize>) {
    LINE_TAGS.iter().for_each(|tag| cuts.extend(line.match_indices(tag).map(|(at, _)| at)));
}

/// `\n` of a string, as two characters. Not in a path (`C:\new`) nor in code: it follows a place or a bracket, or a frame follows it.
fn escape_cuts(line: &str, cuts: &mut Vec<usize>) {
    for at in memchr::memmem::find_iter(line.as_bytes(), b"\\n") {
        let (before, after) = (line[..at].trim_end_matches('\\'), &line[at + 2..]);
        let ends = ends_in_place(before) || before.ends_with("[native code]");
        let follows = trim_blank(after).trim_start_matches(['\\', 't', ' ']);
        let begins = ["at ", "Caused by", "File \"", "... "].iter().any(|s| follows.starts_with(s) || after.starts_with(s));
        if ends || begins {
            cuts.push(at + 2);
        }
    }
}

/// `…:12` at the end.
fn ends_in_place(text: &str) -> bool {
    let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
    head.len() < text.len() && head.ends_with(':')
}

/// ` at x.Y.z(Y.java:1)` more than once in a line, or once behind a bare type.
fn at_cuts(line: &str, cuts: &mut Vec<usize>) {
    let places: Vec<usize> = memchr::memmem::find_iter(line.as_bytes(), b" at ")
        .map(|at| at + 1)
        .filter(|at| !line[..*at].trim().is_empty() && !line[..*at].ends_with("(eval ") && at_frame(&line[at + 3..]))
        .collect();
    let Some(first) = places.first() else { return };
    let typed = line[..*first].split_whitespace().last().is_some_and(|w| super::header::is_suffixed(w) && w.contains('.'));
    if places.len() >= 2 || typed || trim_blank(line).starts_with("at ") {
        cuts.extend(places);
    }
}

/// Bytes looked at for the shape of one frame.
const FRAME_WINDOW: usize = 400;

/// Whether a frame's place follows: `name(File.ext:n`, `name (url:n:m)`, `url:n:m`.
fn at_frame(rest: &str) -> bool {
    let window = &rest.as_bytes()[..rest.len().min(FRAME_WINDOW)];
    let Some(end) = window.iter().position(|b| *b == b'(') else { return false };
    let Some(close) = window[end..].iter().position(|b| *b == b')') else { return false };
    let name = &window[..end];
    let place = &window[end + 1..end + close];
    let named = name.iter().filter(|b| **b == b' ').count() <= 3 && !name.is_empty() && memchr::memmem::find(name, b" at ").is_none();
    named && (place.contains(&b':') || place.starts_with(b"Native") || place.starts_with(b"Unknown") || place.starts_with(b"<"))
}

/// The nearest start of a character at or below `at`.
fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// `Traceback (most recent call last): File "…` and `… File "x", line 3, in f …` in one line.
fn python_cuts(line: &str, cuts: &mut Vec<usize>) {
    for at in memchr::memmem::find_iter(line.as_bytes(), b"File \"") {
        let window = &line.as_bytes()[at..line.len().min(at + FRAME_WINDOW)];
        let frame = memchr::memmem::find(window, b"\", line ").is_some();
        let before = &line[floor_boundary(line, at.saturating_sub(FRAME_WINDOW))..at];
        if frame && (before.contains("last):") || before.contains("\", line ")) {
            cuts.push(at);
        }
    }
}

/// `… + 154 1 libobjc.A.dylib 0x3c3cc8a5 …`: numbered frames with addresses, more than once in a line.
fn numbered_cuts(line: &str, cuts: &mut Vec<usize>) {
    let places: Vec<usize> = memchr::memmem::find_iter(line.as_bytes(), b" + ")
        .filter_map(|at| {
            let after = line[at + 3..].trim_start_matches(|c: char| c.is_ascii_digit());
            let start = line.len() - after.len() + 1;
            let (number, rest) = after.strip_prefix(' ')?.split_once(' ')?;
            let numbered = !number.is_empty() && number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
            let address = rest.trim_start().split_once(' ').is_some_and(|(_, r)| r.trim_start().starts_with("0x"));
            (numbered && address).then_some(start)
        })
        .collect();
    cuts.extend(places);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lead_back_to_the_original() {
        let line = "\u{1b}[31m\tat com.x.Foo.&lt;init&gt;(Foo.java:3){code}";
        let undone = undo(line, 100);
        assert_eq!(undone.text, "\tat com.x.Foo.<init>(Foo.java:3)");
        let at = undone.text.find("(Foo").unwrap();
        assert_eq!(undone.origin(at) - 100, line.find("(Foo").unwrap());
        assert_eq!(undo("plain [x] {y}", 0).text, "plain [x] {y}");
    }

    #[test]
    fn a_flattened_trace_is_cut_before_its_frames() {
        let line = "java.io.IOException: look at home at a.B.c(B.java:1) at a.D.e(D.java:2)";
        assert_eq!(cuts(line).iter().map(|c| &line[*c..c + 6]).collect::<Vec<_>>(), ["at a.B", "at a.D"]);
        assert_eq!(cuts("see you at work (10:30) and at home"), Vec::<usize>::new());
        assert_eq!(cuts("C:\\new\\node.py").len(), 0);
        let lines = cuts("TypeError: x\\n    at f (a.js:1:2)\\n    at g (a.js:3:4)");
        assert_eq!(lines.len(), 4, "the blanks between the two kinds of cuts are lines of their own");
    }
}
