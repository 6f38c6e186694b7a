//! Jira's XML (RSS) view: rendered, escaped HTML and complete links.

use refrain_record::LinkKind;

use super::{Ticket, links};
use crate::dates::Reading;
use crate::entry::{skipped, system_for};
use crate::sniff::from_keys;
use crate::source::{Head, Hint, Input, Item, ReadSetup};
use crate::text::plain_from_html;
use crate::xml::{Element, for_each_element};

pub fn sniff(head: &Head<'_>) -> Option<Hint> {
    if !head.text.trim_start().starts_with('<') {
        return None;
    }
    from_keys("Jira search result", 92, &["<rss", "<item>", "<key id="], |key| head.text.contains(key))
}

pub fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let path = input.path;
    let system = system_for(super::XML.system, path, setup);
    for_each_element(input, "item", sink, &mut |item, _, line, sink| {
        if item.child("key").is_none() {
            return sink(skipped(line, "", "key", item.text_of("title"), "an issue with its key", "export the issues with their keys (all fields)"));
        }
        let ticket = ticket(item);
        if let Some(filing) = super::file(&ticket, line, &Reading::utc(), setup, system, sink) {
            filing.give(super::XML.name, path);
        }
    });
}

fn all(item: &Element, name: &str) -> Vec<String> {
    item.all(name).map(|e| e.text.trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

fn ticket(item: &Element) -> Ticket {
    let key = item.text_of("key").to_owned();
    let attribute = |name: &str, of: &str| item.child(name).map(|e| e.attribute(of).to_owned()).unwrap_or_default();
    let resolution = if attribute("resolution", "id") == "-1" { String::new() } else { item.text_of("resolution").to_owned() };
    // The title repeats the key before the summary; only very old servers leave the summary out.
    let title = item.text_of("title");
    let summary = Some(item.text_of("summary")).filter(|s| !s.is_empty()).unwrap_or_else(|| title.split_once("] ").map_or(title, |(_, rest)| rest));
    let category = item.child("statusCategory").map(|c| c.attribute("key") == "done");
    Ticket {
        id: attribute("key", "id"),
        project_key: attribute("project", "key"),
        project_name: item.text_of("project").to_owned(),
        kind: item.text_of("type").to_owned(),
        summary: summary.to_owned(),
        status: item.text_of("status").to_owned(),
        done: category,
        resolution,
        priority: item.text_of("priority").to_owned(),
        created: item.text_of("created").to_owned(),
        updated: item.text_of("updated").to_owned(),
        resolved: item.text_of("resolved").to_owned(),
        components: all(item, "component"),
        labels: item.child("labels").map(|l| all(l, "label")).unwrap_or_default(),
        versions: all(item, "version"),
        fix_versions: all(item, "fixVersion"),
        environment: plain_from_html(item.text_of("environment")),
        description: plain_from_html(item.text_of("description")),
        comments: item.child("comments").map(|c| c.all("comment").map(|c| plain_from_html(&c.text)).collect()).unwrap_or_default(),
        links: item.child("issuelinks").map(linked).unwrap_or_default(),
        time_spent: attribute("timespent", "seconds").parse().ok(),
        time_spent_total: attribute("aggregatetimespent", "seconds").parse().ok(),
        custom: item.child("customfields").map(custom).unwrap_or_default(),
        url: item.text_of("link").to_owned(),
        key,
        ..Ticket::default()
    }
}

fn linked(links: &Element) -> Vec<(LinkKind, String)> {
    let sides = |kind: &Element, side: &str, outward: bool| -> Vec<(LinkKind, String)> {
        let name = kind.text_of("name");
        let of = |group: &Element| -> Vec<(LinkKind, String)> {
            let what = links::kind(name, group.attribute("description"), outward);
            group.all("issuelink").map(|l| (what, l.text_of("issuekey").to_owned())).collect()
        };
        kind.all(side).flat_map(of).collect()
    };
    links.all("issuelinktype").flat_map(|kind| [sides(kind, "outwardlinks", true), sides(kind, "inwardlinks", false)].concat()).collect()
}

fn custom(fields: &Element) -> Vec<(String, Vec<String>)> {
    let values = |field: &Element| -> Vec<String> {
        let list = field.child("customfieldvalues");
        let cascade = list.filter(|l| l.all("customfieldvalue").any(|v| !v.attribute("cascade-level").is_empty()));
        let texts: Vec<String> = list.map(|l| l.children.iter().map(|v| plain_from_html(&v.text)).collect()).unwrap_or_default();
        if cascade.is_some() { vec![texts.join(" / ")] } else { texts }
    };
    fields.all("customfield").map(|f| (f.text_of("customfieldname").to_owned(), values(f))).collect()
}
