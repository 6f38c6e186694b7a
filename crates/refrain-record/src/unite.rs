//! Several parts with the same key become one record, in an order that depends on their content only.
//!
//! A part is what one file says about a key: a CSV row and a Markdown page about the same flaw, two exports of different age. The
//! parts are what is kept; a record is always united from all of them at once, so the order of import cannot matter.
//!
//! 1. Parts of one format: the newest `updated` wins as a whole (it is the later state of the same thing). Parts with the same
//!    stamp, and parts without one, fill what is absent, the smaller canonical JSON first.
//! 2. What is left, one per format, is united: fields first come first served, newest stamp first, then by canonical JSON; stated
//!    beats derived beats assumed; lists merge; a section with a name already taken and another text gets a number.
//!
//! Where two parts of equal standing differ, the one that lost is listed as a [`Conflict`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::key::Key;
use crate::known::Known;
use crate::record::{CostItem, CostUnit, Link, Record, Source, Status};
use crate::text::{Role, Section, hex};
use crate::time::Moment;

/// Two parts of one key said different things, and one of them was kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// The record.
    pub key: Key,
    /// Name of the field, `section NAME`, `environment NAME` or `field NAME`.
    pub field: String,
    /// What stands in the record, as JSON, at most 120 characters.
    pub kept: String,
    /// What another part says, as JSON, at most 120 characters.
    pub dropped: String,
}

/// Longest excerpt in a [`Conflict`], in characters: a line of a report, not a document.
const EXCERPT: usize = 120;

/// Hexadecimal digits of a content hash: 128 bits, as in `Findings::store_hash`.
const HASH_DIGITS: usize = 32;

/// The record as JSON without its source: equal content is equal text, wherever it was read.
pub fn canonical_json(record: &Record) -> String {
    // A record holds nothing that JSON cannot say (string keys, finite numbers or null), so this cannot fail.
    let mut json = serde_json::to_string(record).unwrap_or_default();
    if record.source.is_empty() {
        return json;
    }
    // The source is the last field: cutting it off spares a copy of the whole record for each one that is imported.
    let source = format!(",\"source\":{}}}", serde_json::to_string(&record.source).unwrap_or_default());
    if json.ends_with(&source) {
        json.truncate(json.len() - source.len());
        json.push('}');
        return json;
    }
    canonical_json(&Record { source: Source::default(), ..record.clone() })
}

/// First 32 hexadecimal digits of the SHA-256 over [`canonical_json`].
pub fn content_hash(record: &Record) -> String {
    digest(canonical_json(record).as_bytes())
}

/// First 32 hexadecimal digits of a SHA-256.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes), HASH_DIGITS)
}

/// Hash over what the record says, comments aside: a decision remembers it and is flagged when the text changes later.
///
/// Status, dates and labels are left out: they move with every day's work and do not change what was judged.
pub fn text_hash(record: &Record) -> String {
    let said: Vec<&Section> = record.sections.iter().filter(|s| s.role != Role::Comment).collect();
    digest(serde_json::to_string(&said).unwrap_or_default().as_bytes())
}

/// Hash over keys and content of all records, whatever their order (`Findings::store_hash`).
pub fn records_hash<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    let lines: BTreeSet<String> = records.into_iter().map(|r| format!("{}\t{}", content_hash(r), r.key)).collect();
    let mut hash = Sha256::new();
    lines.iter().for_each(|line| {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    });
    hex(&hash.finalize(), HASH_DIGITS)
}

/// One record per key, sorted by key, with what had to be dropped, sorted.
pub fn unite_all(parts: Vec<Record>) -> (Vec<Record>, Vec<Conflict>) {
    let mut by_key: BTreeMap<Key, Vec<Record>> = BTreeMap::new();
    parts.into_iter().for_each(|part| by_key.entry(part.key.clone()).or_default().push(part));
    let (mut records, mut conflicts) = (Vec::with_capacity(by_key.len()), Vec::new());
    for parts in by_key.into_values() {
        records.extend(unite_one(parts, &mut conflicts));
    }
    conflicts.sort();
    conflicts.dedup();
    (records, conflicts)
}

/// Unites parts of one key. A single part is only normalised.
fn unite_one(parts: Vec<Record>, conflicts: &mut Vec<Conflict>) -> Option<Record> {
    let mut formats: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for mut part in parts {
        part.normalise();
        formats.entry(part.source.format.clone()).or_default().push(part);
    }
    let per_format = formats.into_values().filter_map(|parts| fold(newest(parts), How::Fill, conflicts)).collect();
    fold(per_format, How::Unite, conflicts)
}

/// Parts of one format that still count: those with the newest stamp, and those without a stamp.
fn newest(parts: Vec<Record>) -> Vec<Record> {
    let newest = parts.iter().filter_map(|p| p.updated).map(stamp_order).max();
    parts.into_iter().filter(|p| p.updated.is_none_or(|u| Some(stamp_order(u)) == newest)).collect()
}

/// Later stamps are greater; the written form decides between two precisions of the same second.
fn stamp_order(moment: Moment) -> (i64, Moment) {
    (moment.seconds, moment)
}

fn later(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    a.into_iter().chain(b).max_by_key(|m| stamp_order(*m))
}

/// Whether lists and sections of a later part are added or only stand in for what is absent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Parts of one format: the same thing told twice.
    Fill,
    /// Parts of several formats: different things told about one defect.
    Unite,
}

fn fold(mut parts: Vec<Record>, how: How, conflicts: &mut Vec<Conflict>) -> Option<Record> {
    if parts.len() > 1 {
        parts.sort_by_cached_key(|p| (Reverse(p.updated.map(stamp_order)), canonical_json(p), p.source.clone()));
    }
    let mut parts = parts.into_iter();
    let first = parts.next()?;
    let mut union = Union { record: first, how, conflicts };
    parts.for_each(|part| union.add(part));
    let mut record = union.record;
    record.normalise();
    Some(record)
}

/// A record that takes in further parts, the more important ones first.
struct Union<'c> {
    record: Record,
    how: How,
    conflicts: &'c mut Vec<Conflict>,
}

impl Union<'_> {
    fn add(&mut self, part: Record) {
        self.fields(&part);
        self.moments(&part);
        self.lists(&part);
        self.costs(part.costs);
        self.maps(part.environment, part.fields);
        self.sections(part.sections);
        self.record.updated = later(self.record.updated, part.updated);
        self.record.occurrences = self.record.occurrences.max(part.occurrences);
        self.record.withdrawn |= part.withdrawn;
    }

    fn fields(&mut self, part: &Record) {
        let mut found = Vec::new();
        let record = &mut self.record;
        // Every record has a kind, so the first part's stands and another is always a conflict.
        found.extend(differ("kind", &record.kind, &part.kind));
        found.extend(first_said("project", &mut record.project, &part.project));
        found.extend(first_said("resolution", &mut record.resolution, &part.resolution));
        found.extend(first_said("url", &mut record.url, &part.url));
        found.extend(best_known("team", &mut record.team, &part.team));
        found.extend(best_known("service", &mut record.service, &part.service));
        found.extend(best_known("severity", &mut record.severity, &part.severity));
        found.extend(best_known("actual_stage", &mut record.actual_stage, &part.actual_stage));
        found.extend(best_known("ideal_stage", &mut record.ideal_stage, &part.ideal_stage));
        found.extend(best_known("bucket", &mut record.bucket, &part.bucket));
        if record.status == Status::Unknown {
            record.status = part.status;
        } else if part.status != Status::Unknown {
            found.extend(differ("status", &record.status, &part.status));
        }
        self.report(found);
    }

    fn moments(&mut self, part: &Record) {
        let mut found = Vec::new();
        let record = &mut self.record;
        found.extend(best_moment("created", &mut record.created, &part.created));
        found.extend(best_moment("detected", &mut record.detected, &part.detected));
        found.extend(best_moment("introduced", &mut record.introduced, &part.introduced));
        found.extend(best_moment("resolved", &mut record.resolved, &part.resolved));
        self.report(found);
    }

    fn lists(&mut self, part: &Record) {
        let how = self.how;
        let record = &mut self.record;
        merge_list(how, &mut record.components, &part.components);
        merge_list(how, &mut record.labels, &part.labels);
        merge_list(how, &mut record.versions, &part.versions);
        merge_list(how, &mut record.kinds, &part.kinds);
        if how == How::Unite || record.links.is_empty() {
            record.links = merge_links(&record.links, &part.links);
        }
    }

    /// Costs of a unit come from the first part that states that unit: two exports that both say `3 hours` do not make 6.
    fn costs(&mut self, costs: Vec<CostItem>) {
        let mut by_unit: BTreeMap<String, Vec<CostItem>> = BTreeMap::new();
        costs.into_iter().for_each(|c| by_unit.entry(unit_name(&c.unit)).or_default().push(c));
        for (unit, items) in by_unit {
            let mine: Vec<&CostItem> = self.record.costs.iter().filter(|c| unit_name(&c.unit) == unit).collect();
            if mine.is_empty() {
                self.record.costs.extend(items);
                continue;
            }
            let amounts = |list: &[&CostItem]| list.iter().map(|c| [c.low, c.high]).collect::<Vec<_>>();
            let found = differ(&format!("costs {unit}"), &amounts(&mine), &amounts(&items.iter().collect::<Vec<_>>()));
            self.report(found);
        }
    }

    fn maps(&mut self, environment: BTreeMap<String, String>, fields: BTreeMap<String, Vec<String>>) {
        let mut found = merge_map("environment", &mut self.record.environment, environment);
        found.extend(merge_map("field", &mut self.record.fields, fields));
        self.report(found);
    }

    fn sections(&mut self, sections: Vec<Section>) {
        for section in sections {
            let Some(mine) = self.record.section(&section.name) else {
                self.record.sections.push(section);
                continue;
            };
            if same_words(&mine.text, &section.text) {
                continue;
            }
            if self.how == How::Fill {
                let found = differ(&format!("section {}", section.name), &mine.text, &section.text);
                self.report(found);
            } else if !self.has_numbered(&section) {
                self.record.add_section(section.role, &section.name, section.text);
            }
        }
    }

    /// Whether the same words stand already under the section's name with a number behind it.
    fn has_numbered(&self, section: &Section) -> bool {
        let numbered = |name: &str| {
            name.strip_prefix(&section.name).and_then(|rest| rest.strip_prefix('-')).is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
        };
        self.record.sections.iter().any(|s| numbered(&s.name) && same_words(&s.text, &section.text))
    }

    fn report(&mut self, found: impl IntoIterator<Item = Difference>) {
        let key = &self.record.key;
        self.conflicts.extend(found.into_iter().map(|d| Conflict { key: key.clone(), field: d.field, kept: d.kept, dropped: d.dropped }));
    }
}

/// A conflict before it knows its record.
struct Difference {
    field: String,
    kept: String,
    dropped: String,
}

fn differ<T: Serialize + PartialEq>(field: &str, kept: &T, dropped: &T) -> Option<Difference> {
    (kept != dropped).then(|| Difference { field: field.to_owned(), kept: excerpt(kept), dropped: excerpt(dropped) })
}

fn excerpt<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default().chars().take(EXCERPT).collect()
}

fn first_said(field: &str, mine: &mut Option<String>, other: &Option<String>) -> Option<Difference> {
    match (&mine, other) {
        (Some(kept), Some(dropped)) => differ(field, kept, dropped),
        (None, _) => {
            mine.clone_from(other);
            None
        }
        _ => None,
    }
}

/// Stated before derived before assumed; of equal origin the first. Only two values of equal origin are a conflict.
fn best_known<T: Clone + Serialize + PartialEq>(field: &str, mine: &mut Known<T>, other: &Known<T>) -> Option<Difference> {
    if other.origin() < mine.origin() {
        mine.clone_from(other);
        return None;
    }
    match (mine.value(), other.value()) {
        (Some(kept), Some(dropped)) if mine.origin() == other.origin() => differ(field, kept, dropped),
        _ => None,
    }
}

/// As [`best_known`], but the finer of two moments that agree as far as the coarser one goes is no conflict and wins.
fn best_moment(field: &str, mine: &mut Known<Moment>, other: &Known<Moment>) -> Option<Difference> {
    if let (Some(a), Some(b)) = (mine.value(), other.value())
        && mine.origin() == other.origin()
        && agree(*a, *b)
    {
        if b.precision < a.precision {
            mine.clone_from(other);
        }
        return None;
    }
    best_known(field, mine, other)
}

/// Whether two moments are the same as far as the coarser of the two says.
fn agree(a: Moment, b: Moment) -> bool {
    let coarse = a.precision.max(b.precision);
    a.with_precision(coarse).seconds == b.with_precision(coarse).seconds
}

fn merge_list(how: How, mine: &mut Vec<String>, other: &[String]) {
    if how == How::Unite || mine.is_empty() {
        mine.extend_from_slice(other);
    }
}

/// One link for each kind and target; of two places that state it, the first as text.
fn merge_links(a: &[Link], b: &[Link]) -> Vec<Link> {
    let mut links: Vec<Link> = a.iter().chain(b).cloned().collect();
    links.sort();
    links.dedup_by(|x, y| x.kind == y.kind && x.target == y.target);
    links
}

fn merge_map<T: Serialize + PartialEq>(what: &str, mine: &mut BTreeMap<String, T>, other: BTreeMap<String, T>) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, value) in other {
        match mine.get(&name) {
            Some(kept) => found.extend(differ(&format!("{what} {name}"), kept, &value)),
            None => {
                mine.insert(name, value);
            }
        }
    }
    found
}

fn unit_name(unit: &CostUnit) -> String {
    serde_json::to_string(unit).unwrap_or_default()
}

/// Equal but for white space: exports wrap lines as they like.
fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::{Kind, LinkKind, Severity};

    fn part(format: &str, title: &str) -> Record {
        let mut record = Record::new("FLAW:7".parse().unwrap(), Kind::Advisory, title);
        record.source = Source { format: format.into(), file: format!("{format}.x"), line: 3 };
        record
    }

    fn one(parts: Vec<Record>) -> (Record, Vec<Conflict>) {
        let (mut records, conflicts) = unite_all(parts);
        assert_eq!(records.len(), 1);
        (records.remove(0), conflicts)
    }

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn equal_content_is_equal_text_wherever_it_was_read() {
        let (a, mut b) = (part("csv", "t"), part("md", "t"));
        b.source.line = 90;
        assert_eq!(canonical_json(&a), canonical_json(&b));
        assert!(!canonical_json(&a).contains("source"));
        assert_eq!(canonical_json(&a), canonical_json(&Record { source: Source::default(), ..a.clone() }));
        let json = serde_json::to_string(&a).unwrap();
        assert!(json.ends_with("\"line\":3}}"), "the source is the last field of a record: {json}");
        assert_eq!(records_hash([&a, &part("csv", "u")]), records_hash([&part("csv", "u"), &b]));
        assert_ne!(content_hash(&a), content_hash(&part("csv", "u")));
    }

    #[test]
    fn a_text_hash_does_not_see_comments_or_status() {
        let before = part("csv", "t");
        let mut after = before.clone();
        after.status = Status::Resolved;
        after.add_section(Role::Comment, "comment-1", "me too");
        assert_eq!(text_hash(&before), text_hash(&after));
        after.add_section(Role::Cause, "cause", "off by one");
        assert_ne!(text_hash(&before), text_hash(&after));
    }

    #[test]
    fn of_two_exports_the_newer_wins_as_a_whole() {
        let (mut old, mut new) = (part("csv", "old words"), part("csv", "new words"));
        (old.updated, new.updated) = (Some(at("2024-01-01")), Some(at("2024-02-01")));
        old.labels = vec!["gone".into()];
        let (record, conflicts) = one(vec![new.clone(), old]);
        assert_eq!((record, conflicts), (new, vec![]));
    }

    #[test]
    fn without_stamps_the_other_part_fills_what_is_absent_and_differences_are_listed() {
        let (mut a, mut b) = (part("csv", "alpha"), part("csv", "beta"));
        a.labels = vec!["x".into()];
        b.labels = vec!["y".into()];
        b.project = Some("ledger".into());
        let (record, conflicts) = one(vec![b, a]);
        assert_eq!((record.title(), record.labels.as_slice(), record.project.as_deref()), ("alpha", &["x".to_owned()][..], Some("ledger")));
        assert_eq!(conflicts.iter().map(|c| (c.field.as_str(), c.dropped.as_str())).collect::<Vec<_>>(), [("section title", "\"beta\"")]);
    }

    #[test]
    fn two_formats_are_united_and_no_text_is_lost() {
        let (mut row, mut page) = (part("csv", "Buffer overread"), part("md", "Buffer  overread"));
        row.labels = vec!["low".into()];
        page.labels = vec!["parser".into()];
        row.add_section(Role::Description, "description", "short");
        page.add_section(Role::Description, "description", "long and exact");
        page.withdrawn = true;
        let (record, conflicts) = one(vec![row, page]);
        let names: Vec<&str> = record.sections.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["title", "description", "description-2"]);
        assert_eq!(record.labels, ["low", "parser"]);
        assert!(record.withdrawn);
        assert_eq!(conflicts, []);
    }

    #[test]
    fn stated_beats_derived_beats_assumed() {
        let (mut a, mut b, mut c) = (part("a", "t"), part("b", "t"), part("c", "t"));
        a.team = Known::assumed("one".into(), "default");
        b.team = Known::stated("two".into(), "owner");
        c.team = Known::derived("three".into(), "path");
        let (record, conflicts) = one(vec![a, b, c]);
        assert_eq!(record.team.value().map(String::as_str), Some("two"));
        assert_eq!(conflicts, []);
    }

    #[test]
    fn two_stated_values_are_a_conflict_and_the_newest_part_wins() {
        let (mut a, mut b) = (part("a", "t"), part("b", "t"));
        (a.updated, b.updated) = (Some(at("2024-01-01")), Some(at("2024-03-01")));
        (a.status, b.status) = (Status::Open, Status::Resolved);
        a.severity = Known::stated(Severity::new(1).unwrap(), "sev");
        b.severity = Known::stated(Severity::new(2).unwrap(), "sev");
        let (record, conflicts) = one(vec![a, b]);
        assert_eq!((record.status, record.updated), (Status::Resolved, Some(at("2024-03-01"))));
        assert_eq!(conflicts.iter().map(|c| c.field.as_str()).collect::<Vec<_>>(), ["severity", "status"]);
    }

    #[test]
    fn a_finer_moment_replaces_the_coarser_that_agrees() {
        let (mut a, mut b, mut c) = (part("a", "t"), part("b", "t"), part("c", "t"));
        a.created = Known::stated(at("2024-03"), "date");
        b.created = Known::stated(at("2024-03-05T10:00:00Z"), "created_at");
        let (record, conflicts) = one(vec![a.clone(), b.clone()]);
        assert_eq!((record.created.value(), conflicts), (Some(&at("2024-03-05T10:00:00Z")), vec![]));
        c.created = Known::stated(at("2024-04-01"), "date");
        assert_eq!(one(vec![a, b, c]).1.len(), 1);
    }

    #[test]
    fn a_cost_told_twice_is_not_added() {
        let hours = |low: f64, at: &str| CostItem { unit: CostUnit::EngineerHours, low, high: low, at: at.into() };
        let (mut a, mut b) = (part("a", "t"), part("b", "t"));
        a.costs = vec![hours(3.0, "timespent")];
        b.costs = vec![hours(3.0, "Time Spent"), CostItem { unit: CostUnit::Users, low: 9.0, high: 9.0, at: "impact:1".into() }];
        let (record, conflicts) = one(vec![a, b]);
        assert_eq!((record.costs.len(), conflicts.len()), (2, 0));
    }

    #[test]
    fn a_link_told_in_two_places_is_one_link() {
        let link = |at: &str| Link { kind: LinkKind::Alias, target: "CVE-2024-90001".into(), at: at.into() };
        let (mut a, mut b) = (part("a", "t"), part("b", "t"));
        a.links = vec![link("aliases")];
        b.links = vec![link("CVE")];
        assert_eq!(one(vec![a, b]).0.links, [link("CVE")]);
    }

    prop_compose! {
        fn any_part()(
            format in 0..3u8, stamp in prop::option::of(1..4i64), words in prop::collection::vec((0..4usize, 0..3usize), 0..4),
            label in prop::option::of(0..3u8), team in 0..4u8, status in 0..4u8, created in prop::option::of(0..4usize),
            withdrawn in any::<bool>(), hours in prop::option::of(1..3u8), line in 0..3u32,
        ) -> Record {
            let names = ["title", "description", "cause", "comment-1"];
            let texts = ["alpha beta", "gamma", "alpha  beta"];
            let mut record = part(&format!("format-{format}"), texts[line as usize]);
            for (name, text) in words {
                record.add_section(Role::Description, names[name], texts[text]);
            }
            record.updated = stamp.map(|s| Moment::at(s * 86_400));
            record.labels = label.map(|l| format!("label-{l}")).into_iter().collect();
            record.team = match team {
                0 => Known::Absent,
                1 => Known::stated("one".into(), "owner"),
                2 => Known::stated("two".into(), "owner"),
                _ => Known::assumed("three".into(), "default"),
            };
            record.status = [Status::Unknown, Status::Open, Status::Resolved, Status::Dismissed][status as usize];
            record.created = created.map_or(Known::Absent, |c| {
                Known::stated(at(["2024", "2024-03", "2024-03-05", "2024-04-01T00:00:01Z"][c]), "created")
            });
            record.withdrawn = withdrawn;
            record.costs = hours
                .map(|h| CostItem { unit: CostUnit::EngineerHours, low: h.into(), high: h.into(), at: "timespent".into() })
                .into_iter()
                .collect();
            record.source.line = line;
            record
        }
    }

    proptest! {
        #[test]
        fn a_record_reads_back_to_the_last_bit_of_its_numbers(low in any::<f64>().prop_filter("finite", |x| x.is_finite())) {
            let mut record = part("a", "t");
            record.costs = vec![CostItem { unit: CostUnit::Users, low, high: low, at: "impact:1".into() }];
            let json = canonical_json(&record);
            prop_assert_eq!(canonical_json(&serde_json::from_str(&json).unwrap()), json);
        }

        #[test]
        fn law_f3_the_order_of_parts_does_not_matter(parts in prop::collection::vec(any_part(), 1..6), seed in any::<u64>()) {
            let mut shuffled = parts.clone();
            for i in (1..shuffled.len()).rev() {
                shuffled.swap(i, (seed.rotate_left(i as u32 * 7) % (i as u64 + 1)) as usize);
            }
            prop_assert_eq!(unite_all(parts), unite_all(shuffled));
        }

        #[test]
        fn law_a5_a_part_told_twice_changes_nothing(parts in prop::collection::vec(any_part(), 1..5), which in any::<prop::sample::Index>()) {
            let mut more = parts.clone();
            let mut copy = parts[which.index(parts.len())].clone();
            // The same content from another place of the same file tree; the place with the smaller name is the one cited.
            copy.source.line += 100;
            more.push(copy);
            prop_assert_eq!(unite_all(parts), unite_all(more));
        }

        #[test]
        fn what_was_united_stays_as_it_is(parts in prop::collection::vec(any_part(), 1..5)) {
            let (records, _) = unite_all(parts);
            prop_assert_eq!(unite_all(records.clone()), (records, vec![]));
        }

        #[test]
        fn nothing_said_by_a_part_that_counts_is_lost(parts in prop::collection::vec(any_part(), 1..5)) {
            let (record, _) = one(parts.clone());
            let lone = |p: &&Record| parts.iter().filter(|q| q.source.format == p.source.format).count() == 1;
            for part in parts.iter().filter(lone) {
                for section in &part.sections {
                    prop_assert!(record.sections.iter().any(|s| same_words(&s.text, &section.text)));
                }
                prop_assert!(part.labels.iter().all(|l| record.labels.contains(l)));
                prop_assert!(record.withdrawn || !part.withdrawn);
            }
        }
    }
}
