//! The formats, a row each.

pub mod csv;
pub mod html;
pub mod json;
pub mod markdown;
pub mod openmetrics;
pub mod pdf;
pub mod slack;

use refrain_record::findings::Findings;

use crate::doc::Brief;
use crate::options::{BriefError, Options};

/// What a brief is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One file, no network, reads without script.
    Html,
    /// Pages with bookmarks and links.
    Pdf,
    /// For a wiki or a pull request.
    Markdown,
    /// The brief with its numbers, citations and quotes: what `verify` reads.
    Json,
    /// A row a gap.
    GapsCsv,
    /// A row a class.
    ClassesCsv,
    /// A row a defect, with its class or why it has none.
    MembersCsv,
    /// A row a metric.
    MetricsCsv,
    /// Block Kit.
    Slack,
    /// For a scraper.
    OpenMetrics,
}

/// A row of [`FORMATS`].
#[derive(Clone, Copy)]
pub struct FormatRow {
    /// As typed.
    pub name: &'static str,
    /// The same as a value.
    pub format: Format,
    /// End of the file name.
    pub suffix: &'static str,
    /// Media type.
    pub media: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Writes it.
    pub write: fn(&Brief, &Findings, &Options) -> Result<Vec<u8>, BriefError>,
}

/// Every format.
#[rustfmt::skip]
pub const FORMATS: &[FormatRow] = &[
    FormatRow { name: "html", format: Format::Html, suffix: ".html", media: "text/html", about: "one file with charts, to read, print and send", write: html::write },
    FormatRow { name: "pdf", format: Format::Pdf, suffix: ".pdf", media: "application/pdf", about: "pages with vector charts, bookmarks and links", write: pdf::write },
    FormatRow { name: "md", format: Format::Markdown, suffix: ".md", media: "text/markdown", about: "for a wiki or a pull request", write: markdown::write },
    FormatRow { name: "json", format: Format::Json, suffix: ".json", media: "application/json", about: "numbers, citations and quotes, for verify and for programs", write: json::write },
    FormatRow { name: "gaps.csv", format: Format::GapsCsv, suffix: "-gaps.csv", media: "text/csv", about: "a row a gap, unrounded", write: csv::gaps },
    FormatRow { name: "classes.csv", format: Format::ClassesCsv, suffix: "-classes.csv", media: "text/csv", about: "a row a class, unrounded", write: csv::classes },
    FormatRow { name: "members.csv", format: Format::MembersCsv, suffix: "-members.csv", media: "text/csv", about: "a row a defect, with its class or why it has none", write: csv::members },
    FormatRow { name: "metrics.csv", format: Format::MetricsCsv, suffix: "-metrics.csv", media: "text/csv", about: "a row a metric, unrounded", write: csv::metrics },
    FormatRow { name: "slack", format: Format::Slack, suffix: "-slack.json", media: "application/json", about: "a message as Block Kit JSON; never sent", write: slack::write },
    FormatRow { name: "openmetrics", format: Format::OpenMetrics, suffix: ".prom", media: "application/openmetrics-text", about: "gauges for a scraper", write: openmetrics::write },
];

impl Format {
    /// The format of that name. Errors: an unknown name.
    pub fn parse(name: &str) -> Result<Self, BriefError> {
        FORMATS.iter().find(|row| row.name == name).map(|row| row.format).ok_or_else(|| BriefError::UnknownFormat { found: name.to_owned() })
    }

    /// Its row.
    pub fn row(self) -> &'static FormatRow {
        FORMATS.iter().find(|row| row.format == self).unwrap_or(&FORMATS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for row in FORMATS {
            assert_eq!(Format::parse(row.name).unwrap().row().name, row.name);
        }
        assert!(Format::parse("docx").unwrap_err().to_string().contains("html, pdf, md, json"));
    }
}
