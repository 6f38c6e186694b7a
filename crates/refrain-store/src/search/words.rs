//! Text to words for the index: lower case, identifiers whole and in parts, every word kept.
//!
//! `PaymentGate.charge2` gives `paymentgate` and its parts `payment`, `gate`, then `charge2`, `charge`, `2`. A part stands one
//! position after the part before it and the whole stands where its first part stands, so that the phrase "payment gate charge"
//! finds the identifier, and so does the identifier as somebody typed it. Nothing is stemmed and no word is too common to be found:
//! people look for what they see. Han and kana are written without blanks, so each of their characters is a word.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Version of this analysis; an index made by another one is built anew.
pub const WORDS_VERSION: u32 = 1;

/// Longest word that is indexed, in bytes. Longer ones are encoded data that nobody types.
const LONGEST: usize = 64;

/// A word of a text: where it stands in bytes, and at which position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// First byte.
    pub start: usize,
    /// End, half open.
    pub end: usize,
    /// Position in words.
    pub position: usize,
}

/// Words of a text, in order; of an identifier the whole, then its parts.
#[derive(Clone, Debug)]
pub struct Words<'t> {
    text: &'t str,
    at: usize,
    position: usize,
    /// End of the run whose parts are being given; the parts begin at `at`.
    run_end: usize,
}

/// What a character is to the analyser.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Separates words.
    Gap,
    /// `_`: within a run, between parts.
    Bar,
    Lower,
    Upper,
    Digit,
    /// A word by itself.
    Sign,
}

fn class(c: char) -> Class {
    match c {
        '_' => Class::Bar,
        'a'..='z' => Class::Lower,
        'A'..='Z' => Class::Upper,
        '0'..='9' => Class::Digit,
        _ if c.is_ascii() => Class::Gap,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => Class::Sign,
        _ if c.is_numeric() => Class::Digit,
        _ if c.is_uppercase() => Class::Upper,
        _ if c.is_alphabetic() => Class::Lower,
        // Accents that stand apart from their letter must not cut the word in two.
        '\u{300}'..='\u{36f}' => Class::Lower,
        _ => Class::Gap,
    }
}

impl<'t> Words<'t> {
    /// Of a text.
    pub fn of(text: &'t str) -> Self {
        Self { text, at: 0, position: 0, run_end: 0 }
    }

    /// Next run of word characters from `at` on, without bars at its ends.
    fn next_run(&self) -> Option<(usize, usize)> {
        let rest = &self.text[self.at..];
        let start = self.at + rest.find(|c| !matches!(class(c), Class::Gap | Class::Bar))?;
        let rest = &self.text[start..];
        let end = start + rest.find(|c| class(c) == Class::Gap).unwrap_or(rest.len());
        Some((start, start + self.text[start..end].trim_end_matches('_').len()))
    }

    /// End of the part that begins at `start`: at a bar, a hump, between letter and digit, around a sign.
    fn part_end(&self, start: usize, run_end: usize) -> usize {
        let mut chars = self.text[start..run_end].char_indices().map(|(i, c)| (start + i, class(c))).peekable();
        let mut before: Option<Class> = None;
        while let Some((at, now)) = chars.next() {
            if before.is_some_and(|before| cuts(before, now, chars.peek().map(|(_, c)| *c))) {
                return at;
            }
            before = Some(now);
        }
        run_end
    }
}

/// Whether a part ends between two characters; `next` is the one after them (`HTTPServer` is cut before `Se`).
fn cuts(before: Class, now: Class, next: Option<Class>) -> bool {
    match (before, now) {
        (_, Class::Bar | Class::Sign) | (Class::Sign, _) => true,
        (Class::Lower, Class::Upper) => true,
        (Class::Upper, Class::Upper) => next == Some(Class::Lower),
        (Class::Digit, now) => now != Class::Digit,
        (_, Class::Digit) => true,
        _ => false,
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        if self.at < self.run_end {
            return Some(self.next_part());
        }
        let (start, end) = self.next_run()?;
        self.at = start;
        if self.part_end(start, end) < end {
            // The whole first; its parts follow from `at` on. A run of signs has no whole.
            self.run_end = end;
            return if self.text[start..end].chars().any(|c| class(c) == Class::Sign) {
                Some(self.next_part())
            } else {
                Some(Word { start, end, position: self.position })
            };
        }
        self.at = end;
        self.position += 1;
        Some(Word { start, end, position: self.position - 1 })
    }
}

impl Words<'_> {
    fn next_part(&mut self) -> Word {
        let start = self.at;
        let end = self.part_end(start, self.run_end);
        let rest = &self.text[end..self.run_end];
        self.at = end + (rest.len() - rest.trim_start_matches('_').len());
        self.position += 1;
        Word { start, end, position: self.position - 1 }
    }
}

/// The word in lower case, appended to `out`.
fn lower_into(out: &mut String, word: &str) {
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
    } else {
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
}

/// The words of a text as the index holds them, in order: what a caller of `candidates` gives as terms.
pub fn terms(text: &str) -> Vec<String> {
    let lower = |w: Word| {
        let mut out = String::with_capacity(w.end - w.start);
        lower_into(&mut out, &text[w.start..w.end]);
        out
    };
    Words::of(text).filter(|w| w.end - w.start <= LONGEST).map(lower).collect()
}

/// The parts of a text without the wholes of identifiers: what a phrase is made of.
pub fn phrase_terms(text: &str) -> Vec<String> {
    let words: Vec<Word> = Words::of(text).collect();
    let is_whole = |i: usize| words.get(i + 1).is_some_and(|next| next.position == words[i].position);
    let parts = (0..words.len()).filter(|i| !is_whole(*i)).map(|i| words[i]);
    parts
        .map(|w| {
            let mut out = String::new();
            lower_into(&mut out, &text[w.start..w.end]);
            out
        })
        .collect()
}

/// The analyser in the form that tantivy wants.
#[derive(Clone, Debug, Default)]
pub struct WordTokenizer;

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        WordStream { words: Words::of(text), token: Token::default() }
    }
}

/// Words of one text as tantivy's tokens.
#[derive(Debug)]
pub struct WordStream<'t> {
    words: Words<'t>,
    token: Token,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.find(|w| w.end - w.start <= LONGEST) else { return false };
        self.token.text.clear();
        lower_into(&mut self.token.text, &self.words.text[word.start..word.end]);
        (self.token.offset_from, self.token.offset_to, self.token.position) = (word.start, word.end, word.position);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// A name as a whole (a team, a label), in lower case.
#[derive(Clone, Debug, Default)]
pub struct NameTokenizer;

impl Tokenizer for NameTokenizer {
    type TokenStream<'a> = NameStream;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> NameStream {
        NameStream { left: true, token: Token { text: name_term(text), offset_to: text.len(), position: 0, ..Token::default() } }
    }
}

/// The one word of a name.
#[derive(Debug)]
pub struct NameStream {
    left: bool,
    token: Token,
}

impl TokenStream for NameStream {
    fn advance(&mut self) -> bool {
        std::mem::take(&mut self.left)
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// A name as the index holds it.
pub fn name_term(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    lower_into(&mut out, name.trim());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> String {
        let words = Words::of(text).map(|w| format!("{}@{}", text[w.start..w.end].to_lowercase(), w.position));
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_stand_at_their_positions() {
        let rows = [
            ("Refund sent twice", "refund@0 sent@1 twice@2"),
            ("PaymentGate.charge2 fails", "paymentgate@0 payment@0 gate@1 charge2@2 charge@2 2@3 fails@4"),
            ("HTTPServer", "httpserver@0 http@0 server@1"),
            ("__init__ snake_case_", "init@0 snake_case@1 snake@1 case@2"),
            ("don't  stop…", "don@0 t@1 stop@2"),
            ("Überlauf naïve", "überlauf@0 naïve@1"),
            ("支払い失敗 twice", "支@0 払@1 い@2 失@3 敗@4 twice@5"),
            ("40P01", "40p01@0 40@0 p@1 01@2"),
            ("_ - __", ""),
            ("a__b", "a__b@0 a@0 b@1"),
        ];
        for (text, expected) in rows {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn a_phrase_is_made_of_parts() {
        assert_eq!(phrase_terms("PaymentGate.charge now"), ["payment", "gate", "charge", "now"]);
        assert_eq!(terms("PaymentGate"), ["paymentgate", "payment", "gate"]);
    }

    proptest! {
        #[test]
        fn every_text_is_walked_to_its_end_in_order(text in "\\PC{0,60}") {
            let words: Vec<Word> = Words::of(&text).collect();
            for pair in words.windows(2) {
                prop_assert!(pair[0].position <= pair[1].position);
                prop_assert!(pair[0].start <= pair[1].start);
            }
            for word in &words {
                prop_assert!(word.start < word.end && text.get(word.start..word.end).is_some());
            }
            let letters = |s: &str| s.chars().filter(|c| c.is_ascii_alphanumeric()).count();
            let parts: usize = phrase_terms(&text).iter().map(|t| letters(t)).sum();
            // Lower-casing turns a few signs outside ASCII into ASCII letters (K, the Kelvin sign), so it can only grow.
            prop_assert!(parts >= letters(&text));
        }
    }
}
