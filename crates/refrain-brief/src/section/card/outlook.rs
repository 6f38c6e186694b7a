//! What comes next, beside the forecasts of the past and what came.

use refrain_record::findings::{Estimate, Gap, Outlook, TeamRisk};

use super::super::changes::sentence;
use super::super::figures::data_table;
use crate::chart::interval::{Axis, Interval, intervals};
use crate::context::{Cx, gap_path};
use crate::doc::{Block, Cell, Column, Figure, Row, Table};
use crate::path;
use crate::print::{self, FORECAST, THIN};
use crate::text::{Text, join};
use crate::words::{self, fill, sentences};

/// Earlier forecasts that are drawn.
const SHOWN: usize = 3;

/// Forecast with the earlier ones beside what came; where there is none, why.
pub fn forecast(cx: &Cx<'_>, gap: &Gap) -> Block {
    match &gap.forecast {
        Outlook::Withheld { because } => {
            let why = fill(words::FORECAST_NONE, &[("because", sentence(&cx.prose(because)).into())]);
            Block::List { title: "Too few to say what comes next".into(), items: vec![why] }
        }
        Outlook::Forecast { count, horizon_days, past, .. } => Block::Figure(figure(cx, gap, count, *horizon_days, past)),
    }
}

fn figure(cx: &Cx<'_>, gap: &Gap, count: &Estimate, horizon: u32, past: &[(String, Estimate, u64)]) -> Figure {
    let (c, base) = (cx.cite_gap(gap), format!("{}.forecast", gap_path(&gap.id)));
    let ahead = print::span(f64::from(horizon));
    let rows: Vec<Interval> = past.iter().skip(past.len().saturating_sub(SHOWN)).map(|p| earlier(cx, p)).chain([next(count, &ahead)]).collect();
    let described = rows.iter().map(|r| format!("{}: {}", r.label, r.text)).collect::<Vec<_>>().join("; ");
    Figure {
        title: title(cx, &c, &base, count, &ahead),
        sub: fill(words::FORECAST_SUB, &[("level", count.level.to_string().into()), ("thin", THIN.into())]),
        drawing: intervals(&rows, Axis::Zero, None),
        describe: format!("Expected number with its interval, and what came. {described}."),
        data: forecast_table(cx, gap, &c, &base),
        note: note(cx, gap, &c, &base),
    }
}

fn title(cx: &Cx<'_>, c: &str, base: &str, count: &Estimate, ahead: &str) -> Text {
    let number = |field: &str, x: f64, text: String| cx.n(c, format!("{base}.count.{field}"), x, text).into();
    let slots = [
        ("count", number("value", count.value, print::rounded(count.value, FORECAST))),
        ("horizon", ahead.into()),
        ("low", number("low", count.low, print::end(count.low, FORECAST))),
        ("high", number("high", count.high, print::end(count.high, FORECAST))),
    ];
    fill(words::FORECAST, &slots)
}

fn earlier(cx: &Cx<'_>, (period, e, came): &(String, Estimate, u64)) -> Interval {
    Interval {
        label: cx.name(period),
        value: Some(e.value),
        ends: Some((e.low, e.high)),
        came: Some(*came as f64),
        text: format!("{} came", print::count(*came)),
        ..Interval::default()
    }
}

fn next(count: &Estimate, ahead: &str) -> Interval {
    let ends = format!("{}–{}", print::end(count.low, FORECAST), print::end(count.high, FORECAST));
    Interval {
        label: format!("Next {ahead}"),
        value: Some(count.value),
        ends: Some((count.low, count.high)),
        text: format!("{} ({ends})", print::rounded(count.value, FORECAST)),
        accent: true,
        ..Interval::default()
    }
}

/// How the earlier ones did, how likely another is, and by which method.
fn note(cx: &Cx<'_>, gap: &Gap, c: &str, base: &str) -> Text {
    let Outlook::Forecast { method, events, periods, past, again, teams, .. } = &gap.forecast else { return Text::new() };
    let held = past.iter().filter(|(_, e, came)| (e.low..=e.high).contains(&(*came as f64))).count() as u64;
    let slots = [
        ("held", cx.int(c, format!("held({base}.past)"), held).into()),
        ("all", cx.int(c, format!("{base}.past#"), past.len() as u64).into()),
        ("word", words::likely(*again).into()),
        ("p", cx.percent(c, format!("{base}.again"), *again)),
        ("thin", THIN.into()),
        ("method", method_word(method).into()),
        ("events", cx.many(c, format!("{base}.events"), *events, "defect")),
        ("periods", cx.many(c, format!("{base}.periods"), *periods, "period")),
        ("cite", Text::new().c(c)),
    ];
    let phrase = if past.is_empty() { words::FORECAST_NOTE_NEW } else { words::FORECAST_NOTE };
    sentences(vec![fill(phrase, &slots), risk(cx, c, base, teams)])
}

/// A forecast method as people read it.
fn method_word(id: &str) -> String {
    match id {
        "gamma-poisson" => "discounted Gamma–Poisson".to_owned(),
        other => other.replace('-', " "),
    }
}

/// Expected defects below which a team is not named: one in twenty horizons.
const TOLD: f64 = 0.05;

fn risk(cx: &Cx<'_>, c: &str, base: &str, teams: &[TeamRisk]) -> Text {
    let part = |t: &&TeamRisk| {
        let at = format!("{base}.teams[{}].count.value", path::key(&t.team));
        Text::from(format!("{} ", cx.name(&t.team)))
            .n(cx.n(c, at, t.count.value, print::rounded(t.count.value, FORECAST)))
            .s(format!(" ({})", cx.name(&t.because)))
    };
    // A team that has not had it yet is the news; small teams stay, since this is no rate and no comparison.
    let news = |t: &&TeamRisk| t.because.starts_with("none") && t.count.value >= TOLD;
    let mut shown: Vec<&TeamRisk> = teams.iter().filter(news).take(3).collect();
    if shown.is_empty() {
        return Text::new();
    }
    shown.sort_by(|a, b| a.team.cmp(&b.team));
    fill(words::RISK, &[("teams", join(shown.iter().map(part).collect(), "and"))])
}

fn forecast_table(cx: &Cx<'_>, gap: &Gap, c: &str, base: &str) -> Table {
    let columns = vec![Column::words("Period"), Column::numbers("Forecast"), Column::numbers("80\u{202f}% interval"), Column::numbers("Came")];
    let Outlook::Forecast { count, horizon_days, past, .. } = &gap.forecast else { return data_table("forecast", "Forecast", columns, Vec::new()) };
    let end = |x: f64| print::end(x, FORECAST);
    let row = |(period, e, came): &(String, Estimate, u64)| {
        let at = format!("{base}.past[{}]", path::key(period));
        let value = cx.n(c, format!("{at}[1].value"), e.value, print::rounded(e.value, FORECAST));
        Row::from(vec![
            cx.name(period).into(),
            Cell::from(value),
            cx.range(c, &format!("{at}[1]"), e, end).into(),
            Cell::from(cx.int(c, format!("{at}[2]"), *came)),
        ])
    };
    let next = Row::from(vec![
        Cell::from(format!("Next {}", print::span(f64::from(*horizon_days)))),
        Cell::from(cx.n(c, format!("{base}.count.value"), count.value, print::rounded(count.value, FORECAST))),
        cx.range(c, &format!("{base}.count"), count, end).into(),
        "–".into(),
    ]);
    data_table(&format!("forecast-{}", gap.id), "Forecasts and what came", columns, past.iter().map(row).chain([next]).collect())
}
