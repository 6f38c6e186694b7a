//! The exact fingerprint of a record's failure: exception, message shape and frames of its primary trace.

use refrain_record::Record;

use crate::trace::{GRAMMAR_VERSION, extract};

/// Fewest frames that identify a failure: below, every timeout of a service looks the same.
const FEWEST_FRAMES: usize = 3;
/// Frames that count, from the innermost.
const FRAMES: usize = 20;

/// Signature of the first trace that has enough frames; nothing where there is none. Lines and addresses do not count.
pub fn signature(record: &Record) -> Option<String> {
    let traces = record.sections.iter().filter(|s| s.role.filed_with_record()).flat_map(|s| extract(&s.text));
    let mut fitting = traces.filter(|t| t.frame_count() >= FEWEST_FRAMES);
    let trace = fitting.next()?;
    let frames = trace.blocks.iter().flat_map(|b| &b.frames).take(FRAMES);
    let names: Vec<String> = frames.map(|f| format!("{}.{}", f.module.as_deref().unwrap_or(""), f.function.as_deref().unwrap_or("?"))).collect();
    let text = [trace.exception_type.as_deref().unwrap_or(""), trace.message_shape.as_deref().unwrap_or(""), &names.join("<")].join("|");
    Some(format!("v{GRAMMAR_VERSION} {:016x}", fnv(text.as_bytes())))
}

/// FNV-1a in 64 bits: the same on every machine.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, b| (sum ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
