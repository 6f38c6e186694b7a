//! Measured against gold: the product's own code, models fitted on earlier records only, the simple methods beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use refrain_link::evaluate::{AT, Evaluation, RATES, Role, evaluate};
use refrain_link::learn::{FEWEST_DUPLICATES, Reported, learn as fit};
use refrain_record::{LinkKind, Record};
use refrain_store::Access;

use crate::cli::{EvalCommand, EvalDuplicates, Format, LearnCommand, Using};
use crate::commands::{eval_classes, eval_traces};
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::Session;

/// `eval …`
pub fn eval(session: &Session, command: &EvalCommand) -> Done {
    match command {
        EvalCommand::Duplicates(options) => duplicates(session, options),
        EvalCommand::Classes(options) => eval_classes::classes(session, options),
        EvalCommand::Traces { index, in_text } => eval_traces::traces(session, index.as_deref(), in_text.as_deref()),
    }
}

/// What a gold file or the store's own links say of a report.
#[derive(Clone, Debug, Default)]
pub struct Gold {
    /// The group of duplicates that it belongs to.
    pub group: Option<String>,
    /// Its own text gives the answer away, or it is of an uncertain kind.
    pub barred: bool,
}

/// Records in order of filing, with what is known of them.
pub struct History {
    /// By time.
    pub records: Vec<Record>,
    /// Beside each.
    pub gold: Vec<Gold>,
}

impl History {
    fn load(session: &Session, file: Option<&Path>) -> anyhow::Result<Self> {
        let store = session.store(Access::Read)?;
        let mut records: Vec<Record> = pipeline::records(session, &store)?.into_iter().filter(|r| !r.created.is_absent()).collect();
        records.sort_by(|a, b| a.created.value().cmp(&b.created.value()).then(a.key.cmp(&b.key)));
        let gold = match file {
            Some(file) => gold_of(file, &records)?,
            None => links_of(&records),
        };
        Ok(Self { records, gold })
    }

    fn reported(&self, ask: impl Fn(usize) -> bool) -> Vec<Reported<'_>> {
        self.records.iter().zip(&self.gold).enumerate().map(|(n, (record, g))| Reported { record, group: g.group.as_deref(), ask: ask(n) }).collect()
    }

    /// What each report is in the evaluation.
    pub fn roles(&self) -> Vec<Role> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let role = |g| -> Role {
            let g: &Gold = g;
            match &g.group {
                None if g.barred => Role::Uncertain,
                None => Role::New,
                Some(_) if g.barred => Role::Uncertain,
                Some(_) => Role::Query,
            }
        };
        self.gold
            .iter()
            .map(|g| {
                let first = g.group.as_deref().is_some_and(|group| seen.insert(group));
                if first { Role::Uncertain } else { role(g) }
            })
            .collect()
    }
}

/// `id,dup_group[,role,leak]`; a row without group is uncertain, a report in no row is new.
fn gold_of(file: &Path, records: &[Record]) -> anyhow::Result<Vec<Gold>> {
    let text = std::fs::read_to_string(file).or_fail(FailureKind::Input, file.display())?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads = reader.headers()?.clone();
    let at = |name: &str| heads.iter().position(|h| h == name);
    let need = |name: &str| {
        at(name).ok_or_else(|| {
            Failure::new(FailureKind::Input, format!("{}:1: found no column `{name}`", file.display()))
                .advise("expected id,dup_group and, where given, role,leak")
        })
    };
    let (id, group, leak) = (need("id")?, need("dup_group")?, at("leak"));
    let mut said: BTreeMap<String, Gold> = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        let group = row.get(group).filter(|g| !g.is_empty()).map(str::to_owned);
        let barred = group.is_none() || leak.and_then(|l| row.get(l)).is_some_and(|l| l == "1");
        said.insert(row.get(id).unwrap_or("").to_owned(), Gold { group, barred });
    }
    Ok(records.iter().map(|r| said.get(r.key.id()).cloned().unwrap_or_default()).collect())
}

/// Groups from the store's own duplicate links: connected records share the id of their smallest key.
fn links_of(records: &[Record]) -> Vec<Gold> {
    let by_id: BTreeMap<&str, usize> = records.iter().enumerate().map(|(n, r)| (r.key.id(), n)).collect();
    let mut parent: Vec<usize> = (0..records.len()).collect();
    fn root(parent: &[usize], mut at: usize) -> usize {
        while parent[at] != at {
            at = parent[at];
        }
        at
    }
    for (n, record) in records.iter().enumerate() {
        for link in record.links.iter().filter(|l| matches!(l.kind, LinkKind::DuplicateOf | LinkKind::DuplicatedBy)) {
            let id = link.target.split_once(':').map_or(link.target.as_str(), |(_, id)| id);
            if let Some(other) = by_id.get(id) {
                let (a, b) = (root(&parent, n), root(&parent, *other));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let roots: Vec<usize> = (0..records.len()).map(|n| root(&parent, n)).collect();
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    roots.iter().for_each(|r| *sizes.entry(*r).or_default() += 1);
    roots.iter().map(|r| Gold { group: (sizes[r] > 1).then(|| records[*r].key.to_string()), barred: false }).collect()
}

fn duplicates(session: &Session, options: &EvalDuplicates) -> Done {
    let history = History::load(session, options.gold.as_deref())?;
    let roles = history.roles();
    if !roles.contains(&Role::Query) {
        return Err(Failure::new(FailureKind::Input, "found no resolved duplicate")
            .advise("give --gold FILE with id,dup_group, or import a tracker whose duplicate links are exported")
            .into());
    }
    session.progress.step("replaying history");
    if options.using == Using::Trace {
        return eval_traces::duplicates(session, &history, &roles, options);
    }
    let everyone = options.ranking.is_some();
    let found = evaluate(&history.reported(|n| everyone || roles[n] != Role::Uncertain), &roles, &session.tables.weights);
    if let Some(file) = &options.ranking {
        ranking(&history, &found, file)?;
    }
    output::result(&print(&found, session.format()));
    Ok(Outcome::Fine)
}

/// Writes a ranking in the form that is read by other programs.
pub fn ranking(history: &History, found: &Evaluation, file: &Path) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_path(file).or_fail(FailureKind::Input, file.display())?;
    writer.write_record(["query_id", "rank", "candidate_id", "score"])?;
    for row in &found.ranking {
        let (query, candidate) = (history.records[row.query].key.id(), history.records[row.candidate].key.id());
        writer.write_record([query, &row.rank.to_string(), candidate, &format!("{:.6}", row.score)])?;
    }
    Ok(writer.flush()?)
}

/// The figures as a table.
pub fn print(found: &Evaluation, format: Format) -> String {
    let heads: Vec<String> = ["Ranking".to_owned()].into_iter().chain(AT.iter().map(|k| format!("RR@{k}"))).chain(["MRR".to_owned()]).collect();
    let mut table = Table { heads, rows: Vec::new() };
    for r in &found.recalls {
        table.rows.push([r.name.to_owned()].into_iter().chain(r.at.iter().map(|v| format!("{v:.3}"))).chain([format!("{:.3}", r.mrr)]).collect());
    }
    if format != Format::Text {
        return table.print(format);
    }
    let mut out = format!(
        "{} queries, {} new reports; a right candidate among {:.0} on average: {:.3}\n\n",
        found.queries, found.new, found.blocking.1, found.blocking.0
    );
    out += &table.print(format);
    out += "\nright first candidate above the threshold that so many new reports exceed\n";
    RATES.iter().zip(&found.caught).for_each(|(rate, share)| out += &format!("  {:.1} %: {share:.3}\n", rate * 100.0));
    out += "\ndecision in bits, reports, share whose first candidate is right\n";
    found.reliability.iter().for_each(|(edge, n, share)| out += &format!("  from {edge:>5}: {n:>6}  {share:.3}\n"));
    out
}

/// `learn …`
pub fn learn(session: &Session, command: &LearnCommand) -> Done {
    let LearnCommand::Duplicates { output: file } = command;
    let history = History::load(session, None)?;
    let roles = history.roles();
    // By time: the earlier 70 % of the duplicates fit, the later ones judge both.
    let queries: Vec<usize> = (0..roles.len()).filter(|n| roles[*n] == Role::Query).collect();
    let cut = queries.get(queries.len() * 7 / 10).copied().unwrap_or(0);
    session.progress.step("fitting on the earlier part of history");
    let earlier = history.reported(|n| n < cut && (roles[n] == Role::Query || (roles[n] == Role::New && n % 5 == 0)));
    let said = format!("this store, reports 1 to {cut} in time");
    let Some(own) = fit(&earlier[..cut.min(earlier.len())], &session.tables.weights, &said) else {
        output::result(&format!(
            "too few resolved duplicates to fit on: expected at least {FEWEST_DUPLICATES} in the earlier 70 % of history; the default weights stay"
        ));
        return Ok(Outcome::Fine);
    };
    session.progress.step("judging on the later part");
    let later = |weights| evaluate(&history.reported(|n| n >= cut && roles[n] == Role::Query), &roles, weights);
    let (mine, theirs) = (later(&own), later(&session.tables.weights));
    let mrr = |e: &Evaluation| e.recalls.first().map_or(0.0, |r| r.mrr);
    let better = mrr(&mine) > mrr(&theirs);
    let mut text = format!("later {} duplicates: own fit MRR {:.3}, default {:.3}\n", mine.queries, mrr(&mine), mrr(&theirs));
    text += if better { "the own fit is better" } else { "the own fit is not better: the default stays" };
    output::result(&text);
    if let (true, Some(file)) = (better, file) {
        let toml = toml::to_string(&own).or_fail(FailureKind::Internal, "weights")?;
        std::fs::write(file, toml).or_fail(FailureKind::Input, file.display())?;
        output::message(&format!("{} written; set tables.weights to it", file.display()));
    }
    Ok(Outcome::Fine)
}
