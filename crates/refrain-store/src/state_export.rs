//! The ground state as text that can live in Git and be merged: one fact a line, sorted.
//!
//! | file | a line is |
//! |---|---|
//! | `records.jsonl` | what a file says about a key now, in the form of a record |
//! | `revisions.jsonl` | when that came and what it replaced; an ended revision holds its own text |
//! | `runs.jsonl` | an import. Runs are named by a hash over what they say, since numbers of two stores clash |
//! | `tombstones.jsonl` | a forgotten record |
//! | `decisions.jsonl` | a decision, with its hash |
//! | `lineage.jsonl` | an event in the life of a class |
//! | `summaries.jsonl` | what a former run found |
//! | `models.jsonl` | which model was in force since when |
//! | `models/HASH` | a model file |
//! | `state.json` | version of this form, pinned model, reason for a refit |

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use refrain_record::unite::digest;
use refrain_record::{Key, Moment, Record};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{At, Result, StoreError};
use crate::files;
use crate::runs::Run;
use crate::store::Store;

/// Version of the form, additive within a major number.
pub(crate) const STATE_SCHEMA: &str = "refrain-state/1.0";

/// How much is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateScope {
    /// Everything.
    All,
    /// Everything but records, their revisions and the runs that brought them: what people and fits added to them.
    WithoutRecords,
}

/// A line of `revisions.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevisionLine {
    pub key: Key,
    pub path: String,
    pub revision: i64,
    /// Name of the run that brought it.
    pub run: String,
    pub format: String,
    pub line: u32,
    /// Content hash; empty where the text was forgotten.
    pub hash: String,
    /// Name of the run in which something else replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Name of the run in which its file no longer held the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<String>,
    /// The text of an ended revision. That of one in force stands in `records.jsonl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
}

/// A line of `runs.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunLine {
    /// Name of the run: the same import has the same name in every store.
    pub name: String,
    #[serde(flatten)]
    pub run: Run,
}

/// A line of `lineage.jsonl` and `summaries.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteLine {
    pub number: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    pub note: Value,
}

/// `state.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateHead {
    pub schema: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_pinned: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit_due: Option<String>,
}

/// The name of each run by its number: a hash over when it was, what was typed and which files it met, with a count behind it where
/// two say the same. Reports are left out: forgetting a record may change them.
pub(crate) fn run_names(runs: &[Run]) -> BTreeMap<i64, String> {
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let mut name = |run: &Run| {
        let files: Vec<_> = run.files.iter().map(|f| (&f.path, &f.raw, f.kept)).collect();
        let said = serde_json::to_string(&(run.at, &run.command, files)).unwrap_or_default();
        let hash: String = digest(said.as_bytes()).chars().take(16).collect();
        let count = taken.entry(hash.clone()).or_default();
        *count += 1;
        if *count == 1 { hash } else { format!("{hash}-{count}") }
    };
    runs.iter().map(|run| (run.number, name(run))).collect()
}

impl Store {
    /// Writes the ground state into a folder. What an earlier export left there is replaced, file by file.
    pub fn export_state(&self, dir: &Path, scope: StateScope) -> Result<()> {
        self.snapshot(|| self.write_state(dir, scope))
    }

    fn write_state(&self, dir: &Path, scope: StateScope) -> Result<()> {
        files::private_folder(&dir.join("models"))?;
        if scope == StateScope::All {
            self.export_records(dir)?;
        }
        lines(dir, "tombstones.jsonl", self.tombstones()?)?;
        lines(dir, "decisions.jsonl", self.decisions()?.decisions)?;
        let note = |number: usize, json: &str, at| Ok(NoteLine { number: number as i64 + 1, at, note: self.parse_note(json)? });
        let events = self.lineage_lines()?;
        lines(dir, "lineage.jsonl", events.iter().enumerate().map(|(i, e)| note(i, e, None)).collect::<Result<Vec<_>>>()?)?;
        let summaries = self.summaries()?;
        lines(dir, "summaries.jsonl", summaries.iter().enumerate().map(|(i, s)| note(i, &s.json, Some(s.at))).collect::<Result<Vec<_>>>()?)?;
        lines(dir, "models.jsonl", self.model_log()?)?;
        for hash in self.models()? {
            let bytes = self.model_bytes(&hash)?.unwrap_or_default();
            replace(&dir.join("models").join(&hash), |out| out.write_all(&bytes))?;
        }
        let head = StateHead { schema: STATE_SCHEMA.into(), model_pinned: self.pinned_model()?, refit_due: self.refit_due()? };
        replace(&dir.join("state.json"), |out| writeln!(out, "{}", serde_json::to_string_pretty(&head)?))
    }

    fn export_records(&self, dir: &Path) -> Result<()> {
        let runs = self.runs()?;
        let names = run_names(&runs);
        let lookup =
            |number: i64| names.get(&number).cloned().ok_or_else(|| StoreError::damaged(&self.dir, format!("run {number} is not in the log")));
        let mut revisions = self.all_parts(&lookup)?;
        revisions.sort_by(|a, b| (&a.key, &a.path, a.revision).cmp(&(&b.key, &b.path, b.revision)));
        let standing = revisions.iter().filter(|r| r.ended.is_none()).filter_map(|r| r.record.as_ref());
        lines(dir, "records.jsonl", standing)?;
        revisions.iter_mut().filter(|r| r.ended.is_none()).for_each(|r| r.record = None);
        lines(dir, "revisions.jsonl", revisions)?;
        lines(dir, "runs.jsonl", runs.into_iter().map(|run| RunLine { name: names.get(&run.number).cloned().unwrap_or_default(), run }))
    }

    fn parse_note(&self, json: &str) -> Result<Value> {
        serde_json::from_str(json).map_err(|e| StoreError::damaged(&self.dir, format!("a note that is no JSON: {e}")))
    }
}

/// Writes one JSON value a line.
fn lines<T: Serialize>(dir: &Path, name: &str, values: impl IntoIterator<Item = T>) -> Result<()> {
    replace(&dir.join(name), |out| {
        for value in values {
            serde_json::to_writer(&mut *out, &value)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Writes a file beside its place and moves it there: whoever reads the folder meanwhile sees the old or the new one.
fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let file = files::private_file(&beside)?;
    file.set_len(0).at(&beside)?;
    let mut out = BufWriter::new(file);
    write(&mut out).and_then(|()| out.flush()).at(&beside)?;
    std::fs::rename(&beside, path).at(path)
}
