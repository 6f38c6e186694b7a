//! A gate for CI: thresholds on metrics, and causes that nobody wrote down in time, judged against a committed baseline.
//!
//! Only what is new fails (law N1). The gate writes nothing (law N2): a baseline is made by its own step, which refuses new debt unless it
//! is accepted (law N3). What cannot be judged is an error, never a pass.

pub mod baseline;
pub mod render;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use refrain_record::findings::{Metric, tidy};
use refrain_record::{Key, Moment, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Defect;
use crate::cost::plain;
pub use baseline::{Baseline, BaselineError, Updated, update};

/// Name of the rule on causes in baselines and reports.
pub const ROOT_CAUSE: &str = "root-cause";

/// `[gate]` of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GateSettings {
    /// Thresholds by metric (`escape-rate`), or metric and part (`escape-rate team payments`, `mttr in production`).
    pub thresholds: BTreeMap<String, Threshold>,
    /// Days after its resolution (or detection, where unresolved) by which a defect of a severity must have a cause written down.
    pub root_cause_days: BTreeMap<String, u32>,
}

impl Default for GateSettings {
    fn default() -> Self {
        let days = [("1", 14), ("2", 30)];
        Self { thresholds: BTreeMap::new(), root_cause_days: days.into_iter().map(|(level, days)| (level.to_owned(), days)).collect() }
    }
}

/// What a metric may be. At least one of the limits must be set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Threshold {
    /// Largest value.
    pub max: Option<f64>,
    /// Smallest value.
    pub min: Option<f64>,
    /// Share by which the value may be worse than the baseline's: 0.1 lets 20 % become 22 %. Worse is higher, unless only `min` is set.
    pub worse_by: Option<f64>,
    /// Most records behind the metric that the baseline does not know.
    pub new_records: Option<u64>,
}

/// What keeps a gate from judging: an error, never a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateError {
    /// No threshold and no deadline is set.
    NothingToJudge,
    /// A threshold names a metric that does not exist.
    NoSuchMetric {
        /// As written in the configuration.
        name: String,
    },
    /// A threshold without any limit.
    NoLimit {
        /// As written in the configuration.
        name: String,
    },
    /// The metric has no value now.
    TooLittle {
        /// As written in the configuration.
        name: String,
        /// What the metric says.
        note: String,
    },
    /// The baseline lacks what a threshold compares with.
    NotInBaseline {
        /// As written in the configuration.
        name: String,
    },
}

impl fmt::Display for GateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToJudge => f.write_str("found no [gate.thresholds] and no gate.root-cause-days, expected at least one limit to judge by"),
            Self::NoSuchMetric { name } => write!(f, "gate.thresholds.\"{name}\": found no metric of that name; `refrain metrics` lists them"),
            Self::NoLimit { name } => write!(f, "gate.thresholds.\"{name}\": found no limit, expected max, min, worse-by or new-records"),
            Self::TooLittle { name, note } => write!(f, "{name}: found no value to judge ({note}); take the threshold out or add the data"),
            Self::NotInBaseline { name } => write!(f, "{name}: not in the baseline; `refrain baseline update` writes it"),
        }
    }
}

impl std::error::Error for GateError {}

/// One thing that was judged.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Check {
    /// Metric with its part, or [`ROOT_CAUSE`].
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
    /// Value, limit and baseline in words.
    pub because: String,
    /// New records behind a failure, sorted.
    pub records: Vec<Key>,
}

/// What the gate says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Verdict {
    /// All checks in order of name.
    pub checks: Vec<Check>,
}

impl Verdict {
    /// Whether every check holds.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|c| c.passed)
    }
}

/// Judges the metrics of a run against thresholds and baseline. `overdue`: from [`overdue_causes`].
///
/// Errors: whatever cannot be judged, all of it.
pub fn gate(metrics: &[Metric], overdue: &BTreeSet<Key>, baseline: &Baseline, settings: &GateSettings) -> Result<Verdict, Vec<GateError>> {
    if settings.thresholds.is_empty() && settings.root_cause_days.is_empty() {
        return Err(vec![GateError::NothingToJudge]);
    }
    let (mut checks, mut errors) = (Vec::new(), Vec::new());
    for (name, threshold) in &settings.thresholds {
        match judge(name, threshold, metrics, baseline) {
            Ok(found) => checks.extend(found),
            Err(error) => errors.push(error),
        }
    }
    if !settings.root_cause_days.is_empty() {
        checks.push(root_cause(overdue, baseline));
    }
    if errors.is_empty() { Ok(Verdict { checks }) } else { Err(errors) }
}

/// The metric that a threshold names: `id`, or `id` and part.
fn named<'m>(name: &str, metrics: &'m [Metric]) -> Option<&'m Metric> {
    metrics.iter().find(|m| full_name(m) == name)
}

/// `escape-rate team payments`.
pub fn full_name(metric: &Metric) -> String {
    if metric.of.is_empty() { metric.id.clone() } else { format!("{} {}", metric.id, metric.of) }
}

/// The number of a metric: its value, else its median.
pub fn number(metric: &Metric) -> Option<f64> {
    metric.value.map(|v| v.value).or(metric.spread.map(|s| s.0))
}

fn judge(name: &str, threshold: &Threshold, metrics: &[Metric], baseline: &Baseline) -> Result<Vec<Check>, GateError> {
    let own = || name.to_owned();
    let metric = named(name, metrics).ok_or_else(|| GateError::NoSuchMetric { name: own() })?;
    if *threshold == Threshold::default() {
        return Err(GateError::NoLimit { name: own() });
    }
    let too_little = || GateError::TooLittle { name: own(), note: metric.note.clone() };
    let needs_value = threshold.max.is_some() || threshold.min.is_some() || threshold.worse_by.is_some();
    let value = if needs_value { number(metric).ok_or_else(too_little)? } else { 0.0 };
    let before = baseline.values.get(name).copied();
    let fresh = baseline.fresh(name, metric.records.iter());
    let mut checks = limits(name, threshold, value, before);
    if let Some(share) = threshold.worse_by {
        let before = before.ok_or_else(|| GateError::NotInBaseline { name: own() })?;
        checks.push(no_worse(name, threshold, share, value, before));
    }
    if let Some(most) = threshold.new_records {
        if !baseline.records.contains_key(name) {
            return Err(GateError::NotInBaseline { name: own() });
        }
        let because = format!("{} new records, at most {most}", fresh.len());
        checks.push(Check { name: own(), passed: fresh.len() as u64 <= most, because, records: Vec::new() });
    }
    checks.iter_mut().filter(|c| !c.passed).for_each(|c| c.records.clone_from(&fresh));
    Ok(checks)
}

/// Absolute limits. What the baseline already breaks fails only where it became worse (law N1).
fn limits(name: &str, threshold: &Threshold, value: f64, before: Option<f64>) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut check = |limit: f64, word: &str, breaks: fn(f64, f64) -> bool| {
        let known = before.filter(|b| breaks(*b, limit));
        let passed = !breaks(value, limit) || known.is_some_and(|b| !breaks(value, b));
        let was = known.map_or(String::new(), |b| format!(", known debt {}", plain(b)));
        checks.push(Check { name: name.into(), passed, because: format!("{} {word} {}{was}", plain(value), plain(limit)), records: Vec::new() });
    };
    if let Some(max) = threshold.max {
        check(max, "against at most", |value, limit| tidy(value) > tidy(limit));
    }
    if let Some(min) = threshold.min {
        check(min, "against at least", |value, limit| tidy(value) < tidy(limit));
    }
    checks
}

fn no_worse(name: &str, threshold: &Threshold, share: f64, value: f64, before: f64) -> Check {
    let lower_is_worse = threshold.min.is_some() && threshold.max.is_none();
    let (limit, worse) = if lower_is_worse {
        let limit = before * (1.0 - share);
        (limit, tidy(value) < tidy(limit))
    } else {
        let limit = before * (1.0 + share);
        (limit, tidy(value) > tidy(limit))
    };
    let because = format!("{} after {}, tolerated up to {}", plain(value), plain(before), plain(limit));
    Check { name: name.into(), passed: !worse, because, records: Vec::new() }
}

fn root_cause(overdue: &BTreeSet<Key>, baseline: &Baseline) -> Check {
    let fresh = baseline.fresh(ROOT_CAUSE, overdue.iter());
    let because = match fresh.len() {
        0 => format!("no cause is newly overdue ({} known)", overdue.len()),
        n => format!("{n} causes are newly overdue ({} known before)", overdue.len() - n),
    };
    Check { name: ROOT_CAUSE.into(), passed: fresh.is_empty(), because, records: fresh }
}

/// Defects without a written cause beyond the deadline of their severity. Those without a severity or date have no deadline.
pub fn overdue_causes(defects: &[Defect<'_>], as_of: Moment, settings: &GateSettings) -> BTreeSet<Key> {
    let overdue = |defect: &Defect<'_>| {
        let severity = defect.records().filter_map(|r| r.severity.value()).min()?;
        let days = settings.root_cause_days.get(&severity.level().to_string())?;
        let ended = defect.records().filter_map(|r| r.resolved.value().copied()).max_by_key(|m| m.seconds);
        let from = ended.or_else(|| defect.at())?;
        let written = defect.records().any(|r| r.of_role(Role::Cause).next().is_some());
        (!written && as_of.days_since(from) > f64::from(*days)).then(|| defect.key().clone())
    };
    defects.iter().filter_map(overdue).collect()
}

#[cfg(test)]
mod tests {
    use refrain_record::findings::Estimate;

    use super::*;
    use crate::cases::{at, key};

    fn metric(id: &str, of: &str, value: Option<f64>, records: &[&str]) -> Metric {
        Metric {
            id: id.into(),
            name: id.into(),
            of: of.into(),
            definition: String::new(),
            unit: "share".into(),
            value: value.and_then(Estimate::exact),
            ratio: None,
            spread: None,
            dots: vec![],
            series: vec![],
            excluded: BTreeMap::new(),
            records: records.iter().map(|r| key(r)).collect(),
            note: "too little to say".into(),
        }
    }

    fn settings(name: &str, threshold: Threshold) -> GateSettings {
        GateSettings { thresholds: [(name.to_owned(), threshold)].into(), root_cause_days: BTreeMap::new() }
    }

    fn run(metrics: &[Metric], before: &[Metric], settings: &GateSettings) -> Result<Verdict, Vec<GateError>> {
        let baseline = Baseline::of(at("2026-01-01"), before, &BTreeSet::new());
        gate(metrics, &BTreeSet::new(), &baseline, settings)
    }

    #[test]
    fn law_n1_only_what_is_new_against_the_baseline_fails() {
        let limit = settings("escape-rate", Threshold { max: Some(0.2), ..Threshold::default() });
        let judge = |before: f64, now: f64| {
            run(&[metric("escape-rate", "", Some(now), &["A", "B"])], &[metric("escape-rate", "", Some(before), &["A"])], &limit).unwrap()
        };
        assert!(judge(0.1, 0.2).passed());
        assert!(judge(0.3, 0.3).passed(), "known debt");
        assert!(judge(0.3, 0.25).passed(), "known debt became less");
        let worse = judge(0.3, 0.31);
        assert!(!worse.passed());
        assert_eq!(worse.checks[0].records, [key("B")]);
        assert!(!judge(0.1, 0.21).passed());
    }

    #[test]
    fn tolerance_is_a_share_of_the_baseline_in_the_worse_direction() {
        let higher = settings("mttr in production", Threshold { worse_by: Some(0.1), ..Threshold::default() });
        let judge = |now: f64| {
            run(&[metric("mttr", "in production", Some(now), &[])], &[metric("mttr", "in production", Some(10.0), &[])], &higher).unwrap().passed()
        };
        assert_eq!([judge(11.0), judge(11.01)], [true, false]);
        let lower = settings("dre", Threshold { min: Some(0.0), worse_by: Some(0.1), ..Threshold::default() });
        let found = run(&[metric("dre", "", Some(0.7), &[])], &[metric("dre", "", Some(0.8), &[])], &lower).unwrap();
        assert!(!found.passed());
    }

    #[test]
    fn new_records_are_counted_and_named() {
        let limit = settings("leakage-count", Threshold { new_records: Some(1), ..Threshold::default() });
        let now = [metric("leakage-count", "", None, &["A", "B", "C"])];
        let found = run(&now, &[metric("leakage-count", "", None, &["A"])], &limit).unwrap();
        assert!(!found.passed());
        assert_eq!(found.checks[0].records, [key("B"), key("C")]);
    }

    #[test]
    fn law_n3_what_cannot_be_judged_is_an_error_and_never_a_pass() {
        let max = || Threshold { max: Some(0.2), ..Threshold::default() };
        let error = |name: &str, threshold: Threshold, now: &[Metric]| run(now, &[], &settings(name, threshold)).unwrap_err().remove(0);
        assert_eq!(error("nonsense", max(), &[]), GateError::NoSuchMetric { name: "nonsense".into() });
        let empty = [metric("escape-rate", "", None, &[])];
        assert!(matches!(error("escape-rate", max(), &empty), GateError::TooLittle { .. }));
        assert!(matches!(error("escape-rate", Threshold::default(), &empty), GateError::NoLimit { .. }));
        let now = [metric("escape-rate", "", Some(0.1), &[])];
        let relative = Threshold { worse_by: Some(0.1), ..Threshold::default() };
        assert!(matches!(error("escape-rate", relative, &now), GateError::NotInBaseline { .. }));
        let nothing = GateSettings { thresholds: BTreeMap::new(), root_cause_days: BTreeMap::new() };
        assert_eq!(run(&now, &[], &nothing).unwrap_err(), [GateError::NothingToJudge]);
    }
}
