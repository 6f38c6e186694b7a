//! Members of a class by team and date.

use refrain_record::findings::{Class, ClassTeam, Member};

use super::super::figures::data_table;
use crate::chart::timeline::{Lane, timeline};
use crate::context::{Cx, class_path};
use crate::doc::{Block, Cell, Column, Figure, Row, Table};
use crate::path;
use crate::print;
use crate::text::Text;
use crate::words::{self, fill};

/// Teams that a timeline shows on their own lines.
const LANES: usize = 6;

/// Members by team and date.
pub fn when(cx: &Cx<'_>, class: &Class) -> Block {
    let c = cx.cite_class(class);
    let lanes = lanes(cx, class);
    if lanes.iter().all(|l| l.dots.is_empty()) {
        return Block::List { title: when_title(cx, class, &c), items: vec!["No member has a date, so there is no timeline.".into()] };
    }
    let sub = when_sub(cx, class, &c, &lanes);
    let mark = class.first_resolved.map(|at| (at, format!("first one fixed {}", print::day(at))));
    let described = lanes.iter().map(|l| format!("{}: {}", l.label, span_of(l))).collect::<Vec<_>>().join("; ");
    Block::Figure(Figure {
        title: when_title(cx, class, &c),
        sub,
        drawing: timeline(&lanes, mark),
        describe: format!("A line a team, a dot a defect. {described}."),
        data: when_table(cx, class, &c),
        note: Text::new(),
    })
}

/// How many are drawn filled and as rings, and how many have no date.
fn when_sub(cx: &Cx<'_>, class: &Class, c: &str, lanes: &[Lane]) -> Text {
    let members = format!("{}.members", class_path(&class.id));
    let stages: Vec<String> = cx.production().map(|s| format!("{members}#at&actual_stage={}", path::key(s))).collect();
    let inside = lanes.iter().flat_map(|l| &l.dots).filter(|d| d.1).count() as u64;
    let drawn = lanes.iter().map(|l| l.dots.len()).sum::<usize>() as u64;
    let undated = class.members.len() as u64 - drawn;
    let (filled, rings) = if stages.is_empty() {
        (format!("{members}#!key"), format!("{members}#at"))
    } else {
        (stages.join(" + "), format!("{members}#at - {}", stages.join(" + ")))
    };
    let late = if undated > 0 { fill(words::TIME_UNDATED, &[("n", cx.int(c, format!("{members}#!at"), undated).into())]) } else { Text::new() };
    let slots = [("inside", cx.int(c, filled, inside).into()), ("outside", cx.int(c, rings, drawn - inside).into()), ("undated", late)];
    fill(words::TIME_SUB, &slots)
}

fn when_title(cx: &Cx<'_>, class: &Class, c: &str) -> Text {
    let base = class_path(&class.id);
    let all = class.members.len() as u64;
    if class.recurrences == 0 || class.first_resolved.is_none() {
        let teams = cx.many(c, format!("{base}.teams#"), class.teams.len() as u64, "team");
        return cx.many(c, format!("{base}.members#"), all, "defect").s(" in ").t(teams);
    }
    let slots = [
        ("recurrences", cx.int(c, format!("{base}.recurrences"), class.recurrences).into()),
        ("all", cx.int(c, format!("{base}.members#"), all).into()),
    ];
    fill(words::TIME, &slots)
}

fn lanes(cx: &Cx<'_>, class: &Class) -> Vec<Lane> {
    let mut teams: Vec<Option<&str>> = class.members.iter().map(|m| m.team.as_deref()).collect();
    teams.sort_by_key(|t| (t.is_none(), *t));
    teams.dedup();
    let rest: Vec<Option<&str>> = if teams.len() > LANES { teams.split_off(LANES - 1) } else { Vec::new() };
    let lane = |label: String, of: &[Option<&str>]| {
        let members = class.members.iter().filter(|m| of.contains(&m.team.as_deref()));
        let inside = |m: &Member| m.actual_stage.as_ref().is_some_and(|s| cx.is_production(&s.0));
        let n = members.clone().count() as u64;
        Lane { label, dots: members.filter_map(|m| m.at.map(|at| (at, inside(m)))).collect(), count: print::count(n) }
    };
    let name = |team: &Option<&str>| team.map_or_else(|| "No team".to_owned(), |t| cx.name(t));
    let mut all: Vec<Lane> = teams.iter().map(|t| lane(name(t), std::slice::from_ref(t))).collect();
    if !rest.is_empty() {
        all.push(lane(format!("{} more", rest.len()), &rest));
    }
    all
}

fn span_of(lane: &Lane) -> String {
    let days: Vec<_> = lane.dots.iter().map(|d| d.0).collect();
    match (days.iter().min(), days.iter().max()) {
        (Some(a), Some(b)) if a != b => format!("{} between {} and {}", lane.count, print::iso(*a), print::iso(*b)),
        (Some(a), _) => format!("{} on {}", lane.count, print::iso(*a)),
        _ => format!("{} without date", lane.count),
    }
}

fn when_table(cx: &Cx<'_>, class: &Class, c: &str) -> Table {
    let row = |t: &ClassTeam| {
        let days: Vec<String> = class.members.iter().filter(|m| m.team.as_ref() == Some(&t.team)).filter_map(|m| m.at).map(print::iso).collect();
        let n = cx.int(c, format!("{}.teams[{}].members", class_path(&class.id), path::key(&t.team)), t.members);
        Row::from(vec![cx.name(&t.team).into(), Cell::from(n), days.join(", ").into()])
    };
    let columns = vec![Column::words("Team"), Column::numbers("Defects"), Column::words("Dates found")];
    data_table(&format!("timeline-{}", class.id), "Defects by team", columns, class.teams.iter().map(row).collect())
}
