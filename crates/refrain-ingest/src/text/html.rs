//! HTML to plain form: what trackers render and rich-text editors write.

use super::entities::unescape;
use super::page::Page;
use super::{clean, drop_mentions, tidy};

/// Plain form of a piece of HTML. Text without any tag is taken as it is, with its lines.
pub fn plain_from_html(text: &str) -> String {
    let text = clean(text);
    if !text.contains('<') {
        return tidy(&drop_mentions(&unescape(&text)));
    }
    let mut writer = Writer::default();
    for token in tokens(&text) {
        writer.take(token);
    }
    drop_mentions(&writer.finish())
}

/// Piece of an HTML text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Text(&'a str),
    /// Name in lower case is made where it is compared; the whole inside of the tag.
    Open(&'a str),
    Close(&'a str),
}

/// Tags known as such; anything else between angle brackets is text that was not escaped (`List<String>`).
const KNOWN: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "base",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "li",
    "link",
    "main",
    "mark",
    "meta",
    "nav",
    "o:p",
    "object",
    "ol",
    "option",
    "p",
    "param",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "section",
    "select",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// Tags whose content is no text.
const SILENT: &[&str] = &["script", "style", "head", "svg", "iframe", "object"];

/// Tags around whose content lines break.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "body",
    "caption",
    "center",
    "details",
    "dd",
    "div",
    "dl",
    "dt",
    "figure",
    "figcaption",
    "footer",
    "form",
    "header",
    "main",
    "nav",
    "section",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
];

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find('<').map(|found| from + found) {
        let Some((token, length)) = tag_at(&rest[at..]) else {
            from = at + 1;
            continue;
        };
        if at > 0 {
            out.push(Token::Text(&rest[..at]));
        }
        out.extend(token);
        rest = &rest[at + length..];
        from = 0;
    }
    if !rest.is_empty() {
        out.push(Token::Text(rest));
    }
    out
}

/// The tag or comment at the start of `text` and its length; nothing where it is text.
fn tag_at(text: &str) -> Option<(Option<Token<'_>>, usize)> {
    if text.starts_with("<!--") {
        return Some((None, text.find("-->").map_or(text.len(), |end| end + 3)));
    }
    let end = text.find('>')?;
    if text.starts_with("<!") || text.starts_with("<?") {
        return Some((None, end + 1));
    }
    let inner = &text[1..end];
    let (close, inner) = inner.strip_prefix('/').map_or((false, inner), |rest| (true, rest));
    KNOWN.contains(&name(inner).as_str()).then(|| (Some(if close { Token::Close(inner) } else { Token::Open(inner) }), end + 1))
}

fn name(tag: &str) -> String {
    tag.split([' ', '/', '\n', '\t']).next().unwrap_or_default().to_ascii_lowercase()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.find(&format!("{name}="))? + name.len() + 1;
    let value = tag.get(at..)?.trim_start();
    let found = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split([' ', '>']).next()?,
    };
    Some(unescape(found))
}

/// Where the walk stands.
#[derive(Default)]
struct Writer {
    page: Page,
    /// Depth of tags whose content is no text.
    silent: usize,
    /// The code being gathered, with its language.
    code: Option<(String, String)>,
    /// Open lists: the number of the last item, or nothing for bullets.
    lists: Vec<Option<u32>>,
    /// Target of the open link, and whether it mentions a person.
    link: Option<(String, bool)>,
    cells: Option<Vec<String>>,
    cell: bool,
}

impl Writer {
    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Text(text) => self.text(text),
            Token::Open(tag) => self.open(&name(tag), tag),
            Token::Close(tag) => self.close(&name(tag)),
        }
    }

    fn text(&mut self, text: &str) {
        if self.silent > 0 || self.link.as_ref().is_some_and(|(_, person)| *person) {
            return;
        }
        let text = unescape(text);
        if let Some((_, code)) = &mut self.code {
            code.push_str(&text);
        } else if let (Some(cells), true) = (&mut self.cells, self.cell) {
            if let Some(cell) = cells.last_mut() {
                cell.push_str(&text);
            }
        } else {
            self.page.flowing(&text);
        }
    }

    fn open(&mut self, name: &str, tag: &str) {
        if SILENT.contains(&name) {
            self.silent += 1;
        }
        if let Some((_, code)) = &mut self.code {
            code.push_str(if matches!(name, "br" | "div" | "p" | "li") && !code.is_empty() { "\n" } else { "" });
            return;
        }
        match name {
            "br" => self.line_break(),
            "p" => self.page.end_block(),
            "pre" => self.code = Some((language(tag), String::new())),
            "hr" => self.page.end_block(),
            "ul" => self.list(None),
            "ol" => self.list(Some(0)),
            "li" => self.item(),
            "blockquote" => {
                self.page.end_block();
                self.page.push_prefix("> ");
            }
            "a" => self.link = Some((attribute(tag, "href").unwrap_or_default(), is_mention(tag))),
            "tr" => self.cells = Some(Vec::new()),
            "td" | "th" => {
                self.cells.get_or_insert_default().push(String::new());
                self.cell = true;
            }
            _ if heading(name) > 0 => {
                self.page.end_block();
                self.page.text(&format!("{} ", "#".repeat(heading(name))));
            }
            _ if BLOCKS.contains(&name) => self.page.end_line(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if SILENT.contains(&name) {
            self.silent = self.silent.saturating_sub(1);
        }
        match name {
            "pre" => {
                if let Some((language, code)) = self.code.take() {
                    self.page.code(&language, &code);
                }
            }
            _ if self.code.is_some() => {}
            "p" => self.page.end_block(),
            "ul" | "ol" if self.lists.pop().is_some() => {
                self.page.pop_prefix();
                if self.lists.is_empty() {
                    self.page.end_block();
                }
            }
            "li" => self.page.end_line(),
            "blockquote" => {
                self.page.pop_prefix();
                self.page.end_block();
            }
            "a" => self.end_link(),
            "td" | "th" => self.cell = false,
            "tr" => self.end_row(),
            _ if heading(name) > 0 => self.page.end_block(),
            _ if BLOCKS.contains(&name) => self.page.end_line(),
            _ => {}
        }
    }

    fn line_break(&mut self) {
        match (&mut self.cells, self.cell) {
            (Some(cells), true) => cells.last_mut().into_iter().for_each(|cell| cell.push(' ')),
            _ => self.page.break_line(),
        }
    }

    fn list(&mut self, number: Option<u32>) {
        if self.lists.is_empty() {
            self.page.end_block();
        } else {
            self.page.close_up();
        }
        self.page.push_prefix("  ");
        self.lists.push(number);
    }

    fn item(&mut self) {
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{number}. ")
            }
            _ => "- ".to_owned(),
        };
        self.page.set_mark(&mark);
    }

    fn end_link(&mut self) {
        let target = self.link.take().filter(|(target, person)| !person && target.starts_with("http")).map(|(target, _)| target);
        if let Some(target) = target.filter(|t| !self.page.line_ends_with(t)) {
            self.text(&format!(" ({target})"));
        }
    }

    fn end_row(&mut self) {
        self.cell = false;
        let cells = self.cells.take().unwrap_or_default();
        let cells: Vec<String> = cells.iter().map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            self.page.end_line();
            self.page.text(&format!("| {} |", cells.join(" | ")));
            self.page.end_line();
        }
    }

    fn finish(mut self) -> String {
        if let Some((language, code)) = self.code.take() {
            self.page.code(&language, &code);
        }
        self.end_row();
        self.page.finish()
    }
}

fn heading(name: &str) -> usize {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => usize::from(level - b'0'),
        _ => 0,
    }
}

/// The language that a tag's class names (`code-java`, `language-python`).
fn language(tag: &str) -> String {
    let class = attribute(tag, "class").unwrap_or_default();
    class.split_whitespace().find_map(|c| c.strip_prefix("code-").or_else(|| c.strip_prefix("language-"))).unwrap_or_default().to_owned()
}

/// A link that names a person, in the manner of Jira and Azure DevOps.
fn is_mention(tag: &str) -> bool {
    let lower = tag.to_ascii_lowercase();
    lower.contains("data-vss-mention")
        || lower.contains("user-hover")
        || lower.contains("data-account-id")
        || lower.contains("viewprofile.jspa")
        || lower.contains("class=\"mention")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_kept() {
        let rows = [
            ("<p>Client repeats the POST.</p><p>Twice&nbsp;a day.</p>", "Client repeats the POST.\n\nTwice a day."),
            ("<div>Send refund, wait.<br>at Pay.Client.Post()</div><div>next</div>", "Send refund, wait.\nat Pay.Client.Post()\nnext"),
            (
                "<h2>Root cause</h2>The pool<ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul>end",
                "## Root cause\n\nThe pool\n\n- one\n- two\n  1. deep\n\nend",
            ),
            ("<blockquote>old</blockquote>new", "> old\n\nnew"),
            (
                "<a href=\"https://ci.example/1\">log</a> <a href='https://a.example'>https://a.example</a>",
                "log (https://ci.example/1) https://a.example",
            ),
            ("<a class=\"user-hover\" href=\"/secure/ViewProfile.jspa?name=d\">Dana K.</a> says", "says"),
            ("<table><tr><th>a</th><th>b</th></tr><tr><td>1<br>2</td><td></td></tr></table>", "| a | b |\n| 1 2 |  |"),
            ("a List<String> of 3 < 4 &lt;b&gt;", "a List<String> of 3 < 4 <b>"),
            ("<style>p{}</style><script>x<y</script>text<!-- hidden -->", "text"),
            ("no tags\n  kept &amp; lines", "no tags\n  kept & lines"),
        ];
        for (html, plain) in rows {
            assert_eq!(plain_from_html(html), plain, "{html}");
        }
    }

    #[test]
    fn code_is_verbatim() {
        let html = "<div class=\"code panel\"><pre class=\"code-java\">java.lang.<span class=\"code-object\">Error</span>: x\n\tat a.B&lt;T&gt;(C.java:1)</pre></div>after";
        assert_eq!(plain_from_html(html), "```java\njava.lang.Error: x\n\tat a.B<T>(C.java:1)\n```\n\nafter");
        assert_eq!(plain_from_html("<pre>open"), "```\nopen\n```");
    }
}
