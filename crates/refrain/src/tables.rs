//! The tables of `data/`, built into the binary; rows of the user's own replace or extend them.

use std::path::Path;

use refrain_link::duplicate::{VERSION, Weights};
use refrain_record::{Control, Mechanism, StageModel};
use serde::de::DeserializeOwned;

use crate::config::{Config, explain};
use crate::failure::{Failure, FailureKind, Or};

/// Built-in tables by the name that `refrain config default NAME` takes.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("stages", include_str!("../../../data/stages.toml")),
    ("mechanisms", include_str!("../../../data/mechanisms.toml")),
    ("controls", include_str!("../../../data/controls.toml")),
    ("weights", include_str!("../../../data/weights.toml")),
];

/// Built-in mappings by name.
pub const MAPPINGS: &[(&str, &str)] = &[
    ("curl-retracted", include_str!("../../../data/mappings/curl-retracted.toml")),
    ("curl-vuln", include_str!("../../../data/mappings/curl-vuln.toml")),
    ("gitbugs-hadoop", include_str!("../../../data/mappings/gitbugs-hadoop.toml")),
    ("helpdesk", include_str!("../../../data/mappings/helpdesk.toml")),
    ("incident-sheet", include_str!("../../../data/mappings/incident-sheet.toml")),
    ("open-cvdb", include_str!("../../../data/mappings/open-cvdb.toml")),
    ("raw-traces", include_str!("../../../data/mappings/raw-traces.toml")),
    ("releases", include_str!("../../../data/mappings/releases.toml")),
];

/// The tables in force.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Ordered stages.
    pub stages: StageModel,
    /// Mechanisms, by id.
    pub mechanisms: Vec<Mechanism>,
    /// Controls, by id.
    pub controls: Vec<Control>,
    /// Weights of the two duplicate scores.
    pub weights: Weights,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Mechanisms {
    mechanism: Vec<Mechanism>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Controls {
    control: Vec<Control>,
}

/// Built-in rows with the user's own laid over them, checked against each other.
pub fn load(config: &Config) -> Result<Tables, Failure> {
    let stages = match &config.tables.stages {
        Some(file) => file_of(file)?,
        None => built_in("stages")?,
    };
    let mut mechanisms = built_in::<Mechanisms>("mechanisms")?.mechanism;
    for file in &config.tables.mechanisms {
        lay_over(&mut mechanisms, file_of::<Mechanisms>(file)?.mechanism, |m| &m.id);
    }
    let mut controls = built_in::<Controls>("controls")?.control;
    for file in &config.tables.controls {
        lay_over(&mut controls, file_of::<Controls>(file)?.control, |c| &c.id);
    }
    let weights: Weights = match &config.tables.weights {
        Some(file) => file_of(file)?,
        None => built_in("weights")?,
    };
    let tables = Tables { stages, mechanisms, controls, weights };
    check(&tables)?;
    Ok(tables)
}

fn lay_over<T>(rows: &mut Vec<T>, own: Vec<T>, id: fn(&T) -> &str) {
    rows.retain(|row| !own.iter().any(|o| id(o) == id(row)));
    rows.extend(own);
    rows.sort_by(|a, b| id(a).cmp(id(b)));
}

fn built_in<T: DeserializeOwned>(name: &str) -> Result<T, Failure> {
    let text = BUILT_IN.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text);
    toml::from_str(text).map_err(|error| explain(Path::new(&format!("data/{name}.toml")), text, &error))
}

fn file_of<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let text = std::fs::read_to_string(file).or_fail(FailureKind::Config, file.display())?;
    toml::from_str(&text).map_err(|error| explain(file, &text, &error))
}

/// Ids that one table names must stand in the other.
fn check(tables: &Tables) -> Result<(), Failure> {
    let bad = |what: String| {
        Err(Failure::new(FailureKind::Config, what).advise("`refrain config default mechanisms|controls|stages` prints the built-in rows"))
    };
    if tables.weights.version != VERSION {
        return bad(format!("weights: found version {}, expected {VERSION}: fit them again with `refrain learn duplicates`", tables.weights.version));
    }
    for m in &tables.mechanisms {
        if tables.stages.index(&m.ideal_stage).is_none() {
            return bad(format!("mechanism `{}`: ideal-stage `{}` is in no stage model", m.id, m.ideal_stage));
        }
        if let Some(c) = m.controls.iter().find(|c| !tables.controls.iter().any(|row| row.id == **c)) {
            return bad(format!("mechanism `{}`: control `{c}` is in no table of controls", m.id));
        }
    }
    for c in &tables.controls {
        if tables.stages.index(&c.stage).is_none() {
            return bad(format!("control `{}`: stage `{}` is in no stage model", c.id, c.stage));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_built_in_tables_hold_together() {
        let tables = load(&Config::default()).unwrap();
        let ids = |all: Vec<&str>| all.iter().collect::<BTreeSet<_>>().len() == all.len();
        assert!(ids(tables.mechanisms.iter().map(|m| m.id.as_str()).collect()), "a mechanism id stands twice");
        assert!(ids(tables.controls.iter().map(|c| c.id.as_str()).collect()), "a control id stands twice");
        assert!(tables.mechanisms.iter().all(|m| m.name.chars().count() <= 46), "a name does not fit its line");
        assert!(tables.mechanisms.iter().all(|m| !m.controls.is_empty()), "a mechanism without a control can never be a gap");
    }
}
