//! Words of a text with their places: the same for phrases and for the mechanism view.
//!
//! A word is a run of letters and digits, lower-cased. Hyphens, underscores, dots and camel-case humps separate words
//! (`getUnchecked`, `get_unchecked` and `get-unchecked` are the same two); an apostrophe joins (`doesn't` is `doesnt`).

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'w> {
    /// Lower case, apostrophes dropped.
    pub text: &'w str,
    /// First byte in the text.
    pub start: usize,
    /// End (half open) in the text.
    pub end: usize,
    /// A sentence, list item, table cell or paragraph begins here: no phrase reaches across.
    pub fresh: bool,
}

/// Longest word, in bytes: what is longer is a key, a hash or a blob, and is cut off.
const LONGEST: usize = 64;

/// Calls `take` with each word in order.
pub fn each_word(text: &str, mut take: impl FnMut(Word<'_>)) {
    let mut lower = String::with_capacity(LONGEST);
    let mut fresh = true;
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if !first.is_alphanumeric() {
            fresh |= breaks(first, chars.peek().map(|c| c.1));
            continue;
        }
        lower.clear();
        push_lower(&mut lower, first);
        let (mut end, mut last) = (start + first.len_utf8(), first);
        while let Some((at, next)) = chars.peek().copied() {
            let after = text[at + next.len_utf8()..].chars().next();
            if is_apostrophe(next) && after.is_some_and(char::is_alphabetic) {
                chars.next();
                continue;
            }
            if !next.is_alphanumeric() || hump(last, next, after) {
                break;
            }
            push_lower(&mut lower, next);
            (end, last) = (at + next.len_utf8(), next);
            chars.next();
        }
        take(Word { text: &lower, start, end, fresh });
        fresh = false;
    }
}

fn push_lower(lower: &mut String, c: char) {
    if lower.len() < LONGEST {
        lower.extend(c.to_lowercase());
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// A new word begins at `next`: `get|Unchecked`, `HTTP|Server`.
fn hump(last: char, next: char, after: Option<char>) -> bool {
    next.is_uppercase() && (last.is_lowercase() || (last.is_uppercase() && after.is_some_and(char::is_lowercase)))
}

/// Whether a phrase ends at this sign. A single line break does not: text may be wrapped.
fn breaks(c: char, next: Option<char>) -> bool {
    match c {
        '.' | '!' | '?' | ':' => next.is_none_or(char::is_whitespace),
        ';' | '|' => true,
        '\n' => next.is_some_and(|n| matches!(n, '\n' | '-' | '*' | '•' | '#' | '>') || n.is_ascii_digit()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        each_word(text, |w| out.push(format!("{}{}", if w.fresh { "/" } else { "" }, w.text)));
        out
    }

    const CASES: &[(&str, &str)] = &[
        ("Use-after-free in getUnchecked()", "/use after free in get unchecked"),
        ("HTTPServer v2.10 fails", "/http server v2 10 fails"),
        ("it doesn't lock; it waits", "/it doesnt lock /it waits"),
        ("no retry.\nNext line", "/no retry /next line"),
        ("one\ntwo", "/one two"),
        ("one\n\ntwo", "/one /two"),
        ("- one\n- two", "/one /two"),
        ("the user's own", "/the users own"),
        ("über Größe", "/über größe"),
        ("", ""),
        ("--- ***", ""),
    ];

    #[test]
    fn words_as_people_read_them() {
        for (text, expected) in CASES {
            assert_eq!(words(text).join(" "), *expected, "{text}");
        }
    }

    #[test]
    fn places_point_into_the_text() {
        let text = "Ärger: retryLoop isn't bounded";
        each_word(text, |w| assert!(text[w.start..w.end].to_lowercase().replace('\'', "") == w.text, "{w:?}"));
    }
}
