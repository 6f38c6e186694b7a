//! Groups of records that fail alike: neighbours by wording and cues, communities of the graph, known mechanisms holding their ground.

use refrain_maths::communities::leiden;
use refrain_maths::dense::Dense;
use refrain_maths::neighbours::{mutual_edges, nearest};
use refrain_record::LogOdds;

use crate::evidence::Evidence;
use crate::settings::ClassSettings;

/// The mechanism that a record is a seed of: its cues are strong and unrivalled.
pub fn seed(evidence: &Evidence, settings: &ClassSettings) -> Option<usize> {
    let (mechanism, sum, next) = evidence.best()?;
    let strong = sum >= LogOdds::from_bits(settings.seed) && sum - next >= LogOdds::from_bits(settings.seed_margin);
    strong.then_some(mechanism)
}

/// Community of each record, numbered from 0 in order of first appearance. `labels`: class that a record is pinned to.
pub fn communities(evidence: &[&Evidence], labels: &[Option<u32>], settings: &ClassSettings) -> Vec<u32> {
    let points = hybrid(evidence, settings);
    let edges = mutual_edges(&nearest(&points, &points, settings.neighbours, true));
    leiden(&edges, labels, (settings.resolution * 1e6).round() as i64)
}

/// Wording and cues as one point: their scalar product is a weighted mean of the two likenesses. The part of the cues grows with how
/// much they say: with a fixed part, a poor lexicon does worse than none, because weak wrong evidence pulls strangers together.
fn hybrid(evidence: &[&Evidence], settings: &ClassSettings) -> Dense {
    let rank = evidence.iter().map(|e| e.point.len()).max().unwrap_or(0);
    let mechanisms = evidence.iter().flat_map(|e| &e.mechanisms).map(|m| m.0 + 1).max().unwrap_or(0);
    let mut points = Dense::zeros(evidence.len(), rank + mechanisms);
    for (at, evidence) in evidence.iter().enumerate() {
        let row = points.row_mut(at);
        let said: Vec<(usize, f64)> = evidence.mechanisms.iter().map(|(m, s)| (*m, s.bits().max(0.0))).collect();
        let length = said.iter().map(|(_, s)| s * s).sum::<f64>().sqrt();
        let most = said.iter().map(|(_, s)| *s).fold(0.0, f64::max);
        let part = settings.lexicon_part * (most / settings.lexicon_full).clamp(0.0, 1.0);
        row.iter_mut().zip(&evidence.point).for_each(|(x, p)| *x = p * (1.0 - part).sqrt() as f32);
        if length > 0.0 {
            said.iter().for_each(|(m, s)| row[rank + m] = (part.sqrt() * s / length) as f32);
        }
    }
    points
}
