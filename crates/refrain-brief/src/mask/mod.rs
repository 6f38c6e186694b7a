//! What never leaves: secrets and personal data in quotes, titles and names, replaced by masks that keep the text readable.
//!
//! A mask is `[kind 3fa2c1]`. Its digits are a keyed hash of the value, so the same value has the same mask everywhere and a
//! reader can still see that two quotes speak of one host; without the key nobody can test a guess.

mod rules;

use std::sync::LazyLock;

use refrain_record::SpanHash;
use regex::{Captures, Regex};

pub use rules::{RULES, Rule};

/// Masks text under one key.
#[derive(Clone, Debug)]
pub struct Masker {
    key: String,
    names: Option<Regex>,
}

/// A place that was masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Name of the rule.
    pub rule: &'static str,
    /// First byte in the original.
    pub start: usize,
    /// End (half open) in the original.
    pub end: usize,
    /// What stands there now.
    pub mask: String,
}

/// A text after masking.
#[derive(Clone, Debug, PartialEq)]
pub struct Masked {
    /// The text with its masks.
    pub text: String,
    /// What was replaced, in order of place.
    pub hits: Vec<Hit>,
    /// Share of the original's bytes that was replaced, 0..1.
    pub share: f64,
}

static COMPILED: LazyLock<Vec<(&'static Rule, Regex)>> =
    LazyLock::new(|| RULES.iter().filter_map(|rule| Regex::new(rule.pattern).ok().map(|regex| (rule, regex))).collect());

/// Share above which a text says nothing any more, and another is taken.
pub const MOSTLY: f64 = 0.4;

impl Masker {
    /// With a key and the names of customers and products to hide.
    pub fn new(key: &str, names: &[String]) -> Self {
        let mut listed: Vec<String> = names.iter().filter(|n| !n.trim().is_empty()).map(|n| regex::escape(n.trim())).collect();
        listed.sort_by_key(|n| std::cmp::Reverse(n.len()));
        let names = (!listed.is_empty()).then(|| Regex::new(&format!("(?i)(?:{})", listed.join("|"))).ok()).flatten();
        Self { key: key.to_owned(), names }
    }

    /// The text with everything masked that a rule finds.
    pub fn mask(&self, text: &str) -> Masked {
        let hits = self.hits(text);
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for hit in &hits {
            out.push_str(&text[from..hit.start]);
            out.push_str(&hit.mask);
            from = hit.end;
        }
        out.push_str(&text[from..]);
        let masked: usize = hits.iter().map(|h| h.end - h.start).sum();
        Masked { text: out, share: masked as f64 / text.len().max(1) as f64, hits }
    }

    /// The masked text alone.
    pub fn clean(&self, text: &str) -> String {
        self.mask(text).text
    }

    /// Which rule touched what, a line each, with the number of masks at the end. Never prints what was masked.
    pub fn explain(&self, text: &str) -> String {
        let masked = self.mask(text);
        let mut out = masked.text.clone();
        if !out.ends_with('\n') {
            out.push('\n');
        }
        for hit in &masked.hits {
            let line = text[..hit.start].matches('\n').count() + 1;
            let column = text[..hit.start].rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
            out.push_str(&format!("{line}:{column}: {}: {} bytes -> {}\n", hit.rule, hit.end - hit.start, hit.mask));
        }
        let n = masked.hits.len() as u64;
        out.push_str(&format!("{n} {}\n", crate::words::noun(n, "mask")));
        out
    }

    /// All hits without overlap: the earlier wins, then the longer, then the rule that stands first.
    fn hits(&self, text: &str) -> Vec<Hit> {
        let mut found: Vec<(usize, usize, usize, &'static Rule)> = Vec::new();
        for (order, (rule, regex)) in COMPILED.iter().enumerate() {
            let each = regex.captures_iter(text).filter_map(|c| place(rule, text, &c));
            found.extend(each.map(|(start, end)| (start, end, order, *rule)));
        }
        if let Some(names) = &self.names {
            let each = names.find_iter(text).filter(|m| whole_word(text, m.start(), m.end()));
            found.extend(each.map(|m| (m.start(), m.end(), usize::MAX, &rules::NAME)));
        }
        found.sort_by_key(|(start, end, order, _)| (*start, std::cmp::Reverse(*end), *order));
        let mut hits: Vec<Hit> = Vec::new();
        for (start, end, _, rule) in found {
            match hits.last_mut() {
                // Two rules over one place: the mask covers what either would hide.
                Some(last) if start < last.end => {
                    if end > last.end {
                        last.end = end;
                        last.mask = self.mask_of(last.rule, rules::kind_of(last.rule), &text[last.start..end]);
                    }
                }
                _ => hits.push(Hit { rule: rule.name, start, end, mask: self.mask_of(rule.name, rule.kind, &text[start..end]) }),
            }
        }
        hits
    }

    fn mask_of(&self, rule: &str, kind: &str, value: &str) -> String {
        let hash = SpanHash::of(&format!("{}\u{0}{rule}\u{0}{}\u{0}{}", self.key, value.to_lowercase(), self.key));
        format!("[{kind} {}]", &hash.0[..6])
    }
}

fn place(rule: &Rule, text: &str, found: &Captures<'_>) -> Option<(usize, usize)> {
    let hit = found.name("v").or_else(|| found.get(0))?;
    (rule.check)(text, hit.start(), hit.end()).then(|| (hit.start(), hit.end()))
}

fn whole_word(text: &str, start: usize, end: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word(text[..start].chars().next_back()) && !word(text[end..].chars().next())
}

#[cfg(test)]
mod tests;
