//! PagerDuty incidents.

use refrain_record::{Kind, LinkKind, Role, Status};
use serde_json::Value;

use super::filing::{Filing, Refer};
use crate::entry::{self, items_at, skipped, system_for, text_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};
use crate::text::plain;

/// Incidents of the REST interface.
pub const ROW: SourceRow = SourceRow {
    name: "pagerduty",
    title: "PagerDuty incidents",
    system: "PD",
    sniff,
    read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Stage,
        Fills::Detected,
        Fills::Resolved,
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Comments,
    ],
    export: "GET $PD/incidents?since=…&until=…&limit=100&offset=0&total=true&include[]=body&time_zone=UTC, in windows of at most six months and 10,000 incidents",
};

const PAGES: &[&str] = &["incidents", "incident"];

fn sniff(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"incident_number\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let incident = json::sample(&value, PAGES);
    from_keys("PagerDuty incident", 94, &["id", "incident_number", "created_at"], |key| incident.get(key).is_some())
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(ROW.system, path, setup);
    json::for_each_item(input, PAGES, sink, &mut |incident, line, sink| one(incident, line, path, setup, system, sink));
}

fn summary(incident: &Value, field: &str) -> String {
    let value = incident.get(field).unwrap_or(&Value::Null);
    text_at(value, "summary").or_else(|| text_at(value, "name")).or_else(|| entry::text(value)).unwrap_or_default()
}

fn one(incident: &Value, line: u32, path: &str, setup: &ReadSetup, system: &str, sink: &mut dyn FnMut(Item)) {
    let id = text_at(incident, "id").unwrap_or_default();
    let title = text_at(incident, "title").or_else(|| text_at(incident, "summary")).or_else(|| text_at(incident, "description")).unwrap_or_default();
    if incident.get("created_at").is_some_and(|v| !v.is_string()) {
        let found = incident.get("created_at").map(Value::to_string).unwrap_or_default();
        return sink(skipped(line, &id, "created_at", &found, "a time such as 2024-03-01T10:11:12Z", "export the incident again"));
    }
    let Some(mut filing) = Filing::begin(Refer::ids(system), &id, Kind::Incident, &title, line, setup, sink) else { return };
    if let Some(number) = text_at(incident, "incident_number") {
        filing.alias(&number, "incident_number");
    }
    owner(incident, &mut filing);
    texts(incident, &title, &mut filing);
    state(incident, &mut filing);
    links(incident, &mut filing);
    filing.stage_by("production-internal", "monitoring-is-production");
    filing.give(ROW.name, path);
}

fn owner(incident: &Value, filing: &mut Filing<'_>) {
    let service = summary(incident, "service");
    filing.service(&service, "service");
    for team in items_at(incident, "teams").iter().filter_map(|t| text_at(t, "summary").or_else(|| text_at(t, "name"))) {
        filing.field("team", &team);
        filing.team(&team, "teams");
    }
    filing.field("escalation-policy", &summary(incident, "escalation_policy"));
    filing.team_by(&summary(incident, "escalation_policy"), "escalation-policy-is-team");
    filing.team_by(&service, "service-is-team");
    filing.record.components = vec![service];
}

fn texts(incident: &Value, title: &str, filing: &mut Filing<'_>) {
    let description = text_at(incident, "description").filter(|d| d != title).unwrap_or_default();
    let body = incident.get("body").and_then(|b| b.get("details")).map(details).unwrap_or_default();
    let trigger = incident.get("first_trigger_log_entry").and_then(|e| e.get("channel"));
    let alert = trigger.and_then(|c| c.get("details").or_else(|| c.get("body"))).map(details).unwrap_or_default();
    let parts: Vec<String> = [description, body, alert].into_iter().filter(|p| !p.trim().is_empty()).collect();
    filing.text(Role::Description, "description", &plain(&parts.join("\n\n")));
    for (at, note) in items_at(incident, "notes").iter().enumerate() {
        filing.comment(at + 1, &crate::text::drop_mentions(&plain(&text_at(note, "content").unwrap_or_default())));
    }
}

/// A text as it is, an object as lines of name and value.
fn details(value: &Value) -> String {
    let line = |(name, value): (&String, &Value)| {
        let text = entry::text(value).unwrap_or_else(|| if value.is_null() { String::new() } else { value.to_string() });
        format!("{name}: {text}")
    };
    match value {
        Value::Object(map) => map.iter().filter(|(name, _)| !crate::text::is_person_field(name)).map(line).collect::<Vec<_>>().join("\n"),
        other => entry::text(other).unwrap_or_default(),
    }
}

fn state(incident: &Value, filing: &mut Filing<'_>) {
    let text = |name: &str| text_at(incident, name).unwrap_or_default();
    filing.created(&text("created_at"), "created_at");
    filing.detected(&text("created_at"), "created_at");
    filing.updated(&[text("updated_at"), text("last_status_change_at")].into_iter().find(|t| !t.is_empty()).unwrap_or_default(), "updated_at");
    filing.resolved(&text("resolved_at"), "resolved_at");
    let merged = incident.get("resolve_reason").is_some_and(|r| text_at(r, "type").as_deref() == Some("merge_resolve_reason"));
    filing.status(&text("status"), if merged { "duplicate" } else { "" }, None);
    if filing.record.status == Status::Resolved
        && filing.record.resolved.is_absent()
        && let Some(moment) = filing.moment(&text("last_status_change_at"), "last_status_change_at")
    {
        filing.record.resolved = refrain_record::Known::derived(moment, "last-status-change-is-resolution");
    }
    filing.severity(&summary(incident, "priority"), "priority");
    let urgency = text("urgency");
    if !urgency.is_empty() {
        filing.severity_by(&urgency, super::words::priority(&urgency), "urgency-is-severity");
        filing.field("urgency", &urgency);
    }
    filing.field("alerts", &incident.get("alert_counts").and_then(|c| text_at(c, "all")).unwrap_or_default());
    filing.field("alert-rule", &text("incident_key"));
    filing.url(&text("html_url"));
}

fn links(incident: &Value, filing: &mut Filing<'_>) {
    if let Some(target) = incident.get("resolve_reason").and_then(|r| r.get("incident")).and_then(|i| text_at(i, "id")) {
        filing.link(LinkKind::DuplicateOf, &target, "resolve_reason");
    }
    for reference in items_at(incident, "external_references").iter().filter_map(|r| text_at(r, "external_url")) {
        entry::link(&mut filing.record, LinkKind::Url, &reference, "external_references");
    }
}
