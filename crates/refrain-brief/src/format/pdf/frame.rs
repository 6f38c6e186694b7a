//! What is painted, relative to the top left of a piece that no page break goes through.

use super::font::Face;
use super::ink::{Ink, Paint};

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Out of the document.
    Url(String),
    /// To a place in it.
    Anchor(String),
}

/// One thing painted; y grows downwards.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Text from its base line.
    Text {
        /// Left.
        x: f64,
        /// Base line.
        y: f64,
        /// Words.
        text: String,
        /// Face.
        face: Face,
        /// Points.
        size: f64,
        /// Points added after each letter.
        track: f64,
        /// Colour.
        ink: Ink,
        /// Width of a rim of paper, or 0.
        halo: f64,
    },
    /// Connected lines.
    Path {
        /// Corners.
        points: Vec<(f64, f64)>,
        /// Closed.
        closed: bool,
        /// Looks, width in points.
        paint: Paint,
    },
    /// A circle.
    Circle {
        /// Centre.
        x: f64,
        /// Centre.
        y: f64,
        /// Radius.
        r: f64,
        /// Looks, width in points.
        paint: Paint,
    },
    /// A place that leads somewhere.
    Link {
        /// Left, top, width, height.
        area: [f64; 4],
        /// Where to.
        to: Target,
    },
    /// A place that links lead to.
    Anchor {
        /// Its name.
        name: String,
        /// Its top.
        y: f64,
    },
}

/// A piece that stays whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Points.
    pub height: f64,
    /// Space above it, dropped at the top of a page.
    pub above: f64,
    /// Stays on one page with what follows.
    pub keep: bool,
    /// What is painted.
    pub ops: Vec<Op>,
}

impl Op {
    /// The same, moved.
    pub fn moved(mut self, dx: f64, dy: f64) -> Self {
        match &mut self {
            Self::Text { x, y, .. } | Self::Circle { x, y, .. } => (*x, *y) = (*x + dx, *y + dy),
            Self::Path { points, .. } => points.iter_mut().for_each(|p| *p = (p.0 + dx, p.1 + dy)),
            Self::Link { area, .. } => (area[0], area[1]) = (area[0] + dx, area[1] + dy),
            Self::Anchor { y, .. } => *y += dy,
        }
        self
    }
}

impl Frame {
    /// Empty, of a height.
    pub fn of(height: f64) -> Self {
        Self { height, ..Self::default() }
    }

    /// With space above.
    #[must_use]
    pub fn above(self, above: f64) -> Self {
        Self { above, ..self }
    }

    /// Stays with what follows.
    #[must_use]
    pub fn keep(self) -> Self {
        Self { keep: true, ..self }
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, width: f64) {
        self.ops.push(Op::Path { points: vec![from, to], closed: false, paint: Paint { stroke: Some((ink, width)), ..Paint::default() } });
    }

    /// Takes what another paints, moved.
    pub fn take(&mut self, other: Self, dx: f64, dy: f64) {
        self.ops.extend(other.ops.into_iter().map(|op| op.moved(dx, dy)));
    }

    /// Frames below each other as one.
    pub fn stacked(frames: Vec<Self>) -> Self {
        let mut all = Self::default();
        for (i, frame) in frames.into_iter().enumerate() {
            all.height += if i == 0 { 0.0 } else { frame.above };
            let (at, height) = (all.height, frame.height);
            all.take(frame, 0.0, at);
            all.height += height;
        }
        all
    }

    /// Frames side by side as one, each at its left edge.
    pub fn beside(frames: Vec<(f64, Self)>) -> Self {
        let mut all = Self::default();
        for (x, frame) in frames {
            all.height = all.height.max(frame.height);
            all.take(frame, x, 0.0);
        }
        all
    }
}
