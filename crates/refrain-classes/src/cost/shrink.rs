//! Mean cost of one defect of a class, from few and heavy-tailed amounts.
//!
//! A handful of records hold most of all cost, so a raw mean says little about the next defect. Costs are capped, taken as
//! logarithms, and each class is drawn towards its family, and the family towards everything, by a fixed number of pseudo-defects.
//! The prior of a class is computed without the class: a dear member can therefore never lower its own class.

use std::collections::BTreeMap;

use refrain_maths::intervals::z;
use refrain_record::findings::Estimate;

use super::LEVEL;

/// Pseudo-defects with which family and whole speak: with as many own priced defects a class speaks for itself as loudly.
pub const PRIOR_DEFECTS: f64 = 3.0;
/// Spread of logarithms (about a factor of 3 either way) where too few classes have two priced defects to estimate it.
const DEFAULT_SPREAD: f64 = 1.1;
/// Fewest priced defects in classes of two or more for the spread to be estimated.
const FEWEST_FOR_SPREAD: usize = 8;
/// Smallest and largest spread that is believed.
const SPREAD_LIMITS: (f64, f64) = (0.3, 1.8);
/// Amounts below this share of the median count as this share: a logarithm has no zero.
const FLOOR_SHARE: f64 = 0.01;

/// Capped costs of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassCosts<'a> {
    /// Its family.
    pub family: &'a str,
    /// Capped cost of each priced member.
    pub costs: Vec<f64>,
}

/// Sum of logarithms and their number.
#[derive(Clone, Copy, Debug, Default)]
struct Logs {
    sum: f64,
    n: f64,
}

impl Logs {
    fn minus(self, other: Self) -> Self {
        Self { sum: self.sum - other.sum, n: self.n - other.n }
    }

    fn plus(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, n: self.n + other.n }
    }

    /// Mean, drawn towards `prior` with the weight of [`PRIOR_DEFECTS`].
    fn towards(self, prior: Option<f64>) -> Option<f64> {
        match prior {
            Some(prior) => Some((self.sum + PRIOR_DEFECTS * prior) / (self.n + PRIOR_DEFECTS)),
            None => (self.n > 0.5).then(|| self.sum / self.n),
        }
    }
}

/// Mean cost of one defect of each class, in the order given; nothing where nothing at all is priced. The interval is of the mean,
/// at 80 %. Classes without a priced member stand at their family's mean.
pub fn class_means(classes: &[ClassCosts<'_>]) -> Vec<Option<Estimate>> {
    let floor = FLOOR_SHARE * median(classes);
    let logs: Vec<Vec<f64>> = classes.iter().map(|c| c.costs.iter().map(|x| x.max(floor).max(f64::MIN_POSITIVE).ln()).collect()).collect();
    let spread = spread(&logs);
    let own: Vec<Logs> = logs.iter().map(|l| Logs { sum: l.iter().sum(), n: l.len() as f64 }).collect();
    let all = own.iter().fold(Logs::default(), |sum, l| sum.plus(*l));
    let mut families: BTreeMap<&str, Logs> = BTreeMap::new();
    for (class, logs) in classes.iter().zip(&own) {
        let family = families.entry(class.family).or_default();
        *family = family.plus(*logs);
    }
    let mean = |(class, own): (&ClassCosts<'_>, &Logs)| {
        let family = families.get(class.family).copied().unwrap_or_default();
        let whole = all.minus(family).towards(None);
        let prior = family.minus(*own).towards(whole);
        let middle = own.towards(prior)?;
        let weight = own.n + if prior.is_some() { PRIOR_DEFECTS } else { 0.0 };
        let half = z(f64::from(LEVEL) / 100.0) * spread / weight.sqrt();
        let scaled = |log: f64| (log + spread * spread / 2.0).exp();
        Estimate::new(scaled(middle), scaled(middle - half), scaled(middle + half), LEVEL)
    };
    classes.iter().zip(&own).map(mean).collect()
}

fn median(classes: &[ClassCosts<'_>]) -> f64 {
    let mut all: Vec<f64> = classes.iter().flat_map(|c| c.costs.iter().copied()).filter(|x| *x > 0.0).collect();
    all.sort_by(f64::total_cmp);
    refrain_maths::intervals::quantile(&all, 0.5).unwrap_or(0.0)
}

/// Standard deviation of logarithms within classes, pooled.
fn spread(logs: &[Vec<f64>]) -> f64 {
    let (mut squares, mut freedom) = (0.0, 0usize);
    for class in logs.iter().filter(|l| l.len() >= 2) {
        let mean = class.iter().sum::<f64>() / class.len() as f64;
        squares += class.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        freedom += class.len() - 1;
    }
    if freedom < FEWEST_FOR_SPREAD { DEFAULT_SPREAD } else { (squares / freedom as f64).sqrt().clamp(SPREAD_LIMITS.0, SPREAD_LIMITS.1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(family: &str, costs: &[f64]) -> ClassCosts<'static> {
        ClassCosts { family: Box::leak(family.to_owned().into_boxed_str()), costs: costs.to_vec() }
    }

    #[test]
    fn law_h4_no_costs_have_no_mean() {
        assert_eq!(class_means(&[]), []);
        assert_eq!(class_means(&[class("time", &[]), class("memory", &[])]), [None, None]);
    }

    #[test]
    fn a_class_without_costs_stands_at_its_family() {
        let found = class_means(&[class("time", &[]), class("time", &[100.0; 6]), class("memory", &[9000.0; 6])]);
        let value = |i: usize| found[i].unwrap().value;
        assert!(value(0) >= value(1) && value(0) < value(2));
        assert!(found[0].unwrap().high / found[0].unwrap().low > found[1].unwrap().high / found[1].unwrap().low);
    }

    #[test]
    fn one_member_alone_is_drawn_to_the_others() {
        let found = class_means(&[class("time", &[10_000.0]), class("time", &[100.0; 20])]);
        assert!(found[0].unwrap().value < 10_000.0);
    }

    #[test]
    fn a_currency_of_another_size_scales_every_mean() {
        let small = [class("a", &[3.0, 8.0]), class("a", &[5.0]), class("b", &[40.0, 2.0, 9.0])];
        let large: Vec<_> = small.iter().map(|c| class(c.family, &c.costs.iter().map(|x| x * 1000.0).collect::<Vec<_>>())).collect();
        for (a, b) in class_means(&small).into_iter().flatten().zip(class_means(&large).into_iter().flatten()) {
            assert!((a.value * 1000.0 / b.value - 1.0).abs() < 1e-6);
        }
    }
}
