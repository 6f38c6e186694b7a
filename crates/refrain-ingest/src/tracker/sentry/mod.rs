//! Sentry: issues (its own groups of events) and events (what a client sends, and what the interface returns).

mod print;

use refrain_record::{CostUnit, Kind, Known, LinkKind, Role, Severity};
use serde_json::Value;

use super::filing::{Filing, Refer};
use super::words;
use crate::entry::{items_at, skipped, system_for, text_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};
use crate::text::{is_person_field, plain};

/// Issues of the interface.
pub const ISSUES: SourceRow = SourceRow {
    name: "sentry-issue",
    title: "Sentry issues",
    system: "SENTRY",
    sniff: sniff_issue,
    read: read_issues,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Stage,
        Fills::Introduced,
        Fills::Detected,
        Fills::Resolved,
        Fills::Links,
        Fills::Cost,
        Fills::Versions,
    ],
    export: "GET $SENTRY/api/0/projects/ORG/PROJ/issues/?statsPeriod=&query=, following the Link header until results=\"false\"",
};

/// Events, one by one.
pub const EVENTS: SourceRow = SourceRow {
    name: "sentry-event",
    title: "Sentry events",
    system: "SENTRY",
    sniff: sniff_event,
    read: read_events,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Stage,
        Fills::Detected,
        Fills::Trace,
        Fills::Environment,
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Versions,
    ],
    export: "GET $SENTRY/api/0/organizations/ORG/issues/ID/events/?full=1, following the Link header until results=\"false\"",
};

const PAGES: &[&str] = &["data", "events", "issues"];

fn sniff_issue(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"shortId\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let issue = json::sample(&value, PAGES);
    from_keys("Sentry issue", 93, &["shortId", "culprit", "firstSeen"], |key| {
        issue.get(key).is_some() || (key == "culprit" && issue.get("metadata").is_some())
    })
}

fn sniff_event(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"event_id\"") && !head.text.contains("\"eventID\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let event = json::sample(&value, &["events"]);
    let has = |key: &str| match key {
        "event_id" => event.get("event_id").is_some() || event.get("eventID").is_some(),
        "exception" => ["exception", "entries", "logentry", "threads"].iter().any(|k| event.get(*k).is_some()),
        _ => event.get("platform").is_some() || event.get("level").is_some() || event.get("tags").is_some(),
    };
    from_keys("Sentry event", 92, &["event_id", "exception", "platform"], has)
}

fn read_issues(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(ISSUES.system, path, setup);
    json::for_each_item(input, PAGES, sink, &mut |issue, line, sink| one_issue(issue, line, path, setup, system, sink));
}

fn read_events(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(EVENTS.system, path, setup);
    json::for_each_item(input, &["events"], sink, &mut |event, line, sink| one_event(event, line, path, setup, system, sink));
}

fn one_issue(issue: &Value, line: u32, path: &str, setup: &ReadSetup, system: &str, sink: &mut dyn FnMut(Item)) {
    let text = |name: &str| text_at(issue, name).unwrap_or_default();
    let id = [text("shortId"), text("id")].into_iter().find(|t| !t.is_empty()).unwrap_or_default();
    if id.is_empty() {
        return sink(skipped(line, "", "shortId", "nothing", "an issue with its id", "export the issue again"));
    }
    let Some(mut filing) = Filing::begin(Refer::ids(system), &id, Kind::Crash, &text("title"), line, setup, sink) else { return };
    filing.alias(&text("id"), "id");
    let project = issue.get("project").map(|p| text_at(p, "slug").or_else(|| text_at(p, "name")).unwrap_or_default()).unwrap_or_default();
    let metadata = issue.get("metadata").unwrap_or(&Value::Null);
    let said = text_at(metadata, "value").filter(|v| !text("title").contains(v.as_str())).unwrap_or_default();
    let body: Vec<String> = [said, text("culprit")].into_iter().filter(|t| !t.is_empty()).collect();
    filing.text(Role::Description, "description", &plain(&body.join("\n")));
    issue_times(issue, &mut filing);
    level(&text("level"), &mut filing);
    tags(issue, &mut filing);
    if let Some(event) = issue.get("latestEvent") {
        trace(event, &mut filing);
        surroundings(event, &mut filing);
    }
    owner(&project, &mut filing);
    issue_counts(issue, &mut filing);
    ["platform", "issueCategory", "issueType", "type"].iter().for_each(|name| filing.field(name, &text(name)));
    text_at(metadata, "type").into_iter().for_each(|kind| filing.field("exception-type", &kind));
    filing.url(&text("permalink"));
    filing.give(ISSUES.name, path);
}

fn issue_times(issue: &Value, filing: &mut Filing<'_>) {
    let text = |name: &str| text_at(issue, name).unwrap_or_default();
    filing.created(&text("firstSeen"), "firstSeen");
    filing.detected(&text("firstSeen"), "firstSeen");
    filing.updated(&text("lastSeen"), "lastSeen");
    let first = issue.get("firstRelease").unwrap_or(&Value::Null);
    let released = text_at(first, "dateReleased").or_else(|| text_at(first, "dateCreated"));
    if let Some(moment) = released.and_then(|t| filing.moment(&t, "firstRelease")) {
        filing.record.introduced = Known::derived(moment, "first-release");
    }
    let releases = ["firstRelease", "lastRelease"].iter().filter_map(|name| issue.get(*name).and_then(|r| text_at(r, "version")));
    filing.record.versions = releases.collect();
    let resolved = items_at(issue, "activity").iter().find(|a| text_at(a, "type").is_some_and(|t| t.starts_with("set_resolved")));
    if let Some(at) = resolved.and_then(|a| text_at(a, "dateCreated")) {
        filing.resolved(&at, "activity");
    }
    filing.status(&text("status"), "", None);
}

/// Counts come as texts.
fn issue_counts(issue: &Value, filing: &mut Filing<'_>) {
    if let Some(count) = text_at(issue, "count").and_then(|c| c.parse().ok()).filter(|c| *c > 0) {
        filing.record.occurrences = count;
    }
    let users = issue.get("userCount").and_then(Value::as_f64).unwrap_or(0.0);
    filing.cost(CostUnit::Users, users, "userCount");
}

/// Levels of events with our level of harm.
const LEVELS: &[(&str, u8)] = &[("fatal", 1), ("critical", 1), ("error", 2), ("warning", 3), ("info", 4), ("debug", 4), ("sample", 4)];

fn level(word: &str, filing: &mut Filing<'_>) {
    if !word.is_empty() {
        let found = LEVELS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).and_then(|(_, level)| Severity::new(*level));
        filing.severity_by(word, found, "level-is-severity");
    }
}

/// The owner a tag named, else the project; where it ran says the stage, and a crash reporter without that watches production.
fn owner(project: &str, filing: &mut Filing<'_>) {
    filing.record.project = Some(project.to_owned()).filter(|p| !p.is_empty());
    filing.team_by(project, "project-is-team");
    filing.service_by(project, "project-is-service");
    filing.stage_by("production-internal", "crash-report-is-production");
}

fn one_event(event: &Value, line: u32, path: &str, setup: &ReadSetup, system: &str, sink: &mut dyn FnMut(Item)) {
    let text = |name: &str| text_at(event, name).unwrap_or_default();
    let id = [text("event_id"), text("eventID")].into_iter().find(|t| !t.is_empty()).unwrap_or_default();
    if id.is_empty() {
        return sink(skipped(line, &text("id"), "event_id", "nothing", "an event with its id", "export with `full=1`"));
    }
    let values = exceptions(event);
    if event.get("exception").is_some_and(|e| !e.is_null()) && values.is_empty() {
        let found = event.get("exception").map(Value::to_string).unwrap_or_default();
        return sink(skipped(line, &id, "exception", &found, "a list of exceptions", "export with `full=1`"));
    }
    let Some(mut filing) = Filing::begin(Refer::ids(system), &id, Kind::Crash, &title(event, &values), line, setup, sink) else { return };
    let message = message(event);
    filing.text(
        Role::Description,
        "message",
        &plain(&[message, text("culprit"), text("transaction")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n")),
    );
    trace(event, &mut filing);
    let time = ["timestamp", "dateCreated", "datetime", "received"]
        .into_iter()
        .find(|name| event.get(*name).is_some_and(|v| !v.is_null()))
        .unwrap_or("timestamp");
    filing.created(&text(time), time);
    filing.detected(&text(time), time);
    level(&text("level"), &mut filing);
    tags(event, &mut filing);
    surroundings(event, &mut filing);
    owner(&project_of(event), &mut filing);
    ["groupID", "group_id", "issue_id"]
        .iter()
        .filter_map(|name| text_at(event, name))
        .take(1)
        .for_each(|group| filing.link(LinkKind::DuplicateOf, &group, "group"));
    filing.field("platform", &text("platform"));
    values.last().and_then(|v| text_at(v, "type")).into_iter().for_each(|kind| filing.field("exception-type", &kind));
    filing.url(&text("web_url"));
    filing.give(EVENTS.name, path);
}

/// The exceptions of either shape, root cause first.
fn exceptions(event: &Value) -> Vec<Value> {
    let of_entries = || items_at(event, "entries").iter().find(|e| text_at(e, "type").as_deref() == Some("exception")).and_then(|e| e.get("data"));
    let block = event.get("exception").filter(|e| !e.is_null()).or_else(of_entries).unwrap_or(&Value::Null);
    let list = block.as_array().or_else(|| block.get("values").and_then(Value::as_array));
    list.map(|l| l.iter().filter(|v| v.is_object()).cloned().collect()).unwrap_or_default()
}

fn title(event: &Value, values: &[Value]) -> String {
    let thrown = values.last().map(|v| {
        let (kind, value) = (text_at(v, "type").unwrap_or_default(), text_at(v, "value").unwrap_or_default());
        let first = value.lines().next().unwrap_or_default();
        if kind.is_empty() || first.is_empty() { format!("{kind}{first}") } else { format!("{kind}: {first}") }
    });
    let stated = text_at(event, "title");
    let first = |text: String| text.lines().next().unwrap_or_default().to_owned();
    stated
        .or(thrown.filter(|t| !t.is_empty()))
        .or_else(|| Some(first(message(event))).filter(|m| !m.is_empty()))
        .unwrap_or_else(|| text_at(event, "culprit").unwrap_or_default())
}

/// The message of an event without exception.
fn message(event: &Value) -> String {
    let entry = event.get("logentry").or_else(|| event.get("sentry.interfaces.Message")).unwrap_or(&Value::Null);
    let of_entries = items_at(event, "entries")
        .iter()
        .find(|e| text_at(e, "type").as_deref() == Some("message"))
        .and_then(|e| e.get("data"))
        .and_then(|d| text_at(d, "formatted"));
    let plain = || event.get("message").and_then(|m| crate::entry::text(m).or_else(|| text_at(m, "formatted")));
    text_at(entry, "formatted").or_else(|| text_at(entry, "message")).or(of_entries).or_else(plain).unwrap_or_default()
}

fn trace(event: &Value, filing: &mut Filing<'_>) {
    let platform = text_at(event, "platform").unwrap_or_default();
    let printed = print::exceptions(&platform, &exceptions(event));
    let printed = if printed.trim().is_empty() { print::exceptions(&platform, &crashed_threads(event)) } else { printed };
    filing.record.add_section(Role::Trace, "trace", crate::text::plain(&printed));
}

/// Native crashes may carry the trace on a thread instead.
fn crashed_threads(event: &Value) -> Vec<Value> {
    let threads = event.get("threads").and_then(|t| t.get("values").or(Some(t))).and_then(Value::as_array);
    let crashed = |t: &&Value| t.get("crashed").and_then(Value::as_bool) == Some(true) && t.get("stacktrace").is_some();
    threads.into_iter().flatten().filter(crashed).take(1).cloned().collect()
}

/// Tags come as pairs, as objects of key and value, or as one object.
fn tag_pairs(event: &Value) -> Vec<(String, String)> {
    let pair = |tag: &Value| match tag.as_array() {
        Some(pair) => Some((pair.first().and_then(crate::entry::text)?, pair.get(1).and_then(crate::entry::text)?)),
        None => Some((text_at(tag, "key")?, text_at(tag, "value")?)),
    };
    match event.get("tags") {
        Some(Value::Object(map)) => map.iter().filter_map(|(key, value)| Some((key.clone(), crate::entry::text(value)?))).collect(),
        Some(Value::Array(list)) => list.iter().filter_map(pair).collect(),
        _ => Vec::new(),
    }
}

/// Tags that say where it ran.
const SURROUNDINGS: &[&str] = &[
    "os",
    "os.name",
    "browser",
    "browser.name",
    "device",
    "device.family",
    "runtime",
    "runtime.name",
    "region",
    "environment",
    "deployment",
    "cluster",
    "site",
    "app",
];

fn tags(event: &Value, filing: &mut Filing<'_>) {
    for (key, value) in tag_pairs(event)
        .into_iter()
        .filter(|(key, _)| !key.starts_with("user") && !key.starts_with("sentry:user") && !is_person_field(key) && key != "url")
    {
        match key.as_str() {
            "team" | "squad" | "owner_team" => filing.team(&value, "tags.team"),
            "service" => filing.service(&value, "tags.service"),
            "severity" => filing.severity(&value, "tags.severity"),
            "release" | "sentry:release" => filing.record.versions.push(value.clone()),
            name if SURROUNDINGS.contains(&name) => filing.environment(name, &value),
            _ => {}
        }
        filing.field(&format!("tag.{key}"), &value);
    }
}

/// Where it ran: environment, release, contexts. Requests, users and local variables hold personal data and are left out.
fn surroundings(event: &Value, filing: &mut Filing<'_>) {
    if let Some(release) = event.get("release").and_then(|r| crate::entry::text(r).or_else(|| text_at(r, "version"))) {
        filing.record.versions.push(release);
    }
    if let Some(environment) = text_at(event, "environment") {
        filing.environment("environment", &environment);
    }
    for name in ["os", "runtime", "browser", "device", "app", "gpu"] {
        let context = event.get("contexts").and_then(|c| c.get(name)).unwrap_or(&Value::Null);
        let parts: Vec<String> = ["name", "model", "version", "app_version"].iter().filter_map(|key| text_at(context, key)).collect();
        filing.environment(name, &parts.join(" "));
    }
    let environment = filing.record.environment.get("environment").cloned().unwrap_or_default();
    if let Some(stage) = words::environment_stage(&environment) {
        filing.stage_by(stage, "environment-is-stage");
    }
}

fn project_of(event: &Value) -> String {
    let named = event.get("project").and_then(|p| text_at(p, "slug").or_else(|| crate::entry::text(p)));
    let release = event.get("release").and_then(|r| crate::entry::text(r).or_else(|| text_at(r, "version")));
    let by_release = release.and_then(|r| r.split_once('@').map(|(name, _)| name.to_owned()));
    let number = |name: &String| name.bytes().all(|b| b.is_ascii_digit());
    text_at(event, "projectSlug").or(named.filter(|n| !number(n))).or(by_release).unwrap_or_default()
}
