//! Cost of a set of defects: raw, capped, by origin, by item.

use std::collections::BTreeMap;

use refrain_maths::intervals::quantile;
use refrain_record::findings::{CostLine, CostSummary, DefectCost, Estimate, tidy};
use refrain_record::known::Origin;

use super::{CostModel, LEVEL, quantities, sum};
use crate::input::Input;

/// The most that one defect counts with in rankings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caps {
    /// In money; infinite where nothing is priced.
    pub cap: f64,
}

impl Caps {
    /// A multiple of the median of all costs above 0. The median does not move with the size of an outlier, and a further cost at or
    /// above it never lowers the cap.
    pub fn of(prices: &[Option<DefectCost>], model: &CostModel) -> Self {
        let mut all: Vec<f64> = prices.iter().flatten().map(|p| p.total.value).filter(|x| *x > 0.0).collect();
        all.sort_by(f64::total_cmp);
        Self { cap: quantile(&all, 0.5).map_or(f64::INFINITY, |median| median * model.cap_medians) }
    }

    /// The cost of one defect, capped at both ends and in the middle.
    pub fn capped(&self, cost: Estimate) -> Estimate {
        Estimate { value: cost.value.min(self.cap), low: cost.low.min(self.cap), high: cost.high.min(self.cap), level: cost.level }
    }
}

/// Cost of the defects at these places. `per_defect` is left to the caller, who knows the class.
pub fn summarise(places: &[usize], input: &Input<'_>, caps: &Caps) -> CostSummary {
    let priced: Vec<&DefectCost> = places.iter().filter_map(|p| input.prices[*p].as_ref()).collect();
    let lines = || priced.iter().flat_map(|p| &p.lines);
    let of = |origin: Origin| tidy(lines().filter(|l| l.origin == origin).map(|l| l.amount.value).sum());
    let mut amounts: BTreeMap<String, f64> = BTreeMap::new();
    for place in places {
        for (unit, x) in quantities(&input.defects[*place]) {
            *amounts.entry(unit).or_default() += x;
        }
    }
    CostSummary {
        currency: input.cost.currency.clone(),
        raw: tidy(priced.iter().map(|p| p.total.value).sum()),
        capped: sum(priced.iter().map(|p| caps.capped(p.total))),
        per_defect: None,
        stated: of(Origin::Stated),
        derived: of(Origin::Derived),
        assumed: of(Origin::Assumed),
        n: priced.len() as u64,
        quantities: amounts.into_iter().map(|(unit, x)| (unit, tidy(x))).collect(),
        items: items(&priced),
    }
}

/// Lines added up by what they are and how they are known, the dearest first.
fn items(priced: &[&DefectCost]) -> Vec<CostLine> {
    let mut groups: BTreeMap<(&str, Origin), Vec<&CostLine>> = BTreeMap::new();
    for line in priced.iter().flat_map(|p| &p.lines) {
        groups.entry((&line.what, line.origin)).or_default().push(line);
    }
    let mut out: Vec<CostLine> = groups.into_iter().filter_map(|((what, origin), lines)| item(what, origin, &lines, priced.len())).collect();
    out.sort_by(|a, b| b.amount.value.total_cmp(&a.amount.value).then_with(|| a.what.cmp(&b.what)).then(a.origin.cmp(&b.origin)));
    out
}

fn item(what: &str, origin: Origin, lines: &[&CostLine], of: usize) -> Option<CostLine> {
    let amount = sum(lines.iter().map(|l| l.amount))?;
    let because = match lines {
        [one] => one.because.clone(),
        _ => "sum of the lines of its defects".into(),
    };
    Some(CostLine { what: what.into(), factors: format!("{} of {of} priced", lines.len()), amount, origin, because })
}

/// Share of the cost that is assumed, 0..1; 1 where nothing is priced.
pub fn assumed_share(cost: &CostSummary) -> f64 {
    let all = cost.stated + cost.derived + cost.assumed;
    if all > 0.0 { tidy(cost.assumed / all) } else { 1.0 }
}

/// An estimate multiplied by a factor that is not negative.
pub fn scaled(cost: Estimate, factor: f64) -> Option<Estimate> {
    Estimate::new(cost.value * factor, cost.low * factor, cost.high * factor, LEVEL)
}
