//! Days from the release that brought a flaw to its report, and from report to fix, on published records.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use refrain_classes::gaps::GapSettings;
use refrain_classes::metrics::metrics;
use refrain_classes::stages::Staging;
use refrain_classes::{Defect, controls::ControlList, cost::CostModel, input::Input};
use refrain_record::findings::Metric;
use refrain_record::{Key, Kind, Known, Moment, Record, StageModel};

fn records() -> Option<(Vec<Record>, Vec<Option<f64>>)> {
    let Ok(folder) = std::env::var("REFRAIN_CORPORA") else {
        println!("skipped: REFRAIN_CORPORA is not set");
        return None;
    };
    let mut reader = csv::Reader::from_path(format!("{folder}/gold/leakage.csv")).unwrap();
    let heads = reader.headers().unwrap().clone();
    let column = |name: &str| heads.iter().position(|h| h == name).unwrap();
    let at = ["record_key", "introduced", "detected", "resolved", "days_leaked"].map(column);
    let mut rows: Vec<(Record, Option<f64>)> = Vec::new();
    for row in reader.records().map(Result::unwrap) {
        let day = |i: usize| row[at[i]].parse::<Moment>().map_or(Known::Absent, |m| Known::stated(m, &heads[at[i]]));
        let mut record = Record::new(row[at[0]].parse::<Key>().unwrap(), Kind::Advisory, "flaw");
        (record.introduced, record.detected, record.resolved) = (day(1), day(2), day(3));
        rows.push((record, row[at[4]].parse().ok()));
    }
    rows.sort_by(|a, b| a.0.key.cmp(&b.0.key));
    Some(rows.into_iter().unzip())
}

fn all(records: &[Record]) -> Vec<Metric> {
    let defects: Vec<Defect<'_>> = records.iter().map(Defect::single).collect();
    let staging = vec![Staging::default(); defects.len()];
    let (prices, stages, list, cost, settings) =
        (vec![None; defects.len()], StageModel::default(), ControlList::default(), CostModel::default(), GapSettings::default());
    let input = Input {
        defects: &defects,
        staging: &staging,
        prices: &prices,
        stages: &stages,
        mechanisms: &[],
        controls: &[],
        present: &list,
        decisions: &[],
        deployments: &[],
        cost: &cost,
        settings: &settings,
        as_of: "2026-12-31".parse().unwrap(),
    };
    metrics(&[], &input)
}

fn quantile(mut values: Vec<f64>, p: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    refrain_maths::intervals::quantile(&values, p).unwrap()
}

#[test]
fn law_i1_detection_deficit_of_published_flaws() {
    let Some((records, days)) = records() else { return };
    let metrics = all(&records);
    let deficit = metrics.iter().find(|m| m.id == "detection-deficit" && m.of.is_empty()).unwrap();
    let expected: Vec<f64> = days.iter().flatten().copied().collect();
    let found: Vec<f64> = records.iter().filter_map(|r| Some(r.detected.value()?.days_since(*r.introduced.value()?))).collect();
    assert_eq!(found, expected);
    assert_eq!((expected.len(), deficit.excluded["detection unknown"]), (205, 1));
    let (median, p90, n) = deficit.spread.unwrap();
    assert_eq!((median, p90, n), (quantile(expected.clone(), 0.5), quantile(expected.clone(), 0.9), 205));
    assert_eq!([0.25, 0.5, 0.75].map(|p| quantile(expected.clone(), p)), [530.0, 2268.0, 4788.0]);
    let fix = metrics.iter().find(|m| m.id == "time-to-resolve" && m.of.is_empty()).unwrap();
    assert_eq!(fix.spread.map(|s| s.0), Some(25.0));
}
