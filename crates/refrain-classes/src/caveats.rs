//! What a reader must know before acting: what would change the order, what rests on assumptions, what is not seen.

use refrain_record::findings::{Backtest, Caveat, Class, ControlPresence, Gap, Unclassified};
use refrain_record::{Key, Moment};

use crate::cost::{plain, without_rate};
use crate::history::Calendar;
use crate::input::Input;

/// A defect that costs this many times the median is named.
const GIANT: f64 = 100.0;
/// Share of assumed cost, and of unknown stages, from which it is said.
const SAID_FROM: f64 = 0.2;
/// Held share of the back-test below which it is said.
const HELD: f64 = 0.75;

/// All caveats, in the order in which they are printed.
pub fn caveats(gaps: &[Gap], classes: &[Class], unclassified: &Unclassified, backtest: &Backtest, input: &Input<'_>) -> Vec<Caveat> {
    let parts = [
        order(gaps),
        forecast(backtest, classes),
        assumed(gaps),
        giants(input),
        currencies(input),
        stages(input),
        without_control(gaps, classes),
        presence(gaps),
        dates(input),
        holes(input),
        unclassified_share(unclassified),
    ];
    parts.into_iter().flatten().collect()
}

fn caveat(topic: &str, text: String, records: Vec<Key>) -> Option<Caveat> {
    Some(Caveat { topic: topic.into(), text, records })
}

fn percent(share: f64) -> String {
    format!("{} %", plain((share * 100.0).round()))
}

fn order(gaps: &[Gap]) -> Option<Caveat> {
    let ranked: Vec<&Gap> = gaps.iter().filter(|g| g.rank.is_some()).collect();
    let (first, second) = (ranked.first()?, ranked.get(1)?);
    let text = format!("{} is first in {} of draws, {} in {}.", first.id, percent(first.first), second.id, percent(second.first));
    let fragile = if first.first < 0.9 { format!("{text} {}", first.fragile) } else { text };
    caveat("order", fragile, Vec::new())
}

fn forecast(backtest: &Backtest, classes: &[Class]) -> Option<Caveat> {
    let withheld = classes.iter().filter(|c| matches!(c.forecast, refrain_record::findings::Outlook::Withheld { .. })).count();
    if backtest.forecasts == 0 {
        return caveat("forecast", format!("No forecast could be tested on the past: {}.", backtest.note), Vec::new());
    }
    let share = backtest.held as f64 / backtest.forecasts as f64;
    let word = if share < HELD { "fewer than they claim" } else { "as they claim" };
    let text = format!(
        "The 80 % intervals held {} of {} forecasts of the past ({}, {word}); method {}. {withheld} of {} classes have too little for a forecast.",
        backtest.held,
        backtest.forecasts,
        percent(share),
        backtest.method,
        classes.len()
    );
    caveat("forecast", text, Vec::new())
}

fn assumed(gaps: &[Gap]) -> Option<Caveat> {
    let named: Vec<&Gap> = gaps.iter().filter(|g| g.rank.is_some_and(|r| r <= 5) && g.assumed_share >= SAID_FROM).collect();
    if named.is_empty() {
        return None;
    }
    let list: Vec<String> = named.iter().map(|g| format!("{} {}", g.id, percent(g.assumed_share))).collect();
    caveat("cost", format!("Part of the cost is assumed, not stated: {}.", list.join(", ")), Vec::new())
}

fn giants(input: &Input<'_>) -> Option<Caveat> {
    let caps = crate::cost::Caps::of(input.prices, input.cost);
    let median = caps.cap / input.cost.cap_medians;
    let priced = input.prices.iter().enumerate().filter_map(|(p, c)| Some((p, c.as_ref()?.total.value)));
    let records: Vec<Key> = priced.filter(|(_, x)| *x > GIANT * median).map(|(p, _)| input.defects[p].key().clone()).collect();
    if records.is_empty() {
        return None;
    }
    let text = format!(
        "{} cost more than {} times the median; in rankings each counts with at most {} times the median.",
        count(records.len(), "defect", "defects"),
        plain(GIANT),
        plain(input.cost.cap_medians)
    );
    caveat("cost", text, records)
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn currencies(input: &Input<'_>) -> Option<Caveat> {
    let missing = without_rate(input.defects, input.cost);
    if missing.is_empty() {
        return None;
    }
    let list: Vec<&str> = missing.keys().map(String::as_str).collect();
    let records = missing.values().flatten().map(|k| (*k).clone()).collect();
    caveat("cost", format!("Amounts in {} have no rate under cost.rates and are in no sum.", list.join(", ")), records)
}

fn stages(input: &Input<'_>) -> Option<Caveat> {
    let unknown = input.staging.iter().filter(|s| s.actual.is_absent() || s.ideal.is_absent()).count();
    let share = unknown as f64 / input.staging.len().max(1) as f64;
    if share < SAID_FROM {
        return None;
    }
    caveat(
        "not-seen",
        format!("The stage found or the ideal stage is unknown for {} of all defects: escapes are a lower bound.", percent(share)),
        Vec::new(),
    )
}

fn without_control(gaps: &[Gap], classes: &[Class]) -> Option<Caveat> {
    let without: Vec<&str> = classes.iter().filter(|c| !gaps.iter().any(|g| g.class == c.id)).map(|c| c.id.as_str()).collect();
    if without.is_empty() {
        return None;
    }
    let text = format!("No control of the catalogue is known for {}: {} is in no gap.", without.join(", "), count(without.len(), "class", "classes"));
    caveat("not-seen", text, Vec::new())
}

fn presence(gaps: &[Gap]) -> Option<Caveat> {
    let unknown = gaps.iter().filter(|g| g.rank.is_some() && g.presence == ControlPresence::Unknown).count();
    if unknown == 0 {
        return None;
    }
    caveat(
        "data",
        format!(
            "Whether the control exists is unknown for {}; [controls] in refrain.toml says which team has which.",
            count(unknown, "ranked gap", "ranked gaps")
        ),
        Vec::new(),
    )
}

fn dates(input: &Input<'_>) -> Option<Caveat> {
    let after = |m: Option<Moment>| m.is_some_and(|m| m.seconds > input.as_of.seconds);
    let records: Vec<Key> = input.defects.iter().filter(|d| after(d.at())).map(|d| d.key().clone()).collect();
    let backwards = |d: &crate::Defect<'_>| d.at().zip(d.record.resolved.value()).is_some_and(|(at, end)| end.days_since(at) < 0.0);
    let reversed: Vec<Key> = input.defects.iter().filter(|d| backwards(d)).map(|d| d.key().clone()).collect();
    if records.is_empty() && reversed.is_empty() {
        return None;
    }
    let text = format!(
        "{} with a date after {} and {} resolved before being noticed are in no time series.",
        count(records.len(), "defect", "defects"),
        input.as_of,
        count(reversed.len(), "defect", "defects")
    );
    caveat("data", text, [records, reversed].concat())
}

fn holes(input: &Input<'_>) -> Option<Caveat> {
    let times: Vec<Moment> = (0..input.defects.len()).filter_map(|p| input.at(p)).collect();
    let calendar = Calendar::over(&times, input.as_of)?;
    let holes = calendar.holes();
    if holes.is_empty() {
        return None;
    }
    caveat("data", format!("No record of any kind in {}: taken as not recorded, not as nothing happened.", holes.join(", ")), Vec::new())
}

fn unclassified_share(unclassified: &Unclassified) -> Option<Caveat> {
    if unclassified.total == 0 {
        return None;
    }
    caveat(
        "not-seen",
        format!("{} of the defects, {}, fit no class; nothing is claimed about them.", unclassified.total, percent(unclassified.share)),
        Vec::new(),
    )
}
