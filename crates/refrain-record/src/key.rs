//! Stable names of records across imports.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of a source system or instance as it stands before the colon of a key: `JIRA`, `GH`, `RUSTSEC`, `SHOP-BZ`.
///
/// 1 to 32 characters of `A-Z`, `0-9`, `-`, `_`, beginning with a letter. Lower case is raised at birth.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct SystemName(Box<str>);

impl SystemName {
    /// Checks and raises a system name. Errors: [`KeyError::System`].
    pub fn new(name: &str) -> Result<Self, KeyError> {
        let raised = name.to_ascii_uppercase();
        let good = (1..=32).contains(&raised.len())
            && raised.starts_with(|c: char| c.is_ascii_uppercase())
            && raised.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-' || c == '_');
        if good { Ok(Self(raised.into())) } else { Err(KeyError::System { found: name.into() }) }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SystemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SystemName {
    type Error = KeyError;
    fn try_from(value: String) -> Result<Self, KeyError> {
        Self::new(&value)
    }
}

impl From<SystemName> for String {
    fn from(value: SystemName) -> Self {
        value.0.into()
    }
}

/// Stable name of a record across imports: system and the system's own id, as people write it (`JIRA:PAY-1182`).
///
/// Goes into files and citations. The id keeps its case and may hold anything but control characters; white space at its ends is
/// dropped. Ordered by system, then by id as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Key {
    system: SystemName,
    id: Box<str>,
}

/// Longest id that a key may carry, in bytes: file paths are the longest ids seen, and they are bounded by the file system.
pub const LONGEST_ID: usize = 1024;

impl Key {
    /// Joins a system and an id. Errors: [`KeyError::Id`] where the id is empty, longer than [`LONGEST_ID`] or holds control characters.
    pub fn new(system: SystemName, id: &str) -> Result<Self, KeyError> {
        let id = id.trim();
        if id.is_empty() || id.len() > LONGEST_ID || id.chars().any(char::is_control) {
            return Err(KeyError::Id { found: id.chars().take(80).collect() });
        }
        Ok(Self { system, id: id.into() })
    }

    /// The system before the colon.
    pub fn system(&self) -> &SystemName {
        &self.system
    }

    /// The system's own id, after the colon.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.system, self.id)
    }
}

impl FromStr for Key {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (system, id) = text.split_once(':').ok_or_else(|| KeyError::Shape { found: text.into() })?;
        Self::new(SystemName::new(system)?, id)
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;
    fn try_from(value: String) -> Result<Self, KeyError> {
        value.parse()
    }
}

impl From<Key> for String {
    fn from(value: Key) -> Self {
        value.to_string()
    }
}

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// No colon.
    Shape {
        /// The text.
        found: String,
    },
    /// The part before the colon is no system name.
    System {
        /// The part.
        found: String,
    },
    /// The part after the colon is empty, too long or holds control characters.
    Id {
        /// The part, cut to 80 characters.
        found: String,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { found } => write!(f, "found `{found}`, expected SYSTEM:id such as JIRA:PAY-1182"),
            Self::System { found } => write!(f, "found `{found}` before the colon, expected a system name of letters, digits, - and _"),
            Self::Id { found } => write!(f, "found `{found}` after the colon, expected 1 to {LONGEST_ID} bytes without control characters"),
        }
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_people_write_it() {
        for text in ["JIRA:PAY-1182", "GH:acme/ledger#412", "OSV:GHSA-aaaa", "PM:2021-05-09 x: y"] {
            assert_eq!(text.parse::<Key>().map(|k| k.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_key_says_why() {
        assert!(matches!("PAY-1182".parse::<Key>(), Err(KeyError::Shape { .. })));
        assert!(matches!("9:1".parse::<Key>(), Err(KeyError::System { .. })));
        assert!(matches!("JIRA: ".parse::<Key>(), Err(KeyError::Id { .. })));
    }
}
