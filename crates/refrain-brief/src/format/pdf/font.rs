//! The three built-in faces: widths, glyphs, and what to show for a character that none of them has.

use ttf_parser::Face as Parsed;

use crate::options::BriefError;

/// A face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// Text.
    Plain,
    /// Heads and what carries a sentence.
    Bold,
    /// Citations of records, hashes, commands.
    Mono,
}

/// All faces with their files, in the order of [`Face`].
const FILES: [(&str, &[u8]); 3] = [
    ("BriefSans-Regular", include_bytes!("../../../fonts/brief-sans.ttf")),
    ("BriefSans-Bold", include_bytes!("../../../fonts/brief-sans-bold.ttf")),
    ("BriefMono-Regular", include_bytes!("../../../fonts/brief-mono.ttf")),
];

/// Shown for a character that the faces lack.
const BOX: char = '□';

/// Parsed faces.
pub struct Fonts {
    faces: Vec<Parsed<'static>>,
}

impl Fonts {
    /// From the files in the binary. Errors: a file that is no font, which a test excludes.
    pub fn load() -> Result<Self, BriefError> {
        let parse = |(name, bytes): &(&str, &'static [u8])| {
            Parsed::parse(bytes, 0).map_err(|e| BriefError::Form { format: "pdf".into(), because: format!("built-in font {name}: {e}") })
        };
        Ok(Self { faces: FILES.iter().map(parse).collect::<Result<_, _>>()? })
    }

    /// The parsed face.
    pub fn face(&self, face: Face) -> &Parsed<'static> {
        &self.faces[face as usize]
    }

    /// Name in the file.
    pub fn name(face: Face) -> &'static str {
        FILES[face as usize].0
    }

    /// Bytes of the file.
    pub fn bytes(face: Face) -> &'static [u8] {
        FILES[face as usize].1
    }

    /// Units of the em square.
    pub fn units(&self, face: Face) -> f64 {
        f64::from(self.face(face).units_per_em())
    }

    /// Width of a text in points.
    pub fn width(&self, face: Face, text: &str, size: f64) -> f64 {
        let parsed = self.face(face);
        let units: u32 =
            self.glyphs(face, text).iter().map(|(id, _)| u32::from(parsed.glyph_hor_advance(ttf_parser::GlyphId(*id)).unwrap_or(0))).sum();
        f64::from(units) * size / self.units(face)
    }

    /// Glyphs in the order in which they are shown, each with its character. What has no width of its own is left out; what the face
    /// lacks becomes a box; runs written from right to left are turned.
    pub fn glyphs(&self, face: Face, text: &str) -> Vec<(u16, char)> {
        let parsed = self.face(face);
        let fallback = parsed.glyph_index(BOX).or_else(|| parsed.glyph_index('?')).map_or(0, |g| g.0);
        let blank = parsed.glyph_index(' ').map_or(fallback, |g| g.0);
        let shown = turned(text).into_iter().filter(|c| !invisible(*c));
        shown.map(|c| (parsed.glyph_index(c).map_or(if c.is_whitespace() { blank } else { fallback }, |g| g.0), c)).collect()
    }
}

/// Joiners, marks of direction and variation selectors.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
        || c.is_control()
}

fn from_right(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Characters in the order of showing: each run from right to left, with the blanks inside it, is turned.
fn turned(text: &str) -> Vec<char> {
    let all: Vec<char> = text.chars().collect();
    let mut out = Vec::with_capacity(all.len());
    let mut at = 0;
    while at < all.len() {
        if !from_right(all[at]) {
            out.push(all[at]);
            at += 1;
            continue;
        }
        let inside = all[at..].iter().take_while(|c| from_right(**c) || matches!(c, ' ' | ',' | '.' | '-')).count();
        let end = (at + 1..=at + inside).rev().find(|end| from_right(all[end - 1])).unwrap_or(at + 1);
        out.extend(all[at..end].iter().rev());
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_hold_every_sign_that_the_brief_prints() {
        let fonts = Fonts::load().unwrap();
        let signs = "€$£¥ – — − × · … “ ” ‘ ’ \u{202f}\u{a0} ÄÖÜß éñ Łąč Ελλ Рус • ≥ ≤ ≈ □";
        for face in [Face::Plain, Face::Bold, Face::Mono] {
            let missing = fonts.face(face).glyph_index(BOX).map(|g| g.0);
            for (glyph, c) in fonts.glyphs(face, signs) {
                assert!(glyph > 0 && (Some(glyph) != missing || c == BOX), "{face:?} lacks {c:?} U+{:04X}", c as u32);
            }
        }
    }

    #[test]
    fn widths_are_those_that_charts_reckon_with() {
        let fonts = Fonts::load().unwrap();
        for text in ["Retry repeats an effect", "1,234", "Prod cust."] {
            let (own, table) = (fonts.width(Face::Plain, text, 10.0), crate::chart::width::of(text, 10.0));
            assert!((own - table).abs() < 0.3, "{text}: {own} {table}");
        }
    }

    #[test]
    fn what_has_no_glyph_is_a_box_and_hebrew_is_turned() {
        let fonts = Fonts::load().unwrap();
        let shown = fonts.glyphs(Face::Plain, "a漢\u{200d}b");
        assert_eq!(shown.len(), 3);
        assert_eq!(Some(shown[1].0), fonts.face(Face::Plain).glyph_index('□').map(|g| g.0));
        assert_eq!(turned("x אב ג, y").into_iter().collect::<String>(), "x ג בא, y");
    }
}
