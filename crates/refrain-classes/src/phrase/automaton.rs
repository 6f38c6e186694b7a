//! All phrases in one position automaton (Glushkov 1961), run over the words of a text.

use std::collections::{BTreeMap, HashMap};

use super::pattern::{Atom, Element, PhraseError, parse};
use crate::words::{Word, each_word};

/// Where a phrase was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhraseHit {
    /// Place of the phrase in the list given to [`Phrases::new`].
    pub phrase: usize,
    /// First byte of the words in the text.
    pub start: usize,
    /// End (half open) in the text.
    pub end: usize,
}

/// What a place of the automaton asks of a word: a symbol, or nothing at all.
type Symbol = Option<u32>;

/// Phrases compiled into one automaton.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    /// Symbol of each word that some phrase asks for.
    words: HashMap<String, u32>,
    /// Symbol of each beginning that some phrase asks for, and the lengths that occur, rising.
    prefixes: HashMap<String, u32>,
    lengths: Vec<usize>,
    /// By symbol: places at which a phrase begins.
    first: BTreeMap<u32, Vec<u32>>,
    places: Vec<Place>,
    phrases: usize,
}

/// One place: the word it asks for, the places after it, the phrase that ends here.
#[derive(Clone, Debug)]
struct Place {
    symbol: Symbol,
    next: Vec<u32>,
    phrase: u32,
    ends: bool,
}

impl Phrases {
    /// Compiles the phrases. Errors: the first phrase that cannot be read.
    pub fn new<T: AsRef<str>>(phrases: &[T]) -> Result<Self, PhraseError> {
        let mut out = Self { phrases: phrases.len(), ..Self::default() };
        for (number, text) in phrases.iter().enumerate() {
            let elements = parse(text.as_ref()).map_err(|e| PhraseError { phrase: number, ..e })?;
            out.add(number as u32, &elements);
        }
        out.lengths = out.prefixes.keys().map(String::len).collect();
        out.lengths.sort_unstable();
        out.lengths.dedup();
        Ok(out)
    }

    /// How many phrases there are.
    pub fn len(&self) -> usize {
        self.phrases
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.phrases == 0
    }

    fn add(&mut self, phrase: u32, elements: &[Element]) {
        // Places after which the element at hand may stand; `begin`: nothing has been said yet.
        let (mut open, mut begin) = (Vec::new(), true);
        for element in elements {
            let mut ends = Vec::new();
            for choice in &element.choices {
                let (mut after, mut at_begin) = (open.clone(), begin);
                for atom in choice {
                    let place = self.place(phrase, atom);
                    after.iter().for_each(|p: &u32| self.places[*p as usize].next.push(place));
                    if at_begin && let Some(symbol) = self.places[place as usize].symbol {
                        self.first.entry(symbol).or_default().push(place);
                    }
                    (after, at_begin) = (vec![place], false);
                }
                ends.extend(after);
            }
            if element.optional {
                ends.extend(open);
            } else {
                begin = false;
            }
            open = ends;
        }
        open.into_iter().for_each(|p| self.places[p as usize].ends = true);
    }

    fn place(&mut self, phrase: u32, atom: &Atom) -> u32 {
        let fresh = (self.words.len() + self.prefixes.len()) as u32;
        let symbol = match atom {
            Atom::Word(word) => Some(*self.words.entry(word.clone()).or_insert(fresh)),
            Atom::Prefix(prefix) => Some(*self.prefixes.entry(prefix.clone()).or_insert(fresh)),
            Atom::Any => None,
        };
        self.places.push(Place { symbol, next: Vec::new(), phrase, ends: false });
        (self.places.len() - 1) as u32
    }

    /// Every hit in order of place, then phrase. Hits of one phrase do not overlap: the earliest start wins, as long as it reaches.
    pub fn find(&self, text: &str) -> Vec<PhraseHit> {
        let mut run =
            Run { phrases: self, active: Vec::new(), next: Vec::new(), symbols: Vec::new(), hits: Vec::new(), last: vec![usize::MAX; self.phrases] };
        each_word(text, |word| run.step(word));
        run.hits.sort_unstable_by_key(|h| (h.start, h.end, h.phrase));
        run.hits
    }

    fn symbols(&self, word: &str, into: &mut Vec<u32>) {
        into.clear();
        into.extend(self.words.get(word));
        let fits = self.lengths.iter().take_while(|l| **l <= word.len());
        into.extend(fits.filter_map(|l| word.get(..*l).and_then(|w| self.prefixes.get(w))));
    }
}

/// One pass over a text.
struct Run<'p> {
    phrases: &'p Phrases,
    /// Places reached, each with the first byte of the earliest way there.
    active: Vec<(u32, usize)>,
    next: Vec<(u32, usize)>,
    symbols: Vec<u32>,
    hits: Vec<PhraseHit>,
    /// By phrase: place of its last hit in `hits`.
    last: Vec<usize>,
}

impl Run<'_> {
    fn step(&mut self, word: Word<'_>) {
        let phrases = self.phrases;
        phrases.symbols(word.text, &mut self.symbols);
        if word.fresh {
            self.active.clear();
        }
        for (place, start) in &self.active {
            for next in &phrases.places[*place as usize].next {
                if phrases.places[*next as usize].symbol.is_none_or(|s| self.symbols.contains(&s)) {
                    self.next.push((*next, *start));
                }
            }
        }
        let begun = self.symbols.iter().filter_map(|s| phrases.first.get(s)).flatten();
        self.next.extend(begun.map(|place| (*place, word.start)));
        self.next.sort_unstable();
        self.next.dedup_by_key(|reached| reached.0);
        std::mem::swap(&mut self.active, &mut self.next);
        self.next.clear();
        for at in 0..self.active.len() {
            let (place, start) = self.active[at];
            let place = &phrases.places[place as usize];
            if place.ends {
                self.hit(PhraseHit { phrase: place.phrase as usize, start, end: word.end });
            }
        }
    }

    /// Adds a hit, or lengthens the one it overlaps with.
    fn hit(&mut self, hit: PhraseHit) {
        match self.hits.get_mut(self.last[hit.phrase]) {
            Some(last) if hit.start <= last.start => last.end = hit.end,
            Some(last) if hit.start < last.end => {}
            _ => {
                self.last[hit.phrase] = self.hits.len();
                self.hits.push(hit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(phrases: &[&str], text: &str) -> Vec<String> {
        let compiled = Phrases::new(phrases).unwrap();
        compiled.find(text).iter().map(|h| format!("{}:{}", h.phrase, &text[h.start..h.end])).collect()
    }

    const CASES: &[(&str, &str, &[&str])] = &[
        ("use after free", "A Use-After-Free, and use\nafter free", &["0:Use-After-Free", "0:use\nafter free"]),
        ("use after free", "use it. After free", &[]),
        (
            "writ* (past|beyond) (the)? end",
            "it writes past the end; wrote past end; writing beyond end",
            &["0:writes past the end", "0:writing beyond end"],
        ),
        ("(get unchecked|array index)", "getUnchecked or array_index", &["0:getUnchecked", "0:array_index"]),
        (
            "lock .. released",
            "lock released, lock is not released, lock a b c released, lock a b c d released",
            &["0:lock released", "0:lock is not released", "0:lock a b c released"],
        ),
        ("no _ check", "no bounds check, no check, no own check", &["0:no bounds check", "0:no own check"]),
        ("retry (storm)?", "retry storm, retry", &["0:retry storm", "0:retry"]),
        ("retr* retr*", "retry retry retry", &["0:retry retry"]),
        ("(a|a b) c", "a b c", &["0:a b c"]),
    ];

    #[test]
    fn phrases_as_written() {
        for (phrase, text, expected) in CASES {
            assert_eq!(found(&[phrase], text), *expected, "{phrase} in {text}");
        }
    }

    #[test]
    fn many_phrases_share_a_pass() {
        assert_eq!(
            found(&["null pointer", "pointer dereference", "null*"], "null pointer dereference"),
            ["2:null", "0:null pointer", "1:pointer dereference"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn each_phrase_is_found_as_if_it_were_alone(text in "[abc ]{0,40}", phrases in proptest::collection::vec("[abc]( [abc]\\*?| \\([abc]\\|[abc] [abc]\\)\\??){0,2}", 1..5)) {
            let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
            let together = Phrases::new(&phrases).unwrap().find(&text);
            for (number, phrase) in phrases.iter().enumerate() {
                let alone: Vec<PhraseHit> = Phrases::new(&[phrase]).unwrap().find(&text);
                let of: Vec<PhraseHit> = together.iter().filter(|h| h.phrase == number).map(|h| PhraseHit { phrase: 0, ..*h }).collect();
                prop_assert_eq!(alone, of);
            }
        }
    }
}
