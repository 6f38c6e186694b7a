//! Rows of the tables in `data/`: stages, mechanisms, controls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One stage of delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stage {
    /// Name in configuration and output (`contract`).
    pub id: String,
    /// As people read it (`Contract test`).
    pub name: String,
    /// Short head of a table column (`Contract`).
    pub short: String,
    /// A defect found here has reached users or live data.
    #[serde(default)]
    pub production: bool,
    /// Words that name this stage in fields of sources, lower case.
    #[serde(default)]
    pub words: Vec<String>,
}

/// The ordered stages, earliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageModel {
    /// Earliest first.
    pub stage: Vec<Stage>,
}

impl StageModel {
    /// Place in the order, from 0; nothing for an unknown id.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.stage.iter().position(|s| s.id == id)
    }

    /// The stage of that id.
    pub fn get(&self, id: &str) -> Option<&Stage> {
        self.stage.iter().find(|s| s.id == id)
    }
}

/// How strongly a cue speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CueStrength {
    /// Says what the mechanism is (weight 5 to 6).
    Names,
    /// Says how it works (weight 3 to 4).
    Describes,
    /// Only breaks ties (weight 1 to 2).
    Hints,
    /// Speaks against it, for a sibling (weight −2 to −3).
    Against,
}

/// A phrase that speaks for or against a mechanism.
///
/// `pattern` is a small phrase language, compiled into one automaton over all cues: words separated by blanks match words in
/// order; `word*` matches any ending; `(a|b c)` is a choice; `(a|b)?` may be missing; `_` is any one word; `..` is up to three words.
/// Matching is on lower-cased words; hyphens, underscores and camel-case humps separate words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// The phrase.
    pub pattern: String,
    /// How strongly it speaks.
    pub strength: CueStrength,
    /// Its weight in units of the score: 1 to 6, or −2 to −3 with [`CueStrength::Against`].
    pub weight: i8,
}

/// One way in which things fail, in terms that hold for any team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mechanism {
    /// Name in files (`retry-repeats-effect`).
    pub id: String,
    /// As people read it, at most 46 characters (`A retry repeats an effect that must happen once`).
    pub name: String,
    /// Its shape in one sentence.
    pub shape: String,
    /// What it is not, with the sibling that is meant then.
    pub not: String,
    /// Family above it (`concurrency`), one of eight to twelve.
    pub family: String,
    /// Stage at which it can typically be found first, at reasonable cost.
    pub ideal_stage: String,
    /// Ids of controls that would stop it, the best first.
    pub controls: Vec<String>,
    /// CWE ids (`CWE-362`), may be empty.
    #[serde(default)]
    pub cwe: Vec<String>,
    /// ODC defect types (`timing/serialization`), may be empty.
    #[serde(default)]
    pub odc: Vec<String>,
    /// Phrases for and against.
    pub cue: Vec<Cue>,
}

/// Something in the process that would have stopped a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Control {
    /// Name in files (`replay-test`).
    pub id: String,
    /// As people read it, at most 62 characters with the word before it (`replay test where money, stock or mail moves`).
    pub name: String,
    /// What kind of thing it is (`contract test`, `lint rule`, `review gate`, `environment parity`, `alert`, `design guideline` …).
    pub kind: String,
    /// Stage at which it speaks.
    pub stage: String,
    /// What it catches, in one sentence.
    pub catches: String,
    /// Phrases that say it was missing (`no test`, `not covered`), in the phrase language of [`Cue::pattern`].
    #[serde(default)]
    pub missing: Vec<String>,
    /// Phrases that say it was there and failed or was bypassed.
    #[serde(default)]
    pub failed: Vec<String>,
    /// Days of work to put it in place for one team, low and high.
    pub days: [f64; 2],
    /// Share of the class that it plausibly catches before evidence speaks, 0..1.
    pub share: f64,
    /// Text for the ticket: what to build.
    pub ticket: String,
    /// Acceptance test for the ticket.
    pub accept: String,
}
