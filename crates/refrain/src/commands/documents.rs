//! Documents: the brief in every format, verification, masking, schemas.

use std::path::Path;

use refrain_brief::{Masker, Options, View};
use refrain_record::SpanHash;
use refrain_record::findings::Findings;
use refrain_record::text::Citation;
use refrain_store::Access;

use crate::answers::FORMS;
use crate::cli::Format as Form;
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
        mask_key: brief.mask_key.clone(),
        ..Options::default()
    }
}

/// `brief`
pub fn brief(session: &Session, view: &str, of: Option<&str>, file: Option<&Path>) -> Done {
    let view = View::parse(view, of).or_fail(FailureKind::Usage, "brief")?;
    let kind = refrain_brief::Format::parse(document(session.format())).or_fail(FailureKind::Usage, "brief")?;
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

/// Name of the document for a form: a reader wants a page unless another is asked for.
fn document(form: Form) -> &'static str {
    match form {
        Form::Text => "html",
        Form::Json => "json",
        Form::Md => "md",
        Form::Csv => "csv",
        Form::Document(name) => name,
    }
}

/// `verify`: recomputes every number from the store and re-checks each quote. A record that changed since is told apart from a wrong number.
pub fn verify(session: &Session, file: &Path) -> Done {
    let text = text_of(file)?;
    let said: serde_json::Value = serde_json::from_str(&text).or_fail(FailureKind::Input, file.display())?;
    let is_brief = said.get("schema").and_then(|s| s.as_str()).is_some_and(|s| s.starts_with("refrain-brief/"));
    let store = session.store(Access::Read)?;
    let now = pipeline::current(session)?.findings;
    let mut table = Table::new(&["Place", "File says", "Store says", "Because"]);
    if is_brief {
        brief_holds(session, &store, &text, now, &mut table)?;
    } else {
        let findings: Findings = serde_json::from_value(said.clone()).or_fail(FailureKind::Input, file.display())?;
        quotes(session, &store, &findings, &mut table)?;
        differences("", &said, &leaving(session, &now)?, because(findings.store_hash != now.store_hash), &mut table);
    }
    if table.rows.is_empty() {
        output::result("every number and quote holds");
        return Ok(Outcome::Fine);
    }
    output::result(&table.print(session.format()));
    Ok(Outcome::Finding)
}

fn masker(session: &Session) -> Masker {
    let brief = &session.loaded.config.brief;
    Masker::new(&brief.mask_key, &brief.mask_names)
}

/// Findings as they may leave the store: quotes and titles masked, all else as it is.
pub fn leaving(session: &Session, findings: &Findings) -> anyhow::Result<serde_json::Value> {
    let mut value = serde_json::to_value(findings)?;
    mask_texts(&mut value, &masker(session));
    Ok(value)
}

/// Fields that hold words of a record: the text of a quote, the title of a member.
fn mask_texts(value: &mut serde_json::Value, masker: &Masker) {
    match value {
        serde_json::Value::Object(fields) => {
            let quote = is_quote(fields);
            for (name, inner) in fields.iter_mut() {
                match inner {
                    serde_json::Value::String(text) if name == "title" || quote && name == "text" => *text = masker.clean(text),
                    inner => mask_texts(inner, masker),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| mask_texts(item, masker)),
        _ => {}
    }
}

fn is_quote(fields: &serde_json::Map<String, serde_json::Value>) -> bool {
    ["cite", "start", "end", "text"].iter().all(|f| fields.contains_key(*f))
}

/// Why a number may differ.
fn because(other_records: bool) -> &'static str {
    if other_records { "the records changed since" } else { "wrong number" }
}

/// A brief of any view against a fresh one, and each of its quotes against the record that it cites.
fn brief_holds(session: &Session, store: &refrain_store::Store, text: &str, now: Findings, table: &mut Table) -> anyhow::Result<()> {
    let brief = refrain_brief::verify::read(text.as_bytes()).or_fail(FailureKind::Input, "brief")?;
    let findings = pipeline::with_changes(store, now)?;
    let verdict = refrain_brief::verify(&brief, &findings, &options(session)).or_fail(FailureKind::Input, "brief")?;
    let why = because(verdict.other_records);
    for n in verdict.numbers.iter().take(LISTED) {
        let said = if n.text.is_empty() { n.printed.to_string() } else { format!("{} ({})", n.text, n.printed) };
        let found = n.found.map_or_else(|| "nothing there".to_owned(), |x| x.to_string());
        table.row(&[&n.path, &said, &found, &why]);
    }
    let records = pipeline::records(session, store)?;
    for quoted in &brief.quotes {
        // A case study hides where its quotes stand: they are held against a fresh one alone.
        let Ok(cite) = cited(&quoted.source) else { continue };
        let section = records.binary_search_by(|r| r.key.cmp(&cite.key)).ok().and_then(|at| records[at].section(&cite.section));
        if !section.is_some_and(|s| cite.holds(s)) {
            table.row(&[&cite, &quoted.text, &"", &"the text changed since, or the citation is wrong"]);
        }
    }
    verdict.quotes.iter().for_each(|q| table.row(&[&q.source.key, &q.text, &"", &"not among the quotes of a fresh brief"]));
    if verdict.words {
        table.row(&[&"words", &brief.title, &"", &if verdict.other_records { why } else { "wording differs from a fresh brief" }]);
    }
    Ok(())
}

fn cited(source: &refrain_brief::text::Source) -> Result<Citation, refrain_record::KeyError> {
    let hash = SpanHash(source.hash.clone());
    Ok(Citation { key: source.key.parse()?, section: source.section.clone(), first: source.first, last: source.last, hash })
}

/// Every quote of the findings against the text it cites.
fn quotes(session: &Session, store: &refrain_store::Store, findings: &Findings, table: &mut Table) -> anyhow::Result<()> {
    let records = pipeline::records(session, store)?;
    let masker = masker(session);
    for quote in quotes_of(&serde_json::to_value(findings)?) {
        let record = records.binary_search_by(|r| r.key.cmp(&quote.cite.key)).ok().map(|at| &records[at]);
        let section = record.and_then(|r| r.section(&quote.cite.section));
        let said = section.and_then(|s| s.text.get(quote.start as usize..quote.end as usize)).map(|words| masker.clean(words));
        let holds = section.is_some_and(|s| said.as_deref() == Some(quote.text.as_str()) && quote.cite.holds(s));
        if !holds {
            let found = said.as_deref().unwrap_or("nothing there");
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
        serde_json::Value::Object(fields) if is_quote(fields) => serde_json::from_value(value.clone()).into_iter().collect(),
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
    let masker = masker(session);
    output::result(&if explain { masker.explain(&text) } else { masker.clean(&text) });
    Ok(Outcome::Fine)
}

/// `schema`
pub fn schema(name: Option<&str>) -> Done {
    let names: Vec<&str> = FORMS.iter().map(|(n, _)| *n).collect();
    let Some(name) = name else {
        output::result(&names.join("\n"));
        return Ok(Outcome::Fine);
    };
    let row = FORMS.iter().find(|(n, _)| *n == name);
    let row =
        row.ok_or_else(|| Failure::new(FailureKind::Usage, format!("found no schema `{name}`")).advise(format!("there are {}", names.join(", "))))?;
    output::result(&output::pretty(&row.1()));
    Ok(Outcome::Fine)
}
