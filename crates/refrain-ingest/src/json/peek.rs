//! The first value of a file from its first bytes only: for recognising it.

use serde_json::Value;

/// The first JSON value of a text that may be cut anywhere: what is complete of it. Nothing where the text is no JSON.
pub fn first(text: &str) -> Option<Value> {
    let text = text.trim_start_matches(['\u{feff}', '\u{1e}', ' ', '\t', '\r', '\n']);
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut text = text;
    for _ in 0..TRIES {
        let (safe, open) = complete(text.as_bytes());
        let mut whole = text.get(..safe)?.to_owned();
        whole.extend(open.iter().rev().map(|kind| if *kind == b'{' { '}' } else { ']' }));
        match serde_json::from_str::<Value>(&whole) {
            Ok(value) => return Some(value),
            // A file that breaks here is still told by what stands before.
            Err(error) => text = text.get(..offset(&whole, error.line(), error.column()).min(safe)).filter(|t| t.len() < text.len())?,
        }
    }
    None
}

/// Breaks that are cut away before a text is given up.
const TRIES: usize = 4;

/// Place of the character before a line and column, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column).saturating_sub(1).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The first item of a value: of a list its first, of a page (a key of `names`) the first on it, else the value itself.
pub fn sample<'v>(value: &'v Value, names: &[&str]) -> &'v Value {
    let mut here = value;
    for _ in 0..4 {
        let next = match here {
            Value::Array(list) => list.first(),
            Value::Object(map) => {
                names.iter().find_map(|name| map.get(*name)).filter(|v| v.is_object() || v.as_array().is_some_and(|a| !a.is_empty()))
            }
            _ => None,
        };
        match next {
            Some(value) => here = value,
            None => break,
        }
    }
    here
}

/// Bytes up to which the first value is complete, and the lists and objects open there.
fn complete(bytes: &[u8]) -> (usize, Vec<u8>) {
    let mut open: Vec<u8> = Vec::new();
    let mut safe = (0, 0);
    let mut at = 0;
    let mut value_next = true;
    while at < bytes.len() {
        match bytes[at] {
            kind @ (b'{' | b'[') => {
                if open.len() >= super::scan::DEEPEST {
                    break;
                }
                open.push(kind);
                value_next = kind == b'[';
                safe = (at + 1, open.len());
            }
            b'}' | b']' => {
                open.pop();
                safe = (at + 1, open.len());
                if open.is_empty() {
                    break;
                }
            }
            b':' => value_next = true,
            b',' => value_next = open.last() == Some(&b'['),
            b'"' => match string_end(bytes, at) {
                Some(end) if value_next => {
                    at = end;
                    safe = (end + 1, open.len());
                }
                Some(end) => at = end,
                None => break,
            },
            byte if byte.is_ascii_whitespace() => {}
            _ => match scalar_end(bytes, at) {
                Some(end) => {
                    at = end;
                    safe = (end + 1, open.len());
                }
                None => break,
            },
        }
        at += 1;
    }
    open.truncate(safe.1);
    (safe.0, open)
}

/// Place of the closing quote of the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    loop {
        match bytes.get(end)? {
            b'"' => return Some(end),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
}

/// Last byte of the number or word that begins at `at`; nothing where the text ends with it.
fn scalar_end(bytes: &[u8], at: usize) -> Option<usize> {
    let length = bytes[at..].iter().position(|b| matches!(b, b',' | b'}' | b']') || b.is_ascii_whitespace())?;
    Some(at + length.max(1) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGE: &str = r#"{"total":2,"issues":[{"key":"PAY-1","fields":{"summary":"a \"b\"","labels":["x","y"],"n":-1.5}},{"key":"PAY-2"}]}"#;

    #[test]
    fn a_cut_value_gives_what_is_complete() {
        for cut in 40..PAGE.len() {
            let value = first(&PAGE[..cut]).unwrap();
            assert_eq!(sample(&value, &["issues"])["key"], "PAY-1", "{cut}");
        }
        assert_eq!(first("[{\"k\":1},{\"k\":\"never,\"x\":2}]").unwrap()[0]["k"], 1);
        assert_eq!(first("{\"k\":1}\n{\"k\":2}\n").unwrap()["k"], 1);
        assert!(first("# head").is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[\\[\\]{}\",:a1 \\\\]{0,60}") {
            let _ = first(&text);
        }
    }
}
