//! The catalogue of known exploited vulnerabilities of CISA, JSON.

use refrain_record::{Kind, Known, LinkKind, Record, Role, Severity};
use serde_json::Value;

use super::shared::published;
use crate::entry::{addresses, begin, emit, field, first_sentence, link, moment_at, skipped, system_for, text_at, texts_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};

/// The catalogue as one JSON document.
///
/// `requiredAction` is boilerplate: it stays a field and is in no section. `vulnerabilityName` and `shortDescription` mostly name
/// the class of the flaw; the `cwes` are its stated kinds.
pub const ROW: SourceRow = SourceRow {
    name: "kev",
    title: "CISA known exploited vulnerabilities",
    system: "KEV",
    sniff,
    read,
    fills: &[Fills::Title, Fills::Body, Fills::Team, Fills::Service, Fills::Severity, Fills::Stage, Fills::Detected, Fills::Links, Fills::Kinds],
    export: "curl -O https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
};

fn sniff(head: &Head<'_>) -> Option<Hint> {
    let has = |name: &str| head.text.contains(&format!("\"{name}\""));
    if has("$schema") { None } else { from_keys("KEV catalogue", 95, &["vulnerabilities", "cveID", "dateAdded"], has) }
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    json::for_each_item(input, &["vulnerabilities"], sink, &mut |value, line, sink| one(value, path, line, setup, sink));
}

fn one(value: &Value, path: &str, line: u32, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(id) = text_at(value, "cveID") else {
        return sink(skipped(line, "", "cveID", "nothing", "a CVE id", "check that the file holds the KEV catalogue"));
    };
    let description = text_at(value, "shortDescription").unwrap_or_default();
    let title = text_at(value, "vulnerabilityName").unwrap_or_else(|| first_sentence(&description));
    let mut record = match begin(system_for(ROW.system, path, setup), &id, Kind::Advisory, &title, line) {
        Ok(record) => record,
        Err(item) => return sink(item),
    };
    owner(&mut record, value);
    record.add_section(Role::Description, "description", description);
    published(&mut record, moment_at(value, "dateAdded", line, &id, sink), "dateAdded");
    record.actual_stage = Known::derived("production-customer".to_owned(), "exploited-is-in-production");
    if let Some(high) = Severity::new(2) {
        record.severity = Known::derived(high, "exploited-is-at-least-high");
    }
    record.kinds = texts_at(value, "cwes");
    link(&mut record, LinkKind::Alias, &id, "cveID");
    notes(&mut record, &text_at(value, "notes").unwrap_or_default());
    for name in ["requiredAction", "dueDate", "knownRansomwareCampaignUse"] {
        field(&mut record, name, &text_at(value, name).unwrap_or_default());
    }
    emit(record, ROW.name, path, line, sink);
}

fn owner(record: &mut Record, value: &Value) {
    if let Some(vendor) = text_at(value, "vendorProject") {
        record.team = Known::derived(vendor, "vendor-is-team");
    }
    if let Some(product) = text_at(value, "product") {
        record.service = Known::derived(product.clone(), "product-is-service");
        record.components.push(product);
    }
}

/// Addresses joined by ` ; `, with prose between them: the addresses are links, the prose says nothing of the flaw.
fn notes(record: &mut Record, notes: &str) {
    for address in addresses(notes) {
        link(record, LinkKind::Url, address, "notes");
    }
    record.url = addresses(notes).last().map(|last| (*last).to_owned());
}
