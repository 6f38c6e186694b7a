//! Which of a list comes first: conditional logit, fitted listwise.
//!
//! For each list the loss is `−ln(Σ over right e^s / Σ over all e^s)` with `s` linear in the standardised features; the mean over
//! lists plus `l2 / 2 · |w|²` is minimised by L-BFGS (McFadden 1974; Cao et al. 2007 for the listwise reading).

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use ndarray::{Array1, Array2, ArrayView1};

/// Standard deviations beyond which a feature is cut: one odd value shall not decide a list.
pub(crate) const CLIP: f64 = 6.0;
/// Rounds of L-BFGS; it settles within forty on lists of four hundred with a dozen features.
const ROUNDS: u64 = 300;

/// One list: features of each candidate, and which of them are right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// One row a candidate, equally long.
    pub rows: Vec<Vec<f64>>,
    /// One a row.
    pub right: Vec<bool>,
}

/// A fitted linear score: per feature the weight and the range outside which its value is cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    /// Weight of the raw feature.
    pub weights: Vec<f64>,
    /// Lowest and highest value of the raw feature that counts.
    pub range: Vec<(f64, f64)>,
    /// Constant term, so that the mean candidate scores 0.
    pub constant: f64,
}

struct Loss {
    x: Array2<f64>,
    right: Vec<bool>,
    lists: Vec<std::ops::Range<usize>>,
    l2: f64,
}

impl Loss {
    /// Per list: loss, and the weight of each row in the gradient.
    fn list(&self, scores: ArrayView1<'_, f64>, range: &std::ops::Range<usize>) -> (f64, Vec<f64>) {
        let top = range.clone().map(|i| scores[i]).fold(f64::NEG_INFINITY, f64::max);
        let e: Vec<f64> = range.clone().map(|i| (scores[i] - top).exp()).collect();
        let all: f64 = e.iter().sum();
        let right: f64 = range.clone().zip(&e).filter(|(i, _)| self.right[*i]).map(|(_, e)| e).sum();
        let share = |i: usize, e: f64| e / all - if self.right[i] { e / right } else { 0.0 };
        ((all / right).ln(), range.clone().zip(&e).map(|(i, e)| share(i, *e)).collect())
    }
}

impl CostFunction for Loss {
    type Param = Array1<f64>;
    type Output = f64;
    fn cost(&self, w: &Self::Param) -> Result<f64, Error> {
        let scores = self.x.dot(w);
        let sum: f64 = self.lists.iter().map(|r| self.list(scores.view(), r).0).sum();
        Ok(sum / self.lists.len() as f64 + self.l2 / 2.0 * w.dot(w))
    }
}

impl Gradient for Loss {
    type Param = Array1<f64>;
    type Gradient = Array1<f64>;
    fn gradient(&self, w: &Self::Param) -> Result<Array1<f64>, Error> {
        let scores = self.x.dot(w);
        let rows: Vec<f64> = self.lists.iter().flat_map(|r| self.list(scores.view(), r).1).collect();
        Ok(self.x.t().dot(&Array1::from(rows)) / self.lists.len() as f64 + w * self.l2)
    }
}

/// Fits the weights. Lists without a right or without a wrong row say nothing and are left out; nothing is left: nothing is fitted.
pub fn fit(lists: &[List], l2: f64) -> Option<Linear> {
    let told: Vec<&List> = lists.iter().filter(|l| l.right.contains(&true) && l.right.contains(&false)).collect();
    let width = told.first()?.rows.first()?.len();
    let flat: Vec<f64> = told.iter().flat_map(|l| l.rows.iter().flatten().copied()).collect();
    let mut x = Array2::from_shape_vec((flat.len() / width.max(1), width), flat).ok()?;
    let (means, deviations) = standardise(&mut x);
    let mut start = 0;
    let ranges = told
        .iter()
        .map(|l| {
            start += l.rows.len();
            start - l.rows.len()..start
        })
        .collect();
    let loss = Loss { x, right: told.iter().flat_map(|l| l.right.iter().copied()).collect(), lists: ranges, l2 };
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10);
    let run = Executor::new(loss, solver).configure(|s| s.param(Array1::zeros(width)).max_iters(ROUNDS)).run().ok()?;
    let w = run.state().get_best_param()?;
    let weights: Vec<f64> = w.iter().zip(&deviations).map(|(w, d)| w / d).collect();
    Some(Linear {
        constant: -weights.iter().zip(&means).map(|(w, m)| w * m).sum::<f64>(),
        range: means.iter().zip(&deviations).map(|(m, d)| (m - CLIP * d, m + CLIP * d)).collect(),
        weights,
    })
}

/// Standardises columns in place and cuts them; gives means and deviations (1 for a constant column, whose weight stays 0).
pub(crate) fn standardise(x: &mut Array2<f64>) -> (Vec<f64>, Vec<f64>) {
    let n = x.nrows().max(1) as f64;
    let columns = x.columns_mut().into_iter().map(|mut column| {
        let mean = column.sum() / n;
        let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let deviation = if deviation > 1e-12 { deviation } else { 1.0 };
        column.mapv_inplace(|v| ((v - mean) / deviation).clamp(-CLIP, CLIP));
        (mean, deviation)
    });
    columns.unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_feature_gets_the_weight() {
        let list = |n: usize| List {
            rows: (0..8).map(|i| vec![f64::from(u8::from(i == n % 8)) + 0.1 * ((i * 7 + n) % 5) as f64, ((i * 3 + n) % 7) as f64, 4.0]).collect(),
            right: (0..8).map(|i| i == n % 8).collect(),
        };
        let lists: Vec<List> = (0..40).map(list).collect();
        let fitted = fit(&lists, 0.1).unwrap();
        assert!(fitted.weights[0] > 5.0 * fitted.weights[1].abs(), "{fitted:?}");
        assert_eq!(fitted.weights[2], 0.0, "a constant says nothing");
        assert!(fit(&[List::default()], 0.1).is_none());
    }
}
