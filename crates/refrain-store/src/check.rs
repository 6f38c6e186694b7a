//! Is everything in the store what was written?

use refrain_record::{Key, unite};
use serde::Serialize;

use crate::error::{At, Result};
use crate::store::Store;

/// One thing that is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// Where: `database`, `parts`, `decisions`, `models`, `runs` or `index`.
    pub place: String,
    /// What was found, and what was expected.
    pub text: String,
    /// What to do.
    pub advice: String,
}

impl Fault {
    fn new(place: &str, text: impl Into<String>) -> Self {
        let advice = "keep the folder aside; `refrain state import FOLDER --store NEW` from the last state export, or import the source files into a new store";
        Self { place: place.into(), text: text.into(), advice: advice.into() }
    }
}

/// A table that is checked: its name, and what finds its faults.
type Step = (&'static str, fn(&Store) -> Result<Vec<String>>);

const STEPS: &[Step] =
    &[("parts", Store::check_parts), ("decisions", Store::check_decisions), ("models", Store::check_models), ("runs", Store::check_runs)];

/// Faults of one kind that are listed; the rest is counted.
const LISTED: usize = 20;

impl Store {
    /// Everything that is wrong, sorted by place; empty for a sound store. Errors only where the database cannot be asked at all.
    pub fn check(&self) -> Result<Vec<Fault>> {
        let mut faults = self.check_database()?;
        // A table that cannot be walked is a fault to list, not the end of the check.
        for (place, step) in STEPS {
            let found = step(self).unwrap_or_else(|error| vec![error.to_string()]);
            let more = found.len().saturating_sub(LISTED);
            faults.extend(found.into_iter().take(LISTED).map(|text| Fault::new(place, text)));
            if more > 0 {
                faults.push(Fault::new(place, format!("{more} more of this kind")));
            }
        }
        faults.extend(self.check_index());
        Ok(faults)
    }

    /// A missing or stale index is no fault: it is built when it is needed.
    fn check_index(&self) -> Vec<Fault> {
        let Some(index) = self.index() else { return Vec::new() };
        let advice = "`refrain store rebuild` builds the index anew from the records; nothing is lost";
        let fault = |text: String| Fault { place: "index".into(), text, advice: advice.into() };
        match index.broken_files() {
            Ok(broken) => broken.into_iter().map(|file| fault(format!("{file} does not match its checksum"))).collect(),
            Err(error) => vec![fault(error.to_string())],
        }
    }

    fn check_database(&self) -> Result<Vec<Fault>> {
        let mut statement = self.db.prepare("PRAGMA integrity_check(20)").at(&self.dir)?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0)).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
        let lines = lines.unwrap_or_else(|error| vec![error.to_string()]);
        Ok(lines.into_iter().filter(|l| l != "ok").map(|l| Fault::new("database", l)).collect())
    }

    fn check_parts(&self) -> Result<Vec<String>> {
        let mut statement = self.db.prepare("SELECT key, path, revision, hash, json FROM parts ORDER BY id").at(&self.dir)?;
        let mut rows = statement.query([]).at(&self.dir)?;
        let mut faults = Vec::new();
        while let Some(row) = rows.next().at(&self.dir)? {
            let text = |column: usize| row.get::<_, String>(column).at(&self.dir);
            let (key, path, hash, json) = (text(0)?, text(1)?, text(3)?, text(4)?);
            let revision: i64 = row.get(2).at(&self.dir)?;
            let fault = |what: &str| format!("{key} ({path}, revision {revision}): {what}");
            if key.parse::<Key>().is_err() {
                faults.push(fault("found a key that is none"));
            }
            if !json.is_empty() && unite::digest(json.as_bytes()) != hash {
                faults.push(fault("the text does not match its hash"));
            }
            if json.is_empty() && !self.is_forgotten(&key)? {
                faults.push(fault("the text is missing and was not forgotten on purpose"));
            }
        }
        Ok(faults)
    }

    fn check_decisions(&self) -> Result<Vec<String>> {
        Ok(self.verify_audit()?.err().map(|fault| fault.to_string()).into_iter().collect())
    }

    fn check_models(&self) -> Result<Vec<String>> {
        let mut wanted = self.models()?;
        wanted.extend(self.model_log()?.into_iter().map(|m| m.hash));
        wanted.sort();
        wanted.dedup();
        let broken = |hash: &String| match self.model_bytes(hash) {
            Ok(Some(_)) => None,
            Ok(None) => Some(format!("model {hash} was in force and is not there")),
            Err(error) => Some(error.kind.to_string()),
        };
        Ok(wanted.iter().filter_map(broken).collect())
    }

    fn check_runs(&self) -> Result<Vec<String>> {
        let sql = "SELECT count(*) FROM parts WHERE run NOT IN (SELECT number FROM runs)";
        let orphans: i64 = self.db.query_row(sql, [], |row| row.get(0)).at(&self.dir)?;
        Ok(if orphans == 0 { vec![] } else { vec![format!("{orphans} parts belong to a run that is not in the log")] })
    }
}
