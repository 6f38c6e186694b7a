//! Text with its roles, lines and citations.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::key::Key;

/// What a section of text speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The one line that names the record.
    Title,
    /// The body as filed, not told apart further.
    Description,
    /// A short account of what happened.
    Summary,
    /// Why it failed.
    Cause,
    /// What set it off.
    Trigger,
    /// What was seen.
    Symptom,
    /// Whom it hurt, and how much.
    Impact,
    /// How it was noticed, or why it was not.
    Detection,
    /// What ended it.
    Fix,
    /// What is to be done so that it does not come back.
    Actions,
    /// What was learnt.
    Lessons,
    /// What happened when.
    Timeline,
    /// Operating system, runtime, versions, region.
    Environment,
    /// A stack trace that the source holds as such.
    Trace,
    /// A later remark. Did not exist when the record was filed.
    Comment,
    /// Anything else.
    Other,
}

impl Role {
    /// Every role, in the order in which sections are printed.
    pub const ALL: &'static [Self] = &[
        Self::Title,
        Self::Summary,
        Self::Description,
        Self::Symptom,
        Self::Cause,
        Self::Trigger,
        Self::Impact,
        Self::Detection,
        Self::Fix,
        Self::Actions,
        Self::Lessons,
        Self::Timeline,
        Self::Environment,
        Self::Trace,
        Self::Comment,
        Self::Other,
    ];

    /// Lower-case name, as in citations and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Summary => "summary",
            Self::Cause => "cause",
            Self::Trigger => "trigger",
            Self::Symptom => "symptom",
            Self::Impact => "impact",
            Self::Detection => "detection",
            Self::Fix => "fix",
            Self::Actions => "actions",
            Self::Lessons => "lessons",
            Self::Timeline => "timeline",
            Self::Environment => "environment",
            Self::Trace => "trace",
            Self::Comment => "comment",
            Self::Other => "other",
        }
    }
}

/// A piece of text with one role, in plain form: paragraphs and list items on their own lines, code kept verbatim.
///
/// Spans count lines of this plain form, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    /// What it speaks of.
    pub role: Role,
    /// Name within the record, unique there: `title`, `description`, `comment-3`, `root-cause`. No blanks, no colon.
    pub name: String,
    /// The text, lines separated by `\n`.
    pub text: String,
}

impl Section {
    /// Whether the text stood in the record when it was filed. A comment did not, whatever it speaks of; later text is never a feature of
    /// the duplicate score.
    pub fn filed_with_record(&self) -> bool {
        let later = matches!(self.role, Role::Comment | Role::Fix | Role::Actions | Role::Lessons);
        !later && !self.name.starts_with("comment-")
    }

    /// A section; blanks and colons in the name become `-`.
    pub fn new(role: Role, name: impl Into<String>, text: impl Into<String>) -> Self {
        let name: String = name.into().chars().map(|c| if c.is_whitespace() || c == ':' { '-' } else { c }).collect();
        Self { role, name, text: text.into() }
    }

    /// The lines `first..=last` (from 1), joined by newlines; nothing where the span lies outside.
    pub fn lines(&self, first: u32, last: u32) -> Option<String> {
        if first == 0 || last < first {
            return None;
        }
        let wanted: Vec<&str> = self.text.split('\n').skip(first as usize - 1).take((last - first) as usize + 1).collect();
        (wanted.len() == (last - first) as usize + 1).then(|| wanted.join("\n"))
    }

    /// The lines (from 1) that hold the bytes `start..end` of the text.
    pub fn lines_of(&self, start: usize, end: usize) -> (u32, u32) {
        let newlines = |upto: usize| self.text.as_bytes()[..upto.min(self.text.len())].iter().filter(|b| **b == b'\n').count() as u32;
        let first = newlines(start) + 1;
        let last = newlines(end.saturating_sub(1).max(start)) + 1;
        (first, last.max(first))
    }
}

/// First 16 hexadecimal digits of the SHA-256 of the cited lines: tells whether the text has changed since.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SpanHash(pub String);

impl SpanHash {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        Self(hex(&Sha256::digest(text.as_bytes()), 16))
    }
}

/// The first `digits` hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8], digits: usize) -> String {
    let mut out: String = bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|n| char::from_digit(u32::from(n), 16).unwrap_or('0')).collect();
    out.truncate(digits);
    out
}

/// Lines of a record that support a claim: `[JIRA:PAY-1182 description:14-16]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Citation {
    /// The record.
    pub key: Key,
    /// Name of the section.
    pub section: String,
    /// First line, from 1.
    pub first: u32,
    /// Last line, at least `first`.
    pub last: u32,
    /// Of the cited lines, whole.
    pub hash: SpanHash,
}

impl Citation {
    /// Cites the lines of `section` that hold the bytes `start..end` of its text.
    pub fn of_bytes(key: &Key, section: &Section, start: usize, end: usize) -> Self {
        let (first, last) = section.lines_of(start, end);
        Self::of_lines(key, section, first, last)
    }

    /// Cites whole lines. Lines outside the section hash as empty text, so a check finds them.
    pub fn of_lines(key: &Key, section: &Section, first: u32, last: u32) -> Self {
        let hash = SpanHash::of(&section.lines(first, last).unwrap_or_default());
        Self { key: key.clone(), section: section.name.clone(), first, last, hash }
    }

    /// Whether the section still says what was cited.
    pub fn holds(&self, section: &Section) -> bool {
        section.name == self.section && section.lines(self.first, self.last).is_some_and(|text| SpanHash::of(&text) == self.hash)
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "[{} {}:{}]", self.key, self.section, self.first)
        } else {
            write!(f, "[{} {}:{}-{}]", self.key, self.section, self.first, self.last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_tells_when_its_lines_changed() {
        let key: Key = "JIRA:PAY-1".parse().unwrap();
        let section = Section::new(Role::Description, "description", "one\ntwo\nthree");
        let cite = Citation::of_bytes(&key, &section, 4, 7);
        assert_eq!(cite.to_string(), "[JIRA:PAY-1 description:2]");
        assert!(cite.holds(&section));
        let changed = Section::new(Role::Description, "description", "one\ntoo\nthree");
        assert!(!cite.holds(&changed));
        assert!(!Citation::of_lines(&key, &section, 3, 9).holds(&section));
    }

    #[test]
    fn lines_of_bytes_at_the_edges() {
        let s = Section::new(Role::Description, "d", "a\nb\n");
        assert_eq!(s.lines_of(0, 1), (1, 1));
        assert_eq!(s.lines_of(0, 2), (1, 1));
        assert_eq!(s.lines_of(0, 3), (1, 2));
        assert_eq!(s.lines_of(99, 100), (3, 3));
    }
}
