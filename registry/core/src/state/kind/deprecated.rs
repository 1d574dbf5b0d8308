//! `deprecated` and `undeprecated`: versions that should be used no more, and may be used again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::format;
use crate::package::{Name, Org, PackageId, Version};
use crate::state::body::{About, Applied, Body, Place};
use crate::state::model::State;

/// Whoever uses these versions should hear the message, on all platforms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deprecated {
    pub org: Org,
    pub name: Name,
    /// One version; without it all that are there now, and none of those to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    pub message: String,
}

/// There is nothing to hear about these versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undeprecated {
    pub org: Org,
    pub name: Name,
    /// One version; without it all that are there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

/// Why they stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there is no package {0}")]
    NoPackage(PackageId),
    #[error("the package {0} has no version {1}")]
    NoVersion(PackageId, Version),
}

impl Body for Deprecated {
    const NAME: &'static str = "deprecated";
    const FORMAT: u32 = format::SECOND;
    type Refused = Refused;

    fn about(&self) -> About<'_> {
        About::Versions { org: &self.org, name: &self.name, version: self.version.as_ref() }
    }

    fn apply(&self, state: &mut State, _: Place<'_>) -> Result<Applied, Refused> {
        let Self { org, name, version, message } = self;
        mark(state, org, name, version.as_ref(), Some(message))
    }
}

impl Body for Undeprecated {
    const NAME: &'static str = "undeprecated";
    const FORMAT: u32 = format::SECOND;
    type Refused = Refused;

    fn about(&self) -> About<'_> {
        About::Versions { org: &self.org, name: &self.name, version: self.version.as_ref() }
    }

    fn apply(&self, state: &mut State, _: Place<'_>) -> Result<Applied, Refused> {
        let Self { org, name, version } = self;
        mark(state, org, name, version.as_ref(), None)
    }
}

/// Sets or takes the message of one version, or of all.
fn mark(
    state: &mut State,
    org: &Org,
    name: &Name,
    version: Option<&Version>,
    message: Option<&String>,
) -> Result<Applied, Refused> {
    let id = PackageId { org: org.clone(), name: name.clone() };
    let Some(package) = state.packages.get(&id) else { return Err(Refused::NoPackage(id)) };
    if let Some(version) = version
        && !package.versions.contains_key(version)
    {
        return Err(Refused::NoVersion(id, version.clone()));
    }
    let message: Option<Arc<str>> = message.map(|message| message.as_str().into());
    let meant: Vec<Version> = match version {
        Some(version) => vec![version.clone()],
        None => package.versions.keys().cloned().collect(),
    };
    let is_so = |version| package.versions.get(version).is_none_or(|there| there.deprecated == message);
    if meant.iter().all(is_so) {
        return Ok(Applied::Before);
    }
    let mut changed = Arc::clone(package);
    let versions = &mut Arc::make_mut(&mut changed).versions;
    for version in &meant {
        if let Some(there) = versions.get_mut(version) {
            there.deprecated.clone_from(&message);
        }
    }
    state.packages.insert(id, changed);
    Ok(Applied::Now)
}
