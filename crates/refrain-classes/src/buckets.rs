//! Why did it get past: nobody looked, the surroundings differed, or the signal was there and was not heard?
//!
//! Also the chain of whys that a review writes down, as an ordered list of citations.

use refrain_record::score::Quote;
use refrain_record::{Bucket, Citation, Kind, Record, Section};

use crate::phrases::{NamedPhrases, PhraseError};
use crate::stages::flat;

/// Phrases for each bucket. A suppressed signal is looked for first: it is the rarer and the more telling statement.
const PHRASES: &[(&str, &str)] = &[
    (
        "flaky-or-suppressed",
        "(test*|check*|alert*|alarm*|monitor*|warning*|job) (was|were|is|had been|has been) (muted|silenced|snoozed|disabled|skipped|ignored|quarantined|suppressed|commented out|switched off|turned off)",
    ),
    (
        "flaky-or-suppressed",
        "(muted|silenced|snoozed|disabled|skipped|ignored|quarantined|suppressed) (the|that|this|a|an|our)? (test*|check*|alert*|alarm*|warning*)",
    ),
    ("flaky-or-suppressed", "(marked|known|treated|dismissed|labelled|labeled|written off) as (flaky|noise|noisy|a flake)"),
    ("flaky-or-suppressed", "(flaky|noisy) (test*|suite|check*|alert*)"),
    ("flaky-or-suppressed", "(retried|rerun|re ran|retries) .. until (it)? (passed|green|it was green)"),
    ("flaky-or-suppressed", "(passed|green) (on|after) (the)? (retry|rerun|second run|second attempt)"),
    ("flaky-or-suppressed", "(alert*|alarm*|warning*|page) .. (nobody|no one) (looked|read|reacted|noticed)"),
    ("environment-mismatch", "(only|just) (happens|happened|occurs|occurred|fails|failed|seen|visible|reproducible)? (in|on) (production|prod|live)"),
    ("environment-mismatch", "(works|worked|passes|passed|fine|green) (in|on) (staging|stage|test|uat|dev|ci|local*|my machine|pre production)"),
    (
        "environment-mismatch",
        "(not|never|cannot be|could not be|could not|cannot|unable to) (reproduce|reproduced|reproducible|visible|seen|show) (in|on) (staging|stage|test|uat|dev|ci|local*)",
    ),
    (
        "environment-mismatch",
        "(staging|test|uat|ci|pre production) (has|had|uses|used|runs|ran|is on|was on|kept) (a|an|the|only|no)? (different|other|older|newer|smaller|fewer|one|single|less|no)",
    ),
    ("environment-mismatch", "(differs|differed|different|differ) (from|between|in) (production|prod|staging|environments|stages)"),
    (
        "environment-mismatch",
        "(config*|configuration|setting*|flag|version*|data) .. (differs|differed|different|drift*) .. (production|prod|staging|environment*)",
    ),
    ("environment-mismatch", "(production|prod) (has|had|runs|ran|uses|used) .. (staging|test) (does|did) not"),
    (
        "coverage-gap",
        "(no|without|missing|lacked|lacks|lack of|absence of) (a|an|any|such|automated|regression|unit|integration|contract|end to end|e2e|load|explicit)? (test|tests|test case|test cases|test coverage|coverage|check|assertion)",
    ),
    ("coverage-gap", "(not|never|nowhere|wasnt|isnt|hardly) (covered|tested|exercised|checked|asserted|tried)"),
    ("coverage-gap", "(test*|suite|checks|pipeline) (do|did|does|only) (not)? (cover|exercise|check|assert|covered|checked|include)"),
    ("coverage-gap", "(nobody|no one|none of us|nothing) (tested|tests|checked|checks|covered|covers|exercised|tried)"),
    ("coverage-gap", "(untested|uncovered) (path|case|branch|code|combination|input|edge case|behaviour)?"),
];

/// Labels and fields' words by which a source marks a test that is not listened to.
const SUPPRESSED_WORDS: &[&str] = &["flaky", "muted", "quarantined", "skipped", "disabled", "passed on retry", "ignored", "known issue"];

/// The phrases, compiled.
#[derive(Clone, Debug)]
pub struct Buckets {
    phrases: NamedPhrases,
}

impl Buckets {
    /// Compiles the list. Errors: a built-in phrase that does not compile.
    pub fn new() -> Result<Self, PhraseError> {
        Ok(Self { phrases: NamedPhrases::new(PHRASES)? })
    }

    /// The bucket of a record with the rule and the words that speak. Two buckets with equally many phrases: the first of the table.
    pub fn judge(&self, record: &Record) -> Option<(Bucket, &'static str, Vec<Quote>)> {
        if record.kind == Kind::TestFailure && record.labels.iter().any(|l| SUPPRESSED_WORDS.contains(&flat(l).as_str())) {
            return Some((Bucket::FlakyOrSuppressed, "test-was-muted-or-repeated", Vec::new()));
        }
        let hits = self.phrases.find(record);
        let order = [Bucket::FlakyOrSuppressed, Bucket::EnvironmentMismatch, Bucket::CoverageGap];
        let bucket = order.into_iter().find(|b| hits.iter().any(|h| h.id == b.name()))?;
        let quotes = hits.into_iter().filter(|h| h.id == bucket.name()).map(|h| h.quote).take(2).collect();
        Some((bucket, "words-say-why-it-escaped", quotes))
    }
}

/// Most links of a chain of whys: longer lists are no chains but questions and answers.
const LONGEST_CHAIN: usize = 9;

/// The chain of whys of a record: two or more lines of one section that begin with `why`, bare or numbered, in order.
pub fn whys(record: &Record) -> Vec<Quote> {
    let chains = record.sections.iter().map(|section| chain(record, section));
    chains.filter(|c| (2..=LONGEST_CHAIN).contains(&c.len())).max_by_key(Vec::len).unwrap_or_default()
}

fn chain(record: &Record, section: &Section) -> Vec<Quote> {
    let mut out = Vec::new();
    let mut start = 0;
    for line in section.text.split('\n') {
        let end = start + line.len();
        if begins_with_why(line) {
            out.push(Quote {
                cite: Citation::of_bytes(&record.key, section, start, end),
                start: start as u32,
                end: end as u32,
                text: line.to_owned(),
            });
        }
        start = end + 1;
    }
    out
}

fn begins_with_why(line: &str) -> bool {
    let bare = line.trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    bare.strip_prefix("why").is_some_and(|rest| !rest.starts_with(char::is_alphabetic) && !rest.trim().is_empty())
}
