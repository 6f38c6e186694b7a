//! Text of XML as runners write it: forbidden characters, references, line numbers.

/// Whether XML 1.0 allows a character (section 2.2 of the recommendation).
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The text without characters that XML 1.0 forbids (runners print colour codes and back-spaces), and how many were taken out.
pub fn allowed(text: &str) -> (String, usize) {
    let kept: String = text.chars().filter(|c| is_allowed(*c)).collect();
    let removed = text.chars().count() - kept.chars().count();
    (without_colours(&kept), removed)
}

/// Takes out what is left of colour codes once their escape character is gone (`[31m`).
fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let digits = rest[at + 1..].bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
        let colour = digits > 0 && digits <= 12 && rest[at + 1 + digits..].starts_with('m');
        let end = if colour { at + digits + 2 } else { at + 1 };
        out.push_str(if colour { &rest[..at] } else { &rest[..end] });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The character that a reference names (`lt`, `#10`, `#x1F600`); unknown names stay as they are written, forbidden ones vanish.
pub fn reference(name: &str) -> String {
    let named = [("lt", "<"), ("gt", ">"), ("amp", "&"), ("quot", "\""), ("apos", "'")].iter().find(|(known, _)| *known == name);
    if let Some((_, text)) = named {
        return (*text).to_owned();
    }
    let Some(number) = name.strip_prefix('#') else { return format!("&{name};") };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32).filter(|c| is_allowed(*c)).map(String::from).unwrap_or_default()
}

/// A raw attribute value with its references resolved. Line breaks that stand in it literally are kept, against the rule of XML:
/// traces stand in `message`.
pub fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest[1..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        let end = Some(name + 1).filter(|end| name > 0 && rest[*end..].starts_with(';'));
        match end {
            Some(end) => {
                out.push_str(&reference(&rest[1..end]));
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The last bytes of a text, cut at a character.
pub fn tail(text: &str, bytes: usize) -> &str {
    let mut from = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

/// Line of a byte, from 1.
pub fn line_at(text: &str, at: usize) -> u32 {
    text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count() as u32 + 1
}

/// Lines of bytes that only grow, without counting again from the start.
pub struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    /// Begins at a byte.
    pub fn new(text: &'a str, from: usize) -> Self {
        Self { text, at: from, line: line_at(text, from) }
    }

    /// Line of a byte that is not before the one asked last.
    pub fn at(&mut self, at: usize) -> u32 {
        let end = at.clamp(self.at, self.text.len());
        self.line += self.text.as_bytes()[self.at..end].iter().filter(|b| **b == b'\n').count() as u32;
        self.at = end;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_control_characters_go() {
        let (text, removed) = allowed("a\u{1b}[31mred\u{1b}[0m\u{8} list[31] m");
        assert_eq!((text.as_str(), removed), ("ared list[31] m", 3));
    }

    #[test]
    fn references_are_resolved_and_unknown_ones_kept() {
        assert_eq!(unescape("a &lt;b&gt; &#10;&#x9;c &amp;amp; &unknown; & d&#8;"), "a <b> \n\tc &amp; &unknown; & d");
    }

    #[test]
    fn a_tail_is_cut_at_a_character() {
        assert_eq!(tail("aé", 1), "");
        assert_eq!(tail("aé", 2), "é");
    }
}
