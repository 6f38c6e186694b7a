//! What the words mean and how it was computed: definitions in force, formula, versions.

use std::collections::BTreeSet;

use super::changes::sentence;
use super::section;
use crate::context::Cx;
use crate::doc::{Block, Section};
use crate::text::Text;
use crate::words::capital;

/// Longest definition of the configuration, in characters.
const DEFINITION: usize = 1_200;

/// Words that hold in every brief, where the findings do not define them otherwise.
const TERMS: &[(&str, &str)] = &[
    (
        "duplicate, class",
        "Duplicates are records of one defect: one fix closes both. A class is different defects with one mechanism: one control would have caught them. The two relations are never mixed.",
    ),
    ("escape", "A defect found at a later stage than its ideal stage; shipped where it was found in production."),
    (
        "evidence",
        "A: at least 3 independent escapes in at least 2 teams, the mechanism stated in at least 2 reviews or fixes, nothing open against it. B: at least 3, supported by fields or by trace and fix. C: at least 2, by quoted text. D: one escape or an inferred stage; listed, never ranked.",
    ),
    ("ideal stage", "The earliest stage at which this organisation could have found it at reasonable cost."),
    ("intervals", "80\u{202f}% for cost and forecast, 95\u{202f}% for rates and ratios. The interval of a sum is no sum of intervals."),
    (
        "order of gaps",
        "By expected avoidable cost over the horizon: forecast × capped cost per defect × share that the control would have caught. Raw sums stand beside it and rank nothing, because a handful of records holds most of them.",
    ),
    ("recurrence", "A further defect of the class after its first was resolved; several events of one incident count once."),
    (
        "stated, derived, assumed",
        "Stated: a field or text of the record says it. Derived: a named rule concludes it from something stated. Assumed: the configuration supplies it, with a range.",
    ),
    ("unclassified", "Defects that fit no mechanism well enough. They are counted, shown, and claimed for none."),
    (
        "not in this brief",
        "Names of people, rankings of teams, rates of teams below the minimum of records. Text is masked by rule before it is quoted.",
    ),
];

/// Definitions in force, in alphabetical order.
pub fn build(cx: &Cx<'_>) -> Vec<Section> {
    let mut items: Vec<(String, Text)> =
        cx.f.definitions.iter().map(|(word, text)| (cx.name(word).replace('-', " "), sentence(&cx.line(text, DEFINITION)).into())).collect();
    items.extend(TERMS.iter().filter(|(word, _)| !cx.f.definitions.contains_key(*word)).map(|(word, text)| ((*word).to_owned(), Text::from(*text))));
    items.extend(metric_definitions(cx));
    items.extend(formula(cx));
    items.push(("versions".to_owned(), versions(cx)));
    items.sort_by_key(|item| item.0.to_lowercase());
    let terms = items.into_iter().map(|(word, text)| (Text::from(capital(&word)), text)).collect();
    vec![section("methods", "Methods and definitions", "Methods", true, vec![Block::Terms { items: terms }])]
}

fn metric_definitions(cx: &Cx<'_>) -> Vec<(String, Text)> {
    let mut seen = BTreeSet::new();
    let fresh = cx.f.metrics.iter().filter(|m| !m.definition.trim().is_empty() && !cx.f.definitions.contains_key(&m.id) && seen.insert(&m.id));
    fresh.map(|m| (cx.name(&m.name), sentence(&cx.prose(&m.definition)).into())).collect()
}

/// The rank formula of the first gap with its numbers (law J6).
fn formula(cx: &Cx<'_>) -> Option<(String, Text)> {
    let gap = *cx.ranked().first()?;
    if gap.terms.is_empty() {
        return None;
    }
    let c = cx.cite_gap(gap);
    let base = crate::context::gap_path(&gap.id);
    let names: Vec<String> = gap.terms.iter().map(|(name, _)| cx.name(name).replace('-', " ")).collect();
    let product = super::card::factors(cx, gap, &c, &base);
    Some((format!("place of {}", cx.gap_label(gap)), Text::from(capital(&names.join(" × "))).s(": ").t(product).s(". ").c(&c)))
}

fn versions(cx: &Cx<'_>) -> Text {
    let each: Vec<String> = cx.f.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let algorithms = if each.is_empty() { String::new() } else { format!("; {}", each.join(", ")) };
    Text::from(format!("refrain {}{algorithms}. Records ", cx.f.program)).code(&cx.f.store_hash).s(", model ").code(&cx.f.model_hash).s(".")
}
