//! From the written phrase to its elements.

use std::fmt;

/// What stands at one place of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// This word.
    Word(String),
    /// Any word that begins so.
    Prefix(String),
    /// Any one word.
    Any,
}

/// A choice of sequences. A plain word is a choice of one sequence of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub choices: Vec<Vec<Atom>>,
    pub optional: bool,
}

/// Words that `..` may stand for, at most.
const GAP: usize = 3;

/// Why a phrase cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseError {
    /// Place of the phrase in the list, from 0.
    pub phrase: usize,
    /// Character at fault, from 1.
    pub column: usize,
    /// What stands there.
    pub found: String,
    /// What was expected.
    pub expected: &'static str,
}

impl fmt::Display for PhraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: found `{}`, expected {}", self.column, self.found, self.expected)
    }
}

impl std::error::Error for PhraseError {}

/// The elements of a written phrase.
pub(super) fn parse(text: &str) -> Result<Vec<Element>, PhraseError> {
    let mut elements = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
        rest = &rest[start..];
        let at = text.len() - rest.len();
        let taken = if rest.starts_with('(') { group(text, at, &mut elements)? } else { plain(text, at, &mut elements)? };
        rest = &rest[taken..];
    }
    check_ends(text, &elements)?;
    Ok(elements)
}

fn fail<T>(text: &str, at: usize, expected: &'static str) -> Result<T, PhraseError> {
    let found = text[at..].split_whitespace().next().unwrap_or("the end").to_owned();
    Err(PhraseError { phrase: 0, column: text[..at].chars().count() + 1, found, expected })
}

/// `(a|b c)` or `(a|b c)?`, from its opening bracket; gives the bytes taken.
fn group(text: &str, at: usize, elements: &mut Vec<Element>) -> Result<usize, PhraseError> {
    let Some(length) = text[at..].find(')') else { return fail(text, at, "a closing bracket") };
    let inner = &text[at + 1..at + length];
    let mut choices = Vec::new();
    let mut choice_at = at + 1;
    for choice in inner.split('|') {
        let mut atoms = Vec::new();
        for word in choice.split_whitespace() {
            atoms.push(atom(text, choice_at + (word.as_ptr() as usize - choice.as_ptr() as usize), word)?);
        }
        if atoms.is_empty() {
            return fail(text, choice_at, "a word in each choice");
        }
        choices.push(atoms);
        choice_at += choice.len() + 1;
    }
    let optional = text[at + length + 1..].starts_with('?');
    elements.push(Element { choices, optional });
    Ok(length + 1 + usize::from(optional))
}

/// A word, `_` or `..`, up to the next blank.
fn plain(text: &str, at: usize, elements: &mut Vec<Element>) -> Result<usize, PhraseError> {
    let word = text[at..].split_whitespace().next().unwrap_or_default();
    if word == ".." {
        elements.extend((0..GAP).map(|_| Element { choices: vec![vec![Atom::Any]], optional: true }));
    } else {
        elements.push(Element { choices: vec![vec![atom(text, at, word)?]], optional: false });
    }
    Ok(word.len())
}

fn atom(text: &str, at: usize, word: &str) -> Result<Atom, PhraseError> {
    if word == "_" {
        return Ok(Atom::Any);
    }
    let plain: String = word.strip_suffix('*').unwrap_or(word).chars().filter(|c| !matches!(c, '\'' | '’')).collect();
    if plain.is_empty() || plain.chars().any(|c| !c.is_alphanumeric() || c.is_uppercase()) {
        return fail(text, at, "a lower-case word, `word*`, `_`, `..` or a bracket with choices");
    }
    Ok(if word.ends_with('*') { Atom::Prefix(plain) } else { Atom::Word(plain) })
}

/// A phrase begins and ends with something said, so that a hit is a quotation and never empty.
fn check_ends(text: &str, elements: &[Element]) -> Result<(), PhraseError> {
    let open = |atom: Option<&Atom>| matches!(atom, Some(Atom::Any));
    let silent = |e: &Element| e.choices.iter().any(|c| open(c.first()) || open(c.last()));
    if elements.iter().all(|e| e.optional) {
        return fail(text, 0, "a word that must be there");
    }
    let end = |e: Option<&Element>| e.is_some_and(silent);
    if end(elements.first()) || end(elements.last()) {
        return fail(text, 0, "a word at either end, not `_` or `..`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROKEN: &[(&str, usize, &str)] = &[
        ("retry (a|b", 7, "(a|b"),
        ("retry (a|)", 10, ")"),
        ("Retry", 1, "Retry"),
        ("re-try", 1, "re-try"),
        ("(a)?", 1, "(a)?"),
        ("", 1, "the end"),
        ("_ retry", 1, "_"),
        ("retry ..", 1, "retry"),
        ("retry a**", 7, "a**"),
    ];

    #[test]
    fn broken_phrases_say_where() {
        for (text, column, found) in BROKEN {
            let error = parse(text).expect_err(text);
            assert_eq!((error.column, error.found.as_str()), (*column, *found), "{text}: {error}");
        }
    }

    #[test]
    fn elements_of_a_phrase() {
        let found = parse("no (retry* limit|cap)? .. isn't").unwrap();
        assert_eq!(found.len(), 6);
        assert_eq!(found[1].choices, [vec![Atom::Prefix("retry".into()), Atom::Word("limit".into())], vec![Atom::Word("cap".into())]]);
        assert_eq!(found[5].choices, [vec![Atom::Word("isnt".into())]]);
    }
}
