//! What people decided: a log that only grows, each line hashed together with the one before (law C1).

use refrain_record::text::hex;
use refrain_record::unite::digest;
use refrain_record::{Decided, Decision, DecisionLog, Key, Moment, text_hash};
use rusqlite::params;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{At, Result, StoreError};
use crate::store::Store;

/// Where the decision log is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("decision {number}: found {found}, expected {expected}; the log was changed from outside, restore it from the last `refrain state export`")]
pub struct AuditFault {
    /// Number of the first line at fault.
    pub number: u64,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: String,
}

/// Name in `meta` of the count and last hash, so that lines cut off at the end are missed too.
const HEAD: &str = "decisions-head";

/// Hash before the first decision.
pub(crate) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A decision without its own hash: what is hashed.
#[derive(Serialize)]
struct Line<'d> {
    number: u64,
    at: &'d Moment,
    author: &'d str,
    why: &'d str,
    #[serde(flatten)]
    what: &'d Decided,
    seen: &'d [String],
    before: &'d str,
}

/// SHA-256 over the decision without its `hash`, 64 hexadecimal digits.
pub fn decision_hash(decision: &Decision) -> String {
    let Decision { number, at, author, why, what, seen, before, hash: _ } = decision;
    let line = Line { number: *number, at, author, why, what, seen, before };
    // Strings and numbers only, so this cannot fail.
    hex(&Sha256::digest(serde_json::to_string(&line).unwrap_or_default().as_bytes()), 64)
}

impl Store {
    /// Enters a decision. `author` and `why` are mandatory; an undone number must exist. The text hashes of the records named are
    /// kept with it (empty for a record that is not in the store), so that a later change of text can be flagged.
    pub fn decide(&mut self, what: Decided, author: &str, why: &str, at: Moment) -> Result<Decision> {
        self.atomically(|| self.append_decision(what, author, why, at))
    }

    /// Enters several decisions, all or none (a filled-in sheet).
    pub fn decide_all(&mut self, what: Vec<Decided>, author: &str, why: &str, at: Moment) -> Result<Vec<Decision>> {
        self.atomically(|| what.into_iter().map(|one| self.append_decision(one, author, why, at)).collect())
    }

    fn append_decision(&self, what: Decided, author: &str, why: &str, at: Moment) -> Result<Decision> {
        let (author, why) = (author.trim(), why.trim());
        for (name, text) in [("author", author), ("why", why)] {
            if text.is_empty() {
                return Err(StoreError::refused(
                    &self.dir,
                    format!("found an empty `{name}`, expected some words: a decision without it helps nobody later"),
                ));
            }
        }
        let seen = named(&what).iter().map(|key| Ok(self.record(key)?.map_or_else(String::new, |r| text_hash(&r)))).collect::<Result<_>>()?;
        self.push_decision(what, author, why, at, seen)
    }

    pub(crate) fn push_decision(&self, what: Decided, author: &str, why: &str, at: Moment, seen: Vec<String>) -> Result<Decision> {
        let (count, before) = self.decisions_head()?;
        let number = count + 1;
        if let Decided::Undo { number: undone } = &what
            && !(1..number).contains(undone)
        {
            return Err(StoreError::refused(
                &self.dir,
                format!("found no decision {undone} to undo, expected 1 to {count}; `refrain decisions list` shows them"),
            ));
        }
        let mut decision = Decision { number, at, author: author.into(), why: why.into(), what, seen, before, hash: String::new() };
        decision.hash = decision_hash(&decision);
        self.write_decision(&decision)?;
        Ok(decision)
    }

    pub(crate) fn write_decision(&self, decision: &Decision) -> Result<()> {
        let json = serde_json::to_string(decision).unwrap_or_default();
        let sql = "INSERT INTO decisions (number, json, hash) VALUES (?1, ?2, ?3)";
        self.db.execute(sql, params![decision.number as i64, json, decision.hash]).at(&self.dir)?;
        self.set_meta(HEAD, &format!("{} {}", decision.number, decision.hash))
    }

    fn decisions_head(&self) -> Result<(u64, String)> {
        let Some(head) = self.meta(HEAD)? else { return Ok((0, FIRST.into())) };
        let parsed = head.split_once(' ').and_then(|(n, hash)| Some((n.parse().ok()?, hash.to_owned())));
        parsed.ok_or_else(|| StoreError::damaged(&self.dir, format!("the head of the decision log reads `{head}`")))
    }

    /// The whole log. Errors where a line cannot be read at all; whether the chain holds is asked with [`Self::verify_audit`].
    pub fn decisions(&self) -> Result<DecisionLog> {
        let mut statement = self.db.prepare("SELECT json FROM decisions ORDER BY number").at(&self.dir)?;
        let lines: Vec<String> = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).at(&self.dir)?;
        let parse = |line: &String| serde_json::from_str(line).map_err(|e| StoreError::damaged(&self.dir, format!("decision `{line}`: {e}")));
        Ok(DecisionLog { decisions: lines.iter().map(parse).collect::<Result<_>>()? })
    }

    /// Checks every hash of the log and that none is missing. `Ok(Err(…))` names the first line at fault.
    pub fn verify_audit(&self) -> Result<std::result::Result<u64, AuditFault>> {
        let (count, head) = self.decisions_head()?;
        let mut statement = self.db.prepare("SELECT number, json, hash FROM decisions ORDER BY number").at(&self.dir)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)));
        let rows: Vec<(i64, String, String)> = rows.and_then(Iterator::collect).at(&self.dir)?;
        let mut before = FIRST.to_owned();
        for (at, (number, json, hash)) in rows.iter().enumerate() {
            if let Err(fault) = check_line(at as u64 + 1, *number, json, hash, &before) {
                return Ok(Err(fault));
            }
            before.clone_from(hash);
        }
        let found = (rows.len() as u64, before);
        let fault = || AuditFault {
            number: found.0,
            found: format!("{} lines ending in {}", found.0, found.1),
            expected: format!("{count} ending in {head}"),
        };
        Ok(if found == (count, head.clone()) { Ok(count) } else { Err(fault()) })
    }
}

fn check_line(expected: u64, number: i64, json: &str, hash: &str, before: &str) -> std::result::Result<(), AuditFault> {
    let fault = |found: String, wanted: String| Err(AuditFault { number: expected, found, expected: wanted });
    let decision: Decision = match serde_json::from_str(json) {
        Ok(decision) => decision,
        Err(error) => return fault(error.to_string(), "a decision".into()),
    };
    if number as u64 != expected || decision.number != expected {
        return fault(format!("number {}", decision.number), format!("number {expected}"));
    }
    if decision.before != before {
        return fault(format!("before {}", decision.before), format!("before {before}"));
    }
    let counted = decision_hash(&decision);
    // The stored text must be the text that is hashed: a field that the type does not know would otherwise go unseen.
    let written = serde_json::to_string(&decision).unwrap_or_default();
    if counted != decision.hash || counted != hash || written != json {
        return fault(format!("hash {} over {}", decision.hash, digest(json.as_bytes())), format!("hash {counted}"));
    }
    Ok(())
}

/// Records that a decision names, in the order of its fields.
pub fn named(what: &Decided) -> Vec<Key> {
    match what {
        Decided::Same { a, b } | Decided::Different { a, b } | Decided::SameMechanism { a, b } | Decided::DifferentMechanism { a, b } => {
            vec![a.clone(), b.clone()]
        }
        Decided::Class { key, .. }
        | Decided::NoClass { key }
        | Decided::Stage { key, .. }
        | Decided::Bucket { key, .. }
        | Decided::Escape { key, .. } => vec![key.clone()],
        Decided::SplitClass { members, .. } => members.clone(),
        Decided::Rename { .. } | Decided::MergeClasses { .. } | Decided::NotAClass { .. } | Decided::Control { .. } | Decided::Undo { .. } => vec![],
    }
}
