//! The state of a registry: the fold of its log.
//!
//! `(state, outcomes) = state.apply(segment)` is pure, total and deterministic, so that every pod that has read
//! the same segments has the same state. It enforces every rule itself: a change in the log may still be
//! rejected here, and then it changes nothing and its author is told. It reads no clock but the segment's time.
//!
//! The maps are persistent: a snapshot is a pointer, and applying a segment copies only what it touches.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use imbl::{HashMap, HashSet, OrdMap};
use jiff::Timestamp;
use uuid::Uuid;

use crate::change::{Change, Condemned, Format, Kind, Node, Opened, Origin, Released};
use crate::digest::Digest;
use crate::package::{Name, Org, PackageId, Platform, Version};
use crate::segment::{Genesis, Segment};

mod graph;
mod outcome;
mod rules;

use graph::{Graph, Graphs};
pub use outcome::{Outcome, Reason};

/// The newest format that this program reads and writes.
pub const FORMAT: Format = Format { reader: 1, writer: 1 };

/// Changes per segment in an id: `seq × 1000 + index`.
const IDS_PER_SEGMENT: u64 = 1000;

/// Everything that the log says, up to one segment.
#[derive(Clone)]
pub struct State {
    genesis: Genesis,
    seq: u64,
    head: Digest,
    time: Timestamp,
    epoch: u64,
    owner: Arc<str>,
    format: Format,
    packages: OrdMap<PackageId, Arc<Package>>,
    /// The spelling of each name, by its organization and folded form.
    spellings: HashMap<(Org, String), Name>,
    origins: HashMap<Org, Origin>,
    /// The package of each tool id, in its folded form: the first one that released it.
    tools: HashMap<String, PackageId>,
    releases: HashSet<Uuid>,
    condemned: HashSet<Uuid>,
    graphs: Graphs,
}

/// All versions of a package.
#[derive(Clone, Default)]
pub struct Package {
    versions: BTreeMap<Version, Vec<Arc<Release>>>,
}

/// One published bala.
pub struct Release {
    /// Unique in the registry: sequence number × 1000 + index in the segment.
    pub id: u64,
    /// When its segment was written.
    pub created: Timestamp,
    /// Who published it.
    pub actor: String,
    /// What the log says of it, without the graph, which [`State::graph`] gives.
    pub details: Released,
    graph: Arc<Graph>,
}

/// A segment that does not continue this log. The pod that meets one stops writing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("segment {found} where {expected} was expected")]
    Sequence { expected: u64, found: u64 },
    #[error("segment {seq} does not continue the segment before it: its prev is another hash")]
    Prev { seq: u64 },
    #[error("segment {seq} is of epoch {found}, the log is in epoch {expected}")]
    Epoch { seq: u64, expected: u64, found: u64 },
    #[error("segment {seq} is older than the segment before it")]
    Time { seq: u64 },
}

impl State {
    /// The state before the first segment.
    pub fn new(genesis: Genesis) -> Self {
        Self {
            genesis,
            seq: 0,
            head: genesis.digest(),
            time: Timestamp::UNIX_EPOCH,
            epoch: 0,
            owner: "".into(),
            format: Format { reader: 0, writer: 0 },
            packages: OrdMap::new(),
            spellings: HashMap::new(),
            origins: HashMap::new(),
            tools: HashMap::new(),
            releases: HashSet::new(),
            condemned: HashSet::new(),
            graphs: Graphs::default(),
        }
    }

    /// The registry's id.
    pub fn registry(&self) -> Uuid {
        self.genesis.id
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

    /// The format in force.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// A package by its exact name.
    pub fn package(&self, org: &Org, name: &Name) -> Option<&Package> {
        self.packages.get(&PackageId { org: org.clone(), name: name.clone() }).map(Arc::as_ref)
    }

    /// All packages, in the order of their names.
    pub fn packages(&self) -> impl Iterator<Item = (&PackageId, &Package)> {
        self.packages.iter().map(|(id, package)| (id, package.as_ref()))
    }

    /// The locked dependency graph of a release, itself included.
    pub fn graph(&self, release: &Release) -> Vec<Node> {
        self.graphs.nodes(&release.graph)
    }

    /// What the next segment does to the state.
    pub fn apply(&self, segment: &Segment) -> Result<(Self, Vec<Outcome>), ChainError> {
        self.check_chain(segment)?;
        let mut next = self.clone();
        next.begin(segment.header.time);
        let outcomes = segment.changes.iter().enumerate().map(|(i, change)| next.change(i, change)).collect();
        next.head = segment.head;
        Ok((next, outcomes))
    }

    /// Starts the next segment, for a writer that tries changes before it commits them.
    pub fn begin(&mut self, time: Timestamp) {
        self.seq += 1;
        self.time = time;
    }

    /// Applies the change at `index` of the segment that [`State::begin`] started.
    pub fn change(&mut self, index: usize, change: &Change) -> Outcome {
        let result = match &change.kind {
            Kind::Opened(opened) => self.open(index, opened),
            Kind::Format(format) => self.raise(format),
            Kind::Released(released) => return self.release(index, &change.actor, released),
            Kind::Condemned(condemned) => self.condemn(condemned),
        };
        result.map_or_else(Outcome::Rejected, |()| Outcome::Accepted)
    }

    fn check_chain(&self, segment: &Segment) -> Result<(), ChainError> {
        let header = &segment.header;
        let seq = header.seq;
        if seq != self.seq + 1 {
            return Err(ChainError::Sequence { expected: self.seq + 1, found: seq });
        }
        if header.prev != self.head {
            return Err(ChainError::Prev { seq });
        }
        let opens = segment.changes.first().and_then(|change| match &change.kind {
            Kind::Opened(opened) => Some(opened.epoch),
            _ => None,
        });
        let expected = opens.filter(|epoch| *epoch == self.epoch + 1).unwrap_or(self.epoch);
        if header.epoch != expected {
            return Err(ChainError::Epoch { seq, expected, found: header.epoch });
        }
        if header.time < self.time {
            return Err(ChainError::Time { seq });
        }
        Ok(())
    }

    fn open(&mut self, index: usize, opened: &Opened) -> Result<(), Reason> {
        // First in its segment, so that the header and all other changes are of the new epoch.
        if index != 0 || opened.epoch != self.epoch + 1 {
            return Err(Reason::Epoch { current: self.epoch });
        }
        self.epoch = opened.epoch;
        self.owner = opened.owner.as_str().into();
        Ok(())
    }

    fn raise(&mut self, format: &Format) -> Result<(), Reason> {
        if format.reader < self.format.reader || format.writer < self.format.writer {
            return Err(Reason::FormatLowered);
        }
        self.format = format.clone();
        Ok(())
    }

    fn condemn(&mut self, condemned: &Condemned) -> Result<(), Reason> {
        if condemned.releases.iter().any(|id| self.releases.contains(id)) {
            return Err(Reason::Live);
        }
        self.condemned.extend(condemned.releases.iter().copied());
        Ok(())
    }

    fn release(&mut self, index: usize, actor: &str, released: &Released) -> Outcome {
        if let Some(existing) = self.existing(released) {
            return if existing.details.digest == released.digest {
                Outcome::Duplicate
            } else {
                Outcome::Rejected(Reason::Exists {
                    coordinates: released.coordinates(),
                    platform: released.platform.clone(),
                    digest: existing.details.digest,
                })
            };
        }
        match self.admit(released) {
            Ok(()) => self.insert(index, actor, released),
            Err(reason) => return Outcome::Rejected(reason),
        }
        Outcome::Accepted
    }

    fn existing(&self, released: &Released) -> Option<&Arc<Release>> {
        let package = self.package(&released.org, &released.name)?;
        package.version(&released.version).iter().find(|r| r.details.platform == released.platform)
    }

    fn insert(&mut self, index: usize, actor: &str, released: &Released) {
        let mut details = released.clone();
        let graph = self.graphs.intern(&std::mem::take(&mut details.graph));
        let release = Arc::new(Release {
            id: self.seq * IDS_PER_SEGMENT + index as u64,
            created: self.time,
            actor: actor.to_owned(),
            details,
            graph,
        });
        let Released { org, name, version, .. } = released;
        self.releases.insert(released.release);
        self.origins.entry(org.clone()).or_insert_with(|| released.origin.clone());
        self.spellings.insert((org.clone(), name.folded()), name.clone());
        let id = PackageId { org: org.clone(), name: name.clone() };
        if let Some(tool) = &released.tool {
            self.tools.entry(tool.to_ascii_lowercase()).or_insert_with(|| id.clone());
        }
        let package = self.packages.entry(id).or_default();
        Arc::make_mut(package).versions.entry(version.clone()).or_default().push(release);
    }

    /// A hash of the whole state: equal on all pods at an equal sequence number.
    pub fn digest(&self) -> Digest {
        let mut text = format!("{:?} {} {:?}\n", self.head, self.owner, self.format);
        for (id, package) in &self.packages {
            for release in package.versions.values().flatten() {
                let graph = self.graph(release);
                let Release { id: number, created, details, .. } = &**release;
                // Writing to a string does not fail.
                let _ = writeln!(text, "{id} {number} {created:?} {details:?} {graph:?}");
            }
        }
        let mut condemned: Vec<Uuid> = self.condemned.iter().copied().collect();
        condemned.sort_unstable();
        let _ = write!(text, "{condemned:?}");
        Digest::of(text.as_bytes())
    }
}

impl Package {
    /// The versions in ascending order, each with its platforms in the order of their release.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = (&Version, &[Arc<Release>])> {
        self.versions.iter().map(|(version, releases)| (version, releases.as_slice()))
    }

    /// The platforms of a version, in the order of their release; empty where there is no such version.
    pub fn version(&self, version: &Version) -> &[Arc<Release>] {
        self.versions.get(version).map_or(&[], Vec::as_slice)
    }

    /// One bala.
    pub fn release(&self, version: &Version, platform: &Platform) -> Option<&Arc<Release>> {
        self.version(version).iter().find(|release| release.details.platform == *platform)
    }
}

#[cfg(test)]
mod tests;
