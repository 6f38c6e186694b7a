//! A brief held against findings: each number recomputed by its path, each printed form and quote compared with a fresh brief.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::findings::Findings;
use serde_json::Value;

use crate::doc::{Brief, Quoted};
use crate::options::{BriefError, Options, View};
use crate::path;
use crate::text::Source;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The findings are of other records than the brief: a difference may be a record that changed since.
    pub other_records: bool,
    /// The findings were made under another model file.
    pub other_model: bool,
    /// Numbers that differ.
    pub numbers: Vec<Mismatch>,
    /// Quotes that a fresh brief does not hold in these words at this place.
    pub quotes: Vec<Quoted>,
    /// Words differ from a fresh brief, though numbers and quotes agree.
    pub words: bool,
}

impl Verdict {
    /// Nothing differs.
    pub fn agrees(&self) -> bool {
        self.numbers.is_empty() && self.quotes.is_empty() && !self.words
    }
}

/// A number of a brief that the findings do not give.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Citation.
    pub cite: String,
    /// Place in the findings.
    pub path: String,
    /// As printed.
    pub text: String,
    /// What the brief says.
    pub printed: f64,
    /// What the findings say; nothing where the path leads nowhere.
    pub found: Option<f64>,
}

/// Every number of the leadership brief: citation, path, value.
pub fn numbers(findings: &Findings) -> Vec<(String, String, f64)> {
    let brief = crate::compose(findings, &View::Leadership, &Options::default());
    brief.map_or_else(|_| Vec::new(), |b| b.numbers.into_iter().map(|n| (n.cite, n.path, n.value)).collect())
}

/// Where the quotes of a brief stand, so that each can be checked against its record by hash.
pub fn sources(brief: &Brief) -> Vec<&Source> {
    brief.quotes.iter().map(|q| &q.source).collect()
}

/// Reads a `brief.json`. Errors: no brief, or one of another major version.
pub fn read(json: &[u8]) -> Result<Brief, BriefError> {
    let bad = |because: String| BriefError::Form { format: "json".into(), because };
    let value: Value = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
    let schema = value.get("schema").and_then(Value::as_str).unwrap_or("");
    if !schema.starts_with("refrain-brief/1.") {
        return Err(bad(format!("found schema `{schema}`, expected refrain-brief/1.x; write the brief again")));
    }
    serde_json::from_value(value).map_err(|e| bad(e.to_string()))
}

/// Recomputes a brief from findings under the options that it was written with. Errors: findings that cannot be written as JSON, or a
/// view of something that the findings no longer hold.
pub fn verify(brief: &Brief, findings: &Findings, options: &Options) -> Result<Verdict, BriefError> {
    let value = serde_json::to_value(findings).map_err(|e| BriefError::Form { format: "json".into(), because: e.to_string() })?;
    let of = (!brief.of.is_empty()).then_some(brief.of.as_str());
    let fresh = crate::compose(findings, &View::parse(&brief.view, of)?, options)?;
    let numbers = wrong_numbers(brief, &value, &forms(&fresh));
    let quotes = wrong_quotes(brief, &fresh);
    let same = numbers.is_empty() && quotes.is_empty() && without_pictures(brief) == without_pictures(&fresh);
    Ok(Verdict {
        // A case study names no store.
        other_records: !brief.store_hash.is_empty() && brief.store_hash != findings.store_hash,
        other_model: brief.model_hash != findings.model_hash,
        words: numbers.is_empty() && quotes.is_empty() && !same,
        numbers,
        quotes,
    })
}

/// Every number with its printed form: those in texts, in the index, and the share that fits no class.
fn printed(brief: &Brief) -> Vec<(String, String, f64, String)> {
    let own = [("unclassified.total", brief.unclassified.total as f64), ("unclassified.share", brief.unclassified.share)];
    let mut all: Vec<(String, String, f64, String)> = own.into_iter().map(|(p, x)| (String::new(), p.to_owned(), x, String::new())).collect();
    brief.each_text(&mut |text| all.extend(text.numbers().map(|n| (n.cite.clone(), n.path.clone(), n.value, n.text.clone()))));
    all.extend(brief.numbers.iter().map(|n| (n.cite.clone(), n.path.clone(), n.value, n.text.clone())));
    all
}

/// Forms in which a fresh brief prints what stands at a path.
fn forms(fresh: &Brief) -> BTreeSet<(String, String)> {
    printed(fresh).into_iter().map(|(_, path, _, text)| (path, text)).collect()
}

fn wrong_numbers(brief: &Brief, findings: &Value, forms: &BTreeSet<(String, String)>) -> Vec<Mismatch> {
    let mut looked_up: BTreeMap<String, Option<f64>> = BTreeMap::new();
    let mut wrong: Vec<Mismatch> = Vec::new();
    for (cite, path, value, text) in printed(brief) {
        let found = *looked_up.entry(path.clone()).or_insert_with(|| path::number(findings, &path));
        let same = found.is_some_and(|x| (x - value).abs() <= 1e-9 * x.abs().max(1.0));
        let form = forms.contains(&(path.clone(), text.clone()));
        let known = wrong.iter().any(|w| w.path == path && w.text == text && w.printed == value);
        if !(same && form || known) {
            wrong.push(Mismatch { cite, path, text, printed: value, found });
        }
    }
    wrong
}

fn wrong_quotes(brief: &Brief, fresh: &Brief) -> Vec<Quoted> {
    let mut shown: Vec<Quoted> = brief.quotes.clone();
    brief.each_block(&mut |block| {
        if let crate::doc::Block::Quotes { quotes, .. } = block {
            shown.extend(quotes.iter().cloned());
        }
    });
    let mut wrong: Vec<Quoted> = shown.into_iter().filter(|q| !fresh.quotes.contains(q)).collect();
    wrong.dedup();
    wrong
}

/// As written to a file, where pictures are left out.
fn without_pictures(brief: &Brief) -> Value {
    serde_json::to_value(brief).unwrap_or_default()
}
