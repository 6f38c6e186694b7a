//! Documents: the brief in every format, verification, masking, schemas.

use std::path::Path;

use refrain_brief::{Options, View};
use refrain_record::findings::Findings;
use refrain_store::Access;

use crate::commands::import::ImportReport;
use crate::commands::inside::text_of;
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::Session;

/// What the configuration says about briefs.
pub fn options(session: &Session) -> Options {
    let brief = &session.loaded.config.brief;
    Options {
        organisation: brief.organisation.clone(),
        minimum: brief.minimum,
        urls: brief.urls.clone(),
        mask_names: brief.mask_names.clone(),
        ..Options::default()
    }
}

/// `brief`
pub fn brief(session: &Session, kind: &str, view: &str, of: Option<&str>, file: Option<&Path>) -> Done {
    let view = View::parse(view, of).or_fail(FailureKind::Usage, "brief")?;
    let kind = refrain_brief::Format::parse(kind).or_fail(FailureKind::Usage, "brief")?;
    let store = session.store(Access::Read)?;
    let findings = pipeline::with_changes(&store, pipeline::current(session)?.findings)?;
    let document = refrain_brief::render(&findings, view, kind, &options(session)).or_fail(FailureKind::Usage, "brief")?;
    match file {
        Some(file) => {
            std::fs::write(file, &document.bytes).or_fail(FailureKind::Input, file.display())?;
            output::result(&format!("{} written", file.display()));
        }
        None => output::bytes(&document.bytes),
    }
    Ok(Outcome::Fine)
}

/// `verify`: recomputes every number from the store and re-checks each quote. A record that changed since is told apart from a wrong number.
pub fn verify(session: &Session, file: &Path) -> Done {
    let text = text_of(file)?;
    let store = session.store(Access::Read)?;
    let now = pipeline::current(session)?.findings;
    let (said, here, what) = match serde_json::from_str::<Findings>(&text) {
        Ok(findings) => (serde_json::to_value(&findings)?, serde_json::to_value(&now)?, Some(findings)),
        Err(_) => {
            let said: serde_json::Value = serde_json::from_str(&text).or_fail(FailureKind::Input, file.display())?;
            let with = pipeline::with_changes(&store, now)?;
            let again = refrain_brief::render(&with, View::Leadership, refrain_brief::Format::Json, &options(session))
                .or_fail(FailureKind::Internal, "brief")?;
            (said, serde_json::from_slice(&again.bytes)?, None)
        }
    };
    let mut table = Table::new(&["Place", "File says", "Store says", "Because"]);
    if let Some(findings) = &what {
        quotes(session, &store, findings, &mut table)?;
    }
    let changed = said.pointer("/store_hash") != here.pointer("/store_hash");
    differences("", &said, &here, if changed { "the records changed since" } else { "wrong number" }, &mut table);
    if table.rows.is_empty() {
        output::result("every number and quote holds");
        return Ok(Outcome::Fine);
    }
    output::result(&table.print(session.format()));
    Ok(Outcome::Finding)
}

/// Every quote of the findings against the text it cites.
fn quotes(session: &Session, store: &refrain_store::Store, findings: &Findings, table: &mut Table) -> anyhow::Result<()> {
    let records = pipeline::records(session, store)?;
    for quote in quotes_of(&serde_json::to_value(findings)?) {
        let record = records.binary_search_by(|r| r.key.cmp(&quote.cite.key)).ok().map(|at| &records[at]);
        let section = record.and_then(|r| r.section(&quote.cite.section));
        let holds = section.is_some_and(|s| s.text.get(quote.start as usize..quote.end as usize) == Some(quote.text.as_str()) && quote.cite.holds(s));
        if !holds {
            let found = section.and_then(|s| s.text.get(quote.start as usize..quote.end as usize)).unwrap_or("nothing there");
            let because =
                if section.is_some_and(|s| quote.cite.holds(s)) { "wrong quote" } else { "the text changed since, or the citation is wrong" };
            table.row(&[&quote.cite, &quote.text, &found, &because]);
        }
    }
    Ok(())
}

/// Every quote of a document, wherever it stands: an object with `cite`, `start`, `end` and `text`.
fn quotes_of(value: &serde_json::Value) -> Vec<refrain_record::score::Quote> {
    match value {
        serde_json::Value::Object(fields) if ["cite", "start", "end", "text"].iter().all(|f| fields.contains_key(*f)) => {
            serde_json::from_value(value.clone()).into_iter().collect()
        }
        serde_json::Value::Object(fields) => fields.values().flat_map(quotes_of).collect(),
        serde_json::Value::Array(items) => items.iter().flat_map(quotes_of).collect(),
        _ => Vec::new(),
    }
}

/// Differences that are listed.
const LISTED: usize = 200;

/// Leaves in which two documents differ.
fn differences(path: &str, said: &serde_json::Value, here: &serde_json::Value, because: &str, table: &mut Table) {
    use serde_json::Value::{Array, Object};
    if said == here || table.rows.len() >= LISTED {
        return;
    }
    match (said, here) {
        (Object(a), Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let null = serde_json::Value::Null;
            keys.into_iter().for_each(|k| differences(&format!("{path}/{k}"), a.get(k).unwrap_or(&null), b.get(k).unwrap_or(&null), because, table));
        }
        (Array(a), Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(n, (x, y))| differences(&format!("{path}/{n}"), x, y, because, table));
        }
        _ => table.row(&[&path, &short(said), &short(here), &because]),
    }
}

fn short(value: &serde_json::Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 80 { text.chars().take(77).collect::<String>() + "…" } else { text }
}

/// `mask`
pub fn mask(session: &Session, file: &Path, explain: bool) -> Done {
    let text = text_of(file)?;
    let masker = refrain_brief::Masker::new("", &session.loaded.config.brief.mask_names);
    output::result(&if explain { masker.explain(&text) } else { masker.clean(&text) });
    Ok(Outcome::Fine)
}

/// Name of a schema and what makes it.
type SchemaRow = (&'static str, fn() -> serde_json::Value);

/// Every schema that is published.
const SCHEMAS: &[SchemaRow] = &[
    ("findings", || serde_json::to_value(schemars::schema_for!(Findings)).unwrap_or_default()),
    ("record", || serde_json::to_value(refrain_ingest::native::schema()).unwrap_or_default()),
    ("import", || serde_json::to_value(schemars::schema_for!(ImportReport)).unwrap_or_default()),
    ("brief", || serde_json::to_value(refrain_brief::format::json::schema()).unwrap_or_default()),
    ("config", || serde_json::to_value(schemars::schema_for!(crate::config::Config)).unwrap_or_default()),
];

/// `schema`
pub fn schema(name: Option<&str>) -> Done {
    let names: Vec<&str> = SCHEMAS.iter().map(|(n, _)| *n).collect();
    let Some(name) = name else {
        output::result(&names.join("\n"));
        return Ok(Outcome::Fine);
    };
    let row = SCHEMAS.iter().find(|(n, _)| *n == name);
    let row =
        row.ok_or_else(|| Failure::new(FailureKind::Usage, format!("found no schema `{name}`")).advise(format!("there are {}", names.join(", "))))?;
    output::result(&output::pretty(&row.1()));
    Ok(Outcome::Fine)
}
