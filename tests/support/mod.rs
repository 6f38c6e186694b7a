//! Runs the program as a user does: in a folder of its own, with a store of its own.

#![allow(dead_code)]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with a store, and the program to run in it.
pub struct Desk {
    pub folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a run left: exit code, standard output, standard error.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_refrain"));
        command.args(args).current_dir(self.folder.path()).env_remove("NO_COLOR").env("REFRAIN_AUTHOR", "qe");
        command.envs(self.environment.iter().map(|(k, v)| (k, v)));
        command
    }

    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        self.command(args).output().unwrap().into()
    }

    pub fn feed<S: AsRef<OsStr>>(&self, args: &[S], input: &str) -> Run {
        let mut child = self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Runs and demands exit code 0.
    pub fn good<S: AsRef<OsStr> + std::fmt::Debug>(&self, args: &[S]) -> String {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{args:?}\n{}\n{}", run.out, run.err);
        run.out
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A path of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).canonicalize().unwrap()
}

/// The real corpora, where this machine has them. Says so on standard error past the test runner's capture, so that a check can see it.
pub fn corpora() -> Option<PathBuf> {
    let found = std::env::var_os("REFRAIN_CORPORA").map(PathBuf::from).filter(|p| p.is_dir());
    if found.is_none() {
        let _ = writeln!(std::io::stderr(), "skipped: REFRAIN_CORPORA does not name a folder");
    }
    found
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Ten issues of a tracker as a REST page; `n` numbers them apart.
pub fn jira_page(from: usize, count: usize) -> String {
    let issue = |n: usize| {
        serde_json::json!({"id": format!("{}", 10_000 + n), "key": format!("PAY-{n}"), "fields": {
            "project": {"key": "PAY"}, "issuetype": {"name": "Bug"}, "summary": format!("Refund {n} is booked twice after a timeout of the gateway"),
            "priority": {"name": "High"}, "created": "2024-03-01T10:11:12.000+0000", "updated": "2024-03-05T10:11:12.000+0000",
            "resolutiondate": "2024-03-04T16:00:00.000+0000", "status": {"name": "Done", "statusCategory": {"key": "done"}},
            "description": format!("The client posts refund number {n} again when no answer comes, and the ledger books both of them.")}})
    };
    serde_json::json!({"isLast": true, "issues": (from..from + count).map(issue).collect::<Vec<_>>()}).to_string()
}
