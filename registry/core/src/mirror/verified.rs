//! Whether a registry has what projects are locked with, as they are locked.

use std::collections::{BTreeMap, BTreeSet};

use super::locks::Project;
use crate::package::{Coordinates, PackageId, Version};

/// What a registry gives to whoever asks for exactly one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A version, and what that needs directly, without what ships with every distribution.
    Version { version: Version, needs: BTreeSet<PackageId> },
    /// None, and the reason.
    Nothing(String),
}

/// What is not as a lock says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Finding {
    #[error("{0} is missing: {1}")]
    Missing(Coordinates, String),
    #[error("{0} differs: the registry gives {1} for it")]
    OtherVersion(Coordinates, Version),
    #[error("{version} differs: it {} there", .needs)]
    OtherNeeds { version: Coordinates, needs: String },
}

/// All versions that some of the projects are locked with.
pub fn locked(projects: &[Project]) -> BTreeSet<&Coordinates> {
    projects.iter().flat_map(|project| project.locked.keys()).collect()
}

/// What is not as these projects are locked, each finding once. What was not asked for is missing.
pub fn verify(projects: &[Project], given: &BTreeMap<Coordinates, Given>) -> BTreeSet<Finding> {
    let mut findings = BTreeSet::new();
    for (locked, needs) in projects.iter().flat_map(|project| &project.locked) {
        let finding = match given.get(locked) {
            None => Some(Finding::Missing(locked.clone(), "the registry says nothing of it".to_owned())),
            Some(Given::Nothing(why)) => Some(Finding::Missing(locked.clone(), why.clone())),
            Some(Given::Version { version, .. }) if *version != locked.version => {
                Some(Finding::OtherVersion(locked.clone(), version.clone()))
            }
            Some(Given::Version { needs: there, .. }) => {
                differs(needs, there).map(|needs| Finding::OtherNeeds { version: locked.clone(), needs })
            }
        };
        findings.extend(finding);
    }
    findings
}

fn differs(lock: &BTreeSet<PackageId>, there: &BTreeSet<PackageId>) -> Option<String> {
    let listed = |packages: Vec<&PackageId>| {
        packages.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let (more, less) = (listed(there.difference(lock).collect()), listed(lock.difference(there).collect()));
    match (more.is_empty(), less.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("also needs {more}")),
        (true, false) => Some(format!("does not need {less}")),
        (false, false) => Some(format!("needs {more}, and not {less},")),
    }
}
