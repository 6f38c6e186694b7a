//! An item's bytes to a tree, forgiving what can be forgiven without guessing, and saying so.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The tree of an item, with remarks on what was forgiven: control characters inside strings, halves of surrogate pairs, keys that
/// stand twice (the last one counts). Errors: why it is no JSON.
pub fn parse(bytes: &[u8]) -> Result<(Value, Vec<String>), String> {
    match tree(bytes) {
        Ok(found) => Ok(found),
        Err(error) => {
            let mended = mend(bytes);
            let (value, mut notes) = tree(&mended).map_err(|_| error)?;
            notes.push("control characters or halves of characters inside strings were replaced".into());
            Ok((value, notes))
        }
    }
}

fn tree(bytes: &[u8]) -> Result<(Value, Vec<String>), String> {
    let twice = RefCell::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Tree(&twice).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)).map_err(|error| error.to_string())?;
    let note = |key: String| format!("key `{key}` stands twice in one object; the last one counts");
    Ok((value, twice.into_inner().into_iter().map(note).collect()))
}

/// Keys that stand twice, told at most this often per item.
const TWICE_TOLD: usize = 3;

/// Builds a tree and notes keys that stand twice.
#[derive(Clone, Copy)]
struct Tree<'n>(&'n RefCell<Vec<String>>);

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self)?;
            let mut twice = self.0.borrow_mut();
            if map.contains_key(&key) && twice.len() < TWICE_TOLD {
                twice.push(key.clone());
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Escapes control characters inside strings and replaces escapes of half characters.
fn mend(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let mut string = false;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'"' => string = !string,
            b'\\' if string => {
                let taken = escape(&bytes[at..], &mut out);
                at += taken;
                continue;
            }
            0..=31 if string => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                at += 1;
                continue;
            }
            _ => {}
        }
        out.push(byte);
        at += 1;
    }
    out
}

/// Copies the escape at the start of `bytes`, with half characters replaced; gives the bytes taken.
fn escape(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let unit = |at: usize| -> Option<u16> {
        let digits = bytes.get(at..at + 6).filter(|d| d.starts_with(b"\\u"))?;
        u16::from_str_radix(std::str::from_utf8(&digits[2..]).ok()?, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
            out.extend_from_slice(&bytes[..12]);
            12
        }
        (Some(0xD800..=0xDFFF), _) => {
            out.extend_from_slice(b"\\ufffd");
            6
        }
        _ => {
            let taken = bytes.len().min(2);
            out.extend_from_slice(&bytes[..taken]);
            taken
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_forgiven_is_and_is_said() {
        let (value, notes) = parse(b"{\"a\":\"x\x00\ty\\ud800z\\ud83d\\ude00\",\"a\":2,\"b\":\"q\"}").unwrap();
        assert_eq!((value["a"].as_i64(), value["b"].as_str()), (Some(2), Some("q")));
        assert_eq!(notes.len(), 2, "{notes:?}");
        let (value, _) = parse(b"{\"a\":\"x\x00\ty\\ud800z\\ud83d\\ude00\"}").unwrap();
        assert_eq!(value["a"], "x\u{0}\ty\u{fffd}z\u{1F600}");
        assert!(parse(b"{\"a\":01}").is_err() && parse(b"{\"a\":\"\\x\"}").is_err());
    }

    #[test]
    fn a_tree_is_what_the_plain_parser_gives() {
        let text = r#"{"a":[1,-2,3.5e7,null,true,{"b":"c"}],"z":18446744073709551615}"#;
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text.as_bytes()), Ok((plain, vec![])));
    }
}
