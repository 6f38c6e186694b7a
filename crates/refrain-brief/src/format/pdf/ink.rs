//! Light tokens as colours, and what each class of a chart looks like.

/// A colour token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Ground.
    Paper,
    /// Text.
    Text,
    /// Notes.
    Ink2,
    /// Axis text.
    Ink3,
    /// Hairlines.
    Rule,
    /// Axes.
    Rule2,
    /// Zero cells.
    Wash,
    /// What the sentence is about.
    Accent,
    /// Other bars.
    Grey,
    /// Heat steps.
    Heat1,
    /// See `Heat1`.
    Heat2,
    /// See `Heat1`.
    Heat3,
    /// Intervals of the forecast in hand.
    Band,
    /// Single values, half covering.
    Faint,
}

impl Ink {
    /// Red, green, blue of the light tokens.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Self::Paper => [255, 255, 255],
            Self::Text => [0x15, 0x19, 0x1e],
            Self::Ink2 => [0x47, 0x4e, 0x57],
            Self::Ink3 => [0x5f, 0x67, 0x71],
            Self::Rule => [0xd8, 0xdc, 0xe1],
            Self::Rule2 => [0x8b, 0x93, 0x9c],
            Self::Wash => [0xf4, 0xf6, 0xf8],
            Self::Accent => [0x0b, 0x5a, 0x8f],
            Self::Grey => [0x8e, 0x96, 0x9f],
            Self::Heat1 => [0xe4, 0xee, 0xf6],
            Self::Heat2 => [0xbc, 0xd6, 0xea],
            Self::Heat3 => [0x6f, 0xa9, 0xd2],
            Self::Band => [0x5d, 0x9b, 0xc8],
            Self::Faint => [0x85, 0xad, 0xc8],
        }
    }
}

/// How a shape is painted; widths in the chart's units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paint {
    /// Inside.
    pub fill: Option<Ink>,
    /// Outline and its width.
    pub stroke: Option<(Ink, f64)>,
    /// Dashed.
    pub dashed: bool,
}

const fn filled(ink: Ink) -> Paint {
    Paint { fill: Some(ink), stroke: None, dashed: false }
}

const fn lined(ink: Ink, width: f64) -> Paint {
    Paint { fill: None, stroke: Some((ink, width)), dashed: false }
}

/// Shapes by class; the style sheet of the HTML says the same.
pub const PAINTS: &[(&str, Paint)] = &[
    ("bar", filled(Ink::Accent)),
    ("barg", filled(Ink::Grey)),
    ("barh", Paint { fill: None, stroke: Some((Ink::Rule2, 1.0)), dashed: true }),
    ("wh", lined(Ink::Text, 0.9)),
    ("rule", lined(Ink::Rule2, 0.6)),
    ("grid", lined(Ink::Rule, 0.7)),
    ("axis", lined(Ink::Rule2, 0.8)),
    ("mark", lined(Ink::Accent, 1.2)),
    ("dot", filled(Ink::Accent)),
    ("dotw", Paint { fill: Some(Ink::Paper), stroke: Some((Ink::Accent, 1.3)), dashed: false }),
    ("dots", filled(Ink::Faint)),
    ("xx", lined(Ink::Text, 1.5)),
    ("iv", filled(Ink::Grey)),
    ("iva", filled(Ink::Band)),
    ("ln", lined(Ink::Accent, 1.5)),
    ("med", lined(Ink::Text, 2.0)),
    ("p90", lined(Ink::Text, 0.9)),
    ("h0", filled(Ink::Wash)),
    ("h1", filled(Ink::Heat1)),
    ("h2", filled(Ink::Heat2)),
    ("h3", filled(Ink::Heat3)),
    ("h4", filled(Ink::Accent)),
];

/// Labels by class: colour, size in the chart's units, bold, with a halo of paper.
pub const LABELS: &[(&str, Ink, f64, bool, bool)] = &[
    ("t", Ink::Ink2, 10.2, false, false),
    ("tk", Ink::Text, 10.2, false, false),
    ("th", Ink::Ink3, 9.4, false, false),
    ("ta", Ink::Accent, 10.2, true, false),
    ("t halo", Ink::Ink2, 10.2, false, true),
    ("ta halo", Ink::Accent, 10.2, true, true),
    ("h0t", Ink::Ink3, 10.2, false, false),
    ("h1t", Ink::Text, 10.2, false, false),
    ("h2t", Ink::Text, 10.2, false, false),
    ("h3t", Ink::Text, 10.2, false, false),
    ("h4t", Ink::Paper, 10.2, true, false),
];

/// How a class is painted; nothing for an unknown one.
pub fn paint(class: &str) -> Paint {
    PAINTS.iter().find(|(name, _)| *name == class).map_or_else(Paint::default, |(_, paint)| *paint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_knows_every_class_that_is_painted() {
        let css = include_str!("../brief.css");
        for class in PAINTS.iter().map(|(c, _)| *c).chain(LABELS.iter().map(|(c, ..)| *c)) {
            for part in class.split(' ').filter(|p| *p != "t") {
                assert!(css.contains(&format!(".{part}{{")), "{part}: not in the style sheet");
            }
        }
    }

    #[test]
    fn law_k8_steps_of_heat_differ_in_lightness() {
        let light = |ink: Ink| ink.rgb().iter().zip([0.2126, 0.7152, 0.0722]).map(|(c, w)| f64::from(*c) * w).sum::<f64>();
        let steps = [Ink::Wash, Ink::Heat1, Ink::Heat2, Ink::Heat3, Ink::Accent].map(light);
        assert!(steps.windows(2).all(|w| w[0] - w[1] > 7.0), "{steps:?}");
    }
}
