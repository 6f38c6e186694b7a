//! Moments in cells, by the patterns of the mapping or as data formats write them.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use refrain_record::{Moment, Precision, Zone};

use super::spec::{Field, Take};
use crate::entry::data_moment;
use crate::prose::{self, FoundDate, Reading};
use crate::source::ReadSetup;

/// The moment that a cell holds; nothing where it is none.
pub(super) fn moment(field: &Field, text: &str, setup: &ReadSetup) -> Option<Moment> {
    if field.take != Take::Whole {
        return in_free_text(field.take, text, setup);
    }
    if field.formats.is_empty() {
        return data_moment(text).or_else(|| zoneless(text, field, setup)).or_else(|| whole_date(text, setup));
    }
    field.formats.iter().find_map(|format| by_pattern(format, text.trim(), field, setup)).filter(|m| (1971..9000).contains(&m.date().year()))
}

fn by_pattern(format: &str, text: &str, field: &Field, setup: &ReadSetup) -> Option<Moment> {
    let broken = strtime::parse(format, text).ok()?;
    if let Ok(stamp) = broken.to_timestamp() {
        return Some(Moment::at(stamp.as_second()));
    }
    match broken.to_datetime() {
        Ok(civil) if broken.hour().is_some() => in_zone(civil, field, setup),
        _ => broken.to_date().ok().and_then(|date| Moment::day(date.year(), date.month(), date.day())),
    }
}

/// `2024-03-01 10:11:12`, without a zone.
fn zoneless(text: &str, field: &Field, setup: &ReadSetup) -> Option<Moment> {
    let text = text.trim();
    let civil: DateTime = text.parse().ok().or_else(|| text.replacen('/', "-", 2).parse().ok())?;
    if text.len() <= 10 { None } else { in_zone(civil, field, setup) }
}

fn in_zone(civil: DateTime, field: &Field, setup: &ReadSetup) -> Option<Moment> {
    let name = field.zone.as_deref().or(setup.zone.as_deref()).unwrap_or("UTC");
    let stamp = TimeZone::get(name).ok()?.to_timestamp(civil).ok()?;
    let known = if field.zone.is_some() { Zone::Derived } else { Zone::Assumed };
    Some(Moment::at(stamp.as_second()).with_zone(known))
}

/// A date in words (`1 March 2024`) that is all of the cell.
fn whole_date(text: &str, setup: &ReadSetup) -> Option<Moment> {
    let found = prose::first_date(text, Reading { month_first: setup.month_first, year: None })?;
    let rest = text.len() - (found.end - found.start);
    if rest <= 2 { of_found(&found) } else { None }
}

fn in_free_text(take: Take, text: &str, setup: &ReadSetup) -> Option<Moment> {
    let found = prose::dates(text, Reading { month_first: setup.month_first, year: None });
    match take {
        Take::RangeStart => found.first().filter(|_| found.len() > 1),
        _ => found.last(),
    }
    .and_then(of_found)
}

fn of_found(found: &FoundDate) -> Option<Moment> {
    let date: Date = found.date;
    let day = Moment::day(date.year(), date.month(), date.day())?;
    Some(if found.day { day } else { day.with_precision(Precision::Month) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(field: &Field, text: &str) -> String {
        moment(field, text, &ReadSetup::default()).map_or("-".to_owned(), |m| m.to_string())
    }

    #[test]
    fn patterns_with_and_without_time_and_zone() {
        let with = |formats: &[&str], zone: Option<&str>| Field {
            formats: formats.iter().map(|f| (*f).to_owned()).collect(),
            zone: zone.map(str::to_owned),
            ..Field::default()
        };
        assert_eq!(shown(&with(&["%d.%m.%Y %H:%M"], Some("Europe/Berlin")), "01.03.2024 12:00"), "2024-03-01T11:00:00Z~");
        assert_eq!(shown(&with(&["%d/%b/%y %H:%M"], None), "30/Sep/21 17:20"), "2021-09-30T17:20:00Z?");
        assert_eq!(shown(&with(&["%d/%b/%y"], None), "30/Sep/21"), "2021-09-30");
        assert_eq!(shown(&with(&["%Y-%m-%dT%H:%M:%S%.f%z"], None), "2011-04-15T01:27:46.000+0530"), "2011-04-14T19:57:46Z");
        assert_eq!(shown(&with(&["%d.%m.%Y", "%Y"], None), "soon"), "-");
    }

    #[test]
    fn without_a_pattern_the_forms_of_data_are_read() {
        let rows = [
            ("2024-03-01", "2024-03-01"),
            ("2019/12/19", "2019-12-19"),
            ("2024-03-01 10:11:12", "2024-03-01T10:11:12Z?"),
            ("1 March 2024", "2024-03-01"),
            ("0001-01-01", "-"),
            ("x 1 March 2024 y", "-"),
        ];
        for (text, expected) in rows {
            assert_eq!(shown(&Field::default(), text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_in_free_text() {
        let start = Field { take: Take::RangeStart, ..Field::default() };
        let end = Field { take: Take::RangeEnd, ..Field::default() };
        assert_eq!((shown(&start, "2023/06/27 - 2024/05/27"), shown(&end, "2023/06/27 - 2024/05/27")), ("2023-06-27".into(), "2024-05-27".into()));
        assert_eq!((shown(&start, "Until 2025/01/16"), shown(&end, "Until 2025/01/16")), ("-".into(), "2025-01-16".into()));
        assert_eq!(shown(&end, "Ongoing"), "-");
    }
}
