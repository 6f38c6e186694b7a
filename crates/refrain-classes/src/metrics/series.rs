//! Counts over periods.

use std::collections::BTreeMap;

use refrain_record::findings::{Estimate, tidy};
use refrain_record::{Moment, Status};

use super::Facts;
use super::measure::{Excluded, Part, exclude};
use super::rates::name;

/// Deviations of a run chart's limits from its mean.
const SIGMAS: f64 = 3.0;
/// Whole periods from which a run chart has limits.
const FEWEST_FOR_LIMITS: usize = 6;

/// When each defect was noticed and when it stopped being open, or why neither can be said.
fn life(facts: &Facts<'_>, place: usize) -> Result<(Moment, Option<Moment>), &'static str> {
    let defect = &facts.input.defects[place];
    let from = facts.input.at(place).ok_or("no date, or a date after now")?;
    let end = defect.records().filter_map(|r| r.resolved.value().copied()).max_by_key(|m| m.seconds);
    match (end, defect.record.status) {
        (Some(end), _) if end.seconds < from.seconds => Err("ends before it begins"),
        (Some(end), _) => Ok((from, Some(end).filter(|e| e.seconds <= facts.input.as_of.seconds))),
        (None, Status::Open) => Ok((from, None)),
        (None, _) => Err("not open, and no date of its end"),
    }
}

pub(super) fn burn_down(facts: &Facts<'_>) -> Vec<Part> {
    let Some(calendar) = &facts.calendar else { return vec![Part::default()] };
    let mut groups: BTreeMap<String, (Vec<i64>, Vec<refrain_record::Key>, Excluded)> = BTreeMap::new();
    for place in 0..facts.input.defects.len() {
        let defect = &facts.input.defects[place];
        let level = defect.records().filter_map(|r| r.severity.value()).min();
        let of = level.map_or("severity unknown".to_owned(), |s| name("severity", &s.level().to_string()));
        for of in [String::new(), of] {
            let group = groups.entry(of).or_insert_with(|| (vec![0; calendar.len()], Vec::new(), Excluded::new()));
            match life(facts, place) {
                Err(reason) => exclude(&mut group.2, reason),
                Ok((from, end)) => {
                    let begins = calendar.place(from).unwrap_or(0);
                    let ends = end.and_then(|e| calendar.place(e)).unwrap_or(calendar.len());
                    (begins..ends).for_each(|p| group.0[p] += 1);
                    group.1.extend(end.is_none().then(|| defect.key().clone()));
                }
            }
        }
    }
    let part = |(of, (open, records, excluded)): (String, (Vec<i64>, Vec<_>, Excluded))| Part {
        of,
        value: open.last().and_then(|n| Estimate::exact(*n as f64)),
        series: calendar.names.iter().cloned().zip(open.iter().map(|n| *n as f64)).collect(),
        records,
        excluded,
        ..Part::default()
    };
    groups.into_iter().map(part).collect()
}

pub(super) fn cumulative_flow(facts: &Facts<'_>) -> Vec<Part> {
    let Some(calendar) = &facts.calendar else { return vec![Part::default()] };
    let (mut noticed, mut resolved, mut excluded) = (Vec::new(), Vec::new(), Excluded::new());
    for place in 0..facts.input.defects.len() {
        match life(facts, place) {
            Err(reason) => exclude(&mut excluded, reason),
            Ok((from, end)) => {
                noticed.push(from);
                resolved.extend(end);
            }
        }
    }
    let part = |of: &str, times: Vec<Moment>| {
        let mut sum = 0;
        let series: Vec<(String, f64)> = calendar
            .names
            .iter()
            .cloned()
            .zip(calendar.counts(times).into_iter().map(|n| {
                sum += n;
                sum as f64
            }))
            .collect();
        Part { of: of.into(), value: series.last().and_then(|(_, n)| Estimate::exact(*n)), series, excluded: excluded.clone(), ..Part::default() }
    };
    vec![part("noticed", noticed), part("resolved", resolved)]
}

pub(super) fn escapes_by_period(facts: &Facts<'_>) -> Vec<Part> {
    let Some(calendar) = &facts.calendar else { return vec![Part::default()] };
    let (mut times, mut records, mut excluded) = (Vec::new(), Vec::new(), Excluded::new());
    for (place, _) in facts.input.staging.iter().enumerate().filter(|(_, s)| s.escape) {
        match facts.input.at(place) {
            Some(at) => {
                times.push(at);
                records.push(facts.input.defects[place].key().clone());
            }
            None => exclude(&mut excluded, "no date, or a date after now"),
        }
    }
    let counts = calendar.counts(times);
    let series = calendar.names.iter().cloned().zip(counts.iter().map(|n| *n as f64)).collect();
    let holes = calendar.holes();
    let part = Part { series, records, excluded, ..Part::default() };
    let part = if holes.is_empty() { part } else { part.noted(format!("No record of any kind in {}.", holes.join(", "))) };
    vec![with_limits(part, &counts, &calendar.exposure)]
}

/// The last whole period against the limits of all whole ones before it.
fn with_limits(part: Part, counts: &[u64], exposure: &[f64]) -> Part {
    let whole: Vec<f64> = counts.iter().zip(exposure).filter(|(_, e)| **e >= 1.0).map(|(n, _)| *n as f64).collect();
    let Some((last, before)) = whole.split_last() else { return part };
    if before.len() < FEWEST_FOR_LIMITS {
        return part.noted("Too few whole periods for limits.");
    }
    let mean = before.iter().sum::<f64>() / before.len() as f64;
    let (low, high) = ((mean - SIGMAS * mean.sqrt()).max(0.0), mean + SIGMAS * mean.sqrt());
    let inside = *last >= low && *last <= high;
    let word = if inside { "inside" } else { "outside" };
    let part = part.noted(format!("The last whole period, {last}, lies {word} the limits {:.0}–{:.0}.", low.ceil(), high.floor()));
    Part { value: Estimate::exact(tidy(*last)), ..part }
}
