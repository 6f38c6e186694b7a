//! Inside the text: stack traces, and the template lines that carry no weight.

use std::io::{BufReader, Read};
use std::path::Path;

use refrain_link::trace::{Extractor, Fingerprints, Trace, UserRules, fingerprints, normalise};
use refrain_store::Access;
use serde::Serialize;

use crate::cli::Format;
use crate::failure::{Done, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::Session;

/// Bytes of a file, or of standard input for `-`; what is no UTF-8 is replaced.
pub fn text_of(file: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).or_fail(FailureKind::Input, "standard input")?;
    } else {
        bytes = std::fs::read(file).or_fail(FailureKind::Input, file.display())?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The traces of a file, or of standard input for `-`, as they come: offsets are those of the bytes.
fn traces_of(file: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Trace>>> {
    let name = file.display().to_string();
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(file).or_fail(FailureKind::Input, &name)?)
    };
    Ok(Extractor::new(BufReader::new(input)).map(move |trace| Ok(trace.or_fail(FailureKind::Input, &name)?)))
}

/// A trace and its identities, as one object.
#[derive(Serialize)]
struct Printed<'t> {
    #[serde(flatten)]
    trace: &'t Trace,
    fingerprints: Fingerprints,
}

fn print_object(trace: &Trace, rules: &UserRules) -> anyhow::Result<()> {
    output::result(&serde_json::to_string(&Printed { trace, fingerprints: fingerprints(trace, rules) }).or_fail(FailureKind::Internal, "trace")?);
    Ok(())
}

/// `traces`
pub fn traces(session: &Session, file: &Path) -> Done {
    let rules = &session.loaded.config.traces;
    let mut table = Table::new(&["From", "To", "Family", "Primary", "Type", "Root", "Frames", "Top", "Message"]);
    for trace in traces_of(file)? {
        let mut trace = trace?;
        normalise(&mut trace, rules);
        if session.format() == Format::Json {
            print_object(&trace, rules)?;
            continue;
        }
        let short = |s: &Option<String>| s.as_deref().and_then(|s| s.lines().next()).unwrap_or("").chars().take(60).collect::<String>();
        let thrown = trace.blocks.get(trace.thrown);
        let top = thrown.and_then(|b| b.frames.first()).map(|f| f.function.clone().unwrap_or_else(|| f.name.clone())).unwrap_or_default();
        let primary = if trace.primary { "primary" } else { "" };
        let cells = (short(&trace.exception_type), short(&trace.root_type), short(&trace.message));
        let frames = thrown.map_or(0, |b| b.frames.len() + b.dropped);
        table.row(&[&trace.start, &trace.end, &trace.family, &primary, &cells.0, &cells.1, &frames, &top, &cells.2]);
    }
    if session.format() != Format::Json {
        output::result(&table.print(session.format()));
    }
    Ok(Outcome::Fine)
}

/// `explain-trace`
pub fn explain_trace(session: &Session, file: &Path) -> Done {
    let rules = &session.loaded.config.traces;
    let mut any = false;
    for trace in traces_of(file)? {
        let mut trace = trace?;
        normalise(&mut trace, rules);
        any = true;
        match session.format() {
            Format::Json => print_object(&trace, rules)?,
            _ => output::result(&refrain_link::trace::explain_trace(&trace, &fingerprints(&trace, rules))),
        }
    }
    if !any && session.format() != Format::Json {
        output::result("no trace");
    }
    Ok(Outcome::Fine)
}

/// `explain-boilerplate`
pub fn explain_boilerplate(session: &Session, source: &str) -> Done {
    let store = session.store(Access::Read)?;
    let bytes = store.model().or_fail(FailureKind::Store, "model")?.map(|(_, bytes)| bytes).unwrap_or_default();
    let model = pipeline::parse_model(&bytes)?;
    let mut table = Table::new(&["Source", "Records", "Line"]);
    let source = source.to_uppercase();
    refrain_classes::boilerplate(&model.classes, &source).iter().for_each(|(line, records)| table.row(&[&source, records, line]));
    output::result(&table.print(session.format()));
    Ok(Outcome::Fine)
}
