//! Which files a path stands for: folders are walked in name order, hidden files and patterns are set aside and counted.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::failure::{Failure, FailureKind, Or};

/// Name of the file with patterns of what to set aside, in any folder that is walked.
pub const IGNORE_FILE: &str = ".refrainignore";

/// Deepest folder that is walked, so that a loop of links ends.
const DEEPEST: usize = 64;

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Folders from the given path down to the file, and its name, joined by `/`. For a file given by itself: its name.
    pub name: String,
    /// Names of the folders above it, nearest last.
    pub folders: Vec<String>,
    /// Where it is.
    pub path: PathBuf,
}

/// What a walk gives.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// Files to read, by name.
    pub files: Vec<Found>,
    /// Files set aside, with the reason, by name.
    pub aside: Vec<(String, String)>,
}

/// Files under `paths`. Errors: a path that is not there, a folder that cannot be read, a pattern that is none.
pub fn walk(paths: &[PathBuf], exclude: &[String], store: &Path) -> Result<Walked, Failure> {
    let mut out = Walked::default();
    let store = store.canonicalize().ok();
    for given in paths {
        let meta = std::fs::metadata(given)
            .or_fail(FailureKind::Input, given.display())
            .map_err(|f| f.advise("give an export file or a folder of exports; `refrain sources` lists what can be read"))?;
        let base = given.canonicalize().or_fail(FailureKind::Input, given.display())?;
        if meta.is_dir() {
            let patterns = patterns(&base, exclude)?;
            folder(&base, &base, &patterns, store.as_deref(), 0, &mut out)?;
        } else {
            out.files.push(found(base.parent().unwrap_or(&base), &base));
        }
    }
    out.files.sort();
    out.files.dedup_by(|a, b| a.path == b.path);
    out.aside.sort();
    Ok(out)
}

/// Patterns of the command line and configuration, and of the ignore files of the folder given and of those above it.
fn patterns(base: &Path, exclude: &[String]) -> Result<Gitignore, Failure> {
    let mut builder = GitignoreBuilder::new(base);
    if base.join(IGNORE_FILE).is_file()
        && let Some(error) = builder.add(base.join(IGNORE_FILE))
    {
        return Err(Failure::new(FailureKind::Config, error).advise("patterns are those of .gitignore"));
    }
    for pattern in exclude {
        builder.add_line(None, pattern).or_fail(FailureKind::Usage, format!("--exclude {pattern}"))?;
    }
    builder.build().or_fail(FailureKind::Config, "patterns to set aside")
}

fn folder(base: &Path, at: &Path, patterns: &Gitignore, store: Option<&Path>, depth: usize, out: &mut Walked) -> Result<(), Failure> {
    if depth > DEEPEST {
        out.aside.push((found(base, at).name, format!("folder deeper than {DEEPEST}")));
        return Ok(());
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(at).and_then(|all| all.map(|e| e.map(|e| e.path())).collect()).or_fail(FailureKind::Input, at.display())?;
    entries.sort();
    for path in entries {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        let is_dir = path.is_dir();
        if hidden || store.is_some_and(|s| path.as_path() == s) {
            continue;
        }
        if patterns.matched(&path, is_dir).is_ignore() {
            out.aside.push((found(base, &path).name, "set aside by a pattern".into()));
        } else if is_dir {
            folder(base, &path, patterns, store, depth + 1, out)?;
        } else {
            out.files.push(found(base, &path));
        }
    }
    Ok(())
}

fn found(base: &Path, path: &Path) -> Found {
    let parts = |p: &Path| p.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>();
    let name = parts(path.strip_prefix(base).unwrap_or(path)).join("/");
    let mut folders = parts(path);
    folders.pop();
    Found { name, folders, path: path.to_owned() }
}
