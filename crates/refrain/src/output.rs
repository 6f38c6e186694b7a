//! Results on standard output, messages on standard error: the one place of the program that prints.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{Format, Global};

/// Writes a result to standard output. A closed pipe ends the program quietly, as other filters do.
#[allow(clippy::print_stdout)]
pub fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let newline = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    written(write!(out, "{text}{newline}").and_then(|()| out.flush()));
}

/// Ends the program where a result cannot be written: quietly where the reader went away, else as an error.
fn written(done: std::io::Result<()>) {
    if let Err(error) = done {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        message(&format!("refrain: output: standard output cannot be written: {error}"));
        std::process::exit(2);
    }
}

/// Writes bytes to standard output.
pub fn bytes(data: &[u8]) {
    let mut out = std::io::stdout().lock();
    written(out.write_all(data).and_then(|()| out.flush()));
}

/// Writes a message to standard error.
#[allow(clippy::print_stderr)]
pub fn message(text: &str) {
    eprintln!("{text}");
}

/// Progress on standard error: bars on a terminal only, a line per step elsewhere, nothing with `--quiet`.
pub struct Progress {
    quiet: bool,
    bars: bool,
}

impl Progress {
    /// As the options say.
    pub fn new(global: &Global) -> Self {
        Self { quiet: global.quiet, bars: !global.no_progress && std::io::stderr().is_terminal() }
    }

    /// A step that is said and not counted.
    pub fn step(&self, text: &str) {
        if !self.quiet {
            message(text);
        }
    }

    /// A bar over `length` things.
    pub fn bar(&self, what: &str, length: u64) -> ProgressBar {
        if self.quiet || !self.bars {
            self.step(what);
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg:24} {bar:32} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(length).with_style(style).with_message(what.to_owned())
    }
}

/// A table that prints in every format.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Column heads.
    pub heads: Vec<String>,
    /// Rows, each as long as the heads.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these heads.
    pub fn new(heads: &[&str]) -> Self {
        Self { heads: heads.iter().map(|h| (*h).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&dyn std::fmt::Display]) {
        self.rows.push(cells.iter().map(ToString::to_string).collect());
    }

    /// As text in the format asked for. JSON has an object a row, by head.
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Text | Format::Document(_) => self.text(),
            Format::Json => self.json(),
            Format::Csv => self.csv(),
            Format::Md => self.markdown(),
        }
    }

    fn widths(&self) -> Vec<usize> {
        let width = |n: usize| self.rows.iter().map(|r| r[n].chars().count()).chain([self.heads[n].chars().count()]).max().unwrap_or(0);
        (0..self.heads.len()).map(width).collect()
    }

    fn text(&self) -> String {
        let widths = self.widths();
        let line = |cells: &[String]| {
            let padded: Vec<String> =
                cells.iter().zip(&widths).map(|(c, w)| format!("{c}{}", " ".repeat(w.saturating_sub(c.chars().count())))).collect();
            padded.join("  ").trim_end().to_owned() + "\n"
        };
        std::iter::once(line(&self.heads)).chain(self.rows.iter().map(|r| line(r))).collect()
    }

    fn json(&self) -> String {
        let object = |row: &Vec<String>| {
            let fields = self.heads.iter().zip(row).map(|(h, c)| (h.to_lowercase().replace(' ', "_"), serde_json::Value::from(c.as_str())));
            serde_json::Value::Object(fields.collect())
        };
        crate::answers::answer("table", self.rows.iter().map(object).collect::<Vec<_>>())
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let all = std::iter::once(&self.heads).chain(&self.rows);
        for row in all {
            if writer.write_record(row.iter().map(|c| harmless(c))).is_err() {
                return String::new();
            }
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    fn markdown(&self) -> String {
        let line =
            |cells: &[String]| format!("| {} |\n", cells.iter().map(|c| c.replace('|', "\\|").replace('\n', " ")).collect::<Vec<_>>().join(" | "));
        let rule = format!("|{}\n", " --- |".repeat(self.heads.len()));
        std::iter::once(line(&self.heads)).chain([rule]).chain(self.rows.iter().map(|r| line(r))).collect()
    }
}

/// A CSV cell that no spreadsheet takes for a formula: `= + - @`, tab and carriage return in front get an apostrophe.
/// Numbers stay as they are.
pub fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

/// A value as JSON with two blanks of indentation and a newline at its end.
pub fn pretty<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string_pretty(value).map_or_else(|e| format!("{{\"error\":\"{e}\"}}"), |text| text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_disarmed_and_a_number_is_not() {
        assert_eq!(harmless("=SUM(A1)"), "'=SUM(A1)");
        assert_eq!(harmless("-3.5"), "-3.5");
    }
}
