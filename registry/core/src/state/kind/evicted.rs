//! `evicted`: a bala that a mirror brought goes, and may come back as it was. What becomes of its files is not the log's
//! business: once this is in the log, nobody needs them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::format;
use crate::package::{Coordinates, Name, Org, PackageId, Platform, Version};
use crate::release::Origin;
use crate::state::body::{About, Applied, Body, Place};
use crate::state::model::State;

/// A bala goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evicted {
    pub org: Org,
    pub name: Name,
    pub version: Version,
    pub platform: Platform,
    /// Of the bala: another one is not meant.
    pub digest: Digest,
    /// For whoever reads the log.
    pub why: String,
}

/// Why it stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{coordinates} for platform {platform} is not there")]
    NoRelease { coordinates: Coordinates, platform: Platform },
    #[error("{coordinates} for platform {platform} is {digest} here, and another one was to go")]
    OtherDigest { coordinates: Coordinates, platform: Platform, digest: Digest },
    /// It may be the only copy.
    #[error(
        "{coordinates} for platform {platform} was pushed to this registry: only what a mirror brought can go"
    )]
    Pushed { coordinates: Coordinates, platform: Platform },
}

impl Evicted {
    /// The version that goes.
    pub fn coordinates(&self) -> Coordinates {
        let Self { org, name, version, .. } = self.clone();
        Coordinates { org, name, version }
    }
}

impl Body for Evicted {
    const NAME: &'static str = "evicted";
    const FORMAT: u32 = format::SECOND;
    type Refused = Refused;

    fn about(&self) -> About<'_> {
        About::Versions { org: &self.org, name: &self.name, version: Some(&self.version) }
    }

    fn apply(&self, state: &mut State, _: Place<'_>) -> Result<Applied, Refused> {
        let (coordinates, platform) = (self.coordinates(), self.platform.clone());
        let id = coordinates.package();
        let package = state.packages.get(&id);
        let Some(release) = package.and_then(|package| package.release(&self.version, &platform)) else {
            return match state.evicted(&coordinates, &platform) {
                Some(digest) if digest == self.digest => Ok(Applied::Before),
                _ => Err(Refused::NoRelease { coordinates, platform }),
            };
        };
        let stored = release.stored.clone();
        if stored.digest != self.digest {
            return Err(Refused::OtherDigest { coordinates, platform, digest: stored.digest });
        }
        if stored.origin == Origin::Local {
            return Err(Refused::Pushed { coordinates, platform });
        }
        take(state, id, &self.version, stored.folder);
        // Its files are about to be deleted: no later release may name them.
        state.folders.remove(&stored.folder);
        state.condemned.insert(stored.folder);
        let remembered = state.evicted.entry(coordinates.package()).or_default();
        Arc::make_mut(remembered).insert((coordinates.version, platform), stored.digest);
        Ok(Applied::Now)
    }
}

/// Takes a release out of its version, a version out of its package where that was its last one, and a package that has
/// no version any more out of the state.
fn take(state: &mut State, id: PackageId, version: &Version, folder: uuid::Uuid) {
    let Some(mut package) = state.packages.remove(&id) else { return };
    let changed = Arc::make_mut(&mut package);
    if let Some(there) = changed.versions.get_mut(version) {
        there.releases.retain(|release| release.stored.folder != folder);
        there.attached.retain(|(of, _)| *of != folder);
        if there.releases.is_empty() {
            changed.versions.remove(version);
        }
    }
    if !changed.is_documented() {
        state.documented.remove(&id);
    }
    if !changed.versions.is_empty() {
        state.packages.insert(id, package);
    }
}
