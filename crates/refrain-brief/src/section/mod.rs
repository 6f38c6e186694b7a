//! The sections of a brief, a row each: what it answers, for whom it is written, and how.

pub mod audit;
pub mod card;
pub mod case;
pub mod changes;
pub mod figures;
pub mod fit;
pub mod gaps;
pub mod head;
pub mod methods;
pub mod metrics;
pub mod quality;
pub mod release;
pub mod retrospective;
pub mod summary;
pub mod taxonomy;
pub mod team;

use crate::context::Cx;
use crate::doc::{Block, Section};
use crate::options::Reader::{self, Audit, CaseStudy, Leadership, Release, Retrospective, Taxonomy, Team};
use crate::text::Text;

/// A row of [`SECTIONS`].
#[derive(Clone, Copy, Debug)]
pub struct SectionRow {
    /// Name of the row.
    pub id: &'static str,
    /// Question that it answers.
    pub answers: &'static str,
    /// Views that hold it.
    pub readers: &'static [Reader],
    /// Gives none, one or (for cards) several sections.
    pub build: fn(&Cx<'_>) -> Vec<Section>,
}

/// Every section, in the order in which they stand in a brief.
#[rustfmt::skip]
pub const SECTIONS: &[SectionRow] = &[
    SectionRow { id: "summary", answers: "What first, what does it save, and how sure are we?", readers: &[Leadership], build: summary::build },
    SectionRow { id: "team", answers: "What keeps failing here, and who has had it before?", readers: &[Team], build: team::build },
    SectionRow { id: "release", answers: "What is open, how old is it, and what got past us since the last brief?", readers: &[Release], build: release::build },
    SectionRow { id: "retrospective", answers: "What happened, why, what changes, what does not?", readers: &[Retrospective], build: retrospective::build },
    SectionRow { id: "case", answers: "What can others learn from it?", readers: &[CaseStudy], build: case::build },
    SectionRow { id: "taxonomy", answers: "Do the classes still fit what comes in?", readers: &[Taxonomy], build: taxonomy::build },
    SectionRow { id: "audit", answers: "Who decided what when, and by which versions was it computed?", readers: &[Audit], build: audit::build },
    SectionRow { id: "cards", answers: "What is behind each gap, and what speaks against it?", readers: &[Leadership, Team], build: card::build },
    SectionRow { id: "more", answers: "What else was found?", readers: &[Leadership], build: gaps::more },
    SectionRow { id: "metrics", answers: "Where do defects leak, and what did the controls do?", readers: &[Leadership, Team, Release], build: metrics::build },
    SectionRow { id: "methods", answers: "What do the words mean, and how was it computed?", readers: &[Leadership, Team, Release, Retrospective, Taxonomy, Audit], build: methods::build },
    SectionRow { id: "quality", answers: "How good are the data?", readers: &[Leadership, Release, Taxonomy, Audit], build: quality::build },
    SectionRow { id: "citations", answers: "Where does each number come from?", readers: &[Leadership, Team, Release, Retrospective, Taxonomy, Audit], build: citations },
];

fn citations(_: &Cx<'_>) -> Vec<Section> {
    vec![section("citations", "Citations", "Citations", false, vec![Block::References])]
}

/// A section.
pub fn section(id: &str, title: impl Into<Text>, nav: &str, page: bool, blocks: Vec<Block>) -> Section {
    Section { id: id.to_owned(), title: title.into(), nav: nav.to_owned(), page, blocks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::VIEWS;

    #[test]
    fn every_view_has_a_section_of_its_own_and_ends_with_its_sources() {
        for (name, reader, _) in VIEWS {
            let of: Vec<&str> = SECTIONS.iter().filter(|s| s.readers.contains(reader)).map(|s| s.id).collect();
            assert!(!of.is_empty(), "{name}");
            assert!(*reader == CaseStudy || of.last() == Some(&"citations"), "{name}: {of:?}");
        }
    }
}
