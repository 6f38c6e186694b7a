//! Identities of a trace at several grains: structured text, hashed only to be looked up.

use refrain_record::SpanHash;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Block, BlockKind, Frame, GRAMMAR_VERSION, Noise, Trace};
use super::user::{Grouping, UserRules};

/// Version of the fingerprints. Those of two versions never meet.
pub const FINGERPRINT_VERSION: u32 = 1;

/// Frames of the grain `top-frames`.
const TOP_FRAMES: usize = 5;
/// Frames of the grain `root-cause`.
const ROOT_FRAMES: usize = 3;

/// The grains, from the strictest to the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grain {
    /// Every type, every frame that is no machinery, and the message's shape.
    Exact,
    /// The root's type and the innermost frames of the program's own code.
    TopFrames,
    /// The root's type and its innermost frames, whosever code they are.
    RootCause,
    /// The innermost place that is no machinery.
    CrashSite,
}

/// One identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Fingerprint {
    /// Which grain.
    pub grain: Grain,
    /// What it is made of, readable: `java.sql.SQLException | PoolGate.borrow < Runner.run`.
    pub text: String,
    /// Sixteen hexadecimal digits over version, grain and text. Only for looking up.
    pub key: String,
}

/// Identities of one trace. A grain that would rest on nothing but machinery is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fingerprints {
    /// Versions of grammar and fingerprints.
    pub version: String,
    /// Strictest grain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<Fingerprint>,
    /// Type and top frames of the program's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_frames: Option<Fingerprint>,
    /// Type and top of the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<Fingerprint>,
    /// Place of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crash_site: Option<Fingerprint>,
    /// Rules of the user that made or changed them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_rules: Vec<String>,
    /// Why grains are absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
}

impl Fingerprints {
    /// Those that are there, strictest first.
    pub fn all(&self) -> impl Iterator<Item = &Fingerprint> {
        [&self.exact, &self.top_frames, &self.root_cause, &self.crash_site].into_iter().flatten()
    }
}

/// The identities of a normalised trace.
pub fn fingerprints(trace: &Trace, rules: &UserRules) -> Fingerprints {
    let version = format!("trace-{GRAMMAR_VERSION}.{FINGERPRINT_VERSION}");
    let applied: Vec<&super::user::GroupRule> = rules.group.iter().filter(|r| r.fits(trace)).collect();
    let by_rules = applied.iter().map(|r| r.name.clone()).collect();
    if let Some(rule) = applied.iter().find(|r| r.then == Grouping::Together) {
        let text = format!("rule {}", rule.name);
        let one = |grain| Some(made(&version, grain, text.clone()));
        return Fingerprints {
            exact: one(Grain::Exact),
            top_frames: one(Grain::TopFrames),
            root_cause: one(Grain::RootCause),
            crash_site: one(Grain::CrashSite),
            absent: Vec::new(),
            by_rules,
            version,
        };
    }
    let apart = applied.iter().any(|r| r.then == Grouping::ApartByMessage);
    let suffix = if apart { format!(" | {}", shape(trace)) } else { String::new() };
    let mut absent = Vec::new();
    let mut one = |grain: Grain, text: Option<String>| match text {
        Some(text) => Some(made(&version, grain, format!("{text}{suffix}"))),
        None => {
            absent.push(format!("{grain:?}: no frame that is more than machinery"));
            None
        }
    };
    let exact = one(Grain::Exact, exact(trace));
    let top_frames = one(Grain::TopFrames, top_frames(trace));
    let root_cause = one(Grain::RootCause, root_cause(trace));
    let crash_site = one(Grain::CrashSite, crash_site(trace));
    Fingerprints { exact, top_frames, root_cause, crash_site, by_rules, absent, version }
}

fn made(version: &str, grain: Grain, text: String) -> Fingerprint {
    let key = SpanHash::of(&format!("{version}\n{grain:?}\n{text}")).0;
    Fingerprint { grain, text, key }
}

fn shape(trace: &Trace) -> String {
    trace.message_shape.clone().unwrap_or_default()
}

/// Type without what a namespace or a relocation changes: nothing is taken away but numbers of anonymous classes.
fn type_of(block: &Block) -> &str {
    block.exception_type.as_deref().unwrap_or("?").trim()
}

/// Frames that carry an identity: with a name, and neither raising nor entry.
fn telling(block: &Block) -> impl Iterator<Item = &Frame> {
    block.frames.iter().filter(|f| !f.name.is_empty() && !matches!(f.noise, Noise::Raise | Noise::Entry))
}

fn join<'f>(frames: impl Iterator<Item = &'f Frame>) -> Option<String> {
    let text = frames.map(|f| f.name.as_str()).collect::<Vec<_>>().join(" < ");
    (!text.is_empty()).then_some(text)
}

/// Blocks that tell the failure: the chain, innermost first. A coroutine's copy of the same exception counts once.
fn chain(trace: &Trace) -> Vec<&Block> {
    let mut blocks: Vec<&Block> = trace.chain().into_iter().rev().filter_map(|i| trace.blocks.get(i)).collect();
    if blocks.iter().any(|b| b.frames.iter().any(|f| f.raw.contains("_COROUTINE._BOUNDARY"))) {
        blocks.dedup_by(|outer, inner| outer.exception_type == inner.exception_type && outer.message == inner.message);
    }
    blocks
}

/// Type, frames and message of the whole chain. Where all frames are machinery they are used as they are.
fn exact(trace: &Trace) -> Option<String> {
    let parts: Vec<String> = chain(trace)
        .iter()
        .map(|b| {
            format!("{} | {}", type_of(b), join(telling(b)).or_else(|| join(b.frames.iter().filter(|f| !f.name.is_empty()))).unwrap_or_default())
        })
        .collect();
    let named = chain(trace).iter().any(|b| b.frames.iter().any(|f| !f.name.is_empty()));
    let typed = trace.exception_type.is_some() && trace.message_shape.is_some();
    (named || typed).then(|| format!("{} | {} | {}", parts.join(" << "), members(trace), shape(trace)))
}

/// Types of the members of a group of exceptions, sorted: their order is chance.
fn members(trace: &Trace) -> String {
    let mut types: Vec<&str> = trace.blocks.iter().filter(|b| b.kind == BlockKind::Member).map(type_of).collect();
    types.sort_unstable();
    types.dedup();
    types.join(", ")
}

/// The root's type with the innermost frames of the program's own in the chain; others where it has none.
fn top_frames(trace: &Trace) -> Option<String> {
    let blocks = chain(trace);
    let root = type_of(blocks.first()?);
    let own = join(blocks.iter().flat_map(|b| telling(b)).filter(|f| f.in_app.is).take(TOP_FRAMES));
    let frames = own.or_else(|| join(blocks.iter().flat_map(|b| telling(b)).filter(|f| f.noise != Noise::Allocator).take(TOP_FRAMES)))?;
    Some(format!("{root} | {frames}"))
}

fn root_cause(trace: &Trace) -> Option<String> {
    let blocks = chain(trace);
    let root = blocks.first()?;
    let frames = join(telling(root).filter(|f| f.noise != Noise::Allocator).take(ROOT_FRAMES))
        .or_else(|| blocks.get(1).and_then(|b| join(telling(b).take(ROOT_FRAMES))))?;
    Some(format!("{} | {frames}", type_of(root)))
}

fn crash_site(trace: &Trace) -> Option<String> {
    let blocks = chain(trace);
    let frame = blocks.iter().flat_map(|b| telling(b)).find(|f| !matches!(f.noise, Noise::Allocator | Noise::Glue))?;
    Some(frame.name.clone())
}
