//! The words of refrain: what a record is, what a person decided, what was found.
//!
//! This room holds types and the small total functions that keep them honest (a key parses or it does not, a score is the sum
//! of its terms, a span can be re-checked by hash). It never touches a file, a clock, the environment or a random number, and it
//! does no statistics.

pub mod catalogue;
pub mod decision;
pub mod findings;
pub mod key;
pub mod known;
pub mod record;
pub mod score;
pub mod text;
pub mod time;
pub mod unite;

pub use catalogue::{Control, Cue, CueStrength, Mechanism, Stage, StageModel};
pub use decision::{Decided, Decision, DecisionLog};
pub use key::{Key, KeyError, SystemName};
pub use known::Known;
pub use record::{Bucket, CostItem, CostUnit, Kind, Link, LinkKind, Record, Severity, Source, Status};
pub use score::{LogOdds, Score, Weight};
pub use text::{Citation, Role, Section, SpanHash};
pub use time::{Moment, Precision, Zone};
pub use unite::{Conflict, canonical_json, content_hash, records_hash, text_hash, unite_all};
