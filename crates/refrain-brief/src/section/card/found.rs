//! Escapes of a gap by the stage that found them, and why they got past.

use refrain_record::findings::{Class, Gap};

use super::super::figures::data_table;
use crate::chart::stages::{Step, stages};
use crate::context::{Cx, class_path, gap_path};
use crate::doc::{Block, Cell, Column, Figure, Row};
use crate::path;
use crate::text::{Number, Text, join};
use crate::words::{self, fill};

/// Escapes by the stage that found them.
pub fn found(cx: &Cx<'_>, gap: &Gap, class: &Class) -> Block {
    let c = cx.cite_gap(gap);
    let counts = counts(cx, gap, class, &c);
    let base = gap_path(&gap.id);
    let inside = cx.int(&c, format!("{base}.in_production"), gap.in_production);
    let title = fill(words::STAGES, &[("production", inside.into()), ("all", cx.int(&c, format!("{base}.escapes"), gap.escapes).into())]);
    if counts.iter().all(|(step, _)| step.n == 0) {
        return Block::List { title, items: vec!["The stage that found them is not known.".into()] };
    }
    let told: Vec<String> = counts.iter().map(|(step, _)| format!("{} {}", step.label, step.n)).collect();
    let rows = counts.iter().map(|(step, number)| Row::from(vec![Cell::from(step.label.clone()), Cell::from(number.clone())])).collect();
    let steps: Vec<Step> = counts.into_iter().map(|(step, _)| step).collect();
    Block::Figure(Figure {
        title,
        sub: fill(words::STAGES_SUB, &[("stage", cx.name(&gap.stage.1).to_lowercase().into())]),
        drawing: stages(&steps),
        describe: format!("The control speaks at {}. Found at: {}.", gap.stage.1, told.join(", ")),
        data: data_table(
            &format!("found-{}", gap.id),
            "Escapes by stage found",
            vec![Column::words("Stage found"), Column::numbers("Escapes")],
            rows,
        ),
        note: buckets(cx, gap, &c),
    })
}

/// Stages that found an escape and the one at which the control speaks, in order, then those not known.
fn counts(cx: &Cx<'_>, gap: &Gap, class: &Class, c: &str) -> Vec<(Step, Number)> {
    let (m, members) = (&cx.f.matrix, format!("{}.members", class_path(&class.id)));
    let count = |stage: &str| class.members.iter().filter(|x| x.escape && x.actual_stage.as_ref().is_some_and(|s| s.0 == stage)).count() as u64;
    let step = |i: usize| {
        let (stage, n) = (&m.stages[i], count(&m.stages[i]));
        let ideal = *stage == gap.stage.0;
        let label = m.shorts.get(i).cloned().unwrap_or_default();
        let number = cx.int(c, format!("{members}#escape&actual_stage={}", path::key(stage)), n);
        (Step { label, n, production: m.production.get(i) == Some(&true), ideal }, number)
    };
    let known = (0..m.stages.len()).filter(|i| m.stages[*i] != "unknown").map(step).filter(|(s, _)| s.ideal || s.n > 0);
    let unknown = class.members.iter().filter(|x| x.escape && x.actual_stage.is_none()).count() as u64;
    let rest = (unknown > 0).then(|| {
        (Step { label: "Unknown".into(), n: unknown, production: false, ideal: false }, cx.int(c, format!("{members}#escape&!actual_stage"), unknown))
    });
    known.chain(rest).collect()
}

/// Leak buckets as people read them.
pub const BUCKETS: &[(&str, &str)] = &[
    ("coverage-gap", "coverage gap"),
    ("environment-mismatch", "environment mismatch"),
    ("suppressed-signal", "flaky or suppressed signal"),
    ("unknown", "unknown"),
];

/// A bucket in words.
pub fn bucket(id: &str) -> String {
    BUCKETS.iter().find(|(b, _)| *b == id).map_or_else(|| id.replace('-', " "), |(_, words)| (*words).to_owned())
}

fn buckets(cx: &Cx<'_>, gap: &Gap, c: &str) -> Text {
    let mut known: Vec<(&String, &u64)> = gap.buckets.iter().filter(|(_, n)| **n > 0).collect();
    known.sort_by_key(|(name, n)| (name.as_str() == "unknown", std::cmp::Reverse(**n), (*name).clone()));
    let part = |(name, n): &(&String, &u64)| {
        Text::from(format!("{} ", bucket(name))).n(cx.int(c, format!("{}.buckets[{}]", gap_path(&gap.id), path::key(name)), **n))
    };
    let listed: Vec<Text> = known.iter().map(part).collect();
    if listed.is_empty() { Text::new() } else { fill(words::STAGES_NOTE, &[("buckets", join(listed, "and"))]) }
}
