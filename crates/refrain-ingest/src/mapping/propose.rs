//! A draft of a mapping from the head of a file: each line with its evidence, for a person to edit.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cells::{self, Cells};
use super::spec::{FORMATS, Format};
use crate::entry::data_moment;
use crate::source::Head;
use crate::text::is_person_field;
use crate::yaml;

/// Rows looked at.
const ROWS: usize = 200;

/// What is known of a column.
#[derive(Debug, Default)]
struct Column {
    name: String,
    filled: usize,
    distinct: BTreeMap<String, usize>,
    lengths: Vec<usize>,
    lines: bool,
    dates: usize,
    numbers: usize,
    addresses: usize,
    pattern: Option<&'static str>,
}

/// Patterns of dates that are tried on a column, in the language of `strptime`.
const PATTERNS: &[&str] = &[
    "%Y-%m-%dT%H:%M:%S%.f%z",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d/%b/%y %H:%M",
    "%d/%b/%y",
    "%d/%b/%Y %H:%M",
    "%d %b %Y %H:%M",
    "%d %b %Y",
    "%b %d, %Y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
];

/// Keys of the page with the words of headers that mean them, the most telling first. A key is given once, but for texts.
const WORDS: &[(&str, Shape, &[&str])] = &[
    (
        "key",
        Shape::Unique,
        &["key", "id", "ticket", "number", "issue id", "issue key", "ticket id", "slug", "reference", "incident number", "case number", "cve"],
    ),
    ("title", Shape::Short, &["title", "summary", "headline", "subject", "short description", "name", "short_description"]),
    ("cause", Shape::Any, &["root cause", "rootcause", "cause", "root_cause", "reason"]),
    ("fix", Shape::Any, &["fix", "solution", "workaround", "resolution notes", "remediation", "mitigation", "close notes", "manualremediation"]),
    ("impact", Shape::Any, &["impact", "customer impact", "business impact", "effect"]),
    ("detection", Shape::Any, &["detection", "how detected", "detectionmethods"]),
    ("actions", Shape::Any, &["action items", "actions", "follow up", "corrective action", "preventive action"]),
    ("trace", Shape::Any, &["stack trace", "stacktrace", "trace", "backtrace", "exception", "raw"]),
    ("comments", Shape::Any, &["comments", "comment", "notes", "work notes"]),
    ("body", Shape::Long, &["description", "body", "details", "text", "what happened", "steps to reproduce", "shortdescription", "summary"]),
    ("team", Shape::Category, &["team", "group", "assignment group", "squad", "owner group", "department", "vendor", "vendorproject"]),
    ("service", Shape::Category, &["service", "application", "system", "product", "business service", "affected service"]),
    ("components", Shape::Any, &["component", "components", "component/s", "area", "module", "category", "affectedservices"]),
    ("labels", Shape::Any, &["labels", "tags", "label", "keywords"]),
    ("kinds", Shape::Any, &["cwe", "cwes", "defect type", "bug type", "error type", "weakness"]),
    ("versions", Shape::Any, &["version", "versions", "affected version", "affects version/s", "affected versions", "release", "found in"]),
    ("severity", Shape::Category, &["severity", "sev", "impact level", "priority", "urgency"]),
    (
        "stage",
        Shape::Category,
        &["found in stage", "found by", "detected in", "stage", "phase", "found during", "test phase", "detection phase", "environment found"],
    ),
    ("status", Shape::Category, &["status", "state"]),
    ("resolution", Shape::Category, &["resolution", "close code"]),
    (
        "detected",
        Shape::Date,
        &[
            "detected",
            "reported",
            "opened",
            "created",
            "opened at",
            "created at",
            "date",
            "start",
            "start time",
            "discovered",
            "disclosed",
            "disclosedat",
            "published",
            "publishedat",
            "dateadded",
        ],
    ),
    ("resolved", Shape::Date, &["resolved", "closed", "resolved at", "closed at", "end", "end time", "fixed", "completed", "announced"]),
    ("introduced", Shape::Date, &["introduced", "deployed", "merged", "released"]),
    ("updated", Shape::Date, &["updated", "modified", "last updated", "updated at"]),
    ("duplicate_of", Shape::Any, &["duplicate of", "duplicate", "dup", "duplicates", "dupe of", "duplicate id"]),
    ("alias", Shape::Any, &["cves", "alias", "aliases", "external id"]),
    ("links", Shape::Any, &["references", "links", "report url"]),
    ("url", Shape::Any, &["url", "link", "permalink"]),
    ("cost_hours", Shape::Number, &["effort", "time spent", "hours", "work log", "person days", "time worked"]),
    ("cost_downtime", Shape::Number, &["downtime", "duration", "outage minutes", "duration minutes"]),
    ("cost_users", Shape::Number, &["users affected", "affected users", "customers affected", "users"]),
    ("cost_money", Shape::Number, &["cost", "loss", "bounty", "award usd", "revenue impact"]),
];

/// What the values of a column must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Any,
    Unique,
    Short,
    Long,
    Category,
    Date,
    Number,
}

/// A mapping page for the file: a draft with a comment of evidence on each line. It reads back with [`super::Mapping::parse`].
pub fn propose(head: &Head<'_>) -> String {
    let format = format_of(head);
    let columns = columns(format, head);
    let mut page = Draft::default();
    page.head(head.path, format, &columns);
    let mut used: Vec<&str> = Vec::new();
    for (key, shape, words) in WORDS {
        let found = columns
            .iter()
            .filter(|column| column.filled > 0 && !is_person_field(&column.name) && !used.contains(&column.name.as_str()) && column.fits(*shape));
        let best = found.filter_map(|column| place(&column.name, words).map(|rank| (rank, column))).min_by_key(|(rank, _)| *rank);
        if let Some((_, column)) = best {
            used.push(&column.name);
            page.field(key, column);
        }
    }
    page.fallbacks(&columns, &mut used);
    for column in columns.iter().filter(|column| !used.contains(&column.name.as_str())) {
        if is_person_field(&column.name) {
            page.line(&format!("# left out: {} names people", quoted(&column.name)));
        } else {
            page.line(&format!("# not used: {} ({})", quoted(&column.name), column.evidence()));
        }
    }
    page.text
}

fn format_of(head: &Head<'_>) -> Format {
    let extension = head.path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let text = head.text.trim_start();
    let by_name = FORMATS.iter().find(|(name, _)| *name == extension).map(|(_, format)| *format);
    match by_name {
        Some(format) if cells::looks_like(format, head.text) => format,
        _ if matches!(extension, "yml") => Format::Yaml,
        _ if text.starts_with('[') => Format::Json,
        _ if text.starts_with('{') => Format::JsonLines,
        _ => Format::Csv,
    }
}

/// Place of the header among the words; the same words in another order of marks count too.
fn place(header: &str, words: &[&str]) -> Option<usize> {
    let plain = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let header = header.rsplit('.').next().unwrap_or(header);
    let header = header.strip_prefix("Custom field (").and_then(|inner| inner.strip_suffix(')')).unwrap_or(header);
    words.iter().position(|word| plain(word) == plain(header))
}

fn columns(format: Format, head: &Head<'_>) -> Vec<Column> {
    let mut out: Vec<Column> = Vec::new();
    let mut add = |cells: &Cells<'_>| {
        for name in paths(cells) {
            let at = out.iter().position(|column: &Column| column.name == name).unwrap_or_else(|| {
                out.push(Column { name: name.clone(), ..Column::default() });
                out.len() - 1
            });
            cells.values(&name).iter().for_each(|value| out[at].see(value));
        }
    };
    match format {
        Format::Csv | Format::Tsv => each_row(format, head, &mut add),
        Format::Yaml => yaml::documents(head.text)
            .iter()
            .take(ROWS)
            .filter_map(|(_, document)| yaml::parse(document).ok())
            .for_each(|tree| each_item(&tree, &mut add)),
        Format::Json | Format::JsonLines => items(head).iter().for_each(|tree| each_item(tree, &mut add)),
    }
    if matches!(format, Format::Csv | Format::Tsv) {
        let order = cells::headers(head.text, delimiter(format, head.text));
        out.sort_by_key(|column| order.iter().position(|name| *name == column.name));
    }
    out
}

/// Columns of a table; keys of a tree, with the keys of an object or of the objects of a list below them (`traces.*.raw`).
fn paths(cells: &Cells<'_>) -> Vec<String> {
    let Cells::Tree(tree) = cells else { return cells.names() };
    let mut out = Vec::new();
    for name in cells.names() {
        let below = match tree.get(&name) {
            Some(Value::Object(map)) => Some((format!("{name}."), map)),
            Some(Value::Array(list)) => list.first().and_then(Value::as_object).map(|map| (format!("{name}.*."), map)),
            _ => None,
        };
        match below {
            Some((prefix, map)) => out.extend(map.keys().map(|key| format!("{prefix}{key}"))),
            None => out.push(name),
        }
    }
    out
}

fn delimiter(format: Format, text: &str) -> u8 {
    if format == Format::Tsv { b'\t' } else { cells::delimiter(text) }
}

fn each_row(format: Format, head: &Head<'_>, add: &mut dyn FnMut(&Cells<'_>)) {
    let mut bytes = head.text.as_bytes();
    let Ok(mut table) = cells::Table::open(&mut bytes, |first| delimiter(format, first)) else { return };
    for _ in 0..ROWS {
        match table.next_row() {
            Some(Ok((_, row))) => add(&Cells::Row(&table.columns, &row)),
            Some(Err(_)) => {}
            None => return,
        }
    }
}

fn each_item(tree: &Value, add: &mut dyn FnMut(&Cells<'_>)) {
    match tree.as_array() {
        Some(list) => list.iter().take(ROWS).for_each(|item| add(&Cells::Tree(item))),
        None => add(&Cells::Tree(tree)),
    }
}

/// Whole items at the start of a JSON file: the head may end within one.
fn items(head: &Head<'_>) -> Vec<Value> {
    let body = head.text.trim_start();
    let inner = body.strip_prefix('[').unwrap_or(body);
    let mut out = Vec::new();
    let mut rest = inner;
    while out.len() < ROWS {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(value)) = stream.next() else { break };
        let end = stream.byte_offset();
        out.push(value);
        rest = rest.get(end..).unwrap_or_default().trim_start().trim_start_matches(',');
    }
    out
}

impl Column {
    fn see(&mut self, value: &str) {
        self.filled += 1;
        self.lengths.push(value.chars().count());
        self.lines |= value.contains('\n');
        self.numbers += usize::from(value.trim().parse::<f64>().is_ok());
        self.addresses += usize::from(value.trim().starts_with("http"));
        if let Some(pattern) = date_pattern(value) {
            self.dates += 1;
            self.pattern = self.pattern.or(pattern);
        }
        if self.distinct.len() < ROWS {
            *self.distinct.entry(value.chars().take(60).collect()).or_default() += 1;
        }
    }

    fn median(&self) -> usize {
        let mut lengths = self.lengths.clone();
        lengths.sort_unstable();
        lengths.get(lengths.len() / 2).copied().unwrap_or_default()
    }

    fn is_date(&self) -> bool {
        self.filled > 0 && self.dates * 10 >= self.filled * 9
    }

    fn is_category(&self) -> bool {
        self.filled > 0 && self.distinct.len() <= 20 && !self.lines && self.median() <= 40 && !self.is_date()
    }

    fn fits(&self, shape: Shape) -> bool {
        match shape {
            Shape::Any => true,
            Shape::Unique => self.distinct.len() == self.filled && self.filled > 0 && self.median() <= 80,
            Shape::Short => self.median() <= 200 && self.addresses * 2 < self.filled,
            Shape::Long => (self.lines || self.median() > 40) && self.addresses * 2 < self.filled,
            Shape::Category => self.is_category() || self.median() <= 40 && !self.is_date(),
            Shape::Date => self.is_date(),
            Shape::Number => {
                self.filled > 0 && (self.numbers * 2 >= self.filled || self.distinct.keys().any(|v| v.starts_with(|c: char| c.is_ascii_digit())))
            }
        }
    }

    fn evidence(&self) -> String {
        let kind = if self.is_date() {
            ", dates"
        } else if self.numbers == self.filled && self.filled > 0 {
            ", numbers"
        } else {
            ""
        };
        let samples: Vec<&str> = self.distinct.keys().take(3).map(String::as_str).collect();
        let shown = if self.is_category() { format!(": {}", samples.join(", ")) } else { String::new() };
        one_line(&format!("{} filled, {} distinct, median {} characters{kind}{shown}", self.filled, self.distinct.len(), self.median()))
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// Whether a value is a date: with the pattern that reads it, or none where the forms of data formats do.
fn date_pattern(value: &str) -> Option<Option<&'static str>> {
    let value = value.trim();
    if data_moment(value).is_some() {
        return Some(None);
    }
    let reads = |pattern: &&&str| jiff::fmt::strtime::parse(pattern, value).is_ok_and(|broken| broken.to_date().is_ok_and(|date| date.year() > 1970));
    PATTERNS.iter().find(reads).map(|pattern| Some(*pattern))
}

/// The page as it grows.
#[derive(Default)]
struct Draft {
    text: String,
}

/// Keys whose values are mapped one by one where they are few.
const MAPPED: &[&str] = &["severity", "stage", "status"];

impl Draft {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn head(&mut self, path: &str, format: Format, columns: &[Column]) {
        let file = path.rsplit('/').next().unwrap_or(path);
        let word: String = file.split('.').next().unwrap_or_default().chars().filter(char::is_ascii_alphabetic).take(12).collect();
        let name = if word.is_empty() { "LEGACY".to_owned() } else { word.to_uppercase() };
        let word_of_format = FORMATS.iter().find(|(_, known)| *known == format).map_or("csv", |(word, _)| word);
        self.line("# A draft: check each line. What is written behind `#` is the evidence.");
        self.line(&format!("name = {}   # the word before the colon of keys: choose your own", quoted(&name)));
        self.line(&format!("format = {}", quoted(word_of_format)));
        let names: Vec<String> = columns.iter().filter(|c| c.filled > 0).take(4).map(|column| quoted(&column.name)).collect();
        self.line(&format!("match = {{ headers = [{}] }}", names.join(", ")));
        self.line("kind = \"issue\"   # issue, incident, crash, advisory, post-mortem, test-failure");
    }

    fn field(&mut self, key: &str, column: &Column) {
        let from = quoted(&column.name);
        let spec = match (key, column.pattern) {
            ("severity", _) if column.is_category() && matches!(column.name.to_lowercase().as_str(), "priority" | "urgency") => {
                format!("{{ from = {from}, map = {{ {} }}, rule = \"priority-is-severity\" }}", targets(key, column))
            }
            _ if MAPPED.contains(&key) && column.is_category() => format!("{{ from = {from}, map = {{ {} }} }}", targets(key, column)),
            ("detected" | "resolved" | "introduced" | "updated", Some(pattern)) => format!("{{ from = {from}, format = {} }}", quoted(pattern)),
            _ => from,
        };
        self.line(&format!("{key} = {spec}   # {}", column.evidence()));
    }

    /// Key and title from the shapes of values where no header named them.
    fn fallbacks<'a>(&mut self, columns: &'a [Column], used: &mut Vec<&'a str>) {
        for (key, shape) in [("key", Shape::Unique), ("title", Shape::Short), ("body", Shape::Long)] {
            if self.text.contains(&format!("\n{key} = ")) {
                continue;
            }
            let free =
                columns.iter().find(|column| !used.contains(&column.name.as_str()) && column.filled > 0 && column.fits(shape) && !column.is_date());
            match free {
                Some(column) => {
                    used.push(&column.name);
                    self.field(key, column);
                }
                None if key != "body" => self.line(&format!("{key} = \"\"   # no column looks like it: name one")),
                None => {}
            }
        }
    }
}

/// Source values with their guessed targets; what is not guessed is `absent`, for a person to fill.
fn targets(key: &str, column: &Column) -> String {
    let rows: Vec<String> = column.distinct.keys().map(|value| format!("{} = {}", quoted(value), target(key, value))).collect();
    rows.join(", ")
}

fn target(key: &str, value: &str) -> String {
    let lower = value.to_lowercase();
    let guess = match key {
        "severity" => SEVERITIES.iter().find(|(word, _)| lower.contains(word)).map(|(_, level)| (*level).to_owned()),
        "stage" => STAGES.iter().find(|(word, _)| lower.contains(word)).map(|(_, stage)| quoted(stage)),
        _ => STATES.iter().find(|(word, _)| lower.contains(word)).map(|(_, status)| quoted(status)),
    };
    guess.unwrap_or_else(|| quoted("absent"))
}

const SEVERITIES: &[(&str, &str)] = &[
    ("critical", "1"),
    ("blocker", "1"),
    ("1", "1"),
    ("high", "2"),
    ("major", "2"),
    ("2", "2"),
    ("medium", "3"),
    ("moderate", "3"),
    ("3", "3"),
    ("low", "4"),
    ("minor", "4"),
    ("trivial", "4"),
    ("4", "4"),
    ("5", "4"),
];

const STAGES: &[(&str, &str)] = &[
    ("customer", "production-customer"),
    ("prod", "production-internal"),
    ("live", "production-internal"),
    ("monitor", "production-internal"),
    ("canary", "canary"),
    ("staging", "staging"),
    ("uat", "staging"),
    ("e2e", "system"),
    ("system", "system"),
    ("integration", "integration"),
    ("ci", "integration"),
    ("contract", "contract"),
    ("component", "component"),
    ("unit", "unit"),
    ("static", "static"),
    ("lint", "static"),
    ("review", "review"),
    ("design", "design"),
];

const STATES: &[(&str, &str)] = &[
    ("open", "open"),
    ("new", "open"),
    ("progress", "open"),
    ("to do", "open"),
    ("dup", "dismissed"),
    ("reject", "dismissed"),
    ("won't", "dismissed"),
    ("resolved", "resolved"),
    ("closed", "resolved"),
    ("done", "resolved"),
    ("fixed", "resolved"),
];

/// A TOML text.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Mapping;

    fn head<'a>(path: &'a str, text: &'a str) -> Head<'a> {
        Head { path, text, whole: true }
    }

    #[test]
    fn a_draft_reads_back_and_shows_its_evidence() {
        let table = "Ticket;Headline;Opened;Sev;What happened;Group\n1;Refund twice;01.03.2024 12:00;Sev 1;The client repeats the request when it times out;PAY\n\
            2;Stock \"lost\";02.03.2024 08:00;Sev 2;Two jobs write the same row, the last one wins;SHOP\n";
        let page = propose(&head("export.csv", table));
        let mapping = Mapping::parse(&page).unwrap_or_else(|error| panic!("{error}\n{page}"));
        let shown: Vec<String> = mapping.fields.iter().map(|f| format!("{}={}", f.name, f.columns.join("+"))).collect();
        assert_eq!(shown, ["key=Ticket", "title=Headline", "body=What happened", "team=Group", "severity=Sev", "detected=Opened"], "{page}");
        assert!(page.contains("format = \"%d.%m.%Y %H:%M\"") && page.contains("2 distinct"), "{page}");
        assert!(page.contains("\"Sev 1\" = 1, \"Sev 2\" = 2"), "{page}");
    }

    #[test]
    fn trees_are_drafted_too() {
        let lines = "{\"slug\": \"a\", \"subject\": \"x\", \"details\": \"text\\ntext\"}\n{\"slug\": \"b\", \"subject\": \"y\", \"details\": \"cut";
        let page = propose(&head("in.jsonl", lines));
        assert!(page.contains("key = \"slug\"") && page.contains("body = \"details\""), "{page}");
        assert!(Mapping::parse(&propose(&head("in.yaml", "- id: 1\n  title: a\n- id: 2\n  title: b\n"))).is_ok());
    }

    #[test]
    fn people_are_left_out() {
        let page = propose(&head("x.csv", "Id,Title,Assignee\n1,a,Jane Roe\n2,b,John Doe\n"));
        assert!(page.contains("# left out: \"Assignee\" names people") && !page.contains("Jane"), "{page}");
    }

    #[test]
    fn nothing_gives_a_draft_that_says_so() {
        let page = propose(&head("x.csv", ""));
        assert!(page.contains("no column looks like it"), "{page}");
    }
}
