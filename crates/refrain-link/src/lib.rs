//! Are these two records one defect? Traces, fingerprints, words, groups.

pub mod duplicate;
pub mod evaluate;
pub mod features;
pub mod fold;
pub mod learn;
pub mod lexical;
pub mod near;
pub mod past;
pub mod signature;
pub mod tokens;
pub mod trace;
