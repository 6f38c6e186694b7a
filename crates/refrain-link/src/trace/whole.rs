//! What is settled when a trace, or all traces of a text, have been read: innermost first, the primary one, repeats.

use std::collections::VecDeque;

use super::languages::{Language, Order};
use super::model::Trace;

/// Puts frames innermost first and fills what follows from the blocks.
pub(super) fn complete(trace: &mut Trace, language: &Language) {
    if language.order == Order::InnermostLast {
        trace.blocks.iter_mut().for_each(|b| b.frames.reverse());
    }
    trace.message_shape = super::read::root_shape(trace);
}

/// Marks repeats and the primary trace: the first that says that the program ended, else the first with a type, else the first.
///
/// A program that ends may print its stack twice, bare first and with symbols after: the one that names functions counts.
pub(super) fn settle(traces: &mut [Trace]) {
    let mut seen = Seen::default();
    traces.iter_mut().for_each(|t| t.repeats = seen.earlier(t));
    let primary = |want: fn(&Trace) -> bool| traces.iter().position(want);
    let chosen = primary(|t| t.fatal && named(t)).or_else(|| primary(|t| t.fatal)).or_else(|| primary(|t| t.exception_type.is_some())).unwrap_or(0);
    if let Some(trace) = traces.get_mut(chosen) {
        trace.primary = true;
    }
}

/// Whether a frame of the failing stack has a symbol.
fn named(trace: &Trace) -> bool {
    let symbol = |name: &str| !name.is_empty() && !name.starts_with('<') && name != "??" && !name.starts_with("0x");
    let blocks = [trace.thrown, trace.root].into_iter().filter_map(|at| trace.blocks.get(at));
    blocks.flat_map(|b| &b.frames).any(|f| f.function.as_deref().is_some_and(symbol))
}

/// Earlier traces that a trace is compared with: two layers that log one failure stand close together.
const REPEATS_SOUGHT: usize = 64;

/// The latest traces of a text, by what they say.
#[derive(Default)]
pub(super) struct Seen {
    count: usize,
    latest: VecDeque<(u64, usize)>,
}

impl Seen {
    /// Index of the first trace that says what this one says, if it stands near. Traces are given one after the other.
    pub(super) fn earlier(&mut self, trace: &Trace) -> Option<usize> {
        let said = said(trace);
        let found = self.latest.iter().find(|(s, _)| *s == said).map(|(_, at)| *at);
        if self.latest.len() == REPEATS_SOUGHT {
            self.latest.pop_front();
        }
        self.latest.push_back((said, found.unwrap_or(self.count)));
        self.count += 1;
        found
    }
}

/// FNV-1a over types, the message's shape and the frames' functions and places.
fn said(trace: &Trace) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: Option<&str>| {
        let bytes = text.unwrap_or("\u{1}").bytes().chain([0]);
        sum = bytes.fold(sum, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    };
    add(trace.exception_type.as_deref());
    add(trace.message_shape.as_deref());
    for block in &trace.blocks {
        add(Some("\u{2}"));
        for frame in &block.frames {
            [&frame.function, &frame.file, &frame.module].into_iter().for_each(|t| add(t.as_deref()));
            add(frame.line.map(|l| l.to_string()).as_deref());
        }
    }
    sum
}
