//! Jira in its three exports: REST JSON, CSV, XML. Each reads a `Ticket`; what a ticket means is said once, here.

mod csv;
mod json;
mod links;
mod sprint;
mod xml;

use refrain_record::{CostUnit, Kind, LinkKind, Role};

use super::fields;
use super::filing::{Filing, Refer};
use crate::source::{Fills, Item, ReadSetup, SourceRow};

/// What every export of Jira can fill.
const FILLS: &[Fills] = &[
    Fills::Title,
    Fills::Body,
    Fills::Cause,
    Fills::Team,
    Fills::Service,
    Fills::Severity,
    Fills::Stage,
    Fills::Introduced,
    Fills::Detected,
    Fills::Resolved,
    Fills::Environment,
    Fills::DuplicateOf,
    Fills::Links,
    Fills::Cost,
    Fills::Kinds,
    Fills::Versions,
    Fills::Labels,
    Fills::Comments,
];

/// Issues of the REST interface, version 2 or 3.
pub const JSON: SourceRow = SourceRow {
    name: "jira-json",
    title: "Jira REST JSON",
    system: "JIRA",
    sniff: json::sniff,
    read: json::read,
    fills: FILLS,
    export: "POST $JIRA/rest/api/3/search/jql {\"jql\":\"project = PAY AND issuetype = Bug ORDER BY id\",\"fields\":[\"*all\"],\"expand\":\"names,changelog\",\"maxResults\":100}, again with nextPageToken until isLast; Data Center: GET $JIRA/rest/api/2/search?jql=…&startAt=0&maxResults=100&expand=names,changelog&fields=*all",
};

/// The table that the issue navigator exports.
pub const CSV: SourceRow = SourceRow {
    name: "jira-csv",
    title: "Jira CSV",
    system: "JIRA",
    sniff: csv::sniff,
    read: csv::read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Cause,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Stage,
        Fills::Detected,
        Fills::Resolved,
        Fills::Environment,
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Cost,
        Fills::Kinds,
        Fills::Versions,
        Fills::Labels,
        Fills::Comments,
    ],
    export: "issue navigator, Export, CSV (all fields), a page of 1000 at a time; Data Center: GET $JIRA/sr/jira.issueviews:searchrequest-csv-all-fields/temp/SearchRequest.csv?jqlQuery=…&tempMax=1000",
};

/// The XML (RSS) view.
pub const XML: SourceRow = SourceRow {
    name: "jira-xml",
    title: "Jira XML",
    system: "JIRA",
    sniff: xml::sniff,
    read: xml::read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Cause,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Stage,
        Fills::Detected,
        Fills::Resolved,
        Fills::Environment,
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Cost,
        Fills::Kinds,
        Fills::Versions,
        Fills::Labels,
        Fills::Comments,
    ],
    export: "GET $JIRA/sr/jira.issueviews:searchrequest-xml/temp/SearchRequest.xml?jqlQuery=…&tempMax=1000",
};

/// An issue as any of the exports has it, texts in plain form. Empty is absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ticket {
    /// `PAY-1182`; the internal number alone where the export has no key.
    pub key: String,
    pub id: String,
    pub project_key: String,
    pub project_name: String,
    pub kind: String,
    pub summary: String,
    pub status: String,
    /// Whether the status belongs to the done ones, where the export says.
    pub done: Option<bool>,
    pub resolution: String,
    pub priority: String,
    pub created: String,
    pub updated: String,
    pub resolved: String,
    pub components: Vec<String>,
    pub labels: Vec<String>,
    pub versions: Vec<String>,
    /// Release dates of affected versions.
    pub released: Vec<String>,
    pub fix_versions: Vec<String>,
    pub environment: String,
    pub description: String,
    pub comments: Vec<String>,
    pub links: Vec<(LinkKind, String)>,
    /// Seconds of work on the issue itself.
    pub time_spent: Option<f64>,
    /// Seconds with sub-tasks: used only where the former is absent, since it includes it.
    pub time_spent_total: Option<f64>,
    /// Further fields by name, in plain form.
    pub custom: Vec<(String, Vec<String>)>,
    pub reopenings: u64,
    pub former_keys: Vec<String>,
    pub url: String,
    /// What a reader of the report must know, by field.
    pub remarks: Vec<(&'static str, String)>,
}

/// Resolution words that mean that there is none.
fn unresolved(word: &str) -> bool {
    matches!(
        crate::text::plain_words(word).as_str(),
        "" | "unresolved" | "nicht erledigt" | "non résolu" | "non résolue" | "sin resolver" | "none" | "1"
    )
}

/// Files a ticket; `line` is where it begins.
pub(crate) fn file<'f>(
    ticket: &Ticket,
    line: u32,
    reading: &crate::dates::Reading,
    setup: &'f ReadSetup,
    system: &str,
    sink: &'f mut dyn FnMut(Item),
) -> Option<Filing<'f>> {
    let id = if ticket.key.is_empty() { &ticket.id } else { &ticket.key };
    let mut filing = Filing::begin(Refer::ids(system), id, Kind::Issue, &ticket.summary, line, setup, sink)?;
    filing.read_times(reading.clone());
    identity(ticket, &mut filing);
    texts(ticket, &mut filing);
    state(ticket, &mut filing);
    filing.record.components = ticket.components.clone();
    filing.record.labels = ticket.labels.clone();
    filing.record.versions = ticket.versions.clone();
    filing.introduced_by_release(&ticket.released);
    ticket.links.iter().for_each(|(kind, key)| filing.link(*kind, key, "issuelinks"));
    ticket.custom.iter().for_each(|(name, values)| fields::file(&mut filing, name, values));
    ticket.fix_versions.iter().for_each(|v| filing.field("fix-versions", v));
    cost(ticket, &mut filing);
    by_rule(ticket, &mut filing);
    ticket.remarks.iter().for_each(|(field, text)| filing.remark(field, text.clone()));
    Some(filing)
}

fn identity(ticket: &Ticket, filing: &mut Filing<'_>) {
    filing.alias(&ticket.id, "id");
    ticket.former_keys.iter().for_each(|key| filing.alias(key, "changelog"));
    let by_key = ticket.key.rsplit_once('-').map(|(project, _)| project).unwrap_or_default();
    let project = [ticket.project_key.as_str(), by_key, ticket.project_name.as_str()].into_iter().find(|p| !p.is_empty());
    filing.record.project = project.map(str::to_owned);
    if !ticket.project_name.is_empty() {
        filing.field("project-name", &ticket.project_name);
    }
    filing.url(&ticket.url);
    filing.kind(&ticket.kind);
}

fn texts(ticket: &Ticket, filing: &mut Filing<'_>) {
    filing.text(Role::Description, "description", &ticket.description);
    environment(filing, &ticket.environment);
    for (at, comment) in ticket.comments.iter().enumerate() {
        filing.comment(at + 1, comment);
    }
}

/// The environment as a text, and those of its lines that name something (`OS: Windows 10`).
fn environment(filing: &mut Filing<'_>, text: &str) {
    filing.text(Role::Environment, "environment", text);
    for (name, value) in text.lines().take(30).filter_map(named_line) {
        filing.environment(&name.to_lowercase(), value);
    }
    if let Some(stage) = super::words::environment_stage(text) {
        filing.stage_by(stage, "environment-is-stage");
    }
}

/// `OS: Windows 10` or `| OS | Windows 10 |`, with a name of up to three words.
fn named_line(line: &str) -> Option<(&str, &str)> {
    let body = line.trim().trim_start_matches(['-', '*', ' ']);
    let (name, value) = match body.strip_prefix('|').and_then(|b| b.strip_suffix('|')) {
        Some(row) => row.split_once('|').filter(|(_, value)| !value.contains('|'))?,
        None => body.split_once(':')?,
    };
    let (name, value) = (name.trim(), value.trim());
    let words = name.chars().all(|c| c.is_alphabetic() || c == ' ') && (2..=30).contains(&name.len()) && name.split(' ').count() <= 3;
    (words && !value.is_empty() && value.len() <= 100 && !value.starts_with("//")).then_some((name, value))
}

fn state(ticket: &Ticket, filing: &mut Filing<'_>) {
    let resolution = if unresolved(&ticket.resolution) { "" } else { &ticket.resolution };
    filing.created(&ticket.created, "created");
    filing.resolved(&ticket.resolved, "resolutiondate");
    filing.updated(&ticket.updated, "updated");
    // Exports that say nothing of the done states leave the resolution to tell.
    let done = ticket.done.or(if resolution.is_empty() { None } else { Some(true) });
    filing.status(&ticket.status, resolution, done);
    if ticket.reopenings > 0 {
        filing.field("reopenings", &ticket.reopenings.to_string());
    }
}

fn cost(ticket: &Ticket, filing: &mut Filing<'_>) {
    let hours = |seconds: f64| seconds / 3600.0;
    match (ticket.time_spent.filter(|s| *s > 0.0), ticket.time_spent_total) {
        (Some(own), _) => filing.cost(CostUnit::EngineerHours, hours(own), "timespent"),
        (None, Some(all)) => filing.cost(CostUnit::EngineerHours, hours(all), "aggregatetimespent"),
        (None, None) => {}
    }
}

/// What follows where no field says it.
fn by_rule(ticket: &Ticket, filing: &mut Filing<'_>) {
    filing.field("priority", &ticket.priority);
    filing.field("issue-type", &ticket.kind);
    filing.field("status", &ticket.status);
    filing.priority(&ticket.priority);
    let project = if ticket.project_name.is_empty() { filing.record.project.clone().unwrap_or_default() } else { ticket.project_name.clone() };
    filing.team_by(&project, "project-is-team");
    if let [component] = ticket.components.as_slice() {
        filing.service_by(component, "component-is-service");
    }
}
