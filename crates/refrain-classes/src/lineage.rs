//! Ids of classes through time: matched by members, never given twice.

use std::collections::{BTreeMap, BTreeSet};

use refrain_maths::assignment::assign;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::law::age;
use crate::model::ClassRow;

/// What happened to a class at a fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// A class that no former one goes on in.
    Born {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Its defects.
        members: u64,
    },
    /// A former class ended: its defects are in no class, or spread.
    Died {
        /// Its id.
        id: String,
        /// Its defects before.
        members: u64,
    },
    /// Most of a former class's defects are in another one now; its id leads there.
    Merged {
        /// The id that ends.
        id: String,
        /// The class that its defects are in.
        into: String,
        /// Its defects before, and how many of them are there.
        members: u64,
        /// See `members`.
        moved: u64,
    },
    /// Part of a former class has an id of its own now.
    Split {
        /// The former class.
        id: String,
        /// The new id.
        part: String,
        /// Defects that left.
        moved: u64,
    },
}

/// A class as it stands before a fit, with the places of its members: as records are placed, not as a fit grouped them.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub id: String,
    pub name: String,
    pub mechanism: Option<usize>,
    pub members: Vec<usize>,
    /// Nothing where it has no member at present.
    pub exemplar: Option<usize>,
}

impl Standing {
    /// A class that nobody was placed in.
    pub fn empty(id: &str) -> Self {
        Self { id: id.to_owned(), name: String::new(), mechanism: None, members: Vec::new(), exemplar: None }
    }
}

/// What a fit inherits.
pub(crate) struct Inherited {
    pub next: u64,
    pub redirects: BTreeMap<String, String>,
    pub events: Vec<Event>,
}

/// Gives each class its id: that of the former class it goes on from, else a new one. A class that goes on keeps its name.
///
/// Former classes are matched to classes one to one, so that the members shared are the most overall; a class that holds the former
/// exemplar counts as if it shared all members once more, so the part with the exemplar keeps the id after a split. Where most of
/// several former classes ended up in one, the oldest id stays.
pub(crate) fn inherit(classes: &mut [ClassRow], after: &[Standing], before: Option<&[Standing]>, next: u64) -> Inherited {
    let before = before.unwrap_or_default();
    let shared = overlaps(before, after);
    let heirs = heirs(before, after, &shared);
    for (class, former) in heirs.iter().enumerate() {
        classes[class].id = former.map(|b| before[b].id.clone()).unwrap_or_default();
        if let (Some(former), None) = (former, &classes[class].mechanism) {
            classes[class].name.clone_from(&before[*former].name);
        }
    }
    let mut out = Inherited { next, redirects: BTreeMap::new(), events: Vec::new() };
    born(classes, before, &shared, &mut out);
    for former in (0..before.len()).filter(|b| !heirs.contains(&Some(*b))) {
        let event = end(former, &before[former], classes, &shared, &mut out.redirects);
        out.events.push(event);
    }
    out
}

/// For each class the former one that it goes on from. Known mechanisms without members in common go on by what they are.
fn heirs(before: &[Standing], after: &[Standing], shared: &BTreeMap<(usize, usize), u64>) -> Vec<Option<usize>> {
    let common = |b: usize, c: usize| shared.get(&(b, c)).copied().unwrap_or(0);
    let mostly = |b: usize, c: usize| common(b, c) * 2 > before[b].members.len() as u64;
    let weight = |b: usize, c: usize| {
        let holds = before[b].exemplar.is_some_and(|e| after[c].members.binary_search(&e).is_ok());
        let bonus = if holds { before[b].members.len() as u64 } else { 0 };
        let same = before[b].mechanism.is_some() && before[b].mechanism == after[c].mechanism;
        (common(b, c) + bonus + u64::from(same)) as i64
    };
    let weights: Vec<Vec<i64>> = (0..before.len()).map(|b| (0..after.len()).map(|c| weight(b, c)).collect()).collect();
    let mut out = vec![None; after.len()];
    for (former, class) in assign(&weights).into_iter().enumerate().filter_map(|(b, c)| c.map(|c| (b, c))) {
        let merged = (0..before.len()).filter(|b| mostly(*b, class) && mostly(former, class));
        out[class] = merged.chain([former]).min_by_key(|b| age(&before[*b].id));
    }
    out
}

fn overlaps(before: &[Standing], after: &[Standing]) -> BTreeMap<(usize, usize), u64> {
    let of: BTreeMap<usize, usize> = after.iter().enumerate().flat_map(|(c, s)| s.members.iter().map(move |p| (*p, c))).collect();
    let mut shared = BTreeMap::new();
    for (former, class) in before.iter().enumerate() {
        class.members.iter().filter_map(|p| of.get(p)).for_each(|c| *shared.entry((former, *c)).or_insert(0) += 1);
    }
    shared
}

/// New ids, the class with the most members first; where most of a new class comes out of one former class it is a split of that.
fn born(classes: &mut [ClassRow], before: &[Standing], shared: &BTreeMap<(usize, usize), u64>, out: &mut Inherited) {
    let mut fresh: Vec<usize> = (0..classes.len()).filter(|c| classes[*c].id.is_empty()).collect();
    fresh.sort_by_key(|c| (std::cmp::Reverse(classes[*c].members), *c));
    for class in fresh {
        let id = format!("C-{}", out.next);
        out.next += 1;
        classes[class].id.clone_from(&id);
        let parent = (0..before.len()).filter_map(|b| shared.get(&(b, class)).map(|n| (*n, b))).max_by_key(|(n, b)| (*n, std::cmp::Reverse(*b)));
        let members = u64::from(classes[class].members);
        out.events.push(match parent {
            Some((moved, b)) if moved * 2 > members => Event::Split { id: before[b].id.clone(), part: id, moved },
            _ => Event::Born { id, name: classes[class].name.clone(), members },
        });
    }
}

/// A former class that does not go on: merged where most of its members are in one class, else dead.
fn end(
    former: usize,
    class: &Standing,
    classes: &[ClassRow],
    shared: &BTreeMap<(usize, usize), u64>,
    redirects: &mut BTreeMap<String, String>,
) -> Event {
    let heir = (0..classes.len()).filter_map(|c| shared.get(&(former, c)).map(|n| (*n, c))).max_by_key(|(n, c)| (*n, std::cmp::Reverse(*c)));
    let members = class.members.len() as u64;
    match heir {
        Some((moved, c)) if moved * 2 > members => {
            redirects.insert(class.id.clone(), classes[c].id.clone());
            Event::Merged { id: class.id.clone(), into: classes[c].id.clone(), members, moved }
        }
        _ => Event::Died { id: class.id.clone(), members },
    }
}

/// Every redirect ends at a class that stands, in one step.
pub(crate) fn settle(redirects: &mut BTreeMap<String, String>) {
    let all = redirects.clone();
    for target in redirects.values_mut() {
        let mut seen = BTreeSet::new();
        while let Some(next) = all.get(target).filter(|_| seen.insert(target.clone())) {
            target.clone_from(next);
        }
    }
}
