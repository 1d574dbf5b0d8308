//! Which digest of a package is what.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem::discriminant;
use std::sync::Arc;

use super::content::Content;
use super::graph::graph;
use super::manifest::{Annotations, Descriptor, GRAPH, MANIFEST, of_blob, package};
use super::pushed::known as manifest_type;
use super::referrer::Referrer;
use crate::description::Visibility;
use crate::digest::Digest;
use crate::graph::Node;
use crate::release::{AttachedFile, Purpose};
use crate::state::{Package, Release};

/// The digests of all that is derived from the releases of one package or kept beside them, hidden ones included: who looks one up asks whether
/// its release may be seen.
pub struct Digests(pub(super) HashMap<Digest, Derivation>);

/// How something is derived from a release, or kept beside it.
#[derive(Clone)]
pub struct Derivation {
    pub release: Arc<Release>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// The manifest of the release, to whom its version is deprecated for this reason or for none.
    Package(Deprecated),
    /// The locked graph, as a referrer of that manifest.
    Graph(Deprecated),
    /// The same of one that was pushed.
    GraphOf(Arc<AttachedFile>),
    GraphBlob,
    Kept(Arc<AttachedFile>),
}

type Deprecated = Option<Arc<str>>;

impl Digests {
    /// Those of a package, by the locked graphs of its releases. Each release has a manifest that says nothing of
    /// deprecation, and one that does while it is deprecated: who pinned one still finds it after the other came.
    pub fn of(package: &Package, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Self {
        let mut digests = Self(HashMap::new());
        for (version, releases) in package.versions() {
            for release in releases {
                let blob = graph(&graph_of(release));
                digests.add(release, blob.digest, Kind::GraphBlob);
                let message: Deprecated = package.deprecated(version).map(Arc::from);
                for deprecated in [None].into_iter().chain(message.map(Some)) {
                    let manifest = manifest_of(release, &deprecated);
                    let referrer = of_blob(GRAPH, &blob, Some(Descriptor::of(MANIFEST, &manifest)));
                    digests.add(release, manifest.digest, Kind::Package(deprecated.clone()));
                    digests.add(release, referrer.digest, Kind::Graph(deprecated));
                }
                for file in package.attached(release) {
                    digests.keep(release, file, &blob);
                }
            }
        }
        digests
    }

    fn keep(&mut self, release: &Arc<Release>, file: &Arc<AttachedFile>, blob: &Content) {
        if !matches!(file.purpose, Purpose::Manifest | Purpose::Blob) {
            return;
        }
        if is_package(file) {
            let referrer = of_blob(GRAPH, blob, Some(descriptor(file)));
            self.add(release, referrer.digest, Kind::GraphOf(Arc::clone(file)));
        }
        self.add(release, file.digest, Kind::Kept(Arc::clone(file)));
    }

    fn add(&mut self, release: &Arc<Release>, digest: Digest, kind: Kind) {
        let derivation = Derivation { release: Arc::clone(release), kind };
        match self.0.entry(digest) {
            Entry::Vacant(vacant) => {
                vacant.insert(derivation);
            }
            // Two platforms of a version may have one graph: it is there for whoever may see either. What is kept never takes
            // the place of what is derived.
            Entry::Occupied(mut there) => {
                let is_like = discriminant(&there.get().kind) == discriminant(&derivation.kind);
                if is_like && release.description.visibility == Visibility::Public {
                    there.insert(derivation);
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

/// Whether a file is the manifest of a package, as it was pushed.
pub fn is_package(file: &AttachedFile) -> bool {
    file.purpose == Purpose::Manifest && file.subject.is_none()
}

fn manifest_of(release: &Release, deprecated: &Deprecated) -> Content {
    package(release, deprecated.as_deref())
}

fn descriptor(file: &AttachedFile) -> Descriptor {
    let media_type = manifest_type(&file.media_type).unwrap_or(MANIFEST);
    Descriptor { media_type, digest: file.digest, size: file.size, annotations: Annotations::new() }
}

impl Derivation {
    /// The manifest that has the digest, where it is that of a derived one.
    pub fn manifest(&self, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Option<Content> {
        match &self.kind {
            Kind::Package(deprecated) => Some(manifest_of(&self.release, deprecated)),
            Kind::Graph(_) | Kind::GraphOf(_) => {
                Some(of_blob(GRAPH, &graph(&graph_of(&self.release)), self.subject()))
            }
            Kind::GraphBlob | Kind::Kept(_) => None,
        }
    }

    /// The blob that has the digest, where it is that of a derived one.
    pub fn blob(&self, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Option<Content> {
        matches!(self.kind, Kind::GraphBlob).then(|| graph(&graph_of(&self.release)))
    }

    /// What was kept as it came, and has the digest.
    pub fn kept(&self, purpose: Purpose) -> Option<&Arc<AttachedFile>> {
        match &self.kind {
            Kind::Kept(file) if file.purpose == purpose => Some(file),
            _ => None,
        }
    }

    /// Whether the digest is that of a manifest, so that something may refer to it.
    pub fn is_manifest(&self) -> bool {
        !matches!(self.kind, Kind::GraphBlob) && self.kept(Purpose::Blob).is_none()
    }

    /// What is derived that refers to the manifest that has the digest.
    pub fn referrers(&self, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Vec<Referrer> {
        let manifest = match &self.kind {
            Kind::Package(deprecated) => Descriptor::of(MANIFEST, &manifest_of(&self.release, deprecated)),
            Kind::Kept(file) if is_package(file) => descriptor(file),
            _ => return Vec::new(),
        };
        let referrer = of_blob(GRAPH, &graph(&graph_of(&self.release)), Some(manifest));
        vec![Referrer::new(GRAPH, &referrer)]
    }

    /// The manifest that a graph is about.
    fn subject(&self) -> Option<Descriptor> {
        match &self.kind {
            Kind::Graph(deprecated) => {
                Some(Descriptor::of(MANIFEST, &manifest_of(&self.release, deprecated)))
            }
            Kind::GraphOf(file) => Some(descriptor(file)),
            Kind::Package(_) | Kind::GraphBlob | Kind::Kept(_) => None,
        }
    }
}
