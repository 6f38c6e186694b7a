//! The index folder: opened, filled, thrown away.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use refrain_record::unite::digest;
use serde::{Deserialize, Serialize};
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr};
use tantivy::merge_policy::NoMergePolicy;
use tantivy::schema::{FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Directory, Index, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term};

use super::fields::{FIELDS, FieldKind, FieldRow, IndexDoc, Value};
use super::words::{NameTokenizer, WORDS_VERSION, WordTokenizer};
use crate::error::{At, Result, StoreError, StoreErrorKind};
use crate::files;

/// Version of the fields below; an index made with another one is built anew.
const FIELDS_VERSION: u32 = 1;

/// Column with the key of a record.
pub(super) const KEY: &str = "key";
/// Column with a hash over everything that was indexed of a record.
const PRINT: &str = "print";

/// Memory in which one thread gathers records before it writes a segment. Fewer segments make every query cheaper.
const BUDGET: usize = 128 << 20;

/// Segments above which a changed index is brought together.
const MANY_SEGMENTS: usize = 6;

/// How often an index is tried to be opened while somebody may be writing.
const ATTEMPTS: usize = 3;

/// What the last commit said about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    fields: u32,
    words: u32,
    holds: String,
}

/// A search index, open for reading; [`SearchIndex::sync`] and [`SearchIndex::update`] change it.
pub struct SearchIndex {
    index: Index,
    pub(super) searcher: Searcher,
    payload: Payload,
    folder: PathBuf,
    /// Mean number of words in each text field; counted when first needed.
    pub(super) lengths: OnceLock<BTreeMap<&'static str, f64>>,
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchIndex").field("folder", &self.folder).field("payload", &self.payload).finish_non_exhaustive()
    }
}

impl SearchIndex {
    /// Opens the index in a folder without changing anything there. Nothing where there is none, where it cannot be opened, or where
    /// another version made it: it is then to be created anew.
    pub fn open(folder: &Path) -> Option<Self> {
        // A writer that commits between our two looks takes away files that the first look named: then the second look is newer.
        (0..ATTEMPTS).find_map(|_| Self::open_once(folder))
    }

    fn open_once(folder: &Path) -> Option<Self> {
        let directory = MmapDirectory::open(folder).ok()?;
        let opened = Self::of(Index::open(LookOnly(directory)).ok()?, folder).ok()?;
        let current = opened.payload.fields == FIELDS_VERSION && opened.payload.words == WORDS_VERSION;
        current.then_some(opened)
    }

    /// Makes an empty index in a folder, in place of whatever was there.
    pub fn create(folder: &Path) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).at(folder)?;
        }
        files::private_folder(folder)?;
        Self::of(Index::create_in_dir(folder, schema()).at(folder)?, folder)
    }

    /// Makes an empty index in memory: for a store that may not be written.
    pub fn in_memory() -> Result<Self> {
        Self::of(Index::create_in_ram(schema()), Path::new("memory"))
    }

    fn of(index: Index, folder: &Path) -> Result<Self> {
        index.tokenizers().register("words", WordTokenizer);
        index.tokenizers().register("name", NameTokenizer);
        let searcher = searcher(&index).at(folder)?;
        let text = index.load_metas().at(folder)?.payload.unwrap_or_default();
        let payload = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self { index, searcher, payload, folder: folder.to_path_buf(), lengths: OnceLock::new() })
    }

    /// What the index was made from, as the last [`Self::sync`] or [`Self::update`] said; empty for a new one.
    pub fn holds(&self) -> &str {
        &self.payload.holds
    }

    /// Records that can be found.
    pub fn len(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Whether no record can be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes the index hold exactly these records: what is new or changed goes in, what is missing goes out, the rest stays.
    /// `holds` says what they were made from. Where a key comes twice the later one counts.
    pub fn sync(&mut self, docs: impl Iterator<Item = IndexDoc>, holds: &str) -> Result<()> {
        let before = self.prints()?;
        let mut writer = Writer::open(self, before.is_empty())?;
        let mut left = before.clone();
        for doc in docs {
            left.remove(&doc.key);
            writer.put(&doc, &before)?;
        }
        left.into_keys().for_each(|key| writer.delete(&key));
        self.commit(writer, holds)
    }

    /// Puts these records in, in place of what was known of them. `holds` says what the whole is made from now.
    pub fn update(&mut self, docs: impl Iterator<Item = IndexDoc>, holds: &str) -> Result<()> {
        let before = self.prints()?;
        let mut writer = Writer::open(self, before.is_empty())?;
        for doc in docs {
            writer.put(&doc, &before)?;
        }
        self.commit(writer, holds)
    }

    fn commit(&mut self, writer: Writer, holds: &str) -> Result<()> {
        let payload = Payload { fields: FIELDS_VERSION, words: WORDS_VERSION, holds: holds.to_owned() };
        let text = serde_json::to_string(&payload).unwrap_or_default();
        writer.commit(&text).at(&self.folder)?;
        self.searcher = searcher(&self.index).at(&self.folder)?;
        (self.payload, self.lengths) = (payload, OnceLock::new());
        Ok(())
    }

    /// Hash of what was indexed, by key.
    fn prints(&self) -> Result<BTreeMap<String, u64>> {
        let mut prints = BTreeMap::new();
        for reader in self.searcher.segment_readers() {
            let columns = (reader.fast_fields().str(KEY).at(&self.folder)?, reader.fast_fields().u64(PRINT).at(&self.folder)?);
            let (Some(keys), column) = columns else { continue };
            for doc in reader.doc_ids_alive() {
                let mut key = String::new();
                if let (Some(ord), Some(print)) = (keys.ords().first(doc), column.first(doc)) {
                    keys.ord_to_str(ord, &mut key).at(&self.folder)?;
                    prints.insert(key, print);
                }
            }
        }
        Ok(prints)
    }

    /// Reads every byte and checks it against its checksum; gives the names of files that are broken, sorted.
    pub fn broken_files(&self) -> Result<Vec<String>> {
        let broken = self.index.validate_checksum().at(&self.folder)?;
        let mut names: Vec<String> = broken.into_iter().map(|path| path.display().to_string()).collect();
        names.sort();
        Ok(names)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn field(&self, name: &str) -> Result<Field> {
        self.index.schema().get_field(name).at(&self.folder)
    }
}

fn searcher(index: &Index) -> tantivy::Result<Searcher> {
    let reader: tantivy::IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok(reader.searcher())
}

fn schema() -> Schema {
    let text =
        |tokenizer: &str, option, lengths| TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option).set_fieldnorms(lengths);
    let mut builder = Schema::builder();
    builder.add_text_field(KEY, STRING | FAST);
    builder.add_u64_field(PRINT, FAST);
    for row in FIELDS {
        match row.kind {
            FieldKind::Text => {
                let indexing = text("words", IndexRecordOption::WithFreqsAndPositions, true);
                builder.add_text_field(row.name, TextOptions::default().set_indexing_options(indexing))
            }
            FieldKind::Name => {
                let indexing = text("name", IndexRecordOption::Basic, false);
                builder.add_text_field(row.name, TextOptions::default().set_indexing_options(indexing).set_fast("raw"))
            }
            FieldKind::Day => builder.add_i64_field(row.name, FAST),
            FieldKind::Number => builder.add_f64_field(row.name, FAST),
        };
    }
    builder.build()
}

/// A writer with the fields at hand.
struct Writer {
    writer: IndexWriter<TantivyDocument>,
    key: Field,
    print: Field,
    fields: Vec<(Field, &'static FieldRow)>,
    folder: PathBuf,
}

impl Writer {
    /// `fresh`: everything is new, so that merging while it is written would only write it twice.
    fn open(index: &SearchIndex, fresh: bool) -> Result<Self> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        let place = index.writable()?;
        let writer: IndexWriter<TantivyDocument> = place.writer_with_num_threads(threads, threads * BUDGET).at(&index.folder)?;
        if fresh {
            writer.set_merge_policy(Box::new(NoMergePolicy));
        }
        let fields = FIELDS.iter().map(|row| Ok((index.field(row.name)?, row))).collect::<Result<_>>()?;
        Ok(Self { writer, key: index.field(KEY)?, print: index.field(PRINT)?, fields, folder: index.folder.clone() })
    }

    fn put(&mut self, doc: &IndexDoc, before: &BTreeMap<String, u64>) -> Result<()> {
        let print = print_of(doc);
        match before.get(&doc.key) {
            Some(known) if *known == print => return Ok(()),
            Some(_) => self.delete(&doc.key),
            None => {}
        }
        self.writer.add_document(self.document(doc, print)).at(&self.folder)?;
        Ok(())
    }

    fn delete(&self, key: &str) {
        self.writer.delete_term(Term::from_field_text(self.key, key));
    }

    fn document(&self, doc: &IndexDoc, print: u64) -> TantivyDocument {
        let mut out = TantivyDocument::new();
        out.add_text(self.key, &doc.key);
        out.add_u64(self.print, print);
        for (field, row) in &self.fields {
            match (row.value)(doc) {
                Value::Text("") | Value::Day(None) | Value::Number(None) => {}
                Value::Text(text) => out.add_text(*field, text),
                Value::Names(names) => names.iter().for_each(|name| out.add_text(*field, name)),
                Value::Day(Some(seconds)) => out.add_i64(*field, seconds),
                Value::Number(Some(number)) => out.add_f64(*field, number),
            }
        }
        out
    }

    fn commit(mut self, payload: &str) -> tantivy::Result<()> {
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(payload);
        prepared.commit()?;
        let segments = self.writer.index().searchable_segment_ids()?;
        if segments.len() > MANY_SEGMENTS {
            self.writer.merge(&segments).wait()?;
        }
        self.writer.garbage_collect_files().wait()?;
        self.writer.wait_merging_threads()
    }
}

/// The first 64 bits of a hash over everything that is indexed of a record.
fn print_of(doc: &IndexDoc) -> u64 {
    let text = serde_json::to_string(doc).unwrap_or_default();
    u64::from_str_radix(digest(text.as_bytes()).get(..16).unwrap_or("0"), 16).unwrap_or(0)
}

impl SearchIndex {
    /// The same index with the right to write. Reading goes through a directory that cannot write.
    fn writable(&self) -> Result<Index> {
        if self.folder == Path::new("memory") {
            return Ok(self.index.clone());
        }
        let index = Index::open_in_dir(&self.folder).at(&self.folder)?;
        index.tokenizers().register("words", WordTokenizer);
        index.tokenizers().register("name", NameTokenizer);
        Ok(index)
    }
}

impl<T> At<T> for tantivy::Result<T> {
    fn at(self, path: &Path) -> Result<T> {
        self.map_err(|e| StoreError::new(path, StoreErrorKind::Index(e.to_string())))
    }
}

/// A folder that is looked at only. Tantivy takes a lock file even to read, which a read-only folder refuses; nothing needs it here,
/// because the store's own lock lets one process write at a time, and a reader that meets a file taken away opens anew.
#[derive(Clone, Debug)]
struct LookOnly(MmapDirectory);

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "opened to look only")
}

impl Directory for LookOnly {
    fn get_file_handle(&self, path: &Path) -> std::result::Result<Arc<dyn FileHandle>, OpenReadError> {
        self.0.get_file_handle(path)
    }

    fn exists(&self, path: &Path) -> std::result::Result<bool, OpenReadError> {
        self.0.exists(path)
    }

    fn atomic_read(&self, path: &Path) -> std::result::Result<Vec<u8>, OpenReadError> {
        self.0.atomic_read(path)
    }

    fn delete(&self, path: &Path) -> std::result::Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(refused()), filepath: path.to_path_buf() })
    }

    fn open_write(&self, path: &Path) -> std::result::Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(refused(), path.to_path_buf()))
    }

    fn atomic_write(&self, _path: &Path, _data: &[u8]) -> io::Result<()> {
        Err(refused())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, _lock: &Lock) -> std::result::Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}
