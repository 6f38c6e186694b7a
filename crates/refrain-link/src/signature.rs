//! The exact fingerprint of a record's failure: types, message shape and frames of its first whole trace.

use refrain_record::Record;

use crate::trace::{Noise, Trace, UserRules, extract, fingerprints, normalise};

/// Fewest frames that identify a failure: below, every timeout of a service looks the same.
const FEWEST_FRAMES: usize = 3;

/// Signature of the first trace that has enough frames; nothing where there is none. What a build, a run or a machine changes does not count.
pub fn signature(record: &Record, rules: &UserRules) -> Option<String> {
    let traces = record.filed().flat_map(|s| extract(&s.text));
    let mut trace = traces.into_iter().find(|t| t.frame_count() >= FEWEST_FRAMES)?;
    normalise(&mut trace, rules);
    let prints = fingerprints(&trace, rules);
    let exact = prints.exact.filter(|_| tells(&trace))?;
    Some(format!("{} {}", prints.version, exact.key))
}

/// Whether a frame is more than machinery: `abort` below an assertion joins nothing.
fn tells(trace: &Trace) -> bool {
    trace.blocks.iter().flat_map(|b| &b.frames).any(|f| f.noise == Noise::None && !f.name.is_empty())
}

#[cfg(test)]
mod tests {
    use refrain_record::{Kind, Role};

    use super::*;

    #[test]
    fn a_trace_that_came_with_a_later_comment_is_no_signature() {
        let trace = "java.lang.IllegalStateException: closed\n\tat acme.Ledger.write(Ledger.java:88)\n\tat acme.Ledger.put(Ledger.java:61)\n\tat acme.Desk.pay(Desk.java:12)\n";
        let with = |role: Role, name: &str| {
            let mut record = Record::new("JIRA:PAY-1".parse().unwrap(), Kind::Issue, "Ledger drops postings");
            record.add_section(role, name, format!("Root cause: see below\n{trace}"));
            signature(&record, &UserRules::default())
        };
        assert!(with(Role::Description, "description").is_some());
        assert_eq!(with(Role::Comment, "comment-1"), None);
        assert_eq!(with(Role::Cause, "comment-2"), None, "labelled as the cause, and still a comment");
    }
}
