//! Erlang and Elixir.

use super::draft::{Draft, MESSAGE_LINES, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::{fill, fill_all, trim_blank};

/// `** (Mod.Error) message`
fn elixir_head(body: &str) -> Option<Header> {
    let holes = fill("** ({type}) {message}", body).or_else(|| fill_all("** ({type})", body))?;
    let ty = holes.get("type")?;
    let legal = !ty.is_empty() && ty.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '!' | '?'));
    legal.then(|| Header::new(ty, holes.get("message").unwrap_or("")))
}

/// `(app 1.2.3) lib/x.ex:12: Mod.fun/2`, `shop.exs:4: (file)`, `Shop.Missing.call(1, 2)`, `:erlang.f("x")`.
fn elixir_frame(body: &str) -> Option<RawFrame> {
    let (module, rest) = match body.strip_prefix('(').and_then(|b| b.split_once(") ")) {
        Some((app, rest)) if app.starts_with(|c: char| c.is_lowercase()) => (app.split(' ').next().and_then(some), rest),
        _ => (None, body),
    };
    if let Some((place, name)) = rest.split_once(": ")
        && let Some((file, line)) = place.rsplit_once(':')
        && let Some(line) = line.parse::<u32>().ok().filter(|_| file.contains('.') && !file.contains(' '))
    {
        return Some(RawFrame { function: some(name), module, file: some(file), line: Some(line), end: body.len(), ..RawFrame::default() });
    }
    let arity = rest.rsplit_once('/').is_some_and(|(_, n)| n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()));
    let name = rest.split('(').next().unwrap_or(rest);
    let call =
        rest.ends_with(')') && (name.starts_with(|c: char| c.is_uppercase()) || name.starts_with(':')) && name.contains('.') && !name.contains(' ');
    (arity && (module.is_some() || rest.contains('.')) && !rest.contains(": ") || call).then(|| RawFrame {
        function: some(rest),
        module,
        end: body.len(),
        ..RawFrame::default()
    })
}

/// Whether an Elixir trace can begin with the line.
pub(super) fn elixir_anchor(body: &str) -> bool {
    elixir_head(body).is_some()
}

/// Reads the Elixir trace whose header stands in line `at`.
pub(super) fn read_elixir(scope: &Scope, at: usize) -> Option<Draft> {
    let header = elixir_head(scope.body(at))?;
    let mut draft = Draft::headed("elixir", scope, at, header);
    draft.fatal = true;
    draft.thread = at
        .checked_sub(1)
        .and_then(|i| fill("{:w} {:w} {name} terminating", scope.body(i)).or_else(|| fill("{name} terminating", scope.body(i))))
        .and_then(|h| h.get("name").and_then(some))
        .filter(|n| n.len() < 80);
    let mut line = draft.take(scope, at);
    line = preamble(scope, line, &mut draft);
    while let Some(raw) = elixir_frame(scope.body(line)) {
        line = draft.frame(scope, line, raw);
    }
    let exited = elixir_head(scope.body(line)).is_some() && draft.blocks[0].exception_type.as_deref().is_some_and(|t| t.starts_with("EXIT"));
    if draft.frames() == 0 && exited {
        return None;
    }
    Some(draft)
}

/// What stands between header and frames: arguments, clauses, hints, a nested exit; message lines among them.
fn preamble(scope: &Scope, at: usize, draft: &mut Draft) -> usize {
    let end = (at..at + MESSAGE_LINES)
        .take_while(|i| *i < scope.lines.len() && (*i == at || elixir_head(scope.body(*i)).is_none_or(|h| h.ty == "EXIT")))
        .find(|i| framed(scope, *i));
    let Some(end) = end else { return at };
    for line in at..end {
        let body = scope.body(line);
        if let Some(inner) = elixir_head(body) {
            draft.open(BlockKind::Cause, Some(0));
            draft.head(inner);
        } else if scope.indent(line) == 0 && scope.has(line) && scope.blank_free(at, line) {
            draft.message_line(body);
        }
        draft.take(scope, line);
    }
    if draft.blocks.len() > 1 {
        // Frames below a nested exit belong to the process that exited.
        let inner = draft.blocks.remove(1);
        draft.message_line(&format!("{}: {}", inner.exception_type.unwrap_or_default(), inner.message.unwrap_or_default()));
    }
    end
}

/// A frame, and not a value that looks like one among the arguments.
fn framed(scope: &Scope, at: usize) -> bool {
    let Some(raw) = elixir_frame(scope.body(at)) else { return false };
    raw.line.is_some() || raw.module.is_some() || elixir_frame(scope.body(at + 1)).is_some()
}

impl Scope<'_, '_> {
    /// No blank line in `from..to`.
    fn blank_free(&self, from: usize, to: usize) -> bool {
        (from..to).all(|i| !self.blank(i))
    }
}

/// Heads of Erlang: in the shell, in reports.
fn erlang_head(body: &str) -> Option<Header> {
    let patterns = ["** exception {kind:i}: {message}", "{:d}> ** exception {kind:i}: {message}", "exception {kind:i}: {message}"];
    let holes = patterns.iter().find_map(|p| fill(p, body)).filter(|h| matches!(h.get("kind"), Some("error" | "exit" | "throw")))?;
    Some(Header::new(holes.get("kind")?, holes.get("message").unwrap_or("")))
}

/// `in function  shop:run/1 (shop.erl, line 12)`, `in call from …`, `in operator  +/2`.
fn shell_frame(body: &str) -> Option<RawFrame> {
    let rest = ["in function ", "in call from ", "in operator "].iter().find_map(|w| body.strip_prefix(w))?.trim();
    let (name, place) = rest.split_once(" (").map_or((rest, ""), |(n, p)| (n, p.trim_end_matches(')')));
    let (file, line) = place.split_once(", line ").map_or((None, None), |(f, l)| (some(f), l.parse().ok()));
    Some(RawFrame { function: some(name), file, line, end: body.len(), ..RawFrame::default() })
}

/// Whether an Erlang trace can begin with the line.
pub(super) fn erlang_anchor(scope: &Scope, at: usize) -> bool {
    let body = scope.body(at);
    erlang_head(body).is_some() || body.contains("{line,") && term_start(scope, at).is_some()
}

/// Reads the Erlang trace that begins in line `at`.
pub(super) fn read_erlang(scope: &Scope, at: usize) -> Option<Draft> {
    match erlang_head(scope.body(at)) {
        Some(header) => read_shell(scope, at, header),
        None => read_term(scope, at),
    }
}

fn read_shell(scope: &Scope, at: usize, header: Header) -> Option<Draft> {
    let mut draft = Draft::headed("erlang", scope, at, header);
    draft.fatal = true;
    let mut line = draft.take(scope, at);
    loop {
        let body = scope.body(line);
        if let Some(raw) = shell_frame(body) {
            line = draft.frame(scope, line, raw);
        } else if body.starts_with("called as ")
            || (scope.has(line) && scope.indent(line) > 4 && (line..line + 3).any(|i| shell_frame(scope.body(i)).is_some()))
        {
            line = draft.take(scope, line);
        } else {
            break;
        }
    }
    (draft.frames() > 0 || draft.headed && scope.body(at).starts_with("** ")).then_some(draft)
}

/// Lines of a term that are read.
const TERM_LINES: usize = 120;

/// First line of the term that has a stack in line `at`: the reason opens it.
fn term_start(scope: &Scope, at: usize) -> Option<usize> {
    let lowest = scope.floor.max(at.saturating_sub(6));
    (lowest..=at).rev().find(|i| {
        let body = scope.body(*i);
        body.starts_with("** {")
            || body.starts_with("{\"")
            || body.starts_with("{bad")
            || (body.starts_with('{') && scope.indent(*i) == 0)
            || body.contains("exited with reason")
            || body.contains("exit with reason")
    })
}

fn read_term(scope: &Scope, at: usize) -> Option<Draft> {
    let start = term_start(scope, at)?;
    let mut draft = Draft::new("erlang", scope, start);
    draft.fatal = true;
    let mut line = start;
    let mut depth = 0_i32;
    let mut reason = String::new();
    let mut pending = String::new();
    for _ in 0..TERM_LINES {
        let body = scope.body(line);
        depth += balance(body);
        pending.push_str(trim_blank(body));
        reason.push_str(if draft.frames() == 0 { trim_blank(body) } else { "" });
        pending = frames(scope, line, pending, &mut draft);
        line = draft.take(scope, line);
        if depth <= 0 || line >= scope.lines.len() {
            break;
        }
    }
    let (ty, message) = reason_of(&reason);
    draft.head(Header::new(&ty, &message));
    (draft.frames() >= 1).then_some(draft)
}

fn balance(text: &str) -> i32 {
    text.bytes().map(|b| i32::from(matches!(b, b'{' | b'[' | b'(')) - i32::from(matches!(b, b'}' | b']' | b')'))).sum()
}

/// Takes the whole frames `{Mod,Fun,Arity,[{file,"x"},{line,8}]}` off the text. Gives what is left of it.
fn frames(scope: &Scope, at: usize, text: String, draft: &mut Draft) -> String {
    let mut rest = text.as_str();
    while let Some(end) = rest.find("{line,").and_then(|at| rest[at..].find("]}").map(|e| at + e + 2)) {
        if let Some(raw) = term_frame(&rest[..end]) {
            let printed = raw.function.clone().unwrap_or_default();
            draft.frame(scope, at, raw);
            if let Some(frame) = draft.last().frames.last_mut() {
                frame.raw = printed;
            }
        }
        rest = &rest[end..];
    }
    let keep = rest.len().min(8_192);
    rest.get(rest.len() - keep..).unwrap_or("").to_owned()
}

/// One frame that ends the text.
fn term_frame(text: &str) -> Option<RawFrame> {
    let place = text.rfind("[{file,")?;
    let file = text[place..].split('"').nth(1);
    let line = text.rfind("{line,").and_then(|at| text[at + 6..].split('}').next()).and_then(|n| n.parse().ok());
    let head = text[..place].trim_end_matches(',');
    let open = opening(head)?;
    let mut parts = head[open + 1..].splitn(3, ',');
    let (module, function, arity) = (parts.next()?, parts.next()?, parts.next()?.trim());
    let arity = if arity.starts_with('[') { arguments(arity).to_string() } else { arity.to_owned() };
    let name = format!("{module}:{}/{arity}", function.trim_matches('\''));
    Some(RawFrame { function: some(&name), file: file.and_then(some), line, end: usize::MAX, ..RawFrame::default() })
}

/// Offset of the brace that opens the tuple which ends the text.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, b) in text.bytes().enumerate().rev().take(4_096) {
        match b {
            b'}' | b']' | b')' => depth += 1,
            b'{' if depth == 0 => return Some(at),
            b'{' | b'[' | b'(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// How many arguments a list has.
fn arguments(list: &str) -> usize {
    let inner = list.trim_start_matches('[').trim_end_matches(']');
    let mut depth = 0_i32;
    let commas = inner.bytes().filter(|b| {
        depth += i32::from(matches!(b, b'{' | b'[' | b'(')) - i32::from(matches!(b, b'}' | b']' | b')'));
        *b == b',' && depth == 0
    });
    let commas = commas.count();
    if inner.trim().is_empty() { 0 } else { commas + 1 }
}

/// Type and message of a reason: `{function_clause,[…` and `{{badmatch,{error,enoent}},[…`.
fn reason_of(text: &str) -> (String, String) {
    let text = text.strip_prefix("** ").unwrap_or(text);
    let text = text.strip_prefix("{\"init terminating in do_boot\",").unwrap_or(text);
    let text = text.split_once("reason: ").map_or(text, |(_, r)| r);
    let body = text.strip_prefix('{').unwrap_or(text);
    let end = body.find(",[{").unwrap_or(body.len().min(200));
    let message = body.get(..end).unwrap_or(body).trim();
    let ty = message.trim_start_matches('{').split([',', '}']).next().unwrap_or("");
    (ty.to_owned(), message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_both() {
        for (line, function, module) in [
            ("(elixir 1.14.0) lib/enum.ex:2468: Enum.\"-reduce/3-lists^foldl/2-0-\"/3", "Enum.\"-reduce/3-lists^foldl/2-0-\"/3", Some("elixir")),
            ("shop.exs:3: anonymous fn/2 in Shop.Cart.total/1", "anonymous fn/2 in Shop.Cart.total/1", None),
            ("Shop.Missing.call(1, 2)", "Shop.Missing.call(1, 2)", None),
            ("shop.exs:13: (file)", "(file)", None),
        ] {
            let raw = elixir_frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.module.as_deref()), (Some(function), module), "{line}");
        }
        let raw = term_frame("{badarith,[{shop,total,[[oops]],[{file,\"shop.erl\"},{line,8}]}").unwrap();
        assert_eq!((raw.function.as_deref(), raw.file.as_deref(), raw.line), (Some("shop:total/1"), Some("shop.erl"), Some(8)));
        assert_eq!(reason_of("** {{badmatch,{error,enoent}},[{shop,run").0, "badmatch");
        assert_eq!(shell_frame("in call from shop:total/1 (shop.erl, line 8)").unwrap().line, Some(8));
    }
}
