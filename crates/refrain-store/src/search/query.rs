//! The query language of `refrain search`: words, "phrases", field:value, ranges, OR, -not, (groups).
//!
//! ```text
//! refund twice                     both words, anywhere in the text
//! "sent twice"                     the words side by side
//! type:TypeError frame:checkout    words in one field
//! team:"Core Payments" -is:open    a name as a whole; not
//! created:2024-01..2024-06         from the first day of January to the last of June
//! severity:1..2 cost:1000..        numbers
//! pay*                             words that begin so
//! (crash OR hang) title:"login page"
//! ```
//!
//! Parsing knows no index and touches nothing; what it does not understand it says with the column.

use std::fmt;

use refrain_record::{Moment, Precision};

use super::fields::{FIELDS, FieldKind, FieldRow, field};
use super::words::{name_term, phrase_terms};

/// What a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Everything.
    All,
    /// All of these.
    And(Vec<Expr>),
    /// Any of these.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// These words side by side; in any searched text where no field is named. Never empty.
    Words {
        /// Name of the field.
        field: Option<&'static str>,
        /// In lower case.
        words: Vec<String>,
    },
    /// Words (or names) that begin so.
    Prefix {
        /// Name of the field.
        field: Option<&'static str>,
        /// In lower case.
        start: String,
    },
    /// A name as a whole.
    Name {
        /// Name of the field.
        field: &'static str,
        /// In lower case.
        name: String,
    },
    /// A moment (seconds since the epoch) or a number from `low` to below `high`, where they are given.
    Range {
        /// Name of the field.
        field: &'static str,
        /// First value inside.
        low: Option<f64>,
        /// First value outside.
        high: Option<f64>,
    },
    /// The field has some value.
    Any {
        /// Name of the field.
        field: &'static str,
    },
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The whole text.
    pub query: String,
    /// Character at which it goes wrong, from 1.
    pub column: usize,
    /// What stands there.
    pub found: String,
    /// What could stand there.
    pub expected: String,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "column {}: found {}, expected {}", self.column, self.found, self.expected)?;
        writeln!(f, "    {}", self.query.replace(['\n', '\t'], " "))?;
        write!(f, "    {:>width$}", "^", width = self.column)
    }
}

impl std::error::Error for QueryError {}

/// Deepest nesting of groups and negations: bounds the stack whatever is typed.
const DEEPEST: usize = 64;

/// Reads a query. An empty one asks for everything.
pub fn parse(query: &str) -> Result<Expr, QueryError> {
    let chars: Vec<char> = query.chars().collect();
    let mut parser = Parser { query, chars, at: 0, depth: 0 };
    parser.blanks();
    if parser.at == parser.chars.len() {
        return Ok(Expr::All);
    }
    let expr = parser.any_of(None)?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.wrong("`)`", "a matching `(` before it")),
    }
}

struct Parser<'q> {
    query: &'q str,
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

type Parsed = Result<Expr, QueryError>;

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn wrong(&self, found: impl Into<String>, expected: impl Into<String>) -> QueryError {
        self.wrong_at(self.at, found, expected)
    }

    fn wrong_at(&self, at: usize, found: impl Into<String>, expected: impl Into<String>) -> QueryError {
        QueryError { query: self.query.to_owned(), column: at + 1, found: found.into(), expected: expected.into() }
    }

    /// Takes a keyword that stands as a word of its own.
    fn keyword(&mut self, word: &str) -> bool {
        let end = self.at + word.len();
        let stands = self.chars[self.at..].iter().take(word.len()).copied().eq(word.chars());
        let alone = self.chars.get(end).is_none_or(|c| c.is_whitespace() || *c == '(' || *c == ')');
        if stands && alone {
            self.at = end;
            self.blanks();
        }
        stands && alone
    }

    fn any_of(&mut self, within: Option<&'static FieldRow>) -> Parsed {
        let mut choices = vec![self.all_of(within)?];
        while self.keyword("OR") {
            choices.push(self.all_of(within)?);
        }
        Ok(one_or(choices, Expr::Or))
    }

    fn all_of(&mut self, within: Option<&'static FieldRow>) -> Parsed {
        let mut parts = vec![self.unary(within)?];
        while self.peek().is_some_and(|c| c != ')') && !self.before_or() {
            self.keyword("AND");
            parts.push(self.unary(within)?);
        }
        Ok(one_or(parts, Expr::And))
    }

    fn before_or(&mut self) -> bool {
        let here = self.at;
        let found = self.keyword("OR");
        self.at = here;
        found
    }

    fn unary(&mut self, within: Option<&'static FieldRow>) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong(format!("more than {DEEPEST} levels"), "fewer groups and negations within each other"));
        }
        let minus = self.peek() == Some('-');
        if minus {
            self.at += 1;
        }
        let expr = if minus || self.keyword("NOT") { Expr::Not(Box::new(self.unary(within)?)) } else { self.primary(within)? };
        self.depth -= 1;
        self.blanks();
        Ok(expr)
    }

    fn primary(&mut self, within: Option<&'static FieldRow>) -> Parsed {
        match self.peek() {
            None => Err(self.wrong("the end", "a word, a \"phrase\", field:value or (")),
            Some(')') => Err(self.wrong("`)`", "a word, a \"phrase\", field:value or (")),
            Some('(') => self.group(within),
            Some('"') => {
                let at = self.at;
                let phrase = self.phrase()?;
                self.value(within, &phrase, at, true)
            }
            Some(_) => self.word_or_field(within),
        }
    }

    fn group(&mut self, within: Option<&'static FieldRow>) -> Parsed {
        let open = self.at;
        self.at += 1;
        self.blanks();
        let expr = self.any_of(within)?;
        if self.peek() != Some(')') {
            return Err(self.wrong_at(open, "`(`", "a matching `)` behind it"));
        }
        self.at += 1;
        Ok(expr)
    }

    fn phrase(&mut self) -> Result<String, QueryError> {
        let open = self.at;
        let rest = &self.chars[open + 1..];
        let Some(length) = rest.iter().position(|c| *c == '"') else {
            return Err(self.wrong_at(open, "`\"`", "a matching `\"` behind it"));
        };
        self.at = open + length + 2;
        Ok(rest[..length].iter().collect())
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    /// `field:value`, where what stands before the colon is a word of letters; anything else is a word (`http://x`, `std::move`).
    fn word_or_field(&mut self, within: Option<&'static FieldRow>) -> Parsed {
        let start = self.at;
        let word = self.word();
        let Some((name, rest)) = word.split_once(':').filter(|(name, rest)| is_name(name) && !rest.starts_with([':', '/'])) else {
            return self.value(within, &word, start, false);
        };
        let Some(row) = field(name) else {
            return Err(self.unknown_field(name, start));
        };
        let at = start + name.chars().count() + 1;
        if !rest.is_empty() {
            return self.value(Some(row), rest, at, false);
        }
        match self.peek() {
            Some('"') => {
                let phrase = self.phrase()?;
                self.value(Some(row), &phrase, at, true)
            }
            Some('(') => self.group(Some(row)),
            _ => Err(self.wrong_at(at, "nothing", format!("a value of {} behind the colon ({})", row.name, row.help))),
        }
    }

    fn unknown_field(&self, name: &str, at: usize) -> QueryError {
        let names = || FIELDS.iter().flat_map(|f| f.also.iter().chain([&f.name]));
        let lower = name.to_ascii_lowercase();
        let near = names().filter(|n| strsim::damerau_levenshtein(n, &lower) <= 2).min_by_key(|n| (strsim::damerau_levenshtein(n, &lower), **n));
        let hint = near.map_or_else(String::new, |n| format!("`{n}:`, or "));
        let all: Vec<&str> = FIELDS.iter().map(|f| f.name).collect();
        self.wrong_at(at, format!("the field `{name}`"), format!("{hint}one of {}, or \"quotes\" around words with a colon", all.join(", ")))
    }

    fn value(&self, within: Option<&'static FieldRow>, text: &str, at: usize, quoted: bool) -> Parsed {
        match within.map(|row| (row, row.kind)) {
            None => self.words(None, text, at, quoted),
            Some((row, _)) if text == "*" && !quoted => Ok(Expr::Any { field: row.name }),
            Some((row, FieldKind::Text)) => self.words(Some(row.name), text, at, quoted),
            Some((row, FieldKind::Name)) => Ok(match text.strip_suffix('*').filter(|_| !quoted) {
                Some(start) => Expr::Prefix { field: Some(row.name), start: name_term(start) },
                None => Expr::Name { field: row.name, name: name_term(text) },
            }),
            Some((row, FieldKind::Day)) => self.range(row, text, at, days),
            Some((row, FieldKind::Number)) => self.range(row, text, at, numbers),
        }
    }

    fn words(&self, field: Option<&'static str>, text: &str, at: usize, quoted: bool) -> Parsed {
        let prefix = text.strip_suffix('*').filter(|_| !quoted);
        let words = phrase_terms(prefix.unwrap_or(text));
        match (prefix, words.as_slice()) {
            (_, []) => Err(self.wrong_at(at, format!("`{text}`"), "at least one letter or digit")),
            (Some(_), [start]) => Ok(Expr::Prefix { field, start: start.clone() }),
            (Some(_), _) => Err(self.wrong_at(at, format!("`{text}`"), "one plain word before `*`")),
            (None, _) => Ok(Expr::Words { field, words }),
        }
    }

    fn range(&self, row: &'static FieldRow, text: &str, at: usize, read: fn(&str) -> Option<(f64, f64)>) -> Parsed {
        let bad = |part: &str, offset: usize| self.wrong_at(at + offset, format!("`{part}`"), format!("a value of {} ({})", row.name, row.help));
        let Some((from, to)) = text.split_once("..") else {
            let (low, high) = read(text).ok_or_else(|| bad(text, 0))?;
            return Ok(Expr::Range { field: row.name, low: Some(low), high: Some(high) });
        };
        if from.is_empty() && to.is_empty() {
            return Err(bad(text, 0));
        }
        let end = |part: &str, offset: usize| if part.is_empty() { Ok(None) } else { read(part).map(Some).ok_or_else(|| bad(part, offset)) };
        let low = end(from, 0)?.map(|(low, _)| low);
        let high = end(to, from.chars().count() + 2)?.map(|(_, high)| high);
        if low.zip(high).is_some_and(|(low, high)| low >= high) {
            return Err(self.wrong_at(at, format!("`{text}`"), "a range whose end is not before its beginning"));
        }
        Ok(Expr::Range { field: row.name, low, high })
    }
}

fn one_or(mut parts: Vec<Expr>, several: fn(Vec<Expr>) -> Expr) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic())
}

/// First second inside and first second outside of a day, month or year; of a second, that second.
fn days(text: &str) -> Option<(f64, f64)> {
    let moment: Moment = text.parse().ok()?;
    let date = moment.date();
    let end = match moment.precision {
        Precision::Second => moment.seconds + 1,
        Precision::Day => moment.seconds + refrain_record::time::DAY_SECONDS,
        Precision::Month if date.month() < 12 => Moment::day(date.year(), date.month() + 1, 1)?.seconds,
        Precision::Month | Precision::Year => Moment::day(date.year() + 1, 1, 1)?.seconds,
    };
    Some((moment.seconds as f64, end as f64))
}

/// The number itself: a range of numbers includes both ends.
fn numbers(text: &str) -> Option<(f64, f64)> {
    let number: f64 = text.parse().ok().filter(|n: &f64| n.is_finite())?;
    Some((number, number.next_up()))
}

impl Expr {
    /// Words to look for in a text and mark there: those that are wanted, not those that are excluded. As phrases.
    pub fn wanted_words(&self) -> Vec<(Option<&'static str>, Vec<String>)> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::wanted_words).collect(),
            Self::Words { field, words } => vec![(*field, words.clone())],
            _ => Vec::new(),
        }
    }

    /// Beginnings of words to mark in a text.
    pub fn wanted_prefixes(&self) -> Vec<String> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::wanted_prefixes).collect(),
            Self::Prefix { field, start } if field.is_none_or(|f| super::fields::field(f).is_some_and(|r| r.kind == FieldKind::Text)) => {
                vec![start.clone()]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(field: Option<&'static str>, words: &[&str]) -> Expr {
        Expr::Words { field, words: words.iter().map(|w| (*w).to_owned()).collect() }
    }

    fn day(text: &str) -> Option<f64> {
        Some(text.parse::<Moment>().unwrap().seconds as f64)
    }

    #[test]
    fn every_form_of_the_language_is_read() {
        let not = |e| Expr::Not(Box::new(e));
        let name = |field, name: &str| Expr::Name { field, name: name.into() };
        let rows: Vec<(&str, Expr)> = vec![
            ("", Expr::All),
            ("  ", Expr::All),
            ("Refund", words(None, &["refund"])),
            ("refund twice", Expr::And(vec![words(None, &["refund"]), words(None, &["twice"])])),
            ("refund AND twice", Expr::And(vec![words(None, &["refund"]), words(None, &["twice"])])),
            ("\"sent twice\"", words(None, &["sent", "twice"])),
            ("PaymentGate.charge", words(None, &["payment", "gate", "charge"])),
            ("std::move", words(None, &["std", "move"])),
            ("https://example.org/x", words(None, &["https", "example", "org", "x"])),
            ("type:TypeError", words(Some("exception"), &["type", "error"])),
            ("frame:checkout", words(Some("frames"), &["checkout"])),
            ("Team:\"Core Payments\"", name("team", "core payments")),
            ("team:core*", Expr::Prefix { field: Some("team"), start: "core".into() }),
            ("pay*", Expr::Prefix { field: None, start: "pay".into() }),
            ("-open", not(words(None, &["open"]))),
            ("NOT is:open", not(name("status", "open"))),
            ("--a", not(not(words(None, &["a"])))),
            ("a OR b c", Expr::Or(vec![words(None, &["a"]), Expr::And(vec![words(None, &["b"]), words(None, &["c"])])])),
            ("(a OR b) c", Expr::And(vec![Expr::Or(vec![words(None, &["a"]), words(None, &["b"])]), words(None, &["c"])])),
            ("team:(red OR blue)", Expr::Or(vec![name("team", "red"), name("team", "blue")])),
            ("ORDER or", Expr::And(vec![words(None, &["order"]), words(None, &["or"])])),
            ("class:*", Expr::Any { field: "class" }),
            ("created:2024-01..2024-06", Expr::Range { field: "created", low: day("2024-01-01"), high: day("2024-07-01") }),
            ("created:2024-12", Expr::Range { field: "created", low: day("2024-12-01"), high: day("2025-01-01") }),
            ("filed:..2024", Expr::Range { field: "created", low: None, high: day("2025-01-01") }),
            ("time:2024-02-29..", Expr::Range { field: "time", low: day("2024-02-29"), high: None }),
            ("severity:1..2", Expr::Range { field: "severity", low: Some(1.0), high: Some(2f64.next_up()) }),
            ("cost:1000..", Expr::Range { field: "cost", low: Some(1000.0), high: None }),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_column() {
        let rows = [
            ("refund teem:core", 8, "`team:`"),
            ("a (b", 3, "`)`"),
            ("a b)", 4, "`(`"),
            ("say \"sent", 5, "`\"`"),
            ("created:yesterday", 9, "2024-03"),
            ("created:2024-01..never", 18, "2024-03"),
            ("created:2024-06..2024-01", 9, "not before"),
            ("severity:bad", 10, "1 (worst)"),
            ("team:", 6, "owner"),
            ("x OR ", 6, "a word"),
            ("a -", 4, "a word"),
            ("…", 1, "letter"),
            ("pay.gate*", 1, "plain word"),
            ("created:..", 9, "2024-03"),
        ];
        for (text, column, expected) in rows {
            let error = parse(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.expected.contains(expected), "{text}: {error}");
        }
        assert_eq!(parse("a ü (b").unwrap_err().to_string(), "column 5: found `(`, expected a matching `)` behind it\n    a ü (b\n        ^");
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"-".repeat(100_000)).is_err());
    }

    #[test]
    fn only_wanted_words_are_marked() {
        let expr = parse("refund -twice (\"sent mail\" OR pay*) team:core").unwrap();
        let phrases: Vec<String> = expr.wanted_words().into_iter().map(|(_, words)| words.join(" ")).collect();
        assert_eq!(phrases, ["refund", "sent mail"]);
        assert_eq!(expr.wanted_prefixes(), ["pay"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_within_its_length(text in "[a-c \"():*.\\-0-9ORNT]{0,24}|\\PC{0,24}") {
            if let Err(error) = parse(&text) {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{}", error);
            }
        }
    }
}
