//! Rules: packages by name, and of them versions by range.

use std::fmt;

use barre_contract::mirror as contract;
use barre_contract::names::MAX_LEN;
use semver::{Comparator, Prerelease, VersionReq};

use crate::package::{self, Name, Org, PackageId, Version, excerpt};

/// Packages by name, and of them versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    organization: Org,
    name: Pattern,
    versions: VersionReq,
}

/// A name in which `*` stands for any text: what is between the stars.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Vec<String>);

/// What is selected cannot be read. It says where, and what to write there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Invalid {
    pub(super) place: String,
    pub(super) problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error(transparent)]
    Name(#[from] package::Invalid),
    #[error(
        "\"{}\" is no name of packages: use letters, digits, underscores, dots, and * for any text", excerpt(.0)
    )]
    Pattern(String),
    #[error(
        "\"{}\" is no range of versions ({reason}): write comparators with commas between them, such as \
         \">=1.2.0, <2.0.0\"", excerpt(.text)
    )]
    Range { text: String, reason: String },
    #[error("\"{}\" is no distribution: use one such as 2201.8.0", excerpt(.0))]
    Distribution(String),
    #[error("0 versions of each package are none: use 1 or more, or leave it out")]
    NoneKept,
}

impl Rule {
    /// Reads one, which stands at `place`, such as `include[2]`.
    pub fn read(rule: &contract::Rule, place: &str) -> Result<Self, Invalid> {
        let contract::Rule { organization, name, versions } = rule;
        let at = |field: &str, problem| Invalid { place: format!("{place}.{field}"), problem };
        let organization = organization.parse().map_err(|e| at("organization", Problem::Name(e)))?;
        let name = match name {
            Some(name) => Pattern::read(name).ok_or_else(|| at("name", Problem::Pattern(name.clone())))?,
            None => Pattern(vec![String::new(), String::new()]),
        };
        let range = |text: &String| {
            let reason = |e: semver::Error| Problem::Range { text: text.clone(), reason: e.to_string() };
            VersionReq::parse(text).map_err(|e| at("versions", reason(e)))
        };
        let versions = versions.as_ref().map_or(Ok(VersionReq::STAR), range)?;
        Ok(Self { organization, name, versions })
    }

    pub fn organization(&self) -> &Org {
        &self.organization
    }

    /// The only package that it can be about, where its name has no `*`.
    pub fn package(&self) -> Option<PackageId> {
        let [name] = self.name.0.as_slice() else { return None };
        Some(PackageId { org: self.organization.clone(), name: name.parse().ok()? })
    }

    /// Whether it is about some versions of this package.
    pub fn is_about(&self, package: &PackageId) -> bool {
        self.organization == package.org && self.name.matches(&package.name)
    }

    /// Whether it is about all versions of every package that it is about.
    pub fn takes_all_versions(&self) -> bool {
        self.versions.comparators.is_empty()
    }

    /// Whether it is about this version.
    pub fn matches(&self, package: &PackageId, version: &Version) -> bool {
        self.is_about(package) && self.versions.comparators.iter().all(|c| holds(c, version.semver()))
    }
}

/// A pre-release lies where the version lies that it comes before, unless the comparator names one of that version: so
/// that `>=1.0.0` has 1.2.0-rc.1 in it, and `<2.0.0` has not 2.0.0-rc.1.
fn holds(comparator: &Comparator, version: &semver::Version) -> bool {
    let same = comparator.major == version.major
        && comparator.minor == Some(version.minor)
        && comparator.patch == Some(version.patch);
    if same && !comparator.pre.is_empty() {
        return comparator.matches(version);
    }
    comparator.matches(&semver::Version { pre: Prerelease::EMPTY, ..version.clone() })
}

impl Pattern {
    fn read(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'*');
        let is_fine = !text.is_empty() && text.len() <= MAX_LEN && text.bytes().all(allowed);
        let is_fine = is_fine && (text.contains('*') || text.parse::<Name>().is_ok());
        is_fine.then(|| Self(text.split('*').map(str::to_owned).collect()))
    }

    fn matches(&self, name: &Name) -> bool {
        let name = name.as_str();
        let [first, rest @ ..] = self.0.as_slice() else { return false };
        let [middle @ .., last] = rest else { return name == first };
        let Some(mut left) = name.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some(at) = left.find(part.as_str()) else { return false };
            left = &left[at + part.len()..];
        }
        left.ends_with(last.as_str())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.organization, self.name.0.join("*"))?;
        if self.takes_all_versions() { Ok(()) } else { write!(f, " {}", self.versions) }
    }
}
