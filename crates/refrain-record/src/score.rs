//! Scores as exact sums of weights.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Citation;

/// Log₂ odds in millionths of a bit: 0 = even, +1,000,000 = twice as likely.
///
/// An integer, so that a sum is exact and the same in any order (law B2): what is printed is what was computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LogOdds(pub i64);

impl LogOdds {
    /// From bits, rounded to the nearest millionth; what is not finite becomes 0.
    pub fn from_bits(bits: f64) -> Self {
        if bits.is_finite() { Self((bits * 1e6).round().clamp(-9e15, 9e15) as i64) } else { Self(0) }
    }

    /// From natural log odds.
    pub fn from_nats(nats: f64) -> Self {
        Self::from_bits(nats / std::f64::consts::LN_2)
    }

    /// In bits, for display and comparison with thresholds.
    pub fn bits(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The probability that these odds say, in 0..=1.
    pub fn probability(self) -> f64 {
        1.0 / (1.0 + (-self.bits() * std::f64::consts::LN_2).exp())
    }
}

impl Add for LogOdds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for LogOdds {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for LogOdds {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for LogOdds {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for LogOdds {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self(0), Add::add)
    }
}

impl fmt::Display for LogOdds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '−' } else { '+' };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
    }
}

/// One reason for or against: a weight with its why. The only thing a score can be made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Weight {
    /// Name of the measure, cue or term.
    pub what: String,
    /// The level reached or the value seen, as text (`same innermost frames`, `0.62 × 3.4`).
    pub level: String,
    /// What it adds.
    pub bits: LogOdds,
    /// Where it was seen, on either side; empty for a measure of fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<Quote>,
}

/// A cited span with the words that were seen there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// The lines.
    pub cite: Citation,
    /// First byte of the words within the section's text.
    pub start: u32,
    /// End of the words (half open) within the section's text.
    pub end: u32,
    /// The words: equal to the section's text at `start..end`.
    pub text: String,
}

/// Prior and weights. There is no setter: an explanation that does not add up cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ScoreForm", into = "ScoreForm")]
#[schemars(with = "ScoreForm")]
pub struct Score {
    prior: LogOdds,
    weights: Vec<Weight>,
}

impl Score {
    /// From the prior odds and all reasons.
    pub fn new(prior: LogOdds, weights: Vec<Weight>) -> Self {
        Self { prior, weights }
    }

    /// What holds before anything is compared.
    pub fn prior(&self) -> LogOdds {
        self.prior
    }

    /// The reasons, in the order in which they were given.
    pub fn weights(&self) -> &[Weight] {
        &self.weights
    }

    /// `prior` + all weights. There is no other term.
    pub fn total(&self) -> LogOdds {
        self.weights.iter().fold(self.prior, |sum, w| sum + w.bits)
    }

    /// The total if the largest positive reason were missing (law B4); the total itself where there is none.
    pub fn without_largest(&self) -> LogOdds {
        let largest = self.weights.iter().map(|w| w.bits).max().unwrap_or_default();
        self.total() - largest.max(LogOdds(0))
    }
}

/// As written to files: with the total, which must equal the sum when read back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct ScoreForm {
    /// What holds before anything is compared, in millionths of a bit.
    prior: LogOdds,
    /// The reasons.
    weights: Vec<Weight>,
    /// `prior` + all weights, exactly.
    total: LogOdds,
}

impl From<Score> for ScoreForm {
    fn from(score: Score) -> Self {
        Self { total: score.total(), prior: score.prior, weights: score.weights }
    }
}

impl TryFrom<ScoreForm> for Score {
    type Error = String;
    fn try_from(form: ScoreForm) -> Result<Self, String> {
        let score = Self { prior: form.prior, weights: form.weights };
        if score.total() == form.total { Ok(score) } else { Err(format!("total {} differs from the sum of its terms {}", form.total, score.total())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tampered_total_is_refused() {
        let weight = Weight { what: "title".into(), level: "same".into(), bits: LogOdds(5), cites: Vec::new() };
        let score = Score::new(LogOdds(-3), vec![weight]);
        assert_eq!(score.total(), LogOdds(2));
        let json = serde_json::to_string(&score).unwrap();
        assert_eq!(serde_json::from_str::<Score>(&json).unwrap(), score);
        assert!(serde_json::from_str::<Score>(&json.replace("\"total\":2", "\"total\":3")).is_err());
    }
}
