//! How alike two traces are, frame by frame.
//!
//! An alignment over the frames of the whole chain, root cause first, maximises the weight of equal frames. A frame's weight falls
//! with its distance from the failure and rises with its rarity. Types and messages of the root speak too, where both are known.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Block, BlockKind, Frame, Noise, Trace};
use super::statistics::FrameStatistics;

/// Frames of one trace that are compared: bounds a pair at their square.
pub const FRAMES_COMPARED: usize = 96;

/// How alike two traces are.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TraceSimilarity {
    /// 0 to 1, rounded to millionths. 1 only where types, message shapes and all compared frames are equal.
    pub value: f64,
    /// Agreement of the frames alone, 0 to 1.
    pub frames: f64,
    /// Each frame that was aligned or left over, in the order of the first trace, then those left of the second.
    pub explained: Vec<FramePair>,
    /// Whether the roots' types are equal; nothing where one is unknown.
    pub types_equal: Option<bool>,
    /// Agreement of the roots' message shapes, 0 to 1; nothing where one is unknown.
    pub messages: Option<f64>,
}

/// One line of the explanation.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FramePair {
    /// Frame of the first trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<String>,
    /// Frame of the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<String>,
    /// Share of all weight that the pair agrees on, or that the frame left over takes away (below 0).
    pub weight: f64,
}

/// How weights are made. The numbers were chosen on one half of the queries of the evaluation.
const POSITION_FALL: f64 = 1.0;
/// Rarity, in nats, at which a frame counts half.
const RARITY_HALF: f64 = 4.0;
/// Factor for a kind of noise.
const NOISE_WEIGHTS: &[(Noise, f64)] =
    &[(Noise::None, 1.0), (Noise::Framework, 0.5), (Noise::Glue, 0.4), (Noise::Allocator, 0.3), (Noise::Raise, 0.1), (Noise::Entry, 0.1)];
/// Factor for a frame of which only the binary is known.
const BINARY_WEIGHT: f64 = 0.1;
/// Weight that agreement has to outweigh: two stacks of a few common frames are alike by chance.
const CHANCE: f64 = 0.15;
/// Factor for code that is not the program's own: many programs share it.
const FOREIGN_WEIGHT: f64 = 0.6;
/// What equal frames keep of their value where the roots' types differ: one failure has other types in other runtimes and layers.
const OTHER_TYPE: f64 = 0.95;
/// What they keep where messages have nothing in common.
const OTHER_MESSAGE: f64 = 0.8;
/// The most that traces reach which are not identical.
const NOT_IDENTICAL: f64 = 0.999;

/// A trace, ready to be compared with many others.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparable {
    frames: Vec<Weighted>,
    total: f64,
    ty: Option<String>,
    shape: Option<String>,
    words: BTreeSet<String>,
    language: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
struct Weighted {
    name: String,
    key: u64,
    weight: f64,
}

impl Comparable {
    /// Weighs the frames of a normalised trace.
    pub fn new(trace: &Trace, statistics: &FrameStatistics) -> Self {
        let mut depth = 0.0;
        let frames: Vec<Weighted> = sequence(trace).into_iter().map(|f| weighted(&mut depth, f, statistics)).collect();
        let root = trace.blocks.get(trace.root);
        Self {
            total: frames.iter().map(|f| f.weight).sum(),
            frames,
            ty: root.and_then(|b| b.exception_type.clone()).or_else(|| trace.exception_type.clone()),
            shape: trace.message_shape.clone(),
            words: root.and_then(|b| b.message.as_deref()).or(trace.message.as_deref()).map(words).unwrap_or_default(),
            language: trace.language,
        }
    }

    /// Whether there is nothing to compare: no frame has a name.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Names of the frames that are compared, root cause first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.frames.iter().map(|f| f.name.as_str())
    }
}

/// A frame's weight at a depth below the failure. Machinery hardly deepens it: the frame under `abort` is as near as one without it.
fn weighted(depth: &mut f64, frame: &Frame, statistics: &FrameStatistics) -> Weighted {
    let rarity = statistics.rarity(&frame.name, frame.noise);
    let rare = 1.0 / (1.0 + (RARITY_HALF - rarity).exp());
    let kind = NOISE_WEIGHTS.iter().find(|(n, _)| *n == frame.noise).map_or(1.0, |(_, w)| *w);
    let own = if frame.in_app.is || frame.noise != Noise::None { 1.0 } else { FOREIGN_WEIGHT };
    let own = if without_symbol(frame) { BINARY_WEIGHT } else { own };
    let weight = kind * own * rare / (1.0 + *depth).powf(POSITION_FALL);
    *depth += kind;
    Weighted { name: frame.name.clone(), key: key(&frame.name), weight }
}

/// Only the binary is known: nearly every crash of a platform passes through the same ones.
fn without_symbol(frame: &Frame) -> bool {
    frame.rules.iter().any(|t| t.rule.0 == "module-only")
}

/// FNV-1a: the same on every machine.
fn key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Frames with a name, those of the root cause first, then those of what wrapped it; the part that both print is taken once.
fn sequence(trace: &Trace) -> Vec<&Frame> {
    let mut out: Vec<&Frame> = Vec::new();
    let mut chain = trace.chain();
    chain.reverse();
    let members = trace.blocks.iter().enumerate().filter(|(_, b)| b.kind == BlockKind::Member).map(|(i, _)| i);
    for block in chain.into_iter().chain(members).filter_map(|i| trace.blocks.get(i)) {
        append(&mut out, block);
    }
    out.truncate(FRAMES_COMPARED);
    out
}

fn append<'t>(out: &mut Vec<&'t Frame>, block: &'t Block) {
    // Every turn of a recursion counts as printed: without them what lies below would stand too near to the failure.
    let named = block.frames.iter().filter(|f| !f.name.is_empty()).take(FRAMES_COMPARED);
    let before = out.len();
    named.for_each(|f| {
        if !out[..before].iter().any(|o| o.name == f.name) {
            out.push(f);
        }
    });
}

/// How alike two normalised traces are. Symmetric; costs at most `FRAMES_COMPARED` squared steps.
pub fn similarity(a: &Trace, b: &Trace, statistics: &FrameStatistics) -> TraceSimilarity {
    compare(&Comparable::new(a, statistics), &Comparable::new(b, statistics))
}

/// The value alone, for many pairs.
pub fn likeness(a: &Comparable, b: &Comparable) -> f64 {
    valued(a, b, frames_agree(a, b, &table(a, b)))
}

/// How alike two traces are, with the explanation.
pub fn compare(a: &Comparable, b: &Comparable) -> TraceSimilarity {
    let table = table(a, b);
    let frames = frames_agree(a, b, &table);
    TraceSimilarity {
        value: valued(a, b, frames),
        frames: rounded(frames),
        explained: explain(a, b, &table),
        types_equal: types_equal(a, b),
        messages: messages(a, b).map(rounded),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn frames_agree(a: &Comparable, b: &Comparable, table: &[f64]) -> f64 {
    let all = a.total + b.total + CHANCE;
    let best = table.last().copied().unwrap_or(0.0);
    (2.0 * best / all).clamp(0.0, 1.0)
}

/// Two traces without frames are not alike because both say nothing: only type and message are left to agree.
fn valued(a: &Comparable, b: &Comparable, frames: f64) -> f64 {
    let ty = match types_equal(a, b) {
        Some(false) => OTHER_TYPE,
        _ => 1.0,
    };
    let message = messages(a, b).map_or(1.0, |m| OTHER_MESSAGE + (1.0 - OTHER_MESSAGE) * m);
    let value = frames * ty * message;
    let identical = a.frames.len() == b.frames.len()
        && a.frames.iter().zip(&b.frames).all(|(x, y)| x.name == y.name)
        && a.ty == b.ty
        && a.shape == b.shape
        && a.total > CHANCE;
    rounded(if identical { 1.0 } else { value.min(NOT_IDENTICAL) })
}

/// Same type, its package aside: a repackaged or relocated class is the same.
fn types_equal(a: &Comparable, b: &Comparable) -> Option<bool> {
    let (x, y) = (a.ty.as_deref()?, b.ty.as_deref()?);
    let last = |t: &str| t.rsplit(['.', ':', '\\']).next().unwrap_or("").trim().to_owned();
    Some(x == y || (a.language == b.language && last(x) == last(y)))
}

/// Share of the words that two messages have in common; 1 where their shapes are equal and so are the names in them.
fn messages(a: &Comparable, b: &Comparable) -> Option<f64> {
    let all = a.words.union(&b.words).count();
    (!a.words.is_empty() && !b.words.is_empty()).then(|| a.words.intersection(&b.words).count() as f64 / all as f64)
}

/// Words of a message's first part, numbers left out.
fn words(message: &str) -> BTreeSet<String> {
    let kept = message.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| w.len() > 1 && !w.bytes().all(|b| b.is_ascii_digit()));
    kept.take(MESSAGE_WORDS).map(str::to_lowercase).collect()
}

/// Words of a message that are compared.
const MESSAGE_WORDS: usize = 60;

/// Best sums of agreeing weight for all pairs of beginnings, row by row; (n + 1) × (m + 1).
fn table(a: &Comparable, b: &Comparable) -> Vec<f64> {
    let (n, m) = (a.frames.len(), b.frames.len());
    let width = m + 1;
    let mut table = vec![0.0; (n + 1) * width];
    for i in 1..=n {
        for j in 1..=m {
            let (x, y) = (&a.frames[i - 1], &b.frames[j - 1]);
            let skip = f64::max(table[(i - 1) * width + j], table[i * width + j - 1]);
            let pair = if agree(x, y) { table[(i - 1) * width + j - 1] + x.weight.min(y.weight) } else { 0.0 };
            table[i * width + j] = skip.max(pair);
        }
    }
    table
}

fn agree(a: &Weighted, b: &Weighted) -> bool {
    a.key == b.key && a.name == b.name
}

/// The alignment behind the last cell of the table.
fn explain(a: &Comparable, b: &Comparable, table: &[f64]) -> Vec<FramePair> {
    let (mut i, mut j) = (a.frames.len(), b.frames.len());
    let width = j + 1;
    let all = a.total + b.total + CHANCE;
    let mut lines = Vec::new();
    let mut left = Vec::new();
    while i > 0 || j > 0 {
        let here = table[i * width + j];
        if i > 0 && j > 0 && agree(&a.frames[i - 1], &b.frames[j - 1]) && here > f64::max(table[(i - 1) * width + j], table[i * width + j - 1]) {
            (i, j) = (i - 1, j - 1);
            lines.push(pair(Some(&a.frames[i]), Some(&b.frames[j]), all));
        } else if i > 0 && (j == 0 || table[(i - 1) * width + j] >= table[i * width + j - 1]) {
            i -= 1;
            lines.push(pair(Some(&a.frames[i]), None, all));
        } else {
            j -= 1;
            left.push(pair(None, Some(&b.frames[j]), all));
        }
    }
    lines.reverse();
    left.reverse();
    lines.extend(left);
    lines
}

fn pair(a: Option<&Weighted>, b: Option<&Weighted>, all: f64) -> FramePair {
    let weight = match (a, b) {
        (Some(a), Some(b)) => 2.0 * a.weight.min(b.weight) / all,
        (one, other) => -one.or(other).map_or(0.0, |f| f.weight) / all,
    };
    FramePair { a: a.map(|f| f.name.clone()), b: b.map(|f| f.name.clone()), weight: rounded(weight) }
}

#[cfg(test)]
mod tests {
    use super::super::{UserRules, extract, normalise};
    use super::*;

    fn read(text: &str) -> Trace {
        let mut trace = extract(text).remove(0);
        normalise(&mut trace, &UserRules::default());
        trace
    }

    const WRAPPED: &str = "org.acme.JobFailure: settlement failed\n\tat org.acme.Runner.run(Runner.java:88)\nCaused by: java.sql.SQLException: pool 7 exhausted\n\tat com.pay.PoolGate.borrow(PoolGate.java:41)\n\tat com.pay.Ledger.flush(Ledger.java:19)\n\t... 1 more\n";
    const BARE: &str = "java.sql.SQLException: pool 9 exhausted\n\tat com.pay.PoolGate.borrow(PoolGate.java:43)\n\tat com.pay.Ledger.flush(Ledger.java:19)\n\tat com.pay.Main.main(Main.java:3)\n";
    const OTHER: &str = "java.io.IOException: no space\n\tat com.pay.Export.write(Export.java:12)\n\tat com.pay.Export.run(Export.java:9)\n";

    #[test]
    fn a_wrapped_cause_is_the_same_failure() {
        let stats = FrameStatistics::default();
        let (a, b, c) = (read(WRAPPED), read(BARE), read(OTHER));
        let near = similarity(&a, &b, &stats);
        assert!(near.value > 0.6 && near.value < 1.0, "{near:?}");
        assert_eq!(near.types_equal, Some(true));
        assert!(similarity(&a, &c, &stats).value < 0.1);
        assert_eq!(similarity(&a, &a, &stats).value, 1.0);
        assert_eq!(near.value, similarity(&b, &a, &stats).value);
        let agreed: f64 = near.explained.iter().map(|p| p.weight.max(0.0)).sum();
        assert!((agreed - near.frames).abs() < 1e-4, "the lines add up to the agreement of the frames");
    }
}
