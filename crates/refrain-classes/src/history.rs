//! Periods of the calendar, and counts over them.

use jiff::civil::Date;
use refrain_record::Moment;

use crate::forecast::model::SeriesSet;

/// Length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
}

/// Quarters from which on quarters are used: shorter histories need months to have enough periods.
const FEWEST_QUARTERS: i64 = 14;
/// Longest history that is looked at, in periods: what is older says nothing about the next one.
const MOST_PERIODS: usize = 120;
/// A last period of which less than this share has passed is joined to the one before.
const SHORTEST_LAST: f64 = 0.25;

/// Consecutive periods up to now.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// Length of each.
    pub period: Period,
    /// Name of each (`2024Q1`, `2024-03`), oldest first.
    pub names: Vec<String>,
    /// 1 for a whole period, less where it has begun late or is not over, 0 where no record of any kind fell into it.
    pub exposure: Vec<f64>,
    /// Index of the first period, counted from year 0.
    first: i64,
}

impl Period {
    /// Days of one period, on average.
    pub fn days(self) -> f64 {
        match self {
            Self::Month => 365.2425 / 12.0,
            Self::Quarter => 365.2425 / 4.0,
        }
    }

    fn months(self) -> i64 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
        }
    }

    fn index(self, date: Date) -> i64 {
        (i64::from(date.year()) * 12 + i64::from(date.month()) - 1) / self.months()
    }

    fn name(self, index: i64) -> String {
        match self {
            Self::Month => format!("{:04}-{:02}", index.div_euclid(12), index.rem_euclid(12) + 1),
            Self::Quarter => format!("{}Q{}", index.div_euclid(4), index.rem_euclid(4) + 1),
        }
    }

    /// First day of the period, in days since 1970-01-01.
    fn start(self, index: i64) -> i64 {
        let month = index * self.months();
        let (year, month) = (month.div_euclid(12) as i16, month.rem_euclid(12) as i8 + 1);
        Moment::day(year, month, 1).map_or(0, Moment::day_number)
    }
}

impl Calendar {
    /// Periods from the first of `times` to `as_of`. A period in the middle into which none of `times` falls has no exposure: nothing was
    /// recorded then, which is not the same as nothing happened. Times after `as_of` are left out. Nothing for no times.
    pub fn over(times: &[Moment], as_of: Moment) -> Option<Self> {
        let past = || times.iter().filter(|t| t.seconds <= as_of.seconds);
        let earliest = past().min_by_key(|t| t.seconds)?;
        let quarters = Period::Quarter.index(as_of.date()) - Period::Quarter.index(earliest.date());
        let period = if quarters >= FEWEST_QUARTERS { Period::Quarter } else { Period::Month };
        let last = period.index(as_of.date());
        let first = period.index(earliest.date()).max(last - MOST_PERIODS as i64 + 1);
        let mut seen = vec![false; (last - first + 1) as usize];
        past().filter_map(|t| usize::try_from(period.index(t.date()) - first).ok()).for_each(|p| seen[p] = true);
        let whole = |index: i64| (period.start(index + 1) - period.start(index)) as f64;
        let mut exposure: Vec<f64> = seen.iter().map(|seen| f64::from(u8::from(*seen))).collect();
        exposure[0] = ((period.start(first + 1) - earliest.day_number().max(period.start(first))) as f64 / whole(first)).clamp(0.0, 1.0);
        let passed = (as_of.day_number() + 1 - period.start(last)) as f64 / whole(last);
        if let Some(end) = exposure.last_mut() {
            *end = if seen.len() == 1 { *end - 1.0 + passed } else { passed }.clamp(0.0, 1.0);
        }
        let names = (first..=last).map(|index| period.name(index)).collect();
        let mut out = Self { period, names, exposure, first };
        out.join_short_end();
        Some(out)
    }

    /// The first days of a period are too few to judge by: they count with the period before.
    fn join_short_end(&mut self) {
        let last = self.exposure.len() - 1;
        if last > 0 && self.exposure[last] < SHORTEST_LAST && self.exposure[last - 1] > 0.0 {
            self.exposure[last - 1] += self.exposure[last];
            self.exposure.pop();
            self.names.pop();
        }
    }

    /// Number of periods.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Place of a moment; nothing before the first period. Moments after the last count into it (the caller leaves out the future).
    pub fn place(&self, at: Moment) -> Option<usize> {
        let index = usize::try_from(self.period.index(at.date()) - self.first).ok()?;
        Some(index.min(self.len() - 1))
    }

    /// Counts over the periods.
    pub fn counts(&self, times: impl IntoIterator<Item = Moment>) -> Vec<u64> {
        let mut out = vec![0; self.len()];
        times.into_iter().filter_map(|t| self.place(t)).for_each(|p| out[p] += 1);
        out
    }

    /// Several series over these periods.
    pub fn set(&self, counts: Vec<Vec<u64>>) -> SeriesSet {
        SeriesSet { counts, exposure: self.exposure.clone() }
    }

    /// Periods with any exposure.
    pub fn observed(&self) -> u64 {
        self.exposure.iter().filter(|e| **e > 0.0).count() as u64
    }

    /// Names of periods in the middle without any record.
    pub fn holes(&self) -> Vec<&str> {
        self.names.iter().zip(&self.exposure).filter(|(_, e)| **e <= 0.0).map(|(name, _)| name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::at;

    #[test]
    fn months_for_a_short_history_with_partial_ends() {
        let calendar = Calendar::over(&[at("2025-01-16"), at("2025-03-02"), at("2025-04-20")], at("2025-04-15")).unwrap();
        assert_eq!(calendar.names, ["2025-01", "2025-02", "2025-03", "2025-04"]);
        assert_eq!(calendar.exposure, [16.0 / 31.0, 0.0, 1.0, 0.5]);
        assert_eq!(calendar.holes(), ["2025-02"]);
        assert_eq!(calendar.counts([at("2025-03-02"), at("2025-01-16"), at("2024-12-31")]), [1, 0, 1, 0]);
    }

    #[test]
    fn quarters_for_a_long_one_and_a_short_end_is_joined() {
        let times: Vec<Moment> =
            (2018..2026).flat_map(|y| [at(&format!("{y}-02-01")), at(&format!("{y}-05-01")), at(&format!("{y}-08-01"))]).collect();
        let calendar = Calendar::over(&times, at("2025-07-03")).unwrap();
        assert_eq!((calendar.names.first().map(String::as_str), calendar.names.last().map(String::as_str)), (Some("2018Q1"), Some("2025Q2")));
        assert!(calendar.exposure.last().is_some_and(|e| *e > 1.0));
        assert_eq!(calendar.place(at("2025-07-02")), Some(calendar.len() - 1));
    }

    #[test]
    fn law_h4_no_time_is_no_calendar() {
        assert_eq!(Calendar::over(&[], at("2025-04-15")), None);
        assert_eq!(Calendar::over(&[at("2026-01-01")], at("2025-04-15")), None);
        assert_eq!(Calendar::over(&[at("2025-04-15")], at("2025-04-15")).map(|c| c.len()), Some(1));
    }
}
