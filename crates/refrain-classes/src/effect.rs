//! Did the control that was adopted work? Events and exposure before and after, as a rate ratio with its interval: an association, not
//! a proof.

use refrain_maths::intervals::rate_ratio;
use refrain_maths::special::beta_share;
use refrain_record::findings::{Class, Effect, Estimate, tidy};
use refrain_record::{Control, Moment};

use crate::controls::ALL_TEAMS;
use crate::enrich::place;
use crate::input::Input;
use crate::recurrence::recurrences;

/// Probability of seeing so few afterwards at the earlier rate, at or below which a control is called effective (law J4).
const UNLIKELY: f64 = 0.05;
/// Level of the rate ratio, in percent.
const LEVEL: u8 = 95;
/// Part of the time before, up to the adoption, in which the peak is looked for.
const PEAK_PART: f64 = 0.25;
/// How much higher than over the whole time before the rate of that part must be to be called a peak.
const PEAK_RATIO: f64 = 1.5;

/// Events over days of exposure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Independent events.
    pub events: u64,
    /// Team-days.
    pub days: f64,
}

/// Before and after the adoptions of a control, over the teams that adopted it; nothing where no adoption was decided.
pub fn of(class: &Class, control: &Control, input: &Input<'_>) -> Option<Effect> {
    let adoptions = input.present.adoptions(&control.id);
    let on = adoptions.values().min_by_key(|m| m.seconds).copied()?;
    let start = (0..input.defects.len()).filter_map(|p| input.at(p)).min_by_key(|m| m.seconds)?;
    let teams = teams_of(class);
    let mut spans: Vec<(Option<&str>, Moment)> = Vec::new();
    match adoptions.get(ALL_TEAMS) {
        Some(all) => spans.push((None, *all)),
        None => spans.extend(adoptions.iter().map(|(team, at)| (Some(*team), *at))),
    }
    let events = events(class, input);
    let (mut before, mut after) = (Rate { events: 0, days: 0.0 }, Rate { events: 0, days: 0.0 });
    for (team, since) in &spans {
        // For all teams at once the exposure is that of every team which ever had the class.
        let weight = if team.is_none() { teams.max(1) as f64 } else { 1.0 };
        before.days += weight * since.days_since(start).max(0.0);
        after.days += weight * input.as_of.days_since(*since).max(0.0);
        for (at, _) in events.iter().filter(|(_, owner)| team.is_none() || owner.as_deref() == *team) {
            if at.seconds < since.seconds { before.events += 1 } else { after.events += 1 }
        }
    }
    let note = if regression_to_the_mean(&events, start, on) { " It came right after a peak, so part of the fall was to be expected." } else { "" };
    Some(effect(on, before, after, note))
}

fn teams_of(class: &Class) -> usize {
    class.members.iter().filter_map(|m| m.team.as_deref()).collect::<std::collections::BTreeSet<_>>().len()
}

/// Independent events of a class with their teams.
fn events(class: &Class, input: &Input<'_>) -> Vec<(Moment, Option<String>)> {
    let known: Vec<_> = class.members.iter().filter_map(|m| Some((m, &input.defects[place(input, m)?]))).collect();
    let judged = recurrences(&known.iter().map(|(_, d)| *d).collect::<Vec<_>>());
    let counted = known.iter().zip(judged.counts).filter(|(_, counts)| *counts).map(|((m, _), _)| *m);
    counted.filter_map(|m| Some((m.at.filter(|at| at.seconds <= input.as_of.seconds)?, m.team.clone()))).collect()
}

/// Verdict on two rates.
pub fn effect(on: Moment, before: Rate, after: Rate, note: &str) -> Effect {
    let ratio = rate_ratio((before.events, before.days), (after.events, after.days), f64::from(LEVEL) / 100.0)
        .and_then(|r| Estimate::new(r.value, r.low, r.high, LEVEL));
    Effect {
        on,
        before: (before.events, tidy(before.days)),
        after: (after.events, tidy(after.days)),
        ratio,
        verdict: format!("{} Association, not proof.{note}", verdict(before, after, ratio)),
    }
}

fn verdict(before: Rate, after: Rate, ratio: Option<Estimate>) -> String {
    if before.events == 0 || before.days <= 0.0 {
        return "unproven: nothing is known of the time before.".into();
    }
    if as_few_at_the_old_rate(before, after) <= UNLIKELY {
        return "effective: so few afterwards would be unlikely at the earlier rate.".into();
    }
    let expected = before.events as f64 / before.days * after.days;
    if ratio.is_some_and(|r| r.value >= 1.0) && expected >= 3.0 {
        return "not effective: the rate did not fall.".into();
    }
    match weeks_needed(before, after) {
        Some(weeks) => format!("unproven: too early to tell, needs {weeks} more weeks without another."),
        None => "unproven: too early to tell.".into(),
    }
}

/// Probability of at most the events seen afterwards, if the rate had stayed as it was. The earlier rate is itself uncertain, so the
/// comparison is conditional on all events: binomial with the share of exposure (law J4; J5 holds it to its nominal error).
fn as_few_at_the_old_rate(before: Rate, after: Rate) -> f64 {
    let all = before.events + after.events;
    if all == 0 || after.days <= 0.0 {
        return 1.0;
    }
    let share = after.days / (after.days + before.days);
    // P(X <= k) of a binomial, by the incomplete beta function.
    if after.events >= all { 1.0 } else { beta_share((all - after.events) as f64, after.events as f64 + 1.0, 1.0 - share) }
}

/// Weeks without a further event after which it would be called effective; nothing beyond ten years.
fn weeks_needed(before: Rate, after: Rate) -> Option<u32> {
    let then = |weeks: u32| Rate { days: after.days + 7.0 * f64::from(weeks), ..after };
    let enough = |weeks: u32| as_few_at_the_old_rate(before, then(weeks)) <= UNLIKELY;
    let most = 520;
    enough(most).then(|| (1..=most).find(|w| enough(*w))).flatten()
}

/// Whether the time just before the adoption was worse than the whole time before it.
fn regression_to_the_mean(events: &[(Moment, Option<String>)], start: Moment, on: Moment) -> bool {
    let before: Vec<f64> = events.iter().filter(|(at, _)| at.seconds < on.seconds).map(|(at, _)| on.days_since(*at)).collect();
    let days = on.days_since(start);
    let late = before.iter().filter(|d| **d <= days * PEAK_PART).count() as f64;
    before.len() >= 3 && late / PEAK_PART >= PEAK_RATIO * before.len() as f64
}

#[cfg(test)]
mod tests {
    use refrain_maths::random::Random;

    use super::*;
    use crate::cases::at;

    fn judge(before: (u64, f64), after: (u64, f64)) -> Effect {
        effect(at("2026-01-01"), Rate { events: before.0, days: before.1 }, Rate { events: after.0, days: after.1 }, "")
    }

    #[test]
    fn law_j4_stopped_only_when_so_few_would_be_unlikely() {
        assert!(judge((7, 365.0), (1, 365.0)).verdict.starts_with("effective"));
        assert!(judge((5, 365.0), (0, 30.0)).verdict.starts_with("unproven: too early to tell, needs"));
        assert!(judge((5, 365.0), (6, 365.0)).verdict.starts_with("not effective"));
        assert!(judge((0, 365.0), (0, 365.0)).verdict.starts_with("unproven"));
        assert!(judge((5, 365.0), (1, 365.0)).verdict.contains("Association, not proof"));
    }

    #[test]
    fn the_weeks_it_needs_are_the_weeks_after_which_it_is_called_effective() {
        let before = Rate { events: 6, days: 365.0 };
        let weeks = weeks_needed(before, Rate { events: 0, days: 20.0 }).unwrap();
        let after = |w: u32| Rate { events: 0, days: 20.0 + 7.0 * f64::from(w) };
        assert!(as_few_at_the_old_rate(before, after(weeks)) <= UNLIKELY && as_few_at_the_old_rate(before, after(weeks - 1)) > UNLIKELY);
    }

    #[test]
    fn law_j5_a_control_without_effect_is_rarely_called_effective() {
        let called = (0..100).filter(|seed| {
            let mut random = Random::named(&format!("effect/null/{seed}"));
            let (before, after) = (random.poisson(12.0), random.poisson(12.0));
            judge((before, 365.0), (after, 365.0)).verdict.starts_with("effective")
        });
        assert!(called.count() <= 10);
    }

    #[test]
    fn law_j5_a_fall_after_a_peak_is_called_so() {
        let on = at("2026-01-01");
        let events: Vec<(Moment, Option<String>)> = ["2025-02-01", "2025-12-01", "2025-12-05", "2025-12-20"].map(|d| (at(d), None)).to_vec();
        assert!(regression_to_the_mean(&events, at("2025-01-01"), on));
        let steady: Vec<(Moment, Option<String>)> = ["2025-02-01", "2025-05-01", "2025-08-05", "2025-11-20"].map(|d| (at(d), None)).to_vec();
        assert!(!regression_to_the_mean(&steady, at("2025-01-01"), on));
    }
}
