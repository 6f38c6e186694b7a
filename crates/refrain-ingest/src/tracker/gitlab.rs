//! GitLab issues and incidents.

use refrain_record::{CostUnit, Kind, LinkKind, Role};
use serde_json::Value;

use super::filing::{Filing, Refer};
use super::labels;
use crate::entry::{items_at, skipped, system_for, text_at, texts_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, Place, ReadSetup, SourceRow};
use crate::text::plain_from_markdown;

/// Issues and incidents of the REST interface, with notes where they are beside them.
pub const ROW: SourceRow = SourceRow {
    name: "gitlab",
    title: "GitLab issues",
    system: "GL",
    sniff,
    read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Cause,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Detected,
        Fills::Resolved,
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Cost,
        Fills::Labels,
        Fills::Comments,
    ],
    export: "glab api --paginate 'projects/acme%2Fledger/issues?scope=all&state=all&per_page=100&order_by=created_at&sort=asc'",
};

fn sniff(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"iid\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let issue = json::sample(&value, &["issues"]);
    from_keys("GitLab issue", 92, &["iid", "project_id", "title"], |key| issue.get(key).is_some())
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    json::for_each_item(input, &["issues"], sink, &mut |issue, line, sink| one(issue, line, path, setup, sink));
}

/// The project's path: stated with the reference, else in the address of the page.
fn project(issue: &Value) -> Option<String> {
    let full = issue.get("references").and_then(|r| text_at(r, "full"));
    let stated = full.and_then(|f| f.rsplit_once('#').map(|(project, _)| project.to_owned()));
    stated.or_else(|| {
        let url = text_at(issue, "web_url")?;
        let path = url.split_once("://")?.1.split_once('/')?.1;
        let project = path.split("/-/").next().filter(|p| *p != path).or_else(|| path.split_once("/issues/").map(|(p, _)| p))?;
        Some(project.to_owned())
    })
}

fn one(issue: &Value, line: u32, path: &str, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let iid = text_at(issue, "iid").unwrap_or_default();
    if issue.get("merge_status").is_some() || issue.get("source_branch").is_some() {
        return sink(Item::Filtered { at: Place { line, record: iid }, reason: "a merge request" });
    }
    if iid.is_empty() || !iid.bytes().all(|b| b.is_ascii_digit()) {
        let found = issue.get("iid").map(Value::to_string).unwrap_or_default();
        return sink(skipped(line, "", "iid", &found, "the number of an issue", "export the issue again"));
    }
    let Some(project) = project(issue) else {
        return sink(skipped(
            line,
            &iid,
            "references.full",
            "nothing",
            "the project's path",
            "export with `references` or `web_url`: numbers alone are not unique",
        ));
    };
    let title = text_at(issue, "title").unwrap_or_default();
    let system = system_for(ROW.system, path, setup);
    let Some(mut filing) = Filing::begin(Refer::within(system, &project), &format!("{project}#{iid}"), Kind::Issue, &title, line, setup, sink) else {
        return;
    };
    filing.record.project = Some(project.clone());
    texts(issue, &mut filing);
    severity(issue, &mut filing);
    labels::file(&mut filing, &texts_at(issue, "labels"));
    state(issue, &mut filing);
    links(issue, &mut filing);
    let name = project.rsplit('/').next().unwrap_or(&project);
    filing.team_by(name, "project-is-team");
    filing.service_by(name, "project-is-service");
    filing.give(ROW.name, path);
}

/// Incidents have a severity; `UNKNOWN` stands for none.
fn severity(issue: &Value, filing: &mut Filing<'_>) {
    let kind = text_at(issue, "issue_type").or_else(|| text_at(issue, "type")).unwrap_or_default().to_lowercase();
    if !kind.is_empty() {
        filing.kind(&kind);
    }
    if let Some(word) = text_at(issue, "severity") {
        filing.severity(&word, "severity");
    }
}

fn texts(issue: &Value, filing: &mut Filing<'_>) {
    let description = commands(&text_at(issue, "description").unwrap_or_default(), filing);
    filing.text(Role::Description, "description", &plain_from_markdown(&description));
    let notes = items_at(issue, "notes").iter().chain(items_at(issue, "discussions").iter().flat_map(|d| items_at(d, "notes")));
    let mut number = 0;
    for note in notes {
        let body = text_at(note, "body").unwrap_or_default();
        if note.get("system").and_then(Value::as_bool) == Some(true) {
            said_by_system(&body, filing);
        } else {
            number += 1;
            let body = commands(&body, filing);
            filing.comment(number, &plain_from_markdown(&body));
        }
    }
}

/// Lines such as `/label ~bug` are commands, not content; `/duplicate #61` is an answer. Lines stay, empty.
fn commands(text: &str, filing: &mut Filing<'_>) -> String {
    let mut kept = Vec::new();
    for line in text.lines() {
        let command = line
            .strip_prefix('/')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()) && !rest.split(' ').next().unwrap_or(rest).contains('/'));
        match command.map(|c| c.split_once(' ').unwrap_or((c, ""))) {
            Some(("duplicate", target)) => {
                filing.link(LinkKind::DuplicateOf, target, "quick action");
                kept.push("");
            }
            Some((name, _)) if COMMANDS.contains(&name.trim()) => kept.push(""),
            _ => kept.push(line),
        }
    }
    kept.join("\n")
}

/// Commands that people type into texts.
const COMMANDS: &[&str] = &[
    "assign",
    "unassign",
    "label",
    "unlabel",
    "relabel",
    "close",
    "reopen",
    "milestone",
    "due",
    "estimate",
    "spend",
    "weight",
    "epic",
    "iteration",
    "todo",
    "done",
    "subscribe",
    "unsubscribe",
    "confidential",
    "severity",
    "relate",
    "blocks",
    "blocked_by",
    "link",
    "cc",
    "title",
    "award",
    "move",
    "promote",
    "copy_metadata",
    "lock",
    "unlock",
    "health_status",
    "type",
    "page",
    "zoom",
];

/// Notes of the system itself say what a person did.
fn said_by_system(body: &str, filing: &mut Filing<'_>) {
    let target = |mark: &str| body.split_once(mark).map(|(_, rest)| rest.split([' ', '\n']).next().unwrap_or_default().to_owned());
    if let Some(target) = target("marked this issue as a duplicate of ") {
        filing.link(LinkKind::DuplicateOf, &target, "notes");
    }
    if let Some(rest) = body.strip_prefix("marked ").and_then(|r| r.split_once(" as a duplicate of this issue")) {
        filing.link(LinkKind::DuplicatedBy, rest.0, "notes");
    }
}

fn state(issue: &Value, filing: &mut Filing<'_>) {
    let text = |name: &str| text_at(issue, name).unwrap_or_default();
    filing.created(&text("created_at"), "created_at");
    filing.resolved(&text("closed_at"), "closed_at");
    filing.updated(&text("updated_at"), "updated_at");
    let repeats = issue.get("_links").is_some_and(|l| text_at(l, "closed_as_duplicate_of").is_some());
    filing.status(&text("state"), if repeats { "duplicate" } else { "" }, None);
    let seconds = issue.get("time_stats").and_then(|t| t.get("total_time_spent")).and_then(Value::as_f64).unwrap_or(0.0);
    filing.cost(CostUnit::EngineerHours, seconds / 3600.0, "time_stats.total_time_spent");
    if let Some(milestone) = issue.get("milestone").and_then(|m| text_at(m, "title")) {
        filing.field("milestone", &milestone);
    }
    filing.field("issue-type", &text("issue_type"));
    filing.url(&text("web_url"));
}

fn links(issue: &Value, filing: &mut Filing<'_>) {
    if let Some(id) = text_at(issue, "id") {
        filing.alias(&id, "id");
    }
    if let Some(target) = issue.get("_links").and_then(|l| text_at(l, "closed_as_duplicate_of")) {
        filing.link(LinkKind::DuplicateOf, &target, "_links.closed_as_duplicate_of");
    }
    if let Some(moved) = text_at(issue, "moved_to_id") {
        filing.link(LinkKind::Alias, &moved, "moved_to_id");
        filing.record.withdrawn = true;
        filing.remark("moved_to_id", "the issue went on in another project: kept, and left out of counts");
    }
    for other in items_at(issue, "links").iter().chain(items_at(issue, "linked_issues")) {
        let full = other.get("references").and_then(|r| text_at(r, "full"));
        full.into_iter().for_each(|target| filing.link(LinkKind::Related, &target, "links"));
    }
}
