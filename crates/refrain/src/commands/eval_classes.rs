//! Classes against gold classes: a model of its own, fitted on what it is given; the trivial partitions beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use refrain_classes::{Defect, Lexicon};
use refrain_maths::agreement::{adjusted_mutual_information, adjusted_rand_index, b_cubed, pairs_between};
use refrain_record::{Mechanism, Record, Role};
use refrain_store::Access;
use regex::Regex;

use crate::cli::{Abstain, EvalClasses, EvalFields};
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::Session;

/// One row of gold.
struct Gold {
    key: String,
    team: String,
    class: String,
}

/// `eval classes`
pub fn classes(session: &Session, options: &EvalClasses) -> Done {
    let store = session.store(Access::Read)?;
    let records = pipeline::records(session, &store)?;
    let gold = gold(options)?;
    let places = matched(&gold, &records);
    let wanted: BTreeSet<usize> = places.iter().flatten().copied().collect();
    let mask = options.mask_phrases.as_deref().map(phrases).transpose()?;
    let kept = |n: &usize| !options.only_gold || wanted.contains(n);
    let shown: Vec<Record> = (0..records.len()).filter(kept).filter(|n| pipeline::counts(&records[*n])).map(|n| records[n].clone()).collect();
    let shown: Vec<Record> = shown.into_par_iter().map(|r| stripped(r, options, mask.as_ref())).collect();
    let defects: Vec<Defect<'_>> = shown.iter().map(Defect::single).collect();
    let rows = share(&session.tables.mechanisms, options.lexicon_share, options.draw);
    let lexicon = Lexicon::new(&rows).or_fail(FailureKind::Config, "mechanisms")?;
    let mut settings = session.loaded.config.classes;
    if options.abstain == Abstain::Forced {
        settings.abstain = refrain_classes::Abstain::Forced;
    }
    session.progress.step(&format!("fitting on {} records with {} mechanisms", defects.len(), rows.len()));
    let model = refrain_classes::fit(&defects, &lexicon, &[], None, &settings);
    let placement = refrain_classes::place(&model, &defects, &lexicon, &[]);
    let mut class_of: BTreeMap<String, String> = BTreeMap::new();
    for class in &placement.classes {
        class.members.iter().for_each(|m| drop(class_of.insert(m.key.to_string(), class.id.clone())));
    }
    if let Some(file) = &options.assign {
        assign(&shown, &class_of, file)?;
    }
    let found: Vec<Option<String>> = places.iter().map(|p| p.and_then(|n| class_of.get(&records[n].key.to_string()).cloned())).collect();
    let missing = places.iter().filter(|p| p.is_none()).count();
    output::result(&print(&gold, &found, missing, session));
    Ok(Outcome::Fine)
}

fn gold(options: &EvalClasses) -> anyhow::Result<Vec<Gold>> {
    let text = std::fs::read_to_string(&options.gold).or_fail(FailureKind::Input, options.gold.display())?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads = reader.headers()?.clone();
    let at = |name: &str| {
        heads
            .iter()
            .position(|h| h == name)
            .ok_or_else(|| Failure::new(FailureKind::Input, format!("{}:1: found no column `{name}`", options.gold.display())))
    };
    let (key, corpus, team, class) = (at("record_key")?, at("corpus")?, at("team")?, at("class")?);
    let (grain, withdrawn) = (at("grain").ok(), at("withdrawn").ok());
    let mut out = Vec::new();
    for row in reader.records() {
        let row = row?;
        let cell = |n: usize| row.get(n).unwrap_or("").to_owned();
        let good = grain.is_none_or(|g| cell(g) == "specific") && withdrawn.is_none_or(|w| cell(w) != "yes");
        let asked = (options.corpus.is_empty() || options.corpus.contains(&cell(corpus))) && !options.exclude_class.contains(&cell(class));
        if good && asked {
            out.push(Gold { key: cell(key), team: format!("{}/{}", cell(corpus), cell(team)), class: cell(class) });
        }
    }
    Ok(out)
}

/// Place of each gold record: same key in any case, else the only record of that id, else the one whose system begins alike.
fn matched(gold: &[Gold], records: &[Record]) -> Vec<Option<usize>> {
    let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    records.iter().enumerate().for_each(|(n, r)| by_id.entry(r.key.id().to_lowercase()).or_default().push(n));
    let find = |g: &Gold| {
        let (system, id) = g.key.split_once(':').unwrap_or(("", &g.key));
        let hits = by_id.get(&id.to_lowercase())?;
        let named = |n: &&usize| {
            let own = records[**n].key.system().as_str().to_lowercase();
            own == system || own.starts_with(system.get(..3).unwrap_or(system)) || system.starts_with(&own)
        };
        if hits.len() == 1 { hits.first().copied() } else { hits.iter().find(named).copied() }
    };
    gold.iter().map(find).collect()
}

/// Phrases to take out of the text, one automaton over all.
fn phrases(file: &Path) -> anyhow::Result<Regex> {
    let text = std::fs::read_to_string(file).or_fail(FailureKind::Input, file.display())?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Result<Vec<String>, csv::Error> = reader.records().map(|r| r.map(|r| r.get(1).unwrap_or("").to_owned())).collect();
    let all: Vec<String> = rows?.into_iter().filter(|p| !p.is_empty()).map(|p| format!("(?:{p})")).collect();
    Ok(Regex::new(&format!("(?i){}", all.join("|"))).or_fail(FailureKind::Input, file.display())?)
}

/// The record as an evaluation may see it: without the fields named, without title where only the body is asked for, without phrases.
fn stripped(mut record: Record, options: &EvalClasses, mask: Option<&Regex>) -> Record {
    record.kinds.clear();
    record.labels.clear();
    for name in &options.blind {
        record.fields.remove(name);
        record.sections.retain(|s| s.name != *name);
    }
    let body = options.fields == EvalFields::Body;
    for section in &mut record.sections {
        if body && section.role == Role::Title {
            section.text.clear();
        }
        if let Some(mask) = mask {
            section.text = mask.replace_all(&section.text, " ").into_owned();
        }
    }
    record
}

/// A share of the lexicon, drawn by a fixed rule: a hash of id and draw orders the rows, the first are kept.
fn share(rows: &[Mechanism], share: f64, draw: u64) -> Vec<Mechanism> {
    let keep = (rows.len() as f64 * share.clamp(0.0, 1.0)).round() as usize;
    let mut all: Vec<(String, &Mechanism)> = rows.iter().map(|m| (refrain_record::unite::digest(format!("{draw} {}", m.id).as_bytes()), m)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let mut out: Vec<Mechanism> = all.into_iter().take(keep).map(|(_, m)| m.clone()).collect();
    out.sort_by(|a, b| a.id.cmp(&b.id));
    out
}

fn assign(records: &[Record], class_of: &BTreeMap<String, String>, file: &Path) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_path(file).or_fail(FailureKind::Input, file.display())?;
    writer.write_record(["record_key", "class_id"])?;
    for record in records {
        let key = record.key.to_string();
        writer.write_record([key.as_str(), class_of.get(&key).map_or("", String::as_str)])?;
    }
    Ok(writer.flush()?)
}

fn codes<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    names
        .map(|n| {
            let next = numbers.len() as u32;
            *numbers.entry(n).or_insert(next)
        })
        .collect()
}

fn print(gold: &[Gold], found: &[Option<String>], missing: usize, session: &Session) -> String {
    let (classes, teams) = (codes(gold.iter().map(|g| g.class.as_str())), codes(gold.iter().map(|g| g.team.as_str())));
    let singles: Vec<String> = found.iter().enumerate().map(|(n, f)| f.clone().unwrap_or_else(|| format!("\u{0}{n}"))).collect();
    let own = codes(singles.iter().map(String::as_str));
    let kept: Vec<usize> = (0..gold.len()).filter(|n| found[*n].is_some()).collect();
    let of = |all: &[u32]| kept.iter().map(|n| all[*n]).collect::<Vec<u32>>();
    let alone: Vec<u32> = (0..gold.len() as u32).collect();
    let mut table = Table::new(&["Partition", "n", "k", "AMI", "ARI", "B3 P", "B3 R", "B3 F1", "xP", "xR", "xF1", "AMI team"]);
    row(&mut table, "unclassified as singletons", &own, &classes, &teams);
    row(&mut table, "classified only", &of(&own), &of(&classes), &of(&teams));
    row(&mut table, "one cluster", &vec![0; gold.len()], &classes, &teams);
    row(&mut table, "all singletons", &alone, &classes, &teams);
    row(&mut table, "cluster = team", &teams, &classes, &teams);
    let abstained = (gold.len() - kept.len()) as f64 / gold.len().max(1) as f64;
    let head = format!("{} gold records, {missing} not in the store, {abstained:.3} abstained\n", gold.len());
    if session.format() == crate::cli::Format::Text { head + &table.print(session.format()) } else { table.print(session.format()) }
}

fn row(table: &mut Table, name: &str, found: &[u32], gold: &[u32], teams: &[u32]) {
    let (b3, x) = (b_cubed(found, gold), pairs_between(found, gold, teams));
    let k = found.iter().collect::<BTreeSet<_>>().len();
    let three = |v: f64| format!("{v:.3}");
    let cells = [
        three(adjusted_mutual_information(found, gold)),
        three(adjusted_rand_index(found, gold)),
        three(b3.precision),
        three(b3.recall),
        three(b3.f1()),
        three(x.precision),
        three(x.recall),
        three(x.f1()),
        three(adjusted_mutual_information(found, teams)),
    ];
    let head = [name.to_owned(), found.len().to_string(), k.to_string()];
    table.rows.push(head.into_iter().chain(cells).collect());
}
