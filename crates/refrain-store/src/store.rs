//! Opening a store.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::error::{At, Result, StoreError, StoreErrorKind};
use crate::files::{self, DATABASE, WriterLock};
use crate::schema;

/// What a caller wants to do with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Look only: changes no byte, never waits for a writer, works in a folder that cannot be written.
    Read,
    /// Write to a store that exists.
    Write,
    /// Write, and make the store where there is none.
    Create,
}

/// A store folder, open.
#[derive(Debug)]
pub struct Store {
    pub(crate) dir: PathBuf,
    pub(crate) db: Connection,
    pub(crate) lock: Option<WriterLock>,
    /// Held while a copy of the database is read instead of the database (see [`open_reading`]); deleted at the end.
    _copy: Option<CopiedDatabase>,
}

/// Settings of every connection. `secure_delete` overwrites what is deleted, so that `forget` leaves nothing in free pages.
const SETTINGS: &str = "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;";

/// Settings of a writing connection. `FULL`: a commit that returned survives a power cut, not only the end of the process.
const WRITING: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;";

/// Settings of a file that is made now. Pages of 8 KiB: a record is 1 to 5 KB, and taking in 100,000 of them costs a fifth less than
/// with pages of 4 KiB.
const NEW_FILE: &str = "PRAGMA page_size = 8192;";

/// How long a connection waits for another one's short exclusive moments (opening, checkpoint).
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the store in `dir`. Errors: missing, newer or older schema, another writer, no right to write, damage.
    pub fn open(dir: impl Into<PathBuf>, access: Access) -> Result<Self> {
        let dir = dir.into();
        if access != Access::Create && !dir.join(DATABASE).is_file() {
            return Err(StoreError::new(dir, StoreErrorKind::Missing));
        }
        match access {
            Access::Read => Self::open_to_read(dir),
            Access::Write => Self::open_to_write(dir),
            Access::Create => files::create(&dir).and_then(|()| Self::open_to_write(dir)),
        }
    }

    fn open_to_read(dir: PathBuf) -> Result<Self> {
        let (db, copy) = open_reading(&dir)?;
        let found = schema::version(&db, &dir)?;
        match found {
            _ if found == schema::newest() => Ok(Self { dir, db, lock: None, _copy: copy }),
            // A creator was killed before its first commit: nothing was ever stored.
            0 => Err(StoreError::new(dir, StoreErrorKind::Missing)),
            _ => Err(StoreError::new(dir, StoreErrorKind::Older { found, known: schema::newest() })),
        }
    }

    fn open_to_write(dir: PathBuf) -> Result<Self> {
        let lock = WriterLock::take(&dir)?;
        let db = Connection::open_with_flags(dir.join(DATABASE), OpenFlags::SQLITE_OPEN_READ_WRITE).at(&dir)?;
        db.busy_timeout(PATIENCE).at(&dir)?;
        db.execute_batch(SETTINGS).at(&dir)?;
        // Before anything is written: a newer program's file must stay as it is.
        if schema::version(&db, &dir)? == 0 {
            db.execute_batch(NEW_FILE).at(&dir)?;
        }
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).at(&dir)?;
        db.execute_batch(WRITING).at(&dir)?;
        schema::migrate(&db, &dir)?;
        let store = Self { dir, db, lock: Some(lock), _copy: None };
        store.heal()?;
        Ok(store)
    }

    /// Closes what a killed process left open: its run is marked as interrupted; what it had committed stays.
    /// What was forgotten while a reader held the old pages is overwritten now.
    fn heal(&self) -> Result<()> {
        self.db.execute("UPDATE runs SET state = 'interrupted' WHERE state = 'open'", []).at(&self.dir)?;
        self.overwrite_old_pages().map(|_| ())
    }

    /// The store folder.
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// Whether this store may be written.
    pub fn writable(&self) -> bool {
        self.lock.is_some()
    }

    /// Errors where the store was opened to read only.
    pub(crate) fn must_write(&self) -> Result<()> {
        if self.writable() { Ok(()) } else { Err(StoreError::new(&self.dir, StoreErrorKind::ReadOnly("opened to read".into()))) }
    }

    pub(crate) fn meta(&self, name: &str) -> Result<Option<String>> {
        self.db.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional().at(&self.dir)
    }

    pub(crate) fn set_meta(&self, name: &str, value: &str) -> Result<()> {
        self.db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", params![name, value]).at(&self.dir)?;
        Ok(())
    }

    /// Runs `work`, which only reads, on one state of the store, whatever is written meanwhile.
    pub(crate) fn snapshot<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.db.execute_batch("BEGIN").at(&self.dir)?;
        let done = work();
        self.db.execute_batch("COMMIT").at(&self.dir)?;
        done
    }

    /// Runs `work` in one transaction: all of it is kept, or nothing.
    pub(crate) fn atomically<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.must_write()?;
        self.db.execute_batch("BEGIN IMMEDIATE").at(&self.dir)?;
        let done = work().and_then(|value| self.db.execute_batch("COMMIT").at(&self.dir).map(|()| value));
        if done.is_err() && !self.db.is_autocommit() {
            self.db.execute_batch("ROLLBACK").at(&self.dir)?;
        }
        done
    }
}

/// A copy of database and write-ahead log outside the store folder, deleted when no longer needed.
#[derive(Debug)]
struct CopiedDatabase(PathBuf);

impl Drop for CopiedDatabase {
    fn drop(&mut self) {
        // Nothing can be done about a temporary folder that will not go; the next clean-up of the system takes it.
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// Opens the database for reading, whatever the rights on the folder, without changing what lies in it.
///
/// Readers of a database in WAL mode share a small index file beside it, and the last one to close takes both away again, if it
/// may write: so a plain connection that is told not to write is tried first. Where the folder cannot be written and no log is
/// waiting, the file is complete in itself and is opened as unchanging. Where a log waits that nobody may take in (a writer was
/// killed, and the folder is now read-only), a copy is read, so that nothing acknowledged is missing.
fn open_reading(dir: &Path) -> Result<(Connection, Option<CopiedDatabase>)> {
    let path = dir.join(DATABASE);
    let log = log_size(dir);
    if let Ok(db) = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        // A waiting log is the next writer's to take in: a reader leaves the folder as it found it.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, log > 0).at(dir)?;
        return Ok((db, None));
    }
    if log == 0 {
        let unchanging = PathBuf::from(format!("file:{}?immutable=1", uri_path(&path)));
        return connect(&unchanging, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI).map(|db| (db, None)).at(dir);
    }
    if let Ok(db) = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY) {
        return Ok((db, None));
    }
    let copy = copied(dir)?;
    let db = connect(&copy.0.join(DATABASE), OpenFlags::SQLITE_OPEN_READ_WRITE).at(dir)?;
    Ok((db, Some(copy)))
}

/// Bytes of the write-ahead log; 0 where there is none.
fn log_size(dir: &Path) -> u64 {
    std::fs::metadata(dir.join(format!("{DATABASE}-wal"))).map_or(0, |m| m.len())
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    db.execute_batch(SETTINGS)?;
    db.execute_batch("PRAGMA query_only = ON")?;
    // SQLite opens a file for reading only where it may not write, without a word; here that must show.
    let wanted = flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE);
    if wanted && db.is_readonly("main")? {
        return Err(rusqlite::Error::InvalidQuery);
    }
    // The first look at the file happens here, so that a refusal is met here.
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(db)
}

/// The path as SQLite's URI form wants it: `%`, `?` and `#` would otherwise end it.
fn uri_path(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

fn copied(dir: &Path) -> Result<CopiedDatabase> {
    static COPIES: AtomicU64 = AtomicU64::new(0);
    let name = format!("refrain-read-{}-{}", std::process::id(), COPIES.fetch_add(1, Ordering::Relaxed));
    let target = std::env::temp_dir().join(name);
    files::private_folder(&target)?;
    let copy = CopiedDatabase(target);
    for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        let from = dir.join(&name);
        let to = copy.0.join(&name);
        std::fs::copy(&from, &to).at(&from)?;
        files::owner_only(&to)?;
    }
    Ok(copy)
}
