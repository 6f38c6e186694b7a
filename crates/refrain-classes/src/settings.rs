//! Settings of the classes: one set for every corpus.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::view::ViewSettings;

/// Whether a record that fits little is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Abstain {
    /// What fits nothing well enough stays unclassified.
    #[default]
    Default,
    /// Everything goes where it fits best. For comparison with methods that cannot abstain.
    Forced,
}

/// How classes are found and records placed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassSettings {
    /// The mechanism view.
    pub view: ViewSettings,
    /// Whether a record that fits little is left out.
    pub abstain: Abstain,
    /// Nearest neighbours in the graph.
    pub neighbours: usize,
    /// Mean likeness above which a group of records holds together, 0..1.
    pub resolution: f64,
    /// Part of the likeness that the lexicon may have where it speaks fully, 0..1.
    pub lexicon_part: f64,
    /// Bits of cues at which the lexicon speaks fully.
    pub lexicon_full: f64,
    /// Bits of cues from which a record is a seed of its mechanism.
    pub seed: f64,
    /// Bits by which a seed's mechanism must lead.
    pub seed_margin: f64,
    /// Bits that full likeness of wording is worth where nothing may be left out.
    pub wording: f64,
    /// Part of its bits that a word that holds a class together speaks with: words of one sentence are no independent witnesses.
    pub word_part: f64,
    /// Bits that a record needs to join a class.
    pub needed: f64,
    /// Bits between the best and the next class under which a member is near the border.
    pub border: f64,
    /// Members of the smallest class that is found rather than known.
    pub smallest: usize,
}

impl Default for ClassSettings {
    fn default() -> Self {
        Self {
            view: ViewSettings::default(),
            abstain: Abstain::Default,
            neighbours: 20,
            resolution: 0.03,
            lexicon_part: 0.3,
            lexicon_full: 8.0,
            seed: 6.0,
            seed_margin: 2.0,
            wording: 10.0,
            word_part: 0.5,
            needed: 3.0,
            border: 1.0,
            smallest: 3,
        }
    }
}
