//! A view that slides over a text, so that a reader can go back to where a broken record began, in bounded memory.

use std::io::BufRead;

/// Bytes of a stream, from the earliest position held up to what was read so far. Positions count from the start of the stream.
pub struct Window<'w> {
    source: &'w mut dyn BufRead,
    buffer: Vec<u8>,
    /// Position of the first byte of the buffer.
    base: u64,
    /// Cursor, within the buffer.
    at: usize,
    hold: Option<u64>,
    ended: bool,
    /// A position and its line, from which others are counted.
    counted: (u64, u32),
}

/// Held bytes that are worth moving the rest for.
const DROP_FROM: usize = 32 << 10;

impl<'w> Window<'w> {
    /// A view of a stream from where it stands.
    pub fn new(source: &'w mut dyn BufRead) -> Self {
        Self { source, buffer: Vec::new(), base: 0, at: 0, hold: None, ended: false, counted: (0, 1) }
    }

    /// The byte at the cursor; nothing at the end.
    pub fn peek(&mut self) -> Option<u8> {
        if self.at == self.buffer.len() {
            self.refill();
        }
        self.buffer.get(self.at).copied()
    }

    /// The bytes at hand from the cursor on, at least one unless the stream has ended.
    pub fn chunk(&mut self) -> &[u8] {
        if self.at == self.buffer.len() {
            self.refill();
        }
        &self.buffer[self.at..]
    }

    /// Moves the cursor over bytes at hand.
    pub fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.buffer.len());
    }

    /// Takes the byte at the cursor.
    pub fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Where the cursor is.
    pub fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Keeps everything from a position on, until released. The position must still be at hand.
    pub fn hold(&mut self, from: u64) {
        self.hold = Some(from.max(self.base));
    }

    /// Keeps nothing behind the cursor.
    pub fn release(&mut self) {
        self.hold = None;
    }

    /// Goes back (or forth) to a position that is held.
    pub fn seek(&mut self, position: u64) {
        self.at = (position.saturating_sub(self.base) as usize).min(self.buffer.len());
    }

    /// The held bytes of a range.
    pub fn bytes(&self, from: u64, to: u64) -> &[u8] {
        let place = |position: u64| (position.saturating_sub(self.base) as usize).min(self.buffer.len());
        self.buffer.get(place(from)..place(to)).unwrap_or_default()
    }

    /// Line of a position at hand, from 1.
    pub fn line(&mut self, position: u64) -> u32 {
        let (from, line) = self.counted;
        let newlines = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count() as u32;
        let line =
            if position >= from { line + newlines(self.bytes(from, position)) } else { line - newlines(self.bytes(position, from)).min(line - 1) };
        self.counted = (position, line);
        line
    }

    fn refill(&mut self) {
        if self.ended {
            return;
        }
        let keep = self.hold.unwrap_or(u64::MAX).min(self.position());
        let drop = keep.saturating_sub(self.base) as usize;
        if drop >= DROP_FROM || drop == self.buffer.len() {
            if self.counted.0 < keep {
                self.line(keep);
            }
            self.buffer.drain(..drop);
            self.base += drop as u64;
            self.at -= drop;
        }
        // The stream is guarded: an error has become an end, and its reason is in the report of the file.
        let read = self.source.fill_buf().map(<[u8]>::to_vec).unwrap_or_default();
        self.source.consume(read.len());
        self.ended = read.is_empty();
        self.buffer.extend_from_slice(&read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_can_be_gone_back_to() {
        let text: String = (0..50_000).map(|n| format!("{n}\n")).collect();
        let mut source = std::io::BufReader::with_capacity(1000, text.as_bytes());
        let mut window = Window::new(&mut source);
        let mut marked = 0;
        while window.peek().is_some() {
            if window.position() == 100_000 {
                marked = window.position();
                window.hold(marked);
            }
            window.next();
        }
        let end = window.position();
        assert_eq!(end, text.len() as u64);
        assert_eq!(window.bytes(marked, marked + 20), &text.as_bytes()[100_000..100_020]);
        assert_eq!(window.line(end), 50_001);
        window.seek(marked);
        let before = text[..100_000].matches('\n').count() as u32 + 1;
        assert_eq!(window.line(marked), before);
    }

    #[test]
    fn what_is_not_held_is_dropped() {
        let text = "x".repeat(1 << 20);
        let mut source = std::io::BufReader::with_capacity(1 << 12, text.as_bytes());
        let mut window = Window::new(&mut source);
        while window.next().is_some() {}
        assert!(window.buffer.capacity() < 1 << 17);
    }
}
