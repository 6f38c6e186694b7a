//! A small language of phrases, and one automaton that finds all of them in one pass.
//!
//! Words separated by blanks match words in order; `word*` matches any ending; `(a|b c)` is a choice; `(a|b)?` may be missing; `_` is
//! any one word; `..` is up to three words. No phrase reaches across the end of a sentence. The time is linear in the text.

mod automaton;
mod pattern;

pub use automaton::{PhraseHit, Phrases};
pub use pattern::PhraseError;
