//! The model file: shown, compared, refitted, pinned, written out.

use std::collections::BTreeMap;

use refrain_record::Key;
use refrain_record::findings::Findings;
use refrain_store::Access;

use crate::analyse::analyse;
use crate::answers::answer;
use crate::cli::{Format, ModelCommand};
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline::{self, ModelFile};
use crate::session::{Session, now};

/// `model …`
pub fn model(session: &Session, command: &ModelCommand) -> Done {
    match command {
        ModelCommand::Show => show(session),
        ModelCommand::Diff => refit(session, false),
        ModelCommand::Refit { apply } => refit(session, *apply),
        ModelCommand::Pin { hash } => pin(session, hash),
        ModelCommand::Export { file } => {
            let (_, bytes) = in_force(session)?;
            std::fs::write(file, bytes).or_fail(FailureKind::Input, file.display())?;
            output::result(&format!("model written to {}", file.display()));
            Ok(Outcome::Fine)
        }
    }
}

fn in_force(session: &Session) -> Result<(String, Vec<u8>), Failure> {
    let store = session.store(Access::Read)?;
    store
        .model()
        .or_fail(FailureKind::Store, "model")?
        .ok_or_else(|| Failure::new(FailureKind::Input, "found no model in the store").advise("the first `refrain mine PATH` fits one"))
}

fn show(session: &Session) -> Done {
    let (hash, bytes) = in_force(session)?;
    let model = pipeline::parse_model(&bytes)?;
    let store = session.store(Access::Read)?;
    let log = store.model_log().or_fail(FailureKind::Store, "model log")?;
    let said = serde_json::json!({
        "hash": hash, "fitted_on": model.fitted_on, "records": model.records,
        "refit_due": store.refit_due().or_fail(FailureKind::Store, "model")?,
        "in_force_since": log.last().map(|l| l.at.to_string()), "models_so_far": log.len(),
        "about": model.classes.about(),
    });
    if session.format() == Format::Json {
        output::result(&answer("model", &said));
    } else {
        let mut table = Table::new(&["What", "Value"]);
        said.as_object().into_iter().flatten().filter(|(k, _)| *k != "about").for_each(|(k, v)| table.row(&[k, v]));
        model.classes.about().iter().for_each(|(k, v)| table.row(&[k, v]));
        output::result(&table.print(session.format()));
    }
    Ok(Outcome::Fine)
}

/// Fits anew, shows what would move and why; with `apply` the new model is put in force and its lineage kept.
fn refit(session: &Session, apply: bool) -> Done {
    let mut store = session.store(if apply { Access::Write } else { Access::Read })?;
    let before = pipeline::current(session)?;
    let log = session.decisions(&store)?;
    let decisions = log.in_force();
    let defect_records = pipeline::counted(&before.records);
    let folded = pipeline::fold_defects(session, &defect_records, &decisions)?;
    let defects = pipeline::defects(&defect_records, &folded.groups);
    session.progress.step("fitting");
    let model = pipeline::fit(session, &before.records, &defects, &decisions, Some(&before.model))?;
    let after = analyse(session, before.records.clone(), &model, &log)?;
    output::result(&moves(&before.findings, &after.findings).print(session.format()));
    if apply {
        let pinned = store.pinned_model().or_fail(FailureKind::Store, "model")?;
        if let Some(hash) = pinned {
            return Err(Failure::new(FailureKind::Store, format!("model {hash} is pinned")).advise("`refrain model pin none` lets go of it").into());
        }
        put_in_force(&mut store, &model, "refit")?;
        output::message("the new model is in force");
    }
    Ok(Outcome::Fine)
}

/// Writes a model, its lineage, and puts it in force.
pub fn put_in_force(store: &mut refrain_store::Store, model: &ModelFile, why: &str) -> Result<String, Failure> {
    let bytes = pipeline::write_model(model)?;
    let hash = store.put_model(&bytes).or_fail(FailureKind::Store, "model")?;
    store.put_lineage(model.classes.lineage()).or_fail(FailureKind::Store, "lineage")?;
    store.apply_model(&hash, now(), why).or_fail(FailureKind::Store, "model")?;
    Ok(hash)
}

/// Each record whose class differs.
fn moves(before: &Findings, after: &Findings) -> Table {
    let classes = |f: &Findings| -> BTreeMap<Key, (String, String)> {
        f.classes.iter().flat_map(|c| c.members.iter().map(|m| (m.key.clone(), (c.id.clone(), c.name.clone())))).collect()
    };
    let (old, new) = (classes(before), classes(after));
    let mut table = Table::new(&["Record", "Before", "After"]);
    let said = |at: Option<&(String, String)>| at.map_or_else(|| "unclassified".to_owned(), |(id, name)| format!("{id} {name}"));
    let keys: std::collections::BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    for key in keys.into_iter().filter(|k| old.get(*k).map(|c| &c.0) != new.get(*k).map(|c| &c.0)) {
        table.row(&[key, &said(old.get(key)), &said(new.get(key))]);
    }
    table
}

fn pin(session: &Session, hash: &str) -> Done {
    let mut store = session.store(Access::Write)?;
    if hash == "none" {
        store.pin_model(None).or_fail(FailureKind::Store, "pin")?;
        output::result("no model is pinned");
        return Ok(Outcome::Fine);
    }
    let all = store.models().or_fail(FailureKind::Store, "models")?;
    let found: Vec<&String> = all.iter().filter(|h| h.starts_with(hash)).collect();
    let [one] = found.as_slice() else {
        return Err(Failure::new(FailureKind::Input, format!("`{hash}` names {} models", found.len()))
            .advise(format!("there are {}", all.join(", ")))
            .into());
    };
    store.pin_model(Some(one)).or_fail(FailureKind::Store, "pin")?;
    output::result(&format!("model {one} is pinned"));
    Ok(Outcome::Fine)
}
