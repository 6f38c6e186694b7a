//! How good are the two scores? By replay of history, beside the strongest simple rankings over the same candidates.

use std::collections::BTreeMap;

use crate::duplicate::{Answer, Weights};
use crate::learn::{Asked, Reported, replay};

/// Depth of the ranking that is kept.
pub const DEPTH: usize = 50;
/// Depths at which recall is measured.
pub const AT: &[usize] = &[1, 5, 10, 20];
/// False-alarm rates at which the decision is measured.
pub const RATES: &[f64] = &[0.005, 0.02, 0.05];

/// What one report is in the evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A duplicate of an earlier report whose own text does not name it: asked, and judged.
    Query,
    /// In no group: asked, for false alarms.
    New,
    /// Asked by nobody's judgement.
    Uncertain,
}

/// One row of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Place of the asked report in the history.
    pub query: usize,
    /// From 1.
    pub rank: usize,
    /// Place of the candidate in the history.
    pub candidate: usize,
    /// Decision log-odds in bits.
    pub score: f64,
}

/// Recall of one ranking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recall {
    /// Its name.
    pub name: &'static str,
    /// Share of queries with a right one within the first k, for each of [`AT`].
    pub at: Vec<f64>,
    /// Mean reciprocal rank.
    pub mrr: f64,
}

/// What an evaluation gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Queries judged.
    pub queries: usize,
    /// Reports in no group that were asked.
    pub new: usize,
    /// Share of queries with a right one among all candidates, and mean number of candidates.
    pub blocking: (f64, f64),
    /// The product's ranking first, then the same without the time term, then simple ones over the same candidates.
    pub recalls: Vec<Recall>,
    /// For each of [`RATES`]: share of queries caught by a right first candidate above the threshold that so many new ones exceed.
    pub caught: Vec<f64>,
    /// Reliability: lower edge of decision bits, reports, share right.
    pub reliability: Vec<(f64, usize, f64)>,
    /// The ranking of every asked report.
    pub ranking: Vec<Ranked>,
    /// Queries in order of place, with the rank of the first right one (0: none).
    pub first: Vec<(usize, usize)>,
}

/// A simple ranking over the same candidates: its name and its score.
type Simple = (&'static str, fn(&Answer, &Weights) -> f64);

const SIMPLE: &[Simple] = &[
    ("two scores, without the time term", |a, w| {
        let days = w.rank.term.iter().position(|t| t.name == "days-between");
        a.rank.bits()
            - days.map_or(0.0, |at| {
                a.values[at].clamp(w.rank.term[at].range.0, w.rank.term[at].range.1) * w.rank.term[at].weight / std::f64::consts::LN_2
            })
    }),
    ("BM25F with fields", |a, _| a.values[0]),
    ("TF-IDF cosine", |a, _| a.values[1]),
];

/// Replays a history; `roles` says what each report is.
pub fn evaluate(history: &[Reported<'_>], roles: &[Role], weights: &Weights) -> Evaluation {
    let mut judge = Judge { found: BTreeMap::new(), ..Judge::default() };
    replay(history, weights, |asked| judge.see(&asked, roles[asked.place], weights));
    judge.verdict()
}

#[derive(Default)]
struct Judge {
    out: Evaluation,
    /// Per ranking, the rank of the first right one of each query (0: none).
    found: BTreeMap<usize, Vec<usize>>,
    blocked: usize,
    candidates: usize,
    /// Decision bits of the first candidate, of new reports.
    alarms: Vec<f64>,
    /// Decision bits of the first candidate, and whether it is right.
    firsts: Vec<(f64, bool)>,
}

impl Judge {
    fn see(&mut self, asked: &Asked, role: Role, weights: &Weights) {
        let ranked = asked.answers.iter().take(DEPTH).enumerate();
        self.out.ranking.extend(ranked.map(|(n, a)| Ranked {
            query: asked.place,
            rank: n + 1,
            candidate: a.report as usize,
            score: a.decision.bits(),
        }));
        let first = asked.answers.first().map_or(f64::NEG_INFINITY, |a| a.decision.bits());
        match role {
            Role::New => self.alarms.push(first),
            Role::Query => self.query(asked, weights),
            Role::Uncertain => {}
        }
        if role != Role::Uncertain {
            self.firsts.push((first, asked.right.first().copied().unwrap_or(false)));
        }
    }

    fn query(&mut self, asked: &Asked, weights: &Weights) {
        let place = asked.right.iter().position(|r| *r).map_or(0, |n| n + 1);
        self.found.entry(0).or_default().push(place);
        self.out.first.push((asked.place, place));
        self.blocked += usize::from(place > 0);
        self.candidates += asked.answers.len();
        for (number, (_, score)) in SIMPLE.iter().enumerate() {
            let scores: Vec<f64> = asked.answers.iter().map(|a| score(a, weights)).collect();
            let best = asked.right.iter().zip(&scores).filter(|(r, _)| **r).map(|(_, s)| *s).fold(f64::NEG_INFINITY, f64::max);
            let rank =
                if best.is_finite() { 1 + scores.iter().zip(&asked.right).filter(|(s, r)| **s > best || (**s == best && !**r)).count() } else { 0 };
            self.found.entry(number + 1).or_default().push(rank);
        }
    }

    fn verdict(mut self) -> Evaluation {
        self.out.queries = self.out.first.len();
        self.out.new = self.alarms.len();
        let n = self.out.queries.max(1) as f64;
        self.out.blocking = (self.blocked as f64 / n, self.candidates as f64 / n);
        let names = std::iter::once("two scores").chain(SIMPLE.iter().map(|(name, _)| *name));
        self.out.recalls = names.zip(self.found.values()).map(|(name, ranks)| recall(name, ranks)).collect();
        self.alarms.sort_by(|a, b| b.total_cmp(a));
        let right_firsts: Vec<f64> = self.firsts.iter().filter(|(_, right)| *right).map(|(s, _)| *s).collect();
        let caught = |rate: &f64| {
            let threshold = self.alarms.get((rate * self.alarms.len() as f64) as usize).copied().unwrap_or(f64::INFINITY);
            right_firsts.iter().filter(|s| **s > threshold).count() as f64 / n
        };
        self.out.caught = RATES.iter().map(caught).collect();
        self.out.reliability = reliability(&self.firsts);
        self.out
    }
}

fn recall(name: &'static str, ranks: &[usize]) -> Recall {
    let n = ranks.len().max(1) as f64;
    let within = |k: usize| ranks.iter().filter(|r| **r > 0 && **r <= k).count() as f64 / n;
    let mrr = ranks.iter().filter(|r| **r > 0).map(|r| 1.0 / *r as f64).sum::<f64>() / n;
    Recall { name, at: AT.iter().map(|k| within(*k)).collect(), mrr }
}

/// Edges of the reliability table in bits: odds of 1 : 64 up to 4 : 1.
const EDGES: &[f64] = &[f64::NEG_INFINITY, -6.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0];

fn reliability(firsts: &[(f64, bool)]) -> Vec<(f64, usize, f64)> {
    let row = |n: usize| {
        let above = EDGES.get(n + 1).copied().unwrap_or(f64::INFINITY);
        let inside: Vec<bool> = firsts.iter().filter(|(s, _)| *s >= EDGES[n] && *s < above).map(|(_, r)| *r).collect();
        let right = inside.iter().filter(|r| **r).count();
        (EDGES[n], inside.len(), right as f64 / inside.len().max(1) as f64)
    };
    (0..EDGES.len()).map(row).filter(|(_, n, _)| *n > 0).collect()
}
