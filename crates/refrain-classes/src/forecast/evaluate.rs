//! How well are counts forecast? Rolling origin over series of a file, each method beside the one that was chosen on the past alone.

use std::collections::BTreeMap;

use super::model::{self, Forecasts, Method, SCORED_FROM, SeriesSet};

/// Forecasts from this size on are judged apart: below, discrete counts are held more often than the level says.
const LARGE: f64 = 5.0;
/// Most series by team, and by class and team: those with the most events before the first scored period.
const MOST_TEAMS: usize = 100;
/// See [`MOST_TEAMS`].
const MOST_PAIRS: usize = 200;

/// One row of the file: `corpus,class,team,quarter,count`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRow {
    /// Data set.
    pub corpus: String,
    /// Class.
    pub class: String,
    /// Team.
    pub team: String,
    /// Quarter as a number: 4 × year + quarter − 1.
    pub quarter: i64,
    /// Events; quarters without a row have none.
    pub count: u64,
}

/// Reads the rows of a series file. Errors: the line, what was found and what was expected.
pub fn read(text: &str) -> Result<Vec<SeriesRow>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|e| e.to_string())?.clone();
    let column = |name: &str| {
        heads
            .iter()
            .position(|h| h.trim() == name)
            .ok_or_else(|| format!("line 1: found no column `{name}`, expected corpus, class, team, quarter and count"))
    };
    let at = [column("corpus")?, column("class")?, column("team")?, column("quarter")?, column("count")?];
    let row = |(number, row): (usize, Result<csv::StringRecord, csv::Error>)| {
        let row = row.map_err(|e| e.to_string())?;
        let cell = |i: usize| row.get(at[i]).unwrap_or_default().trim().to_owned();
        let wrong = |what: &str, found: &str, expected: &str| format!("line {}: {what}: found `{found}`, expected {expected}", number + 2);
        Ok(SeriesRow {
            corpus: cell(0),
            class: cell(1),
            team: cell(2),
            quarter: quarter(&cell(3)).ok_or_else(|| wrong("quarter", &cell(3), "2024Q1"))?,
            count: cell(4).parse().map_err(|_| wrong("count", &cell(4), "a whole number"))?,
        })
    };
    reader.records().enumerate().map(row).collect()
}

/// `2024Q1` as a number.
pub fn quarter(text: &str) -> Option<i64> {
    let (year, quarter) = text.split_once('Q')?;
    let quarter: i64 = quarter.parse().ok().filter(|q| (1..=4).contains(q))?;
    Some(year.parse::<i64>().ok()? * 4 + quarter - 1)
}

/// Which series are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// One series a class with an event before the first scored period.
    Class,
    /// The 100 teams with the most events before it.
    Team,
    /// The 200 pairs of class and team with the most events before it.
    Pair,
}

impl Grain {
    /// All.
    pub const ALL: [Self; 3] = [Self::Class, Self::Team, Self::Pair];

    /// As printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Class => "by class",
            Self::Team => "100 teams",
            Self::Pair => "200 class × team",
        }
    }
}

/// The set of one corpus from quarter `first` to quarter `last`, both included.
pub fn set(rows: &[SeriesRow], corpus: &str, grain: Grain, first: i64, last: i64) -> SeriesSet {
    let length = usize::try_from(last - first + 1).unwrap_or(0);
    let mut order: Vec<(&str, &str)> = Vec::new();
    let mut counts: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for row in rows.iter().filter(|r| r.corpus == corpus) {
        let key = match grain {
            Grain::Class => (row.class.as_str(), ""),
            Grain::Team => ("", row.team.as_str()),
            Grain::Pair => (row.class.as_str(), row.team.as_str()),
        };
        let series = counts.entry(key).or_insert_with(|| {
            order.push(key);
            vec![0; length]
        });
        if let Some(count) = usize::try_from(row.quarter - first).ok().and_then(|at| series.get_mut(at)) {
            *count += row.count;
        }
    }
    let early = |key: &(&str, &str)| counts[key].iter().take(SCORED_FROM).sum::<u64>();
    match grain {
        Grain::Class => order.retain(|key| early(key) > 0),
        // Ties stay in the order of the file.
        Grain::Team | Grain::Pair => order.sort_by_key(|key| std::cmp::Reverse(early(key))),
    }
    order.truncate(match grain {
        Grain::Class => usize::MAX,
        Grain::Team => MOST_TEAMS,
        Grain::Pair => MOST_PAIRS,
    });
    SeriesSet { counts: order.iter().map(|key| counts[key].clone()).collect(), exposure: vec![1.0; length] }
}

/// How one set was forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct SetScore {
    /// Series.
    pub series: usize,
    /// Scored forecasts.
    pub points: u64,
    /// Mean Poisson deviance of each method by name, and of the one chosen on the past (`chosen`).
    pub deviance: BTreeMap<&'static str, f64>,
    /// Share of counts within the 80 % interval.
    pub held: f64,
    /// The same for forecasts of 5 or more, with their number; nothing where there are none.
    pub held_large: Option<(f64, usize)>,
    /// Mean width of the interval.
    pub width: f64,
}

/// Scores a set.
pub fn score(set: &SeriesSet) -> SetScore {
    let found: Forecasts = model::run(set);
    let past: Vec<_> = found.past.iter().flatten().collect();
    let held = |large: bool| {
        let chosen: Vec<_> = past.iter().filter(|p| !large || p.said.mean() >= LARGE).collect();
        let hits = chosen.iter().filter(|p| (p.interval.0..=p.interval.1).contains(&p.came)).count();
        (!chosen.is_empty()).then(|| (hits as f64 / chosen.len() as f64, chosen.len()))
    };
    let mut deviance: BTreeMap<&'static str, f64> = Method::ALL.iter().zip(found.deviance).map(|(m, d)| (m.name(), d)).collect();
    deviance.insert("chosen", found.in_use);
    SetScore {
        series: set.counts.len(),
        points: found.scored,
        deviance,
        held: held(false).map_or(0.0, |h| h.0),
        held_large: held(true),
        width: past.iter().map(|p| (p.interval.1 - p.interval.0) as f64).sum::<f64>() / past.len().max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "corpus,class,team,quarter,count\na,x,t1,2024Q1,2\na,x,t2,2024Q3,1\na,y,t1,2024Q4,5\nb,x,t1,2024Q1,9\n";

    #[test]
    fn missing_rows_are_zeros_and_late_series_are_no_series() {
        let rows = read(FILE).unwrap();
        let first = quarter("2024Q1").unwrap();
        let classes = set(&rows, "a", Grain::Class, first, first + 7);
        assert_eq!(classes.counts, [vec![2, 0, 1, 0, 0, 0, 0, 0], vec![0, 0, 0, 5, 0, 0, 0, 0]]);
        assert_eq!(set(&rows, "a", Grain::Pair, first, first + 7).counts.len(), 3);
        assert_eq!(set(&rows, "c", Grain::Team, first, first + 7).counts.len(), 0);
    }

    #[test]
    fn a_wrong_row_is_named() {
        assert_eq!(read("corpus,class,team,quarter,count\na,x,t,2024-1,2\n").unwrap_err(), "line 2: quarter: found `2024-1`, expected 2024Q1");
        assert!(read("corpus,class\n").unwrap_err().contains("no column `team`"));
    }
}
