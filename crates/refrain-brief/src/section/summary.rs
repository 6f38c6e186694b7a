//! The first page: strip, five gaps, two pictures, what changed, how sure we are.

use refrain_record::findings::Estimate;

use super::{changes, figures, fit, gaps, head, section};
use crate::context::Cx;
use crate::doc::{Block, Fact, Section};
use crate::print::{self, FORECAST, THIN};
use crate::text::Text;
use crate::words::{self, fill, many};

/// Page 1.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let mut blocks = vec![Block::Strip { items: strip(cx) }];
    blocks.extend(gaps::table(cx));
    blocks.extend(pictures(cx));
    let head = head::head(cx);
    let above = fit::head(&head.lines, &head.ask) + blocks.iter().map(fit::height).sum::<f64>();

    blocks.push(fit::lists(above, vec![changes::changed(cx), changes::sure(cx)]));
    vec![section("summary", Text::new(), "Summary", true, blocks)]
}

/// Pareto and matrix, side by side where both have something to show.
fn pictures(cx: &Cx<'_>) -> Vec<Block> {
    let both: Vec<Vec<Block>> = [figures::pareto(cx), figures::matrix(cx)].into_iter().flatten().map(|f| vec![Block::Figure(f)]).collect();
    if both.is_empty() { Vec::new() } else { vec![Block::Columns { columns: both }] }
}

/// Six numbers that say what was looked at and how much of it is known.
pub fn strip(cx: &Cx<'_>) -> Vec<Fact> {
    vec![records(cx), defects(cx), escapes(cx), cost(cx), unclassified(cx), stage_unknown(cx)]
}

fn fact(label: &str, value: impl Into<Text>, notes: Vec<Text>) -> Fact {
    Fact { label: label.to_owned(), value: value.into(), notes: notes.into_iter().filter(|n| !n.is_empty()).take(2).collect() }
}

fn records(cx: &Cx<'_>) -> Fact {
    let (c, scope) = (cx.cite_scope(), &cx.f.scope);
    let teams = cx.many(&c, "scope.teams#", scope.teams.len() as u64, "team");
    let sources = cx.many(&c, "scope.sources#", scope.sources.len() as u64, "source");
    let withdrawn = fill(words::STRIP_WITHDRAWN, &[("n", cx.int(&c, "scope.withdrawn", scope.withdrawn).into())]);
    let second = if scope.withdrawn > 0 { withdrawn } else { Text::new() };
    fact(
        "Records read",
        cx.int(&c, "scope.records", scope.records),
        vec![fill(words::STRIP_TEAMS, &[("teams", teams), ("sources", sources)]), second],
    )
}

fn defects(cx: &Cx<'_>) -> Fact {
    let (c, scope) = (cx.cite_scope(), &cx.f.scope);
    let folded = fill(words::STRIP_FOLDED, &[("folded", cx.int(&c, "scope.folded", scope.folded).into())]);
    let other = fill(words::STRIP_OTHER, &[("n", cx.int(&c, "scope.not_defects", scope.not_defects).into())]);
    fact("Defects", cx.int(&c, "scope.defects", scope.defects), vec![folded, other])
}

fn escapes(cx: &Cx<'_>) -> Fact {
    let (c, scope) = (cx.cite_scope(), &cx.f.scope);
    let metric = cx.f.metrics.iter().find(|m| m.id == "escape-rate" && m.of.is_empty());
    let notes = match metric.and_then(|m| m.value.map(|v| (m, v))) {
        Some((metric, value)) => {
            let cm = cx.cite_metric(metric);
            rate_notes(cx, &cm, &crate::context::metric_path(metric), &value)
        }
        None if scope.defects > 0 => {
            let share = scope.escapes as f64 / scope.defects as f64;
            let number = cx.n(&c, "scope.escapes / scope.defects", share, print::rate(share));
            vec![fill(words::STRIP_RATE, &[("rate", number.into()), ("thin", THIN.into())])]
        }
        None => Vec::new(),
    };
    fact("Escapes", cx.int(&c, "scope.escapes", scope.escapes), notes)
}

fn rate_notes(cx: &Cx<'_>, c: &str, base: &str, value: &Estimate) -> Vec<Text> {
    let number = cx.n(c, format!("{base}.value.value"), value.value, print::rate(value.value));
    let low = cx.n(c, format!("{base}.value.low"), value.low, print::rate(value.low));
    let high = cx.n(c, format!("{base}.value.high"), value.high, print::rate(value.high));
    let slots = [("level", value.level.to_string().into()), ("thin", THIN.into()), ("low", low.into()), ("high", high.into())];
    vec![fill(words::STRIP_RATE, &[("rate", number.into()), ("thin", THIN.into())]), fill(words::STRIP_RATE_INTERVAL, &slots)]
}

fn cost(cx: &Cx<'_>) -> Fact {
    let (c, cost) = (cx.cite_scope(), &cx.f.cost);
    let Some(capped) = cost.capped.filter(|_| cost.n > 0) else {
        return fact("Cost of escapes", "not known", vec!["no record states one,".into(), "no rule supplies it".into()]);
    };
    let scale = print::Scale::of(capped.high);
    let end = |x: f64| print::rounded(x / scale.by, FORECAST);
    let low = cx.n(&c, "cost.capped.low", capped.low, end(capped.low));
    let high = cx.n(&c, "cost.capped.high", capped.high, end(capped.high));
    let slots = [("level", Text::from(capped.level.to_string())), ("thin", THIN.into()), ("low", low.into()), ("high", high.into())];
    let assumed = share_of(cx, &c, "cost.assumed", cost.assumed, cost.raw);
    let notes = vec![fill(words::STRIP_INTERVAL, &slots), fill(words::STRIP_ASSUMED, &[("share", assumed), ("thin", THIN.into())])];
    fact("Cost of escapes", cx.money(&c, "cost.capped.value", capped.value, FORECAST), notes)
}

/// Part of the raw cost as whole percent.
pub fn share_of(cx: &Cx<'_>, c: &str, path: &str, part: f64, raw: f64) -> Text {
    let share = if raw > 0.0 { part / raw } else { 0.0 };
    let all = path.rsplit_once('.').map_or("raw".to_owned(), |(base, _)| format!("{base}.raw"));
    cx.percent(c, format!("{path} / {all}"), share)
}

/// Law H3: never left out, also where it is zero.
fn unclassified(cx: &Cx<'_>) -> Fact {
    let (c, u) = (cx.cite_scope(), &cx.f.unclassified);
    let slots = [("n", cx.int(&c, "unclassified.total", u.total).into()), ("all", cx.int(&c, "scope.defects", cx.f.scope.defects).into())];
    let cost = u.cost.as_ref().and_then(|k| k.capped).map_or_else(
        || Text::from("no mechanism claimed"),
        |e| cx.money(&c, "unclassified.cost.capped.value", e.value, FORECAST).s(", none claimed"),
    );
    let share = cx.percent(&c, "unclassified.share", u.share).s(format!("{THIN}%"));
    fact("Unclassified", share, vec![fill(words::STRIP_UNCLASSIFIED, &slots), cost])
}

fn stage_unknown(cx: &Cx<'_>) -> Fact {
    let (c, scope) = (cx.cite_scope(), &cx.f.scope);
    let slots = [("n", cx.int(&c, "scope.stage_unknown", scope.stage_unknown).into()), ("all", cx.int(&c, "scope.defects", scope.defects).into())];
    let note = vec![fill(words::STRIP_UNKNOWN, &slots), "found or ideal stage".into()];
    if scope.defects == 0 {
        return fact("Stage unknown", many(0, "defect"), Vec::new());
    }
    let share = scope.stage_unknown as f64 / scope.defects as f64;
    fact("Stage unknown", cx.percent(&c, "scope.stage_unknown / scope.defects", share).s(format!("{THIN}%")), note)
}
