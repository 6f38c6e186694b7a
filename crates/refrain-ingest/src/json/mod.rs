//! JSON in every envelope that exports come in: one value, an array, pages, pages in an array, values end to end, one a line.
//!
//! Items are found by a check of the bytes that never recurses, so a broken item costs itself only, and an array or a file of lines
//! of any length is read in constant memory.

mod clean;
mod peek;
mod scan;

use serde_json::{Map, Value};

pub use peek::{first, sample};
use scan::{Fault, blanks};

use crate::entry::{excerpt, remark, skipped};
use crate::source::{Input, Item};
use crate::window::Window;

/// Items of a page that are held until the page ends, because what stands behind them explains them, in bytes.
const PAGE_HELD: usize = 64 << 20;

/// Envelopes within envelopes (`data` → `issues` → `nodes`).
const DEEPEST_ENVELOPE: u32 = 4;

/// Bytes in which a page shows the key under which it holds its items, when reading goes on behind a broken page.
const PAGE_SHOWS: usize = 512;

/// Takes one item, what stood around it on its page (`Null` where there is no page), and its line.
pub type Each<'e> = dyn FnMut(&Value, &Value, u32, &mut dyn FnMut(Item)) + 'e;

/// Takes one item and its line.
pub type EachAlone<'e> = dyn FnMut(&Value, u32, &mut dyn FnMut(Item)) + 'e;

/// Calls `each` for every item. `names`: keys under which a page holds its items.
pub fn for_each_item(input: &mut Input<'_>, names: &[&str], sink: &mut dyn FnMut(Item), each: &mut EachAlone<'_>) {
    run(input, names, false, sink, &mut |value, _, line, sink| each(value, line, sink));
}

/// As [`for_each_item`], with the page (without its items) beside each item.
pub fn for_each_on_page(input: &mut Input<'_>, names: &[&str], sink: &mut dyn FnMut(Item), each: &mut Each<'_>) {
    run(input, names, true, sink, each);
}

fn run(input: &mut Input<'_>, names: &[&str], pages: bool, sink: &mut dyn FnMut(Item), each: &mut Each<'_>) {
    let mut reader = Reader { window: Window::new(input.text), names, pages, page: None, indent: None, keys: Vec::new(), sink, each };
    reader.top();
}

/// How reading goes on behind a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// Behind it.
    On,
    /// The rest was broken; the cursor stands at an item of the same list.
    Item,
    /// The rest was broken; the cursor stands at the start of a page or line.
    Restart,
    /// Nothing is left.
    End,
}

/// A page whose items are being read.
#[derive(Default)]
struct Page {
    around: Map<String, Value>,
    held: Vec<(Vec<u8>, u32)>,
    bytes: usize,
}

struct Reader<'r, 'w> {
    window: Window<'w>,
    names: &'r [&'r str],
    pages: bool,
    page: Option<Page>,
    /// Indentation of items that begin lines of their own.
    indent: Option<u32>,
    /// Keys of the last good item: what an item looks like.
    keys: Vec<String>,
    sink: &'r mut dyn FnMut(Item),
    each: &'r mut Each<'r>,
}

impl Reader<'_, '_> {
    /// Values end to end.
    fn top(&mut self) {
        loop {
            let indent = blanks(&mut self.window);
            let flow = match self.window.peek() {
                None => return,
                Some(b'[') => self.array(1),
                Some(b'{') => self.object(indent, 1),
                Some(b',' | b']' | b'}' | 0x1a | 0) => {
                    self.window.skip(1);
                    Flow::On
                }
                Some(_) => self.stray(),
            };
            if flow == Flow::End {
                return;
            }
        }
    }

    /// Text between values.
    fn stray(&mut self) -> Flow {
        let at = self.window.position();
        self.broken(at, Fault { at, expected: "a JSON object or list" })
    }

    /// Items of a list, as they come.
    fn array(&mut self, depth: u32) -> Flow {
        self.window.skip(1);
        loop {
            let indent = blanks(&mut self.window);
            let flow = match self.window.peek() {
                None => {
                    self.skip_entry(self.window.position(), "", "`]` at the end of the list: the export was cut");
                    return Flow::End;
                }
                Some(b']') => {
                    self.window.skip(1);
                    return Flow::On;
                }
                Some(b',') => {
                    self.window.skip(1);
                    Flow::On
                }
                Some(b'{') => self.object(indent, depth),
                Some(b'[') if depth < DEEPEST_ENVELOPE => self.array(depth + 1),
                Some(_) => self.no_object(),
            };
            if matches!(flow, Flow::End | Flow::Restart) {
                return flow;
            }
        }
    }

    /// A value in a list that is no object.
    fn no_object(&mut self) -> Flow {
        let start = self.window.position();
        self.window.hold(start);
        match scan::value(&mut self.window) {
            Ok(_) => {
                let found = self.text(start);
                self.skip_entry(start, &found, "a JSON object");
                Flow::On
            }
            Err(fault) => self.broken(start, fault),
        }
    }

    /// An object: an item, or a page of items where one of its keys says so.
    fn object(&mut self, indent: Option<u32>, depth: u32) -> Flow {
        let start = self.window.position();
        self.window.hold(start);
        self.window.skip(1);
        let mut first = true;
        loop {
            match self.member(start, first, depth) {
                Ok(Some(Flow::On)) => first = false,
                Ok(Some(flow)) => return flow,
                Ok(None) => break,
                Err(fault) => return self.broken(start, fault),
            }
        }
        self.indent = indent;
        self.item(start);
        Flow::On
    }

    /// One key and value of an object, or its end. `Some(Flow::On)`: go on; other flows: it was a page and is done.
    fn member(&mut self, start: u64, first: bool, depth: u32) -> Result<Option<Flow>, Fault> {
        let comma = self.window.position();
        if !self.next_key(first)? {
            return Ok(None);
        }
        let key = self.key()?;
        let opens_list = matches!(self.window.peek(), Some(b'[' | b'{'));
        if opens_list && depth < DEEPEST_ENVELOPE && self.names.contains(&key.as_str()) {
            return Ok(Some(self.enter_page(start, comma, depth)));
        }
        if !scan::value(&mut self.window)? {
            return Err(Fault { at: self.window.position(), expected: "a record of at most 64 MiB" });
        }
        Ok(Some(Flow::On))
    }

    /// Passes over what stands before a key; false at the end of the object.
    fn next_key(&mut self, first: bool) -> Result<bool, Fault> {
        blanks(&mut self.window);
        let at = self.window.position();
        match self.window.peek() {
            Some(b'}') => {
                self.window.skip(1);
                return Ok(false);
            }
            Some(b',') if !first => {
                self.window.skip(1);
                blanks(&mut self.window);
            }
            _ if first => {}
            None => return Err(Fault { at, expected: "more: the text ends inside a record" }),
            Some(_) => return Err(Fault { at, expected: "`,` or `}`" }),
        }
        let at = self.window.position();
        if self.window.peek() == Some(b'"') { Ok(true) } else { Err(Fault { at, expected: "a key in quotes" }) }
    }

    /// The key at the cursor, and the colon behind it.
    fn key(&mut self) -> Result<String, Fault> {
        let from = self.window.position();
        scan::string(&mut self.window)?;
        let raw = self.window.bytes(from, self.window.position());
        let key = String::from_utf8_lossy(raw.get(1..raw.len() - 1).unwrap_or_default()).into_owned();
        blanks(&mut self.window);
        let at = self.window.position();
        if self.window.next() != Some(b':') {
            return Err(Fault { at, expected: "`:` behind a key" });
        }
        blanks(&mut self.window);
        Ok(key)
    }

    /// The list of a page is at the cursor: its items, then the rest of the page. `before` ends what stood before the list's key.
    fn enter_page(&mut self, start: u64, before: u64, depth: u32) -> Flow {
        let mut around = self.window.bytes(start, before).to_vec();
        around.push(b'}');
        let outer = self.page.replace(Page { around: serde_json::from_slice(&around).unwrap_or_default(), ..Page::default() });
        self.window.release();
        let mut flow = self.page_list(depth);
        while flow == Flow::On {
            let from = self.window.position();
            self.window.hold(from);
            match self.page_member(depth) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => flow = self.broken(from, fault),
            }
        }
        self.flush();
        self.page = outer;
        // The page is done: what follows stands behind it.
        if flow == Flow::On { Flow::Item } else { flow }
    }

    fn page_list(&mut self, depth: u32) -> Flow {
        if self.window.peek() == Some(b'[') {
            return self.array(depth + 1);
        }
        let flow = self.object(None, depth + 1);
        if flow == Flow::Item { Flow::On } else { flow }
    }

    /// A further member of a page; false at its end.
    fn page_member(&mut self, depth: u32) -> Result<bool, Fault> {
        if !self.next_key(false)? {
            return Ok(false);
        }
        let key = self.key()?;
        if self.names.contains(&key.as_str()) && self.window.peek() == Some(b'[') {
            self.window.release();
            return match self.array(depth + 1) {
                Flow::On => Ok(true),
                _ => Err(Fault { at: self.window.position(), expected: "the end of the list" }),
            };
        }
        let from = self.window.position();
        let whole = scan::value(&mut self.window)?;
        let value = if whole { serde_json::from_slice(self.window.bytes(from, self.window.position())).ok() } else { None };
        if let (Some(page), Some(value)) = (&mut self.page, value) {
            page.around.insert(key, value);
        }
        Ok(true)
    }

    /// An item that was passed over: given now, or held until its page ends.
    fn item(&mut self, start: u64) {
        let line = self.window.line(start);
        let end = self.window.position();
        let bytes = self.window.bytes(start, end).to_vec();
        self.window.release();
        match &mut self.page {
            Some(page) if self.pages && page.bytes + bytes.len() <= PAGE_HELD => {
                page.bytes += bytes.len();
                page.held.push((bytes, line));
            }
            Some(_) if self.pages => {
                self.flush();
                self.give(&bytes, line);
            }
            _ => self.give(&bytes, line),
        }
    }

    /// Gives the items that were held.
    fn flush(&mut self) {
        let held = self.page.as_mut().map(|page| std::mem::take(&mut page.held)).unwrap_or_default();
        held.iter().for_each(|(bytes, line)| self.give(bytes, *line));
    }

    fn give(&mut self, bytes: &[u8], line: u32) {
        match clean::parse(bytes) {
            Ok((value, notes)) => {
                if let Value::Object(map) = &value {
                    self.keys = map.keys().cloned().collect();
                }
                notes.into_iter().for_each(|note| (self.sink)(remark(line, "", "", note)));
                let around = self.page.as_ref().filter(|_| self.pages).map_or(Value::Null, |page| Value::Object(page.around.clone()));
                (self.each)(&value, &around, line, &mut *self.sink);
            }
            Err(why) => {
                let found = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
                (self.sink)(skipped(line, "", "", &found, &format!("JSON ({why})"), "mend the record in the export, or export it again"));
            }
        }
    }

    fn text(&self, start: u64) -> String {
        let end = self.window.position().min(start + 200);
        String::from_utf8_lossy(self.window.bytes(start, end)).into_owned()
    }

    fn skip_entry(&mut self, at: u64, found: &str, expected: &str) {
        let line = self.window.line(at);
        (self.sink)(skipped(line, "", "", &excerpt(found), expected, "mend the record in the export, or export it again"));
    }

    /// Says what is broken, then looks for the next item, page or line.
    fn broken(&mut self, start: u64, fault: Fault) -> Flow {
        let line = self.window.line(fault.at);
        let from = start.max(fault.at.saturating_sub(40));
        let until = self.window.position().max(fault.at).min(fault.at + 40);
        let found = String::from_utf8_lossy(self.window.bytes(from, until)).into_owned();
        (self.sink)(skipped(line, "", "", &found, fault.expected, "mend the record in the export, or export it again"));
        let before = last_solid(self.window.bytes(start, fault.at));
        self.window.seek(fault.at);
        self.window.release();
        let flow = self.resume(start, before);
        self.window.release();
        flow
    }

    /// Moves the cursor to the next place where an item, a page or a line of JSON plausibly begins. `before`: what stands before it.
    fn resume(&mut self, broken: u64, before: (u8, Option<u32>)) -> Flow {
        let (mut solid, mut indent) = before;
        while let Some(byte) = self.window.peek() {
            let here = self.window.position();
            if matches!(byte, b'{' | b'[') && here > broken {
                match self.plausible(byte, solid, indent) {
                    Flow::On => self.window.seek(here),
                    flow => {
                        self.window.seek(here);
                        return flow;
                    }
                }
            }
            match byte {
                b'\n' => indent = Some(0),
                b' ' | b'\t' => indent = indent.map(|n| n + 1),
                b'\r' => {}
                _ => (solid, indent) = (byte, None),
            }
            self.window.skip(1);
        }
        Flow::End
    }

    /// What begins at the cursor, as far as can be told; `On` where it is only a part of the broken item.
    fn plausible(&mut self, byte: u8, solid: u8, indent: Option<u32>) -> Flow {
        let here = self.window.position();
        self.window.hold(here);
        if indent == Some(0) && (byte == b'[' || self.page.is_none() || self.page_begins(here)) {
            return Flow::Restart;
        }
        if byte == b'[' {
            return Flow::On;
        }
        match self.indent {
            // Items that begin lines of their own: the same indentation is proof enough, good or broken.
            Some(own) => {
                if indent == Some(own) {
                    Flow::Item
                } else {
                    Flow::On
                }
            }
            None if solid == b',' => self.looks_alike(here),
            None => Flow::On,
        }
    }

    fn page_begins(&mut self, here: u64) -> bool {
        while self.window.position() < here + PAGE_SHOWS as u64 && self.window.next().is_some() {}
        let shown = String::from_utf8_lossy(self.window.bytes(here, here + PAGE_SHOWS as u64)).into_owned();
        self.names.iter().any(|name| shown.contains(&format!("\"{name}\"")))
    }

    /// Whether the object at the cursor has the keys that the items before it had.
    fn looks_alike(&mut self, here: u64) -> Flow {
        let good = scan::value(&mut self.window) == Ok(true);
        let bytes = self.window.bytes(here, self.window.position());
        let alike = if good {
            let keys = serde_json::from_slice::<Map<String, Value>>(bytes).map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
            let shared = keys.iter().filter(|key| self.keys.contains(key)).count();
            self.keys.is_empty() || shared * 2 > keys.len().max(self.keys.len())
        } else {
            self.keys.first().is_some_and(|key| bytes.get(1..).unwrap_or_default().trim_ascii_start().starts_with(format!("\"{key}\"").as_bytes()))
        };
        if alike { Flow::Item } else { Flow::On }
    }
}

/// The last byte that is no blank, and the indentation of what follows where a line began behind it.
fn last_solid(bytes: &[u8]) -> (u8, Option<u32>) {
    let blank = bytes.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
    let (solid, tail) = bytes.split_at(bytes.len() - blank);
    let indent = tail.iter().rposition(|b| *b == b'\n').map(|at| (tail.len() - at - 1) as u32);
    (solid.last().copied().unwrap_or(0), indent)
}

#[cfg(test)]
mod tests;
