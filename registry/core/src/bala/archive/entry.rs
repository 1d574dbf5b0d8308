//! One entry, and what both of its headers may say.

use super::raw::u16_at;
use crate::bala::invalid::{Flaw, Invalid};

pub(super) const STORED: u16 = 0;
/// The newest version of the zip format that every reader takes: 2.0.
pub(super) const VERSION: u16 = 20;
/// The lengths and the CRC follow the data.
pub(super) const FLAG_DESCRIPTOR: u16 = 1 << 3;

/// One entry, as the central directory has it.
#[derive(Debug)]
pub(super) struct Entry {
    /// With a trailing slash if it is a folder.
    pub(super) name: String,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) inflated: u64,
    /// Where its compressed bytes begin; until the local header is read, where that begins.
    pub(super) data: u64,
    /// Whether its bytes were inflated and compared.
    pub(super) verified: bool,
    pub(super) method: u16,
    pub(super) flags: u16,
}

impl Entry {
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    pub(super) fn is_stored(&self) -> bool {
        self.method == STORED
    }

    /// The name without a trailing slash.
    pub(super) fn path(&self) -> &str {
        self.name.strip_suffix('/').unwrap_or(&self.name)
    }

    pub(super) fn flaw(&self, flaw: Flaw) -> Invalid {
        flaw.of(self.name.as_bytes())
    }
}

/// Refuses fields that give an entry another name, size, kind or method than its header.
pub(super) fn check_extra(mut extra: &[u8]) -> Option<Flaw> {
    while let Some((header, rest)) = extra.split_first_chunk::<4>() {
        let id = u16_at(header, 0);
        // ZIP64; PKWARE Unix and ASi Unix (links); encryption; Unicode path; AES.
        if matches!(id, 0x0001 | 0x000d | 0x756e | 0x0017 | 0x7075 | 0x9901) {
            return Some(Flaw::Extra(id));
        }
        let Some(next) = rest.get(usize::from(u16_at(header, 2))..) else {
            return Some(Flaw::Damaged("a header field is longer than its header"));
        };
        extra = next;
    }
    (!extra.is_empty()).then_some(Flaw::Damaged("bytes follow its header fields"))
}
