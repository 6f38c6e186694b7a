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
        let _ = writeln!(out, "  {:11} {}  {}", grain(print), print.key, print.text);
    }
    fingerprints.absent.iter().for_each(|a| _ = writeln!(out, "  absent      {a}"));
    fingerprints.by_rules.iter().for_each(|r| _ = writeln!(out, "  by rule     {r}"));
    out
}

fn grain(print: &super::fingerprint::Fingerprint) -> String {
    serde_plain(print.grain)
}

fn serde_plain(grain: super::fingerprint::Grain) -> String {
    let debug = format!("{grain:?}");
    let mut out = String::new();
    for c in debug.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
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
    for frame in &block.frames {
        explain_frame(out, frame, fingerprints);
    }
    if let Some(n) = block.elided {
        let _ = writeln!(out, "    … {n} not printed");
    }
    if block.dropped > 0 {
        let _ = writeln!(out, "    … {} read and not kept", block.dropped);
    }
}

fn explain_frame(out: &mut String, frame: &Frame, fingerprints: &Fingerprints) {
    let named = |p: &super::fingerprint::Fingerprint| {
        !frame.name.is_empty() && p.text.split([' ', '|']).any(|w| w == frame.name)
            || p.text.contains(&format!("{} <", frame.name))
            || p.text.ends_with(&frame.name)
    };
    let used: Vec<String> = fingerprints.all().filter(|p| !frame.name.is_empty() && named(p)).map(grain).collect();
    let own = if frame.in_app.is { "own " } else { "    " };
    let folded = if frame.folded > 0 { format!(" (and {} times more)", frame.folded) } else { String::new() };
    let _ = writeln!(out, "  {own}{}{folded}", frame.raw);
    for touch in &frame.rules {
        let _ = writeln!(out, "        {}: {}", touch.rule.0, touch.left);
    }
    let _ = writeln!(
        out,
        "        is {}  [{}]{}",
        if frame.name.is_empty() { "nothing stable" } else { &frame.name },
        frame.in_app.rule,
        if used.is_empty() { String::new() } else { format!("  in {}", used.join(", ")) }
    );
}
