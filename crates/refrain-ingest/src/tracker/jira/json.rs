//! Issues of Jira's REST interface: a page, an array, one issue, one a line; version 2 (wiki text) and 3 (documents).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Ticket, links, sprint};
use crate::dates::Reading;
use crate::entry::{self, items_at, remark, skipped, system_for, text_at, texts_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Head, Hint, Input, Item, ReadSetup};
use crate::text::{plain_from_adf, plain_from_wiki};
use crate::tracker::words;

const PAGES: &[&str] = &["issues", "values"];

pub fn sniff(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"key\"") && !head.text.contains("\"nextPageToken\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let item = json::sample(&value, PAGES);
    let fields = item.get("fields");
    let of_azure = fields.and_then(|f| f.as_object()).is_some_and(|f| f.keys().any(|k| k.starts_with("System.")));
    if of_azure {
        return None;
    }
    if value.get("nextPageToken").is_some() && value.get("issues").is_some() && fields.is_none() {
        return Some(Hint { strength: 60, reason: "`issues` and `nextPageToken` of a Jira search that gave ids only".into() });
    }
    let has = |key: &str| match key {
        "fields.summary" => fields.is_some_and(|f| f.get("summary").is_some() || f.get("issuetype").is_some() || f.get("project").is_some()),
        "key" => item.get("key").is_some() || item.get("id").is_some(),
        other => item.get(other).is_some(),
    };
    from_keys("Jira issue", 95, &["key", "fields", "fields.summary"], has)
}

pub fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(super::JSON.system, path, setup);
    let mut base = String::new();
    json::for_each_on_page(input, PAGES, sink, &mut |issue, page, line, sink| {
        one_base(issue, &mut base, line, sink);
        one(issue, page, line, path, setup, system, sink);
    });
}

/// Two base addresses in one file are two instances under one name: their keys would collide.
fn one_base(issue: &Value, base: &mut String, line: u32, sink: &mut dyn FnMut(Item)) {
    let found = text_at(issue, "self").map(|url| base_of(&url)).unwrap_or_default();
    if base.is_empty() {
        *base = found;
    } else if !found.is_empty() && *base != found {
        sink(remark(
            line,
            "",
            "self",
            format!("issues of two addresses, `{base}` and `{found}`, under one system name: give each its own (import.systems)"),
        ));
        *base = found;
    }
}

fn base_of(url: &str) -> String {
    url.split_once("/rest/").map(|(base, _)| base.to_owned()).unwrap_or_default()
}

fn one(issue: &Value, page: &Value, line: u32, path: &str, setup: &ReadSetup, system: &str, sink: &mut dyn FnMut(Item)) {
    let key = text_at(issue, "key").unwrap_or_default();
    let Some(fields) = issue.get("fields").filter(|f| f.as_object().is_some_and(|f| !f.is_empty())) else {
        let found = text_at(issue, "id").unwrap_or_default();
        let advice = "the search was made without `fields`: ask for \"fields\":[\"*all\"]";
        return sink(skipped(line, &key, "fields", &found, "an issue with its fields", advice));
    };
    if let Some(wrong) = WORDS.iter().find(|name| fields.get(**name).is_some_and(|v| !v.is_string() && !v.is_null())) {
        let found = fields.get(*wrong).map(Value::to_string).unwrap_or_default();
        return sink(skipped(line, &key, wrong, &found, "a text", "export the issue again"));
    }
    let mut ticket = basics(issue, fields, &key);
    texts(fields, &mut ticket);
    ticket.links = items_at(fields, "issuelinks").iter().filter_map(link).collect();
    history(issue, &mut ticket);
    ticket.custom = custom(fields, names_of(issue, page));
    if let Some(filing) = super::file(&ticket, line, &Reading::utc(), setup, system, sink) {
        filing.give(super::JSON.name, path);
    }
}

/// Fields that must be texts where they are there: anything else is another format's or damage.
const WORDS: &[&str] = &["summary", "created"];

/// The text of an object's `name`, else `value`, or the text itself.
fn named(fields: &Value, field: &str) -> String {
    let value = fields.get(field).unwrap_or(&Value::Null);
    text_at(value, "name").or_else(|| text_at(value, "value")).or_else(|| entry::text(value)).unwrap_or_default()
}

fn names(fields: &Value, field: &str) -> Vec<String> {
    items_at(fields, field).iter().filter_map(|v| text_at(v, "name").or_else(|| entry::text(v))).collect()
}

fn basics(issue: &Value, fields: &Value, key: &str) -> Ticket {
    let project = fields.get("project").unwrap_or(&Value::Null);
    let status = fields.get("status").unwrap_or(&Value::Null);
    let category = status.get("statusCategory").and_then(|c| text_at(c, "key"));
    let versions = items_at(fields, "versions");
    let url = text_at(issue, "self").map(|url| base_of(&url)).filter(|base| !base.is_empty() && !key.is_empty());
    Ticket {
        key: key.to_owned(),
        id: text_at(issue, "id").unwrap_or_default(),
        project_key: text_at(project, "key").unwrap_or_default(),
        project_name: text_at(project, "name").unwrap_or_default(),
        kind: named(fields, "issuetype"),
        summary: text_at(fields, "summary").unwrap_or_default(),
        status: named(fields, "status"),
        done: category.map(|c| c == "done"),
        resolution: named(fields, "resolution"),
        priority: named(fields, "priority"),
        created: text_at(fields, "created").unwrap_or_default(),
        updated: text_at(fields, "updated").unwrap_or_default(),
        resolved: text_at(fields, "resolutiondate").unwrap_or_default(),
        components: names(fields, "components"),
        labels: texts_at(fields, "labels"),
        versions: names(fields, "versions"),
        released: versions.iter().filter_map(|v| text_at(v, "releaseDate")).collect(),
        fix_versions: names(fields, "fixVersions"),
        time_spent: fields.get("timespent").and_then(Value::as_f64),
        time_spent_total: fields.get("aggregatetimespent").and_then(Value::as_f64),
        url: url.map(|base| format!("{base}/browse/{key}")).unwrap_or_default(),
        ..Ticket::default()
    }
}

/// Plain form of a text that is wiki markup or a document.
fn plain(value: &Value, unknown: &mut BTreeMap<String, u64>) -> String {
    match value {
        Value::String(wiki) => plain_from_wiki(wiki),
        Value::Object(_) => {
            let (text, odd) = plain_from_adf(value);
            odd.into_iter().for_each(|(kind, count)| *unknown.entry(kind).or_default() += count);
            text
        }
        _ => String::new(),
    }
}

fn texts(fields: &Value, ticket: &mut Ticket) {
    let mut unknown = BTreeMap::new();
    let mut text = |value: Option<&Value>| value.map(|v| plain(v, &mut unknown)).unwrap_or_default();
    ticket.description = text(fields.get("description"));
    ticket.environment = text(fields.get("environment"));
    let block = fields.get("comment").unwrap_or(&Value::Null);
    let comments = items_at(block, "comments");
    ticket.comments = comments.iter().map(|c| text(c.get("body"))).collect();
    let total = block.get("total").and_then(Value::as_u64).unwrap_or(0);
    if total > comments.len() as u64 {
        ticket.remarks.push(("comments", format!("{} of {total} comments are in the export", comments.len())));
    }
    for (kind, count) in unknown {
        ticket.remarks.push(("description", format!("{count} nodes of unknown type `{kind}` in the document; their text was kept")));
    }
}

/// One side of a link is given per entry, and says which.
fn link(entry: &Value) -> Option<(refrain_record::LinkKind, String)> {
    let kind = entry.get("type").unwrap_or(&Value::Null);
    let (side, outward, phrase) = match (entry.get("outwardIssue"), entry.get("inwardIssue")) {
        (Some(other), _) => (other, true, text_at(kind, "outward")),
        (None, Some(other)) => (other, false, text_at(kind, "inward")),
        (None, None) => return None,
    };
    let name = text_at(kind, "name").unwrap_or_default();
    text_at(side, "key").map(|key| (links::kind(&name, &phrase.unwrap_or_default(), outward), key))
}

/// Reopenings and moves between projects, from the change log.
fn history(issue: &Value, ticket: &mut Ticket) {
    let log = issue.get("changelog").unwrap_or(&Value::Null);
    let histories = items_at(log, "histories");
    let total = log.get("total").and_then(Value::as_u64).unwrap_or(0);
    if total > histories.len() as u64 {
        ticket.remarks.push((
            "changelog",
            format!("history incomplete: {} of {total} changes are in the export; /issue/KEY/changelog gives all", histories.len()),
        ));
    }
    for item in histories.iter().flat_map(|h| items_at(h, "items")) {
        let (from, to) = (text_at(item, "fromString").unwrap_or_default(), text_at(item, "toString").unwrap_or_default());
        match text_at(item, "field").unwrap_or_default().as_str() {
            "status" => ticket.reopenings += u64::from(is_done(&from) && !is_done(&to)),
            "Key" => ticket.former_keys.push(from),
            _ => {}
        }
    }
}

fn is_done(status: &str) -> bool {
    words::status(status, "") == Some(refrain_record::Status::Resolved)
}

/// Display names of fields by id, from the issue or its page.
fn names_of<'v>(issue: &'v Value, page: &'v Value) -> &'v Value {
    issue.get("names").or_else(|| page.get("names")).unwrap_or(&Value::Null)
}

/// Fields of the site's own making, by display name where it is known, else by id.
fn custom(fields: &Value, names: &Value) -> Vec<(String, Vec<String>)> {
    let all = fields.as_object().into_iter().flatten().filter(|(id, _)| id.starts_with("customfield_"));
    let named = all.map(|(id, value)| (text_at(names, id).unwrap_or_else(|| id.clone()), values(value)));
    named.filter(|(_, values)| !values.is_empty()).collect()
}

/// The values of a field: a text, a number, an option, a cascade, a document, or a list of them. People are left out.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(values).collect(),
        Value::String(text) => vec![sprint::name(text).map_or_else(|| plain_from_wiki(text), str::to_owned)],
        Value::Object(map) if map.contains_key("type") && map.contains_key("content") => vec![plain_from_adf(value).0],
        Value::Object(map) if PERSON_KEYS.iter().any(|key| map.contains_key(*key)) => Vec::new(),
        Value::Object(_) => option(value).into_iter().collect(),
        other => entry::text(other).into_iter().collect(),
    }
}

/// Keys of an object that is a person.
const PERSON_KEYS: &[&str] = &["accountId", "emailAddress", "accountType"];

/// `{value}`, `{value, child:{value}}`, `{name}`, `{requestType:{name}}`.
fn option(value: &Value) -> Option<String> {
    let own =
        ["value", "name", "title", "requestType"].iter().find_map(|key| value.get(*key).and_then(|v| entry::text(v).or_else(|| text_at(v, "name"))));
    let child = value.get("child").and_then(|c| text_at(c, "value"));
    match (own, child) {
        (Some(own), Some(child)) => Some(format!("{own} / {child}")),
        (own, child) => own.or(child),
    }
}
