//! Line patterns with named holes: the grammar's terminal symbols, written as data.
//!
//! `Exception in thread "{thread}" {rest}`: text stands for itself, a blank for any run of blanks, `{name}` for the shortest text up
//! to what follows, `{name:*}` for the longest. Classes: `d` digits, `x` hexadecimal digits, `w` a run without blanks, `i` an
//! identifier, `L` a log level's letter, `n` a number with blanks around it. A hole without a name is skipped. Nothing is tried
//! twice, so the cost is linear in the line.

/// Text found for the holes of a pattern.
#[derive(Debug)]
pub(super) struct Holes<'t> {
    found: Vec<(&'static str, &'t str)>,
    /// Bytes of the text that the pattern covers.
    pub(super) end: usize,
}

impl<'t> Holes<'t> {
    /// Text of a hole, trimmed; nothing where the pattern has no such hole or it is blank.
    pub(super) fn get(&self, name: &str) -> Option<&'t str> {
        self.found.iter().find(|(n, _)| *n == name).map(|(_, t)| t.trim()).filter(|t| !t.is_empty())
    }

    /// A hole as a number.
    pub(super) fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.get(name)?.parse().ok()
    }
}

/// Whether `c` is a blank: also the no-break and the wide spaces that trackers make of tabs.
pub(super) fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t' || c == '\u{a0}' || ('\u{2000}'..='\u{200b}').contains(&c)
}

/// `text` without leading blanks.
pub(super) fn trim_blank(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

/// Matches the pattern at the start of `text`, blanks before it skipped. What follows in the text is free.
pub(super) fn fill<'t>(pattern: &'static str, text: &'t str) -> Option<Holes<'t>> {
    let body = trim_blank(text);
    if !may_begin(pattern.as_bytes(), *body.as_bytes().first()?) {
        return None;
    }
    let mut at = text.len() - body.len();
    let mut found = Vec::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        let Some(hole) = rest.strip_prefix('{') else {
            let (literal, after) = split_literal(rest);
            at += literal_len(literal, text.get(at..)?)?;
            rest = after;
            continue;
        };
        let (spec, after) = hole.split_once('}')?;
        let (name, class) = spec.split_once(':').unwrap_or((spec, ""));
        let len = width(class, text.get(at..)?, split_literal(after).0)?;
        if !name.is_empty() {
            found.push((name, &text[at..at + len]));
        }
        at += len;
        rest = after;
    }
    Some(Holes { found, end: at })
}

/// Whether a text with that first byte can fit: decides for nearly every line, without reading the pattern.
pub(super) fn may_begin(pattern: &[u8], first: u8) -> bool {
    match pattern {
        [b'{', b':', b'd', ..] => first.is_ascii_digit(),
        [b'{', b':', b'L', ..] => matches!(first, b'V' | b'D' | b'I' | b'W' | b'E' | b'F' | b'A'),
        [b'{', b':', b'i', ..] => first.is_ascii_alphanumeric() || matches!(first, b'_' | b'$' | b'-' | b'.') || !first.is_ascii(),
        [b'{' | b' ', ..] | [] => true,
        [literal, ..] => *literal == first,
    }
}

/// Matches the pattern against the whole of `text`, blanks around it skipped.
pub(super) fn fill_all<'t>(pattern: &'static str, text: &'t str) -> Option<Holes<'t>> {
    fill(pattern, text).filter(|h| text[h.end..].trim().is_empty())
}

fn split_literal(pattern: &str) -> (&str, &str) {
    pattern.split_at(pattern.find('{').unwrap_or(pattern.len()))
}

/// Length of `literal` at the start of `text`; a blank of the literal stands for one or more.
fn literal_len(literal: &str, text: &str) -> Option<usize> {
    if let Some(found) = text.strip_prefix(literal) {
        let len = text.len() - found.len();
        return Some(if literal.ends_with(' ') { text.len() - trim_blank(found).len() } else { len });
    }
    let mut at = 0;
    for c in literal.chars() {
        let rest = &text[at..];
        if c == ' ' {
            let after = trim_blank(rest);
            (after.len() < rest.len()).then_some(())?;
            at = text.len() - after.len();
        } else {
            at += rest.strip_prefix(c).map(|_| c.len_utf8())?;
        }
    }
    Some(at)
}

fn width(class: &str, text: &str, next: &str) -> Option<usize> {
    let run = |keep: fn(char) -> bool| text.find(|c| !keep(c)).unwrap_or(text.len());
    let len = match class {
        "d" => run(|c| c.is_ascii_digit()),
        "x" => run(|c| c.is_ascii_hexdigit()),
        "w" => run(|c| !c.is_whitespace() && !is_blank(c)),
        "i" => run(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '.')),
        "n" => run(|c| c.is_ascii_digit() || is_blank(c)),
        "L" => usize::from(text.starts_with(['V', 'D', 'I', 'W', 'E', 'F', 'A'])),
        "*" if next.is_empty() => return Some(text.len()),
        "*" => return text.rfind(next),
        _ if next.is_empty() => return Some(text.len()),
        _ => return text.find(next),
    };
    (len > 0).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_in_one_pass() {
        let h = fill_all("Exception in thread \"{thread:*}\" {rest}", "Exception in  thread \"a \"b\" 7\" x.Y: z").unwrap();
        assert_eq!((h.get("thread"), h.get("rest")), (Some("a \"b\" 7"), Some("x.Y: z")));
        assert_eq!(fill("... {n:d} more", "\t... 12 more").unwrap().number::<u64>("n"), Some(12));
        assert!(fill("... {n:d} more", "... many more").is_none());
        assert!(fill_all("line {n:d}", "line 3 and more").is_none());
    }
}
