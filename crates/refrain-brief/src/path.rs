//! Where a number stands in the findings, in a small language that anyone can evaluate on `findings.json`.
//!
//! ```text
//! scope.escapes                                     a field
//! gaps[G-C-14-replay-test].avoidable.low            an element of a list by its id, key, team or number
//! metrics[escape-rate|Payments].ratio[0]            a metric by id and what it is of; a place in a pair
//! classes[C-14].members#                            how many
//! classes[C-14].members#escape                      how many of which the field is there and true
//! classes[C-14].members#escape&actual_stage=canary  and another field (or its first part) has this value
//! classes#!taxonomy                                 how many of which the field is missing, empty or false
//! matrix.cells[3][9]                                a cell
//! a + b                                             a sum
//! a - b                                             a rest
//! a / b                                             a share
//! sum(classes; cost.capped.value; but C-14, C-2)    over all elements but these
//! held(gaps[G-C-14-replay-test].forecast.past)      of how many forecasts the interval held what came
//! count(classes; teams[Payments].members)           of how many the path leads to a number
//! count(classes; teams[Payments].members; systemic) and the field is true
//! ```
//!
//! By name rather than by place, so that a path means the same in the findings of a later run. Characters of a key other than
//! letters, digits and `-_:|/@` are percent-encoded.

use serde_json::Value;

/// Encodes a key for use in brackets.
pub fn key(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        if c.is_alphanumeric() || "-_:|/@".contains(c) {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().for_each(|b| out.push_str(&format!("%{b:02X}")));
        }
    }
    out
}

/// The number at `path`; nothing where it leads nowhere or to no number.
pub fn number(findings: &Value, path: &str) -> Option<f64> {
    if let Some((a, b)) = path.split_once(" / ") {
        let (a, b) = (number(findings, a)?, number(findings, b)?);
        return (b != 0.0).then_some(a / b);
    }
    if let Some((a, b)) = path.split_once(" - ") {
        return Some(number(findings, a)? - number(findings, b)?);
    }
    path.split(" + ").map(|term| single(findings, term)).sum()
}

fn single(findings: &Value, term: &str) -> Option<f64> {
    let call = |name: &str| term.strip_prefix(name).and_then(|t| t.strip_suffix(')'));
    match (call("sum("), call("count("), call("held(")) {
        (Some(inner), ..) => over_all(findings, inner),
        (_, Some(inner), _) => how_many(findings, inner),
        (.., Some(inner)) => held(findings, inner),
        _ => walk(findings, term),
    }
}

/// Of a list of (period, estimate, what came).
fn held(findings: &Value, path: &str) -> Option<f64> {
    let past = step_all(findings, path)?.as_array()?;
    let inside = |p: &&Value| {
        let (low, high, came) = (p[1]["low"].as_f64(), p[1]["high"].as_f64(), p[2].as_f64());
        low.zip(high).zip(came).is_some_and(|((low, high), came)| (low..=high).contains(&came))
    };
    Some(past.iter().filter(inside).count() as f64)
}

fn how_many(findings: &Value, inner: &str) -> Option<f64> {
    let mut parts = inner.split("; ");
    let list = step_all(findings, parts.next()?)?.as_array()?;
    let path = parts.next()?;
    let field = parts.next();
    let counted = |e: &&Value| walk(e, path).is_some() && field.is_none_or(|f| e.get(f) == Some(&Value::Bool(true)));
    Some(list.iter().filter(counted).count() as f64)
}

fn over_all(findings: &Value, inner: &str) -> Option<f64> {
    let mut parts = inner.split("; ");
    let list = step_all(findings, parts.next()?)?.as_array()?;
    let path = parts.next()?;
    let but: Vec<&str> = parts.next().and_then(|p| p.strip_prefix("but ")).map(|p| p.split(", ").collect()).unwrap_or_default();
    let counted = list.iter().filter(|e| !name_of(e).is_some_and(|n| but.contains(&key(&n).as_str())));
    Some(counted.filter_map(|e| walk(e, path)).sum())
}

/// A path that may end in `#`, how many, or `#field`, of how many the field is true.
fn walk(from: &Value, path: &str) -> Option<f64> {
    let Some((list, field)) = path.rsplit_once('#') else {
        return as_number(step_all(from, path)?);
    };
    let found = step_all(from, list)?;
    let n = match found {
        Value::Object(map) => map.len(),
        Value::Array(items) if field.is_empty() => items.len(),
        Value::Array(items) => items.iter().filter(|i| field.split('&').all(|wanted| fulfils(i, wanted))).count(),
        _ => return None,
    };
    Some(n as f64)
}

/// `field`, `!field` or `field=value`.
fn fulfils(element: &Value, wanted: &str) -> bool {
    if let Some((field, value)) = wanted.split_once('=') {
        let found = element.get(field);
        return found.and_then(|f| f.as_str().or_else(|| f.get(0)?.as_str())).is_some_and(|f| key(f) == value);
    }
    match wanted.strip_prefix('!') {
        Some(field) => !there(element.get(field)),
        None => there(element.get(wanted)),
    }
}

fn there(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

fn as_number(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn step_all<'a>(from: &'a Value, path: &str) -> Option<&'a Value> {
    let mut here = from;
    for part in split(path) {
        here = match part {
            Part::Field(name) => here.get(name)?,
            Part::Key(name) => element(here, name)?,
        };
    }
    Some(here)
}

enum Part<'a> {
    Field(&'a str),
    Key(&'a str),
}

/// Fields are separated by dots, keys stand in brackets; neither occurs in an encoded key.
fn split(path: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for field in path.split('.').filter(|f| !f.is_empty()) {
        let mut pieces = field.split('[');
        parts.extend(pieces.next().filter(|p| !p.is_empty()).map(Part::Field));
        parts.extend(pieces.map(|p| Part::Key(p.trim_end_matches(']'))));
    }
    parts
}

fn element<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    match list {
        Value::Object(map) => map.iter().find(|(k, _)| key(k) == name).map(|(_, v)| v),
        Value::Array(items) => {
            let by_name = items.iter().find(|i| name_of(i).is_some_and(|n| key(&n) == name));
            by_name.or_else(|| name.parse::<usize>().ok().and_then(|i| items.get(i)))
        }
        _ => None,
    }
}

/// What an element of a list goes by: id (with what it is of), key, team, number, or the first of a tuple.
fn name_of(element: &Value) -> Option<String> {
    let text = |name: &str| element.get(name).and_then(Value::as_str);
    match (text("id"), text("of")) {
        (Some(id), Some(of)) if !of.is_empty() => return Some(format!("{id}|{of}")),
        (Some(id), _) => return Some(id.to_owned()),
        _ => {}
    }
    let named = text("key").or_else(|| text("team")).map(str::to_owned);
    named.or_else(|| element.get("number").map(Value::to_string)).or_else(|| element.get(0).and_then(Value::as_str).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lead_to_numbers() {
        let found = json!({
            "scope": { "escapes": 7, "teams": { "Data Platform": 3, "Orders": 4 } },
            "classes": [
                { "id": "C-1", "members": [{ "key": "J:1", "escape": true, "stage": ["unit", "stated"] }, { "key": "J:2", "escape": false }], "cost": { "raw": 5.5 } },
                { "id": "C-2", "members": [{ "key": "J:3", "escape": true }], "cost": { "raw": 1.5 } }
            ],
            "metrics": [{ "id": "rate", "of": "", "ratio": [1, 4] }, { "id": "rate", "of": "Data Platform", "ratio": [3, 9] }],
            "matrix": { "cells": [[1, 2], [3, 4]] },
            "past": [["a", { "low": 1, "high": 3 }, 2], ["b", { "low": 1, "high": 3 }, 4]],
            "changes": { "grown": [["C-1", 2, 5]] }
        });
        let cases = [
            ("scope.escapes", Some(7.0)),
            ("scope.teams#", Some(2.0)),
            ("scope.teams[Data%20Platform]", Some(3.0)),
            ("classes#", Some(2.0)),
            ("classes[C-1].members#", Some(2.0)),
            ("classes[C-1].members#escape", Some(1.0)),
            ("classes[C-1].cost.raw + classes[C-2].cost.raw", Some(7.0)),
            ("classes[C-1].members# / scope.escapes", Some(2.0 / 7.0)),
            ("sum(classes; cost.raw; but C-1)", Some(1.5)),
            ("sum(classes; members#escape)", Some(2.0)),
            ("scope.escapes - sum(classes; members#escape)", Some(5.0)),
            ("metrics[rate|Data%20Platform].ratio[1]", Some(9.0)),
            ("matrix.cells[1][0]", Some(3.0)),
            ("changes.grown[C-1][2]", Some(5.0)),
            ("classes[C-9].cost.raw", None),
            ("scope.nothing", None),
            ("count(classes; members[J:3].escape)", Some(0.0)),
            ("count(classes; cost.raw)", Some(2.0)),
            ("classes[C-1].members#stage=unit", Some(1.0)),
            ("classes[C-1].members#!escape&stage=unit", Some(0.0)),
            ("classes[C-1].members#!escape", Some(1.0)),
            ("held(past)", Some(1.0)),
        ];
        for (path, expected) in cases {
            assert_eq!(number(&found, path), expected, "{path}");
        }
    }

    #[test]
    fn a_key_with_odd_characters_is_still_one_key() {
        for raw in ["Data Platform", "a.b[c] + d / e; but f#g", "équipe 9", "GH:acme/ledger#412"] {
            let found = json!({ "teams": { raw: 4 } });
            assert_eq!(number(&found, &format!("teams[{}]", key(raw))), Some(4.0), "{raw}");
        }
    }
}
