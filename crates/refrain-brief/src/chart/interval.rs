//! Dots with their interval: forecasts beside what came, rates of teams, ratios before and after.

use super::{Drawing, WIDTH, axis_steps, tick, width};

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Interval {
    /// Name.
    pub label: String,
    /// Smaller line below it.
    pub under: String,
    /// Dot; nothing where too little is known.
    pub value: Option<f64>,
    /// Band.
    pub ends: Option<(f64, f64)>,
    /// Cross: what came.
    pub came: Option<f64>,
    /// At the right of the band.
    pub text: String,
    /// What the sentence is about.
    pub accent: bool,
}

/// How the axis runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Axis {
    /// From zero.
    Zero,
    /// From zero to at most a hundred.
    Percent,
    /// Logarithmic around 1, for ratios.
    Ratio,
}

const LEFT: f64 = 132.0;

/// Rows from top to bottom; `line` is a value that all are read against.
pub fn intervals(rows: &[Interval], axis: Axis, line: Option<(f64, &str)>) -> Drawing {
    let mut d = Drawing::new();
    let widest = rows.iter().map(|r| width::of(&r.text, 10.2)).fold(0.0, f64::max);
    let right = (WIDTH - widest - 12.0).max(LEFT + 60.0);
    let pitch = if rows.iter().any(|r| !r.under.is_empty()) { 26.0 } else { 18.0 };
    let top = if line.is_some() { 14.0 } else { 4.0 };
    let bottom = top + pitch * rows.len() as f64 + 2.0;
    let scale = Scale::of(rows, axis, line.map(|l| l.0), right);
    scale.draw(&mut d, top, bottom);
    if let Some((value, label)) = line {
        let x = scale.x(value);
        d.line((x, top), (x, bottom), "mark");
        let half = width::of(label, 9.4) / 2.0;
        d.middle(x.clamp(half, WIDTH - half), 9.0, "th", label);
    }
    for (i, row) in rows.iter().enumerate() {
        draw(&mut d, row, top + 15.0 - if pitch < 20.0 { 4.0 } else { 0.0 } + pitch * i as f64, &scale);
    }
    d.height = bottom + 14.0;
    d
}

/// Steps of a share: to a hundred in quarters where most of it is needed.
fn percent_steps(largest: f64) -> Vec<f64> {
    if largest > 60.0 { vec![0.0, 25.0, 50.0, 75.0, 100.0] } else { axis_steps(largest) }
}

struct Scale {
    steps: Vec<f64>,
    axis: Axis,
    right: f64,
}

impl Scale {
    fn of(rows: &[Interval], axis: Axis, line: Option<f64>, right: f64) -> Self {
        let ends = rows.iter().flat_map(|r| [r.value, r.came, r.ends.map(|e| e.0), r.ends.map(|e| e.1)]).flatten().chain(line);
        let steps = match axis {
            Axis::Zero => axis_steps(ends.fold(0.0, f64::max)),
            Axis::Percent => percent_steps(ends.fold(0.0, f64::max)),
            Axis::Ratio => ratio_steps(ends.filter(|x| *x > 0.0)),
        };
        Self { steps, axis, right }
    }

    fn x(&self, value: f64) -> f64 {
        let of = |x: f64| if self.axis == Axis::Ratio { x.max(1e-9).ln() } else { x };
        let (low, high) = (of(self.steps.first().copied().unwrap_or(0.0)), of(self.steps.last().copied().unwrap_or(1.0)));
        let share = if high > low { (of(value) - low) / (high - low) } else { 0.5 };
        LEFT + share.clamp(0.0, 1.0) * (self.right - LEFT)
    }

    fn draw(&self, d: &mut Drawing, top: f64, bottom: f64) {
        for step in &self.steps {
            let x = self.x(*step);
            d.line((x, top), (x, bottom), "grid");
            d.middle(x, bottom + 11.0, "th", tick(*step));
        }
    }
}

/// Powers of ten from the smallest to the largest, 1 always among them, at most a thousand to either side.
fn ratio_steps(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let (low, high) = values.fold((0.3_f64, 3.0_f64), |(l, h), x| (l.min(x), h.max(x)));
    let (from, to) = ((low.log10().floor() as i32).max(-3), (high.log10().ceil() as i32).min(3));
    (from..=to).map(|p| 10f64.powi(p)).collect()
}

fn draw(d: &mut Drawing, row: &Interval, y: f64, scale: &Scale) {
    let name = if row.under.is_empty() { y + 3.6 } else { y - 1.0 };
    d.text(0.0, name, "tk", width::fit(&row.label, 10.2, LEFT - 10.0));
    if !row.under.is_empty() {
        d.text(0.0, name + 10.0, "th", width::fit(&row.under, 9.4, LEFT - 10.0));
    }
    let mut end = LEFT;
    if let Some((low, high)) = row.ends {
        let (a, b) = (scale.x(low), scale.x(high));
        d.rect(a, y - 1.75, (b - a).max(0.6), 3.5, if row.accent { "iva" } else { "iv" });
        end = b;
    }
    if let Some(value) = row.value {
        d.circle(scale.x(value), y, 3.4, if row.accent { "dot" } else { "dotw" });
        end = end.max(scale.x(value));
    }
    if let Some(came) = row.came {
        d.cross(scale.x(came), y);
        end = end.max(scale.x(came) + 1.0);
    }
    d.text(end + 6.5, y + 3.6, if row.accent { "ta halo" } else { "t halo" }, &row.text);
}
