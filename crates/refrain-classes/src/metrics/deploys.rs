//! Measures of delivery, where deployments are known.

use std::collections::BTreeMap;

use refrain_maths::correlation::spearman;
use refrain_maths::intervals::quantile;
use refrain_record::Moment;
use refrain_record::findings::{Estimate, tidy};

use super::Facts;
use super::measure::{Excluded, LEVEL, Part, exclude, per_week, share, span};
use super::rates::name;
use crate::deployments::Deployment;

/// What is said where there are no deployments.
const NONE: &str = "no deployments known";

fn nothing() -> Vec<Part> {
    let mut excluded = Excluded::new();
    excluded.insert(NONE.into(), 0);
    vec![Part { excluded, ..Part::default() }.noted("No deployments are known; `tables.deployments` names a file of them.")]
}

/// Deployments up to now.
fn past<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Deployment> {
    let now = facts.input.as_of.seconds;
    facts.input.deployments.iter().filter(move |d| d.at.seconds <= now)
}

/// A share of deployments, over all and by service and team.
fn shares(facts: &Facts<'_>, of: fn(&Deployment) -> Option<bool>, unknown: &str) -> Vec<Part> {
    if facts.input.deployments.is_empty() {
        return nothing();
    }
    let mut groups: BTreeMap<String, (u64, u64, Excluded)> = BTreeMap::new();
    groups.entry(String::new()).or_default();
    for deployment in past(facts) {
        let service = deployment.service.as_ref().map(|s| name("service", s));
        let team = deployment.team.as_ref().map(|t| name("team", t));
        for key in [Some(String::new()), service, team].into_iter().flatten() {
            let group = groups.entry(key).or_default();
            match of(deployment) {
                Some(hit) => {
                    group.0 += u64::from(hit);
                    group.1 += 1;
                }
                None => exclude(&mut group.2, unknown),
            }
        }
    }
    groups.into_iter().map(|(key, (hits, all, excluded))| share(&key, hits, all, Vec::new(), excluded).noted(size_note(facts, &key))).collect()
}

/// Size of releases, without which failure shares of two teams say nothing of each other.
fn size_note(facts: &Facts<'_>, key: &str) -> String {
    let mut sizes: Vec<f64> = past(facts).filter(|d| belongs(d, key)).filter_map(|d| d.changes.map(|c| c as f64)).collect();
    sizes.sort_by(f64::total_cmp);
    quantile(&sizes, 0.5).map_or(String::new(), |median| format!("Median release: {} changes.", crate::cost::plain(median)))
}

fn belongs(deployment: &Deployment, key: &str) -> bool {
    key.is_empty()
        || deployment.service.as_ref().is_some_and(|s| key == name("service", s))
        || deployment.team.as_ref().is_some_and(|t| key == name("team", t))
}

pub(super) fn change_failure_rate(facts: &Facts<'_>) -> Vec<Part> {
    shares(facts, |d| d.failed, "outcome not stated")
}

pub(super) fn rework_rate(facts: &Facts<'_>) -> Vec<Part> {
    shares(facts, |d| d.rework, "not stated whether it was rework")
}

/// The deployment that each production defect belongs to: the last one of its service before it, within the window. Depends on nothing but
/// the two, so a report over other months attributes alike (laws I2, I3).
pub fn attribution(facts: &Facts<'_>) -> BTreeMap<usize, Result<usize, &'static str>> {
    let window = f64::from(facts.input.settings.attribution_days);
    let mut by_service: BTreeMap<&str, Vec<(Moment, usize)>> = BTreeMap::new();
    for (number, deployment) in facts.input.deployments.iter().enumerate() {
        if let Some(service) = &deployment.service {
            by_service.entry(service).or_default().push((deployment.at, number));
        }
    }
    by_service.values_mut().for_each(|list| list.sort_by_key(|(at, number)| (at.seconds, *number)));
    let judge = |place: usize| {
        let defect = &facts.input.defects[place];
        let at = facts.input.at(place).ok_or("no date, or a date after now")?;
        let service = defect.records().find_map(|r| r.service.value()).ok_or("service unknown")?;
        let list = by_service.get(service.as_str()).ok_or("service without deployments")?;
        let last = list.partition_point(|(deployed, _)| deployed.seconds <= at.seconds);
        let (deployed, number) = *last.checked_sub(1).and_then(|i| list.get(i)).ok_or("before the first deployment")?;
        if at.days_since(deployed) <= window { Ok(number) } else { Err("unattributed: beyond the window") }
    };
    (0..facts.input.defects.len()).filter(|p| facts.input.staging[*p].shipped).map(|p| (p, judge(p))).collect()
}

pub(super) fn attributed_failure_rate(facts: &Facts<'_>) -> Vec<Part> {
    if facts.input.deployments.is_empty() {
        return nothing();
    }
    let found = attribution(facts);
    let (mut excluded, mut records, mut hit) = (Excluded::new(), Vec::new(), std::collections::BTreeSet::new());
    for (place, judged) in &found {
        match judged {
            Ok(number) => {
                hit.insert(*number);
                records.push(facts.input.defects[*place].key().clone());
            }
            Err(reason) => exclude(&mut excluded, reason),
        }
    }
    let services: std::collections::BTreeSet<&str> =
        facts.input.defects.iter().flat_map(|d| d.records().filter_map(|r| r.service.value())).map(String::as_str).collect();
    let all = past(facts).filter(|d| d.service.as_deref().is_some_and(|s| services.contains(s))).count() as u64;
    let note = format!("{} production defects attributed within {} days.", records.len(), facts.input.settings.attribution_days);
    vec![share("", hit.len() as u64, all, records, excluded).noted(note)]
}

pub(super) fn frequency(facts: &Facts<'_>) -> Vec<Part> {
    if facts.input.deployments.is_empty() {
        return nothing();
    }
    let mut groups: BTreeMap<String, Vec<Moment>> = BTreeMap::new();
    for deployment in past(facts) {
        let service = deployment.service.as_ref().map(|s| name("service", s));
        [Some(String::new()), service].into_iter().flatten().for_each(|key| groups.entry(key).or_default().push(deployment.at));
    }
    let ends = past(facts).map(|d| d.at).min_by_key(|m| m.seconds).zip(past(facts).map(|d| d.at).max_by_key(|m| m.seconds));
    let days = ends.map_or(0.0, |(first, last)| last.days_since(first) + 1.0);
    groups.into_iter().map(|(key, times)| per_week(&key, times.len() as u64, days, Vec::new(), Excluded::new())).collect()
}

/// A measure over periods; nothing in periods without a value.
type Measure = (&'static str, Vec<Option<f64>>);

fn measures(facts: &Facts<'_>) -> Vec<Measure> {
    let Some(calendar) = &facts.calendar else { return Vec::new() };
    let counts = |times: Vec<Moment>| calendar.counts(times).into_iter().map(|n| Some(n as f64)).collect::<Vec<_>>();
    let deployed: Vec<Moment> = past(facts).map(|d| d.at).collect();
    let stated = calendar.counts(past(facts).filter(|d| d.failed.is_some()).map(|d| d.at));
    let failed = calendar.counts(past(facts).filter(|d| d.failed == Some(true)).map(|d| d.at));
    let failed_share = stated.iter().zip(failed).map(|(all, bad)| (*all > 0).then(|| bad as f64 / *all as f64)).collect();
    let escapes = (0..facts.input.defects.len()).filter(|p| facts.input.staging[*p].escape).filter_map(|p| facts.input.at(p)).collect();
    let recurrences = facts.classes.iter().flat_map(|c| &c.members).filter(|m| m.recurrence).filter_map(|m| m.at).collect();
    let mut all = vec![
        ("deployments", counts(deployed)),
        ("failed share", failed_share),
        ("escapes", counts(escapes)),
        ("recurrences", counts(recurrences)),
        ("median hours to resolve", median_hours(facts)),
    ];
    // Only whole periods are compared: a part of one has less of everything.
    for (_, values) in &mut all {
        values.iter_mut().zip(&calendar.exposure).filter(|(_, e)| **e < 1.0).for_each(|(v, _)| *v = None);
    }
    all
}

fn median_hours(facts: &Facts<'_>) -> Vec<Option<f64>> {
    let Some(calendar) = &facts.calendar else { return Vec::new() };
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); calendar.len()];
    for place in 0..facts.input.defects.len() {
        let end = facts.input.defects[place].records().filter_map(|r| r.resolved.value().copied()).max_by_key(|m| m.seconds);
        if let Some((at, end)) = facts.input.at(place).zip(end)
            && let (Ok(days), Some(period)) = (span(at, end), calendar.place(at))
        {
            times[period].push(days * 24.0);
        }
    }
    times.iter_mut().for_each(|list| list.sort_by(f64::total_cmp));
    times.iter().map(|list| quantile(list, 0.5)).collect()
}

fn correlation(of: String, a: &Measure, b: &Measure) -> Part {
    let pairs: Vec<(f64, f64)> = a.1.iter().zip(&b.1).filter_map(|(x, y)| x.zip(*y)).collect();
    let found = spearman(&pairs, f64::from(LEVEL) / 100.0);
    let value = found.and_then(|r| Estimate::new(tidy(r.value), r.low, r.high, LEVEL));
    let words = match value {
        None => "too few periods, or one side does not vary".to_owned(),
        Some(r) if r.low <= 0.0 && r.high >= 0.0 => "no association can be told".to_owned(),
        Some(r) => format!("{} association, not a cause", if r.value > 0.0 { "positive" } else { "negative" }),
    };
    Part { of, value, ..Part::default() }.noted(format!("{} periods: {words}.", pairs.len()))
}

pub(super) fn frequency_and_recurrence(facts: &Facts<'_>) -> Vec<Part> {
    if facts.input.deployments.is_empty() {
        return nothing();
    }
    let all = measures(facts);
    match (all.first(), all.get(3)) {
        (Some(deployments), Some(recurrences)) => vec![correlation(String::new(), deployments, recurrences)],
        _ => nothing(),
    }
}

pub(super) fn correlations(facts: &Facts<'_>) -> Vec<Part> {
    if facts.input.deployments.is_empty() {
        return nothing();
    }
    let all = measures(facts);
    let pairs = all.iter().enumerate().flat_map(|(i, a)| all[i + 1..].iter().map(move |b| (a, b)));
    pairs.map(|(a, b)| correlation(format!("{} × {}", a.0, b.0), a, b)).collect()
}
