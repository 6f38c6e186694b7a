//! Blocks to frames, in the sizes of the print style.

use super::font::{Face, Fonts};
use super::frame::{Frame, Op};
use super::ink::{Ink, LABELS, Paint, paint};
use super::lay::{Style, natural, paragraph};
use super::page::{COLUMN, GUTTER, Part, WIDE};
use super::table;
use crate::chart::{Anchor, Drawing, Shape, WIDTH};
use crate::doc::{Block, Brief, Fact, Figure, Quoted, Reference, Section, Voice};
use crate::text::{Run, Text};
use crate::words;

/// Space above a block.
const ABOVE: f64 = 11.0;
/// Tallest block that is kept whole.
const TALLEST: f64 = 760.0;

/// What frames are made from.
pub struct Blocks<'a> {
    /// Faces.
    pub fonts: &'a Fonts,
    /// The brief.
    pub brief: &'a Brief,
}

fn body(size: f64) -> Style {
    Style::plain(size, Ink::Text)
}

fn note() -> Style {
    Style::plain(7.2, Ink::Ink2)
}

fn head() -> Style {
    Style::bold(9.4).lead(1.3)
}

impl Blocks<'_> {
    /// The whole brief.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = self.front().into_iter().map(Part::Frame).collect();
        for (i, section) in self.brief.sections.iter().enumerate() {
            if i > 0 && section.page {
                parts.push(Part::Page);
            }
            parts.extend(self.section(section));
        }
        parts
    }

    fn front(&self) -> Vec<Frame> {
        let mut over = Frame::of(6.0);
        over.line((0.0, 0.6), (WIDE, 0.6), Ink::Text, 1.2);
        let line = paragraph(self.fonts, &self.brief.over, &Style::plain(7.6, Ink::Ink2), WIDE);
        let heads = self.brief.headline.iter().map(|l| paragraph(self.fonts, l, &Style::bold(16.2).lead(1.18).track(-0.012), WIDE).keep());
        let mut all = vec![over.keep(), line.keep()];
        all.extend(heads.enumerate().map(|(i, f)| if i == 0 { f.above(6.0) } else { f }));
        if !self.brief.ask.is_empty() {
            all.push(paragraph(self.fonts, &self.brief.ask, &body(9.2).lead(1.38), WIDE).above(6.0));
        }
        all
    }

    fn section(&self, section: &Section) -> Vec<Part> {
        let mut parts = vec![Part::Frame(self.section_head(section))];
        for block in &section.blocks {
            match block {
                Block::Terms { items } => parts.push(Part::Columns(items.iter().map(|(w, m)| self.term(w, m)).collect())),
                Block::References => {
                    parts.push(Part::Frame(self.references_head()));
                    parts.push(Part::Columns(self.brief.citations.iter().map(|r| self.reference(r)).collect()));
                }
                Block::Columns { columns } if columns.iter().flatten().all(|b| matches!(b, Block::List { .. })) => parts.push(self.lists(columns)),
                other => parts.extend(self.block(other, WIDE).into_iter().map(Part::Frame)),
            }
        }
        parts
    }

    fn section_head(&self, section: &Section) -> Frame {
        let anchor = Op::Anchor { name: section.id.clone(), y: 0.0 };
        if section.title.is_empty() {
            return Frame { ops: vec![anchor], ..Frame::default() };
        }
        let title = paragraph(self.fonts, &section.title, &Style::bold(14.0).lead(1.25), WIDE);
        let mut frame = Frame::of(title.height + 11.0);
        frame.line((0.0, 0.6), (WIDE, 0.6), Ink::Text, 1.2);
        frame.take(title, 0.0, 7.0);
        frame.ops.push(anchor);
        frame.above(16.0).keep()
    }

    /// A block in a column of this width.
    fn block(&self, block: &Block, room: f64) -> Vec<Frame> {
        let text = |t: &Text, style: Style| vec![paragraph(self.fonts, t, &style, room).above(4.0)];
        match block {
            Block::Paragraph { voice: Voice::Lead, text: t } => text(t, body(10.5).lead(1.4)),
            Block::Paragraph { voice: Voice::Plain, text: t } => text(t, body(8.6)),
            Block::Paragraph { voice: Voice::Note, text: t } => text(t, note()),
            Block::Heading { text: t } => vec![paragraph(self.fonts, t, &head(), room).above(ABOVE).keep()],
            Block::Facts { items } => vec![self.facts(items, room)],
            Block::Strip { items } => vec![self.strip(items, room)],
            Block::Table(t) => table::frames(self.fonts, t, room, ABOVE),
            Block::Figure(f) => vec![self.figure(f, room)],
            Block::Columns { columns } => self.columns(columns, room),
            Block::List { title, items } => self.list(title, items, room),
            Block::Quotes { title, quotes } => self.quotes(title, quotes, room),
            Block::Ticket { title, paragraphs } => self.ticket(title, paragraphs, room),
            Block::Terms { items } => items.iter().map(|(w, m)| self.term(w, m)).collect(),
            Block::References => Vec::new(),
        }
    }

    /// Lists side by side that a page may end between two items of.
    fn lists(&self, columns: &[Vec<Block>]) -> Part {
        let frames = |c: &Vec<Block>| c.iter().flat_map(|b| self.block(b, COLUMN)).collect();
        Part::Beside(columns.iter().enumerate().map(|(i, c)| ((COLUMN + GUTTER) * i as f64, frames(c))).collect())
    }

    /// Side by side as one piece; below each other where that would be taller than a page.
    fn columns(&self, columns: &[Vec<Block>], room: f64) -> Vec<Frame> {
        let n = columns.len().max(2) as f64;
        let wide = (room - GUTTER * (n - 1.0)) / n;
        let stack = |c: &Vec<Block>, w: f64| c.iter().flat_map(|b| self.block(b, w)).collect::<Vec<_>>();
        let both: Vec<(f64, Frame)> = columns.iter().enumerate().map(|(i, c)| ((wide + GUTTER) * i as f64, Frame::stacked(stack(c, wide)))).collect();
        let whole = Frame::beside(both).above(ABOVE + 1.0);
        if whole.height <= TALLEST { vec![whole] } else { columns.iter().flat_map(|c| stack(c, room)).collect() }
    }

    fn strip(&self, items: &[Fact], room: f64) -> Frame {
        let n = items.len().max(6) as f64;
        let wide = room / n;
        let cell = |(i, fact): (usize, &Fact)| {
            let inset = if i == 0 { 0.0 } else { 6.0 };
            let mut lines = vec![
                paragraph(self.fonts, &Text::from(fact.label.as_str()), &Style::plain(7.0, Ink::Ink3).lead(1.35), wide - inset - 4.0),
                paragraph(self.fonts, &fact.value, &Style::bold(11.0).lead(1.3), wide - inset - 4.0),
            ];
            lines.extend(fact.notes.iter().map(|t| paragraph(self.fonts, t, &Style::plain(7.0, Ink::Ink2).lead(1.3), wide - inset - 2.0)));
            (wide * i as f64 + inset, Frame::stacked(lines))
        };
        let inner = Frame::beside(items.iter().enumerate().map(cell).collect());
        let mut frame = Frame::of(inner.height + 8.0);
        let bottom = frame.height;
        frame.take(inner, 0.0, 4.0);
        frame.line((0.0, 0.0), (room, 0.0), Ink::Rule, 0.6);
        frame.line((0.0, bottom), (room, bottom), Ink::Rule, 0.6);
        for i in 1..items.len() {
            frame.line((wide * i as f64, 0.0), (wide * i as f64, bottom), Ink::Rule, 0.6);
        }
        frame.above(7.0)
    }

    /// Facts with space between them, on as many lines as they need.
    fn facts(&self, items: &[Text], room: f64) -> Frame {
        let style = Style::plain(8.2, Ink::Ink2);
        let (mut x, mut y, pitch) = (0.0, 4.0, 8.2 * 1.4);
        let mut frame = Frame::default();
        for item in items {
            let wide = natural(self.fonts, item, &style);
            if x > 0.0 && x + wide > room {
                (x, y) = (0.0, y + pitch);
            }
            let set = paragraph(self.fonts, item, &style, (room - x).max(60.0));
            let tall = set.height;
            frame.take(set, x, y);
            y += (tall - pitch).max(0.0);
            x += wide + 13.0;
        }
        frame.height = y + pitch + 4.0;
        let bottom = frame.height;
        frame.line((0.0, 0.0), (room, 0.0), Ink::Rule, 0.6);
        frame.line((0.0, bottom), (room, bottom), Ink::Rule, 0.6);
        frame.above(6.0)
    }

    fn list(&self, title: &Text, items: &[Text], room: f64) -> Vec<Frame> {
        let mut all = Vec::new();
        if !title.is_empty() {
            all.push(paragraph(self.fonts, title, &head(), room).above(ABOVE).keep());
        }
        for (i, item) in items.iter().enumerate() {
            let set = paragraph(self.fonts, item, &body(8.3), room);
            let mut frame = Frame::of(set.height + 5.6);
            frame.line((0.0, 0.0), (room, 0.0), if i == 0 { Ink::Rule2 } else { Ink::Rule }, if i == 0 { 0.8 } else { 0.6 });
            frame.take(set, 0.0, 2.8);
            all.push(if i == 0 { frame.above(3.0) } else { frame });
        }
        all
    }

    fn quotes(&self, title: &Text, quotes: &[Quoted], room: f64) -> Vec<Frame> {
        let wide = (room - 32.0) / 3.0;
        let one = |(i, q): (usize, &Quoted)| {
            let mut lines = vec![paragraph(self.fonts, &Text::from(format!("“{}”", q.text)), &body(8.3), wide - 8.0)];
            if !q.who.is_empty() {
                lines.push(paragraph(self.fonts, &Text::from(q.who.as_str()), &note(), wide - 8.0).above(2.0));
            }
            let source = Text(vec![Run::Source(q.source.clone())]);
            lines.push(paragraph(self.fonts, &source, &body(8.3).lead(1.25), wide - 8.0).above(1.0));
            let set = Frame::stacked(lines);
            let mut frame = Frame::of(set.height);
            frame.line((0.6, 0.0), (0.6, set.height), Ink::Rule2, 1.2);
            frame.take(set, 7.5, 0.0);
            ((wide + 16.0) * i as f64, frame)
        };
        let rows = quotes.chunks(3).map(|row| Frame::beside(row.iter().enumerate().map(one).collect()).above(4.0));
        std::iter::once(paragraph(self.fonts, title, &head(), room).above(ABOVE).keep()).chain(rows).collect()
    }

    fn ticket(&self, title: &Text, paragraphs: &[Text], room: f64) -> Vec<Frame> {
        let inner = room - 18.0;
        let mut lines = vec![paragraph(self.fonts, title, &Style::bold(8.3), inner)];
        lines.extend(paragraphs.iter().map(|p| paragraph(self.fonts, p, &body(8.3), inner).above(2.5)));
        let set = Frame::stacked(lines);
        let mut frame = Frame::of(set.height + 12.0).above(4.0);
        let (w, h) = (room, frame.height);
        let edge = Paint { stroke: Some((Ink::Rule2, 0.8)), ..Paint::default() };
        frame.ops.push(Op::Path { points: vec![(0.4, 0.4), (w - 0.4, 0.4), (w - 0.4, h - 0.4), (0.4, h - 0.4)], closed: true, paint: edge });
        frame.take(set, 9.0, 6.0);
        vec![paragraph(self.fonts, &words::TICKET.into(), &head(), room).above(ABOVE).keep(), frame]
    }

    fn term(&self, word: &Text, meaning: &Text) -> Frame {
        let set = vec![
            paragraph(self.fonts, word, &Style::bold(8.0).lead(1.36), COLUMN),
            paragraph(self.fonts, meaning, &Style::plain(8.0, Ink::Ink2).lead(1.36), COLUMN),
        ];
        let mut frame = Frame::stacked(set);
        frame.height += 4.0;
        frame
    }

    fn references_head(&self) -> Frame {
        let text = Text::from("Each number of this brief comes from one of these queries; ")
            .code("refrain verify brief.json")
            .s(" recomputes all of them and checks each quote against its record.");
        paragraph(self.fonts, &text, &body(8.3), WIDE).above(4.0).keep()
    }

    fn reference(&self, r: &Reference) -> Frame {
        let listed = r.records.len().min(3);
        let mut text = Text::from(format!("{}. ", r.what)).code(&r.query);
        if r.n > 0 {
            let keys = r.records.iter().take(listed).cloned().collect::<Vec<_>>().join(", ");
            let more = r.n.saturating_sub(listed as u64);
            let tail = if more > 0 { format!(" and {} more", crate::print::count(more)) } else { String::new() };
            text = text.s(format!(", {}: {keys}{tail}; sha256 ", words::many(r.n, "record"))).code(&r.hash);
        }
        let set = paragraph(self.fonts, &text, &Style::plain(7.2, Ink::Text).lead(1.4), COLUMN - 22.0);
        let label = paragraph(self.fonts, &Text::new().b(&r.id), &Style::bold(7.2).lead(1.4), 22.0);
        let mut frame = Frame::of(set.height + 5.2);
        let bottom = frame.height;
        frame.ops.push(Op::Anchor { name: r.id.to_lowercase(), y: 0.0 });
        frame.take(label, 0.0, 2.6);
        frame.take(set, 22.0, 2.6);
        frame.line((0.0, bottom), (COLUMN, bottom), Ink::Rule, 0.6);
        frame
    }

    /// Title, how to read it, the drawing, small print: never broken.
    fn figure(&self, f: &Figure, room: f64) -> Frame {
        let mut lines = vec![paragraph(self.fonts, &f.title, &head(), room), paragraph(self.fonts, &f.sub, &note(), room).above(1.0)];
        let scale = room.min(COLUMN) / WIDTH;
        lines.push(drawing(&f.drawing, scale).above(4.0));
        if !f.note.is_empty() {
            lines.push(paragraph(self.fonts, &f.note, &note(), room).above(3.0));
        }
        Frame::stacked(lines).above(ABOVE)
    }
}

/// The same shapes as in HTML, scaled to points. Anchored texts are placed by the widths that charts reckon with.
fn drawing(d: &Drawing, scale: f64) -> Frame {
    let mut frame = Frame::of(d.height * scale);
    frame.ops.extend(d.shapes.iter().map(|shape| shape_op(shape, scale)));
    frame
}

fn shape_op(shape: &Shape, k: f64) -> Op {
    let scaled = |class: &str| {
        let p = paint(class);
        Paint { stroke: p.stroke.map(|(ink, w)| (ink, w * k)), ..p }
    };
    match shape {
        Shape::Text { x, y, anchor, class, text } => label(*x, *y, *anchor, class, text, k),
        Shape::Line { from, to, class } => {
            Op::Path { points: vec![(from.0 * k, from.1 * k), (to.0 * k, to.1 * k)], closed: false, paint: scaled(class) }
        }
        Shape::Rect { x, y, w, h, class } => {
            let (l, t, r, b) = (x * k, y * k, (x + w) * k, (y + h) * k);
            Op::Path { points: vec![(l, t), (r, t), (r, b), (l, b)], closed: true, paint: scaled(class) }
        }
        Shape::Circle { x, y, r, class } => Op::Circle { x: x * k, y: y * k, r: r * k, paint: scaled(class) },
        Shape::Path { points, class } => {
            Op::Path { points: points.iter().map(|(x, y)| (x * k, y * k)).collect(), closed: false, paint: scaled(class) }
        }
    }
}

fn label(x: f64, y: f64, anchor: Anchor, class: &str, text: &str, k: f64) -> Op {
    let (_, ink, size, bold, halo) = LABELS.iter().find(|(c, ..)| *c == class).copied().unwrap_or(LABELS[0]);
    let face = if bold { Face::Bold } else { Face::Plain };
    let wide = crate::chart::width::of(text, size) * if bold { 1.05 } else { 1.0 };
    let left = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - wide / 2.0,
        Anchor::End => x - wide,
    };
    Op::Text { x: left * k, y: y * k, text: text.to_owned(), face, size: size * k, track: 0.0, ink, halo: if halo { 3.0 * k } else { 0.0 } }
}
