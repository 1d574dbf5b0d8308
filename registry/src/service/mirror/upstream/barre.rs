//! Another Barre: its feed says what happened there, and with that what it has, in one request if nothing happened.
//!
//! From the beginning on, the feed is all that upstream has. Behind a cursor it is what is new; the rest is what this mirror
//! has brought already, which its last run compared with all of it. What happens rarely and may bring back what was not
//! selected, such as a removal, is no matter of what is new: then all of it is read again.

mod told;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use barre_contract::known::Cursor;
use barre_core::graph::Node;
use barre_core::mirror::{Fact, Found, Question, UpstreamVersion};
use barre_core::package::{Coordinates, PackageId, Platform, Version};
use jiff::Timestamp;

use super::central::Central;
use crate::service::mirror::transport::{Ask, Error, Transport};
use told::{Happened, Page, Released};

/// Longest part of a feed, in bytes. One has a MiB, or a single segment of the log.
const PAGE_BYTES: u64 = 64 << 20;

/// Another Barre, as far as its feed was read.
pub(super) struct Barre {
    transport: Transport,
    central: Central,
    packages: BTreeMap<PackageId, BTreeMap<Version, Entry>>,
    /// Whether the feed was read from its beginning on.
    whole: bool,
    /// What new versions need.
    needed: BTreeSet<Coordinates>,
    /// Where each part of the feed began, and the end.
    parts: Vec<Option<Cursor>>,
    end: Cursor,
    /// In which part a version was first told of.
    told_in: HashMap<Coordinates, usize>,
}

/// What is known of one version.
#[derive(Default)]
struct Entry {
    upstream: UpstreamVersion,
    /// Of its first platform; unknown of what this mirror brought.
    graph: Option<Vec<Node>>,
}

/// What is new is no longer enough.
struct ReadAll;

impl Barre {
    /// Reads what happened since the cursor, or all of it; all, if it matters what upstream has no more and anything happened.
    pub(super) async fn open(
        transport: Transport,
        central: Central,
        cursor: Option<Cursor>,
        watches: bool,
    ) -> Result<Self, Error> {
        let end = Cursor { seq: 0, head: String::new() };
        let (packages, whole) = match cursor {
            Some(_) => (brought(&central), false),
            None => (BTreeMap::new(), true),
        };
        let mut barre = Self {
            transport,
            central,
            packages,
            whole,
            needed: BTreeSet::new(),
            parts: Vec::new(),
            end,
            told_in: HashMap::new(),
        };
        let mut after = cursor;
        loop {
            let page = match barre.read(after.as_ref()).await {
                Ok(page) => page,
                // Its log was restored, or is another one.
                Err(Error::Gone) if after.is_some() => {
                    barre.forget();
                    after = None;
                    continue;
                }
                Err(error) => return Err(error),
            };
            // What went is not always told; that something happened is.
            if watches && !barre.whole && after.as_ref() != Some(&page.cursor) {
                barre.forget();
                after = None;
                continue;
            }
            let more = page.more;
            if more && after.as_ref().is_some_and(|after| page.cursor.seq <= after.seq) {
                return Err(Error::Unreadable("its feed does not go on".to_owned()));
            }
            barre.parts.push(after);
            after = match barre.take(page) {
                Ok(end) if more => Some(end),
                Ok(_) => return Ok(barre),
                Err(ReadAll) => {
                    barre.forget();
                    None
                }
            };
        }
    }

    async fn read(&self, after: Option<&Cursor>) -> Result<Page, Error> {
        let mut url = self.transport.url(&["v1", "changes"]);
        if let Some(after) = after {
            url.query_pairs_mut().append_pair("after", &after.to_string());
        }
        match self.transport.bytes(&Ask::get(url, PAGE_BYTES)).await {
            Ok(bytes) => Page::read(&bytes).map_err(|why| Error::unreadable(&why)),
            Err(Error::NotFound(_)) => Err(Error::Unreadable(
                "it has no feed of changes: if it is no Barre, set its protocol to Central".to_owned(),
            )),
            Err(error) => Err(error),
        }
    }

    /// Everything is read from the beginning on.
    fn forget(&mut self) {
        self.packages.clear();
        self.needed.clear();
        self.parts.clear();
        self.told_in.clear();
        self.whole = true;
    }

    /// Takes in a part of the feed; where it ends.
    fn take(&mut self, page: Page) -> Result<Cursor, ReadAll> {
        for (time, happened) in page.happened {
            match happened {
                Happened::Released(released) => self.release(time, *released),
                Happened::Deprecated(versions) => {
                    self.mark(&versions.package(), versions.version, Some(&versions.message))?;
                }
                Happened::Undeprecated(versions) => self.mark(&versions.package(), versions.version, None)?,
                Happened::Gone(gone) => {
                    if !self.whole {
                        return Err(ReadAll);
                    }
                    self.remove(&gone.package(), &gone.version, gone.platform.as_ref());
                }
                Happened::Other => {}
            }
        }
        self.end = page.cursor.clone();
        Ok(page.cursor)
    }

    fn release(&mut self, time: Timestamp, released: Released) {
        let Released { org, name, version, platform, digest, size, published, distribution, graph } =
            released;
        let coordinates = Coordinates { org, name, version: version.clone() };
        let part = self.parts.len() - 1;
        self.told_in.entry(coordinates.clone()).or_insert(part);
        let entry = self.packages.entry(coordinates.package()).or_default().entry(version).or_default();
        let found = &mut entry.upstream.found;
        // Also of one that is here: what it needs may have failed.
        if !self.whole {
            let nodes = graph.iter().map(|node| &node.package);
            self.needed.extend(nodes.chain(graph.iter().flat_map(|node| &node.dependencies)).cloned());
        }
        // The first one is the one that counts.
        if found.iter().any(|found| found.platform == platform) {
            return;
        }
        found.push(Found {
            coordinates,
            platform,
            digest: Some(digest),
            size: Some(size),
            published: Some(published.unwrap_or(time)),
            distribution,
        });
        entry.graph.get_or_insert(graph);
    }

    /// Sets or takes the message of one version, or of all that are there.
    fn mark(
        &mut self,
        package: &PackageId,
        version: Option<Version>,
        message: Option<&String>,
    ) -> Result<(), ReadAll> {
        let part = self.parts.len() - 1;
        let Some(versions) = self.packages.get_mut(package) else {
            return if self.whole { Ok(()) } else { Err(ReadAll) };
        };
        let meant: Vec<_> = match version {
            Some(version) => vec![version],
            None => versions.keys().cloned().collect(),
        };
        for version in meant {
            let Some(entry) = versions.get_mut(&version) else {
                // It was not selected, and may be now.
                return if self.whole { Ok(()) } else { Err(ReadAll) };
            };
            entry.upstream.deprecated = message.cloned();
            let PackageId { org, name } = package.clone();
            self.told_in.entry(Coordinates { org, name, version }).or_insert(part);
        }
        Ok(())
    }

    /// Without a platform all of them go.
    fn remove(&mut self, package: &PackageId, version: &Version, platform: Option<&Platform>) {
        let Some(versions) = self.packages.get_mut(package) else { return };
        let Some(entry) = versions.get_mut(version) else { return };
        entry.upstream.found.retain(|found| platform.is_some_and(|gone| found.platform != *gone));
        if entry.upstream.found.is_empty() {
            versions.remove(version);
        }
    }

    /// What the feed has answered already, and what else is to be asked.
    pub(super) fn known(&self, questions: Vec<Question>) -> (Vec<Fact>, Vec<Question>) {
        let (mut facts, mut rest) = (Vec::new(), Vec::new());
        for question in questions {
            match self.fact(&question) {
                Some(fact) => facts.push(fact),
                None => rest.push(question),
            }
        }
        (facts, rest)
    }

    fn fact(&self, question: &Question) -> Option<Fact> {
        Some(match question {
            Question::Packages(org) => {
                let names = self.packages.keys().filter(|package| package.org == *org);
                Fact::Packages(org.clone(), names.map(|package| package.name.clone()).collect())
            }
            Question::Versions(package) => {
                let versions = self.packages.get(package).into_iter().flat_map(BTreeMap::keys);
                Fact::Versions(package.clone(), versions.cloned().collect())
            }
            Question::Version(coordinates) => match self.entry(coordinates) {
                Some(entry) => Fact::Version(coordinates.clone(), entry.upstream.clone()),
                None if !self.whole && self.needed.contains(coordinates) => return None,
                None => Fact::Version(coordinates.clone(), UpstreamVersion::default()),
            },
            Question::Graph(coordinates) => {
                Fact::Graph(coordinates.clone(), self.entry(coordinates)?.graph.clone()?)
            }
        })
    }

    fn entry(&self, coordinates: &Coordinates) -> Option<&Entry> {
        self.packages.get(&coordinates.package())?.get(&coordinates.version)
    }

    pub(super) fn central(&self) -> &Central {
        &self.central
    }

    /// The bytes of a bala, which lie where the files of every Barre do.
    pub(super) fn download(&self, found: &Found, limit: u64) -> Ask {
        let Coordinates { org, name, version } = &found.coordinates;
        let (version, file) = (version.to_string(), found.coordinates.file_name(&found.platform));
        let parts = ["files", org.as_str(), name.as_str(), &version, &file];
        Ask::get(self.transport.url(&parts), limit)
    }

    /// Whether the feed was read from its beginning on.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Where the part of the feed began that tells first of one of these versions; the end, if none does. What the feed has
    /// not told of in this run is known from before.
    pub(super) fn cursor_before(&self, versions: &mut dyn Iterator<Item = &Coordinates>) -> Option<Cursor> {
        let first = versions.map(|version| self.told_in.get(version).copied().unwrap_or(0)).min();
        match first {
            Some(part) => self.parts.get(part).cloned().flatten(),
            None => Some(self.end.clone()),
        }
    }
}

/// What this mirror has brought, as if upstream had told it.
fn brought(central: &Central) -> BTreeMap<PackageId, BTreeMap<Version, Entry>> {
    let mut packages: BTreeMap<PackageId, BTreeMap<Version, Entry>> = BTreeMap::new();
    for (id, version, upstream) in central.brought() {
        packages.entry(id).or_default().insert(version, Entry { upstream, graph: None });
    }
    packages
}
