//! The gate of a CI run and the baseline that it compares with.

use std::path::Path;

use refrain_classes::gate::baseline::SCHEMA;
use refrain_classes::gate::{Baseline, Updated, Verdict, gate as judge, render, update};
use refrain_record::Key;
use schemars::JsonSchema;
use serde::Serialize;

use crate::analyse::overdue_causes;
use crate::cli::{BaselineCommand, Format, GateForm};
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::Session;

/// `gate`: exit 1 where a check fails, 2 where something cannot be judged, and never a pass for want of data. Writes nothing (law N2).
pub fn gate(session: &Session, file: &Path, form: Option<GateForm>) -> Done {
    let baseline = read(file)?.ok_or_else(|| missing(file))?;
    let mined = pipeline::current(session)?;
    let verdict = judge(&mined.findings.metrics, &overdue_causes(session, &mined), &baseline, &session.loaded.config.gate).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::new(FailureKind::Config, all.join("\n")).advise("what cannot be judged does not pass")
    })?;
    output::result(&print(&verdict, form.unwrap_or(like(session.format()))));
    Ok(if verdict.passed() { Outcome::Fine } else { Outcome::Finding })
}

/// `baseline …`
pub fn baseline(session: &Session, command: &BaselineCommand) -> Done {
    let BaselineCommand::Update { baseline: file, accept_new } = command;
    let before = read(file)?;
    let mined = pipeline::current(session)?;
    let now = Baseline::of(mined.findings.as_of, &mined.findings.metrics, &overdue_causes(session, &mined));
    let Updated { baseline, added, removed } = update(before.as_ref(), now, *accept_new);
    let said = format!("+{} −{} records", added.len(), removed.len());
    let Some(new) = baseline else {
        let first: Vec<String> = added.iter().take(20).map(Key::to_string).collect();
        output::result(&format!("{said}\nnot written, new debt: {}\n", first.join(", ")));
        session.progress.step("--accept-new takes it over");
        return Ok(Outcome::Finding);
    };
    std::fs::write(file, new.text()).or_fail(FailureKind::Input, file.display())?;
    output::result(&format!("{said}\nwritten to {}\n", file.display()));
    Ok(Outcome::Fine)
}

/// The baseline of a file; nothing where there is none. Errors: unreadable, malformed, newer.
fn read(file: &Path) -> Result<Option<Baseline>, Failure> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::new(FailureKind::Input, format!("{}: {error}", file.display()))),
    };
    Baseline::read(&text).map(Some).map_err(|error| Failure::new(FailureKind::Input, format!("{}: {error}", file.display())))
}

fn missing(file: &Path) -> Failure {
    Failure::new(FailureKind::Input, format!("{}: found no file, expected a baseline of schema `{SCHEMA}`", file.display()))
        .advise("`refrain baseline update` writes the first one; commit it")
}

fn like(format: Format) -> GateForm {
    match format {
        Format::Json => GateForm::Json,
        Format::Md => GateForm::Md,
        _ => GateForm::Text,
    }
}

/// A verdict as JSON.
#[derive(Serialize, JsonSchema)]
pub struct GateReport<'v> {
    /// `refrain-gate/1.0`.
    pub schema: &'static str,
    /// Whether every check holds.
    pub passed: bool,
    /// All checks.
    #[serde(flatten)]
    pub verdict: &'v Verdict,
}

fn print(verdict: &Verdict, form: GateForm) -> String {
    match form {
        GateForm::Json => output::pretty(&GateReport { schema: "refrain-gate/1.0", passed: verdict.passed(), verdict }),
        GateForm::Md => render::markdown(verdict),
        GateForm::Junit => render::junit(verdict),
        GateForm::Text => {
            let mut table = Table::new(&["Check", "Verdict", "Why", "New records"]);
            for check in &verdict.checks {
                let new: Vec<String> = check.records.iter().take(5).map(Key::to_string).collect();
                let more = check.records.len().saturating_sub(5);
                let new = new.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() };
                table.row(&[&check.name, &if check.passed { "holds" } else { "FAILS" }, &check.because, &new]);
            }
            table.print(Format::Text)
        }
    }
}
