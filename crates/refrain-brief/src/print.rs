//! Numbers, money, dates and durations as people read them: rounded to what is known, never more.

use refrain_record::findings::Estimate;
use refrain_record::time::{Moment, Precision};

/// Narrow no-break space: before a unit, so that `80 %` never breaks.
pub const THIN: &str = "\u{202f}";
/// Digits of a sum of counted cost.
pub const COUNTED: usize = 3;
/// Digits of what comes from a forecast.
pub const FORECAST: usize = 2;

/// `x` rounded to `digits` significant digits.
pub fn significant(x: f64, digits: usize) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return 0.0;
    }
    format!("{x:.*e}", digits.saturating_sub(1)).parse::<f64>().unwrap_or(0.0)
}

/// With `decimals` decimals, thousands by comma, minus as U+2212, no minus before zero.
pub fn fixed(x: f64, decimals: usize) -> String {
    let plain = format!("{:.*}", decimals, x.abs());
    let (whole, rest) = plain.split_once('.').map_or((plain.as_str(), ""), |(w, r)| (w, r));
    let zero = plain.bytes().all(|b| b == b'0' || b == b'.');
    let sign = if x < 0.0 && !zero { "\u{2212}" } else { "" };
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{sign}{}{dot}{rest}", grouped(whole))
}

fn grouped(digits: &str) -> String {
    let n = digits.len();
    let mut out = String::with_capacity(n + n / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (n - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A whole number.
pub fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// Rounded to `digits` significant digits, with the decimals that these need and no more.
pub fn rounded(x: f64, digits: usize) -> String {
    let x = significant(x, digits);
    let whole = if x == 0.0 { 1 } else { x.abs().log10().floor() as i32 + 1 };
    fixed(x, (digits as i32 - whole).clamp(0, 6) as usize)
}

/// End of an interval: as [`rounded`], without decimals that are zero.
pub fn end(x: f64, digits: usize) -> String {
    trimmed(&rounded(x, digits))
}

fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// A share as whole percent; two decimals below 1 %. Without the sign.
pub fn percent(share: f64) -> String {
    let x = share * 100.0;
    let small = x > 0.0 && x < 1.0;
    let nearly = x > 99.0 && x < 100.0;
    fixed(x, if small || nearly { 2 } else { 0 })
}

/// A rate as percent with one decimal. Without the sign.
pub fn rate(share: f64) -> String {
    fixed(share * 100.0, 1)
}

/// A scale of money: divisor and letter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// What amounts are divided by.
    pub by: f64,
    /// `k`, `M`, `bn` or nothing.
    pub letter: &'static str,
}

const SCALES: &[(f64, Scale)] = &[
    (1e9, Scale { by: 1e9, letter: "bn" }),
    (1e6, Scale { by: 1e6, letter: "M" }),
    (1e4, Scale { by: 1e3, letter: "k" }),
    (0.0, Scale { by: 1.0, letter: "" }),
];

impl Scale {
    /// The scale in which `amount` has one to four digits before the point.
    pub fn of(amount: f64) -> Self {
        let size = significant(amount, COUNTED).abs();
        SCALES.iter().find(|(from, _)| size >= *from).map_or(Self { by: 1.0, letter: "" }, |(_, scale)| *scale)
    }

    /// The scale of a column: thousands as soon as one amount needs them, never more.
    pub fn of_column(amounts: impl Iterator<Item = f64>) -> Self {
        let largest = amounts.fold(0.0_f64, |a, b| a.max(b.abs()));
        if largest >= 1e8 {
            Self { by: 1e6, letter: "M" }
        } else if largest >= 1e4 {
            Self { by: 1e3, letter: "k" }
        } else {
            Self { by: 1.0, letter: "" }
        }
    }

    /// An amount in this scale with `digits` significant digits, without unit.
    pub fn amount(self, x: f64, digits: usize) -> String {
        rounded(x / self.by, digits)
    }

    /// An amount in a column: whole numbers, one decimal below 10.
    pub fn cell(self, x: f64, digits: usize) -> String {
        let scaled = significant(x / self.by, digits);
        let below_ten = self.by > 1.0 && scaled != 0.0 && scaled.abs() < 9.95;
        if below_ten { trimmed(&fixed(scaled, 1)) } else { fixed(scaled, 0) }
    }
}

const SYMBOLS: &[(&str, &str)] = &[("EUR", "€"), ("USD", "$"), ("GBP", "£"), ("JPY", "¥"), ("", "")];

/// Sign of a currency that stands before the amount; for others the code and a narrow space.
pub fn symbol(code: &str) -> String {
    SYMBOLS.iter().find(|(c, _)| *c == code).map_or_else(|| format!("{code}{THIN}"), |(_, s)| (*s).to_owned())
}

/// Head of a column of money: `€ k`.
pub fn unit_head(code: &str, scale: Scale) -> String {
    let sign = symbol(code);
    let sign = sign.trim_end_matches(THIN);
    if scale.letter.is_empty() { sign.to_owned() } else { format!("{sign}{THIN}{}", scale.letter) }
}

const MONTHS: [&str; 12] = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// Name of a month from 1.
pub fn month(number: i8) -> &'static str {
    MONTHS.get((number - 1).max(0) as usize).copied().unwrap_or("")
}

/// First three letters of a month from 1.
pub fn short_month(number: i8) -> &'static str {
    month(number).get(..3).unwrap_or("")
}

/// `30 June 2026`, `June 2026` or `2026`: no more than is known.
pub fn long_day(at: Moment) -> String {
    dated(at, month)
}

/// `9 Jun 2026`, with spaces that do not break.
pub fn day(at: Moment) -> String {
    dated(at, short_month).replace(' ', "\u{a0}")
}

fn dated(at: Moment, name: fn(i8) -> &'static str) -> String {
    let date = at.date();
    match at.precision {
        Precision::Year => date.year().to_string(),
        Precision::Month => format!("{} {}", name(date.month()), date.year()),
        Precision::Day | Precision::Second => format!("{} {} {}", date.day(), name(date.month()), date.year()),
    }
}

/// `2026-06-09`.
pub fn iso(at: Moment) -> String {
    at.date().to_string()
}

/// Days in a month, on average.
pub const MONTH_DAYS: f64 = 30.4375;

/// Months from which on a span is told in years.
const LONG: f64 = 60.0;

/// A span of days in the unit that suits it: `26 years`, `6 months`, `1 month`, `45 days`.
pub fn span(days: f64) -> String {
    let months = days / MONTH_DAYS;
    if months >= LONG {
        return crate::words::many((months / 12.0).round() as u64, "year");
    }
    let near = (months - months.round()).abs() * MONTH_DAYS <= 4.0;
    if months.round() >= 1.0 && (near || months >= 12.0) {
        crate::words::many(months.round() as u64, "month")
    } else {
        crate::words::many(days.round().max(0.0) as u64, "day")
    }
}

/// Hours as `0.4 h`, `11 h` or, from two days on, `3.1 d`.
pub fn hours(h: f64) -> String {
    if h >= 48.0 { format!("{}{THIN}d", rounded(h / 24.0, 2)) } else { format!("{}{THIN}h", rounded(h, 2)) }
}

/// Days as `12 d`, or hours below two days.
pub fn days(d: f64) -> String {
    if d != 0.0 && d.abs() < 2.0 { hours(d * 24.0) } else { format!("{}{THIN}d", rounded(d, 2)) }
}

/// Whether low and high print alike, so that no interval is shown.
pub fn is_exact(e: &Estimate) -> bool {
    e.low == e.value && e.high == e.value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        let cases: &[(&str, String)] = &[
            ("1,234,567", count(1_234_567)),
            ("6.2", rounded(6.21, 2)),
            ("0.12", rounded(0.1234, 2)),
            ("350", rounded(347.0, 2)),
            ("10", rounded(9.96, 2)),
            ("0.0", rounded(0.0, 2)),
            ("−1,240", fixed(-1_240.2, 0)),
            ("0", fixed(-0.2, 0)),
            ("3", end(3.0, 2)),
            ("15", percent(0.15)),
            ("0.40", percent(0.004)),
            ("99.51", percent(0.9951)),
            ("100", percent(1.0)),
            ("0.0030", rounded(0.003, 2)),
        ];
        for (expected, found) in cases {
            assert_eq!(expected, found);
        }
    }

    #[test]
    fn money_has_the_scale_that_suits_it() {
        assert_eq!((Scale::of(347_000.0).letter, Scale::of(347_000.0).amount(347_000.0, 2)), ("k", "350".into()));
        assert_eq!((Scale::of(3_040_000.0).letter, Scale::of(3_040_000.0).amount(3_040_000.0, 2)), ("M", "3.0".into()));
        assert_eq!(Scale::of(999_900.0).letter, "M");
        assert_eq!((Scale::of(950.0).letter, Scale::of(950.0).amount(950.0, 3)), ("", "950".into()));
        assert_eq!(Scale::of_column([610_000.0].into_iter()).cell(35_900.0, 3), "36");
        assert_eq!(Scale::of_column([610_000.0].into_iter()).cell(1_234.0, 3), "1.2");
        assert_eq!((symbol("EUR"), symbol("CHF")), ("€".into(), "CHF\u{202f}".into()));
    }

    #[test]
    fn spans_have_the_unit_that_suits_them() {
        let cases = [
            (182.0, "6 months"),
            (180.0, "6 months"),
            (30.0, "1 month"),
            (1.0, "1 day"),
            (45.0, "45 days"),
            (546.0, "18 months"),
            (9_375.0, "26 years"),
        ];
        for (days, expected) in cases {
            assert_eq!(span(days).replace('\u{a0}', " "), expected);
        }
        assert_eq!((hours(0.4), hours(75.0), days(1.0)), ("0.40\u{202f}h".into(), "3.1\u{202f}d".into(), "24\u{202f}h".into()));
    }
}
