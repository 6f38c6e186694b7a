//! What every step after the placing of classes looks at.

use std::collections::BTreeMap;

use refrain_record::findings::DefectCost;
use refrain_record::{Control, Decision, Key, Mechanism, Moment, StageModel};

use crate::Defect;
use crate::controls::ControlList;
use crate::cost::CostModel;
use crate::deployments::Deployment;
use crate::gaps::GapSettings;
use crate::stages::Staging;

/// Everything that cost, recurrence, forecast, gaps and metrics are computed from. Nothing else decides them.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Defects sorted by key.
    pub defects: &'a [Defect<'a>],
    /// Stages and bucket of each defect, in the order of `defects`.
    pub staging: &'a [Staging],
    /// Cost of each defect, in the order of `defects`; nothing where nothing is known and no severity says what to assume.
    pub prices: &'a [Option<DefectCost>],
    /// Stages in order.
    pub stages: &'a StageModel,
    /// Rows of the mechanism lexicon.
    pub mechanisms: &'a [Mechanism],
    /// Rows of the control catalogue.
    pub controls: &'a [Control],
    /// Which control exists where.
    pub present: &'a ControlList,
    /// Decisions in force.
    pub decisions: &'a [&'a Decision],
    /// Releases of services, may be empty.
    pub deployments: &'a [Deployment],
    /// Rates and assumptions of cost.
    pub cost: &'a CostModel,
    /// Horizon, thresholds, draws.
    pub settings: &'a GapSettings,
    /// The moment that counts as now.
    pub as_of: Moment,
}

impl<'a> Input<'a> {
    /// Place of each defect by the key of its exemplar.
    pub fn places(&self) -> BTreeMap<&'a Key, usize> {
        self.defects.iter().enumerate().map(|(place, defect)| (defect.key(), place)).collect()
    }

    /// When the defect was noticed; nothing where that is unknown or after `as_of` (such a date is set aside from every series).
    pub fn at(&self, place: usize) -> Option<Moment> {
        self.defects[place].at().filter(|at| at.seconds <= self.as_of.seconds)
    }

    /// The catalogue row of that id.
    pub fn control(&self, id: &str) -> Option<&'a Control> {
        self.controls.iter().find(|c| c.id == id)
    }

    /// The lexicon row of that id.
    pub fn mechanism(&self, id: &str) -> Option<&'a Mechanism> {
        self.mechanisms.iter().find(|m| m.id == id)
    }
}
