//! One team: what keeps failing here, who else has had it, and what may come that others had first.

use refrain_record::findings::{Class, Outlook, TeamRisk};

use super::section;
use crate::context::{Cx, class_path};
use crate::doc::{Block, Cell, Column, Fact, Row, Section, Table, TableKind};
use crate::path;
use crate::print::{self, FORECAST};
use crate::text::{Text, join};

/// Own classes, siblings elsewhere, and classes that the team has not had yet.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let team = cx.view.of();
    let own: Vec<&Class> = cx.f.classes.iter().filter(|c| c.teams.iter().any(|t| t.team == team)).collect();
    let mut blocks = vec![Block::Strip { items: strip(cx, team) }];
    if own.is_empty() {
        blocks.push(Block::List { title: "Own mechanisms".into(), items: vec!["No defect of this team is in a class.".into()] });
    } else {
        blocks.push(Block::Table(table(cx, team, &own)));
        blocks.push(Block::List { title: "Where else it happened".into(), items: siblings(cx, team, &own) });
    }
    blocks.push(Block::List { title: "Not had yet, and had by others".into(), items: ahead(cx, team) });
    vec![section("summary", Text::new(), "Summary", true, blocks)]
}

fn strip(cx: &Cx<'_>, team: &str) -> Vec<Fact> {
    let c = cx.cite_scope();
    let name = path::key(team);
    let n = cx.f.scope.teams.get(team).copied().unwrap_or(0);
    let inside: u64 = cx.f.classes.iter().flat_map(|k| &k.teams).filter(|t| t.team == team).map(|t| t.members).sum();
    let paths: Vec<String> =
        cx.f.classes
            .iter()
            .filter(|k| k.teams.iter().any(|t| t.team == team))
            .map(|k| format!("{}.teams[{name}].members", class_path(&k.id)))
            .collect();
    let fact = |label: &str, value: Text, note: &str| Fact { label: label.into(), value, notes: vec![note.into()] };
    let mut items = vec![fact("Defects", cx.int(&c, format!("scope.teams[{name}]"), n).into(), "of this team")];
    if !paths.is_empty() {
        items.push(fact("In a class", cx.int(&c, paths.join(" + "), inside).into(), "with a known mechanism"));
    }
    let share = cx.percent(&c, "unclassified.share", cx.f.unclassified.share).s(format!("{}%", print::THIN));
    items.push(fact("Unclassified", share, "of all teams' defects"));
    items
}

fn table(cx: &Cx<'_>, team: &str, own: &[&Class]) -> Table {
    let mut sorted: Vec<&&Class> = own.iter().collect();
    let of = |c: &Class| c.teams.iter().find(|t| t.team == team).map_or(0, |t| t.members);
    sorted.sort_by_key(|c| (std::cmp::Reverse(of(c)), c.id.clone()));
    Table {
        id: "team-classes".into(),
        kind: TableKind::Plain,
        caption: "Own mechanisms, the most frequent first".into(),
        columns: vec![
            Column::words("Mechanism"),
            Column::numbers("Own defects"),
            Column::words("Last"),
            Column::numbers("All teams"),
            Column::words("Other teams"),
            Column::numbers("Expected here"),
            Column::words("Control"),
        ],
        rows: sorted.iter().map(|c| row(cx, team, c, of(c))).collect(),
        note: Text::new(),
    }
}

fn row(cx: &Cx<'_>, team: &str, class: &Class, own: u64) -> Row {
    let (c, base) = (cx.cite_class(class), class_path(&class.id));
    let name = path::key(team);
    let last = class.teams.iter().find(|t| t.team == team).and_then(|t| t.span).map_or_else(|| "–".to_owned(), |s| print::day(s.1));
    let others: Vec<String> = class.teams.iter().filter(|t| t.team != team).map(|t| cx.name(&t.team)).collect();
    let gap = cx.ranked().into_iter().find(|g| g.class == class.id);
    Row::from(vec![
        Cell::over(Text::new().b(cx.name(&class.name)), Text::from(format!("{} ", class.id)).c(&c)),
        Cell::from(cx.int(&c, format!("{base}.teams[{name}].members"), own)),
        last.into(),
        Cell::from(cx.int(&c, format!("{base}.members#"), class.members.len() as u64)),
        if others.is_empty() { "none".into() } else { others.join(", ").into() },
        expected(cx, class, team, &c),
        gap.map_or_else(|| "–".into(), |g| Text::new().to(cx.gap_label(g), cx.gap_anchor(g)).s(format!(" {}", cx.name(&g.control_name))).into()),
    ])
}

fn risk<'a>(class: &'a Class, team: &str) -> Option<&'a TeamRisk> {
    match &class.forecast {
        Outlook::Forecast { teams, .. } => teams.iter().find(|t| t.team == team),
        Outlook::Withheld { .. } => None,
    }
}

fn expected(cx: &Cx<'_>, class: &Class, team: &str, c: &str) -> Cell {
    let Some(found) = risk(class, team) else { return "too few".into() };
    let base = format!("{}.forecast.teams[{}].count", class_path(&class.id), path::key(team));
    let value = cx.n(c, format!("{base}.value"), found.count.value, print::rounded(found.count.value, FORECAST));
    Cell::over(Text::from(value), cx.range(c, &base, &found.count, |x| print::end(x, FORECAST)))
}

/// For each shared class, what the other teams wrote: one quote each, the nearest first.
fn siblings(cx: &Cx<'_>, team: &str, own: &[&Class]) -> Vec<Text> {
    let mut told: Vec<Text> = own.iter().filter_map(|class| sibling(cx, team, class)).take(8).collect();
    if told.is_empty() {
        told.push("No other team has a defect of these mechanisms.".into());
    }
    told
}

fn sibling(cx: &Cx<'_>, team: &str, class: &Class) -> Option<Text> {
    let others = class.members.iter().filter(|m| m.team.as_deref().is_some_and(|t| t != team));
    let quotes: Vec<_> = others.flat_map(|m| m.score.weights().iter().flat_map(|w| &w.cites)).collect();
    let quote = cx.quotes(quotes.iter().copied(), 1).pop()?;
    let text = Text::new().b(format!("{}: ", cx.name(&class.name))).s(format!("“{}” {} ", quote.text, quote.who));
    Some(Text(text.0.into_iter().chain([crate::text::Run::Source(quote.source)]).collect()))
}

fn ahead(cx: &Cx<'_>, team: &str) -> Vec<Text> {
    let fresh = cx.f.classes.iter().filter(|c| c.teams.iter().all(|t| t.team != team));
    let mut told: Vec<Text> = fresh.filter_map(|c| risk(c, team).map(|r| coming(cx, c, r, team))).take(6).collect();
    if told.is_empty() {
        told.push("Nothing that others had is expected here.".into());
    }
    told
}

fn coming(cx: &Cx<'_>, class: &Class, risk: &TeamRisk, team: &str) -> Text {
    let c = cx.cite_class(class);
    let base = format!("{}.forecast.teams[{}].count", class_path(&class.id), path::key(team));
    let number = cx.n(&c, format!("{base}.value"), risk.count.value, print::rounded(risk.count.value, FORECAST));
    let teams = join(class.teams.iter().take(6).map(|t| Text::from(cx.name(&t.team))).collect(), "and");
    let range = cx.range(&c, &base, &risk.count, |x| print::end(x, FORECAST));
    Text::new()
        .b(format!("{}: ", cx.name(&class.name)))
        .s("had by ")
        .t(teams)
        .s("; expected here ")
        .n(number)
        .s(" (")
        .t(range)
        .s(format!("); {}. ", cx.prose(&risk.because)))
        .c(c)
}
