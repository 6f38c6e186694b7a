//! refrain's own form: one record a line as JSON, every field of a record. What another program writes to feed refrain, and what an
//! export of the state holds.

use std::io::BufRead;

use refrain_record::Record;
use schemars::Schema;

use crate::entry::{emit_as_is, skipped};
use crate::source::{Fills, Head, Hint, Input, Item, ReadSetup, SourceRow};

/// The form as a source. A record keeps its key and everything else it says, where it was read among it.
pub const ROW: SourceRow = SourceRow {
    name: "refrain",
    title: "refrain JSON Lines",
    system: "REFRAIN",
    sniff,
    read,
    fills: &[
        Fills::Title,
        Fills::Body,
        Fills::Cause,
        Fills::Team,
        Fills::Service,
        Fills::Severity,
        Fills::Stage,
        Fills::Introduced,
        Fills::Detected,
        Fills::Resolved,
        Fills::Trace,
        Fills::Environment,
        Fills::DuplicateOf,
        Fills::Links,
        Fills::Cost,
        Fills::Kinds,
        Fills::Versions,
        Fills::Labels,
        Fills::Comments,
    ],
    export: "refrain state export FOLDER, or one JSON object a line as `refrain schema record` describes it",
};

/// Longest line, in bytes: one record with all its text.
const LINE_LIMIT: usize = 32 << 20;

fn sniff(head: &Head<'_>) -> Option<Hint> {
    let first = head.text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let has = |name: &str| first.contains(&format!("\"{name}\""));
    let own = first.starts_with('{') && has("key") && has("sections") && has("kind") && has("role");
    own.then(|| Hint { strength: 93, reason: "`key`, `kind` and `sections` with a `role` in the first line".into() })
}

fn read(input: &mut Input<'_>, _: &ReadSetup, sink: &mut dyn FnMut(Item)) {
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        number += 1;
        match limited_line(input.text, &mut line) {
            Ok(0) => return,
            Ok(taken) if taken > line.len() => sink(skipped(number, "", "", "a longer line", "at most 32 MiB a record", "shorten the record's text")),
            Ok(_) if line.iter().all(u8::is_ascii_whitespace) => {}
            Ok(_) => one(&line, number, input.path, sink),
            Err(error) => return sink(skipped(number, "", "", &error.to_string(), "a readable line", "check the file and import it again")),
        }
    }
}

/// Reads a line into `line`, at most [`LINE_LIMIT`] bytes of it; gives the bytes taken from the input.
fn limited_line(text: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut taken = 0;
    loop {
        let chunk = text.fill_buf()?;
        let end = chunk.iter().position(|b| *b == b'\n');
        let length = end.map_or(chunk.len(), |at| at + 1);
        if length == 0 {
            return Ok(taken);
        }
        let room = LINE_LIMIT.saturating_sub(line.len()).min(length);
        line.extend_from_slice(&chunk[..room]);
        taken += length;
        text.consume(length);
        if end.is_some() {
            return Ok(taken);
        }
    }
}

fn one(line: &[u8], number: u32, path: &str, sink: &mut dyn FnMut(Item)) {
    let line = line.trim_ascii_end();
    match serde_json::from_slice::<Record>(line) {
        Ok(record) => match fault(&record) {
            None => emit_as_is(record, ROW.name, path, number, sink),
            Some((field, found, expected)) => sink(skipped(number, &record.key.to_string(), field, &found, expected, "correct the field")),
        },
        Err(error) => {
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or(&text);
            let found = String::from_utf8_lossy(line.get(error.column().saturating_sub(40)..).unwrap_or(line)).into_owned();
            sink(skipped(number, "", field_in(what), &found, &expected(what), "see the JSON Schema of a record"));
        }
    }
}

/// Beginnings of error texts that name a field between back-ticks.
const NAMES_FIELD: &[&str] = &["unknown field", "missing field", "duplicate field"];

/// The field that an error text names.
fn field_in(what: &str) -> &str {
    let names = NAMES_FIELD.iter().any(|start| what.starts_with(start));
    what.split('`').nth(1).filter(|_| names).unwrap_or_default()
}

/// The error text; of an unknown field the nearest known one instead of all.
fn expected(what: &str) -> String {
    let Some((unknown, known)) = what.split_once(", expected one of ") else { return what.to_owned() };
    let nearest = crate::mapping::spec::nearest(field_in(what), known.split('`').skip(1).step_by(2));
    nearest.map_or(what.to_owned(), |best| format!("{unknown}; the nearest is `{best}`"))
}

/// What the types cannot forbid: numbers out of range, sections of one name.
fn fault(record: &Record) -> Option<(&'static str, String, &'static str)> {
    let mut names: Vec<&str> = record.sections.iter().map(|s| s.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Some(("sections.name", twice[0].to_owned(), "names that are unique within the record"));
    }
    if let Some(bad) = record.sections.iter().find(|s| s.name.is_empty() || s.name.contains(|c: char| c.is_whitespace() || c == ':')) {
        return Some(("sections.name", bad.name.clone(), "a name without blanks and colons"));
    }
    if let Some(cost) = record.costs.iter().find(|c| !(c.low.is_finite() && c.high.is_finite() && 0.0 <= c.low && c.low <= c.high)) {
        return Some(("costs", format!("{} to {}", cost.low, cost.high), "0 <= low <= high"));
    }
    (record.occurrences == 0).then(|| ("occurrences", "0".to_owned(), "at least 1"))
}

/// A record as one line, with its line end.
pub fn write_line(record: &Record) -> Result<String, serde_json::Error> {
    serde_json::to_string(record).map(|text| text + "\n")
}

/// JSON Schema of a line.
pub fn schema() -> Schema {
    schemars::schema_for!(Record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use refrain_record::{Kind, Role};

    fn read_text(text: &str) -> Vec<Item> {
        let mut out = Vec::new();
        let mut bytes = text.as_bytes();
        read(&mut Input { path: "r.jsonl", folders: &[], text: &mut bytes }, &ReadSetup::default(), &mut |item| out.push(item));
        out
    }

    #[test]
    fn law_a8_a_written_record_reads_back() {
        let mut record = Record::new("PAY:7".parse().unwrap(), Kind::Issue, "Refund booked twice");
        record.add_section(Role::Cause, "root-cause", "the client repeats\nthe POST");
        record.source.format = "jira-json".into();
        record.source.line = 9;
        let items = read_text(&write_line(&record).unwrap());
        let [Item::Record { record: back, .. }] = items.as_slice() else { panic!("{items:?}") };
        assert_eq!(**back, record);
    }

    #[test]
    fn a_broken_line_names_its_line_and_field() {
        let good = write_line(&Record::new("PAY:7".parse().unwrap(), Kind::Issue, "t")).unwrap();
        let items = read_text(&format!("{good}{}\n\n{{\"key\":\"PAY:8\"", good.replace("\"kind\"", "\"knid\"")));
        let skipped: Vec<_> =
            items.iter().filter_map(|item| if let Item::Skipped(s) = item { Some((s.at.line, s.field.as_str())) } else { None }).collect();
        assert_eq!(skipped, [(2, "knid"), (5, "")]);
        let Item::Skipped(first) = &items[1] else { panic!() };
        assert!(first.expected.contains("unknown field"), "{first:?}");
    }

    #[test]
    fn the_schema_names_every_field() {
        let schema = serde_json::to_string(&schema()).unwrap();
        for field in ["\"key\"", "\"sections\"", "\"ideal_stage\"", "\"occurrences\""] {
            assert!(schema.contains(field), "{field}");
        }
    }
}
