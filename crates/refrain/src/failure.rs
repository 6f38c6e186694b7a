//! What ends a command early, and the exit code that goes with it.

use std::fmt;

/// Why a command could not do its work. All kinds leave with exit code 2; the kind stands in the message and in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The command line.
    Usage,
    /// refrain.toml or one of the tables.
    Config,
    /// A file that was to be read.
    Input,
    /// The store.
    Store,
    /// Contradicting decisions.
    Decisions,
    /// refrain itself.
    Internal,
}

impl FailureKind {
    /// As printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Config => "configuration",
            Self::Input => "input",
            Self::Store => "store",
            Self::Decisions => "decisions",
            Self::Internal => "internal",
        }
    }
}

/// A failure with its text and, where there is one, what to do.
#[derive(Debug)]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// File, line, field; what was found; what was expected.
    pub text: String,
    /// What to do; empty where nothing helps.
    pub advice: String,
}

impl Failure {
    /// A failure without advice.
    pub fn new(kind: FailureKind, text: impl fmt::Display) -> Self {
        Self { kind, text: text.to_string(), advice: String::new() }
    }

    /// With what to do.
    pub fn advise(self, advice: impl fmt::Display) -> Self {
        Self { advice: advice.to_string(), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.text)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "\n  {}", self.advice) }
    }
}

impl std::error::Error for Failure {}

/// How a command that did its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Fine,
    /// Exit code 1: a gate breached, a mismatch, too many rejects, duplicates found where asked.
    Finding,
}

/// Short for what every command gives.
pub type Done = anyhow::Result<Outcome>;

/// Adds kind and context to an error.
pub trait Or<T> {
    /// As a failure of this kind, with what was being done in front.
    fn or_fail(self, kind: FailureKind, doing: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Or<T> for Result<T, E> {
    fn or_fail(self, kind: FailureKind, doing: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(kind, format!("{doing}: {error}")))
    }
}
