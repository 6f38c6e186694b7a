//! Archives and packed files, read in place.

use std::io::{BufReader, Cursor, Read};

use super::guard::Counted;
use super::{Opener, ReadSeek};

/// Bytes that tell how a file is packed: a tar archive says so at byte 257.
pub const MAGIC_BYTES: u64 = 512;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    /// One stream, gzip.
    Gzip,
    /// One stream, Zstandard.
    Zstd,
    /// One stream, xz.
    Xz,
    /// One stream, bzip2.
    Bzip2,
    /// Members, zip.
    Zip,
    /// Members, tar.
    Tar,
}

/// How the bytes are packed, from what they begin with. Names are not asked: exports are renamed.
pub fn packed_as(path: &str, head: &[u8]) -> Option<Packed> {
    match head {
        [0x1F, 0x8B, ..] => Some(Packed::Gzip),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Packed::Zstd),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packed::Xz),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Some(Packed::Bzip2),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Packed::Zip),
        _ if head.get(257..262) == Some(b"ustar") => Some(Packed::Tar),
        // Tar files of old tools carry no mark; their names end in zeros, which no text does.
        _ if path.ends_with(".tar") && head.len() > 156 && head[99] == 0 && head[0] != 0 => Some(Packed::Tar),
        _ => None,
    }
}

/// The name of what is inside a packed file: `issues.jsonl.gz` holds `issues.jsonl`. Reports keep the whole name.
fn hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// Whether a member's name leads out of its archive.
fn leads_out(name: &str) -> bool {
    let name = name.replace('\\', "/");
    name.starts_with('/') || name.split('/').any(|part| part == "..") || name.get(1..2) == Some(":") || name.contains('\0')
}

impl Opener<'_> {
    pub(super) fn gzip(&mut self, path: &str, reader: &mut dyn Read, depth: u32) {
        let counted = Counted::new(BufReader::new(reader));
        let count = counted.count();
        self.stream(path, &mut flate2::bufread::MultiGzDecoder::new(counted), Some(count), depth + 1);
    }

    pub(super) fn zstd(&mut self, path: &str, reader: &mut dyn Read, depth: u32) {
        let counted = Counted::new(BufReader::new(reader));
        let count = counted.count();
        match Frames::new(counted) {
            Ok(mut frames) => self.stream(path, &mut frames, Some(count), depth + 1),
            Err(error) => self.refuse(path, format!("no Zstandard: {error}")),
        }
    }

    pub(super) fn xz(&mut self, path: &str, reader: &mut dyn Read, depth: u32) {
        let counted = Counted::new(BufReader::new(reader));
        let count = counted.count();
        self.stream(path, &mut lzma_rust2::XzReader::new(counted, true), Some(count), depth + 1);
    }

    pub(super) fn bzip2(&mut self, path: &str, reader: &mut dyn Read, depth: u32) {
        let counted = Counted::new(BufReader::new(reader));
        let count = counted.count();
        self.stream(path, &mut bzip2_rs::DecoderReader::new(counted), Some(count), depth + 1);
    }

    pub(super) fn tar(&mut self, path: &str, reader: &mut dyn Read, depth: u32) {
        let mut archive = tar::Archive::new(reader);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.refuse(path, format!("no tar archive: {error}")),
        };
        for (number, entry) in entries.enumerate() {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.refuse(path, format!("the archive breaks off at member {}: {error}", number + 1)),
            };
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if entry.header().entry_type().is_file() && self.takes(path, &name, number as u64) {
                self.stream(&format!("{path}/{}", name.trim_start_matches("./")), &mut entry, None, depth + 1);
            }
            if number as u64 >= self.limits.most_members {
                return;
            }
        }
    }

    /// Whether a member is read; one that leads out or is too many is refused with a report, a hidden one passed over.
    fn takes(&mut self, path: &str, name: &str, number: u64) -> bool {
        if number >= self.limits.most_members {
            self.refuse(path, format!("more than {} members: unpack it yourself", self.limits.most_members));
            return false;
        }
        if leads_out(name) {
            self.refuse(&format!("{path}/(member {})", number + 1), "its name leads out of the archive: refused".into());
            return false;
        }
        !hidden(name.trim_start_matches("./"))
    }

    pub(super) fn zip(&mut self, path: &str, reader: Box<dyn ReadSeek + '_>, depth: u32) {
        let mut archive = match zip::ZipArchive::new(reader) {
            Ok(archive) => archive,
            Err(error) => return self.refuse(path, format!("no zip archive: {error}")),
        };
        for number in 0..archive.len() {
            let mut member = match archive.by_index(number) {
                Ok(member) => member,
                Err(error) => {
                    self.refuse(&format!("{path}/(member {})", number + 1), format!("cannot be unpacked: {error}"));
                    continue;
                }
            };
            // A name that is no text of the archive's encoding cannot be shown, so the member is named by its number.
            let name = member.name().map_or_else(|_| format!("member-{}", number + 1), |name| name.into_owned());
            if member.is_file() && self.takes(path, &name, number as u64) {
                let packed = std::rc::Rc::new(std::cell::Cell::new(member.compressed_size()));
                self.stream(&format!("{path}/{name}"), &mut member, Some(packed), depth + 1);
            }
            if number as u64 >= self.limits.most_members {
                return;
            }
        }
    }

    /// An archive that must be jumped about in, in a stream that cannot: held in memory, up to a limit.
    pub(super) fn nested_zip(&mut self, path: &str, reader: &mut dyn Read, depth: u32) {
        let mut bytes = Vec::new();
        // The guard below turns errors into an end with a reason.
        let _ = reader.take(self.limits.largest_nested + 1).read_to_end(&mut bytes);
        if bytes.len() as u64 > self.limits.largest_nested {
            return self.refuse(path, format!("a zip archive of more than {} bytes inside another: unpack it yourself", self.limits.largest_nested));
        }
        self.zip(path, Box::new(Cursor::new(bytes)), depth);
    }
}

/// Zstandard frames end to end, as a long stream is written.
struct Frames<R: Read> {
    frame: Option<ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: std::io::BufRead> Frames<R> {
    fn new(reader: R) -> std::io::Result<Self> {
        Ok(Self { frame: Some(ruzstd::decoding::StreamingDecoder::new(reader).map_err(std::io::Error::other)?) })
    }

    /// The frame behind the one that ended, where there is one.
    fn next_frame(&mut self) -> std::io::Result<bool> {
        let Some(frame) = self.frame.take() else { return Ok(false) };
        let mut reader = frame.into_inner();
        if reader.fill_buf()?.is_empty() {
            return Ok(false);
        }
        *self = Self::new(reader)?;
        Ok(true)
    }
}

impl<R: std::io::BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let Some(frame) = self.frame.as_mut() else { return Ok(0) };
            let read = frame.read(buffer)?;
            if read > 0 || buffer.is_empty() || !self.next_frame()? {
                return Ok(read);
            }
        }
    }
}
