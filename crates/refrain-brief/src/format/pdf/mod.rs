//! PDF with real pages: own layout over the same blocks, charts as vectors, bookmarks, working links, fonts embedded.
//!
//! A small writer instead of a typesetting library: those add minutes to a build, and the brief needs lines, boxes and text.

mod blocks;
mod file;
mod font;
mod frame;
mod ink;
mod lay;
mod page;
mod table;

use refrain_record::findings::Findings;

use crate::doc::Brief;
use crate::options::{BriefError, Options};

use blocks::Blocks;
use font::Fonts;

/// The whole file: the same bytes for the same brief, since it holds no date of writing.
pub fn write(brief: &Brief, _: &Findings, _: &Options) -> Result<Vec<u8>, BriefError> {
    let fonts = Fonts::load()?;
    let parts = Blocks { fonts: &fonts, brief }.parts();
    Ok(file::write(brief, &fonts, page::paginate(parts)))
}
