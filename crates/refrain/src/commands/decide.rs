//! What people decide: entered, listed, undone, audited.

use refrain_record::decision::ControlState;
use refrain_record::findings::Class;
use refrain_record::{Bucket, Decided, Decision, DecisionLog, Key, Moment};
use refrain_store::{Access, Store};

use crate::answers::answer;
use crate::cli::{AuditCommand, DecideCommand, DecisionsCommand, Format, Reason};
use crate::config::nearest;
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::{Session, now};

/// `decide …`
pub fn decide(session: &Session, command: &DecideCommand) -> Done {
    let mut store = session.store(Access::Write)?;
    let (what, reason) = decided(session, &store, command)?;
    let log = store.decisions().or_fail(FailureKind::Store, "decisions")?;
    refuse_contradiction(&log.in_force(), &what)?;
    refuse_nothing(session, &log.in_force(), &what)?;
    let decision = enter(&mut store, what, reason)?;
    output::result(&format!("decision {}: {}", decision.number, words(&decision.what)));
    Ok(Outcome::Fine)
}

fn enter(store: &mut Store, what: Decided, reason: &Reason) -> Result<Decision, Failure> {
    let author = author(reason.author.as_deref())?;
    if reason.why.trim().is_empty() {
        return Err(Failure::new(FailureKind::Usage, "--why is empty").advise("a decision without a reason cannot be reviewed"));
    }
    store.decide(what, &author, &reason.why, now()).or_fail(FailureKind::Store, "decide")
}

/// Who decides: as given, else the login name.
pub fn author(given: Option<&str>) -> Result<String, Failure> {
    let login = || ["USER", "USERNAME", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    given.map(str::to_owned).or_else(login).filter(|a| !a.trim().is_empty()).ok_or_else(|| {
        Failure::new(FailureKind::Usage, "found nobody who decides: no --author, no REFRAIN_AUTHOR, no login name").advise("give one of them")
    })
}

/// A decision that says the opposite of one in force is refused, with both named (law C6).
fn refuse_contradiction(in_force: &[&Decision], what: &Decided) -> Result<(), Failure> {
    let same = |x: &Key, y: &Key, a: &Key, b: &Key| (x, y) == (a, b) || (x, y) == (b, a);
    let against = in_force.iter().find(|d| match (&d.what, what) {
        (Decided::Same { a: x, b: y }, Decided::Different { a, b })
        | (Decided::Different { a: x, b: y }, Decided::Same { a, b })
        | (Decided::SameMechanism { a: x, b: y }, Decided::DifferentMechanism { a, b })
        | (Decided::DifferentMechanism { a: x, b: y }, Decided::SameMechanism { a, b }) => same(x, y, a, b),
        _ => false,
    });
    match against {
        Some(d) => {
            let text = format!("`{}` contradicts decision {} (`{}`, because: {})", words(what), d.number, words(&d.what), d.why);
            Err(Failure::new(FailureKind::Decisions, text).advise(format!("`refrain decisions undo {}` first, if that one was wrong", d.number)))
        }
        None => Ok(()),
    }
}

/// A decision about nothing is refused: about a class that is not there, of a thing with itself, or said already.
fn refuse_nothing(session: &Session, in_force: &[&Decision], what: &Decided) -> anyhow::Result<()> {
    let usage = |text: String| Failure::new(FailureKind::Usage, text);
    let latest = in_force.iter().rev().find(|d| subject(&d.what) == subject(what));
    if let Some(d) = latest.filter(|d| d.what == *what) {
        return Err(usage(format!("decision {} says so already (because: {})", d.number, d.why)).into());
    }
    match what {
        Decided::Same { a, b } | Decided::Different { a, b } | Decided::SameMechanism { a, b } | Decided::DifferentMechanism { a, b } if a == b => {
            Err(usage(format!("found {a} twice, expected two records")).into())
        }
        Decided::MergeClasses { a, b } if a == b => Err(usage(format!("found {a} twice, expected two classes")).into()),
        Decided::Rename { name, .. } if name.trim().is_empty() => Err(usage("found an empty name".into()).into()),
        Decided::SplitClass { members, .. } if members.is_empty() => Err(usage("found no member that leaves the class".into()).into()),
        Decided::MergeClasses { a, b } => exists(session, a).and_then(|()| exists(session, b)),
        Decided::Rename { class, .. } | Decided::NotAClass { class } => exists(session, class),
        Decided::Class { class, .. } if is_issued(class) => exists(session, class),
        Decided::SplitClass { class, members } => {
            let standing = class_of(session, class)?;
            let inside = |key: &Key| standing.members.iter().any(|m| m.key == *key || m.duplicates.contains(key));
            match members.iter().find(|m| !inside(m)) {
                Some(stranger) => Err(usage(format!("{stranger} is no member of {class}")).into()),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// What a decision is about: of several in force about one subject the latest counts.
fn subject(what: &Decided) -> String {
    match what {
        Decided::Class { key, .. } | Decided::NoClass { key } => format!("class of {key}"),
        Decided::Rename { class, .. } => format!("name of {class}"),
        Decided::Stage { key, .. } => format!("stages of {key}"),
        Decided::Bucket { key, .. } => format!("bucket of {key}"),
        Decided::Control { control, team, .. } => format!("{control} of {team}"),
        relation => words(relation),
    }
}

/// Whether an id has the form of those that the program issues; any other name founds a class of a person's own.
fn is_issued(class: &str) -> bool {
    class.strip_prefix("C-").or(class.strip_prefix("P-")).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Refuses a class that neither has members nor stands in the model.
fn exists(session: &Session, id: &str) -> anyhow::Result<()> {
    let in_model = pipeline::current(session)?.model.classes.classes().iter().any(|c| c.id == id);
    if in_model { Ok(()) } else { class_of(session, id).map(drop) }
}

/// The class of that id as it stands.
fn class_of(session: &Session, id: &str) -> anyhow::Result<Class> {
    let classes = pipeline::current(session)?.findings.classes;
    let ids: Vec<&str> = classes.iter().map(|c| c.id.as_str()).collect();
    let near = nearest(id, &ids).map_or_else(|| "`refrain classes list` shows them all".to_owned(), |n| format!("did you mean {n}?"));
    let found = classes.iter().find(|c| c.id == id).cloned();
    Ok(found.ok_or_else(|| Failure::new(FailureKind::Input, format!("found no class `{id}`")).advise(near))?)
}

fn decided<'c>(session: &Session, store: &Store, command: &'c DecideCommand) -> Result<(Decided, &'c Reason), Failure> {
    let key = |text: &str| session.key(store, text);
    let owned = |text: &str| text.to_owned();
    Ok(match command {
        DecideCommand::Same { a, b, reason } => (Decided::Same { a: key(a)?, b: key(b)? }, reason),
        DecideCommand::Different { a, b, reason } => (Decided::Different { a: key(a)?, b: key(b)? }, reason),
        DecideCommand::Class { key: k, class, reason } if class == "none" => (Decided::NoClass { key: key(k)? }, reason),
        DecideCommand::Class { key: k, class, reason } => (Decided::Class { key: key(k)?, class: owned(class) }, reason),
        DecideCommand::Rename { class, name, reason } => (Decided::Rename { class: owned(class), name: owned(name) }, reason),
        DecideCommand::Merge { a, b, reason } => (Decided::MergeClasses { a: owned(a), b: owned(b) }, reason),
        DecideCommand::Split { class, members, reason } => {
            (Decided::SplitClass { class: owned(class), members: members.iter().map(|m| key(m)).collect::<Result<_, _>>()? }, reason)
        }
        DecideCommand::NotAClass { class, reason } => (Decided::NotAClass { class: owned(class) }, reason),
        DecideCommand::SameMechanism { a, b, reason } => (Decided::SameMechanism { a: key(a)?, b: key(b)? }, reason),
        DecideCommand::DifferentMechanism { a, b, reason } => (Decided::DifferentMechanism { a: key(a)?, b: key(b)? }, reason),
        DecideCommand::Stage { key: k, actual, ideal, reason } => {
            let stage = |s: &Option<String>| s.as_deref().map(|s| stage(session, s)).transpose();
            (Decided::Stage { key: key(k)?, actual: stage(actual)?, ideal: stage(ideal)? }, reason)
        }
        DecideCommand::Bucket { key: k, bucket: b, reason } => (Decided::Bucket { key: key(k)?, bucket: bucket(b)? }, reason),
        DecideCommand::Control { state, control: c, team, on, reason } => {
            let on: Moment = on.parse().or_fail(FailureKind::Usage, "--on")?;
            (Decided::Control { control: control(session, c)?, team: owned(team), state: control_state(state)?, on }, reason)
        }
    })
}

/// One of a few valid names, or the nearest one in the advice.
fn one_of<'a>(what: &str, found: &str, valid: &[&'a str]) -> Result<&'a str, Failure> {
    valid.iter().find(|v| **v == found).copied().ok_or_else(|| {
        let near = nearest(found, valid).map_or_else(|| format!("expected one of {}", valid.join(", ")), |n| format!("did you mean `{n}`?"));
        Failure::new(FailureKind::Usage, format!("found {what} `{found}`")).advise(near)
    })
}

/// A stage id of the model in force.
pub fn stage(session: &Session, found: &str) -> Result<String, Failure> {
    let valid: Vec<&str> = session.tables.stages.stage.iter().map(|s| s.id.as_str()).collect();
    one_of("stage", found, &valid).map(str::to_owned)
}

fn control(session: &Session, found: &str) -> Result<String, Failure> {
    let valid: Vec<&str> = session.tables.controls.iter().map(|c| c.id.as_str()).collect();
    one_of("control", found, &valid).map(str::to_owned)
}

/// A leak bucket by its name.
pub fn bucket(found: &str) -> Result<Bucket, Failure> {
    let valid: Vec<&str> = Bucket::ALL.iter().map(|b| b.name()).collect();
    let name = one_of("bucket", found, &valid)?;
    Bucket::ALL.iter().find(|b| b.name() == name).copied().ok_or_else(|| Failure::new(FailureKind::Internal, "bucket"))
}

fn control_state(found: &str) -> Result<ControlState, Failure> {
    Ok(match one_of("state", found, &["adopt", "defer", "reject"])? {
        "adopt" => ControlState::Adopted,
        "defer" => ControlState::Deferred,
        _ => ControlState::Rejected,
    })
}

/// A decision in words, without author.
pub fn words(what: &Decided) -> String {
    match what {
        Decided::Same { a, b } => format!("{a} and {b} are one defect"),
        Decided::Different { a, b } => format!("{a} and {b} are different defects"),
        Decided::Class { key, class } => format!("{key} belongs to {class}"),
        Decided::NoClass { key } => format!("{key} belongs to no class"),
        Decided::Rename { class, name } => format!("{class} is called “{name}”"),
        Decided::MergeClasses { a, b } => format!("{a} and {b} are one class"),
        Decided::SplitClass { class, members } => format!("{} members leave {class}", members.len()),
        Decided::NotAClass { class } => format!("{class} is no mechanism"),
        Decided::SameMechanism { a, b } => format!("{a} and {b} fail by one mechanism"),
        Decided::DifferentMechanism { a, b } => format!("{a} and {b} fail by different mechanisms"),
        Decided::Stage { key, actual, ideal } => {
            let said = |s: &Option<String>| s.clone().unwrap_or_else(|| "unchanged".into());
            format!("{key}: found at {}, ideal {}", said(actual), said(ideal))
        }
        Decided::Bucket { key, bucket } => format!("{key} escaped by {}", bucket.name()),
        Decided::Escape { key, text } => format!("{key} escaped because: {text}"),
        Decided::Control { control, team, state, on } => format!("{control} {} for {team}, {on}", format!("{state:?}").to_lowercase()),
        Decided::Undo { number } => format!("decision {number} no longer holds"),
    }
}

/// `decisions list|undo`
pub fn decisions(session: &Session, command: &DecisionsCommand) -> Done {
    match command {
        DecisionsCommand::List => list(session),
        DecisionsCommand::Undo { number, reason } => undo(session, *number, reason),
    }
}

fn list(session: &Session) -> Done {
    let store = session.store(Access::Read)?;
    let log = session.decisions(&store)?;
    let in_force: Vec<u64> = log.in_force().iter().map(|d| d.number).collect();
    if session.format() == Format::Json {
        output::result(&answer("decisions", &log));
        return Ok(Outcome::Fine);
    }
    let mut table = Table::new(&["Number", "When", "What", "Why", "State"]);
    for d in &log.decisions {
        let holds = in_force.contains(&d.number) || (matches!(d.what, Decided::Undo { .. }) && !is_undone(&log, d.number));
        let state = if holds { effect(&store, d)? } else { "undone".into() };
        table.row(&[&d.number, &d.at.with_precision(refrain_record::Precision::Day), &words(&d.what), &d.why, &state]);
    }
    output::result(&table.print(session.format()));
    Ok(Outcome::Fine)
}

/// Whether a decision bears on something that is there, and on the text that was decided on.
fn effect(store: &Store, decision: &Decision) -> Result<String, Failure> {
    let keys = refrain_store::named(&decision.what);
    let mut state = String::from("in force");
    for (key, seen) in keys.iter().zip(&decision.seen) {
        match store.record(key).or_fail(FailureKind::Store, "record")? {
            None => return Ok(format!("no present effect: {key} is not in the store")),
            Some(record) if !seen.is_empty() && refrain_record::text_hash(&record) != *seen => state = "in force, content-changed".into(),
            Some(_) => {}
        }
    }
    Ok(state)
}

fn is_undone(log: &DecisionLog, number: u64) -> bool {
    log.decisions.iter().any(|d| d.what == Decided::Undo { number } && !is_undone(log, d.number))
}

fn undo(session: &Session, number: u64, reason: &Reason) -> Done {
    let mut store = session.store(Access::Write)?;
    let log = session.decisions(&store)?;
    let Some(undone) = log.decisions.iter().find(|d| d.number == number) else {
        return Err(Failure::new(FailureKind::Input, format!("found no decision {number}")).advise("`refrain decisions list` shows them all").into());
    };
    let said = words(&undone.what);
    if is_undone(&log, number) {
        return Err(Failure::new(FailureKind::Usage, format!("decision {number} ({said}) no longer holds already")).into());
    }
    let decision = enter(&mut store, Decided::Undo { number }, reason)?;
    output::result(&format!("decision {}: decision {number} ({said}) no longer holds", decision.number));
    Ok(Outcome::Fine)
}

/// `audit verify`
pub fn audit(session: &Session, command: &AuditCommand) -> Done {
    let AuditCommand::Verify = command;
    let store = session.store(Access::Read)?;
    match store.verify_audit().or_fail(FailureKind::Store, "audit")? {
        Ok(count) => output::result(&format!("{count} decisions, chain whole")),
        Err(fault) => {
            output::result(&format!("the decision log was changed: {fault}"));
            return Ok(Outcome::Finding);
        }
    }
    Ok(Outcome::Fine)
}
