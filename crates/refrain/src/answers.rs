//! What commands say as JSON: each answer under the name and version of its form, and the schemas that they follow.

use std::collections::BTreeMap;

use refrain_classes::lineage::Event;
use refrain_record::findings::{Backtest, Class, Findings, Gap, Group, Metric, Outlook};
use refrain_record::{DecisionLog, Key, Record, Score};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;

/// An answer under its form. Forms of one major number only gain fields (law N8).
#[derive(Serialize, JsonSchema)]
pub struct Answer<T> {
    /// `refrain-NAME/1.0`.
    pub schema: String,
    /// What was asked for.
    pub result: T,
}

/// An answer as text.
pub fn answer<T: Serialize>(name: &str, result: T) -> String {
    crate::output::pretty(&Answer { schema: format!("refrain-{name}/1.0"), result })
}

/// Expected number of one class.
#[derive(Serialize, JsonSchema)]
pub struct ClassOutlook<'f> {
    /// Its id.
    pub class: &'f str,
    /// Its name.
    pub name: &'f str,
    /// What is expected.
    pub outlook: &'f Outlook,
}

/// What comes next.
#[derive(Serialize, JsonSchema)]
pub struct Forecasts<'f> {
    /// How the method did on the past.
    pub backtest: &'f Backtest,
    /// Each class.
    pub classes: Vec<ClassOutlook<'f>>,
}

/// Why two records are, or are not, one defect.
#[derive(Serialize, JsonSchema)]
pub struct Pair<'p> {
    /// The later record.
    pub new: &'p Key,
    /// The earlier one.
    pub earlier: &'p Key,
    /// Its place among the candidates of the later one, from 1.
    pub place: usize,
    /// Duplicate, recurrence or regression.
    pub relation: &'p str,
    /// Which earlier record comes first.
    pub rank: &'p Score,
    /// Whether it is the same defect.
    pub decision: &'p Score,
    /// The most similar pair of their traces, frame by frame.
    pub traces: Value,
}

/// A schema.
type Form = fn() -> Value;

fn schema<T: JsonSchema>() -> Value {
    serde_json::to_value(schema_for!(Answer<T>)).unwrap_or_default()
}

fn plain<T: JsonSchema>() -> Value {
    serde_json::to_value(schema_for!(T)).unwrap_or_default()
}

/// Every form that is published, by name.
pub const FORMS: &[(&str, Form)] = &[
    ("findings", plain::<Findings>),
    ("record", || serde_json::to_value(refrain_ingest::native::schema()).unwrap_or_default()),
    ("import", plain::<crate::commands::import::ImportReport>),
    ("brief", || serde_json::to_value(refrain_brief::format::json::schema()).unwrap_or_default()),
    ("gate", plain::<crate::commands::gate::GateReport<'static>>),
    ("baseline", plain::<refrain_classes::gate::Baseline>),
    ("config", plain::<crate::config::Config>),
    ("table", schema::<Vec<BTreeMap<String, String>>>),
    ("status", schema::<BTreeMap<String, Value>>),
    ("check", schema::<Vec<BTreeMap<String, Value>>>),
    ("model", schema::<BTreeMap<String, Value>>),
    ("decisions", schema::<DecisionLog>),
    ("duplicates", schema::<Vec<Group>>),
    ("explain-record", schema::<Record>),
    ("explain-pair", schema::<Pair<'static>>),
    ("classes", schema::<Vec<Class>>),
    ("class", schema::<Class>),
    ("lineage", schema::<Vec<Event>>),
    ("gaps", schema::<Vec<Gap>>),
    ("gap", schema::<Gap>),
    ("metrics", schema::<Vec<Metric>>),
    ("forecast", schema::<Forecasts<'static>>),
];
