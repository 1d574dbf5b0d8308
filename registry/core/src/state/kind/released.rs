//! `released`: a bala was published. Which releases may be added is decided here; a rule is for ever, and another one comes
//! with another format of the log.

mod line;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::description::Description;
use crate::digest::Digest;
use crate::format;
use crate::graph::Node;
use crate::package::{Coordinates, Name, Org, PackageId, Platform, Version};
use crate::release::{Origin, Stored};
use crate::state::body::{About, Applied, Body, Place};
use crate::state::model::{Package, Release, State};

/// Changes per segment in an id: `seq × 1000 + index`.
const IDS_PER_SEGMENT: u64 = 1000;
/// How long after a version's first platform another one may join it.
const PLATFORM_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// A bala was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// What the bala says of itself.
    pub description: Description,
    /// The locked dependencies, itself included, sorted.
    pub graph: Vec<Node>,
    pub stored: Stored,
}

/// Why a release is not added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(
        "package already exists: {coordinates} for platform {platform} was published with other content ({digest}). \
         A published version never changes: raise the version in Ballerina.toml and push again"
    )]
    Exists { coordinates: Coordinates, platform: Platform, digest: Digest },
    #[error(
        "{coordinates} for platform {platform} was here with other content ({digest}): only the same may come back"
    )]
    Evicted { coordinates: Coordinates, platform: Platform, digest: Digest },
    #[error("this organization has a package named {org}/{name}: a name may not differ from it only by case")]
    Spelling { org: Org, name: Name },
    #[error(
        "version {version} of this package exists: another version may not differ from it only by case, choose another \
         one in Ballerina.toml"
    )]
    VersionSpelling { version: Version },
    #[error("organization {org} is filled {}: nothing else may publish to it", origin.by_whom())]
    OtherOrigin { org: Org, origin: Origin },
    /// It does not say by which package: that may be private.
    #[error("the tool id \"{tool}\" is taken by another package: choose another one in Ballerina.toml")]
    ToolTaken { tool: String },
    #[error(
        "{coordinates} was first published more than 24 hours ago: no platform can be added to it, \
         publish a new version"
    )]
    VersionClosed { coordinates: Coordinates },
    #[error(
        "{coordinates} exists for another platform with other {what}: the platforms of a version must agree"
    )]
    PlatformDiffers { coordinates: Coordinates, what: &'static str },
    #[error("this push took so long that its files were cleaned up: push again")]
    Condemned,
    #[error("the release id is taken: push again")]
    FolderUsed,
}

impl Body for Released {
    const NAME: &'static str = "released";
    const FORMAT: u32 = format::FIRST;
    type Refused = Refused;

    /// Programs of the first format cannot read the platforms of Go.
    fn format(&self) -> u32 {
        if self.description.platform.is_go() { format::SECOND } else { Self::FORMAT }
    }

    fn about(&self) -> About<'_> {
        let Coordinates { org, name, version } = &self.description.coordinates;
        About::Release { org, name, version, folder: self.stored.folder }
    }

    fn apply(&self, state: &mut State, place: Place<'_>) -> Result<Applied, Refused> {
        let Description { coordinates, platform, .. } = &self.description;
        let package = state.package(&coordinates.org, &coordinates.name);
        if let Some(existing) = package.and_then(|package| package.release(&coordinates.version, platform)) {
            let digest = existing.stored.digest;
            if digest == self.stored.digest {
                return Ok(Applied::Before);
            }
            // What somebody else fills the organization with is not told.
            admit_origin(state, self)?;
            let (coordinates, platform) = (coordinates.clone(), platform.clone());
            return Err(Refused::Exists { coordinates, platform, digest });
        }
        admit(state, self)?;
        insert(state, place, self);
        Ok(Applied::Now)
    }
}

/// The rules for a (version, platform) that is not there yet.
fn admit(state: &State, released: &Released) -> Result<(), Refused> {
    if state.condemned.contains(&released.stored.folder) {
        return Err(Refused::Condemned);
    }
    if state.folders.contains(&released.stored.folder) {
        return Err(Refused::FolderUsed);
    }
    admit_origin(state, released)?;
    let Coordinates { org, name, version } = &released.description.coordinates;
    if let Some(spelling) = state.spellings.get(&(org.clone(), name.folded()))
        && spelling != name
    {
        return Err(Refused::Spelling { org: org.clone(), name: spelling.clone() });
    }
    admit_tool(state, &released.description)?;
    admit_again(state, released)?;
    let Some(package) = state.package(org, name) else { return Ok(()) };
    match package.version(version).first() {
        Some(first) => admit_platform(state, first, released),
        None if state.in_force >= format::SECOND => admit_spelling(package, version),
        None => Ok(()),
    }
}

/// The rules of what was here and has gone, which is only so from the second format on.
fn admit_again(state: &State, released: &Released) -> Result<(), Refused> {
    let Description { coordinates, platform, .. } = &released.description;
    if let Some(digest) = state.evicted(coordinates, platform)
        && digest != released.stored.digest
    {
        let (coordinates, platform) = (coordinates.clone(), platform.clone());
        return Err(Refused::Evicted { coordinates, platform, digest });
    }
    let gone = state.evicted.get(&coordinates.package());
    let mut versions = gone.iter().flat_map(|gone| gone.keys()).map(|(version, _)| version);
    let version = &coordinates.version;
    match versions.find(|gone| *gone != version && gone.folded() == version.folded()) {
        Some(gone) => Err(Refused::VersionSpelling { version: gone.clone() }),
        None => Ok(()),
    }
}

fn admit_origin(state: &State, released: &Released) -> Result<(), Refused> {
    let org = &released.description.coordinates.org;
    match state.origins.get(org) {
        Some(origin) if *origin != released.stored.origin => {
            Err(Refused::OtherOrigin { org: org.clone(), origin: origin.clone() })
        }
        _ => Ok(()),
    }
}

fn admit_tool(state: &State, description: &Description) -> Result<(), Refused> {
    let Some(tool) = &description.tool else { return Ok(()) };
    match state.tools.get(&tool.to_ascii_lowercase()) {
        Some(package) if *package != description.coordinates.package() => {
            Err(Refused::ToolTaken { tool: tool.clone() })
        }
        _ => Ok(()),
    }
}

/// Two versions that differ only by case would be one folder on the disks of Windows and macOS. `version` is not there.
fn admit_spelling(package: &Package, version: &Version) -> Result<(), Refused> {
    match package.spellings.get(&version.folded()) {
        Some(known) => Err(Refused::VersionSpelling { version: known.clone() }),
        None => Ok(()),
    }
}

impl Package {
    /// The last time at which another platform may join a version that is there. What a mirror brings may come at any time.
    pub fn joinable_until(&self, version: &Version) -> Option<Timestamp> {
        let first = self.version(version).first()?;
        let mirrored = first.stored.origin != Origin::Local;
        Some(if mirrored { Timestamp::MAX } else { window_end(first) })
    }
}

fn window_end(first: &Release) -> Timestamp {
    first.created.saturating_add(PLATFORM_WINDOW).unwrap_or(Timestamp::MAX)
}

/// The rules for another platform of a version.
fn admit_platform(state: &State, first: &Release, released: &Released) -> Result<(), Refused> {
    let coordinates = || released.description.coordinates.clone();
    if released.stored.origin == Origin::Local && state.time > window_end(first) {
        return Err(Refused::VersionClosed { coordinates: coordinates() });
    }
    let differs = |what| Err(Refused::PlatformDiffers { coordinates: coordinates(), what });
    if first.description.visibility != released.description.visibility {
        return differs("visibility");
    }
    if module_names(&first.description) != module_names(&released.description) {
        return differs("modules");
    }
    if published(&state.graph(first)) != published(&released.graph) {
        return differs("locked dependencies");
    }
    Ok(())
}

fn module_names(description: &Description) -> Vec<(&str, bool)> {
    let mut names: Vec<_> = description.modules.iter().map(|m| (m.name.as_str(), m.exported)).collect();
    names.sort_unstable();
    names
}

/// A graph without what ships with the distribution: those nodes differ between platforms.
fn published(graph: &[Node]) -> Vec<Node> {
    let mut nodes: Vec<Node> = graph
        .iter()
        .filter(|node| !node.package.version.is_built_in())
        .map(|node| {
            let built_in = |d: &&Coordinates| !d.version.is_built_in();
            let mut dependencies: Vec<_> = node.dependencies.iter().filter(built_in).cloned().collect();
            dependencies.sort_unstable();
            Node { package: node.package.clone(), dependencies }
        })
        .collect();
    nodes.sort_unstable();
    nodes
}

fn insert(state: &mut State, place: Place<'_>, released: &Released) {
    let Released { description, graph, stored } = released.clone();
    let Coordinates { org, name, version } = description.coordinates.clone();
    let id = PackageId { org: org.clone(), name: name.clone() };
    state.folders.insert(stored.folder);
    if let Some(gone) = state.evicted.get_mut(&id) {
        Arc::make_mut(gone).remove(&(version.clone(), description.platform.clone()));
        if gone.is_empty() {
            state.evicted.remove(&id);
        }
    }
    state.origins.entry(org.clone()).or_insert_with(|| stored.origin.clone());
    state.spellings.insert((org, name.folded()), name);
    if let Some(tool) = &description.tool {
        state.tools.entry(tool.to_ascii_lowercase()).or_insert_with(|| id.clone());
    }
    let release = Arc::new(Release {
        id: state.seq * IDS_PER_SEGMENT + place.index as u64,
        created: state.time,
        actor: place.actor.to_owned(),
        graph: state.graphs.intern(&description.coordinates, &graph),
        description,
        stored,
    });
    let package = Arc::make_mut(state.packages.entry(id).or_default());
    if !version.semver().pre.is_empty() {
        package.spellings.entry(version.folded()).or_insert_with(|| version.clone());
    }
    package.versions.entry(version).or_default().releases.push(release);
}
