//! Reads the text of each page of a PDF that this crate wrote: streams, shown glyphs, and the way back from glyphs to characters.

use std::collections::BTreeMap;
use std::io::Read;

/// Text of each page in reading order, without blanks.
pub fn pages(bytes: &[u8]) -> Vec<String> {
    words(bytes).into_iter().map(|page| page.concat()).collect()
}

/// What each page shows, piece by piece.
pub fn words(bytes: &[u8]) -> Vec<Vec<String>> {
    let objects = objects(bytes);
    let maps: Vec<BTreeMap<u16, char>> = objects.iter().filter(|o| o.text.contains("begincmap")).map(|o| back(&o.text)).collect();
    objects.iter().filter(|o| o.text.starts_with("BT") || o.text.contains("\nBT")).map(|o| shown(&o.data, &maps)).collect()
}

/// How many objects are of a type, such as `/Subtype /Link`.
pub fn count(bytes: &[u8], what: &str) -> usize {
    String::from_utf8_lossy(bytes).matches(what).count()
}

struct Stream {
    data: Vec<u8>,
    text: String,
}

/// Every stream, unpacked where it is packed.
fn objects(bytes: &[u8]) -> Vec<Stream> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(begin) = find(&bytes[at..], b"stream\n").map(|i| at + i + 7) {
        let end = begin + find(&bytes[begin..], b"\nendstream").unwrap();
        let raw = &bytes[begin..end];
        let mut data = Vec::new();
        if flate2::read::ZlibDecoder::new(raw).read_to_end(&mut data).is_err() {
            data = raw.to_vec();
        }
        let text = String::from_utf8_lossy(&data).into_owned();
        all.push(Stream { data, text });
        at = end + 10;
    }
    all
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|w| w == needle)
}

/// `<0041> <0041>` of a map.
fn back(cmap: &str) -> BTreeMap<u16, char> {
    let pair = |line: &str| {
        let mut hex = line.split(['<', '>']).filter(|p| p.len() == 4);
        let glyph = u16::from_str_radix(hex.next()?, 16).ok()?;
        Some((glyph, char::from_u32(u32::from_str_radix(hex.next()?, 16).ok()?)?))
    };
    cmap.lines().filter_map(pair).collect()
}

/// Glyphs of `(…) Tj` and `<…> Tj` under the font last set. Halos show a text twice: only what is filled counts.
fn shown(data: &[u8], maps: &[BTreeMap<u16, char>]) -> Vec<String> {
    let (mut out, mut at, mut font, mut halo) = (Vec::new(), 0, 0, false);
    while at < data.len() {
        match data[at] {
            b'/' if data[at + 1] == b'F' => font = usize::from(data[at + 2] - b'0'),
            b'T' if data.get(at + 1) == Some(&b'r') => halo = data[at - 2] == b'1',
            b'(' | b'<' => {
                let (bytes, end) = if data[at] == b'(' { literal(data, at + 1) } else { hex(data, at + 1) };
                let glyphs = bytes.chunks(2).map(|b| u16::from_be_bytes([b[0], b[1]]));
                if !halo {
                    out.push(glyphs.filter_map(|g| maps[font].get(&g)).filter(|c| !c.is_whitespace()).collect());
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    out
}

fn literal(data: &[u8], mut at: usize) -> (Vec<u8>, usize) {
    let (mut out, mut depth) = (Vec::new(), 1);
    loop {
        match data[at] {
            b'\\' => {
                at += 1;
                match data[at] {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'0'..=b'7' => {
                        out.push(data[at..at + 3].iter().fold(0_u16, |n, d| n * 8 + u16::from(d - b'0')) as u8);
                        at += 2;
                    }
                    other => out.push(other),
                }
            }
            b'(' => {
                depth += 1;
                out.push(b'(');
            }
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return (out, at);
                }
                out.push(b')');
            }
            other => out.push(other),
        }
        at += 1;
    }
}

fn hex(data: &[u8], from: usize) -> (Vec<u8>, usize) {
    let end = from + data[from..].iter().position(|b| *b == b'>').unwrap();
    let digits: Vec<u8> = data[from..end].iter().map(|b| (*b as char).to_digit(16).unwrap() as u8).collect();
    (digits.chunks(2).map(|d| d[0] << 4 | d[1]).collect(), end)
}
