//! glibc's `backtrace()` and its own messages.

use super::draft::{Draft, RawFrame, Scope, some};
use super::header::Header;
use super::pattern::{fill, fill_all, trim_blank};

/// Reads `./crash(main+0xc3)[0x557dd8203325]`, `/lib/libc.so.6(+0x2724a) [0x7f]`.
pub(super) fn frame(body: &str) -> Option<RawFrame> {
    let numbered = fill("{:d}. ", body).or_else(|| fill("#{:d} ", body)).map_or(body, |h| trim_blank(&body[h.end..]));
    let (head, address) = numbered.trim_end().strip_suffix(']')?.rsplit_once("[0x")?;
    let head = head.trim_end();
    let hex = !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit());
    let (module, symbol) = match head.strip_suffix(')').and_then(|h| h.split_once('(')) {
        Some((module, symbol)) => (module, symbol),
        None => (head, ""),
    };
    let (name, offset) = symbol.rsplit_once("+0x").map_or((symbol, None), |(n, o)| (n, Some(format!("+0x{o}"))));
    let shaped = hex && !module.is_empty() && !module.contains(' ') && (module.contains('/') || module.contains('.'));
    shaped.then(|| RawFrame { function: some(name), module: some(module), address: offset.or(some(address)), end: body.len(), ..RawFrame::default() })
}

/// Messages of the allocator and of the stack protector.
const HEADS: &[&str] = &[
    "*** Error in `{program}': {message}: 0x{:x} ***",
    "*** Error in '{program}': {message}: 0x{:x} ***",
    "*** stack smashing detected ***: {message}",
    "free(): {message}",
    "malloc(): {message}",
    "corrupted {message}",
];

fn head(body: &str) -> Option<Header> {
    let pattern = HEADS.iter().find(|p| fill_all(p, body).is_some())?;
    let message = fill_all(pattern, body).and_then(|h| h.get("message").map(str::to_owned)).unwrap_or_default();
    let ty = match pattern.starts_with("***") {
        true if pattern.contains("smashing") => "stack smashing detected".to_owned(),
        true => message,
        false => body.trim().to_owned(),
    };
    Some(Header::new(&ty, body))
}

/// Whether a stack can begin with the line.
pub(super) fn anchor(body: &str) -> bool {
    frame(body).is_some() || head(body).is_some()
}

/// Reads the stack with its head or its first frame in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    let mut draft = match head(scope.body(at)) {
        Some(header) => Draft::headed("glibc-backtrace", scope, at, header),
        None => Draft::new("glibc-backtrace", scope, at),
    };
    draft.fatal = draft.headed;
    draft.language = "c++";
    let first = (at..at + 5).find(|i| frame(scope.body(*i)).is_some());
    let mut line = first.unwrap_or(at);
    while let Some(raw) = frame(scope.body(line)) {
        line = draft.frame(scope, line, raw);
    }
    (draft.frames() >= 2 || (draft.headed && alone(scope, at, draft.frames()))).then_some(draft)
}

/// A message without frames counts where it stands for itself: `free(): invalid pointer` begins sentences too.
fn alone(scope: &Scope, at: usize, frames: usize) -> bool {
    let debugged = (at + 1..at + 12)
        .any(|i| scope.body(i).contains("received signal") || scope.body(i).contains("Sanitizer") || scope.body(i).starts_with("#0 "));
    if debugged && frames == 0 {
        return false;
    }
    frames > 0 || scope.body(at).starts_with("***") || scope.body(at).len() < 60 && !scope.body(at).ends_with('.') && scope.indent(at) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        for (line, function, module) in [
            ("./crash(+0x1243)[0x557dd8203243]", None, "./crash"),
            ("./crash(main+0xc3)[0x557dd8203325]", Some("main"), "./crash"),
            (
                "/lib/x86_64-linux-gnu/libc.so.6(__libc_start_main+0x85) [0x7fb972c8a305]",
                Some("__libc_start_main"),
                "/lib/x86_64-linux-gnu/libc.so.6",
            ),
        ] {
            let raw = frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.module.as_deref()), (function, Some(module)), "{line}");
        }
        assert!(frame("[0x7f6b13882bf1]").is_none());
        assert_eq!(head("*** Error in `./x': double free or corruption (fasttop): 0x0000 ***").unwrap().ty, "double free or corruption (fasttop)");
    }
}
