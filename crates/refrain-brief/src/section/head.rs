//! The line above, the headline and the ask: what a reader takes along who reads nothing else.

use refrain_record::findings::{ControlPresence, Estimate, Gap, Outlook};

use crate::context::{Cx, gap_path};
use crate::options::View;
use crate::print::{self, FORECAST};
use crate::text::{Text, join};
use crate::words::{self, fill, in_words, noun};

/// Scope line, headline and ask.
pub struct Head {
    /// Above the headline.
    pub over: Text,
    /// A sentence a line.
    pub lines: Vec<Text>,
    /// Below it.
    pub ask: Text,
}

/// For the view in hand.
pub fn head(cx: &Cx<'_>) -> Head {
    let (lines, ask) = match cx.view {
        View::Leadership => leadership(cx),
        View::Team(team) => (vec![team_line(cx, team)], Text::new()),
        View::Release => (vec![release_line(cx)], Text::new()),
        View::Retrospective(of) => (vec![Text::from("Retrospective: ").s(title_of(cx, of))], Text::new()),
        View::CaseStudy(of) => (vec![Text::from("Case study: ").s(title_of(cx, of))], Text::new()),
        View::Taxonomy => (vec![taxonomy_line(cx)], Text::new()),
        View::Audit => (vec![Text::from("Audit package")], Text::new()),
    };
    Head { over: over(cx), lines, ask }
}

/// Name of the class, or title of the record, that the view is of.
pub fn title_of(cx: &Cx<'_>, of: &str) -> String {
    if let Some(class) = cx.class(of) {
        return cx.name(&class.name);
    }
    let member = of.parse().ok().and_then(|key| cx.member(&key));
    member.map_or_else(|| cx.name(of), |(_, m)| cx.name(&m.title))
}

fn over(cx: &Cx<'_>) -> Text {
    let organisation = if cx.o.organisation.is_empty() { String::new() } else { format!("{} · ", cx.name(&cx.o.organisation)) };
    let period = period(cx).map_or_else(String::new, |p| format!("{p} · "));
    let slots = [("organisation", organisation.into()), ("period", period.into()), ("as_of", print::long_day(cx.f.as_of).into())];
    fill(words::OVER, &slots)
}

/// `1 January 2025 to 30 June 2026 (18 months)`.
fn period(cx: &Cx<'_>) -> Option<String> {
    let (from, to) = cx.f.scope.period?;
    Some(format!("{} to {} ({})", print::long_day(from), print::long_day(to), print::span(to.days_since(from) + 1.0)))
}

/// `18 months`; `all time` where no defect has a date.
pub fn period_length(cx: &Cx<'_>) -> String {
    cx.f.scope.period.map_or_else(|| "all time".to_owned(), |(from, to)| print::span(to.days_since(from) + 1.0))
}

/// What is asked for, from the findings or from the first gap alone.
struct Asked<'a> {
    gaps: Vec<&'a Gap>,
    base: String,
    escapes: u64,
    teams: u64,
    days: (f64, f64),
    price: Option<Estimate>,
    avoidable: Option<Estimate>,
    horizon: u32,
    pays: Option<(f64, u64)>,
    cost_share: Option<f64>,
}

fn asked<'a>(cx: &Cx<'a>) -> Option<Asked<'a>> {
    let together = cx.f.ask.as_ref().and_then(|ask| {
        let gaps: Vec<&Gap> = ask.gaps.iter().filter_map(|id| cx.gap(id)).collect();
        (!gaps.is_empty()).then(|| Asked {
            gaps,
            base: "ask".into(),
            escapes: ask.escapes,
            teams: ask.teams.len() as u64,
            days: ask.days,
            price: ask.price,
            avoidable: ask.avoidable,
            horizon: ask.horizon_days,
            pays: ask.pays.map(|p| (p, ask.draws)),
            cost_share: ask.cost_share,
        })
    });
    together.or_else(|| cx.ranked().first().map(|gap| alone(gap)))
}

fn alone(gap: &Gap) -> Asked<'_> {
    Asked {
        gaps: vec![gap],
        base: gap_path(&gap.id),
        escapes: gap.escapes,
        teams: gap.teams.len() as u64,
        days: gap.days,
        price: gap.price,
        avoidable: gap.avoidable,
        horizon: horizon(&gap.forecast).unwrap_or(0),
        pays: None,
        cost_share: None,
    }
}

/// Days ahead of a forecast.
pub fn horizon(outlook: &Outlook) -> Option<u32> {
    match outlook {
        Outlook::Forecast { horizon_days, .. } => Some(*horizon_days),
        Outlook::Withheld { .. } => None,
    }
}

fn leadership(cx: &Cx<'_>) -> (Vec<Text>, Text) {
    match asked(cx) {
        Some(a) => (vec![first_line(cx, &a), second_line(cx, &a)], ask(cx, &a)),
        None => nothing_asked(cx),
    }
}

fn cite(cx: &Cx<'_>, a: &Asked<'_>) -> String {
    let labels: Vec<String> = a.gaps.iter().map(|g| cx.gap_label(g)).collect();
    let keys = a.gaps.iter().filter_map(|g| cx.class(&g.class)).flat_map(|c| c.members.iter().filter(|m| m.escape).map(|m| &m.key));
    let query = a.gaps.iter().map(|g| format!("refrain gaps explain {}", g.id)).collect::<Vec<_>>().join("; ");
    cx.cite(&format!("Escapes behind {}", labels.join(" and ")), &query, keys)
}

fn first_line(cx: &Cx<'_>, a: &Asked<'_>) -> Text {
    let c = cite(cx, a);
    let known = a.gaps.iter().all(|g| g.presence != ControlPresence::Unknown);
    let phrase = if known { words::HEAD_MISSING } else { words::HEAD_UNKNOWN };
    let escapes = cx.many(&c, format!("{}.escapes", a.base), a.escapes, "defect");
    let address = if a.gaps.len() > 1 { "address" } else { "addresses" };
    let slots = [("Controls", controls(&a.gaps).into()), ("address", address.into()), ("escapes", escapes), ("teams", teams(cx, a, &c))];
    fill(phrase, &slots)
}

/// `Two missing controls`, `One control`.
fn controls(gaps: &[&Gap]) -> String {
    let all = |p: ControlPresence| gaps.iter().all(|g| g.presence == p);
    let n = gaps.len() as u64;
    let kind = if all(ControlPresence::Missing) {
        "missing "
    } else if gaps.iter().any(|g| g.presence == ControlPresence::Unknown) {
        ""
    } else if all(ControlPresence::Failing) {
        "failing "
    } else {
        "missing or incomplete "
    };
    format!("{} {kind}{}", words::capital(&in_words(n)), noun(n, "control"))
}

fn teams(cx: &Cx<'_>, a: &Asked<'_>, c: &str) -> Text {
    let all = cx.f.scope.teams.len() as u64;
    if a.teams == 0 {
        return "records without a team".into();
    }
    let number = cx.n(c, format!("{}.teams#", a.base), a.teams as f64, in_words(a.teams));
    let every = if a.teams == all && all > 2 {
        "all "
    } else if a.teams == all && all == 2 {
        "both "
    } else {
        ""
    };
    let word = format!(" {}", noun(a.teams, "team"));
    if every == "both " { Text::from("both teams") } else { Text::from(every).n(number).s(word) }
}

fn second_line(cx: &Cx<'_>, a: &Asked<'_>) -> Text {
    let c = cite(cx, a);
    let together = if a.gaps.len() > 1 { "Together they" } else { "It" };
    let mut slots = vec![("Together", Text::from(together)), ("horizon", print::span(f64::from(a.horizon)).into())];
    let money = |field: &str, e: Estimate| cx.money(&c, format!("{}.{field}.value", a.base), e.value, FORECAST);
    match (a.avoidable, a.price) {
        (Some(avoidable), Some(price)) => {
            slots.extend([("avoidable", money("avoidable", avoidable)), ("price", money("price", price))]);
            // One control "costs", two "cost".
            let phrase = if loses(a) { words::HEAD_LOSES } else { words::HEAD_SAVES };
            let phrase = if a.gaps.len() > 1 { phrase.to_owned() } else { phrase.replace(" cost ", " costs ") };
            fill(&phrase, &slots)
        }
        (Some(avoidable), None) => {
            slots.push(("avoidable", money("avoidable", avoidable)));
            fill(words::HEAD_AVOIDS, &slots)
        }
        _ => expected(cx, a, slots),
    }
}

/// The price is above what is avoided within the horizon.
fn loses(a: &Asked<'_>) -> bool {
    a.avoidable.zip(a.price).is_some_and(|(avoidable, price)| price.value > avoidable.value)
}

fn expected(cx: &Cx<'_>, a: &Asked<'_>, mut slots: Vec<(&str, Text)>) -> Text {
    let Some(gap) = a.gaps.first() else { return Text::new() };
    let Outlook::Forecast { count, .. } = &gap.forecast else { return words::HEAD_TOO_FEW.into() };
    let c = cx.cite_gap(gap);
    let n = cx.n(&c, format!("{}.forecast.count.value", gap_path(&gap.id)), count.value, print::rounded(count.value, FORECAST));
    slots.push(("count", n.into()));
    fill(words::HEAD_EXPECTED, &slots)
}

fn ask(cx: &Cx<'_>, a: &Asked<'_>) -> Text {
    let c = cite(cx, a);
    let labels: Vec<Text> = a.gaps.iter().map(|g| Text::new().to(cx.gap_label(g), cx.gap_anchor(g))).collect();
    let interval = a.avoidable.map_or_else(Text::new, |e| {
        let level = cx.n(&c, format!("{}.avoidable.level", a.base), f64::from(e.level), e.level.to_string());
        let slots = [
            ("level", Text::from(level).s(format!("{}%", print::THIN))),
            ("they", if a.gaps.len() > 1 { "they".into() } else { "it".into() }),
            ("range", cx.money_range(&c, &format!("{}.avoidable", a.base), &e, FORECAST)),
        ];
        let verb = if a.gaps.len() > 1 { words::ASK_INTERVAL.to_owned() } else { words::ASK_INTERVAL.replace(" avoid ", " avoids ") };
        fill(&verb, &slots)
    });
    let slots = [
        ("days", days(cx, &c, &a.base, a.days)),
        ("split", split(cx, a, &c)),
        ("interval", interval),
        ("pays", pays(cx, a, &c)),
        ("share", share(cx, a, &c, labels)),
    ];
    fill(if loses(a) { words::ASK_WHETHER } else { words::ASK }, &slots).s(" ").c(c)
}

/// `60–90 person-days`.
pub fn days(cx: &Cx<'_>, c: &str, base: &str, days: (f64, f64)) -> Text {
    let end = |i: usize, x: f64| cx.n(c, format!("{base}.days[{i}]"), x, print::end(x, FORECAST));
    let text = if days.0 == days.1 { Text::from(end(0, days.0)) } else { Text::from(end(0, days.0)).s("–").n(end(1, days.1)) };
    text.s("\u{a0}").s(if days.1 == 1.0 { "person-day" } else { "person-days" })
}

fn split(cx: &Cx<'_>, a: &Asked<'_>, c: &str) -> Text {
    if let [gap] = a.gaps.as_slice() {
        return Text::from(" for ").to(cx.gap_label(gap), cx.gap_anchor(gap)).s(format!(", {}", cx.name(&gap.control_name)));
    }
    let part = |gap: &&Gap| {
        let base = gap_path(&gap.id);
        let low = cx.n(c, format!("{base}.days[0]"), gap.days.0, print::end(gap.days.0, FORECAST));
        let high = cx.n(c, format!("{base}.days[1]"), gap.days.1, print::end(gap.days.1, FORECAST));
        let range = if gap.days.0 == gap.days.1 { Text::from(low) } else { Text::from(low).s("–").n(high) };
        range.s(" for ").to(cx.gap_label(gap), cx.gap_anchor(gap))
    };
    Text::from(", ").t(join(a.gaps.iter().map(part).collect(), "and"))
}

fn pays(cx: &Cx<'_>, a: &Asked<'_>, c: &str) -> Text {
    let Some((p, draws)) = a.pays else { return Text::new() };
    let percent = if p > 0.99 { "99".to_owned() } else { print::percent(p) };
    let number = cx.n(c, "ask.pays", p, percent);
    let pays = if p > 0.99 { Text::from("more than ").n(number) } else { Text::from(number) };
    let slots = [("pays", pays.s(format!("{}%", print::THIN))), ("draws", cx.int(c, "ask.draws", draws).into())];
    fill(words::ASK_PAYS, &slots)
}

fn share(cx: &Cx<'_>, a: &Asked<'_>, c: &str, labels: Vec<Text>) -> Text {
    let scope = cx.cite_scope();
    let mut slots = vec![
        ("are", Text::from(if labels.len() > 1 { "are" } else { "is" })),
        ("gaps", join(labels, "and")),
        ("escapes", cx.int(c, format!("{}.escapes", a.base), a.escapes).into()),
        ("all", cx.int(&scope, "scope.escapes", cx.f.scope.escapes).into()),
    ];
    match a.cost_share {
        Some(part) => {
            slots.push(("share", cx.percent(c, "ask.cost_share", part).s(format!("{}%", print::THIN))));
            fill(words::ASK_SHARE, &slots)
        }
        None => fill(words::ASK_COUNT, &slots),
    }
}

fn nothing_asked(cx: &Cx<'_>) -> (Vec<Text>, Text) {
    let c = cx.cite_scope();
    let scope = &cx.f.scope;
    if scope.defects == 0 {
        return (vec![words::HEAD_EMPTY.into()], fill(words::ASK_NONE, &[("why", "Import records of defects first.".into())]));
    }
    let defects = cx.many(&c, "scope.defects", scope.defects, "defect");
    let first = if scope.escapes == 0 {
        vec![fill(words::HEAD_NO_ESCAPES, &[("defects", defects.clone())])]
    } else {
        let escapes = cx.many(&c, "scope.escapes", scope.escapes, "escape");
        vec![fill(words::HEAD_NO_GAP, &[("escapes", escapes)])]
    };
    let listed = cx.f.gaps.len() as u64;
    let slots = [
        ("unclassified", cx.int(&c, "unclassified.total", cx.f.unclassified.total).into()),
        ("defects", cx.int(&c, "scope.defects", scope.defects).into()),
        ("listed", Text::from(cx.int(&c, "gaps#", listed)).s(format!(" {} {}", noun(listed, "gap"), noun(listed, "is")))),
    ];
    let why = fill(words::ASK_NONE_WHY, &slots);
    (first, fill(words::ASK_NONE, &[("why", why)]).s(" ").c(c))
}

fn team_line(cx: &Cx<'_>, team: &str) -> Text {
    let c = cx.cite_scope();
    let n = cx.f.scope.teams.get(team).copied().unwrap_or(0);
    let name = crate::path::key(team);
    let own = format!("teams[{name}].members");
    let classes = cx.f.classes.iter().filter(|k| k.teams.iter().any(|t| t.team == team));
    let shared = classes.clone().filter(|k| k.systemic).count() as u64;
    let all = classes.count() as u64;
    Text::from(cx.name(team))
        .s(": ")
        .t(cx.many(&c, format!("scope.teams[{name}]"), n, "defect"))
        .s(", ")
        .n(cx.int(&c, format!("count(classes; {own}; systemic)"), shared))
        .s(" of ")
        .t(cx.many(&c, format!("count(classes; {own})"), all, "mechanism"))
        .s(" shared with other teams.")
}

fn release_line(cx: &Cx<'_>) -> Text {
    let c = cx.cite_scope();
    Text::from("Release readiness: ")
        .t(cx.many(&c, "scope.escapes", cx.f.scope.escapes, "escape"))
        .s(" of ")
        .t(cx.many(&c, "scope.defects", cx.f.scope.defects, "defect"))
        .s(".")
}

fn taxonomy_line(cx: &Cx<'_>) -> Text {
    let c = cx.cite_scope();
    let n = cx.f.classes.len() as u64;
    let share = cx.percent(&c, "unclassified.share", cx.f.unclassified.share);
    Text::from("Taxonomy review: ").t(cx.many(&c, "classes#", n, "class")).s(", ").t(share).s(format!("{}% of defects in none.", print::THIN))
}
