//! A verdict as JUnit XML and as Markdown for a pull request.

use refrain_record::Key;

use super::{Check, Verdict};

/// Most records that one check lists.
const MOST: usize = 20;

/// JUnit XML with one test case a check.
pub fn junit(verdict: &Verdict) -> String {
    let failed = verdict.checks.iter().filter(|c| !c.passed).count();
    let cases: String = verdict.checks.iter().map(case).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"refrain gate\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">\n{cases}</testsuite>\n",
        verdict.checks.len()
    )
}

fn case(check: &Check) -> String {
    let (name, because) = (escape(&check.name), escape(&check.because));
    if check.passed {
        return format!("  <testcase classname=\"gate\" name=\"{name}\"><system-out>{because}</system-out></testcase>\n");
    }
    let records = escape(&listed(&check.records));
    format!("  <testcase classname=\"gate\" name=\"{name}\"><failure message=\"{because}\">{records}</failure></testcase>\n")
}

fn listed(records: &[Key]) -> String {
    let mut out: Vec<String> = records.iter().take(MOST).map(Key::to_string).collect();
    if records.len() > MOST {
        out.push(format!("and {} more", records.len() - MOST));
    }
    out.join(", ")
}

/// Text for an attribute or element; control characters, which XML cannot hold, become blanks.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Markdown: the verdict in one line, then one row a check.
pub fn markdown(verdict: &Verdict) -> String {
    let failed = verdict.checks.iter().filter(|c| !c.passed).count();
    let head = match failed {
        0 => format!("**Gate passed**: {} checks hold.", verdict.checks.len()),
        n => format!("**Gate failed**: {n} of {} checks do not hold.", verdict.checks.len()),
    };
    let row = |c: &Check| {
        let word = if c.passed { "holds" } else { "**fails**" };
        format!("| {} | {word} | {} | {} |\n", cell(&c.name), cell(&c.because), cell(&listed(&c.records)))
    };
    let rows: String = verdict.checks.iter().map(row).collect();
    format!("{head}\n\n| Check | Verdict | Why | New records |\n|---|---|---|---|\n{rows}")
}

fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::key;

    fn verdict() -> Verdict {
        let check = |name: &str, passed: bool| Check {
            name: name.into(),
            passed,
            because: "0.3 against at most 0.2 <now>".into(),
            records: if passed { vec![] } else { vec![key("A|B")] },
        };
        Verdict { checks: vec![check("escape-rate", false), check("mttr \"in production\"", true)] }
    }

    #[test]
    fn junit_is_well_formed_and_counts() {
        let text = junit(&verdict());
        assert!(text.contains("tests=\"2\" failures=\"1\""));
        assert!(text.contains("<failure message=\"0.3 against at most 0.2 &lt;now&gt;\">JIRA:A|B</failure>"));
        assert!(text.contains("name=\"mttr &quot;in production&quot;\""));
    }

    #[test]
    fn markdown_keeps_its_table() {
        let text = markdown(&verdict());
        assert!(text.starts_with("**Gate failed**: 1 of 2 checks do not hold."));
        assert!(text.contains("| JIRA:A\\|B |"));
        assert!(markdown(&Verdict { checks: verdict().checks.split_off(1) }).starts_with("**Gate passed**"));
    }
}
