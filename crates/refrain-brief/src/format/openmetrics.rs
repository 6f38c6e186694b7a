//! OpenMetrics text for a scraper: gauges by class, gap and metric. Labels are few and never hold a record's id.

use std::collections::BTreeSet;

use refrain_record::findings::{Class, Findings, Gap, Metric, Outlook};

use crate::doc::Brief;
use crate::mask::Masker;
use crate::options::{BriefError, Options};

/// Classes, gaps and metrics that get a series of their own.
const CLASSES: usize = 100;
const METRICS: usize = 500;

/// A family: name, unit or empty, help.
type Family = (&'static str, &'static str, &'static str);

struct Text {
    out: String,
}

impl Text {
    fn family(&mut self, (name, unit, help): Family, samples: impl Iterator<Item = (String, f64)>) {
        let samples: Vec<(String, f64)> = samples.filter(|(_, x)| x.is_finite()).collect();
        if samples.is_empty() {
            return;
        }
        self.out.push_str(&format!("# TYPE {name} gauge\n"));
        if !unit.is_empty() {
            self.out.push_str(&format!("# UNIT {name} {unit}\n"));
        }
        self.out.push_str(&format!("# HELP {name} {help}\n"));
        let mut seen = BTreeSet::new();
        for (labels, x) in samples {
            if seen.insert(labels.clone()) {
                self.out.push_str(&format!("{name}{labels} {x}\n"));
            }
        }
    }

    fn one(&mut self, family: Family, x: f64) {
        self.family(family, std::iter::once((String::new(), x)));
    }
}

/// The whole exposition, ended as the format asks.
pub fn write(_: &Brief, f: &Findings, o: &Options) -> Result<Vec<u8>, BriefError> {
    let mut text = Text { out: String::new() };
    scope(&mut text, f);
    let m = Masker::new(&o.mask_key, &o.mask_names);
    classes(&mut text, f, &m);
    gaps(&mut text, f);
    metrics(&mut text, f, o, &m);
    text.out.push_str("# EOF\n");
    Ok(text.out.into_bytes())
}

fn scope(text: &mut Text, f: &Findings) {
    let s = &f.scope;
    text.one(("refrain_as_of_seconds", "seconds", "Newest moment looked at, since 1970."), f.as_of.seconds as f64);
    text.one(("refrain_records", "", "Records in scope."), s.records as f64);
    text.one(("refrain_defects", "", "Different defects."), s.defects as f64);
    text.one(("refrain_escapes", "", "Defects detected later than their ideal stage."), s.escapes as f64);
    text.one(("refrain_stage_unknown", "", "Defects whose stage found or ideal stage is unknown."), s.stage_unknown as f64);
    text.one(("refrain_unclassified_ratio", "ratio", "Defects in no class, of all."), f.unclassified.share);
    text.one(("refrain_series_left_out", "", "Classes and metrics without a series of their own."), left_out(f) as f64);
}

fn left_out(f: &Findings) -> usize {
    f.classes.len().saturating_sub(CLASSES) + f.metrics.len().saturating_sub(METRICS)
}

fn classes(text: &mut Text, f: &Findings, m: &Masker) {
    let of = |value: fn(&Class) -> Option<f64>| {
        f.classes
            .iter()
            .take(CLASSES)
            .filter_map(move |c| Some((labels(&[("class", &c.id), ("name", &m.clean(&c.name)), ("family", &c.family)]), value(c)?)))
    };
    text.family(("refrain_class_members", "", "Defects of a class."), of(|c| Some(c.members.len() as f64)));
    text.family(("refrain_class_recurrences", "", "Defects after the first was resolved."), of(|c| Some(c.recurrences as f64)));
    text.family(("refrain_class_teams", "", "Teams with defects of a class."), of(|c| Some(c.teams.len() as f64)));
    text.family(("refrain_class_cost", "", "Capped cost of a class, in the configured currency."), of(|c| c.cost.capped.map(|e| e.value)));
    text.family(("refrain_class_expected", "", "Further defects over the horizon."), of(|c| expected(&c.forecast)));
}

fn expected(o: &Outlook) -> Option<f64> {
    match o {
        Outlook::Forecast { count, .. } => Some(count.value),
        Outlook::Withheld { .. } => None,
    }
}

fn gaps(text: &mut Text, f: &Findings) {
    let of = |value: fn(&Gap) -> Option<f64>| {
        f.gaps
            .iter()
            .filter(|g| g.rank.is_some())
            .take(CLASSES)
            .filter_map(move |g| Some((labels(&[("gap", &g.id), ("control", &g.control)]), value(g)?)))
    };
    text.family(("refrain_gap_rank", "", "Place in the ranking."), of(|g| g.rank.map(f64::from)));
    text.family(("refrain_gap_escapes", "", "Escapes behind a gap."), of(|g| Some(g.escapes as f64)));
    text.family(("refrain_gap_avoidable", "", "Cost that the control would avoid over the horizon."), of(|g| g.avoidable.map(|e| e.value)));
}

fn metrics(text: &mut Text, f: &Findings, o: &Options, m: &Masker) {
    let large: Vec<&Metric> = f.metrics.iter().filter(|x| f.scope.teams.get(&x.of).is_none_or(|n| *n >= o.minimum)).take(METRICS).collect();
    let of = |value: fn(&Metric) -> Option<f64>| {
        large
            .iter()
            .filter_map(move |x| Some((labels(&[("metric", &x.id), ("of", &m.clean(&x.of)), ("unit", &x.unit)]), value(x)?)))
            .collect::<Vec<_>>()
            .into_iter()
    };
    text.family(
        ("refrain_metric", "", "Value of a metric, or the last of its series."),
        of(|x| x.value.map(|v| v.value).or(x.series.last().map(|s| s.1))),
    );
    text.family(("refrain_metric_low", "", "Lower end of its interval."), of(|x| x.value.map(|v| v.low)));
    text.family(("refrain_metric_high", "", "Upper end of its interval."), of(|x| x.value.map(|v| v.high)));
    text.family(("refrain_metric_median", "", "Median of a duration."), of(|x| x.spread.map(|s| s.0)));
    text.family(("refrain_metric_p90", "", "90th percentile of a duration."), of(|x| x.spread.map(|s| s.1)));
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let each: Vec<String> = pairs.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}=\"{}\"", escape(v))).collect();
    if each.is_empty() { String::new() } else { format!("{{{}}}", each.join(",")) }
}

fn escape(raw: &str) -> String {
    raw.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_never_ends_its_own_quotes() {
        assert_eq!(labels(&[("of", "a\"} 1\n# EOF"), ("x", "")]), "{of=\"a\\\"} 1\\n# EOF\"}");
    }
}
