//! What is different since the last brief, and how sure we are of this one.

use refrain_record::findings::{Changes, Effect, Gap};

use crate::context::{Cx, gap_path, shorten};
use crate::doc::Block;
use crate::print::{self, THIN};
use crate::text::{Text, join};
use crate::words::{self, fill, sentences};

/// Names in one list, before "and n more".
const LISTED: usize = 4;

/// "What changed since …".
pub fn changed(cx: &Cx<'_>) -> Block {
    let Some(changes) = &cx.f.changes else {
        let mut items = vec![fill(words::CHANGED_FIRST, &[])];
        items.extend(effects(cx));
        return Block::List { title: "What changed".into(), items };
    };
    let title = changes.since.map_or_else(|| "What changed".to_owned(), |at| format!("What changed since {}", print::long_day(at)));
    let c = cx.cite("Changes since the run before", "refrain classes lineage", changes.moved.iter().map(|m| &m.0));
    let records = fill(words::CHANGED_NEW, &[("n", cx.int(&c, "changes.new_records", changes.new_records).into())]);
    let mut items = vec![sentences([records].into_iter().chain(classes(cx, &c, changes)).collect()), moved(cx, &c, changes)];
    items.extend(effects(cx));
    Block::List { title: title.into(), items }
}

fn classes(cx: &Cx<'_>, c: &str, changes: &Changes) -> Vec<Text> {
    let named = |id: &String| cx.class(id).map_or_else(|| Text::new().k(id), |k| Text::new().k(id).s(format!(", {}", lower(&cx.name(&k.name)))));
    let sized = |list: &str, rows: &[(String, u64, u64)]| {
        let item = |(id, before, now): &(String, u64, u64)| {
            let base = format!("changes.{list}[{}]", crate::path::key(id));
            let slots = [
                ("class", Text::new().k(id)),
                ("before", cx.int(c, format!("{base}[1]"), *before).into()),
                ("now", cx.int(c, format!("{base}[2]"), *now).into()),
            ];
            fill(words::CHANGED_ITEM, &slots)
        };
        listed(rows.iter().map(item).collect())
    };
    let parts = [
        (words::CHANGED_GROWN, sized("grown", &changes.grown)),
        (words::CHANGED_SHRUNK, sized("shrunk", &changes.shrunk)),
        (words::CHANGED_CLASSES, listed(changes.new_classes.iter().map(named).collect())),
        (
            words::CHANGED_CLOSED,
            listed(changes.closed.iter().map(|(id, name)| Text::new().k(id).s(format!(", {}", lower(&cx.name(name))))).collect()),
        ),
    ];
    let told: Vec<Text> = parts.into_iter().filter(|(_, list)| !list.is_empty()).map(|(phrase, list)| fill(phrase, &[("list", list)])).collect();
    if told.is_empty() { vec![fill(words::CHANGED_NONE, &[])] } else { told }
}

/// The first few, then how many more.
fn listed(mut all: Vec<Text>) -> Text {
    let more = all.len().saturating_sub(LISTED);
    all.truncate(LISTED);
    if more > 0 {
        all.push(Text::from(format!("{} more", print::count(more as u64))));
    }
    join(all, "and")
}

fn lower(name: &str) -> String {
    let mut chars = name.chars();
    let second_low = name.chars().nth(1).is_none_or(|c| !c.is_uppercase());
    chars.next().filter(|_| second_low).map_or_else(|| name.to_owned(), |c| c.to_lowercase().chain(chars).collect())
}

fn moved(cx: &Cx<'_>, c: &str, changes: &Changes) -> Text {
    let n = changes.moved.len() as u64;
    if n == 0 {
        return fill(words::CHANGED_STILL, &[("cite", Text::new().c(c))]);
    }
    fill(words::CHANGED_MOVED, &[("n", cx.many(c, "changes.moved#", n, "record")), ("cite", Text::new().c(c))])
}

/// Controls that were adopted, at most three, with the words that go with every comparison before and after.
fn effects(cx: &Cx<'_>) -> Vec<Text> {
    let mut told: Vec<Text> = cx.f.gaps.iter().filter_map(|g| g.effect.as_ref().map(|e| effect(cx, g, e))).take(3).collect();
    // On the first: the last may be cut where the page is full.
    if let Some(first) = told.first_mut() {
        *first = std::mem::take(first).s(words::EFFECT_PROOF);
    }
    told
}

fn effect(cx: &Cx<'_>, gap: &Gap, effect: &Effect) -> Text {
    let (c, base) = (cx.cite_gap(gap), format!("{}.effect", gap_path(&gap.id)));
    let ratio = effect.ratio.map_or_else(Text::new, |r| {
        let value = cx.n(&c, format!("{base}.ratio.value"), r.value, print::rounded(r.value, 2));
        let low = cx.n(&c, format!("{base}.ratio.low"), r.low, print::rounded(r.low, 2));
        let high = cx.n(&c, format!("{base}.ratio.high"), r.high, print::rounded(r.high, 2));
        let slots =
            [("value", value.into()), ("level", r.level.to_string().into()), ("thin", THIN.into()), ("low", low.into()), ("high", high.into())];
        fill(words::EFFECT_RATIO, &slots)
    });
    let slots = [
        ("verdict", cx.name(effect.verdict.split([':', ';', ',']).next().unwrap_or("")).into()),
        ("control", shorten(&cx.name(&gap.control_name), 60).into()),
        ("before", cx.int(&c, format!("{base}.before[0]"), effect.before.0).into()),
        ("after", cx.int(&c, format!("{base}.after[0]"), effect.after.0).into()),
        ("ratio", ratio),
    ];
    fill(words::EFFECT, &slots)
}

/// "How sure we are".
pub fn sure(cx: &Cx<'_>) -> Block {
    let mut items = Vec::new();
    items.extend(order(cx));
    items.extend(fragile(cx));
    items.push(sentences(vec![forecast(cx), cost(cx)]));
    items.extend(caveat(cx, "not-seen", words::SURE_NOT_SEEN).or_else(|| caveat(cx, "data", words::SURE_DATA)));
    items.push(unclassified(cx));
    Block::List { title: "How sure we are".into(), items }
}

/// Who is first in how many draws, for those that are in one of ten.
fn order(cx: &Cx<'_>) -> Option<Text> {
    let ranked = cx.ranked();
    let mut likely: Vec<&&Gap> = ranked.iter().filter(|g| g.first >= 0.1).take(3).collect();
    if likely.is_empty() {
        likely = ranked.iter().take(1).collect();
    }
    let first = likely.first()?;
    let part = |gap: &&&Gap| {
        let c = cx.cite_gap(gap);
        let share = cx.percent(&c, format!("{}.first", gap_path(&gap.id)), gap.first);
        Text::new().to(cx.gap_label(gap), cx.gap_anchor(gap)).s(" in ").t(share).s(format!("{THIN}%"))
    };
    let undecided = if first.first < 0.8 && likely.len() > 1 { words::SURE_UNDECIDED } else { "" };
    let slots = [("list", join(likely.iter().map(part).collect(), "and")), ("undecided", undecided.into())];
    Some(fill(words::SURE_ORDER, &slots))
}

fn fragile(cx: &Cx<'_>) -> Option<Text> {
    let from_caveat = cx.f.caveats.iter().find(|c| c.topic == "fragile").map(|c| c.text.as_str());
    if let Some(text) = from_caveat.filter(|t| !t.trim().is_empty()) {
        return Some(fill(words::SURE_FRAGILE, &[("text", stopped(&cx.prose(text)).into())]));
    }
    let first = *cx.ranked().first().filter(|g| !g.fragile.trim().is_empty())?;
    let text = Text::from("for ").to(cx.gap_label(first), cx.gap_anchor(first)).s(": ").s(lower(&stopped(&cx.prose(&first.fragile))));
    Some(fill(words::SURE_FRAGILE, &[("text", text)]))
}

fn forecast(cx: &Cx<'_>) -> Text {
    let b = &cx.f.backtest;
    let c = cx.cite("Forecasts of the past, by rolling origin", "refrain forecast", []);
    if b.forecasts == 0 {
        let note = if b.note.trim().is_empty() { "too little history to test one.".to_owned() } else { stopped(&cx.prose(&b.note)) };
        return trimmed(fill(words::SURE_NO_FORECAST, &[("note", note.into())]));
    }
    let slots = [
        ("level", Text::from("80")),
        ("thin", THIN.into()),
        ("held", cx.int(&c, "backtest.held", b.held).into()),
        ("all", cx.int(&c, "backtest.forecasts", b.forecasts).into()),
    ];
    trimmed(fill(words::SURE_FORECAST, &slots))
}

fn trimmed(mut text: Text) -> Text {
    if let Some(crate::text::Run::Plain { text: last }) = text.0.last_mut() {
        last.truncate(last.trim_end().len());
    }
    text
}

fn cost(cx: &Cx<'_>) -> Text {
    let (c, k) = (cx.cite_scope(), &cx.f.cost);
    if k.n == 0 || k.raw <= 0.0 {
        return fill(words::SURE_NO_COST, &[]);
    }
    let share = |field: &str, part: f64| super::summary::share_of(cx, &c, &format!("cost.{field}"), part, k.raw);
    let slots = [
        ("stated", share("stated", k.stated)),
        ("derived", share("derived", k.derived)),
        ("assumed", share("assumed", k.assumed)),
        ("thin", THIN.into()),
    ];
    fill(words::SURE_COST, &slots)
}

/// Reasons of abstention as people read them.
pub const REASONS: &[(&str, &str)] = &[
    ("no-evidence", "no mechanism in their text"),
    ("below-threshold", "no class near enough"),
    ("conflict", "two classes equally near"),
    ("hot-key", "words that occur nearly everywhere"),
    ("unsupported-language", "a language not supported"),
    ("single", "no other defect like them"),
];

/// A reason in words.
pub fn reason(id: &str) -> String {
    REASONS.iter().find(|(r, _)| *r == id).map_or_else(|| id.replace('-', " "), |(_, words)| (*words).to_owned())
}

fn unclassified(cx: &Cx<'_>) -> Text {
    let (c, u) = (cx.cite_scope(), &cx.f.unclassified);
    let mut reasons: Vec<(&String, &u64)> = u.by_reason.iter().filter(|(_, n)| **n > 0).collect();
    reasons.sort_by_key(|(name, n)| (std::cmp::Reverse(**n), (*name).clone()));
    let part = |(name, n): &(&String, &u64)| {
        let number = cx.int(&c, format!("unclassified.by_reason[{}]", crate::path::key(name)), **n);
        Text::from(format!("{} ", reason(name))).n(number)
    };
    let told = join(reasons.iter().take(2).map(part).collect(), "and");
    let slots = [
        ("n", cx.int(&c, "unclassified.total", u.total).into()),
        ("all", cx.int(&c, "scope.defects", cx.f.scope.defects).into()),
        ("share", cx.percent(&c, "unclassified.share", u.share)),
        ("thin", THIN.into()),
        ("reasons", told),
        ("cite", Text::new().c(&c)),
    ];
    fill(if reasons.is_empty() { words::SURE_UNCLASSIFIED_PLAIN } else { words::SURE_UNCLASSIFIED }, &slots)
}

fn caveat(cx: &Cx<'_>, topic: &str, phrase: &str) -> Option<Text> {
    let found = cx.f.caveats.iter().find(|c| c.topic == topic)?;
    Some(fill(phrase, &[("text", stopped(&cx.prose(&found.text)).into())]))
}

/// With a capital at the front and a full stop.
pub fn sentence(text: &str) -> String {
    let text = stopped(text);
    if text.starts_with("http") { text } else { words::capital(&text) }
}

/// With a full stop.
pub fn stopped(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}
