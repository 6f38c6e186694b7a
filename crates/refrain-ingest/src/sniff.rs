//! Which source a file is: all readers are asked, the strongest answer wins, a tie is said and never settled by order.

use crate::source::{FileReader, Head, Hint};

/// Answers below this strength are near misses: they are printed for a file of unknown kind, and never read.
pub const ENOUGH: u8 = 30;

/// Near misses listed for a file of unknown kind.
const NEAREST_KEPT: usize = 3;

/// What asking every reader gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The reader at this place of the list, and why.
    Known(usize, String),
    /// Several readers are equally sure: name and reason of each.
    Tie(Vec<String>),
    /// None is sure enough: the nearest with what they miss, may be empty.
    Unknown(Vec<String>),
}

/// Asks every reader about a file.
pub fn recognise(head: &Head<'_>, readers: &[&dyn FileReader]) -> Verdict {
    let mut hints: Vec<(usize, Hint)> = readers.iter().enumerate().filter_map(|(at, r)| r.sniff(head).map(|hint| (at, hint))).collect();
    hints.sort_by_key(|(at, hint)| (std::cmp::Reverse(hint.strength), *at));
    let say = |(at, hint): &(usize, Hint)| format!("{}: {}", readers[*at].name(), hint.reason);
    match hints.first() {
        Some((at, best)) if best.strength >= ENOUGH => {
            let equal: Vec<&(usize, Hint)> = hints.iter().filter(|(_, hint)| hint.strength == best.strength).collect();
            if equal.len() == 1 { Verdict::Known(*at, best.reason.clone()) } else { Verdict::Tie(equal.into_iter().map(say).collect()) }
        }
        _ => Verdict::Unknown(hints.iter().take(NEAREST_KEPT).map(say).collect()),
    }
}

/// A hint from keys that must be there: full strength with all of them, a near miss with at least half, else nothing.
///
/// `has` answers for one key; `what` names the thing in the reason (`Jira issue`).
pub fn from_keys(what: &str, strength: u8, keys: &[&str], has: impl Fn(&str) -> bool) -> Option<Hint> {
    let (found, missing): (Vec<&str>, Vec<&str>) = keys.iter().copied().partition(|key| has(key));
    if missing.is_empty() {
        return Some(Hint { strength, reason: format!("{} of a {what}", quoted(&found)) });
    }
    let near = (ENOUGH - 1) * found.len() as u8 / keys.len() as u8;
    (found.len() * 2 >= keys.len())
        .then(|| Hint { strength: near.max(1), reason: format!("has {}, lacks {} of a {what}", quoted(&found), quoted(&missing)) })
}

fn quoted(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceRow;

    fn row(name: &'static str, sniff: fn(&Head<'_>) -> Option<Hint>) -> SourceRow {
        SourceRow { name, title: name, system: "X", sniff, read: |_, _, _| {}, fills: &[], export: "" }
    }

    #[test]
    fn a_tie_is_said_with_both_reasons() {
        let a = row("a", |_| Some(Hint { strength: 80, reason: "one".into() }));
        let b = row("b", |_| Some(Hint { strength: 80, reason: "two".into() }));
        let head = Head { path: "x", text: "", whole: true };
        assert_eq!(recognise(&head, &[&a, &b]), Verdict::Tie(vec!["a: one".into(), "b: two".into()]));
        assert_eq!(recognise(&head, &[&b]), Verdict::Known(0, "two".into()));
    }

    #[test]
    fn a_near_miss_says_what_it_lacks() {
        let hint = from_keys("Jira issue", 90, &["key", "fields"], |key| key == "key").unwrap();
        assert!(hint.strength < ENOUGH);
        assert_eq!(hint.reason, "has `key`, lacks `fields` of a Jira issue");
        assert!(from_keys("Jira issue", 90, &["key", "fields", "id"], |key| key == "key").is_none());
    }
}
