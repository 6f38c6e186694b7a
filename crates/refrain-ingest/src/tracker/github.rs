//! GitHub issues: the REST interface and `gh issue list --json`, two dialects of one thing.

use refrain_record::{Kind, LinkKind, Role};
use serde_json::Value;

use super::filing::{Filing, Refer};
use super::labels;
use crate::entry::{items_at, skipped, system_for, text_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, Place, ReadSetup, SourceRow};
use crate::text::plain_from_markdown;

/// Issues in either dialect. Pull requests are filtered.
pub const ROW: SourceRow = SourceRow {
    name: "github",
    title: "GitHub issues (REST and gh --json)",
    system: "GH",
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
        Fills::Labels,
        Fills::Comments,
    ],
    export: "gh issue list -R acme/ledger --state all --limit 100000 --json number,title,body,state,stateReason,labels,milestone,createdAt,updatedAt,closedAt,url,comments",
};

const PAGES: &[&str] = &["items", "data", "repository", "issues", "nodes", "search"];

fn sniff(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"number\"") || !head.text.contains("\"title\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let issue = json::sample(&value, PAGES);
    let has = |key: &str| match key {
        "createdAt" => issue.get("createdAt").is_some() || (issue.get("created_at").is_some() && issue.get("html_url").is_some()),
        "state" => issue.get("state").is_some() || issue.get("body").is_some(),
        other => issue.get(other).is_some(),
    };
    from_keys("GitHub issue", 90, &["number", "title", "createdAt", "state"], has)
}

/// A value under either dialect's name.
fn either(issue: &Value, snake: &str, camel: &str) -> Option<String> {
    text_at(issue, snake).or_else(|| text_at(issue, camel))
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    json::for_each_item(input, PAGES, sink, &mut |issue, line, sink| one(issue, line, path, setup, sink));
}

fn one(issue: &Value, line: u32, path: &str, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let number = text_at(issue, "number").unwrap_or_default();
    if is_pull_request(issue) {
        return sink(Item::Filtered { at: Place { line, record: number }, reason: "a pull request" });
    }
    if !number.bytes().all(|b| b.is_ascii_digit()) || number.is_empty() {
        let found = issue.get("number").map(Value::to_string).unwrap_or_default();
        return sink(skipped(line, "", "number", &found, "the number of an issue", "export with the field `number`"));
    }
    let Some(repository) = repository(issue).or_else(|| setup.repository.clone()) else {
        return sink(skipped(
            line,
            &number,
            "url",
            "no address",
            "an address that names the repository",
            "export with `url`, or give --repo owner/name",
        ));
    };
    let title = text_at(issue, "title").unwrap_or_default();
    let system = system_for(ROW.system, path, setup);
    let id = format!("{repository}#{number}");
    let Some(mut filing) = Filing::begin(Refer::within(system, &repository), &id, Kind::Issue, &title, line, setup, sink) else { return };
    filing.record.project = Some(repository.clone());
    texts(issue, &mut filing);
    labels::file(&mut filing, &label_names(issue));
    state(issue, &mut filing);
    links(issue, &mut filing);
    let name = repository.rsplit('/').next().unwrap_or(&repository);
    filing.team_by(name, "repository-is-team");
    filing.service_by(name, "repository-is-service");
    filing.give(ROW.name, path);
}

fn is_pull_request(issue: &Value) -> bool {
    issue.get("pull_request").is_some_and(|v| !v.is_null())
        || ["mergedAt", "merged_at", "headRefName"].iter().any(|key| issue.get(*key).is_some())
        || ["html_url", "url"].iter().any(|key| text_at(issue, key).is_some_and(|u| u.contains("/pull/")))
}

/// `owner/name` out of any address of the issue.
fn repository(issue: &Value) -> Option<String> {
    let from_page = ["html_url", "url"].iter().find_map(|key| {
        let url = text_at(issue, key)?;
        let parts: Vec<&str> = url.split_once("://")?.1.split('/').collect();
        let at = parts.iter().position(|p| *p == "issues").filter(|at| *at >= 3)?;
        Some(format!("{}/{}", parts[at - 2], parts[at - 1]))
    });
    let from_interface =
        || text_at(issue, "repository_url").and_then(|u| u.split_once("/repos/").map(|(_, rest)| rest.trim_end_matches('/').to_owned()));
    let named = || issue.get("repository").and_then(|r| either(r, "full_name", "nameWithOwner"));
    from_page.or_else(from_interface).or_else(named)
}

fn label_names(issue: &Value) -> Vec<String> {
    let list = match issue.get("labels") {
        Some(Value::Object(connection)) => connection.get("nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice),
        _ => items_at(issue, "labels"),
    };
    list.iter().filter_map(|l| text_at(l, "name").or_else(|| crate::entry::text(l))).collect()
}

fn texts(issue: &Value, filing: &mut Filing<'_>) {
    filing.text(Role::Description, "description", &plain_from_markdown(&text_at(issue, "body").unwrap_or_default()));
    let comments = match issue.get("comments") {
        Some(Value::Object(connection)) => connection.get("nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice),
        _ => items_at(issue, "comments"),
    };
    for (at, comment) in comments.iter().enumerate() {
        filing.comment(at + 1, &plain_from_markdown(&text_at(comment, "body").unwrap_or_default()));
    }
}

fn state(issue: &Value, filing: &mut Filing<'_>) {
    filing.created(&either(issue, "created_at", "createdAt").unwrap_or_default(), "created_at");
    filing.resolved(&either(issue, "closed_at", "closedAt").unwrap_or_default(), "closed_at");
    filing.updated(&either(issue, "updated_at", "updatedAt").unwrap_or_default(), "updated_at");
    let reason = either(issue, "state_reason", "stateReason").filter(|r| !r.eq_ignore_ascii_case("reopened")).unwrap_or_default();
    filing.status(&text_at(issue, "state").unwrap_or_default().to_lowercase(), &reason.to_lowercase(), None);
    let kind = issue.get("type").or_else(|| issue.get("issueType")).and_then(|t| text_at(t, "name"));
    if let Some(kind) = kind {
        filing.field("issue-type", &kind);
        filing.kind(&kind);
    }
    if let Some(milestone) = issue.get("milestone").and_then(|m| text_at(m, "title")) {
        filing.field("milestone", &milestone);
    }
    if let Some(url) = text_at(issue, "html_url").or_else(|| text_at(issue, "url")) {
        filing.url(&url);
    }
    if let Some(count) = issue.get("reactions").and_then(|r| r.get("total_count")).and_then(crate::entry::text) {
        filing.field("reactions", &count);
    }
}

/// Fields that refer to other issues.
const LINKS: &[(&str, LinkKind)] = &[
    ("parent", LinkKind::Related),
    ("subIssues", LinkKind::Related),
    ("blockedBy", LinkKind::Related),
    ("blocking", LinkKind::Related),
    ("closedByPullRequestsReferences", LinkKind::Related),
    ("duplicateOf", LinkKind::DuplicateOf),
    ("canonical", LinkKind::DuplicateOf),
];

fn links(issue: &Value, filing: &mut Filing<'_>) {
    for (field, kind) in LINKS {
        let found = issue.get(*field).unwrap_or(&Value::Null);
        let list = found.get("nodes").unwrap_or(found);
        let targets: Vec<&Value> = list.as_array().map_or_else(|| vec![list], |all| all.iter().collect());
        for target in targets.into_iter().filter(|t| t.is_object()) {
            reference(target).into_iter().for_each(|written| filing.link(*kind, &written, field));
        }
    }
    // A timeline beside the issue says what it repeats.
    let events = items_at(issue, "timeline").iter().chain(items_at(issue, "events"));
    for event in events.filter(|e| text_at(e, "event").as_deref() == Some("marked_as_duplicate")) {
        let canonical = event.get("canonical").or_else(|| event.get("duplicate_of")).unwrap_or(&Value::Null);
        reference(canonical).into_iter().for_each(|written| filing.link(LinkKind::DuplicateOf, &written, "timeline"));
    }
}

fn reference(target: &Value) -> Option<String> {
    let url = ["html_url", "url"].iter().find_map(|key| text_at(target, key));
    url.or_else(|| text_at(target, "number").map(|n| format!("#{n}")))
}
