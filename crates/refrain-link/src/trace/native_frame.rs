//! Frames of native stacks, numbered with `#` and not.

use super::draft::{RawFrame, some};
use super::pattern::{fill, trim_blank};

/// Reads a frame that begins with `#n`, `frame #n:` (lldb) or ` n#` (boost): its number and what it says.
pub(super) fn numbered(body: &str) -> Option<(Option<u32>, RawFrame)> {
    if ["(package:", "(dart:", "(file:"].iter().any(|p| body.contains(p)) {
        return None;
    }
    let (number, rest) = number(body)?;
    let offset = body.len() - rest.len();
    let mut raw = addressed(rest).or_else(|| debugged(rest)).or_else(|| placed(rest))?;
    raw.end += offset;
    Some((Some(number), raw))
}

fn number(body: &str) -> Option<(u32, &str)> {
    let lead = body.strip_prefix("* ").unwrap_or(body);
    let lead = lead.strip_prefix("frame ").unwrap_or(lead);
    if let Some(holes) = fill("#{n:d}", lead) {
        let rest = lead[holes.end..].strip_prefix(':').unwrap_or(&lead[holes.end..]);
        return (rest.starts_with([' ', '\t'])).then(|| holes.number("n").map(|n| (n, trim_blank(rest))))?;
    }
    let boost = fill("{n:d}# ", lead)?;
    boost.number("n").map(|n| (n, trim_blank(&lead[boost.end..])))
}

/// `0x4db836 in fn place`, `0x55 (module+0x1)`, `0x55 fn()`, `0x55`.
fn addressed(rest: &str) -> Option<RawFrame> {
    let holes = fill("0x{address:x}", rest)?;
    let address = holes.get("address").and_then(some);
    let tail = trim_blank(&rest[holes.end..]);
    let mut raw = match tail.strip_prefix("in ") {
        Some(called) => debugged(called).or_else(|| placed(called)).unwrap_or_else(|| plain(called)),
        None if tail.is_empty() || tail == "<unknown>" => RawFrame::default(),
        None => module_call(tail).or_else(|| placed(tail)).unwrap_or_else(|| plain(tail)),
    };
    raw.end = rest.len();
    raw.address = raw.address.or(address);
    Some(raw)
}

/// A function and nothing else.
fn plain(text: &str) -> RawFrame {
    let name = text.trim();
    let known = name != "??" && name != "<null>" && !name.starts_with("<unknown");
    RawFrame { function: some(name).filter(|_| known), end: text.len(), ..RawFrame::default() }
}

/// lldb: ``module`fn(args) at file:line:col``, ``module`fn + 12``.
fn module_call(text: &str) -> Option<RawFrame> {
    let (module, call) = text.split_once('`').filter(|(m, _)| !m.contains(' ') && !m.is_empty())?;
    let (call, place) = call.rsplit_once(" at ").map_or((call, None), |(c, p)| (c, Some(p)));
    let name = call.rsplit_once(" + ").filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit())).map_or(call, |(c, _)| c);
    let (file, line, column) = place.and_then(file_place).map_or((None, None, None), |(f, l, c)| (some(f), Some(l), c));
    Some(RawFrame { function: some(name), module: some(module), file, line, column, end: text.len(), ..RawFrame::default() })
}

/// gdb: `fn (args) at file:12`, `fn (args) from lib`, `fn ()`, `<signal handler called>`.
fn debugged(text: &str) -> Option<RawFrame> {
    if text.starts_with("<signal handler called>") {
        return Some(RawFrame { function: some("<signal handler called>"), end: text.len(), ..RawFrame::default() });
    }
    let open = arguments(text)?;
    let tail = text.trim_end();
    let place = tail.rfind(") at ").map(|at| &tail[at + 5..]).and_then(file_place);
    let library = tail.rfind(") from ").map(|at| tail[at + 7..].trim());
    let closed = tail.ends_with(')') && !tail[open..].contains("+0x") && !tail[open..].contains(" (/");
    if place.is_none() && library.is_none() && !closed {
        return None;
    }
    let (file, line, column) = place.map_or((None, None, None), |(f, l, c)| (some(f), Some(l), c));
    Some(RawFrame { module: library.and_then(some), file, line, column, end: text.len(), ..plain(text[..open].trim_end()) })
}

/// Offset of gdb's argument list: a parenthesis after a blank, outside template arguments.
fn arguments(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for at in 0..bytes.len() {
        match bytes[at] {
            b'<' if at > 0 && !text[..at].ends_with("operator") && !text[..at].ends_with("operator<") => depth += 1,
            b'>' if at > 0 && bytes[at - 1] != b'-' && !text[..at].ends_with("operator") => depth = depth.saturating_sub(1),
            b'(' if depth == 0 && at > 0 && bytes[at - 1] == b' ' => {
                let anonymous = text[at..].starts_with("(anonymous ") || text[at..].starts_with("(.");
                if !anonymous {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Sanitizers: `fn file:12:3`, `fn (module+0x1) (BuildId: 1f)`, `fn file:12 (module+0x1)`, `(module+0x1)`.
fn placed(text: &str) -> Option<RawFrame> {
    let line = text.split(" (BuildId: ").next().unwrap_or(text).trim_end();
    let (line, module, offset) = module_at_end(line);
    let found = module.is_some();
    let (name, place) = split_place(line);
    if !found && place.is_none() {
        return None;
    }
    let (file, number, column) = place.map_or((None, None, None), |p| file_place(p).map_or((Some(p), None, None), |(f, l, c)| (Some(f), Some(l), c)));
    let name = name.strip_suffix(" at").unwrap_or(name);
    let file = file.filter(|f| !f.starts_with("??") && *f != "<null>" && *f != "_asan_rtl_");
    Some(RawFrame { module, file: file.and_then(some), line: number.filter(|n| *n > 0), column, address: offset, end: text.len(), ..plain(name) })
}

/// `(module+0x1f)` at the end: text before it, module, offset.
fn module_at_end(line: &str) -> (&str, Option<String>, Option<String>) {
    let Some(open) = line.rfind('(').filter(|_| line.ends_with(')')) else { return plus_at_end(line) };
    let inner = &line[open + 1..line.len() - 1];
    match inner.rsplit_once("+0x") {
        Some((module, offset)) if offset.bytes().all(|b| b.is_ascii_hexdigit()) => {
            (line[..open].trim_end(), some(module), Some(format!("+0x{offset}")))
        }
        _ => (line, None, None),
    }
}

/// `/path/lib.so+0x1f` at the end.
fn plus_at_end(line: &str) -> (&str, Option<String>, Option<String>) {
    let start = line.rfind(' ').map_or(0, |at| at + 1);
    match line[start..].rsplit_once("+0x") {
        Some((module, offset)) if !module.is_empty() && offset.bytes().all(|b| b.is_ascii_hexdigit()) && module.contains(['/', '\\', '.']) => {
            (line[..start].trim_end(), some(module), Some(format!("+0x{offset}")))
        }
        _ => (line, None, None),
    }
}

/// Splits the place off a function whose name may hold blanks.
fn split_place(line: &str) -> (&str, Option<&str>) {
    let start = line.rfind(' ').map_or(0, |at| at + 1);
    let last = &line[start..];
    let placed =
        file_place(last).is_some() || last.starts_with('/') || matches!(last, "<null>" | "_asan_rtl_") || last.starts_with("??:") || is_source(last);
    if !placed {
        return (line, None);
    }
    let absolute =
        [" /", " C:\\", " D:\\"].iter().filter_map(|m| line[..start].find(m)).min().filter(|at| balanced(&line[..*at]) && file_place(last).is_some());
    let cut = absolute.map_or(start, |at| at + 1);
    (line[..cut].trim_end(), Some(&line[cut..]))
}

fn is_source(text: &str) -> bool {
    text.rsplit_once('.').is_some_and(|(stem, e)| {
        !stem.is_empty() && matches!(e, "c" | "cc" | "cpp" | "cxx" | "h" | "hpp" | "inl" | "rs" | "go" | "S" | "s" | "m" | "mm" | "swift")
    })
}

fn balanced(text: &str) -> bool {
    text.matches('(').count() == text.matches(')').count()
}

/// `file:12:3` or `file:12`.
fn file_place(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let (head, last) = text.trim_end().rsplit_once(':')?;
    let last: u32 = last.split(' ').next()?.parse().ok()?;
    match head.rsplit_once(':').and_then(|(f, l)| l.parse::<u32>().ok().map(|l| (f, l))) {
        Some((file, line)) if !file.is_empty() => Some((file, line, Some(last))),
        _ => (!head.is_empty() && !head.starts_with("0x")).then_some((head, last, None)),
    }
}

/// Frames below `==== C stack trace`: ` 1: 0xb29b0f4`, ` 2: V8_Fatal`, those of glibc, bare addresses.
pub(super) fn below_c_stack(body: &str) -> Option<RawFrame> {
    if let Some(holes) = fill("{n:d}: {symbol}", body) {
        let symbol = holes.get("symbol")?;
        let address = symbol.strip_prefix("0x").filter(|a| a.bytes().all(|b| b.is_ascii_hexdigit()));
        let name = if address.is_some() { "" } else { symbol };
        return Some(RawFrame { address: address.and_then(some), end: body.len(), ..plain(name) });
    }
    super::glibc::frame(body).or_else(|| unnumbered(body))
}

/// Frames without numbers: `fn [0x61C20814+20] (file:12)`, `fn() [0x13d6753]`, `[0x7f6b13882bf1]`.
pub(super) fn unnumbered(body: &str) -> Option<RawFrame> {
    let open = body.find("[0x")?;
    let close = body[open..].find(']')? + open;
    let inner = &body[open + 3..close];
    let (address, offset) = inner.split_once('+').unwrap_or((inner, ""));
    let legal = address.len() >= 5 && address.bytes().all(|b| b.is_ascii_hexdigit()) && offset.bytes().all(|b| b.is_ascii_hexdigit() || b == b'x');
    let name = body[..open].trim();
    let tail = body[close + 1..].trim();
    let place = tail.strip_prefix('(').and_then(|t| t.strip_suffix(')')).and_then(file_place);
    if !legal
        || !(tail.is_empty() || place.is_some())
        || name.contains(": ")
        || name.starts_with(['=', '[', '<'])
        || name.ends_with(')') && name.contains("(+0x")
    {
        return None;
    }
    let (file, line, column) = place.map_or((None, None, None), |(f, l, c)| (some(f), Some(l), c));
    Some(RawFrame { file, line, column, address: some(address), end: body.len(), ..plain(name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_frames() {
        for (line, function, file, number) in [
            ("#0 0x4db836 in __asan_memcpy /llvm/asan.cpp:22:3", Some("__asan_memcpy"), Some("/llvm/asan.cpp"), Some(22)),
            (
                "#1 0x10c in xlnt::detail::f(int, std::vector<int, std::allocator<int> > const&) /x/y.cpp:723:19",
                Some("xlnt::detail::f(int, std::vector<int, std::allocator<int> > const&)"),
                Some("/x/y.cpp"),
                Some(723),
            ),
            ("#2 0x7f in std::istream::read(char*, long) (/lib/libstdc++.so.6+0x118a81)", Some("std::istream::read(char*, long)"), None, None),
            (
                "#0  0x5e in xlnt::detail::read (this=0x7f, s=std::vector<int> = {...}) at /x/c.cpp:975",
                Some("xlnt::detail::read"),
                Some("/x/c.cpp"),
                Some(975),
            ),
            (
                "#2  0x48 in (anonymous namespace)::decrypt (bytes=std::vector of length 3 = {...}) at /x/d.cpp:3",
                Some("(anonymous namespace)::decrypt"),
                Some("/x/d.cpp"),
                Some(3),
            ),
            ("#0  sum (n=0x0) at crash.c:7", Some("sum"), Some("crash.c"), Some(7)),
            ("#0 sum /home/dev/shop/crash.c:7 (crash_thread+0x1262)", Some("sum"), Some("/home/dev/shop/crash.c"), Some(7)),
            ("#6 _start <null> (crash_thread+0x1170)", Some("_start"), None, None),
            ("#1  0x00005555555551b5 in ?? ()", None, None, None),
            ("#0 0x00000029f221 <unknown>", None, None, None),
            ("#4  <signal handler called>", Some("<signal handler called>"), None, None),
            ("* frame #0: 0x0000000100000f40 a.out`sum(n=0x0) at crash.c:7:39", Some("sum(n=0x0)"), Some("crash.c"), Some(7)),
            ("0# boom() at /x/b.cpp:12", Some("boom()"), Some("/x/b.cpp"), Some(12)),
        ] {
            let (_, raw) = numbered(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.file.as_deref(), raw.line), (function, file, number), "{line}");
        }
        for line in ["#1 Open the app", "#0 /home/x/test.php(9): func1()", "#12 0.531 RUN make", "#0      main (package:x/y.dart:3:4)"] {
            assert!(numbered(line).is_none() || line.contains(".dart"), "{line}");
        }
    }
}
