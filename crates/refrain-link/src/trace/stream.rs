//! A log of any size as a filter: read in parts, with bounded memory, offsets into the whole.

use std::collections::VecDeque;
use std::io::{BufRead, Read};

use super::model::Trace;
use super::read::read;
use super::whole::{Seen, settle};

/// Bytes read at a time.
const PART: usize = 4 << 20;
/// Bytes at the end of a part whose traces may go on in the next.
const MARGIN: usize = 512 << 10;
/// Most bytes that are held for one trace; a longer one is cut.
const MOST: usize = 64 << 20;

/// The traces of a stream, in order. A byte that is no UTF-8 counts as one character and breaks nothing.
///
/// An input of one part (a few megabytes) is settled as a whole. In a longer one `primary` marks the first trace that says that the program
/// ended: what comes later cannot be known before it is read.
pub struct Extractor<R> {
    input: R,
    /// Bytes that were read and not given away, and the offset of the first.
    held: Vec<u8>,
    base: usize,
    ended: bool,
    part: usize,
    any_primary: bool,
    seen: Seen,
    ready: VecDeque<Trace>,
}

impl<R: BufRead> Extractor<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        Self { input, held: Vec::new(), base: 0, ended: false, part: PART, any_primary: false, seen: Seen::default(), ready: VecDeque::new() }
    }

    /// Reads parts until a trace is ready. Whether there is one.
    fn fill(&mut self) -> std::io::Result<bool> {
        while self.ready.is_empty() && !(self.ended && self.held.is_empty()) {
            let want = self.part.saturating_sub(self.held.len()).max(PART / 4);
            let got = (&mut self.input).take(want as u64).read_to_end(&mut self.held)?;
            self.ended = got == 0;
            if self.ended || self.held.len() >= self.part {
                self.give();
            }
        }
        Ok(!self.ready.is_empty())
    }

    /// Takes the traces that are complete, and keeps what may go on.
    fn give(&mut self) {
        let text = lossless(&self.held);
        let safe = if self.ended { text.len() } else { text.len().saturating_sub(MARGIN) };
        let mut kept = line_start(&text, safe);
        let mut found = Vec::new();
        for trace in read(&text) {
            let whole = trace.end <= safe || (self.held.len() >= MOST && trace.start == 0);
            if whole {
                kept = kept.max(trace.end);
                found.push(trace);
            } else {
                kept = kept.min(trace.start);
                break;
            }
        }
        if kept == 0 && !self.ended && self.held.len() < MOST {
            self.part = (2 * self.part).min(MOST);
            return;
        }
        self.part = PART;
        self.settle(&mut found);
        let base = self.base;
        self.ready.extend(found.into_iter().map(|t| moved(t, base)));
        let drop = if self.ended {
            self.held.len()
        } else if kept == 0 {
            safe
        } else {
            kept
        };
        self.held.drain(..drop);
        self.base += drop;
    }

    fn settle(&mut self, found: &mut [Trace]) {
        if self.ended && self.base == 0 {
            return settle(found);
        }
        for trace in found {
            trace.repeats = self.seen.earlier(trace);
            trace.primary = trace.fatal && !self.any_primary;
            self.any_primary |= trace.primary;
        }
    }
}

impl<R: BufRead> Iterator for Extractor<R> {
    type Item = std::io::Result<Trace>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.fill() {
            Ok(true) => self.ready.pop_front().map(Ok),
            Ok(false) => None,
            Err(error) => {
                (self.ended, self.held) = (true, Vec::new());
                Some(Err(error))
            }
        }
    }
}

/// The bytes as text of equal length: each byte that is no UTF-8 becomes a question mark.
pub fn lossless(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        (0..chunk.invalid().len()).for_each(|_| out.push('?'));
    }
    out
}

/// Start of the line that holds the byte at `at`.
fn line_start(text: &str, at: usize) -> usize {
    memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |n| n + 1)
}

fn moved(mut trace: Trace, by: usize) -> Trace {
    trace.start += by;
    trace.end += by;
    trace.core_start += by;
    for frame in trace.blocks.iter_mut().flat_map(|b| &mut b.frames) {
        frame.start += by;
        frame.end += by;
    }
    trace
}

#[cfg(test)]
mod tests {
    use super::super::extract;
    use super::*;

    #[test]
    fn parts_give_the_same_traces_as_the_whole() {
        let block = "noise of a log, line after line\n".repeat(2_000) + "java.io.IOException: x\n\tat a.B.c(B.java:1)\n\tat a.D.e(D.java:2)\n\n";
        let mut bytes = block.repeat(150).into_bytes();
        bytes.splice(5..5, [0xff, 0xfe]);
        let whole = extract(&lossless(&bytes));
        let parts: Vec<Trace> = Extractor::new(bytes.as_slice()).map(|t| t.unwrap()).collect();
        assert_eq!(whole.len(), 150);
        assert_eq!(parts.iter().map(|t| t.repeats).collect::<Vec<_>>(), whole.iter().map(|t| t.repeats).collect::<Vec<_>>());
        assert_eq!(parts.iter().map(|t| (t.start, t.end)).collect::<Vec<_>>(), whole.iter().map(|t| (t.start, t.end)).collect::<Vec<_>>());
    }
}
