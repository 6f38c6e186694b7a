//! The run log: which import brought which files, when, and how it ended.

use std::collections::BTreeMap;

use refrain_record::Moment;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::error::{At, Result};
use crate::store::Store;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Under way.
    Open,
    /// All of its kept files are in the store.
    Done,
    /// It was killed or gave up: the files listed are in the store, later ones are not.
    Interrupted,
}

impl RunState {
    fn parse(text: &str) -> Self {
        match text {
            "done" => Self::Done,
            "open" => Self::Open,
            _ => Self::Interrupted,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A file of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFile {
    /// As in `Source::file`.
    pub path: String,
    /// Hash of its bytes, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Whether its records were kept.
    pub kept: bool,
    /// Its line of the import report.
    #[serde(default)]
    pub report: serde_json::Value,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// From 1.
    pub number: i64,
    /// When it began, as the caller said.
    pub at: Moment,
    /// What was typed.
    pub command: String,
    /// How it ended.
    pub state: RunState,
    /// Its files in the order of reading.
    #[serde(default)]
    pub files: Vec<RunFile>,
}

impl Store {
    /// Every run, the oldest first.
    pub fn runs(&self) -> Result<Vec<Run>> {
        let mut files = self.run_files()?;
        let mut statement = self.db.prepare("SELECT number, at, command, state FROM runs ORDER BY number").at(&self.dir)?;
        let rows = statement.query_map([], |row| {
            let state: String = row.get(3)?;
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, RunState::parse(&state)))
        });
        let rows: Vec<_> = rows.and_then(Iterator::collect).at(&self.dir)?;
        let run = |(number, at, command, state): (i64, String, String, RunState)| {
            Ok(Run { number, at: self.parse_moment(&at)?, command, state, files: files.remove(&number).unwrap_or_default() })
        };
        rows.into_iter().map(run).collect()
    }

    fn run_files(&self) -> Result<BTreeMap<i64, Vec<RunFile>>> {
        let mut statement = self.db.prepare("SELECT run, path, raw, kept, note FROM run_files ORDER BY run, place").at(&self.dir)?;
        let mut rows = statement.query([]).at(&self.dir)?;
        let mut files: BTreeMap<i64, Vec<RunFile>> = BTreeMap::new();
        while let Some(row) = rows.next().at(&self.dir)? {
            let note: String = row.get(4).at(&self.dir)?;
            let report = serde_json::from_str(&note).unwrap_or(serde_json::Value::String(note));
            let file = RunFile { path: row.get(1).at(&self.dir)?, raw: row.get(2).at(&self.dir)?, kept: row.get(3).at(&self.dir)?, report };
            files.entry(row.get(0).at(&self.dir)?).or_default().push(file);
        }
        Ok(files)
    }

    /// The newest run, without its files.
    pub fn last_run(&self) -> Result<Option<Run>> {
        let sql = "SELECT number, at, command, state FROM runs ORDER BY number DESC LIMIT 1";
        let row = self
            .db
            .query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?)));
        let Some((number, at, command, state)) = row.optional().at(&self.dir)? else { return Ok(None) };
        Ok(Some(Run { number, at: self.parse_moment(&at)?, command, state: RunState::parse(&state), files: Vec::new() }))
    }

    pub(crate) fn begin_run(&self, at: Moment, command: &str) -> Result<i64> {
        let sql = "INSERT INTO runs (number, at, command, state) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM runs), ?1, ?2, ?3)";
        self.db.execute(sql, params![at.to_string(), command, RunState::Open.name()]).at(&self.dir)?;
        Ok(self.db.last_insert_rowid())
    }

    pub(crate) fn end_run(&self, run: i64) -> Result<()> {
        self.set_run_state(run, RunState::Done)
    }

    /// Marks a run that gave up. Where nothing of it was committed there is nothing to mark.
    pub(crate) fn mark_interrupted(&self, run: i64) -> Result<()> {
        self.set_run_state(run, RunState::Interrupted)
    }

    fn set_run_state(&self, run: i64, state: RunState) -> Result<()> {
        self.db.execute("UPDATE runs SET state = ?2 WHERE number = ?1", params![run, state.name()]).at(&self.dir)?;
        Ok(())
    }

    pub(crate) fn parse_moment(&self, text: &str) -> Result<Moment> {
        text.parse().map_err(|e: refrain_record::time::MomentError| crate::StoreError::damaged(&self.dir, e.to_string()))
    }
}
