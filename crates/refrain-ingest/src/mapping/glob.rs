//! Patterns over paths: `*` is any run of characters but `/`, `**` any run, `?` one character.

/// Whether a path, or its last part where the pattern has no `/`, agrees with a pattern. Case counts. Time grows with the product of
/// both lengths at worst.
pub fn matches(pattern: &str, path: &str) -> bool {
    let subject = if pattern.contains('/') { path } else { path.rsplit('/').next().unwrap_or(path) };
    agrees(&pattern.chars().collect::<Vec<_>>(), &subject.chars().collect::<Vec<_>>())
}

/// Row by row over the pattern: `reach[i]` says whether the pattern so far can end at character `i`.
fn agrees(pattern: &[char], subject: &[char]) -> bool {
    let mut reach = vec![false; subject.len() + 1];
    reach[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let deep = pattern[at] == '*' && pattern.get(at + 1) == Some(&'*');
        reach = match pattern[at] {
            '*' => spread(&reach, subject, deep),
            mark => step(&reach, subject, mark),
        };
        at += if deep { 2 } else { 1 };
    }
    reach[subject.len()]
}

fn spread(reach: &[bool], subject: &[char], deep: bool) -> Vec<bool> {
    let mut out = reach.to_vec();
    for i in 0..subject.len() {
        out[i + 1] |= out[i] && (deep || subject[i] != '/');
    }
    out
}

fn step(reach: &[bool], subject: &[char], mark: char) -> Vec<bool> {
    let mut out = vec![false; reach.len()];
    for i in 0..subject.len() {
        out[i + 1] = reach[i] && (subject[i] == mark || mark == '?' && subject[i] != '/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_agree_with_paths() {
        let rows = [
            ("export-*.csv", "in/export-2024.csv", true),
            ("export-*.csv", "in/other.csv", false),
            ("**/vuln.csv", "a/b/vuln.csv", true),
            ("a/*/c", "a/b/x/c", false),
            ("a/**/c", "a/b/x/c", true),
            ("?.csv", "é.csv", true),
            ("", "", true),
            ("*", "", true),
        ];
        for (pattern, path, agreed) in rows {
            assert_eq!(matches(pattern, path), agreed, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_stay_quick() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)));
    }
}
