//! A class or a record on one page in four parts: what happened, why it happened, what we change, what we do not change and why.

use refrain_record::findings::{Class, Gap, Member};
use refrain_record::score::Quote;

use super::changes::sentence;
use super::{card, section};
use crate::context::{Cx, class_path, gap_path};
use crate::doc::{Block, Quoted, Section, Voice};
use crate::print::{self, COUNTED, THIN};
use crate::text::{Run, Text};

/// Sections of a record that tell why.
const WHY: &[&str] = &["cause", "trigger", "detection", "root-cause", "lessons"];

/// The one page.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let of = cx.view.of();
    let record = of.parse().ok().and_then(|key| cx.member(&key));
    let Some(class) = cx.class(of).or(record.map(|r| r.0)) else { return Vec::new() };
    let member = record.map(|r| r.1).filter(|_| cx.class(of).is_none());
    let gaps: Vec<&Gap> = cx.f.gaps.iter().filter(|g| g.class == class.id).collect();
    let mut blocks = vec![Block::Paragraph { voice: Voice::Lead, text: sentence(&cx.prose(&class.shape)).into() }];
    blocks.push(Block::Columns { columns: vec![vec![happened(cx, class, member)], vec![why(cx, class, member, &gaps)]] });
    blocks.push(Block::Columns { columns: vec![vec![changed(cx, class, &gaps)], vec![kept(cx, &gaps)]] });
    if member.is_none() {
        let decided = gaps.first().map(|g| vec![card::decided(cx, g)]);
        blocks.push(Block::Columns { columns: std::iter::once(vec![card::when(cx, class)]).chain(decided).collect() });
    }
    blocks.extend(gaps.iter().find(|g| g.rank.is_some()).map(|g| card::ticket(cx, g)));
    vec![section("summary", Text::new(), "Summary", true, blocks)]
}

fn quotes_of<'m>(class: &'m Class, member: Option<&'m Member>) -> Vec<&'m Quote> {
    let own = member.into_iter().flat_map(|m| m.score.weights().iter().flat_map(|w| &w.cites));
    let typical = class.typical.iter().filter(|_| member.is_none());
    own.chain(typical).collect()
}

fn told(q: Quoted) -> Text {
    Text(vec![Run::Plain { text: format!("“{}” ", q.text) }, Run::Source(q.source)])
}

/// Quotes that stand in sections of this kind, or in any other.
fn said(cx: &Cx<'_>, all: &[&Quote], of_cause: bool, most: usize) -> Vec<Text> {
    let wanted = |q: &&&Quote| WHY.iter().any(|w| q.cite.section.starts_with(w)) == of_cause;
    let chosen: Vec<&Quote> = all.iter().filter(wanted).copied().collect();
    cx.quotes(chosen.iter().copied(), most).into_iter().map(told).collect()
}

fn happened(cx: &Cx<'_>, class: &Class, member: Option<&Member>) -> Block {
    let mut items = match member {
        Some(m) => record_facts(cx, class, m),
        None => class_facts(cx, class),
    };
    items.extend(said(cx, &quotes_of(class, member), false, 3));
    Block::List { title: "What happened".into(), items }
}

fn record_facts(cx: &Cx<'_>, class: &Class, m: &Member) -> Vec<Text> {
    let who: Vec<String> = [m.at.map(print::long_day), m.team.as_deref().map(|t| cx.name(t))].into_iter().flatten().collect();
    let mut items = vec![Text::new().k(m.key.to_string()).s(format!(", {}. {}", who.join(", "), sentence(&cx.name(&m.title))))];
    if let Some(cost) = &m.cost {
        let c = cx.cite_class(class);
        let base = format!("{}.members[{}].cost.total", class_path(&class.id), crate::path::key(&m.key.to_string()));
        let amount = cx.money(&c, format!("{base}.value"), cost.total.value, COUNTED);
        items.push(Text::from("It cost ").t(amount).s(" (").t(cx.money_range(&c, &base, &cost.total, COUNTED)).s("). ").c(c));
    }
    items
}

fn class_facts(cx: &Cx<'_>, class: &Class) -> Vec<Text> {
    let (c, base) = (cx.cite_class(class), class_path(&class.id));
    let n = cx.many(&c, format!("{base}.members#"), class.members.len() as u64, "defect");
    let teams = cx.many(&c, format!("{base}.teams#"), class.teams.len() as u64, "team");
    let again = cx.int(&c, format!("{base}.recurrences"), class.recurrences);
    let mut items = vec![n.s(" in ").t(teams).s(", ").n(again).s(" of them after the first one was fixed. ").c(&c)];
    if let Some(capped) = class.cost.capped.filter(|_| class.cost.n > 0) {
        items.push(
            Text::from("They cost ")
                .t(cx.money(&c, format!("{base}.cost.capped.value"), capped.value, COUNTED))
                .s(" (80")
                .s(THIN)
                .s("%: ")
                .t(cx.money_range(&c, &format!("{base}.cost.capped"), &capped, COUNTED))
                .s(")."),
        );
    }
    items
}

fn why(cx: &Cx<'_>, class: &Class, member: Option<&Member>, gaps: &[&Gap]) -> Block {
    let mut items = said(cx, &quotes_of(class, member), true, 3);
    if let Some(m) = member {
        let stage = |s: &Option<(String, refrain_record::known::Origin)>| {
            s.as_ref().map_or_else(|| "unknown".to_owned(), |s| cx.stage_name(&s.0).to_lowercase())
        };
        items.push(Text::from(format!("Found at: {}. Could have been found at: {}.", stage(&m.actual_stage), stage(&m.ideal_stage))));
        items.extend(m.bucket.as_ref().map(|b| Text::from(format!("It got past because of: {}.", card::bucket(&b.0)))));
    }
    items.extend(gaps.iter().take(2).map(|g| {
        let c = cx.cite_gap(g);
        let caught = cx.int(&c, format!("{}.caught_members#", gap_path(&g.id)), g.caught_members.len() as u64);
        let all = cx.int(&c, format!("{}.escapes", gap_path(&g.id)), g.escapes);
        Text::from(super::gaps::presence(cx, g)).s("; it would have caught ").n(caught).s(" of ").n(all).s(". ").c(c)
    }));
    if items.is_empty() {
        items.push("No record says why, and no control is known for it.".into());
    }
    Block::List { title: "Why it happened".into(), items }
}

fn changed(cx: &Cx<'_>, class: &Class, gaps: &[&Gap]) -> Block {
    let adopted = gaps.iter().filter(|g| g.effect.is_some() || g.rank.is_some()).take(1);
    let mut items: Vec<Text> =
        adopted.map(|g| Text::new().b(format!("{}: ", cx.name(&g.control_name))).s(sentence(&cx.prose(&g.ticket.what)))).collect();
    items.extend(gaps.iter().filter_map(|g| g.decision.as_ref()).map(|d| Text::from(sentence(&cx.prose(d)))));
    if items.is_empty() {
        items.push(Text::from(format!("No control is proposed for {}.", class.id)));
    }
    Block::List { title: "What we change".into(), items }
}

/// Controls that are not first, what was deferred, and what speaks against the first.
fn kept(cx: &Cx<'_>, gaps: &[&Gap]) -> Block {
    let mut items: Vec<Text> = gaps
        .iter()
        .skip(1)
        .take(3)
        .map(|g| Text::new().b(format!("{}: ", cx.name(&g.control_name))).s(sentence(&cx.prose(&g.grade_because))))
        .collect();
    if let Some(first) = gaps.first() {
        let Block::List { items: against, .. } = card::against(cx, first) else { return Block::List { title: Text::new(), items } };
        items.extend(against.into_iter().take(3));
    }
    if items.is_empty() {
        items.push("Nothing was weighed and left out.".into());
    }
    Block::List { title: "What we do not change, and why".into(), items }
}
