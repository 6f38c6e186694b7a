//! Linux kernel: oopses, KASAN reports, warnings, panics.

use super::draft::{Draft, LOOK_BACK, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::{fill, trim_blank};

/// Reads `[<ffffffff92af048c>] ? keyring_read+0x193/0x193 security/keys/keyring.c:176`, ` __schedule+0x1/0x2 [module]`.
fn frame(body: &str) -> Option<RawFrame> {
    let (address, rest) = match body.strip_prefix("[<").and_then(|b| b.split_once(">]")) {
        Some((address, rest)) => (some(address.trim()).filter(|a| a.bytes().all(|b| b.is_ascii_hexdigit())), trim_blank(rest)),
        None => (None, body),
    };
    let rest = rest.strip_prefix("? ").unwrap_or(rest);
    let rest = trim_blank(rest).trim_start_matches('(');
    let word = rest.split([' ', ')']).next()?;
    let (name, offsets) = word.split_once("+0x")?;
    let (offset, size) = offsets.split_once("/0x")?;
    let hex = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_hexdigit());
    let legal = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$'));
    if !legal || !hex(offset) || !hex(size) {
        return None;
    }
    let (module, file, line) = tail(&rest[word.len()..]);
    Some(RawFrame { function: some(name), module, file, line, address, end: body.len(), ..RawFrame::default() })
}

/// `[module] file.c:12`
fn tail(text: &str) -> (Option<String>, Option<String>, Option<u32>) {
    let text = trim_blank(text.trim_start_matches(')'));
    let module = text.strip_prefix('[').and_then(|t| t.split_once(']')).map(|(m, _)| m);
    let rest = module.map_or(text, |m| trim_blank(&text[m.len() + 2..]));
    let place = rest.split(' ').find_map(|w| w.rsplit_once(':').and_then(|(f, l)| l.parse().ok().map(|l| (f, l))));
    match place {
        Some((file, line)) => (module.and_then(some), some(file), Some(line)),
        None => (module.and_then(some), None, None),
    }
}

/// Heads: pattern, type.
const HEADS: &[(&str, &str)] = &[
    ("BUG: KASAN: {kind} in {rest}", "KASAN: {}"),
    ("BUG: KASAN: {kind} on {rest}", "KASAN: {}"),
    ("BUG: KMSAN: {kind} in {rest}", "KMSAN: {}"),
    ("BUG: KCSAN: {kind} in {rest}", "KCSAN: {}"),
    ("BUG: KFENCE: {kind} in {rest}", "KFENCE: {}"),
    ("BUG: unable to handle {rest}", "BUG: unable to handle kernel access"),
    ("BUG: {rest}", "BUG"),
    ("kernel BUG at {rest}", "kernel BUG"),
    ("general protection fault{rest}", "general protection fault"),
    ("Unable to handle kernel {rest}", "Unable to handle kernel access"),
    ("Internal error: {rest}", "Internal error"),
    ("WARNING: CPU: {rest}", "WARNING"),
    ("WARNING: at {rest}", "WARNING"),
    ("INFO: task {rest}", "hung task"),
    ("INFO: rcu{rest}", "rcu stall"),
    ("Kernel panic - not syncing: {rest}", "Kernel panic"),
    ("Oops: {rest}", "Oops"),
    ("possible deadlock{rest}", "possible deadlock"),
    ("divide error: {rest}", "divide error"),
];

fn head(body: &str) -> Option<Header> {
    let (pattern, ty) = HEADS.iter().find(|(p, _)| fill(p, body).is_some())?;
    let holes = fill(pattern, body)?;
    let kind = holes.get("kind").unwrap_or("");
    Some(Header::new(&ty.replace("{}", kind), body))
}

/// Registers and titles that stand above or between frames.
const STACKS: &[&str] = &[
    "Call Trace:",
    "Call trace:",
    "Backtrace:",
    "Allocated by task",
    "Freed by task",
    "Last potentially related work",
    "backtrace:",
    "Stack:",
    "Allocated:",
    "Freed:",
    "Backtrace for thread",
];

/// Whether a report can begin with the line.
pub(super) fn anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    let near = |reach: usize| (at + 1..at + reach).any(|i| frame(scope.body(i)).is_some());
    head(body).is_some_and(|h| h.ty == "Kernel panic" || near(REPORT_LINES)) || (STACKS.iter().any(|s| body.starts_with(s)) && near(4))
}

/// Lines of registers and code between a head and its frames.
const REPORT_LINES: usize = 40;

/// Reads the report that begins in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let mut draft = match head(scope.body(at)) {
        Some(header) => Draft::headed("linux-kernel", scope, at, header),
        None => Draft::new("linux-kernel", scope, at),
    };
    draft.language = "c";
    draft.fatal = draft.headed && !matches!(draft.blocks[0].exception_type.as_deref(), Some("WARNING" | "hung task" | "rcu stall"));
    let mut line = at;
    let mut idle = 0;
    while line < scope.lines.len() && idle < REPORT_LINES {
        let body = scope.body(line);
        let again = line > at && head(body).is_some() && draft.frames() > 0;
        if again {
            break;
        }
        if body.starts_with("---[ end ") {
            draft.take(scope, line);
            break;
        }
        let taken = take(scope, line, &mut draft);
        idle = if taken { 0 } else { idle + 1 };
        line = if taken { draft.next.max(line + 1) } else { line + 1 };
        if draft.frames() > 0 && idle > LOOK_BACK / 2 {
            break;
        }
    }
    (draft.frames() >= 2 || draft.headed).then_some(draft)
}

/// Takes one line, if it is a frame, the failing instruction or the title of a stack.
fn take(scope: &Scope, at: usize, draft: &mut Draft) -> bool {
    let body = scope.body(at);
    if let Some(raw) = pointer(body) {
        if draft.frames() == 0 {
            draft.frame(scope, at, raw);
        }
        return true;
    }
    if let Some(raw) = frame(body).or_else(|| below_head(body, draft)) {
        draft.frame(scope, at, raw);
        return true;
    }
    let title = STACKS.iter().any(|s| body.starts_with(s));
    if title && draft.last().frames.len() > 1 {
        draft.open(BlockKind::Context, Some(0));
    }
    if title {
        draft.last().title = some(body.trim_end_matches(':'));
        draft.take(scope, at);
    }
    title || matches!(body, "<TASK>" | "</TASK>" | "<IRQ>" | "</IRQ>" | "<EOI>" | "<NMI>" | "</NMI>" | "<<EOE>>")
}

/// `[ inline ] f`, once a stack has begun.
fn below_head(body: &str, draft: &Draft) -> Option<RawFrame> {
    let rest = body
        .strip_prefix("[<")
        .and_then(|b| b.split_once(">]").filter(|(a, _)| a.contains("inline")).map(|(_, r)| trim_blank(r)))
        .or_else(|| body.strip_prefix("[ inline ]").map(trim_blank))?;
    let name = rest.trim_start_matches("? ").split(['+', ' ']).next()?;
    (draft.frames() > 0 && !name.is_empty()).then(|| RawFrame { function: some(name), end: body.len(), ..RawFrame::default() })
}

/// `RIP: 0010:add_timer+0x74/0x80`, `PC is at f+0x1/0x2`: the failing function.
fn pointer(body: &str) -> Option<RawFrame> {
    let rest = ["RIP: {:x}:{rest}", "RIP {rest}", "PC is at {rest}", "pc : {rest}", "EIP: {rest}", "IP: {rest}"]
        .iter()
        .find_map(|p| fill(p, body))
        .and_then(|h| h.get("rest").map(str::to_owned))?;
    let start = rest.split_whitespace().find(|w| w.contains("+0x") && w.contains("/0x"))?;
    let at = rest.find(start)?;
    let mut raw = frame(&rest[at..])?;
    raw.end = body.len();
    Some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        for (line, function, file) in [
            ("[<ffffffff92af048c>] ? keyring_read+0x193/0x193 security/keys/keyring.c:176", "keyring_read", Some("security/keys/keyring.c")),
            ("key_gc_unused_keys.constprop.1+0x2a9/0x331 [xfs]", "key_gc_unused_keys.constprop.1", None),
        ] {
            let raw = frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.file.as_deref()), (Some(function), file), "{line}");
        }
        assert_eq!(
            pointer("RIP: 0010:[<ffffffff92af056e>]  [<ffffffff92af056e>] keyring_destroy+0xe2/0x186").unwrap().function.as_deref(),
            Some("keyring_destroy")
        );
        assert_eq!(head("BUG: KASAN: use-after-free in f2fs_x+0x208/0x390").unwrap().ty, "KASAN: use-after-free");
        assert!(frame("RAX: 0000 RBX: 0001").is_none());
    }
}
