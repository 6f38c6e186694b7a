//! Release readiness: what escaped lately, what is new, what the open metrics say.

use refrain_record::findings::{Class, Member};
use refrain_record::time::Moment;

use super::{changes, section, summary};
use crate::context::{Cx, class_path};
use crate::doc::{Block, Cell, Column, Row, Section, Table, TableKind};
use crate::print;
use crate::text::Text;

/// Days that count as lately where there is no earlier brief.
const LATELY_DAYS: i64 = 30;
/// Rows of the table.
const ROWS: usize = 40;

/// Strip, what escaped since the last brief, emerging classes, changes.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let since = since(cx);
    let mut late: Vec<(&Class, &Member)> =
        cx.f.classes.iter().flat_map(|c| c.members.iter().map(move |m| (c, m))).filter(|(_, m)| is_late(m, since)).collect();
    late.sort_by(|a, b| b.1.at.cmp(&a.1.at).then_with(|| a.1.key.cmp(&b.1.key)));
    let mut blocks = vec![Block::Strip { items: summary::strip(cx) }];
    if late.is_empty() {
        let none = format!("No escape in a class was found after {}.", print::long_day(since));
        blocks.push(Block::List { title: "Escapes since".into(), items: vec![none.into()] });
    } else {
        blocks.push(Block::Table(table(cx, since, &late)));
    }
    blocks.push(Block::List { title: "Emerging mechanisms".into(), items: emerging(cx) });
    blocks.push(Block::Columns { columns: vec![vec![changes::changed(cx)], vec![changes::sure(cx)]] });
    vec![section("summary", Text::new(), "Summary", true, blocks)]
}

fn since(cx: &Cx<'_>) -> Moment {
    let before = Moment { seconds: cx.f.as_of.seconds - LATELY_DAYS * refrain_record::time::DAY_SECONDS, ..cx.f.as_of };
    cx.f.changes.as_ref().and_then(|c| c.since).unwrap_or(before)
}

fn is_late(m: &Member, since: Moment) -> bool {
    m.escape && m.at.is_some_and(|at| at.seconds > since.seconds)
}

fn table(cx: &Cx<'_>, since: Moment, late: &[(&Class, &Member)]) -> Table {
    let n = late.len();
    let caption = format!("Escapes since {}, the newest first", print::long_day(since));
    let row = |(class, m): &(&Class, &Member)| {
        let stage = m.actual_stage.as_ref().map_or_else(|| "unknown".to_owned(), |s| cx.stage_name(&s.0).to_lowercase());
        let c = cx.cite_class(class);
        Row::from(vec![
            Cell::over(Text::new().k(m.key.id()), cx.name(&m.title)),
            m.at.map_or_else(|| "–".to_owned(), print::day).into(),
            m.team.as_deref().map_or_else(|| "–".to_owned(), |t| cx.name(t)).into(),
            stage.into(),
            Text::from(format!("{} ", cx.name(&class.name))).c(c).into(),
        ])
    };
    let note = if n > ROWS { Text::from(format!("The newest {ROWS} of {n}.")) } else { Text::new() };
    Table {
        id: "escapes-since".into(),
        kind: TableKind::Plain,
        caption: caption.into(),
        columns: vec![Column::words("Defect"), Column::words("Found"), Column::words("Team"), Column::words("Stage"), Column::words("Mechanism")],
        rows: late.iter().take(ROWS).map(row).collect(),
        note,
    }
}

fn emerging(cx: &Cx<'_>) -> Vec<Text> {
    let told = |class: &Class| {
        let c = cx.cite_class(class);
        Text::new()
            .k(&class.id)
            .s(format!(", {}: ", cx.name(&class.name)))
            .t(cx.many(&c, format!("{}.members#", class_path(&class.id)), class.members.len() as u64, "defect"))
            .s(", all in the last period. ")
            .c(c)
    };
    let items: Vec<Text> = cx.f.classes.iter().filter(|c| c.emerging).take(10).map(told).collect();
    if items.is_empty() { vec!["None.".into()] } else { items }
}
