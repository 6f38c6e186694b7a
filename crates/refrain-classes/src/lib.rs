//! How does it keep failing, and what would have stopped it?

pub mod buckets;
pub mod caveats;
pub mod cluster;
pub mod controls;
pub mod cost;
pub mod defect;
pub mod deployments;
pub mod discover;
pub mod effect;
pub mod enrich;
pub mod evidence;
mod explain;
pub mod forecast;
pub mod gaps;
pub mod gate;
pub mod history;
pub mod input;
mod law;
pub mod lexicon;
pub mod lineage;
pub mod matrix;
pub mod metrics;
pub mod model;
mod name;
pub mod phrase;
pub mod phrases;
pub mod place;
pub mod profile;
pub mod recurrence;
pub mod settings;
pub mod stages;
pub mod summary;
pub mod text;
pub mod view;
pub mod words;

#[cfg(test)]
mod cases;

pub use defect::Defect;
pub use lexicon::{CueHit, Lexicon, LexiconError};
pub use model::{ClassModel, boilerplate, fit, mechanism_weights};
pub use place::{Placement, place};
pub use settings::{Abstain, ClassSettings};
