//! Teams, services, stages and leak buckets by rule over any field of a record: `[rules]` of the configuration.
//!
//! A rule names a field, the values it looks for, and what it sets. The first rule that fits wins, over what the source said; without
//! a fitting rule the source's own value stays. What a rule sets is derived, with the rule as its reason.

use refrain_record::{Bucket, Known, Record};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mapping::glob;

/// `[rules]`: lists of rules by what they set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// Owner, for instance `{ field = "component", is = ["refund-*"], set = "payments" }`.
    pub team: Vec<Rule>,
    /// Deployed unit.
    pub service: Vec<Rule>,
    /// Stage where it was found, by its id in the stage model.
    pub actual_stage: Vec<Rule>,
    /// Earliest stage at which it could have been found.
    pub ideal_stage: Vec<Rule>,
    /// Leak bucket: coverage-gap, environment-mismatch or flaky-or-suppressed.
    pub bucket: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Field of the record: see [`FIELDS`]; `environment.NAME` and `fields.NAME` name one entry.
    pub field: String,
    /// Patterns with `*` and `?`, in any case; one must fit one of the field's values.
    pub is: Vec<String>,
    /// What is set; `{value}` stands for the value that fitted.
    pub set: String,
}

/// Name of a field and the values it has in a record.
type Field = (&'static str, fn(&Record) -> Vec<String>);

/// Fields that a rule may name, beside `environment.NAME` and `fields.NAME`.
pub const FIELDS: &[Field] = &[
    ("system", |r| vec![r.key.system().to_string()]),
    ("key", |r| vec![r.key.to_string()]),
    ("project", |r| r.project.iter().cloned().collect()),
    ("component", |r| r.components.clone()),
    ("label", |r| r.labels.clone()),
    ("version", |r| r.versions.clone()),
    ("team", |r| r.team.value().cloned().into_iter().collect()),
    ("service", |r| r.service.value().cloned().into_iter().collect()),
    ("stage", |r| r.actual_stage.value().cloned().into_iter().collect()),
    ("resolution", |r| r.resolution.iter().cloned().collect()),
    ("path", |r| vec![r.source.file.clone()]),
    ("format", |r| vec![r.source.format.clone()]),
    ("title", |r| vec![r.title().to_owned()]),
];

/// Values of a field by its name; none for a name that nothing has.
pub fn values(record: &Record, field: &str) -> Vec<String> {
    if let Some(name) = field.strip_prefix("environment.") {
        return record.environment.get(name).cloned().into_iter().collect();
    }
    if let Some(name) = field.strip_prefix("fields.") {
        return record.fields.get(name).cloned().unwrap_or_default();
    }
    FIELDS.iter().find(|(name, _)| *name == field).map(|(_, of)| of(record)).unwrap_or_default()
}

impl Rule {
    /// What the rule sets on this record.
    fn fits(&self, record: &Record) -> Option<String> {
        let value = values(record, &self.field).into_iter().find(|v| self.is.iter().any(|p| glob::matches(&p.to_lowercase(), &v.to_lowercase())))?;
        Some(self.set.replace("{value}", &value))
    }

    /// As shown beside what it set.
    fn name(&self, target: &str) -> String {
        format!("rules.{target}: {} is {}", self.field, self.is.join(" or "))
    }
}

/// The first fitting rule's value with its name.
fn decide(rules: &[Rule], target: &str, record: &Record) -> Option<(String, String)> {
    rules.iter().find_map(|rule| rule.fits(record).map(|value| (value, rule.name(target))))
}

impl Rules {
    /// What is wrong with them, in words; empty for good rules. `stages`: ids of the stage model.
    pub fn problems(&self, stages: &[&str]) -> Vec<String> {
        let mut out = Vec::new();
        for (target, rules) in self.lists() {
            for (n, rule) in rules.iter().enumerate() {
                let place = format!("rules.{target}[{n}]");
                let known =
                    rule.field.starts_with("environment.") || rule.field.starts_with("fields.") || FIELDS.iter().any(|(f, _)| *f == rule.field);
                if !known {
                    let names: Vec<&str> = FIELDS.iter().map(|(f, _)| *f).collect();
                    out.push(format!("{place}.field: found `{}`, expected one of {}, environment.NAME or fields.NAME", rule.field, names.join(", ")));
                }
                if target.ends_with("stage") && !stages.contains(&rule.set.as_str()) {
                    out.push(format!("{place}.set: found `{}`, expected one of {}", rule.set, stages.join(", ")));
                }
                if target == "bucket" && bucket(&rule.set).is_none() {
                    let names: Vec<&str> = Bucket::ALL.iter().map(|b| b.name()).collect();
                    out.push(format!("{place}.set: found `{}`, expected one of {}", rule.set, names.join(", ")));
                }
            }
        }
        out
    }

    fn lists(&self) -> [(&'static str, &[Rule]); 5] {
        [
            ("team", &self.team),
            ("service", &self.service),
            ("actual-stage", &self.actual_stage),
            ("ideal-stage", &self.ideal_stage),
            ("bucket", &self.bucket),
        ]
    }

    /// Applies the rules. Applying them again changes nothing, unless a rule reads what another sets.
    pub fn apply(&self, record: &mut Record) {
        let found = self.lists().map(|(target, rules)| decide(rules, target, record));
        let [team, service, actual, ideal, why] = found;
        let derived = |slot: &mut Known<String>, found: Option<(String, String)>| {
            if let Some((value, rule)) = found {
                *slot = Known::derived(value, rule);
            }
        };
        derived(&mut record.team, team);
        derived(&mut record.service, service);
        derived(&mut record.actual_stage, actual);
        derived(&mut record.ideal_stage, ideal);
        if let Some((bucket, rule)) = why.and_then(|(value, rule)| Some((bucket(&value)?, rule))) {
            record.bucket = Known::derived(bucket, rule);
        }
    }
}

fn bucket(name: &str) -> Option<Bucket> {
    Bucket::ALL.iter().find(|b| b.name() == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use refrain_record::{Key, Kind};

    fn record() -> Record {
        let key: Key = "JIRA:PAY-1".parse().unwrap();
        let mut record = Record::new(key, Kind::Issue, "Refund twice");
        record.components = vec!["Refund-API".into()];
        record.labels = vec!["found-in-prod".into()];
        record.team = Known::stated("PAY".into(), "project");
        record
    }

    fn rule(field: &str, is: &str, set: &str) -> Rule {
        Rule { field: field.into(), is: vec![is.into()], set: set.into() }
    }

    #[test]
    fn the_first_fitting_rule_wins_and_says_its_name() {
        let rules = Rules {
            team: vec![rule("component", "ledger*", "ledger"), rule("component", "refund*", "payments"), rule("project", "*", "rest")],
            actual_stage: vec![rule("label", "found-in-prod", "production-internal")],
            bucket: vec![rule("label", "found-in-*", "coverage-gap")],
            ..Rules::default()
        };
        let mut once = record();
        rules.apply(&mut once);
        assert_eq!(once.team, Known::derived("payments".into(), "rules.team: component is refund*"));
        assert_eq!(once.bucket.value(), Some(&Bucket::CoverageGap));
        let mut twice = once.clone();
        rules.apply(&mut twice);
        assert_eq!(once, twice);
    }

    #[test]
    fn without_a_fitting_rule_the_source_is_right() {
        let mut record = record();
        Rules { team: vec![rule("fields.group", "*", "{value}")], ..Rules::default() }.apply(&mut record);
        assert_eq!(record.team, Known::stated("PAY".into(), "project"));
    }

    #[test]
    fn wrong_rules_are_named() {
        let rules = Rules { team: vec![rule("componant", "*", "x")], ideal_stage: vec![rule("label", "*", "uint")], ..Rules::default() };
        let problems = rules.problems(&["unit"]);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].contains("rules.team[0].field") && problems[1].contains("`uint`"), "{problems:?}");
    }
}
