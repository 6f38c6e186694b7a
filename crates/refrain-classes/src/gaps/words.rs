//! Quotes for and against a gap, its buckets, and the ticket that a person may copy.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::findings::{Class, Gap, Member, Outlook, Ticket};
use refrain_record::score::Quote;
use refrain_record::{Citation, Control, Role};

use super::Evidence;
use super::caught::{Caught, Verdict};
use crate::cost::plain;
use crate::enrich::place;
use crate::explain::sentence_around;
use crate::input::Input;

/// Most quotes on either side of a gap.
const MOST_QUOTES: usize = 6;
/// Words of a membership that are quoted, for each member.
const WORDS_A_MEMBER: usize = 1;

/// Quotes that support the gap: what says that the control was missing, then the sentences that carry the heaviest memberships, each from
/// another team first.
pub fn evidence(class: &Class, control: &Control, evidence: &Evidence, input: &Input<'_>) -> Vec<Quote> {
    let missing = class.members.iter().flat_map(|m| evidence.of(&m.key)).filter(|s| s.control == control.id && !s.failed).map(|s| s.quote.clone());
    let mut out: Vec<Quote> = missing.take(MOST_QUOTES / 2).collect();
    let mut members: Vec<&Member> = class.members.iter().filter(|m| m.escape).collect();
    members.sort_by(|a, b| b.score.total().cmp(&a.score.total()).then_with(|| a.key.cmp(&b.key)));
    let mut seen = BTreeSet::new();
    let (first, again): (Vec<&Member>, Vec<&Member>) = members.into_iter().partition(|m| seen.insert(m.team.as_deref()));
    for quote in first.into_iter().chain(again).flat_map(|m| heaviest_words(m, input)) {
        if out.len() < MOST_QUOTES && !out.contains(&quote) {
            out.push(quote);
        }
    }
    out
}

fn heaviest_words(member: &Member, input: &Input<'_>) -> Vec<Quote> {
    let mut weights: Vec<_> = member.score.weights().iter().filter(|w| w.bits.0 > 0 && !w.cites.is_empty()).collect();
    weights.sort_by(|a, b| b.bits.cmp(&a.bits).then_with(|| a.what.cmp(&b.what)));
    weights.into_iter().filter_map(|w| w.cites.first()).take(WORDS_A_MEMBER).map(|said| sentence(member, said, input)).collect()
}

/// The sentence in which some words of a member stand; the words themselves where their section is not found.
fn sentence(member: &Member, said: &Quote, input: &Input<'_>) -> Quote {
    let records = place(input, member).map(|at| &input.defects[at]).into_iter().flat_map(|d| d.records());
    let section = records.filter(|r| r.key == said.cite.key).find_map(|r| Some((r, r.section(&said.cite.section)?)));
    let Some((record, section)) = section else { return said.clone() };
    let (start, end) = sentence_around(&section.text, said.start as usize, said.end as usize);
    let text = section.text.get(start..end).unwrap_or_default().to_owned();
    Quote { cite: Citation::of_bytes(&record.key, section, start, end), start: start as u32, end: end as u32, text }
}

/// Quotes that speak against it: against the class, against members, and titles of members that escaped although the control was there.
pub fn counter(class: &Class, control: &Control, caught: &Caught, evidence: &Evidence, input: &Input<'_>) -> Vec<Quote> {
    let failed = class.members.iter().flat_map(|m| evidence.of(&m.key)).filter(|s| s.control == control.id && s.failed).map(|s| s.quote.clone());
    let existed = class.members.iter().filter(|m| caught.existed.contains(&m.key)).filter_map(|m| title_quote(m, input));
    let against = class.counter.iter().chain(class.members.iter().flat_map(|m| &m.counter)).cloned();
    let mut out: Vec<Quote> = Vec::new();
    for quote in existed.chain(failed).chain(against) {
        if out.len() < MOST_QUOTES && !out.contains(&quote) {
            out.push(quote);
        }
    }
    out
}

fn title_quote(member: &Member, input: &Input<'_>) -> Option<Quote> {
    let record = input.defects[place(input, member)?].record;
    let section = record.of_role(Role::Title).next()?;
    let end = section.text.len();
    Some(Quote { cite: Citation::of_bytes(&record.key, section, 0, end), start: 0, end: end as u32, text: section.text.clone() })
}

/// Why the members escaped: bucket with its number, and `unknown`.
pub fn buckets(class: &Class) -> BTreeMap<String, u64> {
    let mut out = BTreeMap::new();
    for member in class.members.iter().filter(|m| m.escape) {
        let name = member.bucket.as_ref().map_or("unknown", |(name, _)| name);
        *out.entry(name.to_owned()).or_insert(0) += 1;
    }
    out
}

/// The ready ticket.
pub fn ticket(gap: &Gap, control: &Control, caught: &Caught, input: &Input<'_>) -> Ticket {
    Ticket {
        title: format!("{}: {}", capital(&control.kind), control.name),
        what: control.ticket.clone(),
        why: why(gap, caught),
        accept: control.accept.clone(),
        measure: format!(
            "Enter the day of adoption with `refrain decide control adopt {} --team TEAM --on DATE --why WHY`. {} days later `refrain effect` compares the rate of “{}” before and after, with its interval; it is an association, not a proof.",
            gap.control, input.settings.effect_days, gap.class_name
        ),
    }
}

fn why(gap: &Gap, caught: &Caught) -> String {
    let n = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut out = format!(
        "“{}” escaped {} in {}, {} of them found in production.",
        gap.class_name,
        n(gap.escapes as usize, "time", "times"),
        n(gap.teams.len(), "team", "teams"),
        gap.in_production
    );
    if let Some(cost) = &gap.cost.capped {
        out += &format!(" Cost so far: {} {} ({}–{}, 80 %).", digits(cost.value), gap.cost.currency, digits(cost.low), digits(cost.high));
    }
    if let Outlook::Forecast { count, horizon_days, .. } = &gap.forecast {
        out += &format!(" Expected in {horizon_days} days: {} more ({}–{}, 80 %).", digits(count.value), plain(count.low), plain(count.high));
    }
    let likely = caught.count(Verdict::Yes) + caught.count(Verdict::Plausible);
    out += &format!(" The control would plausibly have caught {likely} of {}", caught.verdicts.len());
    let (no, unknown) = (caught.count(Verdict::No), caught.count(Verdict::CannotTell));
    out += &format!(" ({no} no, {unknown} cannot be told).");
    out
}

/// Two significant digits from 10 on, one decimal below: what a forecast can carry.
fn digits(x: f64) -> String {
    if x.abs() < 10.0 {
        return plain((x * 10.0).round() / 10.0);
    }
    let step = 10f64.powf(x.abs().log10().floor() - 1.0);
    plain((x / step).round() * step)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_carry_no_more_than_they_know() {
        let cases = [(0.0, "0"), (6.24, "6.2"), (12.7, "13"), (181_234.0, "180000")];
        for (x, expected) in cases {
            assert_eq!(digits(x), expected);
        }
    }
}
