//! Speed of keeping and finding, beside tantivy alone on the same texts in the same run.
//!
//! `cargo bench -p refrain-store [-- RECORDS]` (200,000 by default; made up, about 1 KB each, words by Zipf's law, fixed seed).
//! What a user would otherwise run: tantivy with its default tokenizer over title and body.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a bench prints, and may stop

use std::hint::black_box;
use std::time::Instant;

use refrain_record::{Key, Kind, Known, Moment, Record, Role, Source, SystemName};
use refrain_store::search::{IndexDoc, Order, Request, SearchIndex, Wanted, parse_query, terms};
use refrain_store::{Access, FileNote, Store};
use tantivy::schema::{Schema, TEXT};
use tantivy::{Index, TantivyDocument};

/// Different words in the texts.
const WORDS: u64 = 60_000;

fn main() {
    let count = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(200_000);
    let records: Vec<Record> = (0..count).map(made_up).collect();
    let bytes: usize = records.iter().flat_map(|r| &r.sections).map(|s| s.text.len()).sum();
    println!("{count} records, {:.0} MB of text", bytes as f64 / 1e6);
    let dir = tempfile::tempdir().unwrap();
    let kept = keep(&dir.path().join("store"), &records);
    let alone = tantivy_alone(&records);
    let docs: Vec<IndexDoc> = records.iter().map(IndexDoc::of).collect();
    let mut index = SearchIndex::create(&dir.path().join("index")).unwrap();
    let ours = told("index", count, || index.sync(docs.iter().cloned(), "bench").unwrap());
    println!("speed against tantivy alone, by processor time: index {:.2}, import and index {:.2}", alone / ours, alone / (kept + ours));
    told("index again, nothing changed", count, || index.sync(docs.iter().cloned(), "bench").unwrap());
    let folder = dir.path().join("index");
    told("open the index", 1, || drop(black_box(SearchIndex::open(&folder).unwrap())));
    find(&index, &records);
}

/// Seconds of processor time that some work took, printed with the time by the clock and how many a second. Processor time is what can
/// be compared on a machine that does other things too.
fn told(what: &str, count: u64, work: impl FnOnce()) -> f64 {
    let (start, before) = (Instant::now(), processor_seconds());
    work();
    let (clock, used) = (start.elapsed().as_secs_f64(), processor_seconds() - before);
    println!("{what}: {clock:.3} s by the clock, {used:.2} s of processor, {:.0} a second of clock", count as f64 / clock);
    used.max(0.01)
}

/// User and system time of this process so far: fields 14 and 15 of `/proc/self/stat`, in hundredths. Not a number elsewhere.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// A word by Zipf's law: rank `WORDS^u` for `u` uniform in 0..1.
fn word(seed: &mut u64) -> String {
    let uniform = (random(seed) >> 11) as f64 / (1u64 << 53) as f64;
    let rank = (WORDS as f64).powf(uniform) as u64;
    let syllables = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "xu", "za"];
    let mut left = rank * 7 + 3;
    let mut out = String::new();
    while left > 0 {
        out.push_str(syllables[(left % 16) as usize]);
        left /= 16;
    }
    out
}

fn made_up(number: u64) -> Record {
    let mut seed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut words = |n: usize| (0..n).map(|_| word(&mut seed)).collect::<Vec<_>>().join(" ");
    let (title, body) = (words(8), words(130));
    let mut record = Record::new(Key::new(SystemName::new("JIRA").unwrap(), &format!("PAY-{number}")).unwrap(), Kind::Issue, &title);
    record.add_section(Role::Description, "description", body);
    record.team = Known::stated(format!("team {}", number % 12), "component");
    record.created = Known::stated(Moment::at(1_600_000_000 + number as i64 * 600), "created");
    record.source = Source { format: "jira-json".into(), file: "export.json".into(), line: number as u32 };
    record
}

/// Processor seconds of the first import.
fn keep(place: &std::path::Path, records: &[Record]) -> f64 {
    let count = records.len() as u64;
    let mut store = Store::open(place, Access::Create).unwrap();
    let at = Moment::at(1_700_000_000);
    let import = |what: &str, store: &mut Store| {
        told(what, count, || {
            let mut run = store.begin_import(at, "bench").unwrap();
            run.begin_file("export.json").unwrap();
            records.iter().for_each(|r| assert!(run.put(r).is_ok()));
            run.finish_file(true, &FileNote::default()).unwrap();
            run.commit().unwrap();
        })
    };
    let first = import("import", &mut store);
    import("import again, nothing changed", &mut store);
    drop(store);
    let reader = Store::open(place, Access::Read).unwrap();
    told("read all records", count, || assert_eq!(reader.records().unwrap().records.len() as u64, count));
    told("read 1000 records by key", 1000, || {
        records.iter().take(1000).for_each(|r| assert!(reader.record(&r.key).unwrap().is_some()));
    });
    told("check", count, || assert!(reader.check().unwrap().is_empty()));
    first
}

/// Title and body with the default tokenizer, as many threads and as much memory as our own writer takes.
fn tantivy_alone(records: &[Record]) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let mut schema = Schema::builder();
    let (title, body) = (schema.add_text_field("title", TEXT), schema.add_text_field("body", TEXT));
    let index = Index::create_in_dir(dir.path(), schema.build()).unwrap();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(threads, threads * (64 << 20)).unwrap();
    told("tantivy alone", records.len() as u64, || {
        for record in records {
            let mut doc = TantivyDocument::new();
            doc.add_text(title, record.title());
            doc.add_text(body, &record.sections[1].text);
            writer.add_document(doc).unwrap();
        }
        writer.commit().unwrap();
    })
}

/// Candidates for every so-manieth record by its own 30 rarest words, and searches as people type them.
fn find(index: &SearchIndex, records: &[Record]) {
    let blend = index.search_blend().unwrap();
    let (mut millis, mut used) = (Vec::new(), 0.0);
    for record in records.iter().step_by((records.len() / 200).max(1)) {
        let mut words = terms(record.title());
        words.extend(terms(&record.sections[1].text));
        words.sort();
        words.dedup();
        let names: Vec<&str> = words.iter().map(String::as_str).collect();
        let holding = index.document_frequencies(&names, &blend).unwrap();
        let mut wanted: Vec<(u64, &str)> = holding.into_iter().zip(names).collect();
        wanted.sort();
        let wanted: Vec<Wanted> =
            wanted.into_iter().take(30).map(|(n, term)| Wanted { term: term.into(), weight: (records.len() as f64 / (n + 1) as f64).ln() }).collect();
        let (start, before) = (Instant::now(), processor_seconds());
        // Ten times, because processor time is told in hundredths of a second.
        let found = (0..10).map(|_| index.candidates(&wanted, &blend, 500, None).unwrap()).last().unwrap();
        millis.push(start.elapsed().as_secs_f64() * 1e2);
        used += processor_seconds() - before;
        assert_eq!(found.hits[0].key, record.key);
    }
    println!("500 candidates by 30 words: {:.2} ms of processor each", used * 1e2 / millis.len() as f64);
    percentiles("500 candidates by 30 words", millis);
    for query in ["sa cece", "\"sa cece\"", "team:\"team 3\" created:2021-01..2021-06 sa", "-sa ce*", "kind:issue"] {
        let expr = parse_query(query).unwrap();
        let request = Request { expr: &expr, order: Order::Relevance, skip: 0, limit: 10, facets: &["team"] };
        let mut millis = Vec::new();
        for _ in 0..20 {
            let start = Instant::now();
            black_box(index.search(&request).unwrap());
            millis.push(start.elapsed().as_secs_f64() * 1e3);
        }
        percentiles(&format!("search {query}: {} found", index.search(&request).unwrap().total), millis);
    }
}

fn percentiles(what: &str, mut millis: Vec<f64>) {
    millis.sort_by(f64::total_cmp);
    println!("{what}: p50 {:.2} ms, p95 {:.2} ms", millis[millis.len() / 2], millis[millis.len() * 95 / 100]);
}
