//! Asking the index: a search for people, candidates for the program.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use refrain_record::Key;

use super::fields::{FieldKind, field};
use super::index::{KEY, SearchIndex};
use super::matching::{Docs, Segment};
use super::query::Expr;
use super::scoring::{Blend, Wanted, idf};
use crate::error::{At, Result, StoreError, StoreErrorKind};

/// The order of what was found. Ties go by key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The best answer first.
    #[default]
    Relevance,
    /// By `time`, the newest first; records without one last.
    Newest,
    /// By `time`, the oldest first; records without one last.
    Oldest,
    /// By `cost`, the most expensive first; records without one last.
    Costliest,
}

/// What a person asks for.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// The query.
    pub expr: &'r Expr,
    /// In which order.
    pub order: Order,
    /// Hits to leave out at the beginning.
    pub skip: usize,
    /// Hits to give at most.
    pub limit: usize,
    /// Fields of names whose values are to be counted over everything that was found.
    pub facets: &'r [&'r str],
}

/// One record that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The record.
    pub key: Key,
    /// How well it answers, in millionths; 0 where the query has no words.
    pub score: i64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Records that the query asks for.
    pub total: u64,
    /// Records that were looked at.
    pub searched: u64,
    /// The first of them in the order asked for.
    pub hits: Vec<Hit>,
    /// Values by field with their number of records, the most frequent first, then by name.
    pub facets: BTreeMap<String, Vec<(String, u64)>>,
}

/// Records that share words with a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// The best first, ties by key.
    pub hits: Vec<Hit>,
    /// Records that were looked at.
    pub searched: u64,
    /// Records that the filter left out.
    pub excluded: u64,
    /// Records that share a word and are not among the hits because of the limit.
    pub cut: u64,
}

/// A record by its place in the index, with what it is sorted by (higher first) and its score.
#[derive(Clone, Copy)]
struct Ranked {
    rank: i64,
    score: i64,
    segment: usize,
    doc: u32,
}

impl SearchIndex {
    /// Finds what a query asks for. Errors: the index is broken.
    pub fn search(&self, request: &Request<'_>) -> Result<Found> {
        self.guarded(|| self.search_inner(request))
    }

    /// The records that answer a list of words best, among those that `filter` lets through. Weights and averages are the caller's
    /// (a model's), so that the answer depends on nothing but the records.
    pub fn candidates(&self, wanted: &[Wanted], blend: &Blend, limit: usize, filter: Option<&Expr>) -> Result<Candidates> {
        self.guarded(|| self.candidates_inner(wanted, blend, limit, filter))
    }

    /// A broken file can make the engine below panic; that is an answer ("build the index anew"), not the end of the program.
    fn guarded<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            let kind = StoreErrorKind::Index("a file of the index is broken".into());
            Err(StoreError::new(self.folder(), kind))
        })
    }

    fn search_inner(&self, request: &Request<'_>) -> Result<Found> {
        let segments = Segment::all(self);
        let matching: Vec<Docs> = segments.iter().map(|s| s.matching(request.expr)).collect::<Result<_>>()?;
        let (wanted, blend) = self.wanted_of(request.expr)?;
        let mut ranked = Vec::new();
        for (at, (segment, docs)) in segments.iter().zip(&matching).enumerate() {
            let scores = self.scores(segment, &wanted, &blend, docs)?;
            let score = |doc: u32| scores.of(doc);
            let rank = self.ranks(segment, request.order)?;
            ranked.extend(docs.iter().map(|doc| Ranked { rank: rank(doc).unwrap_or_else(|| score(doc)), score: score(doc), segment: at, doc }));
        }
        let mut facets = BTreeMap::new();
        for name in request.facets {
            facets.insert((*name).to_owned(), self.facet(&segments, &matching, name)?);
        }
        let total = ranked.len() as u64;
        let mut hits = self.best(&segments, ranked, request.skip.saturating_add(request.limit))?;
        hits.drain(..request.skip.min(hits.len()));
        Ok(Found { total, searched: self.len(), hits, facets })
    }

    fn candidates_inner(&self, wanted: &[Wanted], blend: &Blend, limit: usize, filter: Option<&Expr>) -> Result<Candidates> {
        let segments = Segment::all(self);
        let (mut ranked, mut open) = (Vec::new(), 0);
        for (at, segment) in segments.iter().enumerate() {
            let docs = segment.matching(filter.unwrap_or(&Expr::All))?;
            open += docs.len();
            let scores = self.scores(segment, wanted, blend, &docs)?;
            ranked.extend(scores.scored().map(|(doc, score)| Ranked { rank: score, score, segment: at, doc }));
        }
        let sharing = ranked.len() as u64;
        let hits = self.best(&segments, ranked, limit)?;
        let cut = sharing - hits.len() as u64;
        Ok(Candidates { hits, searched: self.len(), excluded: self.len() - open, cut })
    }

    /// Words of a query with their weight, counted over the living records.
    fn wanted_of(&self, expr: &Expr) -> Result<(Vec<Wanted>, Blend)> {
        let blend = self.search_blend()?;
        let words: BTreeSet<String> = expr.wanted_words().into_iter().flat_map(|(_, words)| words).collect();
        let terms: Vec<&str> = words.iter().map(String::as_str).collect();
        let holding = self.document_frequencies(&terms, &blend)?;
        let wanted = words.iter().zip(holding).map(|(term, n)| Wanted { term: term.clone(), weight: idf(self.len(), n) }).collect();
        Ok((wanted, blend))
    }

    /// What a record is sorted by, higher first; nothing where the score decides.
    fn ranks(&self, segment: &Segment<'_>, order: Order) -> Result<Box<dyn Fn(u32) -> Option<i64>>> {
        let columns = segment.reader.fast_fields();
        Ok(match order {
            Order::Relevance => Box::new(|_| None),
            Order::Costliest => {
                let column = columns.f64("cost").at(self.folder())?;
                // In millionths, as the scores are; beyond 9 billion all are equally expensive.
                Box::new(move |doc| Some(column.first(doc).map_or(i64::MIN, |cost| (cost * 1e6).round() as i64)))
            }
            Order::Newest | Order::Oldest => {
                let (column, sign) = (columns.i64("time").at(self.folder())?, if order == Order::Newest { 1 } else { -1 });
                Box::new(move |doc| Some(column.first(doc).map_or(i64::MIN, |time| time.saturating_mul(sign))))
            }
        })
    }

    /// The first `limit` by rank, ties by key as text.
    fn best(&self, segments: &[Segment<'_>], mut ranked: Vec<Ranked>, limit: usize) -> Result<Vec<Hit>> {
        if limit == 0 || ranked.is_empty() {
            return Ok(Vec::new());
        }
        if ranked.len() > limit {
            let (_, last, _) = ranked.select_nth_unstable_by_key(limit - 1, |r| Reverse(r.rank));
            let cut = last.rank;
            ranked.retain(|r| r.rank >= cut);
            self.keep_first_keys(segments, &mut ranked, cut, limit)?;
        }
        let mut named: Vec<(Reverse<i64>, String, i64)> = Vec::with_capacity(ranked.len());
        for (at, segment) in segments.iter().enumerate() {
            self.name(segment, ranked.iter().filter(|r| r.segment == at), &mut named)?;
        }
        named.sort();
        named.truncate(limit);
        named.into_iter().map(|(_, key, score)| Ok(Hit { key: self.parse_key(&key)?, score })).collect()
    }

    /// Of many records that share the last rank, keeps in each segment only those whose keys come first: keys are numbered in their
    /// order there, so that no key needs to be read for it.
    fn keep_first_keys(&self, segments: &[Segment<'_>], ranked: &mut Vec<Ranked>, cut: i64, limit: usize) -> Result<()> {
        if ranked.len() <= limit.saturating_mul(2) {
            return Ok(());
        }
        let (mut sure, tied): (Vec<Ranked>, Vec<Ranked>) = std::mem::take(ranked).into_iter().partition(|r| r.rank > cut);
        for (at, segment) in segments.iter().enumerate() {
            let Some(keys) = segment.strings(KEY)? else { continue };
            let mut here: Vec<(u64, Ranked)> =
                tied.iter().filter(|r| r.segment == at).map(|r| (keys.ords().first(r.doc).unwrap_or(u64::MAX), *r)).collect();
            here.sort_unstable_by_key(|(ord, _)| *ord);
            sure.extend(here.into_iter().take(limit).map(|(_, r)| r));
        }
        *ranked = sure;
        Ok(())
    }

    /// Reads the keys of one segment's records, in the order in which they lie there: neighbours share a block.
    fn name<'r>(&self, segment: &Segment<'_>, ranked: impl Iterator<Item = &'r Ranked>, out: &mut Vec<(Reverse<i64>, String, i64)>) -> Result<()> {
        let Some(keys) = segment.strings(KEY)? else { return Ok(()) };
        let mut by_ord: Vec<(u64, &Ranked)> = ranked.filter_map(|r| Some((keys.ords().first(r.doc)?, r))).collect();
        by_ord.sort_unstable_by_key(|(ord, _)| *ord);
        let ords: Vec<u64> = by_ord.iter().map(|(ord, _)| *ord).collect();
        let mut ranked = by_ord.iter().map(|(_, r)| r);
        let take = |key: &[u8]| {
            if let Some(r) = ranked.next() {
                out.push((Reverse(r.rank), String::from_utf8_lossy(key).into_owned(), r.score));
            }
        };
        keys.dictionary().sorted_ords_to_term_cb(&ords, take).at(self.folder())?;
        Ok(())
    }

    fn parse_key(&self, text: &str) -> Result<Key> {
        text.parse().map_err(|_| StoreError::new(self.folder(), StoreErrorKind::Index(format!("found the key `{text}`"))))
    }

    fn facet(&self, segments: &[Segment<'_>], matching: &[Docs], name: &str) -> Result<Vec<(String, u64)>> {
        let Some(row) = field(name).filter(|row| row.kind == FieldKind::Name) else {
            return Err(StoreError::refused(self.folder(), format!("found the facet `{name}`, expected a field of names (team, stage, class …)")));
        };
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for (segment, docs) in segments.iter().zip(matching) {
            let Some(column) = segment.strings(row.name)? else { continue };
            let (mut by_ord, mut values) = (vec![0u64; column.num_terms()], Vec::new());
            for doc in docs.iter() {
                values.clear();
                values.extend(column.ords().values_for_doc(doc));
                values.sort_unstable();
                values.dedup();
                values.iter().for_each(|ord| by_ord[*ord as usize] += 1);
            }
            for (ord, n) in (0..).zip(by_ord).filter(|(_, n)| *n > 0) {
                let mut value = String::new();
                column.ord_to_str(ord, &mut value).at(self.folder())?;
                *counts.entry(value).or_default() += n;
            }
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(counts)
    }
}
