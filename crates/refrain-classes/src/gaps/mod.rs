//! Systemic gaps: a class, the control that would have stopped it, and the stage. Ranked by what closing them should avoid.
//!
//! Rank score = expected further defects × share that escapes × cost of one (capped, shrunk) × share that the control catches. Where
//! nothing is priced the cost of one is 1 and defects are ranked instead of money. The terms of each gap are printed and multiply to
//! its score.

pub mod ask;
pub mod caught;
pub mod draw;
pub mod fragile;
pub mod grade;
pub mod presence;
pub mod settings;
pub mod words;

use std::collections::BTreeMap;

use refrain_record::findings::{Class, CostSummary, Estimate, Gap, Grade, tidy};
use refrain_record::{Control, Key};

use crate::controls::{ControlCues, Said};
use crate::cost::summary::assumed_share;
use crate::cost::{Caps, summarise};
use crate::effect;
use crate::enrich::place;
use crate::input::Input;
use crate::phrases::PhraseError;
use caught::{Caught, Verdict};
use draw::Factors;

pub use ask::ask;
pub use settings::GapSettings;

/// Places that a gap is in the running for.
pub const TOP: usize = 5;
/// Weight of the share of all defects that escapes, in members, when the share of one class is judged.
const ESCAPING_PRIOR: f64 = 2.0;

/// What records say about controls, by defect.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    said: BTreeMap<Key, Vec<Said>>,
}

impl Evidence {
    /// Looks through the defects of all classes. Errors: a phrase of the catalogue that does not compile.
    fn new(classes: &[Class], input: &Input<'_>) -> Result<Self, PhraseError> {
        let cues = ControlCues::new(input.controls)?;
        let mut said = BTreeMap::new();
        for member in classes.iter().flat_map(|c| &c.members) {
            let Some(place) = place(input, member) else { continue };
            let found: Vec<Said> = input.defects[place].records().flat_map(|r| cues.find(r)).collect();
            if !found.is_empty() {
                said.insert(member.key.clone(), found);
            }
        }
        Ok(Self { said })
    }

    /// What the records of one defect say.
    pub fn of(&self, key: &Key) -> &[Said] {
        self.said.get(key).map_or(&[], Vec::as_slice)
    }
}

/// A gap before it has a place.
struct Candidate {
    gap: Gap,
    factors: Option<Factors>,
}

/// All gaps, the ranked ones first in their order, then those of grade D. `classes` must be enriched.
///
/// Errors: a phrase of the control catalogue that does not compile.
pub fn rank_gaps(classes: &[Class], input: &Input<'_>) -> Result<Vec<Gap>, PhraseError> {
    let evidence = Evidence::new(classes, input)?;
    let caps = Caps::of(input.prices, input.cost);
    let escaping = escaping_share(classes);
    let priced = input.prices.iter().any(Option::is_some);
    let found = classes.iter().flat_map(|class| candidates(class, &evidence, &caps, escaping, priced, input));
    let (mut ranked, mut listed): (Vec<Candidate>, Vec<Candidate>) = found.partition(|c| c.gap.grade != Grade::D && c.gap.decision_allows(input));
    ranked.sort_by(|a, b| order(a).total_cmp(&order(b)).reverse().then_with(|| tie(a, b)));
    listed.sort_by(|a, b| order(a).total_cmp(&order(b)).reverse().then_with(|| tie(a, b)));
    give_places(&mut ranked, input);
    Ok(ranked.into_iter().chain(listed).map(|c| c.gap).collect())
}

/// Whether people have put the gap out of the ranking for now.
trait DecisionAllows {
    fn decision_allows(&self, input: &Input<'_>) -> bool;
}

impl DecisionAllows for Gap {
    fn decision_allows(&self, input: &Input<'_>) -> bool {
        !input.present.out_of_question(&self.control, input.as_of)
    }
}

/// Rank score; gaps without a forecast stand behind those with one.
fn order(candidate: &Candidate) -> f64 {
    candidate.factors.as_ref().map_or(-1.0, Factors::product)
}

fn tie(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    let cost = |c: &Candidate| c.gap.cost.capped.map_or(0.0, |e| e.value);
    cost(b).total_cmp(&cost(a)).then(b.gap.escapes.cmp(&a.gap.escapes)).then_with(|| a.gap.id.cmp(&b.gap.id))
}

fn give_places(ranked: &mut [Candidate], input: &Input<'_>) {
    let draws = |c: &Candidate| match &c.factors {
        Some(factors) => draw::values(&c.gap.id, factors, input.settings.draws),
        None => vec![-1.0; input.settings.draws as usize],
    };
    let rows: Vec<Vec<f64>> = ranked.iter().map(draws).collect();
    let places = draw::places(&rows, TOP);
    let scores: Vec<f64> = ranked.iter().map(order).collect();
    for (i, candidate) in ranked.iter_mut().enumerate() {
        let gap = &mut candidate.gap;
        gap.rank = Some(i as u32 + 1);
        if candidate.factors.is_some() {
            (gap.top5, gap.first) = (tidy(places[i].0), tidy(places[i].1));
        }
        gap.fragile = fragile::text(i, &scores, &rows, gap, input);
    }
}

/// Share of members that escape, over all classes; 1 where no stage is known.
fn escaping_share(classes: &[Class]) -> f64 {
    let (escapes, known) = classes.iter().map(escapes_of).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if known == 0 { 1.0 } else { escapes as f64 / known as f64 }
}

/// Members that escaped, and members of which that can be told.
fn escapes_of(class: &Class) -> (usize, usize) {
    let escapes = class.members.iter().filter(|m| m.escape).count();
    (escapes, class.members.iter().filter(|m| m.escape || (m.actual_stage.is_some() && m.ideal_stage.is_some())).count())
}

/// The gap of a class with its best control, and one for each control whose adoption was decided.
fn candidates(class: &Class, evidence: &Evidence, caps: &Caps, escaping: f64, priced: bool, input: &Input<'_>) -> Vec<Candidate> {
    let mut possible: Vec<(&Control, Caught)> = controls_of(class, evidence, input)
        .into_iter()
        .filter_map(|control| Some((control, caught::judge(class, control, evidence, input)?)))
        .filter(|(control, _)| !input.present.out_of_question(&control.id, input.as_of))
        .collect();
    // The catalogue's order breaks ties: the best control of a mechanism stands first.
    possible.sort_by(|(_, a), (_, b)| weight(b).total_cmp(&weight(a)));
    let adopted = |control: &Control| !input.present.adoptions(&control.id).is_empty();
    let kept = possible.into_iter().enumerate().filter(|(i, (control, _))| *i == 0 || adopted(control));
    kept.map(|(_, (control, caught))| candidate(class, control, &caught, evidence, caps, escaping, priced, input)).collect()
}

/// How much a control would take away: its share, of the members it can reach.
fn weight(caught: &Caught) -> f64 {
    let reach = caught.verdicts.len() - caught.count(Verdict::No);
    // Rounded, so that a last bit never decides which control is recommended.
    (caught.share.value * (reach as f64 + 1.0) / (caught.verdicts.len() as f64 + 1.0) * 1e6).round()
}

/// Controls of the mechanism, then those that the members' own words call missing or failed.
fn controls_of<'a>(class: &Class, evidence: &Evidence, input: &Input<'a>) -> Vec<&'a Control> {
    let rows = class.mechanism.as_deref().and_then(|m| input.mechanism(m)).map(|m| m.controls.iter());
    let mut out: Vec<&Control> = rows.into_iter().flatten().filter_map(|id| input.control(id)).collect();
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for member in &class.members {
        evidence.of(&member.key).iter().for_each(|said| *named.entry(&said.control).or_default() += 1);
    }
    // One record's word is an accident; a control of the mechanism needs no such word.
    let more = named.into_iter().filter(|(_, n)| *n >= 2).filter_map(|(id, _)| input.control(id));
    for control in more {
        if !out.iter().any(|c| c.id == control.id) {
            out.push(control);
        }
    }
    out
}

#[allow(clippy::too_many_arguments)]
fn candidate(
    class: &Class,
    control: &Control,
    caught: &Caught,
    evidence: &Evidence,
    caps: &Caps,
    escaping: f64,
    priced: bool,
    input: &Input<'_>,
) -> Candidate {
    let escaped: Vec<usize> = class.members.iter().filter(|m| m.escape).filter_map(|m| place(input, m)).collect();
    let cost = CostSummary { per_defect: class.cost.per_defect, ..summarise(&escaped, input, caps) };
    let (grade, grade_because) = grade::grade(&grade::facts(class, caught.existed.len(), input));
    let id = format!("G-{}-{}", class.id, control.id);
    let factors = factors(class, caught, escaping, priced);
    let presence = presence::judge(class, control, caught, evidence, input);
    let (days, price) = presence::price(class, control, input);
    let mut teams: Vec<String> = class.members.iter().filter(|m| m.escape).filter_map(|m| m.team.clone()).collect();
    teams.sort();
    teams.dedup();
    let stage_name = input.stages.get(&control.stage).map_or(control.stage.clone(), |s| s.name.clone());
    let mut gap = Gap {
        rank: None,
        class: class.id.clone(),
        class_name: class.name.clone(),
        control: control.id.clone(),
        control_name: control.name.clone(),
        stage: (control.stage.clone(), stage_name),
        presence,
        teams,
        escapes: escaped.len() as u64,
        in_production: escaped.iter().filter(|p| input.staging[**p].shipped).count() as u64,
        recurrences: class.members.iter().filter(|m| m.escape && m.recurrence).count() as u64,
        assumed_share: assumed_share(&cost),
        cost,
        forecast: class.forecast.clone(),
        caught: caught.share,
        caught_members: caught.members(),
        avoidable: factors.as_ref().filter(|_| priced).and_then(|f| draw::estimate(&id, f, input.settings.draws)),
        days,
        price,
        top5: 0.0,
        first: 0.0,
        grade,
        grade_because,
        fragile: String::new(),
        terms: factors.as_ref().map(|f| terms(f, priced, input)).unwrap_or_default(),
        evidence: words::evidence(class, control, evidence, input),
        counter: words::counter(class, control, caught, evidence, input),
        buckets: words::buckets(class),
        ticket: Default::default(),
        decision: input.present.standing_decision(&control.id, input.as_of),
        effect: effect::of(class, control, input),
        id,
    };
    gap.ticket = words::ticket(&gap, control, caught, input);
    Candidate { gap, factors }
}

fn factors(class: &Class, caught: &Caught, escaping: f64, priced: bool) -> Option<Factors> {
    let (escapes, known) = escapes_of(class);
    let escaping = (escapes as f64 + ESCAPING_PRIOR * escaping) / (known as f64 + ESCAPING_PRIOR);
    let one = if priced { class.cost.per_defect? } else { Estimate::exact(1.0)? };
    Some(Factors { count: draw::distribution(&class.forecast)?, escaping, cost: one, caught: caught.beta })
}

/// The formula, factor by factor: their product is the rank score.
fn terms(factors: &Factors, priced: bool, input: &Input<'_>) -> Vec<(String, f64)> {
    let cost = if priced { format!("cost of one, {}", input.cost.currency) } else { "one defect".to_owned() };
    let caught = factors.caught.0 / (factors.caught.0 + factors.caught.1);
    vec![
        (format!("further defects in {} days", input.settings.horizon_days), tidy(factors.count.mean())),
        ("share that escapes".to_owned(), tidy(factors.escaping)),
        (cost, tidy(factors.cost.value)),
        ("share caught".to_owned(), tidy(caught)),
    ]
}
