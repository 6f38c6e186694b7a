//! What of a record is read: sections by role, without template lines, stack frames, addresses and the names of who owns what.
//!
//! What is not read becomes blanks, so that places in the readable text are places in the section's own text.

mod lines;
mod stop;

use refrain_record::{Kind, Record, Role, Section};

pub use lines::{Boilerplate, BoilerplateLine};
pub use stop::is_stop_word;

use crate::words::each_word;

/// How much a section of a role counts; `beside_cause` where the record has a cause section of its own.
///
/// A cause says how it fails; symptoms, impact and what was done afterwards say it only by the way. A time line, the environment and
/// the rest of a record say where and when. Measured on advisories with and without a cause section, see the README.
const ROLES: &[(Role, f32, f32)] = &[
    (Role::Title, 1.0, 1.0),
    (Role::Summary, 1.0, 0.7),
    (Role::Description, 1.0, 0.7),
    (Role::Cause, 1.0, 1.0),
    (Role::Trigger, 1.0, 1.0),
    (Role::Symptom, 0.7, 0.5),
    (Role::Impact, 0.3, 0.2),
    (Role::Detection, 0.3, 0.2),
    (Role::Fix, 0.7, 0.5),
    (Role::Actions, 0.3, 0.2),
    (Role::Lessons, 0.4, 0.3),
    (Role::Timeline, 0.2, 0.1),
    (Role::Environment, 0.0, 0.0),
    (Role::Trace, 0.5, 0.3),
    (Role::Comment, 0.3, 0.2),
    (Role::Other, 0.3, 0.2),
];

/// One section as it is read.
#[derive(Clone, Debug)]
pub struct Part<'r> {
    /// The section.
    pub section: &'r Section,
    /// How much it counts, above 0 and at most 1.
    pub weight: f32,
    /// Its text, with blanks for what is not read. As many bytes as the section's.
    pub text: String,
    /// Lines that stand word for word in other records too, as byte ranges, ascending.
    pub copied: Vec<(usize, usize)>,
}

/// A record as it is read.
#[derive(Clone, Debug)]
pub struct Reading<'r> {
    /// The record.
    pub record: &'r Record,
    /// Its sections that count, in order.
    pub parts: Vec<Part<'r>>,
}

impl<'r> Reading<'r> {
    /// Reads a record.
    pub fn new(record: &'r Record, boilerplate: &Boilerplate) -> Self {
        let names = names_of(record);
        let causes = record.of_role(Role::Cause).next().is_some();
        let part = |section: &'r Section| {
            let weight = weight(section.role, causes);
            let text = || readable(record, section, boilerplate, &names);
            (weight > 0.0).then(|| Part { section, weight, text: text(), copied: copied(section, boilerplate) })
        };
        Self { record, parts: record.sections.iter().filter_map(part).collect() }
    }

    /// Words read, and how many of them are stop words of English.
    pub fn count(&self) -> (usize, usize) {
        let (mut words, mut stops) = (0, 0);
        for part in &self.parts {
            each_word(&part.text, |w| {
                words += 1;
                stops += usize::from(is_stop_word(w.text));
            });
        }
        (words, stops)
    }
}

fn weight(role: Role, beside_cause: bool) -> f32 {
    ROLES.iter().find(|r| r.0 == role).map_or(0.0, |r| if beside_cause { r.2 } else { r.1 })
}

/// What a test framework throws when an expectation is not met: it says that a test failed, not how the tested code did.
const EXPECTATIONS: &[&str] = &[
    "AssertionError",
    "AssertionFailedError",
    "AssertionFailure",
    "AssertionException",
    "AssertFailedException",
    "ComparisonFailure",
    "MultipleFailuresError",
    "ExpectationFailedException",
    "ExpectationNotMetError",
    "XCTAssertEqual failed",
    "assertion failed",
];

/// Owner, service, project and components, each as its words: they say who, not how. Of a failed test also its framework's exceptions.
fn names_of(record: &Record) -> Vec<Vec<String>> {
    let own = [record.team.value(), record.service.value(), record.project.as_ref()];
    let all = own.into_iter().flatten().chain(&record.components).map(String::as_str);
    let expectations = EXPECTATIONS.iter().copied().filter(|_| record.kind == Kind::TestFailure);
    let mut names: Vec<Vec<String>> = all.chain(expectations).map(words_of).filter(|w| !w.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

fn words_of(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    each_word(text, |w| out.push(w.text.to_owned()));
    out
}

fn copied(section: &Section, boilerplate: &Boilerplate) -> Vec<(usize, usize)> {
    lines::each(&section.text).filter(|(_, line)| boilerplate.is_copied(line)).map(|(start, line)| (start, start + line.len())).collect()
}

fn readable(record: &Record, section: &Section, boilerplate: &Boilerplate, names: &[Vec<String>]) -> String {
    let mut bytes = section.text.clone().into_bytes();
    let mut blank = |start: usize, end: usize| blank(&mut bytes, start, end);
    for (start, line) in lines::each(&section.text) {
        if boilerplate.holds(record.key.system().as_str(), line) || lines::is_frame(line) {
            blank(start, start + line.len());
        } else {
            lines::addresses(line).for_each(|(from, to)| blank(start + from, start + to));
        }
    }
    places_of(&section.text, names).into_iter().for_each(|(start, end)| blank(start, end));
    // Whole characters were replaced by blanks, byte for byte, so this is valid text.
    String::from_utf8(bytes).unwrap_or_default()
}

/// Blanks, with a mark in front that no phrase and no pair of words reaches across.
fn blank(bytes: &mut [u8], start: usize, end: usize) {
    bytes[start..end].iter_mut().for_each(|b| *b = b' ');
    if start < end {
        bytes[start] = b';';
    }
}

/// Places at which one of the names stands whole.
fn places_of(text: &str, names: &[Vec<String>]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if names.is_empty() {
        return found;
    }
    // How much of each name the words just read have said, and where that began.
    let mut said: Vec<(usize, usize)> = vec![(0, 0); names.len()];
    each_word(text, |word| {
        for (name, said) in names.iter().zip(&mut said) {
            if name[said.0] != word.text {
                said.0 = 0;
            }
            if name[said.0] == word.text {
                *said = (said.0 + 1, if said.0 == 0 { word.start } else { said.1 });
            }
            if said.0 == name.len() {
                found.push((said.1, word.end));
                said.0 = 0;
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use refrain_record::{Key, Known};

    use super::*;

    fn record(text: &str) -> Record {
        let key: Key = "JIRA:PAY-1".parse().unwrap();
        let mut out = Record::new(key, Kind::Issue, "Ledger drops postings");
        out.add_section(Role::Description, "description", text);
        out
    }

    #[test]
    fn every_role_has_its_weight() {
        for role in Role::ALL {
            let row = ROLES.iter().find(|r| r.0 == *role).unwrap_or_else(|| panic!("{}", role.name()));
            assert!(row.2 <= row.1 && row.1 <= 1.0, "{}: {row:?}", role.name());
        }
    }

    #[test]
    fn a_failed_expectation_says_nothing_of_the_mechanism() {
        let mut failed = record("AssertionFailedError: expected 3 but was 4");
        let text = |r: &Record| Reading::new(r, &Boilerplate::default()).parts[1].text.to_lowercase();
        assert!(text(&failed).contains("assertion"), "in a ticket it may be the defect itself");
        failed.kind = Kind::TestFailure;
        assert!(!text(&failed).contains("assertion") && text(&failed).contains("expected 3"), "{}", text(&failed));
    }

    #[test]
    fn law_g1_names_of_owners_are_not_read() {
        let mut record = record("The ledger-writer of Billing Core lost the ledger");
        record.team = Known::stated("Billing Core".into(), "team");
        record.service = Known::stated("ledger-writer".into(), "service");
        let reading = Reading::new(&record, &Boilerplate::default());
        assert_eq!(words_of(&reading.parts[1].text).join(" "), "the of lost the ledger");
        assert_eq!(reading.parts[1].text.len(), record.sections[1].text.len());
    }

    #[test]
    fn frames_and_addresses_are_not_read() {
        let record = record("It hangs, see https://example.org/a?b=c.\n    at org.acme.Ledger.write(Ledger.java:88)\nBecause a lock is held");
        let reading = Reading::new(&record, &Boilerplate::default());
        assert_eq!(words_of(&reading.parts[1].text).join(" "), "it hangs see because a lock is held");
    }
}
