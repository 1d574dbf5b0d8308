//! What the log says, as maps: the state, and how it is asked. The kinds of changes change it, each in its own file.
//!
//! The maps are persistent: a snapshot is a pointer, and applying a segment copies only what it touches.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Bound;
use std::sync::Arc;

use imbl::ordmap::DiffItem;
use imbl::{HashMap, HashSet, OrdMap, OrdSet};
use jiff::Timestamp;
use uuid::Uuid;

use super::graphs::{Graphs, InternedGraph};
use crate::description::Description;
use crate::digest::Digest;
use crate::format::{self, Format};
use crate::graph::Node;
use crate::package::{Coordinates, Name, Org, PackageId, Platform, Version};
use crate::release::{AttachedFile, Origin, Stored};

/// Everything that the log says, up to one segment.
#[derive(Clone)]
pub struct State {
    pub(super) registry: Uuid,
    pub(super) seq: u64,
    pub(super) head: Digest,
    pub(super) time: Timestamp,
    pub(super) epoch: u64,
    pub(super) owner: Arc<str>,
    pub(super) format: Format,
    /// The format that was in force before the segment that is applied: it decides what may be in it, so that a
    /// segment that raises the format can still be read by those who must stop after it.
    pub(super) in_force: u32,
    pub(super) packages: OrdMap<PackageId, Arc<Package>>,
    /// The spelling of each name, by its organization and folded form.
    pub(super) spellings: HashMap<(Org, String), Name>,
    pub(super) origins: HashMap<Org, Origin>,
    /// The package of each tool id, in its folded form: the first one that released it.
    pub(super) tools: HashMap<String, PackageId>,
    /// The packages with API docs of any version.
    pub(super) documented: OrdSet<PackageId>,
    /// The folders of all releases.
    pub(super) folders: HashSet<Uuid>,
    pub(super) condemned: HashSet<Uuid>,
    /// What has gone and may come back with these digests, by its package.
    pub(super) evicted: OrdMap<PackageId, Arc<Digests>>,
    pub(super) graphs: Graphs,
}

/// Digests of balas of one package.
type Digests = OrdMap<(Version, Platform), Digest>;

/// All versions of a package.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Package {
    pub(super) versions: OrdMap<Version, Platforms>,
    /// The pre-releases by their folded form: only they have letters.
    pub(super) spellings: OrdMap<String, Version>,
}

/// One version of a package.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Platforms {
    /// In the order of their release.
    pub(super) releases: Vec<Arc<Release>>,
    /// What whoever uses this version should hear.
    pub(super) deprecated: Option<Arc<str>>,
    /// The files beside the balas, each with the folder of its release, in the order in which they came.
    pub(super) attached: Vec<(Uuid, Arc<AttachedFile>)>,
}

/// One published bala.
pub struct Release {
    /// Unique in the registry: sequence number × 1000 + index in the segment.
    pub id: u64,
    /// When its segment was written.
    pub created: Timestamp,
    /// Who published it.
    pub actor: String,
    pub description: Description,
    pub stored: Stored,
    pub(super) graph: Arc<InternedGraph>,
}

impl State {
    /// The state before the first segment of the registry `id`, whose registry.json has the hash `head`.
    pub(super) fn empty(registry: Uuid, head: Digest) -> Self {
        Self {
            registry,
            seq: 0,
            head,
            time: Timestamp::UNIX_EPOCH,
            epoch: 0,
            owner: "".into(),
            format: Format { reader: 0, writer: 0 },
            in_force: format::FIRST,
            packages: OrdMap::new(),
            spellings: HashMap::new(),
            origins: HashMap::new(),
            tools: HashMap::new(),
            documented: OrdSet::new(),
            folders: HashSet::new(),
            condemned: HashSet::new(),
            evicted: OrdMap::new(),
            graphs: Graphs::default(),
        }
    }

    /// The registry's id.
    pub fn registry(&self) -> Uuid {
        self.registry
    }

    /// The last segment applied; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The hash of the last segment's header.
    pub fn head(&self) -> Digest {
        self.head
    }

    /// The time of the last segment.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// How often somebody began to operate this log.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Who operates the log.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The format of the log, in force for the next segment.
    pub fn format(&self) -> Format {
        self.format
    }

    /// A package by its exact name.
    pub fn package(&self, org: &Org, name: &Name) -> Option<&Package> {
        self.package_entry(org, name).map(|(_, package)| package.as_ref())
    }

    /// The same with its name, and as what it is until its next change: it is shared.
    pub fn package_entry(&self, org: &Org, name: &Name) -> Option<(&PackageId, &Arc<Package>)> {
        self.packages.get_key_value(&PackageId { org: org.clone(), name: name.clone() })
    }

    /// The spelling of a package's name, by its folded form.
    pub fn spelling(&self, org: &Org, folded: &str) -> Option<&Name> {
        self.spellings.get(&(org.clone(), folded.to_owned()))
    }

    /// All packages, in the order of their names.
    pub fn packages(&self) -> impl Iterator<Item = (&PackageId, &Package)> {
        self.packages.iter().map(|(id, package)| (id, package.as_ref()))
    }

    /// The same from behind one of them.
    pub fn packages_after(
        &self,
        package: Option<&PackageId>,
    ) -> impl Iterator<Item = (&PackageId, &Arc<Package>)> {
        let begin = package.cloned().map_or(Bound::Unbounded, Bound::Excluded);
        self.packages.range((begin, Bound::Unbounded))
    }

    /// The packages that are not as they were in an earlier state of this registry, in the order of their names; without
    /// what they are where they are gone. What both states share is not looked at.
    pub fn changed_since<'a>(
        &'a self,
        earlier: &'a Self,
    ) -> impl Iterator<Item = (&'a PackageId, Option<&'a Package>)> {
        earlier.packages.diff(&self.packages).map(|item| match item {
            DiffItem::Add(id, package) | DiffItem::Update { new: (id, package), .. } => {
                (id, Some(&**package))
            }
            DiffItem::Remove(id, _) => (id, None),
        })
    }

    /// Who fills an organization, once somebody does.
    pub fn origin(&self, org: &Org) -> Option<&Origin> {
        self.origins.get(org)
    }

    /// The digest with which a bala may come back that has gone.
    pub fn evicted(&self, coordinates: &Coordinates, platform: &Platform) -> Option<Digest> {
        let digests = self.evicted.get(&coordinates.package())?;
        digests.get(&(coordinates.version.clone(), platform.clone())).copied()
    }

    /// The package of a tool. It may have gone.
    pub fn tool(&self, id: &str) -> Option<&PackageId> {
        self.tools.get(&id.to_ascii_lowercase())
    }

    /// The ids of all tools, in their folded form, sorted.
    pub fn tools(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self.tools.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }

    /// The packages of one organization, in the order of their names.
    pub fn packages_of<'a>(
        &'a self,
        org: &'a Org,
    ) -> impl Iterator<Item = (&'a PackageId, &'a Arc<Package>)> {
        let packages = self.packages.range(PackageId::least(org.clone())..);
        packages.take_while(move |(id, _)| id.org == *org)
    }

    /// The locked dependency graph of a release, itself included.
    pub fn graph(&self, release: &Release) -> Vec<Node> {
        self.graphs.nodes(&release.description.coordinates, &release.graph)
    }

    /// A hash of everything in the state: equal on all pods at an equal sequence number.
    pub fn digest(&self) -> Digest {
        // Without `..`: what is forgotten here could differ between two pods, and no test would see it.
        let Self {
            registry,
            seq,
            head,
            time,
            epoch,
            owner,
            format,
            in_force: _, // of a segment that is being applied
            packages,
            spellings,
            origins,
            tools,
            documented,
            folders,
            condemned,
            evicted,
            graphs: _, // with each release
        } = self;
        let mut text = format!("{registry} {seq} {head} {time} {epoch} {owner} {format:?}\n");
        for (id, package) in packages {
            let Package { versions, spellings } = &**package;
            // Writing to a string does not fail.
            let _ = writeln!(text, "{id} {spellings:?}");
            for (version, Platforms { releases, deprecated, attached }) in versions {
                let _ = writeln!(text, "{id} {version} {deprecated:?} {attached:?}");
                for release in releases {
                    let nodes = self.graph(release);
                    let Release { id, created, actor, description, stored, graph: _ } = &**release;
                    let _ = writeln!(text, "{id} {created} {actor} {description:?} {stored:?} {nodes:?}");
                }
            }
        }
        // Of their order in memory nothing may be seen.
        let spellings: BTreeMap<_, _> = spellings.iter().collect();
        let origins: BTreeMap<_, _> = origins.iter().collect();
        let tools: BTreeMap<_, _> = tools.iter().collect();
        let folders: BTreeSet<_> = folders.iter().collect();
        let condemned: BTreeSet<_> = condemned.iter().collect();
        let _ = write!(
            text,
            "{spellings:?} {origins:?} {tools:?} {documented:?} {folders:?} {condemned:?} {evicted:?}"
        );
        Digest::of(text.as_bytes())
    }
}

/// A release never changes.
impl PartialEq for Release {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Release {}

impl Package {
    /// The versions in ascending order, each with its platforms in the order of their release.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = (&Version, &[Arc<Release>])> {
        self.versions.iter().map(|(version, platforms)| (version, platforms.releases.as_slice()))
    }

    /// Those of them that lie within these bounds.
    pub fn versions_in(
        &self,
        bounds: (Bound<Version>, Bound<Version>),
    ) -> impl DoubleEndedIterator<Item = (&Version, &[Arc<Release>])> {
        self.versions.range(bounds).map(|(version, platforms)| (version, platforms.releases.as_slice()))
    }

    /// The platforms of a version, in the order of their release; empty where there is no such version.
    pub fn version(&self, version: &Version) -> &[Arc<Release>] {
        self.versions.get(version).map_or(&[], |platforms| &platforms.releases)
    }

    /// One bala.
    pub fn release(&self, version: &Version, platform: &Platform) -> Option<&Arc<Release>> {
        self.version(version).iter().find(|release| release.description.platform == *platform)
    }

    /// The files beside the bala of a release, in the order in which they came.
    pub fn attached<'a>(
        &'a self,
        release: &Release,
    ) -> impl Iterator<Item = &'a Arc<AttachedFile>> + use<'a> {
        let (version, folder) = (&release.description.coordinates.version, release.stored.folder);
        let attached = self.versions.get(version).map_or(&[][..], |platforms| &platforms.attached);
        attached.iter().filter(move |(of, _)| *of == folder).map(|(_, file)| file)
    }

    /// What whoever uses a version should hear, if it is deprecated.
    pub fn deprecated(&self, version: &Version) -> Option<&str> {
        self.versions.get(version)?.deprecated.as_deref()
    }
}
