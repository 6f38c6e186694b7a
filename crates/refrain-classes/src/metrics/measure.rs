//! The forms that metrics take: a share, a rate, a duration, a series.

use std::collections::BTreeMap;

use refrain_maths::intervals::{garwood, quantile, quantile_interval, wilson};
use refrain_maths::survival::{self, kaplan_meier};
use refrain_record::findings::{Estimate, Metric, tidy};
use refrain_record::{Key, Moment, Precision, Zone};

use super::Row;

/// Most records that a metric lists; the number is in its ratio or spread.
const MOST_RECORDS: usize = 1000;
/// Level of intervals of rates, in percent.
pub const LEVEL: u8 = 95;

/// What was left out, by reason.
pub type Excluded = BTreeMap<String, u64>;

/// A metric before it has its name and definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Team, service, stage or severity; empty for all.
    pub of: String,
    /// The number.
    pub value: Option<Estimate>,
    /// Numerator and denominator.
    pub ratio: Option<(u64, u64)>,
    /// Median, 90th percentile and number.
    pub spread: Option<(f64, f64, u64)>,
    /// Single values where there are too few.
    pub dots: Vec<f64>,
    /// Values by period or part.
    pub series: Vec<(String, f64)>,
    /// What was left out.
    pub excluded: Excluded,
    /// Records behind it.
    pub records: Vec<Key>,
    /// What a reader must know.
    pub note: String,
}

impl Part {
    /// The metric of a row.
    pub fn named(self, row: &Row) -> Metric {
        let mut records = self.records;
        records.sort();
        records.dedup();
        records.truncate(MOST_RECORDS);
        let too_little = self.value.is_none() && self.series.is_empty() && self.dots.is_empty() && self.note.is_empty();
        Metric {
            id: row.id.into(),
            name: row.name.into(),
            of: self.of,
            definition: row.definition.into(),
            unit: row.unit.into(),
            value: self.value,
            ratio: self.ratio,
            spread: self.spread,
            dots: self.dots,
            series: self.series,
            excluded: self.excluded,
            records,
            note: if too_little { "too little to say".into() } else { self.note },
        }
    }

    /// With a note, after what is there already.
    pub fn noted(mut self, note: impl AsRef<str>) -> Self {
        if !note.as_ref().is_empty() {
            let blank = if self.note.is_empty() { "" } else { " " };
            self.note = format!("{}{blank}{}", self.note, note.as_ref());
        }
        self
    }
}

/// Counts a reason once more.
pub fn exclude(excluded: &mut Excluded, reason: &str) {
    *excluded.entry(reason.to_owned()).or_default() += 1;
}

/// `hits` of `all` with Wilson's interval. An empty denominator has no value, and says so by its exclusions (law I4).
pub fn share(of: &str, hits: u64, all: u64, records: Vec<Key>, excluded: Excluded) -> Part {
    let value = wilson(hits, all, f64::from(LEVEL) / 100.0).and_then(|w| Estimate::new(w.value, w.low, w.high, LEVEL));
    Part { of: of.into(), value, ratio: Some((hits, all)), records, excluded, ..Part::default() }
}

/// Events per week over `days`, with Garwood's interval.
pub fn per_week(of: &str, events: u64, days: f64, records: Vec<Key>, excluded: Excluded) -> Part {
    let value = garwood(events, days / 7.0, f64::from(LEVEL) / 100.0).and_then(|g| Estimate::new(g.value, g.low, g.high, LEVEL));
    Part { of: of.into(), value, ratio: Some((events, days.max(0.0).round() as u64)), records, excluded, ..Part::default() }
        .noted(format!("{events} in {} days", days.max(0.0).round()))
}

/// One duration: whose, how long, and whether it has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Lasting {
    /// The record.
    pub key: Key,
    /// In the metric's unit.
    pub time: f64,
    /// Not over yet: it lasts at least this long.
    pub open: bool,
}

/// Median and 90th percentile with the interval of the median. With fewer than `fewest` ended ones the single values stand alone
/// (law I5). Where some are open, by Kaplan and Meier.
pub fn durations(of: &str, lasting: Vec<Lasting>, excluded: Excluded, fewest: u64) -> Part {
    let mut ended: Vec<f64> = lasting.iter().filter(|l| !l.open).map(|l| l.time).collect();
    ended.sort_by(f64::total_cmp);
    let open = lasting.len() - ended.len();
    let records = lasting.iter().map(|l| l.key.clone()).collect();
    let mut part = Part { of: of.into(), records, excluded, ..Part::default() };
    if open > 0 {
        part = part.noted(format!("{open} open, counted as longer than until now."));
    }
    if (ended.len() as u64) < fewest {
        part.dots = ended.into_iter().map(tidy).collect();
        return part.noted(format!("Fewer than {fewest}: single values, no statistic."));
    }
    if open == 0 { complete(part, &ended) } else { censored(part, &lasting) }
}

fn complete(mut part: Part, ended: &[f64]) -> Part {
    let median = quantile_interval(ended, 0.5, f64::from(LEVEL) / 100.0);
    part.value = median.and_then(|m| Estimate::new(m.value, m.low, m.high, LEVEL));
    part.spread = quantile(ended, 0.5).zip(quantile(ended, 0.9)).map(|(median, p90)| (tidy(median), tidy(p90), ended.len() as u64));
    part
}

fn censored(mut part: Part, lasting: &[Lasting]) -> Part {
    let pairs: Vec<(f64, bool)> = lasting.iter().map(|l| (l.time, !l.open)).collect();
    let curve = kaplan_meier(&pairs, f64::from(LEVEL) / 100.0);
    let longest = pairs.iter().map(|p| p.0).fold(0.0, f64::max);
    let Some((median, low, high)) = survival::quantile(&curve, 0.5) else {
        return part.noted("More than half are not over: no median.");
    };
    part.value = Estimate::new(median, low.unwrap_or(0.0), high.unwrap_or(longest), LEVEL);
    if high.is_none() {
        part = part.noted("The upper end is the longest time seen; it may be longer.");
    }
    match survival::quantile(&curve, 0.9) {
        Some((p90, ..)) => part.spread = Some((tidy(median), tidy(p90), lasting.len() as u64)),
        None => {
            part.spread = Some((tidy(median), tidy(longest), lasting.len() as u64));
            part = part.noted("Fewer than 90 % are over: the 90th percentile is at least the time given.");
        }
    }
    part
}

/// Days from one moment to another, or why they cannot be used (law A7).
pub fn span(from: Moment, to: Moment) -> Result<f64, &'static str> {
    let exact = from.precision == Precision::Second && to.precision == Precision::Second;
    if exact && (from.zone == Zone::Assumed) != (to.zone == Zone::Assumed) {
        return Err("time zone unknown on one side");
    }
    if [from, to].iter().any(|m| m.precision > Precision::Day) {
        return Err("known only to the month or year");
    }
    let days = to.days_since(from);
    match days {
        d if d < 0.0 => Err("ends before it begins"),
        0.0 if exact => Err("no time at all between its ends"),
        d => Ok(d),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{at, key};

    fn lasting(times: &[f64], open: &[f64]) -> Vec<Lasting> {
        let of = |list: &[f64], open: bool, mark: &str| {
            list.iter().enumerate().map(|(i, t)| Lasting { key: key(&format!("{mark}-{i}")), time: *t, open }).collect::<Vec<_>>()
        };
        [of(times, false, "A"), of(open, true, "B")].concat()
    }

    #[test]
    fn law_i7_four_failed_of_twenty_three() {
        let part = share("", 4, 23, vec![], Excluded::new());
        let value = part.value.unwrap();
        assert_eq!((part.ratio, (value.value * 1000.0).round()), (Some((4, 23)), 174.0));
        assert!(value.low > 0.069 && value.high < 0.372);
    }

    #[test]
    fn law_i4_an_empty_share_carries_its_exclusions() {
        let mut excluded = Excluded::new();
        exclude(&mut excluded, "stage unknown");
        let part = share("", 0, 0, vec![], excluded);
        assert_eq!((part.value, part.excluded["stage unknown"]), (None, 1));
    }

    #[test]
    fn law_i5_few_values_are_dots_and_many_a_median() {
        let few = durations("", lasting(&[3.0, 1.0, 2.0, 9.0], &[]), Excluded::new(), 5);
        assert_eq!((few.dots, few.value, few.spread), (vec![1.0, 2.0, 3.0, 9.0], None, None));
        let many = durations("", lasting(&[3.0, 1.0, 2.0, 9.0, 4.0], &[]), Excluded::new(), 5);
        assert_eq!(many.spread, Some((3.0, 7.0, 5)));
        assert_eq!(many.value.map(|v| (v.low, v.high)), Some((1.0, 9.0)));
    }

    #[test]
    fn open_ones_make_the_median_longer() {
        let closed = durations("", lasting(&[1.0, 2.0, 3.0, 4.0, 5.0], &[]), Excluded::new(), 5);
        let with_open = durations("", lasting(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 6.0]), Excluded::new(), 5);
        assert!(with_open.spread.unwrap().0 > closed.spread.unwrap().0);
        let mostly = durations("", lasting(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0; 7]), Excluded::new(), 5);
        assert!(mostly.value.is_none() && mostly.note.contains("More than half"));
    }

    #[test]
    fn law_a7_negative_zero_and_zoneless_spans_are_named() {
        let assumed = at("2025-01-01T10:00:00Z?");
        assert_eq!(span(at("2025-01-02"), at("2025-01-01")), Err("ends before it begins"));
        assert_eq!(span(at("2025-01-01T10:00:00Z"), at("2025-01-01T10:00:00Z")), Err("no time at all between its ends"));
        assert_eq!(span(at("2025-01-01T09:00:00Z"), assumed), Err("time zone unknown on one side"));
        assert_eq!(span(at("2025"), at("2025-03-01")), Err("known only to the month or year"));
        assert_eq!(span(at("2025-01-01"), at("2025-01-01")), Ok(0.0));
    }
}
