//! What a defect cost: stated before derived before assumed, each line with its factors, so that it can be recomputed by hand.

pub mod model;
pub mod shrink;
pub mod summary;

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::findings::{CostLine, DefectCost, Estimate};
use refrain_record::known::Origin;
use refrain_record::{CostItem, CostUnit, Key, Kind, Record};

use crate::Defect;

pub use model::{CostModel, Range, Rate};
pub use summary::{Caps, summarise};

/// Level of every interval of money, in percent.
pub const LEVEL: u8 = 80;
/// An incident is worked on without pause for at most this many hours; what lasts longer was left to wait.
const INCIDENT_HOURS: f64 = 24.0;
/// Fields of sources that count how often a record was reopened.
const REOPEN_FIELDS: &[&str] = &["reopen_count", "reopened", "reopen count", "times reopened", "reopencount"];

/// A quantity in its own unit, `low <= high`, with the fields that say it.
#[derive(Clone, Debug, PartialEq)]
struct Amount {
    low: f64,
    high: f64,
    at: String,
}

/// Cost of each defect, in their order; nothing where no amount, no time to resolve and no severity is known (absent is not zero).
pub fn price(defects: &[Defect<'_>], model: &CostModel) -> Vec<Option<DefectCost>> {
    defects.iter().map(|defect| price_one(defect, model)).collect()
}

fn price_one(defect: &Defect<'_>, model: &CostModel) -> Option<DefectCost> {
    let stated = amounts(defect);
    let mut lines: Vec<CostLine> = stated.iter().filter_map(|(unit, amount)| stated_line(unit, amount, model)).collect();
    if !stated.contains_key("engineer-hours") {
        lines.extend(derived_hours(defect, model));
    }
    lines.extend(derived_reopenings(defect, model));
    if lines.is_empty() {
        lines.extend(assumed_by_severity(defect, model));
    }
    let total = sum(lines.iter().map(|l| l.amount))?;
    Some(DefectCost { total, lines })
}

/// Sum with the intervals added in quadrature: the lines are taken as independent. Nothing for no amounts.
pub fn sum(amounts: impl IntoIterator<Item = Estimate>) -> Option<Estimate> {
    let (mut value, mut below, mut above, mut any) = (0.0, 0.0, 0.0, false);
    for amount in amounts {
        value += amount.value;
        below += (amount.value - amount.low).powi(2);
        above += (amount.high - amount.value).powi(2);
        any = true;
    }
    if any { Estimate::new(value, value - below.sqrt(), value + above.sqrt(), LEVEL) } else { None }
}

/// Name of a unit in findings; money carries its currency (`money EUR`).
fn unit_name(unit: &CostUnit) -> String {
    match unit {
        CostUnit::EngineerHours => "engineer-hours".into(),
        CostUnit::DowntimeMinutes => "downtime-minutes".into(),
        CostUnit::Users => "users".into(),
        CostUnit::SupportContacts => "support-contacts".into(),
        CostUnit::Money { currency } => format!("money {currency}"),
    }
}

/// Stated amounts of a defect by unit. Of several records of one defect the one that says the most stands: each tells of the same
/// hours and users, and adding would count them twice.
fn amounts(defect: &Defect<'_>) -> BTreeMap<String, Amount> {
    let mut out: BTreeMap<String, Amount> = BTreeMap::new();
    for record in defect.records() {
        for (unit, amount) in amounts_of(record) {
            let larger = out.get(&unit).is_none_or(|known| amount.high > known.high);
            if larger {
                out.insert(unit, amount);
            }
        }
    }
    out
}

/// Amounts of one record by unit. Hours, contacts and money of several fields add up; the same users and the same minutes are named
/// in several fields, so there the largest stands.
fn amounts_of(record: &Record) -> BTreeMap<String, Amount> {
    let mut out: BTreeMap<String, Amount> = BTreeMap::new();
    for item in &record.costs {
        let more = Amount { low: item.low, high: item.high, at: format!("{} {}", record.key, item.at) };
        let unit = unit_name(&item.unit);
        let joined = match out.remove(&unit) {
            None => more,
            Some(known) if adds_up(item) => {
                Amount { low: known.low + more.low, high: known.high + more.high, at: format!("{}, {}", known.at, more.at) }
            }
            Some(known) if known.high >= more.high => known,
            Some(_) => more,
        };
        out.insert(unit, joined);
    }
    out
}

fn adds_up(item: &CostItem) -> bool {
    !matches!(item.unit, CostUnit::Users | CostUnit::DowntimeMinutes)
}

/// What is stated in sum over a defect, without money, by unit: the middle of each range.
pub fn quantities(defect: &Defect<'_>) -> BTreeMap<String, f64> {
    let plain = amounts(defect).into_iter().filter(|(unit, _)| !unit.starts_with("money "));
    plain.map(|(unit, amount)| (unit, (amount.low + amount.high) / 2.0)).collect()
}

fn stated_line(unit: &str, amount: &Amount, model: &CostModel) -> Option<CostLine> {
    let middle = (amount.low + amount.high) / 2.0;
    if let Some(currency) = unit.strip_prefix("money ") {
        let (rate, on) = model.rate(currency)?;
        let factors = if on.is_empty() {
            format!("{} {currency}", span(amount, ""))
        } else {
            format!("{} {currency} × {} {} ({on})", span(amount, ""), plain(rate), model.currency)
        };
        let total = Estimate::new(middle * rate, amount.low * rate, amount.high * rate, LEVEL)?;
        return Some(line("money", factors, total, Origin::Stated, &amount.at));
    }
    let (what, short, range) = match unit {
        "engineer-hours" => ("engineer hours", " h", model.engineer_hour),
        "downtime-minutes" => ("downtime", " min", model.downtime_minute),
        "users" => ("users", " users", model.user),
        _ => ("support", " contacts", model.support_contact),
    };
    let total = Estimate::new(middle * range.base, amount.low * range.low, amount.high * range.high, LEVEL)?;
    let factors = format!("{} × {} {}", span(amount, short), plain(range.base), model.currency);
    Some(line(what, factors, total, Origin::Derived, &amount.at))
}

/// Hours of work from the time to resolve, where both ends are stated or derived and none precedes the other.
fn derived_hours(defect: &Defect<'_>, model: &CostModel) -> Option<CostLine> {
    let record = defect.record;
    let from = record.detected.value().or(record.created.value())?;
    let days = record.resolved.value()?.days_since(*from);
    if !(days.is_finite() && days >= 0.0) {
        return None;
    }
    let (hours, share, rule) = if record.kind == Kind::Incident {
        ((days * 24.0).min(INCIDENT_HOURS), Range::new(1.0, 1.0, 1.0), "hours of the incident × people")
    } else {
        (days.min(model.derive_up_to_days) * model.day_hours, model.work_share, "working hours to resolve × share worked × people")
    };
    let rate = model.engineer_hour;
    let low = hours * share.low * model.people.low * rate.low;
    let high = hours * share.high * model.people.high * rate.high;
    let total = Estimate::new(hours * share.base * model.people.base * rate.base, low, high, LEVEL)?;
    let factors =
        format!("{} h × {} × {} people × {} {}", plain(hours), plain(share.base), plain(model.people.base), plain(rate.base), model.currency);
    Some(line("engineer hours", factors, total, Origin::Derived, rule))
}

fn derived_reopenings(defect: &Defect<'_>, model: &CostModel) -> Option<CostLine> {
    let times = defect.records().filter_map(reopenings).max().filter(|n| *n > 0)? as f64;
    let (hours, rate) = (model.reopening_hours, model.engineer_hour);
    let total = Estimate::new(times * hours.base * rate.base, times * hours.low * rate.low, times * hours.high * rate.high, LEVEL)?;
    let factors = format!("{} times reopened × {} h × {} {}", plain(times), plain(hours.base), plain(rate.base), model.currency);
    Some(line("reopening", factors, total, Origin::Derived, "times reopened × cost.reopening-hours"))
}

/// How often the record was reopened, where its source counts that.
pub fn reopenings(record: &Record) -> Option<u64> {
    let named = |name: &String| REOPEN_FIELDS.contains(&name.to_lowercase().replace('-', "_").as_str());
    let values = record.fields.iter().filter(|(name, _)| named(name)).flat_map(|(_, values)| values);
    values.filter_map(|v| v.trim().parse::<u64>().ok()).max()
}

fn assumed_by_severity(defect: &Defect<'_>, model: &CostModel) -> Option<CostLine> {
    let level = defect.records().filter_map(|r| r.severity.value()).min()?.level();
    let range = model.severity.get(&level.to_string())?;
    let total = Estimate::new(range.base, range.low, range.high, LEVEL)?;
    let factors = format!("severity {level}: {} {} ({}–{})", plain(range.base), model.currency, plain(range.low), plain(range.high));
    Some(line("impact", factors, total, Origin::Assumed, &format!("cost.severity.{level}")))
}

fn line(what: &str, factors: String, amount: Estimate, origin: Origin, because: &str) -> CostLine {
    CostLine { what: what.into(), factors, amount, origin, because: because.into() }
}

/// A quantity as people write it: `6.5 h` or `4–9 h`.
fn span(amount: &Amount, unit: &str) -> String {
    if amount.low == amount.high { format!("{}{unit}", plain(amount.low)) } else { format!("{}–{}{unit}", plain(amount.low), plain(amount.high)) }
}

/// A number without trailing zeros, at most four decimals.
pub fn plain(x: f64) -> String {
    let text = format!("{x:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Records with money in a currency without a rate, by currency: it is in no sum.
pub fn without_rate<'a>(defects: &[Defect<'a>], model: &CostModel) -> BTreeMap<String, BTreeSet<&'a Key>> {
    let mut out: BTreeMap<String, BTreeSet<&Key>> = BTreeMap::new();
    for record in defects.iter().flat_map(Defect::records) {
        for item in &record.costs {
            if let CostUnit::Money { currency } = &item.unit
                && model.rate(currency).is_none()
            {
                out.entry(currency.clone()).or_default().insert(&record.key);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use refrain_record::{Known, Severity};

    use super::*;
    use crate::cases::{at, record};

    fn item(unit: CostUnit, low: f64, high: f64) -> CostItem {
        CostItem { unit, low, high, at: "impact".into() }
    }

    fn money(currency: &str, x: f64) -> CostItem {
        item(CostUnit::Money { currency: currency.into() }, x, x)
    }

    fn cost(record: &Record) -> Option<DefectCost> {
        price_one(&Defect::single(record), &CostModel::default())
    }

    #[test]
    fn stated_hours_and_money_add_up() {
        let mut bill = record("PAY-1");
        bill.costs = vec![item(CostUnit::EngineerHours, 6.5, 6.5), money("EUR", 1000.0)];
        let found = cost(&bill).unwrap();
        assert_eq!(found.total.value, 6.5 * 95.0 + 1000.0);
        let lines: Vec<(&str, &str, Origin)> = found.lines.iter().map(|l| (l.what.as_str(), l.factors.as_str(), l.origin)).collect();
        assert_eq!(lines, [("engineer hours", "6.5 h × 95 EUR", Origin::Derived), ("money", "1000 EUR", Origin::Stated)]);
    }

    #[test]
    fn nothing_known_is_no_cost_and_not_zero() {
        assert_eq!(cost(&record("PAY-1")), None);
    }

    #[test]
    fn severity_is_the_last_resort() {
        let mut bug = record("PAY-1");
        bug.severity = Known::stated(Severity::new(3).unwrap(), "priority");
        assert_eq!(cost(&bug).unwrap().lines[0].origin, Origin::Assumed);
        bug.created = Known::stated(at("2025-03-03"), "created");
        bug.resolved = Known::stated(at("2025-03-13"), "resolved");
        let found = cost(&bug).unwrap();
        // 10 days × 8 h × 0.06 × 1.5 people × 95.
        assert_eq!((found.lines[0].origin, found.total.value), (Origin::Derived, 684.0));
    }

    #[test]
    fn resolved_before_created_says_nothing_about_hours() {
        let mut bug = record("PAY-1");
        bug.created = Known::stated(at("2025-03-13"), "created");
        bug.resolved = Known::stated(at("2025-03-03"), "resolved");
        assert_eq!(cost(&bug), None);
    }

    #[test]
    fn other_currencies_are_turned_with_their_dated_rate_or_listed() {
        let mut bill = record("PAY-1");
        bill.costs = vec![money("USD", 100.0), money("XAU", 5.0)];
        let found = cost(&bill).unwrap();
        assert_eq!((found.total.value, found.lines[0].factors.as_str()), (92.4, "100 USD × 0.924 EUR (average of 2024)"));
        let listed = without_rate(&[Defect::single(&bill)], &CostModel::default());
        assert_eq!(listed.keys().collect::<Vec<_>>(), ["XAU"]);
    }

    #[test]
    fn two_records_of_one_defect_do_not_pay_twice() {
        let (mut incident, mut review) = (record("INC-1"), record("PM-1"));
        incident.costs = vec![item(CostUnit::DowntimeMinutes, 40.0, 40.0)];
        review.costs = vec![item(CostUnit::DowntimeMinutes, 42.0, 42.0), item(CostUnit::Users, 900.0, 900.0)];
        let defect = Defect { record: &incident, duplicates: vec![&review] };
        assert_eq!(price_one(&defect, &CostModel::default()).unwrap().total.value, 42.0 * 100.0 + 900.0 * 0.5);
        assert_eq!(quantities(&defect)["downtime-minutes"], 42.0);
    }

    #[test]
    fn a_reopened_record_costs_another_pass() {
        let mut bug = record("PAY-1");
        bug.fields.insert("Reopen-Count".into(), vec!["2".into()]);
        assert_eq!(cost(&bug).unwrap().total.value, 2.0 * 5.0 * 95.0);
    }
}
