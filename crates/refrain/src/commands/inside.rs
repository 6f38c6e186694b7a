//! Inside the text: stack traces, and the template lines that carry no weight.

use std::io::Read;
use std::path::Path;

use refrain_store::Access;

use crate::cli::Format;
use crate::failure::{Done, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::pipeline;
use crate::session::Session;

/// Bytes of a file, or of standard input for `-`; what is no UTF-8 is replaced, byte by byte where that keeps offsets.
pub fn text_of(file: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).or_fail(FailureKind::Input, "standard input")?;
    } else {
        bytes = std::fs::read(file).or_fail(FailureKind::Input, file.display())?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `traces`
pub fn traces(session: &Session, file: &Path) -> Done {
    let text = text_of(file)?;
    let traces = refrain_link::trace::extract(&text);
    if session.format() == Format::Json {
        traces.iter().for_each(|t| output::result(&serde_json::to_string(t).unwrap_or_default()));
        return Ok(Outcome::Fine);
    }
    let mut table = Table::new(&["From", "To", "Family", "Primary", "Type", "Root", "Frames", "Top", "Message"]);
    for t in &traces {
        let frames = t.blocks.first().map_or(0, |b| b.frames.len());
        let top = t.blocks.first().and_then(|b| b.frames.first()).and_then(|f| f.function.clone()).unwrap_or_default();
        let short = |s: &Option<String>| s.as_deref().unwrap_or("").chars().take(60).collect::<String>();
        table.row(&[&t.start, &t.end, &t.family, &t.primary, &short(&t.exception_type), &short(&t.root_type), &frames, &top, &short(&t.message)]);
    }
    output::result(&table.print(session.format()));
    Ok(Outcome::Fine)
}

/// `explain-trace`
pub fn explain_trace(_session: &Session, file: &Path) -> Done {
    let text = text_of(file)?;
    output::result(&explained(&refrain_link::trace::extract(&text)));
    Ok(Outcome::Fine)
}

/// Each frame of each trace with where it stands and what was read of it.
fn explained(traces: &[refrain_link::trace::Trace]) -> String {
    let mut out = String::new();
    for t in traces {
        out += &format!("{} {}..{}: {}\n", t.family, t.start, t.end, t.exception_type.as_deref().unwrap_or("no type"));
        for (number, block) in t.blocks.iter().enumerate() {
            out += &format!("  block {number}: {} {}\n", block.exception_type.as_deref().unwrap_or(""), block.message.as_deref().unwrap_or(""));
            for frame in &block.frames {
                let place = frame.file.as_deref().map_or_else(String::new, |f| format!(" {f}:{}", frame.line.unwrap_or(0)));
                out += &format!(
                    "    {}{}{place}\n",
                    frame.module.as_deref().map_or_else(String::new, |m| format!("{m} ")),
                    frame.function.as_deref().unwrap_or("?")
                );
            }
        }
    }
    if out.is_empty() { "no trace".into() } else { out }
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
