//! valgrind's memcheck.

use super::draft::{Draft, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::fill;

/// Reads `at 0x484417B: free (in /usr/x.so)`, `by 0x10936B: main (crash.c:15)`.
fn frame(body: &str) -> Option<RawFrame> {
    let holes = ["at 0x{address:x}: {rest}", "by 0x{address:x}: {rest}"].iter().find_map(|p| fill(p, body))?;
    let rest = holes.get("rest")?;
    let open = rest.rfind(" (").unwrap_or(rest.len());
    let place = rest.get(open + 2..).unwrap_or("").trim_end_matches(')');
    let (module, file, line) = match (place.strip_prefix("in "), place.rsplit_once(':')) {
        (Some(module), _) => (some(module), None, None),
        (None, Some((file, line))) => (None, some(file), line.parse().ok()),
        _ => (None, None, None),
    };
    let name = if place.starts_with("below main") || file.is_some() || module.is_some() { &rest[..open] } else { rest };
    Some(RawFrame {
        function: some(name).filter(|n| n != "???"),
        module,
        file,
        line,
        address: holes.get("address").and_then(some),
        end: body.len(),
        ..RawFrame::default()
    })
}

fn prefixed(scope: &Scope, at: usize) -> bool {
    let prefix = scope.prefix(at);
    prefix.ends_with("==") && prefix.len() > 4 && prefix[..prefix.len() - 2].contains("==")
}

/// Whether a report can begin with the line.
pub(super) fn anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    prefixed(scope, at) && (frame(body).is_some() || body.starts_with("Process terminating"))
}

/// Reads the report whose first frame stands in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let first = if frame(scope.body(at)).is_some() { at } else { (at + 1..at + 4).find(|i| frame(scope.body(*i)).is_some())? };
    let head = (scope.floor.max(first.saturating_sub(3))..first).rev().take_while(|i| prefixed(scope, *i) && scope.has(*i)).last();
    let mut draft = match head {
        Some(line) => Draft::headed("valgrind", scope, line, Header::new(scope.body(line), "")),
        None => Draft::new("valgrind", scope, first),
    };
    draft.language = "c++";
    let mut line = first;
    loop {
        if let Some(raw) = frame(scope.body(line)) {
            line = draft.frame(scope, line, raw);
            continue;
        }
        let Some(next) = other_stack(scope, line, &mut draft) else { break };
        line = next;
    }
    Some(draft)
}

/// ` Address 0x.. is 0 bytes inside a block …` and `Block was alloc'd at`: the stacks of the memory's history.
fn other_stack(scope: &Scope, at: usize, draft: &mut Draft) -> Option<usize> {
    let body = scope.body(at);
    let follows = prefixed(scope, at) && scope.has(at) && frame(scope.body(at + 1)).is_some() && scope.indent(at) > 0;
    let last = prefixed(scope, at) && body.starts_with("Address 0x");
    if follows {
        draft.open(BlockKind::Context, Some(0));
        draft.last().title = some(body);
    }
    (follows || last).then(|| draft.take(scope, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        let raw = frame("at 0x484417B: operator delete(void*) (in /usr/libexec/vg.so)").unwrap();
        assert_eq!((raw.function.as_deref(), raw.module.as_deref()), (Some("operator delete(void*)"), Some("/usr/libexec/vg.so")));
        let raw = frame("by 0x10936B: ??? (crash.c:15)").unwrap();
        assert_eq!((raw.function, raw.file.as_deref(), raw.line), (None, Some("crash.c"), Some(15)));
        assert!(frame("at 0x10 we stop").is_none());
    }
}
