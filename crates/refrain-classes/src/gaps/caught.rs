//! Would this control have caught it? Judged member by member; what cannot be told leaves the catalogue's prior as it is.

use std::collections::BTreeMap;

use refrain_maths::special::beta_quantile;
use refrain_record::findings::{Class, Estimate, Member};
use refrain_record::known::Origin;
use refrain_record::{Control, Key};

use super::Evidence;
use crate::controls::Said;
use crate::input::Input;

/// Weight of the catalogue's share, in members.
const PRIOR_MEMBERS: f64 = 4.0;
/// Smallest and largest share that the catalogue may claim before evidence.
const SHARE_LIMITS: (f64, f64) = (0.05, 0.95);

/// Verdict on one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Words or stated stages say that this control was missing there.
    Yes,
    /// It was found after the control's stage, and nothing speaks against it.
    Plausible,
    /// It was found at or before the control's stage, or the control was there already.
    No,
    /// The stage where it was found is not known.
    CannotTell,
}

/// What a control would have done for a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Caught {
    /// Share that it catches, with its 80 % interval.
    pub share: Estimate,
    /// Weights of the Beta distribution behind it.
    pub beta: (f64, f64),
    /// Verdict by member that escaped.
    pub verdicts: BTreeMap<Key, Verdict>,
    /// Members that escaped although the control was in place.
    pub existed: Vec<Key>,
}

impl Caught {
    /// Members that the control would plausibly have caught.
    pub fn members(&self) -> Vec<Key> {
        self.verdicts.iter().filter(|(_, v)| matches!(v, Verdict::Yes | Verdict::Plausible)).map(|(k, _)| k.clone()).collect()
    }

    /// How many members have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.verdicts.values().filter(|v| **v == verdict).count()
    }
}

/// Judges the escaped members of a class (all members where no stage is known at all).
pub fn judge(class: &Class, control: &Control, evidence: &Evidence, input: &Input<'_>) -> Option<Caught> {
    let mut verdicts = BTreeMap::new();
    let mut existed = Vec::new();
    for member in class.members.iter().filter(|m| m.escape) {
        let there = member.at.zip(input.present.since(&control.id, member.team.as_deref())).is_some_and(|(at, since)| at.seconds >= since.seconds);
        if there {
            existed.push(member.key.clone());
        }
        verdicts.insert(member.key.clone(), if there { Verdict::No } else { verdict(member, control, evidence.of(&member.key), input) });
    }
    let count = |wanted: Verdict| verdicts.values().filter(|v| **v == wanted).count() as f64;
    let share = control.share.clamp(SHARE_LIMITS.0, SHARE_LIMITS.1);
    let beta = (share * PRIOR_MEMBERS + count(Verdict::Yes), (1.0 - share) * PRIOR_MEMBERS + count(Verdict::No));
    let estimate = Estimate::new(beta.0 / (beta.0 + beta.1), beta_quantile(beta.0, beta.1, 0.1), beta_quantile(beta.0, beta.1, 0.9), 80)?;
    Some(Caught { share: estimate, beta, verdicts, existed })
}

fn verdict(member: &Member, control: &Control, said: &[Said], input: &Input<'_>) -> Verdict {
    if said.iter().any(|s| s.control == control.id && !s.failed) {
        return Verdict::Yes;
    }
    let index = |stage: &Option<(String, Origin)>| stage.as_ref().and_then(|(id, _)| input.stages.index(id));
    let speaks = input.stages.index(&control.stage);
    match (index(&member.actual_stage), speaks) {
        (Some(actual), Some(speaks)) if actual <= speaks => Verdict::No,
        (Some(_), Some(speaks)) if index(&member.ideal_stage) == Some(speaks) && stated(member) => Verdict::Yes,
        (Some(_), Some(_)) => Verdict::Plausible,
        _ => Verdict::CannotTell,
    }
}

fn stated(member: &Member) -> bool {
    member.ideal_stage.as_ref().is_some_and(|(_, origin)| *origin == Origin::Stated)
}
