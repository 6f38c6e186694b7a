//! The whole way, as a table of contents: records, fold, view, classes, price, rank, findings. Values in, values out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use rayon::prelude::*;
use refrain_classes::summary::{Summary, changes};
use refrain_classes::{ClassModel, Defect, Lexicon};
use refrain_link::fold::{Folded, fold};
use refrain_record::findings::{Findings, Group, Scope};
use refrain_record::{Decided, Decision, DecisionLog, Key, Moment, Record, records_hash};
use refrain_store::{Access, Store};
use serde::{Deserialize, Serialize};

use crate::analyse::analyse;
use crate::failure::{Failure, FailureKind, Or};
use crate::session::Session;

/// Days by which a date may lie after the newest plausible one before it is set aside.
const FUTURE_DAYS: i64 = 366;

/// Form of a model file.
const MODEL_SCHEMA: &str = "refrain-model/1";

/// The model file: what is estimated from the whole corpus, immutable once written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFile {
    /// `refrain-model/1`.
    pub schema: String,
    /// Hash over the records it was fitted on.
    pub fitted_on: String,
    /// How many there were.
    pub records: u64,
    /// The mechanism view and the classes.
    pub classes: ClassModel,
}

/// Everything one run has in hand.
pub struct Mined {
    /// What was found.
    pub findings: Findings,
    /// The records it was found in.
    pub records: Vec<Record>,
    /// The model used.
    pub model: ModelFile,
}

/// The records of a store, one a key, by key, with teams, stages and buckets filled by the rules of the configuration.
pub fn records(session: &Session, store: &Store) -> Result<Vec<Record>, Failure> {
    let stored = store.records().or_fail(FailureKind::Store, "records")?;
    let rules = &session.loaded.config.rules;
    let mut records = stored.records;
    records.par_iter_mut().for_each(|r| rules.apply(r));
    Ok(records)
}

/// The moment taken as now: what was asked for, else the newest time in the data once implausible future ones are set aside.
///
/// Rule: times are sorted; a time more than [`FUTURE_DAYS`] days after the one before it, among the last hundredth, is implausible, and so is all that follows.
pub fn as_of(records: &[Record], asked: Option<Moment>) -> (Moment, Vec<Key>) {
    let mut times: Vec<(Moment, &Key)> = records
        .iter()
        .flat_map(|r| [r.created.value(), r.detected.value(), r.resolved.value()].into_iter().flatten().map(|m| (*m, &r.key)))
        .collect();
    times.sort();
    let tail = times.len() - times.len().div_ceil(100);
    let jump = (tail.max(1)..times.len()).find(|i| times[*i].0.day_number() - times[*i - 1].0.day_number() > FUTURE_DAYS);
    let newest = times[..jump.unwrap_or(times.len())].last().map_or(Moment::at(0), |t| t.0);
    let now = asked.unwrap_or(newest);
    let future: BTreeSet<Key> = times.iter().filter(|(m, _)| m.day_number() > now.day_number()).map(|(_, k)| (*k).clone()).collect();
    (now, future.into_iter().collect())
}

/// Folds the records that describe a defect. Errors: contradicting decisions.
pub fn fold_defects(session: &Session, records: &[Record], decisions: &[&Decision]) -> Result<Folded, Failure> {
    let rules = &session.loaded.config.traces;
    let signatures: Vec<Option<String>> = records.par_iter().map(|r| refrain_link::signature::signature(r, rules)).collect();
    let folded = fold(records, &signatures, decisions, &session.loaded.config.duplicates);
    match folded.contradictions.first() {
        Some((a, b, because)) => {
            Err(Failure::new(FailureKind::Decisions, format!("{a} and {b} are joined by {because} and kept apart by another decision"))
                .advise("`refrain decisions list` shows both; undo the wrong one"))
        }
        None => Ok(folded),
    }
}

/// One defect a folded group, one a record in no group, by key. `records` are those that describe a defect.
pub fn defects<'a>(records: &'a [Record], groups: &[Group]) -> Vec<Defect<'a>> {
    let place = |key: &Key| records.binary_search_by(|r| r.key.cmp(key)).ok().map(|at| &records[at]);
    let folded = || groups.iter().filter(|g| g.folded);
    let others: BTreeSet<&Key> = folded().flat_map(|g| g.members.iter().filter(|m| **m != g.id)).collect();
    let of: BTreeMap<&Key, &Group> = folded().map(|g| (&g.id, g)).collect();
    let with = |r: &'a Record| Defect {
        record: r,
        duplicates: of.get(&r.key).into_iter().flat_map(|g| g.members.iter().filter(|m| **m != r.key).filter_map(place)).collect(),
    };
    records.iter().filter(|r| !others.contains(&r.key)).map(with).collect()
}

/// Whether a record describes a defect that counts.
pub fn counts(record: &Record) -> bool {
    record.kind.is_defect() && !record.withdrawn
}

/// Compiles the mechanism lexicon.
pub fn lexicon(session: &Session) -> Result<Lexicon, Failure> {
    Lexicon::new(&session.tables.mechanisms).or_fail(FailureKind::Config, "mechanisms")
}

/// Fits a model on defects.
pub fn fit(
    session: &Session,
    records: &[Record],
    defects: &[Defect<'_>],
    decisions: &[&Decision],
    before: Option<&ModelFile>,
) -> Result<ModelFile, Failure> {
    let lexicon = lexicon(session)?;
    let classes = refrain_classes::fit(defects, &lexicon, decisions, before.map(|m| &m.classes), &session.loaded.config.classes);
    Ok(ModelFile { schema: MODEL_SCHEMA.into(), fitted_on: records_hash(records), records: records.len() as u64, classes })
}

/// The records that describe a defect and stand.
pub fn counted(records: &[Record]) -> Vec<Record> {
    records.iter().filter(|r| counts(r)).cloned().collect()
}

/// The scope of a run.
pub fn scope(records: &[Record], defects: &[Defect<'_>], future: Vec<Key>) -> Scope {
    let standing: Vec<&Record> = records.iter().filter(|r| !r.withdrawn).collect();
    let mut teams: BTreeMap<String, u64> = BTreeMap::new();
    defects.iter().filter_map(Defect::team).for_each(|t| *teams.entry(t.to_owned()).or_default() += 1);
    let mut sources: BTreeMap<String, u64> = BTreeMap::new();
    standing.iter().for_each(|r| *sources.entry(r.key.system().to_string()).or_default() += 1);
    let times: Vec<Moment> = defects.iter().filter(|d| !future.contains(d.key())).filter_map(Defect::at).collect();
    let defect_records = records.iter().filter(|r| counts(r)).count() as u64;
    Scope {
        records: standing.len() as u64,
        defect_records,
        defects: defects.len() as u64,
        folded: defect_records - defects.len() as u64,
        not_defects: standing.iter().filter(|r| !r.kind.is_defect()).count() as u64,
        withdrawn: (records.len() - standing.len()) as u64,
        teams,
        team_unknown: defects.iter().filter(|d| d.team().is_none()).count() as u64,
        sources,
        period: times.iter().min().copied().zip(times.iter().max().copied()),
        future,
        coverage: coverage(records),
        ..Scope::default()
    }
}

/// Field and whether a record states, derives or assumes it.
type Covered = (&'static str, fn(&Record) -> bool);

/// Fields whose coverage is shown.
const COVERED: &[Covered] = &[
    ("team", |r| !r.team.is_absent()),
    ("service", |r| !r.service.is_absent()),
    ("severity", |r| !r.severity.is_absent()),
    ("detected", |r| !r.detected.is_absent()),
    ("introduced", |r| !r.introduced.is_absent()),
    ("resolved", |r| !r.resolved.is_absent()),
    ("actual-stage", |r| !r.actual_stage.is_absent()),
    ("ideal-stage", |r| !r.ideal_stage.is_absent()),
    ("bucket", |r| !r.bucket.is_absent()),
    ("cause", |r| r.of_role(refrain_record::Role::Cause).next().is_some()),
    ("cost", |r| !r.costs.is_empty()),
];

fn coverage(records: &[Record]) -> BTreeMap<String, f64> {
    let all: Vec<&Record> = records.iter().filter(|r| counts(r)).collect();
    let share = |has: &fn(&Record) -> bool| refrain_record::findings::tidy(all.iter().filter(|r| has(r)).count() as f64 / all.len().max(1) as f64);
    COVERED.iter().map(|(name, has)| ((*name).to_owned(), share(has))).collect()
}

/// Keys that a decision names, whatever it decides: for notes on decisions without present effect.
pub fn keys_of(what: &Decided) -> Vec<Key> {
    refrain_store::named(what)
}

/// Name of the file that keeps the last findings, and of the one that says what they were made from.
const KEPT: (&str, &str) = ("findings.json", "findings.made-from");

/// What findings are made from: equal text, equal findings.
fn made_from(session: &Session, records: &[Record], model: &ModelFile, log: &DecisionLog) -> Result<String, Failure> {
    let config = toml::to_string(&session.loaded.config).or_fail(FailureKind::Internal, "configuration")?;
    let last = log.decisions.last().map_or("", |d| d.hash.as_str());
    let tables = format!("{:?}", session.tables);
    let parts = [env!("CARGO_PKG_VERSION"), &records_hash(records), &model.hash()?, last, &config, &tables, &format!("{:?}", session.global.as_of)];
    Ok(refrain_record::unite::digest(parts.join("\u{1f}").as_bytes()))
}

/// The findings of the store as it stands: those kept from the last run where nothing has changed, else made anew.
pub fn current(session: &Session) -> anyhow::Result<Mined> {
    let store = session.store(Access::Read)?;
    let records = records(session, &store)?;
    let log = session.decisions(&store)?;
    let Some((_, bytes)) = store.model().or_fail(FailureKind::Store, "model")? else {
        let model = first_model(session, &records, &log)?;
        return Ok(analyse(session, records, &model, &log)?);
    };
    let model = parse_model(&bytes)?;
    let wanted = made_from(session, &records, &model, &log)?;
    let kept = std::fs::read_to_string(store.folder().join(KEPT.1)).is_ok_and(|text| text == wanted);
    if kept {
        let text = std::fs::read(store.folder().join(KEPT.0)).ok();
        if let Some(findings) = text.and_then(|t| serde_json::from_slice(&t).ok()) {
            return Ok(Mined { findings, records, model });
        }
    }
    Ok(analyse(session, records, &model, &log)?)
}

/// Keeps findings for later commands. They are derived: losing them costs time, nothing else.
pub fn keep(session: &Session, store: &Store, mined: &Mined) -> anyhow::Result<()> {
    let log = session.decisions(store)?;
    let text = serde_json::to_vec(&mined.findings)?;
    let made = made_from(session, &mined.records, &mined.model, &log)?;
    for (name, bytes) in [(KEPT.1, Vec::new()), (KEPT.0, text), (KEPT.1, made.into_bytes())] {
        write_private(&store.folder().join(name), &bytes).or_fail(FailureKind::Store, "findings")?;
    }
    Ok(())
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

/// The first model of a store.
pub fn first_model(session: &Session, records: &[Record], log: &DecisionLog) -> Result<ModelFile, Failure> {
    let decisions = log.in_force();
    let counted = counted(records);
    let folded = fold_defects(session, &counted, &decisions)?;
    fit(session, records, &defects(&counted, &folded.groups), &decisions, None)
}

/// Reads a model file. Errors: it is none, or of another version.
pub fn parse_model(bytes: &[u8]) -> Result<ModelFile, Failure> {
    let model: ModelFile =
        serde_json::from_slice(bytes).or_fail(FailureKind::Input, "model file").map_err(|f| f.advise("`refrain model export FILE` writes one"))?;
    if model.schema == MODEL_SCHEMA {
        Ok(model)
    } else {
        Err(Failure::new(FailureKind::Input, format!("model file: found `{}`, expected `{MODEL_SCHEMA}`", model.schema)))
    }
}

/// The bytes of a model file.
pub fn write_model(model: &ModelFile) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(model).or_fail(FailureKind::Internal, "model file")
}

impl ModelFile {
    /// Hash of its bytes.
    pub fn hash(&self) -> Result<String, Failure> {
        Ok(refrain_record::unite::digest(&write_model(self)?))
    }
}

/// Findings with what changed since the last run that looked at something else. Kept out of `findings.json`, which depends on the
/// present state alone.
pub fn with_changes(store: &Store, findings: Findings) -> Result<Findings, Failure> {
    let summaries = store.summaries().or_fail(FailureKind::Store, "summaries")?;
    let now = Summary::of(&findings);
    let before = summaries.iter().rev().filter_map(|s| serde_json::from_str::<Summary>(&s.json).ok()).find(|s| *s != now);
    let changes = before.map(|b| changes(&b, &findings, |_| None));
    Ok(Findings { changes, ..findings })
}

/// Remembers this run for the next brief's "what changed".
pub fn remember(store: &mut Store, findings: &Findings, at: Moment) -> Result<(), Failure> {
    store.put_summary(at, &Summary::of(findings)).or_fail(FailureKind::Store, "summary")
}
