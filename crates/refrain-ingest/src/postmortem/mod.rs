//! Written reviews of incidents: Markdown without a fixed template, by headings in their many wordings.

mod costs;
mod identity;
mod labels;
mod timeline;

use refrain_record::{Kind, Known, Link, LinkKind, Moment, Precision, Record, Role, Severity, Status};

use crate::entry::{addresses, begin, emit, field, link, remark, section, system_for, whole_text};
use crate::headings::{self, Part};
use crate::prose::{self, Reading};
use crate::source::{Fills, Head, Hint, Input, Item, Place, ReadSetup, SourceRow};
use crate::text;

pub(crate) use identity::{team_of_reports, tickets};

/// One or several incidents a file; an extension is not needed.
pub const ROW: SourceRow = SourceRow {
    name: "post-mortem",
    title: "Post-mortem Markdown",
    system: "PM",
    sniff,
    read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Cause,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Stage,
        Fills::Introduced,
        Fills::Detected,
        Fills::Resolved,
        Fills::Cost,
        Fills::Links,
        Fills::Labels,
    ],
    export: "a folder or repository of Markdown files; from a wiki or a document: download as Markdown",
};

/// Words in a path that say that a file reviews an incident.
const PATH_WORDS: &[&str] = &["postmortem", "post-mortem", "post_mortem", "incident", "outage", "retrospective", "rca"];

/// Names of files that speak of a folder, not of an incident, whatever headings they have.
const GENERAL: &[&str] = &["changelog", "contributing", "license", "security", "code_of_conduct", "template", "index"];

fn sniff(head: &Head<'_>) -> Option<Hint> {
    let name = head.path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    let prose = extension.as_deref().is_none_or(|e| matches!(e, "md" | "markdown" | "mdown" | "txt") || e.contains(' '));
    let text = head.text.trim_start();
    if !prose || text.starts_with(['{', '[', '<']) && !text.starts_with("[!") && !text.starts_with("<!--") {
        return None;
    }
    let roles: Vec<Role> = headings::outline(head.text).iter().filter_map(|part| headings::role_of(part.heading)).collect();
    let about = GENERAL.contains(&name.split('.').next().unwrap_or_default().to_lowercase().as_str());
    let telling = roles.iter().any(|role| matches!(role, Role::Cause | Role::Timeline));
    let named = PATH_WORDS.iter().any(|word| head.path.to_lowercase().contains(word)) || identity::number(name).is_some();
    let strength = match (roles.len(), telling && !about, named || identity::dated(name)) {
        (2.., true, true) => 75,
        (2.., true, false) => 55,
        (1, true, true) if !name.to_lowercase().starts_with("readme") => 50,
        (2.., false, true) if !about => 50,
        _ if identity::dated(name) && says_so(head.text) => 40,
        (1.., ..) => 10,
        _ => return None,
    };
    Some(Hint {
        strength,
        reason: format!("{} headings of a post-mortem, cause or timeline {}", roles.len(), if telling { "among them" } else { "not among them" }),
    })
}

/// Whether a text calls itself a post-mortem: some are letters without any heading.
fn says_so(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["post-mortem", "postmortem", "post mortem"].iter().any(|word| lower.contains(word))
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(whole) = whole_text(input, sink) else { return };
    let (front, body) = labels::front_matter(&whole);
    let skipped_lines = whole[..whole.len() - body.len()].lines().count() as u32;
    let incidents = identity::incidents(headings::outline(body));
    let several = incidents.len() > 1;
    for parts in incidents {
        let line = parts.first().map_or(1, |part| part.line) + skipped_lines;
        let document = Document { path: input.path, folders: input.folders, setup, front: &front, line, several };
        document.read(&parts, sink);
    }
}

/// One incident of a file, and what is known of it beside its text.
struct Document<'a> {
    path: &'a str,
    folders: &'a [String],
    setup: &'a ReadSetup,
    front: &'a [labels::Label],
    line: u32,
    several: bool,
}

impl Document<'_> {
    fn read(&self, parts: &[Part<'_>], sink: &mut dyn FnMut(Item)) {
        let title = identity::title(parts, self.front, self.path);
        let part = parts.first().map(|part| part.heading).filter(|_| self.several);
        let id = identity::id(self.path, self.folders, &title, part);
        let mut record = match begin(system_for(ROW.system, self.path, self.setup), &id, Kind::PostMortem, &title, self.line) {
            Ok(record) => record,
            Err(item) => return sink(item),
        };
        let mut labels = self.front.to_vec();
        labels.extend(add_parts(&mut record, parts));
        if record.sections.len() < 2 {
            let at = Place { line: self.line, record: id };
            return sink(Item::Filtered { at, reason: "a template: no heading has text of its own" });
        }
        self.owner(&mut record);
        stated(&mut record, &labels, sink);
        self.times(&mut record, parts, sink);
        record.costs = costs::of(&record, &labels);
        links(&mut record);
        emit(record, ROW.name, self.path, self.line, sink);
    }

    fn owner(&self, record: &mut Record) {
        if let Some(team) = identity::team(self.path, self.folders) {
            record.team = Known::derived(team, "folder-is-team");
        }
    }

    /// Moments from the rows of the timeline; where it has none, from the name, then from the first date in the text.
    fn times(&self, record: &mut Record, parts: &[Part<'_>], sink: &mut dyn FnMut(Item)) {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let heading = parts.first().map_or("", |part| part.heading);
        let name_day = day(name).or_else(|| day(heading)).or_else(|| day(record.title()));
        let head = parts.iter().find(|part| headings::role_of(part.heading) == Some(Role::Timeline)).map_or("", |part| part.heading);
        let year = name_day.map(|day| day.date().year()).or_else(|| identity::year(self.path)).or_else(|| first_year(record));
        let clock = timeline::Clock::new(record, head, name_day, year, self.setup);
        let rows: Vec<timeline::Row> = record.of_role(Role::Timeline).flat_map(|section| clock.rows(section)).collect();
        let told = timeline::told(&rows);
        record.introduced = told.introduced;
        record.detected = told.detected;
        record.resolved = told.resolved;
        for text in told.remarks {
            sink(remark(self.line, record.key.id(), "timeline", text));
        }
        if let Some(day) = name_day {
            record.created = Known::derived(day, "date-in-name");
        }
        if record.detected.is_absent() {
            record.detected = fallback(record, &rows, name_day, Reading { month_first: self.setup.month_first, year });
        }
        let (stage, rule) = timeline::stage(record, told.detected_by.as_deref());
        record.actual_stage = Known::derived(stage.to_owned(), rule);
        let over = !record.resolved.is_absent() || record.of_role(Role::Fix).next().is_some();
        record.status = if over { Status::Resolved } else { Status::Unknown };
    }
}

/// A day in a file name or title (`2021-10-31-DustStorm.md`).
fn day(name: &str) -> Option<Moment> {
    let found = prose::first_date(&name.replace('_', " "), Reading::default()).filter(|f| f.day)?;
    Moment::day(found.date.year(), found.date.month(), found.date.day())
}

fn first_year(record: &Record) -> Option<i16> {
    record.sections.iter().find_map(|section| prose::first_date(&section.text, Reading::default())).map(|found| found.date.year())
}

/// Where no row tells of the detection: the first row, the name, the first date in the text, the year of the review's number.
fn fallback(record: &Record, rows: &[timeline::Row], name: Option<Moment>, reading: Reading) -> Known<Moment> {
    if let Some(first) = rows.first() {
        return Known::derived(first.moment, "first-timeline-row");
    }
    if let Some(day) = name {
        return Known::derived(day, "date-in-name");
    }
    let found = record.sections.iter().find_map(|section| prose::first_date(&section.text, reading));
    let moment = found
        .and_then(|f| Moment::day(f.date.year(), f.date.month(), f.date.day()).map(|m| if f.day { m } else { m.with_precision(Precision::Month) }));
    if let Some(moment) = moment {
        return Known::derived(moment, "first-date-in-text");
    }
    let year = reading.year.and_then(|year| Moment::day(year, 1, 1)).map(|first| first.with_precision(Precision::Year));
    year.map_or(Known::Absent, |year| Known::derived(year, "year-in-name"))
}

/// Text below headings, by role, and the labels in it. A part below a known heading stays with it unless it has a role of its own.
fn add_parts(record: &mut Record, parts: &[Part<'_>]) -> Vec<labels::Label> {
    let mut labels = Vec::new();
    let mut open: Option<(u8, Role, String, String)> = None;
    let mut dropped_below: Option<u8> = None;
    for part in parts {
        dropped_below = dropped_below.filter(|level| part.level > *level);
        if dropped_below.is_some() || headings::is_people(part.heading) {
            dropped_below = dropped_below.or(Some(part.level));
            continue;
        }
        let own = headings::role_of(part.heading).filter(|_| part.level > 0);
        match &mut open {
            Some((level, role, _, body)) if part.level > *level && own.is_none_or(|own| own == *role) => {
                body.push_str(part.heading);
                body.push_str("\n\n");
                body.push_str(part.body);
            }
            _ => {
                labels.extend(close(record, open.take()));
                let role = own.unwrap_or(if part.level <= 1 { Role::Description } else { Role::Other });
                let name = if role == Role::Other { headings::slug(part.heading) } else { role.name().to_owned() };
                open =
                    Some((if part.level == 0 || own.is_none() && part.level == 1 { u8::MAX } else { part.level }, role, name, part.body.to_owned()));
            }
        }
    }
    labels.extend(close(record, open));
    labels
}

fn close(record: &mut Record, open: Option<(u8, Role, String, String)>) -> Vec<labels::Label> {
    let Some((_, role, name, body)) = open else { return Vec::new() };
    if !body.lines().any(says_something) {
        return Vec::new();
    }
    let before = record.sections.len();
    section(record, role, &name, text::plain_from_markdown(&body).trim_matches('\n'));
    record.sections.get(before).map_or_else(Vec::new, |section| labels::of_section(section, &body))
}

/// What templates leave behind: nothing, a placeholder, a line of help in italics or brackets.
fn says_something(line: &str) -> bool {
    let words = line.trim().trim_matches(['-', '*', '|', ' ', ':', '.', '#']).trim();
    let words = ["[ ]", "[x]", "[]"].iter().fold(words, |words, tick| words.strip_prefix(tick).unwrap_or(words)).trim();
    let help = line.trim().len() > 2
        && [("_", "_"), ("<", ">"), ("[", "]"), ("{", "}")]
            .iter()
            .any(|(a, b)| line.trim().starts_with(a) && line.trim().ends_with(b) && !line.contains("]("));
    let italic = line.trim().starts_with('*') && line.trim().ends_with('*') && !line.trim().starts_with("**") && !line.trim().starts_with("* ");
    !(words.is_empty() || help || italic || PLACEHOLDERS.contains(&words.to_lowercase().as_str()))
}

const PLACEHOLDERS: &[&str] =
    &["tbd", "todo", "n/a", "na", "none", "?", "??", "...", "…", "xxx", "to be done", "to be determined", "date range", "lorem ipsum"];

/// What labels state: severity, service, team, category, further fields.
fn stated(record: &mut Record, labels: &[labels::Label], sink: &mut dyn FnMut(Item)) {
    for label in labels {
        match label.name.as_str() {
            "severity" | "sev" | "incident severity" | "priority" | "severity level" => severity(record, label, sink),
            "service" | "services" | "affected service" | "affected services" | "services affected" | "system" if record.service.is_absent() => {
                record.service = Known::stated(label.value.clone(), label.at.clone());
                record.components.push(label.value.clone());
            }
            "team" | "owning team" | "owner team" | "squad" => record.team = Known::stated(label.value.clone(), label.at.clone()),
            "category" | "tags" | "labels" => record.labels.extend(label.value.split(',').map(str::to_owned)),
            "region" | "environment" | "version" => {
                record.environment.insert(label.name.clone(), label.value.clone());
            }
            "status" | "time to detection" | "time to recovery" => field(record, &label.name, &label.value),
            _ => {}
        }
    }
}

/// Severity words of incidents, lower case without blanks, with our level.
const SEVERITIES: &[(&str, u8)] = &[
    ("sev0", 1),
    ("sev1", 1),
    ("sev2", 2),
    ("sev3", 3),
    ("sev4", 4),
    ("sev5", 4),
    ("s0", 1),
    ("s1", 1),
    ("s2", 2),
    ("s3", 3),
    ("s4", 4),
    ("p0", 1),
    ("p1", 1),
    ("p2", 2),
    ("p3", 3),
    ("p4", 4),
    ("p5", 4),
    ("1", 1),
    ("2", 2),
    ("3", 3),
    ("4", 4),
    ("critical", 1),
    ("blocker", 1),
    ("high", 2),
    ("major", 2),
    ("medium", 3),
    ("moderate", 3),
    ("low", 4),
    ("minor", 4),
];

fn severity(record: &mut Record, label: &labels::Label, sink: &mut dyn FnMut(Item)) {
    let first: String =
        label.value.to_lowercase().replace(['-', '_'], "").split(['(', ',', '/', ':', '–']).next().unwrap_or_default().split_whitespace().collect();
    let level = SEVERITIES.iter().find(|(word, _)| *word == first).and_then(|(_, level)| Severity::new(*level));
    sink(Item::Mapped { field: "severity", from: crate::entry::excerpt(&label.value), to: level.map(|level| level.level().to_string()) });
    match level {
        Some(level) if label.name == "priority" => {
            record.severity = std::mem::take(&mut record.severity).or(Known::derived(level, "priority-is-severity"))
        }
        Some(level) => record.severity = Known::stated(level, label.at.clone()),
        None => {}
    }
}

/// Other reviews named anywhere, tickets and addresses in the actions.
fn links(record: &mut Record) {
    let mut found: Vec<Link> = Vec::new();
    for section in record.sections.iter().filter(|s| s.role != Role::Title) {
        for (id, line) in identity::numbers_in(&section.text) {
            if id != record.key.id() {
                found.push(Link { kind: LinkKind::Related, target: format!("{}:{id}", record.key.system()), at: format!("{}:{line}", section.name) });
            }
        }
        if matches!(section.role, Role::Actions | Role::Fix) {
            let tickets = identity::tickets(&section.text).into_iter().filter(|id| identity::number(id).is_none());
            found.extend(tickets.map(|id| Link { kind: LinkKind::Related, target: id.to_owned(), at: section.name.clone() }));
        }
    }
    let urls: Vec<(String, String)> =
        record.sections.iter().flat_map(|s| addresses(&s.text).into_iter().map(|a| (a.to_owned(), s.name.clone())).collect::<Vec<_>>()).collect();
    for (address, at) in urls {
        link(record, LinkKind::Url, &address, &at);
    }
    record.links.extend(found);
}
