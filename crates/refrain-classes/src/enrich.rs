//! Fills classes with stages, cost, recurrence and forecast.

use refrain_record::findings::{Backtest, Class, CostSummary, DefectCost, Member};

use crate::Defect;
use crate::cost::shrink::{ClassCosts, class_means};
use crate::cost::{Caps, summarise};
use crate::forecast::outlooks;
use crate::input::Input;
use crate::recurrence::{Recurrences, recurrences};
use crate::stages::Staging;

/// Fills each class and its members from the facts. Members that are no defect of the input keep what they have.
///
/// Gives the back-test of the forecasts.
pub fn enrich(classes: &mut [Class], input: &Input<'_>) -> Backtest {
    let caps = Caps::of(input.prices, input.cost);
    let places: Vec<Vec<usize>> = classes.iter().map(|c| c.members.iter().filter_map(|m| place(input, m)).collect()).collect();
    let means = class_means(&class_costs(classes, &places, input, &caps));
    classes.iter_mut().flat_map(|c| &mut c.members).for_each(|m| fill(m, input));
    let judged: Vec<Recurrences> = classes.iter_mut().map(|class| judge(class, input)).collect();
    for (i, class) in classes.iter_mut().enumerate() {
        class.cost = CostSummary { per_defect: means[i], ..summarise(&places[i], input, &caps) };
    }
    let found = outlooks(classes, &judged, input);
    for (class, outlook) in classes.iter_mut().zip(found.classes) {
        class.forecast = outlook;
    }
    found.backtest
}

/// Place of a member among the defects.
pub fn place(input: &Input<'_>, member: &Member) -> Option<usize> {
    input.defects.binary_search_by(|d| d.key().cmp(&member.key)).ok()
}

/// Capped costs by class, and of all defects in no class as one more, so that they speak in the level of the whole.
fn class_costs<'c>(classes: &'c [Class], places: &[Vec<usize>], input: &Input<'_>, caps: &Caps) -> Vec<ClassCosts<'c>> {
    let capped = |price: &DefectCost| caps.capped(price.total).value;
    let of = |list: &[usize]| list.iter().filter_map(|p| input.prices[*p].as_ref()).map(capped).collect();
    let mut out: Vec<ClassCosts<'_>> = classes.iter().zip(places).map(|(c, p)| ClassCosts { family: &c.family, costs: of(p) }).collect();
    let mut alone = vec![true; input.defects.len()];
    places.iter().flatten().for_each(|p| alone[*p] = false);
    let alone: Vec<usize> = (0..alone.len()).filter(|p| alone[*p]).collect();
    out.push(ClassCosts { family: "", costs: of(&alone) });
    out
}

fn judge(class: &mut Class, input: &Input<'_>) -> Recurrences {
    class.members.sort_by(|a, b| (a.at.map_or(i64::MAX, |m| m.seconds), &a.key).cmp(&(b.at.map_or(i64::MAX, |m| m.seconds), &b.key)));
    let known: Vec<Option<&Defect<'_>>> = class.members.iter().map(|m| place(input, m).map(|p| &input.defects[p])).collect();
    let found = recurrences(&known.iter().flatten().copied().collect::<Vec<_>>());
    let mut at = 0;
    let mut all = Recurrences { bursts: found.bursts, first_resolved: found.first_resolved, ..Recurrences::default() };
    for (member, defect) in class.members.iter_mut().zip(&known) {
        let (counts, recurs, cross) =
            if defect.is_some() { (found.counts[at], found.recurs[at], found.cross_team[at]) } else { (true, false, false) };
        at += usize::from(defect.is_some());
        member.recurrence = recurs;
        all.counts.push(counts);
        all.recurs.push(recurs);
        all.cross_team.push(cross);
    }
    class.recurrences = all.recurs.iter().filter(|r| **r).count() as u64;
    class.cross_team = all.cross_team.iter().filter(|r| **r).count() as u64;
    class.bursts = all.bursts;
    class.first_resolved = all.first_resolved;
    all
}

fn fill(member: &mut Member, input: &Input<'_>) {
    let Some(place) = place(input, member) else { return };
    let staging: &Staging = &input.staging[place];
    member.at = input.defects[place].at();
    member.actual_stage = staging.actual.value().map(|s| (s.clone(), staging.actual.origin()));
    member.ideal_stage = staging.ideal.value().map(|s| (s.clone(), staging.ideal.origin()));
    member.bucket = staging.bucket.value().map(|b| (b.name().to_owned(), staging.bucket.origin()));
    member.escape = staging.escape;
    member.cost = input.prices[place].clone();
}
