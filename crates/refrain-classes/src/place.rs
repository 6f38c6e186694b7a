//! Records into classes: a pure function of the model, the decisions and the set of records.

use std::collections::BTreeMap;

use refrain_maths::dense::{add_scaled, normalise};
use refrain_record::findings::{Class, ClassOrigin};
use refrain_record::{Decision, Key, LogOdds};

use crate::Defect;
use crate::discover;
use crate::evidence::Evidence;
use crate::explain::{self, Explainer};
use crate::law::{Law, split_id};
use crate::lexicon::Lexicon;
use crate::lineage::Standing;
use crate::model::{ClassModel, Scorer, Seen, sorted};
use crate::name;
use crate::profile::{Background, Profile};
use crate::settings::{Abstain, ClassSettings};

/// Why a defect is in no class: codes of law H1, `single` for the only member of a class, `decided` where a person took it out.
pub const REASONS: &[&str] = &["no-evidence", "below-threshold", "conflict", "hot-key", "unsupported-language", "single", "decided"];

/// Where every defect went.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Classes, the one with the most members first, then by id.
    pub classes: Vec<Class>,
    /// Defects in no class with the reason (one of [`REASONS`]), sorted by key.
    pub unclassified: Vec<(Key, String)>,
    /// Ids that no longer stand, each with the one that stands for it.
    pub redirects: BTreeMap<String, String>,
}

/// Where one defect stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seat {
    /// In a class, with its score there and the margin over the next best class.
    Class { at: usize, total: LogOdds, margin: LogOdds, by: By },
    /// In none.
    None(&'static str),
}

/// What put a record in a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Its score.
    Score,
    /// The decision of that number.
    Decision(u64),
}

/// A class under way: its direction and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub id: String,
    pub lineage: bool,
    pub name: String,
    pub mechanism: Option<usize>,
    pub origin: ClassOrigin,
    pub centre: Vec<f32>,
    pub profile: Profile,
    pub members: Vec<usize>,
}

/// Everything decided, before it is explained.
pub(crate) struct Seated<'r> {
    pub defects: Vec<Defect<'r>>,
    pub seen: Seen<'r>,
    pub drafts: Vec<Draft>,
    pub seats: Vec<Seat>,
    pub law: Law,
}

/// Places defects under a standing model: known and found classes are joined by score, and what is left over is searched for classes
/// of its own, which get provisional ids. The order of `defects` changes nothing.
pub fn place(model: &ClassModel, defects: &[Defect<'_>], lexicon: &Lexicon, decisions: &[&Decision]) -> Placement {
    let seated = seat(model, defects, lexicon, decisions);
    let mut redirects: BTreeMap<String, String> = model.redirects().clone();
    redirects.extend(seated.law.merged.clone());
    let explainer = Explainer::new(model, lexicon, &seated);
    let mut classes = explainer.classes();
    classes.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then_with(|| a.id.cmp(&b.id)));
    let none = |(at, seat): (usize, &Seat)| match seat {
        Seat::None(reason) => Some((seated.defects[at].key().clone(), (*reason).to_owned())),
        Seat::Class { .. } => None,
    };
    let unclassified = seated.seats.iter().enumerate().filter_map(none).collect();
    Placement { classes, unclassified, redirects }
}

/// The classes of a model as they stand for these defects: what a fit matches its own against.
pub(crate) fn standing(model: &ClassModel, defects: &[Defect<'_>], lexicon: &Lexicon, decisions: &[&Decision]) -> Vec<Standing> {
    let seated = seat(model, defects, lexicon, decisions);
    let exemplar = |d: &Draft| (!d.members.is_empty()).then(|| explain::exemplar(&d.members, &seated.seen.evidence));
    let class =
        |d: &Draft| Standing { id: d.id.clone(), name: d.name.clone(), mechanism: d.mechanism, members: d.members.clone(), exemplar: exemplar(d) };
    seated.drafts.iter().filter(|d| d.lineage).map(class).collect()
}

fn seat<'r>(model: &ClassModel, defects: &[Defect<'r>], lexicon: &Lexicon, decisions: &[&Decision]) -> Seated<'r> {
    let defects = sorted(defects);
    let seen = model.see(&defects, lexicon);
    let law = Law::new(&defects, decisions, &|id| model.resolve(id));
    let mut drafts = drafts(model, lexicon, &law);
    let scorer = Scorer::new(model, lexicon);
    let mut seats = by_score(&scorer, &drafts, &seen.evidence, &law, model.settings());
    decide(&mut drafts, &mut seats, &seen.evidence, &law);
    discover(&mut drafts, &mut seats, &seen.evidence, &law, &scorer, &defects);
    keep_apart(&mut seats, &law);
    close(&mut drafts, &mut seats);
    Seated { defects, seen, drafts, seats, law }
}

/// The classes that stand, merged ones as one, and those that people split off.
fn drafts(model: &ClassModel, lexicon: &Lexicon, law: &Law) -> Vec<Draft> {
    let centres = model.centres();
    let row = |(at, c): (usize, &crate::model::ClassRow)| Draft {
        id: c.id.clone(),
        lineage: true,
        name: law.names.get(&c.id).unwrap_or(&c.name).clone(),
        mechanism: c.mechanism.as_deref().and_then(|m| lexicon.mechanism(m)).map(|m| m.0),
        origin: c.origin,
        centre: centres.row(at).to_vec(),
        profile: c.profile.clone(),
        members: Vec::new(),
    };
    model.classes().iter().enumerate().map(row).collect()
}

/// The class that stands for a draft: the one it was merged into.
fn standing_of(drafts: &[Draft], law: &Law) -> Vec<usize> {
    let find = |id: &str| drafts.iter().position(|d| d.id == id);
    drafts.iter().enumerate().map(|(at, d)| find(&law.standing(&d.id)).unwrap_or(at)).collect()
}

/// Each defect where its score is best, where that suffices.
fn by_score(scorer: &Scorer<'_>, drafts: &[Draft], evidence: &[Evidence], law: &Law, settings: &ClassSettings) -> Vec<Seat> {
    use rayon::prelude::*;
    let into = standing_of(drafts, law);
    let open: Vec<bool> = drafts.iter().map(|d| !law.not_a_class.contains(&d.id)).collect();
    let one = |e: &Evidence| {
        let mut totals: BTreeMap<usize, LogOdds> = BTreeMap::new();
        let mut rejected = LogOdds(-1);
        for (at, total) in scorer.totals(e).into_iter().enumerate() {
            if open[at] {
                let best = totals.entry(into[at]).or_insert(total);
                *best = (*best).max(total);
            } else {
                rejected = rejected.max(total);
            }
        }
        match best_seat(&totals, e, settings) {
            // What people said is no mechanism is not found again under another name.
            Seat::None("below-threshold") if rejected >= LogOdds(0) => Seat::None("decided"),
            seat => seat,
        }
    };
    evidence.par_iter().map(one).collect()
}

/// Words below which a language cannot be told.
const TELLING: usize = 20;
/// Share of stop words below which a text is not English.
const FOREIGN: f64 = 0.05;

fn best_seat(totals: &BTreeMap<usize, LogOdds>, evidence: &Evidence, settings: &ClassSettings) -> Seat {
    if evidence.weighted.is_empty() && evidence.cues.is_empty() {
        let (words, stops) = evidence.words;
        let foreign = words >= TELLING && (stops as f64) < FOREIGN * words as f64;
        return Seat::None(if foreign { "unsupported-language" } else { "no-evidence" });
    }
    let Some((at, total)) = totals.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0))) else { return Seat::None("below-threshold") };
    let next = totals.iter().filter(|t| t.0 != at).map(|t| *t.1).max().unwrap_or(LogOdds(i64::MIN / 4));
    if settings.abstain == Abstain::Default && *total < LogOdds(0) {
        return Seat::None("below-threshold");
    }
    Seat::Class { at: *at, total: *total, margin: *total - next, by: By::Score }
}

/// What people decided for single defects, and for those they said fail alike.
fn decide(drafts: &mut Vec<Draft>, seats: &mut [Seat], evidence: &[Evidence], law: &Law) {
    law.none.keys().for_each(|p| seats[*p] = Seat::None("decided"));
    for (place, (id, number)) in &law.class {
        let at = draft_of(drafts, &law.standing(id), evidence, *place);
        seats[*place] = Seat::Class { at, total: LogOdds(0), margin: LogOdds(0), by: By::Decision(*number) };
    }
    law.same.iter().for_each(|group| together(group, seats, law));
}

/// The draft of that id, made where it does not exist yet.
fn draft_of(drafts: &mut Vec<Draft>, id: &str, evidence: &[Evidence], place: usize) -> usize {
    if let Some(at) = drafts.iter().position(|d| d.id == id) {
        return at;
    }
    drafts.push(Draft {
        id: id.to_owned(),
        lineage: true,
        name: format!("Unnamed {id}"),
        mechanism: None,
        origin: ClassOrigin::Person,
        centre: evidence[place].point.clone(),
        profile: Profile::default(),
        members: Vec::new(),
    });
    drafts.len() - 1
}

/// Members that fail alike go where a person put one of them, else where the best placed one is.
fn together(group: &[usize], seats: &mut [Seat], law: &Law) {
    let rank = |p: &usize| match &seats[*p] {
        Seat::Class { total, by, .. } => Some((matches!(by, By::Decision(_)), *total)),
        Seat::None(_) => None,
    };
    let best = group.iter().filter_map(|p| rank(p).map(|r| (r, *p))).max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    let Some((_, leader)) = best else { return };
    for place in group.iter().filter(|p| !law.class.contains_key(p) && !law.none.contains_key(p)) {
        seats[*place] = seats[leader].clone();
    }
}

/// Classes among the defects that fit none.
fn discover(drafts: &mut Vec<Draft>, seats: &mut [Seat], evidence: &[Evidence], law: &Law, scorer: &Scorer<'_>, defects: &[Defect<'_>]) {
    let view = scorer.model.view();
    let left: Vec<usize> = (0..seats.len()).filter(|p| seats[*p] == Seat::None("below-threshold")).collect();
    let background = Background::new(view);
    for members in discover::groups(&left, evidence, view, scorer.model.settings()) {
        let mut centre = vec![0f32; view.rank()];
        members.iter().for_each(|m| add_scaled(&mut centre, &evidence[*m].point, 1.0));
        normalise(&mut centre);
        let profile = background.profile(members.iter().map(|m| &evidence[*m].stated));
        let said: Vec<&Evidence> = members.iter().map(|m| &evidence[*m]).collect();
        let id = provisional(defects[members[0]].key());
        if law.not_a_class.contains(&id) {
            members.iter().for_each(|place| seats[*place] = Seat::None("decided"));
            continue;
        }
        let name = law.names.get(&id).cloned().unwrap_or_else(|| name::of_terms(&name::binding(view, &said, &centre)));
        let at = drafts.len();
        for place in members {
            let total = scorer.prior() + scorer.wording(&evidence[place], &centre, &profile).bits();
            seats[place] = Seat::Class { at, total, margin: total, by: By::Score };
        }
        drafts.push(Draft { id, lineage: false, name, mechanism: None, origin: ClassOrigin::Open, centre, profile, members: Vec::new() });
    }
}

/// A name that says nothing of its members, and stays while the first of them stays.
fn provisional(first: &Key) -> String {
    let hash = first.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("P-{:08x}", hash >> 32)
}

/// Of two defects that may not share a class, the one with the lower score leaves; a person's word outweighs every score.
fn keep_apart(seats: &mut [Seat], law: &Law) {
    for (a, b) in &law.different {
        let (Seat::Class { at: x, total: s, by: p, .. }, Seat::Class { at: y, total: t, by: q, .. }) = (&seats[*a], &seats[*b]) else { continue };
        if x == y {
            let weight = |by: &By, total: LogOdds| (matches!(by, By::Decision(_)), total);
            let leaves = if weight(p, *s) < weight(q, *t) { *a } else { *b };
            seats[leaves] = Seat::None("conflict");
        }
    }
}

/// Members into their classes; a class of one is none.
fn close(drafts: &mut [Draft], seats: &mut [Seat]) {
    for (place, seat) in seats.iter().enumerate() {
        if let Seat::Class { at, .. } = seat {
            drafts[*at].members.push(place);
        }
    }
    for draft in drafts.iter_mut().filter(|d| d.members.len() == 1) {
        seats[draft.members[0]] = Seat::None("single");
        draft.members.clear();
    }
}

/// Id of the class that a decision splits off, for those who print it beside the decision.
pub fn class_of_split(number: u64) -> String {
    split_id(number)
}
