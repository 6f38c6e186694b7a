//! A case study for training: one class without the names by which it could be recognised; the mechanism stays.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use refrain_record::findings::{Class, Findings, Gap};
use regex::{Captures, Regex};

use super::changes::sentence;
use super::{card, section};
use crate::context::{Cx, class_path};
use crate::doc::{Block, Brief, Section, Voice};
use crate::options::Options;
use crate::text::{Run, Text};
use crate::words::in_words;

/// Four parts, quotes without their places.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let Some(class) = cx.class(cx.view.of()) else { return Vec::new() };
    let gap = cx.f.gaps.iter().find(|g| g.class == class.id);
    let intro = "For training. Names, products, hosts and ids are replaced, the same way throughout; the mechanism is as it was.";
    let blocks = vec![
        Block::Paragraph { voice: Voice::Lead, text: sentence(&cx.prose(&class.shape)).into() },
        Block::Paragraph { voice: Voice::Note, text: intro.into() },
        Block::Columns { columns: vec![vec![happened(cx, class)], vec![why(cx, class, gap)]] },
        Block::Columns { columns: vec![vec![change(cx, gap)], vec![kept(cx, gap)]] },
        Block::List { title: "Questions for the reader".into(), items: questions(gap) },
    ];
    vec![section("summary", Text::new(), "Case", true, blocks)]
}

fn happened(cx: &Cx<'_>, class: &Class) -> Block {
    let (c, base) = (cx.cite_class(class), class_path(&class.id));
    let n = class.members.len() as u64;
    let number = cx.n(&c, format!("{base}.members#"), n as f64, in_words(n));
    let teams = cx.n(&c, format!("{base}.teams#"), class.teams.len() as f64, in_words(class.teams.len() as u64));
    let mut items = vec![Text::from("It happened ").n(number).s(" times in ").n(teams).s(if class.teams.len() == 1 { " team." } else { " teams." })];
    items.extend(cx.quotes(&class.typical, 3).into_iter().map(|q| Text::from(format!("“{}”", q.text))));
    Block::List { title: "What happened".into(), items }
}

fn why(cx: &Cx<'_>, class: &Class, gap: Option<&Gap>) -> Block {
    let mut items: Vec<Text> = gap.map(|g| Text::from(format!("{}.", super::gaps::presence(cx, g)))).into_iter().collect();
    let mut buckets: BTreeMap<String, u64> = BTreeMap::new();
    class.members.iter().filter_map(|m| m.bucket.as_ref()).for_each(|b| *buckets.entry(card::bucket(&b.0)).or_default() += 1);
    let mut named: Vec<(String, u64)> = buckets.into_iter().collect();
    named.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), name.clone()));
    items.extend(named.first().map(|(name, _)| Text::from(format!("What let most of them pass: {name}."))));
    if items.is_empty() {
        items.push("The records do not say.".into());
    }
    Block::List { title: "Why it happened".into(), items }
}

fn change(cx: &Cx<'_>, gap: Option<&Gap>) -> Block {
    let items = gap.map_or_else(
        || vec![Text::from("No control is known for it.")],
        |g| vec![Text::new().b(format!("{}. ", crate::words::capital(&cx.name(&g.control_name)))).s(sentence(&cx.prose(&g.ticket.what)))],
    );
    Block::List { title: "What we change".into(), items }
}

fn kept(cx: &Cx<'_>, gap: Option<&Gap>) -> Block {
    let against = gap.map(|g| cx.quotes(&g.counter, 2)).unwrap_or_default();
    let mut items: Vec<Text> = against.into_iter().map(|q| Text::from(format!("Not every case is caught: “{}”", q.text))).collect();
    if items.is_empty() {
        items.push("Nothing speaks against the control in the records.".into());
    }
    Block::List { title: "What we do not change, and why".into(), items }
}

fn questions(gap: Option<&Gap>) -> Vec<Text> {
    let stage = gap.map_or_else(|| "earlier".to_owned(), |g| format!("at {}", g.stage.1.to_lowercase()));
    vec![
        Text::from(format!("What would have shown it {stage}?")),
        "Where in your own system does the same shape exist, under other names?".into(),
        "What would tell you that the control works, and after how long?".into(),
    ]
}

/// Identifiers of code, services and files: `ship_to`, `invoice_builder.compose`, `catalogue-api`, `VatRate`, `PAY-1182`.
static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let service = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:api|service|svc|server|worker|db|database|gateway|queue|ui|app|job|broker|store|client|proxy)";
    let code = r"[A-Za-z][A-Za-z0-9]*(?:[_.][A-Za-z][A-Za-z0-9]*)*_[A-Za-z0-9_.]+|[a-z]+[A-Z][A-Za-z0-9]*|[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+";
    Regex::new(&format!(r"\b(?:{service}|{code}|[A-Z][A-Z0-9]+-\d+|v?\d+\.\d+\.\d+)\b")).ok()
});

/// Replaces what would let a reader recognise the place, everywhere in the brief and the same way throughout.
pub fn anonymise(mut brief: Brief, f: &Findings, o: &Options) -> Brief {
    let mut names = Names::of(f, o);
    brief.organisation.clear();
    brief.store_hash.clear();
    brief.model_hash.clear();
    brief.citations.iter_mut().for_each(|r| r.records.clear());
    brief.quotes.clear();
    brief.unclassified.by_source = std::mem::take(&mut brief.unclassified.by_source).into_iter().map(|(s, n)| (names.replace(&s), n)).collect();
    brief.title = names.replace(&brief.title);
    let heads = std::mem::take(&mut brief.headline);
    brief.headline = heads.into_iter().map(|t| names.text(t)).collect();
    brief.over = Text::from("For training");
    for section in &mut brief.sections {
        section.blocks = std::mem::take(&mut section.blocks).into_iter().map(|b| names.block(b)).collect();
    }
    brief
}

struct Names {
    known: Vec<(String, String)>,
    found: BTreeMap<String, String>,
}

impl Names {
    /// Teams, organisation and source systems, the longest first.
    fn of(f: &Findings, o: &Options) -> Self {
        let teams = f.scope.teams.keys().enumerate().map(|(i, t)| (t.clone(), format!("[TEAM-{}]", letters(i))));
        let sources = f.scope.sources.keys().enumerate().map(|(i, s)| (s.clone(), format!("[SOURCE-{}]", letters(i))));
        let named = o
            .mask_names
            .iter()
            .chain([&o.organisation])
            .filter(|n| !n.trim().is_empty())
            .enumerate()
            .map(|(i, n)| (n.clone(), format!("[NAME-{}]", letters(i))));
        let mut known: Vec<(String, String)> = teams.chain(sources).chain(named).filter(|(n, _)| n.chars().count() > 1).collect();
        known.sort_by_key(|(n, _)| std::cmp::Reverse(n.len()));
        Self { known, found: BTreeMap::new() }
    }

    fn replace(&mut self, text: &str) -> String {
        let mut out = text.to_owned();
        for (name, mask) in &self.known {
            out = replace_words(&out, name, mask);
        }
        let Some(pattern) = NAMES.as_ref() else { return out };
        let found = &mut self.found;
        let each = |c: &Captures<'_>| {
            let next = letters(found.len());
            found.entry(c[0].to_owned()).or_insert_with(|| format!("[PART-{next}]")).clone()
        };
        pattern.replace_all(&out, each).into_owned()
    }

    fn text(&mut self, text: Text) -> Text {
        let run = |run| match run {
            Run::Plain { text } => Some(Run::Plain { text: self.replace(&text) }),
            Run::Bold { text } => Some(Run::Bold { text: self.replace(&text) }),
            Run::Key { text, .. } => Some(Run::Plain { text: self.replace(&text) }),
            Run::Source(_) | Run::Cite { .. } => None,
            other => Some(other),
        };
        Text(text.0.into_iter().filter_map(run).collect())
    }

    /// The blocks that a case study is made of; any other is left out rather than let through.
    fn block(&mut self, block: Block) -> Block {
        match block {
            Block::Paragraph { voice, text } => Block::Paragraph { voice, text: self.text(text) },
            Block::List { title, items } => Block::List { title, items: items.into_iter().map(|t| self.text(t)).collect() },
            Block::Columns { columns } => {
                Block::Columns { columns: columns.into_iter().map(|c| c.into_iter().map(|b| self.block(b)).collect()).collect() }
            }
            _ => Block::Paragraph { voice: Voice::Note, text: Text::new() },
        }
    }
}

/// `A` to `Z`, `AA` …
fn letters(i: usize) -> String {
    let last = char::from(b'A' + (i % 26) as u8);
    if i < 26 { last.to_string() } else { format!("{}{last}", letters(i / 26 - 1)) }
}

/// Replaces whole words in this case: a team called Orders is not every order.
fn replace_words(text: &str, name: &str, mask: &str) -> String {
    let Ok(pattern) = Regex::new(&format!(r"\b{}\b", regex::escape(name))) else { return text.to_owned() };
    pattern.replace_all(text, regex::NoExpand(mask)).into_owned()
}
