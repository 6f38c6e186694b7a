//! Duplicate reports by their traces, beside TraceSim on the same frames. The folder comes from `REFRAIN_CORPORA`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use refrain_link::trace::{Comparable, FrameStatistics, Trace, UserRules, extract, likeness, normalise};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("REFRAIN_CORPORA").map(|f| PathBuf::from(f).join("traces/dup_pairs"));
    if folder.is_none() {
        println!("skipped: REFRAIN_CORPORA is not set");
    }
    folder
}

struct Report {
    id: String,
    created: String,
    traces: Vec<Trace>,
}

fn reports(folder: &std::path::Path) -> Vec<Report> {
    let text = std::fs::read_to_string(folder.join("titanium_traces.jsonl")).unwrap();
    let mut reports: Vec<Report> = text
        .lines()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let raws = value["traces"].as_array().unwrap().iter().map(|t| t["raw"].as_str().unwrap().to_owned());
            let mut traces: Vec<Trace> = raws.flat_map(|raw| extract(&raw)).collect();
            traces.iter_mut().for_each(|t| normalise(t, &UserRules::default()));
            Report { id: value["id"].as_str().unwrap().to_owned(), created: value["created"].as_str().unwrap().to_owned(), traces }
        })
        .collect();
    reports.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
    reports
}

/// TraceSim with the parameters of its paper's tuning on this set: weighted Levenshtein over the frames in printed order.
struct TraceSim {
    names: Vec<Vec<String>>,
    weights: Vec<Vec<f64>>,
}

fn tracesim(reports: &[Report]) -> Vec<TraceSim> {
    let printed =
        |t: &Trace| -> Vec<String> { t.blocks.iter().flat_map(|b| &b.frames).map(|f| f.name.clone()).filter(|n| !n.is_empty()).take(60).collect() };
    let names: Vec<Vec<Vec<String>>> = reports.iter().map(|r| r.traces.iter().map(printed).collect()).collect();
    let mut df: BTreeMap<&str, f64> = BTreeMap::new();
    for report in &names {
        let set: BTreeSet<&str> = report.iter().flatten().map(String::as_str).collect();
        set.into_iter().for_each(|n| *df.entry(n).or_default() += 1.0);
    }
    let n = names.len() as f64;
    let weight = |at: usize, name: &str| {
        let idf = (n / df[name]).ln();
        (1.0 / (1.0 + (4.0 - idf).exp())) / (1.0 + at as f64)
    };
    names
        .iter()
        .map(|r| TraceSim { weights: r.iter().map(|t| t.iter().enumerate().map(|(i, f)| weight(i, f)).collect()).collect(), names: r.clone() })
        .collect()
}

fn tracesim_pair(a: &TraceSim, b: &TraceSim) -> f64 {
    let mut best = 0.0_f64;
    for (x, wx) in a.names.iter().zip(&a.weights) {
        for (y, wy) in b.names.iter().zip(&b.weights) {
            best = best.max(1.0 - distance(x, wx, y, wy) / (wx.iter().sum::<f64>() + wy.iter().sum::<f64>()).max(1e-12));
        }
    }
    best
}

fn distance(x: &[String], wx: &[f64], y: &[String], wy: &[f64]) -> f64 {
    let mut row: Vec<f64> = std::iter::once(0.0)
        .chain(wy.iter().scan(0.0, |s, w| {
            *s += w;
            Some(*s)
        }))
        .collect();
    for i in 0..x.len() {
        let mut next = vec![row[0] + wx[i]];
        for j in 0..y.len() {
            let replace = row[j] + if x[i] == y[j] { 0.0 } else { wx[i] + wy[j] };
            next.push(replace.min(row[j + 1] + wx[i]).min(next[j] + wy[j]));
        }
        row = next;
    }
    row[y.len()]
}

fn auc(mut right: Vec<f64>, mut wrong: Vec<f64>) -> f64 {
    right.sort_by(f64::total_cmp);
    wrong.sort_by(f64::total_cmp);
    let below: f64 = right
        .iter()
        .map(|r| wrong.partition_point(|w| w < r) as f64 + 0.5 * (wrong.partition_point(|w| w <= r) - wrong.partition_point(|w| w < r)) as f64)
        .sum();
    below / (right.len() * wrong.len()) as f64
}

#[derive(Default, Debug, Clone, Copy)]
struct Figures {
    rr1: f64,
    rr10: f64,
    mrr: f64,
    n: f64,
}

/// Figures over all queries, half A and half B, and the AUC of the best score: known against new.
fn evaluate(
    name: &str,
    reports: &[Report],
    queries: &[BTreeMap<String, String>],
    pair: &dyn Fn(usize, usize) -> f64,
    misses: bool,
) -> (Figures, Figures, Figures, f64) {
    let by_id: BTreeMap<&str, usize> = reports.iter().enumerate().map(|(i, r)| (r.id.as_str(), i)).collect();
    let mut out = [Figures::default(); 3];
    let (mut known, mut fresh) = (Vec::new(), Vec::new());
    let wanted: BTreeMap<&str, &BTreeMap<String, String>> = queries.iter().map(|q| (q["query_id"].as_str(), q)).collect();
    for (at, report) in reports.iter().enumerate() {
        if at == 0 {
            continue;
        }
        let mut scores: Vec<(usize, f64)> = (0..at).map(|c| (c, pair(at, c))).collect();
        let best = scores.iter().map(|s| s.1).fold(0.0, f64::max);
        let Some(query) = wanted.get(report.id.as_str()) else {
            fresh.push(best);
            continue;
        };
        known.push(best);
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        let relevant: BTreeSet<usize> = query["relevant_ids"].split(' ').filter_map(|id| by_id.get(id).copied()).collect();
        let place = scores.iter().position(|(c, s)| relevant.contains(c) && *s > 0.0).map(|p| p + 1);
        let half = if query["split"] == "A" { 1 } else { 2 };
        if misses && half == 1 && place != Some(1) {
            println!("  {name} {} place {place:?} of {:?}: best {} {:.3}", report.id, query["relevant_ids"], reports[scores[0].0].id, scores[0].1);
        }
        for i in [0, half] {
            out[i].n += 1.0;
            out[i].rr1 += f64::from(u8::from(place == Some(1)));
            out[i].rr10 += f64::from(u8::from(place.is_some_and(|p| p <= 10)));
            out[i].mrr += place.map_or(0.0, |p| 1.0 / p as f64);
        }
    }
    for f in &mut out {
        (f.rr1, f.rr10, f.mrr) = (f.rr1 / f.n, f.rr10 / f.n, f.mrr / f.n);
    }
    let auc = auc(known, fresh);
    for (label, f) in ["all", "A", "B"].iter().zip(&out) {
        println!("{name:24} {label:4} n {:2} RR@1 {:.3} RR@10 {:.3} MRR {:.3}", f.n, f.rr1, f.rr10, f.mrr);
    }
    println!("{name:24} AUC known against new {auc:.3}");
    (out[0], out[1], out[2], auc)
}

#[test]
fn duplicates_by_trace_beside_tracesim() {
    let Some(folder) = folder() else { return };
    let reports = reports(&folder);
    let empty = reports.iter().filter(|r| r.traces.is_empty()).map(|r| r.id.as_str()).collect::<Vec<_>>();
    println!("reports {}, without a trace found {} {empty:?}", reports.len(), empty.len());
    let queries: Vec<BTreeMap<String, String>> =
        csv::Reader::from_path(folder.join("titanium_queries.csv")).unwrap().deserialize().map(|r| r.unwrap()).collect();
    let sims = tracesim(&reports);
    let base = evaluate("TraceSim", &reports, &queries, &|a, b| tracesim_pair(&sims[a], &sims[b]), false);
    let mut statistics = FrameStatistics::default();
    reports.iter().flat_map(|r| &r.traces).for_each(|t| statistics.add(t));
    let ready: Vec<Vec<Comparable>> = reports.iter().map(|r| r.traces.iter().map(|t| Comparable::new(t, &statistics)).collect()).collect();
    let pair = |a: usize, b: usize| ready[a].iter().flat_map(|x| ready[b].iter().map(|y| likeness(x, y))).fold(0.0, f64::max);
    let ours = evaluate("refrain", &reports, &queries, &pair, std::env::var_os("TRACE_MISSES").is_some());
    let enough = |a: &Figures, b: &Figures| a.mrr >= b.mrr && a.rr10 >= b.rr10 && a.rr1 >= b.rr1;
    assert!(enough(&ours.0, &base.0) && enough(&ours.1, &base.1) && enough(&ours.2, &base.2), "not below TraceSim, on all and on both halves");
    assert!(ours.3 >= 0.77 && ours.3 >= base.3, "new or known: {:.3}", ours.3);
}
