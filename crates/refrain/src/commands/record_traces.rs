//! The stack traces of records: read, counted, compared pair by pair.

use std::fmt::Write;

use rayon::prelude::*;
use refrain_link::trace::{Comparable, FrameStatistics, Trace, TraceSimilarity, UserRules, compare, extract, normalise};
use refrain_record::Record;

/// Share of all weight, in hundredths, below which a line of the alignment is summed up with others of its kind.
const SHOWN: f64 = 0.000_5;

/// The normalised traces of what was filed with a record; one that repeats another counts once.
pub fn traces(record: &Record, rules: &UserRules) -> Vec<Trace> {
    let mut traces: Vec<Trace> = record.filed().flat_map(|s| extract(&s.text)).filter(|t| t.repeats.is_none()).collect();
    traces.iter_mut().for_each(|t| normalise(t, rules));
    traces
}

/// In how many traces of the records each frame stands. A sum: the order of the records does not matter.
pub fn statistics(records: &[Record], rules: &UserRules) -> FrameStatistics {
    let part = |record: &Record| {
        let mut part = FrameStatistics::default();
        traces(record, rules).iter().for_each(|t| part.add(t));
        part
    };
    records.par_iter().map(part).reduce(FrameStatistics::default, |mut a, b| {
        a.merge(&b);
        a
    })
}

/// The most similar pair of traces of two records, with the place of each in its record. Nothing where one has no trace.
pub fn alignment(a: &Record, b: &Record, records: &[Record], rules: &UserRules) -> Option<(usize, usize, TraceSimilarity)> {
    let (left, right) = (traces(a, rules), traces(b, rules));
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let statistics = statistics(records, rules);
    let ready = |traces: &[Trace]| traces.iter().map(|t| Comparable::new(t, &statistics)).collect::<Vec<_>>();
    let (left, right) = (ready(&left), ready(&right));
    let pairs = left.iter().enumerate().flat_map(|(i, x)| right.iter().enumerate().map(move |(j, y)| (i, j, compare(x, y))));
    pairs.max_by(|x, y| x.2.value.total_cmp(&y.2.value).then((y.0, y.1).cmp(&(x.0, x.1))))
}

/// The alignment for people: a line a frame, with the share of all weight that it agrees on or takes away.
pub fn print(found: &(usize, usize, TraceSimilarity)) -> String {
    let (a, b, similarity) = found;
    let mut out = format!("\ntraces {} and {}: similarity {:.3}, frames alone {:.3}\n", a + 1, b + 1, similarity.value, similarity.frames);
    let said = |name: &str, value: Option<String>| format!("  {name}: {}\n", value.unwrap_or_else(|| "unknown on one side".to_owned()));
    out += &said("types of the roots", similarity.types_equal.map(|equal| if equal { "equal" } else { "different" }.to_owned()));
    out += &said("words of the roots' messages in common", similarity.messages.map(|m| format!("{m:.3}")));
    let mut rest = (0, 0.0);
    for pair in &similarity.explained {
        if pair.weight.abs() < SHOWN {
            rest = (rest.0 + 1, rest.1 + pair.weight);
            continue;
        }
        let line = match (&pair.a, &pair.b) {
            (Some(a), Some(_)) => format!("= {a}"),
            (Some(a), None) => format!("< {a}"),
            (None, b) => format!("> {}", b.as_deref().unwrap_or("")),
        };
        let _ = writeln!(out, "  {:>+8.3}  {line}", pair.weight);
    }
    if rest.0 > 0 {
        let _ = writeln!(out, "  {:>+8.3}  {} frames of little weight", rest.1, rest.0);
    }
    out
}
