//! What every command stands on: options, configuration, tables, store, and the only clock.

use std::path::PathBuf;

use refrain_record::{DecisionLog, Key, Moment, Precision};
use refrain_store::{Access, Names, Store};

use crate::cli::{Format, Global};
use crate::config::{self, Loaded};
use crate::failure::{Failure, FailureKind, Or};
use crate::output::Progress;
use crate::tables::{self, Tables};

/// One run of the program.
pub struct Session {
    /// Options that hold everywhere.
    pub global: Global,
    /// Configuration with its origin.
    pub loaded: Loaded,
    /// Tables in force.
    pub tables: Tables,
    /// Progress on standard error.
    pub progress: Progress,
}

impl Session {
    /// Reads configuration and tables, and sets the number of threads.
    pub fn new(global: Global) -> Result<Self, Failure> {
        let here = std::env::current_dir().or_fail(FailureKind::Input, "working folder")?;
        let loaded = config::load(global.config.as_deref(), global.no_config, &here)?;
        let tables = tables::load(&loaded.config)?;
        let stages: Vec<&str> = tables.stages.stage.iter().map(|s| s.id.as_str()).collect();
        let config = &loaded.config;
        let problems = [config.rules.problems(&stages), config.cost.problems(), config.gaps.problems()].concat();
        if !problems.is_empty() {
            return Err(Failure::new(FailureKind::Config, problems.join("\n")).advise("`refrain config default` prints every key with its meaning"));
        }
        if let Some(threads) = global.threads {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().or_fail(FailureKind::Usage, "--threads")?;
        }
        let progress = Progress::new(&global);
        Ok(Self { global, loaded, tables, progress })
    }

    /// Format of the result.
    pub fn format(&self) -> Format {
        self.global.format
    }

    /// The store folder.
    pub fn folder(&self) -> PathBuf {
        self.global.store.clone()
    }

    /// Opens the store. Errors say what to do.
    pub fn store(&self, access: Access) -> Result<Store, Failure> {
        Store::open(self.folder(), access).map_err(|error| Failure::new(FailureKind::Store, error))
    }

    /// What `--as-of` says.
    pub fn as_of(&self) -> Result<Option<Moment>, Failure> {
        self.global.as_of.as_deref().map(|text| text.parse().or_fail(FailureKind::Usage, "--as-of")).transpose()
    }

    /// The record that a text names.
    pub fn key(&self, store: &Store, text: &str) -> Result<Key, Failure> {
        match store.resolve(text).or_fail(FailureKind::Store, "looking up a record")? {
            Names::One(key) => Ok(key),
            Names::Unknown => Err(Failure::new(FailureKind::Input, format!("found no record `{text}`"))
                .advise("`refrain search` looks for words; keys are SYSTEM:id such as JIRA:PAY-1182")),
            Names::Several(keys) => {
                let all: Vec<String> = keys.iter().take(8).map(ToString::to_string).collect();
                Err(Failure::new(FailureKind::Input, format!("`{text}` may be {}", all.join(", "))).advise("give the system too"))
            }
        }
    }

    /// The decision log.
    pub fn decisions(&self, store: &Store) -> Result<DecisionLog, Failure> {
        store.decisions().or_fail(FailureKind::Store, "decisions")
    }
}

/// The only clock of the program: for the run log, decisions and locks, never for a result.
pub fn now() -> Moment {
    let seconds = jiff::Timestamp::now().as_second();
    Moment { precision: Precision::Second, ..Moment::at(seconds) }
}
