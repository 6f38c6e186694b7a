//! Bytes of a source to records, with an account of every byte: a record, a skipped entry with its line, or a counted remainder.
//!
//! This room never opens a file: it is given readers. Broken input is never an error here, it is an entry in the report.

pub mod advisory;
pub mod dates;
pub mod entry;
pub mod headings;
pub mod json;
pub mod junit;
pub mod mapping;
pub mod native;
pub mod open;
pub mod postmortem;
pub mod prose;
pub mod report;
pub mod rules;
pub mod sniff;
pub mod source;
pub mod sources;
pub mod table;
pub mod text;
pub mod tracker;
mod warnings;
mod window;
pub mod xml;
pub mod yaml;

pub use mapping::{Mapping, MappingError, propose};
pub use open::{Limits, ReadSeek, read_bytes, read_file};
pub use report::FileReport;
pub use source::{FileReader, Fills, Head, Hint, Input, Item, Place, ReadSetup, Remark, Skipped, SourceRow};
pub use sources::{SOURCES, source};
