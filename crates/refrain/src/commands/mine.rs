//! `mine`: everything, into one folder, and ten lines on the terminal.

use std::path::Path;

use refrain_brief::{Format as Kind, Options, View};
use refrain_record::findings::Findings;
use refrain_store::{Access, Store};

use crate::analyse::analyse;
use crate::cli::{Sources, Tracker};
use crate::commands::{classes, documents, gaps, import, model};
use crate::failure::{Done, FailureKind, Or, Outcome};
use crate::output;
use crate::pipeline::{self, Mined};
use crate::session::{Session, now};

/// `mine`
pub fn mine(session: &Session, sources: &Sources, out: &Path, model_file: Option<&Path>) -> Done {
    let mut outcome = Outcome::Fine;
    let mut report = None;
    if !sources.paths.is_empty() {
        let imported = import::run(session, sources)?;
        outcome = import::outcome(&imported, sources);
        import::why(&imported, sources).iter().for_each(|line| output::message(line));
        if sources.dry_run {
            output::result(&import::print(&imported, session.format()));
            return Ok(outcome);
        }
        report = Some(imported);
    }
    let mut store = session.store(Access::Write)?;
    let mined = run(session, &mut store, model_file)?;
    std::fs::create_dir_all(out).or_fail(FailureKind::Input, out.display())?;
    if let Some(report) = &report {
        write(out, "import.json", output::pretty(report).as_bytes())?;
    }
    let with_changes = pipeline::with_changes(&store, mined.findings.clone())?;
    leave(session, out, &mined.findings, &with_changes)?;
    pipeline::remember(&mut store, &mined.findings, now())?;
    output::result(&summary(&mined.findings, out));
    Ok(outcome)
}

/// Uses the model named, else the one in force, else fits the first one; analyses and keeps the findings for later commands.
fn run(session: &Session, store: &mut Store, model_file: Option<&Path>) -> anyhow::Result<Mined> {
    session.progress.step("reading the store");
    let records = pipeline::records(session, store)?;
    let log = session.decisions(store)?;
    let given = model_file.map(|f| std::fs::read(f).or_fail(FailureKind::Input, f.display())).transpose()?;
    let standing = match given {
        Some(bytes) => Some(bytes),
        None => store.model().or_fail(FailureKind::Store, "model")?.map(|(_, bytes)| bytes),
    };
    let model = match standing {
        Some(bytes) => pipeline::parse_model(&bytes)?,
        None => {
            session.progress.step("fitting the first model");
            let fitted = pipeline::first_model(session, &records, &log)?;
            if !records.is_empty() {
                model::put_in_force(store, &fitted, "first run")?;
            }
            fitted
        }
    };
    session.progress.step("folding, classifying, pricing, ranking");
    let mined = analyse(session, records, &model, &log)?;
    pipeline::keep(session, store, &mined)?;
    Ok(mined)
}

fn write(out: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = out.join(name);
    Ok(std::fs::write(&path, bytes).or_fail(FailureKind::Input, path.display())?)
}

/// Every document of a run.
fn leave(session: &Session, out: &Path, findings: &Findings, with_changes: &Findings) -> anyhow::Result<()> {
    write(out, "findings.json", output::pretty(&documents::leaving(session, findings)?).as_bytes())?;
    let options: Options = documents::options(session);
    for kind in [Kind::Html, Kind::Markdown, Kind::Json] {
        let document = refrain_brief::render(with_changes, View::Leadership, kind, &options).or_fail(FailureKind::Internal, "brief")?;
        write(out, &document.file_name, &document.bytes)?;
    }
    write(out, "classes.csv", classes::export(findings).print(crate::cli::Format::Csv).as_bytes())?;
    write(out, "tickets.csv", gaps::tickets(findings, Tracker::Csv).as_bytes())
}

/// Ten lines for the terminal.
fn summary(f: &Findings, out: &Path) -> String {
    let s = &f.scope;
    let systemic = f.classes.iter().filter(|c| c.systemic).count();
    let mut lines = vec![
        format!("{} records of {} teams, as of {}", s.records, s.teams.len(), f.as_of.with_precision(refrain_record::Precision::Day)),
        format!("{} defects; {} duplicates folded", s.defects, s.folded),
        format!("{} recurring classes, {systemic} of them in two teams or more", f.classes.len()),
        format!("{} of {} defects unclassified ({:.0} %)", f.unclassified.total, s.defects, f.unclassified.share * 100.0),
    ];
    let ranked: Vec<_> = f.gaps.iter().filter(|g| g.rank.is_some()).take(3).collect();
    if ranked.is_empty() {
        lines.push("no gap is ranked: too little evidence".into());
    }
    for g in ranked {
        let cost = g.avoidable.as_ref().map_or_else(|| "cost unknown".to_owned(), |a| format!("{} {} avoidable", g.cost.currency, gaps::interval(a)));
        lines.push(format!("{}. {}: {} ({} escapes, {} teams; {cost})", g.rank.unwrap_or(0), g.class_name, g.control_name, g.escapes, g.teams.len()));
    }
    lines.push(format!("brief: {}", out.join("brief.html").display()));
    lines.join("\n")
}
