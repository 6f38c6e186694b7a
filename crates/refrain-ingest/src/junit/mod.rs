//! JUnit XML of any dialect: suites that nest, failures, errors, reruns, flaky passes, muted tests.

mod clean;
mod record;
mod shape;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::entry::{remark, skipped, whole_text};
use crate::source::{Fills, Head, Hint, Input, Item, Place, ReadSetup, SourceRow};

/// Failed, flaky and muted tests of a report. One record is a test with one shape of failure; repetitions in a file are counted.
pub const ROW: SourceRow = SourceRow {
    name: "junit-xml",
    title: "JUnit XML",
    system: "JUNIT",
    sniff,
    read,
    fills: &[Fills::Title, Fills::Body, Fills::Team, Fills::Stage, Fills::Detected, Fills::Trace, Fills::Environment, Fills::Links],
    export: "collect **/TEST-*.xml and junit.xml from the artefacts of CI",
};

fn sniff(head: &Head<'_>) -> Option<Hint> {
    let root = ["<testsuites", "<testsuite"].iter().any(|tag| head.text.contains(tag));
    let strength = if head.text.contains("<testcase") { 92 } else { 70 };
    (root && head.text.trim_start().starts_with('<')).then(|| Hint { strength, reason: "`<testsuite` of JUnit".into() })
}

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// `failure`, `error`, `rerunFailure`, `rerunError`: it failed in the end.
    Failed,
    /// `flakyFailure`, `flakyError`: it passed when repeated.
    Flaky,
    /// `skipped`, `disabled`.
    Skipped,
}

/// Elements that say what became of a test.
const OUTCOMES: &[(&str, Outcome)] = &[
    ("failure", Outcome::Failed),
    ("error", Outcome::Failed),
    ("rerunFailure", Outcome::Failed),
    ("rerunError", Outcome::Failed),
    ("flakyFailure", Outcome::Flaky),
    ("flakyError", Outcome::Flaky),
    ("skipped", Outcome::Skipped),
    ("disabled", Outcome::Skipped),
];

/// One `failure` or its like.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub outcome: Outcome,
    pub kind: String,
    pub message: String,
    pub text: String,
}

/// One `testcase`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub suite: String,
    pub class: String,
    pub name: String,
    pub file: String,
    pub line: u32,
    pub timestamp: String,
    pub host: String,
    pub properties: Vec<(String, String)>,
    pub reports: Vec<Report>,
    pub output: String,
}

/// An open `testsuite`.
#[derive(Clone, Debug, Default)]
struct Suite {
    name: String,
    timestamp: String,
    host: String,
    properties: Vec<(String, String)>,
}

/// Properties kept per suite: some runners print the whole environment.
const PROPERTIES_KEPT: usize = 40;

/// Open suites at most: deeper nesting is damage.
const DEEPEST: usize = 64;

/// Output kept per test, in bytes: its end, where the failure is.
const OUTPUT_KEPT: usize = 4096;

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(whole) = whole_text(input, sink) else { return };
    let (text, removed) = clean::allowed(&whole);
    if removed > 0 {
        sink(remark(0, "", "", format!("{removed} characters that XML 1.0 forbids were taken out before reading")));
    }
    let mut state = State { path: input.path, setup, suites: Vec::new(), case: None, collecting: None, kept: record::Kept::default() };
    let mut from = 0;
    while from < text.len() {
        match walk(&text, from, &mut state, sink) {
            None => break,
            Some((at, why)) => {
                sink(skipped(clean::line_at(&text, at), &state.place(), "", &why, "well-formed XML", "repair the file at that line"));
                state.case = None;
                from = text[at..].find("<testcase").map_or(text.len(), |next| at + next.max(1));
            }
        }
    }
    if let Some(case) = state.case.take() {
        sink(skipped(case.line, &case.name, "testcase", "the end of the file", "</testcase>", "export the report again: it is cut"));
    }
    state.kept.emit_all(input.path, input.folders, sink);
}

/// Where the walk stands.
struct State<'a> {
    path: &'a str,
    setup: &'a ReadSetup,
    suites: Vec<Suite>,
    case: Option<Case>,
    /// Element whose text is being collected, and the text.
    collecting: Option<(Collect, String)>,
    kept: record::Kept,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Collect {
    Report,
    Output,
}

impl State<'_> {
    fn place(&self) -> String {
        self.case.as_ref().map_or_else(|| self.suites.last().map(|s| s.name.clone()).unwrap_or_default(), |case| case.name.clone())
    }
}

/// Walks the events from a byte on; gives place and fault where the XML breaks.
fn walk(text: &str, from: usize, state: &mut State<'_>, sink: &mut dyn FnMut(Item)) -> Option<(usize, String)> {
    let mut reader = Reader::from_str(&text[from..]);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut lines = clean::Lines::new(text, from);
    loop {
        let at = from + reader.buffer_position() as usize;
        match reader.read_event() {
            Err(error) => return Some((at.min(text.len().saturating_sub(1)), error.to_string())),
            Ok(Event::Eof) => return None,
            Ok(Event::Start(tag)) => start(&tag, lines.at(at), state),
            Ok(Event::Empty(tag)) => {
                start(&tag, lines.at(at), state);
                end(tag.local_name().as_ref(), state, sink);
            }
            Ok(Event::End(tag)) => end(tag.local_name().as_ref(), state, sink),
            Ok(Event::Text(part)) => state.collect(&part),
            Ok(Event::CData(part)) => state.collect(&part),
            Ok(Event::GeneralRef(name)) => state.collect(&clean::reference(&name)),
            Ok(_) => {}
        }
    }
}

impl State<'_> {
    /// Keeps a test that says something; passing tests and tests muted without a ticket are filtered.
    fn finish(&mut self, case: Case, sink: &mut dyn FnMut(Item)) {
        let at = Place { line: case.line, record: crate::entry::excerpt(&case.name) };
        if case.name.is_empty() && case.class.is_empty() {
            return sink(skipped(case.line, "", "name", "nothing", "a test case with a name", "check the reporter of the test runner"));
        }
        let muted_only = case.reports.iter().all(|report| report.outcome == Outcome::Skipped);
        match case.reports.is_empty() {
            true => sink(Item::Filtered { at, reason: "a test that passed" }),
            false if muted_only && !case.reports.iter().any(record::names_ticket) => {
                sink(Item::Filtered { at, reason: "a skipped test that names no ticket" });
            }
            false => self.kept.take(&case, self.path, self.setup, sink),
        }
    }

    fn collect(&mut self, part: &str) {
        if let Some((_, text)) = &mut self.collecting {
            text.push_str(part);
        }
    }
}

fn start(tag: &BytesStart<'_>, line: u32, state: &mut State<'_>) {
    let name = tag.local_name();
    match name.as_ref() {
        "testsuite" if state.suites.len() < DEEPEST => {
            state.suites.push(Suite {
                name: value(tag, "name"),
                timestamp: value(tag, "timestamp"),
                host: value(tag, "hostname"),
                properties: Vec::new(),
            });
        }
        "property" => {
            let pair = (value(tag, "name"), value(tag, "value"));
            let list = state.case.as_mut().map(|case| &mut case.properties).or_else(|| state.suites.last_mut().map(|suite| &mut suite.properties));
            if let Some(list) = list.filter(|list| list.len() < PROPERTIES_KEPT && !pair.0.is_empty()) {
                list.push(pair);
            }
        }
        "testcase" => state.case = Some(open_case(tag, line, &state.suites)),
        "system-out" | "system-err" => state.collecting = Some((Collect::Output, String::new())),
        "stackTrace" => state.collect("\n"),
        other => open_report(tag, other, state),
    }
}

fn open_report(tag: &BytesStart<'_>, name: &str, state: &mut State<'_>) {
    let row = OUTCOMES.iter().find(|(element, _)| *element == name);
    if let (Some((_, outcome)), Some(case)) = (row, &mut state.case) {
        case.reports.push(Report { outcome: *outcome, kind: value(tag, "type"), message: value(tag, "message"), text: String::new() });
        state.collecting = Some((Collect::Report, String::new()));
    }
}

fn open_case(tag: &BytesStart<'_>, line: u32, suites: &[Suite]) -> Case {
    let suite = suites.iter().rev().map(|s| s.name.as_str()).find(|name| !name.is_empty()).unwrap_or_default();
    let first = |pick: fn(&Suite) -> &String| suites.iter().rev().map(pick).find(|text| !text.is_empty()).cloned().unwrap_or_default();
    let own = value(tag, "timestamp");
    Case {
        suite: suite.to_owned(),
        class: value(tag, "classname"),
        name: value(tag, "name"),
        file: value(tag, "file"),
        line,
        timestamp: if own.is_empty() { first(|s| &s.timestamp) } else { own },
        host: first(|s| &s.host),
        properties: suites.iter().flat_map(|s| s.properties.clone()).collect(),
        reports: Vec::new(),
        output: String::new(),
    }
}

fn end(name: &str, state: &mut State<'_>, sink: &mut dyn FnMut(Item)) {
    match name {
        "testsuite" => drop(state.suites.pop()),
        "testcase" => {
            if let Some(case) = state.case.take() {
                state.finish(case, sink);
            }
        }
        "system-out" | "system-err" => {
            if let (Some((Collect::Output, text)), Some(case)) = (state.collecting.take(), &mut state.case) {
                case.output = clean::tail(&text, OUTPUT_KEPT).to_owned();
            }
        }
        other if OUTCOMES.iter().any(|(element, _)| *element == other) => {
            let report = state.case.as_mut().and_then(|case| case.reports.last_mut());
            if let (Some((Collect::Report, text)), Some(report)) = (state.collecting.take(), report) {
                report.text = text;
            }
        }
        _ => {}
    }
}

/// The value of an attribute; empty where it is missing.
fn value(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.attributes().with_checks(false).flatten().find(|attribute| attribute.key.local_name().as_ref() == name);
    found.map(|attribute| clean::unescape(&attribute.value)).unwrap_or_default()
}
