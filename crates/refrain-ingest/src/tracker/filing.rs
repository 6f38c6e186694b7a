//! A record on its way from a tracker's item: each value is set once, with where it stands, and said in the report.

use refrain_record::{Bucket, CostItem, CostUnit, Kind, Known, LinkKind, Moment, Record, Role, Severity, Status};

use super::words;
use crate::dates::{self, Reading, Seen};
use crate::entry::{self, excerpt};
use crate::headings;
use crate::source::{Item, ReadSetup};
use crate::text::{self, Answer};

/// Further fields kept per record, and values per field: rules need names and words, not archives.
const FIELDS_KEPT: usize = 120;
const VALUES_KEPT: usize = 40;

/// Roles that a comment takes over from the label that it begins with (`Root cause: …`): people add them once they know.
const LABELS: &[Role] = &[Role::Cause, Role::Trigger, Role::Impact, Role::Detection, Role::Fix];
/// Longest label, in bytes.
const LONGEST_LABEL: usize = 40;

/// What a comment is about, where its first words say so.
fn labelled(comment: &str) -> Option<Role> {
    let (label, _) = comment.trim_start().split_once(':')?;
    let short = label.len() <= LONGEST_LABEL && !label.contains(['\n', '.', ',']);
    headings::role_of(label).filter(|role| short && LABELS.contains(role))
}

/// Comments kept per record: later ones repeat, and none is evidence of how it was filed.
pub const COMMENTS_KEPT: usize = 200;

/// How references in text become keys: the system and, for references such as `#12`, what stands before the number.
#[derive(Clone, Debug, Default)]
pub struct Refer {
    /// System of keys (`GH`).
    pub system: String,
    /// `acme/ledger#` for systems whose numbers count within a project, empty where numbers stand alone.
    pub before_number: Option<String>,
}

impl Refer {
    /// Numbers stand alone, as in Bugzilla.
    pub fn numbers(system: &str) -> Self {
        Self { system: system.to_owned(), before_number: Some(String::new()) }
    }

    /// References are whole ids (`PAY-7`).
    pub fn ids(system: &str) -> Self {
        Self { system: system.to_owned(), before_number: None }
    }

    /// Numbers count within a repository or project.
    pub fn within(system: &str, project: &str) -> Self {
        Self { system: system.to_owned(), before_number: Some(format!("{project}#")) }
    }

    /// The key that an answer names; an address as it is where it names none.
    pub fn target(&self, written: &str) -> String {
        let within =
            |number: &str| self.before_number.as_ref().map_or_else(|| number.to_owned(), |before| format!("{}:{before}{number}", self.system));
        if let Some(number) = written.strip_prefix(['#', '!']) {
            return within(number);
        }
        if written.starts_with("http") {
            return self.by_address(written).unwrap_or_else(|| written.to_owned());
        }
        if written.bytes().all(|b| b.is_ascii_digit()) { within(written) } else { format!("{}:{written}", self.system) }
    }

    /// The key in an address of the same kind of system.
    fn by_address(&self, address: &str) -> Option<String> {
        let path = address.split_once("://")?.1;
        let parts: Vec<&str> = path.split(['/', '?', '#']).filter(|p| !p.is_empty()).collect();
        let at = |word: &str| parts.iter().position(|p| *p == word);
        let digits = |s: &&str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        match self.system.as_str() {
            "GH" => at("issues")
                .filter(|i| *i >= 3)
                .and_then(|i| Some(format!("GH:{}/{}#{}", parts[i - 2], parts[i - 1], parts.get(i + 1).filter(|n| digits(n))?))),
            "GL" => at("issues").and_then(|i| {
                let number = parts.get(i + 1).filter(|n| digits(n))?;
                let project: Vec<&str> = parts[1..i].iter().copied().filter(|p| *p != "-").collect();
                (parts[1] != "api").then(|| format!("GL:{}#{number}", project.join("/")))
            }),
            "BZ" => address.split("id=").nth(1).map(|n| n.split('#').next().unwrap_or(n)).filter(digits).map(|n| format!("BZ:{n}")),
            "JIRA" => at("browse").and_then(|i| parts.get(i + 1)).map(|key| format!("JIRA:{key}")),
            "LIN" => at("issue").and_then(|i| parts.get(i + 1)).map(|key| format!("LIN:{key}")),
            _ => None,
        }
    }
}

/// A record being filed.
pub struct Filing<'f> {
    /// The record so far.
    pub record: Record,
    /// Its line in the file.
    pub line: u32,
    /// Settings.
    pub setup: &'f ReadSetup,
    sink: &'f mut dyn FnMut(Item),
    refer: Refer,
    reading: Reading,
    id: String,
}

impl<'f> Filing<'f> {
    /// Begins a record; nothing, and an entry in the report, where its id cannot be one.
    pub fn begin(refer: Refer, id: &str, kind: Kind, title: &str, line: u32, setup: &'f ReadSetup, sink: &'f mut dyn FnMut(Item)) -> Option<Self> {
        let (title, answers) = text::take_answers(&text::drop_mentions(&text::plain(title)));
        match entry::begin(&refer.system, id, kind, &title, line) {
            Ok(record) => {
                let mut filing = Self { record, line, setup, sink, refer, reading: Reading::utc(), id: id.to_owned() };
                filing.answers(&answers, "title");
                if title.trim().is_empty() {
                    filing.remark("title", "no title");
                }
                Some(filing)
            }
            Err(item) => {
                sink(item);
                None
            }
        }
    }

    /// How times without a zone are read from here on; UTC by the specification of the source otherwise.
    pub fn read_times(&mut self, reading: Reading) {
        self.reading = reading;
    }

    /// Says something about a value that was kept or left absent.
    pub fn remark(&mut self, field: &str, text: impl Into<String>) {
        (self.sink)(entry::remark(self.line, &self.id, field, text));
    }

    fn mapped(&mut self, field: &'static str, from: &str, to: Option<String>) {
        (self.sink)(Item::Mapped { field, from: excerpt(from), to });
    }

    /// Links the record to another of the same system.
    pub fn link(&mut self, kind: LinkKind, written: &str, at: &str) {
        let target = self.refer.target(written.trim());
        if target != self.record.key.to_string() && !written.trim().is_empty() {
            entry::link(&mut self.record, kind, &target, at);
        }
    }

    /// Another name of the record (an internal id, the name before a move).
    pub fn alias(&mut self, name: &str, at: &str) {
        if !name.is_empty() && name != self.record.key.id() {
            let target = format!("{}:{name}", self.refer.system);
            entry::link(&mut self.record, LinkKind::Alias, &target, at);
        }
    }

    fn answers(&mut self, answers: &[Answer], at: &str) {
        for answer in answers {
            self.link(answer.kind, &answer.target, at);
        }
    }

    /// Adds a text in plain form: answers become links, parts under headings of their own role become sections.
    pub fn text(&mut self, role: Role, name: &str, plain: &str) {
        let (plain, answers) = text::take_answers(plain);
        self.answers(&answers, name);
        text::add_text(&mut self.record, role, name, &plain);
    }

    /// Adds a comment, up to [`COMMENTS_KEPT`].
    pub fn comment(&mut self, number: usize, plain: &str) {
        match number {
            n if n <= COMMENTS_KEPT => self.text(labelled(plain).unwrap_or(Role::Comment), &format!("comment-{n}"), plain),
            n if n == COMMENTS_KEPT + 1 => self.remark("comments", format!("more than {COMMENTS_KEPT} comments; the first ones were kept")),
            _ => {}
        }
    }

    /// A moment; a value that is there and is none is said and left absent.
    pub fn moment(&mut self, text: &str, at: &str) -> Option<Moment> {
        match dates::read(text, &self.reading) {
            Seen::At(moment) => Some(moment),
            Seen::Nothing => None,
            Seen::Unreadable => {
                self.remark(at, format!("found `{}`, expected a date such as 2024-03-01T10:11:12Z; left absent", excerpt(text)));
                None
            }
        }
    }

    /// When it was filed; it was noticed at the latest then.
    pub fn created(&mut self, text: &str, at: &str) {
        if let Some(moment) = self.moment(text, at) {
            self.record.created = Known::stated(moment, at);
            if self.record.detected.is_absent() {
                self.record.detected = Known::derived(moment, "filed-is-detected");
            }
        }
    }

    /// When it was noticed, as a field says.
    pub fn detected(&mut self, text: &str, at: &str) {
        if let Some(moment) = self.moment(text, at) {
            self.record.detected = Known::stated(moment, at);
        }
    }

    /// When it was resolved.
    pub fn resolved(&mut self, text: &str, at: &str) {
        if let Some(moment) = self.moment(text, at) {
            self.record.resolved = Known::stated(moment, at);
        }
    }

    /// When it entered, as a field says.
    pub fn introduced(&mut self, text: &str, at: &str) {
        if let Some(moment) = self.moment(text, at) {
            self.record.introduced = Known::stated(moment, at);
        }
    }

    /// When the source last changed it.
    pub fn updated(&mut self, text: &str, at: &str) {
        self.record.updated = self.moment(text, at);
    }

    /// An owner that the source names.
    pub fn team(&mut self, name: &str, at: &str) {
        let name = name.trim();
        if !name.is_empty() && self.record.team.is_absent() {
            self.mapped("team", name, Some(name.to_owned()));
            self.record.team = Known::stated(name.to_owned(), at);
        }
    }

    /// An owner that a rule concludes, where none is named.
    pub fn team_by(&mut self, name: &str, rule: &str) {
        let name = name.trim();
        if !name.is_empty() && self.record.team.is_absent() {
            self.mapped("team", &format!("{name} ({rule})"), Some(name.to_owned()));
            self.record.team = Known::derived(name.to_owned(), rule);
        }
    }

    /// A deployed unit that the source names.
    pub fn service(&mut self, name: &str, at: &str) {
        let name = name.trim();
        if !name.is_empty() && self.record.service.is_absent() {
            self.record.service = Known::stated(name.to_owned(), at);
        }
    }

    /// A deployed unit that a rule concludes, where none is named.
    pub fn service_by(&mut self, name: &str, rule: &str) {
        let name = name.trim();
        if !name.is_empty() && self.record.service.is_absent() {
            self.record.service = Known::derived(name.to_owned(), rule);
        }
    }

    /// Harm as the source words it.
    pub fn severity(&mut self, word: &str, at: &str) {
        if words::says_nothing(word) || !self.record.severity.is_absent() {
            return;
        }
        let level = words::severity(word);
        self.mapped("severity", word, level.map(|l| l.level().to_string()));
        if let Some(level) = level {
            self.record.severity = Known::stated(level, at);
        }
    }

    /// Harm from a priority, where no severity is known.
    pub fn priority(&mut self, word: &str) {
        if words::says_nothing(word) || !self.record.severity.is_absent() {
            return;
        }
        self.severity_by(word, words::priority(word), "priority-is-severity");
    }

    /// Harm that a rule concludes from a word.
    pub fn severity_by(&mut self, word: &str, level: Option<Severity>, rule: &str) {
        if !self.record.severity.is_absent() {
            return;
        }
        self.mapped("severity", &format!("{word} ({rule})"), level.map(|l| l.level().to_string()));
        if let Some(level) = level {
            self.record.severity = Known::derived(level, rule);
        }
    }

    /// Where work stands. `done`: what the source itself says beside its words.
    pub fn status(&mut self, status: &str, resolution: &str, done: Option<bool>) {
        let by_word = words::status(status, resolution);
        let found = match (by_word, done) {
            (Some(Status::Dismissed), Some(false)) => Some(Status::Open),
            (Some(Status::Dismissed), _) => Some(Status::Dismissed),
            (_, Some(true)) => Some(Status::Resolved),
            (_, Some(false)) => Some(Status::Open),
            (found, None) => found,
        };
        let said = if resolution.is_empty() { status.to_owned() } else { format!("{status} / {resolution}") };
        self.mapped("status", &said, found.map(|s| format!("{s:?}").to_lowercase()));
        self.record.status = found.unwrap_or_default();
        self.record.resolution = Some(resolution.trim().to_owned()).filter(|r| !r.is_empty());
        if self.record.status == Status::Open && !self.record.resolved.is_absent() {
            self.record.resolved = Known::Absent;
            self.remark("resolved", "a time of resolution on an open record: stale, left absent");
        }
    }

    /// What kind of item it is.
    pub fn kind(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        let found = words::kind(word);
        self.mapped("kind", word, found.map(|k| format!("{k:?}")));
        if let Some(kind) = found {
            self.record.kind = kind;
        }
    }

    /// Where it was found, as a field says.
    pub fn stage(&mut self, word: &str, at: &str) {
        if words::says_nothing(word) || !self.record.actual_stage.is_absent() {
            return;
        }
        let stage = words::stage(word);
        self.mapped("stage", word, stage.map(str::to_owned));
        if let Some(stage) = stage {
            self.record.actual_stage = Known::stated(stage.to_owned(), at);
        }
    }

    /// Where it was found, as a rule concludes.
    pub fn stage_by(&mut self, stage: &str, rule: &str) {
        if self.record.actual_stage.is_absent() {
            self.mapped("stage", rule, Some(stage.to_owned()));
            self.record.actual_stage = Known::derived(stage.to_owned(), rule);
        }
    }

    /// Where it should have been found, as a field says.
    pub fn ideal_stage(&mut self, word: &str, at: &str) {
        if words::says_nothing(word) || !self.record.ideal_stage.is_absent() {
            return;
        }
        let stage = words::stage(word);
        self.mapped("ideal-stage", word, stage.map(str::to_owned));
        if let Some(stage) = stage {
            self.record.ideal_stage = Known::stated(stage.to_owned(), at);
        }
    }

    /// Why it got through, as a field says; nothing where the word is no bucket.
    pub fn bucket(&mut self, word: &str, at: &str) -> bool {
        let found: Option<Bucket> = words::bucket(word);
        if let Some(bucket) = found.filter(|_| self.record.bucket.is_absent()) {
            self.mapped("bucket", word, Some(bucket.name().to_owned()));
            self.record.bucket = Known::stated(bucket, at);
        }
        found.is_some()
    }

    /// The release of the earliest affected version, as the source dates it: an upper bound of when the defect entered.
    pub fn introduced_by_release(&mut self, released: &[String]) {
        let mut moments: Vec<Moment> = released.iter().filter_map(|text| self.moment(text, "versions")).collect();
        moments.sort();
        if let Some(first) = moments.first().filter(|_| self.record.introduced.is_absent()) {
            self.record.introduced = Known::derived(*first, "earliest-affected-release");
        }
    }

    /// A cost that the source states; nothing for zero.
    pub fn cost(&mut self, unit: CostUnit, amount: f64, at: &str) {
        if amount.is_finite() && amount > 0.0 {
            let amount = (amount * 1000.0).round() / 1000.0;
            self.record.costs.push(CostItem { unit, low: amount, high: amount, at: at.to_owned() });
        }
    }

    /// A further field. Names of people are left out unless asked for.
    pub fn field(&mut self, name: &str, value: &str) {
        let known = self.record.fields.contains_key(name);
        let room = known || self.record.fields.len() < FIELDS_KEPT;
        let few = self.record.fields.get(name).is_none_or(|values| values.len() < VALUES_KEPT);
        if room && few && (self.setup.people || !text::is_person_field(name)) {
            entry::field(&mut self.record, name, value);
        }
    }

    /// Something of where it ran.
    pub fn environment(&mut self, name: &str, value: &str) {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if !value.is_empty() && !words::says_nothing(&value) {
            self.record.environment.insert(name.to_owned(), value.chars().take(200).collect());
        }
    }

    /// An address at the source.
    pub fn url(&mut self, address: &str) {
        if address.starts_with("http") && address.len() <= 2048 {
            self.record.url = Some(address.to_owned());
        }
    }

    /// Gives the record.
    pub fn give(self, format: &str, path: &str) {
        entry::emit(self.record, format, path, self.line, self.sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_keys() {
        let github = Refer::within("GH", "acme/ledger");
        let rows = [
            (&github, "#377", "GH:acme/ledger#377"),
            (&github, "acme/shop#1", "GH:acme/shop#1"),
            (&github, "https://github.example/acme/shop/issues/12", "GH:acme/shop#12"),
            (&github, "https://forum.example/t/12", "https://forum.example/t/12"),
        ];
        for (refer, written, key) in rows {
            assert_eq!(refer.target(written), key);
        }
        assert_eq!(Refer::numbers("BZ").target("9"), "BZ:9");
        assert_eq!(Refer::numbers("BZ").target("https://bugs.example/show_bug.cgi?id=7"), "BZ:7");
        assert_eq!(Refer::ids("JIRA").target("https://jira.example/browse/PAY-7"), "JIRA:PAY-7");
        assert_eq!(Refer::within("GL", "acme/ledger").target("https://gitlab.example/acme/ledger/-/issues/61"), "GL:acme/ledger#61");
    }
}
