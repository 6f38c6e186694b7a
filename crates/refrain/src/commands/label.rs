//! Sheets for teams that begin by hand: records with empty columns out, filled columns back as decisions.

use std::collections::BTreeMap;
use std::path::Path;

use refrain_record::{Decided, Decision, Key, Record};
use refrain_store::Access;

use crate::cli::LabelCommand;
use crate::commands::decide::{author, bucket, stage, words};
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table, harmless};
use crate::pipeline;
use crate::session::{Session, now};

/// Columns of the sheet: what is known, then what a person fills.
const HEADS: &[&str] = &["key", "team", "detected", "title", "actual_stage", "ideal_stage", "bucket", "why_it_escaped", "class"];

/// `label export|import`
pub fn label(session: &Session, command: &LabelCommand) -> Done {
    match command {
        LabelCommand::Export { unknown, .. } => export(session, *unknown),
        LabelCommand::Import { file, author: who, why, dry_run } => take_in(session, file, who.as_deref(), why, *dry_run),
    }
}

fn export(session: &Session, unknown: bool) -> Done {
    let store = session.store(Access::Read)?;
    let records = pipeline::records(session, &store)?;
    let log = session.decisions(&store)?;
    let said = said(&log.in_force());
    let wanted = |r: &&Record| {
        r.kind.is_defect() && !r.withdrawn && !(unknown && !r.actual_stage.is_absent() && !r.ideal_stage.is_absent() && !r.bucket.is_absent())
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADS).or_fail(FailureKind::Internal, "sheet")?;
    for r in records.iter().filter(wanted) {
        let own = |column: &str| said.get(&(r.key.clone(), column)).cloned().unwrap_or_default();
        let when = r.when().map(|m| m.with_precision(refrain_record::Precision::Day).to_string()).unwrap_or_default();
        let row = [r.key.to_string(), r.team.value().cloned().unwrap_or_default(), when, r.title().to_owned()];
        let filled = HEADS[4..].iter().map(|c| own(c));
        writer.write_record(row.into_iter().chain(filled).map(|c| harmless(&c))).or_fail(FailureKind::Internal, "sheet")?;
    }
    output::bytes(&writer.into_inner().or_fail(FailureKind::Internal, "sheet")?);
    Ok(Outcome::Fine)
}

/// What people said already, by record and column; the latest counts.
fn said(in_force: &[&Decision]) -> BTreeMap<(Key, &'static str), String> {
    in_force.iter().flat_map(|d| sets(&d.what)).collect()
}

/// One line of the sheet that cannot be taken.
struct Conflict {
    line: u64,
    key: String,
    text: String,
}

fn take_in(session: &Session, file: &Path, who: Option<&str>, why: &str, dry_run: bool) -> Done {
    let text = std::fs::read_to_string(file).or_fail(FailureKind::Input, file.display())?;
    let mut store = session.store(Access::Write)?;
    let log = session.decisions(&store)?;
    let before = said(&log.in_force());
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let heads = reader.headers().or_fail(FailureKind::Input, file.display())?.clone();
    let columns: BTreeMap<&str, usize> = HEADS.iter().filter_map(|h| heads.iter().position(|x| x.trim() == *h).map(|at| (*h, at))).collect();
    if !columns.contains_key("key") {
        return Err(Failure::new(FailureKind::Input, format!("{}:1: found no column `key`", file.display()))
            .advise("`refrain label export --csv` writes a sheet")
            .into());
    }
    let (mut decided, mut conflicts, mut sheet) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (number, row) in reader.records().enumerate() {
        let line = number as u64 + 2;
        let Ok(row) = row else {
            conflicts.push(Conflict { line, key: String::new(), text: "found a row that is no CSV".into() });
            continue;
        };
        let cell = |name: &str| columns.get(name).and_then(|at| row.get(*at)).unwrap_or("").trim().trim_start_matches('\'').to_owned();
        match session.key(&store, &cell("key")).and_then(|key| rows(session, &key, &cell)) {
            Ok(all) => all.into_iter().filter(|d| !stands(&before, d)).for_each(|d| {
                if let Some(text) = overrides(&sheet, &d) {
                    return conflicts.push(Conflict { line, key: cell("key"), text: format!("an earlier line of this sheet: {text}; not taken") });
                }
                sheet.extend(sets(&d));
                conflicts.extend(overrides(&before, &d).map(|text| Conflict { line, key: cell("key"), text }));
                decided.push(d);
            }),
            Err(failure) => conflicts.push(Conflict { line, key: cell("key"), text: failure.to_string().replace('\n', " ") }),
        }
    }
    let count = decided.len();
    if !dry_run && count > 0 {
        store.decide_all(decided, &author(who)?, why, now()).or_fail(FailureKind::Store, "label import")?;
    }
    let mut table = Table::new(&["Line", "Record", "Conflict"]);
    conflicts.iter().for_each(|c| table.row(&[&c.line, &c.key, &c.text]));
    output::result(&format!(
        "{count} labels {}, {} conflicts\n{}",
        if dry_run { "found" } else { "taken" },
        conflicts.len(),
        table.print(session.format())
    ));
    Ok(if conflicts.is_empty() { Outcome::Fine } else { Outcome::Finding })
}

/// What one row decides; empty cells say nothing.
fn rows(session: &Session, key: &Key, cell: &impl Fn(&str) -> String) -> Result<Vec<Decided>, Failure> {
    let given = |name: &str| Some(cell(name)).filter(|c| !c.is_empty());
    let key = || key.clone();
    let mut out = Vec::new();
    let (actual, ideal) = (given("actual_stage"), given("ideal_stage"));
    if actual.is_some() || ideal.is_some() {
        let check = |s: Option<String>| s.map(|s| stage(session, &s)).transpose();
        out.push(Decided::Stage { key: key(), actual: check(actual)?, ideal: check(ideal)? });
    }
    if let Some(name) = given("bucket") {
        out.push(Decided::Bucket { key: key(), bucket: bucket(&name)? });
    }
    if let Some(text) = given("why_it_escaped") {
        out.push(Decided::Escape { key: key(), text });
    }
    if let Some(class) = given("class") {
        out.push(if class == "none" { Decided::NoClass { key: key() } } else { Decided::Class { key: key(), class } });
    }
    Ok(out)
}

/// Columns and values that a decision sets.
fn sets(what: &Decided) -> Vec<((Key, &'static str), String)> {
    match what {
        Decided::Stage { key, actual, ideal } => {
            let one = |name, value: &Option<String>| value.clone().map(|v| ((key.clone(), name), v));
            [one("actual_stage", actual), one("ideal_stage", ideal)].into_iter().flatten().collect()
        }
        Decided::Bucket { key, bucket } => vec![((key.clone(), "bucket"), bucket.name().to_owned())],
        Decided::Escape { key, text } => vec![((key.clone(), "why_it_escaped"), text.clone())],
        Decided::Class { key, class } => vec![((key.clone(), "class"), class.clone())],
        Decided::NoClass { key } => vec![((key.clone(), "class"), "none".into())],
        _ => Vec::new(),
    }
}

/// Whether everything that it says was said before.
fn stands(before: &BTreeMap<(Key, &'static str), String>, what: &Decided) -> bool {
    sets(what).iter().all(|(at, value)| before.get(at) == Some(value))
}

/// In words, where it says something else than before. The newer label counts; both stay in the log.
fn overrides(before: &BTreeMap<(Key, &'static str), String>, what: &Decided) -> Option<String> {
    let (at, new) = sets(what).into_iter().find(|(at, value)| before.get(at).is_some_and(|old| old != value))?;
    Some(format!("{}: was `{}`, now `{new}` ({})", at.1, before[&at], words(what)))
}
