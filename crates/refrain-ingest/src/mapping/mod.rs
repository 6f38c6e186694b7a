//! Tables and trees of any system, read through a mapping that a person wrote: which column is which field.
//!
//! A mapping is a TOML page (see [`spec`] for its keys). Mapped values are *stated* with their column; a constant is *assumed*; a
//! value that a named `rule` makes of a column, or that is looked up in another table, is *derived*.

mod apply;
pub mod cells;
pub mod glob;
pub mod propose;
pub mod spec;
mod times;

use refrain_record::Kind;

use crate::entry::{emit, excerpt, remark, skipped, whole_text};
use crate::source::{FileReader, Head, Hint, Input, Item, Place, ReadSetup};
use crate::{json, yaml};
use cells::Cells;
use spec::{Field, Format};

pub use propose::propose;
pub use spec::{MappingError, Matches};

/// A mapping as a source of records. Made by [`Mapping::parse`].
#[derive(Clone, Debug)]
pub struct Mapping {
    /// System name of keys (`LEGACY`).
    pub name: String,
    /// What it reads, in a few words; the name where the page says nothing.
    pub about: String,
    /// Which files it reads.
    pub matches: Matches,
    /// Form of the file.
    pub format: Format,
    /// Kind of its records, unless a field says otherwise; nothing for a table that other mappings look up.
    pub kind: Option<Kind>,
    /// Delimiter of a table, where the form does not fix it.
    pub delimiter: Option<u8>,
    /// Name of the list that holds the records of a tree.
    pub records: Option<String>,
    /// Only rows in which the column holds one of the values are read.
    pub only: Option<(String, Vec<String>)>,
    /// Fields in the order of the page.
    pub fields: Vec<Field>,
    /// Columns known and not wanted.
    pub ignore: Vec<String>,
    /// Whether a record that is missing next time is gone.
    pub complete: bool,
}

impl Mapping {
    /// Reads a mapping page. Errors: line, key, what was found and expected, the nearest known name.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        spec::parse(text)
    }

    /// Names of tables beside the data file that the mapping looks things up in (`releases.csv`). The caller passes their text in
    /// [`ReadSetup::lookups`], under the folder of the data file joined with the name.
    pub fn lookups(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.fields.iter().filter_map(|field| field.lookup.as_ref()).map(|lookup| lookup.file.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn hint(&self, head: &Head<'_>) -> Option<Hint> {
        let globbed = self.matches.glob.as_deref().map(|pattern| glob::matches(pattern, head.path));
        let names = if self.matches.names.is_empty() { None } else { Some(self.has_names(head)) };
        match (globbed, names) {
            (Some(true), Some(true)) => Some(Hint { strength: 100, reason: format!("path and columns of the mapping `{}`", self.name) }),
            (None, Some(true)) => Some(Hint { strength: 99, reason: format!("columns of the mapping `{}`", self.name) }),
            (Some(true), None) => Some(Hint { strength: 98, reason: format!("path of the mapping `{}`", self.name) }),
            _ => None,
        }
    }

    fn has_names(&self, head: &Head<'_>) -> bool {
        if matches!(self.format, Format::Csv | Format::Tsv) {
            let headers = cells::headers(head.text, self.delimiter_of(head.text));
            return self.matches.names.iter().all(|name| headers.iter().any(|header| header == name));
        }
        cells::looks_like(self.format, head.text) && self.matches.names.iter().all(|name| cells::names_key(self.format, head.text, name))
    }

    fn delimiter_of(&self, text: &str) -> u8 {
        match self.format {
            Format::Tsv => b'\t',
            _ => self.delimiter.unwrap_or_else(|| cells::delimiter(text)),
        }
    }

    fn read_json(&self, input: &mut Input<'_>, run: &apply::Run<'_>, sink: &mut dyn FnMut(Item)) {
        let names: Vec<&str> = self.records.as_deref().into_iter().collect();
        json::for_each_item(input, &names, sink, &mut |value, line, sink| self.one(&Cells::Tree(value), line, run, sink));
    }

    fn read_yaml(&self, input: &mut Input<'_>, run: &apply::Run<'_>, sink: &mut dyn FnMut(Item)) {
        let Some(whole) = whole_text(input, sink) else { return };
        for (line, document) in yaml::documents(&whole) {
            match yaml::parse(document) {
                Ok(tree) => {
                    let list = self.records.as_deref().and_then(|name| tree.get(name)).unwrap_or(&tree);
                    let items = list.as_array().map_or(std::slice::from_ref(list), Vec::as_slice);
                    items.iter().for_each(|item| self.one(&Cells::Tree(item), line, run, sink));
                }
                Err((at, why)) => sink(skipped(line + at - 1, "", "", &why, "a YAML document", "repair the document at that line")),
            }
        }
    }

    fn read_table(&self, input: &mut Input<'_>, run: &apply::Run<'_>, sink: &mut dyn FnMut(Item)) {
        let mut table = match cells::Table::open(input.text, |first| self.delimiter_of(first)) {
            Ok(table) => table,
            Err(why) => return sink(skipped(1, "", "", &why, "a table with a line of headers", "check the file")),
        };
        if !self.check_columns(&table, sink) {
            return;
        }
        while let Some(row) = table.next_row() {
            match row {
                Ok((line, row)) if table.is_header(&row) => {
                    sink(Item::Filtered { at: Place { line, record: String::new() }, reason: "the headers once more" })
                }
                Ok((line, row)) => self.one(&Cells::Row(&table.columns, &row), line, run, sink),
                Err((line, found)) => {
                    let expected = format!("{} columns", table.width());
                    sink(skipped(line, "", "", &found, &expected, "check quotes and delimiters of that row"));
                }
            }
        }
    }

    /// Columns that the mapping names and the table has not: without key or title nothing can be read, the others are remarked upon.
    fn check_columns(&self, table: &cells::Table<'_>, sink: &mut dyn FnMut(Item)) -> bool {
        let mut good = true;
        for field in &self.fields {
            for column in field.columns.iter().filter(|column| !table.columns.contains_key(*column)) {
                let nearest = spec::nearest(column, table.columns.keys().map(String::as_str));
                let hint = nearest.map_or(String::new(), |name| format!("; the nearest is `{name}`"));
                if matches!(field.name.as_str(), "key" | "title") {
                    good = false;
                    let expected = format!("a column `{column}`{hint}");
                    sink(skipped(1, "", &field.name, "no such column", &expected, &format!("correct line {} of the mapping", field.line)));
                } else {
                    sink(remark(
                        1,
                        "",
                        &field.name,
                        format!("the table has no column `{column}`{hint}; left absent (line {} of the mapping)", field.line),
                    ));
                }
            }
        }
        good
    }

    fn one(&self, cells: &Cells<'_>, line: u32, run: &apply::Run<'_>, sink: &mut dyn FnMut(Item)) {
        let at = || Place { line, record: String::new() };
        if self.kind.is_none() {
            return sink(Item::Filtered { at: at(), reason: "a row of a table that other mappings look up" });
        }
        let wanted = self.only.as_ref().is_none_or(|(column, values)| cells.values(column).iter().any(|value| values.contains(value)));
        if !wanted {
            return sink(Item::Filtered { at: at(), reason: "a row that the mapping leaves out (`only`)" });
        }
        match run.record(cells, line, sink) {
            Ok(record) => emit(record, &self.name(), run.path, line, sink),
            Err((field, found, expected)) => sink(skipped(line, "", &field, &excerpt(&found), &expected, "correct the row or the mapping")),
        }
    }
}

impl FileReader for Mapping {
    fn name(&self) -> String {
        format!("map:{}", self.name.to_lowercase())
    }

    /// A matching mapping is stronger than every built-in row.
    fn sniff(&self, head: &Head<'_>) -> Option<Hint> {
        self.hint(head)
    }

    fn read(&self, input: &mut Input<'_>, setup: &ReadSetup, sink: &mut dyn FnMut(Item)) {
        let run = apply::Run::new(self, input.path, setup);
        match self.format {
            Format::Csv | Format::Tsv => self.read_table(input, &run, sink),
            Format::Json | Format::JsonLines => self.read_json(input, &run, sink),
            Format::Yaml => self.read_yaml(input, &run, sink),
        }
        run.finish(sink);
    }
}
