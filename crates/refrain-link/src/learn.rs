//! Replays history and fits both scores on what people resolved: never on anything later than what is scored.

use refrain_maths::{binary, listwise};
use refrain_record::Record;

use crate::duplicate::{Answer, LinearScore, Term, VERSION, Weights, answers, context, decision_terms};
use crate::features::MEASURES;
use crate::past::Past;

/// Folds for the out-of-fold rank scores that the decision is fitted on.
const FOLDS: usize = 5;
/// Penalty of the listwise fit on standardised weights; .01 to .1 made no difference in cross-validation on the fitting half.
const RANK_L2: f64 = 0.03;
/// Penalty of the decision, on the summed loss.
const DECIDE_L2: f64 = 1.0;
/// Fewest resolved duplicates worth fitting on.
pub const FEWEST_DUPLICATES: usize = 40;
/// Share of the fitting period, the latest part, that calibrates.
const CALIBRATE: f64 = 0.4;

/// A report of history with what is known of it.
pub struct Reported<'a> {
    /// The record as filed.
    pub record: &'a Record,
    /// Group that it belongs to, also for the first of its group.
    pub group: Option<&'a str>,
    /// Whether it may be asked about.
    pub ask: bool,
}

/// One answered report.
pub struct Asked {
    /// Place in the history.
    pub place: usize,
    /// Earlier reports, best first.
    pub answers: Vec<Answer>,
    /// Of these, which belong to its group.
    pub right: Vec<bool>,
    /// Whether an earlier report of its group exists at all.
    pub duplicate: bool,
}

/// Replays history in the order given: each report is read, answered where it may be asked, then added. `each` sees the answers.
pub fn replay(history: &[Reported<'_>], weights: &Weights, mut each: impl FnMut(Asked)) {
    let mut past = Past::default();
    for (place, item) in history.iter().enumerate() {
        let report = past.read(item.record);
        if item.ask {
            let answers = answers(&past, &report, weights);
            let same = |n: usize| item.group.is_some() && history[n].group == item.group;
            let right = answers.iter().map(|a| same(a.report as usize)).collect();
            each(Asked { place, answers, right, duplicate: (0..place).any(same) });
        }
        past.add(report);
    }
}

/// Fits both scores on a history. Nothing where it holds fewer than [`FEWEST_DUPLICATES`] duplicates.
///
/// `start`: weights whose rank score finds the first order; any will do, since every candidate's measures are kept.
pub fn learn(history: &[Reported<'_>], start: &Weights, said: &str) -> Option<Weights> {
    let mut asked = Vec::new();
    replay(history, start, |a| asked.push(a));
    let told: Vec<(usize, listwise::List)> = asked
        .iter()
        .filter(|a| a.duplicate)
        .map(|a| {
            (fold_of(history[a.place].group), listwise::List { rows: a.answers.iter().map(|x| x.values.clone()).collect(), right: a.right.clone() })
        })
        .collect();
    if told.len() < FEWEST_DUPLICATES {
        return None;
    }
    let all: Vec<listwise::List> = told.iter().map(|(_, l)| l.clone()).collect();
    let rank = linear(&listwise::fit(&all, RANK_L2)?, &MEASURES.iter().map(|m| m.name).collect::<Vec<_>>());
    let (rows, right) = decision_rows(history, &asked, &told)?;
    let cut = (rows.len() as f64 * (1.0 - CALIBRATE)) as usize;
    let decide = linear(&binary::fit(&rows[..cut], &right[..cut], DECIDE_L2)?, &decision_terms());
    let calibration = calibrate(&decide, &rows[cut..], &right[cut..]);
    Some(Weights { version: VERSION, fitted_on: said.to_owned(), rank, decide, calibration })
}

/// Fold of a group: all reports of one group share one, so that no fold has seen its own answer.
fn fold_of(group: Option<&str>) -> usize {
    group.unwrap_or("").bytes().fold(7usize, |sum, b| sum.wrapping_mul(31).wrapping_add(b as usize)) % FOLDS
}

/// Rows for the decision: measures and context of the first candidate, ranked by weights that have not seen its group.
fn decision_rows(history: &[Reported<'_>], asked: &[Asked], told: &[(usize, listwise::List)]) -> Option<(Vec<Vec<f64>>, Vec<bool>)> {
    let names: Vec<&str> = MEASURES.iter().map(|m| m.name).collect();
    let folds: Option<Vec<LinearScore>> = (0..FOLDS)
        .map(|f| {
            let others: Vec<listwise::List> = told.iter().filter(|(own, _)| *own != f).map(|(_, l)| l.clone()).collect();
            listwise::fit(&others, RANK_L2).map(|l| linear(&l, &names))
        })
        .collect();
    let folds = folds?;
    let mut rows = Vec::new();
    let mut right = Vec::new();
    for a in asked.iter().filter(|a| !a.answers.is_empty()) {
        let rank = &folds[fold_of(history[a.place].group.filter(|_| a.duplicate))];
        let mut list: Vec<(Answer, bool)> = a.answers.iter().cloned().zip(a.right.iter().copied()).collect();
        list.iter_mut().for_each(|(answer, _)| answer.rank = rank.score(&answer.values).total());
        list.sort_by(|x, y| y.0.rank.cmp(&x.0.rank).then(x.0.report.cmp(&y.0.report)));
        let answers: Vec<Answer> = list.iter().map(|(a, _)| a.clone()).collect();
        rows.push(answers[0].values.iter().copied().chain(context(&answers, 0)).collect());
        right.push(list[0].1);
    }
    Some((rows, right))
}

fn linear(fitted: &listwise::Linear, names: &[&str]) -> LinearScore {
    let term = fitted.weights.iter().zip(&fitted.range).zip(names).map(|((weight, range), name)| Term {
        name: (*name).to_owned(),
        weight: short(*weight),
        range: (short(range.0), short(range.1)),
    });
    LinearScore { constant: short(fitted.constant), term: term.collect() }
}

/// Six significant digits: what is written is what is used.
fn short(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(0.0)
}

/// Isotonic steps of the share of right ones over the decision's log-odds (pool adjacent violators; Ayer et al. 1955).
fn calibrate(decide: &LinearScore, rows: &[Vec<f64>], right: &[bool]) -> Vec<(f64, f64)> {
    let mut scored: Vec<(i64, bool)> = rows.iter().zip(right).map(|(r, y)| (decide.score(r).total().0, *y)).collect();
    scored.sort();
    let mut blocks: Vec<(i64, f64, f64)> = Vec::new();
    for (at, y) in scored {
        blocks.push((at, f64::from(u8::from(y)), 1.0));
        while let [.., a, b] = blocks.as_slice() {
            if a.1 / a.2 < b.1 / b.2 {
                break;
            }
            let joined = (a.0, a.1 + b.1, a.2 + b.2);
            blocks.truncate(blocks.len() - 2);
            blocks.push(joined);
        }
    }
    blocks.iter().map(|(at, sum, n)| (short(*at as f64 / 1e6), short(sum / n))).collect()
}
