//! The checksums that Maven's clients know. They ask for the older ones first, and warn where they find none.

use std::fmt::Write as _;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// A way to make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Checksum {
    pub(super) const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// How the names of files end that hold one.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Md5 => ".md5",
            Self::Sha1 => ".sha1",
            Self::Sha256 => ".sha256",
            Self::Sha512 => ".sha512",
        }
    }

    /// That of what these pieces hold together, in hex.
    pub fn of<P: AsRef<[u8]>>(self, pieces: impl IntoIterator<Item = P>) -> String {
        match self {
            Self::Md5 => hash::<Md5, P>(pieces),
            Self::Sha1 => hash::<Sha1, P>(pieces),
            Self::Sha256 => hash::<Sha256, P>(pieces),
            Self::Sha512 => hash::<Sha512, P>(pieces),
        }
    }
}

fn hash<H: Digest, P: AsRef<[u8]>>(pieces: impl IntoIterator<Item = P>) -> String {
    let mut hash = H::new();
    for piece in pieces {
        hash.update(piece);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
