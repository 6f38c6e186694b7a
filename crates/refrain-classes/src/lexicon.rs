//! Known ways of failing: rows of the mechanism lexicon, and where their cues stand in a text.

use std::fmt;

use refrain_record::{Cue, CueStrength, Mechanism, Record};

use crate::phrase::Phrases;
use crate::text::{Boilerplate, Reading};

/// One cue of the lexicon with its owner.
#[derive(Clone, Debug, PartialEq)]
pub struct CueRow {
    /// Place of its mechanism among [`Lexicon::mechanisms`].
    pub mechanism: usize,
    /// The cue.
    pub cue: Cue,
}

/// Where a cue stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CueHit {
    /// Number of the cue, in the order of [`Lexicon::cues`].
    pub cue: usize,
    /// Name of the section.
    pub section: String,
    /// First byte of the words in the section's text.
    pub start: usize,
    /// End (half open) in the section's text.
    pub end: usize,
}

/// All mechanisms, with their cues compiled into one automaton.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    mechanisms: Vec<Mechanism>,
    cues: Vec<CueRow>,
    phrases: Phrases,
}

/// A row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconError {
    /// Id of the mechanism.
    pub row: String,
    /// The cue as written; empty where the row itself is at fault.
    pub cue: String,
    /// Character of the cue at fault, from 1; 0 for the row.
    pub column: usize,
    /// What stands there.
    pub found: String,
    /// What was expected.
    pub expected: &'static str,
}

impl fmt::Display for LexiconError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, cue, column, found, expected } = self;
        match cue.is_empty() {
            true => write!(f, "mechanism `{row}`: found `{found}`, expected {expected}"),
            false => write!(f, "mechanism `{row}`, cue `{cue}`, column {column}: found `{found}`, expected {expected}"),
        }
    }
}

impl std::error::Error for LexiconError {}

/// Strength of a cue and the weights it may have, as the vocabulary defines them.
const WEIGHTS: &[(CueStrength, std::ops::RangeInclusive<i8>, &str)] = &[
    (CueStrength::Names, 5..=6, "5 or 6 for a cue that names"),
    (CueStrength::Describes, 3..=4, "3 or 4 for a cue that describes"),
    (CueStrength::Hints, 1..=2, "1 or 2 for a cue that hints"),
    (CueStrength::Against, -3..=-2, "-2 or -3 for a cue against"),
];

impl Lexicon {
    /// Compiles the rows. Errors: the first row with a name given twice, a weight out of place, or a phrase that cannot be read.
    pub fn new(rows: &[Mechanism]) -> Result<Self, LexiconError> {
        let mut names: Vec<&str> = rows.iter().map(|r| r.id.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|w| w[0] == w[1]) {
            return Err(LexiconError { row: twice[0].into(), cue: String::new(), column: 0, found: twice[0].into(), expected: "each id once" });
        }
        let with_row = |(mechanism, row): (usize, &Mechanism)| row.cue.iter().map(|cue| CueRow { mechanism, cue: cue.clone() }).collect::<Vec<_>>();
        let cues: Vec<CueRow> = rows.iter().enumerate().flat_map(with_row).collect();
        cues.iter().try_for_each(|c| check_weight(&rows[c.mechanism].id, &c.cue))?;
        let patterns: Vec<&str> = cues.iter().map(|c| c.cue.pattern.as_str()).collect();
        let phrases = Phrases::new(&patterns).map_err(|e| {
            let at = &cues[e.phrase];
            LexiconError { row: rows[at.mechanism].id.clone(), cue: at.cue.pattern.clone(), column: e.column, found: e.found, expected: e.expected }
        })?;
        Ok(Self { mechanisms: rows.to_vec(), cues, phrases })
    }

    /// The rows.
    pub fn mechanisms(&self) -> &[Mechanism] {
        &self.mechanisms
    }

    /// The row of that id, and its place.
    pub fn mechanism(&self, id: &str) -> Option<(usize, &Mechanism)> {
        self.mechanisms.iter().enumerate().find(|(_, m)| m.id == id)
    }

    /// Every cue: id of its mechanism, and the phrase.
    pub fn cues(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.cues.iter().map(|c| (self.mechanisms[c.mechanism].id.as_str(), c.cue.pattern.as_str()))
    }

    /// Every cue with its weight and owner.
    pub fn rows(&self) -> &[CueRow] {
        &self.cues
    }

    /// Where cues stand in a record, by section, then place. Template lines are not known here and are read.
    pub fn matches(&self, record: &Record) -> Vec<CueHit> {
        self.hits(&Reading::new(record, &Boilerplate::default()))
    }

    /// Where cues stand in what is read of a record, by section, then place.
    pub fn hits(&self, reading: &Reading<'_>) -> Vec<CueHit> {
        let of_part = |part: &crate::text::Part<'_>| {
            let name = part.section.name.clone();
            self.phrases.find(&part.text).into_iter().map(move |h| CueHit { cue: h.phrase, section: name.clone(), start: h.start, end: h.end })
        };
        reading.parts.iter().flat_map(of_part).collect()
    }
}

fn check_weight(row: &str, cue: &Cue) -> Result<(), LexiconError> {
    let (_, range, expected) = WEIGHTS.iter().find(|w| w.0 == cue.strength).unwrap_or(&WEIGHTS[0]);
    if range.contains(&cue.weight) {
        return Ok(());
    }
    let found = format!("weight {}", cue.weight);
    Err(LexiconError { row: row.into(), cue: cue.pattern.clone(), column: 1, found, expected })
}

#[cfg(test)]
mod tests {
    use refrain_record::{Key, Kind, Role};

    use super::*;

    fn row(id: &str, cues: &[(&str, CueStrength, i8)]) -> Mechanism {
        let cue = cues.iter().map(|(pattern, strength, weight)| Cue { pattern: (*pattern).into(), strength: *strength, weight: *weight }).collect();
        let text = String::new;
        Mechanism {
            id: id.into(),
            name: id.into(),
            shape: text(),
            not: text(),
            family: text(),
            ideal_stage: text(),
            controls: vec![],
            cwe: vec![],
            odc: vec![],
            cue,
        }
    }

    #[test]
    fn hits_carry_their_place_in_the_section() {
        let lexicon =
            Lexicon::new(&[row("leak", &[("never (closed|released)", CueStrength::Describes, 4), ("leak*", CueStrength::Names, 5)])]).unwrap();
        let key: Key = "GH:1".parse().unwrap();
        let mut record = Record::new(key, Kind::Issue, "Sockets leak");
        record.add_section(Role::Cause, "cause", "The socket is never\nreleased.");
        let hits = lexicon.matches(&record);
        let said: Vec<(usize, &str)> = hits.iter().map(|h| (h.cue, &record.section(&h.section).unwrap().text[h.start..h.end])).collect();
        assert_eq!(said, [(1, "leak"), (0, "never\nreleased")]);
    }

    #[test]
    fn broken_rows_say_what_to_do() {
        let twice = [row("a", &[]), row("a", &[])];
        assert_eq!(Lexicon::new(&twice).unwrap_err().to_string(), "mechanism `a`: found `a`, expected each id once");
        let weight = [row("a", &[("leak", CueStrength::Names, 3)])];
        let said = Lexicon::new(&weight).unwrap_err().to_string();
        assert_eq!(said, "mechanism `a`, cue `leak`, column 1: found `weight 3`, expected 5 or 6 for a cue that names");
        let phrase = [row("a", &[("(leak", CueStrength::Names, 5)])];
        assert!(Lexicon::new(&phrase).unwrap_err().to_string().ends_with("column 1: found `(leak`, expected a closing bracket"));
    }
}
