//! Traces against what people checked: read as by hand, found in text, ranked with their duplicates.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use refrain_link::evaluate::{AT, DEPTH, Evaluation, Ranked, Recall, Role};
use refrain_link::trace::judge::{Checked, InText, Marked, Miss, Part, half, in_text, misses, recognised};
use refrain_link::trace::{Comparable, extract, likeness, lossless};

use crate::cli::{EvalDuplicates, Format};
use crate::commands::eval::{History, ranking};
use crate::commands::record_traces;
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::session::Session;

/// `eval traces`
pub fn traces(session: &Session, index: Option<&Path>, texts: Option<&Path>) -> Done {
    if index.is_none() && texts.is_none() {
        return Err(Failure::new(FailureKind::Usage, "nothing to measure").advise("give INDEX, --in-text FOLDER, or both").into());
    }
    if let Some(index) = index {
        output::result(&read_as_checked(index, session.format())?);
    }
    if let Some(texts) = texts {
        output::result(&found_in_text(texts, session.format())?);
    }
    Ok(Outcome::Fine)
}

type Row = BTreeMap<String, String>;

fn rows(file: &Path) -> anyhow::Result<Vec<Row>> {
    let mut reader = csv::Reader::from_path(file).or_fail(FailureKind::Input, file.display())?;
    Ok(reader.deserialize().collect::<Result<Vec<Row>, _>>().or_fail(FailureKind::Input, file.display())?)
}

/// A cell; empty where the file has no such column.
fn cell(row: &Row, name: &str) -> String {
    row.get(name).cloned().unwrap_or_default()
}

fn text_of(file: &Path) -> anyhow::Result<String> {
    Ok(lossless(&std::fs::read(file).or_fail(FailureKind::Input, file.display())?))
}

/// Counts of one family: files, recognised, checked by hand; of these right in each part, in all, and by half.
#[derive(Clone, Default)]
struct Tally {
    files: usize,
    recognised: usize,
    checked: [usize; 2],
    right: BTreeMap<Part, usize>,
    whole: [usize; 2],
}

const PARTS: &[Part] = &[Part::Type, Part::Message, Part::Root, Part::Frames, Part::Top];

fn read_as_checked(index: &Path, format: Format) -> anyhow::Result<String> {
    let folder = index.parent().unwrap_or(Path::new("."));
    let mut families: BTreeMap<String, Tally> = BTreeMap::new();
    let mut said = String::new();
    for row in rows(index)? {
        let (file, checked) = (cell(&row, "file"), checked(&row));
        let traces = extract(&text_of(&folder.join(&file))?);
        let tally = families.entry(checked.family.clone()).or_default();
        tally.files += 1;
        let known = recognised(&checked.family, &traces);
        tally.recognised += usize::from(known);
        if !known {
            said += &format!("{file}: no trace of its family\n");
        }
        if cell(&row, "checked") == "hand" {
            let missed = misses(&checked, &traces);
            tally.add(half(&file), &missed);
            missed.iter().for_each(|m| said += &format!("{file}: {:?} read as {:?}, is {:?}\n", m.part, m.found, m.wanted));
        }
    }
    let mut all = Tally::default();
    families.values().for_each(|t| all.merge(t));
    let heads = ["Family", "Files", "Recognised", "By hand", "Type", "Message", "Root", "Frames", "Top", "All right", "Half A", "Half B"];
    let mut table = Table::new(&heads);
    families.iter().map(|(name, t)| (name.as_str(), t)).chain([("all", &all)]).for_each(|(name, t)| table.rows.push(t.cells(name)));
    Ok(if format == Format::Text { format!("{}\n{said}", table.print(format)) } else { table.print(format) })
}

fn checked(row: &Row) -> Checked {
    Checked {
        family: cell(row, "family"),
        exception_type: cell(row, "expected_type"),
        message: cell(row, "expected_message"),
        root_type: cell(row, "root_type"),
        frames_first: cell(row, "frames_first"),
        top_function: cell(row, "top_function"),
    }
}

impl Tally {
    fn add(&mut self, half: usize, missed: &[Miss]) {
        self.checked[half] += 1;
        self.whole[half] += usize::from(missed.is_empty());
        for part in PARTS.iter().filter(|p| missed.iter().all(|m| m.part != **p)) {
            *self.right.entry(*part).or_default() += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.files += other.files;
        self.recognised += other.recognised;
        (0..2).for_each(|h| {
            self.checked[h] += other.checked[h];
            self.whole[h] += other.whole[h];
        });
        other.right.iter().for_each(|(part, n)| *self.right.entry(*part).or_default() += n);
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let checked = self.checked[0] + self.checked[1];
        let share = |right: usize, of: usize| if of == 0 { String::new() } else { format!("{:.3}", right as f64 / of as f64) };
        let parts = PARTS.iter().map(|p| share(self.right.get(p).copied().unwrap_or(0), checked));
        let halves = (0..2).map(|h| if self.checked[h] == 0 { String::new() } else { format!("{}/{}", self.whole[h], self.checked[h]) });
        [name.to_owned(), self.files.to_string(), self.recognised.to_string(), checked.to_string()]
            .into_iter()
            .chain(parts)
            .chain([share(self.whole[0] + self.whole[1], checked)])
            .chain(halves)
            .collect()
    }
}

fn found_in_text(folder: &Path, format: Format) -> anyhow::Result<String> {
    let spans = rows(&folder.join("spans.csv"))?;
    let mut halves = [InText::default(); 2];
    let mut decoys = [[0_usize; 2]; 2];
    for row in rows(&folder.join("files.csv"))?.iter().filter(|r| cell(r, "checked") == "hand" && cell(r, "kind") != "mention") {
        let file = cell(row, "file");
        let text = text_of(&folder.join(&file))?;
        let found = extract(&text);
        if cell(row, "kind") == "trace" {
            let marked: Vec<Marked> = spans.iter().filter(|s| cell(s, "file") == file).map(marked).collect::<anyhow::Result<_>>()?;
            halves[half(&file)].add(&in_text(&text, &found, &marked));
        } else {
            decoys[half(&file)][usize::from(!found.is_empty())] += 1;
        }
    }
    let mut table = Table::new(&["Half", "Traces found", "Traces marked", "Line recall", "Line precision", "Decoys", "Decoys with a trace"]);
    let mut all = halves[0];
    all.add(&halves[1]);
    let both = [decoys[0][0] + decoys[1][0], decoys[0][1] + decoys[1][1]];
    for (name, counts, decoys) in [("A", halves[0], decoys[0]), ("B", halves[1], decoys[1]), ("all", all, both)] {
        let (recall, precision) = counts.lines();
        let (recall, precision) = (format!("{recall:.3}"), format!("{precision:.3}"));
        table.row(&[&name, &counts.right, &counts.marked, &recall, &precision, &(decoys[0] + decoys[1]), &decoys[1]]);
    }
    Ok(table.print(format))
}

fn marked(row: &Row) -> anyhow::Result<Marked> {
    let number = |name: &str| cell(row, name).parse::<usize>().or_fail(FailureKind::Input, name);
    Ok(Marked { start: number("start_byte")?, end: number("end_byte")?, core_start: number("core_start_byte")?, core_end: number("core_end_byte")? })
}

/// `eval duplicates --using trace`: every earlier report with a trace, by the best pair of traces.
pub fn duplicates(session: &Session, history: &History, roles: &[Role], options: &EvalDuplicates) -> Done {
    let rules = &session.loaded.config.traces;
    let statistics = record_traces::statistics(&history.records, rules);
    let ready: Vec<Vec<Comparable>> =
        history.records.par_iter().map(|r| record_traces::traces(r, rules).iter().map(|t| Comparable::new(t, &statistics)).collect()).collect();
    let places: Vec<usize> = (0..ready.len()).filter(|n| !ready[*n].is_empty()).collect();
    let pair = |a: usize, b: usize| ready[a].iter().flat_map(|x| ready[b].iter().map(|y| likeness(x, y))).fold(0.0, f64::max);
    let asked: Vec<Asked> = places
        .par_iter()
        .map(|query| {
            let earlier = places.iter().take_while(|c| *c < query);
            let mut list: Vec<(usize, f64)> = earlier.map(|c| (*c, pair(*query, *c))).filter(|(_, score)| *score > 0.0).collect();
            list.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
            Asked::new(history, *query, list)
        })
        .collect();
    let found = evaluated(&asked, roles);
    if let Some(file) = &options.ranking {
        ranking(history, &found, file)?;
    }
    output::result(&print(&found, &asked, roles, session.format()));
    Ok(Outcome::Fine)
}

/// One report with its earlier ones, best first, the more recent first where scores are equal.
struct Asked {
    place: usize,
    first: Vec<(usize, f64)>,
    /// Rank of the first right one; 0 where there is none.
    right: usize,
}

impl Asked {
    fn new(history: &History, place: usize, mut list: Vec<(usize, f64)>) -> Self {
        let group = &history.gold[place].group;
        let right = list.iter().position(|(c, _)| group.is_some() && history.gold[*c].group == *group).map_or(0, |at| at + 1);
        list.truncate(DEPTH);
        Self { place, first: list, right }
    }

    fn best(&self) -> f64 {
        self.first.first().map_or(0.0, |f| f.1)
    }
}

fn evaluated(asked: &[Asked], roles: &[Role]) -> Evaluation {
    let of = |role: Role| asked.iter().filter(move |a| roles[a.place] == role);
    let ranks: Vec<usize> = of(Role::Query).map(|a| a.right).collect();
    let n = ranks.len().max(1) as f64;
    let within = |k: &usize| ranks.iter().filter(|r| **r > 0 && *r <= k).count() as f64 / n;
    let mrr = ranks.iter().filter(|r| **r > 0).map(|r| 1.0 / *r as f64).sum::<f64>() / n;
    let rows = asked.iter().flat_map(|a| {
        a.first.iter().enumerate().map(|(at, (candidate, score))| Ranked { query: a.place, rank: at + 1, candidate: *candidate, score: *score })
    });
    Evaluation {
        queries: ranks.len(),
        new: of(Role::New).count(),
        recalls: vec![Recall { name: "traces", at: AT.iter().map(within).collect(), mrr }],
        ranking: rows.collect(),
        ..Evaluation::default()
    }
}

fn print(found: &Evaluation, asked: &[Asked], roles: &[Role], format: Format) -> String {
    let best = |role: Role| asked.iter().filter(move |a| roles[a.place] == role).map(Asked::best).collect::<Vec<_>>();
    let heads = ["Ranking".to_owned()].into_iter().chain(AT.iter().map(|k| format!("RR@{k}"))).chain(["MRR".to_owned(), "New or known".to_owned()]);
    let mut table = Table { heads: heads.collect(), rows: Vec::new() };
    let area = format!("{:.3}", area(&best(Role::Query), best(Role::New)));
    for r in &found.recalls {
        let cells = r.at.iter().chain([&r.mrr]).map(|v| format!("{v:.3}"));
        table.rows.push([r.name.to_owned()].into_iter().chain(cells).chain([area.clone()]).collect());
    }
    let head = format!("{} queries, {} new reports, all with a trace; candidates are all earlier ones\n\n", found.queries, found.new);
    if format == Format::Text { head + &table.print(format) } else { table.print(format) }
}

/// Area under the ROC curve: the chance that a known one scores above a new one, ties counted half.
fn area(known: &[f64], mut new: Vec<f64>) -> f64 {
    new.sort_by(f64::total_cmp);
    let below = |k: &f64| {
        let (under, upto) = (new.partition_point(|n| n < k), new.partition_point(|n| n <= k));
        (under + upto) as f64 / 2.0
    };
    known.iter().map(below).sum::<f64>() / (known.len() * new.len()).max(1) as f64
}
