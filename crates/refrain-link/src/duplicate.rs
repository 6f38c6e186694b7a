//! Two scores over the same measures: which earlier report comes first, and whether it is the same defect.
//!
//! Ranking with the decision model, or deciding with the rank score, is measurably worse (see the README of this room): the
//! one is fitted listwise on which candidate is right, the other on whether the first candidate is right at all.

use rayon::prelude::*;
use refrain_record::{LogOdds, Score, Weight};
use serde::{Deserialize, Serialize};

use crate::features::{MEASURES, Query};
use crate::past::{Past, Report};

/// Candidates taken from each of the two long lists; recent ones add a third.
const CANDIDATES: usize = 300;
/// Candidates whose scores give the context of a decision.
const CONTEXT: usize = 10;

/// One linear term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Name of the measure or context term.
    pub name: String,
    /// Weight in nats per unit of the measure.
    pub weight: f64,
    /// Lowest and highest value that counts.
    pub range: (f64, f64),
}

/// A linear score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearScore {
    /// Constant term in nats.
    pub constant: f64,
    /// One per value, in the order of the values.
    pub term: Vec<Term>,
}

impl LinearScore {
    /// Prior and one weight per value that is not 0: `value × weight`, exact in millionths of a bit.
    pub fn score(&self, values: &[f64]) -> Score {
        let weight = |(term, value): (&Term, &f64)| {
            let value = value.clamp(term.range.0, term.range.1);
            (value != 0.0).then(|| Weight {
                what: term.name.clone(),
                level: format!("{value:.4} × {:.4}", term.weight / std::f64::consts::LN_2),
                bits: LogOdds::from_nats(value * term.weight),
                cites: Vec::new(),
            })
        };
        Score::new(LogOdds::from_nats(self.constant), self.term.iter().zip(values).filter_map(weight).collect())
    }

    /// The same sum without its explanation.
    fn total(&self, values: &[f64]) -> LogOdds {
        let sum = self.term.iter().zip(values).map(|(t, v)| LogOdds::from_nats(v.clamp(t.range.0, t.range.1) * t.weight));
        sum.fold(LogOdds::from_nats(self.constant), |a, b| a + b)
    }
}

/// Context terms of a decision, after the raw measures.
pub const CONTEXT_TERMS: &[&str] = &["rank-score", "lead-over-next", "lead-over-ten", "share-of-list"];

/// Both scores with what is known of their fitting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Version of measures and form: weights of another version are refused.
    pub version: u32,
    /// What they were fitted on, in words.
    pub fitted_on: String,
    /// Which candidate comes first.
    pub rank: LinearScore,
    /// Whether it is the same defect.
    pub decide: LinearScore,
    /// Calibration: decision log-odds in bits, and the share of right ones at or above it, ascending. Empty: a score, never a percentage (law B5).
    #[serde(default)]
    pub calibration: Vec<(f64, f64)>,
}

/// Version of the measures: raise it whenever one changes its meaning.
pub const VERSION: u32 = 1;

/// A candidate with both scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Number of the earlier report.
    pub report: u32,
    /// Raw measures.
    pub values: Vec<f64>,
    /// Rank score.
    pub rank: LogOdds,
    /// Decision log-odds.
    pub decision: LogOdds,
}

/// Earlier reports like the new one, best first: ties to the older.
pub fn answers(past: &Past, report: &Report, weights: &Weights) -> Vec<Answer> {
    let query = Query::new(past, report);
    let candidates = query.candidates(CANDIDATES);
    let mut out: Vec<Answer> = candidates
        .par_iter()
        .map(|c| {
            let values = query.compare(*c);
            Answer { report: *c, rank: weights.rank.total(&values), decision: LogOdds(0), values }
        })
        .collect();
    out.sort_by(|a, b| b.rank.cmp(&a.rank).then(a.report.cmp(&b.report)));
    let contexts: Vec<[f64; 4]> = (0..out.len()).map(|at| context(&out, at)).collect();
    for (answer, context) in out.iter_mut().zip(contexts) {
        let values: Vec<f64> = answer.values.iter().chain(&context).copied().collect();
        answer.decision = weights.decide.total(&values);
    }
    out
}

/// What the list says about the candidate at `at`: its rank score, its lead over the best other one and over the mean of the first
/// ten, and the log of its share of the whole list.
pub fn context(list: &[Answer], at: usize) -> [f64; 4] {
    let nats = |a: &Answer| a.rank.bits() * std::f64::consts::LN_2;
    let own = nats(&list[at]);
    let other = list.iter().enumerate().find(|(i, _)| *i != at).map_or(own, |(_, a)| nats(a));
    let first: Vec<f64> = list.iter().take(CONTEXT).map(nats).collect();
    let mean = first.iter().sum::<f64>() / first.len().max(1) as f64;
    let all: f64 = list.iter().map(|a| (nats(a) - own).exp()).sum();
    [own, own - other, own - mean, -all.max(1e-12).ln()]
}

/// Names of the values of a decision, in order.
pub fn decision_terms() -> Vec<&'static str> {
    MEASURES.iter().map(|m| m.name).chain(CONTEXT_TERMS.iter().copied()).collect()
}
