//! Members of a class by team and date.

use refrain_record::time::Moment;

use super::{Drawing, WIDTH, width};
use crate::print;

/// One team's line.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Team.
    pub label: String,
    /// When, and whether in production.
    pub dots: Vec<(Moment, bool)>,
    /// At the right.
    pub count: String,
}

const LEFT: f64 = 74.0;
const RIGHT: f64 = 322.0;
const LANE: f64 = 19.0;

/// Lanes in the given order over one axis; `mark` is the day on which the first was fixed.
pub fn timeline(lanes: &[Lane], mark: Option<(Moment, String)>) -> Drawing {
    let mut d = Drawing::new();
    let days: Vec<i64> = lanes.iter().flat_map(|l| &l.dots).map(|(at, _)| at.day_number()).chain(mark.iter().map(|m| m.0.day_number())).collect();
    let (from, to) = (days.iter().min().copied().unwrap_or(0), days.iter().max().copied().unwrap_or(0));
    let ticks = ticks(from, to);
    let (first, last) = (ticks.first().map_or(from, |t| t.0.min(from)), ticks.last().map_or(to, |t| t.0.max(to)).max(from + 1));
    let x = |day: i64| LEFT + (day - first) as f64 / (last - first) as f64 * (RIGHT - LEFT);
    let bottom = 24.0 + LANE * lanes.len() as f64;
    axis(&mut d, &ticks, &x, bottom);
    if let Some((at, label)) = &mark {
        draw_mark(&mut d, x(at.day_number()), label, bottom);
    }
    d.end(WIDTH, 15.0, "th", "defects");
    for (i, lane) in lanes.iter().enumerate() {
        draw_lane(&mut d, lane, 33.5 + LANE * i as f64, &x);
    }
    d.height = bottom + 16.0;
    d
}

fn axis(d: &mut Drawing, ticks: &[(i64, String)], x: &impl Fn(i64) -> f64, bottom: f64) {
    let mut free = 0.0;
    for (i, (day, label)) in ticks.iter().enumerate() {
        let at = x(*day);
        d.line((at, 20.0), (at, bottom), "grid");
        let wide = width::of(label, 9.4);
        let (from, last) = (at - wide / 2.0, i + 1 == ticks.len());
        if from >= free || last && at - wide >= free {
            if last {
                d.end(at.max(wide), bottom + 11.0, "th", label)
            } else {
                d.middle(at, bottom + 11.0, "th", label)
            }
            free = at + wide / 2.0 + 5.0;
        }
    }
}

fn draw_mark(d: &mut Drawing, x: f64, label: &str, bottom: f64) {
    d.line((x, 18.0), (x, bottom), "mark");
    let room = WIDTH - 45.0;
    if x + 3.0 + width::of(label, 10.2) <= room { d.text(x + 3.0, 15.0, "ta", label) } else { d.end(x.min(room), 15.0, "ta", label) }
}

fn draw_lane(d: &mut Drawing, lane: &Lane, y: f64, x: &impl Fn(i64) -> f64) {
    d.text(0.0, y + 3.6, "tk", width::fit(&lane.label, 10.2, LEFT - 8.0));
    d.line((LEFT, y), (RIGHT, y), "grid");
    for (at, inside) in &lane.dots {
        d.circle(x(at.day_number()), y, 3.7, if *inside { "dot" } else { "dotw" });
    }
    d.end(WIDTH, y + 3.6, "tk", &lane.count);
}

/// First days of months at a step that leaves three to six of them, labelled `Jan 2025`, `Jul`.
fn ticks(from: i64, to: i64) -> Vec<(i64, String)> {
    let start = Moment::at(from * refrain_record::time::DAY_SECONDS).date();
    let months = ((to - from) as f64 / print::MONTH_DAYS).ceil() as i32 + 1;
    let step = [1, 2, 3, 6, 12, 24, 60, 120, 240].into_iter().find(|s| months <= s * 5).unwrap_or(600);
    let first = (i32::from(start.year()) * 12 + i32::from(start.month()) - 1).div_euclid(step) * step;
    let at = |i: i32| {
        let (year, month) = ((first + i * step).div_euclid(12) as i16, (first + i * step).rem_euclid(12) as i8 + 1);
        let label = if month == 1 && step >= 12 {
            year.to_string()
        } else if i == 0 || month == 1 || step < 12 && month as i32 <= step {
            format!("{} {year}", print::short_month(month))
        } else {
            print::short_month(month).to_owned()
        };
        Moment::day(year, month, 1).map(|m| (m.day_number(), label))
    };
    let mut all: Vec<(i64, String)> = Vec::new();
    for tick in (0..9).filter_map(at) {
        let done = tick.0 >= to;
        all.push(tick);
        if done {
            break;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_ticks_span_the_days() {
        for (from, to) in [(20_000, 20_000), (20_000, 20_045), (20_000, 20_546), (0, 20_000), (18_000, 20_500)] {
            let found = ticks(from, to);
            assert!((2..=9).contains(&found.len()), "{found:?}");
            assert!(found[0].0 <= from && found.last().unwrap().0 >= to, "{from} {to} {found:?}");
        }
    }
}
