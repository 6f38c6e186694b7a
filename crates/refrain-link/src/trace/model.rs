//! What a trace is: blocks of frames, one block a cause, a thread or another stack of the same report.

use schemars::JsonSchema;
use serde::Serialize;

use super::rules::RuleName;

/// Version of the grammar. A fingerprint of one version is never compared with one of another.
pub const GRAMMAR_VERSION: u32 = 1;

/// Frames kept at the inner end of a block; a recursion of 100,000 frames needs no more to be recognised.
pub const FRAMES_KEPT_INNER: usize = 2_048;
/// Frames kept at the outer end of a block.
pub const FRAMES_KEPT_OUTER: usize = 1_024;
/// Blocks kept in a trace; a Go dump may hold tens of thousands of goroutines.
pub const BLOCKS_KEPT: usize = 256;
/// Bytes of a message that are kept.
pub const MESSAGE_BYTES_KEPT: usize = 4_096;

/// One trace found in a text.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Trace {
    /// Offset of its first byte: the header with its log prefix, or the first frame.
    pub start: usize,
    /// Offset after its last byte.
    pub end: usize,
    /// The trace that ended the program, of those found in one text.
    pub primary: bool,
    /// Row of `LANGUAGES`.
    pub family: &'static str,
    /// Language of the program, where the family has several (`kotlin` in the family `java`).
    pub language: &'static str,
    /// Name of the thread, goroutine or process that failed.
    pub thread: Option<String>,
    /// Type of the exception that was thrown last, the signal, or the kind of report.
    pub exception_type: Option<String>,
    /// Type of the innermost cause; that of the exception itself where it has none.
    pub root_type: Option<String>,
    /// Its message, all lines.
    pub message: Option<String>,
    /// The root's message with numbers, ids, paths and quoted values masked.
    pub message_shape: Option<String>,
    /// In printed order.
    pub blocks: Vec<Block>,
    /// Index of the block of the exception thrown last.
    pub thrown: usize,
    /// Index of the block of the innermost cause.
    pub root: usize,
    /// Index of an earlier trace of the same text with the same blocks: one failure, logged twice.
    pub repeats: Option<usize>,
    /// Says that the program ended here (`FATAL EXCEPTION`, `panic:`, a signal).
    pub fatal: bool,
    /// Its first line names what happened; a trace without one starts with a frame.
    pub headed: bool,
    /// Offset of the first frame; the start where there is none.
    pub core_start: usize,
}

/// Why a block stands in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// The exception that reached the top, or the stack that crashed.
    Thrown,
    /// What caused its parent.
    Cause,
    /// An exception that was suppressed while its parent was handled.
    Suppressed,
    /// A member of a group of exceptions.
    Member,
    /// Another thread or goroutine.
    Thread,
    /// Another stack of the same report: freed by, allocated by, created by.
    Context,
}

/// One stack of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Block {
    /// Why it is there.
    pub kind: BlockKind,
    /// The line that introduces a thread or a context stack.
    pub title: Option<String>,
    /// Type of its exception.
    pub exception_type: Option<String>,
    /// Message of its exception.
    pub message: Option<String>,
    /// Index of the block that it belongs to (whose cause, member or context it is).
    pub parent: Option<usize>,
    /// Frames, innermost first whatever the printed order.
    pub frames: Vec<Frame>,
    /// Frames that the printer left out (`... 12 more`, `[Previous line repeated 995 more times]`), where it says how many.
    pub elided: Option<u64>,
    /// Frames that were read and not kept, because the block is longer than the limits.
    pub dropped: usize,
}

/// One frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Frame {
    /// As printed, log prefix and markup undone.
    pub raw: String,
    /// Offset of its first byte in the text.
    pub start: usize,
    /// Offset after its last byte.
    pub end: usize,
    /// Function as printed, qualified where the format qualifies it. Absent where there is no symbol.
    pub function: Option<String>,
    /// Binary, package, application or module.
    pub module: Option<String>,
    /// Source file, path or URL.
    pub file: Option<String>,
    /// Line in the file.
    pub line: Option<u32>,
    /// Column.
    pub column: Option<u32>,
    /// Address, or offset in the module.
    pub address: Option<String>,
    /// Whether the program's own code runs here, and by which rule.
    #[serde(flatten)]
    pub in_app: InApp,
    /// Identity after normalisation; empty before it, and where nothing of the frame is stable.
    pub name: String,
    /// What kind of noise the frame is.
    pub noise: Noise,
    /// Rules of normalisation that touched it, in order, with what each left.
    pub rules: Vec<Touch>,
    /// How many further turns of a recursion this frame stands for.
    pub folded: usize,
    /// A further turn of a recursion: printed, and no part of the identity.
    pub recurs: bool,
}

/// Whether a frame is the program's own, and the rule that says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InApp {
    /// The program's own code.
    #[serde(rename = "in_app")]
    pub is: bool,
    /// Name of the rule.
    #[serde(rename = "in_app_rule")]
    pub rule: String,
}

/// What kind of noise a frame is. Raising and entry frames are left out of fingerprints, the rest weighs less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Noise {
    /// None known.
    #[default]
    None,
    /// Machinery that raises: `abort`, `panic_fmt`, `objc_exception_throw`.
    Raise,
    /// Entry of a program or thread: `_start`, `Thread.run`.
    Entry,
    /// Reflection, proxies, wrappers of asynchronous calls.
    Glue,
    /// Frameworks: containers, test runners, event loops.
    Framework,
    /// Entries of an allocator.
    Allocator,
}

/// One rule that touched a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Touch {
    /// Which.
    pub rule: RuleName,
    /// What it left.
    pub left: String,
}

impl Block {
    /// An empty block.
    pub fn new(kind: BlockKind) -> Self {
        Self { kind, title: None, exception_type: None, message: None, parent: None, frames: Vec::new(), elided: None, dropped: 0 }
    }

    /// Appends a frame in printed order; beyond the limits the oldest of the outer end goes.
    pub(super) fn push(&mut self, frame: Frame) {
        if self.frames.len() >= FRAMES_KEPT_INNER + 2 * FRAMES_KEPT_OUTER {
            self.frames.drain(FRAMES_KEPT_INNER..FRAMES_KEPT_INNER + FRAMES_KEPT_OUTER);
            self.dropped += FRAMES_KEPT_OUTER;
        }
        self.frames.push(frame);
    }
}

impl Trace {
    /// The chain from the exception thrown last to its innermost cause, as indices of blocks.
    pub fn chain(&self) -> Vec<usize> {
        let mut chain = vec![self.root];
        while let Some(parent) = chain.last().and_then(|at| self.blocks.get(*at)).and_then(|b| b.parent) {
            if chain.contains(&parent) || chain.len() > BLOCKS_KEPT {
                break;
            }
            chain.push(parent);
        }
        chain.reverse();
        chain
    }

    /// Frames of all blocks.
    pub fn frame_count(&self) -> usize {
        self.blocks.iter().map(|b| b.frames.len() + b.dropped).sum()
    }
}
