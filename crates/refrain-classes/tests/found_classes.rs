//! Classes that nobody named: found where records have more in common than chance, and nowhere else.

#![allow(clippy::unwrap_used)] // helpers of tests, not only the tests themselves

use std::collections::BTreeSet;

use refrain_classes::{ClassSettings, Defect, Lexicon, Placement, fit, place};
use refrain_maths::random::Random;
use refrain_record::{Kind, Known, Record, Role};

/// Words of the noise; the r-th most frequent is said about 1/r as often as the first (Zipf).
const VOCABULARY: usize = 6_000;
/// Teams, in turn.
const TEAMS: usize = 6;

/// A pronounceable word for a number, so that none is taken for a number or a stop word.
fn word(mut n: usize) -> String {
    let mut out = String::from("q");
    for _ in 0..4 {
        out.push(b"bdfgklmnprstvz"[n % 14] as char);
        out.push(b"aeiou"[n / 14 % 5] as char);
        n /= 70;
    }
    out
}

fn noise(random: &mut Random, words: usize) -> String {
    let one = |random: &mut Random| word((VOCABULARY as f64).powf(random.below(1 << 20) as f64 / f64::from(1 << 20)) as usize);
    (0..words).map(|_| one(random)).collect::<Vec<_>>().join(" ")
}

/// Records of chance words, `extra(n)` before them.
fn records(seed: &str, n: usize, extra: impl Fn(usize) -> String) -> Vec<Record> {
    let mut random = Random::named(seed);
    let one = |n: usize| {
        let title = noise(&mut random, 5);
        let mut record = Record::new(format!("JIRA:A-{n}").parse().unwrap(), Kind::Issue, &title);
        record.team = Known::stated(format!("team{}", n % TEAMS), "owner");
        record.add_section(Role::Description, "description", format!("{} {}", extra(n), noise(&mut random, 22)));
        record
    };
    (0..n).map(one).collect()
}

fn found(records: &[Record]) -> Placement {
    let defects: Vec<Defect<'_>> = records.iter().map(Defect::single).collect();
    let lexicon = Lexicon::new(&[]).unwrap();
    let model = fit(&defects, &lexicon, &[], None, &ClassSettings::default());
    place(&model, &defects, &lexicon, &[])
}

fn members(placement: &Placement) -> Vec<BTreeSet<usize>> {
    let number = |key: &refrain_record::Key| key.id().trim_start_matches("A-").parse().unwrap();
    placement.classes.iter().map(|c| c.members.iter().map(|m| number(&m.key)).collect()).collect()
}

#[test]
fn law_g2_noise_without_classes_has_none() {
    let classes: usize = (0..20).map(|seed| found(&records(&format!("noise {seed}"), 400, |_| String::new())).classes.len()).sum();
    assert!(classes <= 1, "{classes} classes in 20 draws of noise");
}

/// Twenty mechanisms of three records each, in three teams, four of five own words in each record, among 5,000 records.
#[test]
fn law_g2_three_records_of_a_new_mechanism_are_found_among_five_thousand() {
    let planted = |n: usize| (n.is_multiple_of(83) && n / 83 < 60).then_some((n / 83 % 20, n / 83 / 20));
    let said = |n: usize| {
        let own =
            |(mechanism, copy): (usize, usize)| (0..5).filter(|w| *w != copy).map(|w| word(20_000 + mechanism * 7 + w)).collect::<Vec<_>>().join(" ");
        planted(n).map(own).unwrap_or_default()
    };
    let classes = members(&found(&records("planted", 5_000, said)));
    let of = |mechanism: usize| (0..5_000).filter(|n| planted(*n).is_some_and(|p| p.0 == mechanism)).collect::<BTreeSet<usize>>();
    let hits = (0..20).filter(|m| classes.iter().any(|c| c.len() <= 4 && of(*m).is_subset(c))).count();
    assert!(hits >= 18, "{hits} of 20 found");
    let strange = classes.iter().filter(|c| c.iter().all(|n| planted(*n).is_none())).count();
    assert!(strange <= 1, "{strange} classes of noise");
}

#[test]
fn a_topic_is_no_mechanism() {
    let said = |n: usize| if n < 12 { word(30_000) } else { String::new() };
    let placement = found(&records("topic", 400, said));
    assert!(members(&placement).iter().all(|c| c.iter().filter(|n| **n < 12).count() < 3), "one shared word made a class");
}

#[test]
fn a_mechanism_of_one_team_alone_stays_its_jargon() {
    let said = |n: usize| {
        if n.is_multiple_of(TEAMS) && n < 12 * TEAMS { (0..4).map(|w| word(40_000 + w)).collect::<Vec<_>>().join(" ") } else { String::new() }
    };
    let jargon: Vec<usize> = (0..12).map(|n| n * TEAMS).collect();
    let classes = members(&found(&records("jargon", 400, said)));
    assert!(classes.iter().all(|c| jargon.iter().filter(|n| c.contains(n)).count() < 3), "words of one owner made a class");
}
