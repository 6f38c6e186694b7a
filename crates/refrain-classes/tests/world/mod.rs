//! A small organisation for tests: records, classes by hand, controls, and everything computed from them.

#![allow(dead_code)]

use std::collections::BTreeMap;

use refrain_classes::Defect;
use refrain_classes::caveats::caveats;
use refrain_classes::controls::ControlList;
use refrain_classes::cost::{CostModel, price};
use refrain_classes::deployments::Deployment;
use refrain_classes::enrich::enrich;
use refrain_classes::gaps::{GapSettings, ask, rank_gaps};
use refrain_classes::input::Input;
use refrain_classes::metrics::metrics;
use refrain_classes::stages::{Staging, judge_stages};
use refrain_record::findings::{Ask, Backtest, Caveat, Class, ClassOrigin, CostSummary, Gap, Member, Metric, Outlook, Unclassified};
use refrain_record::score::Quote;
use refrain_record::{
    Citation, Control, CostItem, CostUnit, Decision, Key, Kind, Known, LogOdds, Mechanism, Moment, Record, Role, Score, Severity, Stage, StageModel,
    Weight,
};

/// The key `JIRA:<id>`.
pub fn key(id: &str) -> Key {
    format!("JIRA:{id}").parse().unwrap()
}

/// A moment from its written form.
pub fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

/// A bug with a team, a day, an end (empty: none) and its two stages (empty: unknown).
pub fn bug(id: &str, team: &str, day: &str, end: &str, actual: &str, ideal: &str) -> Record {
    let mut record = Record::new(key(id), Kind::Issue, &format!("{id} fails"));
    let known = |text: &str| if text.is_empty() { Known::Absent } else { Known::stated(text.to_owned(), "field") };
    record.team = known(team);
    record.detected = if day.is_empty() { Known::Absent } else { Known::stated(at(day), "created") };
    record.resolved = if end.is_empty() { Known::Absent } else { Known::stated(at(end), "resolved") };
    (record.actual_stage, record.ideal_stage) = (known(actual), known(ideal));
    record.add_section(Role::Cause, "cause", format!("The retry repeated the effect of {id}."));
    record
}

/// With stated money.
pub fn costing(mut record: Record, euros: f64) -> Record {
    record.costs.push(CostItem { unit: CostUnit::Money { currency: "EUR".into() }, low: euros, high: euros, at: "impact:1".into() });
    record
}

/// With a severity.
pub fn severe(mut record: Record, level: u8) -> Record {
    record.severity = Known::stated(Severity::new(level).unwrap(), "priority");
    record
}

/// Four stages.
pub fn stages() -> StageModel {
    let row = |id: &str, production: bool, words: &[&str]| Stage {
        id: id.into(),
        name: id.into(),
        short: id.into(),
        production,
        words: words.iter().map(|w| (*w).to_owned()).collect(),
    };
    StageModel {
        stage: vec![
            row("unit", false, &["unit test"]),
            row("integration", false, &["integration test"]),
            row("staging", false, &["staging"]),
            row("production", true, &["production", "customer report"]),
        ],
    }
}

/// A mechanism with its controls.
pub fn mechanism(id: &str, family: &str, ideal: &str, controls: &[&str]) -> Mechanism {
    Mechanism {
        id: id.into(),
        name: format!("How {id} fails"),
        shape: "It fails so.".into(),
        not: String::new(),
        family: family.into(),
        ideal_stage: ideal.into(),
        controls: controls.iter().map(|c| (*c).to_owned()).collect(),
        cwe: vec![],
        odc: vec![],
        cue: vec![],
    }
}

/// A control that speaks at a stage and catches a share.
pub fn control(id: &str, stage: &str, share: f64) -> Control {
    Control {
        id: id.into(),
        name: format!("{id} everywhere"),
        kind: "test kind".into(),
        stage: stage.into(),
        catches: "It.".into(),
        missing: vec![format!("no {}", id.replace('-', " "))],
        failed: vec![format!("{} missed", id.replace('-', " "))],
        days: [2.0, 6.0],
        share,
        ticket: format!("Build {id}."),
        accept: "It fails the build.".into(),
    }
}

/// The words "retry repeated" of a record's cause, as a membership's reason.
fn quote(record: &Record) -> Option<Quote> {
    let section = record.section("cause")?;
    let start = section.text.find("retry repeated")?;
    let end = start + "retry repeated".len();
    Some(Quote { cite: Citation::of_bytes(&record.key, section, start, end), start: start as u32, end: end as u32, text: "retry repeated".into() })
}

/// A class of these records by a mechanism.
pub fn class(id: &str, mechanism: &Mechanism, records: &[&Record]) -> Class {
    let member = |record: &&Record| Member {
        key: record.key.clone(),
        duplicates: vec![],
        team: record.team.value().cloned(),
        at: record.when(),
        title: record.title().into(),
        origin: ClassOrigin::Lexicon,
        score: Score::new(
            LogOdds(0),
            vec![Weight { what: "cue".into(), level: "names".into(), bits: LogOdds(5_000_000), cites: quote(record).into_iter().collect() }],
        ),
        border: false,
        counter: vec![],
        actual_stage: None,
        ideal_stage: None,
        bucket: None,
        escape: false,
        recurrence: false,
        cost: None,
    };
    Class {
        id: id.into(),
        lineage: true,
        name: mechanism.name.clone(),
        shape: mechanism.shape.clone(),
        origin: ClassOrigin::Lexicon,
        mechanism: Some(mechanism.id.clone()),
        family: mechanism.family.clone(),
        taxonomy: vec![],
        members: records.iter().map(member).collect(),
        teams: vec![],
        systemic: true,
        emerging: false,
        exemplar: records.first().map_or_else(|| key("none"), |r| r.key.clone()),
        typical: vec![],
        binding: vec![],
        nearest: None,
        cohesion: None,
        recurrences: 0,
        cross_team: 0,
        bursts: 0,
        cost: CostSummary::default(),
        forecast: Outlook::Withheld { because: "not computed".into() },
        counter: vec![],
        first_resolved: None,
    }
}

/// What goes in.
pub struct World {
    pub records: Vec<Record>,
    /// Class id, mechanism id, members.
    pub classes: Vec<(String, String, Vec<Key>)>,
    pub mechanisms: Vec<Mechanism>,
    pub controls: Vec<Control>,
    pub present: BTreeMap<String, BTreeMap<String, String>>,
    pub decisions: Vec<Decision>,
    pub deployments: Vec<Deployment>,
    pub cost: CostModel,
    pub settings: GapSettings,
    pub as_of: Moment,
}

impl Default for World {
    fn default() -> Self {
        Self {
            records: vec![],
            classes: vec![],
            mechanisms: vec![
                mechanism("retry", "concurrency", "integration", &["replay-test", "design-rule"]),
                mechanism("skew", "contracts", "unit", &["contract-test"]),
                mechanism("clock", "time", "unit", &["clock-test"]),
            ],
            controls: vec![
                control("replay-test", "integration", 0.6),
                control("design-rule", "unit", 0.5),
                control("contract-test", "integration", 0.6),
                control("clock-test", "unit", 0.6),
            ],
            present: BTreeMap::new(),
            decisions: vec![],
            deployments: vec![],
            cost: CostModel::default(),
            settings: GapSettings { draws: 400, ..GapSettings::default() },
            as_of: at("2026-06-30"),
        }
    }
}

/// What comes out.
#[derive(Clone, Debug, PartialEq)]
pub struct Result {
    pub classes: Vec<Class>,
    pub staging: Vec<Staging>,
    pub gaps: Vec<Gap>,
    pub metrics: Vec<Metric>,
    pub caveats: Vec<Caveat>,
    pub backtest: Backtest,
    pub ask: Option<Ask>,
}

impl World {
    /// Adds a class of records.
    pub fn with(mut self, id: &str, mechanism: &str, records: Vec<Record>) -> Self {
        self.classes.push((id.into(), mechanism.into(), records.iter().map(|r| r.key.clone()).collect()));
        self.records.extend(records);
        self
    }

    /// Everything from stages to caveats.
    pub fn run(&self) -> Result {
        let mut records = self.records.clone();
        records.sort_by(|a, b| a.key.cmp(&b.key));
        let defects: Vec<Defect<'_>> = records.iter().map(Defect::single).collect();
        let member = |k: &Key| records.iter().find(|r| &r.key == k).unwrap();
        let build = |(id, mechanism, keys): &(String, String, Vec<Key>)| {
            let row = self.mechanisms.iter().find(|m| &m.id == mechanism).unwrap();
            class(id, row, &keys.iter().map(member).collect::<Vec<_>>())
        };
        let mut classes: Vec<Class> = self.classes.iter().map(build).collect();
        let decisions: Vec<&Decision> = self.decisions.iter().collect();
        let stages = stages();
        let staging = judge_stages(&defects, &classes, &self.mechanisms, &stages, &decisions).unwrap();
        let prices = price(&defects, &self.cost);
        let present = ControlList::new(&self.present, &decisions, &self.controls).unwrap();
        let input = Input {
            defects: &defects,
            staging: &staging,
            prices: &prices,
            stages: &stages,
            mechanisms: &self.mechanisms,
            controls: &self.controls,
            present: &present,
            decisions: &decisions,
            deployments: &self.deployments,
            cost: &self.cost,
            settings: &self.settings,
            as_of: self.as_of,
        };
        let backtest = enrich(&mut classes, &input);
        let gaps = rank_gaps(&classes, &input).unwrap();
        let ask = ask(&gaps, &classes, &input);
        let metrics = metrics(&classes, &input);
        let caveats = caveats(&gaps, &classes, &Unclassified::default(), &backtest, &input);
        Result { classes, staging: staging.clone(), gaps, metrics, caveats, backtest, ask }
    }
}

impl Result {
    /// The metric of that id and part.
    pub fn metric(&self, id: &str, of: &str) -> &Metric {
        self.metrics.iter().find(|m| m.id == id && m.of == of).unwrap_or_else(|| panic!("no metric {id} {of}"))
    }
}

/// Three classes in three teams over eighteen months, monthly, with costs.
pub fn company() -> World {
    let day = |month: usize, d: usize| format!("{}-{:02}-{:02}", 2025 + month / 12, month % 12 + 1, d);
    let row = |class: &str, i: usize, month: usize, team: &str, euros: f64, ideal: &str| {
        let id = format!("{class}-{i:02}");
        costing(bug(&id, team, &day(month, 3 + i % 20), &day(month, 5 + i % 20), "production", ideal), euros)
    };
    let teams = ["orders", "payments", "stock"];
    let retry = (0..12).map(|i| row("RET", i, i + i / 3, teams[i % 3], 4000.0 + 500.0 * i as f64, "integration")).collect();
    let skew = (0..8).map(|i| row("SKW", i, 2 * i + 1, teams[i % 2], 2500.0 + 100.0 * i as f64, "unit")).collect();
    let clock = (0..4).map(|i| row("CLK", i, 4 * i + 2, teams[2 - i % 2], 900.0, "unit")).collect();
    World::default().with("C-1", "retry", retry).with("C-2", "skew", skew).with("C-3", "clock", clock)
}
