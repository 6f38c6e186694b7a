//! What the words of trackers stand for: severity, priority, status, resolution, kind of item, stage, leak bucket.

use std::sync::LazyLock;

use refrain_record::{Bucket, Kind, Severity, StageModel, Status};

use crate::text::plain_words;

/// The first level that a word of this table names.
fn level(table: &[(&str, u8)], word: &str) -> Option<Severity> {
    let words = plain_words(word);
    table.iter().find(|(name, _)| *name == words).and_then(|(_, level)| Severity::new(*level))
}

/// Severity as the word says harm. Words as [`plain_words`] writes them.
pub fn severity(word: &str) -> Option<Severity> {
    level(SEVERITIES, word).or_else(|| numbered(word))
}

const SEVERITIES: &[(&str, u8)] = &[
    ("blocker", 1),
    ("critical", 1),
    ("catastrophic", 1),
    ("fatal", 1),
    ("showstopper", 1),
    ("show stopper", 1),
    ("emergency", 1),
    ("severe", 1),
    ("very high", 1),
    ("highest", 1),
    ("urgent", 1),
    ("extensive widespread", 1),
    ("outage", 1),
    ("s0", 1),
    ("sev0", 1),
    ("sev 0", 1),
    ("p0", 1),
    ("crash", 1),
    ("disaster", 1),
    ("high", 2),
    ("major", 2),
    ("important", 2),
    ("serious", 2),
    ("grave", 2),
    ("significant large", 2),
    ("error", 2),
    ("degraded", 2),
    ("significant", 2),
    ("medium", 3),
    ("moderate", 3),
    ("normal", 3),
    ("average", 3),
    ("moderate limited", 3),
    ("warning", 3),
    ("partial", 3),
    ("bug", 3),
    ("low", 4),
    ("minor", 4),
    ("trivial", 4),
    ("cosmetic", 4),
    ("lowest", 4),
    ("minimal", 4),
    ("informational", 4),
    ("info", 4),
    ("none", 4),
    ("negligible", 4),
    ("minor localized", 4),
    ("very low", 4),
    ("small", 4),
    ("tweak", 4),
    ("text", 4),
];

/// Words before a number that is a level: `Sev 1`, `S2`, `severity-3`, `severity::2`, `2 - High`.
const NUMBERED: &[&str] = &["", "s", "sev", "severity", "level", "impact"];

/// `2 - High`, `Sev 1`, `S2`, `severity/3`; levels below 4 are 4.
fn numbered(word: &str) -> Option<Severity> {
    let words = plain_words(word);
    let at = words.find(|c: char| c.is_ascii_digit())?;
    let before = words[..at].trim();
    let digits: String = words[at..].chars().take_while(char::is_ascii_digit).collect();
    let rest = words[at + digits.len()..].trim();
    // `2 - High` and `S2 (major)`: what stands behind must be a word of the table or nothing.
    let fits = NUMBERED.contains(&before) && (rest.is_empty() || level(SEVERITIES, rest).is_some());
    let number: u8 = digits.parse().ok()?;
    if fits { Severity::new(number.clamp(1, 4)).filter(|_| number <= 5) } else { None }
}

/// Severity from a priority: urgency to fix, used only where no severity is known, and then derived.
pub fn priority(word: &str) -> Option<Severity> {
    level(PRIORITIES, word)
        .or_else(|| {
            let words = plain_words(word);
            let digits = words.strip_prefix("priority").or_else(|| words.strip_prefix('p')).unwrap_or(&words).trim();
            let first: String = digits.chars().take_while(char::is_ascii_digit).collect();
            let rest = digits[first.len()..].trim();
            let fits = rest.is_empty() || level(SEVERITIES, rest).is_some();
            first.parse::<u8>().ok().filter(|n| fits && *n <= 5).and_then(|n| Severity::new(n.clamp(1, 4)))
        })
        .or_else(|| severity(word))
}

const PRIORITIES: &[(&str, u8)] = &[
    ("immediate", 1),
    ("asap", 1),
    ("highest", 1),
    ("urgent", 1),
    ("critical", 1),
    ("blocker", 1),
    ("high", 2),
    ("major", 2),
    ("important", 2),
    ("medium", 3),
    ("normal", 3),
    ("low", 4),
    ("minor", 4),
    ("lowest", 4),
    ("trivial", 4),
    ("planning", 4),
    ("backlog", 4),
    ("nice to have", 4),
];

/// Priority words that say that nobody judged: no severity, and nothing to report.
pub fn says_nothing(word: &str) -> bool {
    matches!(
        plain_words(word).as_str(),
        "" | "none"
            | "no priority"
            | "not set"
            | "unset"
            | "n a"
            | "na"
            | "unprioritized"
            | "unprioritised"
            | "needs triage"
            | "triage"
            | "not evaluated"
            | "undefined"
            | "unknown"
            | "unspecified"
            | "unclassified"
            | "tbd"
            | "not specified"
            | "select"
            | "null"
    )
}

/// Where work stands, from a status and a resolution as the source words them; nothing for a status that is not known.
pub fn status(status: &str, resolution: &str) -> Option<Status> {
    let (status, resolution) = (plain_words(status), plain_words(resolution));
    if dismisses(&resolution) || dismisses(&status) {
        return Some(Status::Dismissed);
    }
    STATUSES.iter().find(|(name, _)| *name == status).map(|(_, status)| *status)
}

/// Whether a resolution closes without a change.
pub fn dismisses(resolution: &str) -> bool {
    let words = plain_words(resolution);
    DISMISSALS.contains(&words.as_str())
}

/// Resolutions and final states that close without a change.
const DISMISSALS: &[&str] = &[
    "duplicate",
    "duplicated",
    "dupe",
    "wontfix",
    "won t fix",
    "wont fix",
    "won t do",
    "wont do",
    "will not fix",
    "not planned",
    "invalid",
    "incomplete",
    "worksforme",
    "works for me",
    "works as designed",
    "as designed",
    "by design",
    "not a bug",
    "notabug",
    "not a defect",
    "not a problem",
    "not an issue",
    "cannot reproduce",
    "can t reproduce",
    "not reproducible",
    "cant reproduce",
    "unable to reproduce",
    "unreproducible",
    "declined",
    "rejected",
    "abandoned",
    "obsolete",
    "out of scope",
    "expired",
    "moved",
    "inactive",
    "removed",
    "canceled",
    "cancelled",
    "insufficient data",
    "needs info",
    "no fix",
    "auto closed",
    "stale",
    "user error",
    "support request",
    "information provided",
    "later",
    "remind",
    "wont resolve",
    "won t resolve",
    "withdrawn",
    "working as intended",
    "suspended",
    "no change required",
    "not applicable",
    "answered",
    "solved not possible",
    "hold",
    "needs more info",
    "not our bug",
    "third party",
    "not solved not reproducible",
    "not solved too costly",
    "closed rejected by caller",
    "ignored",
    "archived",
];

/// States of work.
const STATUSES: &[(&str, Status)] = &[
    ("open", Status::Open),
    ("opened", Status::Open),
    ("new", Status::Open),
    ("reopened", Status::Open),
    ("reopen", Status::Open),
    ("to do", Status::Open),
    ("todo", Status::Open),
    ("backlog", Status::Open),
    ("in progress", Status::Open),
    ("inprogress", Status::Open),
    ("in review", Status::Open),
    ("code review", Status::Open),
    ("review", Status::Open),
    ("in testing", Status::Open),
    ("testing", Status::Open),
    ("in test", Status::Open),
    ("ready", Status::Open),
    ("triage", Status::Open),
    ("triaged", Status::Open),
    ("needs triage", Status::Open),
    ("unconfirmed", Status::Open),
    ("confirmed", Status::Open),
    ("accepted", Status::Open),
    ("assigned", Status::Open),
    ("active", Status::Open),
    ("approved", Status::Open),
    ("committed", Status::Open),
    ("proposed", Status::Open),
    ("blocked", Status::Open),
    ("on hold", Status::Open),
    ("pending", Status::Open),
    ("waiting", Status::Open),
    ("patch available", Status::Open),
    ("awaiting feedback", Status::Open),
    ("needinfo", Status::Open),
    ("needs information", Status::Open),
    ("unresolved", Status::Open),
    ("started", Status::Open),
    ("selected for development", Status::Open),
    ("ready for testing", Status::Open),
    ("ready for review", Status::Open),
    ("ready for development", Status::Open),
    ("under investigation", Status::Open),
    ("investigating", Status::Open),
    ("identified", Status::Open),
    ("monitoring", Status::Open),
    ("triggered", Status::Open),
    ("acknowledged", Status::Open),
    ("work in progress", Status::Open),
    ("root cause analysis", Status::Open),
    ("fix in progress", Status::Open),
    ("assess", Status::Open),
    ("escalated", Status::Open),
    ("in design", Status::Open),
    ("in development", Status::Open),
    ("waiting for support", Status::Open),
    ("waiting for customer", Status::Open),
    ("known error", Status::Open),
    ("regressed", Status::Open),
    ("resolved", Status::Resolved),
    ("closed", Status::Resolved),
    ("done", Status::Resolved),
    ("fixed", Status::Resolved),
    ("verified", Status::Resolved),
    ("complete", Status::Resolved),
    ("completed", Status::Resolved),
    ("released", Status::Resolved),
    ("shipped", Status::Resolved),
    ("deployed", Status::Resolved),
    ("merged", Status::Resolved),
    ("released to production", Status::Resolved),
    ("live", Status::Resolved),
    ("finished", Status::Resolved),
    ("inactive fixed", Status::Resolved),
    ("solved", Status::Resolved),
    ("mitigated", Status::Resolved),
];

/// What kind of item a type word names; nothing for a word that is not known.
pub fn kind(word: &str) -> Option<Kind> {
    let words = plain_words(word);
    KINDS.iter().find(|(name, _)| *name == words).map(|(_, kind)| *kind)
}

const KINDS: &[(&str, Kind)] = &[
    ("bug", Kind::Issue),
    ("defect", Kind::Issue),
    ("bug report", Kind::Issue),
    ("issue", Kind::Issue),
    ("fault", Kind::Issue),
    ("regression", Kind::Issue),
    ("error", Kind::Issue),
    ("production bug", Kind::Issue),
    ("production defect", Kind::Issue),
    ("customer defect", Kind::Issue),
    ("escaped defect", Kind::Issue),
    ("problem", Kind::Issue),
    ("bug subtask", Kind::Issue),
    ("sub bug", Kind::Issue),
    ("security bug", Kind::Issue),
    ("vulnerability", Kind::Issue),
    ("hotfix", Kind::Issue),
    ("test failure", Kind::Issue),
    ("incident", Kind::Incident),
    ("outage", Kind::Incident),
    ("major incident", Kind::Incident),
    ("it incident", Kind::Incident),
    ("post incident review", Kind::PostMortem),
    ("system incident", Kind::Incident),
    ("postmortem", Kind::PostMortem),
    ("post mortem", Kind::PostMortem),
    ("rca", Kind::PostMortem),
    ("story", Kind::NotDefect),
    ("user story", Kind::NotDefect),
    ("task", Kind::NotDefect),
    ("epic", Kind::NotDefect),
    ("feature", Kind::NotDefect),
    ("new feature", Kind::NotDefect),
    ("feature request", Kind::NotDefect),
    ("improvement", Kind::NotDefect),
    ("enhancement", Kind::NotDefect),
    ("sub task", Kind::NotDefect),
    ("subtask", Kind::NotDefect),
    ("technical task", Kind::NotDefect),
    ("spike", Kind::NotDefect),
    ("documentation", Kind::NotDefect),
    ("question", Kind::NotDefect),
    ("wish", Kind::NotDefect),
    ("change", Kind::NotDefect),
    ("change request", Kind::NotDefect),
    ("service request", Kind::NotDefect),
    ("request", Kind::NotDefect),
    ("requirement", Kind::NotDefect),
    ("test case", Kind::NotDefect),
    ("test plan", Kind::NotDefect),
    ("test", Kind::NotDefect),
    ("technical debt", Kind::NotDefect),
    ("dependency upgrade", Kind::NotDefect),
    ("initiative", Kind::NotDefect),
    ("product backlog item", Kind::NotDefect),
    ("impediment", Kind::NotDefect),
    ("wiki", Kind::NotDefect),
    ("brainstorming", Kind::NotDefect),
    ("umbrella", Kind::NotDefect),
    ("design", Kind::NotDefect),
    ("objective", Kind::NotDefect),
    ("support", Kind::NotDefect),
    ("help wanted", Kind::NotDefect),
    ("chore", Kind::NotDefect),
    ("new jira project", Kind::NotDefect),
    ("temp", Kind::NotDefect),
    ("proposal", Kind::NotDefect),
];

/// The built-in stage model: the words of fields and labels that name a stage.
static STAGES: LazyLock<StageModel> = LazyLock::new(|| toml::from_str(include_str!("../../../../data/stages.toml")).unwrap_or_default());

/// The stage that a word of a field or label names (`Production`, `Unit Test`, `production-customer`).
pub fn stage(word: &str) -> Option<&'static str> {
    let words = plain_words(word);
    let row = STAGES.stage.iter().find(|s| plain_words(&s.id) == words || plain_words(&s.name) == words || s.words.contains(&words));
    row.map(|s| s.id.as_str())
}

/// The stage that an environment names: only environments that are one, not every machine.
pub fn environment_stage(word: &str) -> Option<&'static str> {
    let words = plain_words(word);
    ENVIRONMENTS.iter().find(|(name, _)| *name == words).map(|(_, stage)| *stage)
}

const ENVIRONMENTS: &[(&str, &str)] = &[
    ("production", "production-internal"),
    ("prod", "production-internal"),
    ("prd", "production-internal"),
    ("live", "production-internal"),
    ("canary", "canary"),
    ("staging", "staging"),
    ("stage", "staging"),
    ("stg", "staging"),
    ("uat", "staging"),
    ("preprod", "staging"),
    ("pre production", "staging"),
    ("pre prod", "staging"),
    ("preproduction", "staging"),
    ("acceptance", "staging"),
    ("demo", "staging"),
    ("sandbox", "staging"),
    ("qa", "integration"),
    ("test", "integration"),
    ("testing", "integration"),
    ("ci", "integration"),
    ("integration", "integration"),
    ("dev", "integration"),
    ("development", "integration"),
];

/// The leak bucket that a word of a field names.
pub fn bucket(word: &str) -> Option<Bucket> {
    let words = plain_words(word);
    BUCKETS.iter().find(|(name, _)| *name == words).map(|(_, bucket)| *bucket)
}

const BUCKETS: &[(&str, Bucket)] = &[
    ("coverage gap", Bucket::CoverageGap),
    ("missing test", Bucket::CoverageGap),
    ("no test", Bucket::CoverageGap),
    ("test gap", Bucket::CoverageGap),
    ("not covered", Bucket::CoverageGap),
    ("no test coverage", Bucket::CoverageGap),
    ("missing test case", Bucket::CoverageGap),
    ("missed test case", Bucket::CoverageGap),
    ("no coverage", Bucket::CoverageGap),
    ("environment mismatch", Bucket::EnvironmentMismatch),
    ("environment difference", Bucket::EnvironmentMismatch),
    ("environment", Bucket::EnvironmentMismatch),
    ("only in production", Bucket::EnvironmentMismatch),
    ("prod only", Bucket::EnvironmentMismatch),
    ("production only", Bucket::EnvironmentMismatch),
    ("config difference", Bucket::EnvironmentMismatch),
    ("data dependent", Bucket::EnvironmentMismatch),
    ("production data only", Bucket::EnvironmentMismatch),
    ("flaky or suppressed", Bucket::FlakyOrSuppressed),
    ("flaky", Bucket::FlakyOrSuppressed),
    ("flaky test", Bucket::FlakyOrSuppressed),
    ("ignored alert", Bucket::FlakyOrSuppressed),
    ("muted test", Bucket::FlakyOrSuppressed),
    ("suppressed", Bucket::FlakyOrSuppressed),
    ("test disabled", Bucket::FlakyOrSuppressed),
    ("ignored test failure", Bucket::FlakyOrSuppressed),
    ("muted alert", Bucket::FlakyOrSuppressed),
    ("skipped test", Bucket::FlakyOrSuppressed),
    ("quarantined test", Bucket::FlakyOrSuppressed),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_as_people_write_them() {
        let rows = [
            ("S1", 1),
            ("Sev 2", 2),
            ("SEV-3", 3),
            ("severity/high", 0),
            ("1 - Critical", 1),
            ("2 - High", 2),
            ("4 - Low", 4),
            ("Blocker", 1),
            ("normal", 3),
            ("trivial", 4),
            ("3", 3),
            ("Extensive/Widespread", 1),
            ("S2 (Major)", 2),
            ("7", 0),
            ("2024", 0),
            ("high-ish", 0),
            ("enhancement", 0),
            ("--", 0),
        ];
        for (word, expected) in rows {
            assert_eq!(severity(word).map_or(0, Severity::level), expected, "{word}");
        }
        let rows = [("P1", 1), ("P3 - Medium", 3), ("1 - Critical", 1), ("Urgent", 1), ("No priority", 0), ("priority/2", 2), ("P5", 4), ("High", 2)];
        for (word, expected) in rows {
            assert_eq!(priority(word).map_or(0, Severity::level), expected, "{word}");
        }
    }

    #[test]
    fn tables_are_in_the_form_words_are_compared_in() {
        let words = SEVERITIES
            .iter()
            .chain(PRIORITIES)
            .map(|r| r.0)
            .chain(DISMISSALS.iter().copied())
            .chain(STATUSES.iter().map(|r| r.0))
            .chain(KINDS.iter().map(|r| r.0))
            .chain(BUCKETS.iter().map(|r| r.0))
            .chain(ENVIRONMENTS.iter().map(|r| r.0));
        for word in words {
            assert_eq!(plain_words(word), word);
        }
    }

    #[test]
    fn states_and_resolutions() {
        let rows = [
            ("Closed", "Duplicate", Some(Status::Dismissed)),
            ("RESOLVED", "FIXED", Some(Status::Resolved)),
            ("Done", "Won't Fix", Some(Status::Dismissed)),
            ("CLOSED", "NOT_PLANNED", Some(Status::Dismissed)),
            ("In Progress", "", Some(Status::Open)),
            ("Canceled", "", Some(Status::Dismissed)),
            ("Brewing", "", None),
        ];
        for (word, resolution, expected) in rows {
            assert_eq!(status(word, resolution), expected, "{word} {resolution}");
        }
    }

    #[test]
    fn stages_by_the_words_of_the_model() {
        assert_eq!(stage("Production"), Some("production-internal"));
        assert_eq!(stage("production-customer"), Some("production-customer"));
        assert_eq!(stage("Unit Test"), Some("unit"));
        assert_eq!(stage("Narnia"), None);
        let ids: Vec<&str> = STAGES.stage.iter().map(|s| s.id.as_str()).collect();
        for (_, id) in ENVIRONMENTS {
            assert!(ids.contains(id), "{id}");
        }
    }
}
