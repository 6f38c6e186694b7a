//! refrain.toml: every key documented, an unknown key refused with the nearest known one, every value with its origin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use refrain_link::fold::FoldSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, FailureKind, Or};

/// Name of the configuration file, looked for upwards from the working folder.
pub const FILE: &str = "refrain.toml";

/// Everything that can be set. Each section belongs to one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Reading files.
    pub import: ImportConfig,
    /// Teams, stages and buckets by rule over any field of a record.
    pub rules: refrain_ingest::rules::Rules,
    /// Tables beside or instead of the built-in ones.
    pub tables: TablesConfig,
    /// Which frames are the program's own, which traces belong together or apart: `[[traces.in-app]]`, `[[traces.group]]`.
    pub traces: refrain_link::trace::UserRules,
    /// Folding of duplicates.
    pub duplicates: FoldSettings,
    /// Recurring classes.
    pub classes: refrain_classes::ClassSettings,
    /// What a defect costs.
    pub cost: refrain_classes::cost::CostModel,
    /// Forecast, ranking, metrics.
    pub gaps: refrain_classes::gaps::GapSettings,
    /// Which control exists where: control id to team to since when (`2025-03-01`); team `*` for all.
    pub controls: BTreeMap<String, BTreeMap<String, String>>,
    /// Thresholds of the gate.
    pub gate: refrain_classes::gate::GateSettings,
    /// The brief.
    pub brief: BriefConfig,
}

/// `[import]`: reading files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImportConfig {
    /// Files set aside, patterns as in .gitignore.
    pub exclude: Vec<String>,
    /// A file with a larger share of skipped records is rolled back as a whole, 0..1.
    pub max_skip: f64,
    /// IANA zone of times without one; UTC, counted as assumed, where empty.
    pub zone: String,
    /// `month`, `day` or `auto` first in dates such as 3/4/24.
    pub dates: String,
    /// Keep names of people. Off: they are dropped.
    pub people: bool,
    /// Mask secrets and personal data before anything is stored.
    pub mask: bool,
    /// System name by pattern over the file's path, for two instances of one tracker: `{ "eu/*.json" = "JIRA-EU" }`.
    pub systems: BTreeMap<String, String>,
    /// Largest file once unpacked, in mebibytes.
    pub largest_mib: u64,
}

impl Default for ImportConfig {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            max_skip: 0.05,
            zone: String::new(),
            dates: "auto".into(),
            people: false,
            mask: false,
            systems: BTreeMap::new(),
            largest_mib: 8192,
        }
    }
}

/// `[tables]`: files with rows of one's own; a row with a known id replaces the built-in one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TablesConfig {
    /// Mechanisms, beside the built-in ones.
    pub mechanisms: Vec<PathBuf>,
    /// Controls, beside the built-in ones.
    pub controls: Vec<PathBuf>,
    /// The stage model, instead of the built-in one.
    pub stages: Option<PathBuf>,
    /// Mappings, beside the built-in ones.
    pub mappings: Vec<PathBuf>,
    /// Weights of the duplicate scores, instead of the built-in ones (`refrain learn duplicates --output FILE`).
    pub weights: Option<PathBuf>,
    /// Deployments (CSV or JSON).
    pub deployments: Vec<PathBuf>,
}

/// `[brief]`: the brief.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BriefConfig {
    /// Name of the organisation, in the head of the page.
    pub organisation: String,
    /// Teams with fewer defects are merged as "others" in rates and comparisons.
    pub minimum: u64,
    /// Address of a record by system, with `{id}`: `{ JIRA = "https://jira.example/browse/{id}" }`.
    pub urls: BTreeMap<String, String>,
    /// Names of customers and products that masking must hide.
    pub mask_names: Vec<String>,
    /// Key of the masks: without it nobody can test a guess of what a mask hides. Keep it out of what you publish.
    pub mask_key: String,
}

impl Default for BriefConfig {
    fn default() -> Self {
        Self { organisation: String::new(), minimum: 5, urls: BTreeMap::new(), mask_names: Vec::new(), mask_key: String::new() }
    }
}

/// A configuration with where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// The file, where there is one.
    pub file: Option<PathBuf>,
    /// Line of each value that the file sets, by dotted path.
    pub lines: BTreeMap<String, usize>,
}

/// Reads the file named, or the nearest one upwards from `from`, or none.
pub fn load(named: Option<&Path>, none: bool, from: &Path) -> Result<Loaded, Failure> {
    let nearest = || from.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file());
    let file = if none { None } else { named.map(Path::to_owned).or_else(nearest) };
    let Some(file) = file else {
        return Ok(Loaded { config: Config::default(), file: None, lines: BTreeMap::new() });
    };
    let text = std::fs::read_to_string(&file).or_fail(FailureKind::Config, file.display())?;
    let config: Config = toml::from_str(&text).map_err(|error| explain(&file, &text, &error))?;
    let config = beside(config, file.parent().unwrap_or(Path::new(".")));
    Ok(Loaded { config, lines: lines(&text), file: Some(file) })
}

/// Files named in the configuration stand relative to it.
fn beside(mut config: Config, folder: &Path) -> Config {
    let tables = &mut config.tables;
    for path in [&mut tables.mechanisms, &mut tables.controls, &mut tables.mappings, &mut tables.deployments]
        .into_iter()
        .flatten()
        .chain(tables.stages.as_mut())
        .chain(tables.weights.as_mut())
    {
        *path = folder.join(&path);
    }
    config
}

/// A TOML error as file:line:column with the nearest valid name.
pub fn explain(file: &Path, text: &str, error: &toml::de::Error) -> Failure {
    let at = error.span().map_or(0, |s| s.start);
    let (line, column) = position(text, at);
    let place = format!("{}:{line}:{column}", file.display());
    let said = error.message();
    let names: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    let failure = Failure::new(FailureKind::Config, format!("{place}: {said}"));
    match names.split_first().and_then(|(found, valid)| nearest(found, valid)) {
        Some(name) => failure.advise(format!("did you mean `{name}`?")),
        None => failure.advise("`refrain config default` prints every key with its meaning"),
    }
}

/// The valid name nearest to what was found, by edit distance at most 2 or a third of its length.
pub fn nearest<'a>(found: &str, valid: &[&'a str]) -> Option<&'a str> {
    let reach = 2.max(found.chars().count() / 3);
    valid.iter().map(|v| (strsim::damerau_levenshtein(found, v), *v)).filter(|(d, _)| *d <= reach).min().map(|(_, v)| v)
}

/// Line and column, both from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at.min(text.len()))];
    let line = before.matches('\n').count() + 1;
    (line, before.chars().rev().take_while(|c| *c != '\n').count() + 1)
}

/// Line of each leaf of a TOML text, by dotted path.
fn lines(text: &str) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    if let Ok(table) = toml::de::DeTable::parse(text) {
        leaves("", table.get_ref(), text, &mut out);
    }
    out
}

fn leaves(path: &str, table: &toml::de::DeTable<'_>, text: &str, out: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let name = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        match value.get_ref() {
            toml::de::DeValue::Table(inner) => leaves(&name, inner, text, out),
            _ => {
                out.insert(name, position(text, key.span().start).0);
            }
        }
    }
}

/// Every value as dotted path and text.
pub fn flat(config: &Config) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    if let Ok(toml::Value::Table(table)) = toml::Value::try_from(config) {
        flatten("", &table, &mut out);
    }
    out
}

fn flatten(path: &str, table: &toml::Table, out: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            toml::Value::Table(inner) if !inner.is_empty() => flatten(&name, inner, out),
            _ => {
                out.insert(name, value.to_string());
            }
        }
    }
}

/// The defaults as a commented refrain.toml: each key with its meaning, the value commented out.
pub fn commented() -> String {
    let schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap_or_default();
    let defaults = flat(&Config::default());
    let mut out = String::from(
        "# refrain.toml: every key with its default. Take the # away from a key and from the section above it to set a value;\n# `refrain config show` says where each value comes from.\n",
    );
    let mut section = String::new();
    let mut keys: Vec<(&str, &str, &String)> = defaults
        .iter()
        .map(|(path, value)| (path.rsplit_once('.').unwrap_or(("", path)), value))
        .map(|((head, key), value)| (head, key, value))
        .collect();
    // A section in one piece, its own keys before those of the sections within.
    keys.sort_unstable();
    for (head, key, value) in keys {
        if head != section {
            section = head.to_owned();
            out += &format!("\n{}#[{head}]\n", describe(&schema, head));
        }
        out += &format!("{}#{key} = {value}\n", describe(&schema, &format!("{head}.{key}")));
    }
    out
}

/// The doc comment of a dotted path in the schema, as comment lines.
fn describe(schema: &serde_json::Value, path: &str) -> String {
    let mut at = schema;
    let mut text = "";
    for part in path.split('.') {
        // A table of rows that the user names has no property of that name, but says what each row is.
        let named = at.pointer(&format!("/properties/{part}")).or_else(|| at.get("additionalProperties"));
        let Some(next) = named else { return String::new() };
        text = next["description"].as_str().unwrap_or(text);
        at = next["$ref"].as_str().and_then(|r| schema.pointer(r.trim_start_matches('#'))).unwrap_or(next);
    }
    text.lines().map(|l| format!("# {l}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let error = toml::from_str::<Config>(text).unwrap_err();
        explain(Path::new("refrain.toml"), text, &error).to_string()
    }

    #[test]
    fn law_n5_an_unknown_key_names_the_nearest() {
        let said = refused("[import]\nzone = \"UTC\"\nmax-skp = 0.1\n");
        assert!(said.contains("refrain.toml:3:1"), "{said}");
        assert!(said.contains("did you mean `max-skip`?"), "{said}");
    }

    #[test]
    fn law_n5_a_wrong_value_names_its_place() {
        let said = refused("[import]\nmax-skip = \"much\"\n");
        assert!(said.contains("refrain.toml:2:12"), "{said}");
    }

    #[test]
    fn every_default_is_documented_and_reads_back() {
        let text = commented();
        let is_key = |line: &str| line.starts_with('#') && !line.starts_with("# ");
        assert_eq!(toml::from_str::<Config>(&text).ok(), Some(Config::default()), "as written, before anything is set");
        for (number, line) in text.lines().enumerate().filter(|(_, l)| is_key(l) && !l.starts_with("#[")) {
            let before = text.lines().nth(number - 1).unwrap_or("");
            assert!(before.starts_with("# "), "no meaning before `{line}`");
        }
        let plain: String = text.lines().map(|l| format!("{}\n", if is_key(l) { &l[1..] } else { l })).collect();
        let read: Result<Config, _> = toml::from_str(&plain);
        assert_eq!(read.ok(), Some(Config::default()), "{plain}");
    }
}
