//! Limits on what a packed file may unfold into.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// Limits on one file given by the user. All are refusals with a message, never a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that one file may have once unpacked, all members together.
    pub largest_bytes: u64,
    /// Bytes unpacked per byte packed, once more than [`Limits::ratio_from`] bytes are out.
    pub largest_ratio: u64,
    /// Bytes from which the ratio counts: small texts of blanks pack extremely well and do no harm.
    pub ratio_from: u64,
    /// Archives within archives.
    pub deepest: u32,
    /// Members of one archive.
    pub most_members: u64,
    /// Bytes of an archive within an archive, which must be held in memory to be opened.
    pub largest_nested: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { largest_bytes: 8 << 30, largest_ratio: 1000, ratio_from: 16 << 20, deepest: 3, most_members: 100_000, largest_nested: 256 << 20 }
    }
}

/// Counts of one file: bytes unpacked over all members, and what broke.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    unpacked: Rc<Cell<u64>>,
    broken: Rc<RefCell<Option<String>>>,
}

impl Meter {
    /// What broke since the last call.
    pub fn broken(&self) -> Option<String> {
        self.broken.borrow_mut().take()
    }

    fn say(&self, what: String) {
        self.broken.borrow_mut().get_or_insert(what);
    }
}

/// Counts the bytes that pass.
pub struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R> Counted<R> {
    /// Counts from 0.
    pub fn new(inner: R) -> Self {
        Self { inner, count: Rc::default() }
    }

    /// The count, shared.
    pub fn count(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.count.set(self.count.get() + amount as u64);
        self.inner.consume(amount);
    }
}

/// Ends a stream where it breaks or passes a limit; the meter keeps the reason.
///
/// Readers of sources see an early end and report the entry that is cut; the reason goes into the report of the file.
pub struct Guarded<R> {
    inner: R,
    meter: Meter,
    limits: Limits,
    packed: Option<Rc<Cell<u64>>>,
    out: u64,
    ended: bool,
}

impl<R: Read> Guarded<R> {
    /// Guards a stream. `packed`: bytes that went into the unpacker so far, where there is one.
    pub fn new(inner: R, meter: &Meter, limits: &Limits, packed: Option<Rc<Cell<u64>>>) -> Self {
        Self { inner, meter: meter.clone(), limits: limits.clone(), packed, out: 0, ended: false }
    }

    fn passed(&self) -> Option<String> {
        if self.meter.unpacked.get() > self.limits.largest_bytes {
            return Some(format!("more than {} bytes once unpacked: raise import.largest-mib if that is meant", self.limits.largest_bytes));
        }
        let packed = self.packed.as_ref().map(|p| p.get().max(1))?;
        let over = self.out > self.limits.ratio_from && self.out / packed > self.limits.largest_ratio;
        over.then(|| {
            format!("unpacks to more than {} times its size: refused as a bomb; unpack it yourself if it is none", self.limits.largest_ratio)
        })
    }

    fn end(&mut self, why: String) -> io::Result<usize> {
        self.meter.say(why);
        self.ended = true;
        Ok(0)
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        match self.inner.read(buffer) {
            Ok(read) => {
                self.out += read as u64;
                self.meter.unpacked.set(self.meter.unpacked.get() + read as u64);
                match self.passed() {
                    Some(why) => self.end(why),
                    None => Ok(read),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => self.end(format!("breaks off after {} bytes: {error}", self.out)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_at_its_limit_and_says_why() {
        let limits = Limits { largest_bytes: 10, ..Limits::default() };
        let meter = Meter::default();
        let mut text = String::new();
        let read = Guarded::new(&b"0123456789abcdef"[..], &meter, &limits, None).read_to_string(&mut text);
        assert!(read.is_ok() && text.is_empty());
        assert!(meter.broken().is_some_and(|why| why.contains("more than 10 bytes")));
        assert_eq!(meter.broken(), None);
    }

    #[test]
    fn the_ratio_counts_from_a_size_on() {
        let limits = Limits { ratio_from: 100, largest_ratio: 10, ..Limits::default() };
        let packed = Rc::new(Cell::new(5));
        let meter = Meter::default();
        let mut out = Vec::new();
        Guarded::new(&[0; 90][..], &meter, &limits, Some(Rc::clone(&packed))).read_to_end(&mut out).unwrap();
        assert_eq!((out.len(), meter.broken()), (90, None));
        Guarded::new(&[0; 190][..], &meter, &limits, Some(packed)).read_to_end(&mut out).unwrap();
        assert!(meter.broken().is_some_and(|why| why.contains("bomb")));
    }
}
