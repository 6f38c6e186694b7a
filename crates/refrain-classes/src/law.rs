//! What people decided about classes, by defect and by class. Law for every later run.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::{Decided, Decision, Key};

use crate::Defect;

/// Decisions in force, made to speak of defects: a decision on a duplicate is one on its defect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Law {
    /// Class that a person put a defect in, with the number of the decision.
    pub class: BTreeMap<usize, (String, u64)>,
    /// Defects that a person took out of every class.
    pub none: BTreeMap<usize, u64>,
    /// Defects that fail by the same mechanism, as groups of at least two, sorted.
    pub same: Vec<Vec<usize>>,
    /// Defects that fail by different mechanisms, the lower place first.
    pub different: BTreeSet<(usize, usize)>,
    /// Class by class that it was merged into.
    pub merged: BTreeMap<String, String>,
    /// Classes that are none.
    pub not_a_class: BTreeSet<String>,
    /// Names given.
    pub names: BTreeMap<String, String>,
}

/// Id of the class that a split makes: numbered by the decision, so it is given once and never again.
pub fn split_id(number: u64) -> String {
    format!("C-S{number}")
}

impl Law {
    /// Reads the decisions for these defects, in the order of their numbers: where two speak of one thing, the later one holds.
    /// `resolve` gives the present id of a class named in the past.
    pub fn new(defects: &[Defect<'_>], decisions: &[&Decision], resolve: &dyn Fn(&str) -> String) -> Self {
        let places = places(defects);
        let at = |key: &Key| places.get(key).copied();
        let mut sorted: Vec<&&Decision> = decisions.iter().collect();
        sorted.sort_by_key(|d| d.number);
        let (mut law, mut same) = (Self::default(), Vec::new());
        for decision in sorted {
            let number = decision.number;
            match &decision.what {
                Decided::Class { key, class } => at(key).into_iter().for_each(|p| law.put(p, resolve(class), number)),
                Decided::NoClass { key } => at(key).into_iter().for_each(|p| law.take_out(p, number)),
                Decided::SameMechanism { a, b } => same.extend(at(a).zip(at(b)).filter(|(a, b)| a != b)),
                Decided::DifferentMechanism { a, b } => {
                    law.different.extend(at(a).zip(at(b)).filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))));
                }
                Decided::MergeClasses { a, b } => law.merge(&resolve(a), &resolve(b)),
                Decided::SplitClass { members, .. } => members.iter().filter_map(at).for_each(|p| law.put(p, split_id(number), number)),
                Decided::NotAClass { class } => drop(law.not_a_class.insert(resolve(class))),
                Decided::Rename { class, name } => drop(law.names.insert(resolve(class), name.clone())),
                _ => {}
            }
        }
        law.same = joined(&same);
        law
    }

    fn put(&mut self, place: usize, class: String, number: u64) {
        self.none.remove(&place);
        self.class.insert(place, (class, number));
    }

    fn take_out(&mut self, place: usize, number: u64) {
        self.class.remove(&place);
        self.none.insert(place, number);
    }

    /// The older of the two stays.
    fn merge(&mut self, a: &str, b: &str) {
        let (a, b) = (self.standing(a), self.standing(b));
        let (old, young) = if age(&a) <= age(&b) { (a, b) } else { (b, a) };
        if old != young {
            self.merged.values_mut().filter(|v| **v == young).for_each(|v| v.clone_from(&old));
            self.merged.insert(young, old);
        }
    }

    /// The class that stands for this one after all merges.
    pub fn standing(&self, id: &str) -> String {
        self.merged.get(id).map_or(id, String::as_str).to_owned()
    }
}

/// Order of age: lineage numbers as given, then splits by decision, then provisional ids.
pub fn age(id: &str) -> (u8, u64, String) {
    let number = |prefix: &str| id.strip_prefix(prefix).and_then(|n| n.parse::<u64>().ok());
    match (number("C-"), number("C-S")) {
        (Some(n), _) => (0, n, String::new()),
        (None, Some(n)) => (1, n, String::new()),
        (None, None) => (2, 0, id.to_owned()),
    }
}

fn places<'a>(defects: &[Defect<'a>]) -> BTreeMap<&'a Key, usize> {
    defects.iter().enumerate().flat_map(|(at, d)| d.records().map(move |r| (&r.key, at))).collect()
}

/// Connected groups of the pairs, each sorted, in order of their first member.
fn joined(pairs: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut of: BTreeMap<usize, usize> = BTreeMap::new();
    for (a, b) in pairs {
        let (x, y) = (*of.entry(*a).or_insert(*a), *of.entry(*b).or_insert(*b));
        let (low, high) = (x.min(y), x.max(y));
        of.values_mut().filter(|v| **v == high).for_each(|v| *v = low);
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    of.into_iter().for_each(|(place, group)| groups.entry(group).or_default().push(place));
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn law_c5_the_older_id_survives_every_merge() {
        let mut law = Law::default();
        law.merge("C-7", "C-S2");
        law.merge("P-ab", "C-S2");
        law.merge("C-7", "C-3");
        assert!(["C-7", "C-S2", "P-ab", "C-3"].iter().all(|id| law.standing(id) == "C-3"), "{:?}", law.merged);
        law.merge("C-3", "C-7");
        assert_eq!(law.merged.len(), 3);
    }

    #[test]
    fn groups_of_pairs() {
        assert_eq!(joined(&[(5, 4), (1, 2), (4, 9), (2, 7)]), [vec![1, 2, 7], vec![4, 5, 9]]);
    }
}
