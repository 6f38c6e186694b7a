//! Records of one defect: who is folded into whom, and why.
//!
//! Order of authority: what a person decided, what the source systems say, equal content, the score. Only the first three fold;
//! a score suggests. A `different` decision binds through third records: no chain of links may join the two.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use refrain_record::findings::{Group, GroupLink, GroupOrigin};
use refrain_record::{Decided, Decision, Key, Kind, LinkKind, LogOdds, Record, Role, Score, Status, Weight};

use crate::lexical::{Lexical, Words};
use crate::near::{Sketch, sketch};
use crate::tokens::tokens;

/// What the user may set about folding.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FoldSettings {
    /// Score (share of the record's own maximum, 0..1) from which a pair is suggested.
    pub suggest_from: f64,
    /// MinHash similarity (0..1) from which a near copy is suggested.
    pub near_copy_from: f64,
    /// Fold groups whose content or trace is equal. Off: they are only suggested.
    pub fold_equal: bool,
    /// Most records of one equal content or band that are compared pairwise; larger sets are tied to their first member only.
    pub hot_key: usize,
}

impl Default for FoldSettings {
    fn default() -> Self {
        Self { suggest_from: 0.72, near_copy_from: 0.85, fold_equal: true, hot_key: 200 }
    }
}

/// A pair with the reason why it is one defect.
#[derive(Clone, Debug, PartialEq)]
struct Tie {
    a: usize,
    b: usize,
    origin: GroupOrigin,
    because: String,
    score: Option<Score>,
}

/// What folding gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folded {
    /// Groups of two or more records, by the key of their exemplar. Folded and suggested ones.
    pub groups: Vec<Group>,
    /// Pairs that decisions join and part at once, through these decisions' numbers: an error for the caller (law C6).
    pub contradictions: Vec<(Key, Key, String)>,
}

/// Folds records, which must be sorted by key.
///
/// `signatures`: further fingerprints by record (exact trace and message); records of one system that share one are one defect.
pub fn fold(records: &[Record], signatures: &[Option<String>], decisions: &[&Decision], settings: &FoldSettings) -> Folded {
    let mut ties = decided_ties(records, decisions);
    ties.extend(source_ties(records));
    let tokens: Vec<Vec<String>> = records.par_iter().map(content).collect();
    let sketches: Vec<Option<Sketch>> = tokens.par_iter().map(|t| sketch(t)).collect();
    ties.extend(equal_ties(records, &sketches, signatures));
    ties.extend(near_ties(records, &sketches, settings));
    ties.extend(score_ties(records, settings));
    build(records, ties, decisions, settings)
}

/// Title and filed text as one token sequence.
fn content(record: &Record) -> Vec<String> {
    record.filed().filter(|s| s.role != Role::Environment).flat_map(|s| tokens(&s.text)).collect()
}

fn place(records: &[Record], key: &Key) -> Option<usize> {
    records.binary_search_by(|r| r.key.cmp(key)).ok()
}

fn decided_ties(records: &[Record], decisions: &[&Decision]) -> Vec<Tie> {
    let tie = |d: &&Decision| match &d.what {
        Decided::Same { a, b } => Some(Tie {
            a: place(records, a)?,
            b: place(records, b)?,
            origin: GroupOrigin::Person,
            because: format!("decision {}", d.number),
            score: None,
        }),
        _ => None,
    };
    decisions.iter().filter_map(tie).collect()
}

/// Duplicate links and shared aliases.
fn source_ties(records: &[Record]) -> Vec<Tie> {
    let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        by_id.entry(record.key.id().to_lowercase()).or_default().push(at);
    }
    let find = |record: &Record, target: &str| -> Option<usize> {
        if let Some(at) = target.parse::<Key>().ok().and_then(|key| place(records, &key)) {
            return Some(at);
        }
        let hits = by_id.get(&target.to_lowercase())?;
        hits.iter().copied().find(|at| records[*at].key.system() == record.key.system()).or((hits.len() == 1).then(|| hits[0]))
    };
    let mut ties = Vec::new();
    for (a, record) in records.iter().enumerate() {
        for link in record.links.iter().filter(|l| matches!(l.kind, LinkKind::DuplicateOf | LinkKind::DuplicatedBy)) {
            if let Some(b) = find(record, &link.target).filter(|b| *b != a) {
                ties.push(Tie { a, b, origin: GroupOrigin::Source, because: format!("duplicate link of {} ({})", record.key, link.at), score: None });
            }
        }
    }
    ties.extend(alias_ties(records));
    ties
}

/// One flaw under several names: records of different systems, or of one component, that share an id or alias.
///
/// One CVE filed for several packages of one system is several defects: each needs its own fix.
fn alias_ties(records: &[Record]) -> Vec<Tie> {
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        names.entry(record.key.id().to_lowercase()).or_default().push(at);
        for link in record.links.iter().filter(|l| l.kind == LinkKind::Alias) {
            names.entry(link.target.to_lowercase()).or_default().push(at);
        }
    }
    let mut ties = Vec::new();
    for (name, mut holders) in names {
        holders.dedup();
        let named_like_a_flaw = name.contains('-');
        for (n, b) in holders.iter().enumerate().skip(1).filter(|_| named_like_a_flaw) {
            let joins = |a: &&usize| {
                let (a, b) = (&records[**a], &records[*b]);
                a.key != b.key && (a.key.system() != b.key.system() || (a.components == b.components && a.team.value() == b.team.value()))
            };
            if let Some(a) = holders[..n].iter().find(joins) {
                ties.push(Tie { a: *a, b: *b, origin: GroupOrigin::Source, because: format!("both are {}", name.to_uppercase()), score: None });
            }
        }
    }
    ties
}

/// Whether equal text can mean an equal defect: advisories carry their own identity, and two of them with one text are two flaws.
fn identified_by_text(record: &Record) -> bool {
    record.kind != Kind::Advisory && record.kind.is_defect()
}

/// Equal words in equal order, or an equal trace and message, within one system and project.
fn equal_ties(records: &[Record], sketches: &[Option<Sketch>], signatures: &[Option<String>]) -> Vec<Tie> {
    let mut whole: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate().filter(|(_, r)| identified_by_text(r)) {
        let home = format!("{} {}", record.key.system(), record.project.as_deref().unwrap_or(""));
        if let Some(sketch) = &sketches[at] {
            whole.entry((home.clone(), format!("equal content {:016x}", sketch.whole))).or_default().push(at);
        }
        if let Some(signature) = signatures.get(at).and_then(Option::as_ref) {
            whole.entry((home, format!("equal trace and message {signature}"))).or_default().push(at);
        }
    }
    let tie = |a: usize, b: usize, because: &str| Tie { a, b, origin: GroupOrigin::Certain, because: because.to_owned(), score: None };
    whole.iter().flat_map(|((_, why), all)| all.iter().skip(1).map(move |b| tie(all[0], *b, why)).collect::<Vec<_>>()).collect()
}

/// Near copies that share a band.
fn near_ties(records: &[Record], sketches: &[Option<Sketch>], settings: &FoldSettings) -> Vec<Tie> {
    let mut bands: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
    for (at, sketch) in sketches.iter().enumerate() {
        if let Some(sketch) = sketch.as_ref().filter(|_| identified_by_text(&records[at])) {
            sketch.bands().into_iter().enumerate().for_each(|band| bands.entry(band).or_default().push(at));
        }
    }
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    for all in bands.values().filter(|all| all.len() > 1) {
        let reach = if all.len() > settings.hot_key { 1 } else { all.len() };
        (0..reach).for_each(|n| pairs.extend(all[n + 1..].iter().map(|b| (all[n], *b))));
    }
    let similar = |(a, b): &(usize, usize)| {
        let value = sketches[*a].as_ref()?.similarity(sketches[*b].as_ref()?);
        let score = one_measure("near copy", value, settings.near_copy_from);
        (value >= settings.near_copy_from).then(|| Tie {
            a: *a,
            b: *b,
            origin: GroupOrigin::Suggested,
            because: format!("near copy: about {:.0} of 100 word triples shared", value * 100.0),
            score: Some(score),
        })
    };
    pairs.iter().filter_map(similar).collect()
}

/// Pairs whose words agree, by share of the record's own maximum in both directions.
fn score_ties(records: &[Record], settings: &FoldSettings) -> Vec<Tie> {
    let words: Vec<Words> = records.par_iter().map(Words::of).collect();
    let index = Lexical::new(&words);
    let best = |a: usize| -> Vec<Tie> {
        if !identified_by_text(&records[a]) {
            return Vec::new();
        }
        let found = index.similar(a, 5, |b| b != a && identified_by_text(&records[b]));
        found
            .into_iter()
            .filter(|(_, share)| *share >= settings.suggest_from)
            .map(|(b, share)| Tie {
                a,
                b,
                origin: GroupOrigin::Suggested,
                because: format!("words agree: score {:.2} of 1", share.min(1.0)),
                score: Some(one_measure("words", share.min(1.0), settings.suggest_from)),
            })
            .collect()
    };
    let all: Vec<Vec<Tie>> = (0..records.len()).into_par_iter().map(best).collect();
    all.into_iter().flatten().collect()
}

/// A score of one measure: log₂ of the value against the threshold, so that the threshold itself stands at even odds.
fn one_measure(what: &str, value: f64, threshold: f64) -> Score {
    let bits = LogOdds::from_bits(4.0 * (value.max(1e-6) / threshold).log2());
    Score::new(LogOdds(0), vec![Weight { what: what.into(), level: format!("{value:.3} against {threshold:.3}"), bits, cites: Vec::new() }])
}

/// Union–find with the pairs that must stay apart.
struct Groups {
    parent: Vec<usize>,
    members: Vec<Vec<usize>>,
    apart: BTreeSet<(usize, usize)>,
}

impl Groups {
    fn new(n: usize, decisions: &[&Decision], records: &[Record]) -> Self {
        let pair = |d: &&Decision| match &d.what {
            Decided::Different { a, b } => Some((place(records, a)?, place(records, b)?)),
            _ => None,
        };
        let apart = decisions.iter().filter_map(pair).flat_map(|(a, b)| [(a, b), (b, a)]).collect();
        Self { parent: (0..n).collect(), members: (0..n).map(|i| vec![i]).collect(), apart }
    }

    fn root(&self, at: usize) -> usize {
        if self.parent[at] == at { at } else { self.root(self.parent[at]) }
    }

    /// The pair that forbids to join the groups of `a` and `b`.
    fn forbidden(&self, a: usize, b: usize) -> Option<(usize, usize)> {
        if self.apart.is_empty() {
            return None;
        }
        let (a, b) = (&self.members[self.root(a)], &self.members[self.root(b)]);
        a.iter().flat_map(|x| b.iter().map(move |y| (*x, *y))).find(|pair| self.apart.contains(pair))
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            let (keep, gone) = if self.members[a].len() >= self.members[b].len() { (a, b) } else { (b, a) };
            let moved = std::mem::take(&mut self.members[gone]);
            for member in &moved {
                self.parent[*member] = keep;
            }
            self.members[keep].extend(moved);
        }
    }
}

/// Joins ties in order of authority, then strength, then place.
fn build(records: &[Record], mut ties: Vec<Tie>, decisions: &[&Decision], settings: &FoldSettings) -> Folded {
    ties.iter_mut().for_each(|t| (t.a, t.b) = (t.a.max(t.b), t.a.min(t.b)));
    let strength = |t: &Tie| t.score.as_ref().map_or(i64::MAX, |s| s.total().0);
    ties.sort_by(|x, y| {
        x.origin.cmp(&y.origin).then(strength(y).cmp(&strength(x))).then((x.a, x.b).cmp(&(y.a, y.b))).then(x.because.cmp(&y.because))
    });
    let folds = |origin| matches!(origin, GroupOrigin::Person | GroupOrigin::Source) || (origin == GroupOrigin::Certain && settings.fold_equal);
    let mut groups = Groups::new(records.len(), decisions, records);
    let mut kept: Vec<Tie> = Vec::new();
    let mut contradictions = Vec::new();
    for tie in ties.iter().filter(|t| folds(t.origin)) {
        if let Some((a, b)) = groups.forbidden(tie.a, tie.b) {
            if tie.origin == GroupOrigin::Person {
                contradictions.push((records[a].key.clone(), records[b].key.clone(), tie.because.clone()));
            }
        } else if groups.root(tie.a) != groups.root(tie.b) {
            groups.join(tie.a, tie.b);
            kept.push(tie.clone());
        }
    }
    let mut out: Vec<Group> = folded_groups(records, &groups, &kept);
    out.extend(suggested_groups(records, &groups, &ties, &folds));
    out.sort_by(|a, b| a.id.cmp(&b.id).then(a.origin.cmp(&b.origin)).then(a.members.cmp(&b.members)));
    Folded { groups: out, contradictions }
}

fn folded_groups(records: &[Record], groups: &Groups, kept: &[Tie]) -> Vec<Group> {
    let sets = groups.members.iter().filter(|m| m.len() > 1);
    sets.map(|set| {
        let root = groups.root(set[0]);
        let ties: Vec<&Tie> = kept.iter().filter(|t| groups.root(t.a) == root).collect();
        group(records, set, &ties, true)
    })
    .collect()
}

/// Suggestions stand as pairs: a suggestion never chains to a third record.
fn suggested_groups(records: &[Record], groups: &Groups, ties: &[Tie], folds: &impl Fn(GroupOrigin) -> bool) -> Vec<Group> {
    let mut seen = BTreeSet::new();
    let fresh = |t: &&Tie| {
        !folds(t.origin)
            && groups.root(t.a) != groups.root(t.b)
            && groups.forbidden(t.a, t.b).is_none()
            && seen.insert((groups.root(t.a), groups.root(t.b)))
    };
    ties.iter().filter(fresh).map(|t| group(records, &[t.a, t.b], &[t], false)).collect()
}

fn group(records: &[Record], set: &[usize], ties: &[&Tie], folded: bool) -> Group {
    let mut members: Vec<usize> = set.to_vec();
    members.sort_by_key(|at| (records[*at].when().map_or(i64::MAX, |m| m.seconds), records[*at].key.clone()));
    let mut keys: Vec<Key> = members.iter().map(|at| records[*at].key.clone()).collect();
    let id = keys[0].clone();
    keys.sort();
    let mut links: Vec<GroupLink> = ties.iter().map(|t| link(records, t)).collect();
    links.sort_by(|x, y| (&x.a, &x.b).cmp(&(&y.a, &y.b)));
    let origin = links.iter().map(|l| l.origin).max().unwrap_or(GroupOrigin::Suggested);
    let bridges = if links.len() > 1 { links.iter().map(|l| (l.a.clone(), l.b.clone())).collect() } else { Vec::new() };
    Group { id, members: keys, origin, folded, links, bridges }
}

fn link(records: &[Record], tie: &Tie) -> GroupLink {
    let order = |at: usize| (records[at].when().map_or(i64::MAX, |m| m.seconds), records[at].key.clone());
    let (late, early) = if order(tie.a) > order(tie.b) { (tie.a, tie.b) } else { (tie.b, tie.a) };
    GroupLink {
        a: records[late].key.clone(),
        b: records[early].key.clone(),
        origin: tie.origin,
        relation: relation(&records[late], &records[early]).into(),
        because: tie.because.clone(),
        score: tie.score.clone(),
    }
}

/// A match with an open record is a duplicate; with one already resolved when the later came, it came back (law J1).
pub fn relation(late: &Record, early: &Record) -> &'static str {
    match (early.status, early.resolved.value(), late.when()) {
        (Status::Resolved, Some(resolved), Some(when)) if resolved.seconds < when.seconds => "recurrence",
        _ => "duplicate",
    }
}
