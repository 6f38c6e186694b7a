//! A count over periods as steps, one panel a series, all with one axis.

use super::{Drawing, WIDTH, axis_steps, tick, width};

/// One panel.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Above it.
    pub label: String,
    /// Period and value, oldest first.
    pub points: Vec<(String, f64)>,
}

const GAP: f64 = 32.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 104.0;

/// One to three panels side by side.
pub fn series(panels: &[Panel]) -> Drawing {
    let mut d = Drawing::new();
    let n = panels.len().max(1) as f64;
    let wide = (WIDTH - 18.0 - GAP * (n - 1.0)) / n;
    let largest = panels.iter().flat_map(|p| &p.points).map(|p| p.1).fold(0.0, f64::max);
    let steps = axis_steps(largest);
    let top = steps.last().copied().unwrap_or(1.0);
    let y = |v: f64| BOTTOM - v / top * (BOTTOM - TOP - 6.0);
    for (i, panel) in panels.iter().enumerate() {
        let left = 18.0 * f64::from(u8::from(i == 0)) + (wide + GAP) * i as f64 + if i > 0 { 18.0 } else { 0.0 };
        grid(&mut d, &steps, left, wide, i == 0, &y);
        d.text(left, 11.0, "tk", width::fit(&panel.label, 10.2, wide + GAP - 6.0));
        draw(&mut d, panel, left, wide - 18.0, &y);
    }
    d.height = BOTTOM + 15.0;
    d
}

fn grid(d: &mut Drawing, steps: &[f64], left: f64, wide: f64, labelled: bool, y: &impl Fn(f64) -> f64) {
    for (i, step) in steps.iter().enumerate() {
        d.line((left, y(*step)), (left + wide - 18.0, y(*step)), if i == 0 { "axis" } else { "grid" });
        if labelled {
            d.end(left - 4.0, y(*step) + 3.2, "th", tick(*step));
        }
    }
}

fn draw(d: &mut Drawing, panel: &Panel, left: f64, wide: f64, y: &impl Fn(f64) -> f64) {
    let n = panel.points.len();
    let x = |i: usize| left + if n > 1 { wide * i as f64 / (n - 1) as f64 } else { wide };
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (i, (_, value)) in panel.points.iter().enumerate() {
        if let Some(last) = corners.last().copied() {
            corners.push((x(i), last.1));
        }
        corners.push((x(i), y(*value)));
    }
    d.path(corners, "ln");
    if let (Some(first), Some(last)) = (panel.points.first(), panel.points.last()) {
        d.circle(x(n - 1), y(last.1), 3.0, "dot");
        d.text(x(n - 1) + 6.0, y(last.1) + 3.4, "ta halo", tick(last.1));
        d.text(left, BOTTOM + 11.0, "th", &first.0);
        let apart = width::of(&first.0, 9.4) + width::of(&last.0, 9.4) + 6.0;
        if n > 1 && apart <= wide {
            d.end(left + wide, BOTTOM + 11.0, "th", &last.0);
        }
    }
}
