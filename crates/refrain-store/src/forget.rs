//! Erasing a record for privacy: its text goes, the fact that it was there and why it went stays (law P3).

use std::collections::BTreeSet;
use std::time::Duration;

use refrain_record::{Key, Moment};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{At, Result, StoreError};
use crate::store::{PATIENCE, Store};

/// What is left of a forgotten record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The record.
    pub key: Key,
    /// When it was forgotten.
    pub at: Moment,
    /// Why.
    pub why: String,
    /// Parts and earlier revisions that were erased.
    pub parts: i64,
    /// How often an import brought the key again and was refused.
    pub refused: i64,
}

/// What was erased, and what is left for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// What is left of the record.
    pub tombstone: Tombstone,
    /// Notes of runs, summaries and lineage events from which a quote was taken out.
    pub notes: u64,
    /// Decisions whose words quote the record. They are chained by hash and cannot be changed.
    pub decisions_quoting: Vec<u64>,
    /// Model files that quote the record; [`Store::drop_model`] takes one away once it is no longer in force.
    pub models_quoting: Vec<String>,
    /// Old pages are still held by a reader; they are overwritten by the next run that writes.
    pub pages_held: bool,
}

/// Shortest line, in characters, that counts as a quote of the record when it is met elsewhere as a whole: shorter ones (`crash`,
/// `None`) are everybody's.
const SHORTEST_LINE: usize = 12;

/// Characters of a longer line that count as a quote when they are met elsewhere: excerpts are cut.
const SHORTEST_PIECE: usize = 24;

/// What stands in place of a quote.
const GONE: &str = "[forgotten]";

/// Tables of notes with their column of JSON, from which quotes are taken out.
const NOTES: &[(&str, &str)] = &[("run_files", "note"), ("summaries", "json"), ("lineage", "json")];

/// How long the emptying of the log waits for readers.
const SHORT: Duration = Duration::from_millis(200);

/// Name in `meta` of the wish to overwrite old pages at the next opening.
const SCRUB: &str = "scrub-due";

impl Store {
    /// Erases every revision of a record's text from every file of the store. The key stays known, and is refused from now on.
    pub fn forget(&mut self, key: &Key, why: &str, at: Moment) -> Result<Forgotten> {
        if why.trim().is_empty() {
            return Err(StoreError::refused(&self.dir, "found an empty reason, expected some words: why the record is forgotten"));
        }
        let quotes = self.quotes_of(key)?;
        let (tombstone, notes) = self.atomically(|| {
            let tombstone = self.bury(key, why.trim(), at)?;
            let notes = NOTES.iter().try_fold(0, |sum, (table, column)| Ok(sum + self.take_out(table, column, &quotes)?))?;
            self.set_meta(SCRUB, "1")?;
            Ok((tombstone, notes))
        })?;
        self.mark_refit_due(&format!("{key} was forgotten"))?;
        // The index holds the words; it is derived, and is built from what is left when it is needed.
        self.drop_index()?;
        let pages_held = !self.overwrite_old_pages()?;
        let (decisions_quoting, models_quoting) = (self.decisions_with(&quotes)?, self.models_with(&quotes)?);
        Ok(Forgotten { tombstone, notes, decisions_quoting, models_quoting, pages_held })
    }

    /// Erases the text and writes the tombstone. Errors: the key is not in the store.
    pub(crate) fn bury(&self, key: &Key, why: &str, at: Moment) -> Result<Tombstone> {
        let name = key.to_string();
        let parts = self.db.execute("UPDATE parts SET json = '', hash = '' WHERE key = ?1", [&name]).at(&self.dir)? as i64;
        if parts == 0 {
            return Err(StoreError::refused(&self.dir, format!("found no record {key}; `refrain search` shows what there is")));
        }
        if let Some(old) = self.tombstone(key)? {
            return Ok(old);
        }
        let tombstone = Tombstone { key: key.clone(), at, why: why.to_owned(), parts, refused: 0 };
        self.write_tombstone(&tombstone)?;
        Ok(tombstone)
    }

    pub(crate) fn write_tombstone(&self, t: &Tombstone) -> Result<()> {
        let sql = "INSERT INTO tombstones (key, at, why, parts, refused) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.db.execute(sql, params![t.key.to_string(), t.at.to_string(), t.why, t.parts, t.refused]).at(&self.dir)?;
        Ok(())
    }

    /// The tombstone of a key.
    pub fn tombstone(&self, key: &Key) -> Result<Option<Tombstone>> {
        let sql = "SELECT at, why, parts, refused FROM tombstones WHERE key = ?1";
        let row = self.db.query_row(sql, [key.to_string()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        let Some((at, why, parts, refused)) = row.optional().at(&self.dir)? else { return Ok(None) };
        Ok(Some(Tombstone { key: key.clone(), at: self.parse_moment(&at)?, why, parts, refused }))
    }

    /// All tombstones, sorted by key.
    pub fn tombstones(&self) -> Result<Vec<Tombstone>> {
        let mut statement = self.db.prepare("SELECT key FROM tombstones").at(&self.dir)?;
        let keys: Vec<String> = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).at(&self.dir)?;
        let mut keys: Vec<Key> = keys.iter().map(|key| self.parse_key(key)).collect::<Result<_>>()?;
        keys.sort();
        let found = keys.iter().map(|key| self.tombstone(key)).collect::<Result<Vec<_>>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    fn quotes_of(&self, key: &Key) -> Result<Quotes> {
        let mut quotes = Quotes::default();
        for record in self.revisions(key)?.into_iter().filter_map(|r| r.record) {
            record.sections.iter().flat_map(|s| s.text.lines()).for_each(|line| quotes.add(line.trim()));
        }
        quotes.pieces.sort_unstable();
        quotes.pieces.dedup();
        Ok(quotes)
    }

    fn take_out(&self, table: &str, column: &str, quotes: &Quotes) -> Result<u64> {
        let mut statement = self.db.prepare(&format!("SELECT rowid, {column} FROM {table}").replace("rowid", row_id(table))).at(&self.dir)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        let rows: Vec<(String, String)> = rows.and_then(Iterator::collect).at(&self.dir)?;
        let mut changed = 0;
        for (id, json) in rows {
            let Ok(mut value) = serde_json::from_str::<Value>(&json) else { continue };
            if blank_out(&mut value, quotes) {
                let sql = format!("UPDATE {table} SET {column} = ?2 WHERE {} = ?1", row_id(table));
                self.db.execute(&sql, [id, value.to_string()]).at(&self.dir)?;
                changed += 1;
            }
        }
        Ok(changed)
    }

    fn decisions_with(&self, quotes: &Quotes) -> Result<Vec<u64>> {
        let quoting = |decision: &refrain_record::Decision| {
            let mut value = serde_json::to_value(decision).unwrap_or_default();
            blank_out(&mut value, quotes)
        };
        Ok(self.decisions()?.decisions.iter().filter(|d| quoting(d)).map(|d| d.number).collect())
    }

    fn models_with(&self, quotes: &Quotes) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for hash in self.models()? {
            let bytes = self.model_bytes(&hash)?.unwrap_or_default();
            if quotes.stand_in(&String::from_utf8_lossy(&bytes)) {
                found.push(hash);
            }
        }
        Ok(found)
    }

    /// Takes away a model file that is not in force.
    pub fn drop_model(&mut self, hash: &str) -> Result<()> {
        if self.model()?.is_some_and(|(force, _)| force == hash) {
            return Err(StoreError::refused(&self.dir, format!("model {hash} is in force; `refrain model refit --apply` replaces it first")));
        }
        self.atomically(|| {
            self.db.execute("DELETE FROM model_log WHERE hash = ?1", [hash]).at(&self.dir)?;
            self.db.execute("DELETE FROM models WHERE hash = ?1", [hash]).at(&self.dir)?;
            self.set_meta(SCRUB, "1")
        })?;
        self.overwrite_old_pages().map(|_| ())
    }

    /// Rewrites the database without its old pages and empties the write-ahead log. False where a reader still holds them; the next
    /// opening for writing tries again.
    pub(crate) fn overwrite_old_pages(&self) -> Result<bool> {
        if self.meta(SCRUB)?.is_none() {
            return Ok(true);
        }
        // A reader that is in the middle of something is not waited for: the next writer will do it.
        self.db.busy_timeout(SHORT).at(&self.dir)?;
        let done = self.vacuum_and_empty_log();
        self.db.busy_timeout(PATIENCE).at(&self.dir)?;
        done
    }

    fn vacuum_and_empty_log(&self) -> Result<bool> {
        self.db.execute_batch("VACUUM").at(&self.dir)?;
        let emptied = || self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy == 0).at(&self.dir);
        if !emptied()? {
            return Ok(false);
        }
        self.db.execute("DELETE FROM meta WHERE name = ?1", [SCRUB]).at(&self.dir)?;
        emptied()
    }
}

/// What names a row of a table of notes: its number, or for files of runs both numbers of its key.
fn row_id(table: &str) -> &'static str {
    if table == "run_files" { "(run || ' ' || place)" } else { "CAST(number AS TEXT)" }
}

/// By what a text is known again elsewhere.
#[derive(Default)]
struct Quotes {
    /// Whole lines that are too short for pieces.
    lines: BTreeSet<String>,
    /// Hashes of every piece of [`SHORTEST_PIECE`] characters of the longer lines, sorted.
    pieces: Vec<u64>,
}

impl Quotes {
    fn add(&mut self, line: &str) {
        match line.chars().count() {
            ..SHORTEST_LINE => {}
            SHORTEST_LINE..SHORTEST_PIECE => {
                self.lines.insert(line.to_owned());
            }
            _ => self.pieces.extend(pieces(line)),
        }
    }

    fn stand_in(&self, text: &str) -> bool {
        self.lines.iter().any(|line| text.contains(line.as_str())) || pieces(text).any(|piece| self.pieces.binary_search(&piece).is_ok())
    }
}

/// Hashes of every run of [`SHORTEST_PIECE`] characters (FNV-1a; a chance match blanks out one string too many, no more).
fn pieces(text: &str) -> impl Iterator<Item = u64> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).skip(SHORTEST_PIECE);
    let hash = |piece: &[u8]| piece.iter().fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    text.char_indices().zip(ends).map(move |((start, _), end)| hash(&text.as_bytes()[start..end]))
}

/// Replaces every string that holds a quote; tells whether there was one.
fn blank_out(value: &mut Value, quotes: &Quotes) -> bool {
    match value {
        Value::String(text) if quotes.stand_in(text) => {
            *text = GONE.to_owned();
            true
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| blank_out(item, quotes) | any),
        Value::Object(fields) => fields.iter_mut().fold(false, |any, (_, item)| blank_out(item, quotes) | any),
        _ => false,
    }
}
