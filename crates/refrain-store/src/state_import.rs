//! Reading the ground state back: into an empty store the same state, into another one the union of the facts.
//!
//! Nothing that is there is lost by it, and reading the same folder twice changes nothing. Where both sides say something else about
//! the same file and key, the side whose import is newer counts and the other becomes an earlier revision.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::path::Path;

use refrain_record::unite::digest;
use refrain_record::{Decided, Decision, Key, Moment, Record, canonical_json};
use rusqlite::params;
use serde::de::DeserializeOwned;

use crate::decisions::{FIRST, decision_hash};
use crate::error::{At, Result, StoreError};
use crate::forget::Tombstone;
use crate::import::{NewPart, PartRow, part_rows};
use crate::models::ModelInForce;
use crate::state_export::{NoteLine, RevisionLine, RunLine, STATE_SCHEMA, StateHead, run_names};
use crate::store::Store;

/// What reading a state added. All zero where the store knew everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateReport {
    /// Imports.
    pub runs: u64,
    /// Parts of records, in force or ended.
    pub parts: u64,
    /// Records that are forgotten now.
    pub tombstones: u64,
    /// Decisions.
    pub decisions: u64,
    /// Events of lineage.
    pub lineage: u64,
    /// Summaries of runs.
    pub summaries: u64,
    /// Entries of the log of models.
    pub models: u64,
}

impl StateReport {
    /// Facts of all kinds together.
    pub fn total(&self) -> u64 {
        self.runs + self.parts + self.tombstones + self.decisions + self.lineage + self.summaries + self.models
    }
}

impl fmt::Display for StateReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.total().fmt(f)
    }
}

/// A line of a file with its number from 1.
type Numbered<T> = (usize, T);

impl Store {
    /// Reads what [`Store::export_state`] wrote; files that are missing say nothing. All of it is taken in, or nothing.
    pub fn import_state(&mut self, dir: &Path) -> Result<StateReport> {
        let head = read_head(dir)?;
        let report = self.atomically(|| {
            let runs = self.import_runs(read_lines(dir, "runs.jsonl")?)?;
            let mut report = StateReport { runs: runs.added, ..StateReport::default() };
            report.tombstones = self.import_tombstones(read_lines(dir, "tombstones.jsonl")?)?;
            report.parts = self.import_parts(dir, &runs)?;
            report.decisions = self.import_decisions(dir)?;
            report.lineage = self.import_lineage(read_lines(dir, "lineage.jsonl")?)?;
            report.summaries = self.import_summaries(dir)?;
            report.models = self.import_models(dir, &head)?;
            Ok(report)
        })?;
        if report.tombstones > 0 {
            self.drop_index()?;
            self.overwrite_old_pages()?;
        }
        Ok(report)
    }

    fn import_runs(&self, mut lines: Vec<Numbered<RunLine>>) -> Result<Runs> {
        let known = self.runs()?;
        let mut numbers: BTreeMap<String, i64> = run_names(&known).into_iter().map(|(number, name)| (name, number)).collect();
        let mut added = 0;
        lines.sort_by(|(_, a), (_, b)| (a.run.number, a.run.at, &a.name).cmp(&(b.run.number, b.run.at, &b.name)));
        for (_, line) in lines {
            if numbers.contains_key(&line.name) {
                continue;
            }
            let number = self.begin_run(line.run.at, &line.run.command)?;
            self.db.execute("UPDATE runs SET state = ?2 WHERE number = ?1", params![number, line.run.state.name()]).at(&self.dir)?;
            for (place, file) in line.run.files.iter().enumerate() {
                let sql = "INSERT INTO run_files (run, place, path, raw, kept, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                let values = params![number, place as i64 + 1, file.path, file.raw, file.kept, file.report.to_string()];
                self.db.execute(sql, values).at(&self.dir)?;
            }
            numbers.insert(line.name, number);
            added += 1;
        }
        let at: BTreeMap<i64, Moment> = self.runs()?.into_iter().map(|run| (run.number, run.at)).collect();
        let times = numbers.iter().filter_map(|(name, number)| Some((*number, (*at.get(number)?, name.clone())))).collect();
        Ok(Runs { numbers, times, added })
    }

    fn import_tombstones(&self, lines: Vec<Numbered<Tombstone>>) -> Result<u64> {
        let mut added = 0;
        for (_, stone) in lines {
            if self.tombstone(&stone.key)?.is_some() {
                continue;
            }
            self.write_tombstone(&stone)?;
            self.db.execute("UPDATE parts SET json = '', hash = '' WHERE key = ?1", [stone.key.to_string()]).at(&self.dir)?;
            added += 1;
        }
        if added > 0 {
            self.set_meta("scrub-due", "1")?;
        }
        Ok(added)
    }

    fn import_parts(&self, dir: &Path, runs: &Runs) -> Result<u64> {
        let texts = read_records(dir)?;
        let mut groups: BTreeMap<(Key, String), Vec<Numbered<RevisionLine>>> = BTreeMap::new();
        for (number, line) in read_lines::<RevisionLine>(dir, "revisions.jsonl")? {
            groups.entry((line.key.clone(), line.path.clone())).or_default().push((number, line));
        }
        let mut added = 0;
        for ((key, path), mut lines) in groups {
            lines.sort_by(|(_, a), (_, b)| (a.revision, &a.run, &a.hash).cmp(&(b.revision, &b.run, &b.hash)));
            let group = Group { store: self, dir, runs, texts: &texts, key: key.to_string(), path };
            added += group.take_in(lines)?;
        }
        Ok(added)
    }

    fn import_lineage(&self, lines: Vec<Numbered<NoteLine>>) -> Result<u64> {
        let mut known = counted(self.lineage_lines()?);
        let events = in_order(lines).map(|line| line.note.to_string());
        let unknown: Vec<String> = events.filter(|event| !take_one(&mut known, event)).collect();
        unknown.iter().try_for_each(|event| self.push_lineage(event))?;
        Ok(unknown.len() as u64)
    }

    fn import_summaries(&self, dir: &Path) -> Result<u64> {
        let mut known = counted(self.summaries()?.into_iter().map(|s| (s.at, s.json)).collect());
        let mut added = 0;
        for line in in_order(read_lines::<NoteLine>(dir, "summaries.jsonl")?) {
            let Some(at) = line.at else { return Err(wrong(dir, "summaries.jsonl", 0, "a summary without `at`", "the moment it stands for")) };
            let json = line.note.to_string();
            if !take_one(&mut known, &(at, json.clone())) {
                self.push_summary(at, &json)?;
                added += 1;
            }
        }
        Ok(added)
    }

    fn import_models(&self, dir: &Path, head: &StateHead) -> Result<u64> {
        let known = self.model_log()?;
        let mut log: Vec<ModelInForce> = in_order_of(read_lines(dir, "models.jsonl")?, |m: &ModelInForce| m.number).collect();
        let mut kept: BTreeSet<String> = self.models()?.into_iter().collect();
        for hash in model_files(dir)? {
            let bytes = std::fs::read(dir.join("models").join(&hash)).at(dir)?;
            if self.keep_model(&bytes)? != hash {
                return Err(wrong(dir, &format!("models/{hash}"), 0, "bytes with another hash", "the model file as it was exported"));
            }
            kept.insert(hash);
        }
        if let Some(lost) = log.iter().find(|m| !kept.contains(&m.hash)) {
            return Err(wrong(dir, "models.jsonl", 0, &format!("model {}", lost.hash), "a file of that name in models/"));
        }
        let said: BTreeSet<_> = known.iter().map(|m| (m.hash.clone(), m.at, m.why.clone())).collect();
        log.retain(|m| !said.contains(&(m.hash.clone(), m.at, m.why.clone())));
        let added = log.len() as u64;
        if added > 0 {
            self.rewrite_model_log(known.is_empty(), known, log)?;
        }
        if self.pinned_model()?.is_none()
            && let Some(pin) = &head.model_pinned
            && self.model()?.is_some_and(|(force, _)| force == *pin)
        {
            self.set_meta("model-pin", pin)?;
        }
        if added > 0
            && self.refit_due()?.is_none()
            && let Some(why) = &head.refit_due
        {
            self.set_meta("refit-due", why)?;
        }
        Ok(added)
    }

    /// Two logs become one in the order of time, so that the newest model is in force whichever side it came from.
    fn rewrite_model_log(&self, alone: bool, known: Vec<ModelInForce>, more: Vec<ModelInForce>) -> Result<()> {
        let mut log: Vec<ModelInForce> = known.into_iter().chain(more).collect();
        if !alone {
            log.sort_by(|a, b| (a.at.seconds, a.at, &a.hash, &a.why).cmp(&(b.at.seconds, b.at, &b.hash, &b.why)));
        }
        self.db.execute("DELETE FROM model_log", []).at(&self.dir)?;
        for (number, m) in (1i64..).zip(log) {
            let sql = "INSERT INTO model_log (number, hash, at, why) VALUES (?1, ?2, ?3, ?4)";
            self.db.execute(sql, params![number, m.hash, m.at.to_string(), m.why]).at(&self.dir)?;
        }
        Ok(())
    }

    /// Appends the decisions that are not known yet. A log that continues ours keeps its numbers and hashes; a log that went another
    /// way since some decision is appended behind ours, chained anew, with what it undoes followed to its new number.
    fn import_decisions(&self, dir: &Path) -> Result<u64> {
        let foreign = Foreign::read(dir)?;
        let mut ours: BTreeMap<u64, String> = BTreeMap::new();
        for decision in &self.decisions()?.decisions {
            ours.insert(decision.number, said_by(decision, &|n| ours.get(&n).cloned()));
        }
        // Decisions may say the same: each of theirs meets one of ours, in order.
        let mut known: BTreeMap<String, VecDeque<u64>> = BTreeMap::new();
        ours.into_iter().for_each(|(number, said)| known.entry(said).or_default().push_back(number));
        let mut number_of: BTreeMap<String, u64> = BTreeMap::new();
        let mut added = 0;
        for decision in foreign.in_line() {
            let said = foreign.said(decision);
            if let Some(number) = known.get_mut(&said).and_then(VecDeque::pop_front) {
                number_of.insert(decision.hash.clone(), number);
                continue;
            }
            let mut what = decision.what.clone();
            if let Decided::Undo { number } = &mut what {
                *number = foreign.ancestor(decision, *number).and_then(|d| number_of.get(&d.hash)).copied().unwrap_or(0);
            }
            let entered = self.push_decision(what, &decision.author, &decision.why, decision.at, decision.seen.clone())?;
            number_of.insert(decision.hash.clone(), entered.number);
            added += 1;
        }
        Ok(added)
    }
}

/// Runs of both sides.
struct Runs {
    /// Our number of each, by name.
    numbers: BTreeMap<String, i64>,
    /// Time and name of each, by our number: which of two is newer, on whatever side it is asked.
    times: BTreeMap<i64, (Moment, String)>,
    /// How many were not known.
    added: u64,
}

/// Revisions of one key and path as they are taken in.
struct Group<'g> {
    store: &'g Store,
    dir: &'g Path,
    runs: &'g Runs,
    texts: &'g BTreeMap<(String, String, String), String>,
    key: String,
    path: String,
}

impl Group<'_> {
    fn take_in(&self, lines: Vec<Numbered<RevisionLine>>) -> Result<u64> {
        let before = self.rows()?;
        let forgotten = self.store.is_forgotten(&self.key)?;
        if forgotten && !before.is_empty() {
            return Ok(0);
        }
        let mut added = 0;
        let mut theirs = BTreeSet::new();
        for (number, line) in &lines {
            let run = self.run(*number, &line.run)?;
            let known = before.iter().find(|row| row.hash == line.hash && row.format == line.format && row.run == run && !forgotten);
            match known {
                Some(row) => self.agree(*number, row, line)?,
                None => {
                    self.insert(*number, line, run, forgotten)?;
                    added += 1;
                }
            }
            if line.ended.is_none() {
                theirs.insert((line.hash.clone(), run));
            }
        }
        if added > 0 && !before.is_empty() {
            self.settle(&before, &theirs)?;
        }
        Ok(added)
    }

    fn rows(&self) -> Result<Vec<PartRow>> {
        Ok(part_rows(self.store, &self.key)?.into_iter().filter(|row| row.path == self.path).collect())
    }

    /// A part that both sides know: that it ended is a fact, that it is gone only while both say so.
    fn agree(&self, number: usize, row: &PartRow, line: &RevisionLine) -> Result<()> {
        let ended = match (&row.ended, &line.ended) {
            (None, Some(run)) => Some(self.run(number, run)?),
            (mine, _) => *mine,
        };
        let gone = if line.gone.is_some() { row.gone } else { None };
        if (ended, gone) != (row.ended, row.gone) {
            let sql = "UPDATE parts SET ended = ?2, gone = ?3 WHERE id = ?1";
            self.store.db.execute(sql, params![row.id, ended, gone]).at(&self.store.dir)?;
        }
        Ok(())
    }

    fn insert(&self, number: usize, line: &RevisionLine, run: i64, forgotten: bool) -> Result<()> {
        let ended = line.ended.as_ref().map(|run| self.run(number, run)).transpose()?;
        let gone = line.gone.as_ref().map(|run| self.run(number, run)).transpose()?;
        let json = if forgotten { String::new() } else { self.text(number, line)? };
        let hash = if forgotten { "" } else { &line.hash };
        let (key, path, format) = (self.key.as_str(), self.path.as_str(), line.format.as_str());
        self.store.insert_part(&NewPart { key, path, format, line: line.line, hash, json: &json, run, ended, gone })?;
        if forgotten {
            return self.store.add_name(line.key.id(), &self.key);
        }
        let record: Record = serde_json::from_str(&json).map_err(|e| self.wrong(number, &e.to_string(), "a record"))?;
        self.store.add_names(&record)
    }

    fn text(&self, number: usize, line: &RevisionLine) -> Result<String> {
        let text = match &line.record {
            Some(record) => Some(canonical_json(record)),
            None => self.texts.get(&(self.key.clone(), self.path.clone(), line.hash.clone())).cloned(),
        };
        let text = text.ok_or_else(|| self.wrong(number, &format!("{} with hash {}", self.key, line.hash), "its text in records.jsonl"))?;
        if digest(text.as_bytes()) != line.hash {
            return Err(self.wrong(number, &format!("a text with hash {}", digest(text.as_bytes())), &format!("one with hash {}", line.hash)));
        }
        Ok(text)
    }

    /// Both sides went on from a common state with something else: the side with the newer import counts, the other's parts end.
    fn settle(&self, before: &[PartRow], theirs: &BTreeSet<(String, i64)>) -> Result<()> {
        let ours: BTreeSet<(String, i64)> = before.iter().filter(|r| r.ended.is_none()).map(|r| (r.hash.clone(), r.run)).collect();
        let standing: Vec<PartRow> = self.rows()?.into_iter().filter(|row| row.ended.is_none()).collect();
        let only = |mine: &BTreeSet<(String, i64)>, other: &BTreeSet<(String, i64)>| {
            let alone = |row: &&PartRow| {
                let name = (row.hash.clone(), row.run);
                mine.contains(&name) && !other.contains(&name)
            };
            standing.iter().filter(alone).collect::<Vec<_>>()
        };
        let (a, b) = (only(&ours, theirs), only(theirs, &ours));
        let newest = |rows: &[&PartRow]| rows.iter().filter_map(|row| self.runs.times.get(&row.run).map(|time| (time.clone(), row.run))).max();
        let (Some(mine), Some(other)) = (newest(&a), newest(&b)) else { return Ok(()) };
        let (losers, winner) = if mine.0 > other.0 { (b, mine.1) } else { (a, other.1) };
        for row in losers {
            self.store.db.execute("UPDATE parts SET ended = ?2 WHERE id = ?1", [row.id, winner]).at(&self.store.dir)?;
        }
        Ok(())
    }

    fn run(&self, number: usize, name: &str) -> Result<i64> {
        self.runs.numbers.get(name).copied().ok_or_else(|| self.wrong(number, &format!("run `{name}`"), "a run that runs.jsonl names"))
    }

    fn wrong(&self, number: usize, found: &str, expected: &str) -> StoreError {
        wrong(self.dir, "revisions.jsonl", number, found, expected)
    }
}

/// A hash over what a decision says. What it undoes is named by what that says, since numbers of two logs clash.
fn said_by(decision: &Decision, said: &dyn Fn(u64) -> Option<String>) -> String {
    let target = if let Decided::Undo { number } = decision.what { said(number) } else { None };
    let what = if target.is_some() { None } else { Some(&decision.what) };
    let line = (decision.at, &decision.author, &decision.why, what, target, &decision.seen);
    digest(serde_json::to_string(&line).unwrap_or_default().as_bytes())
}

/// A decision log from a file, in which merging two branches of a repository may have left a fork.
struct Foreign {
    by_hash: BTreeMap<String, Decision>,
}

impl Foreign {
    fn read(dir: &Path) -> Result<Self> {
        let lines: Vec<Numbered<Decision>> = read_lines(dir, "decisions.jsonl")?;
        let mut by_hash = BTreeMap::new();
        for (number, decision) in &lines {
            let counted = decision_hash(decision);
            if counted != decision.hash {
                let found = format!("decision {} with hash {}", decision.number, decision.hash);
                return Err(wrong(dir, "decisions.jsonl", *number, &found, &format!("hash {counted}: the line was changed")));
            }
            by_hash.insert(decision.hash.clone(), decision.clone());
        }
        for (number, decision) in &lines {
            let parent = by_hash.get(&decision.before).map_or(0, |d| d.number);
            if (decision.before != FIRST && parent == 0) || parent + 1 != decision.number {
                let found = format!("decision {} behind {}", decision.number, decision.before);
                return Err(wrong(dir, "decisions.jsonl", *number, &found, "the decision before it in the same file"));
            }
        }
        Ok(Self { by_hash })
    }

    /// The longest branch first (of equals the one whose last hash is the smallest), then the others by number, time and hash.
    fn in_line(&self) -> Vec<&Decision> {
        let tip = self.by_hash.values().max_by(|a, b| a.number.cmp(&b.number).then_with(|| b.hash.cmp(&a.hash)));
        let mut line: Vec<&Decision> = std::iter::successors(tip, |d| self.by_hash.get(&d.before)).collect();
        line.reverse();
        let main: BTreeSet<&str> = line.iter().map(|d| d.hash.as_str()).collect();
        let mut rest: Vec<&Decision> = self.by_hash.values().filter(|d| !main.contains(d.hash.as_str())).collect();
        rest.sort_by(|a, b| (a.number, a.at.seconds, &a.hash).cmp(&(b.number, b.at.seconds, &b.hash)));
        line.extend(rest);
        line
    }

    /// The decision of that number on the way that leads to `decision`.
    fn ancestor(&self, decision: &Decision, number: u64) -> Option<&Decision> {
        std::iter::successors(self.by_hash.get(&decision.before), |d| self.by_hash.get(&d.before)).find(|d| d.number == number)
    }

    fn said(&self, decision: &Decision) -> String {
        said_by(decision, &|number| self.ancestor(decision, number).map(|d| self.said(d)))
    }
}

/// How often each value is there.
fn counted<T: Ord>(values: Vec<T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
    counts
}

/// Takes one of a value away; tells whether there was one.
fn take_one<T: Ord>(counts: &mut BTreeMap<T, usize>, value: &T) -> bool {
    match counts.get_mut(value) {
        Some(n) if *n > 0 => {
            *n -= 1;
            true
        }
        _ => false,
    }
}

fn in_order(lines: Vec<Numbered<NoteLine>>) -> impl Iterator<Item = NoteLine> {
    in_order_of(lines, |line| line.number)
}

/// Sorted by their number; lines of equal number (two branches) stay in the order of the file.
fn in_order_of<T>(mut lines: Vec<Numbered<T>>, number: fn(&T) -> i64) -> impl Iterator<Item = T> {
    lines.sort_by_key(|(place, line)| (number(line), *place));
    lines.into_iter().map(|(_, line)| line)
}

fn read_head(dir: &Path) -> Result<StateHead> {
    let path = dir.join("state.json");
    let text = std::fs::read_to_string(&path).at(&path)?;
    let head: StateHead =
        serde_json::from_str(&text).map_err(|e| wrong(dir, "state.json", e.line(), &e.to_string(), "the head of an exported state"))?;
    let major = |schema: &str| schema.split('.').next().map(str::to_owned);
    if major(&head.schema) != major(STATE_SCHEMA) {
        return Err(wrong(dir, "state.json", 1, &format!("schema `{}`", head.schema), &format!("`{STATE_SCHEMA}`")));
    }
    Ok(head)
}

/// Texts of `records.jsonl` by key, path and hash.
fn read_records(dir: &Path) -> Result<BTreeMap<(String, String, String), String>> {
    let lines: Vec<Numbered<Record>> = read_lines(dir, "records.jsonl")?;
    let text = |(_, record): Numbered<Record>| {
        let json = canonical_json(&record);
        ((record.key.to_string(), record.source.file, digest(json.as_bytes())), json)
    };
    Ok(lines.into_iter().map(text).collect())
}

fn read_lines<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<Vec<Numbered<T>>> {
    let path = dir.join(name);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).at(&path)?;
    let filled = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let parse = |(line, number): (&str, usize)| match serde_json::from_str(line) {
        Ok(value) => Ok((number, value)),
        Err(error) => {
            Err(wrong(dir, name, number, &error.to_string(), "one JSON value as it was exported; a line that merging left (`<<<<<<<`) must go"))
        }
    };
    filled.map(parse).collect()
}

/// Names of the files in `models/`, sorted. Others than hashes are not ours.
fn model_files(dir: &Path) -> Result<Vec<String>> {
    let folder = dir.join("models");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = std::fs::read_dir(&folder).at(&folder)?.map(|entry| Ok(entry.at(&folder)?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect::<Result<_>>()?;
    names.retain(|name| name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit()));
    names.sort();
    Ok(names)
}

fn wrong(dir: &Path, name: &str, line: usize, found: &str, expected: &str) -> StoreError {
    let place = if line == 0 { String::new() } else { format!("line {line}: ") };
    StoreError::refused(&dir.join(name), format!("{place}found {found}, expected {expected}; nothing was taken in"))
}
