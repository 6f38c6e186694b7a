//! Counts: Poisson and negative binomial, the discounted Gamma–Poisson forecast, and how far a forecast was off.

use crate::special::{beta_share, gamma_share, ln_gamma};

/// A distribution of counts with its mean and how much wider than Poisson it is.
///
/// Variance = mean + mean² / `shape`; an infinite shape is Poisson.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountDistribution {
    mean: f64,
    shape: f64,
}

/// Largest count that a quantile may reach: beyond it the interval says nothing that anyone could act on.
const MOST: u64 = 1 << 40;

impl CountDistribution {
    /// Poisson; a mean that is not finite or below 0 becomes 0.
    pub fn poisson(mean: f64) -> Self {
        Self { mean: clean(mean), shape: f64::INFINITY }
    }

    /// Negative binomial; a shape that is not above 0 becomes Poisson.
    pub fn negative_binomial(mean: f64, shape: f64) -> Self {
        let shape = if shape > 0.0 { shape } else { f64::INFINITY };
        Self { mean: clean(mean), shape }
    }

    /// Expected count.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Shape; infinite for Poisson.
    pub fn shape(&self) -> f64 {
        self.shape
    }

    fn is_poisson(&self) -> bool {
        // Above 10^9 the two differ by less than what the special functions resolve.
        self.shape > 1e9
    }

    /// Probability of at most `k`.
    pub fn at_most(&self, k: u64) -> f64 {
        match (self.mean == 0.0, self.is_poisson()) {
            (true, _) => 1.0,
            (_, true) => 1.0 - gamma_share(k as f64 + 1.0, self.mean),
            _ => beta_share(self.shape, k as f64 + 1.0, self.shape / (self.shape + self.mean)),
        }
    }

    /// Natural logarithm of the probability of exactly `k`.
    pub fn ln_probability(&self, k: u64) -> f64 {
        let count = k as f64;
        if self.mean == 0.0 {
            return if k == 0 { 0.0 } else { f64::NEG_INFINITY };
        }
        if self.is_poisson() {
            return count * self.mean.ln() - self.mean - ln_gamma(count + 1.0);
        }
        let (r, total) = (self.shape, self.shape + self.mean);
        ln_gamma(count + r) - ln_gamma(r) - ln_gamma(count + 1.0) + r * (r / total).ln() + count * (self.mean / total).ln()
    }

    /// Probability of none.
    pub fn none(&self) -> f64 {
        self.ln_probability(0).exp()
    }

    /// Smallest count that the share `p` does not exceed.
    pub fn quantile(&self, p: f64) -> u64 {
        // A probability that equals `p` up to rounding has reached it.
        let reached = |k: u64| self.at_most(k) >= p - 1e-12;
        let mut high = 1;
        while !reached(high) && high < MOST {
            high *= 2;
        }
        let mut low = 0;
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(middle) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// The two counts between which (ends included) the middle `level` lies.
    pub fn interval(&self, level: f64) -> (u64, u64) {
        let tail = (1.0 - level) / 2.0;
        (self.quantile(tail), self.quantile(1.0 - tail))
    }
}

fn clean(mean: f64) -> f64 {
    if mean.is_finite() { mean.max(0.0) } else { 0.0 }
}

/// What is believed about a rate: Gamma with shape `a` and rate `b`, older counts discounted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaPoisson {
    /// Shape: discounted events with the prior's.
    pub a: f64,
    /// Rate: discounted exposure with the prior's.
    pub b: f64,
}

impl GammaPoisson {
    /// Before any count: `weight` pseudo-events at a mean of `mean` per unit of exposure.
    pub fn prior(mean: f64, weight: f64) -> Self {
        Self { a: weight, b: weight / mean.max(1e-9) }
    }

    /// After `count` events over `exposure`; what was known before counts `discount` (0..1) as much.
    pub fn after(self, count: f64, exposure: f64, discount: f64) -> Self {
        Self { a: discount * self.a + count, b: discount * self.b + exposure }
    }

    /// Next count over `exposure`. Source: West and Harrison 1997, discount models; the predictive is negative binomial.
    pub fn predict(self, exposure: f64, discount: f64) -> CountDistribution {
        CountDistribution::negative_binomial(self.a / self.b * exposure, discount * self.a)
    }
}

/// Poisson deviance of one forecast: 0 where it hit. A forecast of 0 is taken as `floor`, else one event would cost infinity.
pub fn poisson_deviance(count: u64, forecast: f64, floor: f64) -> f64 {
    let (seen, said) = (count as f64, forecast.max(floor));
    let log = if count == 0 { 0.0 } else { seen * (seen / said).ln() };
    2.0 * (log - (seen - said))
}

/// How much wider than Poisson counts were around their forecasts: the shape of a negative binomial by moments, from pairs of
/// forecast and count. Infinite where they were no wider; nothing for fewer than `fewest` pairs.
pub fn shape_by_moments(pairs: &[(f64, u64)], fewest: usize) -> Option<f64> {
    if pairs.len() < fewest {
        return None;
    }
    let (mut excess, mut squares) = (0.0, 0.0);
    for (mean, count) in pairs {
        let off = *count as f64 - mean;
        excess += off * off - mean;
        squares += mean * mean;
    }
    Some(if excess > 0.0 && squares > 0.0 { squares / excess } else { f64::INFINITY })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// scipy.stats.nbinom(2.5, 2.5 / 6.5) and poisson(5.5), SciPy 1.17.
    #[test]
    fn values_equal_an_independent_library() {
        let wide = CountDistribution::negative_binomial(4.0, 2.5);
        for (k, expected) in [(0, 0.091_741_667_595_568_4), (3, 0.525_186_596_881_868), (9, 0.935_072_953_899_054_9)] {
            assert!((wide.at_most(k) - expected).abs() < 1e-9);
        }
        assert!((wide.ln_probability(5) + 2.354_128_067_973_326_3).abs() < 1e-9);
        assert_eq!([0.1, 0.5, 0.9].map(|p| wide.quantile(p)), [1, 3, 8]);
        let narrow = CountDistribution::poisson(5.5);
        assert!((narrow.at_most(7) - 0.809_485_282_519_508).abs() < 1e-9);
        assert_eq!(narrow.interval(0.8), (3, 9));
    }

    #[test]
    fn law_h4_no_events_give_no_events() {
        let nothing = CountDistribution::poisson(0.0);
        assert_eq!((nothing.interval(0.8), nothing.none()), ((0, 0), 1.0));
        assert_eq!(CountDistribution::poisson(f64::NAN).mean(), 0.0);
        assert_eq!(shape_by_moments(&[], 1), None);
    }

    #[test]
    fn a_discount_forgets() {
        let steady = GammaPoisson::prior(1.0, 0.5);
        let once = [9.0, 9.0, 0.0, 0.0, 0.0];
        let mean = |d: f64| once.iter().fold(steady, |s, y| s.after(*y, 1.0, d)).predict(1.0, d).mean();
        assert!(mean(0.4) < mean(0.8) && mean(0.8) < mean(1.0));
    }

    #[test]
    fn deviance_is_zero_for_a_hit() {
        assert_eq!(poisson_deviance(4, 4.0, 0.1), 0.0);
        assert!((poisson_deviance(0, 0.0, 0.1) - 0.2).abs() < 1e-12);
        assert!((poisson_deviance(3, 1.0, 0.1) - 2.0 * (3.0 * 3f64.ln() - 2.0)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn a_quantile_is_the_smallest_that_reaches(mean in 0.01..300.0f64, shape in 0.05..50.0f64, p in 0.01..0.99f64) {
            let d = CountDistribution::negative_binomial(mean, shape);
            let k = d.quantile(p);
            prop_assert!(d.at_most(k) >= p - 1e-12);
            prop_assert!(k == 0 || d.at_most(k - 1) < p);
        }

        #[test]
        fn probabilities_add_up(mean in 0.01..30.0f64, shape in 0.2..50.0f64) {
            let d = CountDistribution::negative_binomial(mean, shape);
            let sum: f64 = (0..40).map(|k| d.ln_probability(k).exp()).sum();
            prop_assert!((sum - d.at_most(39)).abs() < 1e-9);
        }
    }
}
