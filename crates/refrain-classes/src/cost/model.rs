//! `[cost]` of the configuration: what an hour, a minute, a user costs, and what is assumed where nothing is said.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of money with its range, in the currency of the model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Smallest plausible amount.
    pub low: f64,
    /// Best single amount.
    pub base: f64,
    /// Largest plausible amount.
    pub high: f64,
}

impl Range {
    /// From three amounts.
    pub const fn new(low: f64, base: f64, high: f64) -> Self {
        Self { low, base, high }
    }
}

/// What one unit of a currency is worth, all against one common unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Common units for one unit of the currency.
    pub worth: f64,
    /// Day or period of the rate (`2026-01-02`); it is printed beside every amount that uses it.
    pub on: String,
}

/// What a defect costs. Stated amounts come first, then derived ones, then the range assumed for its severity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CostModel {
    /// Currency of every amount below and of every result (ISO 4217).
    pub currency: String,
    /// One hour of engineering work.
    pub engineer_hour: Range,
    /// One minute during which a service was impaired.
    pub downtime_minute: Range,
    /// One user or customer affected.
    pub user: Range,
    /// One contact to support.
    pub support_contact: Range,
    /// Share of the time from report to resolution that people worked on it, 0..1, where no hours are stated.
    pub work_share: Range,
    /// People who work on it at once, where no hours are stated.
    pub people: Range,
    /// Longest time to resolve, in days, from which hours are derived: what lies longer waited and was not worked on.
    pub derive_up_to_days: f64,
    /// Hours of a further pass when a defect was reopened.
    pub reopening_hours: Range,
    /// Assumed cost of one defect of severity 1 (worst) to 4 where nothing else is known.
    pub severity: BTreeMap<String, Range>,
    /// Worth of each currency, all against one common unit (the defaults: euro). Money without a rate is listed and left out.
    pub rates: BTreeMap<String, Rate>,
    /// Working hours in a person-day, for the price of controls.
    pub day_hours: f64,
    /// A defect counts in rankings with at most this many times the median cost of all priced defects.
    pub cap_medians: f64,
}

impl Default for CostModel {
    fn default() -> Self {
        let severity = [
            ("1", Range::new(3_000.0, 12_000.0, 60_000.0)),
            ("2", Range::new(1_000.0, 4_000.0, 15_000.0)),
            ("3", Range::new(300.0, 1_200.0, 4_000.0)),
            ("4", Range::new(100.0, 400.0, 1_500.0)),
        ];
        let rates = [("EUR", 1.0), ("USD", 0.924), ("GBP", 1.181), ("CHF", 1.05), ("JPY", 0.0061)];
        Self {
            currency: "EUR".into(),
            engineer_hour: Range::new(70.0, 95.0, 130.0),
            downtime_minute: Range::new(20.0, 100.0, 400.0),
            user: Range::new(0.05, 0.5, 3.0),
            support_contact: Range::new(8.0, 20.0, 40.0),
            work_share: Range::new(0.02, 0.06, 0.15),
            people: Range::new(1.0, 1.5, 3.0),
            derive_up_to_days: 30.0,
            reopening_hours: Range::new(2.0, 5.0, 12.0),
            severity: severity.into_iter().map(|(level, range)| (level.to_owned(), range)).collect(),
            rates: rates.into_iter().map(|(code, worth)| (code.to_owned(), Rate { worth, on: "average of 2024".into() })).collect(),
            day_hours: 8.0,
            cap_medians: 25.0,
        }
    }
}

impl CostModel {
    /// Units of the model's currency for one unit of `currency`, and the day of the rate; nothing where a rate is missing.
    pub fn rate(&self, currency: &str) -> Option<(f64, &str)> {
        if currency == self.currency {
            return Some((1.0, ""));
        }
        let (from, to) = (self.rates.get(currency)?, self.rates.get(&self.currency)?);
        Some((from.worth / to.worth, &from.on))
    }

    /// What is wrong with the amounts, each with its key, what was found and what is expected; empty for a good model.
    pub fn problems(&self) -> Vec<String> {
        let named = [
            ("engineer-hour", self.engineer_hour),
            ("downtime-minute", self.downtime_minute),
            ("user", self.user),
            ("support-contact", self.support_contact),
            ("work-share", self.work_share),
            ("people", self.people),
            ("reopening-hours", self.reopening_hours),
        ];
        let mut out: Vec<String> = named.iter().filter_map(|(key, range)| bad_range(&format!("cost.{key}"), *range)).collect();
        out.extend(self.severity.iter().filter_map(|(level, range)| bad_range(&format!("cost.severity.{level}"), *range)));
        let levels = self.severity.keys().filter(|l| !matches!(l.as_str(), "1" | "2" | "3" | "4"));
        out.extend(levels.map(|l| format!("cost.severity: found `{l}`, expected 1, 2, 3 or 4")));
        let single = [("day-hours", self.day_hours), ("cap-medians", self.cap_medians), ("derive-up-to-days", self.derive_up_to_days)];
        out.extend(single.iter().filter(|(_, x)| !above_zero(*x)).map(|(key, x)| format!("cost.{key}: found {x}, expected a number above 0")));
        let rates = self.rates.iter().filter(|(_, r)| !above_zero(r.worth));
        out.extend(rates.map(|(code, r)| format!("cost.rates.{code}.worth: found {}, expected a number above 0", r.worth)));
        out
    }
}

fn above_zero(x: f64) -> bool {
    x.is_finite() && x > 0.0
}

fn bad_range(key: &str, range: Range) -> Option<String> {
    let all = [range.low, range.base, range.high];
    let good = all.iter().all(|x| x.is_finite() && *x >= 0.0) && range.low <= range.base && range.base <= range.high;
    (!good).then(|| format!("{key}: found low {}, base {}, high {}, expected 0 ≤ low ≤ base ≤ high", range.low, range.base, range.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_good() {
        assert_eq!(CostModel::default().problems(), Vec::<String>::new());
    }

    #[test]
    fn a_bad_amount_is_named() {
        let mut model = CostModel { user: Range::new(3.0, 1.0, 2.0), ..CostModel::default() };
        model.severity.insert("P1".into(), Range::new(1.0, 2.0, 3.0));
        model.rates.insert("USD".into(), Rate { worth: 0.0, on: "2026-01-02".into() });
        assert_eq!(
            model.problems(),
            [
                "cost.user: found low 3, base 1, high 2, expected 0 ≤ low ≤ base ≤ high",
                "cost.severity: found `P1`, expected 1, 2, 3 or 4",
                "cost.rates.USD.worth: found 0, expected a number above 0",
            ]
        );
    }
}
