//! One module a group of commands; each command is a function from a session to an outcome.

pub mod about;
pub mod classes;
pub mod decide;
pub mod documents;
pub mod eval;
pub mod eval_classes;
pub mod eval_traces;
pub mod gaps;
pub mod gate;
pub mod import;
pub mod inside;
pub mod label;
pub mod lookup;
pub mod mine;
pub mod model;
pub mod record_traces;
pub mod state;
