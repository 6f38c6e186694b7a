//! One HTML file: no network, no script needed to read it, charts as inline SVG, light and dark, print and phone.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use refrain_record::findings::Findings;

use crate::chart::{Anchor, Drawing, Shape, WIDTH};
use crate::doc::{Block, Brief, Cell, Fact, Figure, Quoted, Reference, Row, Section, Table, TableKind, Voice};
use crate::options::{BriefError, Options};
use crate::text::{Number, Run, Source, Text};

const STYLE: &str = include_str!("brief.css");
const SCRIPT: &str = include_str!("brief.js");

/// What a section's blocks need to know: heading level and a running number for figures.
struct Page<'a> {
    brief: &'a Brief,
    figures: std::cell::Cell<u32>,
}

/// The whole file.
pub fn write(brief: &Brief, _: &Findings, _: &Options) -> Result<Vec<u8>, BriefError> {
    let page = Page { brief, figures: std::cell::Cell::new(0) };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Nothing is fetched, and nothing but the script below may run, whatever a title holds.
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                title { (title(brief)) }
                meta name="description" content="Recurring classes of escaped defects, their cost, and the controls that would have stopped them.";
                style { (PreEscaped(STYLE)) (PreEscaped(print_foot(brief))) }
            }
            body {
                a.skip href="#main" { "Skip to the brief" }
                (top(brief))
                main #main {
                    @for (i, section) in brief.sections.iter().enumerate() { (page.section(section, i == 0)) }
                }
                footer.foot { "refrain " (brief.program) ", records " span.hash { (brief.store_hash) } ", as of " (brief.as_of) "." }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    Ok(markup.into_string().into_bytes())
}

fn policy() -> String {
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'".to_owned()
}

fn title(brief: &Brief) -> String {
    let organisation = if brief.organisation.is_empty() { String::new() } else { format!(", {}", brief.organisation) };
    format!("Escape brief{organisation}, as of {}", brief.day())
}

/// Foot of printed pages. The text stands in a CSS string, where quotes, backslashes and tags would end it.
fn print_foot(brief: &Brief) -> String {
    let plain: String = title(brief).chars().filter(|c| !matches!(c, '"' | '\\' | '<' | '>' | '\n')).collect();
    format!(
        "@media print{{@page{{@bottom-left{{content:\"{plain}\";font:7pt Arial,'Liberation Sans',sans-serif;color:#5f6771}}@bottom-right{{content:counter(page) \" / \" counter(pages);font:7pt Arial,'Liberation Sans',sans-serif;color:#5f6771}}}}}}"
    )
}

fn top(brief: &Brief) -> Markup {
    html! {
        header.top {
            span { "refrain · " (brief.view.replace('-', " ")) " brief" }
            nav aria-label="Sections" {
                @for section in &brief.sections { a href={ "#" (section.id) } { span.k { (section.nav) } } }
            }
        }
    }
}

impl Page<'_> {
    fn section(&self, section: &Section, first: bool) -> Markup {
        let class = if section.page { "page" } else { "flow" };
        html! {
            section #(section.id) class=(class) aria-label=[section.title.is_empty().then_some("Summary")] {
                @if first { (self.head()) }
                @if !section.title.is_empty() { h2 { (text(&section.title)) } }
                @for block in &section.blocks { (self.block(block, section.title.is_empty())) }
            }
        }
    }

    fn head(&self) -> Markup {
        html! {
            p.over { (text(&self.brief.over)) }
            h1 { @for line in &self.brief.headline { span { (text(line)) } " " } }
            @if !self.brief.ask.is_empty() { p.ask { (text(&self.brief.ask)) } }
        }
    }

    /// `top`: heads of blocks are second level on a page whose first level is the headline.
    fn block(&self, block: &Block, top: bool) -> Markup {
        match block {
            Block::Paragraph { voice, text: t } => html! { p class=(voice_class(*voice)) { (text(t)) } },
            Block::Heading { text: t } => heading(t, top),
            Block::Facts { items } => html! { p.facts { @for item in items { span { (text(item)) } " " } } },
            Block::Strip { items } => strip(items),
            Block::Table(t) => self.table(t),
            Block::Figure(f) => self.figure(f, top),
            Block::Columns { columns } => html! {
                div.two { @for column in columns { div { @for b in column { (self.block(b, top)) } } } }
            },
            Block::List { title, items } => html! {
                div.blk {
                    @if !title.is_empty() { (heading(title, top)) }
                    ul.list { @for item in items { li { (text(item)) } } }
                }
            },
            Block::Quotes { title, quotes } => html! {
                div.blk { (heading(title, top)) div.quotes { @for q in quotes { (quote(q)) } } }
            },
            Block::Ticket { title, paragraphs } => html! {
                div.blk { (heading(&crate::words::TICKET.into(), top))
                    div.ticket { h4 { (text(title)) } @for p in paragraphs { p { (text(p)) } } } }
            },
            Block::Terms { items } => html! {
                dl.cols { @for (word, meaning) in items { div { dt { (text(word)) } dd { (text(meaning)) } } } }
            },
            Block::References => references(&self.brief.citations),
        }
    }

    fn table(&self, t: &Table) -> Markup {
        if t.kind == TableKind::Gaps {
            return gaps(t);
        }
        html! {
            div.blk.wide {
                div.scroll tabindex="0" role="region" aria-label=(t.caption.label()) {
                    table.sort { caption.fh { (text(&t.caption)) } (table_body(t)) }
                }
                @if !t.note.is_empty() { p.tnote { (text(&t.note)) } }
            }
        }
    }

    fn figure(&self, f: &Figure, top: bool) -> Markup {
        self.figures.set(self.figures.get() + 1);
        let id = format!("fig{}", self.figures.get());
        html! {
            figure {
                figcaption { (heading(&f.title, top)) span.fsub { (text(&f.sub)) } }
                (svg(&f.drawing, &id, &f.title.label(), &f.describe))
                @if !f.note.is_empty() { p.fnote { (text(&f.note)) } }
                details.data {
                    summary { "Numbers as a table" }
                    div.scroll tabindex="0" role="region" aria-label=(f.data.caption.label()) {
                        table.plain.sort { caption { (text(&f.data.caption)) } (table_body(&f.data)) }
                    }
                }
            }
        }
    }
}

fn voice_class(voice: Voice) -> &'static str {
    match voice {
        Voice::Lead => "shape",
        Voice::Plain => "prose",
        Voice::Note => "tnote",
    }
}

fn heading(t: &Text, top: bool) -> Markup {
    if top {
        html! { h2.fh { (text(t)) } }
    } else {
        html! { h3.fh { (text(t)) } }
    }
}

fn strip(items: &[Fact]) -> Markup {
    html! {
        dl.strip {
            @for fact in items {
                div {
                    dt { (fact.label) }
                    dd { (text(&fact.value)) @if !fact.notes.is_empty() { small { @for (i, note) in fact.notes.iter().enumerate() { @if i > 0 { br; } (text(note)) } } } }
                }
            }
        }
    }
}

/// Roles are written out, because a phone shows rows as cards and `display` drops what a table means.
fn gaps(t: &Table) -> Markup {
    html! {
        table.gaps role="table" {
            caption { (text(&t.caption)) }
            thead role="rowgroup" { tr role="row" { @for column in &t.columns {
                th role="columnheader" scope="col" class=[column.numeric.then_some("n")] { @for (i, line) in column.head.iter().enumerate() { @if i > 0 { br; } (line) } }
            } } }
            tbody role="rowgroup" { @for row in &t.rows { tr role="row" { (gap_cells(t, row)) } } }
        }
        @if !t.note.is_empty() { p.tnote { (text(&t.note)) } }
    }
}

fn gap_cells(t: &Table, row: &Row) -> Markup {
    html! {
        @for (i, (cell, column)) in row.cells.iter().zip(&t.columns).enumerate() {
            @if i == 0 {
                th role="rowheader" scope="row" { (text(&cell.main)) @if !cell.small.is_empty() { span.ctl { (text(&cell.small)) } } }
            } @else {
                td role="cell" data-l=(column.label) class=[column.numeric.then_some("n")] { (cell_body(cell)) }
            }
        }
    }
}

fn cell_body(cell: &Cell) -> Markup {
    html! { (text(&cell.main)) @if !cell.small.is_empty() { small { (text(&cell.small)) } } }
}

fn table_body(t: &Table) -> Markup {
    html! {
        thead { tr { @for column in &t.columns {
            th scope="col" class=[column.numeric.then_some("n")] { (column.head.join(" ")) }
        } } }
        tbody { @for row in &t.rows {
            tr class=[row.sum.then_some("sum")] {
                @for (i, (cell, column)) in row.cells.iter().zip(&t.columns).enumerate() {
                    @if i == 0 { th scope="row" { (cell_body(cell)) } } @else { td class=[column.numeric.then_some("n")] { (cell_body(cell)) } }
                }
            }
        } }
    }
}

fn quote(q: &Quoted) -> Markup {
    html! {
        blockquote {
            p dir="auto" { "“" (q.text) "”" }
            p.who { @if !q.who.is_empty() { (q.who) br; } (source(&q.source)) }
        }
    }
}

fn source(s: &Source) -> Markup {
    let (key, place) = s.halves();
    let halves = html! { span { (key) } " " span { (place) } };
    html! { @if let Some(url) = &s.url { a.cite.q href=(url) rel="noopener noreferrer" { (halves) } } @else { span.cite.q { (halves) } } }
}

fn references(entries: &[Reference]) -> Markup {
    html! {
        p.prose { "Each number of this brief comes from one of these queries; " span.hash { "refrain verify brief.json" } " recomputes all of them and checks each quote against its record." }
        ol.refs { @for r in entries { li id=(r.id.to_lowercase()) { b { (r.id) } (reference(r)) } } }
    }
}

fn reference(r: &Reference) -> Markup {
    let listed = r.records.len().min(3) as u64;
    html! {
        (r.what) ". " code { (r.query) }
        @if r.n > 0 {
            ", " (crate::words::many(r.n, "record")) ": "
            @for (i, key) in r.records.iter().take(3).enumerate() { @if i > 0 { ", " } span class=(key_class(key)) { (key) } }
            @if r.n > listed { " and " (crate::print::count(r.n - listed)) " more" }
            "; sha256 " code { (r.hash) }
        }
    }
}

/// Runs as HTML.
fn text(t: &Text) -> Markup {
    html! { @for run in &t.0 { (one(run)) } }
}

fn one(run: &Run) -> Markup {
    match run {
        Run::Plain { text } => html! { (text) },
        Run::Bold { text } => html! { b { (text) } },
        Run::Key { text, to } if to.is_empty() => html! { span class=(key_class(text)) { (text) } },
        Run::Key { text, to } => html! { a.gid.k href={ "#" (to) } { (text) } },
        Run::Number(n) => number(n),
        Run::Strong(n) => html! { b.big { (n.text) } },
        Run::Cite { id } => html! { a.cite href={ "#" (id.to_lowercase()) } { "[" (id) "]" } },
        Run::Source(s) => source(s),
        Run::Code { text } => html! { span.hash { (text) } },
    }
}

/// Keys never break; one that is longer than a phone is wide may break anywhere.
fn key_class(key: &str) -> &'static str {
    if key.chars().count() <= 30 { "k" } else { "kl" }
}

fn number(n: &Number) -> Markup {
    html! { (n.text) }
}

/// A chart as inline SVG whose title and description hold the numbers.
pub fn svg(d: &Drawing, id: &str, title: &str, describe: &str) -> Markup {
    html! {
        svg viewBox={ "0 0 " (unit(WIDTH)) " " (unit(d.height)) } role="img" aria-labelledby={ (id) "-t " (id) "-d" } {
            title id={ (id) "-t" } { (title) }
            desc id={ (id) "-d" } { (describe) }
            @for shape in &d.shapes { (shape_markup(shape)) }
        }
    }
}

fn shape_markup(shape: &Shape) -> Markup {
    match shape {
        Shape::Text { x, y, anchor, class, text } => {
            let anchor = match anchor {
                Anchor::Start => None,
                Anchor::Middle => Some("middle"),
                Anchor::End => Some("end"),
            };
            html! { text x=(unit(*x)) y=(unit(*y)) class=(class) text-anchor=[anchor] { (text) } }
        }
        Shape::Line { from, to, class } => html! { line x1=(unit(from.0)) y1=(unit(from.1)) x2=(unit(to.0)) y2=(unit(to.1)) class=(class) {} },
        Shape::Rect { x, y, w, h, class } => html! { rect x=(unit(*x)) y=(unit(*y)) width=(unit(*w)) height=(unit(*h)) class=(class) {} },
        Shape::Circle { x, y, r, class } => html! { circle cx=(unit(*x)) cy=(unit(*y)) r=(unit(*r)) class=(class) {} },
        Shape::Path { points, class } => {
            let d: Vec<String> =
                points.iter().enumerate().map(|(i, (x, y))| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, unit(*x), unit(*y))).collect();
            html! { path d=(d.join("")) class=(class) {} }
        }
    }
}

/// Coordinates with at most one decimal: less than a tenth of a point is not seen.
fn unit(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
