//! A row of a table or tree as a record, by the fields of a mapping.

use std::collections::BTreeMap;

use refrain_record::{Bucket, CostItem, CostUnit, Kind, Known, Record, Role, Severity, Status};

use super::cells::{self, Cells};
use super::spec::{self, Cost, Fact, Field, Form, Many, Slot, When};
use super::{Mapping, times};
use crate::entry::{excerpt, field as add_field, key, link, remark, section, system_for};
use crate::headings;
use crate::prose;
use crate::source::{Item, ReadSetup};
use crate::text::{self, is_person_field};

/// Field at fault, what was found, what was expected.
pub(super) type Fault = (String, String, String);

/// Values that mean nothing in any table.
const ABSENT: &[&str] = &["-", "--", "n/a", "na", "null", "none", "nil", "nan", "(blank)", "(none)", "unknown", "?"];

/// One reading of one file.
pub(super) struct Run<'a> {
    mapping: &'a Mapping,
    pub(super) path: &'a str,
    setup: &'a ReadSetup,
    system: String,
    lookups: BTreeMap<String, BTreeMap<String, String>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(mapping: &'a Mapping, path: &'a str, setup: &'a ReadSetup) -> Self {
        let system = system_for(&mapping.name, path, setup).to_owned();
        let mut run = Self { mapping, path, setup, system, lookups: BTreeMap::new() };
        for field in &mapping.fields {
            run.open_lookup(field);
        }
        run
    }

    /// Reads the table that a field looks its values up in, where the caller passed it.
    fn open_lookup(&mut self, field: &Field) {
        let Some(lookup) = &field.lookup else { return };
        let folder = self.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let Some(text) = self.setup.lookups.get(&format!("{folder}{}", lookup.file)) else { return };
        let mut bytes = text.as_bytes();
        let Ok(mut table) = cells::Table::open(&mut bytes, cells::delimiter) else { return };
        let mut pairs = BTreeMap::new();
        while let Some(row) = table.next_row() {
            let Ok((_, row)) = row else { continue };
            let cells = Cells::Row(&table.columns, &row);
            if let (Some(from), Some(to)) = (cells.values(&lookup.find).pop(), cells.values(&lookup.give).pop()) {
                pairs.insert(from, to);
            }
        }
        self.lookups.insert(field.name.clone(), pairs);
    }

    /// What the report must say at the end.
    pub(super) fn finish(&self, sink: &mut dyn FnMut(Item)) {
        let missing = self.mapping.fields.iter().filter(|field| field.lookup.is_some() && !self.lookups.contains_key(&field.name));
        for field in missing {
            let file = field.lookup.as_ref().map_or("", |lookup| &lookup.file);
            sink(remark(0, "", &field.name, format!("the table `{file}` is not beside the file; left absent")));
        }
    }

    /// A row as a record. Errors: a row without key or title.
    pub(super) fn record(&self, cells: &Cells<'_>, line: u32, sink: &mut dyn FnMut(Item)) -> Result<Record, Fault> {
        let mapping = self.mapping;
        let of_slot = |wanted: Slot| mapping.fields.iter().find(move |field| spec::slot(&field.name) == Some(wanted));
        let id = of_slot(Slot::Key).map(|field| self.values(field, cells, sink).join("-")).unwrap_or_default();
        if id.is_empty() {
            return Err(("key".to_owned(), String::new(), "an id".to_owned()));
        }
        let key = key(&self.system, &id).map_err(|error| ("key".to_owned(), id.clone(), error.to_string()))?;
        let title = of_slot(Slot::Title).map(|field| self.values(field, cells, sink).join(" ")).unwrap_or_default();
        if title.trim().is_empty() {
            return Err(("title".to_owned(), String::new(), "a title".to_owned()));
        }
        let mut record = Record::new(key, mapping.kind.unwrap_or(Kind::Issue), &title);
        for field in &mapping.fields {
            let values = self.values(field, cells, sink);
            if !values.is_empty() {
                self.fill(&mut record, field, values, line, sink);
            }
        }
        self.keep_fields(&mut record, cells);
        Ok(record)
    }

    /// The values of a field: of its columns, or its constant; split, without those that mean nothing, looked up, mapped. What a
    /// category became of each source value is told (law A2).
    fn values(&self, field: &Field, cells: &Cells<'_>, sink: &mut dyn FnMut(Item)) -> Vec<String> {
        if let Some(constant) = &field.constant {
            return vec![constant.clone()];
        }
        let raw = field.columns.iter().flat_map(|column| cells.values(column));
        let split: Vec<String> = match &field.split {
            Some(mark) => raw.flat_map(|value| value.split(mark.as_str()).map(|part| part.trim().to_owned()).collect::<Vec<_>>()).collect(),
            None => raw.collect(),
        };
        let kept = split.into_iter().filter(|value| !is_absent(value, field));
        let one = matches!(spec::slot(&field.name), Some(Slot::Known(_) | Slot::Time(_)));
        kept.filter_map(|value| self.target(field, value, sink)).take(if one { 1 } else { usize::MAX }).collect()
    }

    /// What becomes of a value: looked up, mapped, or itself, if the field can hold it. What has no target is left out.
    fn target(&self, field: &Field, value: String, sink: &mut dyn FnMut(Item)) -> Option<String> {
        let target = match (&field.lookup, field.map.iter().find(|(from, _)| from.eq_ignore_ascii_case(&value))) {
            (Some(_), _) => self.lookups.get(&field.name)?.get(&value).cloned(),
            (None, Some((_, to))) => Some(to.clone()),
            (None, None) => Some(value.clone()).filter(|_| field.map.is_empty() || field.keep),
        };
        let fact = match spec::slot(&field.name) {
            Some(Slot::Known(fact)) => Some(fact),
            _ => None,
        };
        let target = target.filter(|to| to == "absent" || fact.is_none_or(|fact| can_hold(fact, to)));
        let level = target.as_deref().filter(|_| fact == Some(Fact::Severity)).and_then(severity).map(|level| level.level().to_string());
        let target = level.or(target);
        if fact.is_some() || target.is_none() {
            tell(field, &value, target.as_ref(), sink);
        }
        target.filter(|to| to != "absent")
    }

    fn fill(&self, record: &mut Record, field: &Field, values: Vec<String>, line: u32, sink: &mut dyn FnMut(Item)) {
        match spec::slot(&field.name) {
            Some(Slot::Text(role)) => sections(record, role, field, &values),
            Some(Slot::Known(fact)) => {
                set_fact(record, fact, field, &values[0]);
            }
            Some(Slot::Time(when)) => self.set_time(record, when, field, &values[0], line, sink),
            Some(Slot::List(Many::Kinds)) => record.kinds.extend(values.iter().map(|value| kind_id(value))),
            Some(Slot::List(many)) => list(record, many).extend(values),
            Some(Slot::Link(kind)) => {
                for value in values {
                    link(record, kind, &self.qualified(kind, value), &at(field));
                }
            }
            Some(Slot::Cost(cost)) => match amount(cost, field, &values) {
                Some(item) => record.costs.push(item),
                None => sink(remark(line, record.key.id(), &field.name, format!("found `{}`, expected a number; left absent", excerpt(&values[0])))),
            },
            Some(Slot::Environment) => {
                record.environment.insert(field.section.clone().unwrap_or_default(), values.join(", "));
            }
            Some(Slot::Key | Slot::Title | Slot::Page | Slot::Fields) | None => {}
        }
    }

    /// Ids of the same system get its name before them, so that a link finds its record.
    fn qualified(&self, kind: refrain_record::LinkKind, value: String) -> String {
        use refrain_record::LinkKind::{Cloned, DuplicateOf, DuplicatedBy};
        let own = matches!(kind, DuplicateOf | DuplicatedBy | Cloned) && !value.contains(':');
        if own { format!("{}:{value}", self.system.to_uppercase()) } else { value }
    }

    fn set_time(&self, record: &mut Record, when: When, field: &Field, value: &str, line: u32, sink: &mut dyn FnMut(Item)) {
        let Some(moment) = times::moment(field, value, self.setup) else {
            if field.take == spec::Take::Whole {
                let expected = if field.formats.is_empty() { "a date such as 2024-03-01".to_owned() } else { field.formats.join(" or ") };
                sink(remark(line, record.key.id(), &field.name, format!("found `{}`, expected {expected}; left absent", excerpt(value))));
            }
            return;
        };
        let known = known(field, moment);
        match when {
            When::Created => record.created = known,
            When::Detected => record.detected = known,
            When::Introduced => record.introduced = known,
            When::Resolved => record.resolved = known,
            When::Updated => record.updated = Some(moment),
        }
    }

    /// Columns that `fields` names, or with `"*"` every one that nothing else uses and that names no person.
    fn keep_fields(&self, record: &mut Record, cells: &Cells<'_>) {
        let named: Vec<&String> = self.mapping.fields.iter().filter(|f| f.name == "fields").flat_map(|f| &f.columns).collect();
        let rest: Vec<String> = if named.iter().any(|name| *name == "*") { self.unused(cells) } else { Vec::new() };
        for name in named.into_iter().filter(|name| *name != "*").chain(&rest) {
            for value in cells.values(name).into_iter().filter(|value| !is_absent(value, &Field::default())) {
                add_field(record, name, &value);
            }
        }
    }

    fn unused(&self, cells: &Cells<'_>) -> Vec<String> {
        let used = |name: &String| {
            is_person_field(name) || self.mapping.fields.iter().any(|f| f.columns.contains(name)) || self.mapping.ignore.contains(name)
        };
        cells.names().into_iter().filter(|name| !used(name)).collect()
    }
}

/// Tells what became of a value of a category.
fn tell(field: &Field, from: &str, to: Option<&String>, sink: &mut dyn FnMut(Item)) {
    if let Some((name, _)) = spec::KEYS.iter().find(|(name, slot)| *name == field.name && !matches!(slot, Slot::Known(Fact::Url | Fact::Occurrences)))
    {
        sink(Item::Mapped { field: name, from: excerpt(from), to: to.cloned() });
    }
}

fn is_absent(value: &str, field: &Field) -> bool {
    let lower = value.to_lowercase();
    value.is_empty()
        || field.absent.iter().any(|word| word == value)
        || ABSENT.contains(&lower.as_str()) && !field.map.iter().any(|(from, _)| from == value)
}

/// Where a value stands.
fn at(field: &Field) -> String {
    field.columns.join("+")
}

/// Stated by its columns, derived by the rule of the mapping, or assumed where it is a constant.
fn known<T>(field: &Field, value: T) -> Known<T> {
    match (&field.rule, &field.constant) {
        (Some(rule), _) => Known::derived(value, rule.clone()),
        (None, Some(_)) => Known::assumed(value, "the mapping says so for every record"),
        (None, None) => Known::stated(value, at(field)),
    }
}

fn sections(record: &mut Record, role: Role, field: &Field, values: &[String]) {
    let name = match (&field.section, field.columns.first()) {
        (Some(name), _) => name.clone(),
        (None, Some(column)) if role == Role::Other => headings::slug(column),
        _ => role.name().to_owned(),
    };
    let plain = |value: &String| match field.form {
        Form::Plain => value.replace("\r\n", "\n"),
        Form::Markdown => text::plain_from_markdown(value),
        Form::Html => text::plain_from_html(value),
        Form::Wiki => text::plain_from_wiki(value),
    };
    if matches!(role, Role::Trace | Role::Comment) {
        values.iter().for_each(|value| section(record, role, &name, &plain(value)));
    } else {
        section(record, role, &name, &values.iter().map(plain).collect::<Vec<_>>().join("\n\n"));
    }
}

/// `CWE-122: Heap-based Buffer Overflow` → `CWE-122`, as other sources write it.
fn kind_id(value: &str) -> String {
    match value.split_once(':') {
        Some((id, _)) if id.strip_prefix("CWE-").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit())) => id.to_owned(),
        _ => value.to_owned(),
    }
}

fn list(record: &mut Record, many: Many) -> &mut Vec<String> {
    match many {
        Many::Components => &mut record.components,
        Many::Labels => &mut record.labels,
        Many::Versions => &mut record.versions,
        Many::Kinds => &mut record.kinds,
    }
}

/// Whether a fact can hold a value.
fn can_hold(fact: Fact, value: &str) -> bool {
    match fact {
        Fact::Kind => kind(value).is_some(),
        Fact::Severity => severity(value).is_some(),
        Fact::Bucket => bucket(value).is_some(),
        Fact::Status => status(value).is_some(),
        Fact::Occurrences => count(value).is_some(),
        Fact::Withdrawn => truth(value).is_some(),
        _ => true,
    }
}

/// Sets a fact to a value that it can hold.
fn set_fact(record: &mut Record, fact: Fact, field: &Field, value: &str) {
    let text = || known(field, value.to_owned());
    match fact {
        Fact::Kind => record.kind = kind(value).unwrap_or(record.kind),
        Fact::Project => record.project = Some(value.to_owned()),
        Fact::Team => record.team = text(),
        Fact::Service => record.service = text(),
        Fact::Severity => record.severity = severity(value).map_or(Known::Absent, |level| known(field, level)),
        Fact::Stage => record.actual_stage = text(),
        Fact::IdealStage => record.ideal_stage = text(),
        Fact::Bucket => record.bucket = bucket(value).map_or(Known::Absent, |bucket| known(field, bucket)),
        Fact::Status => record.status = status(value).unwrap_or_default(),
        Fact::Resolution => record.resolution = Some(value.to_owned()),
        Fact::Url => record.url = Some(value.to_owned()),
        Fact::Occurrences => record.occurrences = count(value).unwrap_or(1),
        Fact::Withdrawn => record.withdrawn = truth(value).unwrap_or(false),
    }
}

fn kind(value: &str) -> Option<Kind> {
    spec::KINDS.iter().find(|(name, _)| *name == value).and_then(|(_, kind)| *kind)
}

fn bucket(value: &str) -> Option<Bucket> {
    Bucket::ALL.iter().copied().find(|bucket| bucket.name() == value)
}

fn count(value: &str) -> Option<u64> {
    value.parse().ok().filter(|count| *count > 0)
}

fn severity(value: &str) -> Option<Severity> {
    value.parse().ok().and_then(Severity::new).or_else(|| crate::advisory::shared::severity_word(value))
}

/// Words of statuses, lower case. What is not here needs a `map`.
const STATUSES: &[(&str, Status)] = &[
    ("open", Status::Open),
    ("new", Status::Open),
    ("to do", Status::Open),
    ("reopened", Status::Open),
    ("in progress", Status::Open),
    ("patch available", Status::Open),
    ("resolved", Status::Resolved),
    ("closed", Status::Resolved),
    ("done", Status::Resolved),
    ("fixed", Status::Resolved),
    ("dismissed", Status::Dismissed),
    ("duplicate", Status::Dismissed),
    ("won't fix", Status::Dismissed),
    ("rejected", Status::Dismissed),
];

fn status(value: &str) -> Option<Status> {
    let lower = value.to_lowercase();
    STATUSES.iter().find(|(word, _)| *word == lower).map(|(_, status)| *status)
}

fn truth(value: &str) -> Option<bool> {
    match value.to_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// An amount with its unit; several numbers in the cells are a range.
fn amount(cost: Cost, field: &Field, values: &[String]) -> Option<CostItem> {
    let unit = field.unit.as_deref().unwrap_or_default();
    let all = |value: &String| match cost {
        Cost::Hours => work_hours(value, unit, field.hours_per_day.unwrap_or(8.0)).into_iter().collect(),
        Cost::Downtime => minutes(value, unit).into_iter().collect(),
        _ => prose::amounts(value).into_iter().map(|amount| amount.value).collect::<Vec<_>>(),
    };
    let numbers: Vec<f64> = values.iter().flat_map(all).filter(|number| number.is_finite() && *number >= 0.0).collect();
    let low = numbers.iter().copied().reduce(f64::min)?;
    let high = numbers.iter().copied().reduce(f64::max)?;
    let unit = match cost {
        Cost::Hours => CostUnit::EngineerHours,
        Cost::Downtime => CostUnit::DowntimeMinutes,
        Cost::Users => CostUnit::Users,
        Cost::Contacts => CostUnit::SupportContacts,
        Cost::Money => CostUnit::Money { currency: if unit.is_empty() { "USD".to_owned() } else { unit.to_uppercase() } },
    };
    Some(CostItem { unit, low, high, at: at(field) })
}

fn work_hours(value: &str, unit: &str, day: f64) -> Option<f64> {
    let number = || prose::amounts(value).first().map(|amount| amount.value);
    match unit {
        "seconds" => number().map(|n| n / 3600.0),
        "minutes" => number().map(|n| n / 60.0),
        "days" | "person-days" => number().map(|n| n * day),
        "hours" => number(),
        _ => prose::duration(value).map(|(minutes, ..)| minutes / 60.0).or_else(number),
    }
}

fn minutes(value: &str, unit: &str) -> Option<f64> {
    let number = || prose::amounts(value).first().map(|amount| amount.value);
    match unit {
        "seconds" => number().map(|n| n / 60.0),
        "hours" => number().map(|n| n * 60.0),
        "minutes" => number(),
        _ => prose::duration(value).map(|(minutes, ..)| minutes).or_else(number),
    }
}
