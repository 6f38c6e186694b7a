//! Points in time with the precision that the source gave them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How exactly a moment is known. A date without time is a day, never midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// To the second.
    Second,
    /// To the day.
    Day,
    /// To the month.
    Month,
    /// To the year.
    Year,
}

/// How the time zone of a moment was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// It stands in the value.
    Stated,
    /// It stands elsewhere in the document, or the source's specification fixes it.
    Derived,
    /// The configuration or a default supplied it; counted in the import report.
    Assumed,
}

/// A point in time: seconds since 1970-01-01T00:00:00Z, the precision, and how the zone was known.
///
/// A day, month or year stands at its first second in UTC; its precision says so. Written as `2024-03-01T10:11:12Z`,
/// `2024-03-01`, `2024-03` or `2024`, with a `?` behind it where the zone was assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Moment {
    /// Seconds since the epoch.
    pub seconds: i64,
    /// How exactly it is known.
    pub precision: Precision,
    /// How its zone was known.
    pub zone: Zone,
}

/// Seconds in a day.
pub const DAY_SECONDS: i64 = 86_400;

impl Moment {
    /// A moment to the second with a stated zone.
    pub fn at(seconds: i64) -> Self {
        Self { seconds, precision: Precision::Second, zone: Zone::Stated }
    }

    /// A whole day. Days carry no zone that matters, so it counts as stated. Nothing for an impossible date.
    pub fn day(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = Date::new(year, month, day).ok()?;
        Some(Self { seconds: date_seconds(date)?, precision: Precision::Day, zone: Zone::Stated })
    }

    /// The same moment with another precision, brought to the first second of its day, month or year.
    pub fn with_precision(self, precision: Precision) -> Self {
        let date = self.date();
        let first = match precision {
            Precision::Second => return Self { precision, ..self },
            Precision::Day => date,
            Precision::Month => date.first_of_month(),
            Precision::Year => date.first_of_year(),
        };
        Self { seconds: date_seconds(first).unwrap_or(self.seconds), precision, zone: self.zone }
    }

    /// The same moment with another knowledge of its zone.
    pub fn with_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// The calendar day in UTC. Moments outside years -9999 to 9999 are held at the edge.
    pub fn date(self) -> Date {
        let days = self.seconds.div_euclid(DAY_SECONDS);
        Timestamp::from_second(days.saturating_mul(DAY_SECONDS))
            .map_or(if days < 0 { Date::MIN } else { Date::MAX }, |t| t.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Whole days since the epoch.
    pub fn day_number(self) -> i64 {
        self.seconds.div_euclid(DAY_SECONDS)
    }

    /// Days from `earlier` to this moment: exact where both are known to the second, else whole days between the two dates.
    pub fn days_since(self, earlier: Self) -> f64 {
        if self.precision == Precision::Second && earlier.precision == Precision::Second {
            (self.seconds - earlier.seconds) as f64 / DAY_SECONDS as f64
        } else {
            (self.day_number() - earlier.day_number()) as f64
        }
    }

    /// Calendar quarter in UTC, as `2024Q1`.
    pub fn quarter(self) -> String {
        let date = self.date();
        format!("{}Q{}", date.year(), (date.month() - 1) / 3 + 1)
    }
}

fn date_seconds(date: Date) -> Option<i64> {
    date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| z.timestamp().as_second())
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        match self.precision {
            Precision::Second => {
                let second = self.seconds.rem_euclid(DAY_SECONDS);
                write!(f, "{date}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)?;
            }
            Precision::Day => write!(f, "{date}")?,
            Precision::Month => write!(f, "{:04}-{:02}", date.year(), date.month())?,
            Precision::Year => write!(f, "{:04}", date.year())?,
        }
        match self.zone {
            Zone::Stated => Ok(()),
            Zone::Derived => f.write_str("~"),
            Zone::Assumed => f.write_str("?"),
        }
    }
}

/// A text that is not one of the written forms of a [`Moment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MomentError(pub String);

impl fmt::Display for MomentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found `{}`, expected 2024-03-01T10:11:12Z, 2024-03-01, 2024-03 or 2024", self.0)
    }
}

impl std::error::Error for MomentError {}

impl FromStr for Moment {
    type Err = MomentError;
    fn from_str(text: &str) -> Result<Self, MomentError> {
        let bad = || MomentError(text.to_owned());
        let (body, zone) = match text.strip_suffix('?') {
            Some(body) => (body, Zone::Assumed),
            None => text.strip_suffix('~').map_or((text, Zone::Stated), |body| (body, Zone::Derived)),
        };
        if body.contains('T') {
            let stamp: Timestamp = body.parse().map_err(|_| bad())?;
            return Ok(Self { seconds: stamp.as_second(), precision: Precision::Second, zone });
        }
        let (whole, precision) = match body.len() {
            10 => (body.to_owned(), Precision::Day),
            7 => (format!("{body}-01"), Precision::Month),
            4 => (format!("{body}-01-01"), Precision::Year),
            _ => return Err(bad()),
        };
        let date: Date = whole.parse().map_err(|_| bad())?;
        Ok(Self { seconds: date_seconds(date).ok_or_else(bad)?, precision, zone })
    }
}

impl TryFrom<String> for Moment {
    type Error = MomentError;
    fn try_from(value: String) -> Result<Self, MomentError> {
        value.parse()
    }
}

impl From<Moment> for String {
    fn from(value: Moment) -> Self {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_written_form_reads_back() {
        for text in ["2024-03-01T10:11:12Z", "2024-03-01T10:11:12Z?", "2024-03-01", "2024-03", "2024", "1969-12-31T23:59:59Z~"] {
            assert_eq!(text.parse::<Moment>().map(|m| m.to_string()), Ok(text.to_owned()));
        }
        assert!("yesterday".parse::<Moment>().is_err());
        assert!("2024-02-30".parse::<Moment>().is_err());
    }

    #[test]
    fn a_day_is_not_midnight() {
        let day = "2024-03-01".parse::<Moment>().unwrap();
        let noon = "2024-03-03T12:00:00Z".parse::<Moment>().unwrap();
        assert_eq!(noon.days_since(day), 2.0);
        assert_eq!(noon.quarter(), "2024Q1");
    }
}
