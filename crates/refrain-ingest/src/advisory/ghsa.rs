//! GitHub security advisories as the REST API gives them (global and of a repository). The files of the database are OSV.

use refrain_record::{Kind, Known, LinkKind, Record, Role, Status};
use serde_json::Value;

use super::shared::{add_body, found_after_release, published, set_cvss, set_severity_word};
use crate::entry::{begin, emit, field, first_sentence, items_at, link, moment_at, skipped, system_for, text_at, texts_at};
use crate::json;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};

/// Advisories of the REST API. Drafts and advisories in triage are confidential: they are filtered.
pub const ROW: SourceRow = SourceRow {
    name: "ghsa",
    title: "GitHub security advisories (REST)",
    system: "GHSA",
    sniff,
    read,
    fills: &[Fills::Title, Fills::Body, Fills::Team, Fills::Severity, Fills::Stage, Fills::Detected, Fills::Links, Fills::Kinds, Fills::Versions],
    export: "gh api --paginate '/advisories?ecosystem=rust&per_page=100' > advisories.json",
};

fn sniff(head: &Head<'_>) -> Option<Hint> {
    head.text.contains("\"ghsa_id\"").then(|| Hint { strength: 90, reason: "`ghsa_id` of GitHub's REST API".into() })
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    json::for_each_item(input, &[], sink, &mut |value, line, sink| one(value, path, line, setup, sink));
}

fn one(value: &Value, path: &str, line: u32, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(id) = text_at(value, "ghsa_id") else {
        return sink(skipped(line, "", "ghsa_id", "nothing", "the id of an advisory", "check that the file holds advisories"));
    };
    if text_at(value, "state").is_some_and(|state| state == "draft" || state == "triage") {
        return sink(Item::Filtered { at: crate::source::Place { line, record: id }, reason: "confidential: a draft, or in triage" });
    }
    let description = text_at(value, "description").unwrap_or_default();
    let title = text_at(value, "summary").unwrap_or_else(|| first_sentence(&description));
    let mut record = match begin(system_for(ROW.system, path, setup), &id, Kind::Advisory, &title, line) {
        Ok(record) => record,
        Err(item) => return sink(item),
    };
    published(&mut record, moment_at(value, "published_at", line, &id, sink), "published_at");
    record.updated = moment_at(value, "updated_at", line, &id, sink);
    record.withdrawn = value.get("withdrawn_at").is_some_and(|v| !v.is_null());
    record.url = text_at(value, "html_url");
    found_after_release(&mut record);
    add_body(&mut record, &description, Role::Description, "description");
    packages(&mut record, value);
    rating(&mut record, value, line, sink);
    link(&mut record, LinkKind::Alias, &text_at(value, "cve_id").unwrap_or_default(), "cve_id");
    for reference in texts_at(value, "references") {
        link(&mut record, LinkKind::Url, &reference, "references");
    }
    emit(record, ROW.name, path, line, sink);
}

fn packages(record: &mut Record, value: &Value) {
    for flaw in items_at(value, "vulnerabilities") {
        let package = flaw.get("package").unwrap_or(&Value::Null);
        if let Some(name) = text_at(package, "name") {
            if record.team.is_absent() {
                record.team = Known::derived(name.clone(), "package-is-team");
            }
            record.components.push(name);
        }
        record.project = record.project.take().or_else(|| text_at(package, "ecosystem"));
        record.versions.extend(text_at(flaw, "vulnerable_version_range"));
        field(record, "functions", &texts_at(flaw, "vulnerable_functions").join(", "));
        if let Some(fixed) = first_patched(flaw) {
            field(record, "fixed-in", &fixed);
            record.status = Status::Resolved;
        }
    }
}

/// A text in the present API, an object with `identifier` in the former one.
fn first_patched(flaw: &Value) -> Option<String> {
    text_at(flaw, "first_patched_version").or_else(|| text_at(flaw.get("first_patched_version")?, "identifier"))
}

fn rating(record: &mut Record, value: &Value, line: u32, sink: &mut dyn FnMut(Item)) {
    if let Some(word) = text_at(value, "severity").filter(|word| word != "unknown") {
        set_severity_word(record, &word, "severity", sink);
    }
    let both = value.get("cvss_severities").map(|c| [c.get("cvss_v3"), c.get("cvss_v4")]).unwrap_or([value.get("cvss"), None]);
    for vector in both.into_iter().flatten().filter_map(|c| text_at(c, "vector_string")) {
        set_cvss(record, &vector, "cvss", line, sink);
    }
    record.kinds = items_at(value, "cwes").iter().filter_map(|cwe| text_at(cwe, "cwe_id")).collect();
}
