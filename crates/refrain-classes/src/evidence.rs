//! What a record says for mechanisms: cues of the lexicon, weighed, and its point in the mechanism view.

use std::collections::BTreeMap;

use rayon::prelude::*;
use refrain_record::{CueStrength, LogOdds};
use serde::{Deserialize, Serialize};

use crate::lexicon::Lexicon;
use crate::profile::Words;
use crate::text::Reading;
use crate::view::{View, Weighted};

/// A cue in a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CueSeen {
    /// Number of the cue in the lexicon.
    pub cue: usize,
    /// How often, at most [`MOST_TIMES`].
    pub times: u32,
    /// Weight of the section that speaks loudest, above 0 and at most 1.
    pub loudest: f32,
}

/// Repetition beyond this adds nothing: a long text repeats itself.
pub const MOST_TIMES: u32 = 6;
/// What each further mention adds, per natural logarithm of the count.
const REPEATED: f64 = 0.3;
/// Bits of rarity at which a cue has its full weight: one record in ten.
const FULL: f64 = 3.3;
/// Least part of its weight that a cue keeps however common it is.
const COMMON: f64 = 0.15;

/// Everything a record says.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Cues by number.
    pub cues: Vec<CueSeen>,
    /// Sum of the cues of each mechanism that has any, by place in the lexicon.
    pub mechanisms: Vec<(usize, LogOdds)>,
    /// Its weighted terms.
    pub weighted: Weighted,
    /// Its point in the mechanism view.
    pub point: Vec<f32>,
    /// The single words that it states, by place in the view, ascending; what is said by the way is left out.
    pub stated: Words,
    /// Words read, and how many of them are English stop words.
    pub words: (usize, usize),
}

impl Evidence {
    /// The mechanism that the cues speak for most, its sum, and the sum of the next one (0 where there is none). The first of equal ones.
    pub fn best(&self) -> Option<(usize, LogOdds, LogOdds)> {
        let best = self.mechanisms.iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))?;
        let next = self.mechanisms.iter().filter(|m| m.0 != best.0).map(|m| m.1).max().unwrap_or_default();
        (best.1 > LogOdds(0)).then_some((best.0, best.1, next.max(LogOdds(0))))
    }

    /// Sum of the cues of one mechanism.
    pub fn of(&self, mechanism: usize) -> LogOdds {
        self.mechanisms.iter().find(|m| m.0 == mechanism).map_or(LogOdds(0), |m| m.1)
    }
}

/// In how many records each cue stands: what is everywhere tells little.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueCounts {
    records: u32,
    /// Mechanism, phrase, records with it.
    cues: Vec<(String, String, u32)>,
}

impl CueCounts {
    /// Counts records by cue.
    pub fn fit(lexicon: &Lexicon, seen: &[Vec<CueSeen>]) -> Self {
        let mut counts = vec![0u32; lexicon.rows().len()];
        seen.iter().flatten().for_each(|s| counts[s.cue] += 1);
        let with = lexicon.cues().zip(counts).filter(|(_, n)| *n > 0);
        let mut cues: Vec<(String, String, u32)> = with.map(|((mechanism, phrase), n)| (mechanism.to_owned(), phrase.to_owned(), n)).collect();
        cues.sort();
        Self { records: seen.len() as u32, cues }
    }

    /// Weight of each cue of the lexicon at a single mention, in bits. A cue that the counts do not know has its full weight.
    pub fn bits(&self, lexicon: &Lexicon) -> Vec<f64> {
        let known: BTreeMap<(&str, &str), u32> = self.cues.iter().map(|(m, p, n)| ((m.as_str(), p.as_str()), *n)).collect();
        let weigh = |(row, name): (&crate::lexicon::CueRow, (&str, &str))| {
            let n = known.get(&name).copied().unwrap_or(0);
            let rarity = if n == 0 || row.cue.strength == CueStrength::Against { FULL } else { -(f64::from(n) / f64::from(self.records)).log2() };
            f64::from(row.cue.weight) * (rarity / FULL).clamp(COMMON, 1.0)
        };
        lexicon.rows().iter().zip(lexicon.cues()).map(weigh).collect()
    }
}

/// What a cue adds, seen so.
pub fn cue_bits(seen: &CueSeen, bits: &[f64]) -> LogOdds {
    let often = 1.0 + REPEATED * f64::from(seen.times).ln();
    LogOdds::from_bits(often * bits[seen.cue] * f64::from(seen.loudest))
}

/// Cues in a reading, by number.
pub fn cues_of(lexicon: &Lexicon, reading: &Reading<'_>) -> Vec<CueSeen> {
    let weight: BTreeMap<&str, f32> = reading.parts.iter().map(|p| (p.section.name.as_str(), p.weight)).collect();
    let mut seen: BTreeMap<usize, CueSeen> = BTreeMap::new();
    for hit in lexicon.hits(reading) {
        let loud = weight.get(hit.section.as_str()).copied().unwrap_or(0.0);
        let entry = seen.entry(hit.cue).or_insert(CueSeen { cue: hit.cue, times: 0, loudest: 0.0 });
        entry.times = (entry.times + 1).min(MOST_TIMES);
        entry.loudest = entry.loudest.max(loud);
    }
    seen.into_values().collect()
}

/// What each reading says, in the same order.
pub fn gather(
    readings: &[Reading<'_>],
    owners: &[Option<&str>],
    cues: Vec<Vec<CueSeen>>,
    lexicon: &Lexicon,
    bits: &[f64],
    view: &View,
) -> Vec<Evidence> {
    let one = |((reading, owner), cues): ((&Reading<'_>, &Option<&str>), Vec<CueSeen>)| {
        let weighted = view.weighted(reading);
        let point = view.point(&weighted, *owner);
        Evidence { mechanisms: sums(&cues, lexicon, bits), cues, weighted, point, stated: view.stated(reading), words: reading.count() }
    };
    readings.par_iter().zip(owners).zip(cues).map(one).collect()
}

fn sums(cues: &[CueSeen], lexicon: &Lexicon, bits: &[f64]) -> Vec<(usize, LogOdds)> {
    let mut sums: BTreeMap<usize, LogOdds> = BTreeMap::new();
    cues.iter().for_each(|seen| *sums.entry(lexicon.rows()[seen.cue].mechanism).or_default() += cue_bits(seen, bits));
    sums.into_iter().collect()
}
