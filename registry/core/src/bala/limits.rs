//! How large a bala and its parts may be.

/// The most memory that it takes to read one bala and to write down its document, in bytes, under the limits by default
/// and however its parts are made; `tests/memory` measures it. Whoever checks several at a time needs as many times this.
pub const CHECK_BYTES: usize = 32 << 20;

/// How large things may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Of the archive, in bytes.
    pub size: u64,
    /// Entries of the archive, folders included.
    pub entries: u64,
    /// Of all entries together when inflated, in bytes.
    pub inflated: u64,
    /// How many times larger than the archive that may be …
    pub ratio: u64,
    /// … once it exceeds this many bytes.
    pub ratio_above: u64,
    /// Of an entry's path, in bytes.
    pub name_length: usize,
    /// Of all paths together, in bytes.
    pub names_bytes: usize,
    /// Folders around an entry, and itself.
    pub depth: usize,
    /// Of each manifest, in bytes.
    pub manifest_bytes: u64,
    /// Of each text in `docs/` and of the icon, in bytes.
    pub document_bytes: u64,
    /// Of all texts in `docs/` together, in bytes.
    pub documents_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size: 128 << 20,
            entries: 10_000,
            inflated: 512 << 20,
            ratio: 50,
            ratio_above: 64 << 20,
            name_length: 512,
            names_bytes: 2 << 20,
            depth: 32,
            manifest_bytes: 512 << 10,
            document_bytes: 1 << 20,
            documents_bytes: 4 << 20,
        }
    }
}

impl Limits {
    /// Limits that a test reaches with a few kilobytes.
    pub fn for_testing() -> Self {
        Self {
            size: 64 << 10,
            entries: 50,
            inflated: 128 << 10,
            ratio: 50,
            ratio_above: 16 << 10,
            name_length: 100,
            names_bytes: 4 << 10,
            depth: 8,
            manifest_bytes: 16 << 10,
            document_bytes: 8 << 10,
            documents_bytes: 16 << 10,
        }
    }
}
