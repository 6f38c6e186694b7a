//! What binds a class, and the name of one that is not in the lexicon.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::view::View;

/// Terms that bind a class are listed up to this number.
const LISTED: usize = 12;
/// Terms in a proposed name.
const IN_NAME: usize = 3;

/// Terms that bind records to a direction, with what they add to its likeness in the mean of the members; the heaviest first.
pub fn binding(view: &View, members: &[&Evidence], centre: &[f32]) -> Vec<(String, f64)> {
    let mut sums: BTreeMap<u32, (f32, u32)> = BTreeMap::new();
    for (term, weight) in members.iter().flat_map(|m| &m.weighted) {
        let sum = sums.entry(*term).or_default();
        *sum = (sum.0 + weight, sum.1 + 1);
    }
    let n = members.len().max(1) as f32;
    let adds = |(term, (sum, held)): (u32, (f32, u32))| (held > 1 || members.len() < 2).then(|| (term, sum / n * view.along(term, centre)));
    let mut all: Vec<(u32, f32)> = sums.into_iter().filter_map(adds).filter(|(_, w)| *w > 0.0).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(LISTED);
    all.into_iter().map(|(term, weight)| (view.terms()[term as usize].text.clone(), (f64::from(weight) * 1e4).round() / 1e4)).collect()
}

/// A name from the terms that bind: the heaviest that do not repeat a word of one before.
pub fn of_terms(binding: &[(String, f64)]) -> String {
    let mut taken: Vec<&str> = Vec::new();
    for (term, _) in binding {
        let said = |w: &str| taken.iter().any(|t| t.split(' ').any(|x| x == w));
        if taken.len() < IN_NAME && !term.split(' ').any(said) {
            taken.push(term);
        }
    }
    if taken.is_empty() { "Unnamed".to_owned() } else { format!("Unnamed: {}", taken.join(", ")) }
}
