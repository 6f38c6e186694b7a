//! Dates and times as values of fields: what APIs write, what spreadsheets and users' locales make of them.
//!
//! Dates within running text are another matter: see [`crate::prose`].

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use refrain_record::{Moment, Precision, Zone};

use crate::prose;
use crate::source::ReadSetup;

/// How a value that could be a date reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A moment.
    At(Moment),
    /// Blank or a sentinel (`0001-01-01`, `1970-01-01T00:00:00Z`, `9999-01-01`, `0`): absent.
    Nothing,
    /// Something else.
    Unreadable,
}

impl Seen {
    /// The moment, where there is one.
    pub fn moment(self) -> Option<Moment> {
        if let Self::At(moment) = self { Some(moment) } else { None }
    }
}

/// Order of day and month in dates such as 3/4/24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// 3 April.
    DayFirst,
    /// 4 March.
    MonthFirst,
}

/// How a column of dates is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Order of day and month where the value leaves it open.
    pub order: Order,
    /// Zone of values without one.
    pub zone: TimeZone,
    /// How that zone is known: derived from the document or the source's specification, or assumed.
    pub known: Zone,
}

impl Reading {
    /// Values without a zone are UTC by the specification of the source.
    pub fn utc() -> Self {
        Self { order: Order::DayFirst, zone: TimeZone::UTC, known: Zone::Derived }
    }

    /// Values without a zone stand in the configured one, else UTC; both are assumptions about the file, and counted.
    pub fn assumed(setup: &ReadSetup) -> Self {
        let zone = setup.zone.as_deref().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        let order = if setup.month_first == Some(true) { Order::MonthFirst } else { Order::DayFirst };
        Self { order, zone, known: Zone::Assumed }
    }

    /// The same with another order.
    pub fn with_order(self, order: Order) -> Self {
        Self { order, ..self }
    }
}

/// Reads one value.
pub fn read(text: &str, reading: &Reading) -> Seen {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    if SENTINELS.contains(&text.to_ascii_lowercase().as_str()) {
        return Seen::Nothing;
    }
    match parts(text, reading.order).or_else(|| epoch(text)) {
        None => Seen::Unreadable,
        Some(parts) if !(1971..9000).contains(&parts.year) => Seen::Nothing,
        Some(parts) => parts.moment(reading).map_or(Seen::Unreadable, Seen::At),
    }
}

/// Words that stand for no date.
const SENTINELS: &[&str] =
    &["", "-", "--", "---", "0", "null", "none", "n/a", "na", "nil", "never", "unknown", "tbd", "invalid date", "nat", "undefined"];

/// A date taken apart.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    year: i16,
    month: i8,
    day: i8,
    precision: Precision,
    time: Option<Time>,
    zone: Option<TimeZone>,
}

impl Parts {
    fn moment(&self, reading: &Reading) -> Option<Moment> {
        let date = Date::new(self.year, self.month, self.day).ok()?;
        let Some(time) = self.time else {
            return Moment::day(self.year, self.month, self.day).map(|m| m.with_precision(self.precision));
        };
        let zone = self.zone.as_ref().unwrap_or(&reading.zone);
        let stamp = DateTime::from_parts(date, time).to_zoned(zone.clone()).ok()?.timestamp();
        let known = if self.zone.is_some() { Zone::Stated } else { reading.known };
        Some(Moment::at(stamp.as_second()).with_zone(known))
    }
}

/// Seconds or milliseconds since 1970, as numbers in payloads of clients (`1709287872.513`).
fn epoch(text: &str) -> Option<Parts> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || !(9..=13).contains(&whole.len()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let seconds = if whole.len() > 11 { number / 1000 } else { number };
    let at = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC);
    Some(Parts { year: at.year(), month: at.month(), day: at.day(), precision: Precision::Second, time: Some(at.time()), zone: Some(TimeZone::UTC) })
}

/// A number, a word or a mark of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Number(&'a str),
    Word(&'a str),
    Mark(char),
}

/// Longest text that is looked at: the JavaScript form with a zone's full name in parentheses.
const LONGEST: usize = 120;

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |is: fn(char) -> bool| &rest[..rest.find(|c| !is(c)).unwrap_or(rest.len())];
        let length = if first.is_ascii_digit() {
            let run = run(|c| c.is_ascii_digit());
            out.push(Token::Number(run));
            run.len()
        } else if first.is_alphabetic() && !matches!(first, '年' | '月' | '日') {
            let run = run(|c| c.is_alphabetic() && !matches!(c, '年' | '月' | '日'));
            out.push(Token::Word(run));
            run.len()
        } else {
            out.push(Token::Mark(first));
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

/// Looks at tokens one by one.
struct Cursor<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn number(&mut self) -> Option<&'a str> {
        if let Some(Token::Number(digits)) = self.tokens.get(self.at) {
            self.at += 1;
            return Some(digits);
        }
        None
    }

    fn word(&mut self) -> Option<&'a str> {
        if let Some(Token::Word(word)) = self.tokens.get(self.at) {
            self.at += 1;
            return Some(word);
        }
        None
    }

    fn mark(&mut self, marks: &[char]) -> Option<char> {
        match self.tokens.get(self.at) {
            Some(Token::Mark(mark)) if marks.contains(mark) => {
                self.at += 1;
                Some(*mark)
            }
            _ => None,
        }
    }

    /// Passes over blanks and these marks.
    fn pass(&mut self, marks: &[char]) {
        while self.mark(marks).is_some() || self.mark(&[' ', '\u{a0}', '\u{202f}', '\t']).is_some() {}
    }

    fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }
}

fn parts(text: &str, order: Order) -> Option<Parts> {
    if text.len() > LONGEST {
        return None;
    }
    // The zone's name in parentheses behind the JavaScript form repeats its offset.
    let text = text.split(" (").next().unwrap_or(text);
    let mut cursor = Cursor { tokens: tokens(text), at: 0 };
    let mut parts = whole_date(&mut cursor, order)?;
    cursor.pass(&[',']);
    if let Some(Token::Word("T" | "t" | "at" | "um" | "à")) = cursor.tokens.get(cursor.at) {
        cursor.at += 1;
        cursor.pass(&[',']);
    }
    if parts.time.is_none() && !cursor.done() {
        parts.time = Some(clock(&mut cursor)?);
        cursor.pass(&[]);
        parts.zone = zone(&mut cursor)?;
    }
    cursor.pass(&[]);
    cursor.done().then_some(parts)
}

fn whole_date(cursor: &mut Cursor<'_>, order: Order) -> Option<Parts> {
    skip_weekday(cursor);
    if let Some(word) = cursor.word() {
        return month_first_words(cursor, month(word)?);
    }
    let first = cursor.number()?;
    if first.len() == 4 {
        return year_first(cursor, first);
    }
    let mark = cursor.mark(&['/', '-', '.', ' ']);
    cursor.pass(&[]);
    if first.len() > 2 {
        return None;
    }
    if let Some(word) = cursor.word() {
        let month = month(word)?;
        cursor.pass(&['.', '/', '-', ',']);
        let year = cursor.number()?;
        return Some(day(year_of(year)?, month, first.parse().ok()?));
    }
    small_first(cursor, first, mark?, order)
}

/// A weekday's name at the start says nothing that the date does not.
fn skip_weekday(cursor: &mut Cursor<'_>) {
    if let Some(Token::Word(word)) = cursor.tokens.get(cursor.at)
        && (month(word).is_none() || cursor.tokens.get(cursor.at + 1) == Some(&Token::Mark(',')))
    {
        cursor.at += 1;
        cursor.pass(&[',', '.']);
    }
}

fn day(year: i16, month: i8, day: i8) -> Parts {
    Parts { year, month, day, precision: Precision::Day, time: None, zone: None }
}

/// `Mar 01 2024`, `March 1, 2024`, and `Mar 1 10:11:12 UTC 2024` of the `date` command.
fn month_first_words(cursor: &mut Cursor<'_>, month: i8) -> Option<Parts> {
    cursor.pass(&['.', '-', '/', ',']);
    let number = cursor.number()?;
    if number.len() == 4 {
        return Some(Parts { precision: Precision::Month, ..day(year_of(number)?, month, 1) });
    }
    let day_number: i8 = number.parse().ok()?;
    cursor.pass(&[',', '-', '/']);
    let mark = cursor.at;
    let next = cursor.number()?;
    if next.len() == 4 {
        return Some(day(year_of(next)?, month, day_number));
    }
    cursor.at = mark;
    let time = clock(cursor)?;
    cursor.pass(&[]);
    let zone = zone(cursor)?;
    cursor.pass(&[]);
    let year = year_of(cursor.number()?)?;
    Some(Parts { time: Some(time), zone, precision: Precision::Second, ..day(year, month, day_number) })
}

/// `2024-03-01`, `2024/03/01`, `2024年3月1日`, `2024-03`, `2024`, `2024-Mar-01`.
fn year_first(cursor: &mut Cursor<'_>, year: &str) -> Option<Parts> {
    let year = year.parse().ok()?;
    if cursor.mark(&['-', '/', '.', '年']).is_none() {
        return cursor.done().then(|| Parts { precision: Precision::Year, ..day(year, 1, 1) });
    }
    let month_number: i8 = match cursor.word() {
        Some(word) => month(word)?,
        None => cursor.number().filter(|n| n.len() <= 2)?.parse().ok()?,
    };
    if cursor.mark(&['-', '/', '.', '月']).is_none() || cursor.done() {
        return cursor.done().then(|| Parts { precision: Precision::Month, ..day(year, month_number, 1) });
    }
    let number: i8 = cursor.number().filter(|n| n.len() <= 2)?.parse().ok()?;
    cursor.mark(&['日']);
    Some(day(year, month_number, number))
}

/// `3/4/24`: what is above 12 decides, else the order of the column; points are always day first.
fn small_first(cursor: &mut Cursor<'_>, first: &str, mark: char, order: Order) -> Option<Parts> {
    let second = cursor.number().filter(|n| n.len() <= 2)?;
    cursor.mark(&[mark])?;
    cursor.pass(&[]);
    let year = year_of(cursor.number()?)?;
    let (a, b): (i8, i8) = (first.parse().ok()?, second.parse().ok()?);
    let month_first = match (a, b) {
        _ if mark == '.' => false,
        (13.., _) => false,
        (_, 13..) => true,
        _ => order == Order::MonthFirst,
    };
    Some(if month_first { day(year, a, b) } else { day(year, b, a) })
}

/// Two digits are of this century up to 2069.
fn year_of(digits: &str) -> Option<i16> {
    let number: i16 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(if number < 70 { 2000 + number } else { 1900 + number }),
        4 => Some(number),
        _ => None,
    }
}

/// `10:11`, `10:11:12.513`, `10.11`, `1:05 PM`.
fn clock(cursor: &mut Cursor<'_>) -> Option<Time> {
    let hour: i8 = cursor.number().filter(|n| n.len() <= 2)?.parse().ok()?;
    cursor.mark(&[':', '.', 'h'])?;
    let minute: i8 = cursor.number().filter(|n| n.len() == 2)?.parse().ok()?;
    let mut second: i8 = 0;
    if cursor.mark(&[':', '.']).is_some() {
        second = cursor.number().filter(|n| n.len() == 2)?.parse().ok()?;
        if cursor.mark(&['.', ',']).is_some() {
            cursor.number()?;
        }
    }
    let hour = half_of_day(cursor, hour)?;
    // A leap second is the last second before it.
    Time::new(hour, minute, second.min(59), 0).ok()
}

/// Words of the two halves of the day.
const HALVES: &[(&str, bool)] =
    &[("am", false), ("a", false), ("vorm", false), ("pm", true), ("p", true), ("nachm", true), ("μμ", true), ("πμ", false)];

fn half_of_day(cursor: &mut Cursor<'_>, hour: i8) -> Option<i8> {
    let mark = cursor.at;
    cursor.pass(&[]);
    let half = cursor.word().and_then(|word| HALVES.iter().find(|(name, _)| *name == word.to_lowercase()));
    let Some((_, after_noon)) = half else {
        cursor.at = mark;
        return Some(hour);
    };
    // `a.m.` has points and another letter.
    if cursor.mark(&['.']).is_some() {
        cursor.word();
        cursor.mark(&['.']);
    }
    (hour <= 12).then_some(hour % 12 + if *after_noon { 12 } else { 0 })
}

/// `Z`, `UTC`, `+01:00`, `+0100`, `GMT+0100`, `CET`; `Some(None)` where nothing stands. A word that is no zone fails.
fn zone(cursor: &mut Cursor<'_>) -> Option<Option<TimeZone>> {
    let name = match cursor.tokens.get(cursor.at) {
        Some(Token::Word(word)) => {
            cursor.at += 1;
            Some(TimeZone::get(prose::zone_of(word)?).ok()?)
        }
        _ => None,
    };
    let Some(sign) = cursor.mark(&['+', '-', '−']) else { return Some(name) };
    let digits = cursor.number()?;
    let (hours, minutes) = match digits.len() {
        4 => digits.split_at(2),
        1 | 2 => (digits, if cursor.mark(&[':']).is_some() { cursor.number()? } else { "0" }),
        _ => return None,
    };
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    let offset = Offset::from_seconds(if sign == '+' { seconds } else { -seconds }).ok()?;
    Some(Some(TimeZone::fixed(offset)))
}

/// Months by name: the first letters that decide, lower case, in the languages trackers are used in. The longest that fits counts.
const MONTHS: &[(&str, i8)] = &[
    ("jan", 1),
    ("gen", 1),
    ("ene", 1),
    ("sty", 1),
    ("янв", 1),
    ("oca", 1),
    ("led", 1),
    ("tammi", 1),
    ("ιαν", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("lut", 2),
    ("фев", 2),
    ("şub", 2),
    ("úno", 2),
    ("helmi", 2),
    ("φεβ", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrz", 3),
    ("mrt", 3),
    ("maa", 3),
    ("мар", 3),
    ("bře", 3),
    ("μαρ", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("апр", 4),
    ("nis", 4),
    ("dub", 4),
    ("huhti", 4),
    ("απρ", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("maj", 5),
    ("мая", 5),
    ("май", 5),
    ("kvě", 5),
    ("touko", 5),
    ("μαϊ", 5),
    ("μάι", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("cze", 6),
    ("июн", 6),
    ("haz", 6),
    ("červen", 6),
    ("kesä", 6),
    ("ιουν", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("lip", 7),
    ("июл", 7),
    ("tem", 7),
    ("červenec", 7),
    ("heinä", 7),
    ("ιουλ", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sie", 8),
    ("авг", 8),
    ("ağu", 8),
    ("srp", 8),
    ("elo", 8),
    ("αυγ", 8),
    ("sep", 9),
    ("set", 9),
    ("wrz", 9),
    ("сен", 9),
    ("eyl", 9),
    ("zář", 9),
    ("syys", 9),
    ("σεπ", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("paź", 10),
    ("окт", 10),
    ("eki", 10),
    ("říj", 10),
    ("loka", 10),
    ("οκτ", 10),
    ("nov", 11),
    ("lis", 11),
    ("ноя", 11),
    ("kas", 11),
    ("marras", 11),
    ("νοε", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
    ("gru", 12),
    ("дек", 12),
    ("ara", 12),
    ("pro", 12),
    ("joulu", 12),
    ("δεκ", 12),
];

fn month(word: &str) -> Option<i8> {
    let lower = word.to_lowercase();
    MONTHS.iter().filter(|(name, _)| lower.starts_with(name)).max_by_key(|(name, _)| name.len()).map(|(_, month)| *month)
}

/// What the values of a column, over the whole file, say about the order of day and month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    day_first: u64,
    month_first: u64,
    open: u64,
}

impl Column {
    /// Takes a value into account.
    pub fn see(&mut self, text: &str) {
        let utc = Reading::utc();
        let by = |order| read(text, &utc.clone().with_order(order)).moment();
        match (by(Order::DayFirst), by(Order::MonthFirst)) {
            (Some(a), Some(b)) if a == b => match fixed_order(text) {
                Some(Order::DayFirst) => self.day_first += 1,
                Some(Order::MonthFirst) => self.month_first += 1,
                None => {}
            },
            (Some(_), Some(_)) => self.open += 1,
            _ => {}
        }
    }

    /// The order, and a remark where it is an assumption. `sooner`: whether reading all columns in an order keeps created before
    /// resolved more often than in the other; nothing where that does not tell.
    pub fn decide(&self, sooner: Option<Order>, configured: Option<bool>) -> (Order, Option<String>) {
        if let Some(month_first) = configured {
            return (if month_first { Order::MonthFirst } else { Order::DayFirst }, None);
        }
        let order = match (self.day_first > 0, self.month_first > 0, sooner) {
            (true, false, _) => Some(Order::DayFirst),
            (false, true, _) => Some(Order::MonthFirst),
            (true, true, _) => Some(if self.day_first >= self.month_first { Order::DayFirst } else { Order::MonthFirst }),
            (false, false, sooner) => sooner,
        };
        let mixed = self.day_first > 0 && self.month_first > 0;
        let note = match order {
            Some(order) if mixed => Some(format!(
                "dates in both orders; {} by majority ({} to {})",
                said(order),
                self.day_first.max(self.month_first),
                self.day_first.min(self.month_first)
            )),
            None if self.open > 0 => {
                Some(format!("{} dates such as 3/4/24 could be read both ways; day first was assumed (import.dates sets it)", self.open))
            }
            _ => None,
        };
        (order.unwrap_or(Order::DayFirst), note)
    }

    /// Adds what another column of the same file says: one person's locale wrote them all.
    pub fn add(&mut self, other: &Self) {
        self.day_first += other.day_first;
        self.month_first += other.month_first;
        self.open += other.open;
    }

    /// Whether some value could be read both ways.
    pub fn is_open(&self) -> bool {
        self.open > 0
    }
}

fn said(order: Order) -> &'static str {
    match order {
        Order::DayFirst => "day first",
        Order::MonthFirst => "month first",
    }
}

/// The order that a date of three small numbers shows by a number above 12.
fn fixed_order(text: &str) -> Option<Order> {
    let mut numbers = text.trim().split(['/', '-', '.', ' ']);
    let mut small = || numbers.next().filter(|n| n.len() <= 2).and_then(|n| n.parse::<u8>().ok());
    match (small()?, small()?) {
        (13..=31, 1..=12) => Some(Order::DayFirst),
        (1..=12, 13..=31) => Some(Order::MonthFirst),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn assumed(zone: &str) -> Reading {
        Reading::assumed(&ReadSetup { zone: Some(zone.into()), ..ReadSetup::default() })
    }

    fn said(text: &str, reading: &Reading) -> String {
        match read(text, reading) {
            Seen::At(moment) => moment.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_form_that_sources_write() {
        let rows = [
            ("2024-03-01T10:11:12Z", "2024-03-01T10:11:12Z"),
            ("2024-03-01T10:11:12.000+0000", "2024-03-01T10:11:12Z"),
            ("2024-03-01T15:41:12.513+0530", "2024-03-01T10:11:12Z"),
            ("2024-03-01T10:11:12.513Z", "2024-03-01T10:11:12Z"),
            ("2024-03-01 10:11:12 +0100", "2024-03-01T09:11:12Z"),
            ("2000-06-15 10:11:12 -0400", "2000-06-15T14:11:12Z"),
            ("2016-06-01 10:00 UTC", "2016-06-01T10:00:00Z"),
            ("Fri, 1 Mar 2024 10:11:12 +0000", "2024-03-01T10:11:12Z"),
            ("Fri, 1 Mar 2024 10:11:12 +0000 (UTC)", "2024-03-01T10:11:12Z"),
            ("Fri Mar 01 2024 10:11:12 GMT+0100 (Central European Standard Time)", "2024-03-01T09:11:12Z"),
            ("Mon Mar 04 17:00:00 UTC 2024", "2024-03-04T17:00:00Z"),
            ("1709287872", "2024-03-01T10:11:12Z"),
            ("1709287872.513", "2024-03-01T10:11:12Z"),
            ("1709287872513", "2024-03-01T10:11:12Z"),
            ("2024-03-01", "2024-03-01"),
            ("2024/03/01", "2024-03-01"),
            ("2024-03", "2024-03"),
            ("2024", "2024"),
            ("2024年3月1日", "2024-03-01"),
            ("March 1, 2024", "2024-03-01"),
            ("01/Mar/24", "2024-03-01"),
        ];
        for (text, moment) in rows {
            assert_eq!(said(text, &Reading::utc()), moment, "{text}");
        }
    }

    #[test]
    fn locales_and_zones() {
        let rows = [
            ("30/Sep/21 17:20", "2021-09-30T15:20:00Z?"),
            ("30/Mai/24 5:20 PM", "2024-05-30T15:20:00Z?"),
            ("03/févr./24 00:05", "2024-02-02T23:05:00Z?"),
            ("04.03.2024 12:30", "2024-03-04T11:30:00Z?"),
            ("4. März 2024", "2024-03-04"),
            ("04-Mar-2024 12:30:10", "2024-03-04T11:30:10Z?"),
            ("3/4/24 1:05 AM", "2024-04-02T23:05:00Z?"),
            ("12/31/23", "2023-12-31"),
            ("1/Dez/23 9:00", "2023-12-01T08:00:00Z?"),
            ("2024-07-01 10:00", "2024-07-01T08:00:00Z?"),
        ];
        for (text, moment) in rows {
            assert_eq!(said(text, &assumed("Europe/Berlin")), moment, "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for sentinel in ["", "0", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-01-01", "N/A", "--"] {
            assert_eq!(read(sentinel, &Reading::utc()), Seen::Nothing, "{sentinel}");
        }
        for text in ["32/Mai/24", "2024-02-30", "soon", "10:11", "1.2.3", "Unresolved", "2024-03-01T10:11:12 Foo", "31/31/24"] {
            assert_eq!(read(text, &Reading::utc()), Seen::Unreadable, "{text}");
        }
    }

    #[test]
    fn months_are_told_by_their_longest_name() {
        for (at, (name, month_number)) in MONTHS.iter().enumerate() {
            assert_eq!(month(name), Some(*month_number), "{name}");
            assert!(MONTHS[..at].iter().all(|(other, _)| other != name), "{name} stands twice");
        }
        assert_eq!((month("červenec"), month("marraskuu"), month("juillet"), month("xyz")), (Some(7), Some(11), Some(7), None));
    }

    #[test]
    fn a_column_decides_its_order() {
        let column = |values: &[&str]| {
            let mut column = Column::default();
            values.iter().for_each(|v| column.see(v));
            column
        };
        assert_eq!(column(&["3/4/24", "25/4/24"]).decide(None, None), (Order::DayFirst, None));
        assert_eq!(column(&["3/4/24", "4/25/24"]).decide(None, None), (Order::MonthFirst, None));
        assert_eq!(column(&["3/4/24"]).decide(Some(Order::MonthFirst), None), (Order::MonthFirst, None));
        assert!(column(&["3/4/24"]).decide(None, None).1.is_some_and(|note| note.contains("assumed")));
        assert!(
            column(&["13/4/24", "4/13/24", "4/14/24"]).decide(None, None).1.is_some_and(|note| note.contains("month first by majority (2 to 1)"))
        );
        assert_eq!(column(&["3/4/24"]).decide(None, Some(true)), (Order::MonthFirst, None));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,40}") {
            let _ = read(&text, &Reading::utc());
        }

        #[test]
        fn what_moments_write_is_read(seconds in 40_000_000_i64..4_000_000_000) {
            let moment = Moment::at(seconds);
            prop_assert_eq!(read(&moment.to_string(), &Reading::utc()), Seen::At(moment));
        }
    }
}
