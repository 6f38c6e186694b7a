//! The program: one `match` from command to function, and exit codes in one place.

mod analyse;
mod answers;
mod cli;
mod commands;
mod config;
mod failure;
mod output;
mod pipeline;
mod session;
mod tables;
mod walk;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, Format};
use commands::{about, classes, decide, documents, eval, gaps, gate, import, inside, label, lookup, mine, model, state};
use failure::{Done, Failure, FailureKind, Outcome};
use session::Session;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let format = cli.global.format;
    match run(cli) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Finding) => ExitCode::from(1),
        Err(error) => {
            say(&error, format);
            ExitCode::from(2)
        }
    }
}

/// An error on standard error: as text, or as JSON where JSON was asked for.
fn say(error: &anyhow::Error, format: Format) {
    let kind = error.downcast_ref::<Failure>().map_or("internal", |f| f.kind.name());
    if format == Format::Json {
        output::message(&serde_json::json!({"schema": "refrain-error/1.0", "kind": kind, "text": error.to_string()}).to_string());
    } else {
        output::message(&format!("refrain: {error}"));
    }
}

/// Documents are a matter of `brief` alone.
fn check_format(cli: &Cli) -> Result<(), Failure> {
    match (cli.global.format, &cli.command) {
        (Format::Document(name), command) if !matches!(command, Command::Brief { .. }) => {
            let wrong = format!("found format `{name}`, expected one of text, json, csv, md");
            Err(Failure::new(FailureKind::Usage, wrong).advise("`refrain brief` writes the others"))
        }
        _ => Ok(()),
    }
}

fn run(cli: Cli) -> Done {
    check_format(&cli)?;
    match &cli.command {
        Command::Completions { shell } => return about::completions(*shell),
        Command::Man => return about::man(),
        Command::Sources => return about::sources(cli.global.format),
        Command::Init => return about::init(),
        Command::Schema { name } => return documents::schema(name.as_deref()),
        _ => {}
    }
    let session = Session::new(cli.global)?;
    dispatch(&session, &cli.command)
}

fn dispatch(session: &Session, command: &Command) -> Done {
    match command {
        Command::Mine { sources, out, model } => mine::mine(session, sources, out, model.as_deref()),
        Command::Import { sources } => import::import(session, sources),
        Command::Map { file } => import::map(session, file),
        Command::Status => about::status(session),
        Command::Config(command) => about::configuration(session, command),
        Command::Label(command) => label::label(session, command),
        Command::Store(command) => state::store(session, command),
        Command::State(command) => state::state(session, command),
        Command::Forget { key, why } => state::forget(session, key, why),
        Command::Model(command) => model::model(session, command),
        Command::Search { query, top, sort } => lookup::search(session, &query.join(" "), *top, *sort),
        Command::Similar { .. } => lookup::similar(session, command),
        Command::Duplicates { suggested, fail_on_any } => lookup::duplicates(session, *suggested, *fail_on_any),
        Command::Explain { a, b } => lookup::explain(session, a, b.as_deref()),
        Command::Traces { file } => inside::traces(session, file),
        Command::ExplainTrace { file } => inside::explain_trace(session, file),
        Command::ExplainBoilerplate { source } => inside::explain_boilerplate(session, source),
        Command::Classes(command) => classes::classes(session, command),
        Command::Taxonomy(command) => classes::taxonomy(session, command),
        Command::Metrics { metric } => gaps::metrics(session, metric.as_deref()),
        Command::Gaps(command) => gaps::gaps(session, command),
        Command::Forecast => gaps::forecast(session),
        Command::Effect => gaps::effect(session),
        Command::Gate { baseline, form } => gate::gate(session, baseline, *form),
        Command::Baseline(command) => gate::baseline(session, command),
        Command::Decide(command) => decide::decide(session, command),
        Command::Decisions(command) => decide::decisions(session, command),
        Command::Audit(command) => decide::audit(session, command),
        Command::Brief { view, of, output } => documents::brief(session, view, of.as_deref(), output.as_deref()),
        Command::Verify { file } => documents::verify(session, file),
        Command::Mask { explain, file } => documents::mask(session, file, *explain),
        Command::Learn(command) => eval::learn(session, command),
        Command::Eval(command) => eval::eval(session, command),
        // Handled before a session was made: they need neither configuration nor store.
        Command::Completions { .. } | Command::Man | Command::Sources | Command::Init | Command::Schema { .. } => Ok(Outcome::Fine),
    }
}
