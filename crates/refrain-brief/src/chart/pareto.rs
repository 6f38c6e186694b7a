//! Sorted bars with what they are worth in columns: few classes carry most of it.

use super::{Drawing, WIDTH, width};

/// What a bar stands for, which is also how it is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Among the first five.
    Top,
    /// A class of its own.
    Rest,
    /// Several classes together.
    Further,
    /// No class: dashed.
    Open,
}

/// A bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Name.
    pub label: String,
    /// Length.
    pub value: f64,
    /// Whisker, where an interval is known.
    pub ends: Option<(f64, f64)>,
    /// First column.
    pub amount: String,
    /// Second column.
    pub count: String,
    /// Looks.
    pub part: Part,
}

/// Room for names: as much as the widest needs, within bounds that leave room for the bars.
const NAMES: (f64, f64) = (120.0, 182.0);
const PITCH: f64 = 15.8;
const THICK: f64 = 9.6;
const SECOND: f64 = WIDTH;
const FIRST: f64 = 300.0;

/// Bars in the given order, rules between their parts, a total below.
pub fn pareto(heads: (&str, &str), bars: &[Bar], total: (&str, &str, &str)) -> Drawing {
    let mut d = Drawing::new();
    d.end(FIRST, 9.0, "th", heads.0);
    d.end(SECOND, 9.0, "th", heads.1);
    let widest = bars.iter().map(|b| width::of(&b.amount, 10.2)).fold(20.0, f64::max);
    let largest = scale_end(bars);
    let left = bars.iter().map(|b| width::of(&b.label, 10.2) + 8.0).fold(NAMES.0, f64::max).min(NAMES.1);
    let room = FIRST - widest - 10.0 - left;
    let per_unit = if largest > 0.0 { room / largest } else { 0.0 };
    let mut y = 23.2;
    for (i, bar) in bars.iter().enumerate() {
        if i > 0 && ends_part(bars[i - 1].part, bar.part) {
            d.line((0.0, y - 8.2 + 1.6), (WIDTH, y - 8.2 + 1.6), "rule");
            y += 4.0;
        }
        draw(&mut d, bar, y, (left, room), per_unit);
        y += PITCH;
    }
    d.line((0.0, y - 6.6), (WIDTH, y - 6.6), "rule");
    d.text(0.0, y + 7.6, "tk", total.0);
    d.end(FIRST, y + 7.6, "tk", total.1);
    d.end(SECOND, y + 7.6, "tk", total.2);
    d.height = y + 12.0;
    d
}

/// End of the scale: the longest bar or whisker of those that stand for one thing.
fn scale_end(bars: &[Bar]) -> f64 {
    bars.iter().filter(|b| b.part != Part::Further).map(|b| b.ends.map_or(b.value, |e| e.1.max(b.value))).fold(0.0, f64::max)
}

/// The bar of several classes together is longer than the scale, so that it is drawn interrupted.
pub fn is_interrupted(bars: &[Bar]) -> bool {
    bars.iter().any(|b| b.part == Part::Further && b.value > scale_end(bars))
}

fn ends_part(before: Part, now: Part) -> bool {
    before != now && now != Part::Open || before < Part::Further && now == Part::Open
}

fn draw(d: &mut Drawing, bar: &Bar, y: f64, (left, room): (f64, f64), per_unit: f64) {
    let (name, fill) = match bar.part {
        Part::Top => ("tk", "bar"),
        Part::Rest | Part::Further => ("t", "barg"),
        Part::Open => ("t", "barh"),
    };
    d.text(0.0, y + 3.6, name, width::fit(&bar.label, 10.2, left - 6.0));
    let long = bar.value * per_unit;
    if long > room + 0.1 {
        // Several classes together are no rival of one: longer than the scale, their bar is interrupted and the number beside it counts.
        d.rect(left, y - THICK / 2.0, room * 0.8, THICK, fill);
        d.rect(left + room * 0.8 + 4.0, y - THICK / 2.0, room * 0.2 - 4.0, THICK, fill);
    } else {
        d.rect(left, y - THICK / 2.0, long, THICK, fill);
    }
    if let Some((low, high)) = bar.ends.filter(|e| e.1 > e.0) {
        let (a, b) = (left + low.max(0.0) * per_unit, left + high * per_unit);
        d.line((a, y), (b, y), "wh");
        d.line((a, y - 2.4), (a, y + 2.4), "wh");
        d.line((b, y - 2.4), (b, y + 2.4), "wh");
    }
    d.end(FIRST, y + 3.6, name, &bar.amount);
    d.end(SECOND, y + 3.6, name, &bar.count);
}
