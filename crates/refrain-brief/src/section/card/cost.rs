//! What the escapes of a gap cost, by item, with how each amount is known.

use refrain_record::findings::{CostLine, CostSummary, Gap};
use refrain_record::known::Origin;

use super::super::head::period_length;
use super::super::summary::share_of;
use crate::context::{Cx, gap_path};
use crate::doc::{Block, Cell, Column, Row, Table, TableKind};
use crate::print::{self, COUNTED, FORECAST, Scale, THIN};
use crate::text::Text;
use crate::words::{self, fill};

/// The table of a card.
pub fn cost(cx: &Cx<'_>, gap: &Gap) -> Block {
    let (c, base) = (cx.cite_gap(gap), format!("{}.cost", gap_path(&gap.id)));
    let k = &gap.cost;
    let Some(capped) = k.capped.filter(|_| k.n > 0) else {
        return Block::List { title: "Cost".into(), items: vec![words::COST_NONE.into()] };
    };
    let scale = Scale::of_column(k.items.iter().map(|i| i.amount.value).chain([capped.value]));
    let unit = print::unit_head(cx.currency(), scale);
    let rows = if k.items.is_empty() { origin_rows(cx, &c, &base, k, scale) } else { item_rows(cx, &c, &base, k, scale) };
    let total = Row {
        cells: vec![
            Cell::from(if k.items.is_empty() { "Capped sum" } else { "Capped sum, which ranks" }),
            Cell::default(),
            Cell::from(cx.n(&c, format!("{base}.capped.value"), capped.value, scale.cell(capped.value, COUNTED))),
            cx.range(&c, &format!("{base}.capped"), &capped, |x| scale.cell(x, FORECAST)).into(),
        ],
        sum: true,
    };
    let slots = [
        ("total", cx.money(&c, format!("{base}.capped.value"), capped.value, COUNTED)),
        ("period", period_length(cx).into()),
        ("stated", share_of(cx, &c, &format!("{base}.stated"), k.stated, k.raw)),
        ("thin", THIN.into()),
    ];
    Block::Table(Table {
        id: format!("cost-{}", gap.id),
        kind: TableKind::Plain,
        caption: fill(words::COST, &slots),
        columns: vec![
            Column::words("Item"),
            Column::words("Basis"),
            Column::numbers(&unit),
            Column::numbers(&format!("{}{THIN}% interval", capped.level)),
        ],
        rows: rows.into_iter().chain([total]).collect(),
        note: cost_note(cx, &c, &base, k),
    })
}

fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Stated => "stated",
        Origin::Derived => "derived",
        Origin::Assumed => "assumed",
        Origin::Absent => "absent",
    }
}

fn item_rows(cx: &Cx<'_>, c: &str, base: &str, k: &CostSummary, scale: Scale) -> Vec<Row> {
    let row = |(i, item): (usize, &CostLine)| {
        let at = format!("{base}.items[{i}].amount");
        let amount = cx.n(c, format!("{at}.value"), item.amount.value, scale.cell(item.amount.value, COUNTED));
        let ends = if print::is_exact(&item.amount) { "–".into() } else { cx.range(c, &at, &item.amount, |x| scale.cell(x, FORECAST)) };
        Row::from(vec![
            Cell::over(words::capital(&cx.name(&item.what)), cx.name(&item.factors)),
            origin_word(item.origin).into(),
            amount.into(),
            ends.into(),
        ])
    };
    k.items.iter().enumerate().take(8).map(row).collect()
}

fn origin_rows(cx: &Cx<'_>, c: &str, base: &str, k: &CostSummary, scale: Scale) -> Vec<Row> {
    let parts = [("stated", k.stated), ("derived", k.derived), ("assumed", k.assumed)];
    let row = |(name, part): (&str, f64)| {
        let number = cx.n(c, format!("{base}.{name}"), part, scale.cell(part, COUNTED));
        Row::from(vec![words::capital(name).into(), name.into(), Cell::from(number), "–".into()])
    };
    parts.into_iter().filter(|p| p.1 > 0.0).map(row).collect()
}

fn cost_note(cx: &Cx<'_>, c: &str, base: &str, k: &CostSummary) -> Text {
    let per = k.per_defect.map_or_else(Text::new, |e| {
        let scale = Scale::of(e.high);
        let end = |field: &str, x: f64| cx.n(c, format!("{base}.per_defect.{field}"), x, print::end(x / scale.by, FORECAST));
        let slots = [
            ("each", cx.money(c, format!("{base}.per_defect.value"), e.value, COUNTED)),
            ("level", e.level.to_string().into()),
            ("thin", THIN.into()),
            ("low", end("low", e.low).into()),
            ("high", end("high", e.high).into()),
        ];
        fill(words::COST_PER, &slots)
    });
    fill(words::COST_NOTE, &[("raw", cx.money(c, format!("{base}.raw"), k.raw, COUNTED)), ("per", per), ("cite", Text::new().c(c))])
}
