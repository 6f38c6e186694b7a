//! Rates, durations and counts: pictures of the first, a table of all, and what adopted controls did.

use refrain_record::findings::{Gap, Metric};

use super::figures::data_table;
use super::section;
use crate::chart::interval::{Axis, Interval, intervals};
use crate::chart::series::{Panel, series};
use crate::chart::strip::{Spread, strip};
use crate::context::{Cx, gap_path, metric_path};
use crate::doc::{Block, Cell, Column, Figure, Row, Section, Table, TableKind};
use crate::options::View;
use crate::print::{self, THIN};
use crate::text::Text;
use crate::words::{capital, in_words, many};

/// Rows of one picture, and of the table.
const ROWS: usize = 12;
const TABLE: usize = 60;

/// Metrics of all, or of one team.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let metrics = in_view(cx);
    let mut figures: Vec<Block> = Vec::new();
    figures.extend(groups(&metrics).into_iter().filter_map(|g| figure(cx, &g)).take(6).map(Block::Figure));
    figures.extend(effects(cx).map(Block::Figure));
    let mut blocks: Vec<Block> = pairs(figures);
    if !metrics.is_empty() {
        blocks.push(Block::Table(table(cx, &metrics)));
    }
    if blocks.is_empty() {
        return Vec::new();
    }
    vec![section("metrics", "Where defects leak, and what the controls did", "Metrics", true, blocks)]
}

/// Blocks in rows of two.
pub fn pairs(blocks: Vec<Block>) -> Vec<Block> {
    let mut rest = blocks.into_iter().peekable();
    let mut rows = Vec::new();
    while let Some(left) = rest.next() {
        let columns = std::iter::once(vec![left]).chain(rest.next().map(|right| vec![right])).collect();
        rows.push(Block::Columns { columns });
    }
    rows
}

fn in_view<'a>(cx: &Cx<'a>) -> Vec<&'a Metric> {
    let wanted = |m: &&Metric| match cx.view {
        View::Team(team) => m.of.is_empty() || m.of == *team,
        _ => true,
    };
    cx.f.metrics.iter().filter(wanted).collect()
}

/// Metrics of one id, in the order of their first.
fn groups<'a>(metrics: &[&'a Metric]) -> Vec<Vec<&'a Metric>> {
    let mut groups: Vec<Vec<&Metric>> = Vec::new();
    for metric in metrics {
        match groups.iter_mut().find(|g| g[0].id == metric.id) {
            Some(group) => group.push(metric),
            None => groups.push(vec![metric]),
        }
    }
    groups
}

/// The picture that suits what is known: series, durations, or a rate by team.
fn figure(cx: &Cx<'_>, group: &[&Metric]) -> Option<Figure> {
    if group.iter().any(|m| m.series.len() >= 3) {
        return Some(over_time(cx, group));
    }
    if group.iter().any(|m| m.spread.is_some() || !m.dots.is_empty()) {
        return Some(durations(cx, group));
    }
    let parts = group.iter().filter(|m| !m.of.is_empty() && m.ratio.is_some()).count();
    (parts >= 2).then(|| rates(cx, group))
}

fn of(cx: &Cx<'_>, metric: &Metric) -> String {
    if metric.of.is_empty() { "All".to_owned() } else { cx.name(&metric.of) }
}

fn over_time(cx: &Cx<'_>, group: &[&Metric]) -> Figure {
    let shown: Vec<&&Metric> = group.iter().filter(|m| m.series.len() >= 3).take(3).collect();
    let first = shown[0];
    let c = cx.cite_metric(first);
    let panels: Vec<Panel> = shown.iter().map(|m| Panel { label: of(cx, m), points: m.series.clone() }).collect();
    let row = |(i, m): (usize, &&&Metric)| {
        let base = metric_path(m);
        let name = |p: &(String, f64), j: usize| {
            Row::from(vec![of(cx, m).into(), p.0.clone().into(), Cell::from(cx.n(&c, format!("{base}.series[{j}][1]"), p.1, print::end(p.1, 3)))])
        };
        let _ = i;
        m.series.iter().enumerate().map(|(j, p)| name(p, j)).collect::<Vec<_>>()
    };
    let rows = shown.iter().enumerate().flat_map(row).collect();
    Figure {
        title: series_title(cx, &c, first),
        sub: Text::from(format!("{} {} ", first.definition.trim_end_matches('.'), unit(first))).c(&c),
        drawing: series(&panels),
        describe: series_words(&panels),
        data: data_table(&first.id, &first.name, vec![Column::words("Of"), Column::words("Period"), Column::numbers("Value")], rows),
        note: cx.prose(&first.note).into(),
    }
}

fn series_title(cx: &Cx<'_>, c: &str, m: &Metric) -> Text {
    let (Some(first), Some(last)) = (m.series.first(), m.series.last()) else { return cx.name(&m.name).into() };
    let base = metric_path(m);
    let number = |i: usize, x: f64| cx.n(c, format!("{base}.series[{i}][1]"), x, print::end(x, 3));
    Text::from(format!("{}: ", cx.name(&m.name)))
        .n(number(m.series.len() - 1, last.1))
        .s(format!(" in {}, ", last.0))
        .n(number(0, first.1))
        .s(format!(" in {}", first.0))
}

fn series_words(panels: &[Panel]) -> String {
    let told = panels.iter().map(|p| {
        let peak = p.points.iter().map(|x| x.1).fold(0.0, f64::max);
        let last = p.points.last().map_or(0.0, |x| x.1);
        format!("{}: peak {}, at the end {}", p.label, print::end(peak, 3), print::end(last, 3))
    });
    format!("Step lines over time. {}.", told.collect::<Vec<_>>().join("; "))
}

fn unit(m: &Metric) -> String {
    match m.unit.as_str() {
        "share" => "(share)".to_owned(),
        other => format!("({other})"),
    }
}

/// Hours of a value of this metric.
fn in_hours(m: &Metric, x: f64) -> f64 {
    if m.unit == "days" { x * 24.0 } else { x }
}

fn printed(m: &Metric, x: f64) -> String {
    match m.unit.as_str() {
        "share" => format!("{}{THIN}%", print::rate(x)),
        "days" => print::days(x),
        "hours" => print::hours(x),
        _ => print::end(x, 3),
    }
}

fn durations(cx: &Cx<'_>, group: &[&Metric]) -> Figure {
    let (shown, hidden) = comparable(cx, group);
    let first = group[0];
    let c = cx.cite_metric(first);
    let rows: Vec<Spread> = shown
        .iter()
        .map(|m| Spread {
            label: of(cx, m),
            marks: m.spread.filter(|s| s.2 >= 5).map(|s| (in_hours(m, s.0), in_hours(m, s.1))),
            dots: m.dots.iter().map(|d| in_hours(m, *d)).collect(),
            text: format!("n = {}", print::count(m.spread.map_or(m.dots.len() as u64, |s| s.2))),
        })
        .collect();
    let title = match shown.first().and_then(|m| m.spread.map(|s| (m, s))) {
        Some((m, spread)) => {
            let number = cx.n(&c, format!("{}.spread[0]", metric_path(m)), spread.0, printed(m, spread.0));
            Text::from(format!("{}: median ", cx.name(&first.name))).n(number).s(if m.of.is_empty() {
                String::new()
            } else {
                format!(" ({})", of(cx, m))
            })
        }
        None => format!("{}: too few for a median", cx.name(&first.name)).into(),
    };
    let told: Vec<String> = shown
        .iter()
        .filter_map(|m| m.spread.map(|s| format!("{}: median {}, 90th percentile {}, n {}", of(cx, m), printed(m, s.0), printed(m, s.1), s.2)))
        .collect();
    Figure {
        title,
        sub: Text::from("Logarithmic; thick = median, thin = 90th percentile, dots below n\u{a0}=\u{a0}5 ").c(&c),
        drawing: strip(&rows),
        describe: format!("Durations on a logarithmic axis. {}.", told.join("; ")),
        data: data_table(&first.id, &first.name, duration_columns(), shown.iter().map(|m| duration_row(cx, m)).collect()),
        note: others_note(&hidden),
    }
}

fn duration_columns() -> Vec<Column> {
    vec![Column::words("Of"), Column::numbers("n"), Column::numbers("Median"), Column::numbers("90th percentile")]
}

fn duration_row(cx: &Cx<'_>, m: &Metric) -> Row {
    let (c, base) = (cx.cite_metric(m), metric_path(m));
    let Some((median, p90, n)) = m.spread else {
        return Row::from(vec![of(cx, m).into(), print::count(m.dots.len() as u64).into(), "too few".into(), "too few".into()]);
    };
    let number = |i: usize, x: f64| Cell::from(cx.n(&c, format!("{base}.spread[{i}]"), x, printed(m, x)));
    Row::from(vec![of(cx, m).into(), Cell::from(cx.int(&c, format!("{base}.spread[2]"), n)), number(0, median), number(1, p90)])
}

/// Rows that may be compared: teams with too few defects are merged out of sight, and named as "others".
fn comparable<'a>(cx: &Cx<'_>, group: &[&'a Metric]) -> (Vec<&'a Metric>, Vec<&'a Metric>) {
    let (hidden, shown): (Vec<&Metric>, Vec<&Metric>) = group.iter().copied().partition(|m| cx.is_small(&m.of));
    (shown.into_iter().take(ROWS).collect(), hidden)
}

fn others_note(hidden: &[&Metric]) -> Text {
    if hidden.is_empty() {
        Text::new()
    } else {
        format!("{} with too few defects to compare: not shown apart.", many(hidden.len() as u64, "team")).into()
    }
}

fn rates(cx: &Cx<'_>, group: &[&Metric]) -> Figure {
    let (shown, hidden) = comparable(cx, group);
    let first = group[0];
    let c = cx.cite_metric(first);
    let all = group.iter().find(|m| m.of.is_empty()).and_then(|m| m.value).map(|v| v.value * 100.0);
    let mut parts: Vec<&&Metric> = shown.iter().filter(|m| !m.of.is_empty()).collect();
    parts.sort_by(|a, b| a.of.cmp(&b.of));
    let mut rows: Vec<Interval> = parts.iter().map(|m| rate_row(cx, m)).collect();
    rows.extend(others(&hidden));
    let line = all.map(|x| (x, format!("all {}{THIN}%", print::fixed(x, 1))));
    let told: Vec<String> = rows.iter().map(|r| format!("{}: {}", r.label, r.text)).collect();
    Figure {
        title: rates_title(cx, first, &parts),
        sub: Text::from("In percent, with 95\u{202f}% interval; alphabetical ").c(&c),
        drawing: intervals(&rows, Axis::Percent, line.as_ref().map(|l| (l.0, l.1.as_str()))),
        describe: format!("A dot with its interval for each. {}.", told.join("; ")),
        data: data_table(&first.id, &first.name, value_columns(), parts.iter().map(|m| value_row(cx, m)).collect()),
        note: others_note(&hidden),
    }
}

fn rate_row(cx: &Cx<'_>, m: &Metric) -> Interval {
    let (k, n) = m.ratio.unwrap_or_default();
    Interval {
        label: of(cx, m),
        value: m.value.map(|v| v.value * 100.0),
        ends: m.value.map(|v| (v.low * 100.0, v.high * 100.0)),
        text: format!("{} of {}", print::count(k), print::count(n)),
        ..Interval::default()
    }
}

/// Small teams as one row, counted but without a rate.
fn others(hidden: &[&Metric]) -> Option<Interval> {
    let (k, n) = hidden.iter().filter_map(|m| m.ratio).fold((0, 0), |a, r| (a.0 + r.0, a.1 + r.1));
    (n > 0).then(|| Interval {
        label: "Others".into(),
        text: format!("{} of {}: too few to say", print::count(k), print::count(n)),
        ..Interval::default()
    })
}

/// Whether the interval of every part holds the value of all: then there is nothing to compare.
fn rates_title(cx: &Cx<'_>, first: &Metric, parts: &[&&Metric]) -> Text {
    let all = cx.f.metrics.iter().find(|m| m.id == first.id && m.of.is_empty()).and_then(|m| m.value);
    let outside = |v: f64| parts.iter().filter(|m| m.value.is_some_and(|x| x.low > v || x.high < v)).count() as u64;
    let name = cx.name(&first.name);
    match all.map(|v| outside(v.value)) {
        Some(0) => format!("{name}: no {} differs from all", part_word(cx, parts)).into(),
        Some(n) => format!("{name}: {} of {} differ from all", in_words(n), in_words(parts.len() as u64)).into(),
        None => name.into(),
    }
}

fn part_word(cx: &Cx<'_>, parts: &[&&Metric]) -> &'static str {
    if parts.iter().all(|m| cx.f.scope.teams.contains_key(&m.of)) { "team" } else { "part" }
}

fn value_columns() -> Vec<Column> {
    vec![Column::words("Of"), Column::numbers("Value"), Column::numbers("95\u{202f}% interval"), Column::numbers("Of how many")]
}

fn value_row(cx: &Cx<'_>, m: &Metric) -> Row {
    let (c, base) = (cx.cite_metric(m), metric_path(m));
    let value = m.value.map_or(Cell::from("–"), |v| Cell::from(cx.n(&c, format!("{base}.value.value"), v.value, printed(m, v.value))));
    let ends = m.value.map_or(Cell::from("–"), |v| cx.range(&c, &format!("{base}.value"), &v, |x| printed(m, x)).into());
    Row::from(vec![of(cx, m).into(), value, ends, ratio(cx, m, &c, &base)])
}

fn ratio(cx: &Cx<'_>, m: &Metric, c: &str, base: &str) -> Cell {
    match (m.ratio, m.spread) {
        (Some((k, n)), _) => Text::from(cx.int(c, format!("{base}.ratio[0]"), k)).s(" of ").n(cx.int(c, format!("{base}.ratio[1]"), n)).into(),
        (None, Some((_, _, n))) => Text::from("n = ").n(cx.int(c, format!("{base}.spread[2]"), n)).into(),
        _ => "–".into(),
    }
}

/// Everything as a table: law I4, an empty metric says why.
fn table(cx: &Cx<'_>, metrics: &[&Metric]) -> Table {
    // A part with too few records is left to the CSV file; a metric of all that is empty says why.
    let told = |m: &&&Metric| m.of.is_empty() || m.value.is_some() || m.spread.is_some();
    let (large, few): (Vec<&&Metric>, Vec<&&Metric>) = metrics.iter().filter(|m| !cx.is_small(&m.of)).partition(told);
    let row = |m: &&&Metric| {
        let (c, base) = (cx.cite_metric(m), metric_path(m));
        let value = match (m.value, m.spread) {
            (_, Some((median, _, _))) => Text::from("median ").n(cx.n(&c, format!("{base}.spread[0]"), median, printed(m, median))),
            (Some(v), _) => cx.n(&c, format!("{base}.value.value"), v.value, printed(m, v.value)).into(),
            _ => "too few".into(),
        };
        let ends = match (m.value, m.spread) {
            (_, Some((_, p90, _))) => Text::from("p90 ").n(cx.n(&c, format!("{base}.spread[1]"), p90, printed(m, p90))),
            (Some(v), _) if !print::is_exact(&v) => cx.range(&c, &format!("{base}.value"), &v, |x| printed(m, x)),
            _ => "–".into(),
        };
        let name = if m.of.is_empty() { cx.name(&m.name) } else { format!("{}, {}", cx.name(&m.name), cx.name(&m.of)) };
        Row::from(vec![name.into(), value.into(), ends.into(), ratio(cx, m, &c, &base), Cell::from(excluded(cx, m, &c, &base).s(" ").c(&c))])
    };
    let more = large.len().saturating_sub(TABLE);
    let mut note = Text::from(
        "Intervals of rates and ratios are 95\u{202f}%. Durations are skewed: median and 90th percentile, no mean. Teams are never ranked.",
    );
    if more > 0 {
        note = note.s(format!(" {} in the CSV file of metrics.", stands(more, "further row")));
    }
    if !few.is_empty() {
        note = note.s(format!(" {} in the CSV file, because too few records carry them.", stands(few.len(), "part")));
    }
    Table {
        id: "metrics".into(),
        kind: TableKind::Plain,
        caption: "Metrics, with what was left out".into(),
        columns: vec![
            Column::words("Metric"),
            Column::numbers("Value"),
            Column::numbers("Interval, p90"),
            Column::numbers("Of how many"),
            Column::words("Left out"),
        ],
        rows: large.iter().take(TABLE).map(row).collect(),
        note,
    }
}

/// `3 parts stand`.
fn stands(n: usize, noun: &str) -> String {
    format!("{} {}", many(n as u64, noun), if n == 1 { "stands" } else { "stand" })
}

fn excluded(cx: &Cx<'_>, m: &Metric, c: &str, base: &str) -> Text {
    let part = |(reason, n): (&String, &u64)| {
        Text::from(format!("{} ", cx.name(reason).replace('-', " "))).n(cx.int(c, format!("{base}.excluded[{}]", crate::path::key(reason)), *n))
    };
    let listed: Vec<Text> = m.excluded.iter().filter(|(_, n)| **n > 0).map(part).collect();
    if listed.is_empty() { "none".into() } else { crate::text::join(listed, "and") }
}

/// Rate ratios of adopted controls; nothing where none was adopted.
fn effects(cx: &Cx<'_>) -> Option<Figure> {
    let adopted: Vec<&Gap> = cx.f.gaps.iter().filter(|g| g.effect.is_some()).take(ROWS).collect();
    if adopted.is_empty() {
        return None;
    }
    let c = cx.cite("Before and after adopted controls", "refrain effect", []);
    let rows: Vec<Interval> = adopted.iter().filter_map(|g| effect_row(cx, g)).collect();
    let with = rows.iter().filter(|r| r.accent).count() as u64;
    let title = format!(
        "{} of {} {} an effect",
        capital(&in_words(with)),
        in_words(rows.len() as u64),
        if rows.len() == 1 { "control shows" } else { "controls show" }
    );
    let told: Vec<String> = rows.iter().map(|r| format!("{} ({}): {}", r.label, r.under, r.text)).collect();
    let columns = vec![
        Column::words("Control"),
        Column::words("Adopted"),
        Column::words("Before"),
        Column::words("After"),
        Column::words("Rate ratio (95\u{202f}% interval)"),
        Column::words("Reading"),
    ];
    Some(Figure {
        title: title.into(),
        sub: Text::from("Rate after / rate before on a logarithmic axis; association, not proof ").c(&c),
        drawing: intervals(&rows, Axis::Ratio, Some((1.0, "no change"))),
        describe: format!("A dot with its interval for each control, against no change. {}.", told.join("; ")),
        data: data_table("effects", "Controls before and after", columns, adopted.iter().map(|g| effect_cells(cx, g, &c)).collect()),
        note: Text::new(),
    })
}

fn effect_row(cx: &Cx<'_>, gap: &Gap) -> Option<Interval> {
    let e = gap.effect.as_ref()?;
    let text = e.ratio.map_or_else(
        || "too few to say".to_owned(),
        |r| format!("{} ({}–{})", print::rounded(r.value, 2), print::rounded(r.low, 2), print::rounded(r.high, 2)),
    );
    Some(Interval {
        label: cx.name(&gap.control_name),
        under: format!("{} before, {} after {}", e.before.0, e.after.0, print::day(e.on)),
        value: e.ratio.map(|r| r.value),
        ends: e.ratio.map(|r| (r.low, r.high)),
        accent: e.ratio.is_some_and(|r| r.high < 1.0),
        came: None,
        text,
    })
}

fn effect_cells(cx: &Cx<'_>, gap: &Gap, c: &str) -> Row {
    let Some(e) = gap.effect.as_ref() else { return Row::default() };
    let base = format!("{}.effect", gap_path(&gap.id));
    let side = |name: &str, side: (u64, f64)| {
        let days = cx.n(c, format!("{base}.{name}[1]"), side.1, print::end(side.1, 4));
        Cell::from(Text::from(cx.int(c, format!("{base}.{name}[0]"), side.0)).s(" in ").n(days).s(" days"))
    };
    let ratio = e.ratio.map_or_else(
        || Text::from("–"),
        |r| {
            let value = cx.n(c, format!("{base}.ratio.value"), r.value, print::rounded(r.value, 2));
            Text::from(value).s(" (").t(cx.range(c, &format!("{base}.ratio"), &r, |x| print::rounded(x, 2))).s(")")
        },
    );
    Row::from(vec![
        cx.name(&gap.control_name).into(),
        print::iso(e.on).into(),
        side("before", e.before),
        side("after", e.after),
        ratio.into(),
        cx.prose(&e.verdict).into(),
    ])
}
