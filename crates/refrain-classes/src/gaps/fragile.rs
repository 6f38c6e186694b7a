//! What would change the order: a single record, or the draw.

use refrain_record::findings::{Gap, Outlook};

use super::TOP;
use crate::cost::plain;
use crate::enrich::place;
use crate::input::Input;

/// Share of draws from which two neighbours are called decided.
const DECIDED: f64 = 0.9;

/// What would change the place of the gap at `at` in a ranking with these scores, in words.
pub fn text(at: usize, scores: &[f64], rows: &[Vec<f64>], gap: &Gap, input: &Input<'_>) -> String {
    if scores[at] < 0.0 {
        return "No forecast, so its place rests on past cost alone.".into();
    }
    let mut parts = vec![single_record(at, scores, gap, input)];
    parts.extend(neighbour(at, rows));
    parts.join(" ")
}

/// The record without which the gap falls furthest.
fn single_record(at: usize, scores: &[f64], gap: &Gap, input: &Input<'_>) -> String {
    let Some((key, share)) = heaviest(gap, input) else { return "No single record carries it.".into() };
    let left = scores[at] * (1.0 - share);
    let place = scores.iter().enumerate().filter(|(other, score)| *other != at && **score > left).count();
    if place == at {
        return "No single record changes its place.".into();
    }
    let warning = if at < TOP && place >= TOP { " and out of the first five" } else { "" };
    format!("Without {key} it would be in place {} instead of {}{warning}.", place + 1, at + 1)
}

/// The member that carries most of the score, and which share of it: its part of the events times its part of the capped cost.
fn heaviest(gap: &Gap, input: &Input<'_>) -> Option<(String, f64)> {
    let Outlook::Forecast { events, .. } = &gap.forecast else { return None };
    let total = gap.cost.capped.map_or(0.0, |c| c.value);
    let count = (*events).max(1) as f64;
    let caps = crate::cost::Caps::of(input.prices, input.cost);
    let share = |key: &refrain_record::Key| {
        let member = input.defects.binary_search_by(|d| d.key().cmp(key)).ok()?;
        let cost = input.prices[member].as_ref().map_or(0.0, |p| caps.capped(p.total).value);
        let of_cost = if total > 0.0 { cost / total } else { 0.0 };
        // Without the record there is one event less, and the mean of the others moves with its cost.
        let (n, p) = (gap.cost.n.max(1) as f64, crate::cost::shrink::PRIOR_DEFECTS);
        let mean_left = if total > 0.0 { (total * (1.0 - of_cost) + p * total / n) / (n - 1.0 + p) / (total / n) } else { 1.0 };
        Some((key.to_string(), 1.0 - (1.0 - 1.0 / count) * mean_left.min(1.5)))
    };
    let shares = gap.caught_members.iter().filter_map(share);
    shares.max_by(|a, b| ((a.1 * 1e6).round()).total_cmp(&((b.1 * 1e6).round())).then_with(|| b.0.cmp(&a.0)))
}

/// How often the order with the next gap is the one printed.
fn neighbour(at: usize, rows: &[Vec<f64>]) -> Option<String> {
    let (mine, next) = (rows.get(at)?, rows.get(at + 1)?);
    let wins = mine.iter().zip(next).filter(|(a, b)| a >= b).count() as f64 / mine.len().max(1) as f64;
    let percent = plain((wins * 100.0).round());
    if wins >= DECIDED {
        return None;
    }
    Some(format!("It stands before the next in {percent} % of draws: their order is not decided."))
}

/// Place of a member's defect; kept beside the rest so that callers need not know the order of defects.
pub fn member_place(gap: &Gap, input: &Input<'_>, class: &refrain_record::findings::Class) -> Vec<usize> {
    class.members.iter().filter(|m| gap.caught_members.contains(&m.key)).filter_map(|m| place(input, m)).collect()
}
