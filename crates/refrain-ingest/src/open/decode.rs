//! Bytes to UTF-8: byte-order marks, UTF-16 of spreadsheets, and single bytes of Windows-1252 in what is otherwise UTF-8.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// How the bytes of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; bytes that are none are taken as Windows-1252.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Low,
    /// UTF-16, high byte first.
    Utf16High,
}

impl Encoding {
    /// Encoding and length of the byte-order mark, from the first bytes.
    pub fn of(head: &[u8]) -> (Self, usize) {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => (Self::Utf8, 3),
            [0xFF, 0xFE, ..] => (Self::Utf16Low, 2),
            [0xFE, 0xFF, ..] => (Self::Utf16High, 2),
            _ => (Self::by_zeros(head), 0),
        }
    }

    /// UTF-16 without a mark: most of every second byte of the first ones are zero, on one side.
    fn by_zeros(head: &[u8]) -> Self {
        let head = &head[..head.len().min(512) & !1];
        let zeros = |side: usize| head.iter().skip(side).step_by(2).filter(|b| **b == 0).count();
        let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
        match pairs >= 8 {
            true if odd * 10 >= pairs * 7 && even * 10 < odd => Self::Utf16Low,
            true if even * 10 >= pairs * 7 && odd * 10 < even => Self::Utf16High,
            _ => Self::Utf8,
        }
    }
}

/// Gives UTF-8 whatever comes in, and counts the bytes that had to be guessed.
pub struct Decoder<R> {
    inner: R,
    encoding: Encoding,
    /// Bytes read and not yet decoded: at most one broken character and one read.
    raw: Vec<u8>,
    out: Vec<u8>,
    given: usize,
    ended: bool,
    guessed: Rc<Cell<u64>>,
}

impl<R: Read> Decoder<R> {
    /// Decodes from behind the byte-order mark on.
    pub fn new(inner: R, encoding: Encoding) -> Self {
        Self { inner, encoding, raw: Vec::new(), out: Vec::new(), given: 0, ended: false, guessed: Rc::default() }
    }

    /// Bytes that were no UTF-8 (or no UTF-16), shared.
    pub fn guessed(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.guessed)
    }

    fn refill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.given = 0;
        while self.out.is_empty() && !self.ended {
            let had = self.raw.len();
            self.raw.resize(had + (64 << 10), 0);
            let read = self.inner.read(&mut self.raw[had..]);
            self.raw.truncate(had + read.as_ref().copied().unwrap_or(0));
            self.ended = read? == 0;
            let used = match self.encoding {
                Encoding::Utf8 => self.utf8(),
                Encoding::Utf16Low => self.utf16(u16::from_le_bytes),
                Encoding::Utf16High => self.utf16(u16::from_be_bytes),
            };
            self.raw.drain(..used);
        }
        Ok(())
    }

    fn guess(&self) {
        self.guessed.set(self.guessed.get() + 1);
    }

    /// Decodes what is whole; gives the bytes used.
    fn utf8(&mut self) -> usize {
        let mut at = 0;
        loop {
            match std::str::from_utf8(&self.raw[at..]) {
                Ok(good) => {
                    self.out.extend_from_slice(good.as_bytes());
                    return self.raw.len();
                }
                Err(error) => {
                    let good = at + error.valid_up_to();
                    self.out.extend_from_slice(&self.raw[at..good]);
                    if error.error_len().is_none() && !self.ended {
                        return good;
                    }
                    self.guess();
                    push(&mut self.out, windows_1252(self.raw[good]));
                    at = good + 1;
                }
            }
        }
    }

    fn utf16(&mut self, unit: fn([u8; 2]) -> u16) -> usize {
        let units: Vec<u16> = self.raw.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        let held = usize::from(!self.ended && units.last().is_some_and(|u| (0xD800..0xDC00).contains(u)));
        for decoded in char::decode_utf16(units[..units.len() - held].iter().copied()) {
            push(
                &mut self.out,
                decoded.unwrap_or_else(|_| {
                    self.guessed.set(self.guessed.get() + 1);
                    char::REPLACEMENT_CHARACTER
                }),
            );
        }
        if self.ended { self.raw.len() } else { (units.len() - held) * 2 }
    }
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.out.len() {
            self.refill()?;
        }
        let give = (self.out.len() - self.given).min(buffer.len());
        buffer[..give].copy_from_slice(&self.out[self.given..self.given + give]);
        self.given += give;
        Ok(give)
    }
}

/// The characters of Windows-1252 at 0x80 to 0x9F, where it differs from Latin-1.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜',
    '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives a few bytes at a time, so that characters are cut.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let give = self.1.min(self.0.len()).min(buffer.len());
            buffer[..give].copy_from_slice(&self.0[..give]);
            self.0 = &self.0[give..];
            Ok(give)
        }
    }

    fn decode(bytes: &[u8], drop: usize) -> (String, u64) {
        let (encoding, mark) = Encoding::of(bytes);
        let mut decoder = Decoder::new(Drops(&bytes[mark..], drop), encoding);
        let guessed = decoder.guessed();
        let mut text = String::new();
        decoder.read_to_string(&mut text).unwrap();
        (text, guessed.get())
    }

    fn utf16(text: &str, low: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(|u: u16| if low { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    }

    #[test]
    fn marks_and_encodings() {
        assert_eq!(decode("\u{feff}Größe".as_bytes(), 2), ("Größe".into(), 0));
        assert_eq!(decode(b"Gr\xf6\xdfe \x80 \x93x\x94", 3), ("Größe € “x”".into(), 5));
        for low in [true, false] {
            for mark in [true, false] {
                assert_eq!(decode(&utf16("{\"title\":\"Größe 😀 ends\"}", low, mark), 3).0, "{\"title\":\"Größe 😀 ends\"}", "{low} {mark}");
            }
        }
        assert_eq!(decode(b"\xff\xfe\x3d\xd8", 1), ("\u{fffd}".into(), 1));
    }

    proptest! {
        #[test]
        fn any_bytes_give_text_whatever_the_pieces(bytes in proptest::collection::vec(any::<u8>(), 0..80), drop in 1_usize..9) {
            prop_assert_eq!(decode(&bytes, drop), decode(&bytes, 1000));
        }

        #[test]
        fn good_text_is_left_as_it_is(text in "\\PC{0,40}", drop in 1_usize..9) {
            let expected = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
            prop_assert_eq!(decode(text.as_bytes(), drop), (expected, 0));
        }
    }
}
