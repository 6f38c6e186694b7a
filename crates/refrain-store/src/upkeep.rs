//! The search index beside the database: opened, and built anew when it is missing, broken or made from something else.

use std::path::PathBuf;

use crate::error::{At, Result};
use crate::files;
use crate::search::{IndexDoc, SearchIndex};
use crate::store::Store;

/// The index within the store folder.
const INDEX: &str = "index";

/// How the index stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexState {
    /// There is none, or it cannot be opened: it will be built when it is needed.
    Missing,
    /// It was made from something else: it will be brought up to date when it is needed.
    Stale,
    /// It was made from this.
    Fresh,
}

impl Store {
    /// The index as it is. Nothing where it must be built first.
    pub fn index(&self) -> Option<SearchIndex> {
        SearchIndex::open(&self.index_folder())
    }

    /// How the index stands towards what it should be made from.
    pub fn index_state(&self, holds: &str) -> IndexState {
        match self.index() {
            None => IndexState::Missing,
            Some(index) if index.holds() == holds => IndexState::Fresh,
            Some(_) => IndexState::Stale,
        }
    }

    /// The index made from `holds` (any text that changes whenever a record's document would): opened where it is there, else brought
    /// up to date from `docs`, else built anew. Of a store that may only be read it is built in memory.
    pub fn fresh_index<I: Iterator<Item = IndexDoc>>(&self, holds: &str, docs: impl Fn() -> I) -> Result<SearchIndex> {
        if let Some(index) = self.index().filter(|index| index.holds() == holds) {
            return Ok(index);
        }
        if !self.writable() {
            let mut index = SearchIndex::in_memory()?;
            index.sync(docs(), holds)?;
            return Ok(index);
        }
        match self.index().map(|mut index| index.sync(docs(), holds).map(|()| index)) {
            Some(Ok(index)) => self.sealed(index),
            // Broken or absent: it holds nothing that the records do not.
            Some(Err(_)) | None => self.build_index(holds, docs()),
        }
    }

    /// Builds the index anew, whatever is there, and the table of names with it.
    pub fn rebuild_index(&self, holds: &str, docs: impl Iterator<Item = IndexDoc>) -> Result<SearchIndex> {
        self.atomically(|| self.rebuild_names())?;
        self.build_index(holds, docs)
    }

    fn build_index(&self, holds: &str, docs: impl Iterator<Item = IndexDoc>) -> Result<SearchIndex> {
        let mut index = SearchIndex::create(&self.index_folder())?;
        index.sync(docs, holds)?;
        self.sealed(index)
    }

    /// Bare ids and aliases of everything that was ever imported, forgotten records included.
    fn rebuild_names(&self) -> Result<()> {
        self.db.execute("DELETE FROM names", []).at(&self.dir)?;
        for line in self.all_parts(&|_| Ok(String::new()))? {
            match &line.record {
                Some(record) => self.add_names(record)?,
                None => self.add_name(line.key.id(), &line.key.to_string())?,
            }
        }
        Ok(())
    }

    /// Takes the index away; the next one who needs it builds it.
    pub fn drop_index(&self) -> Result<()> {
        self.must_write()?;
        let folder = self.index_folder();
        if folder.exists() { std::fs::remove_dir_all(&folder).at(&folder) } else { Ok(()) }
    }

    pub(crate) fn index_folder(&self) -> PathBuf {
        self.dir.join(INDEX)
    }

    /// The engine makes its files with the rights that the process is used to; ours are the owner's alone.
    fn sealed(&self, index: SearchIndex) -> Result<SearchIndex> {
        for file in files::files_below(&self.index_folder())? {
            files::owner_only(&file)?;
        }
        Ok(index)
    }
}
