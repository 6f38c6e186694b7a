//! What records of one class have in common, and whether it is more than chance gives.
//!
//! A class is a code for its members' words (minimum description length: Rissanen, 1978; Grünwald, *The Minimum Description Length
//! Principle*, 2007): it pays for naming its members and its words, and saves bits wherever a word stands in more of its members than
//! in records at large. Chance saves `b` bits at most once in 2^b (no-hypercompression inequality), so a class that saves nothing is
//! none. Words that one owner keeps to itself save nothing: they say who writes and not how it fails.

use std::collections::BTreeMap;

use refrain_maths::special::ln_gamma;
use refrain_record::LogOdds;
use serde::{Deserialize, Serialize};

use crate::settings::ClassSettings;
use crate::view::View;

/// Words of a record, by place in the view, ascending.
pub type Words = Vec<u32>;

/// The words that hold a class together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Word (place in the view) and the bits by which it speaks for the class, ascending by word.
    words: Vec<(u32, LogOdds)>,
    /// Bits that a record must bring before it is in the class rather than anywhere: log₂ (records / members).
    rarity: LogOdds,
    /// Bits that the class saves in all.
    saved: LogOdds,
}

impl Profile {
    /// Those words of a record that hold the class together, each with the part of its bits that it speaks with.
    pub fn held<'p>(&'p self, words: &'p [u32], settings: &'p ClassSettings) -> impl Iterator<Item = (u32, LogOdds)> + 'p {
        let held = self.words.iter().filter(|(word, _)| words.binary_search(word).is_ok());
        held.map(|(word, bits)| (*word, LogOdds::from_bits(bits.bits() * settings.word_part)))
    }

    /// What is taken off the words' bits, because a rare class asks more than any class does.
    pub fn price(&self, settings: &ClassSettings) -> LogOdds {
        LogOdds::from_bits(self.rarity.bits() * settings.word_part - settings.needed).max(LogOdds(0))
    }

    /// Bits by which a record's words speak for the class beyond that price; 0 where they do not reach it.
    pub fn speaks(&self, words: &[u32], settings: &ClassSettings) -> LogOdds {
        (self.held(words, settings).map(|w| w.1).sum::<LogOdds>() - self.price(settings)).max(LogOdds(0))
    }

    /// Bits that the class saves: above 0 where its members have more in common than chance gives.
    pub fn saved(&self) -> LogOdds {
        self.saved
    }
}

/// What profiles are weighed against: every record of the view.
pub struct Background<'v> {
    view: &'v View,
    /// Price of naming one word.
    price: f64,
}

impl<'v> Background<'v> {
    /// The records that a view was estimated from.
    pub fn new(view: &'v View) -> Self {
        let words = view.terms().iter().filter(|t| !t.text.contains(' ')).count();
        Self { view, price: (words.max(1) as f64).log2() }
    }

    /// Records.
    fn records(&self) -> f64 {
        f64::from(self.view.records().max(1))
    }

    /// How often each word stands in records of a group.
    pub fn count<'w>(words: impl Iterator<Item = &'w Words>) -> BTreeMap<u32, u32> {
        let mut counts = BTreeMap::new();
        words.flatten().for_each(|word| *counts.entry(*word).or_insert(0) += 1);
        counts
    }

    /// Bits that one word saves in a group of `size` records of which `held` hold it, and the bits by which it then speaks for the
    /// group; nothing where it does not pay for itself.
    fn worth(&self, word: u32, held: u32, size: usize) -> Option<(f64, f64)> {
        let known = &self.view.terms()[word as usize];
        let even = f64::from(known.evenness);
        let (held, size) = (f64::from(held), size as f64);
        let usual = (f64::from(known.records) / self.records()).min(0.999);
        let here = (held + 0.5) / (size + 1.0);
        if held < 2.0 || here <= usual {
            return None;
        }
        let speaks = (here / usual).log2() * even;
        let saves = held * speaks + (size - held) * ((1.0 - here) / (1.0 - usual)).log2() * even;
        let saves = saves - self.price - 0.5 * size.log2();
        (saves > 0.0).then_some((saves, speaks))
    }

    /// Bits that a group of these word counts saves.
    pub fn saved(&self, counts: &BTreeMap<u32, u32>, size: usize) -> f64 {
        let words: f64 = counts.iter().filter_map(|(word, held)| self.worth(*word, *held, size)).map(|w| w.0).sum();
        words - self.members(size)
    }

    /// Bits that it takes to say which records belong to a group: log₂ of the ways to choose them.
    fn members(&self, size: usize) -> f64 {
        let (n, size) = (self.records().max(size as f64), size as f64);
        (ln_gamma(n + 1.0) - ln_gamma(size + 1.0) - ln_gamma(n - size + 1.0)) / std::f64::consts::LN_2
    }

    /// The profile of a group.
    pub fn profile<'w>(&self, members: impl ExactSizeIterator<Item = &'w Words>) -> Profile {
        let size = members.len();
        let counts = Self::count(members);
        let word = |(word, held): (&u32, &u32)| self.worth(*word, *held, size).map(|w| (*word, LogOdds::from_bits(w.1)));
        Profile {
            words: counts.iter().filter_map(word).collect(),
            rarity: LogOdds::from_bits((self.records() / size.max(1) as f64).log2().max(0.0)),
            saved: LogOdds::from_bits(self.saved(&counts, size)),
        }
    }

    /// How much a word shared by two records binds them: its rarity, as evenly as owners use it.
    pub fn bond(&self, word: u32) -> f64 {
        let known = &self.view.terms()[word as usize];
        (self.records() / f64::from(known.records.max(1))).log2() * f64::from(known.evenness)
    }
}
