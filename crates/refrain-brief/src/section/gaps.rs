//! The gaps as tables: five on the first page, the rest behind the cards.

use refrain_record::findings::{ControlPresence, Estimate, Gap, Outlook};

use super::head::period_length;
use super::section;
use crate::context::{Cx, gap_path, shorten};
use crate::doc::{Block, Cell, Column, Row, Section, Table, TableKind};
use crate::print::{self, COUNTED, FORECAST, Scale, THIN, span};
use crate::text::Text;
use crate::words::{self, fill, in_words, noun};

/// Gaps on the first page.
pub const FIRST_PAGE: usize = 5;
/// Characters of a mechanism and of a control that stay on one line in the table.
const MECHANISM: usize = 50;
const CONTROL: usize = 66;
/// Teams of a gap that fit on two lines.
const SHOWN: usize = 6;

/// The first five; nothing where none is ranked.
pub fn table(cx: &Cx<'_>) -> Vec<Block> {
    let ranked = cx.ranked();
    let top: Vec<&Gap> = ranked.iter().take(FIRST_PAGE).copied().collect();
    if top.is_empty() {
        return Vec::new();
    }
    let n = top.len() as u64;
    let caption = format!("{} {}, in the order of {}", words::capital(&in_words(n)), noun(n, "gap"), order(&top));
    let note = note(cx, &top, &ranked);
    vec![Block::Table(of(cx, "gaps", caption.into(), &top, note))]
}

/// What the order is by, in the words of the caption.
fn order(gaps: &[&Gap]) -> &'static str {
    if gaps.iter().any(|g| g.avoidable.is_some()) { "cost that their control would avoid" } else { "defects that their control would avoid" }
}

/// Every gap behind the first page, and those that are listed without rank.
pub fn more(cx: &Cx<'_>) -> Vec<Section> {
    let rest: Vec<&Gap> = cx.ranked().into_iter().skip(FIRST_PAGE).collect();
    let unranked: Vec<&Gap> = cx.f.gaps.iter().filter(|g| g.rank.is_none()).collect();
    let mut blocks = Vec::new();
    if !rest.is_empty() {
        blocks.push(Block::Table(of(cx, "gaps-further", "Further gaps in the order of rank".into(), &rest, Text::new())));
    }
    if !unranked.is_empty() {
        blocks.push(Block::Table(listed(cx, &unranked)));
    }
    if blocks.is_empty() { Vec::new() } else { vec![section("more", "Further gaps", "Further gaps", true, blocks)] }
}

/// Gaps of grade D: one escape or an inferred stage.
fn listed(cx: &Cx<'_>, gaps: &[&Gap]) -> Table {
    let row = |gap: &&Gap| {
        let c = cx.cite_gap(gap);
        let escapes = cx.int(&c, format!("{}.escapes", gap_path(&gap.id)), gap.escapes);
        Row::from(vec![
            Cell::over(cx.name(&gap.class_name), presence(cx, gap)),
            teams(cx, gap).into(),
            Text::from(escapes).into(),
            Text::from(cx.prose(&gap.grade_because)).s(" ").c(c).into(),
        ])
    };
    Table {
        id: "gaps-unranked".into(),
        kind: TableKind::Plain,
        caption: "Listed, not ranked: one escape, or a stage that was inferred".into(),
        columns: vec![Column::words("Mechanism and control"), Column::words("Teams"), Column::numbers("Escapes"), Column::words("Why not ranked")],
        rows: gaps.iter().take(100).map(row).collect(),
        note: if gaps.len() > 100 { format!("The first 100 of {}.", print::count(gaps.len() as u64)).into() } else { Text::new() },
    }
}

fn of(cx: &Cx<'_>, id: &str, caption: Text, gaps: &[&Gap], note: Text) -> Table {
    let money = gaps.iter().any(|g| g.avoidable.is_some() || g.cost.capped.is_some());
    let scale = Scale::of_column(gaps.iter().flat_map(|g| [g.cost.capped, g.avoidable, g.price]).flatten().map(|e| e.value));
    let columns = if money { money_columns(cx, gaps, scale) } else { plain_columns(gaps) };
    let row = |gap: &&Gap| row(cx, gap, if money { Some(scale) } else { None });
    Table { id: id.into(), kind: TableKind::Gaps, caption, columns, rows: gaps.iter().map(row).collect(), note }
}

fn head_columns(gaps: &[&Gap]) -> Vec<Column> {
    let all_missing = gaps.iter().all(|g| g.presence == ControlPresence::Missing);
    vec![
        Column::words(if all_missing { "Mechanism and missing control" } else { "Mechanism and control" }),
        Column::words("Teams"),
        Column::numbers("Escapes"),
        Column::words("In production,|ideal stage").label("Found in production"),
    ]
}

fn horizon(gaps: &[&Gap]) -> String {
    gaps.iter().find_map(|g| super::head::horizon(&g.forecast)).map_or_else(|| "next".to_owned(), |days| span(f64::from(days)))
}

fn money_columns(cx: &Cx<'_>, gaps: &[&Gap], scale: Scale) -> Vec<Column> {
    let (unit, ahead) = (print::unit_head(cx.currency(), scale), horizon(gaps));
    let mut columns = head_columns(gaps);
    columns.extend([
        Column::numbers(&format!("Cost, {unit}|{}", period_length(cx))),
        Column::numbers(&format!("Forecast|{ahead}")).label(&format!("Forecast, {ahead}")),
        Column::numbers(&format!("Avoidable|{unit}, {}", ahead.replace("months", "mo."))).label(&format!("Avoidable, {unit}")),
        Column::numbers(&format!("Control|{unit}")).label(&format!("Control costs, {unit}")),
        Column::words("Evidence"),
    ]);
    columns
}

fn plain_columns(gaps: &[&Gap]) -> Vec<Column> {
    let ahead = horizon(gaps);
    let mut columns = head_columns(gaps);
    columns.extend([
        Column::numbers("Recur-|rences").label("Recurrences"),
        Column::numbers(&format!("Forecast|{ahead}")).label(&format!("Forecast, {ahead}")),
        Column::numbers("Share|caught").label("Share the control would have caught"),
        Column::numbers("Work,|days").label("Work, person-days"),
        Column::words("Evidence"),
    ]);
    columns
}

fn row(cx: &Cx<'_>, gap: &Gap, scale: Option<Scale>) -> Row {
    let (c, base) = (cx.cite_gap(gap), gap_path(&gap.id));
    let name = Text::new().to(cx.gap_label(gap), cx.gap_anchor(gap)).s(" ").b(shorten(&cx.name(&gap.class_name), MECHANISM));
    let escapes = Text::new().nb(cx.int(&c, format!("{base}.escapes"), gap.escapes));
    let found =
        Text::from(cx.int(&c, format!("{base}.in_production"), gap.in_production)).s(" of ").n(cx.int(&c, format!("{base}.escapes"), gap.escapes));
    let mut cells = vec![
        Cell::over(name, shorten(&presence(cx, gap), CONTROL)),
        teams(cx, gap).into(),
        escapes.into(),
        Cell::over(found, format!("ideal: {}", stage_word(&cx.name(&gap.stage.1)))),
    ];
    match scale {
        Some(scale) => cells.extend(money_cells(cx, gap, &c, &base, scale)),
        None => cells.extend(plain_cells(cx, gap, &c, &base)),
    }
    cells.push(Text::from(format!("{:?} ", gap.grade)).c(c).into());
    cells.into()
}

fn money_cells(cx: &Cx<'_>, gap: &Gap, c: &str, base: &str, scale: Scale) -> Vec<Cell> {
    let amount = |field: &str, e: Option<Estimate>, digits: usize, strong: bool| {
        let Some(e) = e else { return Cell::from("–") };
        let value = cx.n(c, format!("{base}.{field}.value"), e.value, scale.cell(e.value, digits));
        let main = if strong { Text::new().nb(value) } else { value.into() };
        let ends = cx.range(c, &format!("{base}.{field}"), &e, |x| scale.cell(x, FORECAST));
        if print::is_exact(&e) { main.into() } else { Cell::over(main, ends) }
    };
    let price = gap.price.map(|p| Estimate { low: p.value, high: p.value, ..p });
    vec![
        amount("cost.capped", gap.cost.capped, COUNTED, false),
        forecast(cx, gap, c, base),
        amount("avoidable", gap.avoidable, FORECAST, true),
        amount("price", price, FORECAST, false),
    ]
}

fn plain_cells(cx: &Cx<'_>, gap: &Gap, c: &str, base: &str) -> Vec<Cell> {
    let share = cx.percent(c, format!("{base}.caught.value"), gap.caught.value).s(format!("{THIN}%"));
    let days = cx.n(c, format!("{base}.days[1]"), gap.days.1, print::end(gap.days.1, FORECAST));
    let days = if gap.days.0 == gap.days.1 {
        Text::from(days)
    } else {
        Text::from(cx.n(c, format!("{base}.days[0]"), gap.days.0, print::end(gap.days.0, FORECAST))).s("–").n(days)
    };
    vec![
        Text::from(cx.int(c, format!("{base}.recurrences"), gap.recurrences)).into(),
        forecast(cx, gap, c, base),
        Cell::over(share, cx.range(c, &format!("{base}.caught"), &gap.caught, print::percent)),
        days.into(),
    ]
}

fn forecast(cx: &Cx<'_>, gap: &Gap, c: &str, base: &str) -> Cell {
    match &gap.forecast {
        Outlook::Forecast { count, .. } => {
            let value = cx.n(c, format!("{base}.forecast.count.value"), count.value, print::rounded(count.value, FORECAST));
            Cell::over(Text::new().n(value), cx.range(c, &format!("{base}.forecast.count"), count, |x| print::end(x, FORECAST)))
        }
        Outlook::Withheld { .. } => Cell::over("–", "too few"),
    }
}

/// `Missing: replay test where money, stock or mail moves`.
pub fn presence(cx: &Cx<'_>, gap: &Gap) -> String {
    let word = match gap.presence {
        ControlPresence::Missing => "Missing",
        ControlPresence::Partly => "Partly there",
        ControlPresence::Failing => "There, and failed",
        ControlPresence::Unknown => "Control",
    };
    format!("{word}: {}", cx.name(&gap.control_name))
}

/// `integration` for `Integration test`: under the head "stage" the second word says nothing.
fn stage_word(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.strip_suffix(" test").map(str::to_owned).unwrap_or(lower)
}

/// Teams of a gap as letters, three a line. Those beyond the second line are counted here and named on the card.
fn teams(cx: &Cx<'_>, gap: &Gap) -> String {
    if gap.teams.is_empty() {
        return "–".to_owned();
    }
    let mut shorts: Vec<String> = gap.teams.iter().map(|t| cx.short(t)).collect();
    if shorts.len() > SHOWN {
        shorts.truncate(SHOWN - 1);
        shorts.push(format!("+{}", gap.teams.len() + 1 - SHOWN));
    }
    shorts.chunks(3).map(|line| line.join("\u{a0}")).collect::<Vec<_>>().join(" ")
}

fn note(cx: &Cx<'_>, top: &[&Gap], ranked: &[&Gap]) -> Text {
    let named: std::collections::BTreeSet<&String> = top.iter().flat_map(|g| &g.teams).collect();
    let list: Vec<String> = named.iter().map(|t| format!("{} {}", cx.short(t), cx.name(t))).collect();
    let teams = if list.is_empty() || list.len() > 12 { String::new() } else { format!(" {}.", list.join(", ")) };
    let level = top.iter().find_map(|g| g.avoidable.map(|e| e.level)).unwrap_or(80);
    let slots = [("level", Text::from(level.to_string())), ("thin", THIN.into()), ("teams", teams.into())];
    let phrase = if top.iter().any(|g| g.avoidable.is_some()) { words::GAPS_NOTE } else { words::GAPS_NOTE_COUNT };
    fill(phrase, &slots).t(rest(cx, ranked.len() - top.len()))
}

fn rest(cx: &Cx<'_>, more: usize) -> Text {
    let unranked = cx.f.gaps.iter().filter(|g| g.rank.is_none()).count();
    if more + unranked == 0 {
        return Text::new();
    }
    let slots = [("n", Text::from(print::count(more as u64))), ("are", noun(more as u64, "is").into()), ("d", print::count(unranked as u64).into())];
    fill(words::GAPS_REST, &slots)
}
