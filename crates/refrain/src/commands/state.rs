//! Ground state: check, rebuild, export, import, forget.

use std::path::Path;

use refrain_store::{Access, StateScope, Store};

use crate::answers::answer;
use crate::cli::{Format, StateCommand, StoreCommand};
use crate::failure::{Done, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::session::{Session, now};

/// `store check|rebuild`
pub fn store(session: &Session, command: &StoreCommand) -> Done {
    match command {
        StoreCommand::Check => check(session),
        StoreCommand::Rebuild => rebuild(session),
    }
}

fn check(session: &Session) -> Done {
    let store = session.store(Access::Read)?;
    let faults = store.check().or_fail(FailureKind::Store, "check")?;
    if session.format() == Format::Json {
        output::result(&answer("check", &faults));
    } else {
        let mut table = Table::new(&["Place", "Fault", "What to do"]);
        faults.iter().for_each(|f| table.row(&[&f.place, &f.text, &f.advice]));
        output::result(&if faults.is_empty() { "the store is sound".into() } else { table.print(session.format()) });
    }
    Ok(if faults.is_empty() { Outcome::Fine } else { Outcome::Finding })
}

fn rebuild(session: &Session) -> Done {
    let store = session.store(Access::Write)?;
    let records = super::lookup::reindex(session, &store)?;
    output::result(&format!("index made anew from {records} records"));
    Ok(Outcome::Fine)
}

/// `state export|import`
pub fn state(session: &Session, command: &StateCommand) -> Done {
    match command {
        StateCommand::Export { folder } => {
            session.store(Access::Read)?.export_state(folder, StateScope::All).or_fail(FailureKind::Store, "state export")?;
            output::result(&format!("state written to {}", folder.display()));
        }
        StateCommand::Import { folder } => take_in(session, folder)?,
    }
    Ok(Outcome::Fine)
}

fn take_in(session: &Session, folder: &Path) -> anyhow::Result<()> {
    let mut store = session.store(Access::Create)?;
    let taken = store.import_state(folder).or_fail(FailureKind::Store, "state import")?;
    output::result(&format!("state read from {}: {taken} facts", folder.display()));
    Ok(())
}

/// `forget`
pub fn forget(session: &Session, key: &str, why: &str) -> Done {
    let mut store: Store = session.store(Access::Write)?;
    let key = session.key(&store, key)?;
    store.forget(&key, why, now()).or_fail(FailureKind::Store, "forget")?;
    output::result(&format!("{key}: text erased, tombstone kept; a refit of the model is due"));
    Ok(Outcome::Fine)
}
