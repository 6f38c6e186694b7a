//! Azure DevOps work items.

use refrain_record::{CostUnit, Kind, LinkKind, Role};
use serde_json::Value;

use super::fields;
use super::filing::{Filing, Refer};
use crate::entry::{items_at, skipped, system_for, text_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};
use crate::text::{plain_from_html, plain_from_markdown};

/// Work items with their relations.
pub const ROW: SourceRow = SourceRow {
    name: "azure-devops",
    title: "Azure DevOps work items",
    system: "ADO",
    sniff,
    read,
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
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Cost,
        Fills::Kinds,
        Fills::Versions,
        Fills::Labels,
        Fills::Comments,
    ],
    export: "az boards query --wiql \"SELECT [System.Id] FROM WorkItems WHERE [System.WorkItemType]='Bug' AND [System.Id] > 0 ORDER BY [System.Id]\" for the ids, then POST …/_apis/wit/workitemsbatch with at most 200 ids and \"$expand\":\"Relations\"",
};

const PAGES: &[&str] = &["value", "workItems"];

fn sniff(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"System.") {
        return None;
    }
    let value = json::first(head.text)?;
    let item = json::sample(&value, PAGES);
    let has = |key: &str| match key {
        "System.Title" => item
            .get("fields")
            .is_some_and(|f| f.get("System.Title").is_some() || f.get("System.Id").is_some() || f.get("System.WorkItemType").is_some()),
        other => item.get(other).is_some(),
    };
    from_keys("Azure work item", 95, &["id", "fields", "System.Title"], has)
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(ROW.system, path, setup);
    json::for_each_item(input, PAGES, sink, &mut |item, line, sink| one(item, line, path, setup, system, sink));
}

fn one(item: &Value, line: u32, path: &str, setup: &ReadSetup, system: &str, sink: &mut dyn FnMut(Item)) {
    let Some(fields) = item.get("fields").filter(|f| f.is_object()) else {
        let id = text_at(item, "id").unwrap_or_default();
        return sink(skipped(line, &id, "fields", "nothing", "a work item with its fields", "a query gives ids only: ask workitemsbatch for them"));
    };
    let text = |name: &str| text_at(fields, name).unwrap_or_default();
    let id = text_at(item, "id").or_else(|| text_at(fields, "System.Id")).unwrap_or_default();
    if !id.bytes().all(|b| b.is_ascii_digit()) {
        return sink(skipped(line, &id, "id", &id, "the number of a work item", "export the item again"));
    }
    let Some(mut filing) = Filing::begin(Refer::numbers(system), &id, Kind::Issue, &text("System.Title"), line, setup, sink) else { return };
    filing.kind(&text("System.WorkItemType"));
    owner(&text("System.TeamProject"), &text("System.AreaPath"), &mut filing);
    texts(item, fields, &mut filing);
    state(fields, &mut filing);
    items_at(item, "relations").iter().for_each(|relation| link(relation, &mut filing));
    filing.record.labels = text("System.Tags").split(';').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect();
    own(fields, &mut filing);
    if let Some(url) = item.get("_links").and_then(|l| l.get("html")).and_then(|h| text_at(h, "href")) {
        filing.url(&url);
    }
    filing.give(ROW.name, path);
}

/// The area path is `project\team\part`: its second part is the team, a further one the unit.
fn owner(project: &str, area: &str, filing: &mut Filing<'_>) {
    filing.record.project = Some(project.to_owned()).filter(|p| !p.is_empty());
    let parts: Vec<&str> = area.split('\\').map(str::trim).filter(|p| !p.is_empty()).collect();
    if parts.len() > 1 {
        filing.record.components = vec![parts[1..].join("\\")];
        filing.team_by(parts[1], "area-path-is-team");
    } else {
        filing.team_by(project, "project-is-team");
    }
    if let Some(unit) = parts.get(2) {
        filing.service_by(unit, "area-path-is-service");
    }
}

/// Texts are HTML, or Markdown where the item says so.
fn texts(item: &Value, fields: &Value, filing: &mut Filing<'_>) {
    let formats = item.get("multilineFieldsFormat").unwrap_or(&Value::Null);
    let plain = |name: &str| {
        let text = text_at(fields, name).unwrap_or_default();
        if text_at(formats, name).is_some_and(|f| f.eq_ignore_ascii_case("markdown")) { plain_from_markdown(&text) } else { plain_from_html(&text) }
    };
    let body: Vec<String> =
        ["System.Description", "Microsoft.VSTS.TCM.ReproSteps"].iter().map(|name| plain(name)).filter(|t| !t.is_empty()).collect();
    filing.text(Role::Description, "description", &body.join("\n\n"));
    filing.text(Role::Environment, "system-info", &plain("Microsoft.VSTS.TCM.SystemInfo"));
    filing.text(Role::Detection, "acceptance", &plain("Microsoft.VSTS.Common.AcceptanceCriteria"));
    let comments = item.get("comments").map(|c| c.get("comments").unwrap_or(c)).and_then(Value::as_array);
    for (at, comment) in comments.into_iter().flatten().enumerate() {
        filing.comment(at + 1, &plain_from_html(&text_at(comment, "text").unwrap_or_default()));
    }
    if comments.is_none() {
        filing.comment(1, &plain("System.History"));
    }
}

fn state(fields: &Value, filing: &mut Filing<'_>) {
    let text = |name: &str| text_at(fields, name).unwrap_or_default();
    filing.created(&text("System.CreatedDate"), "System.CreatedDate");
    let resolved = ["Microsoft.VSTS.Common.ResolvedDate", "Microsoft.VSTS.Common.ClosedDate"];
    if let Some(name) = resolved.into_iter().find(|name| fields.get(*name).is_some()) {
        filing.resolved(&text(name), name);
    }
    filing.updated(&text("System.ChangedDate"), "System.ChangedDate");
    let reason = [text("Microsoft.VSTS.Common.ResolvedReason"), text("System.Reason")].into_iter().find(|r| !r.is_empty()).unwrap_or_default();
    filing.status(&text("System.State"), &reason, None);
    filing.severity(&text("Microsoft.VSTS.Common.Severity"), "Microsoft.VSTS.Common.Severity");
    filing.field("priority", &text("Microsoft.VSTS.Common.Priority"));
    filing.priority(&text("Microsoft.VSTS.Common.Priority"));
    filing.record.versions = Some(text("Microsoft.VSTS.Build.FoundIn")).filter(|v| !v.is_empty()).into_iter().collect();
    let hours = fields.get("Microsoft.VSTS.Scheduling.CompletedWork").and_then(Value::as_f64).unwrap_or(0.0);
    filing.cost(CostUnit::EngineerHours, hours, "Microsoft.VSTS.Scheduling.CompletedWork");
    for name in ["Microsoft.VSTS.CMMI.FoundInEnvironment", "Microsoft.VSTS.CMMI.HowFound"] {
        filing.stage(&text(name), name);
    }
}

/// Fields that were read above, or say nothing about the defect.
const READ: &[&str] = &[
    "System.Id",
    "System.Title",
    "System.Description",
    "System.TeamProject",
    "System.AreaPath",
    "System.WorkItemType",
    "System.State",
    "System.Reason",
    "System.CreatedDate",
    "System.ChangedDate",
    "System.Tags",
    "System.History",
    "Microsoft.VSTS.TCM.ReproSteps",
    "Microsoft.VSTS.TCM.SystemInfo",
    "Microsoft.VSTS.Common.ResolvedDate",
    "Microsoft.VSTS.Common.ClosedDate",
    "Microsoft.VSTS.Common.Severity",
    "Microsoft.VSTS.Common.Priority",
    "Microsoft.VSTS.Common.ResolvedReason",
    "Microsoft.VSTS.Build.FoundIn",
    "Microsoft.VSTS.Scheduling.CompletedWork",
    "Microsoft.VSTS.Common.AcceptanceCriteria",
    "System.Rev",
    "System.Watermark",
    "System.AuthorizedDate",
    "System.RevisedDate",
    "System.NodeName",
    "System.BoardColumnDone",
    "Microsoft.VSTS.Common.StackRank",
    "Microsoft.VSTS.Common.BacklogPriority",
    "Microsoft.VSTS.Common.StateChangeDate",
    "System.AreaId",
    "System.IterationId",
    "System.PersonId",
    "System.CommentCount",
];

/// Further fields by the last part of their names. Objects are people and are left out.
fn own(fields: &Value, filing: &mut Filing<'_>) {
    let all = fields
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !READ.contains(&name.as_str()) && !name.contains(".AreaLevel") && !name.contains(".IterationLevel"));
    for (name, value) in all {
        let Some(text) = crate::entry::text(value).filter(|t| !is_person(t)) else { continue };
        let short = name.rsplit('.').next().unwrap_or(name);
        fields::file(filing, short, &[plain_from_html(&text)]);
    }
}

/// `Dana K. <dana@acme.example>`
fn is_person(text: &str) -> bool {
    text.ends_with('>') && text.rsplit_once('<').is_some_and(|(_, mail)| mail.contains('@') || mail.contains('\\'))
}

/// Directions are confused in the wild, so the name counts before the type.
fn link(relation: &Value, filing: &mut Filing<'_>) {
    let rel = text_at(relation, "rel").unwrap_or_default();
    let name = relation.get("attributes").and_then(|a| text_at(a, "name")).unwrap_or_default();
    let url = text_at(relation, "url").unwrap_or_default();
    let id = url.rsplit('/').next().filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
    let kind = match (name.as_str(), rel.as_str()) {
        ("Duplicate Of", _) => LinkKind::DuplicateOf,
        ("Duplicate", _) => LinkKind::DuplicatedBy,
        (_, "System.LinkTypes.Duplicate-Reverse") => LinkKind::DuplicateOf,
        (_, "System.LinkTypes.Duplicate-Forward") => LinkKind::DuplicatedBy,
        _ => LinkKind::Related,
    };
    match id {
        Some(id) if url.to_lowercase().contains("/workitems/") => filing.link(kind, id, "relations"),
        _ if rel == "Hyperlink" => filing.link(LinkKind::Url, &url, "relations"),
        _ => {}
    }
}
