//! Findings to documents. Takes findings and a reader, gives bytes; reads nothing else and does no arithmetic beyond layout.
//!
//! A view is a list of [`SECTIONS`]; a section gives blocks; every format of [`FORMATS`] writes the same blocks. So all formats show
//! the same numbers, and each number carries the place in the findings from which it can be recomputed ([`path`]).

pub mod chart;
pub mod cite;
pub mod context;
pub mod doc;
pub mod format;
pub mod mask;
pub mod options;
pub mod path;
pub mod print;
pub mod section;
pub mod text;
pub mod verify;
pub mod words;

use refrain_record::findings::Findings;

pub use doc::{BRIEF_SCHEMA, Brief};
pub use format::{FORMATS, Format, FormatRow};
pub use mask::{Masked, Masker};
pub use options::{BriefError, Options, Reader, VIEWS, View};
pub use section::SECTIONS;
pub use verify::{Mismatch, Verdict, numbers, verify};

use context::Cx;

/// A document ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its bytes: the same for the same findings, view, format and options.
    pub bytes: Vec<u8>,
    /// `brief.html`, `brief-team-payments.pdf`.
    pub file_name: String,
    /// Media type (`text/html`).
    pub media: &'static str,
}

/// The brief for a reader, before it has a format. Errors: the view is of something that the findings do not hold.
pub fn compose(findings: &Findings, view: &View, options: &Options) -> Result<Brief, BriefError> {
    exists(findings, view)?;
    let cx = Cx::new(findings, options, view);
    let head = section::head::head(&cx);
    let rows = SECTIONS.iter().filter(|row| row.readers.contains(&view.reader()));
    let sections: Vec<doc::Section> = rows.flat_map(|row| (row.build)(&cx)).collect();
    let title = head.lines.iter().map(text::Text::label).collect::<Vec<_>>().join(" ");
    let (of, organisation) = (cx.name(view.of()), cx.name(&options.organisation));
    let mut brief = Brief {
        schema: BRIEF_SCHEMA.to_owned(),
        view: view.name().to_owned(),
        of,
        title,
        organisation,
        as_of: findings.as_of.to_string(),
        program: findings.program.clone(),
        versions: findings.versions.clone(),
        store_hash: findings.store_hash.clone(),
        model_hash: findings.model_hash.clone(),
        unclassified: doc::Share::from(&findings.unclassified),
        over: head.over,
        headline: head.lines,
        ask: head.ask,
        sections,
        citations: cx.into_citations(),
        numbers: Vec::new(),
        quotes: Vec::new(),
    };
    brief.index();
    Ok(if view.reader() == Reader::CaseStudy { section::case::anonymise(brief, findings, options) } else { brief })
}

/// The document for a reader in a format. Errors: the view is of something that the findings do not hold, or the format cannot hold it.
pub fn render(findings: &Findings, view: View, format: Format, options: &Options) -> Result<Document, BriefError> {
    let brief = compose(findings, &view, options)?;
    let row = format.row();
    let bytes = (row.write)(&brief, findings, options)?;
    Ok(Document { bytes, file_name: file_name(&view, row), media: row.media })
}

fn file_name(view: &View, row: &FormatRow) -> String {
    let of: String = view.of().to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let parts = ["brief", if *view == View::Leadership { "" } else { view.name() }, of.trim_matches('-')];
    let stem = parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("-");
    format!("{stem}{}", row.suffix)
}

/// A team, class or record must be in the findings before a view can be of it.
fn exists(f: &Findings, view: &View) -> Result<(), BriefError> {
    let class_or_record = |of: &str| f.classes.iter().any(|c| c.id == of || c.members.iter().any(|m| m.key.to_string() == of));
    let (found, known): (bool, Vec<String>) = match view {
        View::Team(of) => (f.scope.teams.contains_key(of), f.scope.teams.keys().take(5).cloned().collect()),
        View::Retrospective(of) => (class_or_record(of), f.classes.iter().take(5).map(|c| c.id.clone()).collect()),
        View::CaseStudy(of) => (f.classes.iter().any(|c| c.id == *of), f.classes.iter().take(5).map(|c| c.id.clone()).collect()),
        _ => return Ok(()),
    };
    if found { Ok(()) } else { Err(BriefError::NotFound { view: view.name().to_owned(), found: view.of().to_owned(), known }) }
}

impl Brief {
    /// Collects the numbers and quotes of its texts, each once, in reading order.
    fn index(&mut self) {
        let mut seen = std::collections::BTreeSet::new();
        let mut numbers = Vec::new();
        self.each_text(&mut |text| {
            let fresh = text.numbers().filter(|n| seen.insert((n.cite.clone(), n.path.clone(), n.text.clone())));
            numbers.extend(fresh.cloned());
        });
        let mut quotes: Vec<doc::Quoted> = Vec::new();
        self.each_block(&mut |block| {
            if let doc::Block::Quotes { quotes: found, .. } = block {
                quotes.extend(found.iter().cloned());
            }
        });
        self.numbers = numbers;
        self.quotes = quotes;
    }
}
