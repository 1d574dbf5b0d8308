//! Names of packages: organization, name, version, platform. Parsed once at the edge, so that nothing below
//! carries an unchecked string.
//!
//! The rules are those of the `bal` client (central-protocol: organization `[a-z0-9_]+`, name
//! `[a-zA-Z0-9_.]+`), narrowed by what cannot be a folder on every client's disk.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use barre_contract::names::{organization_problem, package_problem};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod publishable;

/// Longest version, in bytes: it becomes a folder and a part of file names.
const MAX_VERSION_LEN: usize = 128;

const PLATFORMS: &str = "use any, java11, java17, java21, java25, or go1. and a number";
/// What the platforms of the Go compiler begin with.
const GO: &str = "go1.";
const MAX_GO_MINOR_LEN: usize = 4;

/// A text that is not what it should be, and what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what} \"{}\": {rule}", excerpt(.text))]
pub struct Invalid {
    what: &'static str,
    rule: &'static str,
    text: String,
}

/// Keeps an error readable when the bad input is megabytes long or has control characters.
pub(crate) fn excerpt(text: &str) -> String {
    let short: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() { format!("{short}…") } else { short }
}

/// An organization: `[a-z0-9_]+`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Org(Arc<str>);

/// A package name: dot-separated parts of `[a-zA-Z0-9_]+`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

/// A version: strict `SemVer` without build metadata.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(semver::Version);

/// What a bala runs on: `any`, or the version of a Java platform or of a Go compiler.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform(Arc<str>);

/// An organization and a name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId {
    /// Who publishes it.
    pub org: Org,
    /// Its name within the organization.
    pub name: Name,
}

/// One version of one package, as dependencies name it. Its text form is `org/name:version`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Coordinates {
    /// Who publishes it.
    pub org: Org,
    /// Its name within the organization.
    pub name: Name,
    /// Which version.
    pub version: Version,
}

impl Org {
    /// Organizations of the language's own vendor: only an admin publishes to them.
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with("ballerina")
    }
}

impl Name {
    /// The form in which two names that differ only by case are equal.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl Version {
    /// The parsed version, for comparisons.
    pub fn semver(&self) -> &semver::Version {
        &self.0
    }

    /// The form in which two versions that differ only by case are equal.
    pub fn folded(&self) -> String {
        self.0.to_string().to_ascii_lowercase()
    }

    /// Whether it comes before a stable version.
    pub fn is_pre_release(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// What is above every version with this major number, and below all that follow; `None` behind the last number.
    pub fn next_major(&self) -> Option<Self> {
        Some(Self::least(self.0.major.checked_add(1)?, 0))
    }

    /// The same with this major and minor number.
    pub fn next_minor(&self) -> Option<Self> {
        match self.0.minor.checked_add(1) {
            Some(minor) => Some(Self::least(self.0.major, minor)),
            None => self.next_major(),
        }
    }

    /// The lowest of all versions that begin so: no pre-release is lower than `0`.
    fn least(major: u64, minor: u64) -> Self {
        let pre = semver::Prerelease::new("0").unwrap_or_default();
        Self(semver::Version { pre, ..semver::Version::new(major, minor, 0) })
    }

    /// Whether this is `0.0.0`, the version of what ships with the distribution and is never published.
    pub fn is_built_in(&self) -> bool {
        self.0 == semver::Version::new(0, 0, 0)
    }
}

impl Platform {
    /// The platform of packages without Java code.
    pub fn any() -> Self {
        Self("any".into())
    }

    /// Whether it is a version of the Go compiler.
    pub fn is_go(&self) -> bool {
        self.0.starts_with(GO)
    }
}

impl PackageId {
    /// What is below every package of an organization, and above every one of those before it. No package is called so.
    pub(crate) fn least(org: Org) -> Self {
        Self { org, name: Name("".into()) }
    }

    /// Whether it is a part of the language itself: it ships with every distribution and is never published.
    pub fn is_built_in(&self) -> bool {
        let name = self.name.as_str();
        self.org.as_str() == "ballerina" && (name.starts_with("lang.") || name == "jballerina.java")
    }
}

impl Coordinates {
    /// The package, without the version.
    pub fn package(&self) -> PackageId {
        PackageId { org: self.org.clone(), name: self.name.clone() }
    }

    /// The file name of this version's bala for `platform`.
    pub fn file_name(&self, platform: &Platform) -> String {
        format!("{}-{}-{platform}-{}.bala", self.org, self.name, self.version)
    }
}

impl FromStr for Org {
    type Err = Invalid;

    fn from_str(s: &str) -> Result<Self, Invalid> {
        match organization_problem(s) {
            Some(rule) => Err(Invalid { what: "organization", rule, text: s.to_owned() }),
            None => Ok(Self(s.into())),
        }
    }
}

impl FromStr for Name {
    type Err = Invalid;

    fn from_str(s: &str) -> Result<Self, Invalid> {
        match package_problem(s) {
            Some(rule) => Err(Invalid { what: "package name", rule, text: s.to_owned() }),
            None => Ok(Self(s.into())),
        }
    }
}

impl FromStr for Version {
    type Err = Invalid;

    fn from_str(s: &str) -> Result<Self, Invalid> {
        let invalid = |rule| Invalid { what: "version", rule, text: s.to_owned() };
        if s.len() > MAX_VERSION_LEN {
            return Err(invalid("use at most 128 characters"));
        }
        let version = semver::Version::parse(s)
            .map_err(|_| invalid("use MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-PRERELEASE (semver.org)"))?;
        if !version.build.is_empty() {
            return Err(invalid("build metadata (\"+…\") cannot be published"));
        }
        Ok(Self(version))
    }
}

impl FromStr for Platform {
    type Err = Invalid;

    fn from_str(s: &str) -> Result<Self, Invalid> {
        let number = |n: &str, lengths: RangeInclusive<usize>| {
            lengths.contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit())
        };
        let java = |s: &str| s.strip_prefix("java").is_some_and(|n| number(n, 2..=2));
        let go = |s: &str| s.strip_prefix(GO).is_some_and(|n| number(n, 1..=MAX_GO_MINOR_LEN));
        if s == "any" || java(s) || go(s) {
            Ok(Self(s.into()))
        } else {
            Err(Invalid { what: "platform", rule: PLATFORMS, text: s.to_owned() })
        }
    }
}

impl FromStr for Coordinates {
    type Err = Invalid;

    fn from_str(s: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid { what: "package", rule: "use org/name:version", text: s.to_owned() };
        let (org, rest) = s.split_once('/').ok_or_else(invalid)?;
        let (name, version) = rest.split_once(':').ok_or_else(invalid)?;
        Ok(Self { org: org.parse()?, name: name.parse()?, version: version.parse()? })
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.org, self.name)
    }
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.org, self.name, self.version)
    }
}

/// Text in, text out: each of these types is a string in JSON and in paths.
macro_rules! textual {
    ($($type:ty),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
textual!(Org, Name, Version, Platform, Coordinates);

/// These are plain strings inside.
macro_rules! string {
    ($($type:ty),*) => {$(
        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
string!(Org, Name, Platform);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
