//! Do the classes still fit: all of them, the emerging ones, those without a node in a taxonomy, and what fits none.

use refrain_record::findings::{Class, ClassOrigin};

use super::{changes, section};
use crate::context::{Cx, class_path};
use crate::doc::{Block, Cell, Column, Fact, Row, Section, Table, TableKind};
use crate::path;
use crate::print::{self, THIN};
use crate::text::Text;
use crate::words::noun;

/// Rows of the table; the CSV holds all.
const ROWS: usize = 500;
/// Share of classified defects above which a class is called large (law D6).
const LARGE: f64 = 0.25;

/// Strip, table of classes, what to decide, what fits none.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let mut blocks = vec![Block::Strip { items: strip(cx) }];
    if !cx.f.classes.is_empty() {
        blocks.push(Block::Table(table(cx)));
    }
    blocks.push(Block::List { title: "To decide".into(), items: decide(cx) });
    blocks.push(Block::Columns {
        columns: vec![
            vec![Block::Table(open(cx, "By reason", "by_reason", &cx.f.unclassified.by_reason))],
            vec![Block::Table(open(cx, "By source", "by_source", &cx.f.unclassified.by_source))],
        ],
    });
    blocks.push(changes::changed(cx));
    vec![section("summary", Text::new(), "Summary", true, blocks)]
}

fn strip(cx: &Cx<'_>) -> Vec<Fact> {
    let c = cx.cite_scope();
    let fact = |label: &str, value: Text, note: &str| Fact { label: label.into(), value, notes: vec![note.into()] };
    let systemic = cx.f.classes.iter().filter(|k| k.systemic).count() as u64;
    let emerging = cx.f.classes.iter().filter(|k| k.emerging).count() as u64;
    let found = cx.f.classes.iter().filter(|k| k.origin == ClassOrigin::Open).count() as u64;
    let unmapped = cx.f.classes.iter().filter(|k| k.taxonomy.is_empty()).count() as u64;
    vec![
        fact("Classes", cx.int(&c, "classes#", cx.f.classes.len() as u64).into(), "known and found"),
        fact("Systemic", cx.int(&c, "classes#systemic", systemic).into(), "in two teams or more"),
        fact("Emerging", cx.int(&c, "classes#emerging", emerging).into(), "new in the last period"),
        fact("Found, not known", cx.int(&c, "classes#origin=open", found).into(), "to be named"),
        fact("Unmapped", cx.int(&c, "classes#!taxonomy", unmapped).into(), "in no taxonomy"),
        fact("Unclassified", cx.percent(&c, "unclassified.share", cx.f.unclassified.share).s(format!("{THIN}%")), "of defects"),
    ]
}

fn table(cx: &Cx<'_>) -> Table {
    let n = cx.f.classes.len();
    Table {
        id: "taxonomy".into(),
        kind: TableKind::Plain,
        caption: "Classes, the largest first".into(),
        columns: vec![
            Column::words("Class"),
            Column::words("Family"),
            Column::words("Came from"),
            Column::numbers("Defects"),
            Column::numbers("Teams"),
            Column::numbers("Cohesion"),
            Column::words("Nearest"),
            Column::words("Taxonomy"),
        ],
        rows: cx.f.classes.iter().take(ROWS).map(|k| row(cx, k)).collect(),
        note: if n > ROWS { format!("The first {ROWS} of {n}.").into() } else { Text::new() },
    }
}

fn row(cx: &Cx<'_>, k: &Class) -> Row {
    let (c, base) = (cx.cite_class(k), class_path(&k.id));
    let came = match k.origin {
        ClassOrigin::Lexicon => "lexicon",
        ClassOrigin::Open => "found in the data",
        ClassOrigin::Person => "a decision",
    };
    let cohesion = k.cohesion.map_or_else(
        || "–".into(),
        |e| {
            Cell::over(
                cx.n(&c, format!("{base}.cohesion.value"), e.value, print::rounded(e.value, 2)),
                cx.range(&c, &format!("{base}.cohesion"), &e, |x| print::rounded(x, 2)),
            )
        },
    );
    Row::from(vec![
        Cell::over(Text::from(cx.name(&k.name)), Text::new().k(&k.id).s(" ").c(&c)),
        cx.name(&k.family).into(),
        came.into(),
        Cell::from(cx.int(&c, format!("{base}.members#"), k.members.len() as u64)),
        Cell::from(cx.int(&c, format!("{base}.teams#"), k.teams.len() as u64)),
        cohesion,
        k.nearest.as_ref().map_or_else(|| "–".to_owned(), |n| n.0.clone()).into(),
        if k.taxonomy.is_empty() { "unmapped".into() } else { cx.name(&k.taxonomy.join(", ")).into() },
    ])
}

/// A test of a class among so many classified defects, and what it asks for.
type Check = (fn(&Class, usize) -> bool, &'static str);

/// What a review has to settle, each with its reason.
fn decide(cx: &Cx<'_>) -> Vec<Text> {
    let all: usize = cx.f.classes.iter().map(|k| k.members.len()).sum();
    let checks: [Check; 4] = [
        (|k, _| k.origin == ClassOrigin::Open, "found in the data: give it a name, or say that it is no class"),
        (|k, _| !k.lineage, "id is provisional: refit the model or decide, so that it keeps one"),
        (
            |k, all| k.members.len() as f64 > LARGE * all as f64 && all >= 20,
            "holds more than a quarter of the classified defects: look whether it is two",
        ),
        (|k, _| k.members.iter().filter(|m| m.border).count() * 2 > k.members.len(), "most members lie near the border to another class"),
    ];
    let each = cx.f.classes.iter().flat_map(|k| checks.iter().filter(move |(holds, _)| holds(k, all)).map(move |(_, why)| (k, *why)));
    let mut items: Vec<Text> = each.take(30).map(|(k, why)| Text::new().k(&k.id).s(format!(", {}: {why}.", cx.name(&k.name)))).collect();
    if items.is_empty() {
        items.push("Nothing: every class has its name and its id.".into());
    }
    items
}

fn open(cx: &Cx<'_>, caption: &str, field: &str, counts: &std::collections::BTreeMap<String, u64>) -> Table {
    let c = cx.cite_scope();
    let row = |(name, n): (&String, &u64)| {
        let words = if field == "by_reason" { changes::reason(name) } else { cx.name(name) };
        Row::from(vec![words.into(), Cell::from(cx.int(&c, format!("unclassified.{field}[{}]", path::key(name)), *n))])
    };
    let total = cx.f.unclassified.total;
    let sum = Row { cells: vec!["All".into(), Cell::from(cx.int(&c, "unclassified.total", total))], sum: true };
    Table {
        id: format!("unclassified-{field}"),
        kind: TableKind::Plain,
        caption: format!("Unclassified {}: {caption}", noun(total, "defect")).to_lowercase().replacen('u', "U", 1).into(),
        columns: vec![Column::words(caption), Column::numbers("Defects")],
        rows: counts.iter().map(row).chain([sum]).collect(),
        note: Text::new(),
    }
}
