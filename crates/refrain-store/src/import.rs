//! Taking records in: one file at a time, each kept or dropped as a whole.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use refrain_record::{Key, LinkKind, Moment, Record, canonical_json, unite};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::error::{At, Result, StoreError};
use crate::store::Store;

/// What became of a record that was put. Judged against the store as it was before this import, so that the order of files and
/// records within an import does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Put {
    /// The key was not known.
    New,
    /// The key was known, this content was not.
    Changed,
    /// The key was known with this content.
    Unchanged,
    /// The key was forgotten on purpose (`refrain forget`), so nothing was stored.
    Forgotten,
}

/// What the run log keeps about a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileNote {
    /// Hash of the file's bytes, where the caller has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The file's line of the import report.
    #[serde(default)]
    pub report: serde_json::Value,
}

/// What the end of a file brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileDone {
    /// How many records were put in each way.
    pub counts: BTreeMap<Put, u64>,
    /// Keys that an earlier reading of this file held and this one did not, sorted. They are marked, not deleted.
    pub gone: Vec<Key>,
    /// Whether everything up to the end of this file is on disk now.
    pub acknowledged: bool,
}

/// What a whole import brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSummary {
    /// Number in the run log, from 1; 0 for a dry run.
    pub run: i64,
    /// How many records of kept files were put in each way.
    pub counts: BTreeMap<Put, u64>,
    /// How many keys are no longer in a file that held them.
    pub gone: u64,
}

/// Parts after which the end of a file commits: keeps the write-ahead log small and loses little work to a kill.
const BATCH: usize = 10_000;

/// An import under way. Dropped without [`Import::commit`], it loses what was not acknowledged.
#[derive(Debug)]
pub struct Import<'s> {
    store: Option<&'s Store>,
    dry: bool,
    run: i64,
    place: i64,
    pending: usize,
    batch: usize,
    /// Live parts that this run has met, by id.
    seen: HashSet<i64>,
    /// Keys that this run brought, where the store held none before: spares a look at the table for each of them.
    fresh: Option<HashSet<String>>,
    /// Whether any key was ever forgotten.
    tombstones: bool,
    total: RunSummary,
    file: File,
}

/// The file that is being read.
#[derive(Debug, Default)]
struct File {
    path: String,
    counts: BTreeMap<Put, u64>,
    seen: HashSet<i64>,
    /// Paths that its records name: one, or those within an archive.
    paths: BTreeSet<String>,
    /// Key and path for which it brought a new part; not kept for a store that was empty, where nothing can be replaced.
    grown: BTreeSet<(String, String)>,
}

/// A part of a key as it stands in the table.
pub(crate) struct PartRow {
    pub id: i64,
    pub path: String,
    pub format: String,
    pub hash: String,
    pub line: u32,
    pub run: i64,
    pub ended: Option<i64>,
    pub gone: Option<i64>,
}

impl PartRow {
    /// Whether the part stood before run `run`.
    fn stood_before(&self, run: i64) -> bool {
        self.run < run && self.ended.is_none_or(|ended| ended == run)
    }
}

impl Store {
    /// Begins an import at the time given; `command` goes into the run log.
    pub fn begin_import(&mut self, at: Moment, command: &str) -> Result<Import<'_>> {
        self.must_write()?;
        self.db.execute_batch("BEGIN IMMEDIATE").at(&self.dir)?;
        let run = self.begin_run(at, command)?;
        let some = |table: &str| self.db.query_row(&format!("SELECT EXISTS (SELECT 1 FROM {table})"), [], |row| row.get(0)).at(&self.dir);
        let (parts, tombstones) = (some("parts")?, some("tombstones")?);
        let mut import = Import::reading(Some(self), false, run);
        (import.fresh, import.tombstones) = (if parts { None } else { Some(HashSet::new()) }, tombstones);
        Ok(import)
    }
}

impl<'s> Import<'s> {
    /// The same way without writing, against a store or against none: its report equals the real one (law A4).
    pub fn dry(store: Option<&'s Store>) -> Self {
        // No part is of a later run than this, so everything stood before.
        Self::reading(store, true, i64::MAX)
    }

    fn reading(store: Option<&'s Store>, dry: bool, run: i64) -> Self {
        Self {
            store,
            dry,
            run,
            place: 0,
            pending: 0,
            batch: BATCH,
            seen: HashSet::new(),
            fresh: None,
            tombstones: true,
            total: RunSummary::default(),
            file: File::default(),
        }
    }

    /// Commits at the end of the file after so many new parts, in place of 10,000. At least 1.
    pub fn acknowledge_every(mut self, parts: usize) -> Self {
        self.batch = parts.max(1);
        self
    }

    /// Begins a file. `path` is the one of `Source::file`: from the given folder down, joined by `/`.
    pub fn begin_file(&mut self, path: &str) -> Result<()> {
        self.file = File { path: path.to_owned(), paths: BTreeSet::from([path.to_owned()]), ..File::default() };
        self.execute("SAVEPOINT file")
    }

    /// Takes one record of the file in. Where its `source.file` is empty, it is the path given to [`Self::begin_file`]; a file within
    /// an archive has a path of its own.
    pub fn put(&mut self, record: &Record) -> Result<Put> {
        if record.costs.iter().any(|c| !c.low.is_finite() || !c.high.is_finite()) {
            return Err(self.refused(format!("{}: found a cost that is no finite number, which JSON cannot say", record.key)));
        }
        let (key, json) = (record.key.to_string(), canonical_json(record));
        let put = match self.store {
            Some(store) if self.tombstones && store.is_forgotten(&key)? => {
                self.count_refused(store, &key)?;
                Put::Forgotten
            }
            Some(store) => self.put_known(store, record, &key, &json)?,
            None => Put::New,
        };
        *self.file.counts.entry(put).or_default() += 1;
        Ok(put)
    }

    fn put_known(&mut self, store: &Store, record: &Record, key: &str, json: &str) -> Result<Put> {
        let hash = unite::digest(json.as_bytes());
        // In a store that was empty, a key that this run has not brought yet has no rows.
        let unmet = self.fresh.as_mut().is_some_and(|keys| keys.insert(key.to_owned()));
        let rows = if unmet { Vec::new() } else { part_rows(store, key)? };
        let put = judge(&rows, self.run, &hash);
        let path = self.path_of(record);
        let same = rows.iter().filter(|r| r.path == path && r.hash == hash && r.format == record.source.format);
        match same.max_by_key(|r| r.id).filter(|r| r.ended.is_none_or(|ended| ended == self.run)) {
            Some(row) => self.meet(store, row, record.source.line)?,
            None => {
                self.pending += 1;
                if self.fresh.is_none() {
                    self.file.grown.insert((key.to_owned(), path.clone()));
                }
                self.insert(store, record, (key, &path), json, &hash)?;
            }
        }
        if !self.file.paths.contains(&path) {
            self.file.paths.insert(path);
        }
        Ok(put)
    }

    fn refused(&self, why: String) -> StoreError {
        StoreError::refused(self.store.map_or(Path::new("no store"), |store| &store.dir), why)
    }

    fn path_of(&self, record: &Record) -> String {
        let own = &record.source.file;
        if own.is_empty() { self.file.path.clone() } else { own.clone() }
    }

    /// A part that stands already: it is seen, and whatever changed about its place is noted.
    fn meet(&mut self, store: &Store, row: &PartRow, line: u32) -> Result<()> {
        let told_before = self.seen.contains(&row.id) || !self.file.seen.insert(row.id);
        // Told twice in one import: the first line counts, whichever is met first.
        let line = if told_before { line.min(row.line) } else { line };
        let as_it_was = row.line == line && row.gone.is_none() && row.ended.is_none();
        if self.dry || as_it_was {
            return Ok(());
        }
        let sql = "UPDATE parts SET line = ?2, gone = NULL, ended = NULL WHERE id = ?1";
        store.db.prepare_cached(sql).and_then(|mut s| s.execute(params![row.id, line])).at(&store.dir)?;
        Ok(())
    }

    fn insert(&mut self, store: &Store, record: &Record, (key, path): (&str, &str), json: &str, hash: &str) -> Result<()> {
        if self.dry {
            return Ok(());
        }
        let (format, line) = (record.source.format.as_str(), record.source.line);
        let id = store.insert_part(&NewPart { key, path, format, line, hash, json, run: self.run, ended: None, gone: None })?;
        self.file.seen.insert(id);
        store.add_names(record)
    }

    fn count_refused(&self, store: &Store, key: &str) -> Result<()> {
        if self.dry {
            return Ok(());
        }
        store.db.execute("UPDATE tombstones SET refused = refused + 1 WHERE key = ?1", [key]).at(&store.dir)?;
        Ok(())
    }

    /// Ends the file: what it brought is kept, or dropped as a whole (law A3). The note goes into the run log either way.
    pub fn finish_file(&mut self, keep: bool, note: &FileNote) -> Result<FileDone> {
        let file = std::mem::take(&mut self.file);
        let mut done = FileDone { counts: file.counts, ..FileDone::default() };
        if keep {
            self.seen.extend(file.seen);
            self.end_replaced(&file.grown)?;
            done.gone = self.mark_gone(&file.paths, &file.grown)?;
            self.execute("RELEASE file")?;
            done.counts.iter().for_each(|(put, n)| *self.total.counts.entry(*put).or_default() += n);
            self.total.gone += done.gone.len() as u64;
        } else {
            self.execute("ROLLBACK TO file; RELEASE file")?;
        }
        self.log_file(&file.path, keep, note)?;
        done.acknowledged = self.pending >= self.batch && self.acknowledge()?;
        Ok(done)
    }

    /// Parts that another content of the same key and path replaced: they end with this run, and stay as earlier revisions. A store that
    /// was empty has none.
    fn end_replaced(&self, grown: &BTreeSet<(String, String)>) -> Result<()> {
        let Some(store) = self.writing().filter(|_| self.fresh.is_none()) else { return Ok(()) };
        for (key, path) in grown {
            let rows = part_rows(store, key)?;
            let replaced = |r: &&PartRow| r.path == *path && r.ended.is_none() && r.run < self.run && !self.seen.contains(&r.id);
            for row in rows.iter().filter(replaced) {
                let sql = "UPDATE parts SET ended = ?2 WHERE id = ?1";
                store.db.prepare_cached(sql).and_then(|mut s| s.execute([row.id, self.run])).at(&store.dir)?;
            }
        }
        Ok(())
    }

    /// Marks parts that an earlier reading of these paths held and this one did not, and gives their keys. A key that grew is there.
    fn mark_gone(&self, paths: &BTreeSet<String>, grown: &BTreeSet<(String, String)>) -> Result<Vec<Key>> {
        let Some(store) = self.store.filter(|_| self.fresh.is_none()) else { return Ok(Vec::new()) };
        let mut keys = BTreeSet::new();
        for path in paths {
            for (id, key) in standing(store, path)? {
                let named = (key, path.clone());
                if self.seen.contains(&id) || grown.contains(&named) {
                    continue;
                }
                if !self.dry {
                    store.db.execute("UPDATE parts SET gone = ?2 WHERE id = ?1", [id, self.run]).at(&store.dir)?;
                }
                keys.insert(store.parse_key(&named.0)?);
            }
        }
        Ok(keys.into_iter().collect())
    }

    fn log_file(&mut self, path: &str, kept: bool, note: &FileNote) -> Result<()> {
        self.place += 1;
        let Some(store) = self.writing() else { return Ok(()) };
        let sql = "INSERT INTO run_files (run, place, path, raw, kept, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        store.db.execute(sql, params![self.run, self.place, path, note.raw, kept, note.report.to_string()]).at(&store.dir)?;
        Ok(())
    }

    /// Commits what is there and goes on.
    fn acknowledge(&mut self) -> Result<bool> {
        self.pending = 0;
        self.execute("COMMIT; BEGIN IMMEDIATE")?;
        Ok(!self.dry)
    }

    /// Ends the import: all kept files are on disk when this returns.
    pub fn commit(mut self) -> Result<RunSummary> {
        let mut summary = std::mem::take(&mut self.total);
        if let Some(store) = self.writing() {
            store.end_run(self.run)?;
            summary.run = self.run;
        }
        self.execute("COMMIT")?;
        Ok(summary)
    }

    fn writing(&self) -> Option<&'s Store> {
        self.store.filter(|_| !self.dry)
    }

    fn execute(&self, sql: &str) -> Result<()> {
        self.writing().map_or(Ok(()), |store| store.db.execute_batch(sql).at(&store.dir))
    }
}

impl Drop for Import<'_> {
    fn drop(&mut self) {
        let Some(store) = self.writing().filter(|store| !store.db.is_autocommit()) else { return };
        // A failure here leaves the transaction to the closing of the connection, which rolls it back as well.
        let _rolled_back = store.db.execute_batch("ROLLBACK");
        let _marked = store.mark_interrupted(self.run);
    }
}

/// New, changed or unchanged, against what stood before the run. The same content under another path is unchanged too: a moved
/// folder is not news.
fn judge(rows: &[PartRow], run: i64, hash: &str) -> Put {
    let mut before = rows.iter().filter(|r| r.run < run).peekable();
    if before.peek().is_none() {
        return Put::New;
    }
    if before.any(|r| r.hash == hash && r.stood_before(run)) { Put::Unchanged } else { Put::Changed }
}

/// Id and key of the parts of a path that stand and are not marked as gone.
fn standing(store: &Store, path: &str) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT id, key FROM parts WHERE path = ?1 AND ended IS NULL AND gone IS NULL";
    let mut statement = store.db.prepare_cached(sql).at(&store.dir)?;
    let rows = statement.query_map([path], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.and_then(Iterator::collect).at(&store.dir)
}

pub(crate) fn part_rows(store: &Store, key: &str) -> Result<Vec<PartRow>> {
    let sql = "SELECT id, path, format, hash, line, run, ended, gone FROM parts WHERE key = ?1 ORDER BY id";
    let mut statement = store.db.prepare_cached(sql).at(&store.dir)?;
    let rows = statement.query_map([key], |row| {
        let (id, path, format, hash) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(PartRow { id, path, format, hash, line: row.get(4)?, run: row.get(5)?, ended: row.get(6)?, gone: row.get(7)? })
    });
    rows.and_then(Iterator::collect).at(&store.dir)
}

/// A part to be written.
pub(crate) struct NewPart<'p> {
    pub key: &'p str,
    pub path: &'p str,
    pub format: &'p str,
    pub line: u32,
    pub hash: &'p str,
    pub json: &'p str,
    pub run: i64,
    pub ended: Option<i64>,
    pub gone: Option<i64>,
}

impl Store {
    /// Writes a part as the next revision of its key and path, and gives its id.
    pub(crate) fn insert_part(&self, part: &NewPart<'_>) -> Result<i64> {
        let sql = "INSERT INTO parts (key, path, revision, format, line, hash, json, run, ended, gone) VALUES (?1, ?2, \
                   (SELECT coalesce(max(revision), 0) + 1 FROM parts WHERE key = ?1 AND path = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let NewPart { key, path, format, line, hash, json, run, ended, gone } = part;
        let values = params![key, path, format, line, hash, json, run, ended, gone];
        self.db.prepare_cached(sql).and_then(|mut s| s.execute(values)).at(&self.dir)?;
        Ok(self.db.last_insert_rowid())
    }

    /// Makes the record findable by its bare id and its aliases.
    pub(crate) fn add_names(&self, record: &Record) -> Result<()> {
        let aliases = record.links.iter().filter(|l| l.kind == LinkKind::Alias).map(|l| l.target.as_str());
        let key = record.key.to_string();
        std::iter::once(record.key.id()).chain(aliases).try_for_each(|name| self.add_name(name, &key))
    }

    pub(crate) fn add_name(&self, name: &str, key: &str) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO names (name, key) VALUES (?1, ?2)";
        self.db.prepare_cached(sql).and_then(|mut s| s.execute([name, key])).at(&self.dir)?;
        Ok(())
    }
}
