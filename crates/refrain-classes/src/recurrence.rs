//! Did it happen again? Only what is independent counts (law G3): another incident, and another team or service, or after the fix of
//! the earlier one, or in another release. What happens at once is one burst.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::{LinkKind, Moment, Record};

use crate::Defect;

/// Days after which a further defect in the same place counts as after the fix, where the earlier one's end is not recorded. Nearly all
/// repetitions of one unfixed cause come within this time.
const UNRECORDED_FIX_DAYS: f64 = 20.0;

/// What the recurrence of one class looks like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recurrences {
    /// For each member in the order given: whether it counts; of a burst only the first does.
    pub counts: Vec<bool>,
    /// For each member: a recurrence of an earlier one.
    pub recurs: Vec<bool>,
    /// For each member: a recurrence in a team that had none before.
    pub cross_team: Vec<bool>,
    /// Bursts of more than one member.
    pub bursts: u64,
    /// When the first of the class was resolved.
    pub first_resolved: Option<Moment>,
}

/// Judges the members of a class, which must be in order of time. Members without a time count once each and recur never.
pub fn recurrences(members: &[&Defect<'_>]) -> Recurrences {
    let mut out = Recurrences::default();
    let mut earlier = Earlier::default();
    let mut bursts: BTreeSet<usize> = BTreeSet::new();
    for (place, member) in members.iter().enumerate() {
        let facts = Facts::of(member);
        let burst = earlier.burst_of(&facts);
        let recurs = facts.at.is_some() && burst.is_none() && earlier.any;
        out.counts.push(burst.is_none());
        out.recurs.push(recurs);
        out.cross_team.push(recurs && facts.team.is_some_and(|t| !earlier.teams.contains(t)));
        bursts.extend(burst);
        earlier.add(facts, burst.unwrap_or(place));
    }
    out.bursts = bursts.len() as u64;
    out.first_resolved = members.iter().filter_map(|m| Facts::of(m).resolved).min_by_key(|m| m.seconds);
    out
}

/// What independence is judged by.
struct Facts<'a> {
    at: Option<Moment>,
    resolved: Option<Moment>,
    team: Option<&'a str>,
    service: Option<&'a str>,
    /// Incidents, changes and originals that it names, with its own keys.
    names: BTreeSet<String>,
    versions: BTreeSet<&'a str>,
}

impl<'a> Facts<'a> {
    fn of(defect: &Defect<'a>) -> Self {
        let tells = |kind: LinkKind| !matches!(kind, LinkKind::Related | LinkKind::Url);
        let named = |r: &'a Record| r.links.iter().filter(move |l| tells(l.kind)).map(|l| l.target.clone());
        Self {
            at: defect.at(),
            resolved: defect.records().filter_map(|r| r.resolved.value()).min_by_key(|m| m.seconds).copied(),
            team: defect.team(),
            service: defect.record.service.value().map(String::as_str),
            names: defect.records().flat_map(|r| named(r).chain([r.key.to_string()])).collect(),
            versions: defect.records().flat_map(|r| r.versions.iter().map(String::as_str)).collect(),
        }
    }

    /// Another team or service; what is unknown differs from nothing.
    fn elsewhere(&self, other: &Self) -> bool {
        let differ = |x: Option<&str>, y: Option<&str>| matches!((x, y), (Some(x), Some(y)) if x != y);
        differ(self.team, other.team) || differ(self.service, other.service)
    }

    /// Whether this one was over at that time.
    fn over_by(&self, at: Moment) -> bool {
        match (self.resolved, self.at) {
            (Some(fixed), _) => at.seconds > fixed.seconds,
            (None, Some(first)) => at.days_since(first) > UNRECORDED_FIX_DAYS,
            (None, None) => true,
        }
    }

    fn other_release(&self, other: &Self) -> bool {
        !self.versions.is_empty() && !other.versions.is_empty() && self.versions.is_disjoint(&other.versions)
    }
}

/// What came before, with the burst that each belongs to.
#[derive(Default)]
struct Earlier<'a> {
    any: bool,
    teams: BTreeSet<&'a str>,
    by_name: BTreeMap<String, usize>,
    /// Those that may still be going on. Time only advances, so what is over never comes back.
    going_on: Vec<(Facts<'a>, usize)>,
}

impl<'a> Earlier<'a> {
    /// The burst that a new defect belongs to: it names the same incident or change, or one in the same place and release is not over.
    fn burst_of(&mut self, new: &Facts<'a>) -> Option<usize> {
        let at = new.at?;
        self.going_on.retain(|(old, _)| !old.over_by(at));
        let named = new.names.iter().find_map(|n| self.by_name.get(n)).copied();
        let beside = || self.going_on.iter().find(|(old, _)| !old.elsewhere(new) && !old.other_release(new)).map(|(_, burst)| *burst);
        named.or_else(beside)
    }

    fn add(&mut self, new: Facts<'a>, burst: usize) {
        if new.at.is_none() {
            return;
        }
        self.any = true;
        self.teams.extend(new.team);
        for name in &new.names {
            self.by_name.entry(name.clone()).or_insert(burst);
        }
        self.going_on.push((new, burst));
    }
}

#[cfg(test)]
mod tests {
    use refrain_record::{Known, Link};

    use super::*;
    use crate::cases::dated;

    fn judge(records: &[Record]) -> Recurrences {
        let defects: Vec<Defect<'_>> = records.iter().map(Defect::single).collect();
        recurrences(&defects.iter().collect::<Vec<_>>())
    }

    #[test]
    fn law_g3_a_storm_of_one_cause_is_one_event() {
        let storm: Vec<Record> = (0..200).map(|i| dated(&format!("PAY-{i}"), "payments", "2025-03-03", "")).collect();
        let found = judge(&storm);
        assert_eq!((found.counts.iter().filter(|c| **c).count(), found.bursts), (1, 1));
        assert!(!found.recurs.contains(&true));
    }

    #[test]
    fn law_j1_after_the_fix_it_is_a_recurrence_and_in_another_team_a_cross_team_one() {
        let found = judge(&[
            dated("PAY-1", "payments", "2025-01-10", "2025-01-15"),
            dated("PAY-2", "payments", "2025-01-12", "2025-01-16"),
            dated("ORD-1", "orders", "2025-01-13", ""),
            dated("PAY-3", "payments", "2025-02-01", ""),
        ]);
        assert_eq!(found.counts, [true, false, true, true]);
        assert_eq!(found.recurs, [false, false, true, true]);
        assert_eq!(found.cross_team, [false, false, true, false]);
        assert_eq!(found.first_resolved.map(|m| m.to_string()).as_deref(), Some("2025-01-15"));
    }

    #[test]
    fn law_g3_two_teams_hit_by_one_change_are_one_event() {
        let by_change = |mut r: Record| {
            r.links = vec![Link { kind: LinkKind::IntroducedBy, target: "GH:core#77".into(), at: "links".into() }];
            r
        };
        let found = judge(&[by_change(dated("PAY-1", "payments", "2025-01-10", "")), by_change(dated("ORD-1", "orders", "2025-01-11", ""))]);
        assert_eq!(found.counts, [true, false]);
    }

    #[test]
    fn law_g3_another_release_or_a_long_time_is_a_new_event() {
        let in_version = |mut r: Record, v: &str| {
            r.versions = vec![v.into()];
            r
        };
        let release = judge(&[in_version(dated("A-1", "a", "2025-01-10", ""), "1.0"), in_version(dated("A-2", "a", "2025-01-11", ""), "1.1")]);
        assert_eq!(release.recurs, [false, true]);
        assert_eq!(judge(&[dated("A-1", "a", "2025-01-10", ""), dated("A-2", "a", "2025-02-10", "")]).recurs, [false, true]);
        assert_eq!(judge(&[dated("A-1", "a", "2025-01-10", ""), dated("A-2", "a", "2025-01-20", "")]).recurs, [false, false]);
    }

    #[test]
    fn a_member_without_a_time_counts_and_never_recurs() {
        let mut timeless = dated("A-2", "b", "2025-01-10", "");
        timeless.detected = Known::Absent;
        let found = judge(&[dated("A-1", "a", "2025-01-10", ""), timeless]);
        assert_eq!((found.counts, found.recurs), (vec![true, true], vec![false, false]));
    }
}
