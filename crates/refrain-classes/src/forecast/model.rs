//! One-step forecasts of many series of counts, judged by rolling origin on the past only.
//!
//! Four methods run side by side: the last value, the mean of the last four periods, a discounted Gamma–Poisson whose prior is the
//! level of the whole set, and the geometric mean of the two latter ("blend"). The blend is used unless the past of these very series
//! says that a simpler method does better. Method and settings were chosen on the series of RustSec and KEV.

use refrain_maths::counts::{CountDistribution, poisson_deviance};

use super::shape::Shapes;

/// Counts of several series over the same periods, with the exposure of each period (1 = a whole one, 0 = nothing was recorded).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesSet {
    /// One row a series, all of the length of `exposure`.
    pub counts: Vec<Vec<u64>>,
    /// One entry a period, oldest first.
    pub exposure: Vec<f64>,
}

/// A way to forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Geometric mean of Gamma–Poisson and trailing mean.
    Blend,
    /// Discounted Gamma–Poisson.
    GammaPoisson,
    /// Mean of the last four periods.
    TrailingMean,
    /// As in the last period.
    LastValue,
}

impl Method {
    /// All, the one in use by default first.
    pub const ALL: [Self; 4] = [Self::Blend, Self::GammaPoisson, Self::TrailingMean, Self::LastValue];

    /// As written in findings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blend => "gamma-poisson × trailing-mean",
            Self::GammaPoisson => "gamma-poisson",
            Self::TrailingMean => "trailing-mean",
            Self::LastValue => "last-value",
        }
    }
}

/// Discounts that are tried: 0.5 means that a period counts half as much as the one after it.
const DISCOUNTS: [f64; 11] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0];
/// Weights of the prior that are tried, in pseudo-events.
const PRIORS: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0];
/// Periods in a trailing mean.
const TRAILING: usize = 4;
/// A forecast of nothing is taken as this many events where deviance is computed and where forecasts are blended.
pub const FLOOR: f64 = 0.1;
/// Smallest Gamma–Poisson mean inside the blend.
const LEAST: f64 = 0.02;
/// Likelihood against that of the best setting below which a setting has no say.
const LEAST_SHARE: f64 = 1e-3;
/// First period that is forecast in order to choose method and width.
const WARM: usize = 2;
/// First period whose forecast is scored: those before only choose method and width.
pub const SCORED_FROM: usize = 6;
/// Forecast periods before another method than the blend may be chosen.
const FEWEST_TO_SWITCH: usize = 6;
/// Share by which a method must be better than the blend on the past to replace it (law J2).
const BETTER: f64 = 0.01;
/// Most series from which discount and prior are fitted; more change neither and cost time.
const MOST_FITTED: usize = 300;

/// One forecast and what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Past {
    /// Period that was forecast.
    pub period: usize,
    /// What was said.
    pub said: CountDistribution,
    /// What came.
    pub came: u64,
    /// Ends of the 80 % interval that was said.
    pub interval: (u64, u64),
}

/// Forecasts of a set with their back-test.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecasts {
    /// Method in use now.
    pub method: Method,
    /// Expected events per period of exposure 1, by series.
    pub rates: Vec<f64>,
    /// Width by size of forecast.
    pub shapes: Shapes,
    /// Scored forecasts by series, in order of time, each made with what was known before it.
    pub past: Vec<Vec<Past>>,
    /// Mean Poisson deviance of each method over the scored periods, in the order of [`Method::ALL`], and of the one in use then.
    pub deviance: [f64; 4],
    /// See `deviance`.
    pub in_use: f64,
    /// Scored forecasts.
    pub scored: u64,
}

impl Forecasts {
    /// Count of series `i` over `exposure` periods from now.
    pub fn ahead(&self, i: usize, exposure: f64) -> CountDistribution {
        self.shapes.around(self.rates[i] * exposure)
    }
}

/// Rolling origin over all periods, then the forecast of the next one.
pub fn run(set: &SeriesSet) -> Forecasts {
    let periods = set.exposure.len();
    let levels = Levels::of(set);
    let mut errors = Errors::default();
    let mut shapes = Shapes::default();
    let mut out = Forecasts {
        method: Method::Blend,
        rates: Vec::new(),
        shapes: Shapes::default(),
        past: vec![Vec::new(); set.counts.len()],
        deviance: [0.0; 4],
        in_use: 0.0,
        scored: 0,
    };
    for period in WARM..periods {
        if set.exposure[period] <= 0.0 {
            continue;
        }
        let rates = all_rates(set, &levels, period);
        let method = errors.choose();
        if period >= SCORED_FROM {
            shapes.fit();
            score(set, period, &rates, method, &shapes, &mut out);
        }
        let said = &rates[method as usize];
        for (i, row) in set.counts.iter().enumerate() {
            shapes.seen(said[i] * set.exposure[period], row[period]);
        }
        errors.add(set, period, &rates);
    }
    shapes.fit();
    out.method = errors.choose();
    out.rates = all_rates(set, &levels, periods).swap_remove(out.method as usize);
    out.shapes = shapes;
    let scored = out.scored.max(1) as f64;
    out.deviance.iter_mut().for_each(|d| *d /= scored);
    out.in_use /= scored;
    out
}

fn score(set: &SeriesSet, period: usize, rates: &[Vec<f64>], method: Method, shapes: &Shapes, out: &mut Forecasts) {
    let exposure = set.exposure[period];
    for (i, row) in set.counts.iter().enumerate() {
        let came = row[period];
        for (m, of) in rates.iter().enumerate() {
            let deviance = poisson_deviance(came, of[i] * exposure, FLOOR);
            out.deviance[m] += deviance;
            if m == method as usize {
                out.in_use += deviance;
            }
        }
        let said = shapes.around(rates[method as usize][i] * exposure);
        out.past[i].push(Past { period, said, came, interval: said.interval(0.8) });
        out.scored += 1;
    }
}

/// Rate of each method for each series at `period`, from the periods before it.
fn all_rates(set: &SeriesSet, levels: &Levels, period: usize) -> Vec<Vec<f64>> {
    let shares = levels.shares(period);
    let series = 0..set.counts.len();
    let gamma: Vec<f64> = series.clone().map(|i| levels.rate(set, i, period, &shares)).collect();
    let trailing: Vec<f64> = series.clone().map(|i| mean_of_last(set, i, period, TRAILING)).collect();
    let last: Vec<f64> = series.clone().map(|i| mean_of_last(set, i, period, 1)).collect();
    let blend = series.map(|i| (gamma[i].max(LEAST) * trailing[i].max(FLOOR)).sqrt()).collect();
    vec![blend, gamma, trailing, last]
}

/// Events per exposure over the last `n` periods with exposure before `period`; 0 where there is none.
fn mean_of_last(set: &SeriesSet, series: usize, period: usize, n: usize) -> f64 {
    let (mut events, mut exposure) = (0.0, 0.0);
    for at in (0..period).rev().filter(|p| set.exposure[*p] > 0.0).take(n) {
        events += set.counts[series][at] as f64;
        exposure += set.exposure[at];
    }
    if exposure > 0.0 { events / exposure } else { 0.0 }
}

/// Mean deviance of each method in each forecast period so far.
#[derive(Clone, Debug, Default)]
struct Errors {
    periods: Vec<[f64; 4]>,
}

impl Errors {
    fn add(&mut self, set: &SeriesSet, period: usize, rates: &[Vec<f64>]) {
        let size = set.counts.len().max(1) as f64;
        let mut means = [0.0; 4];
        for (mean, of) in means.iter_mut().zip(rates) {
            let row = |(i, row): (usize, &Vec<u64>)| poisson_deviance(row[period], of[i] * set.exposure[period], FLOOR);
            *mean = set.counts.iter().enumerate().map(row).sum::<f64>() / size;
        }
        self.periods.push(means);
    }

    /// The blend, unless another was better than it by more than chance; of several the one with the least deviance.
    fn choose(&self) -> Method {
        if self.periods.len() < FEWEST_TO_SWITCH {
            return Method::Blend;
        }
        let sum = |m: Method| self.periods.iter().map(|p| p[m as usize]).sum::<f64>();
        let better = Method::ALL.into_iter().filter(|m| self.is_better(*m));
        better.min_by(|a, b| sum(*a).total_cmp(&sum(*b))).unwrap_or(Method::Blend)
    }

    /// Whether the mean gain over the blend exceeds both its standard error over periods and [`BETTER`] of the blend's deviance.
    fn is_better(&self, method: Method) -> bool {
        let n = self.periods.len() as f64;
        let gains: Vec<f64> = self.periods.iter().map(|p| p[Method::Blend as usize] - p[method as usize]).collect();
        let mean = gains.iter().sum::<f64>() / n;
        let variance = gains.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / (n - 1.0);
        let blend = self.periods.iter().map(|p| p[Method::Blend as usize]).sum::<f64>() / n;
        mean > BETTER * blend && mean > (variance / n).sqrt()
    }
}

/// Discounted events and exposure by discount, and how well each setting forecast so far.
struct Levels {
    /// `events[discount][period]`: discounted events of each fitted series before the period.
    exposure: Vec<Vec<f64>>,
    /// Discounted events of the mean series before each period, by discount.
    mean: Vec<Vec<f64>>,
    /// Log likelihood of one-step forecasts, summed over the periods before each period, by setting.
    likelihood: Vec<Vec<f64>>,
}

impl Levels {
    fn of(set: &SeriesSet) -> Self {
        let fitted = fitted_series(set);
        let mut out = Self { exposure: Vec::new(), mean: Vec::new(), likelihood: Vec::new() };
        for discount in DISCOUNTS {
            let exposure = discounted(&set.exposure, &set.exposure, discount);
            let mean = discounted(&mean_series(set), &set.exposure, discount);
            let events: Vec<Vec<f64>> = fitted.iter().map(|i| discounted(&as_floats(&set.counts[*i]), &set.exposure, discount)).collect();
            for prior in PRIORS {
                out.likelihood.push(likelihood(set, &fitted, &events, &exposure, &mean, prior));
            }
            out.exposure.push(exposure);
            out.mean.push(mean);
        }
        out
    }

    /// Settings with their share of the likelihood on the periods before `period`; those of next to no share are left out.
    ///
    /// All that explain the past about as well are averaged: the best alone would change with a single record, from one that remembers
    /// everything to one that remembers a period.
    fn shares(&self, period: usize) -> Vec<(usize, usize, f64)> {
        let most = self.likelihood.iter().map(|sums| sums[period]).fold(f64::NEG_INFINITY, f64::max);
        let mut shares: Vec<(usize, f64)> = self.likelihood.iter().map(|sums| (sums[period] - most).exp()).enumerate().collect();
        shares.retain(|(_, share)| *share >= LEAST_SHARE);
        let all: f64 = shares.iter().map(|s| s.1).sum();
        shares.into_iter().map(|(setting, share)| (setting / PRIORS.len(), setting % PRIORS.len(), share / all)).collect()
    }

    fn rate(&self, set: &SeriesSet, series: usize, period: usize, shares: &[(usize, usize, f64)]) -> f64 {
        let of = |(discount, prior, share): &(usize, usize, f64)| {
            let events = discounted_until(&set.counts[series], &set.exposure, DISCOUNTS[*discount], period);
            share * posterior(PRIORS[*prior], events, self.exposure[*discount][period], self.mean[*discount][period]).0
        };
        shares.iter().map(of).sum()
    }
}

/// Rate and shape: prior events at the level of the whole set, with the discounted own events.
fn posterior(prior: f64, events: f64, exposure: f64, mean_events: f64) -> (f64, f64) {
    if exposure <= 0.0 {
        return (0.0, prior);
    }
    let level = (mean_events / exposure).max(1e-6);
    let shape = prior + events;
    (shape / (prior / level + exposure), shape)
}

fn likelihood(set: &SeriesSet, fitted: &[usize], events: &[Vec<f64>], exposure: &[f64], mean: &[f64], prior: f64) -> Vec<f64> {
    let mut sums = vec![0.0, 0.0];
    for period in 1..set.exposure.len() {
        let mut sum = 0.0;
        if set.exposure[period] > 0.0 && exposure[period] > 0.0 {
            for (row, series) in fitted.iter().enumerate() {
                let (rate, shape) = posterior(prior, events[row][period], exposure[period], mean[period]);
                let said = CountDistribution::negative_binomial(rate * set.exposure[period], shape);
                sum += said.ln_probability(set.counts[*series][period]);
            }
        }
        sums.push(sums[period] + sum);
    }
    sums.truncate(set.exposure.len() + 1);
    sums
}

/// The series with the most events, at most [`MOST_FITTED`]; ties in their order.
fn fitted_series(set: &SeriesSet) -> Vec<usize> {
    let mut order: Vec<usize> = (0..set.counts.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(set.counts[*i].iter().sum::<u64>()));
    order.truncate(MOST_FITTED);
    order
}

fn as_floats(counts: &[u64]) -> Vec<f64> {
    counts.iter().map(|c| *c as f64).collect()
}

fn mean_series(set: &SeriesSet) -> Vec<f64> {
    let size = set.counts.len().max(1) as f64;
    (0..set.exposure.len()).map(|p| set.counts.iter().map(|row| row[p]).sum::<u64>() as f64 / size).collect()
}

/// Discounted sums before each period and after the last: an empty period (exposure 0) neither adds nor forgets.
fn discounted(values: &[f64], exposure: &[f64], discount: f64) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for (value, exposure) in values.iter().zip(exposure) {
        if *exposure > 0.0 {
            sum = discount * sum + value;
        }
        sums.push(sum);
    }
    sums
}

fn discounted_until(counts: &[u64], exposure: &[f64], discount: f64, period: usize) -> f64 {
    let pairs = counts.iter().zip(exposure).take(period).filter(|(_, e)| **e > 0.0);
    pairs.fold(0.0, |sum, (count, _)| discount * sum + *count as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(counts: &[&[u64]]) -> SeriesSet {
        SeriesSet { counts: counts.iter().map(|c| c.to_vec()).collect(), exposure: vec![1.0; counts.first().map_or(0, |c| c.len())] }
    }

    #[test]
    fn law_h4_few_or_no_periods_give_no_scored_forecast() {
        assert_eq!(run(&SeriesSet::default()).scored, 0);
        for length in [1, 2, 5] {
            let found = run(&set(&[&vec![1; length]]));
            assert_eq!((found.scored, found.rates.len()), (0, 1));
        }
    }

    #[test]
    fn a_steady_series_is_forecast_at_its_level() {
        let found = run(&set(&[&[5; 24]]));
        assert!((found.rates[0] - 5.0).abs() < 0.6, "{}", found.rates[0]);
        assert!(found.past[0].iter().all(|p| p.interval.0 <= 5 && p.interval.1 >= 5));
    }

    #[test]
    fn a_period_without_data_is_not_a_period_without_events() {
        let mut with_hole = set(&[&[4, 4, 4, 4, 4, 4, 4, 0, 0, 4]]);
        let whole = run(&with_hole).rates[0];
        with_hole.exposure[7] = 0.0;
        with_hole.exposure[8] = 0.0;
        assert!(run(&with_hole).rates[0] > whole);
    }

    #[test]
    fn law_j2_a_simple_method_that_does_better_is_used() {
        // Steps: the last value is right but for the period of the step.
        let step: Vec<u64> = (0..40).map(|p| if (p / 10) % 2 == 0 { 40 } else { 4 }).collect();
        let found = run(&set(&[&step, &step, &step]));
        assert_eq!(found.method, Method::LastValue);
        assert!(found.deviance[Method::LastValue as usize] < found.deviance[Method::Blend as usize]);
    }

    proptest! {
        #[test]
        fn law_f3_the_order_of_series_changes_no_forecast(rows in prop::collection::vec(prop::collection::vec(0..6u64, 12), 1..6)) {
            let forward = SeriesSet { counts: rows.clone(), exposure: vec![1.0; 12] };
            let backward = SeriesSet { counts: rows.into_iter().rev().collect(), exposure: vec![1.0; 12] };
            let (a, b) = (run(&forward), run(&backward));
            prop_assert_eq!(a.method, b.method);
            for (x, y) in a.rates.iter().zip(b.rates.iter().rev()) {
                prop_assert!((x - y).abs() < 1e-9);
            }
        }
    }
}
