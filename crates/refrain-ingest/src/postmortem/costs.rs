//! Costs that a review states: how long, how many users, how much money, how many hours of work; each with its line.

use refrain_record::{CostItem, CostUnit, Record, Role, Section};

use super::labels::Label;
use crate::prose::{self, Amount};

/// Labels that state how long users were hurt, the most direct first: a later row counts only where no earlier one is there.
const DURATIONS: &[&[&str]] = &[
    &["total major impact", "total downtime", "total duration", "total outage"],
    &[
        "duration",
        "downtime",
        "outage duration",
        "incident duration",
        "impact duration",
        "duration of incident",
        "duration of outage",
        "length of outage",
    ],
    &[
        "time to recovery",
        "time to recover",
        "time to resolve",
        "time to resolution",
        "time to restore",
        "time to mitigate",
        "time to mitigation",
        "ttr",
        "mttr",
    ],
];

/// Labels that state hours of work.
const WORK: &[&str] = &["engineer hours", "engineering hours", "person hours", "effort", "time spent", "hours spent", "staff hours"];

/// Words beside a duration that say that it is the outage's, before it or right behind it (`lasted 40 minutes`, `40 minutes of outage`).
const LASTED: &[&str] = &[
    "lasted",
    "lasting",
    "downtime",
    "outage",
    "down for",
    "unavailable for",
    "degraded for",
    "offline for",
    "disruption",
    "impacted for",
    "interruption",
];

/// Bytes between such a word and its duration at most.
const BESIDE: usize = 40;

/// Words right behind a duration that say that it is work (`16 hours of work`).
const OF_WORK: &[&str] = &["of work", "of overtime", "of engineering", "of labour", "of effort"];

/// Units that count those who were hurt.
const USERS: &[&str] = &[
    "users",
    "customers",
    "accounts",
    "merchants",
    "tenants",
    "clients",
    "organizations",
    "organisations",
    "subscribers",
    "companies",
    "people",
    "players",
    "patients",
];

/// Words without which a number of users is not one of those hurt.
const HURT: &[&str] = &["affect", "impact", "lost", "unable", "could not", "couldn't", "failed", "saw ", "experienc", "were charged", "received"];

/// Units that count contacts to support (`30 support tickets`, `12 complaints`).
const CONTACTS: &[&str] = &["tickets", "complaints", "calls", "contacts", "support"];

/// Words without which an amount of money is not a loss.
const LOSS: &[&str] =
    &["cost", "loss", "lost", "revenue", "refund", "credit", "damage", "paid", "charged", "worth", "spend", "spent", "penalt", "fine"];

/// Costs that a record states, in the order: downtime, work, users, contacts, money.
pub fn of(record: &Record, labels: &[Label]) -> Vec<CostItem> {
    let mut out = Vec::new();
    let told: Vec<&Section> =
        record.sections.iter().filter(|s| matches!(s.role, Role::Summary | Role::Impact | Role::Description | Role::Detection)).collect();
    out.extend(downtime(labels).or_else(|| told.iter().find_map(|section| lasted(section))));
    out.extend(
        labels.iter().find(|label| WORK.contains(&label.name.as_str())).and_then(work).or_else(|| told.iter().find_map(|section| worked(section))),
    );
    for section in told {
        for (number, line) in section.text.lines().enumerate() {
            let at = format!("{}:{}", section.name, number + 1);
            for item in of_line(line, &at, section.role == Role::Impact) {
                if !out.iter().any(|known| known.unit == item.unit) {
                    out.push(item);
                }
            }
        }
    }
    out
}

/// The range over all labels of the first group that is there.
fn downtime(labels: &[Label]) -> Option<CostItem> {
    DURATIONS.iter().find_map(|names| {
        let found: Vec<(f64, &Label)> = labels
            .iter()
            .filter(|label| names.contains(&label.name.as_str()))
            .filter_map(|label| Some((prose::duration(&label.value)?.0, label)))
            .collect();
        let first = found.first()?.1;
        item(CostUnit::DowntimeMinutes, found.iter().map(|(minutes, _)| *minutes), &first.at)
    })
}

fn lasted(section: &Section) -> Option<CostItem> {
    section.text.lines().enumerate().find_map(|(number, line)| {
        let lower = line.to_lowercase();
        let minutes = clauses(&lower).find_map(|clause| before(clause, LASTED).or_else(|| behind(clause)))?;
        item(CostUnit::DowntimeMinutes, [minutes], &format!("{}:{}", section.name, number + 1))
    })
}

/// Pieces of a line between commas, semicolons and full stops that a blank follows.
fn clauses(line: &str) -> impl Iterator<Item = &str> {
    line.split(", ").flat_map(|piece| piece.split("; ")).flat_map(|piece| piece.split(". "))
}

/// Minutes of a duration that stands behind one of [`LASTED`].
fn behind(line: &str) -> Option<f64> {
    let from = LASTED.iter().filter_map(|cue| line.find(cue).map(|at| at + cue.len())).min()?;
    prose::duration(line.get(from..)?).filter(|(_, start, _)| *start <= BESIDE).map(|(minutes, ..)| minutes)
}

/// Minutes of the first duration of a line where one of the words follows at once.
fn before(line: &str, words: &[&str]) -> Option<f64> {
    let (minutes, _, end) = prose::duration(line)?;
    let rest = line.get(end..)?.trim_start();
    let rest = rest.strip_prefix("of ").filter(|_| words == LASTED).unwrap_or(rest);
    words.iter().any(|word| rest.starts_with(word)).then_some(minutes)
}

/// Hours of work in running text.
fn worked(section: &Section) -> Option<CostItem> {
    section.text.lines().enumerate().find_map(|(number, line)| {
        let lower = line.to_lowercase();
        let hours = clauses(&lower).find_map(|clause| before(clause, OF_WORK))? / 60.0;
        item(CostUnit::EngineerHours, [hours], &format!("{}:{}", section.name, number + 1))
    })
}

fn work(label: &Label) -> Option<CostItem> {
    let hours = prose::duration(&label.value).map(|(minutes, ..)| minutes / 60.0);
    let plain = prose::amounts(&label.value).first().map(|amount| amount.value).filter(|_| label.name.contains("hours"));
    item(CostUnit::EngineerHours, [hours.or(plain)?], &label.at)
}

/// Users, contacts and money of one line; several amounts of one unit are a range. Where the section is about the impact, no word
/// need say that it is.
fn of_line(line: &str, at: &str, impact: bool) -> Vec<CostItem> {
    let lower = line.to_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let amounts = prose::amounts(line);
    let mut out = Vec::new();
    if impact || holds(HURT) {
        out.extend(item(CostUnit::Users, counted(&amounts, USERS), at));
    }
    out.extend(item(CostUnit::SupportContacts, counted(&amounts, CONTACTS), at).filter(|_| lower.contains("support") || lower.contains("complain")));
    if impact || holds(LOSS) {
        for currency in currencies(&amounts) {
            let values = amounts.iter().filter(|a| a.currency == Some(currency)).map(|a| a.value);
            out.extend(item(CostUnit::Money { currency: currency.to_owned() }, values, at));
        }
    }
    out
}

fn counted<'a>(amounts: &'a [Amount], units: &'a [&str]) -> impl Iterator<Item = f64> + 'a {
    amounts.iter().filter(|amount| units.contains(&amount.unit.as_str()) && amount.value >= 1.0).map(|amount| amount.value)
}

fn currencies(amounts: &[Amount]) -> Vec<&'static str> {
    let mut out: Vec<&'static str> = amounts.iter().filter_map(|amount| amount.currency).collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn item(unit: CostUnit, values: impl IntoIterator<Item = f64>, at: &str) -> Option<CostItem> {
    let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite() && *value >= 0.0).collect();
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    Some(CostItem { unit, low, high, at: at.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use refrain_record::Kind;

    fn costs(text: &str) -> Vec<String> {
        costs_of(Role::Impact, text)
    }

    fn costs_of(role: Role, text: &str) -> Vec<String> {
        let mut record = Record::new("PM:1".parse().unwrap(), Kind::PostMortem, "t");
        record.add_section(role, "impact", text);
        let labels: Vec<Label> = record.sections.iter().flat_map(|s| super::super::labels::of_section(s, &s.text)).collect();
        of(&record, &labels).iter().map(|c| format!("{:?} {}..{} {}", c.unit, c.low, c.high, c.at)).collect()
    }

    #[test]
    fn labelled_durations_come_before_recovery_times() {
        assert_eq!(costs("- Time to recovery: 25 minutes\n- **Duration:** 1 h 49 min"), ["DowntimeMinutes 109..109 impact:2"]);
        assert_eq!(costs("- Time to recovery: 25 minutes"), ["DowntimeMinutes 25..25 impact:1"]);
    }

    #[test]
    fn users_money_and_contacts_with_their_line() {
        let text =
            "Checkout was down for about 40 minutes.\n1,204 users were affected, 30 support tickets\nWe lost between $2,000 and $3,500 in revenue";
        assert_eq!(
            costs(text),
            [
                "DowntimeMinutes 40..40 impact:1",
                "Users 1204..1204 impact:2",
                "SupportContacts 30..30 impact:2",
                "Money { currency: \"USD\" } 2000..3500 impact:3"
            ]
        );
    }

    #[test]
    fn numbers_that_cost_nothing() {
        let text = "We serve 10,000 users a day.\nThe plan has a budget of $300 for 40 nodes.\nTime to recovery: ?\nWait 5 minutes.";
        assert!(costs_of(Role::Summary, text).is_empty());
    }

    #[test]
    fn durations_before_their_word_and_hours_of_work() {
        let found = costs("130 minutes of outage, 7,000 customers, EUR 22,000, 16 hours of work for six people.");
        let units = ["DowntimeMinutes 130..130", "EngineerHours 16..16", "Users 7000..7000", "Money { currency: \"EUR\" } 22000..22000"];
        assert_eq!(found, units.map(|unit| format!("{unit} impact:1")));
    }
}
