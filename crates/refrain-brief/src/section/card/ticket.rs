//! The control as a ticket that a person may copy.

use refrain_record::findings::{Gap, Outlook};

use super::super::changes::{sentence, stopped};
use super::super::head;
use crate::context::{Cx, gap_path};
use crate::doc::Block;
use crate::print::{self, COUNTED, FORECAST, Scale, THIN};
use crate::text::Text;
use crate::words::{self, fill};

/// The ready ticket. refrain never posts it.
pub fn ticket(cx: &Cx<'_>, gap: &Gap) -> Block {
    let (c, base) = (cx.cite_gap(gap), gap_path(&gap.id));
    let t = &gap.ticket;
    let end = |field: &str, x: f64| cx.n(&c, format!("{base}.caught.{field}"), x, print::rounded(x, 2));
    let price = gap.price.map_or_else(Text::new, |p| Text::from(", ").t(cx.money(&c, format!("{base}.price.value"), p.value, FORECAST)));
    let slots = [
        ("accept", Text::ticked(&stopped(&cx.prose(&t.accept)))),
        ("days", head::days(cx, &c, &base, gap.days)),
        ("price", price),
        ("caught", cx.int(&c, format!("{base}.caught_members#"), gap.caught_members.len() as u64).into()),
        ("all", cx.int(&c, format!("{base}.escapes"), gap.escapes).into()),
        ("share", end("value", gap.caught.value).into()),
        ("level", gap.caught.level.to_string().into()),
        ("thin", THIN.into()),
        ("low", end("low", gap.caught.low).into()),
        ("high", end("high", gap.caught.high).into()),
        ("avoids", avoids(cx, gap, &c, &base)),
        ("measure", Text::ticked(&stopped(&cx.prose(&t.measure)))),
    ];
    // Why it is asked for stands in the card, where each of its numbers is cited.
    let what = Some(sentence(&cx.prose(&t.what))).filter(|p| !p.is_empty()).map(|p| Text::ticked(&p));
    let title = if t.title.trim().is_empty() { cx.name(&gap.control_name) } else { cx.name(&t.title) };
    Block::Ticket { title: title.into(), paragraphs: what.into_iter().chain([fill(words::TICKET_LINE, &slots)]).collect() }
}

/// The product with its factors.
fn avoids(cx: &Cx<'_>, gap: &Gap, c: &str, base: &str) -> Text {
    let (Some(avoidable), Outlook::Forecast { horizon_days, .. }) = (gap.avoidable, &gap.forecast) else {
        return Text::new();
    };
    let range = |x: f64| print::end(x / Scale::of(avoidable.high).by, FORECAST);
    let slots = [
        ("factors", factors(cx, gap, c, base)),
        ("avoidable", cx.money(c, format!("{base}.avoidable.value"), avoidable.value, FORECAST)),
        ("low", cx.n(c, format!("{base}.avoidable.low"), avoidable.low, range(avoidable.low)).into()),
        ("high", cx.n(c, format!("{base}.avoidable.high"), avoidable.high, range(avoidable.high)).into()),
        ("horizon", print::span(f64::from(*horizon_days)).into()),
    ];
    fill(words::TICKET_AVOIDS, &slots)
}

/// The terms of the rank score: `6.2 × 0.95 × €35.9 k × 0.80`.
pub fn factors(cx: &Cx<'_>, gap: &Gap, c: &str, base: &str) -> Text {
    let one = |(i, (name, value)): (usize, &(String, f64))| {
        let path = format!("{base}.terms[{i}][1]");
        if name.contains("cost") { cx.money(c, path, *value, COUNTED) } else { cx.n(c, path, *value, print::rounded(*value, FORECAST)).into() }
    };
    gap.terms.iter().enumerate().map(one).fold(Text::new(), |all, t| if all.is_empty() { t } else { all.s(" × ").t(t) })
}
