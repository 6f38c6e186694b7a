//! Each metric against a fixture worked by hand; windows, attribution, exclusions.

#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use refrain_classes::deployments::{Deployment, read};
use refrain_record::{Bucket, Kind, Known, Record, Status};
use world::{Result, World, at, bug, company, severe};

/// Twelve bugs: stages found and ideal, with days, as in the table below each test.
///
/// | key | team | noticed | resolved | found | ideal | escape |
/// |---|---|---|---|---|---|---|
/// | A-01 | pay | 2026-01-05 | 2026-01-07 | production | unit | yes |
/// | A-02 | pay | 2026-01-10 | 2026-01-20 | production | integration | yes |
/// | A-03 | pay | 2026-02-01 | 2026-02-04 | staging | unit | yes |
/// | A-04 | pay | 2026-02-10 | – | unit | unit | no |
/// | A-05 | ord | 2026-02-11 | 2026-02-12 | integration | integration | no |
/// | A-06 | ord | 2026-03-01 | 2026-03-31 | production | staging | yes |
/// | A-07 | ord | 2026-03-02 | – | unit | integration | no |
/// | A-08 | ord | 2026-03-03 | 2026-03-01 | staging | – | cannot be told |
/// | A-09 | ord | 2026-03-04 | – | – | unit | cannot be told |
/// | A-10 | – | 2026-03-05 | 2026-03-10 | production | – | yes: in production |
/// | A-11 | – | – | – | – | – | cannot be told |
/// | A-12 | ord | 2026-09-01 | – | production | unit | yes, dated after now |
fn twelve() -> Vec<Record> {
    let rows = [
        ("A-01", "pay", "2026-01-05", "2026-01-07", "production", "unit"),
        ("A-02", "pay", "2026-01-10", "2026-01-20", "production", "integration"),
        ("A-03", "pay", "2026-02-01", "2026-02-04", "staging", "unit"),
        ("A-04", "pay", "2026-02-10", "", "unit", "unit"),
        ("A-05", "ord", "2026-02-11", "2026-02-12", "integration", "integration"),
        ("A-06", "ord", "2026-03-01", "2026-03-31", "production", "staging"),
        ("A-07", "ord", "2026-03-02", "", "unit", "integration"),
        ("A-08", "ord", "2026-03-03", "2026-03-01", "staging", ""),
        ("A-09", "ord", "2026-03-04", "", "", "unit"),
        ("A-10", "", "2026-03-05", "2026-03-10", "production", ""),
        ("A-11", "", "", "", "", ""),
        ("A-12", "ord", "2026-09-01", "", "production", "unit"),
    ];
    let row = |(id, team, day, end, found, ideal): &(&str, &str, &str, &str, &str, &str)| {
        let mut record = bug(id, team, day, end, found, ideal);
        record.status = if end.is_empty() { Status::Open } else { Status::Resolved };
        record
    };
    rows.iter().map(row).collect()
}

fn run(records: Vec<Record>) -> Result {
    World { records, as_of: at("2026-03-31"), ..World::default() }.run()
}

#[test]
fn law_i1_escape_rate() {
    let found = run(twelve());
    let all = found.metric("escape-rate", "");
    // A-01, 02, 03, 06, 10, 12 of those and A-04, 05, 07.
    assert_eq!(all.ratio, Some((6, 9)));
    assert_eq!(all.value.unwrap().value, refrain_record::findings::tidy(6.0 / 9.0));
    assert_eq!(
        all.excluded,
        [("ideal stage unknown".to_owned(), 1), ("neither stage known".to_owned(), 1), ("stage found unknown".to_owned(), 1)].into()
    );
    assert_eq!(found.metric("escape-rate", "team pay").ratio, Some((3, 4)));
    assert_eq!(found.metric("escape-rate", "team ord").ratio, Some((2, 4)));
}

#[test]
fn law_i1_defect_removal_efficiency() {
    // Stage found is known for all but; production: A-01, 02, 06, 10, 12.
    let found = run(twelve());
    assert_eq!(found.metric("defect-removal-efficiency", "").ratio, Some((5, 10)));
    assert_eq!(found.metric("defect-removal-efficiency", "").excluded["stage found unknown"], 2);
}

#[test]
fn law_i1_phase_containment() {
    let found = run(twelve());
    // Ideal unit: A-01, 03, 04, 12 (A-09 not found anywhere known); held: A-04.
    assert_eq!(found.metric("phase-containment", "stage unit").ratio, Some((1, 4)));
    assert_eq!(found.metric("phase-containment", "stage unit").excluded["stage found unknown"], 1);
    // Ideal integration: A-02, 05, 07; held, found even earlier.
    assert_eq!(found.metric("phase-containment", "stage integration").ratio, Some((2, 3)));
    assert_eq!(found.metric("phase-containment", "stage staging").ratio, Some((0, 1)));
}

#[test]
fn law_i1_escapes_per_week() {
    // A-01, 02, 03, 06, 10 from 5 January to 31 March, 86 days with both ends; A-12 lies after now.
    let found = run(twelve());
    let rate = found.metric("leakage-count", "");
    assert_eq!(rate.ratio, Some((5, 86)));
    assert_eq!(rate.value.unwrap().value, refrain_record::findings::tidy(5.0 * 7.0 / 86.0));
    assert_eq!(rate.excluded["no date, or a date after now"], 1);
}

#[test]
fn law_i1_time_to_resolve_with_open_ones() {
    // Ended: 2, 10, 3, 1, 30, 5 days. Open at 31 March: A-04 49, A-07 29, A-09 27 days. A-08 ends before it begins.
    let found = run(twelve());
    let all = found.metric("time-to-resolve", "");
    assert_eq!(all.excluded, [("date after now".to_owned(), 1), ("detection unknown".to_owned(), 1), ("ends before it begins".to_owned(), 1)].into());
    // Survival after 1, 2, 3, 5, 10 of nine: 8/9, 7/9, 6/9, 5/9, 4/9: the first at or below one half is 10 days.
    assert_eq!(all.spread.map(|s| (s.0, s.2)), Some((10.0, 9)));
    assert!(all.note.contains("3 open"));
}

#[test]
fn law_i1_detection_deficit_and_leakage_days() {
    let mut records = twelve();
    let entered = ["2025-12-26", "2025-12-11", "2026-01-02", "2026-02-09", "2026-02-01", "2026-03-01"];
    for (record, day) in records.iter_mut().zip(entered) {
        record.introduced = Known::derived(at(day), "merge");
    }
    // 10, 30, 30, 1, 10, 0 days; escapes among them: A-01, 02, 03, 06.
    let found = run(records);
    let deficit = found.metric("detection-deficit", "");
    assert_eq!(deficit.spread, Some((10.0, 30.0, 6)));
    assert_eq!((deficit.excluded["entry unknown"], deficit.note.as_str()), (6, "Anchor: merge (6)."));
    let leaked = found.metric("leakage-days", "");
    assert_eq!((leaked.dots.as_slice(), leaked.value), (&[0.0, 10.0, 30.0, 30.0][..], None));
}

#[test]
fn law_i1_time_to_detect_and_restore_an_incident() {
    let incident = |id: &str, begun: &str, seen: &str, over: &str, service: &str| {
        let mut record = bug(id, "pay", "", "", "", "");
        record.kind = Kind::Incident;
        let known = |text: &str| if text.is_empty() { Known::Absent } else { Known::stated(at(text), "timeline") };
        (record.introduced, record.detected, record.resolved) = (known(begun), known(seen), known(over));
        record.service = Known::stated(service.into(), "service");
        record.status = if over.is_empty() { Status::Open } else { Status::Resolved };
        record
    };
    let day = |h: u32, m: u32| format!("2026-03-02T{h:02}:{m:02}:00Z");
    let mut records: Vec<Record> = [(0, 30), (1, 60), (2, 90), (3, 120), (4, 180)]
        .iter()
        .map(|(i, minutes)| incident(&format!("I-{i}"), &day(8, 0), &day(8 + minutes / 60, minutes % 60), &day(12, 0), "ledger"))
        .collect();
    records.push(incident("I-5", &day(8, 0), "2026-03-02T07:00:00Z", &day(12, 0), "ledger"));
    records.push(incident("I-6", &day(8, 0), "2026-03-02T09:00:00Z?", &day(12, 0), "other"));
    let found = run(records);
    let detect = found.metric("mttd", "");
    // 0.5, 1, 1.5, 2, 3 hours: median 1.5, 90th percentile 2 + 0.6 × 1.
    assert_eq!(detect.spread, Some((1.5, 2.6, 5)));
    assert_eq!(detect.excluded, [("ends before it begins".to_owned(), 1), ("time zone unknown on one side".to_owned(), 1)].into());
    // From detection to 12:00: 3.5, 3, 2.5, 2, 1 and 5 hours.
    assert_eq!(found.metric("mttr", "service ledger").spread, Some((2.75, 4.25, 6)));
    assert_eq!(found.metric("mttd", "in production").spread, Some((1.5, 2.6, 5)));
}

#[test]
fn law_i1_change_failure_rework_and_frequency() {
    let deploy = |i: i64| Deployment {
        at: at(&format!("2026-03-{:02}T10:00:00Z", i + 1)),
        service: Some("ledger".into()),
        team: None,
        failed: (i < 23).then_some(i % 6 == 5 || i == 0),
        rework: Some(i % 8 == 1),
        changes: Some(3),
        version: None,
    };
    let world = World { deployments: (0..28).map(deploy).collect(), records: twelve(), as_of: at("2026-03-31"), ..World::default() };
    let found = world.run();
    // Failed: numbers 0, 5, 11, 17 of the 23 with a stated outcome.
    let rate = found.metric("change-failure-rate", "");
    assert_eq!((rate.ratio, (rate.value.unwrap().value * 1000.0).round()), (Some((4, 23)), 174.0));
    assert_eq!((rate.excluded["outcome not stated"], rate.note.as_str()), (5, "Median release: 3 changes."));
    // Rework: numbers 1, 9, 17, 25.
    assert_eq!(found.metric("rework-rate", "service ledger").ratio, Some((4, 28)));
    // 28 in 28 days: seven a week.
    assert_eq!(found.metric("deploy-frequency", "").value.unwrap().value, 7.0);
}

#[test]
fn law_i4_without_deployments_it_says_so() {
    let found = run(twelve());
    for id in ["change-failure-rate", "rework-rate", "deploy-frequency", "deploys-and-recurrence", "delivery-correlations"] {
        let metric = found.metric(id, "");
        assert!(metric.value.is_none() && metric.note.contains("No deployments"), "{id}");
    }
}

#[test]
fn laws_i2_i3_a_defect_belongs_to_the_last_release_before_it_whatever_the_window_of_the_report() {
    let (deployments, unread) = read("time,service\n2026-01-01T00:00:00Z,ledger\n2026-02-01T00:00:00Z,ledger\n2026-03-01T00:00:00Z,ledger\n");
    assert_eq!(unread, []);
    let in_service = |mut r: Record| {
        r.service = Known::stated("ledger".into(), "service");
        r
    };
    let records: Vec<Record> = [("A-1", "2026-01-05"), ("A-2", "2026-01-25"), ("A-3", "2026-02-10"), ("A-4", "2025-12-01")]
        .iter()
        .map(|(id, day)| in_service(bug(id, "pay", day, "", "production", "unit")))
        .collect();
    let at_day = |day: &str| World { deployments: deployments.clone(), records: records.clone(), as_of: at(day), ..World::default() }.run();
    let (early, late) = (at_day("2026-02-15"), at_day("2026-06-30"));
    for (found, releases) in [(&early, 2), (&late, 3)] {
        let metric = found.metric("attributed-failure-rate", "");
        assert_eq!(metric.ratio, Some((2, releases)));
        assert_eq!(metric.excluded, [("before the first deployment".to_owned(), 1), ("unattributed: beyond the window".to_owned(), 1)].into());
    }
}

#[test]
fn law_i1_burn_down_flow_and_age() {
    let found = run(twelve());
    // Open at the end of January none; February: A-04; March. A-08 ends before it begins, A-10 closed.
    let open: Vec<f64> = found.metric("burn-down", "").series.iter().map(|s| s.1).collect();
    assert_eq!(open, [0.0, 1.0, 3.0]);
    let flow = |of: &str| found.metric("cumulative-flow", of).series.iter().map(|s| s.1).collect::<Vec<_>>();
    assert_eq!((flow("noticed"), flow("resolved")), (vec![2.0, 5.0, 9.0], vec![2.0, 4.0, 6.0]));
    assert_eq!(found.metric("aging", "").dots, [27.0, 29.0, 49.0]);
}

#[test]
fn law_i1_recurrence_and_reopen_rate() {
    let found = company().run();
    // Each class: every member but the first comes after a fix or in another team.
    assert_eq!(found.metric("recurrence-rate", "").ratio, Some((11 + 7 + 3, 24)));
    let mut records = twelve();
    for (record, times) in records.iter_mut().zip(["0", "2", "1", "no"]) {
        record.fields.insert("reopen_count".into(), vec![times.into()]);
    }
    let found = run(records);
    assert_eq!(found.metric("reopen-rate", "").ratio, Some((2, 3)));
    assert_eq!(found.metric("reopen-rate", "").excluded["source does not count reopenings"], 9);
}

#[test]
fn law_i1_quality_budget() {
    let mut records: Vec<Record> = (0..21).map(|i| severe(bug(&format!("B-{i:02}"), "pay", "2026-03-30", "", "", ""), 2)).collect();
    records.push(severe(bug("C-1", "ord", "2026-03-20", "", "", ""), 1));
    records.push(severe(bug("C-2", "ord", "2026-03-26", "", "", ""), 1));
    records.iter_mut().for_each(|r| r.status = Status::Open);
    let found = run(records);
    let note = |team: &str| found.metric("quality-budget", team).note.clone();
    assert!(note("team pay").starts_with("Over budget: 21 open of severity 2 (at most 20)"));
    assert!(note("team ord").starts_with("Over budget: 0 open of severity 2 (at most 20), 1 of severity 1 older than 7 days"));
}

#[test]
fn law_i1_coverage_gap_map_and_severity_mix() {
    let mut records = twelve();
    for record in &mut records[..3] {
        record.bucket = Known::stated(Bucket::CoverageGap, "field");
        record.components = vec!["ledger".into()];
    }
    records[5].bucket = Known::stated(Bucket::EnvironmentMismatch, "field");
    let records = records.into_iter().enumerate().map(|(i, r)| if i < 4 { severe(r, 1 + (i as u8) / 2) } else { r }).collect();
    let found = run(records);
    assert_eq!(found.metric("coverage-gap-map", "ledger / unit").value.unwrap().value, 2.0);
    assert_eq!(found.metric("coverage-gap-map", "ledger / integration").value.unwrap().value, 1.0);
    assert_eq!(found.metric("coverage-gap-map", "").excluded["another leak bucket"], 1);
    assert_eq!(found.metric("severity-mix", "severity 1").ratio, Some((2, 4)));
}

#[test]
fn a_month_without_any_record_is_named_and_not_counted_as_calm() {
    let records = ["2025-01-10", "2025-02-10", "2025-04-10", "2025-05-10"]
        .iter()
        .enumerate()
        .map(|(i, d)| bug(&format!("A-{i}"), "pay", d, "", "production", "unit"))
        .collect();
    let found = World { records, as_of: at("2025-05-31"), ..World::default() }.run();
    assert!(found.metric("escapes-by-period", "").note.contains("No record of any kind in 2025-03"));
    assert!(found.caveats.iter().any(|c| c.text.contains("2025-03")));
}

#[test]
fn every_metric_says_what_it_means_and_never_stands_without_number_or_reason() {
    for metric in company().run().metrics {
        assert!(metric.definition.ends_with('.') && !metric.unit.is_empty(), "{}", metric.id);
        let silent = metric.value.is_none() && metric.dots.is_empty() && metric.series.is_empty() && metric.note.is_empty();
        assert!(!silent, "{} {}", metric.id, metric.of);
        if let Some(value) = metric.value {
            assert!(value.low <= value.value && value.value <= value.high);
        }
    }
}
