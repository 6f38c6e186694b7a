//! What refrain is and knows: sources, settings, schemas, completions, man page, where the store stands.

use std::collections::BTreeMap;
use std::io::Write;

use clap::CommandFactory;
use refrain_ingest::SOURCES;
use refrain_store::{Access, Store};

use crate::answers::answer;
use crate::cli::{Cli, ConfigCommand, Format};
use crate::config;
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::session::Session;
use crate::tables::BUILT_IN;

/// `sources`
pub fn sources(format: Format) -> Done {
    let mut table = Table::new(&["Source", "Keys", "What it is", "How to export"]);
    SOURCES.iter().for_each(|s| table.row(&[&s.name, &s.system, &s.title, &s.export]));
    output::result(&table.print(format));
    Ok(Outcome::Fine)
}

/// `init`
pub fn init() -> Done {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(config::FILE)
        .or_fail(FailureKind::Config, config::FILE)
        .map_err(|f| f.advise("init never writes over a file"))?;
    file.write_all(config::commented().as_bytes()).or_fail(FailureKind::Config, config::FILE)?;
    output::result(&format!("{} written; every line is a default until its # goes", config::FILE));
    Ok(Outcome::Fine)
}

/// `config show|default`
pub fn configuration(session: &Session, command: &ConfigCommand) -> Done {
    match command {
        ConfigCommand::Show => show(session),
        ConfigCommand::Default { table: None } => output::result(&config::commented()),
        ConfigCommand::Default { table: Some(name) } => output::result(built_in(name)?),
    }
    Ok(Outcome::Fine)
}

/// A built-in table or mapping by its name.
fn built_in(name: &str) -> Result<&'static str, Failure> {
    let all: Vec<(&str, &str)> = BUILT_IN.iter().chain(crate::tables::MAPPINGS).copied().collect();
    all.iter().find(|(n, _)| *n == name).map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(n, _)| *n).collect();
        Failure::new(FailureKind::Usage, format!("found no built-in table `{name}`")).advise(format!("there are {}", names.join(", ")))
    })
}

fn show(session: &Session) {
    let mut table = Table::new(&["Key", "Value", "From"]);
    let file = session.loaded.file.as_ref().map(|f| f.display().to_string()).unwrap_or_default();
    for (path, value) in config::flat(&session.loaded.config) {
        let line = session.loaded.lines.get(&path).or_else(|| path.rsplit_once('.').and_then(|(head, _)| session.loaded.lines.get(head)));
        let from = line.map_or_else(|| "default".to_owned(), |line| format!("{}:{line}", short(&file)));
        table.row(&[&path, &value, &from]);
    }
    output::result(&table.print(session.format()));
}

/// Name of a file without its folders.
fn short(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// `completions`
pub fn completions(shell: clap_complete::Shell) -> Done {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "refrain", &mut out);
    output::bytes(&out);
    Ok(Outcome::Fine)
}

/// `man`: the program and each command, one after the other.
pub fn man() -> Done {
    let mut out = Vec::new();
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut out).or_fail(FailureKind::Internal, "man page")?;
    for sub in command.get_subcommands() {
        clap_mangen::Man::new(sub.clone()).render(&mut out).or_fail(FailureKind::Internal, "man page")?;
    }
    output::bytes(&out);
    Ok(Outcome::Fine)
}

/// `status`
pub fn status(session: &Session) -> Done {
    let store = session.store(Access::Read)?;
    let said = standing(&store)?;
    if session.format() == Format::Json {
        output::result(&answer("status", &said));
        return Ok(Outcome::Fine);
    }
    let mut table = Table::new(&["What", "Value"]);
    for (name, value) in said.as_object().into_iter().flatten() {
        match value {
            serde_json::Value::Object(inner) => inner.iter().for_each(|(k, v)| table.row(&[&format!("{name}: {k}"), v])),
            other => table.row(&[name, other]),
        }
    }
    output::result(&table.print(session.format()));
    Ok(Outcome::Fine)
}

fn standing(store: &Store) -> Result<serde_json::Value, Failure> {
    let stored = store.records().or_fail(FailureKind::Store, "records")?;
    let mut sources: BTreeMap<String, u64> = BTreeMap::new();
    stored.records.iter().for_each(|r| *sources.entry(r.key.system().to_string()).or_default() += 1);
    let model = store.model().or_fail(FailureKind::Store, "model")?.map(|(hash, _)| hash);
    let last = store.last_run().or_fail(FailureKind::Store, "runs")?;
    Ok(serde_json::json!({
        "records": stored.records.len(),
        "sources": sources,
        "conflicts": stored.conflicts.len(),
        "gone": stored.gone.len(),
        "decisions": store.decisions().or_fail(FailureKind::Store, "decisions")?.decisions.len(),
        "model": model,
        "pinned": store.pinned_model().or_fail(FailureKind::Store, "model")?,
        "refit_due": store.refit_due().or_fail(FailureKind::Store, "model")?,
        "last_import": last.as_ref().map(|r| r.at.to_string()),
        "last_import_state": last.map(|r| format!("{:?}", r.state).to_lowercase()),
    }))
}
