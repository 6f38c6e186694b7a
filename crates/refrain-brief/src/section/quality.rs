//! How good the data are: what is present, what is missing, what was set aside.

use super::changes::sentence;
use super::section;
use crate::context::Cx;
use crate::doc::{Block, Cell, Column, Row, Section, Table, TableKind};
use crate::path;
use crate::print::{self, THIN};
use crate::text::Text;
use crate::words::noun;

/// Coverage, sources, and what was set aside.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let mut columns = vec![vec![Block::Table(coverage(cx))]];
    if !cx.f.scope.sources.is_empty() {
        columns.push(vec![Block::Table(sources(cx))]);
    }
    if cx.f.scope.coverage.is_empty() {
        columns.remove(0);
    }
    let mut blocks = if columns.is_empty() { Vec::new() } else { vec![Block::Columns { columns }] };
    blocks.push(Block::List { title: "What was set aside".into(), items: aside(cx) });
    vec![section("quality", "Data quality", "Data", false, blocks)]
}

fn coverage(cx: &Cx<'_>) -> Table {
    let c = cx.cite_scope();
    let mut fields: Vec<(&String, &f64)> = cx.f.scope.coverage.iter().collect();
    fields.sort_by(|a, b| b.1.total_cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let row = |(field, share): &(&String, &f64)| {
        let number = cx.percent(&c, format!("scope.coverage[{}]", path::key(field)), **share).s(format!("{THIN}%"));
        Row::from(vec![cx.name(field).replace(['-', '_'], " ").into(), Cell::from(number)])
    };
    Table {
        id: "coverage".into(),
        kind: TableKind::Plain,
        caption: "How often a field is filled".into(),
        columns: vec![Column::words("Field of defect records"), Column::numbers("Present")],
        rows: fields.iter().map(row).collect(),
        note: Text::from("An absent field weighs nothing and is never a class. ").c(&c),
    }
}

fn sources(cx: &Cx<'_>) -> Table {
    let c = cx.cite_scope();
    let row =
        |(name, n): (&String, &u64)| Row::from(vec![cx.name(name).into(), Cell::from(cx.int(&c, format!("scope.sources[{}]", path::key(name)), *n))]);
    let total = Row { cells: vec!["All".into(), Cell::from(cx.int(&c, "scope.records", cx.f.scope.records))], sum: true };
    Table {
        id: "sources".into(),
        kind: TableKind::Plain,
        caption: "Records by source".into(),
        columns: vec![Column::words("Source"), Column::numbers("Records")],
        rows: cx.f.scope.sources.iter().map(row).chain([total]).collect(),
        note: Text::from("A class may grow because a source was added: compare by source before comparing periods. ").c(&c),
    }
}

fn aside(cx: &Cx<'_>) -> Vec<Text> {
    let (c, s) = (cx.cite_scope(), &cx.f.scope);
    let line = |label: &str, path: &str, n: u64, what: &str| Text::new().b(format!("{label}: ")).n(cx.int(&c, path, n)).s(format!(" {what}"));
    let mut items = vec![
        line("Unclassified", "unclassified.total", cx.f.unclassified.total, "defects in no class."),
        line("Folded", "scope.folded", s.folded, &format!("{} of a defect counted already.", noun(s.folded, "record"))),
        line("No defects", "scope.not_defects", s.not_defects, "notices and wishes, read and not counted."),
        line("Without a team", "scope.team_unknown", s.team_unknown, "records: counted, in no team's numbers."),
        line("Stage unknown", "scope.stage_unknown", s.stage_unknown, "defects, found or ideal stage: no escape is claimed from a missing stage."),
        line(
            "Future dates",
            "scope.future#",
            s.future.len() as u64,
            &format!("{} dated after {}: in no time series.", noun(s.future.len() as u64, "record"), print::long_day(cx.f.as_of)),
        ),
    ];
    items.extend(cx.f.caveats.iter().filter(|k| k.topic == "data" || k.topic == "not-seen").map(|k| sentence(&cx.prose(&k.text)).into()));
    items
}
