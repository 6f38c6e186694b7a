//! BM25F: how well a record answers a list of words, in millionths, the same whatever the layout of the index.
//!
//! For each word the fields are blended first and saturated once: `t = Σ w · n / (1 − b + b · length / average)`, then
//! `weight · t / (k1 + t)`, rounded to a millionth and added up as integers. A word that stands in title and description is not
//! counted as if it were two words. Source: Robertson, Zaragoza & Taylor 2004 ("Simple BM25 extension to multiple weighted fields").

use std::collections::BTreeMap;

use tantivy::fieldnorm::FieldNormReader;

use super::fields::FIELDS;
use super::index::SearchIndex;
use super::matching::{Docs, Segment, searched_texts};
use crate::error::{At, Result};

/// A word that is looked for, and what it is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// As the index holds it (see [`super::terms`]).
    pub term: String,
    /// Its weight: inverse document frequency times its weight in the question. Finite, above 0.
    pub weight: f64,
}

/// One field of a blend.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldBlend {
    /// Name of a text field.
    pub field: &'static str,
    /// Weight of a word here, above 0.
    pub weight: f64,
    /// How much a long text is held against a word, 0 to 1.
    pub b: f64,
    /// Mean number of words, above 0.
    pub average: f64,
}

/// How fields make up one score.
#[derive(Clone, Debug, PartialEq)]
pub struct Blend {
    /// How soon a further occurrence stops counting, above 0.
    pub k1: f64,
    /// The fields; a field that is missing is not looked at.
    pub fields: Vec<FieldBlend>,
}

/// Saturation and length normalisation of a search: the values that most engines ship (Robertson's recommendation).
const K1: f64 = 1.2;
const B: f64 = 0.75;

impl SearchIndex {
    /// Mean number of words of each text field, over living records that have the field at all; 1 where none has.
    pub fn average_lengths(&self) -> Result<&BTreeMap<&'static str, f64>> {
        if let Some(lengths) = self.lengths.get() {
            return Ok(lengths);
        }
        let mut averages = BTreeMap::new();
        for name in searched_texts() {
            averages.insert(name, self.average_length(name)?);
        }
        Ok(self.lengths.get_or_init(|| averages))
    }

    fn average_length(&self, name: &str) -> Result<f64> {
        let (mut words, mut records) = (0u64, 0u64);
        for segment in Segment::all(self) {
            let lengths = self.field_lengths(&segment, name)?;
            for doc in segment.reader.doc_ids_alive() {
                let length = lengths.fieldnorm(doc);
                words += u64::from(length);
                records += u64::from(length > 0);
            }
        }
        Ok(if records == 0 { 1.0 } else { words as f64 / records as f64 })
    }

    fn field_lengths(&self, segment: &Segment<'_>, name: &str) -> Result<FieldNormReader> {
        segment.reader.get_fieldnorms_reader(self.field(name)?).at(self.folder())
    }

    /// The blend of a search over all texts, with the weights of the table of fields.
    pub fn search_blend(&self) -> Result<Blend> {
        let averages = self.average_lengths()?;
        let blend = |row: &super::fields::FieldRow| FieldBlend {
            field: row.name,
            weight: row.weight,
            b: B,
            average: averages.get(row.name).copied().unwrap_or(1.0),
        };
        Ok(Blend { k1: K1, fields: FIELDS.iter().filter(|row| row.weight > 0.0).map(blend).collect() })
    }

    /// In how many living records each word stands, in any of the fields of the blend.
    pub fn document_frequencies(&self, terms: &[&str], blend: &Blend) -> Result<Vec<u64>> {
        let segments = Segment::all(self);
        let alive: Vec<Docs> = segments.iter().map(Segment::alive).collect();
        let count = |term: &&str| {
            segments.iter().zip(&alive).try_fold(0, |sum, (segment, alive)| {
                let mut found = Docs::none(segment.reader.max_doc());
                for field in &blend.fields {
                    segment.counts(field.field, term, |doc, _| found.insert(doc))?;
                }
                Ok(sum + found.iter().filter(|doc| alive.contains(*doc)).count() as u64)
            })
        };
        terms.iter().map(count).collect()
    }

    /// Scores of the records of one segment that are in `among`.
    pub(super) fn scores(&self, segment: &Segment<'_>, wanted: &[Wanted], blend: &Blend, among: &Docs) -> Result<Scores> {
        let size = segment.reader.max_doc() as usize;
        let (mut scores, mut blended, mut touched) = (Scores { by_doc: vec![0; size], scored: Vec::new() }, vec![0f64; size], Vec::new());
        let fields = blend.fields.iter().map(|f| Ok((f, Norms::of(f, self.field_lengths(segment, f.field)?)))).collect::<Result<Vec<_>>>()?;
        for want in wanted {
            for (field, norms) in &fields {
                segment.counts(field.field, &want.term, |doc, count| {
                    if among.contains(doc) {
                        let sum = &mut blended[doc as usize];
                        if *sum == 0.0 {
                            touched.push(doc);
                        }
                        *sum += norms.factor(doc) * f64::from(count);
                    }
                })?;
            }
            for doc in touched.drain(..) {
                let sum = std::mem::take(&mut blended[doc as usize]);
                scores.add(doc, (want.weight * sum / (blend.k1 + sum) * 1e6).round() as i64);
            }
        }
        Ok(scores)
    }
}

/// Scores in millionths of the records of one segment.
pub(super) struct Scores {
    by_doc: Vec<i64>,
    /// Records with a score, in no order: a question touches few of them.
    scored: Vec<u32>,
}

impl Scores {
    fn add(&mut self, doc: u32, score: i64) {
        let sum = &mut self.by_doc[doc as usize];
        if *sum == 0 && score > 0 {
            self.scored.push(doc);
        }
        *sum += score.max(0);
    }

    /// 0 where no word stands.
    pub fn of(&self, doc: u32) -> i64 {
        self.by_doc[doc as usize]
    }

    /// Records with a score above 0, in no order.
    pub fn scored(&self) -> impl Iterator<Item = (u32, i64)> + '_ {
        self.scored.iter().map(|doc| (*doc, self.of(*doc)))
    }
}

/// `weight / (1 − b + b · length / average)` for each of the 256 lengths that the index tells apart.
struct Norms {
    factors: Vec<f64>,
    lengths: FieldNormReader,
}

impl Norms {
    fn of(field: &FieldBlend, lengths: FieldNormReader) -> Self {
        let average = field.average.max(f64::MIN_POSITIVE);
        let factor = |id: u8| field.weight / (1.0 - field.b + field.b * f64::from(FieldNormReader::id_to_fieldnorm(id)) / average);
        Self { factors: (0..=u8::MAX).map(factor).collect(), lengths }
    }

    fn factor(&self, doc: u32) -> f64 {
        self.factors[usize::from(self.lengths.fieldnorm_id(doc))]
    }
}

/// Inverse document frequency, never negative: a word in every record is worth next to nothing.
pub fn idf(records: u64, holding: u64) -> f64 {
    (1.0 + (records.saturating_sub(holding) as f64 + 0.5) / (holding as f64 + 0.5)).ln()
}
