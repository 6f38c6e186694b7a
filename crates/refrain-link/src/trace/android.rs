//! Android tombstones.

use super::draft::{Draft, LOOK_BACK, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::{fill, fill_all};

/// Reads `#00 pc 0003e0b0  /system/lib/libdvm.so (dvmAbort+34) (BuildId: 1f)`.
pub(super) fn frame(body: &str) -> Option<RawFrame> {
    let holes = fill("#{n:d} pc {address:x} {rest}", body)?;
    let rest = holes.get("rest").unwrap_or("");
    let (module, tail) = rest.split_once(" (").map_or((rest, ""), |(m, t)| (m, t));
    let module = module.split(" (offset").next().unwrap_or(module).trim();
    Some(RawFrame {
        function: symbol(tail),
        module: some(module),
        address: holes.get("address").and_then(some),
        end: body.len(),
        ..RawFrame::default()
    })
}

/// The symbol in parentheses, its offset and what follows dropped.
fn symbol(tail: &str) -> Option<String> {
    let tail = tail.strip_prefix("offset ").and_then(|t| t.split_once(" (").map(|t| t.1)).unwrap_or(tail);
    let tail = tail.split(") (BuildId").next().unwrap_or(tail);
    let tail = tail.trim_end().strip_suffix(')').unwrap_or(tail);
    let cut = tail.rfind('+').filter(|at| !tail[at + 1..].is_empty() && tail[at + 1..].bytes().all(|b| b.is_ascii_digit())).unwrap_or(tail.len());
    some(&tail[..cut]).filter(|s| s != "???" && !s.starts_with("BuildId") && !s.starts_with("offset "))
}

/// Whether a tombstone can begin with the line.
pub(super) fn anchor(body: &str) -> bool {
    frame(body).is_some() || body.starts_with("Fatal signal ")
}

/// Reads the stack with its first frame or its signal in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    if let Some(draft) = signal_alone(scope, at) {
        return Some(draft);
    }
    let first = if frame(scope.body(at)).is_some() {
        at
    } else {
        (at + 1..at + 80).take_while(|i| *i < scope.lines.len()).find(|i| frame(scope.body(*i)).is_some())?
    };
    let facts = facts(scope, first, at);
    let mut draft = Draft::new("android-native", scope, facts.start.min(at));
    draft.fatal = facts.signal.is_some();
    draft.thread = facts.thread;
    if let Some(signal) = facts.signal {
        draft.head(Header::new(&signal, facts.message.as_deref().unwrap_or("")));
    }
    let mut line = first;
    while let Some(next) = step(scope, line, &mut draft) {
        line = next;
    }
    (draft.frames() >= 2 || (draft.frames() == 1 && draft.headed)).then_some(draft)
}

/// A signal that no stack follows.
fn signal_alone(scope: &Scope, at: usize) -> Option<Draft> {
    let name = signal(scope.body(at)).filter(|_| scope.body(at).starts_with("Fatal signal"))?;
    let framed = (at + 1..at + 80)
        .take_while(|i| *i < scope.lines.len())
        .any(|i| frame(scope.body(i)).is_some() || scope.body(i).starts_with("#0 ") || scope.body(i).starts_with("signal "));
    let mut draft = Draft::headed("android-native", scope, at, Header::new(&name, ""));
    draft.fatal = true;
    (!framed).then_some(draft)
}

fn step(scope: &Scope, at: usize, draft: &mut Draft) -> Option<usize> {
    let body = scope.body(at);
    if let Some(raw) = frame(body) {
        let restarts = fill("#00 pc", body).is_some() && !draft.last().frames.is_empty();
        if restarts {
            draft.open(BlockKind::Thread, None);
        }
        return Some(draft.frame(scope, at, raw));
    }
    // A line of another log between two frames.
    (at + 1..at + 4)
        .find(|i| frame(scope.body(*i)).is_some() && fill("#00 pc", scope.body(*i)).is_none())
        .filter(|i| (at..*i).all(|j| scope.blank(j) || scope.prefix(j) != scope.prefix(*i) || scope.body(j).starts_with("(BuildId")))
}

/// What the lines above the backtrace say.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) start: usize,
    pub(super) signal: Option<String>,
    pub(super) message: Option<String>,
    pub(super) thread: Option<String>,
}

/// Signal, abort message and thread in the lines above line `first`.
pub(super) fn facts(scope: &Scope, first: usize, at: usize) -> Facts {
    let mut facts = Facts { start: first, ..Facts::default() };
    let lowest = scope.floor.max(at.min(first).saturating_sub(LOOK_BACK)).max(first.saturating_sub(80));
    for line in (lowest..first).rev() {
        let body = scope.body(line);
        if let Some(name) = signal(body) {
            facts.signal.get_or_insert(name);
            facts.start = line;
        } else if let Some(holes) = fill_all("Abort message: {message}", body) {
            facts.message = holes.get("message").map(|m| m.trim_matches(['\'', '"']).to_owned());
            facts.start = facts.start.min(line);
        } else if let Some(holes) = fill("pid: {:d}, tid: {:d}, name: {thread} >>>", body) {
            facts.thread = holes.get("thread").map(str::to_owned);
            facts.start = facts.start.min(line);
        } else if frame(body).is_some() {
            break;
        }
    }
    facts
}

/// `signal 11 (SIGSEGV), code 1`, `Fatal signal 11 (SIGSEGV)`.
fn signal(body: &str) -> Option<String> {
    let holes = ["signal {:d} ({signal}), ", "Fatal signal {:d} ({signal})"].iter().find_map(|p| fill(p, body))?;
    holes.get("signal").and_then(some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        for (line, function, module) in [
            ("#00  pc 0003e0b0  /system/lib/libdvm.so (dvmAbort)", Some("dvmAbort"), "/system/lib/libdvm.so"),
            ("#01  pc 0002fd4e  /system/lib/libdvm.so", None, "/system/lib/libdvm.so"),
            ("#02 pc 0000d228 /system/lib/libc.so (__thread_entry+72) (BuildId: 1f)", Some("__thread_entry"), "/system/lib/libc.so"),
            ("#06 pc 1  /x/base.apk!libfoo.so (offset 0x3a1000) (a::b(int)+12)", Some("a::b(int)"), "/x/base.apk!libfoo.so"),
        ] {
            let raw = frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.module.as_deref()), (function, Some(module)), "{line}");
        }
    }
}
