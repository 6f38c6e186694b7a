//! The page of a mapping: its keys, and what is wrong with it.
//!
//! ```toml
//! name = "LEGACY"                     # system name in keys
//! about = "the old helpdesk"          # for people
//! match = { headers = ["Ticket", "Headline"], glob = "export-*.csv" }
//! kind = "issue"                      # issue, incident, crash, advisory, post-mortem, test-failure, lookup (no records)
//! key = "Ticket"                      # a column, a key of a tree, `a.b`, `list.*.name`, or a pointer `/meta/id`
//! title = "Headline"
//! body = ["What happened", { from = "Notes", name = "notes", text = "html" }]
//! cause = "Root cause"
//! team = { from = "Group", map = { "PAY-L2" = "payments" } }
//! severity = { from = "Sev", map = { "Sev 1" = 1, "Sev 2" = 2 } }
//! detected = { from = "Opened", format = "%d.%m.%Y %H:%M", zone = "Europe/Berlin" }
//! introduced = { from = "First version", lookup = "releases.csv", find = "version", give = "released", rule = "release-of-first-version" }
//! cost_hours = { from = "Effort", unit = "person-days", hours_per_day = 8 }
//! ```

use std::fmt;

use refrain_record::{Kind, LinkKind, Role};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mapping;

/// What is wrong with a mapping page, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    /// Line of the page, from 1.
    pub line: u32,
    /// Key at fault; empty for the page.
    pub key: String,
    /// What was found and expected, and what to do.
    pub text: String,
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.key.is_empty() { String::new() } else { format!(" `{}`:", self.key) };
        write!(f, "line {}:{key} {}", self.line, self.text)
    }
}

impl std::error::Error for MappingError {}

/// By what a file is recognised: all that is given must agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Pattern over the path.
    pub glob: Option<String>,
    /// Columns, or keys of a tree, that must be there (`headers` or `keys`).
    pub names: Vec<String>,
}

/// Form of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Delimited by comma, semicolon or bar.
    #[default]
    Csv,
    /// Delimited by tabulators.
    Tsv,
    /// A JSON list or object.
    Json,
    /// One JSON object a line.
    JsonLines,
    /// YAML documents.
    Yaml,
}

/// Words for forms.
pub(super) const FORMATS: &[(&str, Format)] =
    &[("csv", Format::Csv), ("tsv", Format::Tsv), ("json", Format::Json), ("jsonl", Format::JsonLines), ("yaml", Format::Yaml)];

/// How the text of a column is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// As it is to be read.
    #[default]
    Plain,
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
    /// Jira's wiki markup.
    Wiki,
}

const FORMS: &[(&str, Form)] = &[("plain", Form::Plain), ("markdown", Form::Markdown), ("html", Form::Html), ("wiki", Form::Wiki)];

/// Which date of a free text is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Take {
    /// The value is a date.
    #[default]
    Whole,
    /// The first of two or more dates in it.
    RangeStart,
    /// The last date in it.
    RangeEnd,
}

const TAKES: &[(&str, Take)] = &[("whole", Take::Whole), ("range-start", Take::RangeStart), ("range-end", Take::RangeEnd)];

/// A table beside the data in which a value is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Name of the file beside the data file.
    pub file: String,
    /// Its column that holds the value.
    pub find: String,
    /// Its column that is given instead.
    pub give: String,
}

/// One line of the page: what a field is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// Key of the page (`team`).
    pub name: String,
    /// Line of the page.
    pub line: u32,
    /// Columns it is made of.
    pub columns: Vec<String>,
    /// A constant instead of columns.
    pub constant: Option<String>,
    /// Source value to target.
    pub map: Vec<(String, String)>,
    /// Whether values without a target stay as they are (`keep`); else they are absent.
    pub keep: bool,
    /// Patterns of dates, in the language of `strptime`.
    pub formats: Vec<String>,
    /// IANA zone of its times.
    pub zone: Option<String>,
    /// Separator of several values in a cell.
    pub split: Option<String>,
    /// Values that mean nothing, beside the usual ones.
    pub absent: Vec<String>,
    /// Name of the rule by which it is derived; stated where there is none.
    pub rule: Option<String>,
    /// Which date of a free text.
    pub take: Take,
    /// Where it is looked up.
    pub lookup: Option<Lookup>,
    /// Unit of an amount (`person-days`, `minutes`) or currency (`EUR`).
    pub unit: Option<String>,
    /// Hours of a person-day.
    pub hours_per_day: Option<f64>,
    /// Name of the section.
    pub section: Option<String>,
    /// How its text is written.
    pub form: Form,
}

/// What a key of the page fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Of the page itself, not of records.
    Page,
    Key,
    Title,
    /// Sections of a role; several columns are several sections.
    Text(Role),
    Known(Fact),
    Time(When),
    List(Many),
    Link(LinkKind),
    Cost(Cost),
    Environment,
    Fields,
}

/// Facts of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Kind,
    Project,
    Team,
    Service,
    Severity,
    Stage,
    IdealStage,
    Bucket,
    Status,
    Resolution,
    Url,
    Occurrences,
    Withdrawn,
}

/// Moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Created,
    Detected,
    Introduced,
    Resolved,
    Updated,
}

/// Lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Many {
    Components,
    Labels,
    Versions,
    Kinds,
}

/// Costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    Hours,
    Downtime,
    Users,
    Contacts,
    Money,
}

/// Every key of a page.
pub(super) const KEYS: &[(&str, Slot)] = &[
    ("name", Slot::Page),
    ("about", Slot::Page),
    ("match", Slot::Page),
    ("format", Slot::Page),
    ("delimiter", Slot::Page),
    ("records", Slot::Page),
    ("only", Slot::Page),
    ("ignore", Slot::Page),
    ("complete", Slot::Page),
    ("key", Slot::Key),
    ("title", Slot::Title),
    ("body", Slot::Text(Role::Description)),
    ("summary", Slot::Text(Role::Summary)),
    ("symptom", Slot::Text(Role::Symptom)),
    ("cause", Slot::Text(Role::Cause)),
    ("trigger", Slot::Text(Role::Trigger)),
    ("impact", Slot::Text(Role::Impact)),
    ("detection", Slot::Text(Role::Detection)),
    ("fix", Slot::Text(Role::Fix)),
    ("actions", Slot::Text(Role::Actions)),
    ("lessons", Slot::Text(Role::Lessons)),
    ("timeline", Slot::Text(Role::Timeline)),
    ("trace", Slot::Text(Role::Trace)),
    ("comments", Slot::Text(Role::Comment)),
    ("other", Slot::Text(Role::Other)),
    ("kind", Slot::Known(Fact::Kind)),
    ("project", Slot::Known(Fact::Project)),
    ("team", Slot::Known(Fact::Team)),
    ("service", Slot::Known(Fact::Service)),
    ("severity", Slot::Known(Fact::Severity)),
    ("stage", Slot::Known(Fact::Stage)),
    ("ideal_stage", Slot::Known(Fact::IdealStage)),
    ("bucket", Slot::Known(Fact::Bucket)),
    ("status", Slot::Known(Fact::Status)),
    ("resolution", Slot::Known(Fact::Resolution)),
    ("url", Slot::Known(Fact::Url)),
    ("occurrences", Slot::Known(Fact::Occurrences)),
    ("withdrawn", Slot::Known(Fact::Withdrawn)),
    ("created", Slot::Time(When::Created)),
    ("detected", Slot::Time(When::Detected)),
    ("introduced", Slot::Time(When::Introduced)),
    ("resolved", Slot::Time(When::Resolved)),
    ("updated", Slot::Time(When::Updated)),
    ("components", Slot::List(Many::Components)),
    ("labels", Slot::List(Many::Labels)),
    ("versions", Slot::List(Many::Versions)),
    ("kinds", Slot::List(Many::Kinds)),
    ("duplicate_of", Slot::Link(LinkKind::DuplicateOf)),
    ("duplicated_by", Slot::Link(LinkKind::DuplicatedBy)),
    ("alias", Slot::Link(LinkKind::Alias)),
    ("introduced_by", Slot::Link(LinkKind::IntroducedBy)),
    ("cloned", Slot::Link(LinkKind::Cloned)),
    ("related", Slot::Link(LinkKind::Related)),
    ("links", Slot::Link(LinkKind::Url)),
    ("cost_hours", Slot::Cost(Cost::Hours)),
    ("cost_downtime", Slot::Cost(Cost::Downtime)),
    ("cost_users", Slot::Cost(Cost::Users)),
    ("cost_contacts", Slot::Cost(Cost::Contacts)),
    ("cost_money", Slot::Cost(Cost::Money)),
    ("environment", Slot::Environment),
    ("fields", Slot::Fields),
];

/// Keys of a field written as a table.
const FIELD_KEYS: &[&str] = &[
    "from",
    "const",
    "map",
    "otherwise",
    "format",
    "zone",
    "split",
    "absent",
    "rule",
    "take",
    "lookup",
    "find",
    "give",
    "unit",
    "hours_per_day",
    "name",
    "text",
];

/// Words for kinds of records; `lookup` is a table without records.
pub(super) const KINDS: &[(&str, Option<Kind>)] = &[
    ("issue", Some(Kind::Issue)),
    ("incident", Some(Kind::Incident)),
    ("crash", Some(Kind::Crash)),
    ("advisory", Some(Kind::Advisory)),
    ("post-mortem", Some(Kind::PostMortem)),
    ("test-failure", Some(Kind::TestFailure)),
    ("notice", Some(Kind::Notice)),
    ("not-defect", Some(Kind::NotDefect)),
    ("lookup", None),
];

/// What a key fills.
pub(super) fn slot(name: &str) -> Option<Slot> {
    KEYS.iter().find(|(known, _)| *known == name).map(|(_, slot)| *slot)
}

/// The nearest of some names, if it is near enough to be meant: at most a third of its letters differ.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let ranked = known.map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate));
    let (distance, best) = ranked.min()?;
    (distance <= (best.chars().count().max(3) / 3).max(1)).then_some(best)
}

/// Reads a page.
pub(super) fn parse(text: &str) -> Result<Mapping, MappingError> {
    let page = Page { text };
    let table = DeTable::parse(text).map_err(|error| page.error(error.span().map_or(0, |s| s.start), "", error.message().to_owned()))?;
    let mut mapping = page.head(table.get_ref())?;
    for (key, value) in page.entries(table.get_ref()) {
        let name: &str = key.get_ref();
        match slot(name) {
            None => return Err(page.unknown(key.span().start, name, KEYS.iter().map(|(known, _)| *known))),
            Some(Slot::Page) => {}
            Some(Slot::Known(Fact::Kind)) if value.get_ref().is_str() => {}
            Some(Slot::Environment) => page.environment(value, &mut mapping.fields)?,
            Some(_) => page.fields(name, value, &mut mapping.fields)?,
        }
    }
    for needed in ["key", "title"] {
        if mapping.kind.is_some() && !mapping.fields.iter().any(|field| field.name == needed) {
            return Err(page.error(0, needed, format!("missing: add `{needed} = \"column\"`")));
        }
    }
    Ok(mapping)
}

/// The text of a page, for lines of errors.
struct Page<'a> {
    text: &'a str,
}

type Entry<'t, 'i> = (&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>);

impl Page<'_> {
    fn error(&self, at: usize, key: &str, text: String) -> MappingError {
        let line = self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|b| **b == b'\n').count() as u32 + 1;
        MappingError { line, key: key.to_owned(), text }
    }

    fn line(&self, at: usize) -> u32 {
        self.error(at, "", String::new()).line
    }

    fn unknown<'a>(&self, at: usize, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> MappingError {
        let hint = match nearest(name, known.clone()) {
            Some(best) => format!("the nearest is `{best}`"),
            None => format!("known are {}", known.collect::<Vec<_>>().join(", ")),
        };
        self.error(at, name, format!("found `{name}`, which is no key here; {hint}"))
    }

    fn wrong(&self, value: &Spanned<DeValue<'_>>, key: &str, expected: &str) -> MappingError {
        self.error(value.span().start, key, format!("found {}, expected {expected}", value.get_ref().type_str()))
    }

    /// The entries in the order of the page.
    fn entries<'t, 'i>(&self, table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
        let mut entries: Vec<Entry<'t, 'i>> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    /// What the page says of itself.
    fn head(&self, table: &DeTable<'_>) -> Result<Mapping, MappingError> {
        let text = |name: &str| table.get(name).map(|value| self.text_of(value, name)).transpose();
        let name =
            text("name")?.ok_or_else(|| self.error(0, "name", "missing: add `name = \"SYSTEM\"`, the word before the colon of keys".to_owned()))?;
        refrain_record::SystemName::new(&name)
            .map_err(|error| self.error(table.get("name").map_or(0, |v| v.span().start), "name", error.to_string()))?;
        let kind = match table.get("kind").filter(|value| value.get_ref().is_str()) {
            Some(value) => self.choice(value, "kind", KINDS)?,
            None => Some(Kind::Issue),
        };
        let delimiter = match text("delimiter")?.map(|mark| mark.into_bytes()) {
            Some(mark) if mark.len() == 1 => Some(mark[0]),
            Some(_) => return Err(self.error(0, "delimiter", "found more than one byte, expected one such as `;`".to_owned())),
            None => None,
        };
        let matches = table.get("match").map(|value| self.matches(value)).transpose()?.unwrap_or_default();
        let format = match table.get("format") {
            Some(value) => self.choice(value, "format", FORMATS)?,
            None => format_of(matches.glob.as_deref()),
        };
        Ok(Mapping {
            about: text("about")?.unwrap_or_else(|| name.clone()),
            name,
            matches,
            format,
            kind,
            delimiter,
            records: text("records")?,
            only: table.get("only").map(|value| self.only(value)).transpose()?,
            fields: Vec::new(),
            ignore: table.get("ignore").map(|value| self.texts_of(value, "ignore")).transpose()?.unwrap_or_default(),
            complete: table.get("complete").and_then(|value| value.get_ref().as_bool()).unwrap_or(false),
        })
    }

    fn matches(&self, value: &Spanned<DeValue<'_>>) -> Result<Matches, MappingError> {
        if value.get_ref().is_str() {
            return Ok(Matches { glob: Some(self.text_of(value, "match")?), names: Vec::new() });
        }
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(value, "match", "a pattern, or a table with `glob` and `headers`"))?;
        let mut out = Matches::default();
        for (key, value) in self.entries(table) {
            let name: &str = key.get_ref();
            match name {
                "glob" => out.glob = Some(self.text_of(value, "match.glob")?),
                "headers" | "keys" => out.names = self.texts_of(value, "match.headers")?,
                _ => return Err(self.unknown(key.span().start, name, ["glob", "headers", "keys"].into_iter())),
            }
        }
        Ok(out)
    }

    fn only(&self, value: &Spanned<DeValue<'_>>) -> Result<(String, Vec<String>), MappingError> {
        let wrong = || self.wrong(value, "only", "a table with `from` and `values`");
        let table = value.get_ref().as_table().ok_or_else(wrong)?;
        let from = table.get("from").ok_or_else(wrong)?;
        let values = table.get("values").ok_or_else(wrong)?;
        Ok((self.text_of(from, "only.from")?, self.texts_of(values, "only.values")?))
    }

    fn environment(&self, value: &Spanned<DeValue<'_>>, out: &mut Vec<Field>) -> Result<(), MappingError> {
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(value, "environment", "a table such as { os = \"OS\" }"))?;
        for (key, value) in self.entries(table) {
            let mut field = self.field("environment", value)?;
            field.section = Some(key.get_ref().to_string());
            out.push(field);
        }
        Ok(())
    }

    /// One field; for a list of texts and links each entry is a field of its own.
    fn fields(&self, name: &str, value: &Spanned<DeValue<'_>>, out: &mut Vec<Field>) -> Result<(), MappingError> {
        let several = !matches!(slot(name), Some(Slot::Key | Slot::Title));
        match value.get_ref().as_array().filter(|_| several) {
            Some(list) => {
                for entry in list.iter() {
                    out.push(self.field(name, entry)?);
                }
            }
            None => out.push(self.field(name, value)?),
        }
        Ok(())
    }

    fn field(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Field, MappingError> {
        let mut field = Field { name: name.to_owned(), line: self.line(value.span().start), ..Field::default() };
        match value.get_ref() {
            DeValue::Table(table) => self.field_table(name, table, &mut field)?,
            DeValue::Boolean(flag) => field.constant = Some(flag.to_string()),
            _ => field.columns = self.texts_of(value, name)?,
        }
        if field.columns.is_empty() && field.constant.is_none() {
            return Err(self.wrong(value, name, "a column, a list of columns, or a table with `from` or `const`"));
        }
        if field.lookup.as_ref().is_some_and(|lookup| lookup.find.is_empty() || lookup.give.is_empty()) {
            return Err(self.error(value.span().start, name, "`lookup` needs `find` and `give`, the two columns of the table".to_owned()));
        }
        Ok(field)
    }

    fn field_table(&self, name: &str, table: &DeTable<'_>, field: &mut Field) -> Result<(), MappingError> {
        let mut lookup = Lookup { file: String::new(), find: String::new(), give: String::new() };
        for (key, value) in self.entries(table) {
            let key_name: &str = key.get_ref();
            let at = format!("{name}.{key_name}");
            match key_name {
                "from" => field.columns = self.texts_of(value, &at)?,
                "const" => field.constant = Some(self.scalar(value, &at)?),
                "map" => field.map = self.pairs(value, &at)?,
                "otherwise" => field.keep = self.choice(value, &at, &[("absent", false), ("keep", true)])?,
                "format" => field.formats = self.texts_of(value, &at)?,
                "zone" => field.zone = Some(self.zone(value, &at)?),
                "split" => field.split = Some(self.text_of(value, &at)?).filter(|mark| !mark.is_empty()),
                "absent" => field.absent = self.texts_of(value, &at)?,
                "rule" => field.rule = Some(self.text_of(value, &at)?),
                "take" => field.take = self.choice(value, &at, TAKES)?,
                "lookup" => lookup.file = self.text_of(value, &at)?,
                "find" => lookup.find = self.text_of(value, &at)?,
                "give" => lookup.give = self.text_of(value, &at)?,
                "unit" => field.unit = Some(self.text_of(value, &at)?),
                "hours_per_day" => field.hours_per_day = self.scalar(value, &at)?.parse().ok(),
                "name" => field.section = Some(self.text_of(value, &at)?),
                "text" => field.form = self.choice(value, &at, FORMS)?,
                _ => return Err(self.unknown(key.span().start, key_name, FIELD_KEYS.iter().copied())),
            }
        }
        field.lookup = Some(lookup).filter(|lookup| !lookup.file.is_empty());
        Ok(())
    }

    fn zone(&self, value: &Spanned<DeValue<'_>>, key: &str) -> Result<String, MappingError> {
        let name = self.text_of(value, key)?;
        match jiff::tz::TimeZone::get(&name) {
            Ok(_) => Ok(name),
            Err(_) => Err(self.error(value.span().start, key, format!("found `{name}`, expected a zone such as Europe/Berlin or UTC"))),
        }
    }

    fn text_of(&self, value: &Spanned<DeValue<'_>>, key: &str) -> Result<String, MappingError> {
        value.get_ref().as_str().map(str::to_owned).ok_or_else(|| self.wrong(value, key, "a text"))
    }

    fn texts_of(&self, value: &Spanned<DeValue<'_>>, key: &str) -> Result<Vec<String>, MappingError> {
        match value.get_ref().as_array() {
            Some(list) => list.iter().map(|entry| self.text_of(entry, key)).collect(),
            None => Ok(vec![self.text_of(value, key)?]),
        }
    }

    /// A text, number or truth value as text.
    fn scalar(&self, value: &Spanned<DeValue<'_>>, key: &str) -> Result<String, MappingError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Integer(number) => Ok(number.as_str().to_owned()),
            DeValue::Float(number) => Ok(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Ok(flag.to_string()),
            _ => Err(self.wrong(value, key, "a text or number")),
        }
    }

    fn pairs(&self, value: &Spanned<DeValue<'_>>, key: &str) -> Result<Vec<(String, String)>, MappingError> {
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(value, key, "a table of source value to target"))?;
        self.entries(table).into_iter().map(|(from, to)| Ok((from.get_ref().to_string(), self.scalar(to, key)?))).collect()
    }

    fn choice<T: Copy>(&self, value: &Spanned<DeValue<'_>>, key: &str, rows: &[(&str, T)]) -> Result<T, MappingError> {
        let word = self.text_of(value, key)?;
        let found = rows.iter().find(|(name, _)| *name == word).map(|(_, choice)| *choice);
        found.ok_or_else(|| {
            let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
            let hint = nearest(&word, names.iter().copied()).map_or(String::new(), |best| format!("; the nearest is `{best}`"));
            self.error(value.span().start, key, format!("found `{word}`, expected one of {}{hint}", names.join(", ")))
        })
    }
}

/// The form that the extension of a pattern names; a table otherwise.
fn format_of(glob: Option<&str>) -> Format {
    let extension = glob.and_then(|pattern| pattern.rsplit_once('.')).map_or("", |(_, extension)| extension);
    match extension {
        "tsv" => Format::Tsv,
        "json" => Format::Json,
        "jsonl" | "ndjson" => Format::JsonLines,
        "yaml" | "yml" => Format::Yaml,
        _ => Format::Csv,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name = \"LEGACY\"\nkey = \"Ticket\"\ntitle = \"Headline\"\n";

    fn error(more: &str) -> String {
        parse(&format!("{GOOD}{more}")).unwrap_err().to_string()
    }

    #[test]
    fn law_n5_an_unknown_key_names_line_and_nearest() {
        assert_eq!(error("severty = \"Sev\"\n"), "line 4: `severty`: found `severty`, which is no key here; the nearest is `severity`");
        assert!(error("team = { form = \"Group\" }\n").contains("the nearest is `from`"));
        assert!(error("detected = { from = \"Opened\", take = \"range-ende\" }\n").contains("the nearest is `range-end`"));
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_said() {
        assert!(parse("name = \"X\"\nkey = \"a\"\n").unwrap_err().to_string().contains("`title`: missing"));
        assert!(parse("key = \"a\"\n").unwrap_err().to_string().contains("`name`: missing"));
        assert_eq!(error("team = 4\n"), "line 4: `team`: found integer, expected a text");
        assert!(error("detected = { from = \"a\", zone = \"Mars/Base\" }\n").contains("Europe/Berlin"));
        assert!(parse("name = \n").unwrap_err().line == 1);
    }

    #[test]
    fn a_list_of_texts_is_a_field_each() {
        let mapping = parse(&format!("{GOOD}body = [\"A\", {{ from = \"B\", name = \"notes\" }}]\nenvironment = {{ os = \"OS\" }}\n")).unwrap();
        let shown: Vec<_> = mapping.fields.iter().map(|f| (f.name.as_str(), f.columns.join("+"), f.section.clone().unwrap_or_default())).collect();
        assert_eq!(shown[2..4], [("body", "A".into(), String::new()), ("body", "B".into(), "notes".into())]);
        assert_eq!(shown[4], ("environment", "OS".into(), "os".into()));
    }

    #[test]
    fn keys_are_told_apart() {
        for (at, (name, _)) in KEYS.iter().enumerate() {
            assert!(KEYS[at + 1..].iter().all(|(other, _)| other != name), "{name}");
        }
    }
}
