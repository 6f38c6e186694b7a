//! ServiceNow incidents and problems: the table interface's JSON, and the CSV of a list.

use refrain_record::{CostUnit, Kind, LinkKind, Role};
use serde_json::{Map, Value};

use super::fields;
use super::filing::{Filing, Refer};
use crate::dates::Reading;
use crate::entry::{self, skipped, system_for};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, Place, ReadSetup, SourceRow};
use crate::table::{Table, headers};
use crate::text::{plain, plain_from_html, plain_words};

const FILLS: &[Fills] = &[
    Fills::Title,
    Fills::Body,
    Fills::Cause,
    Fills::Team,
    Fills::Service,
    Fills::Severity,
    Fills::Stage,
    Fills::Detected,
    Fills::Resolved,
    Fills::DuplicateOf,
    Fills::Links,
    Fills::Cost,
    Fills::Comments,
];

/// The table interface.
pub const JSON: SourceRow = SourceRow {
    name: "servicenow-json",
    title: "ServiceNow JSON",
    system: "SN",
    sniff: sniff_json,
    read: read_json,
    fills: FILLS,
    export: "GET $SN/api/now/table/incident?sysparm_query=ORDERBYsys_id&sysparm_limit=1000&sysparm_offset=0&sysparm_display_value=all, following the Link header; the same for the table problem",
};

/// A list exported as a table.
pub const CSV: SourceRow = SourceRow {
    name: "servicenow-csv",
    title: "ServiceNow CSV",
    system: "SN",
    sniff: sniff_csv,
    read: read_csv,
    fills: FILLS,
    export: "GET $SN/incident_list.do?CSV&sysparm_query=ORDERBYsys_id, or a list's menu, Export, CSV",
};

fn sniff_json(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"sys_id\"") && !head.text.contains("\"short_description\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let item = json::sample(&value, PAGES);
    from_keys("ServiceNow record", 93, &["number", "short_description", "sys_id"], |key| {
        item.get(key).is_some() || (key == "sys_id" && item.get("opened_at").is_some())
    })
}

const PAGES: &[&str] = &["result", "records"];

/// Labels of columns that differ from the names of their fields.
const LABELS: &[(&str, &str)] = &[
    ("opened", "opened_at"),
    ("resolved", "resolved_at"),
    ("closed", "closed_at"),
    ("updated", "sys_updated_on"),
    ("created", "sys_created_on"),
    ("configuration_item", "cmdb_ci"),
    ("business_service", "business_service"),
    ("service", "business_service"),
    ("problem", "problem_id"),
    ("caused_by_change", "caused_by"),
    ("close_code", "close_code"),
    ("resolution_code", "close_code"),
    ("resolution_notes", "close_notes"),
    ("close_notes", "close_notes"),
    ("channel", "contact_type"),
    ("contact_type", "contact_type"),
    ("additional_comments", "comments"),
];

fn field_name(header: &str) -> String {
    let name = plain_words(header).replace(' ', "_");
    LABELS.iter().find(|(label, _)| *label == name).map_or(name, |(_, field)| (*field).to_owned())
}

fn sniff_csv(head: &Head<'_>) -> Option<Hint> {
    if head.text.trim_start().starts_with(['{', '[', '<', '#']) {
        return None;
    }
    let names: Vec<String> = headers(head.text).iter().map(|h| field_name(h)).collect();
    let stands = |name: &str| names.iter().any(|n| n == name);
    from_keys("ServiceNow table", 91, &["number", "short_description", "opened_at"], |key| {
        stands(key) || (key == "opened_at" && (stands("assignment_group") || stands("sys_id")))
    })
}

fn read_json(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    json::for_each_item(input, PAGES, sink, &mut |item, line, sink| one(item, JSON.name, line, path, setup, sink));
}

fn read_csv(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let Some(mut table) = Table::open(input.text) else {
        return sink(skipped(1, "", "", "no headers", "a table with headers", "export the list again"));
    };
    let names: Vec<String> = table.headers.iter().map(|h| field_name(h)).collect();
    while let Some(row) = table.next_row() {
        match row {
            Err(broken) => sink(skipped(broken.line, "", "", &broken.found, &broken.expected, "mend the quotes of that row, or export it again")),
            Ok(row) if table.is_headers(&row) => {
                sink(Item::Filtered { at: Place { line: row.line, record: String::new() }, reason: "the headers once more" })
            }
            Ok(row) => {
                let cells: Map<String, Value> = names.iter().cloned().zip(row.cells.iter().map(|c| Value::String(c.clone()))).collect();
                one(&Value::Object(cells), CSV.name, row.line, path, setup, sink);
            }
        }
    }
}

/// A record whose fields are texts, or objects of a value and how it is shown.
struct Fields<'v>(&'v Value);

impl Fields<'_> {
    /// As people see it.
    fn shown(&self, name: &str) -> String {
        self.part(name, &["display_value", "value"])
    }

    /// As the table holds it: times in UTC, states as numbers.
    fn raw(&self, name: &str) -> String {
        self.part(name, &["value", "display_value"])
    }

    fn part(&self, name: &str, order: &[&str]) -> String {
        let found = self.0.get(name).unwrap_or(&Value::Null);
        let text = if found.is_object() { order.iter().find_map(|key| entry::text_at(found, key)) } else { entry::text(found) };
        text.unwrap_or_default()
    }

    /// A reference: shown by name, unless only the internal id of the target is known.
    fn reference(&self, name: &str) -> String {
        let shown = self.shown(name);
        if is_internal(&shown) { String::new() } else { shown }
    }

    /// Whether times say what zone they are in: only the raw value does.
    fn has_raw(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|v| v.get("value").is_some())
    }
}

/// Internal ids are 32 hexadecimal digits.
fn is_internal(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

fn one(item: &Value, format: &str, line: u32, path: &str, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let record = Fields(item);
    let number = record.shown("number");
    if number.is_empty() {
        return sink(skipped(line, &record.raw("sys_id"), "number", "nothing", "a number such as INC0010112", "export the field `number`"));
    }
    if number.starts_with("CHG") {
        return sink(Item::Filtered { at: Place { line, record: number }, reason: "a change" });
    }
    let kind = if number.starts_with("INC") { Kind::Incident } else { Kind::Issue };
    let system = system_for(JSON.system, path, setup);
    let Some(mut filing) = Filing::begin(Refer::ids(system), &number, kind, &record.shown("short_description"), line, setup, sink) else { return };
    filing.read_times(if record.has_raw("opened_at") { Reading::utc() } else { Reading::assumed(setup) });
    filing.alias(&record.raw("sys_id"), "sys_id");
    owner(&record, &mut filing);
    texts(&record, &mut filing);
    state(&record, &mut filing);
    links(&record, &mut filing);
    cost(&record, &mut filing);
    own(item, &record, &mut filing);
    filing.give(format, path);
}

fn owner(record: &Fields<'_>, filing: &mut Filing<'_>) {
    filing.team(&record.reference("assignment_group"), "assignment_group");
    filing.service(&record.reference("business_service"), "business_service");
    filing.service(&record.reference("cmdb_ci"), "cmdb_ci");
    filing.record.components = ["category", "subcategory"].iter().map(|name| record.shown(name)).filter(|c| !c.is_empty()).collect();
    let channel = plain_words(&record.shown("contact_type"));
    if let Some((_, stage)) = CHANNELS.iter().find(|(word, _)| *word == channel) {
        filing.stage_by(stage, "contact-type-is-stage");
    }
}

/// Who reported it says where it was found.
const CHANNELS: &[(&str, &str)] = &[
    ("monitoring", "production-internal"),
    ("event", "production-internal"),
    ("event management", "production-internal"),
    ("alert", "production-internal"),
    ("integration", "production-internal"),
    ("phone", "production-customer"),
    ("email", "production-customer"),
    ("self service", "production-customer"),
    ("chat", "production-customer"),
    ("walk in", "production-customer"),
    ("web", "production-customer"),
    ("portal", "production-customer"),
    ("virtual agent", "production-customer"),
    ("customer", "production-customer"),
];

/// Fields that are texts, with their roles.
const TEXTS: &[(&str, Role)] = &[
    ("description", Role::Description),
    ("cause_notes", Role::Cause),
    ("fix_notes", Role::Fix),
    ("workaround", Role::Fix),
    ("close_notes", Role::Fix),
    ("impact_description", Role::Impact),
];

fn texts(record: &Fields<'_>, filing: &mut Filing<'_>) {
    for (name, role) in TEXTS {
        filing.text(*role, &name.replace('_', "-"), &plain_from_html(&record.shown(name)));
    }
    let mut number = 0;
    for name in ["work_notes", "comments"] {
        for note in journal(&record.shown(name)) {
            number += 1;
            filing.comment(number, &note);
        }
    }
}

/// Entries of a journal: each begins with a line `2024-03-01 10:11:12 - Name (Work notes)`, which names a person and goes.
fn journal(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in plain(text).lines() {
        let heads = line.len() > 22 && line.get(19..22) == Some(" - ") && line.ends_with(')') && line.as_bytes()[..4].iter().all(u8::is_ascii_digit);
        match out.last_mut() {
            _ if heads => out.push(String::new()),
            Some(last) => {
                last.push_str(line);
                last.push('\n');
            }
            None => out.push(format!("{line}\n")),
        }
    }
    out.into_iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

/// States by number, as a fresh instance has them; shown words come first where the export has them.
const STATES: &[(&str, &str)] = &[
    ("1", "New"),
    ("2", "In Progress"),
    ("3", "On Hold"),
    ("6", "Resolved"),
    ("7", "Closed"),
    ("8", "Canceled"),
    ("101", "New"),
    ("102", "Assess"),
    ("103", "Root Cause Analysis"),
    ("104", "Fix in Progress"),
    ("106", "Resolved"),
    ("107", "Closed"),
];

fn state(record: &Fields<'_>, filing: &mut Filing<'_>) {
    filing.created(&record.raw("sys_created_on"), "sys_created_on");
    filing.detected(&record.raw("opened_at"), "opened_at");
    if filing.record.created.is_absent() {
        filing.record.created = filing.record.detected.clone();
    }
    // Records close themselves days after they were resolved, so that time is not the one of the resolution.
    filing.resolved(&record.raw("resolved_at"), "resolved_at");
    filing.updated(&record.raw("sys_updated_on"), "sys_updated_on");
    let shown = record.shown("state");
    let word = STATES.iter().find(|(code, _)| *code == shown).map_or(shown.as_str(), |(_, word)| word);
    filing.status(word, &record.shown("close_code"), None);
    for name in ["severity", "impact"] {
        filing.severity(&record.shown(name), name);
    }
    filing.priority(&record.shown("priority"));
}

fn links(record: &Fields<'_>, filing: &mut Filing<'_>) {
    // Incidents of one problem, or below one parent, are the same defect by the record keeper's own judgement.
    for (name, kind) in [
        ("problem_id", LinkKind::DuplicateOf),
        ("parent_incident", LinkKind::DuplicateOf),
        ("duplicate_of", LinkKind::DuplicateOf),
        ("caused_by", LinkKind::IntroducedBy),
        ("rfc", LinkKind::Related),
        ("parent", LinkKind::Related),
    ] {
        filing.link(kind, &record.shown(name), name);
    }
}

fn cost(record: &Fields<'_>, filing: &mut Filing<'_>) {
    let worked = record.raw("time_worked");
    let seconds = duration(&worked).or_else(|| worked.parse::<f64>().ok());
    filing.cost(CostUnit::EngineerHours, seconds.unwrap_or(0.0) / 3600.0, "time_worked");
    let reopened = record.shown("reopen_count");
    if reopened != "0" {
        filing.field("reopenings", &reopened);
    }
}

/// Seconds of a duration, which the tables write as a moment after 1970 (`1970-01-02 03:00:00`).
fn duration(text: &str) -> Option<f64> {
    let at: jiff::civil::DateTime = text.strip_prefix("1970-").and(Some(text))?.replace(' ', "T").parse().ok()?;
    let zoned = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second() as f64)
}

/// Fields that were read above or hold people.
const READ: &[&str] = &[
    "number",
    "sys_id",
    "short_description",
    "description",
    "cause_notes",
    "fix_notes",
    "workaround",
    "close_notes",
    "work_notes",
    "comments",
    "opened_at",
    "resolved_at",
    "closed_at",
    "sys_created_on",
    "sys_updated_on",
    "assignment_group",
    "business_service",
    "cmdb_ci",
    "problem_id",
    "parent_incident",
    "duplicate_of",
    "caused_by",
    "rfc",
    "parent",
    "state",
    "time_worked",
    "reopen_count",
    "caller_id",
    "assigned_to",
    "opened_by",
    "resolved_by",
    "closed_by",
    "sys_created_by",
    "sys_updated_by",
    "sys_mod_count",
    "sys_domain",
    "sys_domain_path",
    "sys_class_name",
    "comments_and_work_notes",
    "work_notes_list",
    "watch_list",
    "additional_assignee_list",
    "user_input",
    "sys_tags",
    "business_duration",
    "calendar_duration",
    "business_stc",
    "calendar_stc",
    "impact_description",
];

fn own(item: &Value, record: &Fields<'_>, filing: &mut Filing<'_>) {
    for name in item.as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| !READ.contains(&name.as_str())) {
        let value = record.shown(name);
        if !is_internal(&value) && value != "false" {
            fields::file(filing, name.strip_prefix("u_").unwrap_or(name), &[plain(&value)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_no_dates() {
        assert_eq!(duration("1970-01-02 03:00:00"), Some(97_200.0));
        assert_eq!(duration("2024-03-01 10:00:00"), None);
    }

    #[test]
    fn journals_lose_their_names() {
        let text = "2024-03-01 11:00:00 - Dana K. (Work notes)\nRestarted.\nStill slow.\n\n2024-03-01 10:30:00 - Lee M. (Work notes)\nLooking.\n";
        assert_eq!(journal(text), ["Restarted.\nStill slow.", "Looking."]);
        assert_eq!(journal("plain note"), ["plain note"]);
    }
}
