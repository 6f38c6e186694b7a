//! Ruby: plain, with the innermost frame last, Rails logs, JRuby.

use super::draft::{Draft, RawFrame, Scope, some};
use super::header::Header;
use super::model::BlockKind;
use super::pattern::{fill, fill_all};

/// Reads `[from ]file:12:in 'label'`; gives the frame and the text after it.
fn frame(body: &str) -> Option<(RawFrame, &str)> {
    let numbered = fill("{n:d}: from ", body).map_or(body, |h| &body[h.end..]);
    let lead = numbered.strip_prefix("from ").unwrap_or(numbered);
    let offset = body.len() - lead.len();
    let mark = [":in `", ":in '"].iter().filter_map(|m| lead.find(m)).min()?;
    let (file, line) = lead[..mark].rsplit_once(':')?;
    let line: u32 = line.parse().ok()?;
    let label = &lead[mark + 5..];
    let close = label_end(label)?;
    let (module, file) = gem(file);
    let raw = RawFrame {
        function: some(&label[..close]),
        module,
        file: some(file),
        line: Some(line),
        end: offset + mark + 5 + close + 1,
        ..RawFrame::default()
    };
    let shaped = !file.is_empty() && file.len() < 500 && !file.contains(": ");
    shaped.then_some((raw, &label[close + 1..]))
}

/// Offset of the quote that closes a label; labels may hold quotes themselves.
fn label_end(label: &str) -> Option<usize> {
    label.find("':").or_else(|| label.strip_suffix('\'').map(str::len)).or_else(|| label.find('\'')).or_else(|| label.find('`'))
}

/// `actionpack (5.1.4) lib/x.rb`: gem and file.
fn gem(file: &str) -> (Option<String>, &str) {
    let parts = fill_all("{gem:w} ({version}) {file}", file);
    match parts.as_ref().and_then(|p| Some((p.get("gem")?, p.get("file")?))) {
        Some((gem, path)) => (some(gem), path),
        None => (None, file),
    }
}

/// Header in the text after the first frame: `: message (Class)`.
fn header_after(tail: &str) -> Option<Header> {
    let text = tail.strip_prefix(':')?.trim();
    let open = text.rfind(" (").or_else(|| text.starts_with('(').then_some(0))?;
    let class = text[open..].trim().strip_prefix('(')?.strip_suffix(')')?;
    is_class(class).then(|| Header::new(class, &text[..open]))
}

fn is_class(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ':' | '_' | '.'))
}

/// Rails: `NoMethodError (undefined method …):`, `Foo::Bar: message` above frames without `from`.
fn header_above(body: &str) -> Option<Header> {
    if let Some(holes) = fill_all("{ty:i} ({message:*}):", body).or_else(|| fill_all("{ty:w} ({message:*}):", body)) {
        let ty = holes.get("ty")?;
        return is_class(ty).then(|| Header::new(ty, holes.get("message").unwrap_or("")));
    }
    let (ty, message) = body.split_once(": ")?;
    (is_class(ty) && (ty.contains("::") || super::header::is_suffixed(ty))).then(|| Header::new(ty, message))
}

/// Whether a trace can begin with the line.
pub(super) fn anchor(body: &str) -> bool {
    frame(body).is_some() || body.starts_with("Traceback (most recent call last)")
}

/// Reads the trace that begins in line `at`.
pub(super) fn read(scope: &Scope, at: usize) -> Option<Draft> {
    if scope.body(at).starts_with("Traceback") {
        return read_bottom(scope, at);
    }
    let (raw, tail) = frame(scope.body(at))?;
    let header = header_after(tail);
    let mut draft = match (header, above(scope, at)) {
        (Some(header), _) => Draft::headed("ruby", scope, at, header),
        (None, Some((line, header))) => Draft::headed("ruby", scope, line, header),
        (None, None) => Draft::new("ruby", scope, at),
    };
    draft.fatal = at > 0 && scope.body(at - 1).contains("terminated with exception");
    let line = draft.frame(scope, at, raw);
    let line = if draft.headed { extra(scope, line, &mut draft) } else { line };
    let next = run(scope, line, &mut draft);
    causes(scope, next, &mut draft);
    (draft.frames() >= 2 || draft.headed).then_some(draft)
}

/// The header of frames without `from`, blank lines between.
fn above(scope: &Scope, at: usize) -> Option<(usize, Header)> {
    let lowest = scope.floor.max(at.saturating_sub(3));
    let line = (lowest..at).rev().find(|i| scope.has(*i))?;
    header_above(scope.body(line)).map(|h| (line, h))
}

/// Lines of the message, of `did_you_mean` and of `error_highlight` between the header and the first `from`.
fn extra(scope: &Scope, at: usize, draft: &mut Draft) -> usize {
    let end = (at..at + 12).find(|i| is_from(scope.body(*i)));
    let Some(end) = end.filter(|end| *end > at && (at..*end).all(|i| frame(scope.body(i)).is_none())) else { return at };
    let highlight = (at..end).find(|i| scope.body(*i).trim_matches('^').is_empty() && scope.has(*i));
    (at..end).for_each(|i| {
        let shown = scope.has(i) && highlight.is_none();
        if shown {
            draft.message_line(scope.body(i));
        }
        draft.take(scope, i);
    });
    end
}

fn is_from(body: &str) -> bool {
    body.starts_with("from ") && frame(body).is_some()
}

/// Frames without a header of their own. Gives the line after them.
fn run(scope: &Scope, at: usize, draft: &mut Draft) -> usize {
    let mut line = at;
    loop {
        let body = scope.body(line);
        if let Some(n) = fill("... {n:d} levels...", body).and_then(|h| h.number("n")) {
            draft.last().elided = Some(n);
            line = draft.take(scope, line);
            continue;
        }
        match frame(body) {
            Some((raw, tail)) if header_after(tail).is_none() => line = draft.frame(scope, line, raw),
            _ => return line,
        }
    }
}

/// A cause is printed after the frames, as another whole block. The same failure printed again is none.
fn causes(scope: &Scope, at: usize, draft: &mut Draft) {
    let mut line = at;
    while let Some((raw, tail)) = frame(scope.body(line)).filter(|_| draft.headed) {
        let Some(header) = header_after(tail) else { return };
        let first = &draft.blocks[0];
        let again = first.exception_type.as_deref() == Some(&header.ty)
            && first.frames.first().is_some_and(|f| f.line == raw.line && f.function == raw.function);
        if again {
            return;
        }
        let parent = draft.blocks.len() - 1;
        draft.root = draft.open(BlockKind::Cause, Some(parent));
        draft.head(header);
        line = draft.frame(scope, line, raw);
        line = extra(scope, line, draft);
        line = run(scope, line, draft);
    }
}

/// `Traceback (most recent call last):` with numbered frames, innermost last, the header in the last line.
fn read_bottom(scope: &Scope, at: usize) -> Option<Draft> {
    let mut draft = Draft::new("ruby", scope, at);
    let mut line = draft.take(scope, at);
    while let Some((raw, tail)) = frame(scope.body(line)) {
        line = draft.frame(scope, line, raw);
        if let Some(header) = header_after(tail) {
            draft.head(header);
            break;
        }
    }
    draft.last().frames.reverse();
    (draft.frames() >= 1 && draft.headed).then_some(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_headers() {
        for (line, function, file) in [
            ("from job.rb:6:in `flush'", "flush", "job.rb"),
            ("job.rb:5:in 'Integer#times': no message 0 (KeyError)", "Integer#times", "job.rb"),
            ("actionpack (5.1.4) lib/x.rb:63:in `call'", "call", "lib/x.rb"),
            ("8: from app.rb:5:in `block (2 levels) in deliver'", "block (2 levels) in deliver", "app.rb"),
        ] {
            let (raw, _) = frame(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((raw.function.as_deref(), raw.file.as_deref()), (Some(function), Some(file)), "{line}");
        }
        let (_, tail) = frame("job.rb:6:in `rescue in flush': outbox (x) is stuck (Mailer::DeliveryError)").unwrap();
        assert_eq!(header_after(tail).map(|h| (h.ty, h.message)), Some(("Mailer::DeliveryError".into(), "outbox (x) is stuck".into())));
        assert!(
            frame("see 10:30:in `x'").is_some_and(|(r, _)| r.file.as_deref() == Some("see 10")),
            "only a header or a second frame makes it a trace"
        );
    }
}
