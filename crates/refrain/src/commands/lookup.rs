//! Looking for and comparing records: search, similar, duplicates, explain.

use std::io::Read;

use refrain_link::duplicate::{Answer, answers, context};
use refrain_link::past::{Past, Report};
use refrain_record::findings::{Findings, Group};
use refrain_record::{Key, Kind, Known, Record, Role, Score, Status};
use refrain_store::search::{IndexDoc, Order, Request, SearchIndex, parse_query, snippet};
use refrain_store::{Access, Store};

use crate::answers::{Pair, answer};
use crate::cli::{Command, Format, Relation, SortBy};
use crate::commands::record_traces;
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline::{self, Mined};
use crate::session::{Session, now};

/// Documents of the index: what the records say, and what was found about them.
fn documents(records: &[Record], findings: Option<&Findings>) -> Vec<IndexDoc> {
    let mut classes = std::collections::BTreeMap::new();
    for class in findings.iter().flat_map(|f| &f.classes) {
        for member in &class.members {
            let cost = member.cost.as_ref().map(|c| c.total.value);
            member.duplicates.iter().chain([&member.key]).for_each(|k| {
                classes.insert(k.clone(), (class, cost));
            });
        }
    }
    let document = |record: &Record| {
        let mut doc = IndexDoc::of(record);
        let traces: Vec<_> = record.sections.iter().flat_map(|s| refrain_link::trace::extract(&s.text)).collect();
        let frames = traces.iter().flat_map(|t| &t.blocks).flat_map(|b| &b.frames).filter_map(|f| f.function.as_deref());
        doc.frames = frames.collect::<Vec<_>>().join(" ");
        doc.exception = traces.iter().filter_map(|t| t.exception_type.as_deref()).collect::<Vec<_>>().join(" ");
        doc.message = traces.iter().filter_map(|t| t.message.as_deref()).collect::<Vec<_>>().join(" ");
        if let Some((class, cost)) = classes.get(&record.key) {
            doc.class = vec![class.id.clone(), class.name.clone()];
            doc.cost = *cost;
        }
        doc
    };
    records.iter().map(document).collect()
}

/// What the index is made from: records, findings, and the version of this function.
fn holds(findings: &Findings) -> String {
    format!("1 {} {} {}", findings.store_hash, findings.model_hash, findings.as_of)
}

/// Makes the index anew; gives the number of records.
pub fn reindex(session: &Session, store: &Store) -> anyhow::Result<usize> {
    let mined = pipeline::current(session)?;
    let docs = documents(&mined.records, Some(&mined.findings));
    store.rebuild_index(&holds(&mined.findings), docs.into_iter()).or_fail(FailureKind::Store, "index")?;
    Ok(mined.records.len())
}

fn index(store: &Store, mined: &Mined) -> Result<SearchIndex, Failure> {
    let docs = || documents(&mined.records, Some(&mined.findings)).into_iter();
    store.fresh_index(&holds(&mined.findings), docs).or_fail(FailureKind::Store, "index")
}

/// Fields whose values are counted beside the hits.
const FACETS: &[&str] = &["team", "stage", "class"];
/// Characters of a snippet.
const SNIPPET: usize = 160;

/// `search`
pub fn search(session: &Session, query: &str, top: usize, sort: SortBy) -> Done {
    let expr = parse_query(query).map_err(|e| Failure::new(FailureKind::Usage, e))?;
    let mined = pipeline::current(session)?;
    let store = session.store(Access::Write).or_else(|_| session.store(Access::Read))?;
    let index = index(&store, &mined)?;
    let order = match sort {
        SortBy::Relevance => Order::Relevance,
        SortBy::Time => Order::Newest,
        SortBy::Cost => Order::Costliest,
    };
    let found = index.search(&Request { expr: &expr, order, skip: 0, limit: top, facets: FACETS }).or_fail(FailureKind::Store, "search")?;
    let mut table = Table::new(&["Record", "Team", "When", "Title", "Words"]);
    for hit in &found.hits {
        let Ok(at) = mined.records.binary_search_by(|r| r.key.cmp(&hit.key)) else { continue };
        let r = &mined.records[at];
        let shown = r
            .sections
            .iter()
            .filter(|s| s.role != Role::Title)
            .find_map(|s| snippet(&s.text, s.role.name(), &expr, SNIPPET))
            .map_or_else(String::new, |s| s.text);
        let when = r.when().map(|m| m.with_precision(refrain_record::Precision::Day).to_string()).unwrap_or_default();
        table.row(&[&r.key, &r.team.value().map_or("", String::as_str), &when, &r.title(), &shown]);
    }
    let mut out = table.print(session.format());
    if session.format() == Format::Text {
        out += &format!("{} of {} records\n", found.total, found.searched);
        for (name, values) in &found.facets {
            let said: Vec<String> = values.iter().take(8).map(|(v, n)| format!("{v} {n}")).collect();
            out += &format!("{name}: {}\n", said.join(", "));
        }
    }
    output::result(&out);
    Ok(Outcome::Fine)
}

/// History in order of filing, with a report to compare.
struct Asking {
    records: Vec<Record>,
    past: Past,
    report: Report,
}

impl Asking {
    /// Everything filed before the record, and the record.
    fn new(records: &[Record], asked: &Record) -> Self {
        let when = |r: &Record| r.created.value().or(r.detected.value()).copied();
        let limit = when(asked);
        let earlier = |r: &&Record| r.key != asked.key && pipeline::counts(r) && (limit.is_none() || when(r).is_none_or(|m| Some(m) <= limit));
        let mut records: Vec<Record> = records.iter().filter(earlier).cloned().collect();
        records.sort_by(|a, b| when(a).cmp(&when(b)).then(a.key.cmp(&b.key)));
        let mut past = Past::default();
        for record in &records {
            let report = past.read(record);
            past.add(report);
        }
        let report = past.read(asked);
        Self { records, past, report }
    }

    fn answers(&self, session: &Session) -> Vec<Answer> {
        answers(&self.past, &self.report, &session.tables.weights)
    }
}

/// The record that `similar` asks about: of the store, of the options, or JSON on standard input.
fn asked(session: &Session, mined: &Mined, store: &Store, command: &Command) -> anyhow::Result<Record> {
    let Command::Similar { key, title, text_file, trace_file, .. } = command else {
        return Err(Failure::new(FailureKind::Internal, "similar").into());
    };
    if let Some(text) = key {
        let key = session.key(store, text)?;
        let at = mined.records.binary_search_by(|r| r.key.cmp(&key)).ok();
        return at.map(|at| mined.records[at].clone()).ok_or_else(|| Failure::new(FailureKind::Input, format!("{key} is not in the store")).into());
    }
    if title.is_none() && text_file.is_none() && trace_file.is_none() {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).or_fail(FailureKind::Input, "standard input")?;
        return Ok(serde_json::from_str(&text).or_fail(FailureKind::Input, "standard input: expected one record as JSON (`refrain schema record`)")?);
    }
    let key: Key = "NEW:report".parse().or_fail(FailureKind::Internal, "key")?;
    let mut record = Record::new(key, Kind::Issue, title.as_deref().unwrap_or(""));
    record.created = Known::assumed(now(), "filed now");
    for (file, role, name) in [(text_file, Role::Description, "description"), (trace_file, Role::Trace, "trace")] {
        if let Some(file) = file {
            record.add_section(role, name, std::fs::read_to_string(file).or_fail(FailureKind::Input, file.display())?);
        }
    }
    Ok(record)
}

/// Decision bits from which a candidate counts as a likely duplicate: even odds.
const LIKELY: f64 = 0.0;

/// `similar`
pub fn similar(session: &Session, command: &Command) -> Done {
    let Command::Similar { top, only, fail_on_duplicate, .. } = command else { return Ok(Outcome::Fine) };
    let mined = pipeline::current(session)?;
    let store = session.store(Access::Read)?;
    let record = asked(session, &mined, &store, command)?;
    if *only == Some(Relation::Siblings) {
        return siblings(session, &mined, &record, *top);
    }
    let asking = Asking::new(&mined.records, &record);
    let found = asking.answers(session);
    let mut table = Table::new(&["Record", "Rank score", "Duplicate score", "Threshold", "Relation", "Title"]);
    for a in found.iter().take(*top) {
        let other = &asking.records[a.report as usize];
        let mark = if a.decision.bits() >= LIKELY { "above" } else { "below" };
        let relation = if other.status == Status::Resolved { refrain_link::fold::relation(&record, other) } else { "duplicate" };
        table.row(&[&other.key, &a.rank, &a.decision, &mark, &relation, &other.title()]);
    }
    let mut out = table.print(session.format());
    if session.format() == Format::Text {
        if record.title().is_empty() && record.sections.len() < 2 {
            out += "not enough to compare: the report has no words\n";
        }
        out += &format!("searched {} earlier records, {} compared in full\n", asking.records.len(), found.len());
    }
    output::result(&out);
    let hit = found.first().is_some_and(|a| a.decision.bits() >= LIKELY);
    Ok(if *fail_on_duplicate && hit { Outcome::Finding } else { Outcome::Fine })
}

/// Other defects of the record's class.
fn siblings(session: &Session, mined: &Mined, record: &Record, top: usize) -> Done {
    let class = mined.findings.classes.iter().find(|c| c.members.iter().any(|m| m.key == record.key || m.duplicates.contains(&record.key)));
    let Some(class) = class else {
        output::result("in no class: no siblings");
        return Ok(Outcome::Fine);
    };
    let mut table = Table::new(&["Record", "Team", "Class", "Bits", "Title"]);
    let others = class.members.iter().filter(|m| m.key != record.key && !m.duplicates.contains(&record.key));
    others.take(top).for_each(|m| table.row(&[&m.key, &m.team.as_deref().unwrap_or(""), &class.name, &m.score.total(), &m.title]));
    output::result(&table.print(session.format()));
    Ok(Outcome::Fine)
}

/// `duplicates`
pub fn duplicates(session: &Session, suggested: bool, fail_on_any: bool) -> Done {
    let findings = pipeline::current(session)?.findings;
    let groups: Vec<&Group> = findings.groups.iter().filter(|g| !suggested || !g.folded).collect();
    if session.format() == Format::Json {
        output::result(&answer("duplicates", &groups));
    } else {
        let mut table = Table::new(&["Group", "Records", "State", "Origin", "Because"]);
        for g in &groups {
            let because: Vec<String> = g.links.iter().map(|l| format!("{} = {} ({}: {})", l.a, l.b, l.relation, l.because)).collect();
            let state = if g.folded { "one defect" } else { "suggested" };
            table.row(&[&g.id, &g.members.len(), &state, &format!("{:?}", g.origin).to_lowercase(), &because.join("; ")]);
        }
        output::result(&table.print(session.format()));
    }
    Ok(if fail_on_any && !groups.is_empty() { Outcome::Finding } else { Outcome::Fine })
}

/// `explain A [B]`
pub fn explain(session: &Session, a: &str, b: Option<&str>) -> Done {
    let store = session.store(Access::Read)?;
    let first = session.key(&store, a)?;
    match b {
        None => one(session, &first),
        Some(b) => {
            let second = session.key(&store, b)?;
            pair(session, &first, &second)
        }
    }
}

/// What is known of one record, each value with its origin.
fn one(session: &Session, key: &Key) -> Done {
    let store = session.store(Access::Read)?;
    let records = pipeline::records(session, &store)?;
    let Ok(at) = records.binary_search_by(|r| r.key.cmp(key)) else {
        return Err(Failure::new(FailureKind::Input, format!("{key} is not in the store")).into());
    };
    let record = &records[at];
    if session.format() == Format::Json {
        output::result(&answer("explain-record", record));
        return Ok(Outcome::Fine);
    }
    let mut table = Table::new(&["Field", "Value", "Origin", "Because"]);
    for (name, value) in serde_json::to_value(record)?.as_object().into_iter().flatten() {
        match (value.get("value"), value.get("origin").and_then(|o| o.as_str())) {
            (Some(v), Some(origin)) => {
                let because = ["at", "rule", "because"].iter().find_map(|k| value.get(*k)?.as_str()).unwrap_or("");
                table.row(&[name, &v.to_string().trim_matches('"'), &origin, &because]);
            }
            _ if name == "sections" => {
                let named: Vec<String> =
                    record.sections.iter().map(|s| format!("{} ({}, {} lines)", s.name, s.role.name(), s.text.lines().count())).collect();
                table.row(&[name, &named.join(", "), &"", &""]);
            }
            _ => table.row(&[name, &value.to_string().trim_matches('"').chars().take(120).collect::<String>(), &"", &""]),
        }
    }
    output::result(&format!("{}\n{}\n\n{}", record.key, record.title(), table.print(session.format())));
    Ok(Outcome::Fine)
}

/// Both scores of a pair: prior, each term, and the sum, bit for bit.
fn pair(session: &Session, a: &Key, b: &Key) -> Done {
    let mined = pipeline::current(session)?;
    let find = |key: &Key| mined.records.binary_search_by(|r| r.key.cmp(key)).ok().map(|at| &mined.records[at]);
    let (Some(x), Some(y)) = (find(a), find(b)) else {
        return Err(Failure::new(FailureKind::Input, "record").into());
    };
    let when = |r: &Record| (r.created.value().or(r.detected.value()).copied(), r.key.clone());
    let (late, early) = if when(x) >= when(y) { (x, y) } else { (y, x) };
    let asking = Asking::new(&mined.records, late);
    let list = asking.answers(session);
    let aligned = record_traces::alignment(late, early, &mined.records, &session.loaded.config.traces);
    let Some(place) = list.iter().position(|c| asking.records[c.report as usize].key == early.key) else {
        let few = format!("{} and {} share too few words to be compared: {} candidates come before\n", late.key, early.key, list.len());
        output::result(&(few + &aligned.as_ref().map(record_traces::print).unwrap_or_default()));
        return Ok(Outcome::Fine);
    };
    let weights = &session.tables.weights;
    let rank = weights.rank.score(&list[place].values);
    let values: Vec<f64> = list[place].values.iter().copied().chain(context(&list, place)).collect();
    let decide = weights.decide.score(&values);
    if session.format() == Format::Json {
        let traces = aligned.map(|(new, earlier, similarity)| serde_json::json!({"new": new, "earlier": earlier, "similarity": similarity}));
        let relation = refrain_link::fold::relation(late, early);
        let pair = Pair { new: &late.key, earlier: &early.key, place: place + 1, relation, rank: &rank, decision: &decide, traces: traces.into() };
        output::result(&answer("explain-pair", pair));
        return Ok(Outcome::Fine);
    }
    let mut out = format!("{} (new) against {} (earlier), place {} of {}\n", late.key, early.key, place + 1, list.len());
    out += &waterfall("rank score: which earlier record comes first", &rank);
    out += &waterfall("duplicate score: is it the same defect", &decide);
    out += &format!("without its largest term the duplicate score is {}\nweights fitted on: {}\n", decide.without_largest(), weights.fitted_on);
    out += &aligned.as_ref().map(record_traces::print).unwrap_or_default();
    output::result(&out);
    Ok(Outcome::Fine)
}

fn waterfall(head: &str, score: &Score) -> String {
    let mut out = format!("\n{head}\n  {:>14}  prior\n", score.prior().to_string());
    for w in score.weights() {
        out += &format!("  {:>14}  {}: {}\n", w.bits.to_string(), w.what, w.level);
    }
    out + &format!("  {:>14}  sum, in bits\n", score.total().to_string())
}
