//! The model: everything that is estimated from the whole corpus, and the classes that stand until the next fit.

use std::collections::BTreeMap;

use rayon::prelude::*;
use refrain_maths::dense::{Dense, add_scaled, normalise};
use refrain_record::findings::ClassOrigin;
use refrain_record::{Decision, LogOdds, Record};
use serde::{Deserialize, Serialize};

use crate::Defect;
use crate::cluster;
use crate::discover;
use crate::evidence::{CueCounts, Evidence, cues_of, gather};
use crate::law::Law;
use crate::lexicon::Lexicon;
use crate::lineage::{Event, Standing, inherit, settle};
use crate::name;
use crate::profile::{Background, Profile};
use crate::settings::{Abstain, ClassSettings};
use crate::text::{Boilerplate, BoilerplateLine, Reading};
use crate::view::{Packed, View};

/// Version of the mechanism view: terms, weights, projection.
pub const VIEW_VERSION: &str = "1";
/// Version of clustering and placing.
pub const CLASSES_VERSION: &str = "1";

/// A class of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassRow {
    /// Lineage id.
    pub id: String,
    /// As people read it; kept until a person renames it.
    pub name: String,
    /// Row of the lexicon, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<String>,
    /// How it came about.
    pub origin: ClassOrigin,
    /// Defects that made it, when the model was fitted.
    pub members: u32,
    /// The words that hold it together.
    pub profile: Profile,
}

/// Everything estimated from the corpus. Immutable once fitted; between fits, classes are a function of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassModel {
    versions: BTreeMap<String, String>,
    settings: ClassSettings,
    records: u32,
    boilerplate: Boilerplate,
    cues: CueCounts,
    view: View,
    classes: Vec<ClassRow>,
    /// Mean direction of each class in the view.
    centres: Packed,
    /// Number of the next class that is born.
    next: u64,
    /// Ids that no longer stand, each with the one that stands for it.
    redirects: BTreeMap<String, String>,
    /// What this fit did to the classes of the model before.
    lineage: Vec<Event>,
}

/// Readings and evidence of defects under a model.
pub(crate) struct Seen<'r> {
    pub readings: Vec<Reading<'r>>,
    pub evidence: Vec<Evidence>,
}

impl ClassModel {
    /// Version of each algorithm.
    pub fn versions(&self) -> &BTreeMap<String, String> {
        &self.versions
    }

    /// Settings it was fitted with.
    pub fn settings(&self) -> &ClassSettings {
        &self.settings
    }

    /// Classes that stand.
    pub fn classes(&self) -> &[ClassRow] {
        &self.classes
    }

    /// What this fit did to the classes of the model before.
    pub fn lineage(&self) -> &[Event] {
        &self.lineage
    }

    /// The mechanism view.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Facts about the model by name, for people.
    pub fn about(&self) -> BTreeMap<String, String> {
        let found = self.classes.iter().filter(|c| c.origin == ClassOrigin::Open).count();
        let rows = [
            ("defects fitted on", self.records.to_string()),
            ("terms", self.view.terms().len().to_string()),
            ("directions", self.view.rank().to_string()),
            ("classes", self.classes.len().to_string()),
            ("classes not in the lexicon", found.to_string()),
            ("next class", format!("C-{}", self.next)),
            ("mechanism view", VIEW_VERSION.to_owned()),
            ("clustering", CLASSES_VERSION.to_owned()),
        ];
        rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The id that stands for `id` today: itself, or the class that it was merged into.
    pub fn resolve(&self, id: &str) -> String {
        self.redirects.get(id).map_or(id, String::as_str).to_owned()
    }

    pub(crate) fn redirects(&self) -> &BTreeMap<String, String> {
        &self.redirects
    }

    pub(crate) fn centres(&self) -> Dense {
        self.centres.unpack()
    }

    pub(crate) fn cue_bits(&self, lexicon: &Lexicon) -> Vec<f64> {
        self.cues.bits(lexicon)
    }

    pub(crate) fn see<'r>(&self, defects: &[Defect<'r>], lexicon: &Lexicon) -> Seen<'r> {
        let readings: Vec<Reading<'r>> = defects.par_iter().map(|d| Reading::new(d.record, &self.boilerplate)).collect();
        let cues = readings.par_iter().map(|r| cues_of(lexicon, r)).collect();
        let evidence = gather(&readings, &owners(defects), cues, lexicon, &self.cue_bits(lexicon), &self.view);
        Seen { readings, evidence }
    }
}

/// Who a record's wording is ascribed to: its team, else its service, else its project.
fn owners<'r>(defects: &[Defect<'r>]) -> Vec<Option<&'r str>> {
    defects.iter().map(|d| owner(d.record)).collect()
}

fn owner(record: &Record) -> Option<&str> {
    let known = record.team.value().or(record.service.value()).or(record.project.as_ref());
    known.map(String::as_str)
}

/// Fits a model: estimates the view, finds classes anew, and gives them the ids of the model before where they go on.
///
/// The order of `defects` changes nothing.
pub fn fit(defects: &[Defect<'_>], lexicon: &Lexicon, decisions: &[&Decision], before: Option<&ClassModel>, settings: &ClassSettings) -> ClassModel {
    let defects = sorted(defects);
    let records: Vec<&Record> = defects.iter().map(|d| d.record).collect();
    let boilerplate = Boilerplate::fit(&records);
    let readings: Vec<Reading<'_>> = records.par_iter().map(|r| Reading::new(r, &boilerplate)).collect();
    let owners = owners(&defects);
    let cues: Vec<_> = readings.par_iter().map(|r| cues_of(lexicon, r)).collect();
    let view = View::fit(&readings, &owners, &settings.view);
    let counts = CueCounts::fit(lexicon, &cues);
    let evidence = gather(&readings, &owners, cues, lexicon, &counts.bits(lexicon), &view);
    let resolve = |id: &str| before.map_or_else(|| id.to_owned(), |m| m.resolve(id));
    let law = Law::new(&defects, decisions, &resolve);
    let groups = groups(&evidence, &view, &law, settings);
    let background = Background::new(&view);
    let rows = groups.iter().map(|g| g.row(lexicon, background.profile(g.members.iter().map(|m| &evidence[*m].stated)))).collect();
    let versions = [("mechanism-view", VIEW_VERSION), ("clustering", CLASSES_VERSION)];
    let mut model = ClassModel {
        versions: versions.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect(),
        settings: *settings,
        records: defects.len() as u32,
        boilerplate,
        cues: counts,
        classes: rows,
        centres: centres(&groups, &evidence, view.rank()),
        view,
        next: 1,
        redirects: before.map(|m| m.redirects.clone()).unwrap_or_default(),
        lineage: Vec::new(),
    };
    name_open(&mut model, &groups, &evidence);
    // Until they have their own, ids that no decision names.
    model.classes.iter_mut().enumerate().for_each(|(at, class)| class.id = format!("fit {at}"));
    let standing = before.map(|b| crate::place::standing(b, &defects, lexicon, decisions));
    let after = match before {
        Some(_) => crate::place::standing(&model, &defects, lexicon, &[]),
        None => model.classes.iter().map(|c| Standing::empty(&c.id)).collect(),
    };
    let inherited = inherit(&mut model.classes, &after, standing.as_deref(), before.map_or(1, |b| b.next));
    model.next = inherited.next;
    model.redirects.extend(inherited.redirects);
    settle(&mut model.redirects);
    model.lineage = inherited.events;
    model
}

pub(crate) fn sorted<'r>(defects: &[Defect<'r>]) -> Vec<Defect<'r>> {
    let mut out = defects.to_vec();
    out.sort_by(|a, b| a.key().cmp(b.key()));
    out
}

/// Records that make a class.
pub(crate) struct Group {
    /// Place of the mechanism in the lexicon, where known.
    pub mechanism: Option<usize>,
    pub members: Vec<usize>,
}

impl Group {
    fn row(&self, lexicon: &Lexicon, profile: Profile) -> ClassRow {
        let known = self.mechanism.map(|m| &lexicon.mechanisms()[m]);
        ClassRow {
            id: String::new(),
            name: known.map(|m| m.name.clone()).unwrap_or_default(),
            mechanism: known.map(|m| m.id.clone()),
            origin: if known.is_some() { ClassOrigin::Lexicon } else { ClassOrigin::Open },
            members: self.members.len() as u32,
            profile,
        }
    }
}

/// Known mechanisms first, by their place in the lexicon, then what is found among the rest, by the first member.
fn groups(evidence: &[Evidence], view: &View, law: &Law, settings: &ClassSettings) -> Vec<Group> {
    let mut labels: Vec<Option<u32>> = evidence.iter().map(|e| cluster::seed(e, settings).map(|m| m as u32)).collect();
    law.none.keys().for_each(|p| labels[*p] = None);
    let of = cluster::communities(&evidence.iter().collect::<Vec<_>>(), &labels, settings);
    let mechanism: BTreeMap<u32, usize> = of.iter().zip(&labels).filter_map(|(c, l)| l.map(|l| (*c, l as usize))).collect();
    let mut known: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut rest = Vec::new();
    for place in (0..evidence.len()).filter(|p| !law.none.contains_key(p)) {
        match claimed(&evidence[place], mechanism.get(&of[place]).copied(), settings) {
            Some(mechanism) => known.entry(mechanism).or_default().push(place),
            None => rest.push(place),
        }
    }
    let found = discover::groups(&rest, evidence, view, settings).into_iter().map(|members| Group { mechanism: None, members });
    known.into_iter().map(|(mechanism, members)| Group { mechanism: Some(mechanism), members }).chain(found).collect()
}

/// The known mechanism that a record stands for: that of its neighbours where its own cues agree, else the one its cues name. Forced, its
/// neighbours' word is enough.
fn claimed(evidence: &Evidence, neighbours: Option<usize>, settings: &ClassSettings) -> Option<usize> {
    let needed = LogOdds::from_bits(settings.needed);
    match settings.abstain {
        Abstain::Forced => neighbours,
        Abstain::Default => neighbours.filter(|m| evidence.of(*m) >= needed).or_else(|| evidence.best().filter(|b| b.1 >= needed).map(|b| b.0)),
    }
}

/// Mean direction of each group.
fn centres(groups: &[Group], evidence: &[Evidence], rank: usize) -> Packed {
    let mut out = Dense::zeros(groups.len(), rank);
    for (at, group) in groups.iter().enumerate() {
        let row = out.row_mut(at);
        group.members.iter().for_each(|m| add_scaled(row, &evidence[*m].point, 1.0));
        normalise(row);
    }
    Packed::new(&out)
}

fn name_open(model: &mut ClassModel, groups: &[Group], evidence: &[Evidence]) {
    let centres = model.centres();
    for (at, group) in groups.iter().enumerate().filter(|(_, g)| g.mechanism.is_none()) {
        let members: Vec<&Evidence> = group.members.iter().map(|m| &evidence[*m]).collect();
        model.classes[at].name = name::of_terms(&name::binding(&model.view, &members, centres.row(at)));
    }
}

/// What weighs for or against a class when a record is placed.
pub(crate) struct Scorer<'m> {
    pub model: &'m ClassModel,
    pub centres: Dense,
    /// Place in the lexicon of each class's mechanism.
    pub mechanisms: Vec<Option<usize>>,
}

impl<'m> Scorer<'m> {
    pub fn new(model: &'m ClassModel, lexicon: &Lexicon) -> Self {
        let place = |c: &ClassRow| c.mechanism.as_deref().and_then(|id| lexicon.mechanism(id)).map(|m| m.0);
        Self { model, centres: model.centres(), mechanisms: model.classes.iter().map(place).collect() }
    }

    /// What holds before anything is read: the bits that a record needs to join.
    pub fn prior(&self) -> LogOdds {
        -LogOdds::from_bits(self.model.settings.needed)
    }

    /// Likeness of wording in −1..1, in thousandths.
    pub fn likeness(&self, evidence: &Evidence, centre: &[f32]) -> i64 {
        (refrain_maths::dense::dot(&evidence.point, centre) * 1e3).round() as i64
    }

    /// What the words of a record say for a class, each with its bits; nothing where they do not outweigh how rare the class is.
    ///
    /// Where nothing may be left out, it is the likeness to the mean direction of the class instead.
    pub fn wording(&self, evidence: &Evidence, centre: &[f32], profile: &Profile) -> Wording {
        let settings = &self.model.settings;
        if settings.abstain == Abstain::Forced {
            let likeness = self.likeness(evidence, centre);
            return Wording::Likeness(likeness, LogOdds::from_bits(settings.wording * likeness as f64 / 1e3));
        }
        match profile.speaks(&evidence.stated, settings) {
            LogOdds(0) => Wording::Nothing,
            bits => Wording::Words(bits),
        }
    }

    /// Total for each class.
    pub fn totals(&self, evidence: &Evidence) -> Vec<LogOdds> {
        let of = |(at, (mechanism, class)): (usize, (&Option<usize>, &ClassRow))| {
            let cues = mechanism.map_or(LogOdds(0), |m| evidence.of(m));
            self.prior() + cues + self.wording(evidence, self.centres.row(at), &class.profile).bits()
        };
        self.mechanisms.iter().zip(&self.model.classes).enumerate().map(of).collect()
    }
}

/// What wording says for a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wording {
    /// Less than the class is rare.
    Nothing,
    /// Bits of the words that hold the class together, its price taken off.
    Words(LogOdds),
    /// Likeness in thousandths, and its bits.
    Likeness(i64, LogOdds),
}

impl Wording {
    pub fn bits(self) -> LogOdds {
        match self {
            Self::Nothing => LogOdds(0),
            Self::Words(bits) | Self::Likeness(_, bits) => bits,
        }
    }
}

/// Template lines of a source with the records that hold them, the most frequent first.
pub fn boilerplate(model: &ClassModel, source: &str) -> Vec<(String, u32)> {
    model.boilerplate.of(source).into_iter().map(|BoilerplateLine { line, records }| (line, records)).collect()
}

/// Everything the view knows of a term.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermWeight {
    /// The term.
    pub term: String,
    /// Records that hold it, of those fitted on.
    pub records: u32,
    /// How evenly it is spread over owners, 0..1.
    pub evenness: f32,
    /// Rarity × evenness.
    pub weight: f32,
    /// What it adds to the likeness with each class, the largest first, only what is not 0.
    pub classes: Vec<(String, f32)>,
}

/// Why a term weighs what it weighs; nothing for a term that the model does not know.
pub fn mechanism_weights(model: &ClassModel, term: &str) -> Option<TermWeight> {
    let place = model.view.place(term)?;
    let known = &model.view.terms()[place as usize];
    let (weight, centres) = (model.view.weight(place), model.centres());
    let adds = |(at, class): (usize, &ClassRow)| (class.id.clone(), (weight * model.view.along(place, centres.row(at)) * 1e4).round() / 1e4);
    let mut classes: Vec<(String, f32)> = model.classes.iter().enumerate().map(adds).filter(|c| c.1 != 0.0).collect();
    classes.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Some(TermWeight { term: known.text.clone(), records: known.records, evenness: known.evenness, weight, classes })
}
