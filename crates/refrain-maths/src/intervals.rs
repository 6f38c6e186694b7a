//! Intervals for shares, rates, ratios and quantiles. Levels are shares in 0..1 (0.95), exposures are in the caller's unit.

use crate::special::{beta_quantile, gamma_quantile, normal_quantile};

/// A number with its two ends, `low <= value <= high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Best single number.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Half width of a standard normal that holds `level`.
pub fn z(level: f64) -> f64 {
    normal_quantile(0.5 + level / 2.0)
}

/// Share `k` of `n` with Wilson's score interval; nothing for `n` = 0 or `k` > `n`.
///
/// Source: Wilson 1927, without continuity correction.
pub fn wilson(k: u64, n: u64, level: f64) -> Option<Interval> {
    if n == 0 || k > n {
        return None;
    }
    let (z, size) = (z(level), n as f64);
    let share = k as f64 / size;
    let scale = 1.0 + z * z / size;
    let middle = (share + z * z / (2.0 * size)) / scale;
    let half = z / scale * (share * (1.0 - share) / size + z * z / (4.0 * size * size)).sqrt();
    let low = if k == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if k == n { 1.0 } else { (middle + half).min(1.0) };
    Some(Interval { value: share, low, high })
}

/// Events per unit of exposure with the exact interval for a Poisson count; nothing for an exposure that is not above 0.
///
/// Source: Garwood 1936.
pub fn garwood(k: u64, exposure: f64, level: f64) -> Option<Interval> {
    if exposure.is_nan() || exposure <= 0.0 || !exposure.is_finite() {
        return None;
    }
    let tail = (1.0 - level) / 2.0;
    let low = gamma_quantile(k as f64, tail);
    let high = gamma_quantile(k as f64 + 1.0, 1.0 - tail);
    Some(Interval { value: k as f64 / exposure, low: low / exposure, high: high / exposure })
}

/// Exact interval for a share (Clopper and Pearson 1934); nothing for `n` = 0 or `k` > `n`.
pub fn clopper_pearson(k: u64, n: u64, level: f64) -> Option<Interval> {
    if n == 0 || k > n {
        return None;
    }
    let (tail, hit, miss) = ((1.0 - level) / 2.0, k as f64, (n - k) as f64);
    let low = if k == 0 { 0.0 } else { beta_quantile(hit, miss + 1.0, tail) };
    let high = if k == n { 1.0 } else { beta_quantile(hit + 1.0, miss, 1.0 - tail) };
    Some(Interval { value: hit / n as f64, low, high })
}

/// Rate after over rate before, each an `(events, exposure)`, with the exact conditional interval.
///
/// Given all events, those after are binomial; the ends of the share become ends of the ratio. Nothing where an exposure is not above
/// 0 or no event came before: the upper end would have no bound.
pub fn rate_ratio(before: (u64, f64), after: (u64, f64), level: f64) -> Option<Interval> {
    let good = |exposure: f64| exposure.is_finite() && exposure > 0.0;
    if !good(before.1) || !good(after.1) || before.0 == 0 {
        return None;
    }
    let share = clopper_pearson(after.0, before.0 + after.0, level)?;
    let odds = |p: f64| p / (1.0 - p) * before.1 / after.1;
    Some(Interval { value: after.0 as f64 / after.1 * before.1 / before.0 as f64, low: odds(share.low), high: odds(share.high) })
}

/// The value below which the share `p` of the sorted values lies, between two of them in proportion (type 7 of Hyndman and Fan
/// 1996, as in R and NumPy); nothing for no values.
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = p.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64))
}

/// Quantile `p` of the sorted values with the interval of order statistics: no assumption on their distribution, no randomness.
///
/// The ends are the values whose ranks a binomial count passes with `level`; where there are too few values for the level, the
/// smallest and the largest. Source: David and Nagaraja 2003, section 7.1.
pub fn quantile_interval(sorted: &[f64], p: f64, level: f64) -> Option<Interval> {
    let value = quantile(sorted, p)?;
    let (n, tail) = (sorted.len(), (1.0 - level) / 2.0);
    let mut below = 0.0;
    let (mut first, mut last) = (None, n - 1);
    for rank in 0..=n {
        below += binomial(n, rank, p);
        if below <= tail && rank < n {
            first = Some(rank);
        }
        if below >= 1.0 - tail {
            last = rank.min(n - 1);
            break;
        }
    }
    let low = sorted[first.unwrap_or(0)];
    Some(Interval { value, low: low.min(value), high: sorted[last].max(value) })
}

/// Probability of exactly `k` of `n`.
fn binomial(n: usize, k: usize, p: f64) -> f64 {
    use crate::special::ln_gamma;
    if p <= 0.0 || p >= 1.0 {
        return f64::from(u8::from((p <= 0.0 && k == 0) || (p >= 1.0 && k == n)));
    }
    let (n, k) = (n as f64, k as f64);
    (ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) + k * p.ln() + (n - k) * (-p).ln_1p()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "found {found}, expected {expected}");
    }

    /// scipy.stats.binomtest(4, 23).proportion_ci(method="wilson").
    #[test]
    fn four_of_twenty_three() {
        let share = wilson(4, 23, 0.95).unwrap();
        near(share.value, 4.0 / 23.0);
        near(share.low, 0.069_786_535_630_6);
        near(share.high, 0.371_376_476_401_5);
    }

    #[test]
    fn law_h4_nothing_of_nothing_is_no_number() {
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(garwood(3, 0.0, 0.95), None);
        assert_eq!(rate_ratio((0, 10.0), (2, 10.0), 0.95), None);
        assert_eq!(quantile_interval(&[], 0.5, 0.95), None);
        assert_eq!(wilson(0, 5, 0.95).map(|w| w.low), Some(0.0));
        assert_eq!(wilson(5, 5, 0.95).map(|w| w.high), Some(1.0));
    }

    /// scipy.stats.chi2.ppf(0.025, 2 × 7) / 2 and chi2.ppf(0.975, 2 × 8) / 2.
    #[test]
    fn a_count_of_seven() {
        let rate = garwood(7, 2.0, 0.95).unwrap();
        near(rate.value, 3.5);
        near(rate.low * 2.0, 2.814_363_051_519_9);
        near(rate.high * 2.0, 14.422_675_361_702_4);
        near(garwood(0, 1.0, 0.95).unwrap().high, 3.688_879_454_113_9);
    }

    #[test]
    fn a_ratio_of_equal_rates_holds_one() {
        let ratio = rate_ratio((8, 100.0), (4, 50.0), 0.95).unwrap();
        near(ratio.value, 1.0);
        assert!(ratio.low < 1.0 && ratio.high > 1.0);
        let none = rate_ratio((12, 365.0), (0, 365.0), 0.95).unwrap();
        assert_eq!((none.value, none.low), (0.0, 0.0));
        assert!(none.high < 0.5);
    }

    #[test]
    fn quantiles_as_numpy_has_them() {
        let values: Vec<f64> = [3.0, 5.0, 8.0, 13.0, 21.0, 34.0].to_vec();
        near(quantile(&values, 0.5).unwrap(), 10.5);
        near(quantile(&values, 0.9).unwrap(), 27.5);
        let median = quantile_interval(&values, 0.5, 0.95).unwrap();
        assert_eq!((median.low, median.high), (3.0, 34.0));
        let many: Vec<f64> = (1..=100).map(f64::from).collect();
        let median = quantile_interval(&many, 0.5, 0.95).unwrap();
        assert_eq!((median.low, median.high), (40.0, 61.0));
    }
}
