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

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Seek};

use super::invalid::{Flaw, Invalid};
use super::limits::Limits;
use entry::Entry;

/// An archive whose headers have been checked.
pub(super) struct Archive<R> {
    reader: BufReader<R>,
    /// In the order of their data, which is also the only order.
    entries: Vec<Entry>,
    /// Where each path is in `entries`; folders have no trailing slash.
    paths: BTreeMap<String, usize>,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the central directory and every local header, and compares them.
    pub(super) fn open(reader: R, limits: &Limits) -> Result<Self, Invalid> {
        let mut reader = BufReader::with_capacity(64 * 1024, reader);
        let entries = directory::read(&mut reader, limits)?;
        name::check_all(&entries)?;
        let paths = entries.iter().enumerate().map(|(i, e)| (e.path().to_owned(), i)).collect();
        Ok(Self { reader, entries, paths })
    }

    /// The paths of all files, sorted.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.paths
            .iter()
            .filter(|(_, index)| !self.entries[**index].is_folder())
            .map(|(path, _)| path.as_str())
    }

    /// Whether there is a file at `path`.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.get(path).is_some_and(|index| !self.entries[*index].is_folder())
    }

    /// The file at `path`, at most `limit` bytes long.
    pub(super) fn take(&mut self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Invalid> {
        let Some(&index) = self.paths.get(path).filter(|_| self.has(path)) else { return Ok(None) };
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
