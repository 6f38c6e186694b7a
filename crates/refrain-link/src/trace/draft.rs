//! A trace while it is read: what all families share.

use super::header::Header;
use super::lines::Line;
use super::model::{BLOCKS_KEPT, Block, BlockKind, Frame, InApp, MESSAGE_BYTES_KEPT, Trace};

/// Lines looked at above a first frame for the header.
pub(super) const LOOK_BACK: usize = 24;
/// Lines of a message that are read.
pub(super) const MESSAGE_LINES: usize = 40;

/// The lines that a grammar may read.
pub(super) struct Scope<'a, 't> {
    pub(super) lines: &'a [Line<'t>],
    /// First line that no earlier trace has taken.
    pub(super) floor: usize,
}

/// What a grammar saw in one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RawFrame {
    pub(super) function: Option<String>,
    pub(super) module: Option<String>,
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) address: Option<String>,
    /// Bytes of the body that the frame covers.
    pub(super) end: usize,
    /// Lines that it covers, less one (a wrapped frame, the pair of lines of Go and Rust).
    pub(super) more_lines: usize,
}

impl RawFrame {
    /// A frame that covers `end` bytes of its line.
    pub(super) fn new(end: usize) -> Self {
        Self { end, ..Self::default() }
    }
}

/// A text, if it says something.
pub(super) fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl<'a, 't> Scope<'a, 't> {
    /// Body of a line; empty past the end.
    pub(super) fn body(&self, at: usize) -> &'a str {
        self.lines.get(at).map_or("", |l| l.body())
    }

    /// Whether the line is there and not blank.
    pub(super) fn has(&self, at: usize) -> bool {
        self.lines.get(at).is_some_and(|l| !l.is_blank())
    }

    /// Whether the line is there and blank.
    pub(super) fn blank(&self, at: usize) -> bool {
        self.lines.get(at).is_some_and(Line::is_blank)
    }

    /// Blanks in front of a line's body.
    pub(super) fn indent(&self, at: usize) -> usize {
        self.lines.get(at).map_or(0, Line::indent)
    }

    /// Prefixes of a line.
    pub(super) fn prefix(&self, at: usize) -> &'a str {
        self.lines.get(at).map_or("", |l| l.prefix())
    }

    /// The next line from `at` on that is not blank, at most `skip` blank ones between.
    pub(super) fn next(&self, at: usize, skip: usize) -> Option<usize> {
        (at..=at + skip).find(|i| self.has(*i)).filter(|i| (at..*i).all(|j| self.blank(j)))
    }

    /// Makes the frame of line `at`.
    pub(super) fn frame(&self, at: usize, raw: RawFrame) -> Frame {
        let last = at + raw.more_lines;
        let body = self.body(at);
        let printed = match raw.more_lines {
            0 => body.get(..raw.end).unwrap_or(body).trim_end().to_owned(),
            _ => (at..=last).map(|i| self.body(i)).collect::<Vec<_>>().join("\n"),
        };
        Frame {
            start: self.lines[at].origin(0),
            end: if raw.more_lines == 0 { self.lines[at].origin(printed.len()) } else { self.lines[last].end },
            raw: printed,
            function: raw.function.filter(|f| !f.is_empty()),
            module: raw.module.filter(|m| !m.is_empty()),
            file: raw.file.filter(|f| !f.is_empty()),
            line: raw.line,
            column: raw.column,
            address: raw.address,
            in_app: InApp::default(),
            ..Frame::default()
        }
    }
}

/// A trace while it is read.
pub(super) struct Draft {
    pub(super) family: &'static str,
    pub(super) language: &'static str,
    pub(super) thread: Option<String>,
    pub(super) blocks: Vec<Block>,
    pub(super) thrown: usize,
    pub(super) root: usize,
    pub(super) fatal: bool,
    pub(super) headed: bool,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) core: Option<usize>,
    /// First line after the trace.
    pub(super) next: usize,
    /// Blocks that were read and not kept.
    over: usize,
}

impl Draft {
    /// A trace with one block, which begins at line `at`.
    pub(super) fn new(family: &'static str, scope: &Scope, at: usize) -> Self {
        Self {
            family,
            language: family,
            thread: None,
            blocks: vec![Block::new(BlockKind::Thrown)],
            thrown: 0,
            root: 0,
            fatal: false,
            headed: false,
            start: scope.lines[at].start,
            end: scope.lines[at].end,
            core: None,
            next: at + 1,
            over: 0,
        }
    }

    /// A trace whose header stands in line `at`.
    pub(super) fn headed(family: &'static str, scope: &Scope, at: usize, header: Header) -> Self {
        let mut draft = Self::new(family, scope, at);
        draft.thread = header.thread.clone();
        draft.head(header);
        draft
    }

    /// Writes a header into the last block.
    pub(super) fn head(&mut self, header: Header) {
        self.headed = true;
        let block = self.last();
        block.exception_type = some(&header.ty);
        block.message = some(&header.message);
    }

    /// The block that is being read.
    pub(super) fn last(&mut self) -> &mut Block {
        let at = self.blocks.len() - 1;
        &mut self.blocks[at]
    }

    /// Begins a block. Beyond the limit its frames still move the end, and are not kept.
    pub(super) fn open(&mut self, kind: BlockKind, parent: Option<usize>) -> usize {
        if self.blocks.len() >= BLOCKS_KEPT {
            self.over += 1;
            let last = self.last();
            last.frames.clear();
            last.exception_type = None;
            last.message = None;
            return self.blocks.len() - 1;
        }
        let mut block = Block::new(kind);
        block.parent = parent;
        self.blocks.push(block);
        self.blocks.len() - 1
    }

    /// Takes the frame of line `at`, and says which line follows it.
    pub(super) fn frame(&mut self, scope: &Scope, at: usize, raw: RawFrame) -> usize {
        let next = at + 1 + raw.more_lines;
        let frame = scope.frame(at, raw);
        self.core.get_or_insert(scope.lines[at].start);
        self.end = self.end.max(frame.end);
        self.next = next;
        self.last().push(frame);
        next
    }

    /// Takes line `at` as part of the trace, and says which line follows it.
    pub(super) fn take(&mut self, scope: &Scope, at: usize) -> usize {
        self.end = self.end.max(scope.lines[at].end);
        self.next = at + 1;
        at + 1
    }

    /// Adds a line to the message of the last block.
    pub(super) fn message_line(&mut self, line: &str) {
        let message = self.last().message.get_or_insert_default();
        if message.len() + line.len() < MESSAGE_BYTES_KEPT {
            if !message.is_empty() {
                message.push('\n');
            }
            message.push_str(line);
        }
    }

    /// Frames read so far.
    pub(super) fn frames(&self) -> usize {
        self.blocks.iter().map(|b| b.frames.len() + b.dropped).sum()
    }

    /// The trace. `None` where it is too little to be one.
    pub(super) fn finish(self) -> Trace {
        let thrown = &self.blocks[self.thrown];
        let root = &self.blocks[self.root];
        Trace {
            start: self.start,
            end: self.end.max(self.start),
            primary: false,
            family: self.family,
            language: self.language,
            thread: self.thread,
            exception_type: thrown.exception_type.clone(),
            root_type: root.exception_type.clone().or_else(|| thrown.exception_type.clone()),
            message: thrown.message.as_deref().map(kept),
            message_shape: None,
            thrown: self.thrown,
            root: self.root,
            blocks: self.blocks,
            repeats: None,
            fatal: self.fatal,
            headed: self.headed,
            core_start: self.core.unwrap_or(self.start),
        }
    }
}

/// The part of a message that is kept.
fn kept(message: &str) -> String {
    let mut end = message.len().min(MESSAGE_BYTES_KEPT);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message[..end].to_owned()
}
