//! Tables as spreadsheets and trackers write them: quoted cells over many lines, repeated headers, any of the usual delimiters.

use std::io::BufRead;

use crate::window::Window;

/// Largest single row, in bytes.
const LARGEST_ROW: u64 = 16 << 20;

/// Delimiters that occur; the one that stands most often in the headers counts.
const DELIMITERS: &[u8] = b",;\t|";

/// A row of cells with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line at which it begins, from 1.
    pub line: u32,
    /// Cells, at most as many as headers.
    pub cells: Vec<String>,
}

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRow {
    /// Line at which it begins, from 1.
    pub line: u32,
    /// Its first bytes.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

/// A table being read.
pub struct Table<'w> {
    window: Window<'w>,
    delimiter: u8,
    /// Names of the columns in order; names may repeat.
    pub headers: Vec<String>,
}

impl<'w> Table<'w> {
    /// Reads the headers. Nothing where the text has none.
    pub fn open(text: &'w mut dyn BufRead) -> Option<Self> {
        let mut window = Window::new(text);
        window.hold(0);
        while window.position() < LARGEST_ROW && window.peek().is_some_and(|b| b != b'\n') {
            window.skip(1);
        }
        let delimiter = delimiter(&String::from_utf8_lossy(window.bytes(0, window.position())));
        window.seek(0);
        let mut table = Self { window, delimiter, headers: Vec::new() };
        table.headers = table.cells().ok()?.into_iter().map(|h| h.trim().to_owned()).collect();
        (!table.headers.is_empty()).then_some(table)
    }

    /// The next row that holds anything.
    pub fn next_row(&mut self) -> Option<Result<Row, BrokenRow>> {
        loop {
            let start = self.window.position();
            self.window.peek()?;
            self.window.hold(start);
            let line = self.window.line(start);
            let read = self.cells().and_then(|cells| self.fits(cells));
            match read {
                Ok(cells) if cells.iter().all(|c| c.trim().is_empty()) => {}
                Ok(cells) => return Some(Ok(Row { line, cells })),
                Err(expected) => {
                    let found = String::from_utf8_lossy(self.window.bytes(start, start + 120)).into_owned();
                    self.resume(start);
                    return Some(Err(BrokenRow { line, found, expected }));
                }
            }
        }
    }

    /// Whether a row repeats the headers: pages pasted together leave them in the middle.
    pub fn is_headers(&self, row: &Row) -> bool {
        row.cells.iter().map(|c| c.trim()).eq(self.headers.iter().map(String::as_str))
    }

    fn fits(&self, mut cells: Vec<String>) -> Result<Vec<String>, String> {
        while cells.len() > self.headers.len() && cells.last().is_some_and(|c| c.trim().is_empty()) {
            cells.pop();
        }
        let blank = cells.iter().all(|c| c.trim().is_empty());
        if cells.len() == self.headers.len() || blank { Ok(cells) } else { Err(format!("{} cells, found {}", self.headers.len(), cells.len())) }
    }

    /// Goes to the first line behind the start of a broken row from which a row can be read.
    fn resume(&mut self, start: u64) {
        let mut from = start;
        loop {
            self.window.seek(from);
            while self.window.next().is_some_and(|b| b != b'\n') {}
            from = self.window.position();
            self.window.hold(from);
            if self.window.peek().is_none() || self.cells().and_then(|cells| self.fits(cells)).is_ok_and(|cells| cells.len() == self.headers.len()) {
                self.window.seek(from);
                return;
            }
        }
    }

    /// The cells from the cursor to the end of the row. Errors: what was expected.
    fn cells(&mut self) -> Result<Vec<String>, String> {
        let start = self.window.position();
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell(start)?);
            match self.window.next() {
                Some(byte) if byte == self.delimiter => {}
                Some(b'\r') if self.window.peek() == Some(b'\n') => {
                    self.window.skip(1);
                    return Ok(cells);
                }
                _ => return Ok(cells),
            }
        }
    }

    fn cell(&mut self, start: u64) -> Result<String, String> {
        let mut bytes = Vec::new();
        if self.window.peek() == Some(b'"') {
            self.quoted(start, &mut bytes)?;
        } else {
            while let Some(byte) = self.window.peek().filter(|b| !self.ends_cell(*b)) {
                bytes.push(byte);
                self.window.skip(1);
            }
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn quoted(&mut self, start: u64, bytes: &mut Vec<u8>) -> Result<(), String> {
        self.window.skip(1);
        loop {
            if self.window.position() - start > LARGEST_ROW {
                return Err("a row of at most 16 MiB: a quote is never closed".to_owned());
            }
            match self.window.next() {
                None => return Err("a closing quote: the file ends inside a cell".to_owned()),
                Some(b'"') if self.window.peek() == Some(b'"') => {
                    bytes.push(b'"');
                    self.window.skip(1);
                }
                Some(b'"') => break,
                Some(byte) => bytes.push(byte),
            }
        }
        while self.window.peek() == Some(b' ') {
            self.window.skip(1);
        }
        match self.window.peek() {
            Some(b'\r') | None => Ok(()),
            Some(byte) if self.ends_cell(byte) => Ok(()),
            Some(_) => Err("a delimiter behind a closing quote (quotes within a cell are doubled)".to_owned()),
        }
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.delimiter || byte == b'\n'
    }
}

/// The delimiter of a line of headers, quoted parts left out.
pub fn delimiter(line: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [0_usize; 4];
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        if let Some(at) = DELIMITERS.iter().position(|d| *d == byte).filter(|_| !quoted) {
            counts[at] += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let at = counts.iter().position(|c| *c == most).unwrap_or(0);
    DELIMITERS[at]
}

/// The headers of a table from its first bytes; none where it has none.
pub fn headers(head: &str) -> Vec<String> {
    let mut bytes = head.as_bytes();
    Table::open(&mut bytes).map(|t| t.headers).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Vec<(u32, Vec<String>)>, Vec<u32>) {
        let (mut rows, mut bad) = (Vec::new(), Vec::new());
        let mut bytes = std::io::BufReader::with_capacity(3, text.as_bytes());
        if let Some(mut table) = Table::open(&mut bytes) {
            while let Some(row) = table.next_row() {
                match row {
                    Ok(row) => rows.push((row.line, row.cells)),
                    Err(broken) => bad.push(broken.line),
                }
            }
        }
        (rows, bad)
    }

    #[test]
    fn cells_in_all_their_forms() {
        let text = "a;b;a\r\n1;\"x;\"\"y\"\"\nz\";\r\n\r\n;;\r\n2;3;4";
        let (rows, bad) = read(text);
        assert_eq!(rows, [(2, vec!["1".into(), "x;\"y\"\nz".into(), String::new()]), (6, vec!["2".into(), "3".into(), "4".into()])]);
        assert!(bad.is_empty());
        assert_eq!(headers("Issue key\tSummary"), ["Issue key", "Summary"]);
    }

    #[test]
    fn law_a1_each_broken_row_costs_itself_only() {
        for broken in ["2,\"never closed,x", "2,\"a\"b,c", "2,x", "2,x,y,z"] {
            let text = format!("k,t,u\n1,\"multi\nline\",x\n{broken}\n3,\"multi\nline\",x\n4,\"q\",x\n");
            let (rows, bad) = read(&text);
            assert_eq!((rows.iter().map(|r| r.1[0].as_str()).collect::<Vec<_>>(), bad), (vec!["1", "3", "4"], vec![4]), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[a,;\"\n\r\t ]{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn what_is_written_is_read(cells in proptest::collection::vec("[a-c,\";\n é]{1,8}", 2..5)) {
            let quoted: Vec<String> = cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
            let text = format!("{}\n{}\n", vec!["h"; cells.len()].join(","), quoted.join(","));
            let (rows, bad) = read(&text);
            let blank = cells.iter().all(|c| c.trim().is_empty());
            prop_assert!(bad.is_empty());
            prop_assert_eq!(rows.first().map(|r| r.1.clone()), (!blank).then_some(cells));
        }
    }
}
