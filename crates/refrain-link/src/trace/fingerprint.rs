//! Identities of a trace at several grains: structured text, hashed only to be looked up.

use refrain_record::SpanHash;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Block, BlockKind, Frame, GRAMMAR_VERSION, Noise, Trace};
use super::user::{GroupRule, Grouping, UserRules};

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

impl Grain {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::TopFrames => "top-frames",
            Self::RootCause => "root-cause",
            Self::CrashSite => "crash-site",
        }
    }
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
    /// Frames that make it, as block and place in the block.
    pub frames: Vec<Place>,
}

/// Where a frame stands: index of its block, index in the block.
pub type Place = (usize, usize);

/// Identities of one trace. A grain that would rest on nothing but machinery is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fingerprints {
    /// Versions of grammar and fingerprints.
    pub version: String,
    /// Strictest grain.
    pub exact: Option<Fingerprint>,
    /// Type and top frames of the program's own.
    pub top_frames: Option<Fingerprint>,
    /// Type and top of the root.
    pub root_cause: Option<Fingerprint>,
    /// Place of the failure.
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
    let applied: Vec<&GroupRule> = rules.group.iter().filter(|r| r.fits(trace)).collect();
    let by_rules = applied.iter().map(|r| r.name.clone()).collect();
    if let Some(rule) = applied.iter().find(|r| r.then == Grouping::Together) {
        let one = |grain| Some(made(&version, grain, Made { text: format!("rule {}", rule.name), frames: Vec::new() }));
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
    let mut one = |grain: Grain, found: Option<Made>| match found {
        Some(mut found) => {
            found.text.push_str(&suffix);
            Some(made(&version, grain, found))
        }
        None => {
            absent.push(format!("{}: no frame that is more than machinery", grain.name()));
            None
        }
    };
    let exact = one(Grain::Exact, exact(trace));
    let top_frames = one(Grain::TopFrames, top_frames(trace));
    let root_cause = one(Grain::RootCause, root_cause(trace));
    let crash_site = one(Grain::CrashSite, crash_site(trace));
    Fingerprints { exact, top_frames, root_cause, crash_site, by_rules, absent, version }
}

/// What an identity is made of.
struct Made {
    text: String,
    frames: Vec<Place>,
}

fn made(version: &str, grain: Grain, made: Made) -> Fingerprint {
    let key = SpanHash::of(&format!("{version}\n{grain:?}\n{}", made.text)).0;
    Fingerprint { grain, text: made.text, key, frames: made.frames }
}

fn shape(trace: &Trace) -> String {
    trace.message_shape.clone().unwrap_or_default()
}

/// The exception's type as printed; a question mark where there is none.
fn type_of(block: &Block) -> &str {
    block.exception_type.as_deref().unwrap_or("?").trim()
}

/// A frame with its place.
type Placed<'t> = (Place, &'t Frame);

/// Frames of a block that have a name, each turn of a recursion once.
fn named(trace: &Trace, block: usize) -> impl Iterator<Item = Placed<'_>> {
    let frames = trace.blocks.get(block).into_iter().flat_map(|b| &b.frames).enumerate();
    frames.map(move |(at, f)| ((block, at), f)).filter(|(_, f)| !f.name.is_empty() && !f.recurs)
}

/// Frames that carry an identity: with a name, and neither raising nor entry.
fn telling(trace: &Trace, block: usize) -> impl Iterator<Item = Placed<'_>> {
    named(trace, block).filter(|(_, f)| !matches!(f.noise, Noise::Raise | Noise::Entry))
}

/// Names joined, innermost first; nothing where there is no frame.
fn join<'t>(frames: impl Iterator<Item = Placed<'t>>) -> Option<Made> {
    let (places, names): (Vec<Place>, Vec<&str>) = frames.map(|(place, f)| (place, f.name.as_str())).unzip();
    (!places.is_empty()).then(|| Made { text: names.join(" < "), frames: places })
}

/// Puts a type before the frames.
fn typed(ty: &str, found: Made) -> Made {
    Made { text: format!("{ty} | {}", found.text), ..found }
}

/// Blocks that tell the failure: the chain, innermost first. A coroutine's copy of the same exception counts once.
fn chain(trace: &Trace) -> Vec<usize> {
    let mut chain: Vec<usize> = trace.chain().into_iter().rev().filter(|i| *i < trace.blocks.len()).collect();
    let resumed = |i: &usize| trace.blocks[*i].frames.iter().any(|f| f.raw.contains("_COROUTINE._BOUNDARY"));
    if chain.iter().any(resumed) {
        let told = |i: usize| (&trace.blocks[i].exception_type, &trace.blocks[i].message);
        chain.dedup_by(|outer, inner| told(*outer) == told(*inner));
    }
    chain
}

/// Type, frames and message of the whole chain. Where all frames are machinery they are used as they are.
fn exact(trace: &Trace) -> Option<Made> {
    let chain = chain(trace);
    let mut frames = Vec::new();
    let mut parts = Vec::new();
    for block in &chain {
        let found = join(telling(trace, *block)).or_else(|| join(named(trace, *block))).unwrap_or(Made { text: String::new(), frames: Vec::new() });
        parts.push(typed(type_of(&trace.blocks[*block]), Made { text: found.text, frames: Vec::new() }).text);
        frames.extend(found.frames);
    }
    let says = trace.exception_type.is_some() && trace.message_shape.is_some();
    let text = || format!("{} | {} | {}", parts.join(" << "), members(trace), shape(trace));
    (!frames.is_empty() || says).then(|| Made { text: text(), frames })
}

/// Types of the members of a group of exceptions, sorted: their order is chance.
fn members(trace: &Trace) -> String {
    let mut types: Vec<&str> = trace.blocks.iter().filter(|b| b.kind == BlockKind::Member).map(type_of).collect();
    types.sort_unstable();
    types.dedup();
    types.join(", ")
}

/// The root's type with the innermost frames of the program's own in the chain; others where it has none.
fn top_frames(trace: &Trace) -> Option<Made> {
    let chain = chain(trace);
    let root = type_of(&trace.blocks[*chain.first()?]);
    let all = || chain.iter().flat_map(|b| telling(trace, *b));
    let own = join(all().filter(|(_, f)| f.in_app.is).take(TOP_FRAMES));
    let frames = own.or_else(|| join(all().filter(|(_, f)| f.noise != Noise::Allocator).take(TOP_FRAMES)))?;
    Some(typed(root, frames))
}

fn root_cause(trace: &Trace) -> Option<Made> {
    let chain = chain(trace);
    let root = *chain.first()?;
    let frames = join(telling(trace, root).filter(|(_, f)| f.noise != Noise::Allocator).take(ROOT_FRAMES))
        .or_else(|| chain.get(1).and_then(|b| join(telling(trace, *b).take(ROOT_FRAMES))))?;
    Some(typed(type_of(&trace.blocks[root]), frames))
}

fn crash_site(trace: &Trace) -> Option<Made> {
    let chain = chain(trace);
    let mut frames = chain.iter().flat_map(|b| telling(trace, *b));
    join(frames.find(|(_, f)| !matches!(f.noise, Noise::Allocator | Noise::Glue)).into_iter())
}
