//! Is it so, or not: logistic regression over standardised features, fitted by linfa.

use linfa::dataset::Dataset;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

use crate::listwise::{CLIP, Linear, standardise};

/// Rounds of the solver.
const ROUNDS: u64 = 300;

/// Fits `P(right) = 1 / (1 + e^−s)` with `s` linear in `rows`. `l2` is the penalty on the standardised weights, summed loss.
///
/// Nothing where one of the two answers is missing, or the rows are not finite.
pub fn fit(rows: &[Vec<f64>], right: &[bool], l2: f64) -> Option<Linear> {
    if !right.contains(&true) || !right.contains(&false) {
        return None;
    }
    let width = rows.first()?.len();
    let mut x = Array2::from_shape_vec((rows.len(), width), rows.iter().flatten().copied().collect()).ok()?;
    let (means, deviations) = standardise(&mut x);
    let targets: Array1<usize> = right.iter().map(|r| usize::from(*r)).collect();
    let fitted = LogisticRegression::default().alpha(l2).max_iterations(ROUNDS).fit(&Dataset::new(x, targets)).ok()?;
    // linfa calls the class that it meets first or the larger label positive; its own labels say which.
    let sign = if fitted.labels().pos.class == 1 { 1.0 } else { -1.0 };
    let weights: Vec<f64> = fitted.params().iter().zip(&deviations).map(|(w, d)| sign * w / d).collect();
    let shift: f64 = weights.iter().zip(&means).map(|(w, m)| w * m).sum();
    Some(Linear {
        constant: sign * fitted.intercept() - shift,
        range: means.iter().zip(&deviations).map(|(m, d)| (m - CLIP * d, m + CLIP * d)).collect(),
        weights,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_follow_the_data() {
        // Right in 3 of 4 where the feature is 1, in 1 of 4 where it is 0: log odds ±ln 3.
        let rows: Vec<Vec<f64>> = (0..800).map(|n| vec![f64::from(n % 2)]).collect();
        let right: Vec<bool> = (0..800).map(|n| (n / 2 % 4 == 0) != (n % 2 == 1)).collect();
        let fitted = fit(&rows, &right, 1e-6).unwrap();
        let at = |x: f64| fitted.constant + fitted.weights[0] * x;
        assert!((at(1.0) - 3f64.ln()).abs() < 0.01 && (at(0.0) + 3f64.ln()).abs() < 0.01, "{fitted:?}");
        assert!(fit(&rows, &[true; 800], 1.0).is_none());
    }
}
