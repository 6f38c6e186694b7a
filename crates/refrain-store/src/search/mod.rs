//! Looking records up: an index over their texts and fields, a query language, and candidates for comparison.
//!
//! The index (tantivy) is derived: it holds keys, words and columns, never the text itself, and is built anew whenever it is
//! missing, broken, or made from something else than what the store holds now. What tantivy would decide by itself is decided here,
//! because it depends there on how the index happens to lie on disk: scores come from statistics that are passed in or counted over
//! the living records, in fixed point, and ties go by key.

mod fields;
mod find;
mod index;
mod matching;
mod query;
mod scoring;
mod snippet;
mod words;

pub use fields::{FIELDS, FieldKind, FieldRow, IndexDoc};
pub use find::{Candidates, Found, Hit, Order, Request};
pub use index::SearchIndex;
pub use query::{Expr, QueryError, parse as parse_query};
pub use scoring::{Blend, FieldBlend, Wanted};
pub use snippet::{Snippet, snippet};
pub use words::{phrase_terms, terms};
