//! OSV records (schema 1.x) in JSON and YAML: package databases, GitHub's advisory files, OSS-Fuzz.

use refrain_record::{Kind, Known, LinkKind, Record, Role, Status};
use serde_json::Value;

use super::shared::{add_body, add_markdown, found_after_release, published, set_cvss, set_severity_word};
use crate::entry::{begin, emit, field, first_sentence, items_at, link, moment_at, skipped, system_for, text_at, texts_at, whole_text};
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};
use crate::{json, yaml};

/// Affected versions kept per record: some packages list thousands, and rules ask only for the first and last ones.
const VERSIONS_KEPT: usize = 200;

/// OSV as JSON.
pub const JSON: SourceRow = SourceRow {
    name: "osv-json",
    title: "OSV JSON",
    system: "OSV",
    sniff: sniff_json,
    read: read_json,
    fills: FILLS,
    export: "download the ecosystem's all.zip of the OSV export, or clone an advisory database",
};

/// OSV as YAML, one or more documents.
pub const YAML: SourceRow = SourceRow {
    name: "osv-yaml",
    title: "OSV YAML",
    system: "OSV",
    sniff: sniff_yaml,
    read: read_yaml,
    fills: FILLS,
    export: "git clone https://github.com/google/oss-fuzz-vulns",
};

const FILLS: &[Fills] = &[
    Fills::Title,
    Fills::Body,
    Fills::Team,
    Fills::Severity,
    Fills::Stage,
    Fills::Detected,
    Fills::Trace,
    Fills::Links,
    Fills::Kinds,
    Fills::Versions,
];

fn sniff_json(head: &Head<'_>) -> Option<Hint> {
    let has = |name: &str| head.text.contains(&format!("\"{name}\""));
    let json = head.text.trim_start().starts_with(['{', '[']);
    if json && !has("ghsa_id") { from_keys("OSV record", 85, &["id", "modified", "affected"], has) } else { None }
}

fn sniff_yaml(head: &Head<'_>) -> Option<Hint> {
    let has = |name: &str| head.text.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
    from_keys("OSV record in YAML", 85, &["id", "modified", "affected"], has)
}

fn read_json(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    json::for_each_item(input, &["vulns", "vulnerabilities"], sink, &mut |value, line, sink| one(value, JSON.name, path, line, setup, sink));
}

fn read_yaml(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(whole) = whole_text(input, sink) else { return };
    for (line, document) in yaml::documents(&whole) {
        match yaml::parse(document) {
            Ok(value) => one(&value, YAML.name, input.path, line, setup, sink),
            Err((at, why)) => sink(skipped(line + at - 1, "", "", &why, "a YAML document", "repair the document at that line")),
        }
    }
}

/// Reads one record.
fn one(value: &Value, row: &str, path: &str, line: u32, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(id) = text_at(value, "id") else {
        return sink(skipped(line, "", "id", "nothing", "the id of an OSV record", "check that the file holds OSV records"));
    };
    let details = text_at(value, "details").unwrap_or_default();
    let summary = text_at(value, "summary").unwrap_or_else(|| first_sentence(&details));
    let mut record = match begin(system_for("OSV", path, setup), &id, Kind::Advisory, &summary, line) {
        Ok(record) => record,
        Err(item) => return sink(item),
    };
    published(&mut record, moment_at(value, "published", line, &id, sink), "published");
    record.updated = moment_at(value, "modified", line, &id, sink);
    record.withdrawn = value.get("withdrawn").is_some_and(|v| !v.is_null());
    links(&mut record, value);
    if details.contains("Crash state:") {
        crash(&mut record, &details);
    } else {
        found_after_release(&mut record);
        add_body(&mut record, &details, Role::Description, "description");
    }
    for affected in items_at(value, "affected") {
        package(&mut record, affected, sink);
    }
    severities(&mut record, value, line, sink);
    class_fields(&mut record, value.get("database_specific").unwrap_or(&Value::Null));
    record.versions.truncate(VERSIONS_KEPT);
    finish_status(&mut record);
    emit(record, row, path, line, sink);
}

fn links(record: &mut Record, value: &Value) {
    for alias in texts_at(value, "aliases") {
        link(record, LinkKind::Alias, &alias, "aliases");
    }
    for (name, kind) in [("related", LinkKind::Related), ("upstream", LinkKind::Cloned)] {
        for target in texts_at(value, name) {
            link(record, kind, &target, name);
        }
    }
    for reference in items_at(value, "references") {
        if let Some(url) = text_at(reference, "url") {
            if record.url.is_none() && text_at(reference, "type").is_some_and(|t| t == "ADVISORY" || t == "REPORT") {
                record.url = Some(url.clone());
            }
            link(record, LinkKind::Url, &url, "references");
        }
    }
}

/// OSS-Fuzz: `details` holds the address of the report and a fenced block with crash type and crash state, three frames, innermost
/// first. The block is kept as a trace, the type without its size is the kind; the address is no text.
fn crash(record: &mut Record, details: &str) {
    let block: Vec<&str> =
        details.lines().map(str::trim).skip_while(|l| !l.starts_with("Crash type:")).take_while(|l| !l.starts_with("```")).collect();
    let block = if block.is_empty() { details.lines().map(str::trim).skip_while(|l| !l.starts_with("Crash state:")).collect() } else { block };
    if let Some(kind) = block.first().and_then(|l| l.strip_prefix("Crash type:")) {
        record.kinds.push(without_size(kind));
    }
    record.add_section(Role::Trace, "crash", block.join("\n").trim_end().to_owned());
    let before: Vec<&str> = details.lines().take_while(|l| !l.trim().starts_with("Crash ")).filter(|l| !is_report_line(l)).collect();
    add_markdown(record, Role::Description, "description", before.join("\n").trim());
    record.actual_stage = Known::derived("system".to_owned(), "oss-fuzz-is-fuzzing-in-ci");
}

/// `Heap-buffer-overflow READ 4` without the number of bytes, which says nothing of the kind.
fn without_size(kind: &str) -> String {
    kind.split_whitespace().filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()) && *word != "{*}").collect::<Vec<_>>().join(" ")
}

fn is_report_line(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("OSS-Fuzz report:") || line.starts_with("```")
}

fn package(record: &mut Record, affected: &Value, sink: &mut dyn FnMut(Item)) {
    let package = affected.get("package").unwrap_or(&Value::Null);
    if let Some(name) = text_at(package, "name") {
        if record.team.is_absent() {
            record.team = Known::derived(name.clone(), "package-is-team");
        }
        record.components.push(name);
    }
    if record.project.is_none() {
        record.project = text_at(package, "ecosystem");
    }
    for range in items_at(affected, "ranges") {
        events(record, range);
    }
    record.versions.extend(texts_at(affected, "versions").into_iter().take(VERSIONS_KEPT));
    for name in ["ecosystem_specific", "database_specific"] {
        let specific = affected.get(name).unwrap_or(&Value::Null);
        if let Some(word) = text_at(specific, "severity").filter(|_| record.severity.is_absent()) {
            set_severity_word(record, &word, &format!("affected.{name}.severity"), sink);
        }
        class_fields(record, specific);
    }
}

/// Commits and versions where the flaw came and went: commits of a repository become links, versions become fields.
fn events(record: &mut Record, range: &Value) {
    let repository = text_at(range, "repo");
    if let Some(repository) = &repository {
        field(record, "repository", repository);
    }
    for event in items_at(range, "events") {
        for (name, kept) in [("introduced", "introduced-in"), ("fixed", "fixed-in"), ("last_affected", "last-affected")] {
            let Some(place) = text_at(event, name).filter(|place| place != "0") else { continue };
            field(record, kept, &place);
            if let (Some(repository), "introduced") = (&repository, name) {
                link(record, LinkKind::IntroducedBy, &format!("{repository}@{place}"), "affected.ranges.events.introduced");
            }
        }
    }
}

fn severities(record: &mut Record, value: &Value, line: u32, sink: &mut dyn FnMut(Item)) {
    let word = value.get("database_specific").and_then(|d| text_at(d, "severity"));
    if let Some(word) = word.filter(|_| record.severity.is_absent()) {
        set_severity_word(record, &word, "database_specific.severity", sink);
    }
    let everywhere = items_at(value, "affected").iter().flat_map(|affected| items_at(affected, "severity"));
    for severity in items_at(value, "severity").iter().chain(everywhere) {
        if let Some(vector) = text_at(severity, "score") {
            set_cvss(record, &vector, "severity", line, sink);
        }
    }
}

fn class_fields(record: &mut Record, specific: &Value) {
    for name in ["cwe_ids", "categories", "informational"] {
        record.kinds.extend(texts_at(specific, name));
    }
    for cwe in items_at(specific, "cwes") {
        record.kinds.extend(text_at(cwe, "cweId"));
    }
}

/// A stated fix means resolved; with affected ranges but no fix the record is open; without either nothing is known.
fn finish_status(record: &mut Record) {
    record.status = match (record.fields.contains_key("fixed-in"), record.fields.contains_key("introduced-in")) {
        (true, _) => Status::Resolved,
        (false, true) => Status::Open,
        (false, false) => Status::Unknown,
    };
}
