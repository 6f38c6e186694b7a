//! Findings of a fictional shop whose numbers add up: members give teams, stages and counts; classes give cost and totals.
#![allow(dead_code, clippy::unwrap_used, clippy::type_complexity)]

pub mod pdf;
pub mod tarnwick;

use std::collections::BTreeMap;

use refrain_record::Key;
use refrain_record::findings::*;
use refrain_record::known::Origin;
use refrain_record::score::{LogOdds, Quote, Score, Weight};
use refrain_record::text::{Citation, Role, Section};
use refrain_record::time::Moment;

/// Ids, names, short heads and whether in production: the stages of the shop, with `unknown` last.
pub const STAGES: &[(&str, &str, &str, bool)] = &[
    ("design", "Design", "Design", false),
    ("review", "Code review", "Review", false),
    ("static", "Static analysis", "Static", false),
    ("unit", "Unit test", "Unit", false),
    ("component", "Component test", "Component", false),
    ("contract", "Contract test", "Contract", false),
    ("integration", "Integration test", "Integr.", false),
    ("system", "System test", "System", false),
    ("staging", "Staging", "Staging", false),
    ("canary", "Canary", "Canary", true),
    ("production-internal", "Production, internal", "Prod int.", true),
    ("production-customer", "Production, customer", "Prod cust.", true),
    ("unknown", "Unknown", "Unknown", false),
];

/// A small generator with a fixed seed: the same numbers on every machine.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n.max(1)
    }
}

pub fn key(text: &str) -> Key {
    text.parse().unwrap()
}

pub fn day(text: &str) -> Moment {
    text.parse().unwrap()
}

pub fn est(value: f64, low: f64, high: f64) -> Estimate {
    Estimate::new(value, low, high, 80).unwrap()
}

pub fn rate(k: u64, n: u64) -> Estimate {
    let (k, n, z) = (k as f64, n as f64, 1.96_f64);
    let (p, zz) = (k / n, z * z);
    let mid = (p + zz / (2.0 * n)) / (1.0 + zz / n);
    let half = z * (p * (1.0 - p) / n + zz / (4.0 * n * n)).sqrt() / (1.0 + zz / n);
    Estimate::new(p, (mid - half).max(0.0), (mid + half).min(1.0), 95).unwrap()
}

/// A quote of line `line` of a section of a record.
pub fn quote(record: &str, section: &str, line: u32, text: &str) -> Quote {
    let body = format!("{}{text}", "\n".repeat(line as usize - 1));
    let section = Section::new(Role::Description, section, body.as_str());
    let start = body.len() - text.len();
    let cite = Citation::of_bytes(&key(record), &section, start, body.len());
    Quote { cite, start: start as u32, end: body.len() as u32, text: text.to_owned() }
}

pub fn score(quotes: Vec<Quote>) -> Score {
    let weight = Weight { what: "retried … twice".into(), level: "names it".into(), bits: LogOdds(5_200_000), cites: quotes };
    Score::new(LogOdds(-3_000_000), vec![weight])
}

/// A cost in euro, with an interval of about a fifth, split as stated, derived, assumed.
pub fn cost(value: f64, n: u64, parts: [f64; 3]) -> CostSummary {
    let raw = value * 1.12;
    CostSummary {
        currency: "EUR".into(),
        raw,
        capped: Some(est(value, value * 0.85, value * 1.21)),
        per_defect: (n > 0).then(|| est(value / n as f64, value / n as f64 * 0.7, value / n as f64 * 1.5)),
        stated: raw * parts[0],
        derived: raw * parts[1],
        assumed: raw * parts[2],
        n,
        quantities: BTreeMap::from([("engineer hours".into(), value / 900.0), ("downtime minutes".into(), value / 700.0)]),
        items: items(raw, parts),
    }
}

fn items(raw: f64, parts: [f64; 3]) -> Vec<CostLine> {
    let line = |what: &str, factors: &str, part: f64, origin: Origin, because: &str| CostLine {
        what: what.into(),
        factors: factors.into(),
        amount: est(raw * part, raw * part * 0.75, raw * part * 1.4),
        origin,
        because: because.into(),
    };
    let all = [
        line("refunds and credits", "9 of 17 records", parts[0], Origin::Stated, "field `refund`"),
        line("degraded service", "1,050 min × €180", parts[1] * 0.67, Origin::Derived, "downtime-minutes"),
        line("engineering time", "940 h × €100", parts[1] * 0.33, Origin::Derived, "hours × rate"),
        line("support contacts", "3,250 contacts × €20 (8–40)", parts[2], Origin::Assumed, "range of the cost model"),
    ];
    all.into_iter().filter(|l| l.amount.value > 0.0).collect()
}

/// Sums costs as findings do: raw and parts exactly, the interval of the capped sum in quadrature.
pub fn sum<'a>(all: impl Iterator<Item = &'a CostSummary>) -> CostSummary {
    let mut total = CostSummary { currency: "EUR".into(), ..CostSummary::default() };
    let (mut value, mut down, mut up) = (0.0, 0.0, 0.0);
    for k in all {
        (total.raw, total.stated, total.derived, total.assumed) =
            (total.raw + k.raw, total.stated + k.stated, total.derived + k.derived, total.assumed + k.assumed);
        total.n += k.n;
        if let Some(e) = k.capped {
            value += e.value;
            down += (e.value - e.low).powi(2);
            up += (e.high - e.value).powi(2);
        }
    }
    total.capped = Estimate::new(value, value - f64::sqrt(down), value + f64::sqrt(up), 80);
    total
}

/// Escapes by stage, from members and from those in no class.
pub fn matrix(classes: &[Class], open: &[(usize, usize, u64)]) -> StageMatrix {
    let index = |s: &Option<(String, Origin)>| s.as_ref().and_then(|s| STAGES.iter().position(|x| x.0 == s.0)).unwrap_or(STAGES.len() - 1);
    let mut cells = vec![vec![0_u64; STAGES.len()]; STAGES.len()];
    let mut buckets: BTreeMap<String, u64> = BTreeMap::new();
    for m in classes.iter().flat_map(|c| &c.members).filter(|m| m.escape) {
        cells[index(&m.ideal_stage)][index(&m.actual_stage)] += 1;
        *buckets.entry(m.bucket.as_ref().map_or("unknown".into(), |b| b.0.clone())).or_default() += 1;
    }
    for (i, j, n) in open {
        cells[*i][*j] += n;
        *buckets.entry("unknown".into()).or_default() += n;
    }
    StageMatrix {
        stages: STAGES.iter().map(|s| s.0.into()).collect(),
        names: STAGES.iter().map(|s| s.1.into()).collect(),
        shorts: STAGES.iter().map(|s| s.2.into()).collect(),
        cells,
        buckets,
        production: STAGES.iter().map(|s| s.3).collect(),
    }
}

/// Findings in which nothing was found: `n` defects of one team, none classified.
pub fn nothing(n: u64) -> Findings {
    Findings {
        schema: FINDINGS_SCHEMA.into(),
        program: "0.1.0".into(),
        versions: BTreeMap::from([("mechanism-view".into(), "1".into())]),
        as_of: day("2026-06-30"),
        store_hash: "191cee566c6bb7f0635f74964ca092be".into(),
        model_hash: "22cfc7990a86edaeec77db0919764bbe".into(),
        scope: Scope {
            records: n,
            defect_records: n,
            defects: n,
            teams: if n > 0 { BTreeMap::from([("Payments".into(), n)]) } else { BTreeMap::new() },
            stage_unknown: n,
            ..Scope::default()
        },
        groups: Vec::new(),
        classes: Vec::new(),
        unclassified: Unclassified {
            total: n,
            share: if n > 0 { 1.0 } else { 0.0 },
            by_reason: if n > 0 { BTreeMap::from([("no-evidence".into(), n)]) } else { BTreeMap::new() },
            ..Unclassified::default()
        },
        gaps: Vec::new(),
        metrics: Vec::new(),
        matrix: StageMatrix::default(),
        cost: CostSummary::default(),
        backtest: Backtest { note: "too little history to test a forecast".into(), ..Backtest::default() },
        changes: None,
        caveats: Vec::new(),
        decisions: Vec::new(),
        definitions: BTreeMap::new(),
        ask: None,
    }
}
