//! Values that can be missing, with how they came to be known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value with its origin. Absent is absent: it weighs nothing and is never a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "origin", rename_all = "lowercase")]
pub enum Known<T> {
    /// The source says it, in this field (`resolutiondate`, `description:3-3`).
    Stated {
        /// What it says.
        value: T,
        /// The field or span that says it.
        at: String,
    },
    /// A named rule concluded it from something stated.
    Derived {
        /// What was concluded.
        value: T,
        /// Name of the rule, for instance `earliest-affected-release`.
        rule: String,
    },
    /// Nothing says it; the configuration or a default supplies it.
    Assumed {
        /// What is supplied.
        value: T,
        /// Why, in a few words.
        because: String,
    },
    /// Nothing is known.
    #[default]
    Absent,
}

/// How a value came to be known, without the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// See [`Known::Stated`].
    Stated,
    /// See [`Known::Derived`].
    Derived,
    /// See [`Known::Assumed`].
    Assumed,
    /// See [`Known::Absent`].
    Absent,
}

impl<T> Known<T> {
    /// The source says it, in the field `at`.
    pub fn stated(value: T, at: impl Into<String>) -> Self {
        Self::Stated { value, at: at.into() }
    }

    /// The rule `rule` concluded it.
    pub fn derived(value: T, rule: impl Into<String>) -> Self {
        Self::Derived { value, rule: rule.into() }
    }

    /// Supplied, for the reason given.
    pub fn assumed(value: T, because: impl Into<String>) -> Self {
        Self::Assumed { value, because: because.into() }
    }

    /// The value, whatever its origin.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Stated { value, .. } | Self::Derived { value, .. } | Self::Assumed { value, .. } => Some(value),
            Self::Absent => None,
        }
    }

    /// Where the value comes from.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Stated { .. } => Origin::Stated,
            Self::Derived { .. } => Origin::Derived,
            Self::Assumed { .. } => Origin::Assumed,
            Self::Absent => Origin::Absent,
        }
    }

    /// Nothing is known.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// This value where something is known, else `other`.
    pub fn or(self, other: Self) -> Self {
        if self.is_absent() { other } else { self }
    }

    /// The field, rule or reason behind the value; empty where nothing is known.
    pub fn because(&self) -> &str {
        match self {
            Self::Stated { at, .. } => at,
            Self::Derived { rule, .. } => rule,
            Self::Assumed { because, .. } => because,
            Self::Absent => "",
        }
    }
}
