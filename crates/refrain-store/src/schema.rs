//! Tables of `refrain.db`, and how an older file is brought forward.

use std::path::Path;

use rusqlite::Connection;

use crate::error::{At, Result, StoreError, StoreErrorKind};

/// Marks the file as ours (`rfrn`), so that another program's database is not taken for a store.
const APPLICATION_ID: i64 = 0x7266_726e;

/// Steps from one schema version to the next: step `n` brings version `n` to `n + 1`. Never edit a step that was released.
pub const MIGRATIONS: &[&str] = &[
    // Version 1.
    "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    -- What a file says about a key. `ended` is the run in which the same file said something else instead; `gone` the run in
    -- which a full reading of the file no longer held the key. `json` is the canonical form without the source; empty = forgotten.
    CREATE TABLE parts (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL, path TEXT NOT NULL, revision INTEGER NOT NULL, format TEXT NOT NULL,
        line INTEGER NOT NULL, hash TEXT NOT NULL, json TEXT NOT NULL, run INTEGER NOT NULL, ended INTEGER, gone INTEGER,
        UNIQUE (key, path, revision)
    );
    CREATE INDEX parts_path ON parts (path) WHERE ended IS NULL;

    -- Bare ids and aliases, so that people need not type the system.
    CREATE TABLE names (name TEXT NOT NULL COLLATE NOCASE, key TEXT NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;

    CREATE TABLE runs (number INTEGER PRIMARY KEY, at TEXT NOT NULL, command TEXT NOT NULL, state TEXT NOT NULL);
    CREATE TABLE run_files (run INTEGER NOT NULL, place INTEGER NOT NULL, path TEXT NOT NULL, raw TEXT, kept INTEGER NOT NULL, note TEXT NOT NULL,
        PRIMARY KEY (run, place)) WITHOUT ROWID;

    CREATE TABLE decisions (number INTEGER PRIMARY KEY, json TEXT NOT NULL, hash TEXT NOT NULL);
    CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are never changed'); END;
    CREATE TRIGGER decisions_are_kept BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are never deleted'); END;

    CREATE TABLE lineage (number INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE models (hash TEXT PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE model_log (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL);
    CREATE TABLE summaries (number INTEGER PRIMARY KEY, at TEXT NOT NULL, json TEXT NOT NULL);
    CREATE TABLE tombstones (key TEXT PRIMARY KEY, at TEXT NOT NULL, why TEXT NOT NULL, parts INTEGER NOT NULL, refused INTEGER NOT NULL);
    ",
];

/// Newest schema version that this program knows.
pub fn newest() -> i64 {
    MIGRATIONS.len() as i64
}

/// Version of the file; 0 for an empty one. Errors: the file is no store, or a newer program's.
pub fn version(db: &Connection, path: &Path) -> Result<i64> {
    let number = |pragma: &str| db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0)).at(path);
    let (id, found) = (number("application_id")?, number("user_version")?);
    let empty = number("schema_version")? == 0;
    if id != APPLICATION_ID && !empty {
        return Err(StoreError::refused(path, "found a database of another program, expected a refrain store; use another folder with `--store`"));
    }
    if found > newest() {
        return Err(StoreError::new(path, StoreErrorKind::Newer { found, known: newest() }));
    }
    Ok(if empty { 0 } else { found })
}

/// Brings the file to the newest version, all steps in one transaction.
pub fn migrate(db: &Connection, path: &Path) -> Result<()> {
    let found = version(db, path)?;
    if found == newest() {
        return Ok(());
    }
    let steps = MIGRATIONS[found as usize..].concat();
    let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {};", newest());
    db.execute_batch(&format!("BEGIN IMMEDIATE; {steps} {marks} COMMIT;")).at(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_older_version_comes_forward() {
        let tables = |db: &Connection| -> Vec<String> {
            let mut rows = db.prepare("SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name").unwrap();
            rows.query_map([], |row| row.get(0)).unwrap().map(|sql| sql.unwrap()).collect()
        };
        let path = Path::new("memory");
        let whole = Connection::open_in_memory().unwrap();
        migrate(&whole, path).unwrap();
        for old in 0..MIGRATIONS.len() {
            let db = Connection::open_in_memory().unwrap();
            if old > 0 {
                db.execute_batch(&MIGRATIONS[..old].concat()).unwrap();
                db.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {old};")).unwrap();
            }
            migrate(&db, path).unwrap();
            assert_eq!(version(&db, path).unwrap(), newest());
            assert_eq!(tables(&db), tables(&whole));
        }
    }

    #[test]
    fn a_newer_store_and_another_programs_database_are_refused() {
        let db = Connection::open_in_memory().unwrap();
        migrate(&db, Path::new("memory")).unwrap();
        db.execute_batch(&format!("PRAGMA user_version = {}", newest() + 1)).unwrap();
        assert!(matches!(version(&db, Path::new("m")).unwrap_err().kind, StoreErrorKind::Newer { .. }));
        let other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE notes (text)").unwrap();
        assert!(matches!(version(&other, Path::new("m")).unwrap_err().kind, StoreErrorKind::Refused(_)));
    }
}
