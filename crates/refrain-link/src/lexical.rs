//! BM25F over title and body: which earlier records speak in the same words?
//!
//! Weights as fitted on one public tracker for duplicate reports (REP, Sun et al. 2011, without its categorical fields): title
//! 13, body 1, b .95, k1 16, k3 4. The score of a record against itself is its own maximum, so `score / own` lies in 0..1.

use std::collections::BTreeMap;

use refrain_record::{Record, Role};

use crate::tokens::counts;

/// Weight of a term in the title against one in the body.
const TITLE: f64 = 13.0;
/// Length normalisation of both fields.
const B: f64 = 0.95;
/// Saturation of a candidate's term weight.
const K1: f64 = 16.0;
/// Saturation of a query's term weight.
const K3: f64 = 4.0;
/// Rarest terms of a query that look for candidates; the rest only score them. Bounds the cost of a long query.
const LOOKING: usize = 24;
/// Records that these terms may bring in all; what is in everything only scores.
const READ: usize = 4_000;
/// Terms that look whatever they bring: a record of common words is looked for by its least common ones.
const ALWAYS_LOOKING: usize = 3;

/// Words of one record by field. Only what stood there when it was filed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// Stem and count in the title.
    pub title: BTreeMap<String, u32>,
    /// Stem and count in everything else that was filed.
    pub body: BTreeMap<String, u32>,
}

impl Words {
    /// Of a record. Stack traces and environment stay in: they are words of the identity view.
    pub fn of(record: &Record) -> Self {
        let mut body = BTreeMap::new();
        for section in record.filed().filter(|s| s.role != Role::Title) {
            for (term, n) in counts(&section.text) {
                *body.entry(term).or_default() += n;
            }
        }
        Self { title: counts(record.title()), body }
    }

    /// Whether there is anything to compare.
    pub fn is_empty(&self) -> bool {
        self.title.is_empty() && self.body.is_empty()
    }
}

/// Term weights of one record in the index: `TITLE · tf/norm + tf/norm`, and the query weight `13 · q_title + q_body`.
struct Row {
    term: u32,
    weight: f32,
    query: f32,
}

/// Inverted index over records in a fixed order.
pub struct Lexical {
    rows: Vec<Vec<Row>>,
    postings: Vec<Vec<(u32, f32)>>,
    idf: Vec<f64>,
}

impl Lexical {
    /// Indexes records in the order given; place in the order is their number.
    pub fn new(words: &[Words]) -> Self {
        let lengths = |f: fn(&Words) -> &BTreeMap<String, u32>| words.iter().map(|w| f(w).values().sum::<u32>() as f64).collect::<Vec<f64>>();
        let (titles, bodies) = (lengths(|w| &w.title), lengths(|w| &w.body));
        let mean = |l: &[f64]| {
            if l.is_empty() { 1.0 } else { (l.iter().sum::<f64>() / l.len() as f64).max(1.0) }
        };
        let (title_mean, body_mean) = (mean(&titles), mean(&bodies));
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        for term in words.iter().flat_map(|w| w.title.keys().chain(w.body.keys())) {
            let next = numbers.len() as u32;
            numbers.entry(term).or_insert(next);
        }
        let mut postings: Vec<Vec<(u32, f32)>> = vec![Vec::new(); numbers.len()];
        let mut rows = Vec::with_capacity(words.len());
        for (doc, w) in words.iter().enumerate() {
            let norm = |length: f64, mean: f64| 1.0 - B + B * length / mean;
            let (title_norm, body_norm) = (norm(titles[doc], title_mean), norm(bodies[doc], body_mean));
            let mut row: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
            for (field, factor, norm) in [(&w.title, TITLE, title_norm), (&w.body, 1.0, body_norm)] {
                for (term, n) in field {
                    let slot = row.entry(numbers[term.as_str()]).or_default();
                    slot.0 += factor * f64::from(*n) / norm;
                    slot.1 += factor * f64::from(*n);
                }
            }
            row.iter().for_each(|(term, (weight, _))| postings[*term as usize].push((doc as u32, *weight as f32)));
            rows.push(row.into_iter().map(|(term, (weight, query))| Row { term, weight: weight as f32, query: query as f32 }).collect());
        }
        let n = words.len() as f64;
        let idf = postings.iter().map(|p| (1.0 + (n - p.len() as f64 + 0.5) / (p.len() as f64 + 0.5)).ln()).collect();
        Self { rows, postings, idf }
    }

    /// The score of a record against itself: its maximum.
    fn own(&self, doc: usize) -> f64 {
        self.rows[doc].iter().map(|r| self.term_score(r, f64::from(r.weight))).sum()
    }

    fn term_score(&self, query: &Row, weight: f64) -> f64 {
        let q = f64::from(query.query);
        self.idf[query.term as usize] * weight / (K1 + weight) * (K3 + 1.0) * q / (K3 + q)
    }

    /// Up to `top` other records by `score / own`, best first, ties by place. `accept` says which may be candidates.
    pub fn similar(&self, doc: usize, top: usize, accept: impl Fn(usize) -> bool) -> Vec<(usize, f64)> {
        let own = self.own(doc);
        if own <= 0.0 {
            return Vec::new();
        }
        let mut looking: Vec<&Row> = self.rows[doc].iter().collect();
        looking.sort_by(|a, b| self.postings[a.term as usize].len().cmp(&self.postings[b.term as usize].len()).then(a.term.cmp(&b.term)));
        let (look, rest) = looking.split_at(self.looking(&looking));
        let mut found: Vec<(u32, f64)> = Vec::new();
        for row in look {
            let others = self.postings[row.term as usize].iter().filter(|(other, _)| *other as usize != doc && accept(*other as usize));
            found.extend(others.map(|(other, weight)| (*other, self.term_score(row, f64::from(*weight)))));
        }
        // Stable, so that the terms of a candidate are summed in one order.
        found.sort_by_key(|(other, _)| *other);
        let mut first: Vec<(u32, f64)> = found.chunk_by(|a, b| a.0 == b.0).map(|terms| (terms[0].0, terms.iter().map(|t| t.1).sum())).collect();
        first.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        first.truncate(top * 4);
        let mut out: Vec<(usize, f64)> =
            first.into_iter().map(|(other, sum)| (other as usize, (sum + self.over(rest, other as usize)) / own)).collect();
        out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        out.truncate(top);
        out
    }

    /// How many of these terms, rarest first, look for candidates.
    fn looking(&self, rarest: &[&Row]) -> usize {
        let mut read = 0;
        let mut within = |(at, row): (usize, &&Row)| {
            read += self.postings[row.term as usize].len();
            at < ALWAYS_LOOKING || read <= READ
        };
        rarest.iter().take(LOOKING).enumerate().take_while(|row| within((row.0, row.1))).count()
    }

    /// Score of the query's terms `rows` on one candidate.
    fn over(&self, rows: &[&Row], other: usize) -> f64 {
        let find = |term: u32| self.rows[other].binary_search_by_key(&term, |r| r.term).ok().map(|at| f64::from(self.rows[other][at].weight));
        rows.iter().filter_map(|row| find(row.term).map(|weight| self.term_score(row, weight))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use refrain_record::{Key, Kind};

    fn words(n: usize, title: &str, body: &str) -> Words {
        let key: Key = format!("T:{n}").parse().unwrap();
        let mut record = Record::new(key, Kind::Issue, title);
        record.add_section(Role::Description, "description", body);
        Words::of(&record)
    }

    #[test]
    fn the_same_words_come_first_and_score_one() {
        let all = [
            words(1, "Refund booked twice after timeout", "the client repeats the post"),
            words(2, "Login page is blank", "nothing is shown"),
            words(3, "Refund booked twice after timeout", "the client repeats the post"),
            words(4, "", ""),
        ];
        let index = Lexical::new(&all);
        let found = index.similar(2, 3, |_| true);
        assert_eq!(found[0].0, 0);
        assert!((found[0].1 - 1.0).abs() < 1e-9);
        assert!(index.similar(3, 3, |_| true).is_empty(), "nothing to compare");
    }
}
