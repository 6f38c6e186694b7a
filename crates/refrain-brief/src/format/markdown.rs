//! Markdown for a wiki or a pull request. Text of records is escaped, so that nothing in it becomes markup.

use refrain_record::findings::Findings;

use crate::doc::{Block, Brief, Cell, Figure, Quoted, Reference, Table, Voice};
use crate::options::{BriefError, Options};
use crate::text::{Run, Source, Text};

/// The whole brief.
pub fn write(brief: &Brief, _: &Findings, _: &Options) -> Result<Vec<u8>, BriefError> {
    let mut out = String::new();
    line(&mut out, &text(&brief.over));
    let head = brief.headline.iter().map(text).collect::<Vec<_>>().join(" ");
    line(&mut out, &format!("# {head}"));
    if !brief.ask.is_empty() {
        line(&mut out, &text(&brief.ask));
    }
    for section in &brief.sections {
        if !section.title.is_empty() {
            line(&mut out, &format!("## {}", text(&section.title)));
        }
        section.blocks.iter().for_each(|b| block(&mut out, brief, b));
    }
    Ok(out.into_bytes())
}

fn line(out: &mut String, words: &str) {
    out.push_str(words.trim_end());
    out.push_str("\n\n");
}

fn block(out: &mut String, brief: &Brief, b: &Block) {
    match b {
        Block::Paragraph { voice: Voice::Note, text: t } => line(out, &format!("<sub>{}</sub>", text(t))),
        Block::Paragraph { text: t, .. } => line(out, &text(t)),
        Block::Heading { text: t } => line(out, &format!("### {}", text(t))),
        Block::Facts { items } => line(out, &items.iter().map(text).collect::<Vec<_>>().join(" · ")),
        Block::Strip { items } => strip(out, items),
        Block::Table(t) => table(out, t),
        Block::Figure(f) => figure(out, f),
        Block::Columns { columns } => columns.iter().flatten().for_each(|b| block(out, brief, b)),
        Block::List { title, items } => list(out, title, items),
        Block::Quotes { title, quotes } => {
            line(out, &format!("### {}", text(title)));
            quotes.iter().for_each(|q| quote(out, q));
        }
        Block::Ticket { title, paragraphs } => {
            line(out, &format!("### Ticket: {}", text(title)));
            paragraphs.iter().for_each(|p| line(out, &text(p)));
        }
        Block::Terms { items } => items.iter().for_each(|(word, meaning)| line(out, &format!("**{}**: {}", text(word), text(meaning)))),
        Block::References => brief.citations.iter().for_each(|r| reference(out, r)),
    }
}

fn strip(out: &mut String, items: &[crate::doc::Fact]) {
    for fact in items {
        let notes = fact.notes.iter().map(text).collect::<Vec<_>>().join("; ");
        let tail = if notes.is_empty() { String::new() } else { format!(" ({notes})") };
        out.push_str(&format!("- {}: **{}**{tail}\n", escape(&fact.label), text(&fact.value).replace("**", "")));
    }
    out.push('\n');
}

fn list(out: &mut String, title: &Text, items: &[Text]) {
    if !title.is_empty() {
        line(out, &format!("### {}", text(title)));
    }
    for item in items {
        out.push_str(&format!("- {}\n", text(item)));
    }
    out.push('\n');
}

fn figure(out: &mut String, f: &Figure) {
    table(out, &Table { caption: f.title.clone(), ..f.data.clone() });
    let notes = [&f.sub, &f.note].into_iter().filter(|t| !t.is_empty()).map(text).collect::<Vec<_>>().join(" ");
    line(out, &notes);
}

fn table(out: &mut String, t: &Table) {
    line(out, &format!("### {}", text(&t.caption)));
    let heads: Vec<String> = t.columns.iter().map(|c| escape(&c.label)).collect();
    let rules: Vec<&str> = t.columns.iter().map(|c| if c.numeric { "--:" } else { "---" }).collect();
    out.push_str(&format!("| {} |\n| {} |\n", heads.join(" | "), rules.join(" | ")));
    for row in &t.rows {
        out.push_str(&format!("| {} |\n", row.cells.iter().map(cell).collect::<Vec<_>>().join(" | ")));
    }
    out.push('\n');
    if !t.note.is_empty() {
        line(out, &text(&t.note));
    }
}

fn cell(c: &Cell) -> String {
    if c.small.is_empty() { text(&c.main) } else { format!("{} ({})", text(&c.main), text(&c.small)) }
}

fn quote(out: &mut String, q: &Quoted) {
    let who = if q.who.is_empty() { String::new() } else { format!("{} ", escape(&q.who)) };
    line(out, &format!("> “{}”  \n> {who}{}", escape(&q.text), source(&q.source)));
}

fn reference(out: &mut String, r: &Reference) {
    let listed: Vec<String> = r.records.iter().take(3).map(|k| escape(k)).collect();
    let more = r.n.saturating_sub(listed.len() as u64);
    let tail = match (listed.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", listed.join(", ")),
        (false, n) => format!(": {} and {} more", listed.join(", "), crate::print::count(n)),
    };
    line(out, &format!("**{}** {}. `{}`, {}{tail}; `{}`", r.id, escape(&r.what), code(&r.query), crate::words::many(r.n, "record"), r.hash));
}

/// Runs as Markdown.
fn text(t: &Text) -> String {
    t.0.iter().map(run).collect()
}

fn run(r: &Run) -> String {
    match r {
        Run::Plain { text } | Run::Key { text, .. } => escape(text),
        Run::Bold { text } => bold(&escape(text)),
        Run::Number(n) => escape(&n.text),
        Run::Strong(n) => bold(&escape(&n.text)),
        Run::Cite { id } => format!(" \\[{id}\\]"),
        Run::Source(s) => source(s),
        Run::Code { text } => format!("`{}`", code(text)),
    }
}

/// Markers stand at the words, blanks outside: `** a**` would not be bold.
fn bold(words: &str) -> String {
    let inner = words.trim();
    if inner.is_empty() {
        return words.to_owned();
    }
    let lead = &words[..words.len() - words.trim_start().len()];
    let tail = &words[words.trim_end().len()..];
    format!("{lead}**{inner}**{tail}")
}

fn source(s: &Source) -> String {
    let (key, place) = s.halves();
    let label = escape(&format!("{key} {place}"));
    s.url.as_ref().map_or_else(|| label.clone(), |url| format!("[{label}]({})", url.replace('(', "%28").replace(')', "%29").replace(' ', "%20")))
}

/// Inside back quotes nothing is markup but a back quote.
fn code(raw: &str) -> String {
    raw.replace('`', "'").replace('\n', " ")
}

/// Characters that would begin markup, a table cell, an HTML tag, a mention or a bare link.
fn escape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '@' => out.push_str("@\u{200b}"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out.replace("\\](", "\\]\\(").replace("://", ":\u{200b}//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_records_never_becomes_markup() {
        let hostile = "<img src=x onerror=alert(1)> [a](javascript:x) | **b** `c` @team https://evil.example\n# head";
        let safe = escape(hostile);
        assert!(!safe.contains('<') && safe.contains("\\]\\(") && !safe.contains("://") && !safe.contains('\n') && !safe.contains("@team"));
        assert_eq!(run(&Run::Bold { text: "Order: ".into() }), "**Order:** ");
    }
}
