//! Grade of the evidence behind a gap, by rule. It says how sure the mechanism and the escapes are, never how likely the next one is.

use std::collections::BTreeSet;

use refrain_record::findings::{Class, Grade, Member};
use refrain_record::{Kind, Record, Role};

use crate::Defect;
use crate::enrich::place;
use crate::input::Input;
use crate::recurrence::recurrences;

/// What the grade is decided by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Escapes that are independent of each other (law G3).
    pub independent: usize,
    /// Teams with at least one of them.
    pub teams: usize,
    /// Escapes whose mechanism is stated in a review or a fix.
    pub reviewed: usize,
    /// Escapes whose mechanism fields of the source, or a trace with a fix, support.
    pub fielded: usize,
    /// Escapes with words that carry the membership.
    pub quoted: usize,
    /// Quotes or members that speak against the gap and that nobody has closed.
    pub against: usize,
}

/// Sections that people write when they know how it failed.
const REVIEW_ROLES: &[Role] = &[Role::Cause, Role::Fix, Role::Lessons, Role::Actions];

/// Collects the facts of a class. `existed`: members that escaped although the control was there.
pub fn facts(class: &Class, existed: usize, input: &Input<'_>) -> Facts {
    let escapes: Vec<(&Member, &Defect<'_>)> =
        class.members.iter().filter(|m| m.escape).filter_map(|m| Some((m, &input.defects[place(input, m)?]))).collect();
    let judged = recurrences(&escapes.iter().map(|(_, d)| *d).collect::<Vec<_>>());
    let count = |test: &dyn Fn(&Member, &Defect<'_>) -> bool| escapes.iter().filter(|(m, d)| test(m, d)).count();
    Facts {
        independent: judged.counts.iter().filter(|c| **c).count(),
        teams: escapes.iter().filter_map(|(m, _)| m.team.as_deref()).collect::<BTreeSet<_>>().len(),
        reviewed: count(&|m, d| in_review(m, d)),
        fielded: count(&|_, d| d.records().any(by_fields)),
        quoted: count(&|m, _| m.score.weights().iter().any(|w| w.bits.0 > 0 && !w.cites.is_empty())),
        against: class.counter.len() + existed,
    }
}

/// Whether words in a review or fix carry the membership.
fn in_review(member: &Member, defect: &Defect<'_>) -> bool {
    let cites = member.score.weights().iter().filter(|w| w.bits.0 > 0).flat_map(|w| &w.cites);
    cites.into_iter().any(|quote| {
        defect
            .records()
            .filter(|r| r.key == quote.cite.key)
            .any(|r| r.kind == Kind::PostMortem || r.section(&quote.cite.section).is_some_and(|s| REVIEW_ROLES.contains(&s.role)))
    })
}

/// Whether the source itself classifies the record, or holds a trace together with a fix.
fn by_fields(record: &Record) -> bool {
    let has = |role: Role| record.of_role(role).next().is_some();
    !record.kinds.is_empty() || (has(Role::Trace) && has(Role::Fix))
}

/// The rules, best first: grade, whether it holds, and why in words.
type Rule = (Grade, fn(&Facts) -> bool, &'static str);

const RULES: &[Rule] = &[
    (
        Grade::A,
        |f| f.independent >= 3 && f.teams >= 2 && f.reviewed >= 2 && f.against == 0,
        "mechanism stated in reviews or fixes, nothing against it",
    ),
    (Grade::B, |f| f.independent >= 3 && (f.fielded >= 2 || f.reviewed >= 1), "mechanism supported by fields, reviews or traces with fixes"),
    (Grade::C, |f| f.independent >= 2 && f.quoted >= 1, "mechanism by quoted text"),
    (Grade::D, |_| true, "too few independent escapes with a known stage"),
];

/// The grade and why.
pub fn grade(facts: &Facts) -> (Grade, String) {
    let rule = RULES.iter().find(|(_, holds, _)| holds(facts));
    let (grade, why) = rule.map_or((Grade::D, ""), |(grade, _, why)| (*grade, *why));
    let part = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut text = format!(
        "{}, {}, {} in reviews or fixes, {} supported by fields, {} quoted",
        part(facts.independent, "independent escape", "independent escapes"),
        part(facts.teams, "team", "teams"),
        facts.reviewed,
        facts.fielded,
        facts.quoted
    );
    if facts.against > 0 {
        text += &format!(", {} against it", facts.against);
    }
    (grade, format!("{text}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grade_has_its_rule_and_the_last_always_holds() {
        let base = Facts { independent: 3, teams: 2, reviewed: 2, fielded: 0, quoted: 3, against: 0 };
        let cases = [
            (base.clone(), Grade::A),
            (Facts { against: 1, ..base.clone() }, Grade::B),
            (Facts { teams: 1, ..base.clone() }, Grade::B),
            (Facts { reviewed: 0, fielded: 2, ..base.clone() }, Grade::B),
            (Facts { reviewed: 0, ..base.clone() }, Grade::C),
            (Facts { independent: 2, ..base.clone() }, Grade::C),
            (Facts { independent: 1, ..base.clone() }, Grade::D),
            (Facts { reviewed: 0, quoted: 0, ..base }, Grade::D),
            (Facts::default(), Grade::D),
        ];
        for (facts, expected) in cases {
            assert_eq!(grade(&facts).0, expected, "{facts:?}");
        }
    }
}
