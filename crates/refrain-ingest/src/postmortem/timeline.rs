//! Timelines as people write them: rows with a time, from which introduction, detection and resolution are read.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use refrain_record::{Known, Moment, Record, Role, Section, Zone};

use crate::prose::{self, FoundTime, Reading};
use crate::source::ReadSetup;

/// A row: where it stands, when it was, what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `section:line`.
    pub at: String,
    /// When.
    pub moment: Moment,
    /// What it says, lower case, without its time.
    pub text: String,
}

/// How times of a document are read.
pub struct Clock {
    zone: TimeZone,
    known: Zone,
    reading: Reading,
    first_day: Option<Date>,
}

/// Bytes at the start of a line within which its date and time stand: later ones are told of, not the row's own.
const LEAD: usize = 48;

impl Clock {
    /// The zone is read from the heading, then from a sentence such as "All times in CET" or a head of a table; else it is the
    /// configured one, and counts as assumed. A heading that holds one day gives rows without a date their day.
    pub fn new(record: &Record, heading: &str, name: Option<Moment>, year: Option<i16>, setup: &ReadSetup) -> Self {
        let sentence =
            record.of_role(Role::Timeline).flat_map(|s| s.text.lines()).filter(|line| line.to_lowercase().contains("time")).find_map(prose::zone_in);
        let stated = prose::zone_in(heading).or(sentence);
        let name_of_zone = stated.or(setup.zone.as_deref()).unwrap_or("UTC");
        let zone = TimeZone::get(name_of_zone).unwrap_or(TimeZone::UTC);
        let month_first = setup.month_first.or_else(|| stated.map(|zone| zone.starts_with("America/")).filter(|_| stated != Some("UTC")));
        let reading = Reading { month_first, year };
        let in_heading = prose::first_date(heading, reading).map(|found| found.date);
        let first_day = in_heading.or_else(|| name.map(Moment::date)).or_else(|| in_text(record, reading));
        Self { zone, known: if stated.is_some() { Zone::Derived } else { Zone::Assumed }, reading, first_day }
    }

    /// The rows of a section. A row runs to the next line that begins with a date or time; one without a date has the date of the
    /// row before it, and the day after where the clock falls by more than six hours.
    pub fn rows(&self, section: &Section) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut now = Now { day: self.first_day, time: None };
        for (number, line) in section.text.lines().enumerate() {
            match self.moment_of(line, &mut now) {
                Some((moment, rest)) => rows.push(Row { at: format!("{}:{}", section.name, number + 1), moment, text: rest }),
                None => extend(&mut rows, line),
            }
        }
        rows
    }

    fn moment_of(&self, line: &str, now: &mut Now) -> Option<(Moment, String)> {
        let lead = line.char_indices().map(|(at, _)| at).take_while(|at| *at < LEAD).last().map_or(0, |at| at + 1);
        let date = prose::first_date(line, self.reading).filter(|found| found.start < lead && found.day);
        let time = prose::times(line).into_iter().find(|found| found.start < lead);
        let end = date.as_ref().map_or(0, |d| d.end).max(time.as_ref().map_or(0, |t| t.end));
        let rest = line.get(end..).unwrap_or_default().to_lowercase();
        if let Some(date) = &date {
            *now = Now { day: Some(date.date), time: None };
        }
        match time {
            Some(time) => Some((self.at(&time, now)?, rest)),
            None => date.and_then(|found| Moment::day(found.date.year(), found.date.month(), found.date.day())).map(|day| (day, rest)),
        }
    }

    fn at(&self, time: &FoundTime, now: &mut Now) -> Option<Moment> {
        let fell = now.time.is_some_and(|before| i32::from(before.hour()) - i32::from(time.time.hour()) > 6);
        if fell {
            now.day = now.day.and_then(|day| day.tomorrow().ok());
        }
        now.time = Some(time.time);
        let zone = time.zone.and_then(|name| TimeZone::get(name).ok());
        let known = if zone.is_some() { Zone::Stated } else { self.known };
        let civil = DateTime::from_parts(now.day?, time.time);
        let stamp = zone.as_ref().unwrap_or(&self.zone).to_timestamp(civil).ok()?;
        Some(Moment::at(stamp.as_second()).with_zone(known))
    }
}

/// Day and time of the row before.
struct Now {
    day: Option<Date>,
    time: Option<Time>,
}

fn in_text(record: &Record, reading: Reading) -> Option<Date> {
    record.sections.iter().find_map(|section| prose::first_date(&section.text, reading)).map(|found| found.date)
}

/// Longest text of a row, in bytes: words far below it are not its own.
const ROW_BYTES: usize = 600;

/// Lets a line without a time go on in the row before it. A table row or list item of its own whose time cannot be read
/// (`2022-05-??`) does not: it tells of another time.
fn extend(rows: &mut [Row], line: &str) {
    let row_of_its_own = line.starts_with(['|', '-', '*', '+']);
    if let Some(row) = rows.last_mut().filter(|row| row.text.len() < ROW_BYTES && !line.trim().is_empty() && !row_of_its_own) {
        row.text.push(' ');
        row.text.push_str(&line.to_lowercase());
    }
}

/// Words by which a row tells that a change was made.
const CHANGE: &[&str] = &[
    "deployed",
    "deploy",
    "deploys",
    "deployment",
    "released",
    "release",
    "rolled out",
    "rollout",
    "merged",
    "merge",
    "expires",
    "expired",
    "upgrade",
    "upgraded",
    "upgrades",
    "migrated",
    "migration",
    "replaced",
    "changed",
    "change",
    "changes",
    "applied",
    "enabled",
    "renamed",
    "bumped",
    "bump",
    "switched",
    "executed",
    "introduced",
    "configured",
    "pushed",
    "promoted",
    "landed",
    "added",
    "removed",
    "deleted",
];

/// Words by which a row tells that the defect was noticed.
#[rustfmt::skip]
const NOTICED: &[&str] = &[
    "alert", "alerts", "alerted", "alarm", "alarms", "paged", "pages", "pager", "pagerduty", "report", "reported", "reports", "reporting",
    "detected", "detects", "detection", "noticed", "notices", "notified", "discovered", "discovers", "observed", "identified", "became aware",
    "bug report", "monitoring", "found", "spotted", "informed", "submitted", "complaint", "complaints", "complain", "complained", "complains",
    "calls", "called", "escalated", "escalates", "declared", "first question", "first ticket", "ticket opened", "letter", "investigation",
];

/// Words by which a row tells that it was over.
#[rustfmt::skip]
const OVER: &[&str] = &[
    "resolved", "restored", "recovered", "recovers", "fixed", "fixes", "fix", "back", "returned to normal", "normal", "mitigated", "operational",
    "solved", "closed", "reattached", "healthy", "all clear", "patched", "completed", "reverted", "stopped", "works", "working", "stable",
];

/// Words that turn a word of [`OVER`] into its opposite, or a plan.
const NOT_YET: &[&str] = &["not resolved", "not fixed", "unresolved", "still", "attempt", "attempted", "trying", "starts to", "begins to", "plan"];

/// Whether lower-case words hold one of the phrases as whole words.
fn says(text: &str, phrases: &[&str]) -> bool {
    let plain: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let padded = format!(" {} ", plain.split_whitespace().collect::<Vec<_>>().join(" "));
    phrases.iter().any(|phrase| padded.contains(&format!(" {phrase} ")))
}

/// What the rows tell.
#[derive(Debug, Default)]
pub struct Told {
    /// First row that tells of a change, before the detection.
    pub introduced: Known<Moment>,
    /// First row that tells that it was noticed.
    pub detected: Known<Moment>,
    /// Last row behind the detection that tells that it was over, if its time is not before it.
    pub resolved: Known<Moment>,
    /// Text of the row of the detection.
    pub detected_by: Option<String>,
    /// What the report must say of it.
    pub remarks: Vec<String>,
}

/// Reads introduction, detection and resolution out of rows.
pub fn told(rows: &[Row]) -> Told {
    let mut told = Told::default();
    let noticed = rows.iter().position(|row| says(&row.text, NOTICED));
    let Some(at) = noticed else {
        told.resolved = resolution(rows, rows.first());
        return told;
    };
    let detected = &rows[at];
    told.detected = Known::stated(detected.moment, detected.at.clone());
    told.detected_by = Some(detected.text.clone());
    if let Some(change) = rows[..at].iter().find(|row| says(&row.text, CHANGE) && row.moment <= detected.moment) {
        told.introduced = Known::derived(change.moment, "first-change-in-timeline");
    }
    told.resolved = resolution(&rows[at + 1..], Some(detected));
    let assumed = rows.iter().filter(|row| row.moment.zone == Zone::Assumed && row.moment.precision == refrain_record::Precision::Second).count();
    if assumed > 0 {
        told.remarks.push(format!("{assumed} times without a zone, read in the configured one or UTC"));
    }
    told
}

fn resolution(rows: &[Row], from: Option<&Row>) -> Known<Moment> {
    let over = rows.iter().rev().find(|row| says(&row.text, OVER) && !says(&row.text, NOT_YET));
    match (over, from) {
        (Some(row), Some(from)) if row.moment.seconds >= from.moment.seconds => Known::stated(row.moment, row.at.clone()),
        _ => Known::Absent,
    }
}

/// Words of those outside who notice.
const OUTSIDE: &[&str] = &[
    "customer",
    "customers",
    "user",
    "users",
    "researcher",
    "researchers",
    "bugcrowd",
    "hackerone",
    "bug bounty",
    "support ticket",
    "support tickets",
    "community",
    "client",
    "clients",
    "merchant",
    "merchants",
    "partner",
    "partners",
    "complaints",
    "reported by a",
    "third party",
];

/// Words of one's own monitoring.
const INSIDE: &[&str] =
    &["alert", "alerts", "alerted", "alarm", "alarms", "paged", "pager", "pagerduty", "monitoring", "monitor", "dashboard", "on call"];

/// Stage where it was found, and the rule: a post-mortem is of production; who noticed decides between its two stages.
pub fn stage(record: &Record, detected_by: Option<&str>) -> (&'static str, &'static str) {
    let detection: String = record.of_role(Role::Detection).map(|s| s.text.to_lowercase()).collect::<Vec<_>>().join("\n");
    for text in detected_by.into_iter().chain(Some(detection.as_str())) {
        if says(text, INSIDE) {
            return ("production-internal", "noticed-by-monitoring");
        }
        if says(text, OUTSIDE) {
            return ("production-customer", "noticed-by-customers");
        }
    }
    ("production-internal", "post-mortem-is-production")
}

#[cfg(test)]
mod tests {
    use super::*;
    use refrain_record::Kind;

    fn rows(heading: &str, text: &str) -> Vec<Row> {
        let mut record = Record::new("PM:1".parse().unwrap(), Kind::PostMortem, "t");
        record.add_section(Role::Timeline, "timeline", text);
        let clock = Clock::new(&record, heading, None, None, &ReadSetup::default());
        clock.rows(&record.sections[1])
    }

    fn shown(told: &Told) -> [String; 3] {
        [&told.introduced, &told.detected, &told.resolved].map(|k| k.value().map(Moment::to_string).unwrap_or_default())
    }

    #[test]
    fn a_table_with_a_zone_in_a_sentence() {
        let rows = rows(
            "Timeline",
            "All times in CET.\n\n| Time | Event |\n|---|---|\n| 2024-06-22 08:21 | plugin replaced |\n| 2024-06-22 08:29 | found by alerts |\n| 2024-06-22 08:46 | back (resolved) |",
        );
        assert_eq!(shown(&told(&rows)), ["2024-06-22T06:21:00Z~", "2024-06-22T06:29:00Z~", "2024-06-22T06:46:00Z~"]);
        assert_eq!(rows[1].at, "timeline:6");
    }

    #[test]
    fn rows_roll_over_at_midnight_and_take_the_heading_day() {
        let rows =
            rows("Timeline (all times UTC) Monday May 10th, 2021", "- 23:50 - deploy of 4.2\n- 23:58 - pager fires, alert\n- 00:10 - rolled back");
        assert_eq!(shown(&told(&rows)), ["2021-05-10T23:50:00Z~", "2021-05-10T23:58:00Z~", "2021-05-11T00:10:00Z~"]);
    }

    #[test]
    fn american_days_and_text_below_its_date() {
        let rows = rows(
            "Timeline (all times PST) 01/05/2024 - 02/28/2024",
            "01/05/2024\nA researcher submitted a bug report\n\n02/06/2024 - Version 2 was out with a fix",
        );
        assert_eq!(shown(&told(&rows)), ["", "2024-01-05", "2024-02-06"]);
    }

    #[test]
    fn a_row_whose_time_cannot_be_read_is_not_part_of_the_one_before() {
        let rows = rows(
            "Timeline (UTC)",
            "| 2021-09-10 | proxy went live |\n| 2022-05-?? HH:mm | detected some day in May |\n| 2022-06-02 | discovered that it ran out of memory |",
        );
        assert_eq!(shown(&told(&rows)), ["", "2022-06-02", ""]);
    }

    #[test]
    fn a_zone_in_the_row_is_stated() {
        let rows = rows("Timeline", "- **21:45 UTC** (Oct 3, 2025) - monitoring detects errors");
        assert_eq!(rows[0].moment.to_string(), "2025-10-03T21:45:00Z");
    }

    #[test]
    fn nothing_is_read_out_of_rows_that_do_not_say_it() {
        let rows = rows("Timeline", "2024-01-01 10:00 meeting\n2024-01-01 11:00 still not fixed");
        assert_eq!(shown(&told(&rows)), ["", "", ""]);
    }

    #[test]
    fn word_tables_hold_lower_case_words() {
        for phrase in [CHANGE, NOTICED, OVER, NOT_YET, OUTSIDE, INSIDE].concat() {
            assert!(phrase.chars().all(|c| c.is_lowercase() || c == ' '), "{phrase}");
        }
    }
}
