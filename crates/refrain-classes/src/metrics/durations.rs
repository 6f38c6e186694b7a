//! How long: from entry to detection, from detection to resolution, and the age of what is open.

use std::collections::BTreeMap;

use refrain_record::{Kind, Moment, Record, Status};

use super::Facts;
use super::measure::{Excluded, Lasting, Part, durations, exclude, span};
use super::rates::name;
use crate::Defect;

/// Hours in a day.
const HOURS: f64 = 24.0;

/// A begun or ended span of a defect, or why it has none.
type Judged = Result<(Moment, Option<Moment>), &'static str>;
/// Name of the part that a defect belongs to.
type PartOf = fn(&Facts<'_>, usize) -> Option<String>;

fn service(facts: &Facts<'_>, place: usize) -> Option<String> {
    facts.input.defects[place].records().find_map(|r| r.service.value()).map(|s| name("service", s))
}

fn phase(facts: &Facts<'_>, place: usize) -> Option<String> {
    let staging = &facts.input.staging[place];
    let before = if staging.shipped { "in production" } else { "before production" };
    staging.actual.value().map(|_| before.to_owned())
}

fn stage(facts: &Facts<'_>, place: usize) -> Option<String> {
    facts.input.staging[place].actual.value().map(|s| name("stage", s))
}

fn severity(facts: &Facts<'_>, place: usize) -> Option<String> {
    facts.input.defects[place].records().filter_map(|r| r.severity.value()).min().map(|s| name("severity", &s.level().to_string()))
}

/// A duration over all defects that `applies` chooses, and by each split.
fn by(facts: &Facts<'_>, scale: f64, splits: &[PartOf], applies: impl Fn(usize) -> bool, judge: impl Fn(usize) -> Judged) -> Vec<Part> {
    let mut groups: BTreeMap<String, (Vec<Lasting>, Excluded)> = BTreeMap::new();
    groups.entry(String::new()).or_default();
    for place in (0..facts.input.defects.len()).filter(|p| applies(*p)) {
        let measured = judge(place).and_then(|ends| lasting(facts, place, ends, scale));
        let names = std::iter::once(Some(String::new())).chain(splits.iter().map(|split| split(facts, place)));
        for of in names.flatten() {
            let group = groups.entry(of).or_default();
            match &measured {
                Ok(lasting) => group.0.push(lasting.clone()),
                Err(reason) => exclude(&mut group.1, reason),
            }
        }
    }
    let part = |(of, (list, excluded)): (String, (Vec<Lasting>, Excluded))| durations(&of, list, excluded, facts.input.settings.fewest_durations);
    groups.into_iter().filter(|(of, (list, _))| of.is_empty() || !list.is_empty()).map(part).collect()
}

fn lasting(facts: &Facts<'_>, place: usize, (from, to): (Moment, Option<Moment>), scale: f64) -> Result<Lasting, &'static str> {
    let now = facts.input.as_of;
    if from.seconds > now.seconds || to.is_some_and(|t| t.seconds > now.seconds) {
        return Err("date after now");
    }
    let days = match to {
        Some(to) => span(from, to)?,
        None => now.days_since(from).max(0.0),
    };
    Ok(Lasting { key: facts.input.defects[place].key().clone(), time: days * scale, open: to.is_none() })
}

fn first(defect: &Defect<'_>, of: impl Fn(&Record) -> Option<Moment>) -> Option<Moment> {
    defect.records().filter_map(of).min_by_key(|m| m.seconds)
}

fn introduced(defect: &Defect<'_>) -> Option<Moment> {
    first(defect, |r| r.introduced.value().copied())
}

fn noticed(defect: &Defect<'_>) -> Option<Moment> {
    first(defect, |r| r.detected.value().or(r.created.value()).copied())
}

/// Which anchors the entries have, in words: the deficit of one anchor is not that of another.
fn anchors(facts: &Facts<'_>) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for record in facts.input.defects.iter().filter_map(|d| d.records().find(|r| !r.introduced.is_absent())) {
        *counts.entry(record.introduced.because()).or_default() += 1;
    }
    let list: Vec<String> = counts.iter().map(|(anchor, n)| format!("{anchor} ({n})")).collect();
    if list.is_empty() { String::new() } else { format!("Anchor: {}.", list.join(", ")) }
}

fn entry_to_detection(facts: &Facts<'_>, place: usize) -> Judged {
    let defect = &facts.input.defects[place];
    let from = introduced(defect).ok_or("entry unknown")?;
    let to = noticed(defect).ok_or("detection unknown")?;
    // Seen from an earlier day, what was noticed since was there and not yet noticed.
    Ok((from, Some(to).filter(|t| t.seconds <= facts.input.as_of.seconds)))
}

pub(super) fn leakage_days(facts: &Facts<'_>) -> Vec<Part> {
    let judge = |place: usize| {
        let (from, to) = entry_to_detection(facts, place)?;
        Ok((from, Some(to.ok_or("date after now")?)))
    };
    let mut parts = by(facts, 1.0, &[], |p| facts.input.staging[p].escape, judge);
    parts.extend(facts.classes.iter().filter_map(|class| {
        let keys: std::collections::BTreeSet<_> = class.members.iter().filter(|m| m.escape).map(|m| &m.key).collect();
        let mut own = by(facts, 1.0, &[], |p| keys.contains(facts.input.defects[p].key()), judge);
        let mut part = own.pop().filter(|p| !p.records.is_empty())?;
        part.of = name("class", &class.id);
        Some(part)
    }));
    note_first(parts, &anchors(facts))
}

pub(super) fn detection_deficit(facts: &Facts<'_>) -> Vec<Part> {
    let parts = by(facts, 1.0, &[phase, stage], |_| true, |place| entry_to_detection(facts, place));
    note_first(parts, &anchors(facts))
}

fn note_first(mut parts: Vec<Part>, note: &str) -> Vec<Part> {
    if let Some(first) = parts.first_mut() {
        *first = std::mem::take(first).noted(note);
    }
    parts
}

fn is_incident(facts: &Facts<'_>, place: usize) -> bool {
    facts.input.defects[place].records().any(|r| matches!(r.kind, Kind::Incident | Kind::Crash | Kind::PostMortem))
}

pub(super) fn time_to_detect(facts: &Facts<'_>) -> Vec<Part> {
    let judge = |place: usize| {
        let defect = &facts.input.defects[place];
        let from = introduced(defect).ok_or("begin unknown")?;
        Ok((from, Some(noticed(defect).ok_or("detection unknown")?)))
    };
    by(facts, HOURS, &[service, phase], |p| is_incident(facts, p), judge)
}

/// From detection to resolution. What is dismissed has no resolution to wait for; what is closed without a date says nothing.
fn detection_to_end(facts: &Facts<'_>, place: usize) -> Judged {
    let defect = &facts.input.defects[place];
    let from = noticed(defect).ok_or("detection unknown")?;
    let ends: Vec<Moment> = defect.records().filter_map(|r| r.resolved.value().copied()).collect();
    if let Some(end) = ends.into_iter().max_by_key(|m| m.seconds) {
        return Ok((from, Some(end)));
    }
    match defect.record.status {
        Status::Open => Ok((from, None)),
        Status::Resolved => Err("resolved without a date"),
        Status::Dismissed => Err("dismissed"),
        Status::Unknown => Err("state unknown"),
    }
}

pub(super) fn time_to_restore(facts: &Facts<'_>) -> Vec<Part> {
    by(facts, HOURS, &[service, phase], |p| is_incident(facts, p), |p| detection_to_end(facts, p))
}

pub(super) fn time_to_resolve(facts: &Facts<'_>) -> Vec<Part> {
    by(facts, 1.0, &[severity, phase], |_| true, |p| detection_to_end(facts, p))
}

pub(super) fn aging(facts: &Facts<'_>) -> Vec<Part> {
    let open = |place: usize| {
        facts.input.defects[place].record.status == Status::Open && facts.input.defects[place].records().all(|r| r.resolved.is_absent())
    };
    let judge = |place: usize| Ok((noticed(&facts.input.defects[place]).ok_or("detection unknown")?, Some(facts.input.as_of)));
    by(facts, 1.0, &[severity], open, judge)
}
