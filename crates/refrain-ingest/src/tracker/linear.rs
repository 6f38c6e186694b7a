//! Linear's CSV export.

use std::collections::BTreeMap;

use refrain_record::{Kind, LinkKind, Role};

use super::filing::{Filing, Refer};
use super::labels;
use crate::dates::Reading;
use crate::entry::{skipped, system_for};
use crate::sniff::from_keys;
use crate::source::{Fills, Head, Hint, Input, Item, Place, ReadSetup, SourceRow};
use crate::table::{Row, Table, headers};
use crate::text::{plain_from_markdown, plain_words};

/// The table of a workspace.
pub const ROW: SourceRow = SourceRow {
    name: "linear-csv",
    title: "Linear CSV",
    system: "LIN",
    sniff,
    read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Cause,
        Fills::Team,
        Fills::Severity,
        Fills::Detected,
        Fills::Resolved,
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Labels,
    ],
    export: "workspace settings, Import/Export, Export CSV",
};

fn sniff(head: &Head<'_>) -> Option<Hint> {
    if head.text.trim_start().starts_with(['{', '[', '<', '#']) {
        return None;
    }
    let headers: Vec<String> = headers(head.text).iter().map(|h| plain_words(h)).collect();
    let stands = |name: &str| headers.iter().any(|h| h == name);
    let has = |key: &str| match key {
        "Cycle Number" => stands("cycle number") || stands("cycle name") || stands("project milestone") || stands("canceled"),
        other => stands(&plain_words(other)),
    };
    from_keys("Linear table", 91, &["ID", "Team", "Title", "Status", "Cycle Number"], has)
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(ROW.system, path, setup);
    let Some(mut table) = Table::open(input.text) else {
        return sink(skipped(1, "", "", "no headers", "a table with headers", "export the workspace again"));
    };
    let columns: Vec<String> = table.headers.iter().map(|h| plain_words(h)).collect();
    while let Some(row) = table.next_row() {
        match row {
            Err(broken) => sink(skipped(broken.line, "", "", &broken.found, &broken.expected, "mend the quotes of that row, or export it again")),
            Ok(row) if table.is_headers(&row) => {
                sink(Item::Filtered { at: Place { line: row.line, record: String::new() }, reason: "the headers once more" })
            }
            Ok(row) => one(&columns, &row, path, system, setup, sink),
        }
    }
}

/// Cells that begin with `= + - @` carry a quote before them, against formulas: exactly that one goes.
fn bare(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// Columns that were read, or say nothing about the defect.
const READ: &[&str] = &[
    "id",
    "uuid",
    "team",
    "title",
    "description",
    "status",
    "priority",
    "project",
    "labels",
    "created",
    "updated",
    "completed",
    "canceled",
    "started",
    "archived",
    "creator",
    "assignee",
    "subscribers",
    "duplicate of",
    "related to",
    "parent issue",
    "blocked by",
    "blocks",
];

fn one(columns: &[String], row: &Row, path: &str, system: &str, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let cells: BTreeMap<&str, &str> = columns.iter().map(String::as_str).zip(row.cells.iter().map(|c| bare(c))).collect();
    let cell = |name: &str| cells.get(name).copied().unwrap_or_default();
    if cell("id").trim().is_empty() {
        return sink(skipped(row.line, "", "ID", "nothing", "an id such as PAY-88", "export the column `ID`"));
    }
    let Some(mut filing) = Filing::begin(Refer::ids(system), cell("id"), Kind::Issue, cell("title"), row.line, setup, sink) else { return };
    // The JavaScript form and ISO name their zones; a bare time is the browser's.
    filing.read_times(Reading::assumed(setup));
    filing.alias(cell("uuid"), "UUID");
    filing.record.project = Some(cell("project").to_owned()).filter(|p| !p.is_empty());
    filing.team(cell("team"), "Team");
    filing.text(Role::Description, "description", &plain_from_markdown(cell("description")));
    labels::file(&mut filing, &cell("labels").split(", ").map(str::to_owned).filter(|l| !l.is_empty()).collect::<Vec<_>>());
    state(&cell, &mut filing);
    links(&cell, &mut filing);
    columns.iter().zip(&row.cells).filter(|(name, _)| !READ.contains(&name.as_str())).for_each(|(name, value)| filing.field(name, value));
    filing.give(ROW.name, path);
}

fn state<'c>(cell: &impl Fn(&str) -> &'c str, filing: &mut Filing<'_>) {
    filing.created(cell("created"), "Created");
    let ended = if cell("completed").is_empty() { ("canceled", "Canceled") } else { ("completed", "Completed") };
    filing.resolved(cell(ended.0), ended.1);
    filing.updated(cell("updated"), "Updated");
    let done = match (cell("completed").is_empty(), cell("canceled").is_empty()) {
        (false, _) => Some(true),
        // A cancelled issue was closed without a change, whatever its status is called.
        (true, false) => None,
        (true, true) => Some(false),
    };
    let status =
        if cell("completed").is_empty() && !cell("canceled").is_empty() && cell("status") != "Duplicate" { "Canceled" } else { cell("status") };
    filing.status(status, "", done);
    filing.field("status", cell("status"));
    filing.field("priority", cell("priority"));
    filing.priority(cell("priority"));
}

/// Columns that refer to other issues.
const LINKS: &[(&str, LinkKind)] = &[
    ("duplicate of", LinkKind::DuplicateOf),
    ("related to", LinkKind::Related),
    ("parent issue", LinkKind::Related),
    ("blocked by", LinkKind::Related),
    ("blocks", LinkKind::Related),
];

fn links<'c>(cell: &impl Fn(&str) -> &'c str, filing: &mut Filing<'_>) {
    for (column, kind) in LINKS {
        cell(column).split([',', ' ']).filter(|id| !id.is_empty()).for_each(|id| filing.link(*kind, id, column));
    }
}
