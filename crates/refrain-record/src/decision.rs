//! What people decided. Decisions are law for every later run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::record::Bucket;
use crate::time::Moment;

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "decide")]
pub enum Decided {
    /// The two records describe one defect.
    Same {
        /// One record.
        a: Key,
        /// The other.
        b: Key,
    },
    /// The two records describe different defects, and no chain of others may join them.
    Different {
        /// One record.
        a: Key,
        /// The other.
        b: Key,
    },
    /// The record belongs to this class.
    Class {
        /// The record.
        key: Key,
        /// Id of the class.
        class: String,
    },
    /// The record belongs to no class.
    NoClass {
        /// The record.
        key: Key,
    },
    /// The class bears this name.
    Rename {
        /// Id of the class.
        class: String,
        /// Its name from now on.
        name: String,
    },
    /// The two classes are one; the older id stays.
    MergeClasses {
        /// One class.
        a: String,
        /// The other.
        b: String,
    },
    /// These members leave the class and form one of their own.
    SplitClass {
        /// Id of the class.
        class: String,
        /// Who leaves.
        members: Vec<Key>,
    },
    /// What was found is a topic or an accident, not a mechanism.
    NotAClass {
        /// Id of the class.
        class: String,
    },
    /// The two records fail by the same mechanism.
    SameMechanism {
        /// One record.
        a: Key,
        /// The other.
        b: Key,
    },
    /// The two records fail by different mechanisms.
    DifferentMechanism {
        /// One record.
        a: Key,
        /// The other.
        b: Key,
    },
    /// The stages of a record.
    Stage {
        /// The record.
        key: Key,
        /// Where it was found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actual: Option<String>,
        /// Where it could have been found first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ideal: Option<String>,
    },
    /// Why a record got past its ideal stage.
    Bucket {
        /// The record.
        key: Key,
        /// The bucket.
        bucket: Bucket,
    },
    /// Why it escaped, in a person's words.
    Escape {
        /// The record.
        key: Key,
        /// The words.
        text: String,
    },
    /// A control is in place (or will be) for a team.
    Control {
        /// Id of the control.
        control: String,
        /// Team, or `*` for all.
        team: String,
        /// Adopted, deferred or rejected.
        state: ControlState,
        /// Since or until when.
        on: Moment,
    },
    /// The decision of that number no longer holds.
    Undo {
        /// Its number. Written as `undoes`: a line of the log has a `number` of its own beside it.
        #[serde(rename = "undoes")]
        number: u64,
    },
}

/// What was decided about a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ControlState {
    /// In place since the date.
    Adopted,
    /// Not now; comes back at the date.
    Deferred,
    /// Not wanted.
    Rejected,
}

/// One line of the log: what, by whom, when, why. Hash-chained (law C1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// From 1, without holes.
    pub number: u64,
    /// When it was entered.
    pub at: Moment,
    /// By whom, as given. Shown only in the audit package.
    pub author: String,
    /// Why.
    pub why: String,
    /// What.
    #[serde(flatten)]
    pub what: Decided,
    /// `text_hash` of the records named, in the order of the fields, at the time of the decision: tells `content-changed` later. Empty
    /// text for a record that was not in the store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// Hash of the line before; 64 zeros for the first.
    pub before: String,
    /// SHA-256 over this line without `hash`, 64 hexadecimal digits.
    pub hash: String,
}

/// The whole log in order of number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionLog {
    /// In order of number.
    pub decisions: Vec<Decision>,
}

impl DecisionLog {
    /// Decisions in force: those that no later `Undo` names, and that are no `Undo` themselves.
    ///
    /// An `Undo` of an `Undo` brings the first decision back.
    pub fn in_force(&self) -> Vec<&Decision> {
        let mut undone = std::collections::BTreeSet::new();
        for decision in self.decisions.iter().rev() {
            if let Decided::Undo { number } = decision.what
                && !undone.contains(&decision.number)
            {
                undone.insert(number);
            }
        }
        self.decisions.iter().filter(|d| !undone.contains(&d.number) && !matches!(d.what, Decided::Undo { .. })).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Moment {
        Moment::at(1_700_000_000)
    }

    fn every_kind() -> Vec<Decided> {
        let (a, b): (Key, Key) = ("JIRA:PAY-1".parse().unwrap(), "JIRA:PAY-2".parse().unwrap());
        let (class, name) = ("C-7".to_owned(), "A retry repeats an effect".to_owned());
        vec![
            Decided::Same { a: a.clone(), b: b.clone() },
            Decided::Different { a: a.clone(), b: b.clone() },
            Decided::Class { key: a.clone(), class: class.clone() },
            Decided::NoClass { key: a.clone() },
            Decided::Rename { class: class.clone(), name },
            Decided::MergeClasses { a: class.clone(), b: "C-9".into() },
            Decided::SplitClass { class: class.clone(), members: vec![a.clone(), b.clone()] },
            Decided::NotAClass { class },
            Decided::SameMechanism { a: a.clone(), b: b.clone() },
            Decided::DifferentMechanism { a: a.clone(), b },
            Decided::Stage { key: a.clone(), actual: None, ideal: Some("contract".into()) },
            Decided::Bucket { key: a.clone(), bucket: Bucket::CoverageGap },
            Decided::Escape { key: a, text: "no test covers it".into() },
            Decided::Control { control: "replay-test".into(), team: "*".into(), state: ControlState::Adopted, on: at() },
            Decided::Undo { number: 3 },
        ]
    }

    #[test]
    fn every_kind_of_decision_reads_back_as_a_line_of_the_log() {
        for (place, what) in every_kind().into_iter().enumerate() {
            let line = Decision {
                number: place as u64 + 1,
                at: at(),
                author: "kim".into(),
                why: "seen in the fix".into(),
                what,
                seen: vec![],
                before: "0".repeat(64),
                hash: "1".repeat(64),
            };
            let json = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), line, "{json}");
        }
    }
}
