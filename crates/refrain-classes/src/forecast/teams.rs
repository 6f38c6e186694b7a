//! Which team next: teams that had it, by their own past; teams that had none, where they share what it needs.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::Record;
use refrain_record::findings::{Class, TeamRisk};

use super::model::{self, Forecasts};
use super::{Event, estimate};
use crate::history::Calendar;
use crate::input::Input;
use crate::stages::flat;

/// Pseudo-events with which the mean team speaks for one that had none.
const PRIOR_EVENTS: f64 = 0.5;
/// Most teams without the class that are named for it.
const MOST_WITHOUT: usize = 5;
/// Words of component names that name no kind of thing.
const EMPTY_WORDS: &[&str] =
    &["api", "app", "common", "core", "general", "lib", "main", "misc", "new", "other", "service", "services", "system", "web"];
/// Component words that more than this share of teams has say nothing about any of them.
const COMMON_SHARE: f64 = 0.5;

/// Risk of each team, for each class in order: the largest expected number first.
pub fn risks(
    classes: &[Class],
    events: &[Vec<Event>],
    calendar: &Calendar,
    forecasts: &Forecasts,
    horizon: f64,
    input: &Input<'_>,
) -> Vec<Vec<TeamRisk>> {
    let pairs: Vec<(usize, Option<&str>)> = events
        .iter()
        .enumerate()
        .flat_map(|(class, list)| list.iter().map(|e| e.team.as_deref()).collect::<BTreeSet<_>>().into_iter().map(move |team| (class, team)))
        .collect();
    let of = |class: usize, team: Option<&str>| events[class].iter().filter(|e| e.team.as_deref() == team).map(|e| e.at).collect::<Vec<_>>();
    let counts = pairs.iter().map(|(class, team)| calendar.counts(of(*class, *team))).collect();
    let own = model::run(&calendar.set(counts));
    let world = World::of(input);
    (0..classes.len())
        .map(|class| {
            let places: Vec<usize> = pairs.iter().enumerate().filter(|(_, p)| p.0 == class).map(|(at, _)| at).collect();
            let sum: f64 = places.iter().map(|p| own.rates[*p]).sum();
            let expected = forecasts.rates[class] * horizon;
            let with = places.iter().filter_map(|p| {
                let team = pairs[*p].1?;
                let said = own.shapes.around(if sum > 0.0 { expected * own.rates[*p] / sum } else { 0.0 });
                Some(TeamRisk { team: team.to_owned(), count: estimate(&said)?, because: format!("{} before", of(class, Some(team)).len()) })
            });
            let mut out: Vec<TeamRisk> = with.collect();
            out.sort_by(|a, b| b.count.value.total_cmp(&a.count.value).then_with(|| a.team.cmp(&b.team)));
            out.extend(world.without(&classes[class], &events[class], calendar, &own, horizon, input));
            out
        })
        .collect()
}

/// Teams with the kinds of components they have.
struct World<'a> {
    teams: BTreeMap<&'a str, BTreeSet<String>>,
}

impl<'a> World<'a> {
    fn of(input: &Input<'a>) -> Self {
        let mut teams: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for defect in input.defects {
            if let Some(team) = defect.team() {
                teams.entry(team).or_default().extend(defect.records().flat_map(kinds));
            }
        }
        let common = common_words(&teams);
        teams.values_mut().for_each(|words| words.retain(|w| !common.contains(w)));
        Self { teams }
    }

    /// Teams that had none of it and share a kind of component with its members, or lack a control that others have.
    fn without(
        &self,
        class: &Class,
        events: &[Event],
        calendar: &Calendar,
        own: &model::Forecasts,
        horizon: f64,
        input: &Input<'_>,
    ) -> Vec<TeamRisk> {
        let had: BTreeSet<&str> = events.iter().filter_map(|e| e.team.as_deref()).collect();
        if had.is_empty() {
            return Vec::new();
        }
        let exposure: f64 = calendar.exposure.iter().sum();
        let level = events.len() as f64 / exposure.max(1.0) / self.teams.len().max(1) as f64;
        let rate = PRIOR_EVENTS / (PRIOR_EVENTS / level.max(1e-6) + exposure);
        let needs: BTreeSet<String> =
            class.members.iter().filter_map(|m| place(input, m)).flat_map(|p| input.defects[p].records().flat_map(kinds)).collect();
        let reason = |team: &str, words: &BTreeSet<String>| {
            let shared: Vec<&str> = words.intersection(&needs).map(String::as_str).take(2).collect();
            if !shared.is_empty() {
                return Some(format!("none before; also has {}", shared.join(" and ")));
            }
            lacks(class, team, input).map(|control| format!("none before; lacks {control}, which others have"))
        };
        let named = self.teams.iter().filter(|(team, _)| !had.contains(**team)).filter_map(|(team, words)| {
            let because = reason(team, words)?;
            Some(TeamRisk { team: (*team).to_owned(), count: estimate(&own.shapes.around(rate * horizon))?, because })
        });
        named.take(MOST_WITHOUT).collect()
    }
}

fn place(input: &Input<'_>, member: &refrain_record::findings::Member) -> Option<usize> {
    input.defects.binary_search_by(|d| d.key().cmp(&member.key)).ok()
}

/// Name of the best control of the class that another team has and this one has not.
fn lacks(class: &Class, team: &str, input: &Input<'_>) -> Option<String> {
    let mechanism = input.mechanism(class.mechanism.as_deref()?)?;
    let missing = mechanism.controls.iter().find(|c| input.present.is_listed(c) && input.present.since(c, Some(team)).is_none())?;
    input.control(missing).map(|c| c.name.clone())
}

/// Words of components and services, without those that name no kind.
fn kinds(record: &Record) -> Vec<String> {
    let names = record.components.iter().chain(record.service.value());
    let words = names.flat_map(|n| flat(n).split(' ').map(str::to_owned).collect::<Vec<_>>());
    words.filter(|w| w.len() > 2 && !EMPTY_WORDS.contains(&w.as_str()) && !w.chars().all(|c| c.is_ascii_digit())).collect()
}

fn common_words(teams: &BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    teams.values().flatten().for_each(|w| *counts.entry(w).or_default() += 1);
    let most = (teams.len() as f64 * COMMON_SHARE).max(2.0);
    counts.into_iter().filter(|(_, n)| *n as f64 > most).map(|(w, _)| w.clone()).collect()
}
