//! Stack traces: found in any text, read in any language, made comparable.
//!
//! `extract` gives the traces of a text with exact spans. `normalise` applies ordered, named rules. `fingerprints` makes identities at
//! several grains, `similarity` compares two traces frame by frame. Text comes in, values go out; nothing here fails.

mod android;
mod apple;
mod beam;
mod dart;
mod demangle;
mod dotnet;
mod draft;
mod environment;
mod explain;
mod fingerprint;
mod glibc;
mod go;
mod header;
mod javascript;
pub mod judge;
mod jvm;
mod kernel;
mod languages;
mod lines;
mod model;
mod native;
mod native_frame;
mod noise;
mod normalise;
mod pattern;
mod php;
mod places;
mod prefix;
mod python;
mod read;
mod ruby;
mod rules;
mod rust;
mod scripts;
mod shape;
mod similarity;
mod statistics;
mod stream;
mod undo;
mod user;
mod valgrind;
mod whole;
mod windows;

pub use environment::{Comparison, Environment, Fact, compare_environments, environment, environment_of_text, version_skew};
pub use explain::explain_trace;
pub use fingerprint::{FINGERPRINT_VERSION, Fingerprint, Fingerprints, Grain, fingerprints};
pub use languages::{LANGUAGES, Language, Order};
pub use model::{Block, BlockKind, Frame, GRAMMAR_VERSION, InApp, Noise, Touch, Trace};
pub use normalise::normalise;
pub use read::extract;
pub use rules::{Group, RULES, Rule, RuleName, group};
pub use shape::message_shape;
pub use similarity::{Comparable, FRAMES_COMPARED, FramePair, TraceSimilarity, compare, likeness, similarity};
pub use statistics::FrameStatistics;
pub use stream::{Extractor, lossless};
pub use user::{GroupRule, Grouping, InAppRule, UserRules, wildcard};
