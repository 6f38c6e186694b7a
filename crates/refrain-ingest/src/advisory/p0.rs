//! Root-cause pages of 0-day flaws: Markdown with bold labels whose values run to the next label or heading.

use refrain_record::{Kind, Known, LinkKind, Record, Role, Severity, Status};

use super::shared::{add_markdown, published};
use crate::entry::{addresses, begin, cves, emit, excerpt, field, link, remark, section, skipped, system_for, whole_text};
use crate::headings::{self, plain_words};
use crate::prose::{self, Reading};
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};
use crate::text;
use refrain_record::Moment;

/// One page a file.
///
/// The line "Bug class" is a kind; it stays readable in the section `bug-class`.
pub const ROW: SourceRow = SourceRow {
    name: "p0",
    title: "0-day root-cause page",
    system: "P0",
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
        Fills::Detected,
        Fills::Links,
        Fills::Kinds,
        Fills::Versions,
    ],
    export: "git clone https://github.com/googleprojectzero/0days-in-the-wild",
};

/// What becomes of a label's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Take {
    /// A section of this role and name.
    Text(Role, &'static str),
    /// The addresses in it are links of this kind; the text is a field of this name.
    Links(LinkKind, &'static str),
    /// A field of this name.
    Field(&'static str),
    /// The kind, and a section `bug-class`.
    Class,
    Product,
    Date,
    Versions,
    /// It names people, or only asks for a file.
    Drop,
}

/// Labels by the words they begin with, in words as headings are compared. The longest that agrees counts.
const LABELS: &[(&str, Take)] = &[
    ("disclosure or patch date", Take::Date),
    ("disclosure date", Take::Date),
    ("patch date", Take::Date),
    ("product", Take::Product),
    ("advisory", Take::Links(LinkKind::Url, "advisory")),
    ("affected versions", Take::Versions),
    ("first patched version", Take::Field("fixed-in")),
    ("issue bug report", Take::Links(LinkKind::Url, "issue")),
    ("patch cl", Take::Links(LinkKind::Url, "patch")),
    ("bug introducing cl", Take::Links(LinkKind::IntroducedBy, "introduced-in")),
    ("reporter", Take::Drop),
    ("proof of concept", Take::Text(Role::Other, "proof-of-concept")),
    ("exploit sample", Take::Drop),
    ("did you have access", Take::Drop),
    ("access to the exploit sample", Take::Drop),
    ("bug class", Take::Class),
    ("vulnerability details", Take::Text(Role::Cause, "vulnerability-details")),
    ("patch analysis", Take::Text(Role::Fix, "patch-analysis")),
    ("thoughts on how this vuln", Take::Text(Role::Detection, "how-it-might-have-been-found")),
    ("context of bug", Take::Text(Role::Description, "context")),
    ("exploit strategy", Take::Text(Role::Impact, "exploit-strategy")),
    ("exploit flow", Take::Text(Role::Impact, "exploit-flow")),
    ("exploit method", Take::Text(Role::Impact, "exploit-method")),
    ("known cases of the same exploit flow", Take::Text(Role::Other, "known-cases")),
    ("part of an exploit chain", Take::Field("exploit-chain")),
    ("is the exploit method known", Take::Field("exploit-method-known")),
    ("areas approach for variant analysis", Take::Text(Role::Actions, "variant-analysis")),
    ("found variants", Take::Text(Role::Other, "found-variants")),
    ("ideas to kill the bug class", Take::Text(Role::Actions, "kill-the-bug-class")),
    ("ideas to mitigate the exploit flow", Take::Text(Role::Actions, "mitigate-the-exploit-flow")),
    ("other potential improvements", Take::Text(Role::Actions, "other-improvements")),
];

/// Headings whose text counts without a label.
const HEADINGS: &[(&str, Take)] = &[
    ("0 day detection methods", Take::Text(Role::Detection, "detection-methods")),
    ("structural improvements", Take::Text(Role::Actions, "structural-improvements")),
    ("other references", Take::Links(LinkKind::Url, "references")),
    ("the vulnerability", Take::Text(Role::Other, "vulnerability")),
    ("the exploit", Take::Text(Role::Impact, "exploit")),
];

/// Beginnings of paragraphs that belong to the template, not to the flaw.
const TEMPLATE: &[&str] = &["What are structural improvements such as", "What are potential detection methods", "(The terms *exploit primitive*"];

/// Values that say nothing.
const EMPTY: &[&str] = &["", "n/a", "na", "none", "unknown", "tbd", "todo", "??", "?", "-", "no", "none."];

/// Vendors by the words that products begin with or hold; the first row that agrees counts.
const VENDORS: &[(&str, &str)] = &[
    ("samsung", "Samsung"),
    ("qualcomm", "Qualcomm"),
    ("arm mali", "Arm"),
    ("arm ", "Arm"),
    ("microsoft", "Microsoft"),
    ("windows", "Microsoft"),
    ("internet explorer", "Microsoft"),
    ("apple", "Apple"),
    ("ios", "Apple"),
    ("webkit", "Apple"),
    ("mozilla", "Mozilla"),
    ("firefox", "Mozilla"),
    ("adobe", "Adobe"),
    ("rarlab", "RARLAB"),
    ("google", "Google"),
    ("android", "Google"),
    ("chrome", "Google"),
    ("chromium", "Google"),
    ("webrtc", "Google"),
    ("linux", "Linux"),
];

fn sniff(head: &Head<'_>) -> Option<Hint> {
    let has = |label: &str| head.text.contains(label);
    let labels = ["**Bug class:**", "**Vulnerability details:**", "**Patch analysis:**", "**Bug-Introducing CL:**", "**Patch CL:**"];
    let seen = labels.iter().filter(|label| has(label)).count();
    (seen >= 3).then(|| Hint { strength: 92, reason: format!("{seen} of the bold labels of a root-cause page") })
}

fn read(input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let Some(whole) = whole_text(input, sink) else { return };
    let title = headings::outline(&whole).iter().find(|p| p.level == 1).map(|p| p.heading.to_owned()).unwrap_or_default();
    let stem = input.path.rsplit('/').next().unwrap_or_default();
    let Some(id) = cves(stem).into_iter().chain(cves(&title)).next() else {
        return sink(skipped(1, stem, "title", &title, "a CVE id in the name of the file or in the title", "name the file by its CVE id"));
    };
    let mut record = match begin(system_for(ROW.system, input.path, setup), &id, Kind::Advisory, &plain_title(&title), 1) {
        Ok(record) => record,
        Err(item) => return sink(item),
    };
    for id in cves(stem).into_iter().chain(cves(&title)) {
        link(&mut record, LinkKind::Alias, &id, "title");
    }
    record.actual_stage = Known::derived("production-customer".to_owned(), "exploited-is-in-production");
    if let Some(high) = Severity::new(2) {
        record.severity = Known::derived(high, "exploited-is-at-least-high");
    }
    for (what, line, value) in values(&whole) {
        take(&mut record, what, &value, line, sink);
    }
    emit(record, ROW.name, input.path, 1, sink);
}

/// The title without the CVE id before the colon.
fn plain_title(title: &str) -> String {
    let plain = text::plain_from_markdown(title);
    match plain.split_once(':') {
        Some((before, after)) if before.contains("CVE-") && !after.trim().is_empty() => after.trim().to_owned(),
        _ => plain.trim().to_owned(),
    }
}

/// Label or heading, its line, and the text up to the next one.
fn values(whole: &str) -> Vec<(Take, u32, String)> {
    let mut out: Vec<(Take, u32, String)> = Vec::new();
    let mut open = false;
    let mut fenced = false;
    for (number, line) in whole.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let start = if fenced { None } else { label(line).or_else(|| heading(line)) };
        match start {
            Some((Some(what), rest)) => {
                out.push((what, number as u32 + 1, rest.trim().to_owned()));
                open = true;
            }
            Some((None, _)) => open = false,
            None if open => append(&mut out, line),
            None => {}
        }
    }
    out
}

fn append(out: &mut [(Take, u32, String)], line: &str) {
    if TEMPLATE.iter().any(|help| line.trim_start().starts_with(help)) {
        return;
    }
    if let Some((.., value)) = out.last_mut() {
        value.push('\n');
        value.push_str(line);
    }
}

/// A known bold label at the start of a line, with the rest of the line. Unknown labels are part of the value they stand in.
fn label(line: &str) -> Option<(Option<Take>, &str)> {
    let inner = line.strip_prefix("**")?;
    let (words, rest) = inner.split_once("**")?;
    let rest = rest.trim_start_matches([':', ')']);
    let words = plain_words(&words.replace(['_', '/'], " "));
    let row = LABELS.iter().filter(|(name, _)| words.starts_with(name)).max_by_key(|(name, _)| name.len())?;
    Some((Some(row.1), rest.trim_start_matches(['*', '_'])))
}

/// A heading of level 1 to 3: known ones begin a value of their own, the others end what is open.
fn heading(line: &str) -> Option<(Option<Take>, &str)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    if !(1..=3).contains(&level) || !line[level..].starts_with(' ') {
        return None;
    }
    let words: String = line.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Some((HEADINGS.iter().find(|(name, _)| *name == words).map(|(_, what)| *what), ""))
}

fn says_nothing(value: &str) -> bool {
    EMPTY.contains(&value.trim().to_lowercase().as_str())
}

fn take(record: &mut Record, what: Take, value: &str, line: u32, sink: &mut dyn FnMut(Item)) {
    if says_nothing(value) {
        return;
    }
    match what {
        Take::Text(role, name) => add_markdown(record, role, name, value),
        Take::Links(kind, name) => links(record, kind, name, value),
        Take::Field(name) => field(record, name, &text::plain_from_markdown(value)),
        Take::Class => class(record, value),
        Take::Product => product(record, value),
        Take::Date => date(record, value, line, sink),
        Take::Versions => {
            let plain = text::plain_from_markdown(value);
            record.versions.extend(plain.lines().map(|l| l.trim_start_matches(['-', '*', ' ']).chars().take(200).collect()));
        }
        Take::Drop => {}
    }
}

fn links(record: &mut Record, kind: LinkKind, name: &'static str, value: &str) {
    for address in addresses(value) {
        link(record, kind, address, name);
        record.url = record.url.take().or_else(|| (name == "advisory").then(|| address.to_owned()));
    }
    match name {
        "patch" => record.status = Status::Resolved,
        "references" => {}
        _ => field(record, name, value),
    }
}

fn class(record: &mut Record, value: &str) {
    let plain = text::plain_from_markdown(value).trim().to_owned();
    record.kinds.push(plain.lines().next().unwrap_or_default().chars().take(200).collect());
    section(record, Role::Other, "bug-class", &plain);
}

fn product(record: &mut Record, value: &str) {
    let plain = text::plain_from_markdown(value).trim().lines().next().unwrap_or_default().to_owned();
    let lower = format!("{} ", plain.to_lowercase());
    let starts = VENDORS.iter().filter_map(|(word, vendor)| lower.find(word).map(|at| (at, *vendor)));
    if let Some((_, vendor)) = starts.min_by_key(|(at, _)| *at) {
        record.team = Known::derived(vendor.to_owned(), "vendor-of-product");
    }
    record.service = Known::stated(plain.clone(), "Product");
    record.components.push(plain);
}

fn date(record: &mut Record, value: &str, line: u32, sink: &mut dyn FnMut(Item)) {
    let found = prose::first_date(value, Reading::default()).and_then(|f| Moment::day(f.date.year(), f.date.month(), f.date.day()));
    if found.is_none() {
        sink(remark(line, record.key.id(), "Disclosure or Patch Date", format!("found `{}`, expected a date; left absent", excerpt(value.trim()))));
    }
    published(record, found, "Disclosure-or-Patch-Date");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_agree_with_themselves() {
        for (words, _) in LABELS {
            let line = format!("**{words}:** value");
            assert_eq!(label(&line).map(|(_, rest)| rest), Some(" value"), "{words}");
        }
        assert!(label("**Note:** this is part of the value").is_none());
    }

    #[test]
    fn vendors_of_products() {
        let rows = [
            ("Google Chrome for Android", "Google"),
            ("Samsung Android", "Samsung"),
            ("Windows 10, Windows Server", "Microsoft"),
            ("ARM Mali GPU Driver", "Arm"),
        ];
        for (name, vendor) in rows {
            let mut record = Record::new("P0:CVE-2024-0001".parse().unwrap(), Kind::Advisory, "t");
            product(&mut record, name);
            assert_eq!(record.team.value().map(String::as_str), Some(vendor), "{name}");
        }
    }
}
