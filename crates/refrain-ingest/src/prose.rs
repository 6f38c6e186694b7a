//! Dates, times, durations and amounts as people write them in running text.

use jiff::civil::{Date, Time};

/// A date found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundDate {
    /// First byte.
    pub start: usize,
    /// End (half open).
    pub end: usize,
    /// The day; the first of the month where only a month is named.
    pub date: Date,
    /// Whether a day is named, not only a month.
    pub day: bool,
    /// Whether the year was supplied by the caller.
    pub year_given: bool,
}

/// A time of day found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTime {
    /// First byte.
    pub start: usize,
    /// End (half open), behind the zone word if there is one.
    pub end: usize,
    /// The time.
    pub time: Time,
    /// Name of the zone in the IANA list, where a zone word follows.
    pub zone: Option<&'static str>,
}

/// How numeric dates such as 3/4/24 are read, and the year of dates that name none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// `true` = month first. Where absent, a number above 12 decides, else month first.
    pub month_first: Option<bool>,
    /// Year of `October 30`, where known from elsewhere.
    pub year: Option<i16>,
}

/// Months by their first letters, in English; ten of the twelve agree with German and the Romance names are left to columns.
const MONTHS: &[(&str, i8)] = &[
    ("jan", 1),
    ("feb", 2),
    ("mar", 3),
    ("apr", 4),
    ("may", 5),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
];

/// Full names of the months, so that "marched" or "decide" are not taken for one.
const MONTH_NAMES: &[&str] =
    &["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "sept"];

/// Zone words with the region whose clock they name. `PST` in summer means local time there, so the region counts, not the offset.
const ZONES: &[(&str, &str)] = &[
    ("utc", "UTC"),
    ("gmt", "UTC"),
    ("z", "UTC"),
    ("zulu", "UTC"),
    ("pst", "America/Los_Angeles"),
    ("pdt", "America/Los_Angeles"),
    ("pt", "America/Los_Angeles"),
    ("pacific", "America/Los_Angeles"),
    ("mst", "America/Denver"),
    ("mdt", "America/Denver"),
    ("mt", "America/Denver"),
    ("cdt", "America/Chicago"),
    ("ct", "America/Chicago"),
    ("est", "America/New_York"),
    ("edt", "America/New_York"),
    ("et", "America/New_York"),
    ("eastern", "America/New_York"),
    ("wet", "Europe/Lisbon"),
    ("bst", "Europe/London"),
    ("cet", "Europe/Berlin"),
    ("cest", "Europe/Berlin"),
    ("mez", "Europe/Berlin"),
    ("mesz", "Europe/Berlin"),
    ("eet", "Europe/Helsinki"),
    ("eest", "Europe/Helsinki"),
    ("jst", "Asia/Tokyo"),
    ("sgt", "Asia/Singapore"),
    ("aest", "Australia/Sydney"),
    ("aedt", "Australia/Sydney"),
];

/// The region that a zone word names (`PST`, any case).
pub fn zone_of(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    ZONES.iter().find(|(name, _)| *name == lower).map(|(_, zone)| *zone)
}

/// Zone words that are also English words, or too short to trust, stand in running text only behind a time.
const ONLY_BEHIND_A_TIME: &[&str] = &["z", "pt", "mt", "ct", "et", "wet", "pacific", "eastern"];

/// The first zone that a sentence such as "all times in CET" names.
pub fn zone_in(text: &str) -> Option<&'static str> {
    tokens(text).iter().find_map(|t| {
        let trusted = t.kind == Kind::Word && (t.raw(text).chars().all(char::is_uppercase) || !ONLY_BEHIND_A_TIME.contains(&t.lower(text).as_str()));
        if trusted { zone_of(t.raw(text)) } else { None }
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Word,
    Mark,
}

/// A run of digits, a run of letters, or one other character that is no blank.
#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

impl Token {
    fn raw<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    fn lower(&self, text: &str) -> String {
        self.raw(text).to_ascii_lowercase()
    }

    /// The value of a number of at most four digits.
    fn number(&self, text: &str) -> Option<i16> {
        if self.kind != Kind::Number || self.end - self.start > 4 {
            return None;
        }
        self.raw(text).parse().ok()
    }

    fn is(&self, text: &str, mark: char) -> bool {
        self.kind == Kind::Mark && self.raw(text).starts_with(mark)
    }
}

fn kind_of(c: char) -> Kind {
    if c.is_ascii_digit() {
        Kind::Number
    } else if c.is_alphabetic() {
        Kind::Word
    } else {
        Kind::Mark
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        let kind = kind_of(c);
        match out.last_mut() {
            _ if c.is_whitespace() => {}
            Some(last) if last.kind == kind && kind != Kind::Mark && last.end == start => last.end = end,
            _ => out.push(Token { kind, start, end }),
        }
    }
    out
}

/// Looks at tokens from one of them on.
struct Cursor<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Cursor<'_> {
    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn number(&self, ahead: usize) -> Option<i16> {
        self.token(ahead)?.number(self.text)
    }

    fn digits(&self, ahead: usize) -> usize {
        self.token(ahead).filter(|t| t.kind == Kind::Number).map_or(0, |t| t.end - t.start)
    }

    fn mark(&self, ahead: usize, marks: &[char]) -> Option<char> {
        let token = self.token(ahead)?;
        marks.iter().copied().find(|m| token.is(self.text, *m))
    }

    fn month(&self, ahead: usize) -> Option<i8> {
        month_of(&self.token(ahead).filter(|t| t.kind == Kind::Word)?.lower(self.text))
    }

    fn word(&self, ahead: usize) -> String {
        self.token(ahead).filter(|t| t.kind == Kind::Word).map(|t| t.lower(self.text)).unwrap_or_default()
    }

    /// Whether the token stands directly behind the one before it.
    fn glued(&self, ahead: usize) -> bool {
        match (self.tokens.get((self.at + ahead).wrapping_sub(1)), self.token(ahead)) {
            (Some(before), Some(token)) => before.end == token.start,
            _ => false,
        }
    }

    fn end(&self, ahead: usize) -> usize {
        self.token(ahead).map_or(self.text.len(), |t| t.end)
    }
}

fn month_of(word: &str) -> Option<i8> {
    let (_, month) = MONTHS.iter().find(|(short, _)| word.starts_with(short))?;
    (word.len() == 3 || MONTH_NAMES.contains(&word)).then_some(*month)
}

/// Every date in a text, in order.
pub fn dates(text: &str, reading: Reading) -> Vec<FoundDate> {
    let tokens = tokens(text);
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let cursor = Cursor { text, tokens: &tokens, at };
        match date_at(&cursor, reading) {
            Some((date, day, year_given, taken)) => {
                out.push(FoundDate { start: tokens[at].start, end: cursor.end(taken - 1), date, day, year_given });
                at += taken;
            }
            None => at += 1,
        }
    }
    out
}

/// The first date of a text.
pub fn first_date(text: &str, reading: Reading) -> Option<FoundDate> {
    dates(text, reading).into_iter().next()
}

/// Date, whether a day is named, whether the year was supplied, and tokens taken.
type DateShape = (Date, bool, bool, usize);

fn date_at(cursor: &Cursor<'_>, reading: Reading) -> Option<DateShape> {
    numeric(cursor, reading).or_else(|| day_month(cursor, reading)).or_else(|| month_day(cursor, reading)).or_else(|| year_month(cursor))
}

/// `2021-06-22`, `06/22/2021`, `22.06.2021`, `4/21/23`, `07-27-2023`.
fn numeric(cursor: &Cursor<'_>, reading: Reading) -> Option<DateShape> {
    let before_is_digit_mark = cursor.at > 0
        && cursor.glued(0)
        && cursor.tokens[cursor.at - 1].kind == Kind::Mark
        && matches!(cursor.tokens[cursor.at - 1].raw(cursor.text), "-" | "." | "_")
        && cursor.at > 1
        && cursor.tokens[cursor.at - 2].kind == Kind::Number
        && cursor.tokens[cursor.at - 2].end == cursor.tokens[cursor.at - 1].start;
    let mark = cursor.mark(1, &['-', '/', '.'])?;
    let glued = (1..=4).all(|n| cursor.glued(n));
    if before_is_digit_mark || cursor.mark(3, &[mark]).is_none() || !glued {
        return None;
    }
    let (a, b, c) = (cursor.number(0)?, cursor.number(2)?, cursor.number(4)?);
    let (year, month, day) = match (cursor.digits(0), cursor.digits(2), cursor.digits(4)) {
        (4, 1..=2, 1..=2) => (a, b, c),
        (1..=2, 1..=2, 4) => order(a, b, c, mark, reading),
        (1..=2, 1..=2, 2) if mark != '.' => order(a, b, 2000 + c, mark, reading),
        _ => return None,
    };
    Some((plausible(year, month, day)?, true, false, 5))
}

/// Year, month, day of two small numbers and a year.
fn order(a: i16, b: i16, year: i16, mark: char, reading: Reading) -> (i16, i16, i16) {
    let month_first = if a > 12 {
        false
    } else if b > 12 {
        true
    } else {
        reading.month_first.unwrap_or(mark != '.')
    };
    if month_first { (year, a, b) } else { (year, b, a) }
}

/// `24 March 2018`, `24th of March, 2018`, `24-Mar-2018`, and `24 March` with a year from elsewhere.
fn day_month(cursor: &Cursor<'_>, reading: Reading) -> Option<DateShape> {
    let day = cursor.number(0).filter(|_| cursor.digits(0) <= 2)?;
    let mut at = 1;
    if matches!(cursor.word(at).as_str(), "st" | "nd" | "rd" | "th") && cursor.glued(at) {
        at += 1;
    }
    at += usize::from(cursor.mark(at, &['.', '-', '/']).is_some());
    at += usize::from(cursor.word(at) == "of");
    let month = cursor.month(at)?;
    let (year, given, taken) = year_at(cursor, at + 1, reading)?;
    Some((plausible(year, i16::from(month), day)?, true, given, taken))
}

/// `March 24, 2018`, `Mar 24th 2018`, `March 2018`, and `October 30` with a year from elsewhere.
fn month_day(cursor: &Cursor<'_>, reading: Reading) -> Option<DateShape> {
    let month = i16::from(cursor.month(0)?);
    let mut at = 1 + usize::from(cursor.mark(1, &['.', ',', '-']).is_some());
    if cursor.digits(at) == 4 {
        return Some((plausible(cursor.number(at)?, month, 1)?, false, false, at + 1));
    }
    let day = cursor.number(at).filter(|_| cursor.digits(at) <= 2)?;
    at += 1;
    if matches!(cursor.word(at).as_str(), "st" | "nd" | "rd" | "th") && cursor.glued(at) {
        at += 1;
    }
    let (year, given, taken) = year_at(cursor, at, reading)?;
    Some((plausible(year, month, day)?, true, given, taken))
}

/// `2022 September 12`.
fn year_month(cursor: &Cursor<'_>) -> Option<DateShape> {
    let year = cursor.number(0).filter(|_| cursor.digits(0) == 4)?;
    let month = i16::from(cursor.month(1)?);
    let day = cursor.number(2).filter(|_| cursor.digits(2) <= 2)?;
    Some((plausible(year, month, day)?, true, false, 3))
}

/// A year behind a day and month, or the one supplied; whether it was supplied; tokens taken from the cursor on.
fn year_at(cursor: &Cursor<'_>, at: usize, reading: Reading) -> Option<(i16, bool, usize)> {
    let behind = at + usize::from(cursor.mark(at, &[',', '-', '/', '.']).is_some());
    match cursor.number(behind).filter(|_| cursor.digits(behind) == 4 && cursor.mark(behind + 1, &[':']).is_none()) {
        Some(year) if (1970..=2100).contains(&year) => Some((year, false, behind + 1)),
        _ => reading.year.map(|year| (year, true, at)),
    }
}

fn plausible(year: i16, month: i16, day: i16) -> Option<Date> {
    if !(1970..=2100).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Every time of day with a colon in a text (`08:21`, `8:21 am PST`, `21:45:10 UTC`), in order.
pub fn times(text: &str) -> Vec<FoundTime> {
    let tokens = tokens(text);
    let mut out: Vec<FoundTime> = Vec::new();
    for at in 0..tokens.len() {
        let cursor = Cursor { text, tokens: &tokens, at };
        let overlaps = out.last().is_some_and(|last| tokens[at].start < last.end);
        if let Some((time, zone, taken)) = time_at(&cursor).filter(|_| !overlaps) {
            out.push(FoundTime { start: tokens[at].start, end: cursor.end(taken - 1), time, zone });
        }
    }
    out
}

fn time_at(cursor: &Cursor<'_>) -> Option<(Time, Option<&'static str>, usize)> {
    let part_of_longer = cursor.at > 0 && cursor.glued(0) && matches!(cursor.tokens[cursor.at - 1].raw(cursor.text), ":" | "." | "-" | "/" | "#");
    if part_of_longer || cursor.digits(0) > 2 {
        return None;
    }
    let hour = cursor.number(0)?;
    let (minute, second, mut taken) = clock_digits(cursor)?;
    let half = cursor.word(taken);
    let hour = match half.as_str() {
        "am" if hour == 12 => 0,
        "pm" if hour < 12 => hour + 12,
        _ => hour,
    };
    taken += usize::from(matches!(half.as_str(), "am" | "pm"));
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()?;
    let open = usize::from(cursor.mark(taken, &['(', '[']).is_some());
    let zone = zone_of(&cursor.word(taken + open));
    Some((time, zone, taken + if zone.is_some() { open + 1 } else { 0 }))
}

/// Minute, second and tokens taken of `8:21`, `08:21:30`, or `8 am`.
fn clock_digits(cursor: &Cursor<'_>) -> Option<(i16, i16, usize)> {
    if cursor.mark(1, &[':']).is_some() && cursor.glued(1) && cursor.glued(2) && cursor.digits(2) == 2 {
        let minute = cursor.number(2)?;
        let seconds = cursor.mark(3, &[':']).is_some() && cursor.glued(3) && cursor.digits(4) == 2 && cursor.glued(4);
        return Some(if seconds { (minute, cursor.number(4)?, 5) } else { (minute, 0, 3) });
    }
    matches!(cursor.word(1).as_str(), "am" | "pm").then_some((0, 0, 1))
}

/// Units of a duration in minutes.
const MINUTES: &[(&str, f64)] = &[
    ("s", 1.0 / 60.0),
    ("sec", 1.0 / 60.0),
    ("second", 1.0 / 60.0),
    ("m", 1.0),
    ("min", 1.0),
    ("minute", 1.0),
    ("h", 60.0),
    ("hr", 60.0),
    ("hour", 60.0),
    ("d", 1440.0),
    ("day", 1440.0),
    ("week", 10080.0),
];

/// The first duration in a text in minutes, with its bytes: `103 minutes`, `1 h 49 min`, `7 hours and 9 minutes`, `1h49m`, `1.5 hours`.
pub fn duration(text: &str) -> Option<(f64, usize, usize)> {
    let tokens = tokens(text);
    let mut at = 0;
    let mut found: Option<(f64, usize, usize)> = None;
    while at < tokens.len() {
        let cursor = Cursor { text, tokens: &tokens, at };
        match duration_part(&cursor) {
            Some((minutes, taken)) => {
                let (sum, start, _) = found.unwrap_or((0.0, tokens[at].start, 0));
                found = Some((sum + minutes, start, cursor.end(taken - 1)));
                at += taken;
            }
            None if found.is_some() && (matches!(cursor.word(0).as_str(), "and") || cursor.mark(0, &[',']).is_some()) => at += 1,
            None if found.is_some() => break,
            None => at += 1,
        }
    }
    found
}

fn duration_part(cursor: &Cursor<'_>) -> Option<(f64, usize)> {
    let (value, taken) = quantity(cursor)?;
    let taken = taken + usize::from(cursor.mark(taken, &['-']).is_some());
    let unit = cursor.word(taken);
    let unit = if unit.len() > 2 { unit.strip_suffix('s').unwrap_or(&unit) } else { &unit };
    let (_, minutes) = MINUTES.iter().find(|(name, _)| *name == unit)?;
    Some((value * minutes, taken + 1))
}

/// A number with grouping and decimals (`1,234`, `1.5`, `12 000`), with the tokens it takes.
fn quantity(cursor: &Cursor<'_>) -> Option<(f64, usize)> {
    let first = cursor.token(0).filter(|t| t.kind == Kind::Number && t.end - t.start <= 12)?;
    let mut digits = first.raw(cursor.text).to_owned();
    let mut taken = 1;
    while cursor.mark(taken, &[',']).is_some() && cursor.glued(taken) && cursor.glued(taken + 1) && cursor.digits(taken + 1) == 3 && digits.len() < 15
    {
        digits.push_str(cursor.token(taken + 1)?.raw(cursor.text));
        taken += 2;
    }
    if cursor.mark(taken, &['.']).is_some() && cursor.glued(taken) && cursor.glued(taken + 1) && (1..=6).contains(&cursor.digits(taken + 1)) {
        digits.push('.');
        digits.push_str(cursor.token(taken + 1)?.raw(cursor.text));
        taken += 2;
    }
    digits.parse().ok().map(|value| (value, taken))
}

/// A number whose groups of three digits are parted by points (`1.204`, `2.000.000`): what is counted or paid has no three decimals.
fn thousands(cursor: &Cursor<'_>) -> Option<(f64, usize)> {
    let mut digits = cursor.token(0).filter(|_| (1..=3).contains(&cursor.digits(0)))?.raw(cursor.text).to_owned();
    let mut taken = 1;
    while cursor.mark(taken, &['.']).is_some() && cursor.glued(taken) && cursor.glued(taken + 1) && cursor.digits(taken + 1) == 3 && digits.len() < 15
    {
        digits.push_str(cursor.token(taken + 1)?.raw(cursor.text));
        taken += 2;
    }
    let goes_on = cursor.mark(taken, &['.', ',']).is_some() && cursor.glued(taken) && cursor.digits(taken + 1) > 0;
    if taken == 1 || goes_on || digits.starts_with('0') { None } else { Some((digits.parse().ok()?, taken)) }
}

/// A number with what stands around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// First byte.
    pub start: usize,
    /// End (half open), behind the unit.
    pub end: usize,
    /// The value, with `k` and `million` multiplied in.
    pub value: f64,
    /// The word behind it, lower case (`users`).
    pub unit: String,
    /// ISO code of the currency beside it.
    pub currency: Option<&'static str>,
}

const CURRENCIES: &[(&str, &str)] = &[
    ("$", "USD"),
    ("usd", "USD"),
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("€", "EUR"),
    ("eur", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("£", "GBP"),
    ("gbp", "GBP"),
    ("pounds", "GBP"),
    ("chf", "CHF"),
    ("dkk", "DKK"),
    ("sek", "SEK"),
    ("jpy", "JPY"),
    ("¥", "JPY"),
];

const FACTORS: &[(&str, f64)] = &[("k", 1e3), ("thousand", 1e3), ("m", 1e6), ("mn", 1e6), ("million", 1e6), ("bn", 1e9), ("billion", 1e9)];

fn currency_of(word: &str) -> Option<&'static str> {
    CURRENCIES.iter().find(|(name, _)| *name == word).map(|(_, code)| *code)
}

/// Every number of a text with its unit and currency, in order.
pub fn amounts(text: &str) -> Vec<Amount> {
    let tokens = tokens(text);
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let cursor = Cursor { text, tokens: &tokens, at };
        match thousands(&cursor).or_else(|| quantity(&cursor)) {
            Some((value, taken)) => {
                out.push(amount_at(&cursor, value, taken));
                at += taken;
            }
            None => at += 1,
        }
    }
    out
}

fn amount_at(cursor: &Cursor<'_>, value: f64, taken: usize) -> Amount {
    let before = cursor.at.checked_sub(1).and_then(|i| cursor.tokens.get(i)).map(|t| t.lower(cursor.text)).unwrap_or_default();
    let factor = FACTORS.iter().find(|(name, _)| *name == cursor.word(taken)).map(|(_, factor)| *factor);
    let behind = taken + usize::from(factor.is_some());
    let word = cursor.token(behind).map(|t| t.lower(cursor.text)).unwrap_or_default();
    let currency = currency_of(&before).or_else(|| currency_of(&word));
    let start = cursor.token(0).map_or(0, |t| t.start) - if currency_of(&before).is_some() { before.len() } else { 0 };
    let unit = cursor.word(behind);
    let last = if unit.is_empty() { behind - 1 } else { behind };
    Amount { start, end: cursor.end(last), value: value * factor.unwrap_or(1.0), unit, currency }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_as_people_write_them() {
        let rows = [
            ("reported on March 24, 2018", "2018-03-24"),
            ("on August 15th 2014.", "2014-08-15"),
            ("12 January 2021", "2021-01-12"),
            ("the 3rd of Feb, 2020", "2020-02-03"),
            ("Monday 3. February 2020", "2020-02-03"),
            ("2022 September 12", "2022-09-12"),
            ("September, 12, 2023", "2023-09-12"),
            ("| 2021-06-22 08:21 |", "2021-06-22"),
            ("07-27-2023 2:14 pm", "2023-07-27"),
            ("4/21/23-4/25/23", "2023-04-21"),
            ("13/02/2023", "2023-02-13"),
            ("04.03.2024", "2024-03-04"),
            ("late February 2014", "2014-02-01"),
            ("Tue, Jul 3, 2018 at 11:57 PM UTC", "2018-07-03"),
        ];
        for (text, day) in rows {
            assert_eq!(first_date(text, Reading::default()).map(|f| f.date.to_string()).as_deref(), Some(day), "{text}");
        }
    }

    #[test]
    fn what_looks_like_a_date_and_is_none() {
        for text in ["20202-01-16", "version 1.2.3", "10.0.0.1", "10/12/2024-7.1.1.1 2.0.1", "may 5 times", "decide 12 2020", "2021-02-30", "1-2-3"] {
            let found: Vec<_> = dates(text, Reading::default()).iter().map(|f| f.date.to_string()).filter(|d| d != "2024-10-12").collect();
            assert!(found.is_empty(), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_year_from_elsewhere_is_marked_so() {
        let found = first_date("22:30 UTC (Oct 29)", Reading { year: Some(2025), month_first: None }).unwrap();
        assert_eq!((found.date.to_string().as_str(), found.year_given), ("2025-10-29", true));
    }

    #[test]
    fn times_with_and_without_zone() {
        let rows =
            [("8:21 am PST", "08:21:00", Some("America/Los_Angeles")), ("21:45 (UTC)", "21:45:00", Some("UTC")), ("12:05 AM", "00:05:00", None)];
        for (text, time, zone) in rows {
            let found = &times(text)[0];
            assert_eq!((found.time.to_string().as_str(), found.zone), (time, zone), "{text}");
        }
        assert_eq!(times("13:55 PM PST")[0].time.to_string(), "13:55:00");
        assert!(times("Main.java:31:12 at 10:99, 1:2").is_empty());
    }

    #[test]
    fn durations_add_up() {
        let rows = [
            ("1 h 49 min", 109.0),
            ("7 hours 9 minutes", 429.0),
            ("about 103 minutes (21:45)", 103.0),
            ("1h49m", 109.0),
            ("1.5 hours", 90.0),
            ("two 25-minute", 25.0),
        ];
        for (text, minutes) in rows {
            assert_eq!(duration(text).map(|d| d.0), Some(minutes), "{text}");
        }
        assert_eq!(duration("Time to detection: ?"), None);
    }

    #[test]
    fn amounts_with_unit_and_currency() {
        let found = amounts("1,204 users lost $2.5k and 300 EUR");
        assert_eq!((found[0].value, found[0].unit.as_str()), (1204.0, "users"));
        assert_eq!((found[1].value, found[1].currency), (2500.0, Some("USD")));
        assert_eq!((found[2].value, found[2].currency), (300.0, Some("EUR")));
    }

    #[test]
    fn points_part_thousands_where_they_stand_before_three_digits() {
        let values: Vec<f64> = amounts("1.204 users, 2.000-3.500 €, 1.25 EUR, 0.125, 1.234.5").iter().map(|a| a.value).collect();
        assert_eq!(values, [1204.0, 2000.0, 3500.0, 1.25, 0.125, 1.234, 5.0]);
    }

    #[test]
    fn zones_in_sentences() {
        assert_eq!(zone_in("All times in CET."), Some("Europe/Berlin"));
        assert_eq!(zone_in("Timeline (all times PT )"), Some("America/Los_Angeles"));
        assert_eq!(zone_in("it was wet, a pacific et cetera"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,60}") {
            let _ = (dates(&text, Reading { year: Some(2024), month_first: None }), times(&text), duration(&text), amounts(&text), zone_in(&text));
        }

        #[test]
        fn found_dates_lie_in_the_text(text in "[0-9./:a-z JMarchOct,-]{0,40}") {
            for found in dates(&text, Reading::default()) {
                prop_assert!(found.start < found.end && text.get(found.start..found.end).is_some());
            }
        }
    }
}
