//! The piece of a text that shows why it was found.

use super::query::Expr;
use super::words::{Word, Words};

/// A piece of a text with the words that were looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The piece, on one line; `…` stands where something was left out.
    pub text: String,
    /// Byte ranges of the words in it, in order, not overlapping.
    pub marks: Vec<(usize, usize)>,
}

/// The piece of `text`, about `width` characters, that holds the most different words of the query; nothing where none stands in it.
/// `field` is the field that the text stands for: words that were asked for in another field are not marked.
pub fn snippet(text: &str, field: &str, expr: &Expr, width: usize) -> Option<Snippet> {
    let marks = matches(text, field, expr);
    let (first, last) = densest(&marks, width)?;
    let shown: Vec<(usize, usize)> = marks[first..=last].iter().map(|m| (m.start, m.end)).collect();
    let spare = width.saturating_sub(shown[shown.len() - 1].1 - shown[0].0) / 2;
    let start = word_start(text, back(text, shown[0].0, spare));
    let end = word_end(text, ahead(text, shown[shown.len() - 1].1, spare));
    Some(cut_out(text, start, end, &shown))
}

/// A place of the text where words of the query stand, with the number of the phrase or prefix.
#[derive(Clone, Copy, Debug)]
struct Mark {
    start: usize,
    end: usize,
    what: usize,
}

fn matches(text: &str, field: &str, expr: &Expr) -> Vec<Mark> {
    let phrases: Vec<Vec<String>> = expr.wanted_words().into_iter().filter(|(f, _)| f.is_none_or(|f| f == field)).map(|(_, words)| words).collect();
    let prefixes = expr.wanted_prefixes();
    let words: Vec<(Word, String)> = Words::of(text).map(|w| (w, text[w.start..w.end].to_lowercase())).collect();
    let mut marks = Vec::new();
    for at in 0..words.len() {
        let phrase = phrases.iter().enumerate().filter_map(|(what, phrase)| Some((what, phrase_end(&words, at, phrase)?)));
        let prefix = prefixes.iter().enumerate().filter(|(_, p)| words[at].1.starts_with(p.as_str()));
        let prefix = prefix.map(|(what, _)| (phrases.len() + what, words[at].0.end));
        marks.extend(phrase.chain(prefix).map(|(what, end)| Mark { start: words[at].0.start, end, what }));
    }
    marks.sort_by_key(|m| (m.start, std::cmp::Reverse(m.end)));
    // Of two marks that overlap the earlier (and of equal beginning the longer) stays.
    let mut end = 0;
    marks.retain(|m| {
        let apart = m.start >= end;
        end = if apart { m.end } else { end };
        apart
    });
    marks
}

/// Where a phrase that begins with word `at` ends; nothing where it does not stand there.
fn phrase_end(words: &[(Word, String)], at: usize, phrase: &[String]) -> Option<usize> {
    let mut end = None;
    for (offset, wanted) in phrase.iter().enumerate() {
        let position = words[at].0.position + offset;
        let here = words[at..].iter().take_while(|(w, _)| w.position <= position);
        let found = here.filter(|(w, _)| w.position == position).find(|(_, word)| word == wanted)?;
        end = Some(found.0.end);
    }
    end
}

/// First and last of the run of marks within `width` bytes that holds the most different words; the earliest of equals.
fn densest(marks: &[Mark], width: usize) -> Option<(usize, usize)> {
    let run = |first: usize| {
        let last = (first..marks.len()).take_while(|i| marks[*i].end - marks[first].start <= width).last().unwrap_or(first);
        let different: std::collections::BTreeSet<usize> = marks[first..=last].iter().map(|m| m.what).collect();
        (different.len(), last)
    };
    let best = (0..marks.len())
        .map(|first| (run(first), first))
        .max_by_key(|((different, last), first)| (*different, last - first, std::cmp::Reverse(*first)));
    best.map(|((_, last), first)| (first, last))
}

fn back(text: &str, from: usize, characters: usize) -> usize {
    text[..from].char_indices().rev().take(characters).last().map_or(from, |(at, _)| at)
}

fn ahead(text: &str, from: usize, characters: usize) -> usize {
    text[from..].chars().take(characters).map(char::len_utf8).sum::<usize>() + from
}

/// The next beginning of a word at or behind `at`, unless that is far.
fn word_start(text: &str, at: usize) -> usize {
    if !text[..at].ends_with(wordy) {
        return at;
    }
    text[at..].char_indices().take(FAR).find(|(_, c)| !wordy(*c)).map_or(at, |(i, c)| at + i + c.len_utf8())
}

/// The last end of a word at or before `at`, unless that is far.
fn word_end(text: &str, at: usize) -> usize {
    if !text[at..].starts_with(wordy) {
        return at;
    }
    text[..at].char_indices().rev().take(FAR).find(|(_, c)| !wordy(*c)).map_or(at, |(i, _)| i)
}

/// Characters after which a word is cut rather than left out.
const FAR: usize = 16;

fn wordy(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn cut_out(text: &str, start: usize, end: usize, marks: &[(usize, usize)]) -> Snippet {
    let (start, end) = (start.min(marks[0].0), end.max(marks[marks.len() - 1].1));
    let mut out = String::from(if text[..start].trim().is_empty() { "" } else { "…" });
    let offset = out.len();
    // Every white space becomes one blank of the same number of bytes, so that the marks stay where they are.
    out.extend(
        text[start..end]
            .chars()
            .flat_map(|c| std::iter::repeat_n(if c.is_whitespace() { ' ' } else { c }, if c.is_whitespace() { c.len_utf8() } else { 1 })),
    );
    out.truncate(out.trim_end().len());
    if !text[end..].trim().is_empty() {
        out.push('…');
    }
    Snippet { text: out, marks: marks.iter().map(|(a, b)| (a - start + offset, b - start + offset)).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::query::parse;
    use super::*;

    fn shown(text: &str, query: &str, width: usize) -> String {
        let Some(found) = snippet(text, "description", &parse(query).unwrap(), width) else { return "nothing".into() };
        let mut out = found.text;
        for (start, end) in found.marks.into_iter().rev() {
            out.insert(end, ']');
            out.insert(start, '[');
        }
        out
    }

    #[test]
    fn the_piece_with_the_most_words_is_shown() {
        let text = "The nightly job failed.\n\nLater the refund was sent twice because PaymentGate.charge retried the call after a timeout.";
        let rows = [
            ("refund twice", 40, "…the [refund] was sent [twice] because…"),
            ("\"sent twice\"", 30, "…was [sent twice] because…"),
            ("paymentGate", 24, "…[PaymentGate]…"),
            ("pay*", 20, "…[PaymentGate]…"),
            ("job", 500, "The nightly [job] failed.  Later the refund was sent twice because PaymentGate.charge retried the call after a timeout."),
            ("title:refund", 40, "nothing"),
            ("absent", 40, "nothing"),
            ("refund -twice", 10, "…[refund]…"),
        ];
        let found: Vec<String> = rows.iter().map(|(query, width, _)| shown(text, query, *width)).collect();
        assert_eq!(found, rows.map(|(_, _, expected)| expected));
    }

    proptest! {
        #[test]
        fn marks_stand_at_characters_in_order(text in "[a-c\u{e4}\u{2003}\n .A-C]{0,80}", width in 0..40usize) {
            if let Some(found) = snippet(&text, "description", &parse("a b* \"c a\"").unwrap(), width) {
                let mut last = 0;
                for (start, end) in found.marks {
                    prop_assert!(start >= last && start < end);
                    prop_assert!(found.text.get(start..end).is_some());
                    last = end;
                }
                prop_assert!(!found.text.contains('\n'));
            }
        }
    }
}
