//! Records of an XML export one by one: each element is found by its tags and parsed by itself, so a broken one costs only itself.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::entry::skipped;
use crate::source::{Input, Item};
use crate::text::unescape;
use crate::window::Window;

/// Largest single element, in bytes.
const LARGEST: u64 = 64 << 20;

/// Open elements at most: deeper nesting is damage.
const DEEPEST: usize = 64;

/// Bytes before the first record that are looked at for the root's attributes.
const ROOT_BYTES: u64 = 64 << 10;

/// An element with everything in it. Text of mixed content is one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Name without its namespace.
    pub name: String,
    /// Attributes in order, without namespaces.
    pub attributes: Vec<(String, String)>,
    /// Elements within.
    pub children: Vec<Element>,
    /// Text within, references resolved once.
    pub text: String,
}

impl Element {
    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// Children of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// The text of the first child of that name, without blanks around it; empty where there is none.
    pub fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |c| c.text.trim())
    }

    /// The value of an attribute; empty where there is none.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
}

/// Takes one element, the open tag of the root, and its line.
pub type Each<'e> = dyn FnMut(&Element, &Element, u32, &mut dyn FnMut(Item)) + 'e;

/// Calls `each` for every element of that name, wherever it stands.
pub fn for_each_element(input: &mut Input<'_>, name: &str, sink: &mut dyn FnMut(Item), each: &mut Each<'_>) {
    let mut window = Window::new(input.text);
    window.hold(0);
    let open = format!("<{name}");
    let close = format!("</{name}>");
    let mut found = find(&mut window, &open);
    let root = root_of(window.bytes(0, window.position().min(ROOT_BYTES)), name);
    while found == Found::There {
        let start = window.position();
        window.hold(start);
        let line = window.line(start);
        window.skip(open.len());
        let end = ends(&mut window, &open, &close, start);
        let raw = String::from_utf8_lossy(window.bytes(start, window.position())).into_owned();
        match end.and_then(|()| parse(&raw)) {
            Ok(element) => each(&element, &root, line, sink),
            Err(expected) => sink(skipped(line, "", "", &raw, &expected, "mend the record in the export, or export it again")),
        }
        window.hold(window.position());
        found = find(&mut window, &open);
    }
}

/// Whether something was found before the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    There,
    Not,
}

/// Moves the cursor to the next open tag (`<bug` followed by a blank or `>`), over comments and CDATA.
///
/// What stands before the first [`ROOT_BYTES`] stays held for the root's attributes.
fn find(window: &mut Window<'_>, open: &str) -> Found {
    loop {
        let chunk = window.chunk();
        if chunk.is_empty() {
            return Found::Not;
        }
        let Some(at) = memchr::memchr(b'<', chunk) else {
            let length = chunk.len();
            window.skip(length);
            continue;
        };
        window.skip(at);
        let here = window.position();
        if here > ROOT_BYTES {
            window.hold(here);
        }
        if begins(window, here, open.as_bytes())
            && window_byte(window, here + open.len() as u64).is_none_or(|b| b == b'>' || b == b'/' || b.is_ascii_whitespace())
        {
            return Found::There;
        }
        window.skip(1);
    }
}

/// Moves the cursor behind the closing tag. Errors: what was expected; the cursor then stands where the next record may begin.
fn ends(window: &mut Window<'_>, open: &str, close: &str, start: u64) -> Result<(), String> {
    loop {
        let chunk = window.chunk();
        if chunk.is_empty() {
            return Err(format!("`{close}`: the file ends inside the record"));
        }
        let at = memchr::memchr(b'<', chunk).unwrap_or(chunk.len());
        let exhausted = at == chunk.len();
        window.skip(at);
        if window.position() - start > LARGEST {
            return Err("a record of at most 64 MiB".to_owned());
        }
        if exhausted {
            continue;
        }
        let here = window.position();
        if begins(window, here, close.as_bytes()) {
            window.skip(close.len());
            return Ok(());
        }
        if begins(window, here, b"<![CDATA[") {
            pass_over(window, b"]]>");
        } else if begins(window, here, b"<!--") {
            pass_over(window, b"-->");
        } else if begins(window, here, open.as_bytes()) && window_byte(window, here + open.len() as u64) == Some(b'>') {
            return Err(format!("`{close}` before the next record"));
        } else {
            window.skip(1);
        }
    }
}

/// Whether these bytes stand at a position; the cursor is left there.
fn begins(window: &mut Window<'_>, here: u64, bytes: &[u8]) -> bool {
    for expected in bytes {
        if window.next() != Some(*expected) {
            window.seek(here);
            return false;
        }
    }
    window.seek(here);
    true
}

/// The byte at a position a little ahead; the cursor is left where it was.
fn window_byte(window: &mut Window<'_>, position: u64) -> Option<u8> {
    let here = window.position();
    while window.position() < position {
        window.next()?;
    }
    let byte = window.peek();
    window.seek(here);
    byte
}

/// Moves the cursor behind a mark, or to the end.
fn pass_over(window: &mut Window<'_>, mark: &[u8]) {
    while window.peek().is_some() {
        let here = window.position();
        if begins(window, here, mark) {
            window.skip(mark.len());
            return;
        }
        window.skip(1);
    }
}

/// The open tag of the root with its attributes, from what stands before the first record.
fn root_of(head: &[u8], record: &str) -> Element {
    let text = String::from_utf8_lossy(head);
    let mut reader = Reader::from_str(&text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.local_name().as_ref() != record => return opened(&tag),
            Ok(Event::Eof) | Err(_) => return Element::default(),
            Ok(_) => {}
        }
    }
}

/// One element. Errors: where it is broken. Entities beyond those of HTML are never resolved, so nothing unfolds.
pub fn parse(raw: &str) -> Result<Element, String> {
    let text: String = raw.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r')).collect();
    let mut reader = Reader::from_str(&text);
    reader.config_mut().allow_dangling_amp = true;
    let mut open: Vec<Element> = Vec::new();
    loop {
        match reader.read_event() {
            Err(error) => return Err(format!("well-formed XML ({error})")),
            Ok(Event::Eof) => return Err("the end of every element within".to_owned()),
            Ok(Event::Start(_)) if open.len() >= DEEPEST => return Err(format!("at most {DEEPEST} elements within each other")),
            Ok(Event::Start(tag)) => open.push(opened(&tag)),
            Ok(Event::Empty(tag)) => match open.last_mut() {
                Some(parent) => parent.children.push(opened(&tag)),
                None => return Ok(opened(&tag)),
            },
            Ok(Event::End(_)) => {
                let Some(done) = open.pop() else { return Err("an open tag before a closing one".to_owned()) };
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Ok(done),
                }
            }
            Ok(Event::Text(part)) => collect(&mut open, &part),
            Ok(Event::CData(part)) => collect(&mut open, &part),
            Ok(Event::GeneralRef(name)) => collect(&mut open, &unescape(&format!("&{};", &*name))),
            Ok(_) => {}
        }
    }
}

fn collect(open: &mut [Element], part: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(part);
    }
}

fn opened(tag: &BytesStart<'_>) -> Element {
    let attributes = tag.attributes().with_checks(false).flatten().map(|a| (a.key.local_name().as_ref().to_owned(), unescape(&a.value))).collect();
    Element { name: tag.local_name().as_ref().to_owned(), attributes, ..Element::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Vec<(String, String, u32)>, usize) {
        let (mut out, mut bad) = (Vec::new(), 0);
        let mut bytes = std::io::BufReader::with_capacity(5, text.as_bytes());
        let mut input = Input { path: "x.xml", folders: &[], text: &mut bytes };
        for_each_element(&mut input, "bug", &mut |_| bad += 1, &mut |e, root, line, _| {
            out.push((e.text_of("id").to_owned(), root.attribute("urlbase").to_owned(), line))
        });
        (out, bad)
    }

    #[test]
    fn records_one_by_one() {
        let text = "<?xml version='1.0'?><!DOCTYPE x SYSTEM \"x.dtd\"><bugzilla urlbase=\"https://b.example/\">\n<bug><id>1</id></bug>\n<bug error=\"NotFound\"><id>2</id></bug><bugs/></bugzilla>";
        let root = "https://b.example/".to_owned();
        assert_eq!(read(text), (vec![("1".into(), root.clone(), 2), ("2".into(), root, 3)], 0));
    }

    #[test]
    fn a_broken_record_costs_itself_only() {
        let rows = ["<bug><id>2</wrong></bug>", "<bug><id>2</id>", "<bug><id>2</bug>", "<bug><id>2&#x8;</id></bad></bug>"];
        for broken in rows {
            let text = format!("<a><bug><id>1</id></bug>{broken}<bug><id>3</id></bug></a>");
            let (read, bad) = read(&text);
            assert_eq!((read.iter().map(|r| r.0.as_str()).collect::<Vec<_>>(), bad), (vec!["1", "3"], 1), "{text}");
        }
    }

    #[test]
    fn text_is_resolved_once_and_bounded() {
        let element = parse("<a b='&lt;x'>&amp;lt;p&gt; &unknown; a & b<![CDATA[<raw>]]>\u{8}</a>").unwrap();
        assert_eq!((element.text.as_str(), element.attribute("b")), ("&lt;p> &unknown; a & b<raw>", "<x"));
        assert!(parse(&"<a>".repeat(100_000)).is_err());
        assert_eq!(read(&format!("<r>{}", "<bug>".repeat(20_000))).0.len(), 0);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[<>/bug!\\[\\]CDAT&; -]{0,60}") {
            let _ = read(&text);
        }
    }
}
