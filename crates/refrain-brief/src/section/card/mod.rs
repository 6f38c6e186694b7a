//! One card a gap: shape, timeline, stages, quotes, cost, forecast, the control as a ticket, what speaks against it, what people decided.

mod cost;
mod found;
mod outlook;
mod ticket;
mod when;

use refrain_record::findings::{Class, DecisionNote, Gap};
use refrain_record::score::Quote;

use super::changes::sentence;
use super::section;
use crate::context::{Cx, class_path, gap_path};
use crate::doc::{Block, Section, Voice};
use crate::options::View;
use crate::print::{self, THIN};
use crate::text::{Run, Text, join};
use crate::words::{self, fill, noun};

pub use found::{BUCKETS, bucket};
pub use ticket::{factors, ticket};
pub use when::when;

/// A section for each of the first ranked gaps.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let of_view = |gap: &&Gap| match cx.view {
        View::Team(team) => gap.teams.contains(team),
        _ => true,
    };
    cx.ranked().into_iter().filter(of_view).take(cx.o.cards).map(|gap| card(cx, gap)).collect()
}

fn card(cx: &Cx<'_>, gap: &Gap) -> Section {
    let label = cx.gap_label(gap);
    let title = Text::new().k(&label).s(format!(" · {}", cx.name(&gap.class_name)));
    let mut blocks = Vec::new();
    if let Some(class) = cx.class(&gap.class) {
        blocks.push(Block::Paragraph { voice: Voice::Lead, text: sentence(&cx.prose(&class.shape)).into() });
        blocks.push(facts(cx, gap, class));
        blocks.push(Block::Columns { columns: vec![vec![when(cx, class)], vec![found::found(cx, gap, class)]] });
    }
    blocks.push(quotes(cx, gap));
    blocks.push(Block::Columns { columns: vec![vec![cost::cost(cx, gap)], vec![outlook::forecast(cx, gap)]] });
    blocks.push(ticket(cx, gap));
    blocks.push(Block::Columns { columns: vec![vec![against(cx, gap)], vec![decided(cx, gap)]] });
    let id = gap.rank.map_or_else(|| format!("gap-{}", gap.id), |r| format!("g{r}"));
    section(&id, title, &label, true, blocks)
}

/// The line of facts under the shape.
pub fn facts(cx: &Cx<'_>, gap: &Gap, class: &Class) -> Block {
    let c = cx.cite_class(class);
    let base = class_path(&class.id);
    let count = |path: String, n: u64, word: &str| Text::new().nb(cx.int(&c, path, n)).s(format!("\u{a0}{}", noun(n, word)));
    let escapes = count(format!("{}.escapes", gap_path(&gap.id)), gap.escapes, "escape");
    let teams = count(format!("{base}.teams#"), class.teams.len() as u64, "team");
    let mut again = count(format!("{base}.recurrences"), class.recurrences, "recurrence");
    if class.cross_team > 0 {
        again = again.s(", ").nb(cx.int(&c, format!("{base}.cross_team"), class.cross_team)).s(" of them in another team");
    }
    let days: Vec<_> = class.members.iter().filter_map(|m| m.at).collect();
    let mut items = vec![Text::new().b(class.id.clone()), escapes.s(", ").t(teams), again];
    if let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) {
        items.push(Text::from("first ").b(print::day(*first)).s(", last ").b(print::day(*last)));
    }
    items.push(Text::from("evidence ").b(format!("{:?}", gap.grade)).s(format!(": {} ", cx.prose(&gap.grade_because).trim_end_matches('.'))).c(c));
    Block::Facts { items }
}

/// Words from which on a quote tells something by itself.
const TELLING: usize = 4;

/// Up to three quotes of the gap, else of its class.
fn quotes(cx: &Cx<'_>, gap: &Gap) -> Block {
    let class = cx.class(&gap.class);
    let mut all: Vec<&Quote> = gap.evidence.iter().chain(class.into_iter().flat_map(|c| &c.typical)).collect();
    all.retain(|q| cx.member(&q.cite.key).is_some_and(|(c, _)| c.id == gap.class));
    // A single word proves a match and tells a reader nothing.
    all.sort_by_key(|q| q.text.split_whitespace().count() < TELLING);
    let quotes = cx.quotes(all.iter().copied(), 3);
    if quotes.is_empty() {
        return Block::List { title: words::QUOTES.into(), items: vec![words::QUOTES_NONE.into()] };
    }
    Block::Quotes { title: words::QUOTES.into(), quotes }
}

/// Counter-evidence: quotes first, then what the fields say.
pub fn against(cx: &Cx<'_>, gap: &Gap) -> Block {
    let class = cx.class(&gap.class);
    let from: Vec<&Quote> = gap.counter.iter().chain(class.into_iter().flat_map(|c| &c.counter)).collect();
    let told = cx.quotes(from.iter().copied(), 2);
    let mut items: Vec<Text> = told.into_iter().map(|q| Text(vec![Run::Plain { text: format!("“{}” ", q.text) }, Run::Source(q.source)])).collect();
    items.extend(class.and_then(|k| border(cx, k)));
    if gap.assumed_share > 0.0 && gap.cost.n > 0 {
        let c = cx.cite_gap(gap);
        let share = cx.percent(&c, format!("{}.assumed_share", gap_path(&gap.id)), gap.assumed_share);
        items.push(fill(words::AGAINST_ASSUMED, &[("share", share), ("thin", THIN.into())]));
    }
    if !gap.fragile.trim().is_empty() {
        items.push(sentence(&cx.prose(&gap.fragile)).into());
    }
    if items.is_empty() {
        items.push(words::AGAINST_NONE.into());
    }
    Block::List { title: words::AGAINST.into(), items }
}

fn border(cx: &Cx<'_>, class: &Class) -> Option<Text> {
    let keys: Vec<&str> = class.members.iter().filter(|m| m.border).map(|m| m.key.id()).collect();
    if keys.is_empty() {
        return None;
    }
    let c = cx.cite_class(class);
    let base = class_path(&class.id);
    let more = (keys.len() > 3).then(|| Text::from(format!("{} more", keys.len() - 3)));
    let list = join(keys.iter().take(3).map(|k| Text::new().k(cx.name(k))).chain(more).collect(), "and");
    let slots = [
        ("n", cx.int(&c, format!("{base}.members#border"), keys.len() as u64).into()),
        ("all", cx.int(&c, format!("{base}.members#"), class.members.len() as u64).into()),
        ("keys", list),
    ];
    Some(fill(words::AGAINST_BORDER, &slots))
}

/// What people decided about the gap, its class or a member: never by whom.
pub fn decided(cx: &Cx<'_>, gap: &Gap) -> Block {
    let mut items: Vec<Text> = gap.decision.iter().map(|d| sentence(&cx.prose(d)).into()).collect();
    let members = cx.class(&gap.class).into_iter().flat_map(|c| c.members.iter().map(|m| m.key.to_string()));
    let names: Vec<String> = [gap.id.clone(), gap.class.clone()].into_iter().chain(members).collect();
    let about = |d: &&DecisionNote| names.iter().any(|n| mentions(&d.what, n));
    items.extend(cx.f.decisions.iter().rev().filter(about).take(4).map(|d| note(cx, d)));
    if items.is_empty() {
        items.push(words::DECIDED_NONE.into());
    }
    Block::List { title: words::DECIDED.into(), items }
}

/// `9 Apr 2026: keep ORD-2087 in the class; it is the same mechanism. [D-31]`
pub fn note(cx: &Cx<'_>, d: &DecisionNote) -> Text {
    let why = if d.why.trim().is_empty() { String::new() } else { format!(": {}", cx.prose(&d.why)) };
    let effect = if d.effect == "in force" || d.effect.is_empty() { String::new() } else { format!(" ({})", cx.prose(&d.effect)) };
    Text::from(format!("{}, {}{why}{effect} [", print::day(d.at), cx.prose(&d.what))).k(format!("D-{}", d.number)).s("]")
}

/// Whether a text names something as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
    text.match_indices(name).any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next()))
}
