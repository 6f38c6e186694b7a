//! How a trace became its fingerprints, for people.

use std::fmt::Write;

use super::fingerprint::Fingerprints;
use super::model::{Block, Frame, Trace};

/// A text with each frame, the rules that touched it with what each left, and the fingerprints.
pub fn explain_trace(trace: &Trace, fingerprints: &Fingerprints) -> String {
    let mut out = String::new();
    let head = [Some(trace.family), trace.exception_type.as_deref(), trace.thread.as_deref()];
    let _ = writeln!(
        out,
        "{}  bytes {}..{}{}",
        head.into_iter().flatten().collect::<Vec<_>>().join("  "),
        trace.start,
        trace.end,
        if trace.primary { "  primary" } else { "" }
    );
    if let Some(shape) = &trace.message_shape {
        let _ = writeln!(out, "message shape: {shape}");
    }
    for (at, block) in trace.blocks.iter().enumerate() {
        explain_block(&mut out, trace, at, block, fingerprints);
    }
    let _ = writeln!(out, "fingerprints ({})", fingerprints.version);
    for print in fingerprints.all() {
        let _ = writeln!(out, "  {:11} {}  {}", print.grain.name(), print.key, print.text);
    }
    fingerprints.absent.iter().for_each(|a| _ = writeln!(out, "  absent      {a}"));
    fingerprints.by_rules.iter().for_each(|r| _ = writeln!(out, "  by rule     {r}"));
    out
}

fn explain_block(out: &mut String, trace: &Trace, at: usize, block: &Block, fingerprints: &Fingerprints) {
    let marks = [(at == trace.thrown).then_some("thrown"), (at == trace.root).then_some("root")];
    let parts = [block.exception_type.as_deref(), block.title.as_deref()];
    let kind = format!("{:?}", block.kind).to_lowercase();
    let _ = writeln!(
        out,
        "block {at} {kind} {} {}",
        marks.into_iter().flatten().collect::<Vec<_>>().join(" "),
        parts.into_iter().flatten().collect::<Vec<_>>().join(" / ")
    );
    for (place, frame) in block.frames.iter().enumerate().filter(|(_, f)| !f.recurs) {
        let used: Vec<&str> = fingerprints.all().filter(|p| p.frames.contains(&(at, place))).map(|p| p.grain.name()).collect();
        explain_frame(out, frame, &used);
    }
    if let Some(n) = block.elided {
        let _ = writeln!(out, "    … {n} not printed");
    }
    if block.dropped > 0 {
        let _ = writeln!(out, "    … {} read and not kept", block.dropped);
    }
}

fn explain_frame(out: &mut String, frame: &Frame, used: &[&str]) {
    let own = if frame.in_app.is { "own " } else { "    " };
    let folded = if frame.folded > 0 { format!(" (and {} times more)", frame.folded) } else { String::new() };
    let _ = writeln!(out, "  {own}{}{folded}", frame.raw.replace('\n', " "));
    for touch in &frame.rules {
        let _ = writeln!(out, "        {}: {}", touch.rule.0, touch.left);
    }
    let name = if frame.name.is_empty() { "nothing stable" } else { &frame.name };
    let used = if used.is_empty() { String::new() } else { format!("  in {}", used.join(", ")) };
    let _ = writeln!(out, "        is {name}  [{}]{used}", frame.in_app.rule);
}
