//! Frames onto pages.

use std::collections::VecDeque;

use super::frame::{Frame, Op};

/// A4 in points.
pub const PAPER: (f64, f64) = (595.28, 841.89);
/// Left and right margin.
pub const SIDE: f64 = 34.0;
/// Top margin.
const TOP: f64 = 30.0;
/// Where text ends; the foot stands below.
const BOTTOM: f64 = 841.89 - 38.0;
/// Width of the text.
pub const WIDE: f64 = 595.28 - 2.0 * SIDE;
/// Space between two columns.
pub const GUTTER: f64 = 20.0;
/// Width of one of two columns.
pub const COLUMN: f64 = (WIDE - GUTTER) / 2.0;

/// What follows in reading order.
pub enum Part {
    /// A piece.
    Frame(Frame),
    /// Pieces that run through two columns.
    Columns(Vec<Frame>),
    /// Lists side by side, each at its left edge, that may go on overleaf between two of their items.
    Beside(Vec<(f64, VecDeque<Frame>)>),
    /// A new page.
    Page,
}

/// Pages, and where the places are that links lead to.
#[derive(Default)]
pub struct Pages {
    /// What each page paints.
    pub pages: Vec<Vec<Op>>,
    /// Anchor, page and height on it.
    pub anchors: Vec<(String, usize, f64)>,
    y: f64,
}

impl Pages {
    fn page(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    fn at_top(&self) -> bool {
        self.y <= TOP
    }

    fn room(&self) -> f64 {
        BOTTOM - self.y
    }

    fn paint(&mut self, frame: Frame, x: f64, y: f64) {
        let page = self.pages.len().saturating_sub(1);
        for op in frame.ops {
            match op.moved(x, y) {
                Op::Anchor { name, y } => self.anchors.push((name, page, y)),
                op => {
                    if let Some(ops) = self.pages.last_mut() {
                        ops.push(op);
                    }
                }
            }
        }
    }

    fn frame(&mut self, frame: Frame, with_next: f64) {
        let above = if self.at_top() { 0.0 } else { frame.above };
        if !self.at_top() && above + frame.height + with_next > self.room() {
            self.page();
        }
        self.y += if self.at_top() { 0.0 } else { frame.above };
        let (height, y) = (frame.height, self.y);
        self.paint(frame, SIDE, y);
        self.y += height;
    }

    /// Whole where there is room; else as far as the page goes, heads never without their first item.
    fn beside(&mut self, mut lists: Vec<(f64, VecDeque<Frame>)>) {
        while lists.iter().any(|(_, frames)| !frames.is_empty()) {
            let begin = lists.iter().map(|(_, frames)| stacked(frames.iter().take(2))).fold(0.0, f64::max);
            if !self.at_top() && ABOVE + begin > self.room() {
                self.page();
            }
            self.y += if self.at_top() { 0.0 } else { ABOVE };
            let (from, room) = (self.y, self.room());
            let used = lists.iter_mut().map(|(x, frames)| self.column(frames, *x, from, room)).fold(0.0, f64::max);
            self.y = from + used;
            if lists.iter().any(|(_, frames)| !frames.is_empty()) {
                self.page();
            }
        }
    }

    /// Fills the left column, then the right; on the last page both end at about the same height.
    fn columns(&mut self, mut frames: VecDeque<Frame>) {
        while !frames.is_empty() {
            if self.room() < 60.0 {
                self.page();
            }
            let all: f64 = frames.iter().map(|f| f.height).sum();
            let tallest = frames.iter().map(|f| f.height).fold(0.0, f64::max);
            let target = if all / 2.0 + tallest <= self.room() { all / 2.0 } else { self.room() };
            let from = self.y;
            let left = self.column(&mut frames, 0.0, from, target);
            let right = self.column(&mut frames, COLUMN + GUTTER, from, self.room());
            self.y = from + left.max(right);
            if !frames.is_empty() {
                self.page();
            }
        }
    }

    /// Paints frames until `room` is used, at least one; gives the height used.
    fn column(&mut self, frames: &mut VecDeque<Frame>, x: f64, from: f64, room: f64) -> f64 {
        let mut used = 0.0;
        while let Some(frame) = frames.pop_front() {
            let above = if used > 0.0 { frame.above } else { 0.0 };
            let tall = above + frame.height;
            if used > 0.0 && used + tall > room + 0.5 {
                frames.push_front(frame);
                break;
            }
            self.paint(frame, SIDE + x, from + used + above);
            used += tall;
        }
        used
    }
}

/// Space above lists side by side.
const ABOVE: f64 = 12.0;

/// Height of frames below each other.
fn stacked<'a>(frames: impl Iterator<Item = &'a Frame>) -> f64 {
    frames.enumerate().map(|(i, f)| f.height + if i > 0 { f.above } else { 0.0 }).sum()
}

/// Height of what a frame must stay together with: the frames after it up to the first that may end a page.
fn with_next(parts: &[Part], from: usize) -> f64 {
    let mut height = 0.0;
    for part in &parts[from..] {
        let Part::Frame(frame) = part else { return height + 60.0 };
        height += frame.above + frame.height;
        if !frame.keep {
            break;
        }
    }
    height.min(300.0)
}

/// Pages in reading order.
pub fn paginate(parts: Vec<Part>) -> Pages {
    let mut pages = Pages::default();
    pages.page();
    let next: Vec<f64> =
        (0..parts.len()).map(|i| if matches!(&parts[i], Part::Frame(f) if f.keep) { with_next(&parts, i + 1) } else { 0.0 }).collect();
    for (part, next) in parts.into_iter().zip(next) {
        match part {
            Part::Page if !pages.at_top() => pages.page(),
            Part::Page => {}
            Part::Frame(frame) => pages.frame(frame, next),
            Part::Columns(frames) => pages.columns(frames.into()),
            Part::Beside(lists) => pages.beside(lists),
        }
    }
    pages
}
