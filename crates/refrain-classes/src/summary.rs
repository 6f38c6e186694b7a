//! What is different from the run before, from a small summary that is kept of each run.

use std::collections::BTreeMap;

use refrain_record::findings::{Changes, Findings};
use refrain_record::{Key, Moment};
use serde::{Deserialize, Serialize};

/// What a later run needs to know of this one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// As-of of the run.
    pub as_of: Option<Moment>,
    /// Defect records it looked at.
    pub records: u64,
    /// Class of each member, and of its duplicates, by key.
    pub class_of: BTreeMap<Key, String>,
    /// Defects in no class.
    pub unclassified: Vec<Key>,
    /// Name of each class.
    pub names: BTreeMap<String, String>,
    /// Members of each class.
    pub sizes: BTreeMap<String, u64>,
    /// Gaps in order of rank.
    #[serde(default)]
    pub gaps: Vec<String>,
}

impl Summary {
    /// Of a run.
    pub fn of(findings: &Findings) -> Self {
        let members = findings.classes.iter().flat_map(|c| c.members.iter().map(move |m| (c, m)));
        let keys = members.flat_map(|(c, m)| std::iter::once(&m.key).chain(&m.duplicates).map(move |k| (k.clone(), c.id.clone())));
        Self {
            as_of: Some(findings.as_of),
            records: findings.scope.defect_records,
            class_of: keys.collect(),
            unclassified: findings.unclassified.records.iter().map(|(k, _)| k.clone()).collect(),
            names: findings.classes.iter().map(|c| (c.id.clone(), c.name.clone())).collect(),
            sizes: findings.classes.iter().map(|c| (c.id.clone(), c.members.len() as u64)).collect(),
            gaps: findings.gaps.iter().filter(|g| g.rank.is_some()).map(|g| g.id.clone()).collect(),
        }
    }

    fn knows(&self, key: &Key) -> bool {
        self.class_of.contains_key(key) || self.unclassified.contains(key)
    }
}

/// What changed since `before`. `why`: the cause of a move where the caller knows it (a decision, a refit, changed text).
pub fn changes(before: &Summary, now: &Findings, why: impl Fn(&Key) -> Option<String>) -> Changes {
    let after = Summary::of(now);
    let size = |s: &Summary, id: &String| s.sizes.get(id).copied();
    let both = || after.sizes.keys().filter_map(|id| Some((id.clone(), size(before, id)?, size(&after, id)?)));
    Changes {
        since: before.as_of,
        new_records: after.class_of.keys().chain(&after.unclassified).filter(|k| !before.knows(k)).count() as u64,
        new_classes: after.sizes.keys().filter(|id| !before.sizes.contains_key(*id)).cloned().collect(),
        grown: both().filter(|(_, was, is)| is > was).collect(),
        shrunk: both().filter(|(_, was, is)| is < was).collect(),
        closed: before.names.iter().filter(|(id, _)| !after.sizes.contains_key(*id)).map(|(id, name)| (id.clone(), name.clone())).collect(),
        moved: moved(before, &after, why),
    }
}

/// Records known to both runs whose class differs. Empty stands for none.
fn moved(before: &Summary, after: &Summary, why: impl Fn(&Key) -> Option<String>) -> Vec<(Key, String, String, String)> {
    let class = |s: &Summary, key: &Key| s.class_of.get(key).cloned().unwrap_or_default();
    let keys = after.class_of.keys().chain(&after.unclassified).filter(|k| before.knows(k));
    let mut out: Vec<(Key, String, String, String)> = keys
        .filter(|key| class(before, key) != class(after, key))
        .map(|key| {
            let (from, to) = (class(before, key), class(after, key));
            let cause = why(key).unwrap_or_else(|| cause(before, after, &from, &to));
            (key.clone(), from, to, cause)
        })
        .collect();
    out.sort();
    out.dedup();
    out
}

fn cause(before: &Summary, after: &Summary, from: &String, to: &String) -> String {
    match (from.is_empty(), to.is_empty()) {
        (_, false) if !before.sizes.contains_key(to) => "its class is new".into(),
        (false, _) if !after.sizes.contains_key(from) => "its class is gone".into(),
        (true, _) => "joined a class".into(),
        (_, true) => "left its class".into(),
        _ => "closer to another class".into(),
    }
}
