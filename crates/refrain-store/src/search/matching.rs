//! Which records of a segment a query asks for, as a set of bits.

use std::fmt::Debug;
use std::ops::RangeInclusive;
use std::path::Path;

use tantivy::columnar::{Column, MonotonicallyMappableToU64, StrColumn};
use tantivy::postings::Postings;
use tantivy::query::{EnableScoring, PhraseQuery, Query};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::fields::{FIELDS, FieldKind, field};
use super::index::SearchIndex;
use super::query::Expr;
use crate::error::{At, Result};

/// Records of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docs {
    bits: Vec<u64>,
}

impl Docs {
    /// None of `size` records.
    pub fn none(size: u32) -> Self {
        Self { bits: vec![0; size.div_ceil(64) as usize] }
    }

    /// All of `size` records.
    pub fn all(size: u32) -> Self {
        let mut bits = vec![u64::MAX; size.div_ceil(64) as usize];
        if let Some(last) = bits.last_mut().filter(|_| !size.is_multiple_of(64)) {
            *last = (1 << (size % 64)) - 1;
        }
        Self { bits }
    }

    /// Adds one.
    pub fn insert(&mut self, doc: DocId) {
        self.bits[doc as usize / 64] |= 1 << (doc % 64);
    }

    /// Whether it is there.
    pub fn contains(&self, doc: DocId) -> bool {
        self.bits[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.bits.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = DocId> + '_ {
        self.bits.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                (left != 0).then(|| {
                    left &= left - 1;
                    at as u32 * 64 + bit
                })
            })
        })
    }

    fn and(mut self, other: &Self) -> Self {
        self.bits.iter_mut().zip(&other.bits).for_each(|(a, b)| *a &= b);
        self
    }

    fn or(mut self, other: &Self) -> Self {
        self.bits.iter_mut().zip(&other.bits).for_each(|(a, b)| *a |= b);
        self
    }

    fn without(mut self, other: &Self) -> Self {
        self.bits.iter_mut().zip(&other.bits).for_each(|(a, b)| *a &= !b);
        self
    }
}

/// One segment with what is needed to ask it.
pub struct Segment<'i> {
    /// The segment.
    pub reader: &'i SegmentReader,
    index: &'i SearchIndex,
    searcher: &'i Searcher,
    folder: &'i Path,
}

impl<'i> Segment<'i> {
    /// Every segment of an index.
    pub fn all(index: &'i SearchIndex) -> Vec<Self> {
        let of = |reader| Self { reader, index, searcher: &index.searcher, folder: index.folder() };
        index.searcher.segment_readers().iter().map(of).collect()
    }

    /// Records that were not deleted.
    pub fn alive(&self) -> Docs {
        if !self.reader.has_deletes() {
            return Docs::all(self.reader.max_doc());
        }
        let mut docs = self.none();
        self.reader.doc_ids_alive().for_each(|doc| docs.insert(doc));
        docs
    }

    /// Living records that the query asks for.
    pub fn matching(&self, expr: &Expr) -> Result<Docs> {
        let alive = self.alive();
        Ok(self.eval(expr, &alive)?.and(&alive))
    }

    fn eval(&self, expr: &Expr, alive: &Docs) -> Result<Docs> {
        Ok(match expr {
            Expr::All => alive.clone(),
            Expr::And(parts) => parts.iter().try_fold(alive.clone(), |all, part| Ok(all.and(&self.eval(part, alive)?)))?,
            Expr::Or(parts) => parts.iter().try_fold(self.none(), |any, part| Ok(any.or(&self.eval(part, alive)?)))?,
            Expr::Not(part) => alive.clone().without(&self.eval(part, alive)?),
            Expr::Words { field, words } => self.in_texts(*field, |name| self.phrase(name, words))?,
            Expr::Prefix { field, start } => self.in_texts(*field, |name| self.prefix(name, start))?,
            Expr::Name { field, name } => self.term(self.index.field(field)?, name)?,
            Expr::Range { field, low, high } => self.range(field, *low, *high)?,
            Expr::Any { field } => self.any(field)?,
        })
    }

    fn none(&self) -> Docs {
        Docs::none(self.reader.max_doc())
    }

    /// In the field named, or in any of the texts.
    fn in_texts(&self, name: Option<&str>, find: impl Fn(&str) -> Result<Docs>) -> Result<Docs> {
        match name {
            Some(name) => find(name),
            None => searched_texts().try_fold(self.none(), |any, name| Ok(any.or(&find(name)?))),
        }
    }

    fn phrase(&self, name: &str, words: &[String]) -> Result<Docs> {
        let field = self.index.field(name)?;
        let [first, _, ..] = words else { return self.term(field, words.first().map_or("", String::as_str)) };
        // A word that does not stand in the segment at all settles the matter without reading positions.
        if self.term(field, first)?.len() == 0 {
            return Ok(self.none());
        }
        let query = PhraseQuery::new(words.iter().map(|word| Term::from_field_text(field, word)).collect());
        let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher)).at(self.folder)?;
        let mut scorer = weight.scorer(self.reader, 1.0).at(self.folder)?;
        Ok(collect(scorer.as_mut(), self.none()))
    }

    fn term(&self, field: Field, word: &str) -> Result<Docs> {
        let inverted = self.reader.inverted_index(field).at(self.folder)?;
        let postings = inverted.read_postings(&Term::from_field_text(field, word), IndexRecordOption::Basic).at(self.folder)?;
        Ok(postings.map_or_else(|| self.none(), |mut postings| collect(&mut postings, self.none())))
    }

    fn prefix(&self, name: &str, start: &str) -> Result<Docs> {
        let inverted = self.reader.inverted_index(self.index.field(name)?).at(self.folder)?;
        let mut terms = inverted.terms().range().ge(start).into_stream().at(self.folder)?;
        let mut found = self.none();
        while terms.advance() && terms.key().starts_with(start.as_bytes()) {
            let postings = inverted.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic);
            found = collect(&mut postings.at(self.folder)?, found);
        }
        Ok(found)
    }

    /// `low` is the first value inside, `high` the first outside.
    fn range(&self, name: &str, low: Option<f64>, high: Option<f64>) -> Result<Docs> {
        let columns = self.reader.fast_fields();
        let found = if field(name).is_some_and(|row| row.kind == FieldKind::Day) {
            let (low, high) = (low.map_or(i64::MIN, |n| n.ceil() as i64), high.map_or(i64::MAX, |n| n.ceil() as i64 - 1));
            within(&columns.i64(name).at(self.folder)?, low..=high)
        } else {
            let (low, high) = (low.unwrap_or(f64::MIN), high.map_or(f64::MAX, f64::next_down));
            within(&columns.f64(name).at(self.folder)?, low..=high)
        };
        let mut out = self.none();
        found.into_iter().for_each(|doc| out.insert(doc));
        Ok(out)
    }

    fn any(&self, name: &str) -> Result<Docs> {
        let kind = field(name).map(|row| row.kind);
        let mut out = self.none();
        let mut keep = |has: &dyn Fn(DocId) -> bool| (0..self.reader.max_doc()).filter(|doc| has(*doc)).for_each(|doc| out.insert(doc));
        match kind {
            Some(FieldKind::Name) => {
                if let Some(column) = self.strings(name)? {
                    keep(&|doc| column.ords().first(doc).is_some());
                }
            }
            Some(FieldKind::Day) => {
                let column = self.reader.fast_fields().i64(name).at(self.folder)?;
                keep(&|doc| column.first(doc).is_some());
            }
            Some(FieldKind::Number) => {
                let column = self.reader.fast_fields().f64(name).at(self.folder)?;
                keep(&|doc| column.first(doc).is_some());
            }
            Some(FieldKind::Text) | None => {
                let lengths = self.reader.get_fieldnorms_reader(self.index.field(name)?).at(self.folder)?;
                keep(&|doc| lengths.fieldnorm(doc) > 0);
            }
        }
        Ok(out)
    }

    /// The column of a field of names (or of the key); nothing where no record has one.
    pub fn strings(&self, name: &str) -> Result<Option<StrColumn>> {
        self.reader.fast_fields().str(name).at(self.folder)
    }

    /// Words of one field: for each record that holds it, how often.
    pub fn counts(&self, name: &str, word: &str, mut take: impl FnMut(DocId, u32)) -> Result<()> {
        let field = self.index.field(name)?;
        let inverted = self.reader.inverted_index(field).at(self.folder)?;
        let postings = inverted.read_postings(&Term::from_field_text(field, word), IndexRecordOption::WithFreqs).at(self.folder)?;
        let Some(mut postings) = postings else { return Ok(()) };
        while postings.doc() != TERMINATED {
            take(postings.doc(), postings.term_freq());
            postings.advance();
        }
        Ok(())
    }
}

/// Records whose value lies in the range. Tantivy 0.27 answers a range that ends below the smallest value with the records of that
/// value (the range is shifted with saturation), so ranges outside of the column are settled here.
fn within<T: MonotonicallyMappableToU64 + PartialOrd + Copy + Debug + Send + Sync>(column: &Column<T>, range: RangeInclusive<T>) -> Vec<DocId> {
    let mut found = Vec::new();
    if *range.end() >= column.min_value() && *range.start() <= column.max_value() {
        column.get_docids_for_value_range(range, 0..column.num_docs(), &mut found);
    }
    found
}

/// Names of the texts that are searched where no field is named.
pub fn searched_texts() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().filter(|row| row.weight > 0.0).map(|row| row.name)
}

fn collect(found: &mut (impl DocSet + ?Sized), mut docs: Docs) -> Docs {
    let mut doc = found.doc();
    while doc != TERMINATED {
        docs.insert(doc);
        doc = found.advance();
    }
    docs
}
