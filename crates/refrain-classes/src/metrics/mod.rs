//! Rates, durations and counts: one row a metric, each with its definition, what was left out and why, and the records behind it.

mod context;
mod deploys;
mod durations;
pub mod measure;
mod rates;
mod series;

use refrain_record::findings::{Class, Metric};

use crate::history::Calendar;
use crate::input::Input;
use measure::Part;

/// What a metric is computed from.
pub struct Facts<'a> {
    /// Classes, enriched.
    pub classes: &'a [Class],
    /// Defects with stages and costs, deployments, settings.
    pub input: &'a Input<'a>,
    /// Periods up to now; nothing where no record has a date.
    pub calendar: Option<Calendar>,
}

/// One metric: what it is called, what it means, and how it is computed.
pub struct Row {
    /// Name in files and on the command line.
    pub id: &'static str,
    /// As people read it.
    pub name: &'static str,
    /// `share`, `days`, `hours`, `count`, `per week`, `correlation`.
    pub unit: &'static str,
    /// Numerator, denominator and anchor in one sentence.
    pub definition: &'static str,
    compute: fn(&Facts<'_>) -> Vec<Part>,
}

/// Every metric, in the order in which they are printed.
pub const METRICS: &[Row] = &[
    Row {
        id: "escape-rate",
        name: "Escape rate",
        unit: "share",
        definition: "Defects found later than their ideal stage, of the defects whose stage found and ideal stage are known.",
        compute: rates::escape_rate,
    },
    Row {
        id: "defect-removal-efficiency",
        name: "Defect removal efficiency",
        unit: "share",
        definition: "Defects found before production, of the defects whose stage found is known.",
        compute: rates::removal_efficiency,
    },
    Row {
        id: "phase-containment",
        name: "Phase containment",
        unit: "share",
        definition: "Defects found at or before their ideal stage, of the defects with that ideal stage whose stage found is known.",
        compute: rates::phase_containment,
    },
    Row {
        id: "leakage-count",
        name: "Escapes",
        unit: "per week",
        definition: "Defects found later than their ideal stage, per week from the first record to now.",
        compute: rates::leakage_count,
    },
    Row {
        id: "leakage-days",
        name: "Days that escapes lived",
        unit: "days",
        definition: "Days from the entry of an escaped defect (merge, else introduction, else release) to its detection.",
        compute: durations::leakage_days,
    },
    Row {
        id: "detection-deficit",
        name: "Detection deficit",
        unit: "days",
        definition: "Days from the entry of a defect (merge, else introduction, else release) to its detection, by Kaplan and Meier; what was detected only after now counts as longer than until now.",
        compute: durations::detection_deficit,
    },
    Row {
        id: "mttd",
        name: "Time to detect",
        unit: "hours",
        definition: "Hours from the begin of an incident or crash to its detection. Median and 90th percentile, never a mean.",
        compute: durations::time_to_detect,
    },
    Row {
        id: "mttr",
        name: "Time to resolve an incident",
        unit: "hours",
        definition: "Hours from the detection of an incident or crash to its end, by Kaplan and Meier; open ones count as longer than until now.",
        compute: durations::time_to_restore,
    },
    Row {
        id: "time-to-resolve",
        name: "Time to resolve a defect",
        unit: "days",
        definition: "Days from the detection of a defect to its resolution, by Kaplan and Meier; open ones count as longer than until now.",
        compute: durations::time_to_resolve,
    },
    Row {
        id: "burn-down",
        name: "Open defects",
        unit: "count",
        definition: "Defects that are noticed and not yet resolved at the end of each period, by severity.",
        compute: series::burn_down,
    },
    Row {
        id: "cumulative-flow",
        name: "Cumulative flow",
        unit: "count",
        definition: "Defects noticed, and defects resolved, up to the end of each period.",
        compute: series::cumulative_flow,
    },
    Row {
        id: "escapes-by-period",
        name: "Escapes by period",
        unit: "count",
        definition: "Escapes by the period in which they were found; the limits are those of a run chart, mean ± 3 √mean over whole periods.",
        compute: series::escapes_by_period,
    },
    Row { id: "aging", name: "Age of open defects", unit: "days", definition: "Days since an open defect was noticed.", compute: durations::aging },
    Row {
        id: "recurrence-rate",
        name: "Recurrence rate",
        unit: "share",
        definition: "Defects that repeat the mechanism of an earlier, independent one, of all dated defects in classes.",
        compute: rates::recurrence_rate,
    },
    Row {
        id: "reopen-rate",
        name: "Reopen rate",
        unit: "share",
        definition: "Defects that were reopened at least once, of those whose source counts reopenings.",
        compute: rates::reopen_rate,
    },
    Row {
        id: "change-failure-rate",
        name: "Change failure rate",
        unit: "share",
        definition: "Deployments that failed, of the deployments whose outcome is stated.",
        compute: deploys::change_failure_rate,
    },
    Row {
        id: "attributed-failure-rate",
        name: "Deployments followed by a defect",
        unit: "share",
        definition: "Deployments to which a production defect of the same service within the attribution window belongs, of all deployments of services with defects; later defects are unattributed.",
        compute: deploys::attributed_failure_rate,
    },
    Row {
        id: "rework-rate",
        name: "Rework rate",
        unit: "share",
        definition: "Deployments that repaired an earlier one, of the deployments of which that is stated.",
        compute: deploys::rework_rate,
    },
    Row {
        id: "deploy-frequency",
        name: "Deployments",
        unit: "per week",
        definition: "Deployments per week from the first to the last one.",
        compute: deploys::frequency,
    },
    Row {
        id: "deploys-and-recurrence",
        name: "Deployments and recurrences",
        unit: "correlation",
        definition: "Rank correlation over periods of the number of deployments with the number of recurrences: an association, never a cause.",
        compute: deploys::frequency_and_recurrence,
    },
    Row {
        id: "delivery-correlations",
        name: "Delivery measures together",
        unit: "correlation",
        definition: "Rank correlation over periods of each pair of deployments, failed share, escapes, recurrences and median hours to resolve: associations, never causes.",
        compute: deploys::correlations,
    },
    Row {
        id: "quality-budget",
        name: "Quality budget",
        unit: "count",
        definition: "Open defects of severity 2 and of severity 1 older than the days allowed, by team, against the budget of the configuration.",
        compute: context::quality_budget,
    },
    Row {
        id: "coverage-gap-map",
        name: "Where no test looks",
        unit: "count",
        definition: "Escapes with the leak bucket coverage gap, by component and ideal stage.",
        compute: context::coverage_gap_map,
    },
    Row {
        id: "triage-score",
        name: "Triage score",
        unit: "score",
        definition: "Of a class: 40 × recurrences, 40 × users affected and 20 × no workaround, each as a share of the highest class; the parts are in the series.",
        compute: context::triage_score,
    },
    Row {
        id: "severity-mix",
        name: "Severity mix",
        unit: "share",
        definition: "Defects of a severity, of all defects with a severity: what rates of two teams or periods must share to be compared.",
        compute: context::severity_mix,
    },
];

/// All metrics. `classes` must be enriched.
pub fn metrics(classes: &[Class], input: &Input<'_>) -> Vec<Metric> {
    let times: Vec<_> = (0..input.defects.len()).filter_map(|p| input.at(p)).collect();
    let facts = Facts { classes, input, calendar: Calendar::over(&times, input.as_of) };
    METRICS.iter().flat_map(|row| (row.compute)(&facts).into_iter().map(|part| part.named(row))).collect()
}
