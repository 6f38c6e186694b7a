//! The exact fingerprint of a record's failure: types, message shape and frames of its first whole trace.

use refrain_record::Record;

use crate::trace::{Noise, Trace, UserRules, extract, fingerprints, normalise};

/// Fewest frames that identify a failure: below, every timeout of a service looks the same.
const FEWEST_FRAMES: usize = 3;

/// Signature of the first trace that has enough frames; nothing where there is none. What a build, a run or a machine changes does not count.
pub fn signature(record: &Record, rules: &UserRules) -> Option<String> {
    let traces = record.sections.iter().filter(|s| s.role.filed_with_record()).flat_map(|s| extract(&s.text));
    let mut trace = traces.into_iter().find(|t| t.frame_count() >= FEWEST_FRAMES)?;
    normalise(&mut trace, rules);
    let prints = fingerprints(&trace, rules);
    let exact = prints.exact.filter(|_| tells(&trace))?;
    Some(format!("{} {}", prints.version, exact.key))
}

/// Whether a frame is more than machinery: `abort` below an assertion joins nothing.
fn tells(trace: &Trace) -> bool {
    trace.blocks.iter().flat_map(|b| &b.frames).any(|f| f.noise == Noise::None && !f.name.is_empty())
}
