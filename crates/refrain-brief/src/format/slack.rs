//! A message for Slack as Block Kit JSON, written to a file and never sent: the headline, the gaps, and the pulse of each service.
//!
//! Limits (law K7): 50 blocks, 3,000 characters a section, 150 a header, and 12,000 in all, since larger messages are refused.

use refrain_record::findings::{Findings, Metric};
use serde_json::{Value, json};

use crate::context::{one_line, shorten};
use crate::doc::{Block, Brief, Cell, Row, Table, TableKind};
use crate::mask::Masker;
use crate::options::{BriefError, Options};
use crate::print::{self, THIN};

/// Blocks of a message.
pub const BLOCKS: usize = 50;
/// Characters of a section.
pub const SECTION: usize = 3_000;
/// Characters of all texts together.
pub const TOTAL: usize = 12_000;
/// Characters of a header.
const HEADER: usize = 150;
/// Lines of the pulse.
const LINES: usize = 12;

/// Metrics of the pulse by the beginning of their id, with their label.
const PULSE: &[(&str, &str)] =
    &[("burn-down", "Open"), ("open", "Open"), ("escape-rate", "Escape rate"), ("mttr", "Time to restore"), ("mttd", "Time to detect")];

/// The message.
pub fn write(brief: &Brief, f: &Findings, o: &Options) -> Result<Vec<u8>, BriefError> {
    let message = json!({ "text": shorten(&escape(&brief.title), HEADER), "blocks": within(blocks(brief, f, o)) });
    let mut bytes = serde_json::to_vec_pretty(&message).map_err(|e| BriefError::Form { format: "slack".into(), because: e.to_string() })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn blocks(brief: &Brief, f: &Findings, o: &Options) -> Vec<Value> {
    let mut all = vec![header(&brief.title)];
    all.push(section(&format!("{}\n{}", brief.over.label(), brief.ask.label())));
    all.push(section(&share(f)));
    all.extend(gap_rows(brief).iter().map(|(table, row)| section(&gap_line(table, row))));
    let pulse = pulse(f, o);
    if !pulse.is_empty() {
        all.push(json!({ "type": "divider" }));
        all.push(section(&format!("*Pulse*\n{}", pulse.join("\n"))));
    }
    let foot = format!("refrain {} · as of {} · records {}", brief.program, brief.as_of, shorten(&brief.store_hash, 12));
    all.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": escape(&foot) }] }));
    all
}

/// Law H3: the share that fits no class goes out with every message.
fn share(f: &Findings) -> String {
    let u = &f.unclassified;
    format!("*Unclassified:* {} of {} defects ({}{THIN}%)", print::count(u.total), print::count(f.scope.defects), print::percent(u.share))
}

fn gap_rows(brief: &Brief) -> Vec<(&Table, &Row)> {
    let mut rows = Vec::new();
    brief.each_block(&mut |block| {
        if let Block::Table(table @ Table { kind: TableKind::Gaps, .. }) = block {
            rows.extend(table.rows.iter().take(10).map(|row| (table, row)));
        }
    });
    rows
}

/// Name and control, then each column with its label.
fn gap_line(table: &Table, row: &Row) -> String {
    let cell = |c: &Cell| if c.small.is_empty() { c.main.label() } else { format!("{} ({})", c.main.label(), c.small.label()) };
    let told: Vec<String> = table.columns.iter().zip(&row.cells).skip(1).map(|(column, c)| format!("{}: {}", column.label, cell(c))).collect();
    let (name, control) = row.cells.first().map_or_else(Default::default, |c| (c.main.label(), c.small.label()));
    format!("*{name}*\n{control}\n{}", told.join(" · "))
}

/// A line a service or severity and metric, the first few, then how many more.
fn pulse(f: &Findings, o: &Options) -> Vec<String> {
    let m = Masker::new(&o.mask_key, &o.mask_names);
    let large = |x: &&Metric| f.scope.teams.get(&x.of).is_none_or(|n| *n >= o.minimum);
    let told = PULSE.iter().flat_map(|(id, label)| f.metrics.iter().filter(move |x| x.id.starts_with(id)).filter(large).map(move |x| (label, x)));
    let mut lines: Vec<String> = told.filter_map(|(label, x)| line(&m, label, x)).collect();
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    if more > 0 {
        lines.push(format!("{more} more in the brief"));
    }
    lines
}

fn line(m: &Masker, label: &str, x: &Metric) -> Option<String> {
    let of = if x.of.is_empty() { "all".to_owned() } else { m.clean(&one_line(&x.of)) };
    let said = match (x.series.last(), x.spread, x.value) {
        (Some((period, v)), _, _) => format!("{} ({period})", print::end(*v, 3)),
        (_, Some((median, p90, n)), _) => format!("median {}, p90 {}, n {n}", hours(x, median), hours(x, p90)),
        (_, _, Some(v)) if x.unit == "share" => {
            format!("{}{THIN}% (95{THIN}%: {}–{})", print::rate(v.value), print::rate(v.low), print::rate(v.high))
        }
        _ => return None,
    };
    Some(format!("• {label}, {of}: {said}"))
}

fn hours(x: &Metric, v: f64) -> String {
    if x.unit == "days" { print::days(v) } else { print::hours(v) }
}

fn header(title: &str) -> Value {
    json!({ "type": "header", "text": { "type": "plain_text", "text": shorten(title, HEADER) } })
}

fn section(words: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": shorten_lines(&escape(words), SECTION) } })
}

/// `&`, `<` and `>` begin links and mentions of everyone.
fn escape(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Cut at a line, then at a character.
fn shorten_lines(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.lines() {
        if kept.chars().count() + line.chars().count() + 2 > most {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    if kept.is_empty() { shorten(text, most) } else { format!("{kept}…") }
}

/// Blocks up to the limits; the last one always stays, since it says what the message is of.
fn within(mut blocks: Vec<Value>) -> Vec<Value> {
    let foot = blocks.pop();
    let spare = foot.as_ref().map_or(0, length) + 60;
    let (mut used, mut kept, all) = (0, Vec::new(), blocks.len());
    for block in blocks {
        if kept.len() + 2 >= BLOCKS || used + length(&block) + spare > TOTAL {
            break;
        }
        used += length(&block);
        kept.push(block);
    }
    let more = all - kept.len();
    if more > 0 {
        kept.push(section(&format!("{more} more in the brief")));
    }
    kept.extend(foot);
    kept
}

/// Characters of all texts in a block.
fn length(block: &Value) -> usize {
    match block {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.iter().map(length).sum(),
        Value::Object(map) => map.iter().filter(|(k, _)| *k != "type").map(|(_, v)| length(v)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn law_k7_a_message_stays_within_the_limits() {
        let many: Vec<Value> = (0..200).map(|i| section(&format!("{i} {}", "x".repeat(400)))).collect();
        let kept = within(many);
        assert!(kept.len() <= BLOCKS);
        assert!(kept.iter().map(length).sum::<usize>() <= TOTAL);
        let long = section(&"word ".repeat(2_000));
        assert!(length(&long) <= SECTION);
        assert!(serde_json::to_string(&kept).unwrap().contains("more in the brief"));
    }

    #[test]
    fn nobody_is_called_by_a_title() {
        assert!(!section("<!channel> <@U1>").to_string().contains("<!"));
    }
}
