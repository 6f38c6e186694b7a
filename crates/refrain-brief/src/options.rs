//! What a reader wants: view, format, and the few settings that change words but never numbers.

use std::collections::BTreeMap;
use std::fmt;

/// Settings of a brief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whose records, for the line above the headline; empty leaves it out.
    pub organisation: String,
    /// Teams with fewer defects are merged as "others" where rates or comparisons of teams are shown.
    pub minimum: u64,
    /// System name → page of a record, with `{id}` for its id (`https://tracker.example/browse/{id}`).
    pub urls: BTreeMap<String, String>,
    /// Key of the masks: the same value under the same key gets the same mask.
    pub mask_key: String,
    /// Names of customers and products that masking hides.
    pub mask_names: Vec<String>,
    /// Gaps that get a card of their own; the others are listed.
    pub cards: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { organisation: String::new(), minimum: 5, urls: BTreeMap::new(), mask_key: String::new(), mask_names: Vec::new(), cards: 10 }
    }
}

/// Whom a brief is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// One page and a card a gap.
    Leadership,
    /// One team: its classes, its metrics, its siblings elsewhere.
    Team(String),
    /// Whether to ship: open ones, ages, escapes since the last brief.
    Release,
    /// What happened, why, what we change, what we do not change: of a class or a record.
    Retrospective(String),
    /// A class for training, with names, products, hosts and ids replaced.
    CaseStudy(String),
    /// The classes as a whole: new, emerging, unclassified, unmapped.
    Taxonomy,
    /// Decisions, versions, hashes, definitions.
    Audit,
}

/// The kind of a view, without what it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// See [`View::Leadership`].
    Leadership,
    /// See [`View::Team`].
    Team,
    /// See [`View::Release`].
    Release,
    /// See [`View::Retrospective`].
    Retrospective,
    /// See [`View::CaseStudy`].
    CaseStudy,
    /// See [`View::Taxonomy`].
    Taxonomy,
    /// See [`View::Audit`].
    Audit,
}

/// Names of the views, as typed, with what they are for.
pub const VIEWS: &[(&str, Reader, &str)] = &[
    ("leadership", Reader::Leadership, "one page to act on, then a card for each gap"),
    ("team", Reader::Team, "one team: its classes, its metrics, and where else they happen"),
    ("release", Reader::Release, "whether to ship: what is open, how old, what escaped since the last brief"),
    ("retrospective", Reader::Retrospective, "one class or record on a page: what, why, what changes, what does not"),
    ("case-study", Reader::CaseStudy, "one class for training, with names, products, hosts and ids replaced"),
    ("taxonomy", Reader::Taxonomy, "the classes as a whole: new, emerging, unmapped, unclassified"),
    ("audit", Reader::Audit, "decisions, versions, hashes and definitions"),
];

impl View {
    /// The view of that name. Errors: an unknown name, or one that needs to know what it is of.
    pub fn parse(name: &str, of: Option<&str>) -> Result<Self, BriefError> {
        let row = VIEWS.iter().find(|(n, _, _)| *n == name).ok_or_else(|| BriefError::UnknownView { found: name.to_owned() })?;
        let needed = || of.map(str::to_owned).ok_or_else(|| BriefError::NeedsName { view: name.to_owned() });
        Ok(match row.1 {
            Reader::Leadership => Self::Leadership,
            Reader::Team => Self::Team(needed()?),
            Reader::Release => Self::Release,
            Reader::Retrospective => Self::Retrospective(needed()?),
            Reader::CaseStudy => Self::CaseStudy(needed()?),
            Reader::Taxonomy => Self::Taxonomy,
            Reader::Audit => Self::Audit,
        })
    }

    /// Its kind.
    pub fn reader(&self) -> Reader {
        match self {
            Self::Leadership => Reader::Leadership,
            Self::Team(_) => Reader::Team,
            Self::Release => Reader::Release,
            Self::Retrospective(_) => Reader::Retrospective,
            Self::CaseStudy(_) => Reader::CaseStudy,
            Self::Taxonomy => Reader::Taxonomy,
            Self::Audit => Reader::Audit,
        }
    }

    /// Its name, as typed.
    pub fn name(&self) -> &'static str {
        VIEWS.iter().find(|(_, reader, _)| *reader == self.reader()).map_or("", |(name, _, _)| name)
    }

    /// What it is of, or nothing.
    pub fn of(&self) -> &str {
        match self {
            Self::Team(of) | Self::Retrospective(of) | Self::CaseStudy(of) => of,
            _ => "",
        }
    }
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BriefError {
    /// No view of that name.
    UnknownView {
        /// What was asked for.
        found: String,
    },
    /// No format of that name.
    UnknownFormat {
        /// What was asked for.
        found: String,
    },
    /// The view is of a team, class or record, and none was named.
    NeedsName {
        /// The view.
        view: String,
    },
    /// The findings hold no such team, class or record.
    NotFound {
        /// The view.
        view: String,
        /// What was asked for.
        found: String,
        /// Names that exist, up to five.
        known: Vec<String>,
    },
    /// The findings or the brief cannot be written or read in this format.
    Form {
        /// The format.
        format: String,
        /// Why.
        because: String,
    },
}

impl fmt::Display for BriefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let views = || VIEWS.iter().map(|(n, _, _)| *n).collect::<Vec<_>>().join(", ");
        let formats = || crate::FORMATS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
        match self {
            Self::UnknownView { found } => write!(f, "found view `{found}`, expected one of {}", views()),
            Self::UnknownFormat { found } => write!(f, "found format `{found}`, expected one of {}", formats()),
            Self::NeedsName { view } => write!(f, "view `{view}`: expected the name of what it is of; add --of NAME"),
            Self::NotFound { view, found, known } => {
                write!(f, "view `{view}`: found `{found}`, expected one that the findings hold, such as {}", known.join(", "))
            }
            Self::Form { format, because } => write!(f, "format `{format}`: {because}"),
        }
    }
}

impl std::error::Error for BriefError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_is_found_by_its_name() {
        for (name, reader, _) in VIEWS {
            let view = View::parse(name, Some("x")).unwrap();
            assert_eq!((view.name(), view.reader()), (*name, *reader));
        }
        assert!(View::parse("vice-president", None).unwrap_err().to_string().contains("leadership, team"));
        assert!(View::parse("team", None).unwrap_err().to_string().contains("--of"));
    }
}
