//! RustSec advisories: a TOML block at the first byte, then Markdown.

use refrain_record::{Kind, Known, LinkKind, Record, Role, Status};
use toml::{Table, Value};

use super::shared::{add_body, found_after_release, published, set_cvss};
use crate::entry::{begin, data_moment, emit, excerpt, field, first_sentence, link, remark, skipped, system_for, whole_text};
use crate::headings;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};

/// One advisory a file, also the older `rust/<tool>/CVE-….md` files of the same form.
///
/// `categories`, `keywords` and `informational` are kinds. An `informational` of `unmaintained` or `notice` is no defect; `unsound` is.
pub const ROW: SourceRow = SourceRow {
    name: "rustsec",
    title: "RustSec advisories",
    system: "RUSTSEC",
    sniff,
    read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Team,
        Fills::Severity,
        Fills::Stage,
        Fills::Detected,
        Fills::Links,
        Fills::Kinds,
        Fills::Versions,
        Fills::Environment,
    ],
    export: "git clone https://github.com/rustsec/advisory-db",
};

const FENCE: &str = "```toml";

fn sniff(head: &Head<'_>) -> Option<Hint> {
    let has = |sign: &str| if sign == FENCE { head.text.starts_with(FENCE) } else { head.text.contains(sign) };
    from_keys("RustSec advisory", 95, &[FENCE, "[advisory]"], has)
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(whole) = whole_text(input, sink) else { return };
    if let Some(record) = advisory(&whole, input.path, input.folders, setup, sink) {
        emit(record, ROW.name, input.path, 1, sink);
    }
}

/// Block and body of a file.
fn split(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix(FENCE)?.split_once('\n')?.1;
    if let Some(body) = inner.strip_prefix("```") {
        return Some(("", body));
    }
    inner.split_once("\n```").map(|(block, rest)| (block, rest.split_once('\n').map_or("", |(_, body)| body)))
}

fn advisory(whole: &str, path: &str, folders: &[String], setup: &ReadSetup, sink: &mut dyn FnMut(Item)) -> Option<Record> {
    let Some((block, body)) = split(whole) else {
        sink(skipped(1, "", "", whole, "a TOML block closed by ```", "close the block"));
        return None;
    };
    let table: Table = match block.parse() {
        Ok(table) => table,
        Err(error) => {
            sink(broken_block(block, &error));
            return None;
        }
    };
    let empty = Table::new();
    let sub = |name: &str| table.get(name).and_then(Value::as_table).unwrap_or(&empty);
    let facts = sub("advisory");
    let Some(id) = word(facts, "id") else {
        sink(skipped(2, "", "advisory.id", "nothing", "an id such as RUSTSEC-2024-0001", "add the id"));
        return None;
    };
    let (title, text) = title_and_text(body);
    let kind = kind_of(&words(facts, "informational"));
    let mut record = match begin(system_for(ROW.system, path, setup), &id, kind, &title, 1) {
        Ok(record) => record,
        Err(item) => {
            sink(item);
            return None;
        }
    };
    let of_rust = path.split('/').chain(folders.iter().map(String::as_str)).any(|folder| folder == "rust");
    facts_of(&mut record, facts, of_rust, sink);
    versions(&mut record, sub("versions"));
    affected(&mut record, sub("affected"));
    add_body(&mut record, text, Role::Description, "description");
    Some(record)
}

fn broken_block(block: &str, error: &toml::de::Error) -> Item {
    let at = error.span().map_or(0, |span| span.start.min(block.len()));
    let line = block.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() as u32 + 2;
    skipped(line, "", "advisory", error.message(), "a TOML block", "repair the block at that line")
}

/// The first `# ` heading and what follows it.
fn title_and_text(body: &str) -> (String, &str) {
    let first = headings::outline(body).into_iter().find(|part| part.level == 1);
    match first {
        Some(part) => {
            let start = body.lines().take(part.line as usize).map(|l| l.len() + 1).sum::<usize>().min(body.len());
            (crate::text::plain_from_markdown(part.heading).trim().to_owned(), body.get(start..).unwrap_or_default())
        }
        None => (first_sentence(body), body),
    }
}

fn kind_of(informational: &[String]) -> Kind {
    let notice = informational.iter().any(|word| word == "unmaintained" || word == "notice");
    if notice { Kind::Notice } else { Kind::Advisory }
}

fn facts_of(record: &mut Record, facts: &Table, of_rust: bool, sink: &mut dyn FnMut(Item)) {
    if let Some(package) = word(facts, "package") {
        record.team = Known::derived(package.clone(), "package-is-team");
        record.components.push(package);
    }
    record.project = Some(if of_rust { "rust" } else { "crates.io" }.to_owned());
    dates(record, facts, sink);
    if record.kind.is_defect() {
        found_after_release(record);
    }
    for name in ["categories", "keywords", "informational"] {
        record.kinds.extend(words(facts, name));
    }
    for (name, kind) in [("aliases", LinkKind::Alias), ("related", LinkKind::Related), ("references", LinkKind::Url), ("url", LinkKind::Url)] {
        for target in words(facts, name) {
            link(record, kind, &target, name);
        }
    }
    if record.key.id().starts_with("CVE-") {
        let id = record.key.id().to_owned();
        link(record, LinkKind::Alias, &id, "id");
    }
    record.url = word(facts, "url");
    if let Some(vector) = word(facts, "cvss") {
        set_cvss(record, &vector, "cvss", 1, sink);
    }
    if facts.get("expect-deleted").and_then(Value::as_bool) == Some(true) {
        field(record, "expect-deleted", "true");
    }
}

fn dates(record: &mut Record, facts: &Table, sink: &mut dyn FnMut(Item)) {
    if let Some(date) = word(facts, "date") {
        let moment = data_moment(&date);
        if moment.is_none() {
            sink(remark(1, record.key.id(), "date", format!("found `{}`, expected a day such as 2024-03-01; left absent", excerpt(&date))));
        }
        published(record, moment, "date");
    }
    if let Some(day) = word(facts, "withdrawn") {
        record.withdrawn = true;
        field(record, "withdrawn", &day);
    }
}

/// `patched = []` says that there is no fix, which is not the same as knowing of none.
fn versions(record: &mut Record, versions: &Table) {
    let patched = words(versions, "patched");
    record.status = if !patched.is_empty() {
        Status::Resolved
    } else if versions.contains_key("patched") {
        Status::Open
    } else {
        Status::Unknown
    };
    field(record, "fixed-in", &patched.join(", "));
    field(record, "unaffected", &words(versions, "unaffected").join(", "));
    record.versions =
        patched.iter().filter_map(|range| range.trim().strip_prefix(">=").map(|version| format!("< {}", version.trim()))).take(1).collect();
}

fn affected(record: &mut Record, affected: &Table) {
    let functions = affected.get("functions").and_then(Value::as_table);
    for function in functions.into_iter().flat_map(Table::keys) {
        field(record, "functions", function);
    }
    for name in ["os", "arch"] {
        let found = words(affected, name);
        if !found.is_empty() {
            record.environment.insert(name.to_owned(), found.join(", "));
        }
    }
}

fn word(table: &Table, name: &str) -> Option<String> {
    match table.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
        Value::Datetime(date) => Some(date.to_string()),
        _ => None,
    }
}

fn words(table: &Table, name: &str) -> Vec<String> {
    match table.get(name) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect(),
        _ => word(table, name).into_iter().collect(),
    }
}
