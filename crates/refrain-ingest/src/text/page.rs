//! Writes the plain form: blocks, prefixes of quotes and lists, verbatim code.

/// A plain text being written.
#[derive(Default)]
pub struct Page {
    out: String,
    /// What each line begins with: `> ` in a quote, blanks in a list.
    prefixes: Vec<String>,
    /// The text of the line being written.
    line: String,
    /// A mark that the next line begins with, once (`- `).
    mark: Option<String>,
    /// A blank line is due before the next text.
    gap: bool,
    /// Nothing stands within the innermost prefix yet.
    fresh: bool,
}

impl Page {
    /// Adds text to the line; line breaks in it break lines.
    pub fn text(&mut self, text: &str) {
        for (number, part) in text.split('\n').enumerate() {
            if number > 0 {
                self.break_line();
            }
            self.line.push_str(part);
        }
    }

    /// Adds text whose blanks mean nothing: runs of them become one, none at the start of a line.
    pub fn flowing(&mut self, text: &str) {
        for c in text.chars() {
            if !c.is_whitespace() {
                self.line.push(c);
            } else if !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
        }
    }

    /// Ends the line, even an empty one.
    pub fn break_line(&mut self) {
        if self.line.trim().is_empty() && self.mark.is_none() {
            self.gap = !self.out.is_empty();
            self.line.clear();
        } else {
            self.end_line();
        }
    }

    /// Ends the line where it holds anything.
    pub fn end_line(&mut self) {
        if self.line.trim().is_empty() {
            self.line.clear();
            return;
        }
        self.write_gap();
        let mark = self.mark.take();
        let depth = self.prefixes.len() - usize::from(mark.is_some() && !self.prefixes.is_empty());
        self.prefixes[..depth].iter().for_each(|p| self.out.push_str(p));
        self.out.push_str(mark.as_deref().unwrap_or_default());
        self.out.push_str(self.line.trim_end());
        self.out.push('\n');
        self.line.clear();
        self.fresh = false;
    }

    /// Writes the blank line that is due.
    fn write_gap(&mut self) {
        if std::mem::take(&mut self.gap) {
            let bare: String = self.prefixes.concat();
            self.out.push_str(bare.trim_end());
            self.out.push('\n');
        }
    }

    /// No blank line stands before the next text.
    pub fn close_up(&mut self) {
        self.end_line();
        self.gap = false;
    }

    /// Ends the block: the next text stands behind a blank line.
    pub fn end_block(&mut self) {
        self.end_line();
        self.gap = !self.out.is_empty() && !self.fresh;
    }

    /// Begins a quote or list: every line from here on begins with the prefix too.
    pub fn push_prefix(&mut self, prefix: &str) {
        self.end_line();
        self.write_gap();
        self.prefixes.push(prefix.to_owned());
        self.fresh = true;
    }

    /// Ends the innermost quote or list.
    pub fn pop_prefix(&mut self) {
        self.end_line();
        self.mark = None;
        self.fresh = false;
        self.prefixes.pop();
    }

    /// The innermost prefix's first line begins with this mark instead (`- `).
    pub fn set_mark(&mut self, mark: &str) {
        self.close_up();
        self.mark = Some(mark.to_owned());
    }

    /// Whether the line so far ends with a text.
    pub fn line_ends_with(&self, text: &str) -> bool {
        self.line.trim_end().ends_with(text)
    }

    /// A block of code between fences, verbatim.
    pub fn code(&mut self, language: &str, code: &str) {
        if code.trim().is_empty() {
            return;
        }
        self.end_block();
        self.write_gap();
        let prefix = self.prefixes.concat();
        self.mark = None;
        for line in super::fenced(language, code).split('\n') {
            self.out.push_str(&prefix);
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.gap = true;
        self.fresh = false;
    }

    /// The text.
    pub fn finish(mut self) -> String {
        self.end_line();
        super::tidy(&self.out)
    }
}
