//! Atlassian documents (trees of JSON) to plain form.

use std::collections::BTreeMap;

use serde_json::Value;

use super::page::Page;
use crate::entry::items_at;

/// Plain form of an Atlassian document, and how often a node of unknown type was met (its children are kept). Depth is bounded by the
/// JSON parser.
pub fn plain_from_adf(document: &Value) -> (String, BTreeMap<String, u64>) {
    let mut writer = Writer::default();
    writer.node(document);
    (writer.page.finish(), writer.unknown)
}

#[derive(Default)]
struct Writer {
    page: Page,
    unknown: BTreeMap<String, u64>,
    /// Lists around the node.
    lists: u32,
}

/// What a node does.
#[derive(Clone, Copy)]
enum Act {
    /// Its children, nothing else.
    Inside,
    /// A block of its own.
    Block,
    /// A heading of `attrs.level`.
    Heading,
    Bullets,
    Numbers,
    /// A block of its own in a list or table row.
    Code,
    Quote,
    Text,
    Break,
    Row,
    /// A line of its own with the text of this attribute before its children.
    Titled(&'static str),
    /// The text of this attribute.
    Attribute(&'static str),
    Date,
    Card,
    Task,
    /// Nothing: a person, a picture, a line.
    Drop,
}

/// Every node type of the document format that carries text.
const NODES: &[(&str, Act)] = &[
    ("doc", Act::Inside),
    ("paragraph", Act::Block),
    ("heading", Act::Heading),
    ("bulletList", Act::Bullets),
    ("orderedList", Act::Numbers),
    ("listItem", Act::Inside),
    ("codeBlock", Act::Code),
    ("blockquote", Act::Quote),
    ("panel", Act::Block),
    ("table", Act::Block),
    ("tableRow", Act::Row),
    ("tableCell", Act::Inside),
    ("tableHeader", Act::Inside),
    ("rule", Act::Drop),
    ("expand", Act::Titled("title")),
    ("nestedExpand", Act::Titled("title")),
    ("layoutSection", Act::Inside),
    ("layoutColumn", Act::Inside),
    ("taskList", Act::Block),
    ("taskItem", Act::Task),
    ("decisionList", Act::Block),
    ("decisionItem", Act::Task),
    ("hardBreak", Act::Break),
    ("text", Act::Text),
    ("mention", Act::Drop),
    ("emoji", Act::Attribute("text")),
    ("date", Act::Date),
    ("status", Act::Attribute("text")),
    ("inlineCard", Act::Card),
    ("blockCard", Act::Card),
    ("embedCard", Act::Card),
    ("media", Act::Drop),
    ("mediaSingle", Act::Drop),
    ("mediaGroup", Act::Drop),
    ("mediaInline", Act::Drop),
    ("extension", Act::Drop),
    ("inlineExtension", Act::Drop),
    ("bodiedExtension", Act::Inside),
    ("placeholder", Act::Drop),
];

fn attribute(node: &Value, name: &str) -> String {
    let value = node.get("attrs").and_then(|attrs| attrs.get(name));
    value.and_then(crate::entry::text).unwrap_or_default()
}

impl Writer {
    fn node(&mut self, node: &Value) {
        let kind = node.get("type").and_then(Value::as_str).unwrap_or_default();
        let act = NODES.iter().find(|(name, _)| *name == kind).map(|(_, act)| *act);
        if act.is_none() && !kind.is_empty() {
            *self.unknown.entry(kind.to_owned()).or_default() += 1;
        }
        match act.unwrap_or(Act::Inside) {
            Act::Inside => self.children(node),
            Act::Block => self.block(node),
            Act::Heading => self.heading(node),
            Act::Bullets => self.list(node, None),
            Act::Numbers => self.list(node, Some(attribute(node, "order").parse().unwrap_or(1))),
            Act::Code => self.page.code(&attribute(node, "language"), &leaves(node)),
            Act::Quote => self.quote(node),
            Act::Text => self.text(node),
            Act::Break => self.page.break_line(),
            Act::Row => self.row(node),
            Act::Titled(name) => {
                self.page.end_block();
                self.page.text(&attribute(node, name));
                self.block(node);
            }
            Act::Attribute(name) => self.page.text(&attribute(node, name)),
            Act::Date => self.page.text(&day_of(&attribute(node, "timestamp"))),
            Act::Card => self.page.text(&attribute(node, "url")),
            Act::Task => self.task(node),
            Act::Drop => {}
        }
    }

    fn children(&mut self, node: &Value) {
        items_at(node, "content").iter().for_each(|child| self.node(child));
    }

    fn block(&mut self, node: &Value) {
        self.page.end_block();
        self.children(node);
        self.page.end_block();
    }

    fn heading(&mut self, node: &Value) {
        self.page.end_block();
        let level: usize = attribute(node, "level").parse().unwrap_or(2);
        self.page.text(&format!("{} ", "#".repeat(level.clamp(1, 6))));
        self.children(node);
        self.page.end_block();
    }

    fn list(&mut self, node: &Value, first: Option<u32>) {
        if self.lists > 0 {
            self.page.close_up()
        } else {
            self.page.end_block()
        }
        self.lists += 1;
        self.page.push_prefix("  ");
        for (at, item) in items_at(node, "content").iter().enumerate() {
            self.page.set_mark(&first.map_or("- ".to_owned(), |n| format!("{}. ", n.saturating_add(at as u32))));
            self.item(item);
        }
        self.page.pop_prefix();
        self.lists -= 1;
        if self.lists == 0 {
            self.page.end_block();
        }
    }

    /// An item's first paragraph stands on the line of the mark, further ones below it without blank lines.
    fn item(&mut self, item: &Value) {
        for child in items_at(item, "content") {
            if child.get("type").and_then(Value::as_str) == Some("paragraph") {
                self.children(child);
                self.page.end_line();
            } else {
                self.node(child);
            }
        }
    }

    fn quote(&mut self, node: &Value) {
        self.page.end_block();
        self.page.push_prefix("> ");
        self.children(node);
        self.page.pop_prefix();
        self.page.end_block();
    }

    fn text(&mut self, node: &Value) {
        self.page.text(&super::clean(node.get("text").and_then(Value::as_str).unwrap_or_default()));
        let link = items_at(node, "marks").iter().find(|mark| mark.get("type").and_then(Value::as_str) == Some("link"));
        let target = link.map(|mark| attribute(mark, "href")).filter(|t| t.starts_with("http") && !self.page.line_ends_with(t));
        if let Some(target) = target {
            self.page.text(&format!(" ({target})"));
        }
    }

    fn row(&mut self, node: &Value) {
        let cells: Vec<String> = items_at(node, "content").iter().map(|cell| self.cell(cell)).collect();
        self.page.end_line();
        self.page.text(&format!("| {} |", cells.join(" | ")));
        self.page.end_line();
    }

    fn cell(&mut self, cell: &Value) -> String {
        let mut inner = Self::default();
        inner.children(cell);
        for (kind, count) in std::mem::take(&mut inner.unknown) {
            *self.unknown.entry(kind).or_default() += count;
        }
        inner.page.finish().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn task(&mut self, node: &Value) {
        let done = matches!(attribute(node, "state").as_str(), "DONE" | "DECIDED");
        self.page.end_line();
        self.page.text(if done { "- [x] " } else { "- [ ] " });
        self.children(node);
        self.page.end_line();
    }
}

/// The texts below a node, as they stand; line breaks are line breaks.
fn leaves(node: &Value) -> String {
    let text = node.get("text").and_then(Value::as_str).map(super::clean);
    let kind = node.get("type").and_then(Value::as_str);
    let own = text.unwrap_or_else(|| if kind == Some("hardBreak") { "\n".to_owned() } else { String::new() });
    items_at(node, "content").iter().fold(own, |all, child| all + &leaves(child))
}

/// The day of a timestamp in milliseconds.
fn day_of(timestamp: &str) -> String {
    timestamp.parse::<i64>().map_or(String::new(), |ms| refrain_record::Moment::at(ms.div_euclid(1000)).date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(json: &str) -> String {
        plain_from_adf(&serde_json::from_str(json).unwrap()).0
    }

    #[test]
    fn structure_is_kept() {
        let text = r#"{"type":"doc","content":[
            {"type":"paragraph","content":[{"type":"text","text":"Refund booked "},{"type":"text","text":"twice","marks":[{"type":"strong"}]},{"type":"hardBreak"},{"type":"mention","attrs":{"text":"@Dana"}},{"type":"text","text":"see "},{"type":"text","text":"log","marks":[{"type":"link","attrs":{"href":"https://ci.example/1"}}]}]},
            {"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Root cause"}]},
            {"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"one"}]},{"type":"orderedList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"deep"}]}]}]}]},{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"two"}]}]}]},
            {"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"older"}]}]},
            {"type":"codeBlock","attrs":{"language":"java"},"content":[{"type":"text","text":"Error: x\n\tat a.b(C.java:1)"}]},
            {"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]},{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]}]},
            {"type":"taskList","content":[{"type":"taskItem","attrs":{"state":"DONE"},"content":[{"type":"text","text":"fixed on "},{"type":"date","attrs":{"timestamp":"1709251200000"}}]}]}]}"#;
        let expected = "Refund booked twice\nsee log (https://ci.example/1)\n\n## Root cause\n\n- one\n  1. deep\n- two\n\n> older\n\n```java\nError: x\n\tat a.b(C.java:1)\n```\n\n| a | b |\n\n- [x] fixed on 2024-03-01";
        assert_eq!(plain(text), expected);
    }

    #[test]
    fn unknown_nodes_keep_their_children_and_are_counted() {
        let value = serde_json::json!({"type":"doc","content":[{"type":"caption","content":[{"type":"text","text":"kept"}]},{"type":"caption"}]});
        let (text, unknown) = plain_from_adf(&value);
        assert_eq!((text.as_str(), unknown["caption"]), ("kept", 2));
    }

    #[test]
    fn no_document_is_no_text() {
        assert_eq!(plain("null"), "");
        assert_eq!(plain(r#"{"type":"doc","content":"odd"}"#), "");
    }
}
