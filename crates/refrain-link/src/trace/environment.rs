//! Where a program ran, from fields and from text: operating system, runtime, browser, device, region, deployment segment, versions of
//! services. Compared, two environments are the same, differ in something, or unknown.

use std::collections::BTreeMap;

use refrain_record::{Record, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of one environment: a value by aspect. Aspects of services are named `service:<name>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// By aspect: `os`, `os-version`, `runtime`, `runtime-version`, `browser`, `browser-version`, `device`, `region`, `segment`, `version`, `service:…`.
    pub facts: BTreeMap<String, Fact>,
}

/// One value and where it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// In lower case, blanks folded.
    pub value: String,
    /// Field, or name of the section and the bytes in it (`description 12..30`).
    pub at: String,
}

/// How two environments compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Comparison {
    /// Everything that both name is equal, and they name something in common.
    Same {
        /// What both name.
        aspects: Vec<String>,
    },
    /// Something that both name is not equal.
    Differs {
        /// Aspect, value of the first, value of the second.
        aspects: Vec<(String, String, String)>,
    },
    /// They name nothing in common.
    Unknown,
}

/// A phrase that names a value: words in front of it, aspect, form of the value.
struct Phrase {
    words: &'static str,
    aspects: (&'static str, &'static str),
    /// Value of the first aspect; empty where the phrase's own text is the value.
    value: &'static str,
}

const PHRASES: &[Phrase] = &[
    Phrase { words: "windows server", aspects: ("os", "os-version"), value: "windows server" },
    Phrase { words: "windows phone", aspects: ("os", "os-version"), value: "windows phone" },
    Phrase { words: "windows", aspects: ("os", "os-version"), value: "windows" },
    Phrase { words: "mac os x", aspects: ("os", "os-version"), value: "macos" },
    Phrase { words: "macos", aspects: ("os", "os-version"), value: "macos" },
    Phrase { words: "os x", aspects: ("os", "os-version"), value: "macos" },
    Phrase { words: "iphone os", aspects: ("os", "os-version"), value: "ios" },
    Phrase { words: "ios", aspects: ("os", "os-version"), value: "ios" },
    Phrase { words: "android", aspects: ("os", "os-version"), value: "android" },
    Phrase { words: "ubuntu", aspects: ("os", "os-version"), value: "ubuntu" },
    Phrase { words: "debian", aspects: ("os", "os-version"), value: "debian" },
    Phrase { words: "centos", aspects: ("os", "os-version"), value: "centos" },
    Phrase { words: "red hat enterprise linux", aspects: ("os", "os-version"), value: "rhel" },
    Phrase { words: "rhel", aspects: ("os", "os-version"), value: "rhel" },
    Phrase { words: "fedora", aspects: ("os", "os-version"), value: "fedora" },
    Phrase { words: "alpine", aspects: ("os", "os-version"), value: "alpine" },
    Phrase { words: "node.js", aspects: ("runtime", "runtime-version"), value: "node" },
    Phrase { words: "node", aspects: ("runtime", "runtime-version"), value: "node" },
    Phrase { words: "python", aspects: ("runtime", "runtime-version"), value: "python" },
    Phrase { words: "jdk", aspects: ("runtime", "runtime-version"), value: "java" },
    Phrase { words: "openjdk", aspects: ("runtime", "runtime-version"), value: "java" },
    Phrase { words: "java version", aspects: ("runtime", "runtime-version"), value: "java" },
    Phrase { words: "java", aspects: ("runtime", "runtime-version"), value: "java" },
    Phrase { words: ".net core", aspects: ("runtime", "runtime-version"), value: "dotnet" },
    Phrase { words: ".net", aspects: ("runtime", "runtime-version"), value: "dotnet" },
    Phrase { words: "ruby", aspects: ("runtime", "runtime-version"), value: "ruby" },
    Phrase { words: "php", aspects: ("runtime", "runtime-version"), value: "php" },
    Phrase { words: "go version go", aspects: ("runtime", "runtime-version"), value: "go" },
    Phrase { words: "rustc", aspects: ("runtime", "runtime-version"), value: "rust" },
    Phrase { words: "firefox", aspects: ("browser", "browser-version"), value: "firefox" },
    Phrase { words: "chrome", aspects: ("browser", "browser-version"), value: "chrome" },
    Phrase { words: "safari", aspects: ("browser", "browser-version"), value: "safari" },
    Phrase { words: "edge", aspects: ("browser", "browser-version"), value: "edge" },
];

/// Names of fields, and the aspect that each fills.
const FIELDS: &[(&str, &str)] = &[
    ("os", "os"),
    ("platform", "os"),
    ("operating system", "os"),
    ("os version", "os-version"),
    ("os_version", "os-version"),
    ("runtime", "runtime"),
    ("runtime version", "runtime-version"),
    ("browser", "browser"),
    ("browser version", "browser-version"),
    ("device", "device"),
    ("hardware", "device"),
    ("model", "device"),
    ("hardware model", "device"),
    ("region", "region"),
    ("zone", "region"),
    ("datacenter", "region"),
    ("segment", "segment"),
    ("deployment", "segment"),
    ("slot", "segment"),
    ("stage", "stage"),
    ("environment", "stage"),
    ("version", "version"),
    ("release", "version"),
    ("app version", "version"),
];

/// Segments of a deployment, and the words that must stand near.
const SEGMENTS: &[&str] = &["canary", "blue", "green"];
const SEGMENT_CUES: &[&str] =
    &["deploy", "segment", "slot", "pod", "fleet", "environment", "traffic", "instances", "hosts", "cluster", "stack", "rollout"];

/// The environment that a record states in its fields and its text. Fields count before text, earlier text before later.
pub fn environment(record: &Record) -> Environment {
    let mut found = Environment::default();
    for (field, value) in &record.environment {
        found.field(field, value);
    }
    if let [version] = record.versions.as_slice() {
        found.add("version", version, "versions");
    }
    for section in record.filed().filter(|s| s.role != Role::Title) {
        found.text(&section.text, &section.name);
    }
    found
}

/// The environment that a text states.
pub fn environment_of_text(text: &str, name: &str) -> Environment {
    let mut found = Environment::default();
    found.text(text, name);
    found
}

impl Environment {
    fn add(&mut self, aspect: &str, value: &str, at: &str) {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if !value.is_empty() && value.len() <= 80 {
            self.facts.entry(aspect.to_owned()).or_insert_with(|| Fact { value, at: at.to_owned() });
        }
    }

    /// A field of a record: by its name, by the phrase in its value, or as the version of a service.
    fn field(&mut self, name: &str, value: &str) {
        let plain = name.to_lowercase().replace(['_', '-'], " ");
        if let Some(service) = plain.strip_suffix(" version").filter(|s| !matches!(*s, "os" | "runtime" | "browser" | "app")) {
            self.add(&format!("service:{service}"), value, name);
            return;
        }
        let aspect = FIELDS.iter().find(|(f, _)| *f == plain).map(|(_, a)| *a);
        if matches!(aspect, Some("os" | "runtime" | "browser") | None) && self.phrase(&value.to_lowercase(), name) {
            return;
        }
        if let Some(aspect) = aspect {
            self.add(aspect, value, name);
        }
    }

    /// The phrase at the start of a value with the version after it.
    fn phrase(&mut self, value: &str, at: &str) -> bool {
        let Some(phrase) = PHRASES.iter().find(|p| value.starts_with(p.words)) else { return false };
        self.add(phrase.aspects.0, phrase.value, at);
        if let Some(version) = version(&value[phrase.words.len()..]) {
            self.add(phrase.aspects.1, version, at);
        }
        true
    }

    fn text(&mut self, text: &str, name: &str) {
        let mut start = 0;
        for line in text.split('\n').take(LINES_READ) {
            self.line(line, start, name);
            start += line.len() + 1;
        }
    }

    fn line(&mut self, line: &str, start: usize, name: &str) {
        if line.len() > LINE_BYTES {
            return;
        }
        let lower = line.to_ascii_lowercase();
        if let Some((key, value)) = lower.split_once(':').filter(|(k, v)| k.len() <= 24 && !v.trim().is_empty()) {
            let key = key.trim().trim_start_matches(['*', '-', '#', ' ']).trim_end_matches('*');
            if let Some((_, aspect)) = FIELDS.iter().find(|(f, _)| *f == key) {
                let at = format!("{name} {}..{}", start, start + line.len());
                if !matches!(*aspect, "os" | "runtime" | "browser") || !self.phrase(value.trim(), &at) {
                    self.add(aspect, value, &at);
                }
            }
        }
        self.phrases(&lower, start, name);
        self.segment(&lower, start, name);
        self.region(&lower, start, name);
        self.services(&lower, start, name);
    }

    /// `Android 4.4`, `Node.js v20.20.2`: a phrase counts only with a version behind it, or prose would fill every aspect.
    fn phrases(&mut self, line: &str, start: usize, name: &str) {
        for phrase in PHRASES {
            for (at, _) in line.match_indices(phrase.words).take(4) {
                let free = line[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '.');
                let Some(version) = version(&line[at + phrase.words.len()..]).filter(|_| free) else { continue };
                let place = format!("{name} {}..{}", start + at, start + at + phrase.words.len());
                self.add(phrase.aspects.0, phrase.value, &place);
                if self.facts.get(phrase.aspects.0).is_some_and(|f| f.value == phrase.value) {
                    self.add(phrase.aspects.1, version, &place);
                }
            }
        }
    }

    fn segment(&mut self, line: &str, start: usize, name: &str) {
        if !SEGMENT_CUES.iter().any(|c| line.contains(c)) {
            return;
        }
        let found: Vec<(usize, &&str)> = SEGMENTS.iter().filter_map(|s| word_at(line, s).map(|at| (at, s))).collect();
        if let [(at, segment)] = found.as_slice() {
            self.add("segment", segment, &format!("{name} {}..{}", start + at, start + at + segment.len()));
        }
    }

    /// `eu-west-1`, `us-east-2a`: two letters, a direction, a number.
    fn region(&mut self, line: &str, start: usize, name: &str) {
        const DIRECTIONS: &[&str] = &["north", "south", "east", "west", "central", "northeast", "southeast", "northwest", "southwest"];
        let mut at = 0;
        for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
            let mut parts = word.split('-');
            let (area, direction, number) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            let fits = area.len() == 2 && DIRECTIONS.contains(&direction) && number.starts_with(|c: char| c.is_ascii_digit()) && number.len() <= 2;
            if fits {
                let plain = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
                self.add("region", plain, &format!("{name} {}..{}", start + at, start + at + word.len()));
            }
            at += word.len() + 1;
        }
    }

    /// `ledger-service 4.2.0`, `checkout:1.9.3`: a name that is a service's, and a version.
    fn services(&mut self, line: &str, start: usize, name: &str) {
        let mut at = 0;
        let mut before: Option<&str> = None;
        for word in line.split([' ', '\t', ',', ';', '(', ')', '=']) {
            let (service, tail) = word.split_once([':', '@']).unwrap_or((before.unwrap_or(""), word));
            let named = service.ends_with("-service")
                || service.ends_with("-svc")
                || service.ends_with("-api")
                || service.ends_with("-gateway")
                || service.ends_with("-worker");
            if let Some(version) = version(tail).filter(|v| named && v.contains('.')) {
                self.add(&format!("service:{service}"), version, &format!("{name} {}..{}", start + at, start + at + word.len()));
            }
            at += word.len() + 1;
            before = Some(word.trim_end_matches(':')).filter(|w| !w.is_empty() && *w != "version").or(before);
        }
    }
}

/// Lines of a section that are read.
const LINES_READ: usize = 400;
/// Longest line that is read.
const LINE_BYTES: usize = 600;

fn word_at(line: &str, word: &str) -> Option<usize> {
    line.match_indices(word).map(|(at, _)| at).find(|at| {
        let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        free(line[..*at].chars().next_back()) && free(line[at + word.len()..].chars().next())
    })
}

/// A version at the start, after blanks and words that introduce it.
fn version(text: &str) -> Option<&str> {
    let mut rest = text.trim_start_matches([' ', ':', '/', '-', '=', '(', '"']);
    for word in ["version ", "release ", "v"] {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
    }
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))).unwrap_or(rest.len());
    let version = rest[..end].trim_end_matches('.');
    (version.starts_with(|c: char| c.is_ascii_digit()) && version.len() <= 24).then_some(version)
}

/// Same, differs in something, or unknown. An aspect that one side does not name says nothing.
pub fn compare_environments(a: &Environment, b: &Environment) -> Comparison {
    let common: Vec<(&String, &str, &str)> =
        a.facts.iter().filter_map(|(k, v)| b.facts.get(k).map(|w| (k, v.value.as_str(), w.value.as_str()))).collect();
    if common.is_empty() {
        return Comparison::Unknown;
    }
    let aspects: Vec<(String, String, String)> =
        common.iter().filter(|(_, x, y)| !equal(x, y)).map(|(k, x, y)| ((*k).clone(), (*x).to_owned(), (*y).to_owned())).collect();
    if aspects.is_empty() {
        Comparison::Same { aspects: common.into_iter().map(|(k, _, _)| k.clone()).collect() }
    } else {
        Comparison::Differs { aspects }
    }
}

/// `4.4` and `4.4.2` do not contradict each other.
fn equal(a: &str, b: &str) -> bool {
    let prefix = |x: &str, y: &str| y.strip_prefix(x).is_some_and(|r| r.is_empty() || r.starts_with('.'));
    prefix(a, b) || prefix(b, a)
}

/// The services whose versions are all that two environments differ in: a skew between releases. Empty where something else differs too.
pub fn version_skew(a: &Environment, b: &Environment) -> Vec<(String, String, String)> {
    match compare_environments(a, b) {
        Comparison::Differs { aspects } if aspects.iter().all(|(k, _, _)| k.starts_with("service:") || k == "version") => aspects,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Environment {
        environment_of_text(text, "description")
    }

    fn value<'e>(e: &'e Environment, aspect: &str) -> Option<&'e str> {
        e.facts.get(aspect).map(|f| f.value.as_str())
    }

    #[test]
    fn phrases_fields_and_segments() {
        let found = of(
            "Seen on Android 4.4.2, Node.js v20.20.2\nDevice: Pixel 3\nonly pods of the canary deployment in eu-west-1b\nledger-service 4.2.0 calls checkout-api:1.9.3",
        );
        for (aspect, wanted) in [
            ("os", "android"),
            ("os-version", "4.4.2"),
            ("runtime", "node"),
            ("runtime-version", "20.20.2"),
            ("device", "pixel 3"),
            ("segment", "canary"),
            ("region", "eu-west-1"),
            ("service:ledger-service", "4.2.0"),
            ("service:checkout-api", "1.9.3"),
        ] {
            assert_eq!(value(&found, aspect), Some(wanted), "{aspect}");
        }
        assert_eq!(value(&of("the edge case of java and windows we open"), "os"), None);
    }

    #[test]
    fn comparison_has_three_answers() {
        let (a, b, c) = (of("iOS 9.2, ledger-service 4.2.0"), of("iOS 9.2.1, ledger-service 4.3.0"), of("nothing said"));
        assert_eq!(compare_environments(&a, &c), Comparison::Unknown);
        assert!(matches!(compare_environments(&a, &a), Comparison::Same { .. }));
        assert_eq!(version_skew(&a, &b), [("service:ledger-service".to_owned(), "4.2.0".to_owned(), "4.3.0".to_owned())]);
        assert!(version_skew(&a, &of("Android 4.4, ledger-service 4.3.0")).is_empty());
    }
}
