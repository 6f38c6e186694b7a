//! Runs to lines: broken at blanks only, so that keys, numbers and units stay whole.

use super::font::{Face, Fonts};
use super::frame::{Frame, Op, Target};
use super::ink::Ink;
use crate::text::{Run, Text};

/// How words are set.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Face.
    pub face: Face,
    /// Points.
    pub size: f64,
    /// Distance of base lines, as a multiple of the size.
    pub lead: f64,
    /// Added between letters, as a part of the size.
    pub track: f64,
    /// Colour.
    pub ink: Ink,
    /// Where they lead.
    pub to: Option<Target>,
}

impl Style {
    /// Plain text of a size.
    pub fn plain(size: f64, ink: Ink) -> Self {
        Self { face: Face::Plain, size, lead: 1.34, track: 0.0, ink, to: None }
    }

    /// Bold text of a size.
    pub fn bold(size: f64) -> Self {
        Self { face: Face::Bold, ..Self::plain(size, Ink::Text) }
    }

    /// With another distance of lines.
    #[must_use]
    pub fn lead(self, lead: f64) -> Self {
        Self { lead, ..self }
    }

    /// With letters nearer to each other or further apart.
    #[must_use]
    pub fn track(self, track: f64) -> Self {
        Self { track, ..self }
    }

    /// Width of a text set in this style.
    fn width(&self, fonts: &Fonts, text: &str) -> f64 {
        fonts.width(self.face, text, self.size) + self.track * self.size * text.chars().count() as f64
    }
}

/// Words in one style.
#[derive(Clone, Debug)]
struct Span {
    text: String,
    style: Style,
}

/// What stands between two blanks: pieces in one or more styles.
#[derive(Clone, Debug, Default)]
struct Token {
    spans: Vec<Span>,
    /// A blank goes before it.
    blank: bool,
}

/// Size of citations against the text around them.
const CITE: f64 = 0.83;

fn spans(text: &Text, base: &Style) -> Vec<Span> {
    text.0.iter().flat_map(|run| span(run, base)).collect()
}

fn span(run: &Run, base: &Style) -> Vec<Span> {
    let one = |text: &str, style: Style| vec![Span { text: text.to_owned(), style }];
    match run {
        Run::Plain { text } => one(text, base.clone()),
        Run::Number(n) => one(&n.text, base.clone()),
        Run::Bold { text } => one(text, Style { face: Face::Bold, ..base.clone() }),
        Run::Strong(n) => one(&n.text, Style { face: Face::Bold, ..base.clone() }),
        Run::Key { text, to } => {
            let to = (!to.is_empty()).then(|| Target::Anchor(to.clone()));
            one(text, Style { to, ..base.clone() })
        }
        Run::Cite { id } => {
            let to = Some(Target::Anchor(id.to_lowercase()));
            one(&format!("[{id}]"), Style { size: base.size * CITE, ink: Ink::Ink3, face: Face::Plain, to, ..base.clone() })
        }
        Run::Source(s) => {
            let (key, place) = s.halves();
            let to = s.url.clone().map(Target::Url);
            one(&format!("{key} {place}"), Style { face: Face::Mono, size: base.size * CITE, ink: Ink::Accent, to, ..base.clone() })
        }
        Run::Code { text } => one(text, Style { face: Face::Mono, size: base.size * 0.93, ..base.clone() }),
    }
}

/// Tokens between blanks. A token wider than `room` is cut into parts that fit.
fn tokens(fonts: &Fonts, spans: Vec<Span>, room: f64) -> Vec<Token> {
    let mut all: Vec<Token> = vec![Token::default()];
    for Span { text, style } in spans {
        for (i, word) in text.split(' ').enumerate() {
            if i > 0 {
                all.push(Token { blank: true, ..Token::default() });
            }
            for (j, part) in parts(fonts, word, &style, room).into_iter().enumerate() {
                if j > 0 {
                    all.push(Token::default());
                }
                if let Some(last) = all.last_mut() {
                    last.spans.push(Span { text: part, style: style.clone() });
                }
            }
        }
    }
    all.retain(|t| t.spans.iter().any(|s| !s.text.is_empty()));
    all
}

fn parts(fonts: &Fonts, word: &str, style: &Style, room: f64) -> Vec<String> {
    if style.width(fonts, word) <= room {
        return vec![word.to_owned()];
    }
    let mut all = vec![String::new()];
    let mut used = 0.0;
    for c in word.chars() {
        let wide = style.width(fonts, c.encode_utf8(&mut [0; 4]));
        if used + wide > room && used > 0.0 {
            all.push(String::new());
            used = 0.0;
        }
        used += wide;
        if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all
}

fn token_width(fonts: &Fonts, token: &Token) -> f64 {
    token.spans.iter().map(|s| s.style.width(fonts, &s.text)).sum()
}

/// Lines of tokens that fit into `room`.
fn lines(fonts: &Fonts, text: &Text, base: &Style, room: f64) -> Vec<Vec<(f64, Span)>> {
    let blank = base.width(fonts, " ");
    let mut all: Vec<Vec<(f64, Span)>> = vec![Vec::new()];
    let mut x = 0.0;
    for token in tokens(fonts, spans(text, base), room) {
        let wide = token_width(fonts, &token);
        let mut gap = if token.blank && x > 0.0 { blank } else { 0.0 };
        if x > 0.0 && x + gap + wide > room + 0.01 {
            all.push(Vec::new());
            (x, gap) = (0.0, 0.0);
        }
        x += gap;
        for span in token.spans {
            let width = span.style.width(fonts, &span.text);
            if let Some(line) = all.last_mut() {
                line.push((x, span));
            }
            x += width;
        }
    }
    all.retain(|l| !l.is_empty());
    all
}

/// Width of a text on one line.
pub fn natural(fonts: &Fonts, text: &Text, base: &Style) -> f64 {
    lines(fonts, text, base, f64::INFINITY).first().map_or(0.0, |l| line_width(fonts, l))
}

/// Width of its widest word.
pub fn narrowest(fonts: &Fonts, text: &Text, base: &Style) -> f64 {
    tokens(fonts, spans(text, base), f64::INFINITY).iter().map(|t| token_width(fonts, t)).fold(0.0, f64::max)
}

fn line_width(fonts: &Fonts, line: &[(f64, Span)]) -> f64 {
    line.last().map_or(0.0, |(x, s)| x + s.style.width(fonts, &s.text))
}

/// A paragraph; nothing has no height.
pub fn paragraph(fonts: &Fonts, text: &Text, base: &Style, room: f64) -> Frame {
    aligned(fonts, text, base, room, false)
}

/// A paragraph whose lines end at the right.
pub fn right(fonts: &Fonts, text: &Text, base: &Style, room: f64) -> Frame {
    aligned(fonts, text, base, room, true)
}

fn aligned(fonts: &Fonts, text: &Text, base: &Style, room: f64, right: bool) -> Frame {
    let set = lines(fonts, text, base, room);
    let pitch = base.size * base.lead;
    let mut frame = Frame::of(pitch * set.len() as f64);
    for (i, line) in set.into_iter().enumerate() {
        let shift = if right { (room - line_width(fonts, &line)).max(0.0) } else { 0.0 };
        // The base line stands where the lines' extra space is shared evenly above and below.
        let base_line = pitch * i as f64 + (pitch - base.size) / 2.0 + base.size * 0.86;
        for (x, span) in line {
            place(fonts, &mut frame, x + shift, base_line, span);
        }
    }
    frame
}

fn place(fonts: &Fonts, frame: &mut Frame, x: f64, y: f64, span: Span) {
    let Span { text, style } = span;
    if let Some(to) = style.to.clone() {
        let wide = style.width(fonts, &text);
        frame.ops.push(Op::Link { area: [x, y - style.size * 0.9, wide, style.size * 1.2], to });
    }
    let track = style.track * style.size;
    frame.ops.push(Op::Text { x, y, text, face: style.face, size: style.size, track, ink: style.ink, halo: 0.0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_never_exceeds_its_room_and_breaks_at_blanks_only() {
        let fonts = Fonts::load().unwrap();
        let text =
            Text::from("The worker timed out after 30\u{a0}s and retried; ").b("€350\u{202f}k").s(". ").k("PAY-1182").s(" and ").s("x".repeat(300));
        for room in [60.0, 120.0, 250.0] {
            let set = lines(&fonts, &text, &Style::plain(8.3, Ink::Text), room);
            assert!(set.iter().all(|l| line_width(&fonts, l) <= room + 0.02));
            assert!(set.iter().flatten().any(|(_, s)| s.text == "PAY-1182"));
        }
    }
}
