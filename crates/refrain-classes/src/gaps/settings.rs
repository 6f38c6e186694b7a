//! `[gaps]` of the configuration: horizon, thresholds, draws.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Forecast, ranking and metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GapSettings {
    /// Days ahead that forecasts and avoidable cost cover.
    pub horizon_days: u32,
    /// Independent events below which a class has no forecast.
    pub fewest_events: u64,
    /// Periods below which a class has no forecast.
    pub fewest_periods: u64,
    /// Draws behind intervals of avoidable cost and probabilities of rank; the seed is fixed.
    pub draws: u32,
    /// Values below which a duration has no median.
    pub fewest_durations: u64,
    /// Days after a release within which a defect is attributed to it.
    pub attribution_days: u32,
    /// Quality budget: open defects of severity 2 that a team may have.
    pub open_p2: u64,
    /// Quality budget: days that a defect of severity 1 may be open.
    pub p1_days: u32,
    /// Days after which an adopted control is looked at.
    pub effect_days: u32,
}

impl Default for GapSettings {
    fn default() -> Self {
        Self {
            horizon_days: 182,
            fewest_events: 3,
            fewest_periods: 2,
            draws: 4000,
            fewest_durations: 5,
            attribution_days: 14,
            open_p2: 20,
            p1_days: 7,
            effect_days: 60,
        }
    }
}

impl GapSettings {
    /// What is wrong, each with its key, what was found and what is expected; empty for good settings.
    pub fn problems(&self) -> Vec<String> {
        let whole = [
            ("horizon-days", u64::from(self.horizon_days), 1, 3_660),
            ("draws", u64::from(self.draws), 100, 200_000),
            ("fewest-events", self.fewest_events, 1, 1_000),
            ("fewest-periods", self.fewest_periods, 1, 1_000),
            ("fewest-durations", self.fewest_durations, 1, 1_000),
        ];
        let bad = whole.into_iter().filter(|(_, value, low, high)| value < low || value > high);
        bad.map(|(key, value, low, high)| format!("gaps.{key}: found {value}, expected {low} to {high}")).collect()
    }
}
