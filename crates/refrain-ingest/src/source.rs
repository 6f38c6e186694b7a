//! The row type of the SOURCES table: how a source is recognised and read.

use std::io::BufRead;

use refrain_record::{Moment, Record};

/// Where something stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Place {
    /// Line from 1; 0 where the format has no lines.
    pub line: u32,
    /// Name or number of the record, where known (`PAY-1182`, `bugs[3]`).
    pub record: String,
}

/// A record that could not be read. Not an error: an entry in the report, counted, with the rest imported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Skipped {
    /// Where.
    pub at: Place,
    /// Field that is at fault; empty for the whole record.
    pub field: String,
    /// What was found, at most 80 characters.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub advice: String,
}

/// Something a reader of the report must know though the record was kept: a value that could not be read, an assumed zone, a cut.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Remark {
    /// Where.
    pub at: Place,
    /// Field.
    pub field: String,
    /// In one sentence: what was found, what was done.
    pub text: String,
}

/// What reading gives, in file order.
#[derive(Clone, Debug)]
pub enum Item {
    /// A record that was read. `place` tells where it began.
    Record {
        /// The record, normalised.
        record: Box<Record>,
        /// Where it began.
        at: Place,
    },
    /// A record that could not be read.
    Skipped(Skipped),
    /// An entry that is no record on purpose (a pull request in an issue list, a repeated header, a test that passed).
    Filtered {
        /// Where.
        at: Place,
        /// Why, in a few words; counted by reason.
        reason: &'static str,
    },
    /// A remark on a record that was kept, or on the file.
    Remark(Remark),
    /// A value of a mapped field (team, severity, status, stage …) and what a table made of it: counted by value and target.
    Mapped {
        /// The field, as the report names it.
        field: &'static str,
        /// The source's own word.
        from: String,
        /// What it stands for; nothing where no table knows it.
        to: Option<String>,
    },
}

/// The first bytes of a file, for recognising it.
pub struct Head<'a> {
    /// Folders from the given path down to the file, and its name, joined by `/`.
    pub path: &'a str,
    /// The first 64 KiB as text (decoded from UTF-8 or UTF-16, a byte-order mark dropped, broken characters replaced).
    pub text: &'a str,
    /// Whether the file ends within `text`.
    pub whole: bool,
}

/// How sure a row is that a file is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// 1 (hardly) to 100 (certain).
    pub strength: u8,
    /// What was seen, in a few words: printed where two rows tie, and for a file of unknown kind.
    pub reason: String,
}

/// A file being read: decoded to UTF-8, without byte-order mark.
pub struct Input<'a> {
    /// Folders from the given path down to the file, and its name, joined by `/`.
    pub path: &'a str,
    /// Names of the folders above the file on the user's disk, nearest last; for rules such as "the folder is the team".
    pub folders: &'a [String],
    /// The text.
    pub text: &'a mut dyn BufRead,
}

/// What the user's configuration says about reading.
#[derive(Clone, Debug, Default)]
pub struct ReadSetup {
    /// System name for a file, by glob over its path, first match wins: two instances of one tracker need two names.
    pub systems: Vec<(String, String)>,
    /// `owner/name` for GitHub exports that do not say it.
    pub repository: Option<String>,
    /// IANA zone for times without one (`Europe/Berlin`); UTC, and counted as assumed, where absent.
    pub zone: Option<String>,
    /// Reading of ambiguous dates such as 3/4/24: `true` = month first; by column majority where absent.
    pub month_first: Option<bool>,
    /// Keep names of people (off by default).
    pub people: bool,
    /// The newest plausible moment: later dates are kept and remarked upon.
    pub now: Option<Moment>,
    /// Text of the small tables beside a data file that a mapping looks values up in, by folder of the data file and their name.
    pub lookups: std::collections::BTreeMap<String, String>,
}

/// Fields a row promises to fill; a test holds that some case of the row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Fills {
    Title,
    Body,
    Cause,
    Team,
    Service,
    Severity,
    Stage,
    Introduced,
    Detected,
    Resolved,
    Trace,
    Environment,
    DuplicateOf,
    Links,
    Cost,
    Kinds,
    Versions,
    Labels,
    Comments,
}

/// One source that can be read.
pub struct SourceRow {
    /// Name in reports and configuration (`jira-json`).
    pub name: &'static str,
    /// As people call it (`Jira REST JSON`).
    pub title: &'static str,
    /// Default system name of keys (`JIRA`).
    pub system: &'static str,
    /// Whether the file is its own, from its head.
    pub sniff: fn(&Head<'_>) -> Option<Hint>,
    /// Reads the file; gives each item as it comes, so that large files stream. Never fails: what is broken is an item.
    pub read: fn(&mut Input<'_>, &ReadSetup, &mut dyn FnMut(Item)),
    /// Fields it fills.
    pub fills: &'static [Fills],
    /// Exact command or menu with which a user exports it.
    pub export: &'static str,
}

/// Something that recognises and reads files: a row of the SOURCES table, or a mapping that a person wrote.
pub trait FileReader {
    /// Name in reports and records.
    fn name(&self) -> String;
    /// Whether the file is its own, from its head.
    fn sniff(&self, head: &Head<'_>) -> Option<Hint>;
    /// Reads the file; what is broken is an item.
    fn read(&self, input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item));
}

impl FileReader for SourceRow {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn sniff(&self, head: &Head<'_>) -> Option<Hint> {
        (self.sniff)(head)
    }

    fn read(&self, input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
        (self.read)(input, setup, sink);
    }
}
