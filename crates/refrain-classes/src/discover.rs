//! Classes that nobody has named: groups of records with more in common than chance gives.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster;
use crate::evidence::Evidence;
use crate::profile::{Background, Words};
use crate::settings::{Abstain, ClassSettings};
use crate::view::View;
use refrain_record::LogOdds;

/// Records that are looked at before a group takes one of them in.
const LOOKED_AT: usize = 12;
/// Records beyond which a word no longer leads to new members: it is in too many to say which.
const TELLING: usize = 64;
/// Share of a group's members that may leave it at once while it is being cleaned.
const LEAVING: usize = 10;

/// Groups among these records, each ascending; in order of their first member. With forced classes every community is one.
pub fn groups(places: &[usize], evidence: &[Evidence], view: &View, settings: &ClassSettings) -> Vec<Vec<usize>> {
    let own: Vec<&Evidence> = places.iter().map(|p| &evidence[*p]).collect();
    let of = cluster::communities(&own, &vec![None; places.len()], settings);
    let mut communities: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    of.iter().zip(places).for_each(|(community, place)| communities.entry(*community).or_default().push(*place));
    let mut out: Vec<Vec<usize>> = communities.into_values().filter(|g| g.len() >= settings.smallest).collect();
    if settings.abstain == Abstain::Default {
        let background = Background::new(view);
        out = out.into_iter().filter_map(|g| clean(g, evidence, &background, settings)).collect();
        let taken: BTreeSet<usize> = out.iter().flatten().copied().collect();
        let left: Vec<usize> = places.iter().copied().filter(|p| !taken.contains(p)).collect();
        out.extend(Growth::new(&left, evidence, &background).grow(settings));
    }
    out.sort();
    out
}

/// Without the members whose words do not speak for the group; nothing where what is left saves no bits or is too small.
fn clean(mut members: Vec<usize>, evidence: &[Evidence], background: &Background<'_>, settings: &ClassSettings) -> Option<Vec<usize>> {
    let needed = LogOdds::from_bits(settings.needed);
    loop {
        if members.len() < settings.smallest {
            return None;
        }
        let profile = background.profile(members.iter().map(|m| &evidence[*m].stated));
        let mut astray: Vec<(LogOdds, usize)> = members.iter().map(|m| (profile.speaks(&evidence[*m].stated, settings), *m)).collect();
        astray.retain(|(bits, _)| *bits < needed);
        if astray.is_empty() {
            return (profile.saved() > LogOdds(0)).then_some(members);
        }
        astray.sort();
        astray.truncate((members.len() / LEAVING).max(1));
        members.retain(|m| astray.iter().all(|a| a.1 != *m));
    }
}

/// Groups that grow from pairs.
struct Growth<'a> {
    places: &'a [usize],
    evidence: &'a [Evidence],
    background: &'a Background<'a>,
    /// Records of each telling word.
    holders: BTreeMap<u32, Vec<usize>>,
}

impl<'a> Growth<'a> {
    fn new(places: &'a [usize], evidence: &'a [Evidence], background: &'a Background<'a>) -> Self {
        let mut holders: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        places.iter().for_each(|p| evidence[*p].stated.iter().for_each(|word| holders.entry(*word).or_default().push(*p)));
        holders.retain(|_, held| (2..=TELLING).contains(&held.len()));
        Self { places, evidence, background, holders }
    }

    fn words(&self, place: usize) -> &'a Words {
        &self.evidence[place].stated
    }

    /// The strongest pairs first; each record is in one group at most.
    fn grow(&self, settings: &ClassSettings) -> Vec<Vec<usize>> {
        let (mut taken, mut out) = (BTreeSet::new(), Vec::new());
        for (_, a, b) in self.pairs() {
            if taken.contains(&a) || taken.contains(&b) {
                continue;
            }
            let grown = self.grown_from(a, b, &taken);
            if let Some(group) = clean(grown, self.evidence, self.background, settings) {
                taken.extend(group.iter().copied());
                out.push(group);
            }
        }
        out
    }

    /// Pairs whose shared words bind them beyond the price of naming one of them, the strongest first.
    fn pairs(&self) -> Vec<(i64, usize, usize)> {
        let least = (self.evidence.len().max(2) as f64).log2();
        let mut out = Vec::new();
        for place in self.places {
            let mut near: BTreeMap<usize, f64> = BTreeMap::new();
            for word in self.words(*place) {
                let bond = self.background.bond(*word);
                self.holders.get(word).into_iter().flatten().filter(|other| *other > place).for_each(|o| *near.entry(*o).or_default() += bond);
            }
            out.extend(near.into_iter().filter(|(_, bits)| *bits >= least).map(|(other, bits)| (LogOdds::from_bits(-bits).0, *place, other)));
        }
        out.sort_unstable();
        out
    }

    /// A pair with every record that makes it save more.
    fn grown_from(&self, a: usize, b: usize, taken: &BTreeSet<usize>) -> Vec<usize> {
        let mut group = vec![a, b];
        let mut counts = Background::count([self.words(a), self.words(b)].into_iter());
        let mut best = self.background.saved(&counts, group.len());
        while let Some((saved, place)) = self.next(&group, &counts, taken) {
            // Two records alone never pay for themselves; the third must show whether the group will.
            if saved <= best && group.len() > 2 {
                break;
            }
            best = saved;
            group.push(place);
            self.words(place).iter().for_each(|word| *counts.entry(*word).or_insert(0) += 1);
        }
        group.sort_unstable();
        group
    }

    /// The record that makes the group save most, among those that share most with it.
    fn next(&self, group: &[usize], counts: &BTreeMap<u32, u32>, taken: &BTreeSet<usize>) -> Option<(f64, usize)> {
        let mut near: BTreeMap<usize, f64> = BTreeMap::new();
        for (word, held) in counts.iter().filter(|(_, held)| **held >= 2 || group.len() < 3) {
            let bond = self.background.bond(*word) * f64::from(*held);
            self.holders.get(word).into_iter().flatten().for_each(|place| *near.entry(*place).or_default() += bond);
        }
        let mut near: Vec<(i64, usize)> = near
            .into_iter()
            .filter(|(place, _)| !taken.contains(place) && !group.contains(place))
            .map(|(place, bits)| (LogOdds::from_bits(-bits).0, place))
            .collect();
        near.sort_unstable();
        let with = |place: usize| {
            let mut more = counts.clone();
            self.words(place).iter().for_each(|word| *more.entry(*word).or_insert(0) += 1);
            (LogOdds::from_bits(self.background.saved(&more, group.len() + 1)), std::cmp::Reverse(place))
        };
        near.into_iter().take(LOOKED_AT).map(|(_, place)| with(place)).max().map(|(saved, place)| (saved.bits(), place.0))
    }
}
