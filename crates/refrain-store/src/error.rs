//! What can go wrong with a store, and the way back.

use std::path::{Path, PathBuf};

/// Something that the store could not do, with the folder it lies in.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct StoreError {
    /// The store folder, or the file within or beside it.
    pub path: PathBuf,
    /// What happened.
    #[source]
    pub kind: StoreErrorKind,
}

/// What happened. A kind of its own exists only where a caller acts on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// There is no store in the folder.
    #[error("found no store here, expected refrain.db; `refrain import PATH` or `refrain mine PATH` makes one, `--store` names another folder")]
    Missing,
    /// The store was written by a newer program.
    #[error("found store schema {found}, expected at most {known}: a newer refrain wrote this store; use that version or a newer one")]
    Newer {
        /// Schema version of the store.
        found: i64,
        /// Newest schema version that this program knows.
        known: i64,
    },
    /// The store must be brought to this program's schema first, which needs write access.
    #[error("found store schema {found}, expected {known}: run any command that writes (`refrain import`) once to bring it forward")]
    Older {
        /// Schema version of the store.
        found: i64,
        /// Schema version of this program.
        known: i64,
    },
    /// Another process writes.
    #[error("another process is writing to this store ({holder}); wait until it ends, or use another folder with `--store`")]
    Locked {
        /// Process id and start time of the holder, as far as known.
        holder: String,
    },
    /// The folder or file cannot be written.
    #[error("cannot write to this store ({0}); commands that only read still work")]
    ReadOnly(String),
    /// What is stored is not what was written.
    #[error(
        "the store is damaged: {0}. The way back: keep this folder aside, then `refrain state import FOLDER --store NEW` from the last \
         state export, or import the source files into a new store; `refrain store check` lists everything that is wrong"
    )]
    Damaged(String),
    /// What was asked for is against the rules of the store.
    #[error("{0}")]
    Refused(String),
    /// The search index cannot be read. It is derived: building it anew loses nothing.
    #[error("the search index cannot be read: {0}. `refrain store rebuild` builds it anew from the records; nothing is lost")]
    Index(String),
    /// Reading or writing a file failed.
    #[error("{0}")]
    Io(#[source] std::io::Error),
    /// The database reported something else.
    #[error("{0}")]
    Engine(String),
}

/// Result of this room.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// An error of the given kind at a path.
    pub fn new(path: impl Into<PathBuf>, kind: StoreErrorKind) -> Self {
        Self { path: path.into(), kind }
    }

    /// What is stored is not what was written.
    pub fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::new(path, StoreErrorKind::Damaged(what.into()))
    }

    /// Against the rules.
    pub fn refused(path: &Path, why: impl Into<String>) -> Self {
        Self::new(path, StoreErrorKind::Refused(why.into()))
    }
}

/// Attaches a path to the errors of the engines below.
pub trait At<T> {
    /// The same result with the path of what was being done.
    fn at(self, path: &Path) -> Result<T>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, path: &Path) -> Result<T> {
        self.map_err(|e| StoreError::new(path, io_kind(e)))
    }
}

impl<T> At<T> for rusqlite::Result<T> {
    fn at(self, path: &Path) -> Result<T> {
        self.map_err(|e| StoreError::new(path, sqlite_kind(&e)))
    }
}

fn io_kind(error: std::io::Error) -> StoreErrorKind {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    match error.kind() {
        PermissionDenied | ReadOnlyFilesystem => StoreErrorKind::ReadOnly(error.to_string()),
        _ => StoreErrorKind::Io(error),
    }
}

fn sqlite_kind(error: &rusqlite::Error) -> StoreErrorKind {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, NotADatabase, PermissionDenied, ReadOnly};
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => StoreErrorKind::Damaged(text),
        Some(ReadOnly | PermissionDenied) => StoreErrorKind::ReadOnly(text),
        Some(DatabaseBusy | DatabaseLocked) => StoreErrorKind::Locked { holder: text },
        // A column of another type than was written: SQLite does not check types, so a damaged page can do that.
        None => StoreErrorKind::Damaged(text),
        _ => StoreErrorKind::Engine(text),
    }
}
