//! Lists of named phrases over the sections of a record, each hit with the sentence it stands in.

use std::fmt;

use refrain_record::score::Quote;
use refrain_record::{Citation, Key, Record, Role, Section};

use crate::phrase::Phrases;

/// A phrase that does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseError {
    /// Name that was given with the phrase.
    pub id: String,
    /// The phrase.
    pub phrase: String,
    /// Place, what was found, what was expected.
    pub why: String,
}

impl fmt::Display for PhraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: phrase `{}`: {}", self.id, self.phrase, self.why)
    }
}

impl std::error::Error for PhraseError {}

/// One place where a phrase stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Name that was given with the phrase.
    pub id: String,
    /// The sentence.
    pub quote: Quote,
}

/// Phrases with names, compiled.
#[derive(Clone, Debug)]
pub struct NamedPhrases {
    ids: Vec<String>,
    phrases: Phrases,
}

/// Sections that are no prose.
const NO_PROSE: &[Role] = &[Role::Trace, Role::Environment];
/// Longest sentence that is quoted whole, in bytes; of a longer one only the words of the phrase.
const LONGEST_QUOTE: usize = 280;

impl NamedPhrases {
    /// Compiles rows of name and phrase, in the language of [`refrain_record::Cue::pattern`]. Errors: the first phrase that does not parse.
    pub fn new<S: AsRef<str>>(rows: &[(S, &str)]) -> Result<Self, PhraseError> {
        let texts: Vec<&str> = rows.iter().map(|(_, text)| *text).collect();
        let phrases = Phrases::new(&texts).map_err(|e| {
            let (id, phrase) = rows.get(e.phrase).map_or((String::new(), String::new()), |(id, text)| (id.as_ref().to_owned(), (*text).to_owned()));
            PhraseError { id, phrase, why: e.to_string() }
        })?;
        Ok(Self { ids: rows.iter().map(|(id, _)| id.as_ref().to_owned()).collect(), phrases })
    }

    /// All hits in the prose of a record, in the order of its sections and their text.
    pub fn find(&self, record: &Record) -> Vec<Hit> {
        let prose = record.sections.iter().filter(|s| !NO_PROSE.contains(&s.role));
        prose.flat_map(|section| self.find_in(&record.key, section)).collect()
    }

    fn find_in(&self, key: &Key, section: &Section) -> Vec<Hit> {
        let hits = self.phrases.find(&section.text).into_iter();
        hits.map(|hit| Hit { id: self.ids[hit.phrase].clone(), quote: sentence(key, section, hit.start, hit.end) }).collect()
    }
}

/// The sentence around `start..end`, or these words alone where it is too long to be read.
pub fn sentence(key: &Key, section: &Section, start: usize, end: usize) -> Quote {
    let text = &section.text;
    let begins = text[..start].char_indices().rev().find(|(at, c)| ends_sentence(*c, text[at + c.len_utf8()..].chars().next()));
    let from = begins.map_or(0, |(at, c)| at + c.len_utf8());
    let from = from + text[from..start].len() - text[from..start].trim_start().len();
    let stops = text[end..].char_indices().find(|(at, c)| ends_sentence(*c, text[end + at + c.len_utf8()..].chars().next()));
    let to = stops.map_or(text.len(), |(at, c)| end + at + if c == '\n' { 0 } else { c.len_utf8() });
    let (from, to) = if to - from <= LONGEST_QUOTE { (from, to) } else { (start, end) };
    Quote { cite: Citation::of_bytes(key, section, from, to), start: from as u32, end: to as u32, text: text[from..to].to_owned() }
}

fn ends_sentence(c: char, next: Option<char>) -> bool {
    c == '\n' || (matches!(c, '.' | '!' | '?') && next.is_none_or(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{record, saying};

    #[test]
    fn a_hit_is_quoted_with_its_sentence() {
        let phrases = NamedPhrases::new(&[("gap", "no test")]).unwrap();
        let found = phrases.find(&saying(record("PAY-1"), "It broke. There was no test for it, as it\nhappens. Fixed."));
        assert_eq!(found[0].quote.text, "There was no test for it, as it");
        assert_eq!(found[0].quote.cite.to_string(), "[JIRA:PAY-1 description:1]");
    }

    #[test]
    fn law_b1_a_quote_equals_the_text_at_its_place() {
        let phrases = NamedPhrases::new(&[("a", "übersehen"), ("b", "no test")]).unwrap();
        let text = format!("Das wurde übersehen! {} no test {}", "lang ".repeat(80), "und länger ".repeat(30));
        let record = saying(record("PAY-1"), &text);
        let found = phrases.find(&record);
        assert_eq!(found.len(), 2);
        for hit in found {
            assert_eq!(hit.quote.text, record.section("description").unwrap().text[hit.quote.start as usize..hit.quote.end as usize]);
        }
    }

    #[test]
    fn a_phrase_that_does_not_parse_names_itself() {
        let error = NamedPhrases::new(&[("good", "no test"), ("bad", "(no test")]).unwrap_err();
        assert_eq!((error.id.as_str(), error.phrase.as_str()), ("bad", "(no test"));
    }
}
