//! Test cases as records: one a test and shape of failure, repetitions counted.

use std::collections::BTreeMap;

use refrain_record::{Bucket, Kind, Known, LinkKind, Moment, Record, Role, SpanHash, Zone};

use super::{Case, Outcome, ROW, Report, shape};
use crate::entry::{begin, data_moment, emit, field, link, remark, system_for};
use crate::postmortem::{team_of_reports, tickets};
use crate::source::{Item, ReadSetup};

/// Whether a report names a ticket: a muted test that does is a signal that someone turned off.
pub(crate) fn names_ticket(report: &Report) -> bool {
    !tickets(&report.message).is_empty() || !tickets(&report.text).is_empty()
}

/// The records of a file in the order of first sight; repetitions of one are counted in it.
#[derive(Default)]
pub(crate) struct Kept {
    seen: BTreeMap<String, usize>,
    records: Vec<(Record, u32)>,
    zoneless: u32,
}

impl Kept {
    /// Takes what became of a test.
    pub(crate) fn take(&mut self, case: &Case, path: &str, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
        for report in worst(&case.reports) {
            let id = id(case, report);
            if let Some(at) = self.seen.get(&id) {
                self.records[*at].0.occurrences += 1;
                continue;
            }
            match record(case, report, &id, path, setup) {
                Ok(record) => {
                    self.zoneless += u32::from(record.created.value().is_some_and(|m| m.zone == Zone::Assumed));
                    self.seen.insert(id, self.records.len());
                    self.records.push((record, case.line));
                }
                Err(item) => sink(item),
            }
        }
    }

    /// Gives the records to the sink.
    pub(crate) fn emit_all(self, path: &str, folders: &[String], sink: &mut dyn FnMut(Item)) {
        if self.zoneless > 0 {
            sink(remark(0, "", "timestamp", format!("{} timestamps without a zone, read in the configured one or UTC", self.zoneless)));
        }
        let team = team_of_reports(path, folders);
        for (mut record, line) in self.records {
            record.team = team.clone().map_or(Known::Absent, |team| Known::derived(team, "folder-is-team"));
            emit(record, ROW.name, path, line, sink);
        }
    }
}

/// The reports that count: failures, else what was flaky, else what was muted. Reruns of one shape fold by their id.
fn worst(reports: &[Report]) -> Vec<&Report> {
    let worst = reports.iter().map(|report| report.outcome).min();
    reports.iter().filter(|report| Some(report.outcome) == worst).collect()
}

/// Longest id, in bytes: a longer one is cut and told apart by its hash.
const ID_BYTES: usize = 300;

fn id(case: &Case, report: &Report) -> String {
    let class = if case.class.is_empty() { &case.suite } else { &case.class };
    let suite = if case.suite.is_empty() || class.starts_with(&case.suite) { String::new() } else { format!("{}/", case.suite) };
    let failure = match report.outcome {
        Outcome::Failed => format!("{} {}", short(&report.kind), shape::message(&first_of(report))),
        Outcome::Flaky => "flaky".to_owned(),
        Outcome::Skipped => "muted".to_owned(),
    };
    let whole = format!("{suite}{class}.{} ~ {}", shape::name(&case.name), failure.trim());
    let whole: String = whole.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if whole.len() <= ID_BYTES {
        return whole.trim().to_owned();
    }
    let cut: String = whole
        .chars()
        .scan(0, |bytes, c| {
            *bytes += c.len_utf8();
            (*bytes <= ID_BYTES).then_some(c)
        })
        .collect();
    format!("{cut}~{}", SpanHash::of(&whole).0)
}

/// `org.opentest4j.AssertionFailedError` → `AssertionFailedError`.
fn short(kind: &str) -> &str {
    kind.rsplit(['.', ':']).next().unwrap_or(kind).trim()
}

/// The first line of the message, or of the text where there is none, without the type that stands before it.
fn first_of(report: &Report) -> String {
    let message = lines_back(report.message.trim());
    let whole = if message.is_empty() { report.text.trim() } else { &message };
    let first = whole.lines().next().unwrap_or_default();
    let typed = [report.kind.as_str(), short(&report.kind)]
        .into_iter()
        .filter(|kind| !kind.is_empty())
        .find_map(|kind| first.strip_prefix(kind)?.strip_prefix(':'));
    typed.unwrap_or(first).trim().to_owned()
}

#[allow(clippy::result_large_err, reason = "the entry goes straight to the sink, once per broken record")]
fn record(case: &Case, report: &Report, id: &str, path: &str, setup: &ReadSetup) -> Result<Record, Item> {
    let mut record = begin(system_for(ROW.system, path, setup), id, Kind::TestFailure, &title(case, report), case.line)?;
    record.components = [&case.suite, &case.class].into_iter().filter(|text| !text.is_empty()).cloned().collect();
    record.project = case.class.rsplit_once('.').map(|(package, _)| package.to_owned());
    text(&mut record, report, &case.output);
    if let Some(moment) = moment(&case.timestamp, setup) {
        record.created = Known::stated(moment, "timestamp");
        record.detected = Known::derived(moment, "failed-is-detected");
    }
    record.actual_stage = stage(&format!("{} {} {}", case.suite, case.class, case.file));
    record.bucket = match report.outcome {
        Outcome::Failed => Known::Absent,
        Outcome::Flaky => Known::derived(Bucket::FlakyOrSuppressed, "passed-only-when-repeated"),
        Outcome::Skipped => Known::derived(Bucket::FlakyOrSuppressed, "muted-with-a-ticket"),
    };
    for ticket in [tickets(&report.message), tickets(&report.text)].concat() {
        link(&mut record, LinkKind::Related, ticket, "message");
    }
    environment(&mut record, case);
    Ok(record)
}

fn title(case: &Case, report: &Report) -> String {
    let class = case.class.rsplit('.').next().unwrap_or_default();
    let test = if class.is_empty() { case.name.clone() } else { format!("{class}.{}", case.name) };
    let what: String = format!("{} {}", short(&report.kind), first_of(report)).trim().chars().take(160).collect();
    if what.is_empty() { test } else { format!("{test}: {what}") }
}

fn text(record: &mut Record, report: &Report, output: &str) {
    let message = lines_back(report.message.trim());
    let trace = report.text.trim();
    if report.outcome == Outcome::Skipped {
        record.add_section(Role::Description, "message", [message.as_str(), trace].join("\n").trim().to_owned());
        return;
    }
    let headed = trace.is_empty() || trace.contains(message.lines().next().unwrap_or_default());
    if looks_like_trace(&message) && trace.is_empty() {
        record.add_section(Role::Trace, "trace", message);
    } else {
        let head = if headed || report.kind.is_empty() { String::new() } else { format!("{}: {message}\n", report.kind) };
        record.add_section(Role::Symptom, "message", message.clone());
        record.add_section(Role::Trace, "trace", format!("{head}{trace}"));
    }
    record.add_section(Role::Other, "output", output.trim().to_owned());
}

/// A trace in an attribute has its line breaks as blanks: they come back before ` at `.
fn lines_back(message: &str) -> String {
    let frames = message.matches(" at ").count();
    if frames >= 2 && !message.contains('\n') { message.replace(" at ", "\n    at ") } else { message.to_owned() }
}

fn looks_like_trace(text: &str) -> bool {
    text.lines().filter(|line| line.trim_start().starts_with("at ") || line.trim_start().starts_with("File \"")).count() >= 2
}

fn moment(timestamp: &str, setup: &ReadSetup) -> Option<Moment> {
    if let Some(moment) = data_moment(timestamp).filter(|m| m.precision == refrain_record::Precision::Second) {
        return Some(moment);
    }
    let civil: jiff::civil::DateTime = timestamp.trim().parse().ok()?;
    let zone = setup.zone.as_deref().and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
    let stamp = zone.to_timestamp(civil).ok()?;
    Some(Moment::at(stamp.as_second()).with_zone(Zone::Assumed)).filter(|m| m.date().year() > 1970)
}

/// Words in the path of a suite that name its stage. The first row that agrees counts: what is later in delivery stands first.
const STAGES: &[(&str, &[&str])] = &[
    ("staging", &["staging", "smoke", "uat", "preprod"]),
    (
        "system",
        &["e2e", "system", "acceptance", "endtoend", "selenium", "cypress", "playwright", "ui", "functional", "browser", "load", "performance"],
    ),
    ("contract", &["contract", "contracts", "pact", "pacts", "consumer"]),
    ("integration", &["integration", "it", "itest", "int", "inttest", "integ"]),
    ("component", &["component", "components", "slice"]),
    ("unit", &["unit", "unittest", "unittests"]),
];

/// The stage of a suite by the words of its path; where none is named, tests are assumed to be unit tests.
fn stage(path: &str) -> Known<String> {
    let words = words(path);
    let row = STAGES.iter().find(|(_, names)| {
        words.iter().any(|word| names.contains(&word.as_str())) || names.contains(&"endtoend") && words.windows(3).any(|w| w == ["end", "to", "end"])
    });
    match row {
        Some((id, _)) => Known::derived((*id).to_owned(), "suite-path-names-the-stage"),
        None => Known::assumed("unit".to_owned(), "no word in the suite's path names a stage"),
    }
}

/// Lower-case words of a path, cut at punctuation and camel humps.
fn words(path: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut lower = false;
    for c in path.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && lower {
            out.push(String::new());
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        if let Some(last) = out.last_mut().filter(|_| c.is_alphanumeric()) {
            last.extend(c.to_lowercase());
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

/// Properties that tell of the surroundings; the others stay fields.
const SURROUNDINGS: &[&str] =
    &["os.name", "os.version", "java.version", "python.version", "node.version", "browser", "platform", "environment", "env", "region"];

fn environment(record: &mut Record, case: &Case) {
    for (name, value) in &case.properties {
        if SURROUNDINGS.contains(&name.to_lowercase().as_str()) {
            record.environment.insert(name.to_lowercase(), value.clone());
        } else if matches!(name.as_str(), "commit" | "build" | "branch" | "job" | "run") {
            field(record, name, value);
        }
    }
    if !case.host.is_empty() {
        record.environment.insert("host".to_owned(), case.host.clone());
    }
    field(record, "file", &case.file);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_by_the_words_of_a_path() {
        let rows = [
            ("contract.refund.RetryTest", "contract"),
            ("shop RefundIT", "integration"),
            ("tests/e2e/refund.spec.ts", "system"),
            ("end-to-end checkout", "system"),
            ("com.shop.UnitRefund", "unit"),
            ("com.shop.BuildTest", "unit"),
            ("com.shop.integration.UnitOfWorkTest", "integration"),
        ];
        for (path, id) in rows {
            assert_eq!(stage(path).value().map(String::as_str), Some(id), "{path}");
        }
    }
}
