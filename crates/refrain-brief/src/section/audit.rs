//! The audit package: every decision with its reason and effect, what moved and why, versions and hashes. Never an author.

use std::collections::BTreeMap;

use refrain_record::findings::{DecisionNote, GroupOrigin};

use super::section;
use crate::context::Cx;
use crate::doc::{Block, Cell, Column, Row, Section, Table, TableKind};
use crate::print;
use crate::text::Text;

/// Rows of moved records that are shown.
const MOVED: usize = 200;

/// Decisions, moves, duplicates by how they were known, versions.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let mut blocks = vec![Block::Table(identity(cx))];
    if cx.f.decisions.is_empty() {
        blocks.push(Block::List { title: "Decisions".into(), items: vec!["No decision is in the log.".into()] });
    } else {
        blocks.push(Block::Table(decisions(cx)));
    }
    blocks.extend(moved(cx).map(Block::Table));
    blocks.push(Block::Table(groups(cx)));
    vec![section("summary", Text::new(), "Summary", true, blocks)]
}

fn plain(id: &str, caption: &str, columns: Vec<Column>, rows: Vec<Row>) -> Table {
    Table { id: id.into(), kind: TableKind::Plain, caption: caption.into(), columns, rows, note: Text::new() }
}

/// What would have to be equal for the same result to come out again.
fn identity(cx: &Cx<'_>) -> Table {
    let f = cx.f;
    let fixed = [
        ("Program", f.program.clone()),
        ("As of", f.as_of.to_string()),
        ("Records, hash", f.store_hash.clone()),
        ("Model, hash", f.model_hash.clone()),
        ("Form of the findings", f.schema.clone()),
    ];
    let row = |name: &str, value: &str| Row::from(vec![Cell::from(name.to_owned()), Text::new().code(value).into()]);
    let rows = fixed.iter().map(|(n, v)| row(n, v)).chain(f.versions.iter().map(|(n, v)| row(&format!("Algorithm {n}"), v))).collect();
    plain("identity", "What this was computed from", vec![Column::words("What"), Column::words("Value")], rows)
}

fn decisions(cx: &Cx<'_>) -> Table {
    let row = |d: &DecisionNote| {
        Row::from(vec![
            Text::new().k(format!("D-{}", d.number)).into(),
            print::iso(d.at).into(),
            cx.prose(&d.what).into(),
            cx.prose(&d.why).into(),
            cx.prose(&d.effect).into(),
        ])
    };
    let columns = vec![Column::words("Decision"), Column::words("On"), Column::words("What"), Column::words("Why"), Column::words("Effect")];
    plain("decisions", "Decisions, in the order in which they were taken", columns, cx.f.decisions.iter().map(row).collect())
}

fn moved(cx: &Cx<'_>) -> Option<Table> {
    let moved = &cx.f.changes.as_ref()?.moved;
    if moved.is_empty() {
        return None;
    }
    let class = |id: &str| if id.is_empty() { "none".to_owned() } else { id.to_owned() };
    let row = |(key, before, now, why): &(refrain_record::Key, String, String, String)| {
        Row::from(vec![Text::new().k(key.to_string()).into(), class(before).into(), class(now).into(), cx.prose(why).into()])
    };
    let columns = vec![Column::words("Record"), Column::words("Class before"), Column::words("Class now"), Column::words("Why")];
    let mut table = plain("moved", "Records that changed class", columns, moved.iter().take(MOVED).map(row).collect());
    if moved.len() > MOVED {
        table.note = format!("The first {MOVED} of {}.", moved.len()).into();
    }
    Some(table)
}

/// How duplicates were known: the weakest link of each group.
fn groups(cx: &Cx<'_>) -> Table {
    let names = [
        (GroupOrigin::Person, "a person decided"),
        (GroupOrigin::Source, "the source systems say so"),
        (GroupOrigin::Certain, "equal content, or equal trace and message"),
        (GroupOrigin::Suggested, "the score passed the threshold: a suggestion"),
    ];
    let mut counts: BTreeMap<GroupOrigin, (u64, u64)> = BTreeMap::new();
    for group in &cx.f.groups {
        let entry = counts.entry(group.origin).or_default();
        *entry = (entry.0 + 1, entry.1 + group.members.len() as u64);
    }
    let row = |(origin, name): &(GroupOrigin, &str)| {
        let (n, records) = counts.get(origin).copied().unwrap_or_default();
        Row::from(vec![Cell::from((*name).to_owned()), print::count(n).into(), print::count(records).into()])
    };
    let columns = vec![Column::words("How they are known to be one defect"), Column::numbers("Groups"), Column::numbers("Records")];
    plain("groups", "Duplicates by how they are known", columns, names.iter().map(row).collect())
}
