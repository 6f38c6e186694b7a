//! Wiki markup of Jira to plain form.

use super::{clean, drop_mentions, fenced, tidy};

/// Plain form of a text in Jira's wiki markup.
pub fn plain_from_wiki(text: &str) -> String {
    let text = clean(text);
    if is_html(&text) {
        return super::plain_from_html(&text);
    }
    let mut writer = Writer::default();
    let mut rest = text.as_str();
    while let Some((at, block)) = next_block(rest) {
        writer.prose(&rest[..at]);
        rest = &rest[at + block.length..];
        match block.kind {
            Kind::Code => {
                let end = closing(rest, block.close).unwrap_or(rest.len());
                writer.code(&block.language, &rest[..end]);
                rest = rest.get(end + block.close.len()..).unwrap_or_default();
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            Kind::Quote => {
                writer.toggle_quote();
                // The mark stands on a line of its own more often than not.
                rest = rest.trim_start_matches(' ').strip_prefix('\n').unwrap_or(rest);
            }
            Kind::Gone => {}
            Kind::Line => writer.prose(&format!("\n{}\n", block.language)),
        }
    }
    writer.prose(rest);
    tidy(&drop_mentions(&writer.finish()))
}

/// Texts that came over from another tracker are HTML as a whole, whatever the field is said to hold.
fn is_html(text: &str) -> bool {
    let text = text.trim_start();
    ["<div>", "<div ", "<p>", "<p ", "<html", "<span"].iter().any(|tag| text.starts_with(tag)) && text.trim_end().ends_with('>')
}

/// What a `{macro}` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Verbatim up to the closing mark.
    Code,
    /// Begins or ends a quote.
    Quote,
    /// Means nothing in plain form.
    Gone,
    /// A title on a line of its own.
    Line,
}

struct Block<'a> {
    kind: Kind,
    length: usize,
    close: &'a str,
    /// Language of code, title of a panel.
    language: String,
}

/// Macros whose content is verbatim, with the mark that closes them.
const VERBATIM: &[(&str, &str)] = &[("code", "{code}"), ("noformat", "{noformat}")];

/// Macros that mean nothing in plain form.
const GONE: &[&str] =
    &["color", "panel", "anchor", "expand", "info", "note", "tip", "warning", "section", "column", "align", "center", "html", "csv", "div", "span"];

/// The next macro of a text. Code that is never closed is no code: the mark alone goes.
fn next_block(text: &str) -> Option<(usize, Block<'_>)> {
    text.match_indices('{').find_map(|(at, _)| block_at(&text[at..]).map(|block| (at, block)))
}

fn block_at(text: &str) -> Option<Block<'_>> {
    let inner = text[1..].split_once('}').map(|(inner, _)| inner).filter(|inner| !inner.contains('\n') && inner.len() <= 200)?;
    let (name, arguments) = inner.split_once(':').unwrap_or((inner, ""));
    let length = inner.len() + 2;
    let lower = name.to_ascii_lowercase();
    if let Some((_, close)) = VERBATIM.iter().find(|(known, _)| *known == lower) {
        let closed = closing(&text[length..], close).is_some();
        let kind = if closed { Kind::Code } else { Kind::Gone };
        return Some(Block { kind, length, close, language: if lower == "code" { language(arguments) } else { String::new() } });
    }
    if lower == "quote" {
        return Some(Block { kind: Kind::Quote, length, close: "", language: String::new() });
    }
    let title = arguments.split('|').find_map(|a| a.strip_prefix("title=")).filter(|_| GONE.contains(&lower.as_str()));
    if let Some(title) = title.filter(|t| !t.trim().is_empty()) {
        return Some(Block { kind: Kind::Line, length, close: "", language: title.to_owned() });
    }
    GONE.contains(&lower.as_str()).then(|| Block { kind: Kind::Gone, length, close: "", language: String::new() })
}

/// Place of a closing mark, in any case.
fn closing(text: &str, close: &str) -> Option<usize> {
    text.match_indices('{').map(|(at, _)| at).find(|at| text.get(*at..at + close.len()).is_some_and(|found| found.eq_ignore_ascii_case(close)))
}

/// The language of `{code:java|title=x}` and `{code:title=x|java}`.
fn language(arguments: &str) -> String {
    arguments.split('|').find(|a| !a.contains('=') && !a.is_empty()).unwrap_or_default().to_owned()
}

#[derive(Default)]
struct Writer {
    out: String,
    quoted: bool,
}

impl Writer {
    fn prose(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.end_line();
            }
            if number > 0 || self.out.is_empty() || self.out.ends_with('\n') {
                self.line_start(line);
            } else {
                let plain = inline(line);
                self.out.push_str(&plain);
            }
        }
    }

    fn end_line(&mut self) {
        self.out.push('\n');
    }

    /// A line from its first character on: headings, lists, quotes, tables.
    fn line_start(&mut self, line: &str) {
        if self.quoted {
            self.out.push_str("> ");
        }
        let plain = block_line(line);
        self.out.push_str(&plain);
    }

    fn code(&mut self, language: &str, code: &str) {
        if code.trim().is_empty() {
            return;
        }
        let short = !code.contains('\n') && !self.at_line_start();
        if short {
            self.out.push_str(&format!("`{}`", code.trim()));
            return;
        }
        if self.out.ends_with("> ") {
            self.out.truncate(self.out.len() - 2);
        } else if !self.at_line_start() {
            self.out.push('\n');
        }
        let quote = if self.quoted { "> " } else { "" };
        for line in fenced(language, code).split('\n') {
            self.out.push_str(&format!("{quote}{line}\n"));
        }
    }

    fn at_line_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n') || self.out.ends_with("\n> ")
    }

    fn toggle_quote(&mut self) {
        if self.out.ends_with("> ") {
            self.out.truncate(self.out.len() - 2);
        } else if !self.at_line_start() {
            self.out.push('\n');
        }
        self.quoted = !self.quoted;
        if self.quoted {
            self.out.push_str("> ");
        } else {
            self.out.push('\n');
        }
    }

    fn finish(self) -> String {
        self.out
    }
}

fn block_line(line: &str) -> String {
    let body = line.trim_start();
    if let Some((level, words)) = heading(body) {
        return format!("{} {}", "#".repeat(level), inline(words));
    }
    if let Some(words) = body.strip_prefix("bq. ") {
        return format!("> {}", inline(words));
    }
    if let Some((depth, mark, words)) = item(body) {
        return format!("{}{mark} {}", "  ".repeat(depth - 1), inline(words));
    }
    if body.starts_with("||") || (body.starts_with('|') && body.trim_end().ends_with('|') && body.len() > 2) {
        return table(body);
    }
    if body.len() >= 4 && body.bytes().all(|b| b == b'-') {
        return String::new();
    }
    // Lines of a trace begin with `at` behind blanks: indentation stays.
    format!("{}{}", &line[..line.len() - body.len()], inline(body))
}

/// `h2. words`
fn heading(line: &str) -> Option<(usize, &str)> {
    let rest = line.strip_prefix('h')?;
    let level = rest.chars().next().and_then(|c| c.to_digit(10)).filter(|d| (1..=6).contains(d))?;
    rest[1..].strip_prefix('.').map(|words| (level as usize, words.trim()))
}

/// `* words`, `## words`, `- words`, with the depth and the mark of the plain form.
fn item(line: &str) -> Option<(usize, &'static str, &str)> {
    let marks = line.bytes().take_while(|b| matches!(b, b'*' | b'#' | b'-')).count();
    let words = line.get(marks..)?.strip_prefix(' ')?;
    let last = *line.as_bytes().get(marks.checked_sub(1)?)?;
    (marks <= 8).then_some((marks, if last == b'#' { "1." } else { "-" }, words.trim_start()))
}

fn table(line: &str) -> String {
    let cells = cells(line.trim());
    let cells: Vec<String> = cells.iter().map(|cell| inline(cell.trim())).collect();
    format!("| {} |", cells.join(" | "))
}

/// Cells of a row; a `|` inside a link or image does not divide.
fn cells(row: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut open = false;
    let body = row.trim_start_matches('|').trim_end_matches('|');
    for c in body.chars() {
        match c {
            '[' => open = true,
            ']' => open = false,
            _ => {}
        }
        match (c, out.last_mut()) {
            ('|', Some(last)) if !open => {
                if !last.is_empty() {
                    out.push(String::new());
                }
            }
            (c, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    out
}

/// Marks within a line: links give their target, people and pictures go, emphasis and monospace lose their marks.
fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['[', '!', '{', '*', '_', '\\', '+', '^', '~']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (plain, taken) = mark(rest, &out);
        out.push_str(&plain);
        rest = &rest[taken..];
        if plain.is_empty() && (out.is_empty() || out.ends_with(' ')) {
            rest = rest.trim_start_matches(' ');
        }
    }
    out.push_str(rest);
    out
}

fn mark(rest: &str, before: &str) -> (String, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    let found = match first {
        '[' => link(rest),
        '!' => picture(rest, before),
        '{' => monospace(rest),
        '*' | '_' | '+' => emphasis(rest, before),
        '\\' => escaped(rest),
        _ => None,
    };
    found.unwrap_or_else(|| (first.to_string(), first.len_utf8()))
}

/// `[text|url]`, `[url]`, `[~person]`, `[^attachment]`.
fn link(rest: &str) -> Option<(String, usize)> {
    let end = rest.find(']').filter(|end| *end <= 2000)?;
    let inner = &rest[1..end];
    if inner.starts_with('~') {
        return Some((String::new(), end + 1));
    }
    if let Some(file) = inner.strip_prefix('^') {
        return Some((file.to_owned(), end + 1));
    }
    let (text, target) = match inner.split_once('|') {
        Some((text, target)) => (text.trim(), target.split('|').next().unwrap_or_default().trim()),
        None => ("", inner.trim()),
    };
    let address = target.starts_with("http://") || target.starts_with("https://") || target.starts_with("mailto:");
    if !address && (text.is_empty() || target.is_empty()) {
        return None;
    }
    Some((
        if text.is_empty() || text == target {
            target.to_owned()
        } else if address {
            format!("{text} ({target})")
        } else {
            text.to_owned()
        },
        end + 1,
    ))
}

/// `!picture.png|thumbnail!` carries nothing.
fn picture(rest: &str, before: &str) -> Option<(String, usize)> {
    let end = rest[1..].find('!')? + 1;
    let name = rest[1..end].split('|').next().unwrap_or_default();
    let file = name
        .rsplit_once('.')
        .is_some_and(|(stem, ending)| !stem.is_empty() && (2..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric()));
    (file && end <= 300 && !before.ends_with(|c: char| c.is_alphanumeric())).then(|| (String::new(), end + 1))
}

fn monospace(rest: &str) -> Option<(String, usize)> {
    let end = rest.strip_prefix("{{")?.find("}}")?;
    let inner = &rest[2..2 + end];
    (!inner.is_empty()).then(|| (format!("`{}`", inner.trim()), end + 4))
}

/// `*bold*`, `_it_`, `+under+` where they stand around words. Identifiers and pointers stay.
fn emphasis(rest: &str, before: &str) -> Option<(String, usize)> {
    let first = rest.chars().next()?;
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '/');
    let inner = &rest[1..];
    let end = inner.find(first)?;
    let text = &inner[..end];
    let tight = !text.is_empty() && !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace);
    let behind = inner[end + 1..].chars().next();
    (tight && edge(before.chars().last()) && edge(behind)).then(|| (inline(text), end + 2))
}

/// `\\` breaks the line, `\{` is a brace. A path of Windows keeps its backslashes.
fn escaped(rest: &str) -> Option<(String, usize)> {
    match rest.as_bytes() {
        [b'\\', b'\\', b' ' | b'\n' | b'\r', ..] | [b'\\', b'\\'] => Some(("\n".to_owned(), 2)),
        [b'\\', mark @ (b'{' | b'}' | b'[' | b']' | b'!' | b'*' | b'_' | b'-' | b'|'), ..] => Some((char::from(*mark).to_string(), 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_kept() {
        let rows = [
            (
                "h2. Root cause\r\nThe *pool* is _too_ small, see {{pool_size}} in my_var_name.",
                "## Root cause\nThe pool is too small, see `pool_size` in my_var_name.",
            ),
            ("* one\n** two\n# three\n- four", "- one\n  - two\n1. three\n- four"),
            ("bq. older\nnew", "> older\nnew"),
            ("{quote}\nold\nolder\n{quote}\nnew", "> old\n> older\n\nnew"),
            ("||a||b||\n|1|[x|https://a.example]|", "| a | b |\n| 1 | x (https://a.example) |"),
            (
                "[~dana] see [log|https://ci.example/1], [https://b.example] !shot.png|thumbnail! int[] a[i]",
                "see log (https://ci.example/1), https://b.example int[] a[i]",
            ),
            ("{color:red}hot{color} {panel:title=Log}x{panel}", "hot\nLog\nx"),
            ("2 * 3 * 4, char *p, wow! really!", "2 * 3 * 4, char *p, wow! really!"),
            ("path C:\\temp\\new and \\{x\\}", "path C:\\temp\\new and {x}"),
            ("a\n----\nb {json: 1}", "a\n\nb {json: 1}"),
            ("<div><p>See <a href=\n\"https://a.example\">it</a>.</p></div>", "See it (https://a.example)."),
        ];
        for (wiki, plain) in rows {
            assert_eq!(plain_from_wiki(wiki), plain, "{wiki}");
        }
    }

    #[test]
    fn code_is_verbatim_and_marked() {
        assert_eq!(
            plain_from_wiki("before {code:java|title=X.java}\nError *x*\n\tat a.B(C.java:1)\n{code} after"),
            "before\n```java\nError *x*\n\tat a.B(C.java:1)\n```\n after"
        );
        assert_eq!(plain_from_wiki("{noformat}a{code}b{noformat}"), "```\na{code}b\n```");
        assert_eq!(plain_from_wiki("call {code}x(){code} twice"), "call `x()` twice");
        assert_eq!(plain_from_wiki("{code}\nnever closed"), "never closed");
        assert_eq!(plain_from_wiki("{quote}\n{code}\nat x\n{code}\n{quote}"), "> ```\n> at x\n> ```");
    }

    #[test]
    fn an_unfenced_trace_keeps_its_lines() {
        let trace = "java.lang.Error: x\n    at a.B.c(D.java:3)\n    at e.F.<init>(G.java:4)";
        assert_eq!(plain_from_wiki(trace), trace);
    }
}
