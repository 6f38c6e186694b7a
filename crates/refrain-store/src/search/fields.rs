//! What is indexed of a record, one row a field.

use refrain_record::{Key, Kind, Moment, Record, Role, Status};
use serde::Serialize;

/// A record as the index sees it. Texts may be empty, names may be missing; the caller decides what goes in.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct IndexDoc {
    /// `SYSTEM:id`.
    pub key: String,
    /// The title.
    pub title: String,
    /// What was reported: description, summary, symptom, impact, and what else has no field of its own.
    pub description: String,
    /// Cause and trigger.
    pub cause: String,
    /// Functions of the stack trace, the innermost first.
    pub frames: String,
    /// Types of exceptions.
    pub exception: String,
    /// Messages of exceptions.
    pub message: String,
    /// Owner.
    pub team: Vec<String>,
    /// Deployed unit.
    pub service: Vec<String>,
    /// Project, product or repository.
    pub project: Vec<String>,
    /// Components, packages, areas.
    pub component: Vec<String>,
    /// Stage where it was found, by id.
    pub stage: Vec<String>,
    /// Recurring class, by id and by name.
    pub class: Vec<String>,
    /// Labels and tags.
    pub label: Vec<String>,
    /// Operating system, runtime, region …: `os=linux` and `linux`.
    pub environment: Vec<String>,
    /// Affected versions.
    pub version: Vec<String>,
    /// `issue`, `incident`, `crash` …
    pub kind: Vec<String>,
    /// `open`, `resolved`, `dismissed`.
    pub status: Vec<String>,
    /// `JIRA`, `GH` …
    pub system: Vec<String>,
    /// Seconds since the epoch at which it was filed.
    pub created: Option<i64>,
    /// Seconds since the epoch at which it was noticed.
    pub detected: Option<i64>,
    /// Seconds since the epoch at which it was resolved.
    pub resolved: Option<i64>,
    /// Seconds since the epoch by which it takes its place in time.
    pub time: Option<i64>,
    /// 1 (worst) to 4.
    pub severity: Option<i64>,
    /// What it cost, in the currency of the caller.
    pub cost: Option<f64>,
}

/// How a field is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Words of a text, with phrases.
    Text,
    /// A name as a whole, in any case of letters.
    Name,
    /// A moment: ranges of days, months, years.
    Day,
    /// A number: ranges.
    Number,
}

/// What a field holds for one record.
pub enum Value<'d> {
    /// Of [`FieldKind::Text`].
    Text(&'d str),
    /// Of [`FieldKind::Name`].
    Names(&'d [String]),
    /// Of [`FieldKind::Day`].
    Day(Option<i64>),
    /// Of [`FieldKind::Number`].
    Number(Option<f64>),
}

/// One field of the index.
pub struct FieldRow {
    /// Name in queries.
    pub name: &'static str,
    /// Other names that people type.
    pub also: &'static [&'static str],
    /// How it is looked up.
    pub kind: FieldKind,
    /// Weight of a word here against one in the description, when the whole record is searched; 0 = only when named.
    pub weight: f64,
    /// What it holds of a record.
    pub value: fn(&IndexDoc) -> Value<'_>,
    /// For the help.
    pub help: &'static str,
}

const fn row(
    name: &'static str,
    also: &'static [&'static str],
    kind: FieldKind,
    weight: f64,
    value: fn(&IndexDoc) -> Value<'_>,
    help: &'static str,
) -> FieldRow {
    FieldRow { name, also, kind, weight, value, help }
}

use FieldKind::{Day, Name, Number, Text};

/// Every field that can be searched. The weights say where a word is likely to name the thing rather than to mention it; they order
/// what a person reads and decide nothing.
pub const FIELDS: &[FieldRow] = &[
    row("title", &[], Text, 4.0, |d| Value::Text(&d.title), "words of the title"),
    row("description", &["body", "text"], Text, 1.0, |d| Value::Text(&d.description), "words of what was reported"),
    row("cause", &[], Text, 2.0, |d| Value::Text(&d.cause), "words of the cause and trigger"),
    row("frames", &["frame"], Text, 2.0, |d| Value::Text(&d.frames), "functions of a stack trace"),
    row("exception", &["type"], Text, 3.0, |d| Value::Text(&d.exception), "type of an exception"),
    row("message", &[], Text, 2.0, |d| Value::Text(&d.message), "message of an exception"),
    row("team", &[], Name, 0.0, |d| Value::Names(&d.team), "owner"),
    row("service", &[], Name, 0.0, |d| Value::Names(&d.service), "deployed unit"),
    row("project", &["product", "repo"], Name, 0.0, |d| Value::Names(&d.project), "project, product or repository"),
    row("component", &["package"], Name, 0.0, |d| Value::Names(&d.component), "component, package or area"),
    row("stage", &[], Name, 0.0, |d| Value::Names(&d.stage), "stage where it was found"),
    row("class", &[], Name, 0.0, |d| Value::Names(&d.class), "recurring class"),
    row("label", &["tag"], Name, 0.0, |d| Value::Names(&d.label), "label or tag"),
    row("environment", &["env"], Name, 0.0, |d| Value::Names(&d.environment), "system, runtime, region: `linux` or `os=linux`"),
    row("version", &[], Name, 0.0, |d| Value::Names(&d.version), "affected version"),
    row("kind", &[], Name, 0.0, |d| Value::Names(&d.kind), "issue, incident, crash, advisory, post-mortem, test-failure"),
    row("status", &["is"], Name, 0.0, |d| Value::Names(&d.status), "open, resolved or dismissed"),
    row("system", &["source"], Name, 0.0, |d| Value::Names(&d.system), "source system, as before the colon of a key"),
    row("created", &["filed"], Day, 0.0, |d| Value::Day(d.created), "when it was filed: 2024, 2024-03, 2024-01..2024-06"),
    row("detected", &[], Day, 0.0, |d| Value::Day(d.detected), "when it was noticed"),
    row("resolved", &["closed"], Day, 0.0, |d| Value::Day(d.resolved), "when it was resolved"),
    row("time", &["date"], Day, 0.0, |d| Value::Day(d.time), "noticed, else filed, else resolved"),
    row("severity", &["sev"], Number, 0.0, |d| Value::Number(d.severity.map(|s| s as f64)), "1 (worst) to 4: 1, 1..2"),
    row("cost", &[], Number, 0.0, |d| Value::Number(d.cost), "what it cost: 1000.., ..500"),
];

/// The field of that name, in any case of letters.
pub fn field(name: &str) -> Option<&'static FieldRow> {
    let name = name.to_ascii_lowercase();
    FIELDS.iter().find(|row| row.name == name || row.also.contains(&name.as_str()))
}

impl IndexDoc {
    /// What a record says by itself. Frames, exceptions and messages are the caller's to add (they are read from the text), and so
    /// are class and cost (they are found).
    pub fn of(record: &Record) -> Self {
        let seconds = |m: Option<&Moment>| m.map(|m| m.seconds);
        Self {
            key: record.key.to_string(),
            title: record.title().to_owned(),
            description: text(record, |role| !matches!(role, Role::Title | Role::Cause | Role::Trigger)),
            cause: text(record, |role| matches!(role, Role::Cause | Role::Trigger)),
            team: record.team.value().cloned().into_iter().collect(),
            service: record.service.value().cloned().into_iter().collect(),
            project: record.project.clone().into_iter().collect(),
            component: record.components.clone(),
            stage: record.actual_stage.value().cloned().into_iter().collect(),
            label: record.labels.clone(),
            environment: record.environment.iter().flat_map(|(name, value)| [format!("{name}={value}"), value.clone()]).collect(),
            version: record.versions.clone(),
            kind: vec![kind_name(record.kind).to_owned()],
            status: status_name(record.status).into_iter().map(str::to_owned).collect(),
            system: vec![record.key.system().to_string()],
            created: seconds(record.created.value()),
            detected: seconds(record.detected.value()),
            resolved: seconds(record.resolved.value()),
            time: record.when().map(|m| m.seconds),
            severity: record.severity.value().map(|s| s.level().into()),
            ..Self::default()
        }
    }

    /// The key, where it is one.
    pub fn parsed_key(&self) -> Option<Key> {
        self.key.parse().ok()
    }
}

fn text(record: &Record, wanted: fn(Role) -> bool) -> String {
    let texts: Vec<&str> = record.sections.iter().filter(|s| wanted(s.role)).map(|s| s.text.as_str()).collect();
    texts.join("\n\n")
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Issue => "issue",
        Kind::Incident => "incident",
        Kind::Crash => "crash",
        Kind::Advisory => "advisory",
        Kind::PostMortem => "post-mortem",
        Kind::TestFailure => "test-failure",
        Kind::Notice => "notice",
        Kind::NotDefect => "not-defect",
    }
}

fn status_name(status: Status) -> Option<&'static str> {
    match status {
        Status::Open => Some("open"),
        Status::Resolved => Some("resolved"),
        Status::Dismissed => Some("dismissed"),
        Status::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_field_is_told_once_and_its_value_is_of_its_kind() {
        let doc = IndexDoc::default();
        let mut names: Vec<&str> = FIELDS.iter().flat_map(|f| f.also.iter().chain([&f.name])).copied().collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        for row in FIELDS {
            let kind = match (row.value)(&doc) {
                Value::Text(_) => Text,
                Value::Names(_) => Name,
                Value::Day(_) => Day,
                Value::Number(_) => Number,
            };
            assert_eq!(kind, row.kind, "{}", row.name);
            assert!(row.weight == 0.0 || row.kind == Text, "{}: only texts are searched by default", row.name);
            assert!(!row.help.is_empty());
        }
    }

    #[test]
    fn a_record_fills_every_field_it_can() {
        let mut record = Record::new("JIRA:PAY-1".parse().unwrap(), Kind::Issue, "Refund sent twice");
        record.add_section(Role::Description, "description", "seen in the shop");
        record.add_section(Role::Cause, "cause", "a retry");
        record.environment.insert("os".into(), "linux".into());
        record.created = refrain_record::Known::stated(Moment::at(7), "created");
        let doc = IndexDoc::of(&record);
        assert_eq!((doc.description.as_str(), doc.cause.as_str()), ("seen in the shop", "a retry"));
        assert_eq!(doc.environment, ["os=linux", "linux"]);
        assert_eq!((doc.time, doc.status.len(), doc.parsed_key()), (Some(7), 0, Some(record.key)));
    }
}
