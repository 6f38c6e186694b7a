//! Correlation with its interval. An association, never a cause.

use crate::intervals::{Interval, z};

/// Fewest pairs for which an interval is given: below it Fisher's approximation says nothing.
pub const FEWEST_PAIRS: usize = 5;

/// Pearson's correlation with Fisher's interval; nothing for fewer than [`FEWEST_PAIRS`] pairs or where one side does not vary.
pub fn pearson(pairs: &[(f64, f64)], level: f64) -> Option<Interval> {
    let value = plain(pairs)?;
    fisher(value, 1.0 / (pairs.len() as f64 - 3.0), level)
}

/// Spearman's rank correlation; ties share their mean rank. Interval after Bonett and Wright 2000.
pub fn spearman(pairs: &[(f64, f64)], level: f64) -> Option<Interval> {
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let ranked: Vec<(f64, f64)> = ranks(&left).into_iter().zip(ranks(&right)).collect();
    let value = plain(&ranked)?;
    fisher(value, (1.0 + value * value / 2.0) / (pairs.len() as f64 - 3.0), level)
}

/// The coefficient alone.
fn plain(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < FEWEST_PAIRS {
        return None;
    }
    let n = pairs.len() as f64;
    let (mean_x, mean_y) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let (mut both, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        both += (x - mean_x) * (y - mean_y);
        xx += (x - mean_x) * (x - mean_x);
        yy += (y - mean_y) * (y - mean_y);
    }
    let size = (xx * yy).sqrt();
    (size > 0.0 && size.is_finite()).then(|| (both / size).clamp(-1.0, 1.0))
}

fn fisher(value: f64, variance: f64, level: f64) -> Option<Interval> {
    // At ±1 the transform is infinite; the ends then meet the value.
    let half = z(level) * variance.sqrt();
    let turned = value.clamp(-1.0 + 1e-15, 1.0 - 1e-15).atanh();
    let (low, high) = ((turned - half).tanh(), (turned + half).tanh());
    Some(Interval { value, low: low.min(value), high: high.max(value) })
}

/// Ranks from 1; equal values share their mean rank.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut out = vec![0.0; values.len()];
    let mut at = 0;
    while at < order.len() {
        let same = order[at..].iter().take_while(|i| values[**i] == values[order[at]]).count();
        let mean = at as f64 + (same as f64 + 1.0) / 2.0;
        order[at..at + same].iter().for_each(|i| out[*i] = mean);
        at += same;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: [f64; 7] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    const RIGHT: [f64; 7] = [2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 9.0];

    fn pairs(left: &[f64], right: &[f64]) -> Vec<(f64, f64)> {
        left.iter().copied().zip(right.iter().copied()).collect()
    }

    /// scipy.stats.pearsonr and spearmanr, SciPy 1.17.
    #[test]
    fn values_equal_an_independent_library() {
        let found = pearson(&pairs(&LEFT, &RIGHT), 0.95).unwrap();
        assert!((found.value - 0.875_481_048_263_332_5).abs() < 1e-9);
        assert!((found.low - 0.359_315_128_035_951_4).abs() < 1e-9);
        assert!((found.high - 0.981_468_591_677_263).abs() < 1e-9);
        let ties = spearman(&pairs(&[1.0, 2.0, 2.0, 4.0, 5.0, 6.0, 7.0], &RIGHT), 0.95).unwrap();
        assert!((ties.value - 0.846_881_214_933_825_5).abs() < 1e-9);
        assert!(ties.low < 0.4 && ties.high < 1.0);
    }

    #[test]
    fn law_h4_too_little_is_no_correlation() {
        assert_eq!(pearson(&pairs(&LEFT[..4], &RIGHT[..4]), 0.95), None);
        assert_eq!(pearson(&pairs(&[2.0; 7], &RIGHT), 0.95), None);
        assert_eq!(spearman(&[], 0.95), None);
    }
}
