//! Where was it found, and where could it have been found first?
//!
//! Decisions come first, then what the record states, then named rules over fields, labels and phrases (with the words that speak),
//! then what is typical of its mechanism. What no rule knows stays unknown.

use std::collections::BTreeMap;

use refrain_record::findings::Class;
use refrain_record::score::Quote;
use refrain_record::{Bucket, Decided, Decision, Key, Kind, Known, Mechanism, Record, StageModel};

use crate::Defect;
use crate::buckets::{Buckets, whys};
use crate::phrases::{NamedPhrases, PhraseError};

/// Stages and leak bucket of one defect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Staging {
    /// Stage where it was found, by id.
    pub actual: Known<String>,
    /// Earliest stage at which it could have been found at reasonable cost, by id.
    pub ideal: Known<String>,
    /// Why it got past its ideal stage.
    pub bucket: Known<Bucket>,
    /// Words that the rules rest on.
    pub evidence: Vec<Quote>,
    /// Its chain of whys, in order, where a record has one.
    pub whys: Vec<Quote>,
    /// Found later than its ideal stage, or in production without a known ideal stage, or called an escape by its source.
    pub escape: bool,
    /// Found in a stage of production.
    pub shipped: bool,
}

/// Fields and environment entries that name the stage where a defect was found. Compared in lower case with blanks.
const FOUND_FIELDS: &[&str] = &[
    "actual stage",
    "detected during",
    "detected in",
    "detected in stage",
    "detection phase",
    "detection stage",
    "discovered in",
    "env",
    "environment",
    "environment name",
    "found by stage",
    "found during",
    "found in",
    "found in environment",
    "found in phase",
    "found in stage",
    "phase detected",
    "phase found",
    "stage",
    "stage found",
    "test phase",
    "test stage",
    "where found",
];
/// Fields that name the stage where it should have been found.
const IDEAL_FIELDS: &[&str] =
    &["earliest stage", "escaped from", "ideal stage", "injection gate", "missed in", "should be found in", "should have been found in"];
/// Fields whose value says by whom it was noticed.
const REPORTER_FIELDS: &[&str] = &["found by", "reported by type", "reporter group", "reporter type", "source of report"];
/// What a label says before the stage.
const FOUND_LABELS: &[&str] = &["found in", "found by", "detected in", "stage", "env", "environment", "phase", "escaped to", "seen in"];
/// Labels that speak without such a word in front: others (`test`, `user`) are more often topics.
const PLAIN_LABELS: &[&str] = &[
    "canary",
    "customer facing",
    "customer report",
    "customer reported",
    "e2e",
    "live",
    "preprod",
    "prod",
    "production",
    "staging",
    "stg",
    "uat",
    "user reported",
];
/// Labels by which a source calls something an escape.
const ESCAPE_LABELS: &[&str] = &["defect escape", "escape", "escaped", "escaped bug", "escaped defect", "field escape", "leaked", "test escape"];

/// Phrases that say where it was found, with a word of the stage model.
const FOUND_PHRASES: &[(&str, &str)] = &[
    ("customer report", "customer* (reported|complained|noticed|told|wrote|called|raised)"),
    ("customer report", "(reported|raised|noticed|found) by (a|an|the|one|several|many|some|our)? (customer*|client*|merchant*|user*)"),
    ("customer report", "(user*|merchant*|client*) (reported|complained)"),
    ("customer report", "support (tickets|ticket|contacts|calls) (came|arrived|reported|about)"),
    ("production", "(alert*|monitor*|pager|dashboard) (fired|paged|went off|triggered|showed|caught)"),
    ("production", "(found|noticed|seen|discovered|detected|observed|happened|occurred|failed) (only)? (in|on) (production|prod|live)"),
    ("canary", "(found|noticed|seen|caught|discovered|detected|stopped) (in|on|by|during) (the)? canary"),
    ("staging", "(found|noticed|seen|caught|discovered|detected|reproduced first) (in|on|during) (the)? (staging|stage|uat|pre production|preprod)"),
    (
        "system test",
        "(found|noticed|caught|discovered|detected) (in|by|during) (the|an|our)? (e2e|end to end|acceptance|regression|load|system) test*",
    ),
    ("integration test", "(found|noticed|caught|discovered|detected) (in|by|during) (the|an|our)? (integration test*|nightly|ci|pipeline)"),
    ("contract test", "(found|noticed|caught|discovered|detected) (in|by|during) (the|a|our)? contract test*"),
    ("unit test", "(found|noticed|caught|discovered|detected) (in|by|during) (the|a|our)? unit test*"),
    ("code review", "(found|noticed|caught|discovered|detected) (in|by|during) (the|a|our)? (code)? review"),
    ("static analysis", "(found|caught|flagged|detected|reported) by (the|a|our)? (linter|lint|static analysis|compiler|type checker)"),
];

/// Phrases that say where it should have been found.
const IDEAL_PHRASES: &[(&str, &str)] = &[
    ("unit test", "unit test* (would|could|should|might) have"),
    ("unit test", "(no|without|missing|lacked a|lack of) unit test*"),
    ("contract test", "contract test* (would|could|should|might) have"),
    ("contract test", "(no|without|missing|lacked a|lack of) contract test*"),
    ("integration test", "integration test* (would|could|should|might) have"),
    ("integration test", "(no|without|missing|lacked an|lack of) integration test*"),
    ("system test", "(e2e|end to end|acceptance|load|performance|soak|regression) test* (would|could|should|might) have"),
    ("system test", "(no|without|missing|lack of) (e2e|end to end|acceptance|load|performance|soak) test*"),
    ("static analysis", "(linter|lint|lint rule|static analysis|compiler|type checker) (would|could|should|might) have"),
    ("code review", "(code)? review (would|could|should|might) have (caught|found|seen|noticed|stopped)"),
    ("code review", "should have been (caught|found|seen|noticed) (in|at|during|by) (the|code)? review"),
    ("staging", "should have been (caught|found|seen|noticed) (in|at|during|on) staging"),
    ("staging", "staging (would|could|should|might) have (caught|shown|found)"),
    ("canary", "canary (would|could|should|might) have"),
    ("design", "design review (would|could|should|might) have"),
];

/// Phrase lists, compiled once for a stage model.
#[derive(Clone, Debug)]
pub struct StageRules<'a> {
    stages: &'a StageModel,
    words: BTreeMap<String, &'a str>,
    found: NamedPhrases,
    ideal: NamedPhrases,
    buckets: Buckets,
}

impl<'a> StageRules<'a> {
    /// Compiles the phrase lists. Errors: a pattern of the built-in lists that does not parse.
    pub fn new(stages: &'a StageModel) -> Result<Self, PhraseError> {
        let rows = stages.stage.iter();
        let words =
            rows.flat_map(|s| s.words.iter().map(|w| (flat(w), s.id.as_str())).chain([(flat(&s.id), s.id.as_str()), (flat(&s.name), s.id.as_str())]));
        Ok(Self {
            stages,
            words: words.collect(),
            found: NamedPhrases::new(FOUND_PHRASES)?,
            ideal: NamedPhrases::new(IDEAL_PHRASES)?,
            buckets: Buckets::new()?,
        })
    }

    /// The stage that a value of a source names, whole.
    fn stage_of(&self, value: &str) -> Option<&'a str> {
        self.words.get(&flat(value)).copied()
    }

    fn in_production(&self, id: &str) -> bool {
        self.stages.get(id).is_some_and(|s| s.production)
    }
}

/// Lower case, with blanks for hyphens, underscores, slashes and colons.
pub fn flat(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A rule: its name, and what it concludes with the words behind it.
type Rule = (&'static str, fn(&StageRules<'_>, &Record) -> Option<(String, Vec<Quote>)>);

/// Rules for the stage where it was found, the strongest first.
const ACTUAL_RULES: &[Rule] = &[
    ("stage-in-field", |rules, record| by_field(rules, record, FOUND_FIELDS)),
    ("stage-in-label", by_label),
    ("reporter-in-field", |rules, record| by_field(rules, record, REPORTER_FIELDS)),
    ("words-say-where-found", |rules, record| by_phrase(rules, record, &rules.found)),
    ("incident-is-in-production", |rules, record| by_kind(rules, record, &[Kind::Incident, Kind::PostMortem])),
    ("crash-report-is-in-production", |rules, record| by_kind(rules, record, &[Kind::Crash])),
];

/// Rules for the stage where it should have been found, the strongest first. What is typical of the mechanism comes last.
const IDEAL_RULES: &[Rule] = &[
    ("ideal-stage-in-field", |rules, record| by_field(rules, record, IDEAL_FIELDS)),
    ("words-say-what-would-have-caught-it", |rules, record| by_phrase(rules, record, &rules.ideal)),
];

fn by_field(rules: &StageRules<'_>, record: &Record, names: &[&str]) -> Option<(String, Vec<Quote>)> {
    let fields = record.fields.iter().flat_map(|(name, values)| values.iter().map(move |v| (name, v)));
    let mut pairs = record.environment.iter().chain(fields);
    let stage = pairs.find_map(|(name, value)| names.contains(&flat(name).as_str()).then(|| rules.stage_of(value))?)?;
    Some((stage.to_owned(), Vec::new()))
}

fn by_label(rules: &StageRules<'_>, record: &Record) -> Option<(String, Vec<Quote>)> {
    let stage = record.labels.iter().find_map(|label| {
        let label = flat(label);
        if PLAIN_LABELS.contains(&label.as_str()) {
            return rules.stage_of(&label);
        }
        FOUND_LABELS.iter().filter_map(|before| label.strip_prefix(before)?.strip_prefix(' ')).find_map(|rest| rules.stage_of(rest))
    })?;
    Some((stage.to_owned(), Vec::new()))
}

fn by_phrase(rules: &StageRules<'_>, record: &Record, phrases: &NamedPhrases) -> Option<(String, Vec<Quote>)> {
    let hits = phrases.find(record);
    let stage = hits.iter().find_map(|hit| rules.stage_of(&hit.id))?;
    let quotes = hits.iter().filter(|hit| rules.stage_of(&hit.id) == Some(stage)).map(|hit| hit.quote.clone()).take(2).collect();
    Some((stage.to_owned(), quotes))
}

fn by_kind(rules: &StageRules<'_>, record: &Record, kinds: &[Kind]) -> Option<(String, Vec<Quote>)> {
    kinds.contains(&record.kind).then(|| rules.stage_of("production")).flatten().map(|stage| (stage.to_owned(), Vec::new()))
}

/// Stages and bucket of each defect, in their order.
///
/// `classes`: as placed; the mechanism of a defect's class supplies its typical ideal stage where nothing else is known.
/// Errors: a built-in phrase that does not compile.
pub fn judge_stages(
    defects: &[Defect<'_>],
    classes: &[Class],
    mechanisms: &[Mechanism],
    stages: &StageModel,
    decisions: &[&Decision],
) -> Result<Vec<Staging>, PhraseError> {
    let rules = StageRules::new(stages)?;
    let typical = typical_stages(classes, mechanisms);
    Ok(defects.iter().map(|defect| judge(&rules, defect, typical.get(defect.key()).copied(), decisions)).collect())
}

fn typical_stages<'a>(classes: &'a [Class], mechanisms: &'a [Mechanism]) -> BTreeMap<&'a Key, &'a str> {
    let rows: BTreeMap<&str, &str> = mechanisms.iter().map(|m| (m.id.as_str(), m.ideal_stage.as_str())).collect();
    let of = |class: &'a Class| class.mechanism.as_deref().and_then(|m| rows.get(m).copied());
    classes.iter().filter_map(|c| of(c).map(|stage| (c, stage))).flat_map(|(c, stage)| c.members.iter().map(move |m| (&m.key, stage))).collect()
}

fn judge(rules: &StageRules<'_>, defect: &Defect<'_>, typical: Option<&str>, decisions: &[&Decision]) -> Staging {
    let mut out = Staging::default();
    let said = Said::of(defect, decisions);
    out.actual = said.actual.or(known(rules, defect, |r| &r.actual_stage)).or_else(|| apply(rules, defect, ACTUAL_RULES, &mut out.evidence));
    out.ideal = said.ideal.or(known(rules, defect, |r| &r.ideal_stage)).or_else(|| apply(rules, defect, IDEAL_RULES, &mut out.evidence));
    if out.ideal.is_absent()
        && let Some(stage) = typical.filter(|s| rules.stages.index(s).is_some())
    {
        out.ideal = Known::derived(stage.to_owned(), "typical-of-mechanism");
    }
    out.bucket = said.bucket.or(bucket(rules, defect, &mut out.evidence));
    out.whys = defect.records().map(whys).find(|chain| !chain.is_empty()).unwrap_or_default();
    out.shipped = out.actual.value().is_some_and(|s| rules.in_production(s));
    out.escape = is_escape(rules, defect, &out);
    out
}

fn is_escape(rules: &StageRules<'_>, defect: &Defect<'_>, staging: &Staging) -> bool {
    let place = |stage: &Known<String>| stage.value().and_then(|s| rules.stages.index(s));
    match (place(&staging.actual), place(&staging.ideal)) {
        (Some(actual), Some(ideal)) => actual > ideal,
        (Some(_), None) if staging.shipped => true,
        _ => defect.records().flat_map(|r| &r.labels).any(|l| ESCAPE_LABELS.contains(&flat(l).as_str())),
    }
}

/// What people decided about one defect; the later decision stands.
#[derive(Default)]
struct Said {
    actual: Known<String>,
    ideal: Known<String>,
    bucket: Known<Bucket>,
}

impl Said {
    fn of(defect: &Defect<'_>, decisions: &[&Decision]) -> Self {
        let mut said = Self::default();
        for decision in decisions {
            let at = || format!("decision {}", decision.number);
            match &decision.what {
                Decided::Stage { key, actual, ideal } if defect.records().any(|r| &r.key == key) => {
                    said.actual = actual.as_ref().map(|s| Known::stated(s.clone(), at())).unwrap_or(said.actual);
                    said.ideal = ideal.as_ref().map(|s| Known::stated(s.clone(), at())).unwrap_or(said.ideal);
                }
                Decided::Bucket { key, bucket } if defect.records().any(|r| &r.key == key) => said.bucket = Known::stated(*bucket, at()),
                _ => {}
            }
        }
        said
    }
}

/// What the records themselves hold: of several the best known, then the earliest noticed. Stages that the model lacks are unknown.
fn known(rules: &StageRules<'_>, defect: &Defect<'_>, of: fn(&Record) -> &Known<String>) -> Known<String> {
    let mut all: Vec<(&Known<String>, i64, &Key)> = defect
        .records()
        .filter(|r| of(r).value().is_some_and(|s| rules.stages.index(s).is_some()))
        .map(|r| (of(r), r.when().map_or(i64::MAX, |m| m.seconds), &r.key))
        .collect();
    all.sort_by(|a, b| (a.0.origin(), a.1, a.2).cmp(&(b.0.origin(), b.1, b.2)));
    all.first().map(|(known, ..)| (*known).clone()).unwrap_or_default()
}

fn apply(rules: &StageRules<'_>, defect: &Defect<'_>, table: &[Rule], evidence: &mut Vec<Quote>) -> Known<String> {
    for (name, rule) in table {
        if let Some((stage, quotes)) = defect.records().find_map(|record| rule(rules, record)) {
            evidence.extend(quotes);
            return Known::derived(stage, *name);
        }
    }
    Known::Absent
}

fn bucket(rules: &StageRules<'_>, defect: &Defect<'_>, evidence: &mut Vec<Quote>) -> Known<Bucket> {
    let stated = defect.records().map(|r| &r.bucket).filter(|b| !b.is_absent()).min_by_key(|b| b.origin());
    if let Some(stated) = stated {
        return stated.clone();
    }
    match defect.records().find_map(|r| rules.buckets.judge(r)) {
        Some((bucket, rule, quotes)) => {
            evidence.extend(quotes);
            Known::derived(bucket, rule)
        }
        None => Known::Absent,
    }
}

/// [`Known::or`] with a value that is only computed where it is needed.
trait OrElse {
    fn or_else(self, other: impl FnOnce() -> Self) -> Self;
}

impl<T> OrElse for Known<T> {
    fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_absent() { other() } else { self }
    }
}
