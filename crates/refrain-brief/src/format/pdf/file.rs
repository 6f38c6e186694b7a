//! Pages to the bytes of a PDF file.

use std::collections::BTreeMap;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{ActionType, AnnotationType, CidFontType, FontFlags, SystemInfo, TextRenderingMode, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::font::{Face, Fonts};
use super::frame::{Op, Target};
use super::ink::{Ink, Paint};
use super::page::{PAPER, Pages, SIDE};
use crate::doc::Brief;

const FACES: [(Face, &[u8]); 3] = [(Face::Plain, b"F0"), (Face::Bold, b"F1"), (Face::Mono, b"F2")];
/// Distance of the control points of a quarter circle.
const QUARTER: f64 = 0.552_284_75;

/// Numbers of objects in the order in which they are taken.
struct Numbers(i32);

impl Numbers {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// Characters that were shown, by face: for the map from glyphs back to text.
type Shown = BTreeMap<Face, BTreeMap<u16, char>>;

/// The file.
pub fn write(brief: &Brief, fonts: &Fonts, pages: Pages) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut numbers = Numbers(0);
    let (catalog, tree, outline, info) = (numbers.next(), numbers.next(), numbers.next(), numbers.next());
    let faces: Vec<Ref> = FACES.iter().map(|_| numbers.next()).collect();
    let ids: Vec<Ref> = pages.pages.iter().map(|_| numbers.next()).collect();
    let mut shown = Shown::new();
    let total = pages.pages.len();
    for (i, ops) in pages.pages.iter().enumerate() {
        let foot = foot(brief, i, total, fonts);
        page(&mut pdf, &mut numbers, &Sheet { id: ids[i], tree, faces: &faces, ids: &ids, anchors: &pages.anchors, fonts }, ops, &foot, &mut shown);
    }
    pdf.pages(tree).kids(ids.iter().copied()).count(total as i32);
    for (i, (face, _)) in FACES.iter().enumerate() {
        font(&mut pdf, &mut numbers, faces[i], *face, fonts, shown.get(face));
    }
    let marks: Vec<(String, Ref, f64)> = bookmarks(brief, &pages, &ids);
    bookmarks_out(&mut pdf, &mut numbers, outline, &marks);
    let mut root = pdf.catalog(catalog);
    root.pages(tree).outlines(outline).lang(TextStr("en"));
    root.viewer_preferences().display_doc_title(true);
    root.finish();
    pdf.document_info(info).title(TextStr(&brief.title)).producer(TextStr(&format!("refrain {}", brief.program)));
    pdf.finish()
}

fn foot(brief: &Brief, page: usize, total: usize, fonts: &Fonts) -> Vec<Op> {
    let organisation = if brief.organisation.is_empty() { String::new() } else { format!(", {}", brief.organisation) };
    let text = |x: f64, text: String| Op::Text { x, y: PAPER.1 - 22.0, text, face: Face::Plain, size: 7.0, track: 0.0, ink: Ink::Ink3, halo: 0.0 };
    let number = format!("{} / {total}", page + 1);
    let wide = fonts.width(Face::Plain, &number, 7.0);
    vec![text(SIDE, format!("Escape brief{organisation}, as of {}", brief.day())), text(PAPER.0 - SIDE - wide, number)]
}

/// What a page needs to know beside its own operations.
struct Sheet<'a> {
    id: Ref,
    tree: Ref,
    faces: &'a [Ref],
    ids: &'a [Ref],
    anchors: &'a [(String, usize, f64)],
    fonts: &'a Fonts,
}

fn page(pdf: &mut Pdf, numbers: &mut Numbers, sheet: &Sheet<'_>, ops: &[Op], foot: &[Op], shown: &mut Shown) {
    let stream = numbers.next();
    let links: Vec<(Ref, [f64; 4], &Target)> = ops
        .iter()
        .filter_map(|op| if let Op::Link { area, to } = op { Some((*area, to)) } else { None })
        .map(|(a, t)| (numbers.next(), a, t))
        .collect();
    let mut content = Content::new();
    for op in ops.iter().chain(foot) {
        draw(&mut content, op, sheet.fonts, shown);
    }
    let packed = deflate(&content.finish());
    pdf.stream(stream, &packed).filter(Filter::FlateDecode);
    let mut page = pdf.page(sheet.id);
    page.parent(sheet.tree).media_box(Rect::new(0.0, 0.0, PAPER.0 as f32, PAPER.1 as f32)).contents(stream);
    page.annotations(links.iter().map(|l| l.0));
    let mut resources = page.resources();
    let mut named = resources.fonts();
    for (i, (_, name)) in FACES.iter().enumerate() {
        named.pair(Name(name), sheet.faces[i]);
    }
    named.finish();
    resources.finish();
    page.finish();
    for (id, area, to) in links {
        link(pdf, id, area, to, sheet);
    }
}

fn link(pdf: &mut Pdf, id: Ref, [x, y, w, h]: [f64; 4], to: &Target, sheet: &Sheet<'_>) {
    let mut annotation = pdf.annotation(id);
    annotation.subtype(AnnotationType::Link).rect(Rect::new(x as f32, up(y + h), (x + w) as f32, up(y))).border(0.0, 0.0, 0.0, None);
    match to {
        Target::Url(url) => {
            annotation.action().action_type(ActionType::Uri).uri(Str(url.as_bytes()));
        }
        Target::Anchor(name) => {
            if let Some((_, page, top)) = sheet.anchors.iter().find(|a| a.0 == *name) {
                let mut action = annotation.action();
                action.action_type(ActionType::GoTo);
                action.destination().page(sheet.ids[*page]).xyz(0.0, up(top - 6.0), None);
            }
        }
    }
}

/// From the top to the bottom as PDF counts.
fn up(y: f64) -> f32 {
    (PAPER.1 - y) as f32
}

fn draw(c: &mut Content, op: &Op, fonts: &Fonts, shown: &mut Shown) {
    match op {
        Op::Text { x, y, text, face, size, track, ink, halo } => {
            let glyphs = fonts.glyphs(*face, text);
            glyphs.iter().for_each(|(id, ch)| {
                shown.entry(*face).or_default().entry(*id).or_insert(*ch);
            });
            if *halo > 0.0 {
                stroke_colour(c, Ink::Paper);
                c.set_line_width(*halo as f32);
                c.set_line_join(pdf_writer::types::LineJoinStyle::RoundJoin);
                show(c, &glyphs, (*face, *size, *track), (*x, *y), Some(TextRenderingMode::Stroke));
            }
            fill_colour(c, *ink);
            show(c, &glyphs, (*face, *size, *track), (*x, *y), (*halo > 0.0).then_some(TextRenderingMode::Fill));
        }
        Op::Path { points, closed, paint } => {
            for (i, (x, y)) in points.iter().enumerate() {
                if i == 0 {
                    c.move_to(*x as f32, up(*y))
                } else {
                    c.line_to(*x as f32, up(*y))
                };
            }
            if *closed {
                c.close_path();
            }
            painted(c, paint);
        }
        Op::Circle { x, y, r, paint } => {
            circle(c, *x, *y, *r);
            painted(c, paint);
        }
        Op::Link { .. } | Op::Anchor { .. } => {}
    }
}

fn show(c: &mut Content, glyphs: &[(u16, char)], (face, size, track): (Face, f64, f64), (x, y): (f64, f64), mode: Option<TextRenderingMode>) {
    let bytes: Vec<u8> = glyphs.iter().flat_map(|(id, _)| id.to_be_bytes()).collect();
    c.begin_text().set_font(Name(FACES[face as usize].1), size as f32).set_char_spacing(track as f32);
    if let Some(mode) = mode {
        c.set_text_rendering_mode(mode);
    }
    c.next_line(x as f32, up(y)).show(Str(&bytes)).end_text();
}

fn parts(ink: Ink) -> [f32; 3] {
    ink.rgb().map(|v| f32::from(v) / 255.0)
}

fn fill_colour(c: &mut Content, ink: Ink) {
    let [r, g, b] = parts(ink);
    c.set_fill_rgb(r, g, b);
}

fn stroke_colour(c: &mut Content, ink: Ink) {
    let [r, g, b] = parts(ink);
    c.set_stroke_rgb(r, g, b);
}

/// Fills and strokes the path that was built. The state is set anew each time, so that no operation hangs on another.
fn painted(c: &mut Content, paint: &Paint) {
    if let Some(ink) = paint.fill {
        fill_colour(c, ink);
    }
    if let Some((ink, width)) = paint.stroke {
        stroke_colour(c, ink);
        c.set_line_width(width as f32);
        c.set_dash_pattern(if paint.dashed { vec![1.6, 1.6] } else { Vec::new() }, 0.0);
    }
    match (paint.fill, paint.stroke) {
        (Some(_), Some(_)) => c.fill_nonzero_and_stroke(),
        (Some(_), None) => c.fill_nonzero(),
        (None, Some(_)) => c.stroke(),
        (None, None) => c.end_path(),
    };
}

fn circle(c: &mut Content, x: f64, y: f64, r: f64) {
    let (k, y) = (r * QUARTER, PAPER.1 - y);
    let at = |dx: f64, dy: f64| ((x + dx) as f32, (y + dy) as f32);
    let (start, turns) = (
        at(r, 0.0),
        [
            [at(r, k), at(k, r), at(0.0, r)],
            [at(-k, r), at(-r, k), at(-r, 0.0)],
            [at(-r, -k), at(-k, -r), at(0.0, -r)],
            [at(k, -r), at(r, -k), at(r, 0.0)],
        ],
    );
    c.move_to(start.0, start.1);
    for [a, b, end] in turns {
        c.cubic_to(a.0, a.1, b.0, b.1, end.0, end.1);
    }
    c.close_path();
}

/// A face as a composite font: its file, the widths of the glyphs that were shown, and the way back from glyphs to text.
fn font(pdf: &mut Pdf, numbers: &mut Numbers, id: Ref, face: Face, fonts: &Fonts, shown: Option<&BTreeMap<u16, char>>) {
    let (cid, descriptor, file, cmap) = (numbers.next(), numbers.next(), numbers.next(), numbers.next());
    let name = Fonts::name(face).as_bytes();
    pdf.type0_font(id).base_font(Name(name)).encoding_predefined(Name(b"Identity-H")).descendant_font(cid).to_unicode(cmap);
    let info = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
    let parsed = fonts.face(face);
    let scale = 1000.0 / fonts.units(face);
    let width = |glyph: u16| (f64::from(parsed.glyph_hor_advance(ttf_parser::GlyphId(glyph)).unwrap_or(0)) * scale) as f32;
    let mut described = pdf.cid_font(cid);
    described
        .subtype(CidFontType::Type2)
        .base_font(Name(name))
        .system_info(info)
        .font_descriptor(descriptor)
        .default_width(0.0)
        .cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = described.widths();
    for glyph in shown.into_iter().flat_map(|s| s.keys()) {
        widths.consecutive(*glyph, [width(*glyph)]);
    }
    widths.finish();
    described.finish();
    metrics(pdf, descriptor, file, face, fonts);
    let packed = deflate(Fonts::bytes(face));
    pdf.stream(file, &packed).filter(Filter::FlateDecode).pair(Name(b"Length1"), Fonts::bytes(face).len() as i32);
    let mut back = UnicodeCmap::new(Name(b"Custom"), SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 });
    shown.into_iter().flatten().for_each(|(glyph, c)| back.pair(*glyph, *c));
    pdf.cmap(cmap, &back.finish());
}

fn metrics(pdf: &mut Pdf, descriptor: Ref, file: Ref, face: Face, fonts: &Fonts) {
    let parsed = fonts.face(face);
    let scale = 1000.0 / fonts.units(face);
    let of = |x: i16| (f64::from(x) * scale) as f32;
    let b = parsed.global_bounding_box();
    let fixed = if face == Face::Mono { FontFlags::FIXED_PITCH } else { FontFlags::empty() };
    pdf.font_descriptor(descriptor)
        .name(Name(Fonts::name(face).as_bytes()))
        .flags(FontFlags::NON_SYMBOLIC | fixed)
        .bbox(Rect::new(of(b.x_min), of(b.y_min), of(b.x_max), of(b.y_max)))
        .italic_angle(0.0)
        .ascent(of(parsed.ascender()))
        .descent(of(parsed.descender()))
        .cap_height(of(parsed.capital_height().unwrap_or(parsed.ascender())))
        .stem_v(if face == Face::Bold { 140.0 } else { 80.0 })
        .font_file2(file);
}

fn bookmarks(brief: &Brief, pages: &Pages, ids: &[Ref]) -> Vec<(String, Ref, f64)> {
    let found = |id: &str| pages.anchors.iter().find(|a| a.0 == id).map(|a| (ids[a.1], a.2));
    let titled = brief.sections.iter().map(|s| (if s.title.is_empty() { s.nav.clone() } else { s.title.label() }, &s.id));
    titled.filter_map(|(title, id)| found(id).map(|(page, y)| (title, page, y))).collect()
}

fn bookmarks_out(pdf: &mut Pdf, numbers: &mut Numbers, outline: Ref, marks: &[(String, Ref, f64)]) {
    let ids: Vec<Ref> = marks.iter().map(|_| numbers.next()).collect();
    let mut root = pdf.outline(outline);
    if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
        root.first(*first).last(*last).count(ids.len() as i32);
    }
    root.finish();
    for (i, (title, page, y)) in marks.iter().enumerate() {
        let mut item = pdf.outline_item(ids[i]);
        item.title(TextStr(title)).parent(outline);
        if i > 0 {
            item.prev(ids[i - 1]);
        }
        if let Some(next) = ids.get(i + 1) {
            item.next(*next);
        }
        item.dest().page(*page).xyz(0.0, up(y - 6.0), None);
    }
}

/// Packs a stream. Writing to memory cannot fail; an empty stream would show as an empty page, which a test excludes.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    let written = std::io::Write::write_all(&mut packer, bytes);
    written.and_then(|()| packer.finish()).unwrap_or_default()
}
