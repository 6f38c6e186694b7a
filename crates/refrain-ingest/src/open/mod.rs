//! Opens what a user has: plain or packed files, archives in place, any of the encodings, and hands text to the right reader.

mod decode;
mod guard;
mod unpack;

use std::io::{BufRead, BufReader, Cursor, Read, Seek};

use crate::report::FileReport;
use crate::sniff::{Verdict, recognise};
use crate::source::{FileReader, Head, Input, Item, ReadSetup};
use crate::sources::SOURCES;
use crate::warnings;
pub use guard::Limits;
use guard::{Guarded, Meter};

/// Bytes of a file that readers see before they say whether it is theirs.
pub const HEAD_BYTES: usize = 64 << 10;

/// What a file can be read from: archives are jumped about in.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Reads a file: unpacks, decodes, recognises, reads. Gives one report per text: one for a plain file, one per member of an archive.
///
/// `path`: folders from the given path down to the file, and its name, joined by `/`; members of archives come as `a.zip/x.json`.
/// `folders`: names of the folders above the file, nearest last. `mappings` are asked beside the table of sources.
/// Never fails: what cannot be read is said in a report.
pub fn read_file<M: FileReader>(
    path: &str,
    folders: &[String],
    reader: Box<dyn ReadSeek + '_>,
    setup: &ReadSetup,
    mappings: &[M],
    limits: &Limits,
    sink: &mut dyn FnMut(Item),
) -> Vec<FileReport> {
    let mut readers: Vec<&dyn FileReader> = mappings.iter().map(|m| m as &dyn FileReader).collect();
    readers.extend(SOURCES.iter().map(|row| row as &dyn FileReader));
    let mut opener = Opener { folders, setup, readers, limits, meter: Meter::default(), reports: Vec::new(), sink };
    opener.file(path, reader, 0);
    opener.reports
}

/// Reads a text that is in memory already; as [`read_file`].
pub fn read_bytes<M: FileReader>(path: &str, bytes: &[u8], setup: &ReadSetup, mappings: &[M], sink: &mut dyn FnMut(Item)) -> Vec<FileReport> {
    read_file(path, &[], Box::new(Cursor::new(bytes)), setup, mappings, &Limits::default(), sink)
}

/// One file on its way.
struct Opener<'o> {
    folders: &'o [String],
    setup: &'o ReadSetup,
    readers: Vec<&'o dyn FileReader>,
    limits: &'o Limits,
    meter: Meter,
    reports: Vec<FileReport>,
    sink: &'o mut dyn FnMut(Item),
}

impl Opener<'_> {
    /// A stream that may be anything: its first bytes decide.
    fn file(&mut self, path: &str, mut reader: Box<dyn ReadSeek + '_>, depth: u32) {
        let mut first = Vec::new();
        let begun = (&mut reader).take(unpack::MAGIC_BYTES).read_to_end(&mut first).and_then(|_| reader.rewind());
        match (begun, unpack::packed_as(path, &first)) {
            (Err(error), _) => self.refuse(path, format!("cannot be read: {error}")),
            (Ok(()), Some(unpack::Packed::Zip)) => self.zip(path, reader, depth),
            (Ok(()), _) => self.stream(path, &mut reader, None, depth),
        }
    }

    /// A stream that cannot be jumped about in: packed, an archive, or text.
    fn stream(&mut self, path: &str, reader: &mut dyn Read, packed: Option<std::rc::Rc<std::cell::Cell<u64>>>, depth: u32) {
        let mut guarded = Guarded::new(reader, &self.meter, self.limits, packed);
        let mut head = Vec::new();
        // The guard turns every error into an end with a reason, so there is nothing to lose here.
        let _ = (&mut guarded).take(HEAD_BYTES as u64).read_to_end(&mut head);
        let kind = unpack::packed_as(path, &head);
        let whole = head.len() < HEAD_BYTES;
        let mut rest = Cursor::new(&head).chain(guarded);
        match kind {
            Some(kind) if depth >= self.limits.deepest => {
                self.refuse(path, format!("an archive in an archive, deeper than {} ({kind:?})", self.limits.deepest))
            }
            Some(unpack::Packed::Gzip) => self.gzip(path, &mut rest, depth),
            Some(unpack::Packed::Zstd) => self.zstd(path, &mut rest, depth),
            Some(unpack::Packed::Xz) => self.xz(path, &mut rest, depth),
            Some(unpack::Packed::Bzip2) => self.bzip2(path, &mut rest, depth),
            Some(unpack::Packed::Tar) => self.tar(path, &mut rest, depth),
            Some(unpack::Packed::Zip) => self.nested_zip(path, &mut rest, depth),
            None => self.text(path, &head, whole, &mut rest),
        }
    }

    /// A text: decoded, recognised, read.
    fn text(&mut self, path: &str, head: &[u8], whole: bool, reader: &mut dyn Read) {
        let (encoding, mark) = decode::Encoding::of(head);
        if encoding == decode::Encoding::Utf8 && looks_binary(head) {
            return self
                .refuse(path, if head.is_empty() { "empty".to_owned() } else { "no text: an image, a program or an unknown archive".to_owned() });
        }
        // Cannot fail: the mark stands in the head, which is in memory.
        let _ = reader.read_exact(&mut vec![0; mark]);
        let decoder = decode::Decoder::new(reader, encoding);
        let guessed = decoder.guessed();
        let mut text = BufReader::with_capacity(HEAD_BYTES, decoder);
        let start = decoded_head(&head[mark..], encoding);
        let head = Head { path, text: &start, whole };
        let mut report = FileReport::new(path);
        match recognise(&head, &self.readers) {
            Verdict::Known(at, reason) => {
                report.format = Some(self.readers[at].name());
                report.reason = reason;
                self.read(at, path, &mut text, &mut report);
            }
            Verdict::Tie(names) => {
                report.reason = "fits several kinds equally: give a mapping, or import it by itself".into();
                report.nearest = names;
            }
            Verdict::Unknown(nearest) => {
                report.reason = unknown_reason(&start);
                report.nearest = nearest;
            }
        }
        if guessed.get() > 0 {
            report.warnings.push(format!("{} bytes are not UTF-8: read as Windows-1252", guessed.get()));
        }
        self.finish(report);
    }

    fn read(&mut self, at: usize, path: &str, text: &mut dyn BufRead, report: &mut FileReport) {
        let sink = &mut *self.sink;
        let mut counted = |item: Item| {
            report.count(&item);
            sink(item);
        };
        self.readers[at].read(&mut Input { path, folders: self.folders, text }, self.setup, &mut counted);
        report.warnings.extend(warnings::of(report));
    }

    /// Closes a report: with what broke on the way.
    fn finish(&mut self, mut report: FileReport) {
        if let Some(broken) = self.meter.broken() {
            report.warnings.insert(0, broken);
        }
        self.reports.push(report);
    }

    /// A report for something that is not read at all.
    fn refuse(&mut self, path: &str, reason: String) {
        let mut report = FileReport::new(path);
        report.reason = reason;
        self.finish(report);
    }
}

/// Zeros and other control characters that no text holds, more than one in a hundred bytes.
fn looks_binary(head: &[u8]) -> bool {
    let odd = head.iter().filter(|b| **b < 32 && !matches!(**b, b'\n' | b'\r' | b'\t' | 0x0c | 0x1b | 0x1e)).count();
    head.is_empty() || odd * 100 > head.len()
}

fn decoded_head(bytes: &[u8], encoding: decode::Encoding) -> String {
    let mut text = Vec::new();
    // Reading from memory does not fail.
    let _ = decode::Decoder::new(bytes, encoding).read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn unknown_reason(start: &str) -> String {
    let shape = match start.trim_start().chars().next() {
        None => "empty",
        Some('{' | '[') => "JSON of an unknown kind",
        Some('<') => "markup of an unknown kind",
        Some(_) => "text of an unknown kind",
    };
    format!("{shape}; `refrain map FILE` drafts a mapping for tables and trees")
}
