//! One JSON value, checked and passed over without recursion: where it ends, or where it breaks.

use crate::window::Window;

/// Levels of nesting in one item. What parses the item afterwards stops at 128.
pub const DEEPEST: usize = 120;

/// Largest single item, in bytes: a record with every attachment inlined stays below.
pub const LARGEST_ITEM: u64 = 64 << 20;

/// Where a value breaks, and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Position.
    pub at: u64,
    /// What was expected.
    pub expected: &'static str,
}

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

/// Passes over blanks; says whether a line began among them, and how far the next byte is indented.
pub fn blanks(window: &mut Window<'_>) -> Option<u32> {
    let mut indent = if window.position() == 0 { Some(0) } else { None };
    while let Some(byte) = window.peek() {
        match byte {
            b'\n' => indent = Some(0),
            b' ' | b'\t' => indent = indent.map(|n| n + 1),
            b'\r' | 0x1e => {}
            _ => break,
        }
        window.skip(1);
    }
    indent
}

/// Passes over the value at the cursor. `Ok(false)`: it was larger than [`LARGEST_ITEM`] and is no longer held.
pub fn value(window: &mut Window<'_>) -> Result<bool, Fault> {
    let start = window.position();
    let mut stack: Vec<u8> = Vec::new();
    let mut want = Want::Value;
    let mut whole = true;
    loop {
        blanks(window);
        if whole && window.position() - start > LARGEST_ITEM {
            window.release();
            whole = false;
        }
        want = step(window, &mut stack, want)?;
        if stack.is_empty() && want == Want::CommaOrEnd {
            return Ok(whole);
        }
        if stack.len() > DEEPEST {
            return Err(Fault { at: window.position(), expected: "at most 120 levels of nesting" });
        }
    }
}

/// Takes one token; gives what may follow it.
fn step(window: &mut Window<'_>, stack: &mut Vec<u8>, want: Want) -> Result<Want, Fault> {
    let at = window.position();
    let fault = |expected| Err(Fault { at, expected });
    let Some(byte) = window.peek() else { return fault("more: the text ends here") };
    match (want, byte) {
        (Want::Value | Want::ValueOrEnd, b'{') => Ok(open(window, stack, b'{', Want::KeyOrEnd)),
        (Want::Value | Want::ValueOrEnd, b'[') => Ok(open(window, stack, b'[', Want::ValueOrEnd)),
        (Want::Value | Want::ValueOrEnd, b'"') => string(window).map(|()| Want::CommaOrEnd),
        (Want::ValueOrEnd, b']') | (Want::KeyOrEnd, b'}') => Ok(close(window, stack)),
        (Want::Value | Want::ValueOrEnd, _) => scalar(window).map(|()| Want::CommaOrEnd),
        (Want::Key | Want::KeyOrEnd, b'"') => string(window).map(|()| Want::Colon),
        (Want::Colon, b':') => {
            window.skip(1);
            Ok(Want::Value)
        }
        (Want::CommaOrEnd, b',') => {
            window.skip(1);
            Ok(if stack.last() == Some(&b'{') { Want::Key } else { Want::Value })
        }
        (Want::CommaOrEnd, b'}') if stack.last() == Some(&b'{') => Ok(close(window, stack)),
        (Want::CommaOrEnd, b']') if stack.last() == Some(&b'[') => Ok(close(window, stack)),
        (Want::Colon, _) => fault("`:` behind a key"),
        (Want::CommaOrEnd, _) => fault("`,` or the end of the list or object"),
        (Want::Key | Want::KeyOrEnd, _) => fault("a key in quotes"),
    }
}

fn open(window: &mut Window<'_>, stack: &mut Vec<u8>, kind: u8, want: Want) -> Want {
    window.skip(1);
    stack.push(kind);
    want
}

fn close(window: &mut Window<'_>, stack: &mut Vec<u8>) -> Want {
    window.skip(1);
    stack.pop();
    Want::CommaOrEnd
}

/// Passes over the string at the cursor. A line break inside is a fault: no JSON writer leaves one, and it bounds the damage.
pub fn string(window: &mut Window<'_>) -> Result<(), Fault> {
    let start = window.position();
    window.skip(1);
    loop {
        let chunk = window.chunk();
        let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', chunk) else {
            if chunk.is_empty() {
                return Err(Fault { at: window.position(), expected: "a closing quote: the text ends inside a string" });
            }
            let length = chunk.len();
            window.skip(length);
            over_limit(window, start)?;
            continue;
        };
        let byte = chunk[found];
        window.skip(found);
        match byte {
            b'\n' => return Err(Fault { at: window.position(), expected: "a closing quote before the end of the line" }),
            b'"' => {
                window.skip(1);
                return Ok(());
            }
            _ => {
                window.skip(1);
                window.next();
            }
        }
    }
}

/// A string without end would be held for ever.
fn over_limit(window: &mut Window<'_>, start: u64) -> Result<(), Fault> {
    let over = window.position() - start > LARGEST_ITEM;
    if over { Err(Fault { at: window.position(), expected: "a string of at most 64 MiB" }) } else { Ok(()) }
}

/// Passes over a number, `true`, `false` or `null`; whether it is well formed is seen when the item is parsed.
fn scalar(window: &mut Window<'_>) -> Result<(), Fault> {
    let at = window.position();
    while window.peek().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.')) {
        window.skip(1);
    }
    if window.position() == at { Err(Fault { at, expected: "a value" }) } else { Ok(()) }
}
