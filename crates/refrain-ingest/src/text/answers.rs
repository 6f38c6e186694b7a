//! Sentences that answer the question whether a record is a duplicate: taken out of the text, kept as links.

use std::sync::LazyLock;

use refrain_record::LinkKind;
use regex::Regex;

/// A reference that a sentence gave away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How the other record is referred to.
    pub kind: LinkKind,
    /// As written: `#12`, `acme/ledger#12`, `PAY-7`, `9` behind the word bug, or an address.
    pub target: String,
}

/// What a reference to another record looks like.
const TARGET: &str = r"(?:(?P<url>https?://[^\s)>\]|]+)|(?P<path>[\w.-]+/[\w./-]+#\d+)|(?P<hash>[#!]\d+)|(?P<key>[A-Z][A-Z0-9_]+-\d+)|(?:bug|issue|ticket|defect|problem|case)\s*(?:id\s*)?[#:]?\s*(?P<number>\d+))";

/// Sentences that say so, as patterns before a [`TARGET`], with the link they make. The first that agrees counts.
const SENTENCES: &[(&str, LinkKind)] = &[
    (r"(?:not|isn't|isnt|never)\s+(?:really\s+|exactly\s+)?(?:a\s+)?(?:dupe?|duplicate)s?\s+(?:of|to|from)\s*:?\s*", LinkKind::Related),
    (r"has\s+been\s+marked\s+as\s+an?\s+duplicate\s+of\s+", LinkKind::DuplicateOf),
    (r"(?:dupe?|duplicate)[sd]?\s*(?:of|to|for|from|with)?\s*:?\s*(?:the\s+|this\s+)?", LinkKind::DuplicateOf),
    (r"(?:dupe?d|duplicated)\s+by\s*:?\s*", LinkKind::DuplicatedBy),
    (
        r"(?:the\s+)?same\s+(?:(?:issue|bug|problem|thing|error|crash|root\s+cause|cause)\s+)?(?:as|like)\s*:?\s*(?:in\s+|described\s+in\s+|reported\s+in\s+)?",
        LinkKind::DuplicateOf,
    ),
    (
        r"already\s+(?:been\s+)?(?:reported|filed|tracked|known|covered|fixed|logged|raised)\s+(?:as|in|by|with|under|at|here)\s*:?\s*",
        LinkKind::DuplicateOf,
    ),
    (r"clos(?:ed?|ing)\s+(?:(?:this|it|issue|ticket)\s+)?(?:in\s+favou?r\s+of|as\s+dupl?\w*(?:\s+of)?)\s*:?\s*", LinkKind::DuplicateOf),
    (r"(?:superseded|subsumed|replaced|tracked)\s+(?:by|in|at|under)\s*:?\s*", LinkKind::DuplicateOf),
    (r"merged\s+(?:in)?to\s*:?\s*", LinkKind::DuplicateOf),
];

/// "Bug 9 has been marked as a duplicate of this bug."
const REVERSED: &str = r"\s+(?:has\s+been\s+marked\s+as|is|was\s+marked\s+as)\s+an?\s+duplicate\s+of\s+this\b";

static FORWARD: LazyLock<Vec<(Option<Regex>, LinkKind)>> =
    LazyLock::new(|| SENTENCES.iter().map(|(words, kind)| (Regex::new(&format!(r"(?i)\b{words}(?-i:{}){}", "", TARGET)).ok(), *kind)).collect());
static BACKWARD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("(?i){TARGET}{REVERSED}")).ok());

/// Takes the answers out of a text: each sentence that holds one is removed from its line, no line goes. Code is left alone.
pub fn take_answers(text: &str) -> (String, Vec<Answer>) {
    if !may_answer(text) {
        return (text.to_owned(), Vec::new());
    }
    let mut answers = Vec::new();
    let mut code = false;
    let lines = text.split('\n').map(|line| {
        let fence = super::is_fence(line);
        code ^= fence;
        if code || fence { line.to_owned() } else { masked(line, &mut answers) }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    (text, answers)
}

/// Words without which no sentence agrees: most texts hold none, and the patterns need not run.
const WORDS: &[&str] = &["dup", "same ", "already ", "clos", "superseded", "subsumed", "replaced", "tracked", "merged"];

fn may_answer(text: &str) -> bool {
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Sentences taken out of one line at most: more would be an attack on time, not a text.
const PER_LINE: usize = 20;

fn masked(line: &str, answers: &mut Vec<Answer>) -> String {
    let mut line = line.to_owned();
    for _ in 0..PER_LINE {
        let Some((answer, start, end)) = find(&line) else { break };
        let (from, to) = sentence(&line, start, end);
        answers.push(answer);
        line.replace_range(from..to, "");
    }
    if line.trim().chars().all(|c| matches!(c, '*' | '.' | '-' | '>' | ' ')) { String::new() } else { line }
}

fn find(line: &str) -> Option<(Answer, usize, usize)> {
    if !may_answer(line) {
        return None;
    }
    let backward = BACKWARD.iter().filter_map(|r| r.captures(line)).map(|c| (c, LinkKind::DuplicatedBy));
    let forward = FORWARD.iter().filter_map(|(r, kind)| Some((r.as_ref()?.captures(line)?, *kind)));
    let (captures, kind) = backward.chain(forward).next()?;
    let whole = captures.get(0)?;
    let target = ["url", "path", "hash", "key", "number"].iter().find_map(|name| captures.name(name))?;
    let target = target.as_str().trim_end_matches(['.', ',', ';', ':', '*']).to_owned();
    Some((Answer { kind, target }, whole.start(), whole.end()))
}

/// The sentence around a range of a line: from behind the last end of a sentence to the next one.
fn sentence(line: &str, start: usize, end: usize) -> (usize, usize) {
    let ends = |text: &str, at: usize| {
        matches!(text.as_bytes()[at], b'.' | b'!' | b'?' | b';') && text.as_bytes().get(at + 1).is_none_or(u8::is_ascii_whitespace)
    };
    let from = (0..start).rev().find(|at| ends(line, *at)).map_or(0, |at| at + 1);
    let to = (end..line.len()).find(|at| ends(line, *at)).map_or(line.len(), |at| at + 1);
    let lead = line[from..].len() - line[from..].trim_start_matches(['>', ' ']).len();
    (if from == 0 { lead.min(start) } else { from }, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(FORWARD.iter().all(|(regex, _)| regex.is_some()) && BACKWARD.is_some());
    }

    #[test]
    fn answers_leave_the_text_and_keep_its_lines() {
        let rows = [
            ("Crash on save.\nDuplicate of #377\nmore", "Crash on save.\n\nmore", LinkKind::DuplicateOf, "#377"),
            ("*** This bug has been marked as a duplicate of bug 9 ***", "", LinkKind::DuplicateOf, "9"),
            ("*** Bug 12 has been marked as a duplicate of this bug. ***", "", LinkKind::DuplicatedBy, "12"),
            ("Looks bad. This is a dupe of PAY-1107. Sorry.", "Looks bad. Sorry.", LinkKind::DuplicateOf, "PAY-1107"),
            ("It duplicates https://bugs.example/show_bug.cgi?id=7.", "", LinkKind::DuplicateOf, "https://bugs.example/show_bug.cgi?id=7"),
            ("Same as acme/ledger#12!", "", LinkKind::DuplicateOf, "acme/ledger#12"),
            ("This is not a duplicate of #5, the stack differs", "", LinkKind::Related, "#5"),
            ("already reported in issue 44", "", LinkKind::DuplicateOf, "44"),
            ("Closing as duplicate of TIMOB-9", "", LinkKind::DuplicateOf, "TIMOB-9"),
            ("Closing in favor of #8; thanks", " thanks", LinkKind::DuplicateOf, "#8"),
            ("duplicated by PAY-3", "", LinkKind::DuplicatedBy, "PAY-3"),
        ];
        for (text, rest, kind, target) in rows {
            let (plain, answers) = take_answers(text);
            assert_eq!((plain.as_str(), answers.as_slice()), (rest, [Answer { kind, target: target.into() }].as_slice()), "{text}");
        }
    }

    #[test]
    fn ordinary_sentences_stay() {
        for text in [
            "The refund is a duplicate of the first booking",
            "Duplicate key value violates constraint",
            "the same as before",
            "closed 3 tickets",
            "merged to main",
            "```\nduplicate of #3\n```",
        ] {
            assert_eq!(take_answers(text), (text.to_owned(), vec![]));
        }
    }
}
