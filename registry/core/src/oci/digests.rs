//! Which digest of a package is what.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::content::Content;
use super::graph::graph;
use super::manifest::{GRAPH, Referrer, of_blob, package};
use crate::description::Visibility;
use crate::digest::Digest;
use crate::graph::Node;
use crate::state::{Package, Release};

/// The digests of all that is derived from the releases of one package, hidden ones included: who looks one up asks whether
/// its release may be seen.
pub struct Digests(pub(super) HashMap<Digest, Derivation>);

/// How something is derived from a release.
#[derive(Clone)]
pub struct Derivation {
    pub release: Arc<Release>,
    deprecated: Option<Arc<str>>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Package,
    Graph,
    GraphBlob,
}

impl Digests {
    /// Those of a package, by the locked graphs of its releases. Each release has a manifest that says nothing of
    /// deprecation, and one that does while it is deprecated: who pinned one still finds it after the other came.
    pub fn of(package: &Package, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Self {
        let mut digests = Self(HashMap::new());
        for (version, releases) in package.versions() {
            for release in releases {
                let blob = graph(&graph_of(release));
                let message: Option<Arc<str>> = package.deprecated(version).map(Arc::from);
                for deprecated in [None].into_iter().chain(message.as_ref().map(Some)) {
                    digests.add(release, deprecated, &blob);
                }
            }
        }
        digests
    }

    fn add(&mut self, release: &Arc<Release>, deprecated: Option<&Arc<str>>, blob: &Content) {
        let manifest = package(release, deprecated.map(|message| &**message));
        let referrer = of_blob(GRAPH, blob, Some(&manifest));
        let derived = [
            (manifest.digest, Kind::Package),
            (referrer.digest, Kind::Graph),
            (blob.digest, Kind::GraphBlob),
        ];
        for (digest, kind) in derived {
            let derivation =
                Derivation { release: Arc::clone(release), deprecated: deprecated.cloned(), kind };
            match self.0.entry(digest) {
                Entry::Vacant(vacant) => {
                    vacant.insert(derivation);
                }
                // Two platforms of a version may have one graph: it is there for whoever may see either.
                Entry::Occupied(mut there) => {
                    if release.description.visibility == Visibility::Public {
                        there.insert(derivation);
                    }
                }
            }
        }
    }

    /// What has this digest.
    pub fn find(&self, digest: Digest) -> Option<&Derivation> {
        self.0.get(&digest)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Derivation {
    /// The manifest that has the digest, where it is that of a manifest.
    pub fn manifest(&self, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Option<Content> {
        let manifest = package(&self.release, self.deprecated.as_deref());
        match self.kind {
            Kind::Package => Some(manifest),
            Kind::Graph => Some(of_blob(GRAPH, &graph(&graph_of(&self.release)), Some(&manifest))),
            Kind::GraphBlob => None,
        }
    }

    /// The blob that has the digest, where it is that of a blob.
    pub fn blob(&self, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Option<Content> {
        (self.kind == Kind::GraphBlob).then(|| graph(&graph_of(&self.release)))
    }

    /// What refers to the manifest that has the digest.
    pub fn referrers(&self, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Vec<Referrer> {
        if self.kind != Kind::Package {
            return Vec::new();
        }
        let manifest = package(&self.release, self.deprecated.as_deref());
        let referrer = of_blob(GRAPH, &graph(&graph_of(&self.release)), Some(&manifest));
        vec![Referrer::new(GRAPH, &referrer)]
    }
}
