//! From records to findings: the straight function in the middle of the program.

use std::collections::{BTreeMap, BTreeSet};

use refrain_classes::controls::ControlList;
use refrain_classes::cost::summary::{Caps, summarise};
use refrain_classes::deployments::{self, Deployment};
use refrain_classes::input::Input;
use refrain_classes::{caveats, cost, enrich, gaps, matrix, metrics, stages};
use refrain_record::findings::{Class, DecisionNote, FINDINGS_SCHEMA, Findings, Unclassified, tidy};
use refrain_record::{Decision, DecisionLog, Key, Record, records_hash};

use crate::config::{Config, flat};
use crate::failure::{Failure, FailureKind, Or};
use crate::pipeline::{self, Mined, ModelFile};
use crate::session::Session;

/// Everything that one run finds: a pure function of records, model, decisions and configuration.
pub fn analyse(session: &Session, records: Vec<Record>, model: &ModelFile, log: &DecisionLog) -> Result<Mined, Failure> {
    let decisions = log.in_force();
    let (as_of, future) = pipeline::as_of(&records, session.as_of()?);
    let counted = pipeline::counted(&records);
    let folded = pipeline::fold_defects(session, &counted, &decisions)?;
    let defects = pipeline::defects(&counted, &folded.groups);
    let lexicon = pipeline::lexicon(session)?;
    let placement = refrain_classes::place(&model.classes, &defects, &lexicon, &decisions);
    let mut classes: Vec<Class> = placement.classes;
    let config = &session.loaded.config;
    let tables = &session.tables;
    let staging =
        stages::judge_stages(&defects, &classes, &tables.mechanisms, &tables.stages, &decisions).or_fail(FailureKind::Internal, "stages")?;
    let prices = cost::price(&defects, &config.cost);
    let present =
        ControlList::new(&config.controls, &decisions, &tables.controls).map_err(|wrong| Failure::new(FailureKind::Config, wrong.join("\n")))?;
    let deployments = deployments(session)?;
    let input = Input {
        defects: &defects,
        staging: &staging,
        prices: &prices,
        stages: &tables.stages,
        mechanisms: &tables.mechanisms,
        controls: &tables.controls,
        present: &present,
        decisions: &decisions,
        deployments: &deployments,
        cost: &config.cost,
        settings: &config.gaps,
        as_of,
    };
    let backtest = enrich::enrich(&mut classes, &input);
    let ranked = gaps::rank_gaps(&classes, &input).or_fail(FailureKind::Config, "controls")?;
    let mut scope = pipeline::scope(&records, &defects, future);
    scope.escapes = staging.iter().filter(|s| s.escape).count() as u64;
    scope.stage_unknown = staging.iter().filter(|s| s.actual.is_absent() || s.ideal.is_absent()).count() as u64;
    let caps = Caps::of(&prices, &config.cost);
    let everything: Vec<usize> = (0..defects.len()).collect();
    let unclassified = unclassified(&placement.unclassified, &input, &caps);
    let findings = Findings {
        caveats: caveats::caveats(&ranked, &classes, &unclassified, &backtest, &input),
        ask: gaps::ask::ask(&ranked, &classes, &input),
        schema: FINDINGS_SCHEMA.into(),
        program: env!("CARGO_PKG_VERSION").into(),
        versions: versions(),
        as_of,
        store_hash: records_hash(&records),
        model_hash: model.hash()?,
        scope,
        groups: folded.groups,
        unclassified,
        metrics: metrics::metrics(&classes, &input),
        cost: summarise(&everything, &input, &caps),
        decisions: notes(&decisions, &records),
        definitions: definitions(session),
        backtest,
        classes,
        gaps: ranked,
        matrix: matrix::matrix(&staging, &tables.stages),
        changes: None,
    };
    Ok(Mined { findings, records, model: model.clone() })
}

/// Defects whose cause is not written down by the deadline of their severity, for the gate.
pub fn overdue_causes(session: &Session, mined: &Mined) -> BTreeSet<Key> {
    let counted = pipeline::counted(&mined.records);
    let defects = pipeline::defects(&counted, &mined.findings.groups);
    refrain_classes::gate::overdue_causes(&defects, mined.findings.as_of, &session.loaded.config.gate)
}

/// Version of each algorithm: derived values of two versions never meet.
fn versions() -> BTreeMap<String, String> {
    let all = [
        ("duplicate-score", refrain_link::duplicate::VERSION.to_string()),
        ("trace-grammar", refrain_link::trace::GRAMMAR_VERSION.to_string()),
        ("mechanism-view", refrain_classes::model::VIEW_VERSION.to_owned()),
        ("classes", refrain_classes::model::CLASSES_VERSION.to_owned()),
    ];
    all.into_iter().map(|(name, version)| (name.to_owned(), version)).collect()
}

/// Releases that the configuration names.
fn deployments(session: &Session) -> Result<Vec<Deployment>, Failure> {
    let mut out = Vec::new();
    for file in &session.loaded.config.tables.deployments {
        let text = std::fs::read_to_string(file).or_fail(FailureKind::Config, file.display())?;
        let (read, unread) = deployments::read(&text);
        unread.iter().for_each(|u| session.progress.step(&format!("{}:{}: {}", file.display(), u.line, u.what)));
        out.extend(read);
    }
    Ok(out)
}

fn unclassified(reasons: &[(Key, String)], input: &Input<'_>, caps: &Caps) -> Unclassified {
    let mut out = Unclassified { total: reasons.len() as u64, ..Unclassified::default() };
    out.share = tidy(reasons.len() as f64 / input.defects.len().max(1) as f64);
    for (key, reason) in reasons {
        *out.by_reason.entry(reason.clone()).or_default() += 1;
        *out.by_source.entry(key.system().to_string()).or_default() += 1;
    }
    out.records = reasons.to_vec();
    out.records.sort();
    let keys: BTreeSet<&Key> = reasons.iter().map(|(k, _)| k).collect();
    let places: Vec<usize> = (0..input.defects.len()).filter(|p| keys.contains(input.defects[*p].key())).collect();
    out.cost = Some(summarise(&places, input, caps));
    out
}

/// Decisions as a brief shows them: what, why and with what effect, never by whom.
fn notes(decisions: &[&Decision], records: &[Record]) -> Vec<DecisionNote> {
    let find = |key: &Key| records.binary_search_by(|r| r.key.cmp(key)).ok().map(|at| &records[at]);
    let effect = |d: &Decision| {
        let keys = pipeline::keys_of(&d.what);
        if let Some(gone) = keys.iter().find(|k| find(k).is_none()) {
            return format!("no present effect: {gone} is not in the store");
        }
        let changed = keys.iter().zip(&d.seen).any(|(k, seen)| find(k).is_some_and(|r| refrain_record::text_hash(r) != *seen));
        if changed { "in force, content changed since".to_owned() } else { "in force".to_owned() }
    };
    let note = |d: &&Decision| DecisionNote {
        number: d.number,
        at: d.at,
        what: crate::commands::decide::words(&d.what),
        why: d.why.clone(),
        effect: effect(d),
    };
    decisions.iter().map(note).collect()
}

/// Definitions that a reader of the numbers needs.
fn definitions(session: &Session) -> BTreeMap<String, String> {
    let config = &session.loaded.config;
    let all = [
        ("escape", "a defect whose actual stage is later than its ideal stage; shipped where the actual stage is in production".to_owned()),
        ("recurrence", "a further independent defect of a class after its first was resolved; bursts of one incident count once".to_owned()),
        ("duplicate", "records of one defect: decided by a person, linked by the source, or equal in content; a score only suggests".to_owned()),
        ("cost", cost_settings(config)),
        ("horizon", format!("{} days", config.gaps.horizon_days)),
    ];
    all.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

/// The cost model as one line, in the order and the digits of the configuration: settings, then each range and rate by its name.
fn cost_settings(config: &Config) -> String {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, value) in flat(config).iter().filter_map(|(path, value)| Some((path.strip_prefix("cost.")?, value))) {
        let (group, key) = path.rsplit_once('.').unwrap_or(("", path));
        let value = value.trim_matches('"');
        groups.entry(group.replace(['.', '-'], " ")).or_default().push(format!("{key} {}", value.strip_suffix(".0").unwrap_or(value)));
    }
    let group = |(name, said): (String, Vec<String>)| if name.is_empty() { said.join("; ") } else { format!("{name} {}", said.join(" ")) };
    groups.into_iter().map(group).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_cost_model_are_printed_as_they_are() {
        let said = cost_settings(&Config::default());
        for part in ["user base 0.5 high 3 low 0.05", "rates JPY on average of 2024 worth 0.0061", "severity 1 base 12000", "currency EUR"] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
    }
}
