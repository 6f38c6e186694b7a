//! Shares and rates over defects.

use std::collections::BTreeMap;

use refrain_record::Key;
use refrain_record::findings::tidy;

use super::Facts;
use super::measure::{Excluded, Part, exclude, per_week, share};
use crate::cost::reopenings;

/// Splits of a metric: its name in front of the value, and the value of a defect.
type Split = (&'static str, fn(&Facts<'_>, usize) -> Option<String>);

const ALL: Split = ("", |_, _| Some(String::new()));
const BY_TEAM: Split = ("team", |f, p| f.input.defects[p].team().map(str::to_owned));
const BY_SEVERITY: Split = ("severity", |f, p| f.input.defects[p].records().filter_map(|r| r.severity.value()).min().map(|s| s.level().to_string()));

/// Name of a part: `team payments`, empty for all.
pub fn name(split: &str, value: &str) -> String {
    if split.is_empty() { String::new() } else { format!("{split} {value}") }
}

/// A share over all defects and by each split. `judge`: whether a defect counts as a hit, or why it is left out.
fn shares(facts: &Facts<'_>, splits: &[Split], judge: impl Fn(usize) -> Result<bool, &'static str>) -> Vec<Part> {
    let mut out = Vec::new();
    for (split, value) in splits {
        let mut groups: BTreeMap<String, (u64, Vec<Key>, Vec<Key>, Excluded)> = BTreeMap::new();
        for place in 0..facts.input.defects.len() {
            let Some(of) = value(facts, place) else { continue };
            let group = groups.entry(name(split, &of)).or_default();
            let key = facts.input.defects[place].key().clone();
            match judge(place) {
                Ok(true) => group.1.push(key),
                Ok(false) => group.2.push(key),
                Err(reason) => exclude(&mut group.3, reason),
            }
        }
        if split.is_empty() {
            groups.entry(String::new()).or_default();
        }
        for (of, (_, hits, misses, excluded)) in groups {
            let (n, all) = (hits.len() as u64, (hits.len() + misses.len()) as u64);
            out.push(share(&of, n, all, hits, excluded));
        }
    }
    out
}

pub(super) fn escape_rate(facts: &Facts<'_>) -> Vec<Part> {
    let judge = |place: usize| {
        let staging = &facts.input.staging[place];
        match (staging.actual.is_absent(), staging.ideal.is_absent()) {
            _ if staging.escape => Ok(true),
            (true, true) => Err("neither stage known"),
            (true, false) => Err("stage found unknown"),
            (false, true) => Err("ideal stage unknown"),
            (false, false) => Ok(false),
        }
    };
    shares(facts, &[ALL, BY_TEAM, BY_SEVERITY], judge)
}

pub(super) fn removal_efficiency(facts: &Facts<'_>) -> Vec<Part> {
    let judge = |place: usize| {
        let staging = &facts.input.staging[place];
        if staging.actual.is_absent() { Err("stage found unknown") } else { Ok(!staging.shipped) }
    };
    shares(facts, &[ALL, BY_TEAM], judge)
}

pub(super) fn phase_containment(facts: &Facts<'_>) -> Vec<Part> {
    let stages = facts.input.stages;
    let one = |stage: &refrain_record::Stage| {
        let (mut held, mut all, mut excluded) = (Vec::new(), 0, Excluded::new());
        for (place, staging) in facts.input.staging.iter().enumerate().filter(|(_, s)| s.ideal.value() == Some(&stage.id)) {
            let index = |id: &String| stages.index(id);
            match staging.actual.value().and_then(index) {
                None => exclude(&mut excluded, "stage found unknown"),
                Some(actual) => {
                    all += 1;
                    if stages.index(&stage.id).is_some_and(|ideal| actual <= ideal) {
                        held.push(facts.input.defects[place].key().clone());
                    }
                }
            }
        }
        (all > 0 || !excluded.is_empty()).then(|| share(&name("stage", &stage.id), held.len() as u64, all, held, excluded))
    };
    stages.stage.iter().filter_map(one).collect()
}

pub(super) fn leakage_count(facts: &Facts<'_>) -> Vec<Part> {
    let (mut records, mut excluded) = (Vec::new(), Excluded::new());
    for (place, _) in facts.input.staging.iter().enumerate().filter(|(_, s)| s.escape) {
        match facts.input.at(place) {
            Some(_) => records.push(facts.input.defects[place].key().clone()),
            None => exclude(&mut excluded, "no date, or a date after now"),
        }
    }
    let first = (0..facts.input.defects.len()).filter_map(|p| facts.input.at(p)).min_by_key(|m| m.seconds);
    let days = first.map_or(0.0, |first| facts.input.as_of.days_since(first) + 1.0);
    vec![per_week("", records.len() as u64, days, records, excluded)]
}

pub(super) fn recurrence_rate(facts: &Facts<'_>) -> Vec<Part> {
    let members = || facts.classes.iter().flat_map(|c| &c.members);
    let mut excluded = Excluded::new();
    members().filter(|m| m.at.is_none()).for_each(|_| exclude(&mut excluded, "no date"));
    let classified = members().count() as u64;
    let rest = facts.input.defects.len() as u64 - classified.min(facts.input.defects.len() as u64);
    if rest > 0 {
        excluded.insert("in no class".into(), rest);
    }
    let hits: Vec<Key> = members().filter(|m| m.recurrence).map(|m| m.key.clone()).collect();
    let dated = members().filter(|m| m.at.is_some()).count() as u64;
    let cross: u64 = facts.classes.iter().map(|c| c.cross_team).sum();
    vec![share("", hits.len() as u64, dated, hits, excluded).noted(format!("{cross} of them in a team that had none before."))]
}

pub(super) fn reopen_rate(facts: &Facts<'_>) -> Vec<Part> {
    let judge = |place: usize| {
        let counts: Vec<u64> = facts.input.defects[place].records().filter_map(reopenings).collect();
        counts.iter().max().map(|n| *n > 0).ok_or("source does not count reopenings")
    };
    shares(facts, &[ALL, BY_TEAM], judge)
}

/// Shares of an exact partition, rounded: for the series of a metric.
pub(super) fn part_of(n: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { tidy(n as f64 / all as f64) }
}
