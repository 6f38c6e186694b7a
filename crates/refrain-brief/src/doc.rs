//! A brief before it has a format: sections of blocks, each made of texts. Every format is written from this and nothing else,
//! so that all of them show the same numbers.

use std::collections::BTreeMap;

use refrain_record::findings::Unclassified;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::chart::Drawing;
use crate::text::{Number, Source, Text};

/// Version of the form of [`Brief`]: additive within a major number.
pub const BRIEF_SCHEMA: &str = "refrain-brief/1.0";

/// A whole brief.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Brief {
    /// [`BRIEF_SCHEMA`].
    pub schema: String,
    /// Reader it is for (`leadership`).
    pub view: String,
    /// Team, class or record that the view is of; empty for none.
    pub of: String,
    /// Title of the document.
    pub title: String,
    /// Whose records, or empty.
    pub organisation: String,
    /// The newest moment looked at.
    pub as_of: String,
    /// Version of the program.
    pub program: String,
    /// Versions of the algorithms.
    pub versions: BTreeMap<String, String>,
    /// Hash of the records.
    pub store_hash: String,
    /// Hash of the model file.
    pub model_hash: String,
    /// What fits no class. Required (law H3).
    pub unclassified: Share,
    /// Scope line above the headline.
    pub over: Text,
    /// One sentence a line.
    pub headline: Vec<Text>,
    /// What is asked for.
    pub ask: Text,
    /// In order of the table [`crate::SECTIONS`].
    pub sections: Vec<Section>,
    /// What numbers and claims refer to.
    pub citations: Vec<Reference>,
    /// Every number of the brief, in reading order, each once.
    pub numbers: Vec<Number>,
    /// Every quote of the brief, in reading order.
    pub quotes: Vec<Quoted>,
}

/// The part that fits no class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// Defects in no class.
    pub total: u64,
    /// Of all defects, 0..1.
    pub share: f64,
    /// By reason.
    pub by_reason: BTreeMap<String, u64>,
    /// By source system.
    pub by_source: BTreeMap<String, u64>,
}

impl From<&Unclassified> for Share {
    fn from(u: &Unclassified) -> Self {
        Self { total: u.total, share: u.share, by_reason: u.by_reason.clone(), by_source: u.by_source.clone() }
    }
}

/// One section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    /// Anchor (`g1`, `metrics`).
    pub id: String,
    /// Head; empty on the first page, where the headline stands for it.
    pub title: Text,
    /// Word in the navigation.
    pub nav: String,
    /// Begins a page when printed.
    pub page: bool,
    /// In reading order.
    pub blocks: Vec<Block>,
}

/// Weight of a paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Voice {
    /// The shape of a class, large.
    Lead,
    /// Running text.
    Plain,
    /// Small print.
    Note,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "block", rename_all = "kebab-case")]
pub enum Block {
    /// A paragraph.
    Paragraph {
        /// How it is set.
        voice: Voice,
        /// What it says.
        text: Text,
    },
    /// A head within a section.
    Heading {
        /// What it says.
        text: Text,
    },
    /// Short facts on one line.
    Facts {
        /// Each of a few words.
        items: Vec<Text>,
    },
    /// The strip of numbers under the headline.
    Strip {
        /// Six of them fill the width.
        items: Vec<Fact>,
    },
    /// A table.
    Table(Table),
    /// A chart with its numbers.
    Figure(Figure),
    /// Blocks side by side where there is room.
    Columns {
        /// One list of blocks a column.
        columns: Vec<Vec<Block>>,
    },
    /// Statements between hairlines.
    List {
        /// Head of the list; may be empty.
        title: Text,
        /// One statement each.
        items: Vec<Text>,
    },
    /// What the records say.
    Quotes {
        /// Head.
        title: Text,
        /// One to three stand side by side.
        quotes: Vec<Quoted>,
    },
    /// A ticket that may be copied.
    Ticket {
        /// One line.
        title: Text,
        /// What to build, when it is done, what it costs.
        paragraphs: Vec<Text>,
    },
    /// Words and what they mean.
    Terms {
        /// Word and meaning.
        items: Vec<(Text, Text)>,
    },
    /// The list of citations.
    References,
}

/// One number of the strip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// The number.
    pub value: Text,
    /// Up to two short lines below it.
    pub notes: Vec<Text>,
}

/// A quote with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quoted {
    /// The words, masked, at most 200 characters.
    pub text: String,
    /// Team and day, where known.
    pub who: String,
    /// Something in it was masked or cut, so that it is not verbatim.
    pub altered: bool,
    /// Where it stands.
    pub source: Source,
}

/// What a table is, for its looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TableKind {
    /// The gaps of the first page: a card each on a phone.
    Gaps,
    /// Any other.
    Plain,
    /// Numbers behind a chart, folded away.
    Data,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Head, one or two lines.
    pub head: Vec<String>,
    /// Head in one line, for a card.
    pub label: String,
    /// Set to the right.
    pub numeric: bool,
}

impl Column {
    /// A column of words.
    pub fn words(head: &str) -> Self {
        Self { head: head.split('|').map(str::to_owned).collect(), label: head.replace('|', " "), numeric: false }
    }

    /// A column of numbers.
    pub fn numbers(head: &str) -> Self {
        Self { numeric: true, ..Self::words(head) }
    }

    /// With another label for cards.
    #[must_use]
    pub fn label(self, label: &str) -> Self {
        Self { label: label.to_owned(), ..self }
    }
}

/// A cell: what it says, and a smaller line below.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// What it says.
    pub main: Text,
    /// Interval or basis.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub small: Text,
}

impl<T: Into<Text>> From<T> for Cell {
    fn from(main: T) -> Self {
        Self { main: main.into(), small: Text::new() }
    }
}

impl Cell {
    /// With a smaller line below.
    pub fn over(main: impl Into<Text>, small: impl Into<Text>) -> Self {
        Self { main: main.into(), small: small.into() }
    }
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// One a column.
    pub cells: Vec<Cell>,
    /// A sum.
    #[serde(default)]
    pub sum: bool,
}

impl From<Vec<Cell>> for Row {
    fn from(cells: Vec<Cell>) -> Self {
        Self { cells, sum: false }
    }
}

/// A table with its finding as caption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// Short name, for the file of a CSV export (`gaps`).
    pub id: String,
    /// For its looks.
    pub kind: TableKind,
    /// What it shows, in one line.
    pub caption: Text,
    /// Heads.
    pub columns: Vec<Column>,
    /// Rows; the first cell of each is its head.
    pub rows: Vec<Row>,
    /// Small print below.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// Its finding in one line.
    pub title: Text,
    /// What is drawn and how to read it.
    pub sub: Text,
    /// The picture.
    #[serde(skip)]
    pub drawing: Drawing,
    /// In words, with the numbers: for those who do not see it.
    pub describe: String,
    /// The numbers behind it.
    pub data: Table,
    /// Small print below.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// An entry of the list of citations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// `C4`.
    pub id: String,
    /// What it is, in words.
    pub what: String,
    /// Command that shows the same (`refrain classes show C-07`).
    pub query: String,
    /// Records behind it.
    pub n: u64,
    /// Up to 1,000 of them, sorted.
    pub records: Vec<String>,
    /// Hash over all of them, 16 hexadecimal digits.
    pub hash: String,
}

impl Brief {
    /// Every text in reading order.
    pub fn each_text<'a>(&'a self, f: &mut dyn FnMut(&'a Text)) {
        f(&self.over);
        self.headline.iter().for_each(&mut *f);
        f(&self.ask);
        for section in &self.sections {
            f(&section.title);
            section.blocks.iter().for_each(|b| b.each_text(f));
        }
    }

    /// The day of [`Brief::as_of`].
    pub fn day(&self) -> &str {
        self.as_of.split('T').next().unwrap_or(&self.as_of)
    }

    /// Every block, those in columns among them.
    pub fn each_block<'a>(&'a self, f: &mut dyn FnMut(&'a Block)) {
        self.sections.iter().flat_map(|s| &s.blocks).for_each(|b| b.each_block(f));
    }

    /// Tables of the brief and those behind its charts, in reading order.
    pub fn tables(&self) -> Vec<&Table> {
        let mut all = Vec::new();
        self.each_block(&mut |block| match block {
            Block::Table(table) => all.push(table),
            Block::Figure(figure) => all.push(&figure.data),
            _ => {}
        });
        all
    }
}

impl Block {
    fn each_block<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        f(self);
        if let Self::Columns { columns } = self {
            columns.iter().flatten().for_each(|b| b.each_block(f));
        }
    }

    fn each_text<'a>(&'a self, f: &mut dyn FnMut(&'a Text)) {
        match self {
            Self::Paragraph { text, .. } | Self::Heading { text } => f(text),
            Self::Facts { items } => items.iter().for_each(f),
            Self::Strip { items } => items.iter().for_each(|i| {
                f(&i.value);
                i.notes.iter().for_each(&mut *f);
            }),
            Self::Table(table) => table.each_text(f),
            Self::Figure(figure) => {
                f(&figure.title);
                f(&figure.sub);
                figure.data.each_text(f);
                f(&figure.note);
            }
            Self::Columns { columns } => columns.iter().flatten().for_each(|b| b.each_text(f)),
            Self::List { title, items } | Self::Ticket { title, paragraphs: items } => {
                f(title);
                items.iter().for_each(f);
            }
            Self::Quotes { title, .. } => f(title),
            Self::Terms { items } => items.iter().for_each(|(word, meaning)| {
                f(word);
                f(meaning);
            }),
            Self::References => {}
        }
    }
}

impl Table {
    fn each_text<'a>(&'a self, f: &mut dyn FnMut(&'a Text)) {
        f(&self.caption);
        for cell in self.rows.iter().flat_map(|r| &r.cells) {
            f(&cell.main);
            f(&cell.small);
        }
        f(&self.note);
    }
}
