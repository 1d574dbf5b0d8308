//! What projects need, by their lock files: `Dependencies.toml` names every package of a build with its version.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::selection::is_built_in;
use crate::lock::{Lock, Locked, Reference};
use crate::package::{self, Coordinates, PackageId};

/// What one project is locked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The project itself.
    pub own: Option<Coordinates>,
    /// What it needs from elsewhere, for its tests too, each with what that needs directly. What ships with every distribution
    /// is left out.
    pub locked: BTreeMap<Coordinates, BTreeSet<PackageId>>,
}

/// What several projects need together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needed {
    pub versions: BTreeSet<Coordinates>,
    /// What some of them need and others of them are: it is built here, and no upstream has it.
    pub own: BTreeSet<Coordinates>,
}

/// Why a lock file is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("{0}")]
    Toml(String),
    #[error(transparent)]
    Name(#[from] package::Invalid),
    #[error("it locks {first} and {second}: run `bal build` again")]
    TwoVersions { first: Box<Coordinates>, second: Box<Coordinates> },
    #[error(
        "it does not say which is the project itself, {first} or {second}: put its Ballerina.toml beside it"
    )]
    TwoProjects { first: Box<Coordinates>, second: Box<Coordinates> },
}

/// `Ballerina.toml`, as far as it is read. Neither name need be there.
#[derive(Debug, Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    package: OwnName,
}

#[derive(Debug, Default, Deserialize)]
struct OwnName {
    org: Option<String>,
    name: Option<String>,
}

impl OwnName {
    fn is_of(&self, coordinates: &Coordinates) -> bool {
        let is = |named: &Option<String>, own: &str| named.as_deref().is_none_or(|named| named == own);
        is(&self.org, coordinates.org.as_str()) && is(&self.name, coordinates.name.as_str())
    }
}

impl Project {
    /// Reads a `Dependencies.toml`, and the `Ballerina.toml` beside it, where there is one.
    pub fn read(lock: &str, manifest: Option<&str>) -> Result<Self, Invalid> {
        let lock: Lock = toml::from_str(lock).map_err(|e| Invalid::Toml(e.to_string()))?;
        let manifest = manifest.map_or_else(|| Ok(Manifest::default()), toml::from_str);
        let manifest =
            manifest.map_err(|e| Invalid::Toml(format!("of the Ballerina.toml beside it: {e}")))?;
        let for_tests: BTreeSet<_> = lock
            .package
            .iter()
            .filter(|locked| locked.is_for_tests())
            .map(|locked| id(&locked.org, &locked.name))
            .collect::<Result<_, _>>()?;
        let mut locked = BTreeMap::new();
        let mut versions: BTreeMap<PackageId, Coordinates> = BTreeMap::new();
        for Locked { org, name, version, dependencies, .. } in &lock.package {
            let PackageId { org, name } = id(org, name)?;
            let coordinates = Coordinates { org, name, version: version.parse()? };
            if let Some(first) = versions.insert(coordinates.package(), coordinates.clone()) {
                let (first, second) = (Box::new(first), Box::new(coordinates));
                return Err(Invalid::TwoVersions { first, second });
            }
            let needs = dependencies.iter().map(|Reference { org, name }| id(org, name));
            locked.insert(coordinates, needs.collect::<Result<BTreeSet<_>, _>>()?);
        }
        let own = own(&locked, &manifest.package)?;
        let built_in = |needed: &PackageId| versions.get(needed).is_none_or(is_built_in);
        locked.retain(|coordinates, needs| {
            // What a package needs for its own tests, no lock of another one says.
            needs.retain(|needed| !built_in(needed) && !for_tests.contains(needed));
            !is_built_in(coordinates) && own.as_ref() != Some(coordinates)
        });
        Ok(Self { own, locked })
    }
}

fn id(org: &str, name: &str) -> Result<PackageId, package::Invalid> {
    Ok(PackageId { org: org.parse()?, name: name.parse()? })
}

/// The project itself is the one that no other package needs.
fn own(
    locked: &BTreeMap<Coordinates, BTreeSet<PackageId>>,
    manifest: &OwnName,
) -> Result<Option<Coordinates>, Invalid> {
    let needed: BTreeSet<&PackageId> = locked.values().flatten().collect();
    let unneeded: Vec<_> = locked.keys().filter(|locked| !needed.contains(&locked.package())).collect();
    let named: Vec<_> = unneeded.iter().filter(|unneeded| manifest.is_of(unneeded)).copied().collect();
    // A project may have been renamed since it was locked.
    match (named.as_slice(), unneeded.as_slice()) {
        ([own], _) | ([], [own]) => Ok(Some((*own).clone())),
        ([first, second, ..], _) => {
            let (first, second) = (Box::new((*first).clone()), Box::new((*second).clone()));
            Err(Invalid::TwoProjects { first, second })
        }
        ([], _) => Ok(None),
    }
}

impl Needed {
    /// By all of these projects.
    pub fn by(projects: &[Project]) -> Self {
        let ours: BTreeSet<_> =
            projects.iter().filter_map(|project| Some(project.own.as_ref()?.package())).collect();
        let all = projects.iter().flat_map(|project| project.locked.keys()).cloned();
        let (own, versions) = all.partition(|coordinates| ours.contains(&coordinates.package()));
        Self { versions, own }
    }
}
