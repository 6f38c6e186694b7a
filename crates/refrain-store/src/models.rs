//! Model files: kept for ever under their hash; a log says which one is in force since when.

use refrain_record::Moment;
use refrain_record::unite::digest;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::error::{At, Result, StoreError};
use crate::store::Store;

/// Name in `meta` of the hash that is pinned.
const PIN: &str = "model-pin";
/// Name in `meta` of the reason why a refit is due.
const REFIT: &str = "refit-due";

/// An entry of the log of models.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModelInForce {
    /// From 1.
    pub number: i64,
    /// Hash of the model file, 32 hexadecimal digits.
    pub hash: String,
    /// Since when.
    pub at: Moment,
    /// Why.
    pub why: String,
}

impl Store {
    /// Keeps a model file and gives its hash. It is not in force by that.
    pub fn put_model(&mut self, bytes: &[u8]) -> Result<String> {
        self.must_write()?;
        self.keep_model(bytes)
    }

    pub(crate) fn keep_model(&self, bytes: &[u8]) -> Result<String> {
        let hash = digest(bytes);
        self.db.execute("INSERT OR IGNORE INTO models (hash, bytes) VALUES (?1, ?2)", params![hash, bytes]).at(&self.dir)?;
        Ok(hash)
    }

    /// Puts a kept model in force. Errors: unknown hash, or another model is pinned.
    pub fn apply_model(&mut self, hash: &str, at: Moment, why: &str) -> Result<()> {
        self.atomically(|| {
            self.model_bytes(hash)?
                .ok_or_else(|| StoreError::refused(&self.dir, format!("found no model {hash}; `refrain model show` lists them")))?;
            if let Some(pinned) = self.pinned_model()?.filter(|p| p != hash) {
                return Err(StoreError::refused(&self.dir, format!("model {pinned} is pinned; `refrain model pin --off` frees it")));
            }
            let sql = "INSERT INTO model_log (number, hash, at, why) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM model_log), ?1, ?2, ?3)";
            self.db.execute(sql, params![hash, at.to_string(), why]).at(&self.dir)?;
            self.db.execute("DELETE FROM meta WHERE name = ?1", [REFIT]).at(&self.dir)?;
            Ok(())
        })
    }

    /// The model in force, with its hash. Errors: damage.
    pub fn model(&self) -> Result<Option<(String, Vec<u8>)>> {
        let sql = "SELECT hash FROM model_log ORDER BY number DESC LIMIT 1";
        let Some(hash): Option<String> = self.db.query_row(sql, [], |row| row.get(0)).optional().at(&self.dir)? else { return Ok(None) };
        let bytes = self.model_bytes(&hash)?.ok_or_else(|| StoreError::damaged(&self.dir, format!("model {hash} is in force and not there")))?;
        Ok(Some((hash, bytes)))
    }

    /// A kept model file by its hash. Errors: its bytes are not what was written.
    pub fn model_bytes(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        let row = self.db.query_row("SELECT bytes FROM models WHERE hash = ?1", [hash], |row| row.get::<_, Vec<u8>>(0)).optional().at(&self.dir)?;
        match row {
            Some(bytes) if digest(&bytes) != hash => Err(StoreError::damaged(&self.dir, format!("model {hash} does not match its hash"))),
            other => Ok(other),
        }
    }

    /// Hashes of all kept models, sorted.
    pub fn models(&self) -> Result<Vec<String>> {
        let mut statement = self.db.prepare("SELECT hash FROM models ORDER BY hash").at(&self.dir)?;
        statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).at(&self.dir)
    }

    /// Which model was put in force when, and why; the oldest first.
    pub fn model_log(&self) -> Result<Vec<ModelInForce>> {
        let mut statement = self.db.prepare("SELECT number, hash, at, why FROM model_log ORDER BY number").at(&self.dir)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?)));
        let rows: Vec<(i64, String, String, String)> = rows.and_then(Iterator::collect).at(&self.dir)?;
        rows.into_iter().map(|(number, hash, at, why)| Ok(ModelInForce { number, hash, at: self.parse_moment(&at)?, why })).collect()
    }

    /// Holds the model in force, so that no refit replaces it, or frees it.
    pub fn pin_model(&mut self, hash: Option<&str>) -> Result<()> {
        self.must_write()?;
        match hash {
            None => self.db.execute("DELETE FROM meta WHERE name = ?1", [PIN]).at(&self.dir).map(|_| ()),
            Some(hash) if self.model()?.is_some_and(|(force, _)| force == hash) => self.set_meta(PIN, hash),
            Some(hash) => Err(StoreError::refused(&self.dir, format!("model {hash} is not in force; only the one in force can be pinned"))),
        }
    }

    /// Hash of the pinned model.
    pub fn pinned_model(&self) -> Result<Option<String>> {
        self.meta(PIN)
    }

    /// Notes that the model should be fitted anew, and why. The next model in force clears it.
    pub fn mark_refit_due(&mut self, why: &str) -> Result<()> {
        self.must_write()?;
        self.set_meta(REFIT, why)
    }

    /// Why the model should be fitted anew; nothing where it need not.
    pub fn refit_due(&self) -> Result<Option<String>> {
        self.meta(REFIT)
    }
}
