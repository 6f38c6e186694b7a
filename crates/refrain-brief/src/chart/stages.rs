//! Escapes by the stage that found them, beside the stage that should have.

use super::{Drawing, WIDTH};

/// A stage with its escapes.
#[derive(Clone, Debug)]
pub struct Step {
    /// Short head; `|` breaks it.
    pub label: String,
    /// Escapes found there.
    pub n: u64,
    /// In production.
    pub production: bool,
    /// The stage at which the control speaks.
    pub ideal: bool,
}

const BASE: f64 = 62.0;
const TALL: f64 = 40.0;

/// Bars from the earliest stage on.
pub fn stages(steps: &[Step]) -> Drawing {
    let mut d = Drawing::new();
    let largest = steps.iter().map(|s| s.n).max().unwrap_or(0).max(1) as f64;
    let pitch = WIDTH / steps.len().max(1) as f64;
    for (i, step) in steps.iter().enumerate() {
        let x = pitch * (i as f64 + 0.5);
        let tall = TALL * step.n as f64 / largest;
        let wide = (pitch * 0.5).min(24.0);
        d.rect(x - wide / 2.0, BASE - tall, wide, tall, if step.production { "bar" } else { "barg" });
        if step.ideal {
            ideal(&mut d, x, step.n, BASE - tall);
        } else {
            d.middle(x, BASE - tall - 4.0, "tk", crate::print::count(step.n));
        }
        for (line, word) in step.label.split('|').enumerate() {
            let lift = if pitch < 42.0 && i % 2 == 1 { 10.5 } else { 0.0 };
            d.middle(x, BASE + 11.5 + 10.5 * line as f64 + lift, "th", word);
        }
    }
    d.line((0.0, BASE), (WIDTH, BASE), "axis");
    d.height = BASE + 26.0;
    d
}

fn ideal(d: &mut Drawing, x: f64, n: u64, top: f64) {
    d.line((x, 16.0), (x, BASE), "mark");
    d.middle(x, 12.0, "ta", "ideal");
    if n > 0 {
        d.text(x + 15.0, top.min(BASE - 4.0), "tk", crate::print::count(n));
    }
}
