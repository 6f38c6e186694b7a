//! What comes next, by class and team, with the back-test that says how far to trust it.

pub mod evaluate;
pub mod model;
pub mod shape;
pub mod teams;

use refrain_maths::counts::CountDistribution;
use refrain_record::Moment;
use refrain_record::findings::{Backtest, Class, Estimate, Outlook, tidy};

use crate::history::Calendar;
use crate::input::Input;
use crate::recurrence::Recurrences;
use model::{Forecasts, Method, SCORED_FROM};

/// Level of forecast intervals, in percent.
const LEVEL: u8 = 80;

/// Forecasts of all classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlooks {
    /// One a class, in their order.
    pub classes: Vec<Outlook>,
    /// Rolling origin over all classes.
    pub backtest: Backtest,
}

/// Forecasts every class over the horizon of the settings.
///
/// `judged`: the recurrence of each class, by member in the order of its members; of a burst only the first member is an event.
pub fn outlooks(classes: &[Class], judged: &[Recurrences], input: &Input<'_>) -> Outlooks {
    let times: Vec<Moment> = (0..input.defects.len()).filter_map(|place| input.at(place)).collect();
    let Some(calendar) = Calendar::over(&times, input.as_of) else {
        let because = || Outlook::Withheld { because: "no record has a date".into() };
        return Outlooks { classes: classes.iter().map(|_| because()).collect(), backtest: no_backtest("no record has a date") };
    };
    let events: Vec<Vec<Event>> = classes.iter().zip(judged).map(|(class, judged)| events(class, judged, input)).collect();
    let counts = events.iter().map(|list| calendar.counts(list.iter().map(|e| e.at))).collect();
    let forecasts = model::run(&calendar.set(counts));
    let horizon = f64::from(input.settings.horizon_days) / calendar.period.days();
    let risks = teams::risks(classes, &events, &calendar, &forecasts, horizon, input);
    let one = |((i, list), teams): ((usize, &Vec<Event>), Vec<_>)| outlook(i, list, &calendar, &forecasts, horizon, teams, input);
    let outlooks = events.iter().enumerate().zip(risks).map(one).collect();
    Outlooks { classes: outlooks, backtest: backtest(&forecasts, &events, &calendar, input) }
}

/// An independent defect of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it was noticed.
    pub at: Moment,
    /// Its team, where known.
    pub team: Option<String>,
}

fn events(class: &Class, judged: &Recurrences, input: &Input<'_>) -> Vec<Event> {
    let counted = class.members.iter().zip(&judged.counts).filter(|(_, counts)| **counts).map(|(member, _)| member);
    let dated = counted.filter_map(|m| Some(Event { at: m.at.filter(|at| at.seconds <= input.as_of.seconds)?, team: m.team.clone() }));
    let mut out: Vec<Event> = dated.collect();
    out.sort_by(|a, b| (a.at, &a.team).cmp(&(b.at, &b.team)));
    out
}

/// Why there is no forecast, where there is none (law J2).
fn too_little(events: usize, periods: u64, input: &Input<'_>) -> Option<String> {
    let settings = input.settings;
    if (events as u64) < settings.fewest_events {
        let word = if events == 1 { "event" } else { "events" };
        return Some(format!("{events} independent {word}, at least {} are needed", settings.fewest_events));
    }
    (periods < settings.fewest_periods).then(|| format!("history of {periods} periods, at least {} are needed", settings.fewest_periods))
}

fn outlook(
    i: usize,
    events: &[Event],
    calendar: &Calendar,
    forecasts: &Forecasts,
    horizon: f64,
    teams: Vec<refrain_record::findings::TeamRisk>,
    input: &Input<'_>,
) -> Outlook {
    let periods = calendar.observed();
    if let Some(because) = too_little(events.len(), periods, input) {
        return Outlook::Withheld { because };
    }
    let said = forecasts.ahead(i, horizon);
    let counts = calendar.counts(events.iter().map(|e| e.at));
    let known = known_from(&counts, input.settings.fewest_events);
    let past = forecasts.past[i].iter().filter(|p| known.is_some_and(|from| p.period >= from));
    match estimate(&said) {
        None => Outlook::Withheld { because: "the forecast is not a number".into() },
        Some(count) => Outlook::Forecast {
            count,
            horizon_days: input.settings.horizon_days,
            method: forecasts.method.name().to_owned(),
            events: events.len() as u64,
            periods,
            history: calendar.names.iter().cloned().zip(counts).collect(),
            past: past.filter_map(|p| Some((calendar.names[p.period].clone(), estimate(&p.said)?, p.came))).collect(),
            again: tidy(1.0 - said.none()),
            teams,
        },
    }
}

/// First period before which there were enough events to forecast.
fn known_from(counts: &[u64], fewest: u64) -> Option<usize> {
    let mut sum = 0;
    counts
        .iter()
        .position(|count| {
            sum += count;
            sum >= fewest
        })
        .map(|p| p + 1)
}

/// A count with its 80 % interval.
pub fn estimate(said: &CountDistribution) -> Option<Estimate> {
    let (low, high) = said.interval(f64::from(LEVEL) / 100.0);
    Estimate::new(said.mean(), low as f64, high as f64, LEVEL)
}

fn backtest(forecasts: &Forecasts, events: &[Vec<Event>], calendar: &Calendar, input: &Input<'_>) -> Backtest {
    let scored = events.iter().zip(&forecasts.past).flat_map(|(list, past)| {
        let known = known_from(&calendar.counts(list.iter().map(|e| e.at)), input.settings.fewest_events);
        past.iter().filter(move |p| known.is_some_and(|from| p.period >= from))
    });
    let hits: Vec<bool> = scored.map(|p| (p.interval.0..=p.interval.1).contains(&p.came)).collect();
    if hits.is_empty() {
        return no_backtest(&format!("no class had enough events {SCORED_FROM} periods into the history"));
    }
    let mut deviance: std::collections::BTreeMap<String, f64> =
        Method::ALL.iter().zip(forecasts.deviance).map(|(m, d)| (m.name().to_owned(), tidy(d))).collect();
    deviance.insert("in use".into(), tidy(forecasts.in_use));
    Backtest {
        forecasts: hits.len() as u64,
        held: hits.iter().filter(|h| **h).count() as u64,
        deviance,
        method: forecasts.method.name().to_owned(),
        note: String::new(),
    }
}

fn no_backtest(note: &str) -> Backtest {
    Backtest { method: Method::Blend.name().into(), note: note.into(), ..Backtest::default() }
}
