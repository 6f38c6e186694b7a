//! What later runs need to know of earlier ones: lineage of classes, and a summary of each run's findings.

use refrain_record::Moment;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{At, Result, StoreError};
use crate::store::Store;

/// What a former run found, in the form that its writer chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// From 1.
    pub number: i64,
    /// `as_of` of that run.
    pub at: Moment,
    /// The summary as JSON.
    pub json: String,
}

impl Store {
    /// Appends events of the lineage of classes, all or none.
    pub fn put_lineage<T: Serialize>(&mut self, events: &[T]) -> Result<()> {
        self.atomically(|| events.iter().try_for_each(|event| self.push_lineage(&self.json(event)?)))
    }

    pub(crate) fn push_lineage(&self, json: &str) -> Result<()> {
        let sql = "INSERT INTO lineage (number, json) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM lineage), ?1)";
        self.db.execute(sql, [json]).at(&self.dir)?;
        Ok(())
    }

    /// All events of the lineage, the oldest first. Errors: an event that `T` cannot read.
    pub fn lineage<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let parse = |line: &String| serde_json::from_str(line).map_err(|e| StoreError::damaged(&self.dir, format!("lineage `{line}`: {e}")));
        self.lineage_lines()?.iter().map(parse).collect()
    }

    pub(crate) fn lineage_lines(&self) -> Result<Vec<String>> {
        let mut statement = self.db.prepare("SELECT json FROM lineage ORDER BY number").at(&self.dir)?;
        statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).at(&self.dir)
    }

    /// Keeps the summary of a run. One that equals the last is not kept again, so that a repeated run changes nothing.
    pub fn put_summary<T: Serialize>(&mut self, at: Moment, summary: &T) -> Result<()> {
        self.must_write()?;
        let json = self.json(summary)?;
        if self.last_summary()?.is_some_and(|last| last.json == json && last.at == at) {
            return Ok(());
        }
        self.push_summary(at, &json)
    }

    pub(crate) fn push_summary(&self, at: Moment, json: &str) -> Result<()> {
        let sql = "INSERT INTO summaries (number, at, json) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM summaries), ?1, ?2)";
        self.db.execute(sql, params![at.to_string(), json]).at(&self.dir)?;
        Ok(())
    }

    /// The newest summary.
    pub fn last_summary(&self) -> Result<Option<Summary>> {
        let sql = "SELECT number, at, json FROM summaries ORDER BY number DESC LIMIT 1";
        let row = self.db.query_row(sql, [], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))).optional().at(&self.dir)?;
        row.map(|(number, at, json)| Ok(Summary { number, at: self.parse_moment(&at)?, json })).transpose()
    }

    /// All summaries, the oldest first.
    pub fn summaries(&self) -> Result<Vec<Summary>> {
        let mut statement = self.db.prepare("SELECT number, at, json FROM summaries ORDER BY number").at(&self.dir)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?)));
        let rows: Vec<(i64, String, String)> = rows.and_then(Iterator::collect).at(&self.dir)?;
        rows.into_iter().map(|(number, at, json)| Ok(Summary { number, at: self.parse_moment(&at)?, json })).collect()
    }

    fn json<T: Serialize>(&self, value: &T) -> Result<String> {
        serde_json::to_string(value).map_err(|e| StoreError::refused(&self.dir, format!("cannot be written as JSON: {e}")))
    }
}
