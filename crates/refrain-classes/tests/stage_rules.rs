//! Where was it found, where should it have been, and why did it get past: real wordings against the shipped tables.

#![allow(clippy::unwrap_used, clippy::panic)]

use refrain_classes::Defect;
use refrain_classes::buckets::{Buckets, whys};
use refrain_classes::controls::ControlCues;
use refrain_classes::stages::{Staging, judge_stages};
use refrain_record::{Bucket, Control, Decided, Decision, Key, Kind, Known, Moment, Record, Role, StageModel};
use serde::Deserialize;

fn stages() -> StageModel {
    toml::from_str(include_str!("../../../data/stages.toml")).unwrap()
}

fn controls() -> Vec<Control> {
    #[derive(Deserialize)]
    struct File {
        control: Vec<Control>,
    }
    toml::from_str::<File>(include_str!("../../../data/controls.toml")).unwrap().control
}

fn issue(text: &str) -> Record {
    let mut record = Record::new("JIRA:A-1".parse::<Key>().unwrap(), Kind::Issue, "It fails");
    record.add_section(Role::Description, "description", text);
    record
}

fn judge(record: &Record, decisions: &[&Decision]) -> Staging {
    judge_stages(&[Defect::single(record)], &[], &[], &stages(), decisions).unwrap().remove(0)
}

#[test]
fn words_say_where_it_was_found() {
    let rows = [
        ("Three customers reported that the invoice shows twice.", "production-customer"),
        ("Reported by a merchant on Monday morning.", "production-customer"),
        ("The lag alert fired at 03:12 and paged the on-call.", "production-internal"),
        ("First seen in production after the Tuesday release.", "production-internal"),
        ("Noticed in staging while rehearsing the migration.", "staging"),
        ("Caught by the canary: error rate rose to 4 %. Found in the canary, rolled back.", "canary"),
        ("Found by the nightly.", "integration"),
        ("This was caught in code review of the follow-up.", "review"),
        ("Detected by the linter.", "static"),
        ("Found during our load test.", "system"),
    ];
    for (text, expected) in rows {
        let found = judge(&issue(text), &[]);
        assert_eq!(found.actual.value().map(String::as_str), Some(expected), "{text}");
        assert!(!found.evidence.is_empty(), "{text}");
    }
}

#[test]
fn words_that_look_like_a_stage_but_are_none() {
    for text in ["The production of the report takes long.", "Customers can pay by card.", "The test button is grey.", "We monitor the queue."] {
        assert!(judge(&issue(text), &[]).actual.is_absent(), "{text}");
    }
}

#[test]
fn fields_and_labels_say_where_it_was_found() {
    let field = |name: &str, value: &str| {
        let mut record = issue("It fails.");
        record.fields.insert(name.into(), vec![value.into()]);
        judge(&record, &[])
    };
    assert_eq!(field("Found in", "UAT").actual, Known::derived("staging".into(), "stage-in-field"));
    assert_eq!(field("Detection_Phase", "System Test").actual, Known::derived("system".into(), "stage-in-field"));
    assert_eq!(field("Reported by type", "Customer Support").actual, Known::derived("production-customer".into(), "reporter-in-field"));
    assert!(field("Component", "production").actual.is_absent());
    let label = |label: &str| {
        let mut record = issue("It fails.");
        record.labels = vec![label.into()];
        judge(&record, &[])
    };
    assert_eq!(label("found-in:staging").actual.value().map(String::as_str), Some("staging"));
    assert_eq!(label("customer-reported").actual.value().map(String::as_str), Some("production-customer"));
    assert!(label("test").actual.is_absent(), "a topic is no stage");
    assert!(label("escaped-defect").escape);
}

#[test]
fn words_say_what_would_have_caught_it() {
    let rows = [
        ("A unit test for the leap day would be simple. A unit test would have shown it.", "unit"),
        ("There was no contract test between the two services.", "contract"),
        ("A stricter lint rule would have refused the call.", "static"),
        ("It should have been caught in code review.", "review"),
        ("An end to end test could have caught this.", "system"),
    ];
    for (text, expected) in rows {
        assert_eq!(judge(&issue(text), &[]).ideal.value().map(String::as_str), Some(expected), "{text}");
    }
}

#[test]
fn incidents_are_in_production_unless_words_say_otherwise() {
    let mut incident = issue("The queue grew.");
    incident.kind = Kind::Incident;
    let found = judge(&incident, &[]);
    assert_eq!((found.actual.value().map(String::as_str), found.shipped, found.escape), (Some("production-internal"), true, true));
    let mut early = issue("Noticed in staging before the release.");
    early.kind = Kind::Incident;
    assert_eq!(judge(&early, &[]).actual.value().map(String::as_str), Some("staging"));
}

#[test]
fn words_say_why_it_got_past() {
    let rows = [
        ("There was no test for two refunds at once.", Bucket::CoverageGap),
        ("The path was never tested.", Bucket::CoverageGap),
        ("Nobody checked what happens at month end.", Bucket::CoverageGap),
        ("It only happens in production.", Bucket::EnvironmentMismatch),
        ("Works in staging, where there is one broker.", Bucket::EnvironmentMismatch),
        ("Staging runs an older version of the database.", Bucket::EnvironmentMismatch),
        ("The test was muted in March as flaky.", Bucket::FlakyOrSuppressed),
        ("The job was retried by hand until it was green.", Bucket::FlakyOrSuppressed),
        ("The alert had been silenced.", Bucket::FlakyOrSuppressed),
    ];
    let buckets = Buckets::new().unwrap();
    for (text, expected) in rows {
        assert_eq!(buckets.judge(&issue(text)).map(|b| b.0), Some(expected), "{text}");
    }
    for text in ["The test passes.", "Coverage is at 81 %.", "Production is fine."] {
        assert_eq!(buckets.judge(&issue(text)), None, "{text}");
    }
}

#[test]
fn a_muted_test_is_a_suppressed_signal() {
    let mut record = issue("expected 3, was 4");
    record.kind = Kind::TestFailure;
    record.labels = vec!["quarantined".into()];
    assert_eq!(judge(&record, &[]).bucket, Known::derived(Bucket::FlakyOrSuppressed, "test-was-muted-or-repeated"));
}

#[test]
fn a_chain_of_whys_keeps_its_order_and_its_places() {
    let record =
        issue("Analysis\n1. Why did orders stop? The queue was full.\n2. Why was it full? No bound.\nWhy 3: why no bound? Nobody asked.\nWhyever.");
    let chain = whys(&record);
    assert_eq!(chain.iter().map(|q| q.cite.first).collect::<Vec<_>>(), [2, 3, 4]);
    assert!(chain[0].text.starts_with("1. Why did orders stop"));
    assert!(whys(&issue("Why is this slow?")).is_empty(), "one question is no chain");
}

#[test]
fn what_people_decided_comes_first() {
    let decide = |number: u64, what: Decided| Decision {
        number,
        at: Moment::at(0),
        author: "kim".into(),
        why: "seen".into(),
        what,
        seen: vec![],
        before: String::new(),
        hash: String::new(),
    };
    let record = issue("First seen in production. A unit test would have shown it.");
    let stage = decide(4, Decided::Stage { key: record.key.clone(), actual: Some("canary".into()), ideal: None });
    let bucket = decide(5, Decided::Bucket { key: record.key.clone(), bucket: Bucket::EnvironmentMismatch });
    let found = judge(&record, &[&stage, &bucket]);
    assert_eq!(found.actual, Known::stated("canary".into(), "decision 4"));
    assert_eq!(found.ideal.value().map(String::as_str), Some("unit"));
    assert_eq!(found.bucket, Known::stated(Bucket::EnvironmentMismatch, "decision 5"));
}

#[test]
fn absent_is_absent() {
    let found = judge(&Record::new("JIRA:A-1".parse().unwrap(), Kind::Issue, "x"), &[]);
    assert_eq!(found, Staging::default());
}

#[test]
fn every_cue_of_the_catalogue_compiles() {
    let catalogue = controls();
    let cues = ControlCues::new(&catalogue).unwrap();
    assert!(catalogue.len() >= 40);
    let found = cues.find(&issue("There was no idempotency key on the call."));
    assert!(found.iter().any(|s| s.control == "idempotency-rule" && !s.failed));
    for control in &catalogue {
        assert!(stages().index(&control.stage).is_some(), "{}", control.id);
        assert!(control.days[0] > 0.0 && control.days[0] <= control.days[1] && control.share > 0.0 && control.share < 1.0, "{}", control.id);
    }
}
