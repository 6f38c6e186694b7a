//! What labels say: team, severity, kind, stage, by their key (`team:payments`, `severity/high`, `severity::2`).

use super::filing::Filing;
use super::words;
use crate::text::plain_words;

/// Divides a label's key from its value, the longest mark first.
const MARKS: &[&str] = &["::", ": ", ":", "/", "="];

/// What the key of a label means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Team,
    Service,
    Severity,
    Priority,
    Kind,
    Stage,
    Environment,
    Cause,
}

/// Keys as [`plain_words`] writes them.
const KEYS: &[(&str, Key)] = &[
    ("team", Key::Team),
    ("squad", Key::Team),
    ("group", Key::Team),
    ("owner", Key::Team),
    ("service", Key::Service),
    ("app", Key::Service),
    ("severity", Key::Severity),
    ("sev", Key::Severity),
    ("impact", Key::Severity),
    ("priority", Key::Priority),
    ("prio", Key::Priority),
    ("type", Key::Kind),
    ("kind", Key::Kind),
    ("stage", Key::Stage),
    ("found in", Key::Stage),
    ("found", Key::Stage),
    ("detected", Key::Stage),
    ("env", Key::Environment),
    ("environment", Key::Environment),
    ("root cause", Key::Cause),
    ("cause", Key::Cause),
    ("rca", Key::Cause),
];

/// Labels without a key that say what kind of item it is.
const BARE_KINDS: &[&str] = &[
    "bug",
    "defect",
    "regression",
    "incident",
    "enhancement",
    "feature",
    "feature request",
    "question",
    "documentation",
    "task",
    "epic",
    "chore",
    "outage",
];

/// Files labels as they are, and what they say.
pub fn file(filing: &mut Filing<'_>, labels: &[String]) {
    filing.record.labels = labels.to_vec();
    for label in labels {
        match divided(label) {
            Some((key, value)) => keyed(filing, key, value, label),
            None => bare(filing, label),
        }
    }
}

fn divided(label: &str) -> Option<(Key, &str)> {
    let (key, value) = MARKS.iter().find_map(|mark| label.split_once(mark))?;
    let words = plain_words(key);
    KEYS.iter().find(|(name, _)| *name == words).map(|(_, key)| (*key, value.trim()))
}

fn keyed(filing: &mut Filing<'_>, key: Key, value: &str, label: &str) {
    let at = format!("label {label}");
    match key {
        Key::Team => filing.team(value, &at),
        Key::Service => filing.service(value, &at),
        Key::Severity => filing.severity(value, &at),
        Key::Priority => filing.severity_by(value, words::priority(value), "priority-label-is-severity"),
        Key::Kind => filing.kind(value),
        Key::Stage => filing.stage(value, &at),
        Key::Environment => {
            filing.environment("environment", value);
            words::environment_stage(value).into_iter().for_each(|stage| filing.stage_by(stage, "environment-is-stage"));
        }
        Key::Cause => filing.record.kinds.push(value.to_owned()),
    }
}

fn bare(filing: &mut Filing<'_>, label: &str) {
    let words = plain_words(label);
    if BARE_KINDS.contains(&words.as_str()) {
        filing.kind(&words);
    }
    let numbered = (label.len() <= 5 && label.to_lowercase().starts_with("sev")) || matches!(label.as_bytes(), [b's' | b'S', b'0'..=b'4']);
    if numbered {
        filing.severity(label, &format!("label {label}"));
    }
    if matches!(label.as_bytes(), [b'p' | b'P', b'0'..=b'5']) {
        filing.severity_by(label, words::priority(label), "priority-label-is-severity");
    }
}
