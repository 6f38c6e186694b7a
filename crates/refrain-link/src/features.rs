//! Raw comparisons of a new report with an earlier one: the numbers that both scores are made of.

use crate::past::{Past, Report, Row, Space};

/// Parameters of BM25F for duplicate reports: fitted on the earlier half of one public tracker, untouched elsewhere.
const TITLE: f64 = 13.0;
const B: f64 = 0.95;
const K1: f64 = 16.0;
const K3: f64 = 4.0;
/// Weight of the same score over pairs of neighbouring words.
const PAIRS: f64 = 0.2;

/// Statistics of a [`Space`] at one moment.
struct Moment<'a> {
    space: &'a Space,
    n: f64,
    means: (f64, f64),
}

impl Moment<'_> {
    fn idf(&self, term: u32) -> f64 {
        let df = self.space.df(term) as f64;
        (1.0 + (self.n - df + 0.5) / (df + 0.5)).ln()
    }

    /// Field-weighted, length-normalised term frequency.
    fn weight(&self, title: u16, body: u16, lengths: (u32, u32)) -> f64 {
        let norm = |length: u32, mean: f64| 1.0 - B + B * f64::from(length) / mean;
        let part = |times: u16, factor: f64, length: u32, mean: f64| if times == 0 { 0.0 } else { factor * f64::from(times) / norm(length, mean) };
        part(title, TITLE, lengths.0, self.means.0) + part(body, 1.0, lengths.1, self.means.1)
    }

    fn term(&self, query: &Row, title: u16, body: u16, lengths: (u32, u32)) -> f64 {
        let t = self.weight(title, body, lengths);
        let q = TITLE * f64::from(query.title) + f64::from(query.body);
        self.idf(query.term) * t / (K1 + t) * (K3 + 1.0) * q / (K3 + q)
    }
}

/// A new report with what is computed once for it.
pub struct Query<'a> {
    past: &'a Past,
    report: &'a Report,
    own: f64,
    /// Weighted TF-IDF row of the report, and its length.
    vector: Vec<(u32, f64)>,
    norm: f64,
    /// Idf mass of the title.
    title_mass: f64,
}

/// Smooth idf of the cosine.
fn idf(past: &Past, term: u32) -> f64 {
    ((1.0 + past.len() as f64) / (1.0 + past.words.df(term) as f64)).ln() + 1.0
}

fn vector(past: &Past, report: &Report) -> Vec<(u32, f64)> {
    let tf = |row: &Row| 1.0 + f64::from(u32::from(row.title) + u32::from(row.body)).ln();
    report.words.iter().map(|row| (row.term, tf(row) * idf(past, row.term))).collect()
}

fn length(vector: &[(u32, f64)]) -> f64 {
    vector.iter().map(|(_, w)| w * w).sum::<f64>().sqrt()
}

/// One raw comparison: its name in weights and explanations, and what it says.
pub struct Measure {
    /// Name.
    pub name: &'static str,
    /// What a reader of an explanation must know. A side that is absent gives exactly 0.
    pub meaning: &'static str,
}

/// The raw comparisons, in the order of [`Query::compare`].
pub const MEASURES: &[Measure] = &[
    Measure { name: "words", meaning: "ln(1 + 100 × BM25F of words and word pairs, as share of the new report's own maximum)" },
    Measure { name: "cosine", meaning: "ln(1 + 100 × cosine of the TF-IDF rows)" },
    Measure { name: "title-covered", meaning: "share of the new title's idf mass found anywhere in the earlier report" },
    Measure { name: "covers-title", meaning: "share of the earlier title's idf mass found anywhere in the new report" },
    Measure { name: "days-between", meaning: "ln(1 + days between the two)" },
    Measure { name: "other-platform", meaning: "1 where both titles name a platform and share none" },
    Measure { name: "other-tag", meaning: "1 where both titles begin with a tag and the tags differ" },
    Measure { name: "components", meaning: "share of components in common (Jaccard), where both state one" },
    Measure { name: "other-component", meaning: "1 where both state components and share none" },
    Measure { name: "earlier-length", meaning: "ln(1 + words of the earlier description)" },
    Measure { name: "length-gap", meaning: "difference of ln(1 + words) of the two descriptions, where both have one" },
];

impl<'a> Query<'a> {
    /// A report against everything before it.
    pub fn new(past: &'a Past, report: &'a Report) -> Self {
        let vector = vector(past, report);
        let norm = length(&vector);
        let title_mass = report.words.iter().filter(|r| r.title > 0).map(|r| idf(past, r.term)).sum();
        let mut query = Self { past, report, own: 0.0, vector, norm, title_mass };
        query.own = query.bm25f(report);
        query
    }

    fn moments(&self) -> [(Moment<'a>, f64); 2] {
        let n = self.past.len();
        let at = |space: &'a Space| Moment { space, n: n as f64, means: space.means(n) };
        [(at(&self.past.words), 1.0), (at(&self.past.pairs), PAIRS)]
    }

    fn bm25f(&self, other: &Report) -> f64 {
        let [(words, one), (pairs, less)] = self.moments();
        one * joined(&self.report.words, &other.words, |q, c| words.term(q, c.title, c.body, other.lengths))
            + less * joined(&self.report.pairs, &other.pairs, |q, c| pairs.term(q, c.title, c.body, other.pair_lengths))
    }

    /// Best candidates by BM25F and by cosine: at most `most` each, ties to the older.
    pub fn candidates(&self, most: usize) -> Vec<u32> {
        let mut sums = vec![0.0f64; self.past.len()];
        for (moment, factor) in self.moments() {
            let pairs = factor < 1.0;
            let rows = if pairs { &self.report.pairs } else { &self.report.words };
            for row in rows {
                for (other, title, body) in moment.space.postings.get(row.term as usize).into_iter().flatten() {
                    let report = &self.past.reports[*other as usize];
                    let lengths = if pairs { report.pair_lengths } else { report.lengths };
                    sums[*other as usize] += factor * moment.term(row, *title, *body, lengths);
                }
            }
        }
        let mut out = best(&sums, most, |_| true);
        let recent = |other: u32| self.report.day - self.past.reports[other as usize].day <= 365.0;
        out.extend(best(&sums, most / 3, recent));
        let cosines = self.cosines();
        out.extend(best(&cosines, most * 2 / 3, |_| true));
        out.extend(best(&cosines, most / 3, recent));
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Unnormalised cosine numerators divided by an approximate length: only to find candidates.
    fn cosines(&self) -> Vec<f64> {
        let mut sums = vec![0.0f64; self.past.len()];
        for (term, weight) in &self.vector {
            let idf = idf(self.past, *term);
            for (other, title, body) in self.past.words.postings.get(*term as usize).into_iter().flatten() {
                sums[*other as usize] += weight * idf * (1.0 + f64::from(u32::from(*title) + u32::from(*body)).ln());
            }
        }
        for (sum, report) in sums.iter_mut().zip(&self.past.reports) {
            *sum /= (report.words.len() as f64).sqrt().max(1.0);
        }
        sums
    }

    /// Raw comparisons with the earlier report of that number.
    pub fn compare(&self, candidate: u32) -> Vec<f64> {
        let other = &self.past.reports[candidate as usize];
        let theirs = vector(self.past, other);
        let denominator = self.norm * length(&theirs);
        let dot = merge(&self.vector, &theirs, |a, b| a * b);
        let rep = if self.own > 0.0 { self.bm25f(other) / self.own } else { 0.0 };
        let cosine = if denominator > 0.0 { dot / denominator } else { 0.0 };
        let both = |a: bool| f64::from(u8::from(a));
        let disjoint = |a: &[&str], b: &[&str]| !a.is_empty() && !b.is_empty() && !a.iter().any(|x| b.contains(x));
        let shared = self.report.components.iter().filter(|c| other.components.contains(c)).count() as f64;
        let stated = !self.report.components.is_empty() && !other.components.is_empty();
        let union = (self.report.components.len() + other.components.len()) as f64 - shared;
        vec![
            (1.0 + 100.0 * rep).ln(),
            (1.0 + 100.0 * cosine).ln(),
            self.covered(self.report, other, self.title_mass),
            self.covered(other, self.report, other.words.iter().filter(|r| r.title > 0).map(|r| idf(self.past, r.term)).sum()),
            (1.0 + (self.report.day - other.day).max(0.0)).ln(),
            both(disjoint(&self.report.platforms, &other.platforms)),
            both(matches!((&self.report.lead, &other.lead), (Some(a), Some(b)) if a != b)),
            if stated { shared / union } else { 0.0 },
            both(stated && shared == 0.0),
            f64::from(1 + other.lengths.1).ln(),
            if self.report.lengths.1 > 0 && other.lengths.1 > 0 {
                (f64::from(1 + self.report.lengths.1).ln() - f64::from(1 + other.lengths.1).ln()).abs()
            } else {
                0.0
            },
        ]
    }

    /// Share of the idf mass of `a`'s title that stands anywhere in `b`.
    fn covered(&self, a: &Report, b: &Report, mass: f64) -> f64 {
        if mass <= 0.0 {
            return 0.0;
        }
        joined(&a.words, &b.words, |q, _| if q.title > 0 { idf(self.past, q.term) } else { 0.0 }) / mass
    }
}

/// Sum over terms that both hold.
fn joined(a: &[Row], b: &[Row], f: impl Fn(&Row, &Row) -> f64) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].term.cmp(&b[j].term) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += f(&a[i], &b[j]);
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

fn merge(a: &[(u32, f64)], b: &[(u32, f64)], f: impl Fn(f64, f64) -> f64) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += f(a[i].1, b[j].1);
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

/// The `most` largest positive values that `accept` lets in, by value, then by age.
fn best(values: &[f64], most: usize, accept: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut all: Vec<u32> = (0..values.len() as u32).filter(|i| values[*i as usize] > 0.0 && accept(*i)).collect();
    let order = |a: &u32, b: &u32| values[*b as usize].total_cmp(&values[*a as usize]).then(a.cmp(b));
    if all.len() > most {
        all.select_nth_unstable_by(most, order);
        all.truncate(most);
    }
    all.sort_by(order);
    all
}
