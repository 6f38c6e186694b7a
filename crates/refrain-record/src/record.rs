//! One item as a source system has it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::known::Known;
use crate::text::{Role, Section};
use crate::time::Moment;

/// What kind of item a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A ticket in a tracker that reports a defect.
    Issue,
    /// An interruption of service.
    Incident,
    /// A crash or error event, or the group that a crash reporter made of them.
    Crash,
    /// A published security flaw.
    Advisory,
    /// A written review of an incident.
    PostMortem,
    /// A test that failed, was muted, or passed only when repeated.
    TestFailure,
    /// An announcement that is not a defect (an unmaintained package). Counts in no metric of escapes.
    Notice,
    /// A ticket that is not a defect (a wish, a task). Counts in no metric of escapes.
    NotDefect,
}

impl Kind {
    /// Whether a record of this kind describes a defect.
    pub fn is_defect(self) -> bool {
        !matches!(self, Self::Notice | Self::NotDefect)
    }
}

/// Where a record's work stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not resolved.
    Open,
    /// Resolved by a change, or its incident has ended.
    Resolved,
    /// Closed without a change: duplicate, not a defect, cannot reproduce, will not be fixed.
    Dismissed,
    /// The source does not say.
    #[default]
    Unknown,
}

/// Harm, from 1 (worst) to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(with = "u8")]
pub struct Severity(u8);

impl Severity {
    /// 1 to 4, nothing otherwise.
    pub fn new(level: u8) -> Option<Self> {
        (1..=4).contains(&level).then_some(Self(level))
    }

    /// 1 (worst) to 4.
    pub fn level(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Severity {
    type Error = String;
    fn try_from(level: u8) -> Result<Self, String> {
        Self::new(level).ok_or_else(|| format!("found severity {level}, expected 1 to 4"))
    }
}

impl From<Severity> for u8 {
    fn from(severity: Severity) -> Self {
        severity.0
    }
}

/// Why a defect got past its ideal stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bucket {
    /// No test, check or review looked there.
    CoverageGap,
    /// It looked, in surroundings that differ from production.
    EnvironmentMismatch,
    /// It looked and spoke, and was muted, retried or ignored.
    FlakyOrSuppressed,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: &'static [Self] = &[Self::CoverageGap, Self::EnvironmentMismatch, Self::FlakyOrSuppressed];

    /// As written in configuration and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::CoverageGap => "coverage-gap",
            Self::EnvironmentMismatch => "environment-mismatch",
            Self::FlakyOrSuppressed => "flaky-or-suppressed",
        }
    }
}

/// How another record is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// This record repeats the target. An answer, never a feature.
    DuplicateOf,
    /// The target repeats this record. An answer, never a feature.
    DuplicatedBy,
    /// Another name of the same flaw (a CVE id, the id before a move). An answer, never a feature.
    Alias,
    /// The target's change introduced this defect.
    IntroducedBy,
    /// Copied from the target on purpose (a back-port).
    Cloned,
    /// Related in a way that does not say how.
    Related,
    /// An external address.
    Url,
}

/// A reference to another record or address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// How.
    pub kind: LinkKind,
    /// A key (`JIRA:PAY-1107`), an alias (`CVE-2024-90001`) or an address.
    pub target: String,
    /// Field or section that states it.
    pub at: String,
}

/// What a cost is counted in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "unit")]
pub enum CostUnit {
    /// Hours of work spent.
    EngineerHours,
    /// Minutes during which a service was impaired.
    DowntimeMinutes,
    /// Users or customers affected.
    Users,
    /// Contacts to support.
    SupportContacts,
    /// Money, in the currency given (ISO 4217).
    Money {
        /// For instance `EUR`.
        currency: String,
    },
}

/// One amount of cost with where it comes from. `low` = `high` where the source gives one number.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
pub struct CostItem {
    /// What is counted.
    #[serde(flatten)]
    pub unit: CostUnit,
    /// Smallest amount said, finite and not negative.
    pub low: f64,
    /// Largest amount said, at least `low`.
    pub high: f64,
    /// Field or span that says it (`timespent`, `impact:2`).
    pub at: String,
}

/// Which file and row of the sources table a record came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Row of the SOURCES table (`jira-json`) or name of the mapping.
    pub format: String,
    /// Folders from the given path down to the file, and its name, joined by `/`. Never an absolute path.
    pub file: String,
    /// Line of the file at which the record begins, from 1; 0 where the format has no lines.
    pub line: u32,
}

impl Source {
    /// Nothing is said about where the record was read.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One item as a source system has it: issue, incident, crash, advisory, post-mortem, failed test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Stable name.
    pub key: Key,
    /// What kind of item.
    pub kind: Kind,
    /// Text by role; the title first. Names are unique within the record.
    pub sections: Vec<Section>,
    /// Project, product, repository or ecosystem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Components, packages or areas, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    /// Labels, tags and keywords as filed, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Affected versions, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Operating system, runtime, browser, device, region, deployment segment, stage name … by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Owner: a group, project, component or service owner. Never a person.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub team: Known<String>,
    /// Deployed unit.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub service: Known<String>,
    /// Harm.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub severity: Known<Severity>,
    /// Where its work stands.
    #[serde(default)]
    pub status: Status,
    /// The source's own word for the resolution (`Fixed`, `Duplicate`). An answer, never a feature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// When it was filed.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub created: Known<Moment>,
    /// When the defect was noticed; at the latest when it was filed.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub detected: Known<Moment>,
    /// When the defect entered: release of the first affected version, merge, deploy.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub introduced: Known<Moment>,
    /// When it was resolved.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub resolved: Known<Moment>,
    /// When the source last changed it: tells which of two exports is newer. Never a feature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Moment>,
    /// Stage where it was found, by its id in the stage model.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub actual_stage: Known<String>,
    /// Earliest stage at which it could have been found at reasonable cost.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub ideal_stage: Known<String>,
    /// Why it got past the ideal stage.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub bucket: Known<Bucket>,
    /// References to other records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Stated costs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostItem>,
    /// Classes that the source itself assigns (CWE ids, categories). Blind in an evaluation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Further fields of the source by name, for mapping rules; values in source order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Vec<String>>,
    /// Occurrences that this record stands for, at least 1.
    #[serde(default = "one")]
    pub occurrences: u64,
    /// Retracted by its source: kept, and left out of every count.
    #[serde(default)]
    pub withdrawn: bool,
    /// Address at the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Source::is_empty")]
    pub source: Source,
}

fn one() -> u64 {
    1
}

impl Record {
    /// An empty record with a title; everything else absent.
    pub fn new(key: Key, kind: Kind, title: &str) -> Self {
        Self {
            key,
            kind,
            sections: vec![Section::new(Role::Title, "title", title.split_whitespace().collect::<Vec<_>>().join(" "))],
            project: None,
            components: Vec::new(),
            labels: Vec::new(),
            versions: Vec::new(),
            environment: BTreeMap::new(),
            team: Known::Absent,
            service: Known::Absent,
            severity: Known::Absent,
            status: Status::Unknown,
            resolution: None,
            created: Known::Absent,
            detected: Known::Absent,
            introduced: Known::Absent,
            resolved: Known::Absent,
            updated: None,
            actual_stage: Known::Absent,
            ideal_stage: Known::Absent,
            bucket: Known::Absent,
            links: Vec::new(),
            costs: Vec::new(),
            kinds: Vec::new(),
            fields: BTreeMap::new(),
            occurrences: 1,
            withdrawn: false,
            url: None,
            source: Source::default(),
        }
    }

    /// The title; empty where there is none.
    pub fn title(&self) -> &str {
        self.sections.iter().find(|s| s.role == Role::Title).map_or("", |s| &s.text)
    }

    /// Sections of one role, in order.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(move |s| s.role == role)
    }

    /// Sections that stood there when it was filed, in order.
    pub fn filed(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|s| s.filed_with_record())
    }

    /// The section of that name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|s| s.name == name)
    }

    /// Adds a section unless its text is blank; a name already taken gets a number (`comment-2`).
    pub fn add_section(&mut self, role: Role, name: &str, text: impl Into<String>) {
        let text = text.into();
        if text.trim().is_empty() {
            return;
        }
        let mut section = Section::new(role, name, text);
        let plain = section.name.clone();
        let mut number = 1;
        while self.sections.iter().any(|s| s.name == section.name) {
            number += 1;
            section.name = format!("{plain}-{number}");
        }
        self.sections.push(section);
    }

    /// The moment by which the record takes its place in time: noticed, else filed, else resolved.
    pub fn when(&self) -> Option<Moment> {
        self.detected.value().or(self.created.value()).or(self.resolved.value()).copied()
    }

    /// Sorts and deduplicates what has no order of its own, so that equal content is equal bytes.
    pub fn normalise(&mut self) {
        for list in [&mut self.components, &mut self.labels, &mut self.versions, &mut self.kinds] {
            list.iter_mut().for_each(|s| *s = s.trim().to_owned());
            list.retain(|s| !s.is_empty());
            list.sort();
            list.dedup();
        }
        self.links.sort();
        self.links.dedup();
    }
}
