//! What stands beside rates: budgets, where no test looks, triage, severity mix.

use std::collections::BTreeMap;

use refrain_record::findings::{Class, Estimate, tidy};
use refrain_record::{Bucket, Key, Record, Severity, Status};

use super::Facts;
use super::measure::{Excluded, Part, exclude, share};
use super::rates::{name, part_of};

/// Most cells of the map that are listed.
const MOST_CELLS: usize = 30;
/// Weights of the triage score: recurrences, users, no workaround.
const TRIAGE: (f64, f64, f64) = (40.0, 40.0, 20.0);
/// Fields and words that speak of a workaround.
const WORKAROUND: &[&str] = &["workaround", "work around", "mitigation"];

fn is_open(facts: &Facts<'_>, place: usize) -> bool {
    let defect = &facts.input.defects[place];
    defect.record.status == Status::Open && defect.records().all(|r| r.resolved.is_absent())
}

fn severity(facts: &Facts<'_>, place: usize) -> Option<Severity> {
    facts.input.defects[place].records().filter_map(|r| r.severity.value()).min().copied()
}

pub(super) fn quality_budget(facts: &Facts<'_>) -> Vec<Part> {
    let settings = facts.input.settings;
    let mut teams: BTreeMap<String, (Vec<Key>, Vec<Key>)> = BTreeMap::new();
    let mut excluded = Excluded::new();
    for place in (0..facts.input.defects.len()).filter(|p| is_open(facts, *p)) {
        let defect = &facts.input.defects[place];
        let (Some(team), Some(severity)) = (defect.team(), severity(facts, place)) else {
            exclude(&mut excluded, "open, team or severity unknown");
            continue;
        };
        let budget = teams.entry(name("team", team)).or_default();
        let age = facts.input.at(place).map(|at| facts.input.as_of.days_since(at));
        match (severity.level(), age) {
            (2, _) => budget.0.push(defect.key().clone()),
            (1, Some(days)) if days > f64::from(settings.p1_days) => budget.1.push(defect.key().clone()),
            (1, None) => exclude(&mut excluded, "severity 1, date unknown"),
            _ => {}
        }
    }
    let all = |pick: fn(&(Vec<Key>, Vec<Key>)) -> usize| teams.values().map(pick).sum::<usize>() as f64;
    let part = |of: String, p2: f64, p1: f64, records: Vec<Key>, limit: bool| {
        let over = limit && (p2 > settings.open_p2 as f64 || p1 > 0.0);
        let word = if !limit {
            ""
        } else if over {
            "Over budget: "
        } else {
            "Within budget: "
        };
        let note =
            format!("{word}{p2} open of severity 2 (at most {}), {p1} of severity 1 older than {} days (none).", settings.open_p2, settings.p1_days);
        let series = vec![("open, severity 2".to_owned(), p2), ("old, severity 1".to_owned(), p1)];
        Part { of, value: Estimate::exact(p2 + p1), series, records, ..Part::default() }.noted(note)
    };
    let records = teams.values().flat_map(|(a, b)| a.iter().chain(b).cloned()).collect();
    let mut out = vec![Part { excluded, ..part(String::new(), all(|t| t.0.len()), all(|t| t.1.len()), records, false) }];
    out.extend(teams.iter().map(|(team, (p2, p1))| part(team.clone(), p2.len() as f64, p1.len() as f64, [p2.clone(), p1.clone()].concat(), true)));
    out
}

pub(super) fn coverage_gap_map(facts: &Facts<'_>) -> Vec<Part> {
    let mut cells: BTreeMap<(String, String), Vec<Key>> = BTreeMap::new();
    let mut excluded = Excluded::new();
    for (place, staging) in facts.input.staging.iter().enumerate().filter(|(_, s)| s.escape) {
        match (staging.bucket.value(), staging.ideal.value()) {
            (None, _) => exclude(&mut excluded, "leak bucket unknown"),
            (Some(Bucket::CoverageGap), Some(ideal)) => {
                let defect = &facts.input.defects[place];
                let component = defect.records().find_map(component_of).unwrap_or("component unknown").to_owned();
                cells.entry((component, ideal.clone())).or_default().push(defect.key().clone());
            }
            (Some(Bucket::CoverageGap), None) => exclude(&mut excluded, "ideal stage unknown"),
            (Some(_), _) => exclude(&mut excluded, "another leak bucket"),
        }
    }
    let total: u64 = cells.values().map(|k| k.len() as u64).sum();
    let mut order: Vec<((String, String), Vec<Key>)> = cells.into_iter().collect();
    order.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let first =
        Part { value: Estimate::exact(total as f64), excluded, records: order.iter().flat_map(|(_, k)| k.clone()).collect(), ..Part::default() };
    let cell = |((component, stage), records): ((String, String), Vec<Key>)| Part {
        of: format!("{component} / {stage}"),
        value: Estimate::exact(records.len() as f64),
        records,
        ..Part::default()
    };
    std::iter::once(first).chain(order.into_iter().take(MOST_CELLS).map(cell)).collect()
}

fn component_of(record: &Record) -> Option<&str> {
    record.components.first().or(record.service.value()).map(String::as_str)
}

pub(super) fn triage_score(facts: &Facts<'_>) -> Vec<Part> {
    let users = |c: &Class| c.cost.quantities.get("users").copied().unwrap_or(0.0);
    let most = |of: &dyn Fn(&Class) -> f64| facts.classes.iter().map(of).fold(0.0, f64::max);
    let (most_again, most_users) = (most(&|c| c.recurrences as f64), most(&users));
    let part = |class: &Class| {
        let ratio = |x: f64, most: f64| if most > 0.0 { x / most } else { 0.0 };
        let (without, known) = without_workaround(facts, class);
        let parts = [
            ("recurrences", TRIAGE.0 * ratio(class.recurrences as f64, most_again)),
            ("users affected", TRIAGE.1 * ratio(users(class), most_users)),
            ("no workaround", TRIAGE.2 * part_of(without, known)),
        ];
        let value = Estimate::exact(parts.iter().map(|p| p.1).sum());
        let note = if known == 0 { "Nothing is known of workarounds: that part is 0." } else { "" };
        Part {
            of: name("class", &class.id),
            value,
            series: parts.iter().map(|(what, x)| ((*what).to_owned(), tidy(*x))).collect(),
            records: class.members.iter().map(|m| m.key.clone()).collect(),
            ..Part::default()
        }
        .noted(note)
    };
    facts.classes.iter().map(part).collect()
}

/// Members that are said to have no workaround, and members of which anything is said.
fn without_workaround(facts: &Facts<'_>, class: &Class) -> (u64, u64) {
    let mut counts = (0, 0);
    for member in &class.members {
        let Some(place) = crate::enrich::place(facts.input, member) else { continue };
        if let Some(has) = facts.input.defects[place].records().find_map(workaround) {
            counts.0 += u64::from(!has);
            counts.1 += 1;
        }
    }
    counts
}

fn workaround(record: &Record) -> Option<bool> {
    let about = |name: &str| WORKAROUND.iter().any(|w| crate::stages::flat(name).contains(w));
    let values = record.fields.iter().filter(|(name, _)| about(name)).flat_map(|(_, values)| values);
    let said = values.map(|v| crate::stages::flat(v)).find(|v| !v.is_empty());
    said.map(|v| !matches!(v.as_str(), "no" | "none" | "false" | "n a" | "not available" | "unknown"))
}

pub(super) fn severity_mix(facts: &Facts<'_>) -> Vec<Part> {
    let mut levels: BTreeMap<u8, Vec<Key>> = BTreeMap::new();
    let mut excluded = Excluded::new();
    for place in 0..facts.input.defects.len() {
        match severity(facts, place) {
            Some(level) => levels.entry(level.level()).or_default().push(facts.input.defects[place].key().clone()),
            None => exclude(&mut excluded, "severity unknown"),
        }
    }
    let all: u64 = levels.values().map(|k| k.len() as u64).sum();
    if all == 0 {
        return vec![Part { ratio: Some((0, 0)), excluded, ..Part::default() }];
    }
    levels.into_iter().map(|(level, keys)| share(&name("severity", &level.to_string()), keys.len() as u64, all, keys, excluded.clone())).collect()
}
