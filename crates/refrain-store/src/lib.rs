//! Records and decisions kept, and looked up again.
//!
//! Two kinds of state lie in the store folder (`.refrain/` by default). *Ground state* in `refrain.db` (SQLite) is never lost and
//! only ever appended to: parts as imported, decisions, lineage, model files, the run log. *Derived state* in `index/` (tantivy)
//! can be thrown away at any time and is built anew from the ground state.
//!
//! This room takes the time from its caller and reads no environment; it never decides what a record means.

mod check;
mod decisions;
mod error;
mod files;
mod forget;
mod import;
mod models;
mod notes;
mod records;
mod runs;
mod schema;
pub mod search;
mod state_export;
mod state_import;
mod store;
mod upkeep;

pub use check::Fault;
pub use decisions::{AuditFault, decision_hash, named};
pub use error::{StoreError, StoreErrorKind};
pub use forget::{Forgotten, Tombstone};
pub use import::{FileDone, FileNote, Import, Put, RunSummary};
pub use models::ModelInForce;
pub use notes::Summary;
pub use records::{Names, Revision, Stored};
pub use runs::{Run, RunFile, RunState};
pub use state_export::StateScope;
pub use state_import::StateReport;
pub use store::{Access, Store};
pub use upkeep::IndexState;
