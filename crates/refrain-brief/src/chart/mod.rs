//! Charts as lists of simple shapes in a box 352 units wide: one print column, a phone's width and half a wide screen.
//!
//! A shape carries a class, never a colour: HTML styles classes by tokens (so dark mode needs no second drawing), PDF looks them up
//! in a table. Everything is placed by text widths of Helvetica, whose metrics Arial and Liberation Sans share.

pub mod interval;
pub mod matrix;
pub mod pareto;
pub mod series;
pub mod stages;
pub mod strip;
pub mod timeline;
pub mod width;

/// Width of every chart in its own units.
pub const WIDTH: f64 = 352.0;

/// Which point of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// One thing drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A label; `y` is its base line.
    Text {
        /// Position.
        x: f64,
        /// Base line.
        y: f64,
        /// What stands at `x`.
        anchor: Anchor,
        /// Looks.
        class: &'static str,
        /// Words.
        text: String,
    },
    /// A straight line.
    Line {
        /// From and to.
        from: (f64, f64),
        /// See `from`.
        to: (f64, f64),
        /// Looks.
        class: &'static str,
    },
    /// A box.
    Rect {
        /// Left.
        x: f64,
        /// Top.
        y: f64,
        /// Width.
        w: f64,
        /// Height.
        h: f64,
        /// Looks.
        class: &'static str,
    },
    /// A dot or ring.
    Circle {
        /// Centre.
        x: f64,
        /// Centre.
        y: f64,
        /// Radius.
        r: f64,
        /// Looks.
        class: &'static str,
    },
    /// Connected straight lines, open.
    Path {
        /// Corners.
        points: Vec<(f64, f64)>,
        /// Looks.
        class: &'static str,
    },
}

/// A chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Height in its own units.
    pub height: f64,
    /// In the order of painting.
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// A label that begins at `x`.
    pub fn text(&mut self, x: f64, y: f64, class: &'static str, text: impl Into<String>) {
        self.shapes.push(Shape::Text { x, y, anchor: Anchor::Start, class, text: text.into() });
    }

    /// A label around `x`.
    pub fn middle(&mut self, x: f64, y: f64, class: &'static str, text: impl Into<String>) {
        self.shapes.push(Shape::Text { x, y, anchor: Anchor::Middle, class, text: text.into() });
    }

    /// A label that ends at `x`.
    pub fn end(&mut self, x: f64, y: f64, class: &'static str, text: impl Into<String>) {
        self.shapes.push(Shape::Text { x, y, anchor: Anchor::End, class, text: text.into() });
    }

    /// A line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &'static str) {
        self.shapes.push(Shape::Line { from, to, class });
    }

    /// A box; nothing where it has no area.
    pub fn rect(&mut self, x: f64, y: f64, w: f64, h: f64, class: &'static str) {
        if w > 0.0 && h > 0.0 {
            self.shapes.push(Shape::Rect { x, y, w, h, class });
        }
    }

    /// A dot or ring.
    pub fn circle(&mut self, x: f64, y: f64, r: f64, class: &'static str) {
        self.shapes.push(Shape::Circle { x, y, r, class });
    }

    /// Connected lines.
    pub fn path(&mut self, points: Vec<(f64, f64)>, class: &'static str) {
        self.shapes.push(Shape::Path { points, class });
    }

    /// A cross for what came.
    pub fn cross(&mut self, x: f64, y: f64) {
        self.line((x - 3.6, y - 3.6), (x + 3.6, y + 3.6), "xx");
        self.line((x - 3.6, y + 3.6), (x + 3.6, y - 3.6), "xx");
    }
}

/// Round steps for an axis from 0 to at least `largest`: 1, 2, 4, 5 × 10ⁿ, three to five of them.
pub fn axis_steps(largest: f64) -> Vec<f64> {
    let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
    let power = 10f64.powf((largest / 4.0).log10().floor());
    let step = [1.0, 2.0, 4.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| largest / s <= 4.5).unwrap_or(10.0 * power);
    (0..=(largest / step).ceil() as usize).map(|i| i as f64 * step).collect()
}

/// A label of an axis: no more decimals than its step needs.
pub fn tick(x: f64) -> String {
    crate::print::end(x, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_reach_the_largest_value_in_few_round_steps() {
        for largest in [0.02, 0.7, 1.0, 3.0, 8.4, 13.0, 99.0, 101.0, 4_812.0, 1e6] {
            let steps = axis_steps(largest);
            assert!(steps.last().is_some_and(|s| *s >= largest - 1e-9), "{largest}: {steps:?}");
            assert!((3..=6).contains(&steps.len()), "{largest}: {steps:?}");
        }
        assert_eq!(axis_steps(f64::NAN).len(), axis_steps(0.0).len());
    }
}
