//! What a manifest is asked for by.

use crate::digest::Digest;
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

/// A distribution of Ballerina, as far as it decides what may be used: without its patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distribution {
    major: u64,
    update: u64,
}

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

impl Distribution {
    /// The first one: distributions count from Swan Lake GA.
    pub(super) const FIRST: Self = Self { major: 2201, update: 0 };

    /// The one that a bala says it was built with.
    pub(super) fn of(text: &str) -> Option<Self> {
        let version = semver::Version::parse(text).ok()?;
        let distribution = Self { major: version.major, update: version.minor };
        (distribution >= Self::FIRST).then_some(distribution)
    }

    /// `v2201-13-0`
    fn of_tag(tag: &str) -> Option<Self> {
        let (major, update) = tag.strip_prefix('v')?.strip_suffix("-0")?.split_once('-')?;
        Self::of(&format!("{major}.{update}.0"))
    }

    pub(super) fn first_of_major(self) -> Self {
        Self { update: 0, ..self }
    }

    /// As clients call it who send requests to Central, which is how it is told what suits it.
    pub fn name(self) -> String {
        format!("{}.{}.0", self.major, self.update)
    }
}
