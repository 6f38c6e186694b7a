//! Records in: walk, read, put, report. `--dry-run` takes the same path without writing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use rayon::prelude::*;
use refrain_brief::Masker;
use refrain_ingest::open::HEAD_BYTES;
use refrain_ingest::{FileReport, Head, Item, Limits, Mapping, ReadSetup};
use refrain_record::Record;
use refrain_store::{Access, FileNote, Import, Put, Store};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::{Format, Sources};
use crate::failure::{Done, Failure, FailureKind, Or, Outcome};
use crate::output::{self, Table};
use crate::session::{Session, now};
use crate::tables::MAPPINGS;
use crate::walk::{Found, walk};

/// What one import did: every file with every entry accounted for (law A1).
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ImportReport {
    /// `refrain-import/1.0`.
    pub schema: String,
    /// Nothing was written.
    pub dry_run: bool,
    /// Each file, by path.
    pub files: Vec<FileLine>,
    /// Files set aside, with the reason.
    pub aside: Vec<(String, String)>,
    /// Over all files.
    pub totals: BTreeMap<String, u64>,
}

/// One file: `read = new + changed + unchanged + filtered + skipped`, exactly.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct FileLine {
    /// What reading gave.
    #[serde(flatten)]
    pub report: FileReport,
    /// Keys that were not known.
    pub new: u64,
    /// Keys that were known with other content.
    pub changed: u64,
    /// Keys that were known with this content.
    pub unchanged: u64,
    /// Taken back as a whole, because too much of it was skipped.
    pub rolled_back: bool,
}

/// Files below this size are read side by side, a batch at a time.
const SMALL_BYTES: u64 = 4 << 20;
/// Files of a batch.
const BATCH_FILES: usize = 256;

/// `import`
pub fn import(session: &Session, sources: &Sources) -> Done {
    if sources.paths.is_empty() {
        return Err(Failure::new(FailureKind::Usage, "found no PATH, expected files or folders to read").advise("`refrain import FOLDER`").into());
    }
    let report = run(session, sources)?;
    output::result(&print(&report, session.format()));
    why(&report, sources).iter().for_each(|line| output::message(line));
    Ok(outcome(&report, sources))
}

/// Why an import ends with a finding, a line each (law A3).
pub fn why(report: &ImportReport, sources: &Sources) -> Vec<String> {
    let rolled = report.files.iter().filter(|f| f.rolled_back);
    let mut out: Vec<String> = rolled
        .map(|f| {
            format!(
                "{}: taken back as a whole, {} of {} entries were skipped (--max-skip allows fewer)",
                f.report.path, f.report.skipped_count, f.report.read
            )
        })
        .collect();
    if !sources.allow_empty && report.files.iter().all(|f| f.new + f.changed + f.unchanged == 0) {
        out.push("no record was read; --allow-empty says that this is fine".to_owned());
    }
    out
}

/// 1 where there is a reason for it, else 0 (law A3).
pub fn outcome(report: &ImportReport, sources: &Sources) -> Outcome {
    if why(report, sources).is_empty() { Outcome::Fine } else { Outcome::Finding }
}

/// Reads everything that the options name.
pub fn run(session: &Session, sources: &Sources) -> anyhow::Result<ImportReport> {
    let config = &session.loaded.config.import;
    let exclude: Vec<String> = config.exclude.iter().chain(&sources.exclude).cloned().collect();
    let walked = walk(&sources.paths, &exclude, &session.folder())?;
    let reader = Reader::new(session, sources, &walked.files)?;
    let max_skip = sources.max_skip.unwrap_or(config.max_skip);
    let mut report = ImportReport { schema: "refrain-import/1.0".into(), dry_run: sources.dry_run, aside: walked.aside, ..ImportReport::default() };
    if sources.dry_run {
        let store = if session.folder().exists() { Some(session.store(Access::Read)?) } else { None };
        let mut import = Import::dry(store.as_ref());
        report.files = read_all(session, &reader, &walked.files, max_skip, &mut import)?;
    } else {
        let mut store: Store = session.store(Access::Create)?;
        let mut import = store.begin_import(now(), "import").or_fail(FailureKind::Store, "import")?;
        report.files = read_all(session, &reader, &walked.files, max_skip, &mut import)?;
        import.commit().or_fail(FailureKind::Store, "import")?;
    }
    report.files.sort_by(|a, b| a.report.path.cmp(&b.report.path));
    report.totals = totals(&report.files);
    Ok(report)
}

fn totals(files: &[FileLine]) -> BTreeMap<String, u64> {
    let sum = |f: &dyn Fn(&FileLine) -> u64| files.iter().map(f).sum::<u64>();
    BTreeMap::from([
        ("files".into(), files.len() as u64),
        ("unknown".into(), sum(&|f| u64::from(f.report.format.is_none()))),
        ("read".into(), sum(&|f| f.report.read)),
        ("new".into(), sum(&|f| f.new)),
        ("changed".into(), sum(&|f| f.changed)),
        ("unchanged".into(), sum(&|f| f.unchanged)),
        ("filtered".into(), sum(&|f| f.report.filtered.values().sum())),
        ("skipped".into(), sum(&|f| f.report.skipped_count)),
    ])
}

/// How files are read: settings and mappings, fixed for the run.
struct Reader {
    setup: ReadSetup,
    limits: Limits,
    mappings: Vec<Mapping>,
    mask: bool,
    masker: Masker,
}

/// What reading one file gave.
struct Bytes {
    items: Vec<Item>,
    reports: Vec<FileReport>,
}

impl Reader {
    fn new(session: &Session, sources: &Sources, files: &[Found]) -> Result<Self, Failure> {
        let config = &session.loaded.config.import;
        let zone = sources.zone.clone().or_else(|| Some(config.zone.clone())).filter(|z| !z.is_empty());
        let month_first = match config.dates.as_str() {
            "month" => Some(true),
            "day" => Some(false),
            "auto" => None,
            other => return Err(Failure::new(FailureKind::Config, format!("import.dates: found `{other}`, expected month, day or auto"))),
        };
        let mappings = mappings(session, sources)?;
        let setup = ReadSetup {
            lookups: lookups(&mappings, files)?,
            systems: config.systems.clone().into_iter().collect(),
            repository: sources.repo.clone(),
            zone,
            month_first,
            people: config.people,
            ..ReadSetup::default()
        };
        let limits = Limits { largest_bytes: config.largest_mib << 20, ..Limits::default() };
        let names = session.loaded.config.brief.mask_names.clone();
        Ok(Self { setup, limits, mappings, mask: config.mask || sources.mask_at_import, masker: Masker::new("", &names) })
    }

    fn read(&self, file: &Found, sink: &mut dyn FnMut(Item)) -> anyhow::Result<Vec<FileReport>> {
        let open = File::open(&file.path).with_context(|| file.path.display().to_string())?;
        let mut masked = |item: Item| {
            sink(match item {
                Item::Record { record, at } if self.mask => Item::Record { record: Box::new(self.masked(*record)), at },
                other => other,
            });
        };
        Ok(refrain_ingest::read_file(
            &file.name,
            &file.folders,
            Box::new(BufReader::new(open)),
            &self.setup,
            &self.mappings,
            &self.limits,
            &mut masked,
        ))
    }

    /// Masks every section's text before anything is stored.
    fn masked(&self, mut record: Record) -> Record {
        for section in &mut record.sections {
            section.text = self.masker.clean(&section.text);
        }
        record
    }
}

/// The user's mappings first, then the built-in ones.
fn mappings(session: &Session, sources: &Sources) -> Result<Vec<Mapping>, Failure> {
    let own = session.loaded.config.tables.mappings.iter().chain(&sources.mapping);
    let mut out = Vec::new();
    for file in own {
        let text = std::fs::read_to_string(file).or_fail(FailureKind::Config, file.display())?;
        out.push(Mapping::parse(&text).or_fail(FailureKind::Config, file.display())?);
    }
    for (name, text) in MAPPINGS {
        out.push(Mapping::parse(text).or_fail(FailureKind::Internal, format!("data/mappings/{name}.toml"))?);
    }
    Ok(out)
}

/// Tables beside data files that a mapping looks values up in (`releases.csv`), by their path among the files.
fn lookups(mappings: &[Mapping], files: &[Found]) -> Result<BTreeMap<String, String>, Failure> {
    let names: Vec<&str> = mappings.iter().flat_map(Mapping::lookups).collect();
    let wanted = files.iter().filter(|f| names.contains(&f.name.rsplit('/').next().unwrap_or("")));
    wanted.map(|f| Ok((f.name.clone(), std::fs::read_to_string(&f.path).or_fail(FailureKind::Input, f.path.display())?))).collect()
}

fn read_all(session: &Session, reader: &Reader, files: &[Found], max_skip: f64, import: &mut Import<'_>) -> anyhow::Result<Vec<FileLine>> {
    let bar = session.progress.bar("reading", files.len() as u64);
    let small = |f: &Found| std::fs::metadata(&f.path).is_ok_and(|m| m.len() < SMALL_BYTES);
    let mut out = Vec::new();
    let mut rest = files;
    while let Some(first) = rest.first() {
        let length = rest.iter().take(BATCH_FILES).take_while(|f| small(f)).count();
        if length == 0 {
            out.extend(stream(reader, first, max_skip, import)?);
        } else {
            let read: Vec<anyhow::Result<Bytes>> = rest[..length].par_iter().map(|f| whole(reader, f)).collect();
            for (file, bytes) in rest.iter().zip(read) {
                let bytes = bytes?;
                let mut put = Putting::begin(import, file)?;
                bytes.items.into_iter().for_each(|item| put.item(item));
                out.extend(put.finish(bytes.reports, max_skip)?);
            }
        }
        rest = &rest[length.max(1)..];
        bar.set_position((files.len() - rest.len()) as u64);
    }
    bar.finish_and_clear();
    Ok(out)
}

fn whole(reader: &Reader, file: &Found) -> anyhow::Result<Bytes> {
    let mut items = Vec::new();
    let reports = reader.read(file, &mut |item| items.push(item))?;
    Ok(Bytes { items, reports })
}

/// A large file: each record is put as it comes.
fn stream(reader: &Reader, file: &Found, max_skip: f64, import: &mut Import<'_>) -> anyhow::Result<Vec<FileLine>> {
    let mut put = Putting::begin(import, file)?;
    let reports = reader.read(file, &mut |item| put.item(item))?;
    put.finish(reports, max_skip)
}

/// A file on its way into the store.
struct Putting<'i, 's> {
    import: &'i mut Import<'s>,
    counts: BTreeMap<String, BTreeMap<Put, u64>>,
    failed: Option<refrain_store::StoreError>,
}

impl<'i, 's> Putting<'i, 's> {
    fn begin(import: &'i mut Import<'s>, file: &Found) -> Result<Self, Failure> {
        import.begin_file(&file.name).or_fail(FailureKind::Store, &file.name)?;
        Ok(Self { import, counts: BTreeMap::new(), failed: None })
    }

    fn item(&mut self, item: Item) {
        if let (Item::Record { record, .. }, None) = (item, &self.failed) {
            match self.import.put(&record) {
                Ok(put) => *self.counts.entry(record.source.file.clone()).or_default().entry(put).or_default() += 1,
                Err(error) => self.failed = Some(error),
            }
        }
    }

    fn finish(self, reports: Vec<FileReport>, max_skip: f64) -> anyhow::Result<Vec<FileLine>> {
        if let Some(error) = self.failed {
            return Err(Failure::new(FailureKind::Store, error).into());
        }
        let skipped: u64 = reports.iter().map(|r| r.skipped_count).sum();
        let read: u64 = reports.iter().map(|r| r.read).sum();
        let keep = skipped as f64 <= max_skip * read as f64;
        let note = FileNote { raw: None, report: serde_json::to_value(&reports)? };
        self.import.finish_file(keep, &note).or_fail(FailureKind::Store, "end of file")?;
        let counts = self.counts;
        let line = |mut report: FileReport| {
            let of = |put: Put| counts.get(&report.path).and_then(|c| c.get(&put)).copied().unwrap_or(0);
            let (new, changed, unchanged) = (of(Put::New), of(Put::Changed), of(Put::Unchanged));
            if of(Put::Forgotten) > 0 {
                report.filtered.insert("forgotten on purpose".to_owned(), of(Put::Forgotten));
            }
            let rolled_back = !keep && report.read > 0;
            if rolled_back && new + changed + unchanged > 0 {
                report.filtered.insert("taken back with its file".to_owned(), new + changed + unchanged);
                return FileLine { new: 0, changed: 0, unchanged: 0, rolled_back, report };
            }
            FileLine { new, changed, unchanged, rolled_back, report }
        };
        Ok(reports.into_iter().map(line).collect())
    }
}

/// The report in the format asked for.
pub fn print(report: &ImportReport, format: Format) -> String {
    if format == Format::Json {
        return output::pretty(report);
    }
    let mut table = Table::new(&["File", "Kind", "Read", "New", "Changed", "Unchanged", "Filtered", "Skipped", "Note"]);
    for f in &report.files {
        let filtered: u64 = f.report.filtered.values().sum();
        let kind = f.report.format.as_deref().unwrap_or("unknown");
        table.row(&[&f.report.path, &kind, &f.report.read, &f.new, &f.changed, &f.unchanged, &filtered, &f.report.skipped_count, &note(f)]);
    }
    let mut out = table.print(format);
    if format == Format::Text {
        out += &details(report);
    }
    out
}

fn note(file: &FileLine) -> String {
    let mut notes: Vec<String> = file.report.warnings.clone();
    if file.rolled_back {
        notes.insert(0, "rolled back: too much was skipped (--max-skip)".into());
    }
    if file.report.format.is_none() {
        notes.push(file.report.reason.clone());
    }
    notes.extend(file.report.nearest.iter().take(2).map(|n| format!("not {n}")));
    notes.join("; ")
}

/// Entries of the report that are listed in full on a terminal; JSON has them all.
const LISTED: usize = 20;

fn details(report: &ImportReport) -> String {
    let mut out = String::new();
    let skipped = report.files.iter().flat_map(|f| f.report.skipped.iter().map(move |s| (f, s)));
    for (file, s) in skipped.clone().take(LISTED) {
        out += &format!(
            "{}:{}: {} {}: found `{}`, expected {}\n    {}\n",
            file.report.path, s.at.line, s.at.record, s.field, s.found, s.expected, s.advice
        );
    }
    let more = skipped.count().saturating_sub(LISTED);
    if more > 0 {
        out += &format!("{more} more skipped entries: --format json lists them all\n");
    }
    if !report.aside.is_empty() {
        out += &format!("{} files set aside: --format json lists them\n", report.aside.len());
    }
    out
}

/// `map`
pub fn map(session: &Session, file: &Path) -> Done {
    let bytes = std::fs::read(file).or_fail(FailureKind::Input, file.display())?;
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES)]);
    let head = Head { path: &name, text: head.trim_start_matches('\u{feff}'), whole: bytes.len() <= HEAD_BYTES };
    let known = refrain_ingest::SOURCES.iter().filter_map(|row| (row.sniff)(&head).map(|hint| (hint.strength, row.title, hint.reason)));
    if let Some((_, title, reason)) = known.filter(|k| k.0 >= refrain_ingest::sniff::ENOUGH).max_by_key(|k| k.0) {
        session.progress.step(&format!("this file is read as it is, as {title} ({reason}); a mapping of your own comes before that"));
    }
    let draft = refrain_ingest::propose(&head);
    session.progress.step("a draft: check every line, then `refrain mine --mapping FILE …`");
    output::result(&draft);
    Ok(Outcome::Fine)
}
