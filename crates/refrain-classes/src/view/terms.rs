//! Terms of a text: words and pairs of neighbouring words that say something.

use crate::text::{Reading, is_stop_word};
use crate::words::each_word;

/// Name of a term within one model: FNV-1a over its words, 64 bits. Two terms of one corpus share a name once in many million corpora.
pub type TermHash = u64;

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// Hash of a word.
fn hash(word: &str) -> TermHash {
    word.bytes().fold(SEED, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Hash of a term as written: its words separated by single blanks.
pub fn hash_term(term: &str) -> TermHash {
    match term.split_once(' ') {
        Some((first, second)) => pair(hash(first), hash(second)),
        None => hash(term),
    }
}

fn pair(first: TermHash, second: TermHash) -> TermHash {
    (first.rotate_left(21) ^ second).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// One term at its place.
#[derive(Clone, Copy, Debug)]
pub struct TermAt<'w> {
    /// Its name.
    pub hash: TermHash,
    /// Its word, or the first of two.
    pub first: &'w str,
    /// The second of two words.
    pub second: Option<&'w str>,
    /// First byte in the text.
    pub start: usize,
    /// End (half open) in the text.
    pub end: usize,
}

impl TermAt<'_> {
    /// As written in models and explanations.
    pub fn text(&self) -> String {
        self.second.map_or_else(|| self.first.to_owned(), |second| format!("{} {second}", self.first))
    }
}

/// Digits beyond which a word is a number, a version or a hash (`http2` and `sha256` stay, `cve20231234` goes).
const MOST_DIGITS: usize = 3;

fn says_something(word: &str) -> bool {
    word.len() >= 2
        && word.starts_with(char::is_alphabetic)
        && word.chars().filter(char::is_ascii_digit).count() <= MOST_DIGITS
        && !is_stop_word(word)
}

/// Calls `take` with each word that says something, and each pair of such words with no other such word between them.
pub fn each_term(text: &str, mut take: impl FnMut(TermAt<'_>)) {
    let mut before: Option<(TermHash, usize)> = None;
    let mut before_text = String::new();
    each_word(text, |word| {
        if word.fresh {
            before = None;
        }
        if !says_something(word.text) {
            return;
        }
        let own = hash(word.text);
        take(TermAt { hash: own, first: word.text, second: None, start: word.start, end: word.end });
        if let Some((first, start)) = before {
            take(TermAt { hash: pair(first, own), first: &before_text, second: Some(word.text), start, end: word.end });
        }
        before = Some((own, word.start));
        before_text.clear();
        before_text.push_str(word.text);
    });
}

/// Names of the terms of a record with how often each is said, sections by their weight; sorted by name.
pub fn bag(reading: &Reading<'_>) -> Vec<(TermHash, f32)> {
    let mut all = Vec::new();
    for part in &reading.parts {
        each_term(&part.text, |term| all.push((term.hash, part.weight)));
    }
    all.sort_unstable_by(|a: &(TermHash, f32), b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    all.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        kept.1 += if same { later.1 } else { 0.0 };
        same
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_pairs_across_stop_words_within_a_sentence() {
        let mut found = Vec::new();
        each_term("Read of the memory. Cache 12 was stale in v20231234", |t| found.push(t.text()));
        assert_eq!(found, ["read", "memory", "read memory", "cache", "stale", "cache stale"]);
    }

    #[test]
    fn a_term_as_written_has_the_same_name() {
        each_term("stale cache", |t| assert_eq!(hash_term(&t.text()), t.hash));
        assert_ne!(hash_term("stale cache"), hash_term("cache stale"));
    }
}
