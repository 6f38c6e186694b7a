//! How wide a forecast must be: wider than Poisson by what its own past errors say.

use refrain_maths::counts::CountDistribution;

/// Shapes that are tried, the widest first; the last is Poisson.
const TRIED: [f64; 17] = [0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 50.0, f64::INFINITY];
/// Forecasts below and from this size have widths of their own: sparse counts say nothing about how large ones scatter.
const LARGE: f64 = 5.0;
/// Forecasts from this size stand in for large ones where there are too few of those.
const NOT_SPARSE: f64 = 2.0;
/// Share of past counts that the 80 % interval must have held. A little above 80, since the future is never quite the past.
const WANTED: f64 = 0.82;
/// Past forecasts of a size from which their own share of hits decides; below, the likelihood of all of them does.
const FEWEST: usize = 30;
/// Most past forecasts that are kept for each size: the latest.
const MOST: usize = 1500;
/// Width before anything was forecast.
const FIRST: f64 = 2.0;

/// Shape of the negative binomial for small and for large forecasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Shapes {
    /// For forecasts below 5.
    pub small: f64,
    /// For forecasts of 5 or more.
    pub large: f64,
    seen: [Vec<(f64, u64)>; 2],
}

impl Default for Shapes {
    fn default() -> Self {
        Self { small: FIRST, large: FIRST, seen: [Vec::new(), Vec::new()] }
    }
}

impl Shapes {
    /// A forecast with the width for its size.
    pub fn around(&self, mean: f64) -> CountDistribution {
        CountDistribution::negative_binomial(mean, if mean < LARGE { self.small } else { self.large })
    }

    /// Takes note of a forecast and what came.
    pub(super) fn seen(&mut self, mean: f64, came: u64) {
        self.seen[usize::from(mean >= LARGE)].push((mean, came));
    }

    /// Widths from what was seen so far.
    pub(super) fn fit(&mut self) {
        for pairs in &mut self.seen {
            let over = pairs.len().saturating_sub(MOST);
            pairs.drain(..over);
        }
        let from = |least: f64| self.seen.iter().flatten().copied().filter(|(mean, _)| *mean >= least).collect::<Vec<_>>();
        let of = |pairs: &[(f64, u64)]| if pairs.len() >= FEWEST { by_hits(pairs) } else { by_likelihood(&from(0.0)) };
        self.small = of(&self.seen[0]);
        // Too few large ones: those that are not sparse stand in for them.
        self.large = if self.seen[1].len() >= FEWEST { by_hits(&self.seen[1]) } else { of(&from(NOT_SPARSE)) };
    }
}

/// The narrowest shape whose interval held at least [`WANTED`] of the pairs, else the widest.
fn by_hits(pairs: &[(f64, u64)]) -> f64 {
    let held = |shape: f64| {
        let hit = |(mean, came): &&(f64, u64)| {
            // The same as lying between the quantiles, without looking for them.
            let said = CountDistribution::negative_binomial(*mean, shape);
            said.at_most(*came) >= 0.1 && (*came == 0 || said.at_most(came - 1) < 0.9)
        };
        pairs.iter().filter(hit).count() as f64 >= WANTED * pairs.len() as f64
    };
    TRIED[TRIED.partition_point(|shape| held(*shape)).saturating_sub(1)]
}

/// The likeliest shape; [`FIRST`] where nothing was seen.
fn by_likelihood(pairs: &[(f64, u64)]) -> f64 {
    if pairs.is_empty() {
        return FIRST;
    }
    let fit =
        |shape: f64| pairs.iter().map(|(mean, came)| CountDistribution::negative_binomial(mean.max(0.01), shape).ln_probability(*came)).sum::<f64>();
    let mut best = (f64::NEG_INFINITY, FIRST);
    for shape in TRIED {
        let value = fit(shape);
        if value > best.0 + 1e-9 {
            best = (value, shape);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_scatter_widely_get_a_wide_forecast() {
        let (mut calm, mut wild) = (Shapes::default(), Shapes::default());
        for i in 0..60u64 {
            calm.seen(20.0, 18 + i % 5);
            wild.seen(20.0, [2, 60, 15, 35][i as usize % 4]);
        }
        calm.fit();
        wild.fit();
        assert!(calm.large > wild.large);
        assert!(wild.around(20.0).interval(0.8).1 > calm.around(20.0).interval(0.8).1);
    }
}
