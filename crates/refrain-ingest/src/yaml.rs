//! YAML documents as trees, with limits against small texts that unfold into large ones.

use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, Error};

/// A document of a YAML stream: its first line in the file (from 1) and its text.
pub type Document<'a> = (u32, &'a str);

/// Cuts a stream at its `---` lines, so that one broken document costs only itself. Documents of comments alone are left out.
pub fn documents(text: &str) -> Vec<Document<'_>> {
    let mut out = Vec::new();
    let (mut start, mut start_line, mut at) = (0, 1, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let word = line.trim_end();
        if word == "---" || word.starts_with("--- ") {
            out.push((start_line, &text[start..at]));
            (start, start_line) = (at, number as u32 + 1);
        }
        at += line.len();
    }
    out.push((start_line, &text[start..]));
    out.retain(|(_, document)| document.lines().any(says_something));
    out
}

fn says_something(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#') && !line.starts_with('%') && line != "---" && line != "..."
}

/// The tree of one document. Errors: line within the document (from 1) and what is wrong there.
///
/// Words such as `no` and numbers such as `007` stay text; a key that stands twice is an error, as YAML says; references (`*name`)
/// may unfold into at most 100,000 events.
pub fn parse(document: &str) -> Result<Value, (u32, String)> {
    let options = serde_saphyr::options! {
        budget: Some(serde_saphyr::Budget::default()),
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000, max_replay_stack_depth: 16 },
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(document, options).map_err(|error| (line_of(&error), first_line(&error)))
}

fn line_of(error: &Error) -> u32 {
    error.location().map_or(1, |at| u32::try_from(at.line()).unwrap_or(u32::MAX))
}

/// What is wrong, without the place, which is told apart, and without advice for programmers.
fn first_line(error: &Error) -> String {
    let text = error.without_snippet().to_string();
    let first = text.lines().next().unwrap_or("broken YAML");
    let what = [" at line ", ", set DuplicateKeyPolicy"].iter().fold(first, |text, mark| text.split(mark).next().unwrap_or(text));
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_at_its_markers_and_keeps_lines() {
        let stream = "# head\n---\na: 1\n--- # next\nb: |\n  text\n  ---\n---\n# only a comment\n";
        let documents = documents(stream);
        assert_eq!(documents.iter().map(|d| d.0).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(parse(documents[1].1).unwrap()["b"], "text\n---\n");
    }

    #[test]
    fn an_error_names_its_line() {
        let (line, text) = parse("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!((2..=4).contains(&line), "{line} {text}");
        let (line, text) = parse("a: 1\na: 2\n").unwrap_err();
        assert_eq!(line, 2, "{text}");
    }

    #[test]
    fn a_billion_laughs_are_refused() {
        let mut bomb = String::from("a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (name, before) in ('b'..='i').zip('a'..='h') {
            bomb += &format!("{name}: &{name} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n");
        }
        assert!(parse(&bomb).is_err());
        assert!(parse(&"[".repeat(1_000_000)).is_err());
        assert!(parse(&"- ".repeat(100_000)).is_err());
    }

    #[test]
    fn words_stay_words() {
        let tree = parse("country: no\nversion: 010\nempty:\nlist: [null]\n").unwrap();
        assert_eq!((tree["country"].as_str(), tree["version"].as_str()), (Some("no"), Some("010")));
        assert!(tree["empty"].is_null());
    }
}
