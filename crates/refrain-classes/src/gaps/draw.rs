//! Uncertainty of a product of factors, by draws with fixed seeds.
//!
//! The generator of a gap is seeded by its id alone: its draws are the same whatever other gaps there are, in any order.

use refrain_maths::counts::CountDistribution;
use refrain_maths::intervals::{quantile, z};
use refrain_maths::random::Random;
use refrain_record::findings::{Estimate, Outlook};

/// The factors of avoidable cost, each with its distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Further defects over the horizon.
    pub count: CountDistribution,
    /// Share of them that escapes.
    pub escaping: f64,
    /// Cost of one, log-normal around its 80 % interval; 1 where defects are counted instead of money.
    pub cost: Estimate,
    /// Weights of the Beta distribution of the share caught.
    pub caught: (f64, f64),
}

impl Factors {
    /// Product of the means.
    pub fn product(&self) -> f64 {
        self.count.mean() * self.escaping * self.cost.value * self.caught.0 / (self.caught.0 + self.caught.1)
    }

    fn cost(&self, random: &mut Random) -> f64 {
        if self.cost.low <= 0.0 || self.cost.high <= self.cost.low {
            return self.cost.value;
        }
        let spread = (self.cost.high / self.cost.low).ln() / (2.0 * z(0.8));
        // The mean of the draws is the estimate: its logarithm stands half the variance below.
        (self.cost.value.ln() - spread * spread / 2.0 + spread * random.normal()).exp()
    }

    /// How often it will happen, not how often it did: the rate behind the count.
    fn rate(&self, random: &mut Random) -> f64 {
        let shape = self.count.shape();
        if shape > 1e6 { self.count.mean() } else { self.count.mean() * random.gamma(shape) / shape }
    }
}

/// The distribution behind a forecast: its width follows from the mean and the probability of none.
pub fn distribution(outlook: &Outlook) -> Option<CountDistribution> {
    let Outlook::Forecast { count, again, .. } = outlook else { return None };
    let (mean, none) = (count.value, 1.0 - again);
    // None is likeliest where the shape is smallest; Poisson where it is infinite.
    let (mut low, mut high) = (1e-3_f64, 1e7_f64);
    for _ in 0..200 {
        let middle = (low * high).sqrt();
        if CountDistribution::negative_binomial(mean, middle).none() > none { low = middle } else { high = middle }
    }
    Some(CountDistribution::negative_binomial(mean, if high > 9e6 { f64::INFINITY } else { high }))
}

/// Draws of what a gap avoids: what will come is drawn, luck included. Same id, same draws.
pub fn outcomes(id: &str, factors: &Factors, draws: u32) -> Vec<f64> {
    let mut random = Random::named(&format!("gaps/outcome/{id}"));
    let one = |_| {
        let rate = factors.rate(&mut random);
        let came = random.poisson(rate * factors.escaping) as f64;
        came * factors.cost(&mut random) * random.beta(factors.caught.0, factors.caught.1)
    };
    (0..draws).map(one).collect()
}

/// Draws of the expected value of a gap: what it is worth on average, luck left out. These decide places in the ranking.
pub fn values(id: &str, factors: &Factors, draws: u32) -> Vec<f64> {
    let mut random = Random::named(&format!("gaps/value/{id}"));
    let one = |_| factors.rate(&mut random) * factors.escaping * factors.cost(&mut random) * random.beta(factors.caught.0, factors.caught.1);
    (0..draws).map(one).collect()
}

/// The product with the 80 % interval of its outcomes.
pub fn estimate(id: &str, factors: &Factors, draws: u32) -> Option<Estimate> {
    let mut all = outcomes(id, factors, draws);
    all.sort_by(f64::total_cmp);
    Estimate::new(factors.product(), quantile(&all, 0.1)?, quantile(&all, 0.9)?, 80)
}

/// For each row of draws: how often it is among the first `top`, and how often first. Ties go to the earlier row.
pub fn places(rows: &[Vec<f64>], top: usize) -> Vec<(f64, f64)> {
    let draws = rows.iter().map(Vec::len).min().unwrap_or(0);
    let mut hits = vec![(0u32, 0u32); rows.len()];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    (0..draws).for_each(|draw| {
        order.sort_by(|a, b| rows[*b][draw].total_cmp(&rows[*a][draw]).then(a.cmp(b)));
        order.iter().take(top).for_each(|row| hits[*row].0 += 1);
        order.iter().take(1).for_each(|row| hits[*row].1 += 1);
    });
    let share = |n: u32| f64::from(n) / draws.max(1) as f64;
    hits.into_iter().map(|(among, first)| (share(among), share(first))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(mean: f64, shape: f64) -> Factors {
        Factors {
            count: CountDistribution::negative_binomial(mean, shape),
            escaping: 0.8,
            cost: Estimate::new(1000.0, 500.0, 2000.0, 80).unwrap(),
            caught: (3.0, 1.0),
        }
    }

    #[test]
    fn draws_scatter_around_the_product() {
        let f = factors(6.0, 3.0);
        let all = values("G-C-1-x", &f, 20_000);
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        assert!((mean / f.product() - 1.0).abs() < 0.05, "{mean} {}", f.product());
        let found = estimate("G-C-1-x", &f, 4000).unwrap();
        assert!(found.low < f.product() && found.high > f.product());
    }

    #[test]
    fn the_width_of_a_forecast_follows_from_its_mean_and_the_chance_of_none() {
        for shape in [0.3, 2.0, 40.0] {
            let said = CountDistribution::negative_binomial(4.0, shape);
            let outlook = Outlook::Forecast {
                count: Estimate::new(4.0, 0.0, 9.0, 80).unwrap(),
                horizon_days: 182,
                method: String::new(),
                events: 9,
                periods: 9,
                history: vec![],
                past: vec![],
                again: 1.0 - said.none(),
                teams: vec![],
            };
            assert!((distribution(&outlook).unwrap().shape() / shape - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn places_add_up() {
        let rows = vec![vec![3.0, 1.0, 5.0, 2.0], vec![2.0, 2.0, 2.0, 2.0], vec![0.0; 4]];
        assert_eq!(places(&rows, 2), [(1.0, 0.75), (1.0, 0.25), (0.0, 0.0)]);
    }
}
