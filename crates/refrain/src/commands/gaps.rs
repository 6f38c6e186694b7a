//! Systemic gaps, metrics, forecasts, effects: what leadership asks for, with the formula behind each number.

use refrain_record::findings::{Estimate, Findings, Gap, Metric, Outlook};

use crate::answers::{ClassOutlook, Forecasts, answer};
use crate::cli::{Format, GapOrder, GapsCommand, Tracker};
use crate::failure::{Done, Failure, FailureKind, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::Session;

/// `gaps …`
pub fn gaps(session: &Session, command: &GapsCommand) -> Done {
    let findings = pipeline::current(session)?.findings;
    match command {
        GapsCommand::List { by } => list(session, &findings, *by),
        GapsCommand::Explain { id } => explain(session, gap(&findings, id)?),
        GapsCommand::Tickets { tracker } => output::result(&tickets(&findings, *tracker)),
    }
    Ok(Outcome::Fine)
}

fn gap<'f>(findings: &'f Findings, id: &str) -> Result<&'f Gap, Failure> {
    let found = findings.gaps.iter().find(|g| g.id == id || g.rank.is_some_and(|r| r.to_string() == id));
    found.ok_or_else(|| {
        Failure::new(FailureKind::Input, format!("found no gap `{id}`")).advise("`refrain gaps list` shows them all; the rank will do as well")
    })
}

/// An estimate with its interval, in three significant digits.
pub fn interval(e: &Estimate) -> String {
    format!("{} ({}–{}, {} %)", digits(e.value), digits(e.low), digits(e.high), e.level)
}

/// Two or three significant digits, thousands by comma.
pub fn digits(x: f64) -> String {
    let size = x.abs();
    let text = if size >= 100.0 {
        let step = 10f64.powf(size.log10().floor() - 2.0);
        format!("{:.0}", (x / step).round() * step)
    } else if size >= 10.0 {
        format!("{x:.0}")
    } else if size >= 1.0 {
        format!("{x:.1}")
    } else {
        format!("{x:.2}")
    };
    let (sign, whole) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("−", rest));
    let (whole, fraction) = whole.split_once('.').map_or((whole, String::new()), |(w, f)| (w, format!(".{f}")));
    let grouped: Vec<String> = whole.as_bytes().rchunks(3).rev().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    format!("{sign}{}{fraction}", grouped.join(","))
}

/// A forecast in words.
pub fn outlook(o: &Outlook) -> String {
    match o {
        Outlook::Forecast { count, horizon_days, .. } => format!("{} in {horizon_days} days", interval(count)),
        Outlook::Withheld { because } => format!("no forecast: {because}"),
    }
}

/// Gaps in the order asked for; ties by rank.
fn ordered(findings: &Findings, by: GapOrder) -> Vec<&Gap> {
    let mut all: Vec<&Gap> = findings.gaps.iter().collect();
    let value = |g: &Gap| match by {
        GapOrder::Cost => 0.0,
        GapOrder::Recurrence => g.recurrences as f64,
        GapOrder::Users => g.cost.quantities.iter().filter(|(k, _)| k.contains("user")).map(|(_, v)| v).sum(),
        GapOrder::Leakage => g.in_production as f64,
    };
    all.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.rank.unwrap_or(u32::MAX).cmp(&b.rank.unwrap_or(u32::MAX))));
    all
}

fn list(session: &Session, findings: &Findings, by: GapOrder) {
    if session.format() == Format::Json {
        return output::result(&answer("gaps", ordered(findings, by)));
    }
    let mut table = Table::new(&["Rank", "Gap", "Class", "Control", "State", "Teams", "Escapes", "Again", "Cost", "Avoidable", "Grade"]);
    for g in ordered(findings, by) {
        let rank = g.rank.map_or_else(|| "–".to_owned(), |r| r.to_string());
        let cost = g.cost.capped.as_ref().map_or_else(|| "unknown".to_owned(), |c| format!("{} {}", g.cost.currency, interval(c)));
        let avoidable = g.avoidable.as_ref().map_or_else(|| "too little to say".to_owned(), |c| format!("{} {}", g.cost.currency, interval(c)));
        let state = format!("{:?}", g.presence).to_lowercase();
        table.row(&[
            &rank,
            &g.id,
            &g.class_name,
            &g.control_name,
            &state,
            &g.teams.len(),
            &g.escapes,
            &g.recurrences,
            &cost,
            &avoidable,
            &format!("{:?}", g.grade),
        ]);
    }
    output::result(&table.print(session.format()));
}

fn explain(session: &Session, g: &Gap) {
    if session.format() == Format::Json {
        return output::result(&answer("gap", g));
    }
    let mut out = format!("{} {}\n{:?}: {}\n\n", g.id, g.class_name, g.presence, g.control_name);
    out += &format!("evidence {:?}: {}\n", g.grade, g.grade_because);
    g.terms.iter().for_each(|(name, value)| out += &format!("  {name:32} {}\n", digits(*value)));
    if let Some(a) = &g.avoidable {
        out += &format!("avoidable: {} {}\n", g.cost.currency, interval(a));
    }
    out += &format!("forecast: {}\n", outlook(&g.forecast));
    out += &format!(
        "among the first five in {:.0} %, first in {:.0} % of draws; {:.0} % of the cost is assumed\n",
        g.top5 * 100.0,
        g.first * 100.0,
        g.assumed_share * 100.0
    );
    out += &format!("what would change it: {}\n", g.fragile);
    for (head, quotes) in [("For", &g.evidence), ("Against", &g.counter)] {
        if !quotes.is_empty() {
            out += &format!("\n{head}\n");
            quotes.iter().for_each(|q| out += &format!("  “{}”\n    {}\n", q.text.replace('\n', " "), q.cite));
        }
    }
    out += &format!("\nTicket\n{}\n{}\n{}\n{}\n{}\n", g.ticket.title, g.ticket.why, g.ticket.what, g.ticket.accept, g.ticket.measure);
    output::result(&out);
}

/// Ready tickets of the ranked gaps.
pub fn tickets(findings: &Findings, tracker: Tracker) -> String {
    let ranked: Vec<&Gap> = findings.gaps.iter().filter(|g| g.rank.is_some()).collect();
    let body = |g: &Gap| {
        let quotes: Vec<String> = g.evidence.iter().take(3).map(|q| format!("> {}\n> {}", q.text.replace('\n', " "), q.cite)).collect();
        format!(
            "{}\n\n{}\n\nEvidence (grade {:?}):\n{}\n\nDone when: {}\n\nMeasured by: {}",
            g.ticket.why,
            g.ticket.what,
            g.grade,
            quotes.join("\n"),
            g.ticket.accept,
            g.ticket.measure
        )
    };
    match tracker {
        Tracker::Jira => {
            let issue = |g: &&Gap| serde_json::json!({"fields": {"summary": g.ticket.title, "issuetype": {"name": "Task"}, "labels": ["refrain", g.class], "description": body(g)}});
            output::pretty(&serde_json::json!({"issueUpdates": ranked.iter().map(issue).collect::<Vec<_>>()}))
        }
        Tracker::Github => {
            let issue = |g: &&Gap| serde_json::json!({"title": g.ticket.title, "labels": ["refrain"], "body": body(g)});
            output::pretty(&ranked.iter().map(issue).collect::<Vec<_>>())
        }
        Tracker::Csv => {
            let mut table = Table::new(&["Summary", "Description", "Labels"]);
            ranked.iter().for_each(|g| table.row(&[&g.ticket.title, &body(g), &g.class]));
            table.print(Format::Csv)
        }
    }
}

/// `metrics`
pub fn metrics(session: &Session, wanted: Option<&str>) -> Done {
    let findings = pipeline::current(session)?.findings;
    let named: Vec<&Metric> = findings.metrics.iter().filter(|m| wanted.is_none_or(|w| m.id == w)).collect();
    if named.is_empty() {
        let ids: Vec<&str> = findings.metrics.iter().map(|m| m.id.as_str()).collect();
        let near = wanted
            .and_then(|w| crate::config::nearest(w, &ids))
            .map_or_else(|| "`refrain metrics` lists them".to_owned(), |n| format!("did you mean {n}?"));
        return Err(Failure::new(FailureKind::Input, format!("found no metric `{}`", wanted.unwrap_or(""))).advise(near).into());
    }
    if session.format() == Format::Json {
        output::result(&answer("metrics", &named));
        return Ok(Outcome::Fine);
    }
    let mut table = Table::new(&["Metric", "Of", "Value", "n", "Unit", "Left out", "Note"]);
    named.iter().for_each(|m| row(&mut table, m));
    let mut out = table.print(session.format());
    if wanted.is_some() {
        named.iter().take(1).for_each(|m| out += &format!("\n{}\n", m.definition));
    }
    output::result(&out);
    Ok(Outcome::Fine)
}

fn row(table: &mut Table, m: &Metric) {
    let value = match (&m.value, &m.spread) {
        (Some(v), _) => interval(v),
        (None, Some((median, p90, _))) => format!("median {}, p90 {}", digits(*median), digits(*p90)),
        (None, None) => "too little to say".into(),
    };
    let n = m.ratio.map(|(a, b)| format!("{a} of {b}")).or(m.spread.map(|s| s.2.to_string())).unwrap_or_default();
    let excluded: Vec<String> = m.excluded.iter().map(|(why, n)| format!("{n} {why}")).collect();
    table.row(&[&m.id, &m.of, &value, &n, &m.unit, &excluded.join(", "), &m.note]);
}

/// `forecast`
pub fn forecast(session: &Session) -> Done {
    let findings = pipeline::current(session)?.findings;
    if session.format() == Format::Json {
        let classes = findings.classes.iter().map(|c| ClassOutlook { class: &c.id, name: &c.name, outlook: &c.forecast }).collect();
        output::result(&answer("forecast", Forecasts { backtest: &findings.backtest, classes }));
        return Ok(Outcome::Fine);
    }
    let mut table = Table::new(&["Class", "Name", "Expected", "Again", "Teams next"]);
    for c in &findings.classes {
        let (again, teams) = match &c.forecast {
            Outlook::Forecast { again, teams, .. } => {
                let named: Vec<String> = teams.iter().take(3).map(|t| format!("{} {}", t.team, digits(t.count.value))).collect();
                (format!("{:.0} %", again * 100.0), named.join(", "))
            }
            Outlook::Withheld { .. } => (String::new(), String::new()),
        };
        table.row(&[&c.id, &c.name, &outlook(&c.forecast), &again, &teams]);
    }
    let b = &findings.backtest;
    let said = format!("back-test: 80 % intervals held {} of {} ({}) {}\n", b.held, b.forecasts, b.method, b.note);
    output::result(&(table.print(session.format()) + if session.format() == Format::Text { &said } else { "" }));
    Ok(Outcome::Fine)
}

/// `effect`
pub fn effect(session: &Session) -> Done {
    let findings = pipeline::current(session)?.findings;
    let mut table = Table::new(&["Gap", "Control", "Since", "Before", "After", "Rate ratio", "Verdict"]);
    for g in &findings.gaps {
        if let Some(e) = &g.effect {
            let ratio = e.ratio.as_ref().map_or_else(|| "too little to say".to_owned(), interval);
            let part = |(n, days): (u64, f64)| format!("{n} in {} days", digits(days));
            table.row(&[&g.id, &g.control_name, &e.on, &part(e.before), &part(e.after), &ratio, &e.verdict]);
        }
    }
    let empty = table.rows.is_empty() && session.format() == Format::Text;
    output::result(&if empty {
        "no adopted control; `refrain decide control adopt CONTROL --on DATE --why …` enters one".into()
    } else {
        table.print(session.format())
    });
    Ok(Outcome::Fine)
}
