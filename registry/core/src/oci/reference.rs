//! What a manifest is asked for by.

use crate::digest::Digest;
use crate::distribution::Distribution;
use crate::package::Version;

/// The tag of the list of all versions.
const LATEST: &str = "latest";

/// A tag or a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    Digest(Digest),
    Version(Version),
    /// All versions of a package.
    AllVersions,
    /// Those that a distribution can use.
    VersionsFor(Distribution),
    /// A tag that is never there.
    Unknown,
}

/// It has the form of a digest, and is none that anything here has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is \"sha256:\" and 64 lower-case hexadecimal digits")]
pub struct InvalidDigest;

impl Reference {
    /// Reads a reference.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        if text.contains(':') {
            return text.parse().map(Self::Digest).map_err(|_| InvalidDigest);
        }
        if text == LATEST {
            return Ok(Self::AllVersions);
        }
        let version = || text.parse().map(Self::Version).ok();
        Ok(Distribution::of_tag(text).map(Self::VersionsFor).or_else(version).unwrap_or(Self::Unknown))
    }
}
