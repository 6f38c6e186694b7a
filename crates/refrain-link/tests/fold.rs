//! Laws of folding: decisions win, order does not matter, absence links nothing.
#![allow(clippy::unwrap_used)] // helpers of tests, not only the tests themselves

use proptest::prelude::*;
use refrain_link::fold::{FoldSettings, Folded, fold};
use refrain_record::findings::GroupOrigin;
use refrain_record::{Decided, Decision, Key, Kind, Link, LinkKind, Moment, Record, Role};

fn key(n: usize) -> Key {
    format!("T:R-{n:03}").parse().unwrap()
}

fn record(n: usize, title: &str, body: &str) -> Record {
    let mut record = Record::new(key(n), Kind::Issue, title);
    record.add_section(Role::Description, "description", body);
    record
}

fn decision(number: u64, what: Decided) -> Decision {
    let at = Moment::at(0);
    Decision { number, at, author: "qe".into(), why: "seen".into(), what, seen: Vec::new(), before: String::new(), hash: String::new() }
}

fn folded(records: &[Record], decisions: &[Decision]) -> Folded {
    fold(records, &[], &decisions.iter().collect::<Vec<_>>(), &FoldSettings::default())
}

/// Whether two records stand in one group, folded or suggested.
fn together(found: &Folded, a: &Key, b: &Key) -> bool {
    found.groups.iter().any(|g| g.members.contains(a) && g.members.contains(b))
}

const LONG: &str = "The client posts the refund again when the gateway does not answer within two seconds and the ledger books both of them";

#[test]
fn equal_content_folds_and_says_why() {
    let records = [record(1, "Refund booked twice", LONG), record(2, "Refund booked twice", LONG), record(3, "Blank page", "nothing")];
    let found = folded(&records, &[]);
    assert_eq!(found.groups.len(), 1);
    assert_eq!(found.groups[0].origin, GroupOrigin::Certain);
    assert!(found.groups[0].folded && found.groups[0].links[0].because.starts_with("equal content"));
}

#[test]
fn a_near_copy_is_suggested_and_never_folded() {
    let near = LONG.replace("two seconds", "three seconds");
    let records = [record(1, "Refund booked twice", LONG), record(2, "Refund is booked twice", &near)];
    let found = folded(&records, &[]);
    assert!(found.groups.iter().all(|g| !g.folded && g.origin == GroupOrigin::Suggested));
    assert!(together(&found, &key(1), &key(2)));
}

#[test]
fn a_source_link_folds_across_keys() {
    let mut records = [record(1, "Refund twice", "a"), record(2, "Money back two times", "b")];
    records[1].links.push(Link { kind: LinkKind::DuplicateOf, target: "R-001".into(), at: "dupe_of".into() });
    assert_eq!(folded(&records, &[]).groups[0].origin, GroupOrigin::Source);
}

#[test]
fn law_a6_absent_fields_are_not_a_class() {
    let records: Vec<Record> = (0..500).map(|n| record(n, "", "")).collect();
    assert!(folded(&records, &[]).groups.is_empty());
}

#[test]
fn law_c6_a_contradiction_names_both() {
    let records = [record(1, "x", "y"), record(2, "z", "w")];
    let decisions = [decision(1, Decided::Different { a: key(1), b: key(2) }), decision(2, Decided::Same { a: key(1), b: key(2) })];
    assert_eq!(folded(&records, &decisions).contradictions.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// A person's `different` survives every link, copy and chain of others.
    #[test]
    fn law_c2_cannot_link_is_permanent(
        texts in prop::collection::vec(0usize..4, 2..9),
        links in prop::collection::vec((0usize..9, 0usize..9), 0..8),
        apart in prop::collection::vec((0usize..9, 0usize..9), 1..4),
    ) {
        let n = texts.len();
        let mut records: Vec<Record> = texts.iter().enumerate().map(|(i, t)| record(i, &format!("title {t}"), &LONG.replace("ledger", ["ledger", "book", "store", "mail"][*t]))).collect();
        for (a, b) in links.iter().filter(|(a, b)| *a < n && *b < n && a != b) {
            records[*a].links.push(Link { kind: LinkKind::DuplicateOf, target: key(*b).to_string(), at: "dupe_of".into() });
        }
        let decisions: Vec<Decision> = apart.iter().filter(|(a, b)| *a < n && *b < n && a != b).enumerate()
            .map(|(i, (a, b))| decision(i as u64 + 1, Decided::Different { a: key(*a), b: key(*b) })).collect();
        let found = folded(&records, &decisions);
        for d in &decisions {
            if let Decided::Different { a, b } = &d.what {
                prop_assert!(!together(&found, a, b));
            }
        }
    }

    /// Groups partition: no record is folded twice, and the canonical record is not itself a duplicate (law C8).
    #[test]
    fn law_c8_folded_groups_do_not_overlap(texts in prop::collection::vec(0usize..3, 2..12)) {
        let records: Vec<Record> = texts.iter().enumerate().map(|(i, t)| record(i, "same title here", &LONG.replace("ledger", ["ledger", "book", "store"][*t]))).collect();
        let found = folded(&records, &[]);
        let mut seen = std::collections::BTreeSet::new();
        for member in found.groups.iter().filter(|g| g.folded).flat_map(|g| &g.members) {
            prop_assert!(seen.insert(member.clone()));
        }
    }
}
