//! How common frames are: counts over a store, which merge, with a prior while they are few.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{Noise, Trace};

/// Traces that the prior is worth.
const PRIOR_TRACES: f64 = 200.0;
/// Names kept per trace.
const NAMES_PER_TRACE: usize = 2_048;

/// In how many traces each normalised frame stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameStatistics {
    /// Traces counted.
    pub traces: u64,
    /// Traces by name of a frame.
    pub frames: BTreeMap<String, u64>,
}

impl FrameStatistics {
    /// Counts a normalised trace.
    pub fn add(&mut self, trace: &Trace) {
        let names: BTreeSet<&str> =
            trace.blocks.iter().flat_map(|b| &b.frames).map(|f| f.name.as_str()).filter(|n| !n.is_empty()).take(NAMES_PER_TRACE).collect();
        self.traces += 1;
        for name in names {
            *self.frames.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// Adds the counts of another part. The order of parts does not matter.
    pub fn merge(&mut self, other: &Self) {
        self.traces += other.traces;
        for (name, count) in &other.frames {
            *self.frames.entry(name.clone()).or_default() += count;
        }
    }

    /// Rarity in nats, ≥ 0: how much it says that a frame of that name stands in a trace.
    ///
    /// Minus the logarithm of its share of traces, which starts at what is usual for its kind of noise.
    pub fn rarity(&self, name: &str, noise: Noise) -> f64 {
        let seen = self.frames.get(name).copied().unwrap_or(0) as f64;
        let expected = usual_share(noise);
        -((seen + PRIOR_TRACES * expected) / (self.traces as f64 + PRIOR_TRACES)).min(1.0).ln()
    }
}

/// Share of traces that hold a frame of that kind, before anything was counted.
fn usual_share(noise: Noise) -> f64 {
    match noise {
        Noise::None => 0.005,
        Noise::Allocator | Noise::Framework => 0.05,
        Noise::Glue => 0.1,
        Noise::Raise | Noise::Entry => 0.3,
    }
}
