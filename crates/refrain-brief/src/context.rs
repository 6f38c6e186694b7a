//! What sections write with: the findings, looked up by name, and the means to print a number with its place.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use refrain_record::Key;
use refrain_record::findings::{Class, Estimate, Findings, Gap, Grade, Member, Metric};
use refrain_record::score::Quote;

use crate::cite::Register;
use crate::doc::{Quoted, Reference};
use crate::mask::{MOSTLY, Masker};
use crate::options::{Options, View};
use crate::path;
use crate::print::{self, Scale};
use crate::text::{Number, Source, Text};

/// Longest quote, in characters.
pub const QUOTE: usize = 200;
/// Longest name or title, in characters: more would break a page.
pub const TITLE: usize = 140;

/// Findings and options with the look-ups that sections need.
pub struct Cx<'a> {
    /// What was found.
    pub f: &'a Findings,
    /// Settings.
    pub o: &'a Options,
    /// Reader.
    pub view: &'a View,
    masker: Masker,
    register: RefCell<Register>,
    classes: BTreeMap<&'a str, &'a Class>,
    members: BTreeMap<&'a Key, (&'a Class, &'a Member)>,
    shorts: BTreeMap<String, String>,
    production: BTreeSet<&'a str>,
}

impl<'a> Cx<'a> {
    /// Looks everything up once.
    pub fn new(f: &'a Findings, o: &'a Options, view: &'a View) -> Self {
        let classes: BTreeMap<&str, &Class> = f.classes.iter().map(|c| (c.id.as_str(), c)).collect();
        let members = f.classes.iter().flat_map(|c| c.members.iter().map(move |m| (&m.key, (c, m)))).collect();
        let production = f.matrix.stages.iter().zip(&f.matrix.production).filter(|(_, p)| **p).map(|(s, _)| s.as_str()).collect();
        let masker = Masker::new(&o.mask_key, &o.mask_names);
        let shorts = shorts(f, &masker);
        Self { f, o, view, masker, register: RefCell::default(), classes, members, shorts, production }
    }

    /// The list of citations at the end.
    pub fn into_citations(self) -> Vec<Reference> {
        self.register.into_inner().into_entries()
    }

    /// A citation of records by the command that shows them.
    pub fn cite<'k>(&self, what: &str, query: &str, keys: impl IntoIterator<Item = &'k Key>) -> String {
        self.register.borrow_mut().id(&self.line(what, 4 * TITLE), &self.line(query, 4 * TITLE), keys)
    }

    /// Citation of the whole scope: every number that is about all records.
    pub fn cite_scope(&self) -> String {
        self.cite("Scope: records read, duplicates folded, defects, escapes", "refrain status", [])
    }

    /// Citation of a class and its members.
    pub fn cite_class(&self, class: &Class) -> String {
        let what = format!("Members of {}", class.id);
        self.cite(&what, &format!("refrain classes show {}", class.id), class.members.iter().map(|m| &m.key))
    }

    /// Citation of a gap: the members that its control would have caught.
    pub fn cite_gap(&self, gap: &Gap) -> String {
        let what = format!("{}: escapes of {} and what its control would have caught", self.gap_label(gap), gap.class);
        let keys: Vec<&Key> = self
            .class(&gap.class)
            .map_or_else(|| gap.caught_members.iter().collect(), |c| c.members.iter().filter(|m| m.escape).map(|m| &m.key).collect());
        self.cite(&what, &format!("refrain gaps explain {}", gap.id), keys)
    }

    /// Citation of a metric.
    pub fn cite_metric(&self, metric: &Metric) -> String {
        let of = if metric.of.is_empty() { String::new() } else { format!(", {}", self.name(&metric.of)) };
        let what = format!("{}{of}", metric.name);
        let query = if metric.of.is_empty() {
            format!("refrain metrics {}", metric.id)
        } else {
            format!("refrain metrics {} --of {:?}", metric.id, metric.of)
        };
        self.cite(&what, &query, &metric.records)
    }

    /// A number with its place.
    pub fn n(&self, cite: &str, path: impl Into<String>, value: f64, text: impl Into<String>) -> Number {
        Number { cite: cite.to_owned(), path: path.into(), value, text: text.into() }
    }

    /// A whole number with its place.
    pub fn int(&self, cite: &str, path: impl Into<String>, value: u64) -> Number {
        self.n(cite, path, value as f64, print::count(value))
    }

    /// `17 escapes`, with the noun that the number wants.
    pub fn many(&self, cite: &str, path: impl Into<String>, value: u64, noun: &str) -> Text {
        Text::from(self.int(cite, path, value)).s(format!("\u{a0}{}", crate::words::noun(value, noun)))
    }

    /// A share as whole percent, without sign.
    pub fn percent(&self, cite: &str, path: impl Into<String>, value: f64) -> Text {
        self.n(cite, path, value, print::percent(value)).into()
    }

    /// An amount of money with sign and scale: `€350 k`.
    pub fn money(&self, cite: &str, path: impl Into<String>, value: f64, digits: usize) -> Text {
        let scale = Scale::of(value);
        let number = self.n(cite, path, value, scale.amount(value, digits));
        Text::new().s(self.sign()).n(number).s(unit(scale))
    }

    /// An interval of money with sign and one scale: `€200–520 k`.
    pub fn money_range(&self, cite: &str, base: &str, e: &Estimate, digits: usize) -> Text {
        let scale = Scale::of(e.high);
        let end = |x: f64| print::end(x / scale.by, digits);
        let (low, high) = (self.n(cite, format!("{base}.low"), e.low, end(e.low)), self.n(cite, format!("{base}.high"), e.high, end(e.high)));
        Text::new().s(self.sign()).n(low).s("–").n(high).s(unit(scale))
    }

    /// Ends of an interval, `3–10`, each printed by `end`.
    pub fn range(&self, cite: &str, base: &str, e: &Estimate, end: impl Fn(f64) -> String) -> Text {
        let low = self.n(cite, format!("{base}.low"), e.low, end(e.low));
        let high = self.n(cite, format!("{base}.high"), e.high, end(e.high));
        Text::new().n(low).s("–").n(high)
    }

    /// Sign of the currency.
    pub fn sign(&self) -> String {
        print::symbol(self.currency())
    }

    /// Code of the currency; empty where no cost is known.
    pub fn currency(&self) -> &'a str {
        let mut all = std::iter::once(&self.f.cost).chain(self.f.classes.iter().map(|c| &c.cost)).map(|c| c.currency.as_str());
        all.find(|c| !c.is_empty()).unwrap_or("")
    }

    /// The class of that id.
    pub fn class(&self, id: &str) -> Option<&'a Class> {
        self.classes.get(id).copied()
    }

    /// Class and membership of a record that is a member.
    pub fn member(&self, key: &Key) -> Option<(&'a Class, &'a Member)> {
        self.members.get(key).copied()
    }

    /// Ranked gaps in order.
    pub fn ranked(&self) -> Vec<&'a Gap> {
        let mut gaps: Vec<&Gap> = self.f.gaps.iter().filter(|g| g.rank.is_some() && g.grade != Grade::D).collect();
        gaps.sort_by_key(|g| g.rank);
        gaps
    }

    /// The gap of that id.
    pub fn gap(&self, id: &str) -> Option<&'a Gap> {
        self.f.gaps.iter().find(|g| g.id == id)
    }

    /// `G-1` for the first; the id for an unranked one.
    pub fn gap_label(&self, gap: &Gap) -> String {
        gap.rank.map_or_else(|| gap.id.clone(), |r| format!("G-{r}"))
    }

    /// Anchor of a gap's card where it has one.
    pub fn gap_anchor(&self, gap: &Gap) -> String {
        match gap.rank {
            Some(rank) if rank as usize <= self.o.cards => format!("g{rank}"),
            _ => String::new(),
        }
    }

    /// Whether a stage is in production.
    pub fn is_production(&self, stage: &str) -> bool {
        self.production.contains(stage)
    }

    /// Ids of the stages in production, in alphabetical order.
    pub fn production(&self) -> impl Iterator<Item = &'a str> {
        self.production.iter().copied()
    }

    /// Name of a stage as people read it.
    pub fn stage_name(&self, id: &str) -> String {
        let at = self.f.matrix.stages.iter().position(|s| s == id);
        at.and_then(|i| self.f.matrix.names.get(i)).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// Three letters for a team, unique in this brief.
    pub fn short(&self, team: &str) -> String {
        self.shorts.get(team).cloned().unwrap_or_else(|| self.name(team))
    }

    /// A team has too few defects for rates and comparisons.
    pub fn is_small(&self, team: &str) -> bool {
        self.f.scope.teams.get(team).is_some_and(|n| *n < self.o.minimum)
    }

    /// A name or title: one line, masked, without control characters, at most [`TITLE`] characters.
    pub fn name(&self, raw: &str) -> String {
        self.line(raw, TITLE)
    }

    /// Running text: as [`Cx::name`], four times as long.
    /// Ids of ranked gaps become the labels that the brief uses, and a percent sign stays with its number.
    pub fn prose(&self, raw: &str) -> String {
        let line = self.line(raw, 4 * TITLE).replace(" %", &format!("{}%", print::THIN));
        self.f.gaps.iter().filter(|g| g.rank.is_some() && line.contains(&g.id)).fold(line.clone(), |all, g| all.replace(&g.id, &self.gap_label(g)))
    }

    /// One line, masked, of at most `most` characters.
    pub fn line(&self, raw: &str, most: usize) -> String {
        shorten(&self.masker.clean(&one_line(raw)), most)
    }

    /// A quote as it may leave, or nothing where too little of it would be left to read.
    pub fn quote(&self, quote: &Quote) -> Option<Quoted> {
        let line = one_line(&quote.text);
        let masked = self.masker.mask(&line);
        if masked.share > MOSTLY || line.chars().filter(|c| c.is_alphabetic()).count() < 3 {
            return None;
        }
        let text = shorten(&masked.text, QUOTE);
        Some(Quoted { altered: text != quote.text.trim(), text, who: self.who(&quote.cite.key), source: self.source(quote) })
    }

    fn who(&self, key: &Key) -> String {
        let Some((_, member)) = self.member(key) else { return String::new() };
        let team = member.team.as_deref().map(|t| self.name(t));
        let parts: Vec<String> = team.into_iter().chain(member.at.map(print::day)).collect();
        parts.join(", ")
    }

    /// Where a quote stands, with the page of the record.
    pub fn source(&self, quote: &Quote) -> Source {
        let cite = &quote.cite;
        Source {
            key: cite.key.to_string(),
            section: cite.section.clone(),
            first: cite.first,
            last: cite.last,
            hash: cite.hash.0.clone(),
            url: self.url(&cite.key),
        }
    }

    /// Page of a record in its source system. Only `http` and `https` lead anywhere.
    pub fn url(&self, key: &Key) -> Option<String> {
        let template = self.o.urls.get(key.system().as_str())?;
        let safe = template.starts_with("https://") || template.starts_with("http://");
        safe.then(|| template.replace("{id}", &encode(key.id())))
    }

    /// Up to `most` quotes that can be read, at first one a record, then the rest.
    pub fn quotes<'q>(&self, from: impl IntoIterator<Item = &'q Quote> + Clone, most: usize) -> Vec<Quoted> {
        let (mut seen, mut said) = (BTreeSet::new(), BTreeSet::new());
        let first_of_record = from.clone().into_iter().filter(|q| seen.insert(q.cite.key.clone()));
        let fresh: Vec<Quoted> = first_of_record.filter_map(|q| self.quote(q)).filter(|q| said.insert(q.text.to_lowercase())).take(most).collect();
        if fresh.len() == most {
            return fresh;
        }
        let mut all = fresh;
        for quoted in from.into_iter().filter_map(|q| self.quote(q)) {
            if all.len() < most && !all.iter().any(|q| q.source == quoted.source || q.text.eq_ignore_ascii_case(&quoted.text)) {
                all.push(quoted);
            }
        }
        all
    }
}

fn unit(scale: Scale) -> String {
    if scale.letter.is_empty() { String::new() } else { format!("{}{}", print::THIN, scale.letter) }
}

/// Percent-encodes an id for a URL, keeping what paths commonly hold.
fn encode(id: &str) -> String {
    let kept = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    id.bytes().map(|b| if kept(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// White space becomes single blanks; control characters and marks that turn the direction of writing are dropped.
pub fn one_line(raw: &str) -> String {
    let turned = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{200e}' | '\u{200f}');
    let kept: String = raw.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control() && !turned(*c)).collect();
    kept.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// At most `most` characters, cut at a word where one ends in the last third.
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    let at_word = cut.rfind(' ').filter(|at| *at * 3 >= cut.len() * 2).map_or(cut.as_str(), |at| &cut[..at]);
    format!("{}…", at_word.trim_end_matches([' ', ',', ';', ':']))
}

/// Three capital letters a team, made unique by later letters, then by a number.
fn shorts(f: &Findings, masker: &Masker) -> BTreeMap<String, String> {
    let named = f.scope.teams.keys().chain(f.classes.iter().flat_map(|c| c.teams.iter().map(|t| &t.team)));
    let teams: BTreeSet<&String> = named.chain(f.gaps.iter().flat_map(|g| &g.teams)).collect();
    let mut taken = BTreeSet::new();
    teams.into_iter().map(|team| (team.clone(), short_of(&masker.clean(team), &mut taken))).collect()
}

fn short_of(team: &str, taken: &mut BTreeSet<String>) -> String {
    let letters: Vec<char> = team.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let pick = |third: usize| -> String { letters.iter().take(2).chain(letters.get(third)).collect() };
    let first = (2..letters.len().max(3)).map(pick).find(|s| !taken.contains(s));
    let short = first.or_else(|| (2..10_000).map(|i| format!("{}{i}", letters.iter().take(2).collect::<String>())).find(|s| !taken.contains(s)));
    let short = short.unwrap_or_else(|| team.to_owned());
    taken.insert(short.clone());
    short
}

/// Path of a class.
pub fn class_path(id: &str) -> String {
    format!("classes[{}]", path::key(id))
}

/// Path of a gap.
pub fn gap_path(id: &str) -> String {
    format!("gaps[{}]", path::key(id))
}

/// Path of a metric.
pub fn metric_path(metric: &Metric) -> String {
    let name = if metric.of.is_empty() { metric.id.clone() } else { format!("{}|{}", metric.id, metric.of) };
    format!("metrics[{}]", path::key(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teams_get_three_letters_of_their_own() {
        let mut taken = BTreeSet::new();
        let found: Vec<String> =
            ["Catalogue", "Cat Food", "Data Platform", "Database", "X", "", "Catalogue 2"].iter().map(|t| short_of(t, &mut taken)).collect();
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "{found:?}");
        assert_eq!((found[0].as_str(), found[2].as_str()), ("CAT", "DAT"));
    }

    #[test]
    fn long_or_turned_text_becomes_a_short_line() {
        assert_eq!(one_line("a\n\tb\u{202e}c\u{0}  d"), "a bc d");
        let long = "word ".repeat(3_000);
        assert!(shorten(&long, 140).chars().count() <= 140);
        assert_eq!(shorten("short", 140), "short");
    }
}
