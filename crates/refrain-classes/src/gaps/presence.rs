//! Is the control missing, there in part, or there and failing? By the user's list, else by what the records say.

use std::collections::BTreeSet;

use refrain_record::Control;
use refrain_record::findings::{Class, ControlPresence, Estimate};

use super::Evidence;
use super::caught::Caught;
use crate::input::Input;

/// State of a control over the teams that a class escaped in.
pub fn judge(class: &Class, control: &Control, caught: &Caught, evidence: &Evidence, input: &Input<'_>) -> ControlPresence {
    if !caught.existed.is_empty() && lacking(class, control, input).is_empty() {
        return ControlPresence::Failing;
    }
    if input.present.is_listed(&control.id) {
        let (with, without) = (having(class, control, input), lacking(class, control, input));
        return match (with, without.len()) {
            (0, _) => ControlPresence::Missing,
            (_, 0) if caught.existed.is_empty() => ControlPresence::Partly,
            (_, 0) => ControlPresence::Failing,
            _ => ControlPresence::Partly,
        };
    }
    let said = || class.members.iter().flat_map(|m| evidence.of(&m.key)).filter(|s| s.control == control.id);
    match (said().filter(|s| s.failed).count(), said().filter(|s| !s.failed).count()) {
        (0, 0) => ControlPresence::Unknown,
        (failed, missing) if failed > missing => ControlPresence::Failing,
        (0, _) => ControlPresence::Missing,
        _ => ControlPresence::Partly,
    }
}

fn teams(class: &Class) -> BTreeSet<&str> {
    class.members.iter().filter(|m| m.escape).filter_map(|m| m.team.as_deref()).collect()
}

fn having(class: &Class, control: &Control, input: &Input<'_>) -> usize {
    teams(class).iter().filter(|t| input.present.since(&control.id, Some(t)).is_some()).count()
}

/// Teams of the class that do not have the control.
pub fn lacking<'c>(class: &'c Class, control: &Control, input: &Input<'_>) -> Vec<&'c str> {
    teams(class).into_iter().filter(|t| input.present.since(&control.id, Some(t)).is_none()).collect()
}

/// Days of work to put it in place where it lacks (for one team where no team is known), and their cost.
pub fn price(class: &Class, control: &Control, input: &Input<'_>) -> ((f64, f64), Option<Estimate>) {
    let places = if teams(class).is_empty() { 1 } else { lacking(class, control, input).len() } as f64;
    let (low, high) = (control.days[0] * places, control.days[1] * places);
    let (hours, rate) = (input.cost.day_hours, input.cost.engineer_hour);
    ((low, high), Estimate::new((low + high) / 2.0 * hours * rate.base, low * hours * rate.low, high * hours * rate.high, 80))
}
