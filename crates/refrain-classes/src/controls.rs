//! Which control exists where: the user's list, decisions, and what the records say was missing or failed.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::decision::ControlState;
use refrain_record::score::Quote;
use refrain_record::{Control, Decided, Decision, Moment, Record};

use crate::phrases::{NamedPhrases, PhraseError};

/// The name that stands for every team.
pub const ALL_TEAMS: &str = "*";

/// Since when which team has which control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControlList {
    since: BTreeMap<String, BTreeMap<String, Moment>>,
    /// Controls that a team put off until a day.
    deferred: BTreeMap<String, BTreeMap<String, (Moment, u64)>>,
    /// Controls that a team does not want, with the decision's number.
    rejected: BTreeMap<String, BTreeMap<String, u64>>,
    /// Adoptions that were decided, not merely listed: their effect is measured.
    adopted: BTreeMap<String, BTreeMap<String, Moment>>,
}

impl ControlList {
    /// From `[controls]` of the configuration (control id → team → since when) and the decisions in force.
    ///
    /// Errors: each entry whose control is not in the catalogue or whose day does not read, in words.
    pub fn new(listed: &BTreeMap<String, BTreeMap<String, String>>, decisions: &[&Decision], catalogue: &[Control]) -> Result<Self, Vec<String>> {
        let mut out = Self::default();
        let mut wrong = Vec::new();
        for (control, teams) in listed {
            if !catalogue.iter().any(|c| &c.id == control) {
                wrong
                    .push(format!("controls.{control}: found no control of that id, expected one of the catalogue; `data/controls.toml` lists them"));
            }
            for (team, day) in teams {
                match day.parse::<Moment>() {
                    Ok(at) => out.add(control, team, at),
                    Err(error) => wrong.push(format!("controls.{control}.{team}: {error}")),
                }
            }
        }
        decisions.iter().for_each(|d| out.decide(d));
        if wrong.is_empty() { Ok(out) } else { Err(wrong) }
    }

    fn add(&mut self, control: &str, team: &str, at: Moment) {
        self.since.entry(control.to_owned()).or_default().insert(team.to_owned(), at);
    }

    fn decide(&mut self, decision: &Decision) {
        let Decided::Control { control, team, state, on } = &decision.what else { return };
        let entry = |map: &mut BTreeMap<String, BTreeMap<String, u64>>| {
            map.entry(control.clone()).or_default().insert(team.clone(), decision.number);
        };
        match state {
            ControlState::Adopted => {
                self.add(control, team, *on);
                self.adopted.entry(control.clone()).or_default().insert(team.clone(), *on);
            }
            ControlState::Deferred => {
                self.deferred.entry(control.clone()).or_default().insert(team.clone(), (*on, decision.number));
            }
            ControlState::Rejected => entry(&mut self.rejected),
        }
    }

    /// Since when the team has the control; without a team only what holds for all.
    pub fn since(&self, control: &str, team: Option<&str>) -> Option<Moment> {
        let teams = self.since.get(control)?;
        let own = team.and_then(|t| teams.get(t));
        own.into_iter().chain(teams.get(ALL_TEAMS)).min_by_key(|m| m.seconds).copied()
    }

    /// Whether anything is said about the control at all.
    pub fn is_listed(&self, control: &str) -> bool {
        self.since.contains_key(control)
    }

    /// Teams (or `*`) and days of decided adoptions of a control.
    pub fn adoptions(&self, control: &str) -> BTreeMap<&str, Moment> {
        self.adopted.get(control).into_iter().flatten().map(|(team, at)| (team.as_str(), *at)).collect()
    }

    /// What was decided against having the control, in words; a deferral ends at its day.
    pub fn standing_decision(&self, control: &str, as_of: Moment) -> Option<String> {
        let of = |team: &str| if team == ALL_TEAMS { "all teams".to_owned() } else { team.to_owned() };
        let rejected =
            self.rejected.get(control).into_iter().flatten().map(|(team, number)| format!("rejected for {} (decision {number})", of(team)));
        let put_off = self.deferred.get(control).into_iter().flatten().map(|(team, (on, number))| {
            let word = if on.seconds > as_of.seconds { "deferred until" } else { "due again since" };
            format!("{word} {on} for {} (decision {number})", of(team))
        });
        let adopted = self.adopted.get(control).into_iter().flatten().map(|(team, on)| format!("adopted on {on} by {}", of(team)));
        let all: Vec<String> = rejected.chain(put_off).chain(adopted).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Whether the control is rejected for all teams, or deferred for all teams until after `as_of`.
    pub fn out_of_question(&self, control: &str, as_of: Moment) -> bool {
        let rejected = self.rejected.get(control).is_some_and(|t| t.contains_key(ALL_TEAMS));
        let put_off = self.deferred.get(control).and_then(|t| t.get(ALL_TEAMS)).is_some_and(|(on, _)| on.seconds > as_of.seconds);
        rejected || put_off
    }
}

/// What a record says about a control.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Id of the control.
    pub control: String,
    /// It was there and failed or was bypassed; else it was missing.
    pub failed: bool,
    /// The words.
    pub quote: Quote,
}

/// Cue phrases of the catalogue, compiled once.
#[derive(Clone, Debug)]
pub struct ControlCues {
    phrases: NamedPhrases,
}

impl ControlCues {
    /// Compiles the phrases. Errors: a phrase that does not parse, with its control.
    pub fn new(catalogue: &[Control]) -> Result<Self, PhraseError> {
        let rows = catalogue.iter().flat_map(|c| {
            let missing = c.missing.iter().map(|p| (format!("{}/missing", c.id), p.as_str()));
            missing.chain(c.failed.iter().map(|p| (format!("{}/failed", c.id), p.as_str())))
        });
        let rows: Vec<(String, &str)> = rows.collect();
        Ok(Self { phrases: NamedPhrases::new(&rows.iter().map(|(id, p)| (id.as_str(), *p)).collect::<Vec<_>>())? })
    }

    /// What the record says about controls, once for each control and state, in order of text.
    pub fn find(&self, record: &Record) -> Vec<Said> {
        let mut seen = BTreeSet::new();
        let hits = self.phrases.find(record).into_iter();
        hits.filter(|hit| seen.insert(hit.id.clone()))
            .filter_map(|hit| {
                let (control, state) = hit.id.split_once('/')?;
                Some(Said { control: control.to_owned(), failed: state == "failed", quote: hit.quote })
            })
            .collect()
    }
}
