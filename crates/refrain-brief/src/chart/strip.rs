//! Durations on a logarithmic axis: median thick, 90th percentile thin, single dots where they are few.

use super::{Drawing, WIDTH, width};

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    /// Name.
    pub label: String,
    /// Median and 90th percentile in hours.
    pub marks: Option<(f64, f64)>,
    /// Single values in hours.
    pub dots: Vec<f64>,
    /// At the right: `n = 17`.
    pub text: String,
}

const LEFT: f64 = 132.0;
const PITCH: f64 = 18.0;
/// Marks of the axis in hours with their labels.
const TICKS: &[(f64, &str)] = &[
    (1.0 / 60.0, "1 min"),
    (1.0 / 6.0, "10 min"),
    (1.0, "1 h"),
    (10.0, "10 h"),
    (100.0, "4 d"),
    (1_000.0, "42 d"),
    (8_766.0, "1 y"),
    (87_660.0, "10 y"),
    (876_600.0, "100 y"),
];

/// Rows from top to bottom.
pub fn strip(rows: &[Spread]) -> Drawing {
    let mut d = Drawing::new();
    let right = WIDTH - rows.iter().map(|r| width::of(&r.text, 10.2)).fold(20.0, f64::max) - 10.0;
    let all = rows.iter().flat_map(|r| r.dots.iter().copied().chain(r.marks.into_iter().flat_map(|m| [m.0, m.1]))).filter(|h| *h > 0.0);
    let (low, high) = all.fold((f64::INFINITY, 0.0_f64), |(l, h), x| (l.min(x), h.max(x)));
    let from = TICKS.iter().rposition(|t| t.0 <= low).unwrap_or(0);
    let to = TICKS.iter().position(|t| t.0 >= high).unwrap_or(TICKS.len() - 1).max(from + 1).min(TICKS.len() - 1);
    let ticks = &TICKS[from.min(to - 1)..=to];
    let (a, b) = (ticks[0].0.ln(), ticks[ticks.len() - 1].0.ln());
    let x = |h: f64| LEFT + ((h.max(1e-6).ln() - a) / (b - a)).clamp(0.0, 1.0) * (right - LEFT);
    let bottom = 4.0 + PITCH * rows.len() as f64 + 2.0;
    for (at, label) in ticks {
        d.line((x(*at), 2.0), (x(*at), bottom), "grid");
        d.middle(x(*at), bottom + 11.0, "th", *label);
    }
    for (i, row) in rows.iter().enumerate() {
        draw(&mut d, row, 13.0 + PITCH * i as f64, &x);
    }
    d.height = bottom + 14.0;
    d
}

fn draw(d: &mut Drawing, row: &Spread, y: f64, x: &impl Fn(f64) -> f64) {
    d.text(0.0, y + 3.6, "tk", width::fit(&row.label, 10.2, LEFT - 10.0));
    for dot in &row.dots {
        d.circle(x(*dot), y, 2.6, "dots");
    }
    if let Some((median, p90)) = row.marks {
        d.rect(x(median), y - 1.0, x(p90) - x(median), 2.0, "iv");
        d.line((x(median), y - 5.0), (x(median), y + 5.0), "med");
        d.line((x(p90), y - 5.0), (x(p90), y + 5.0), "p90");
    }
    d.end(WIDTH, y + 3.6, "t", &row.text);
}
