//! Files of the store folder: readable by their owner only, one writer at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::{At, Result, StoreError, StoreErrorKind};

/// The database within the store folder.
pub const DATABASE: &str = "refrain.db";
/// Held by the one process that writes.
const LOCK: &str = "lock";
/// Keeps the folder out of the user's version control: it is large, and `refrain state export` is the form meant for Git.
const IGNORE: &str = ".gitignore";

/// Makes the folder and an empty database in it, for the owner only. What is there already stays.
pub fn create(dir: &Path) -> Result<()> {
    private_folder(dir)?;
    private_file(&dir.join(DATABASE))?;
    let ignore = dir.join(IGNORE);
    if !ignore.exists() {
        private_file(&ignore)?.write_all(b"*\n").at(&ignore)?;
    }
    Ok(())
}

/// Makes a folder (and those above it) for the owner only.
pub fn private_folder(dir: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).at(dir)
}

/// Opens a file for writing, made for the owner only where it is new. SQLite gives its side files the same rights.
pub fn private_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).at(path)
}

/// The right to write, held until it is dropped or the process ends in whatever way.
///
/// The operating system's lock on the file decides, so a dead holder never has to be recognised; its process id and start time
/// stand in the file for the message that the next one gets.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock. Errors: [`StoreErrorKind::Locked`] with the holder, or the file cannot be written.
    pub fn take(dir: &Path) -> Result<Self> {
        let path = dir.join(LOCK);
        let mut file = private_file(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::new(dir, StoreErrorKind::Locked { holder: holder(&mut file) })),
            Err(TryLockError::Error(e)) => return Err(e).at(&path),
        }
        file.set_len(0).at(&path)?;
        write!(file, "process {}{}", std::process::id(), started()).at(&path)?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(200).read_to_string(&mut text));
    if read.is_err() || text.is_empty() { "holder unknown".into() } else { text }
}

/// Start of this process as the system tells it: field 22 of `/proc/self/stat`, in clock ticks since boot. Empty elsewhere.
fn started() -> String {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name in parentheses and may hold blanks; fields are counted behind it.
    let ticks = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(19));
    ticks.map_or_else(String::new, |t| format!(", started at tick {t}"))
}

/// Takes all rights on a file from everybody but its owner.
#[cfg(unix)]
pub fn owner_only(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).at(path)
}

/// Rights are the folder's here.
#[cfg(not(unix))]
pub fn owner_only(_path: &Path) -> Result<()> {
    Ok(())
}

/// Every file below a folder, sorted by path. Symbolic links are not followed; files that go while we look are left out.
pub fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut open) = (Vec::new(), vec![dir.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).at(&folder)? {
            let entry = entry.at(&folder)?;
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}
