//! Values of a row, whether it stands in a table or a tree.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use csv::{ReaderBuilder, StringRecord};
use serde_json::Value;

use super::spec::Format;

/// Places of each column by its header; a header that stands twice has two.
pub type Columns = BTreeMap<String, Vec<usize>>;

/// A row of a table, or an item of a tree.
pub enum Cells<'a> {
    /// A row with its columns.
    Row(&'a Columns, &'a StringRecord),
    /// An item.
    Tree(&'a Value),
}

impl Cells<'_> {
    /// The values of a column that are not blank. In a tree a column is a key, `a.b` a key within a key, `list.*.name` that of each
    /// item of a list, `/a/b` a JSON pointer.
    pub fn values(&self, column: &str) -> Vec<String> {
        match self {
            Self::Row(columns, row) => columns.get(column).into_iter().flatten().filter_map(|at| row.get(*at)).filter_map(cell).collect(),
            Self::Tree(tree) => {
                let mut out = Vec::new();
                for found in reach(tree, column) {
                    flatten(found, &mut out);
                }
                out
            }
        }
    }

    /// The names of all columns, sorted.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Row(columns, _) => columns.keys().cloned().collect(),
            Self::Tree(tree) => {
                let mut names: Vec<String> = tree.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
                names.sort();
                names
            }
        }
    }
}

/// A cell without the quote that spreadsheets put before `=`, `+`, `-` and `@`.
fn cell(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(text);
    (!plain.is_empty()).then(|| plain.to_owned())
}

fn reach<'a>(tree: &'a Value, path: &str) -> Vec<&'a Value> {
    if path.starts_with('/') {
        return tree.pointer(path).into_iter().collect();
    }
    if let Some(found) = tree.get(path) {
        return vec![found];
    }
    let mut found = vec![tree];
    for name in path.split('.') {
        found = found
            .into_iter()
            .flat_map(|value| match (name, value) {
                ("*", Value::Array(list)) => list.iter().collect::<Vec<_>>(),
                _ => value.get(name).into_iter().collect(),
            })
            .collect();
    }
    found
}

fn flatten(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|item| flatten(item, out)),
        _ => out.extend(crate::entry::text(value)),
    }
}

/// A table being read.
pub struct Table<'a> {
    reader: csv::Reader<Box<dyn Read + 'a>>,
    headers: StringRecord,
    /// 1 where lines end in CR LF: the reader counts such a line only when it meets the next one.
    behind: u32,
    /// Places of its columns.
    pub columns: Columns,
}

/// Longest first line of a table, in bytes: exports of trackers with thousands of columns stay below it.
const FIRST_LINE: usize = 1 << 20;

impl<'a> Table<'a> {
    /// Opens a table; the delimiter is chosen by its first line. Errors: what is wrong with its first line.
    pub fn open(text: &'a mut dyn BufRead, delimiter: impl Fn(&str) -> u8) -> Result<Self, String> {
        let mut first = Vec::new();
        text.take(FIRST_LINE as u64).read_until(b'\n', &mut first).map_err(|error| error.to_string())?;
        let mark = delimiter(&String::from_utf8_lossy(&first));
        let behind = u32::from(first.ends_with(b"\r\n"));
        let whole: Box<dyn Read + 'a> = Box::new(std::io::Cursor::new(first).chain(text));
        let mut reader = ReaderBuilder::new().delimiter(mark).flexible(true).from_reader(whole);
        let headers = reader.headers().map_err(|error| error.to_string())?.clone();
        let mut columns = Columns::new();
        for (at, header) in headers.iter().enumerate() {
            columns.entry(header.trim().to_owned()).or_default().push(at);
        }
        Ok(Self { reader, headers, behind, columns })
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// Whether a row repeats the headers, as pasted exports do.
    pub fn is_header(&self, row: &StringRecord) -> bool {
        row.iter().eq(self.headers.iter())
    }

    /// The next row with its line. Errors: line and what was found instead of a row of the right width.
    #[allow(clippy::type_complexity)]
    pub fn next_row(&mut self) -> Option<Result<(u32, StringRecord), (u32, String)>> {
        let mut row = StringRecord::new();
        loop {
            let line = u32::try_from(self.reader.position().line()).unwrap_or(u32::MAX);
            match self.reader.read_record(&mut row) {
                Ok(false) => return None,
                Ok(true) if row.len() <= 1 && row.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(true) => return Some(self.of_right_width(self.line_of(&row, line), row)),
                Err(error) => return Some(Err((line, error.to_string()))),
            }
        }
    }

    /// Where a row began. The reader counts empty lines before a row to it; they are told by the line at which it ended.
    fn line_of(&self, row: &StringRecord, before: u32) -> u32 {
        let within: usize = row.iter().map(|cell| cell.bytes().filter(|b| *b == b'\n').count()).sum();
        let end = u32::try_from(self.reader.position().line()).unwrap_or(u32::MAX);
        end.saturating_sub(1 + u32::try_from(within).unwrap_or(u32::MAX)).max(before) + self.behind
    }

    /// Spreadsheets write every column of every row; empty ones beyond the headers do not count.
    fn of_right_width(&self, line: u32, row: StringRecord) -> Result<(u32, StringRecord), (u32, String)> {
        let beyond = row.iter().skip(self.width()).all(|cell| cell.trim().is_empty());
        if row.len() >= self.width() && beyond {
            Ok((line, row))
        } else {
            Err((line, format!("{} columns: {}", row.len(), row.iter().collect::<Vec<_>>().join(" | "))))
        }
    }
}

/// The delimiter of a table by its first line: the one that stands there most often outside quotes; a comma on a tie.
pub fn delimiter(text: &str) -> u8 {
    let mut counts = [0_usize; 4];
    let mut quoted = false;
    for byte in text.bytes().take_while(|b| *b != b'\n') {
        quoted ^= byte == b'"';
        if let Some(at) = b",;\t|".iter().position(|mark| *mark == byte).filter(|_| !quoted) {
            counts[at] += 1;
        }
    }
    let best = (0..4).rev().max_by_key(|at| counts[*at]).unwrap_or(0);
    b",;\t|"[best]
}

/// The headers of a table.
pub fn headers(text: &str, delimiter: u8) -> Vec<String> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    reader.headers().map(|headers| headers.iter().map(|header| header.trim().to_owned()).collect()).unwrap_or_default()
}

/// Whether a text can be of a form at all.
pub fn looks_like(format: Format, text: &str) -> bool {
    let start = text.trim_start();
    match format {
        Format::Json | Format::JsonLines => start.starts_with(['{', '[']),
        Format::Yaml => !start.starts_with(['{', '<', '#']) || start.starts_with("# "),
        Format::Csv | Format::Tsv => true,
    }
}

/// Whether a key stands in the head of a tree.
pub fn names_key(format: Format, text: &str, name: &str) -> bool {
    match format {
        Format::Yaml => text.lines().any(|line| line.trim_start_matches(['-', ' ']).strip_prefix(name).is_some_and(|rest| rest.starts_with(':'))),
        _ => text.contains(&format!("\"{name}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_trees() {
        let tree: Value =
            serde_json::json!({"id": 7, "a.b": "whole", "who": {"org": "X"}, "traces": [{"raw": "one"}, {"raw": "two"}], "empty": [null, ""]});
        let cells = Cells::Tree(&tree);
        let rows =
            [("id", "7"), ("a.b", "whole"), ("who.org", "X"), ("traces.*.raw", "one+two"), ("/traces/1/raw", "two"), ("empty", ""), ("none", "")];
        for (column, values) in rows {
            assert_eq!(cells.values(column).join("+"), values, "{column}");
        }
    }

    #[test]
    fn delimiters_outside_quotes() {
        assert_eq!(delimiter("\"a;b;c\",d,e\nx;y;z;z"), b',');
        assert_eq!(delimiter("a;b;c"), b';');
        assert_eq!(delimiter("single"), b',');
    }

    #[test]
    fn lines_that_end_in_cr_lf_count_once() {
        let mut bytes = "a,b\r\n1,2\r\n\"x\r\ny\",3\r\n4,5".as_bytes();
        let mut table = Table::open(&mut bytes, delimiter).unwrap();
        let lines: Vec<u32> = std::iter::from_fn(|| table.next_row()).flatten().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3, 5]);
    }

    #[test]
    fn broken_rows_are_told_apart_with_their_line() {
        let mut bytes = "a,b\n1,2\n\n\"x\ny\",3\nonly one\n4,5,\n6,7,8\na,b\n".as_bytes();
        let mut table = Table::open(&mut bytes, delimiter).unwrap();
        let mut seen = Vec::new();
        while let Some(row) = table.next_row() {
            seen.push(match row {
                Ok((line, row)) => format!("{line}:{}{}", row.get(0).unwrap_or("").replace('\n', "/"), if table.is_header(&row) { "!" } else { "" }),
                Err((line, _)) => format!("{line}:broken"),
            });
        }
        assert_eq!(seen, ["2:1", "4:x/y", "6:broken", "7:4", "8:broken", "9:a!"]);
    }
}
