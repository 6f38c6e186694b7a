//! A text as the lines that a program printed: damage undone, prefixes apart, offsets kept.

use super::pattern::{is_blank, trim_blank};
use super::prefix::prefix_len;
use super::undo::{Undone, cuts, undo};

/// A printed line.
#[derive(Clone, Debug)]
pub(super) struct Line<'t> {
    undone: Undone<'t>,
    /// Length of prefixes in the undone text.
    prefix: usize,
    /// Where in the undone text the body begins and ends.
    body: (usize, usize),
    /// Offset of the line's first byte in the text, prefix included.
    pub(super) start: usize,
    /// Offset after its last byte that is not blank.
    pub(super) end: usize,
    /// Several printed lines were found in one line of the text.
    pub(super) piece: bool,
}

impl Line<'_> {
    /// Without prefixes and blanks.
    pub(super) fn body(&self) -> &str {
        &self.undone.text[self.body.0..self.body.1]
    }

    /// Nothing but blanks.
    pub(super) fn is_blank(&self) -> bool {
        self.body().is_empty()
    }

    /// Blanks in front of the body; a tab counts four.
    pub(super) fn indent(&self) -> usize {
        self.undone.text[self.prefix..self.body.0].chars().map(|c| if c == '\t' { 4 } else { 1 }).sum()
    }

    /// The prefixes.
    pub(super) fn prefix(&self) -> &str {
        self.undone.text[..self.prefix].trim()
    }

    /// Offset in the text of offset `at` of `body()`.
    pub(super) fn origin(&self, at: usize) -> usize {
        self.undone.origin(self.body.0 + at)
    }
}

/// The printed lines of one physical line, appended.
pub(super) fn printed<'t>(text: &'t str, (start, end): (usize, usize), out: &mut Vec<Line<'t>>) {
    let whole = text[start..end].trim_end_matches('\r');
    let cuts = cuts(whole);
    let mut from = 0;
    for to in cuts.iter().copied().chain([whole.len()]) {
        out.push(line(&whole[from..to], start + from, !cuts.is_empty()));
        from = to;
    }
}

fn line(raw: &str, start: usize, piece: bool) -> Line<'_> {
    let trimmed = raw.trim_end_matches(|c: char| c.is_whitespace() || is_blank(c));
    let trimmed = without_escapes(trimmed);
    let undone = undo(trimmed, start);
    let prefix = prefix_len(&undone.text);
    let kept = undone.text[prefix..].trim_end_matches(|c: char| c.is_whitespace() || is_blank(c));
    let end = prefix + kept.len();
    let body = (end - trim_blank(kept).len(), end);
    Line { undone, prefix, body, start, end: start + trimmed.len(), piece }
}

/// Escaped blanks at the end of a piece of a string are blanks.
fn without_escapes(text: &str) -> &str {
    let mut text = text;
    while let Some(rest) = ["\\n", "\\t", "\\r"].iter().find_map(|e| text.strip_suffix(e)) {
        text = rest.trim_end_matches(|c: char| c == '\\' || is_blank(c));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_knows_where_it_stands() {
        let text = "x\r\n[ERROR]  \tat a.B.&lt;init&gt;(B.java:1)\r\ny";
        let mut lines = Vec::new();
        [(0, 2), (3, text.len() - 3), (text.len() - 1, text.len())].into_iter().for_each(|b| printed(text, b, &mut lines));
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1].body(), "at a.B.<init>(B.java:1)");
        assert_eq!(&text[lines[1].start..lines[1].end], "[ERROR]  \tat a.B.&lt;init&gt;(B.java:1)");
        assert_eq!(&text[lines[1].origin(0)..][..4], "at a");
        assert_eq!(&text[lines[1].origin(lines[1].body().len())..][..1], "\r");
        assert_eq!(lines[1].prefix(), "[ERROR]");
    }
}
