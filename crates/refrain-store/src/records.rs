//! Records as the store holds them: united from their parts, looked up by whatever people type, with their history.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use refrain_record::{Conflict, Key, Moment, Record, Source, unite, unite_all};
use rusqlite::{OptionalExtension, Row};

use crate::error::{At, Result, StoreError};
use crate::state_export::RevisionLine;
use crate::store::Store;

/// Everything that the store holds, united.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    /// One record per key, sorted by key.
    pub records: Vec<Record>,
    /// Where parts of one key differ, sorted.
    pub conflicts: Vec<Conflict>,
    /// Keys that no file of the last reading held any longer. They are in `records` too.
    pub gone: BTreeSet<Key>,
}

/// What one file said about a key at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The file, as in `Source::file`.
    pub path: String,
    /// From 1 for each key and file.
    pub number: i64,
    /// Run that brought it.
    pub run: i64,
    /// When that run began.
    pub at: Moment,
    /// Content hash.
    pub hash: String,
    /// Run in which the file said something else instead; nothing while it stands.
    pub ended: Option<i64>,
    /// Run in which the file no longer held the key.
    pub gone: Option<i64>,
    /// What it said; nothing where it was forgotten.
    pub record: Option<Record>,
}

/// Which records a text that a person typed may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// None.
    Unknown,
    /// Exactly one.
    One(Key),
    /// Several, sorted: the person must say the system too.
    Several(Vec<Key>),
}

/// Parts read at a time: bounds memory while the JSON of a batch is parsed on all cores.
const BATCH: usize = 8_192;

const PART: &str = "key, path, format, line, hash, json, gone";

/// A part as it lies in the table.
struct RawPart {
    key: String,
    path: String,
    format: String,
    line: u32,
    hash: String,
    json: String,
    gone: bool,
}

impl RawPart {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            path: row.get(1)?,
            format: row.get(2)?,
            line: row.get(3)?,
            hash: row.get(4)?,
            json: row.get(5)?,
            gone: row.get::<_, Option<i64>>(6)?.is_some(),
        })
    }

    /// The record, after checking that it is what was written.
    fn record(self) -> std::result::Result<Record, String> {
        if unite::digest(self.json.as_bytes()) != self.hash {
            return Err(format!("{} ({}): the text does not match its hash", self.key, self.path));
        }
        let mut record: Record = serde_json::from_str(&self.json).map_err(|e| format!("{} ({}): {e}", self.key, self.path))?;
        record.source = Source { format: self.format, file: self.path, line: self.line };
        Ok(record)
    }
}

impl Store {
    /// All records, united. Errors: damage.
    pub fn records(&self) -> Result<Stored> {
        let (mut parts, mut standing, mut gone) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        self.each_batch(|batch| {
            for part in &batch {
                if part.gone { &mut gone } else { &mut standing }.insert(part.key.clone());
            }
            let read: Vec<_> = batch.into_par_iter().map(RawPart::record).collect();
            for record in read {
                parts.push(record.map_err(|what| StoreError::damaged(&self.dir, what))?);
            }
            Ok(())
        })?;
        let (records, conflicts) = unite_all(parts);
        let gone = gone.difference(&standing).map(|key| self.parse_key(key)).collect::<Result<_>>()?;
        Ok(Stored { records, conflicts, gone })
    }

    fn each_batch(&self, mut take: impl FnMut(Vec<RawPart>) -> Result<()>) -> Result<()> {
        let sql = format!("SELECT {PART} FROM parts WHERE ended IS NULL AND json <> ''");
        let mut statement = self.db.prepare(&sql).at(&self.dir)?;
        let mut rows = statement.query([]).at(&self.dir)?;
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(row) = rows.next().at(&self.dir)? {
            batch.push(RawPart::of(row).at(&self.dir)?);
            if batch.len() == BATCH {
                take(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))?;
            }
        }
        take(batch)
    }

    /// One record, united from its parts; nothing where the key is unknown or forgotten.
    pub fn record(&self, key: &Key) -> Result<Option<Record>> {
        Ok(self.records_of(std::slice::from_ref(key))?.pop())
    }

    /// The records of these keys, united, sorted by key; unknown and forgotten keys are left out. Cheaper than [`Self::records`] for a
    /// few hundred (the candidates of a comparison).
    pub fn records_of(&self, keys: &[Key]) -> Result<Vec<Record>> {
        let sql = format!("SELECT {PART} FROM parts WHERE key = ?1 AND ended IS NULL AND json <> ''");
        let mut statement = self.db.prepare_cached(&sql).at(&self.dir)?;
        let wanted: BTreeSet<&Key> = keys.iter().collect();
        let mut raw: Vec<RawPart> = Vec::new();
        for key in wanted {
            let rows: Vec<RawPart> = statement.query_map([key.to_string()], RawPart::of).and_then(Iterator::collect).at(&self.dir)?;
            raw.extend(rows);
        }
        let parts = raw.into_par_iter().map(RawPart::record).collect::<std::result::Result<Vec<_>, _>>();
        Ok(unite_all(parts.map_err(|what| StoreError::damaged(&self.dir, what))?).0)
    }

    /// Number of keys that have a part in force.
    pub fn count(&self) -> Result<u64> {
        let sql = "SELECT count(DISTINCT key) FROM parts WHERE ended IS NULL AND json <> ''";
        self.db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|n| n as u64).at(&self.dir)
    }

    /// Which record is meant by a full key, a bare id, or an alias, in any case of letters. Ids once imported resolve for ever
    /// (law C5), also after they were forgotten.
    pub fn resolve(&self, text: &str) -> Result<Names> {
        let text = text.trim();
        let key = text.parse::<Key>().ok();
        if let Some(key) = key.as_ref().filter(|k| self.knows(k).unwrap_or(false)) {
            return Ok(Names::One(key.clone()));
        }
        let by_id = key.as_ref().map(|k| self.named(k.id())).transpose()?.unwrap_or_default();
        let of_system: Vec<_> = by_id.into_iter().filter(|(_, k)| key.as_ref().is_some_and(|wanted| wanted.system() == k.system())).collect();
        let found = if of_system.is_empty() { self.named(text)? } else { of_system };
        let wanted = key.as_ref().map_or(text, Key::id);
        let exact: BTreeSet<Key> = found.iter().filter(|(name, _)| name == text || name == wanted).map(|(_, k)| k.clone()).collect();
        let all: BTreeSet<Key> = if exact.is_empty() { found.into_iter().map(|(_, k)| k).collect() } else { exact };
        let mut keys: Vec<Key> = all.into_iter().collect();
        Ok(match keys.len() {
            0 => Names::Unknown,
            1 => Names::One(keys.remove(0)),
            _ => Names::Several(keys),
        })
    }

    fn knows(&self, key: &Key) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM parts WHERE key = ?1) OR EXISTS (SELECT 1 FROM tombstones WHERE key = ?1)";
        self.db.query_row(sql, [key.to_string()], |row| row.get(0)).at(&self.dir)
    }

    fn named(&self, name: &str) -> Result<Vec<(String, Key)>> {
        let mut statement = self.db.prepare_cached("SELECT name, key FROM names WHERE name = ?1 ORDER BY key").at(&self.dir)?;
        let rows = statement.query_map([name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        let rows: Vec<(String, String)> = rows.and_then(Iterator::collect).at(&self.dir)?;
        rows.into_iter().map(|(name, key)| Ok((name, self.parse_key(&key)?))).collect()
    }

    /// What every file ever said about a key, by file and then by age.
    pub fn revisions(&self, key: &Key) -> Result<Vec<Revision>> {
        let times: BTreeMap<i64, Moment> = self.runs()?.into_iter().map(|r| (r.number, r.at)).collect();
        let sql = format!("SELECT {PART}, revision, run, ended, gone FROM parts WHERE key = ?1 ORDER BY path, revision");
        let mut statement = self.db.prepare(&sql).at(&self.dir)?;
        let rows = statement.query_map([key.to_string()], |row| {
            let numbers = (row.get::<_, i64>(7)?, row.get::<_, i64>(8)?, row.get::<_, Option<i64>>(9)?, row.get::<_, Option<i64>>(10)?);
            Ok((RawPart::of(row)?, numbers))
        });
        let rows: Vec<_> = rows.and_then(Iterator::collect).at(&self.dir)?;
        let revision = |(part, (number, run, ended, gone)): (RawPart, (i64, i64, Option<i64>, Option<i64>))| {
            let at = times.get(&run).copied().ok_or_else(|| StoreError::damaged(&self.dir, format!("{key}: run {run} is not in the log")))?;
            let (path, hash, forgotten) = (part.path.clone(), part.hash.clone(), part.json.is_empty());
            let record = if forgotten { None } else { Some(part.record().map_err(|what| StoreError::damaged(&self.dir, what))?) };
            Ok(Revision { path, number, run, at, hash, ended, gone, record })
        };
        rows.into_iter().map(revision).collect()
    }

    /// Every part that ever was, with its text unless it was forgotten, in no order. `name` gives the name of a run.
    pub(crate) fn all_parts(&self, name: &dyn Fn(i64) -> Result<String>) -> Result<Vec<RevisionLine>> {
        let sql = format!("SELECT {PART}, revision, run, ended, gone FROM parts");
        let mut statement = self.db.prepare(&sql).at(&self.dir)?;
        let mut rows = statement.query([]).at(&self.dir)?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next().at(&self.dir)? {
            let part = RawPart::of(row).at(&self.dir)?;
            let number = |column: usize| row.get::<_, Option<i64>>(column).at(&self.dir);
            let named = |column: usize| number(column)?.map(name).transpose();
            lines.push(RevisionLine {
                key: self.parse_key(&part.key)?,
                path: part.path.clone(),
                revision: number(7)?.unwrap_or_default(),
                run: named(8)?.unwrap_or_default(),
                format: part.format.clone(),
                line: part.line,
                hash: part.hash.clone(),
                ended: named(9)?,
                gone: named(10)?,
                record: if part.json.is_empty() { None } else { Some(part.record().map_err(|what| StoreError::damaged(&self.dir, what))?) },
            });
        }
        Ok(lines)
    }

    pub(crate) fn is_forgotten(&self, key: &str) -> Result<bool> {
        let mut statement = self.db.prepare_cached("SELECT 1 FROM tombstones WHERE key = ?1").at(&self.dir)?;
        Ok(statement.query_row([key], |_| Ok(())).optional().at(&self.dir)?.is_some())
    }

    pub(crate) fn parse_key(&self, text: &str) -> Result<Key> {
        text.parse().map_err(|e: refrain_record::KeyError| StoreError::damaged(&self.dir, e.to_string()))
    }
}
