//! What must hold for gaps: formula, evidence, decisions, order, scale, and bad input.

#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use proptest::prelude::*;
use refrain_record::decision::ControlState;
use refrain_record::findings::{ControlPresence, Gap, Grade, Outlook};
use refrain_record::{Decided, Decision, Role};
use world::{World, at, bug, company, costing, key, severe};

fn order(gaps: &[Gap]) -> Vec<(Option<u32>, String)> {
    gaps.iter().map(|g| (g.rank, g.id.clone())).collect()
}

fn decision(number: u64, what: Decided) -> Decision {
    Decision {
        number,
        at: at("2026-01-01"),
        author: "board".into(),
        why: "agreed".into(),
        what,
        seen: vec![],
        before: String::new(),
        hash: String::new(),
    }
}

fn decide_control(control: &str, team: &str, state: ControlState, on: &str) -> Decision {
    decision(1, Decided::Control { control: control.into(), team: team.into(), state, on: at(on) })
}

#[test]
fn the_dearest_and_most_frequent_class_comes_first() {
    let found = company().run();
    assert_eq!(found.gaps[0].id, "G-C-1-replay-test");
    assert_eq!(found.gaps.iter().map(|g| g.rank).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    let first = &found.gaps[0];
    assert_eq!((first.escapes, first.in_production, first.teams.len()), (12, 12, 3));
    assert_eq!(first.grade, Grade::A, "{}", first.grade_because);
    assert!(first.top5 == 1.0 && first.first > 0.6);
    let ask = found.ask.unwrap();
    assert_eq!(ask.gaps[0], first.id);
    assert!(ask.pays.is_some_and(|p| p > 0.5) && ask.cost_share.is_some_and(|s| s > 0.4));
}

#[test]
fn law_b2_the_terms_of_a_gap_multiply_to_its_rank_score() {
    for gap in company().run().gaps {
        let product: f64 = gap.terms.iter().map(|(_, x)| x).product();
        let avoidable = gap.avoidable.unwrap();
        assert!((product / avoidable.value - 1.0).abs() < 1e-6, "{}: {product} {}", gap.id, avoidable.value);
        assert!(avoidable.low < avoidable.value && avoidable.value < avoidable.high);
    }
}

#[test]
fn law_j6_a_control_comes_with_rule_members_counter_evidence_stage_and_price() {
    let mut world = company();
    world.present.insert("replay-test".into(), [("orders".to_owned(), "2026-01-01".to_owned())].into());
    let found = world.run();
    let gap = found.gaps.iter().find(|g| g.control == "replay-test").unwrap();
    assert_eq!((gap.presence, gap.stage.0.as_str()), (ControlPresence::Partly, "integration"));
    let after: Vec<_> = world
        .records
        .iter()
        .filter(|r| r.key.id().starts_with("RET") && r.team.value().unwrap() == "orders" && r.when().unwrap() >= at("2026-01-01"))
        .collect();
    assert!(!after.is_empty());
    for record in after {
        assert!(!gap.caught_members.contains(&record.key));
        assert!(gap.counter.iter().any(|q| q.cite.key == record.key), "{}", record.key);
    }
    assert!(gap.price.is_some_and(|p| p.low > 0.0 && p.high > p.low));
    assert!(gap.grade > Grade::A, "open counter-evidence");
    let without = company().run();
    let before = without.gaps.iter().find(|g| g.control == "replay-test").unwrap();
    assert!(gap.caught.value < before.caught.value && gap.price.unwrap().value < before.price.unwrap().value);
}

#[test]
fn law_j6_a_control_that_all_teams_have_is_failing_and_not_missing() {
    let mut world = company();
    for control in ["contract-test", "replay-test", "design-rule"] {
        world.present.insert(control.into(), [("*".to_owned(), "2025-01-01".to_owned())].into());
    }
    let found = world.run();
    let gap = found.gaps.iter().find(|g| g.class == "C-2").unwrap();
    assert_eq!(gap.presence, ControlPresence::Failing);
    assert!(gap.caught_members.is_empty());
}

#[test]
fn a_rejected_control_gives_way_and_a_deferred_one_comes_back_at_its_day() {
    let with = |d: Decision, as_of: &str| {
        let mut world = company();
        world.decisions = vec![d];
        world.as_of = at(as_of);
        world.run().gaps
    };
    let control = |gaps: &[Gap]| gaps.iter().find(|g| g.class == "C-1").map(|g| (g.control.clone(), g.decision.clone()));
    let rejected = with(decide_control("replay-test", "*", ControlState::Rejected, "2026-01-01"), "2026-06-30");
    assert_eq!(control(&rejected).map(|c| c.0).as_deref(), Some("design-rule"));
    let put_off = with(decide_control("replay-test", "*", ControlState::Deferred, "2026-09-01"), "2026-06-30");
    assert_eq!(control(&put_off).map(|c| c.0).as_deref(), Some("design-rule"));
    let back = with(decide_control("replay-test", "*", ControlState::Deferred, "2026-03-01"), "2026-06-30");
    let (id, said) = control(&back).unwrap();
    assert_eq!(id, "replay-test");
    assert!(said.unwrap().contains("due again since 2026-03-01"));
}

#[test]
fn an_adopted_control_shows_before_and_after() {
    let mut world = company();
    world.decisions = vec![decide_control("replay-test", "*", ControlState::Adopted, "2026-01-01")];
    let found = world.run();
    let gap = found.gaps.iter().find(|g| g.control == "replay-test").unwrap();
    let effect = gap.effect.clone().unwrap();
    assert_eq!(effect.before.0 + effect.after.0, 12);
    assert!(effect.verdict.contains("Association, not proof") && effect.ratio.is_some());
}

#[test]
fn law_f3_the_order_of_classes_changes_nothing() {
    let world = company();
    let mut turned = company();
    turned.classes.reverse();
    turned.records.reverse();
    let (a, b) = (world.run(), turned.run());
    assert_eq!(a.gaps, b.gaps);
    assert_eq!(
        a.metrics.iter().filter(|m| m.id == "escape-rate").collect::<Vec<_>>(),
        b.metrics.iter().filter(|m| m.id == "escape-rate").collect::<Vec<_>>()
    );
    assert_eq!(a.ask, b.ask);
}

#[test]
fn the_size_of_the_currency_changes_no_rank() {
    let mut large = company();
    for cost in large.records.iter_mut().flat_map(|r| &mut r.costs) {
        (cost.low, cost.high) = (cost.low * 1000.0, cost.high * 1000.0);
    }
    let scale = |r: &mut refrain_classes::cost::Range| (r.low, r.base, r.high) = (r.low * 1000.0, r.base * 1000.0, r.high * 1000.0);
    [&mut large.cost.engineer_hour, &mut large.cost.downtime_minute, &mut large.cost.user, &mut large.cost.support_contact]
        .into_iter()
        .for_each(scale);
    let (small, large) = (company().run(), large.run());
    assert_eq!(order(&small.gaps), order(&large.gaps));
    for (a, b) in small.gaps.iter().zip(&large.gaps) {
        assert_eq!((a.top5, a.first, &a.fragile), (b.top5, b.first, &b.fragile));
        assert!((b.avoidable.unwrap().value / a.avoidable.unwrap().value - 1000.0).abs() < 1e-3);
    }
}

#[test]
fn one_giant_is_bounded_and_named() {
    let mut world = company();
    world.records.iter_mut().find(|r| r.key == key("CLK-00")).unwrap().costs[0].high = 4_000_000.0;
    world.records.iter_mut().find(|r| r.key == key("CLK-00")).unwrap().costs[0].low = 4_000_000.0;
    let found = world.run();
    let gap = found.gaps.iter().find(|g| g.class == "C-3").unwrap();
    assert_eq!(gap.cost.raw, 4_000_000.0 + 3.0 * (900.0) + 4.0 * derived_hours());
    assert!(gap.cost.capped.unwrap().value < 150_000.0);
    assert!(gap.rank > Some(1));
    assert!(found.caveats.iter().any(|c| c.records == [key("CLK-00")] && c.text.contains("median")));
}

/// Hours that the two days to resolve stand for: 2 × 8 h × 0.06 × 1.5 people × 95.
fn derived_hours() -> f64 {
    2.0 * 8.0 * 0.06 * 1.5 * 95.0
}

#[test]
fn law_h4_no_one_two_five_or_fifty_defects_give_plain_answers() {
    for n in [0, 1, 2, 5, 50] {
        let records: Vec<_> = (0..n).map(|i| bug(&format!("A-{i}"), "", "2026-01-05", "", "", "")).collect();
        let found = World::default().with("C-1", "retry", records).run();
        assert!(found.gaps.iter().all(|g| g.rank.is_none() && g.avoidable.is_none()));
        assert_eq!(found.backtest.forecasts, 0);
        assert!(found.ask.is_none());
        assert!(found.metrics.iter().all(|m| m.value.is_some() || !m.series.is_empty() || !m.note.is_empty() || !m.dots.is_empty()));
    }
}

#[test]
fn law_j2_a_class_with_two_events_has_no_forecast() {
    let found = World::default()
        .with(
            "C-1",
            "retry",
            vec![bug("A-1", "a", "2025-01-05", "2025-01-06", "production", "unit"), bug("A-2", "b", "2025-08-05", "", "production", "unit")],
        )
        .run();
    assert!(matches!(&found.classes[0].forecast, Outlook::Withheld { because } if because.contains("at least 3")));
    let gap = &found.gaps[0];
    assert_eq!((gap.grade, gap.avoidable, gap.rank), (Grade::C, None, Some(1)));
    assert!(gap.fragile.contains("No forecast"));
}

#[test]
fn one_escape_is_listed_and_never_ranked() {
    let found = World::default().with("C-1", "retry", vec![costing(bug("A-1", "a", "2025-01-05", "", "production", "unit"), 9e6)]).run();
    assert_eq!((found.gaps[0].grade, found.gaps[0].rank), (Grade::D, None));
}

#[test]
fn without_any_price_gaps_are_ranked_by_defects() {
    let mut world = company();
    for record in &mut world.records {
        record.costs.clear();
        record.resolved = refrain_record::Known::Absent;
    }
    let found = world.run();
    assert_eq!(found.gaps[0].class, "C-1");
    assert!(found.gaps.iter().all(|g| g.avoidable.is_none() && g.terms[2].0 == "one defect"));
}

#[test]
fn a_single_record_that_carries_a_place_is_named() {
    let small = |i: usize, id: &str, team: &str| {
        costing(bug(&format!("{id}-{i}"), team, &format!("2025-{:02}-05", 2 * i + 1), "", "production", "staging"), 1000.0)
    };
    let mut skew: Vec<_> = (0..4).map(|i| small(i, "SKW", "a")).collect();
    (skew[2].costs[0].low, skew[2].costs[0].high) = (9_000.0, 9_000.0);
    let found = World::default()
        .with("C-1", "retry", (0..4).map(|i| small(i, "RET", "a")).collect())
        .with("C-2", "skew", skew)
        .with("C-3", "clock", (0..3).map(|i| small(i, "CLK", "b")).collect())
        .run();
    let gap = found.gaps.iter().find(|g| g.class == "C-2").unwrap();
    assert_eq!(gap.rank, Some(1));
    assert!(gap.fragile.starts_with("Without JIRA:SKW-2 it would be in place"), "{}", gap.fragile);
}

#[test]
fn words_about_a_control_say_that_it_was_missing_and_weigh() {
    let mut world = company();
    for record in world.records.iter_mut().filter(|r| r.key.id().starts_with("SKW")) {
        record.add_section(Role::Lessons, "lessons", "There was no contract-test between the two.");
    }
    let (said, silent) = (world.run(), company().run());
    let of = |gaps: &[Gap]| gaps.iter().find(|g| g.class == "C-2").unwrap().clone();
    assert_eq!(of(&said.gaps).presence, ControlPresence::Missing);
    assert_eq!(of(&silent.gaps).presence, ControlPresence::Unknown);
    assert!(of(&said.gaps).caught.low > of(&silent.gaps).caught.low);
    assert!(of(&said.gaps).evidence.iter().any(|q| q.text.contains("no contract-test")));
}

#[test]
fn severity_alone_is_an_assumed_cost_and_says_so() {
    let mut world = company();
    for record in &mut world.records {
        record.costs.clear();
        record.resolved = refrain_record::Known::Absent;
        *record = severe(record.clone(), 2);
    }
    let found = world.run();
    assert!(found.gaps.iter().all(|g| g.assumed_share == 1.0));
    assert!(found.caveats.iter().any(|c| c.topic == "cost" && c.text.contains("assumed")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A further member that costs at least the median never lowers the cost of its gap.
    #[test]
    fn one_more_costly_member_never_lowers_its_gap(costs in prop::collection::vec(1.0..1e6f64, 3..14), extra in 1.0..4.0f64) {
        let build = |costs: &[f64]| {
            let records = costs.iter().enumerate().map(|(i, c)| costing(bug(&format!("A-{i:02}"), "a", &format!("2025-{:02}-05", i % 12 + 1), "", "production", "unit"), *c)).collect();
            World { settings: refrain_classes::gaps::GapSettings { draws: 100, ..Default::default() }, ..World::default() }.with("C-1", "retry", records).run()
        };
        let mut sorted = costs.clone();
        sorted.sort_by(f64::total_cmp);
        let median = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
        let more: Vec<f64> = costs.iter().copied().chain([median * extra]).collect();
        let (before, after) = (build(&costs), build(&more));
        prop_assert!(after.gaps[0].cost.capped.unwrap().value >= before.gaps[0].cost.capped.unwrap().value);
    }

    /// Quotes equal the text at their place.
    #[test]
    fn law_b1_every_quote_of_a_gap_stands_in_its_record(months in prop::collection::vec(0..12usize, 3..8)) {
        let records: Vec<_> = months.iter().enumerate().map(|(i, m)| bug(&format!("A-{i}"), "a", &format!("2025-{:02}-{:02}", m + 1, i + 1), "", "production", "unit")).collect();
        let world = World { settings: refrain_classes::gaps::GapSettings { draws: 100, ..Default::default() }, ..World::default() }.with("C-1", "retry", records);
        for gap in world.run().gaps {
            for quote in gap.evidence.iter().chain(&gap.counter) {
                let record = world.records.iter().find(|r| r.key == quote.cite.key).unwrap();
                let section = record.section(&quote.cite.section).unwrap();
                prop_assert_eq!(&section.text[quote.start as usize..quote.end as usize], &quote.text);
                prop_assert!(quote.cite.holds(section));
            }
        }
    }
}
