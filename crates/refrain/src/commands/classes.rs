//! Recurring classes: listed, shown with their evidence, exported, asked about.

use std::collections::BTreeMap;

use refrain_classes::CueHit;
use refrain_record::findings::{Class, ClassOrigin, Findings, Member};
use refrain_record::score::Quote;
use refrain_store::Access;

use crate::answers::answer;
use crate::cli::{ClassesCommand, Format, TaxonomyCommand};
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::Session;

/// `classes …`
pub fn classes(session: &Session, command: &ClassesCommand) -> Done {
    if let ClassesCommand::Lineage { id } = command {
        return lineage(session, id.as_deref());
    }
    let findings = pipeline::current(session)?.findings;
    match command {
        ClassesCommand::List => list(session, &findings),
        ClassesCommand::Show { id } => show(session, class(&findings, id)?),
        ClassesCommand::Export => {
            output::result(&export(&findings).print(if session.format() == Format::Text { Format::Csv } else { session.format() }))
        }
        ClassesCommand::Ask => ask(session, &findings),
        ClassesCommand::Lineage { .. } => {}
    }
    Ok(Outcome::Fine)
}

/// A class by id, mechanism or name.
fn class<'f>(findings: &'f Findings, id: &str) -> Result<&'f Class, Failure> {
    findings.classes.iter().find(|c| c.id == id || c.mechanism.as_deref() == Some(id) || c.name == id).ok_or_else(|| {
        let ids: Vec<&str> = findings.classes.iter().map(|c| c.id.as_str()).collect();
        let near =
            crate::config::nearest(id, &ids).map_or_else(|| "`refrain classes list` shows them all".to_owned(), |n| format!("did you mean {n}?"));
        Failure::new(FailureKind::Input, format!("found no class `{id}`")).advise(near)
    })
}

fn list(session: &Session, findings: &Findings) {
    if session.format() == Format::Json {
        return output::result(&answer("classes", &findings.classes));
    }
    let mut table = Table::new(&["Class", "Name", "Family", "Defects", "Teams", "Again", "Other team", "Kind"]);
    for c in &findings.classes {
        let kind = match (c.origin, c.emerging) {
            (_, true) => "emerging",
            (ClassOrigin::Lexicon, _) => "known",
            (ClassOrigin::Open, _) => "found",
            (ClassOrigin::Person, _) => "person",
        };
        table.row(&[&c.id, &c.name, &c.family, &c.members.len(), &c.teams.len(), &c.recurrences, &c.cross_team, &kind]);
    }
    let u = &findings.unclassified;
    let said =
        format!("{}unclassified: {} of {} defects ({:.0} %)\n", table.print(session.format()), u.total, findings.scope.defects, u.share * 100.0);
    output::result(&if session.format() == Format::Text { said } else { table.print(session.format()) });
}

fn quote(q: &Quote) -> String {
    format!("“{}”\n    {}\n", q.text.replace('\n', " "), q.cite)
}

fn show(session: &Session, class: &Class) {
    if session.format() == Format::Json {
        return output::result(&answer("class", class));
    }
    let mut out = format!("{} {}\n{}\n\n", class.id, class.name, class.shape);
    let teams: Vec<String> = class.teams.iter().map(|t| format!("{} {}", t.team, t.members)).collect();
    out += &format!(
        "{} defects in {} teams: {}{}\n",
        class.members.len(),
        class.teams.len(),
        teams.join(", "),
        if class.systemic { " — systemic" } else { "" }
    );
    if let Some(first) = class.members.iter().find(|m| m.at.is_some() && m.team.is_some()) {
        out += &format!("first: {} ({}), {}\n", first.team.as_deref().unwrap_or("?"), first.key, first.at.map(|m| m.to_string()).unwrap_or_default());
    }
    if let Some(c) = &class.cohesion {
        out += &format!("cohesion {:.2} ({:.2}–{:.2}, {} %)\n", c.value, c.low, c.high, c.level);
    }
    let binding: Vec<String> = class.binding.iter().take(8).map(|(term, w)| format!("{term} {w:.2}")).collect();
    out += &format!("binds: {}\n", binding.join(", "));
    if let Some((id, terms)) = &class.nearest {
        out += &format!("nearest {id}, separated by: {}\n", terms.join(", "));
    }
    out += "\nTypical\n";
    class.typical.iter().for_each(|q| out += &quote(q));
    out += "\nMembers\n";
    class.members.iter().for_each(|m| out += &member(m));
    if !class.counter.is_empty() {
        out += "\nAgainst it\n";
        class.counter.iter().for_each(|q| out += &quote(q));
    }
    output::result(&out);
}

fn member(m: &Member) -> String {
    let when = m.at.map(|t| t.with_precision(refrain_record::Precision::Day).to_string()).unwrap_or_else(|| "no date".into());
    let border = if m.border { " (border)" } else { "" };
    format!("  {}  {}  {}  {} bits{border}  {}\n", when, m.key, m.team.as_deref().unwrap_or("no team"), m.score.total(), m.title)
}

/// Every record with its class, duplicates through their group; empty class where it abstained.
pub fn export(findings: &Findings) -> Table {
    let mut rows: BTreeMap<String, [String; 4]> = BTreeMap::new();
    for c in &findings.classes {
        for m in &c.members {
            let probability = format!("{:.4}", m.score.total().probability());
            let row = [c.id.clone(), c.name.clone(), probability, format!("{:?}", m.origin).to_lowercase()];
            m.duplicates.iter().chain([&m.key]).for_each(|k| drop(rows.insert(k.to_string(), row.clone())));
        }
    }
    for (key, _) in &findings.unclassified.records {
        rows.entry(key.to_string()).or_default();
    }
    let mut table = Table::new(&["record_key", "class_id", "class_name", "probability", "origin"]);
    rows.iter().for_each(|(key, [id, name, p, origin])| table.row(&[key, id, name, p, origin]));
    table
}

/// What is worth a person's minute: border members, then classes without a name of their own.
fn ask(session: &Session, findings: &Findings) {
    let mut table = Table::new(&["Ask", "Record or class", "About", "Command"]);
    for c in &findings.classes {
        if c.origin == ClassOrigin::Open {
            table.row(&[&"name", &c.id, &c.name, &format!("refrain decide rename {} \"…\" --why \"…\"", c.id)]);
        }
        for m in c.members.iter().filter(|m| m.border).take(3) {
            table.row(&[&"belongs?", &m.key, &c.name, &format!("refrain decide class {} {} --why \"…\"", m.key, c.id)]);
        }
    }
    output::result(&table.print(session.format()));
}

fn lineage(session: &Session, id: Option<&str>) -> Done {
    let store = session.store(Access::Read)?;
    let events: Vec<serde_json::Value> = store.lineage().or_fail(FailureKind::Store, "lineage")?;
    let named = |e: &serde_json::Value| id.is_none_or(|id| e.to_string().contains(&format!("\"{id}\"")));
    let events: Vec<_> = events.into_iter().filter(named).collect();
    if session.format() == Format::Json {
        output::result(&answer("lineage", &events));
    } else if events.is_empty() {
        output::result("no event; ids are issued by the first `refrain mine` and by `refrain model refit --apply`");
    } else {
        let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
        output::result(&lines.join("\n"));
    }
    Ok(Outcome::Fine)
}

/// Share of defects from which a row of the lexicon matches too much.
const TOO_MUCH: f64 = 0.2;

/// `taxonomy …`
pub fn taxonomy(session: &Session, command: &TaxonomyCommand) -> Done {
    match command {
        TaxonomyCommand::List => {
            let mut table = Table::new(&["Mechanism", "Name", "Family", "Cues", "Ideal stage", "Shape"]);
            session.tables.mechanisms.iter().for_each(|m| table.row(&[&m.id, &m.name, &m.family, &m.cue.len(), &m.ideal_stage, &m.shape]));
            output::result(&table.print(session.format()));
        }
        TaxonomyCommand::Review => review(session)?,
    }
    Ok(Outcome::Fine)
}

fn review(session: &Session) -> anyhow::Result<()> {
    let store = session.store(Access::Read)?;
    let records: Vec<_> = pipeline::records(session, &store)?.into_iter().filter(pipeline::counts).collect();
    let lexicon = pipeline::lexicon(session)?;
    let mut hits: BTreeMap<usize, u64> = BTreeMap::new();
    for record in &records {
        let mut cues: Vec<usize> = lexicon.matches(record).iter().map(|h: &CueHit| h.cue).collect();
        cues.sort_unstable();
        cues.dedup();
        cues.into_iter().for_each(|c| *hits.entry(c).or_default() += 1);
    }
    let mut table = Table::new(&["Mechanism", "Cue", "Records", "Finding"]);
    for (number, (mechanism, pattern)) in lexicon.cues().enumerate() {
        let n = hits.get(&number).copied().unwrap_or(0);
        let finding = if n == 0 {
            "never matches"
        } else if n as f64 > TOO_MUCH * records.len() as f64 {
            "matches too much"
        } else {
            continue;
        };
        table.row(&[&mechanism, &pattern, &n, &finding]);
    }
    output::result(&table.print(session.format()));
    Ok(())
}
