//! What a link between two issues says, from its type and the phrase on the side that is given.

use refrain_record::LinkKind;

use crate::text::plain_words;

/// What this issue is to the other. `phrase`: as it reads from this issue (`duplicates`, `is duplicated by`); empty where only the
/// type is known. `outward`: the arrow points from this issue to the other.
pub fn kind(name: &str, phrase: &str, outward: bool) -> LinkKind {
    let (name, phrase) = (plain_words(name), plain_words(phrase));
    PHRASES.iter().find(|(words, _)| phrase.starts_with(words)).map(|(_, kind)| *kind).unwrap_or_else(|| by_name(&name, outward))
}

/// Phrases by their beginning; the first that agrees counts, so passive forms stand before active ones.
const PHRASES: &[(&str, LinkKind)] = &[
    ("is duplicated by", LinkKind::DuplicatedBy),
    ("duplicated by", LinkKind::DuplicatedBy),
    ("has duplicate", LinkKind::DuplicatedBy),
    ("has a duplicate", LinkKind::DuplicatedBy),
    ("duplicates", LinkKind::DuplicateOf),
    ("is a duplicate of", LinkKind::DuplicateOf),
    ("is duplicate of", LinkKind::DuplicateOf),
    ("duplicate of", LinkKind::DuplicateOf),
    ("clones", LinkKind::Cloned),
    ("is cloned by", LinkKind::Cloned),
    ("is caused by", LinkKind::IntroducedBy),
    ("caused by", LinkKind::IntroducedBy),
    ("is introduced by", LinkKind::IntroducedBy),
    ("introduced by", LinkKind::IntroducedBy),
    ("is regressed by", LinkKind::IntroducedBy),
    ("regressed by", LinkKind::IntroducedBy),
    ("is broken by", LinkKind::IntroducedBy),
    ("broken by", LinkKind::IntroducedBy),
];

/// Types by a word in their name, for phrases in other languages and exports without phrases.
fn by_name(name: &str, outward: bool) -> LinkKind {
    let holds = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if holds(&["dupli", "doublon", "duplicad", "重复"]) {
        return if outward { LinkKind::DuplicateOf } else { LinkKind::DuplicatedBy };
    }
    if holds(&["clone", "klon"]) { LinkKind::Cloned } else { LinkKind::Related }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_is_read_from_the_phrase_then_the_type() {
        let rows = [
            ("Duplicate", "duplicates", true, LinkKind::DuplicateOf),
            ("Duplicate", "is duplicated by", false, LinkKind::DuplicatedBy),
            ("Duplikat", "dupliziert", true, LinkKind::DuplicateOf),
            ("Duplicate", "", false, LinkKind::DuplicatedBy),
            ("Cloners", "is cloned by", false, LinkKind::Cloned),
            ("Problem/Incident", "is caused by", false, LinkKind::IntroducedBy),
            ("Problem/Incident", "causes", true, LinkKind::Related),
            ("Relates", "relates to", true, LinkKind::Related),
            ("Twin", "is a duplicate of", false, LinkKind::DuplicateOf),
        ];
        for (name, phrase, outward, expected) in rows {
            assert_eq!(kind(name, phrase, outward), expected, "{name} {phrase}");
        }
    }
}
