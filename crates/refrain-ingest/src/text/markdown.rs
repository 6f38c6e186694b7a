//! Markdown to plain form, line by line: lines of pasted traces stay lines even where no fence stands around them.

use super::{clean, drop_mentions, entities, fenced, tidy};

/// Plain form of a Markdown text as issue trackers have it (GitHub's dialect with HTML inside).
pub fn plain_from_markdown(text: &str) -> String {
    let text = clean(text);
    let mut out: Vec<String> = Vec::new();
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let commented = line.contains("<!--") && Fence::open(line).is_none();
        let bare = if commented { without_comments(line, &mut lines) } else { line.to_owned() };
        let line = bare.as_str();
        if let Some(fence) = Fence::open(line) {
            let code: Vec<&str> = take_until(&mut lines, |next| fence.closed_by(next));
            out.extend(fence.plain(&code));
        } else if let Some(rest) = pre(line) {
            let (code, behind) = pre_block(rest, &mut lines);
            out.push(fenced("", &entities::unescape(&without_tags(&code))));
            out.push(plain_line(&behind));
        } else if is_underline(line) && out.last().is_some_and(|last| is_paragraph(last)) {
            let level = if line.trim_start().starts_with('=') { "#" } else { "##" };
            let heading = out.pop().unwrap_or_default();
            out.push(format!("{level} {heading}"));
        } else if !is_table_rule(line) {
            out.push(plain_line(line));
        }
    }
    tidy(&drop_mentions(&out.join("\n")))
}

/// Takes lines up to and including the one that ends them; all of them where none does.
fn take_until<'a>(lines: &mut impl Iterator<Item = &'a str>, ends: impl Fn(&str) -> bool) -> Vec<&'a str> {
    let mut taken = Vec::new();
    for line in lines {
        if ends(line) {
            break;
        }
        taken.push(line);
    }
    taken
}

/// An opening code fence.
struct Fence {
    prefix: String,
    mark: char,
    count: usize,
    language: String,
}

impl Fence {
    fn open(line: &str) -> Option<Self> {
        let body = line.trim_start_matches(['>', ' ', '\t']);
        let body = body.strip_prefix("- ").unwrap_or(body).trim_start();
        let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let count = body.chars().take_while(|c| *c == mark).count();
        let language = body[count..].trim();
        if count < 3 || language.contains('`') {
            return None;
        }
        let prefix = "> ".repeat(line[..line.len() - line.trim_start_matches(['>', ' ', '\t']).len()].matches('>').count());
        Some(Self { prefix, mark, count, language: language.split([' ', ',', '{']).next().unwrap_or_default().to_owned() })
    }

    fn closed_by(&self, line: &str) -> bool {
        let body = line.trim_start_matches(['>', ' ', '\t']).trim_end();
        body.len() >= self.count && body.chars().all(|c| c == self.mark)
    }

    fn plain(&self, code: &[&str]) -> Vec<String> {
        let inner: Vec<&str> = code.iter().map(|line| if self.prefix.is_empty() { line } else { line.trim_start_matches(['>', ' ']) }).collect();
        fenced(&self.language, &inner.join("\n")).split('\n').map(|line| format!("{}{line}", self.prefix)).collect()
    }
}

/// What stands behind `<pre>` (and `<code>`) at the start of a line.
fn pre(line: &str) -> Option<&str> {
    let body = line.trim_start().strip_prefix("<pre")?;
    let rest = &body[body.find('>')? + 1..];
    Some(rest.strip_prefix("<code>").unwrap_or(rest))
}

/// The text up to `</pre>`, and what stands behind it on its line.
fn pre_block<'a>(first: &str, lines: &mut impl Iterator<Item = &'a str>) -> (String, String) {
    let mut code = String::new();
    let mut line = first;
    loop {
        if let Some((last, behind)) = line.split_once("</pre>") {
            return (code + last, behind.to_owned());
        }
        code.push_str(line);
        code.push('\n');
        let Some(next) = lines.next() else { return (code, String::new()) };
        line = next;
    }
}

/// A line without hidden comments, which are no content but help of templates. One that is not closed takes lines up to its end.
fn without_comments<'a>(line: &'a str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("<!--") {
        out.push_str(&rest[..at]);
        rest = match rest[at..].find("-->") {
            Some(end) => &rest[at + end + 3..],
            None => lines.find_map(|next| next.split_once("-->").map(|(_, tail)| tail)).unwrap_or_default(),
        };
    }
    out + rest
}

fn is_underline(line: &str) -> bool {
    let line = line.trim_end();
    line.len() >= 3 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

fn is_paragraph(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && line.len() <= 120 && !line.starts_with(['#', '>', '|', '-', '*', '+', '`'])
}

/// `|---|:--:|`: the rule under the head of a table.
fn is_table_rule(line: &str) -> bool {
    let body = line.trim();
    body.contains('|') && body.contains("--") && body.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' '))
}

/// One line outside code.
fn plain_line(line: &str) -> String {
    if line.starts_with("    ") || line.starts_with('\t') {
        return line.to_owned();
    }
    let quote = line.trim_start().starts_with('>');
    let body = if quote { line.trim_start().trim_start_matches(['>', ' ']) } else { line };
    let plain = match bold_alone(body) {
        Some(words) => format!("###### {words}"),
        None => inline(body),
    };
    if quote { format!("> {plain}") } else { plain }
}

/// The words of a line that is bold as a whole: a heading in all but name.
fn bold_alone(line: &str) -> Option<&str> {
    let body = line.trim();
    let bare = body.strip_suffix(':').unwrap_or(body);
    let words = ["**", "__"].iter().find_map(|mark| bare.strip_prefix(mark)?.strip_suffix(mark))?;
    let words = words.trim().trim_end_matches(':');
    (!words.is_empty() && words.len() <= 80 && !words.contains("**")).then_some(words)
}

/// Marks within a line: code stays, links give their target, emphasis and tags go, references are resolved.
fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['`', '[', '!', '<', '*', '_', '~', '\\', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (plain, taken) = mark(rest, &out);
        out.push_str(&plain);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

/// Plain form of the mark at the start of `rest`, and the bytes it takes. What is no mark stays.
fn mark(rest: &str, before: &str) -> (String, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    let found = match first {
        '`' => code_span(rest),
        '!' => link(&rest[1..]).map(|(_, taken)| (String::new(), taken + 1)),
        '[' => link(rest),
        '<' => tag(rest),
        '*' | '_' | '~' => emphasis(rest, before),
        '\\' => escaped(rest),
        '&' => reference(rest),
        _ => None,
    };
    found.unwrap_or_else(|| (first.to_string(), first.len_utf8()))
}

/// A code span with its backquotes, so that later steps leave it alone.
fn code_span(rest: &str) -> Option<(String, usize)> {
    let marks = rest.bytes().take_while(|b| *b == b'`').count();
    let end = rest[marks..].find(&rest[..marks])? + 2 * marks;
    Some((rest[..end].to_owned(), end))
}

/// `[text](target "title")` gives `text (target)`.
fn link(rest: &str) -> Option<(String, usize)> {
    let inner = rest.strip_prefix('[')?;
    let close = closing(inner)?;
    let text = &inner[..close];
    let target = inner[close + 1..].strip_prefix('(')?;
    let end = target.find(')')?;
    let address = target[..end].split([' ', '\t']).next().unwrap_or_default().trim_matches(['<', '>']);
    let taken = 1 + close + 1 + 1 + end + 1;
    let text = inline_text(text);
    let plain = if text.is_empty() || text == address || address.is_empty() || address.starts_with('#') {
        if text.is_empty() { address.to_owned() } else { text }
    } else {
        format!("{text} ({address})")
    };
    Some((plain, taken))
}

/// The text of a link: images inside are dropped.
fn inline_text(text: &str) -> String {
    let plain = inline(text);
    plain.trim().to_owned()
}

/// Place of the bracket that closes one already open.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_u32;
    for (at, byte) in text.bytes().enumerate().take(500) {
        match byte {
            b'[' => open += 1,
            b']' if open == 0 => return Some(at),
            b']' => open -= 1,
            _ => {}
        }
    }
    None
}

/// Tags that mean nothing in the plain form; others may be code (`Vec<String>`).
const TAGS: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "center",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "picture",
    "pre",
    "s",
    "samp",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
];

/// Tags behind which a line ends.
const BREAKS: &[&str] = &["br", "p", "li", "tr", "div", "summary", "details", "h1", "h2", "h3", "h4", "h5", "h6"];

/// A known tag goes; an address in angle brackets gives the address.
fn tag(rest: &str) -> Option<(String, usize)> {
    let end = rest.find('>')?;
    let inner = &rest[1..end];
    if inner.starts_with("http://") || inner.starts_with("https://") || inner.starts_with("mailto:") {
        return (!inner.contains(' ')).then(|| (inner.to_owned(), end + 1));
    }
    let closing = inner.starts_with('/');
    let name = inner.trim_start_matches('/').split([' ', '/', '\t']).next().unwrap_or_default().to_ascii_lowercase();
    if !TAGS.contains(&name.as_str()) {
        return None;
    }
    let target = (name == "a" && !closing).then(|| attribute(inner, "href")).flatten().filter(|t| t.starts_with("http"));
    let breaks = BREAKS.contains(&name.as_str()) && (closing || name == "br");
    Some((target.map_or(String::new(), |t| format!("({t}) ")) + if breaks { "\n" } else { "" }, end + 1))
}

/// Value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let value = &tag[tag.find(&format!("{name}="))? + name.len() + 1..];
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}

fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match tag(rest) {
            Some((_, taken)) => rest = &rest[taken..],
            None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Emphasis where it stands around words: `**bold**`, `*it*`, `__bold__`, `_it_`, `~~gone~~`. Identifiers with `_` stay.
fn emphasis(rest: &str, before: &str) -> Option<(String, usize)> {
    let first = rest.chars().next()?;
    let count = rest.chars().take_while(|c| *c == first).count();
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '/' && c != '_');
    if count > 3 || (first == '~' && count != 2) || !edge(before.chars().last()) {
        return (count > 1).then(|| (rest[..count].to_owned(), count));
    }
    let marks = &rest[..count];
    let inner = &rest[count..];
    let end = inner.find(marks)?;
    let text = &inner[..end];
    let behind = inner[end + count..].chars().next();
    let tight = !text.is_empty() && !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace);
    (tight && edge(behind) && behind != Some(first)).then(|| (inline(text), end + 2 * count))
}

fn escaped(rest: &str) -> Option<(String, usize)> {
    let next =
        rest.chars().nth(1).filter(|c| matches!(c, '*' | '_' | '#' | '[' | ']' | '(' | ')' | '<' | '>' | '`' | '|' | '~' | '!' | '-' | '+' | '@'))?;
    Some((next.to_string(), 2))
}

fn reference(rest: &str) -> Option<(String, usize)> {
    let end = rest.bytes().take(12).position(|b| b == b';')? + 1;
    let plain = entities::unescape(&rest[..end]);
    (plain != rest[..end]).then_some((plain, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_kept_and_marks_go() {
        let rows = [
            ("Hello **world**, _it_ is `a_b` in my_var_name", "Hello world, it is `a_b` in my_var_name"),
            ("see [the log](https://ci.example/1 \"x\") and <https://a.example>", "see the log (https://ci.example/1) and https://a.example"),
            ("![shot](https://i.example/a.png)after", "after"),
            ("a Vec<String> &lt;b&gt; <br>next<kbd>F5</kbd>", "a Vec<String> <b>\nnextF5"),
            ("Title\n=====\ntext\n\nSub\n---", "# Title\ntext\n\n## Sub"),
            ("**Root cause:**\nThe pool", "###### Root cause\nThe pool"),
            ("<!-- describe\nthe bug -->\nreal", "real"),
            ("| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b |\n| 1 | 2 |"),
            ("> old text\n>> older\n\nnew", "> old text\n> older\n\nnew"),
            ("- [ ] one\n  - two\n1. three", "- [ ] one\n  - two\n1. three"),
            ("2 * 3 * 4 and a ** b", "2 * 3 * 4 and a ** b"),
            ("C:\\temp\\new \\*x\\*", "C:\\temp\\new *x*"),
        ];
        for (markdown, plain) in rows {
            assert_eq!(plain_from_markdown(markdown), plain, "{markdown}");
        }
    }

    #[test]
    fn code_is_verbatim_and_marked() {
        assert_eq!(plain_from_markdown("~~~java\nat a.B.c(D.java:3) **x** <!-- y -->\n~~~"), "```java\nat a.B.c(D.java:3) **x** <!-- y -->\n```");
        assert_eq!(plain_from_markdown("<pre><code>a &lt; b\nc</code></pre>\nx"), "```\na < b\nc\n```\n\nx");
        assert_eq!(plain_from_markdown("> ```\n> at x\n> ```"), "> ```\n> at x\n> ```");
        assert_eq!(plain_from_markdown("```\nnever closed"), "```\nnever closed\n```");
    }

    #[test]
    fn an_unfenced_trace_keeps_its_lines() {
        let trace = "Error: 504\n    at post (client.js:31)\n    at <anonymous>\nException in thread \"main\" java.lang.Error\n\tat a.b(C.java:1)";
        assert_eq!(plain_from_markdown(trace), trace);
    }
}
