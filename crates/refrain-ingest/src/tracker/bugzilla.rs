//! Bugzilla: the REST interface's JSON with comments, and the XML of `show_bug.cgi?ctype=xml`.

use refrain_record::{Kind, LinkKind, Role};
use serde_json::Value;

use super::fields;
use super::filing::{Filing, Refer};
use super::words;
use crate::dates::Reading;
use crate::entry::{items_at, skipped, system_for, text_at, texts_at};
use crate::json;
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};
use crate::text::{plain, plain_words};
use crate::xml::{Element, for_each_element};

const FILLS: &[Fills] = &[
    Fills::Title,
    Fills::Body,
    Fills::Team,
    Fills::Severity,
    Fills::Detected,
    Fills::Resolved,
    Fills::Environment,
    Fills::DuplicateOf,
    Fills::Links,
    Fills::Versions,
    Fills::Labels,
    Fills::Comments,
    Fills::Trace,
];

/// Bugs of the REST interface, comments and history within.
pub const JSON: SourceRow = SourceRow {
    name: "bugzilla-json",
    title: "Bugzilla REST JSON",
    system: "BZ",
    sniff: sniff_json,
    read: read_json,
    fills: FILLS,
    export: "GET $BZ/rest/bug?product=Shop&order=bug_id&limit=500&offset=0&include_fields=_default,comments,history, again with a higher offset until the list is empty",
};

/// The XML of one or more bugs.
pub const XML: SourceRow = SourceRow {
    name: "bugzilla-xml",
    title: "Bugzilla XML",
    system: "BZ",
    sniff: sniff_xml,
    read: read_xml,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Team,
        Fills::Severity,
        Fills::Detected,
        Fills::Resolved,
        Fills::Environment,
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Versions,
        Fills::Labels,
        Fills::Comments,
    ],
    export: "GET $BZ/show_bug.cgi?ctype=xml&excludefield=attachmentdata&id=1&id=2… (from a saved list of bugs: the button XML)",
};

fn sniff_json(head: &Head<'_>) -> Option<Hint> {
    if !head.text.contains("\"product\"") || !head.text.contains("\"component\"") {
        return None;
    }
    let value = json::first(head.text)?;
    let bug = json::sample(&value, &["bugs"]);
    from_keys("Bugzilla bug", 93, &["product", "component", "summary", "creation_time"], |key| bug.get(key).is_some())
}

fn sniff_xml(head: &Head<'_>) -> Option<Hint> {
    if !head.text.trim_start().starts_with('<') {
        return None;
    }
    from_keys("Bugzilla page", 93, &["<bugzilla", "<bug"], |key| head.text.contains(key))
}

/// A bug as either form has it.
#[derive(Clone, Debug, Default)]
struct Bug {
    id: String,
    summary: String,
    product: String,
    component: String,
    classification: String,
    status: String,
    resolution: String,
    severity: String,
    priority: String,
    kind: String,
    versions: Vec<String>,
    keywords: Vec<String>,
    whiteboard: String,
    os: String,
    platform: String,
    created: String,
    updated: String,
    resolved: String,
    milestone: String,
    aliases: Vec<String>,
    links: Vec<(LinkKind, String, &'static str)>,
    /// The first is the body.
    comments: Vec<String>,
    signature: String,
    reopenings: u64,
    custom: Vec<(String, Vec<String>)>,
    url: String,
}

fn read_json(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(JSON.system, path, setup);
    json::for_each_item(input, &["bugs"], sink, &mut |bug, line, sink| {
        if let Some(code) = text_at(bug, "code").filter(|_| bug.get("error").is_some()) {
            let found = text_at(bug, "message").unwrap_or(code);
            return sink(skipped(
                line,
                "",
                "error",
                &found,
                "a list of bugs",
                "a bug of the list is private: leave it out, or export with an account that may see it",
            ));
        }
        let text = |name: &str| bug.get(name).is_none_or(|v| v.is_string() || v.is_null());
        if let Some(wrong) = ["summary", "status", "product", "creation_time"].into_iter().find(|name| !text(name)) {
            let found = bug.get(wrong).map(Value::to_string).unwrap_or_default();
            return sink(skipped(line, &text_at(bug, "id").unwrap_or_default(), wrong, &found, "a text", "export the bug again"));
        }
        file(&from_json(bug), JSON.name, line, path, setup, system, sink);
    });
}

fn from_json(bug: &Value) -> Bug {
    let text = |name: &str| text_at(bug, name).unwrap_or_default();
    let comments = items_at(bug, "comments");
    let body = |c: &Value| plain(&text_at(c, "text").unwrap_or_default());
    let mut texts: Vec<String> = comments.iter().map(body).collect();
    // Comments may be missing, or begin after the first where only new ones were asked for.
    let first = comments.first().is_none_or(|c| c.get("count").and_then(Value::as_u64).unwrap_or(0) == 0);
    if comments.is_empty() || !first {
        texts.insert(0, plain(&text("description")));
    }
    let (resolved, reopenings) = history(bug);
    Bug {
        id: text("id"),
        summary: text("summary"),
        product: text("product"),
        component: text("component"),
        classification: text("classification"),
        status: text("status"),
        resolution: text("resolution"),
        severity: text("severity"),
        priority: text("priority"),
        kind: text("type"),
        versions: texts_at(bug, "version"),
        keywords: texts_at(bug, "keywords"),
        whiteboard: text("whiteboard"),
        os: text("op_sys"),
        platform: text("platform"),
        created: text("creation_time"),
        updated: text("last_change_time"),
        resolved: text_at(bug, "cf_last_resolved").unwrap_or(resolved),
        milestone: text("target_milestone"),
        aliases: texts_at(bug, "alias"),
        links: json_links(bug),
        comments: texts,
        signature: text("cf_crash_signature"),
        reopenings,
        custom: custom(bug),
        url: text("url"),
    }
}

/// Fields that refer to other bugs, with what they say.
const LINKS: &[(&str, LinkKind)] = &[
    ("dupe_of", LinkKind::DuplicateOf),
    ("duplicates", LinkKind::DuplicatedBy),
    ("regressed_by", LinkKind::IntroducedBy),
    ("regressions", LinkKind::Related),
    ("depends_on", LinkKind::Related),
    ("blocks", LinkKind::Related),
    ("see_also", LinkKind::Related),
];

fn json_links(bug: &Value) -> Vec<(LinkKind, String, &'static str)> {
    LINKS.iter().flat_map(|(field, kind)| texts_at(bug, field).into_iter().map(|target| (*kind, target, *field))).collect()
}

/// When it was last resolved, and how often it was opened again.
fn history(bug: &Value) -> (String, u64) {
    let mut resolved = String::new();
    let mut reopenings = 0;
    for entry in items_at(bug, "history") {
        for change in
            items_at(entry, "changes").iter().filter(|c| text_at(c, "field_name").is_some_and(|f| matches!(f.as_str(), "status" | "bug_status")))
        {
            let (removed, added) = (text_at(change, "removed").unwrap_or_default(), text_at(change, "added").unwrap_or_default());
            if added == "RESOLVED" {
                resolved = text_at(entry, "when").unwrap_or_default();
            }
            reopenings += u64::from(
                matches!(removed.as_str(), "RESOLVED" | "VERIFIED" | "CLOSED")
                    && matches!(added.as_str(), "REOPENED" | "NEW" | "ASSIGNED" | "UNCONFIRMED"),
            );
        }
    }
    (resolved, reopenings)
}

/// Fields of the site's own making begin with `cf_`.
fn custom(bug: &Value) -> Vec<(String, Vec<String>)> {
    let all = bug.as_object().into_iter().flatten();
    let own = all.filter(|(name, _)| name.starts_with("cf_") && !matches!(name.as_str(), "cf_last_resolved" | "cf_crash_signature"));
    own.map(|(name, _)| (own_name(name), texts_at(bug, name).iter().filter(|v| *v != "---").map(|v| plain(v)).collect())).collect()
}

fn own_name(name: &str) -> String {
    name.trim_start_matches("cf_").replace('_', " ")
}

fn read_xml(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(XML.system, path, setup);
    for_each_element(input, "bug", sink, &mut |bug, root, line, sink| {
        let error = bug.attribute("error");
        if !error.is_empty() {
            let id = bug.text_of("bug_id");
            return sink(skipped(line, id, "error", error, "a bug that may be read", "leave it out, or export with an account that may see it"));
        }
        if bug.child("bug_id").is_none() {
            return sink(skipped(line, "", "bug_id", "nothing", "a bug with its id", "export the bugs again"));
        }
        file(&from_xml(bug, root.attribute("urlbase")), XML.name, line, path, setup, system, sink);
    });
}

fn texts(bug: &Element, name: &str) -> Vec<String> {
    bug.all(name).map(|e| e.text.trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

/// Elements that refer to other bugs.
const XML_LINKS: &[(&str, LinkKind)] = &[
    ("dup_id", LinkKind::DuplicateOf),
    ("regressed_by", LinkKind::IntroducedBy),
    ("dependson", LinkKind::Related),
    ("blocked", LinkKind::Related),
    ("see_also", LinkKind::Related),
];

fn from_xml(bug: &Element, base: &str) -> Bug {
    let text = |name: &str| bug.text_of(name).to_owned();
    let comment = |c: &Element| {
        if c.attribute("isprivate") == "1" { String::new() } else { plain(&c.child("thetext").map(|t| t.text.clone()).unwrap_or_default()) }
    };
    let links = XML_LINKS.iter().flat_map(|(field, kind)| texts(bug, field).into_iter().map(|target| (*kind, target, *field)));
    let own = bug.children.iter().filter(|c| c.name.starts_with("cf_") && !c.text.trim().is_empty() && c.text.trim() != "---");
    Bug {
        id: text("bug_id"),
        summary: text("short_desc"),
        product: text("product"),
        component: text("component"),
        classification: text("classification"),
        status: text("bug_status"),
        resolution: text("resolution"),
        severity: text("bug_severity"),
        priority: text("priority"),
        kind: text("bug_type"),
        versions: texts(bug, "version"),
        keywords: bug.text_of("keywords").split(',').map(|k| k.trim().to_owned()).collect(),
        whiteboard: text("status_whiteboard"),
        os: text("op_sys"),
        platform: text("rep_platform"),
        created: text("creation_ts"),
        updated: text("delta_ts"),
        resolved: text("cf_last_resolved"),
        milestone: text("target_milestone"),
        aliases: texts(bug, "alias"),
        links: links.collect(),
        comments: bug.all("long_desc").map(comment).collect(),
        signature: text("cf_crash_signature"),
        custom: own.map(|c| (own_name(&c.name), vec![plain(&c.text)])).collect(),
        url: if base.is_empty() { String::new() } else { format!("{}/show_bug.cgi?id={}", base.trim_end_matches('/'), bug.text_of("bug_id")) },
        ..Bug::default()
    }
}

fn file(bug: &Bug, format: &str, line: u32, path: &str, setup: &ReadSetup, system: &str, sink: &mut dyn FnMut(Item)) {
    let Some(mut filing) = Filing::begin(Refer::numbers(system), &bug.id, Kind::Issue, &bug.summary, line, setup, sink) else { return };
    // Old servers leave the zone out; the page does not name it either.
    filing.read_times(Reading::assumed(setup));
    identity(bug, &mut filing);
    texts_of(bug, &mut filing);
    state(bug, &mut filing);
    bug.links.iter().for_each(|(kind, target, at)| filing.link(*kind, target, at));
    bug.custom.iter().for_each(|(name, values)| fields::file(&mut filing, name, values));
    let of = [bug.product.as_str(), bug.component.as_str()];
    filing.team_by(&of.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" :: "), "product-and-component-are-team");
    filing.give(format, path);
}

fn identity(bug: &Bug, filing: &mut Filing<'_>) {
    filing.record.project = Some(bug.product.clone()).filter(|p| !p.is_empty());
    filing.record.components = vec![bug.component.clone()];
    filing.record.versions = bug.versions.iter().filter(|v| !words::says_nothing(v)).cloned().collect();
    filing.record.labels = bug.keywords.clone();
    for (name, value) in [("op_sys", &bug.os), ("platform", &bug.platform)] {
        if !matches!(plain_words(value).as_str(), "all" | "other" | "any") {
            filing.environment(name, value);
        }
    }
    bug.aliases.iter().for_each(|alias| filing.alias(alias, "alias"));
    filing.field("classification", &bug.classification);
    filing.field("whiteboard", &bug.whiteboard);
    filing.field("milestone", bug.milestone.trim_matches('-'));
    filing.url(&bug.url);
}

fn texts_of(bug: &Bug, filing: &mut Filing<'_>) {
    let mut comments = bug.comments.iter();
    filing.text(Role::Description, "description", comments.next().map_or("", String::as_str));
    comments.enumerate().for_each(|(at, comment)| filing.comment(at + 1, &quoted(comment)));
    filing.text(Role::Trace, "crash-signature", &bug.signature);
}

/// "(In reply to … from comment #3)" names a person; the quote below it is marked already.
fn quoted(comment: &str) -> String {
    let reply = |line: &str| (line.starts_with("(In reply to ") && line.trim_end().ends_with(')')) || line.starts_with("(From update of attachment");
    comment.lines().filter(|line| !reply(line)).collect::<Vec<_>>().join("\n")
}

fn state(bug: &Bug, filing: &mut Filing<'_>) {
    filing.created(&bug.created, "creation_time");
    filing.resolved(&bug.resolved, "cf_last_resolved");
    filing.updated(&bug.updated, "last_change_time");
    let resolution = bug.resolution.trim_matches('-');
    filing.status(&bug.status, resolution, None);
    let wish = matches!(plain_words(&bug.severity).as_str(), "enhancement" | "feature" | "task" | "wish")
        || matches!(bug.kind.as_str(), "enhancement" | "task");
    if wish {
        filing.kind("enhancement");
    } else {
        filing.severity(&bug.severity, "severity");
        filing.priority(&bug.priority);
    }
    filing.field("severity", &bug.severity);
    filing.field("priority", &bug.priority);
    if bug.reopenings > 0 {
        filing.field("reopenings", &bug.reopenings.to_string());
    }
}
