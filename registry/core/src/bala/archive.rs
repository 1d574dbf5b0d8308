//! A strict reader of zip archives.
//!
//! Readers of zip files disagree about what a zip file holds, and attacks live in that gap. So this one accepts
//! only archives about which no two readers disagree: local headers, data and descriptors lie one behind the
//! other from the first byte, the central directory follows and says the same, the end record is the end. Every
//! entry is inflated once and its length and CRC compared, within the limits; memory is bounded by the number of
//! entries and by what [`Archive::take`] returns.
//!
//! It is our own because the `zip` crate is made to read what others cannot. The tests let that crate read
//! everything accepted here, and compare.

mod directory;
mod entry;
mod inflate;
mod local;
mod name;
mod raw;

use std::io::{self, BufReader, Read, Seek};

use super::invalid::{Flaw, Invalid};
use super::limits::Limits;
use entry::Entry;

/// An archive whose headers have been checked.
pub(super) struct Archive<R> {
    reader: BufReader<R>,
    /// In the order of their data, which is also the only order.
    entries: Vec<Entry>,
    /// The places in `entries`, sorted by path.
    sorted: Vec<usize>,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the central directory and every local header, and compares them.
    pub(super) fn open(reader: R, limits: &Limits) -> Result<Self, Invalid> {
        let mut reader = BufReader::with_capacity(64 * 1024, reader);
        let entries = directory::read(&mut reader, limits)?;
        name::check_all(&entries)?;
        let mut sorted: Vec<usize> = (0..entries.len()).collect();
        sorted.sort_by_key(|index| entries[*index].path());
        Ok(Self { reader, entries, sorted })
    }

    /// The paths of all files, sorted.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let sorted = self.sorted.iter().map(|index| &self.entries[*index]);
        sorted.filter(|entry| !entry.is_folder()).map(Entry::path)
    }

    /// Whether there is a file at `path`.
    pub(super) fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    fn find(&self, path: &str) -> Option<usize> {
        let at = self.sorted.binary_search_by_key(&path, |index| self.entries[*index].path()).ok()?;
        let index = self.sorted[at];
        (!self.entries[index].is_folder()).then_some(index)
    }

    /// The file at `path`, at most `limit` bytes long.
    pub(super) fn take(&mut self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Invalid> {
        let Some(index) = self.find(path) else { return Ok(None) };
        let entry = &mut self.entries[index];
        if entry.inflated > limit {
            return Err(Flaw::TooLarge { size: entry.inflated, limit }.of(entry.name.as_bytes()));
        }
        let mut bytes = Vec::new();
        inflate::entry(&mut self.reader, entry, &mut bytes)?;
        entry.verified = true;
        Ok(Some(bytes))
    }

    /// Inflates and checks whatever was not taken.
    pub(super) fn verify(mut self) -> Result<(), Invalid> {
        for entry in self.entries.iter().filter(|entry| !entry.verified) {
            inflate::entry(&mut self.reader, entry, &mut io::sink())?;
        }
        Ok(())
    }
}
