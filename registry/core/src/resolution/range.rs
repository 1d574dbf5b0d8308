//! The versions that may be given for the one that is asked for, by the rule of the client (`getCompatibleRange`).

use std::fmt;
use std::ops::{Bound, RangeBounds as _};

use super::mode::Mode;
use crate::package::Version;

/// Versions of a package that would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range {
    /// All: no version is asked for.
    Latest,
    /// This one and newer ones, up to the next major version.
    Major(Version),
    /// This one and newer ones, up to the next minor version.
    Minor(Version),
    /// This one.
    Exact(Version),
}

impl Range {
    /// What would do for `version` in this mode.
    pub fn new(version: Option<Version>, mode: Mode) -> Self {
        match (version, mode) {
            (None, _) => Self::Latest,
            (Some(version), Mode::Hard) => Self::Exact(version),
            (Some(version), Mode::Medium) => Self::Minor(version),
            // Before 1.0.0, a minor version may break whatever it likes.
            (Some(version), Mode::Soft) if version.semver().major == 0 => Self::Minor(version),
            (Some(version), Mode::Soft) => Self::Major(version),
        }
    }

    /// The version that is asked for.
    pub fn asked(&self) -> Option<&Version> {
        match self {
            Self::Latest => None,
            Self::Major(version) | Self::Minor(version) | Self::Exact(version) => Some(version),
        }
    }

    /// Whether this version would do.
    pub fn includes(&self, version: &Version) -> bool {
        self.bounds().contains(version)
    }

    pub(super) fn bounds(&self) -> (Bound<Version>, Bound<Version>) {
        let from = |least: &Version, end: Option<Version>| {
            (Bound::Included(least.clone()), end.map_or(Bound::Unbounded, Bound::Excluded))
        };
        match self {
            Self::Latest => (Bound::Unbounded, Bound::Unbounded),
            Self::Major(least) => from(least, least.next_major()),
            Self::Minor(least) => from(least, least.next_minor()),
            Self::Exact(version) => (Bound::Included(version.clone()), Bound::Included(version.clone())),
        }
    }
}

/// What a package may not have: "version 1.0.0".
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("version"),
            Self::Major(least) => {
                write!(f, "version {}.x that is {least} or newer", least.semver().major)
            }
            Self::Minor(least) => {
                let semver::Version { major, minor, .. } = least.semver();
                write!(f, "version {major}.{minor}.x that is {least} or newer")
            }
            Self::Exact(version) => write!(f, "version {version}"),
        }
    }
}
