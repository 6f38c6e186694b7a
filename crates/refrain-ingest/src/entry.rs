//! Small steps that readers share: whole text with a limit, entries of the report, values out of JSON-like trees.

use std::io::Read;

use refrain_record::{Key, KeyError, Kind, Link, LinkKind, Moment, Record, Role, Source, SystemName};
use serde_json::Value;

use crate::source::{Input, Item, Place, Remark, Skipped};

/// Largest file that is read as a whole, in bytes: documents for people. Formats of many records stream instead.
pub const WHOLE_LIMIT: u64 = 64 << 20;

/// The whole text of an input; nothing, and an entry in the report, where it is too large or breaks off.
pub fn whole_text(input: &mut Input<'_>, sink: &mut dyn FnMut(Item)) -> Option<String> {
    let mut bytes = Vec::new();
    let mut limited = (&mut *input.text).take(WHOLE_LIMIT + 1);
    if let Err(error) = limited.read_to_end(&mut bytes) {
        sink(skipped(0, "", "", &error.to_string(), "a readable file", "check the file and import it again"));
        return None;
    }
    if bytes.len() as u64 > WHOLE_LIMIT {
        let expected = format!("at most {} MiB for this kind of file", WHOLE_LIMIT >> 20);
        sink(skipped(0, "", "", "a larger file", &expected, "split it"));
        return None;
    }
    Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\r', "\n"))
}

/// The first 80 characters of a text, line breaks shown as blanks.
pub fn excerpt(text: &str) -> String {
    let mut out: String = text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(80).is_some() {
        out.push('…');
    }
    out
}

/// An entry for a record that could not be read.
pub fn skipped(line: u32, record: &str, field: &str, found: &str, expected: &str, advice: &str) -> Item {
    Item::Skipped(Skipped {
        at: Place { line, record: excerpt(record) },
        field: field.to_owned(),
        found: excerpt(found),
        expected: expected.to_owned(),
        advice: advice.to_owned(),
    })
}

/// A remark on something that was kept.
pub fn remark(line: u32, record: &str, field: &str, text: impl Into<String>) -> Item {
    Item::Remark(Remark { at: Place { line, record: excerpt(record) }, field: field.to_owned(), text: text.into() })
}

/// The key of a record in a system. Errors: an id that cannot be one.
pub fn key(system: &str, id: &str) -> Result<Key, KeyError> {
    Key::new(SystemName::new(system)?, id)
}

/// System name for a file: the user's own where a glob agrees, else the row's.
pub fn system_for<'a>(default: &'a str, path: &str, setup: &'a crate::source::ReadSetup) -> &'a str {
    setup.systems.iter().find(|(glob, _)| crate::mapping::glob::matches(glob, path)).map_or(default, |(_, system)| system)
}

/// Gives a finished record to the sink: normalised, with where it was read.
pub fn emit(mut record: Record, format: &str, path: &str, line: u32, sink: &mut dyn FnMut(Item)) {
    record.normalise();
    record.source = Source { format: format.to_owned(), file: path.to_owned(), line };
    let at = Place { line, record: record.key.id().to_owned() };
    sink(Item::Record { record: Box::new(record), at });
}

/// Gives a record to the sink that says itself where it was first read; only an empty origin is filled.
pub fn emit_as_is(mut record: Record, format: &str, path: &str, line: u32, sink: &mut dyn FnMut(Item)) {
    if record.source == Source::default() {
        record.source = Source { format: format.to_owned(), file: path.to_owned(), line };
    }
    let at = Place { line, record: record.key.id().to_owned() };
    sink(Item::Record { record: Box::new(record), at });
}

/// An empty record of a system, or the entry that says why its id is none.
#[allow(clippy::result_large_err, reason = "the entry goes straight to the sink, once per broken record")]
pub fn begin(system: &str, id: &str, kind: Kind, title: &str, line: u32) -> Result<Record, Item> {
    match key(system, id) {
        Ok(key) => Ok(Record::new(key, kind, title)),
        Err(_) => Err(skipped(line, id, "id", id, "an id of 1 to 1024 bytes without control characters", "give the record an id")),
    }
}

/// Sections of one record at most: a document with more headings than that is damage, and its text goes on in the last one.
const SECTIONS_KEPT: usize = 300;

/// Adds a section unless its text is blank, at most `SECTIONS_KEPT` a record; later text goes on in the last one.
pub fn section(record: &mut Record, role: Role, name: &str, text: &str) {
    let full = record.sections.len() >= SECTIONS_KEPT;
    match record.sections.last_mut().filter(|_| full) {
        Some(last) => {
            last.text.push('\n');
            last.text.push_str(text);
        }
        None => record.add_section(role, name, text),
    }
}

/// Adds a link unless its target is blank.
pub fn link(record: &mut Record, kind: LinkKind, target: &str, at: &str) {
    let target = target.trim().trim_end_matches(['.', ',', ')', ']', '>']);
    if !target.is_empty() && target.len() <= 2048 {
        record.links.push(Link { kind, target: target.to_owned(), at: at.to_owned() });
    }
}

/// Adds a further field unless its value is blank. Values longer than 2,000 characters are cut: fields serve rules, not reading.
pub fn field(record: &mut Record, name: &str, value: &str) {
    let value = value.trim();
    if !value.is_empty() {
        record.fields.entry(name.to_owned()).or_default().push(value.chars().take(2000).collect());
    }
}

/// Every web address in a text, in order, without the punctuation that closes a sentence.
pub fn addresses(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        let tail = &rest[at..];
        let end = tail.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '|' | ')' | ']' | '`' | '*')).unwrap_or(tail.len());
        let address = tail[..end].trim_end_matches(['.', ',', ';', ':', '\'']);
        if address.starts_with("https://") && address.len() > 8 || address.starts_with("http://") && address.len() > 7 {
            out.push(address);
        }
        rest = &tail[end.max(4)..];
    }
    out
}

/// The CVE id that begins at the start of a text (`CVE-2024-90001`).
pub fn cve_at(text: &str) -> Option<&str> {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix("CVE-").or_else(|| text.strip_prefix("cve-"))?;
    let year = digits(rest);
    let tail = rest.get(year..)?.strip_prefix('-').filter(|_| year == 4)?;
    let number = digits(tail);
    (4..=7).contains(&number).then(|| &text[..4 + year + 1 + number])
}

/// CVE ids kept of one text.
const CVES_KEPT: usize = 200;

/// The CVE ids in a text, upper case, in order of first sight, at most `CVES_KEPT`.
pub fn cves(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (at, _) in text.match_indices('-') {
        let found = at.checked_sub(3).filter(|from| text.is_char_boundary(*from)).and_then(|from| cve_at(&text[from..]));
        if let Some(id) = found.map(str::to_ascii_uppercase).filter(|id| out.len() < CVES_KEPT && !out.contains(id)) {
            out.push(id);
        }
    }
    out
}

/// A text of a tree; absent where blank. Numbers and booleans are given as written.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.trim().to_owned()).filter(|s| !s.is_empty()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// A text under a name.
pub fn text_at(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(text)
}

/// The texts of a list, or the one text, under a name.
pub fn texts_at(value: &Value, name: &str) -> Vec<String> {
    match value.get(name) {
        Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The items of a list under a name; none where it is no list.
pub fn items_at<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A moment as data formats write it: RFC 3339, `YYYY-MM-DD` or `YYYY-MM`, with `-` or `/`. Years before 1971 and from 9000 on are
/// sentinels, not dates.
pub fn data_moment(text: &str) -> Option<Moment> {
    written_moment(text).filter(|moment| !is_sentinel(moment))
}

fn written_moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(Moment::at(stamp.as_second()));
    }
    let plain = matches!(text.len(), 7 | 10) && text.ends_with(|c: char| c.is_ascii_digit());
    if plain { text.replace('/', "-").parse().ok() } else { None }
}

fn is_sentinel(moment: &Moment) -> bool {
    !(1971..9000).contains(&moment.date().year())
}

/// A moment under a name; absent where it is a sentinel, with a remark where the value is none at all.
pub fn moment_at(value: &Value, name: &str, line: u32, record: &str, sink: &mut dyn FnMut(Item)) -> Option<Moment> {
    let found = text_at(value, name)?;
    let moment = written_moment(&found);
    if moment.is_none() {
        sink(remark(
            line,
            record,
            name,
            format!("found `{}`, expected a date such as 2024-03-01T10:11:12Z or 2024-03-01; left absent", excerpt(&found)),
        ));
    }
    moment.filter(|moment| !is_sentinel(moment))
}

/// The first line of a text that is neither blank nor markup, at most 120 characters: a title for what has none.
pub fn first_sentence(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', '`', '<', '|']));
    line.map(|line| line.chars().take(120).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cve_ids_wherever_they_stand() {
        assert_eq!(
            cves("see cve-2021-1905, (CVE-2021-1905) and CVE-2024-90001.html; not CVE-24-1 or CVE-2024-12"),
            ["CVE-2021-1905", "CVE-2024-90001"]
        );
        assert!(cves("é-2021-1905 äöüCVE").is_empty());
    }

    #[test]
    fn addresses_lose_what_closes_the_sentence() {
        let text = "(https://a.example/x), <http://b.example>. http:// nothttp https://c.example/y?z=1; [t](https://d.example/)";
        assert_eq!(addresses(text), ["https://a.example/x", "http://b.example", "https://c.example/y?z=1", "https://d.example/"]);
    }

    #[test]
    fn moments_of_data_formats_and_sentinels() {
        assert_eq!(data_moment("2021-02-04T00:00:11.709031Z").map(|m| m.to_string()).as_deref(), Some("2021-02-04T00:00:11Z"));
        assert_eq!(data_moment("2019/12/19").map(|m| m.to_string()).as_deref(), Some("2019-12-19"));
        assert_eq!(data_moment("2021/06").map(|m| m.to_string()).as_deref(), Some("2021-06"));
        for sentinel in ["2021-6-1?", "2021-03?", "", "0001-01-01", "1970-01-01T00:00:00Z", "9999-01-01", "0", "soon", "2021-13-01"] {
            assert_eq!(data_moment(sentinel), None, "{sentinel}");
        }
    }
}
