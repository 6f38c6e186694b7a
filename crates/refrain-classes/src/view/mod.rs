//! The mechanism view: how a record fails, with who wrote it taken out.
//!
//! Terms weigh by rarity and by how evenly they are spread over owners; the sparse rows are projected to a hundred directions, and
//! what an owner's records have in common beyond everyone's is taken off. Everything here is estimated once, from the records a model
//! is fitted on, and then stands.

mod pack;
mod terms;

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use refrain_maths::dense::{Dense, add_scaled, dot, normalise};
use refrain_maths::sparse::Sparse;
use refrain_maths::svd;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use pack::Packed;
pub use terms::{TermAt, TermHash, bag, each_term, hash_term};

use crate::text::Reading;

/// A term that the view knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// One word or two.
    pub text: String,
    /// Records that hold it, among those fitted on.
    pub records: u32,
    /// How evenly it is spread over owners, 0..1.
    pub evenness: f32,
}

/// Everything the view estimated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ViewForm", into = "ViewForm")]
pub struct View {
    records: u32,
    terms: Vec<Term>,
    index: HashMap<TermHash, u32>,
    basis: Dense,
    /// What an owner's records have in common, by owner, already shrunk.
    owners: BTreeMap<String, Vec<f32>>,
}

/// As written to the model file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewForm {
    records: u32,
    terms: Vec<String>,
    term_records: Vec<u32>,
    /// In ten-thousandths.
    evenness: Vec<u16>,
    basis: Packed,
    owners: Vec<String>,
    directions: Packed,
}

/// Limits of the view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ViewSettings {
    /// Terms kept at most: those in the most records.
    pub terms: usize,
    /// Records that must hold a term.
    pub at_least: u32,
    /// Share of records above which a term is in everything and tells nothing, 0..1.
    pub at_most: f64,
    /// Directions of the projection.
    pub rank: usize,
    /// Records of an owner that weigh as much as the belief that it writes like everyone.
    pub owner_shrink: f32,
}

impl Default for ViewSettings {
    fn default() -> Self {
        Self { terms: 50_000, at_least: 2, at_most: 0.5, rank: 100, owner_shrink: 3.0 }
    }
}

/// Weight of a section from which it states what it says; comments, time lines and impact mention it by the way.
const STATED: f32 = 0.5;

/// Weighted terms of a record: place of the term and weight, length 1.
pub type Weighted = Vec<(u32, f32)>;

impl View {
    /// Estimates the view from readings and their owners (nothing where unknown).
    pub fn fit(readings: &[Reading<'_>], owners: &[Option<&str>], settings: &ViewSettings) -> Self {
        let counts = count_terms(readings);
        let kept = choose(counts, readings.len(), settings);
        let index: HashMap<TermHash, u32> = kept.iter().enumerate().map(|(at, (hash, _))| (*hash, at as u32)).collect();
        let texts = spell(readings, &index);
        let terms = kept.iter().zip(texts).map(|((_, records), text)| Term { text, records: *records, evenness: 1.0 }).collect();
        let mut view = Self { records: readings.len() as u32, terms, index, basis: Dense::zeros(0, 0), owners: BTreeMap::new() }.in_order();
        let bags: Vec<Vec<(u32, f32)>> = readings.par_iter().map(|r| view.known(r)).collect();
        view.spread(&bags, owners);
        let weighted: Vec<Weighted> = bags.into_par_iter().map(|b| view.weigh(b)).collect();
        let rows = Sparse::from_rows(view.terms.len(), weighted.iter().map(Vec::as_slice));
        view.basis = Packed::new(&svd::basis(&rows, settings.rank)).unpack();
        view.take_sides(&weighted, owners, settings);
        view
    }

    /// Terms by their text, so that neither hashes nor the order of records number them.
    fn in_order(mut self) -> Self {
        self.terms.sort_by(|a, b| a.text.cmp(&b.text));
        self.index = self.terms.iter().enumerate().map(|(at, t)| (hash_term(&t.text), at as u32)).collect();
        self
    }

    /// Terms known to the view with how often they are said, by place.
    fn known(&self, reading: &Reading<'_>) -> Vec<(u32, f32)> {
        let mut out: Vec<(u32, f32)> = bag(reading).into_iter().filter_map(|(hash, n)| self.index.get(&hash).map(|at| (*at, n))).collect();
        out.sort_unstable_by_key(|t| t.0);
        out
    }

    /// Evenness of each term over owners: entropy of the owners' shares over what chance would give.
    fn spread(&mut self, bags: &[Vec<(u32, f32)>], owners: &[Option<&str>]) {
        let mut numbers = BTreeMap::new();
        owners.iter().flatten().for_each(|o| {
            let next = numbers.len() as u32;
            numbers.entry(*o).or_insert(next);
        });
        if numbers.len() < 2 {
            return;
        }
        // A record without an owner is an owner of its own: nothing says that two of them are one.
        let owner: Vec<u32> = owners.iter().enumerate().map(|(at, o)| o.map_or((numbers.len() + at) as u32, |o| numbers[o])).collect();
        let mut holders: Vec<Vec<u32>> = vec![Vec::new(); self.terms.len()];
        bags.iter().zip(&owner).for_each(|(bag, owner)| bag.iter().for_each(|(term, _)| holders[*term as usize].push(*owner)));
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        owner.iter().for_each(|o| *sizes.entry(*o).or_insert(0) += 1);
        let mut chance: BTreeMap<usize, f64> = holders.iter().map(|h| (h.len(), 0.0)).collect();
        let sizes: Vec<usize> = sizes.into_values().collect();
        chance.iter_mut().collect::<Vec<_>>().into_par_iter().for_each(|(held, entropy)| *entropy = entropy_by_chance(*held, &sizes));
        self.terms.par_iter_mut().zip(holders).for_each(|(term, holders)| term.evenness = evenness(holders, &chance));
    }

    /// Weights of terms said so often: rarity × evenness, length 1.
    fn weigh(&self, mut bag: Vec<(u32, f32)>) -> Weighted {
        for (term, said) in &mut bag {
            let much = if *said >= 1.0 { 1.0 + said.ln() } else { *said };
            *said = much * self.weight(*term);
        }
        let length = bag.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        bag.retain(|(_, w)| *w > 0.0);
        bag.iter_mut().for_each(|(_, w)| *w /= length);
        bag
    }

    /// Rarity × evenness of a term.
    pub fn weight(&self, term: u32) -> f32 {
        let term = &self.terms[term as usize];
        (1.0 + ((1.0 + self.records as f32) / (1.0 + term.records as f32)).ln()) * term.evenness
    }

    /// What each owner's records have in common beyond everyone's, shrunk by how few they are.
    fn take_sides(&mut self, weighted: &[Weighted], owners: &[Option<&str>], settings: &ViewSettings) {
        let points: Vec<Vec<f32>> = weighted.par_iter().map(|w| self.project(w)).collect();
        let rank = self.basis.width();
        let mut sums: BTreeMap<&str, (Vec<f32>, f32)> = BTreeMap::new();
        let mut all = vec![0f32; rank];
        for (point, owner) in points.iter().zip(owners) {
            add_scaled(&mut all, point, 1.0 / points.len() as f32);
            if let Some(owner) = owner {
                let (sum, n) = sums.entry(owner).or_insert_with(|| (vec![0.0; rank], 0.0));
                add_scaled(sum, point, 1.0);
                *n += 1.0;
            }
        }
        if sums.len() < 2 {
            return;
        }
        let side = |(owner, (mut sum, n)): (&str, (Vec<f32>, f32))| {
            sum.iter_mut().zip(&all).for_each(|(s, a)| *s = (*s / n - a) * n / (n + settings.owner_shrink));
            (owner.to_owned(), sum)
        };
        let sides: BTreeMap<String, Vec<f32>> = sums.into_iter().filter(|(_, (_, n))| *n >= 3.0).map(side).collect();
        let packed = Packed::new(&Dense::from_values(rank, sides.values().flatten().copied().collect())).unpack();
        self.owners = sides.into_keys().enumerate().map(|(at, owner)| (owner, packed.row(at).to_vec())).collect();
    }

    /// The weighted terms in the directions of the view, length 1.
    fn project(&self, weighted: &[(u32, f32)]) -> Vec<f32> {
        let mut point = vec![0f32; self.basis.width()];
        weighted.iter().for_each(|(term, weight)| add_scaled(&mut point, self.basis.row(*term as usize), *weight));
        normalise(&mut point);
        point
    }

    /// The weighted terms of a record.
    pub fn weighted(&self, reading: &Reading<'_>) -> Weighted {
        self.weigh(self.known(reading))
    }

    /// The single words that sections of weight state in lines of their own, by place, ascending. A line that other records hold word for
    /// word was written once: its words are no further witnesses.
    pub fn stated(&self, reading: &Reading<'_>) -> Vec<u32> {
        let mut out = Vec::new();
        for part in reading.parts.iter().filter(|p| p.weight >= STATED) {
            let own = |term: &TermAt<'_>| term.second.is_none() && part.copied.iter().all(|(start, end)| term.start < *start || term.start >= *end);
            each_term(&part.text, |term| out.extend(self.place_of(term.hash).filter(|_| own(&term))));
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The record as a point of length 1 (0 where it has no known term), its owner's side taken off.
    pub fn point(&self, weighted: &[(u32, f32)], owner: Option<&str>) -> Vec<f32> {
        let mut point = self.project(weighted);
        if let Some(side) = owner.and_then(|o| self.owners.get(o)) {
            add_scaled(&mut point, side, -1.0);
            normalise(&mut point);
        }
        point
    }

    /// What a term adds to the likeness with a direction.
    pub fn along(&self, term: u32, direction: &[f32]) -> f32 {
        dot(self.basis.row(term as usize), direction)
    }

    /// Directions.
    pub fn rank(&self) -> usize {
        self.basis.width()
    }

    /// Place of a term as written.
    pub fn place(&self, term: &str) -> Option<u32> {
        self.index.get(&hash_term(term)).copied()
    }

    /// Place of a term by its name.
    pub fn place_of(&self, hash: TermHash) -> Option<u32> {
        self.index.get(&hash).copied()
    }

    /// The terms, by text.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Records it was estimated from.
    pub fn records(&self) -> u32 {
        self.records
    }
}

/// Entropy of the owners' shares over the one that chance would give: 1 where spread as widely as among records at large, 0 where one
/// owner's private word. 0 for a term seen once.
fn evenness(mut holders: Vec<u32>, chance: &BTreeMap<usize, f64>) -> f32 {
    let usual = chance.get(&holders.len()).copied().unwrap_or(0.0);
    if usual <= 0.0 {
        return 0.0;
    }
    holders.sort_unstable();
    let n = holders.len() as f64;
    let shares = holders.chunk_by(|a, b| a == b).map(|c| c.len() as f64 / n);
    let entropy = -shares.map(|p| p * p.ln()).sum::<f64>();
    ((entropy / usual).clamp(0.0, 1.0) * 1e4).round() as f32 / 1e4
}

/// Mean entropy of the owners of `held` records drawn at random, owners having so many records each.
///
/// E\[H\] = ln n − Σ E\[k ln k\] / n with k binomial; where an owner expects more than [`MANY`] of them, E\[k ln k\] ≈ μ ln μ + ½.
fn entropy_by_chance(held: usize, sizes: &[usize]) -> f64 {
    let (n, all) = (held as f64, sizes.iter().sum::<usize>() as f64);
    if held < 2 {
        return 0.0;
    }
    let mut groups: BTreeMap<usize, f64> = BTreeMap::new();
    sizes.iter().for_each(|size| *groups.entry(*size).or_insert(0.0) += 1.0);
    let one = |size: usize| {
        let share = size as f64 / all;
        let mean = n * share;
        if share >= 1.0 {
            return n * n.ln();
        }
        if mean > MANY {
            return mean * mean.ln() + 0.5;
        }
        let mut probability = (1.0 - share).powf(n);
        let mut sum = 0.0;
        for k in 1..=held.min((MANY * 4.0) as usize) {
            probability *= (n - k as f64 + 1.0) / k as f64 * share / (1.0 - share);
            sum += probability * k as f64 * (k as f64).ln();
        }
        sum
    };
    n.ln() - groups.into_iter().map(|(size, owners)| owners * one(size)).sum::<f64>() / n
}

/// Records of an owner from which their spread no longer needs to be summed term by term.
const MANY: f64 = 16.0;

/// Records in one partial count.
const PART: usize = 2048;

/// Terms with the records that hold them, by name: counted in parts, parts merged in pairs.
fn count_terms(readings: &[Reading<'_>]) -> Vec<(TermHash, u32)> {
    let part = |readings: &[Reading<'_>]| {
        let mut all: Vec<TermHash> = readings.iter().flat_map(|r| bag(r).into_iter().map(|t| t.0)).collect();
        all.sort_unstable();
        all.chunk_by(|a, b| a == b).map(|c| (c[0], c.len() as u32)).collect::<Vec<_>>()
    };
    let mut parts: Vec<Vec<(TermHash, u32)>> = readings.par_chunks(PART).map(part).collect();
    while parts.len() > 1 {
        parts = parts.par_chunks(2).map(|two| merge(&two[0], two.get(1).map_or(&[], Vec::as_slice))).collect();
    }
    parts.pop().unwrap_or_default()
}

/// Two sorted counts as one.
fn merge(a: &[(TermHash, u32)], b: &[(TermHash, u32)]) -> Vec<(TermHash, u32)> {
    let (mut out, mut rest) = (Vec::with_capacity(a.len() + b.len()), b.iter().peekable());
    for (hash, n) in a {
        while let Some(other) = rest.next_if(|o| o.0 < *hash) {
            out.push(*other);
        }
        let both = rest.next_if(|o| o.0 == *hash).map_or(0, |o| o.1);
        out.push((*hash, n + both));
    }
    out.extend(rest);
    out
}

/// The terms that are neither too rare nor in everything; the most frequent where there are too many.
fn choose(mut counts: Vec<(TermHash, u32)>, records: usize, settings: &ViewSettings) -> Vec<(TermHash, u32)> {
    let most = (settings.at_most * records as f64).max(f64::from(settings.at_least));
    counts.retain(|(_, n)| *n >= settings.at_least && f64::from(*n) <= most);
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    counts.truncate(settings.terms);
    counts
}

/// The written form of each term, by its place.
fn spell(readings: &[Reading<'_>], index: &HashMap<TermHash, u32>) -> Vec<String> {
    let mut out = vec![String::new(); index.len()];
    let mut missing = index.len();
    for part in readings.iter().flat_map(|r| &r.parts) {
        if missing == 0 {
            break;
        }
        each_term(&part.text, |term| {
            if let Some(at) = index.get(&term.hash)
                && out[*at as usize].is_empty()
            {
                out[*at as usize] = term.text();
                missing -= 1;
            }
        });
    }
    out
}

impl From<View> for ViewForm {
    fn from(view: View) -> Self {
        let rank = view.basis.width();
        let directions = Dense::from_values(rank, view.owners.values().flatten().copied().collect());
        Self {
            records: view.records,
            term_records: view.terms.iter().map(|t| t.records).collect(),
            evenness: view.terms.iter().map(|t| (t.evenness * 1e4).round() as u16).collect(),
            terms: view.terms.into_iter().map(|t| t.text).collect(),
            basis: Packed::new(&view.basis),
            owners: view.owners.into_keys().collect(),
            directions: Packed::new(&directions),
        }
    }
}

impl TryFrom<ViewForm> for View {
    type Error = String;
    fn try_from(form: ViewForm) -> Result<Self, String> {
        let (basis, directions) = (form.basis.unpack(), form.directions.unpack());
        let n = form.terms.len();
        let whole = (form.term_records.len(), form.evenness.len()) == (n, n)
            && (basis.rows() == n || basis.width() == 0)
            && directions.rows() == form.owners.len();
        if !whole {
            return Err("found a mechanism view whose lists differ in length, expected one entry a term".into());
        }
        let counts = form.term_records.into_iter().zip(form.evenness);
        let terms = form.terms.into_iter().zip(counts).map(|(text, (records, even))| Term { text, records, evenness: f32::from(even) / 1e4 });
        let owners = form.owners.into_iter().enumerate().map(|(at, owner)| (owner, directions.row(at).to_vec())).collect();
        Ok(Self { records: form.records, terms: terms.collect(), index: HashMap::new(), basis, owners }.in_order())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_by_chance_is_the_mean_over_all_draws() {
        // Two records of two owners alike: the same owner half of the time.
        assert!((entropy_by_chance(2, &[1000, 1000]) - 0.5 * 2f64.ln()).abs() < 1e-3);
        // Three records, one in two, one in four, one in four: all draws written out.
        let shares = [0.5, 0.25, 0.25];
        let mut mean = 0.0;
        for (a, b, c) in (0..27).map(|n| (n % 3, n / 3 % 3, n / 9)) {
            let mut counts = [0f64; 3];
            [a, b, c].into_iter().for_each(|owner| counts[owner] += 1.0);
            let entropy = -counts.iter().filter(|k| **k > 0.0).map(|k| k / 3.0 * (k / 3.0).ln()).sum::<f64>();
            mean += shares[a] * shares[b] * shares[c] * entropy;
        }
        assert!((entropy_by_chance(3, &[200, 100, 100]) - mean).abs() < 1e-9, "{mean}");
        // Many records of many owners come near the entropy of the owners themselves.
        assert!((entropy_by_chance(5_000, &[1; 10]) - 10f64.ln()).abs() < 2e-3);
        assert_eq!(entropy_by_chance(1, &[5, 5]), 0.0);
    }

    #[test]
    fn evenness_is_1_at_chance_and_0_for_a_private_word() {
        let chance = BTreeMap::from([(4, entropy_by_chance(4, &[100, 100, 100]))]);
        assert_eq!(evenness(vec![0, 0, 0, 0], &chance), 0.0);
        assert_eq!(evenness(vec![0, 1, 2, 0], &chance), 1.0);
        assert!(evenness(vec![0, 0, 0, 1], &chance) < 1.0);
    }
}
