//! What the first page asks for: the gaps that resampling cannot tell apart from the first.

use std::collections::BTreeSet;

use refrain_maths::intervals::quantile;
use refrain_record::findings::{Ask, Class, Estimate, Gap, tidy};

use super::draw::{self, Factors};
use crate::enrich::place;
use crate::input::Input;

/// Share of draws in which a gap must be first to be asked for beside the first.
const FIRST_IN: f64 = 0.2;
/// Most gaps that are asked for at once: more is no decision.
const MOST: usize = 3;

/// The ask; nothing where no gap has a forecast in money.
pub fn ask(gaps: &[Gap], classes: &[Class], input: &Input<'_>) -> Option<Ask> {
    let ranked = || gaps.iter().filter(|g| g.rank.is_some() && g.avoidable.is_some());
    let first = ranked().next()?;
    let chosen: Vec<&Gap> = ranked().filter(|g| g.id == first.id || g.first >= FIRST_IN).take(MOST).collect();
    let escaped: BTreeSet<usize> = chosen.iter().flat_map(|g| escapes(g, classes, input)).collect();
    let teams: BTreeSet<&String> = chosen.iter().flat_map(|g| &g.teams).collect();
    let price = crate::cost::sum(chosen.iter().filter_map(|g| g.price));
    let sums = sums(&chosen, classes, input);
    let pays = price.map(|p| tidy(sums.iter().filter(|x| **x > p.value).count() as f64 / sums.len().max(1) as f64));
    Some(Ask {
        gaps: chosen.iter().map(|g| g.id.clone()).collect(),
        escapes: escaped.len() as u64,
        teams: teams.into_iter().cloned().collect(),
        days: (tidy(chosen.iter().map(|g| g.days.0).sum()), tidy(chosen.iter().map(|g| g.days.1).sum())),
        price,
        avoidable: together(&chosen, &sums),
        horizon_days: input.settings.horizon_days,
        pays,
        draws: u64::from(input.settings.draws),
        cost_share: cost_share(&escaped, input),
    })
}

fn escapes(gap: &Gap, classes: &[Class], input: &Input<'_>) -> Vec<usize> {
    let members = classes.iter().filter(|c| c.id == gap.class).flat_map(|c| &c.members);
    members.filter(|m| m.escape).filter_map(|m| place(input, m)).collect()
}

/// Draws of what the gaps avoid together: each gap's own draws, added one by one.
fn sums(chosen: &[&Gap], classes: &[Class], input: &Input<'_>) -> Vec<f64> {
    let mut out = vec![0.0; input.settings.draws as usize];
    for gap in chosen {
        let Some(factors) = factors_of(gap, classes) else { continue };
        for (sum, x) in out.iter_mut().zip(draw::outcomes(&gap.id, &factors, input.settings.draws)) {
            *sum += x;
        }
    }
    out.sort_by(f64::total_cmp);
    out
}

/// The factors as the gap prints them.
fn factors_of(gap: &Gap, classes: &[Class]) -> Option<Factors> {
    let class = classes.iter().find(|c| c.id == gap.class)?;
    let term = |at: usize| gap.terms.get(at).map(|t| t.1);
    let (share, weight) = (term(3)?, beta_weight(gap)?);
    Some(Factors {
        count: draw::distribution(&gap.forecast)?,
        escaping: term(1)?,
        cost: class.cost.per_defect?,
        caught: (share * weight, (1.0 - share) * weight),
    })
}

/// Sum of the weights of the Beta distribution whose 80 % interval the gap prints.
fn beta_weight(gap: &Gap) -> Option<f64> {
    let (share, low) = (gap.caught.value, gap.caught.low);
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    let (mut few, mut many) = (1.0_f64, 1e5_f64);
    for _ in 0..80 {
        let middle = (few * many).sqrt();
        let found = refrain_maths::special::beta_quantile(share * middle, (1.0 - share) * middle, 0.1);
        if found < low { few = middle } else { many = middle }
    }
    Some(many)
}

fn together(chosen: &[&Gap], sums: &[f64]) -> Option<Estimate> {
    let value = chosen.iter().filter_map(|g| g.avoidable).map(|a| a.value).sum();
    Estimate::new(value, quantile(sums, 0.1)?, quantile(sums, 0.9)?, 80)
}

/// Their part of the capped cost of all escapes.
fn cost_share(escaped: &BTreeSet<usize>, input: &Input<'_>) -> Option<f64> {
    let caps = crate::cost::Caps::of(input.prices, input.cost);
    let cost = |place: usize| input.prices[place].as_ref().map_or(0.0, |p| caps.capped(p.total).value);
    let all: f64 = (0..input.defects.len()).filter(|p| input.staging[*p].escape).map(cost).sum();
    (all > 0.0).then(|| tidy(escaped.iter().map(|p| cost(*p)).sum::<f64>() / all))
}
