//! What is settled when a trace, or all traces of a text, have been read: innermost first, the primary one, repeats.

use super::languages::{Language, Order};
use super::model::{Block, Trace};

/// Puts frames innermost first and fills what follows from the blocks.
pub(super) fn complete(trace: &mut Trace, language: &Language) {
    if language.order == Order::InnermostLast {
        trace.blocks.iter_mut().for_each(|b| b.frames.reverse());
    }
    trace.message_shape = super::read::root_shape(trace);
}

/// Marks repeats and the primary trace: the first that says that the program ended, else the first with a type, else the first.
pub(super) fn settle(traces: &mut [Trace]) {
    for at in 1..traces.len() {
        let lowest = at.saturating_sub(REPEATS_SOUGHT);
        traces[at].repeats = (lowest..at).find(|i| same(&traces[*i], &traces[at])).map(|i| traces[i].repeats.unwrap_or(i));
    }
    let primary = |want: fn(&Trace) -> bool| traces.iter().position(want);
    let chosen = primary(|t| t.fatal).or_else(|| primary(|t| t.exception_type.is_some())).unwrap_or(0);
    if let Some(trace) = traces.get_mut(chosen) {
        trace.primary = true;
    }
}

/// Earlier traces that a trace is compared with: two layers that log one failure stand close together.
const REPEATS_SOUGHT: usize = 64;

fn same(a: &Trace, b: &Trace) -> bool {
    a.exception_type == b.exception_type
        && a.message_shape == b.message_shape
        && a.blocks.len() == b.blocks.len()
        && a.blocks.iter().zip(&b.blocks).all(|(x, y)| same_block(x, y))
}

fn same_block(a: &Block, b: &Block) -> bool {
    a.frames.len() == b.frames.len()
        && a.frames.iter().zip(&b.frames).all(|(x, y)| x.function == y.function && x.file == y.file && x.line == y.line && x.module == y.module)
}
