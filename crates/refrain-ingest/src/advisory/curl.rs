//! Advisories in the manner of curl: Markdown with underlined headings in capitals, one flaw a file.

use jiff::civil::Date;
use refrain_record::{Kind, Known, LinkKind, Moment, Record, Role, Status};

use super::shared::{add_markdown, found_after_release, set_severity_word};
use crate::entry::{addresses, begin, cves, emit, field, link, skipped, system_for, whole_text};
use crate::headings::{self, plain_words};
use crate::prose::{self, Reading};
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};
use crate::text;

/// One advisory a file. The table beside it (`vuln.csv`) is read through a mapping, under the same keys.
///
/// The lines `CWE-…` and `Severity:` are taken out of the text: they are kinds and severity.
pub const ROW: SourceRow = SourceRow {
    name: "curl-advisory",
    title: "Advisory in the manner of curl",
    system: "CURL",
    sniff,
    read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Team,
        Fills::Severity,
        Fills::Stage,
        Fills::Detected,
        Fills::Resolved,
        Fills::Links,
        Fills::Kinds,
        Fills::Versions,
    ],
    export: "git clone https://github.com/curl/curl-www (docs/CVE-*.md)",
};

/// Sections by heading, in words as headings are compared. `None` leaves it out: it names people.
const SECTIONS: &[(&str, Option<(Role, &str)>)] = &[
    ("vulnerability", Some((Role::Description, "vulnerability"))),
    ("info", Some((Role::Other, "info"))),
    ("affected versions", Some((Role::Environment, "affected-versions"))),
    ("solution", Some((Role::Fix, "solution"))),
    ("the solution", Some((Role::Fix, "solution"))),
    ("recommendations", Some((Role::Fix, "recommendations"))),
    ("timeline", Some((Role::Timeline, "timeline"))),
    ("update", Some((Role::Comment, "update"))),
    ("retracted", Some((Role::Comment, "retracted"))),
    ("rejection denied", Some((Role::Comment, "rejection-denied"))),
    ("credits", None),
];

fn sniff(head: &Head<'_>) -> Option<Hint> {
    let capitals = ["VULNERABILITY\n---", "AFFECTED VERSIONS\n---", "SOLUTION\n---", "TIMELINE\n---", "INFO\n---"];
    let text = head.text.replace("\r\n", "\n");
    let seen = capitals.iter().filter(|heading| text.contains(*heading)).count();
    (seen >= 3).then(|| Hint { strength: 90, reason: format!("{seen} underlined headings in capitals, as in curl's advisories") })
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(whole) = whole_text(input, sink) else { return };
    let parts = headings::outline(&whole);
    let title = parts.iter().find(|part| part.level == 1).map(|part| part.heading).unwrap_or_default();
    let stem = input.path.rsplit('/').next().unwrap_or_default();
    let Some(id) = cves(stem).into_iter().chain(cves(&whole)).next() else {
        return sink(skipped(1, stem, "", title, "a CVE id in the name of the file or in the text", "name the file by its CVE id"));
    };
    let mut record = match begin(system_for(ROW.system, input.path, setup), &id, Kind::Advisory, &text::plain_from_markdown(title), 1) {
        Ok(record) => record,
        Err(item) => return sink(item),
    };
    link(&mut record, LinkKind::Alias, &id, "name");
    let intro = parts.iter().find(|part| part.level == 1).map(|part| part.body).unwrap_or_default();
    introduction(&mut record, intro);
    for part in parts.iter().filter(|part| part.level != 1) {
        section(&mut record, part.heading, part.body, sink);
    }
    found_after_release(&mut record);
    timeline(&mut record);
    emit(record, ROW.name, input.path, 1, sink);
}

/// `Project curl Security Advisory, May 16 2018` and the address of the page. A "dismissal" is no flaw, nor is one that was retracted.
fn introduction(record: &mut Record, intro: &str) {
    let first = intro.lines().find(|line| line.starts_with("Project ")).unwrap_or_default();
    if let Some(project) = first.split_whitespace().nth(1) {
        record.project = Some(project.to_owned());
        record.team = Known::derived(project.to_owned(), "project-is-team");
    }
    record.withdrawn = first.contains("Dismissal") || intro.to_lowercase().contains("retracted");
    if let Some(day) = day_in(first) {
        record.created = Known::stated(day, "header");
    }
    record.url = addresses(intro).first().map(|address| (*address).to_owned());
}

fn day_in(text: &str) -> Option<Moment> {
    let found = prose::first_date(text, Reading::default())?;
    let day = Moment::day(found.date.year(), found.date.month(), found.date.day())?;
    Some(if found.day { day } else { day.with_precision(refrain_record::Precision::Month) })
}

fn section(record: &mut Record, heading: &str, body: &str, sink: &mut dyn FnMut(Item)) {
    let words = plain_words(heading);
    let row = SECTIONS.iter().find(|(name, _)| *name == words).map(|(_, row)| *row);
    let slug = headings::slug(heading);
    let Some((role, name)) = row.unwrap_or(Some((Role::Other, slug.as_str()))) else { return };
    let mut kept = Vec::new();
    for line in body.lines() {
        if !labelled(record, line, sink) {
            kept.push(line);
        }
    }
    if name == "update" && body.contains("no longer consider") || matches!(name, "retracted" | "rejection-denied") {
        record.withdrawn = true;
    }
    add_markdown(record, role, name, &kept.join("\n"));
}

/// Takes what a line states: class, severity, commits, versions. Whether the line is then left out of the text.
fn labelled(record: &mut Record, line: &str, sink: &mut dyn FnMut(Item)) -> bool {
    let plain = line.trim().trim_start_matches("- ");
    if let Some(cwe) = cwe(plain) {
        record.kinds.push(cwe);
        return true;
    }
    let Some((name, value)) = plain.split_once(':') else { return false };
    let value = value.trim();
    match name {
        "Severity" => set_severity_word(record, value.split_whitespace().next().unwrap_or_default(), "Severity", sink),
        "Introduced-in" => commits(record, LinkKind::IntroducedBy, "introduced-in", value),
        "Fixed-in" => {
            commits(record, LinkKind::Url, "fixed-in", value);
            record.status = Status::Resolved;
        }
        "Affected versions" | "Affected version" => record.versions.extend(versions(value)),
        _ => {}
    }
    name == "Severity"
}

/// The id of a line such as `CWE-122: Heap-based Buffer Overflow`.
fn cwe(line: &str) -> Option<String> {
    let digits = line.strip_prefix("CWE-")?.bytes().take_while(u8::is_ascii_digit).count();
    let id = line.get(..4 + digits).filter(|_| digits > 0)?;
    let rest = &line[id.len()..];
    (rest.is_empty() || rest.starts_with(':')).then(|| id.to_owned())
}

fn commits(record: &mut Record, kind: LinkKind, name: &str, value: &str) {
    for address in addresses(value) {
        link(record, kind, address, name);
    }
    field(record, name, value);
}

/// First and last version of `curl 7.20.0 to and including curl 7.59.0`.
fn versions(value: &str) -> Vec<String> {
    let numbers = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    value.split_whitespace().map(|word| word.trim_matches(['(', ')', ','])).filter(numbers).map(str::to_owned).collect()
}

/// Words that say when the project learnt of a flaw, and when its fix was out.
const LEARNT: &[&str] = &["reported", "notified", "discovered", "got aware", "received", "contacted us", "learned", "figured out", "found"];
const OUT: &[&str] = &["released", "was published"];

/// The first sentence with a date that says that the flaw was reported gives the detection, the last that says that a version was
/// released the resolution. Where nothing says so, the day of the advisory is the day of the fix.
fn timeline(record: &mut Record) {
    let text = record.section("timeline").map(|s| s.text.clone()).unwrap_or_default();
    let days = sentences(&text, record.created.value().map(|day| day.date()));
    let says = |words: &[&str], sentence: &str| words.iter().any(|word| sentence.contains(word));
    if let Some((line, _, day)) = days.iter().find(|(_, sentence, _)| says(LEARNT, sentence)) {
        record.detected = Known::stated(*day, format!("timeline:{line}"));
    }
    let created = record.created.value().copied();
    let out = days.iter().rev().find(|(_, sentence, _)| says(OUT, sentence));
    record.resolved = match (out, created) {
        (Some((line, _, day)), _) => Known::stated(*day, format!("timeline:{line}")),
        (None, Some(day)) => Known::derived(day, "announced-with-its-fix"),
        _ => Known::Absent,
    };
    if let (true, Some(day)) = (record.detected.is_absent(), created) {
        record.detected = Known::derived(day, "published-is-detected");
    }
}

/// Sentences that hold a date, lower case, with line and day. A line break ends no sentence, an empty line does.
///
/// A day without a year has the year of the date before it, at first that of the advisory, or the year before where it would else
/// lie after the advisory.
fn sentences(text: &str, announced: Option<Date>) -> Vec<(u32, String, Moment)> {
    let mut out = Vec::new();
    let mut year = announced.map(Date::year);
    for (line, paragraph) in paragraphs(text) {
        let mut start = 0;
        for end in ends(&paragraph) {
            let sentence = &paragraph[start..end];
            let reading = Reading { year, month_first: None };
            let found = prose::first_date(sentence, reading);
            let late = found.is_some_and(|f| f.year_given && announced.is_some_and(|day| f.date > day));
            let earlier = Reading { year: year.map(|y| y - 1), month_first: None };
            if let Some(found) = if late { prose::first_date(sentence, earlier) } else { found } {
                year = Some(found.date.year());
                let day = Moment::day(found.date.year(), found.date.month(), found.date.day());
                let day = day.map(|d| if found.day { d } else { d.with_precision(refrain_record::Precision::Month) });
                out.extend(day.map(|day| (line + newlines(&paragraph[..start + found.start]), sentence.to_lowercase(), day)));
            }
            start = end;
        }
    }
    out
}

fn newlines(text: &str) -> u32 {
    text.bytes().filter(|b| *b == b'\n').count() as u32
}

fn paragraphs(text: &str) -> Vec<(u32, String)> {
    let mut out: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        let blank = line.trim().is_empty();
        match out.last_mut() {
            _ if blank => {}
            Some((_, body)) if open => {
                body.push('\n');
                body.push_str(line);
            }
            _ => out.push((number as u32 + 1, line.to_owned())),
        }
        open = !blank;
    }
    out
}

/// Where the sentences of a paragraph end: a full stop before a blank, and the end.
fn ends(paragraph: &str) -> Vec<usize> {
    let mut out: Vec<usize> =
        paragraph.match_indices('.').map(|(at, _)| at + 1).filter(|at| paragraph[*at..].starts_with(char::is_whitespace)).collect();
    out.push(paragraph.len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cwe_lines_only() {
        assert_eq!(cwe("CWE-122: Heap-based Buffer Overflow").as_deref(), Some("CWE-122"));
        assert_eq!(cwe("CWE-305").as_deref(), Some("CWE-305"));
        assert_eq!(cwe("CWE-122 is what it was"), None);
        assert_eq!(cwe("CWE-"), None);
    }

    #[test]
    fn a_day_without_year_takes_the_one_before_and_never_lies_after_the_advisory() {
        let days = sentences(
            "It was reported on December 30. We contacted\ndistros on May 5, 2022.\n\nacme 2.1 was released on May 11.",
            Date::new(2022, 5, 11).ok(),
        );
        let shown: Vec<_> = days.iter().map(|(line, _, day)| format!("{line} {day}")).collect();
        assert_eq!(shown, ["1 2021-12-30", "2 2022-05-05", "4 2022-05-11"]);
    }

    #[test]
    fn first_and_last_version() {
        assert_eq!(versions("from curl 7.14.1 to and including curl 8.19.0"), ["7.14.1", "8.19.0"]);
    }
}
