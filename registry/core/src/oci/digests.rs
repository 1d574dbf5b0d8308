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
#[derive(Default)]
pub struct Digests {
    pub(super) first: HashMap<Digest, Derivation>,
    /// The same of other releases, where one is not alone.
    others: HashMap<Digest, Vec<Derivation>>,
}

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
    /// The locked graph, as a referrer.
    Graph(Subject),
    GraphBlob,
    /// An SBOM that came over another protocol, as a referrer.
    Sbom(Arc<AttachedFile>, Subject),
    Kept(Arc<AttachedFile>),
}

type Deprecated = Option<Arc<str>>;

/// The manifest of a release that is referred to.
#[derive(Clone)]
enum Subject {
    Derived(Deprecated),
    Pushed(Arc<AttachedFile>),
}

impl Digests {
    /// Those of a package, by the locked graphs of its releases. Each release has a manifest that says nothing of
    /// deprecation, and one that does while it is deprecated: who pinned one still finds it after the other came.
    pub fn of(package: &Package, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Self {
        let mut digests = Self::default();
        for (version, releases) in package.versions() {
            for release in releases {
                let blob = graph(&graph_of(release));
                digests.add(release, blob.digest, Kind::GraphBlob);
                let message: Deprecated = package.deprecated(version).map(Arc::from);
                let derived = [None].into_iter().chain(message.map(Some));
                for deprecated in derived.clone() {
                    digests.add(release, manifest_of(release, &deprecated).digest, Kind::Package(deprecated));
                }
                let attached = || package.attached(release);
                let pushed = attached().filter(|file| is_package(file)).cloned().map(Subject::Pushed);
                for subject in derived.map(Subject::Derived).chain(pushed) {
                    let about = subject.descriptor(release);
                    let referrer = of_blob(Descriptor::of(GRAPH, &blob), Some(about.clone()));
                    digests.add(release, referrer.digest, Kind::Graph(subject.clone()));
                    for sbom in sboms(attached()) {
                        let referrer = of_blob(Descriptor::sbom(sbom), Some(about.clone()));
                        digests.add(release, referrer.digest, Kind::Sbom(Arc::clone(sbom), subject.clone()));
                    }
                }
                for file in attached() {
                    digests.add(release, file.digest, Kind::Kept(Arc::clone(file)));
                }
            }
        }
        digests
    }

    fn add(&mut self, release: &Arc<Release>, digest: Digest, kind: Kind) {
        let mut derivation = Derivation { release: Arc::clone(release), kind };
        match self.first.entry(digest) {
            Entry::Vacant(vacant) => {
                vacant.insert(derivation);
            }
            // Two platforms of a version may have one graph, or one SBOM: it is there for whoever may see either. What is
            // kept never takes the place of what is derived, nor a blob that of a manifest.
            Entry::Occupied(mut there) => {
                if !there.get().kind.is_like(&derivation.kind) {
                    return;
                }
                if release.description.visibility == Visibility::Public {
                    derivation = there.insert(derivation);
                }
                self.others.entry(digest).or_default().push(derivation);
            }
        }
    }

    /// What has this digest, of the releases that somebody `sees`.
    pub fn find(&self, digest: Digest, sees: impl Fn(&Release) -> bool) -> Option<&Derivation> {
        let others = self.others.get(&digest).into_iter().flatten();
        self.first.get(&digest).into_iter().chain(others).find(|found| sees(&found.release))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.first.len() + self.others.values().map(Vec::len).sum::<usize>()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }
}

/// Whether a file is the manifest of a package, as it was pushed.
pub fn is_package(file: &AttachedFile) -> bool {
    is_manifest(file) && file.subject.is_none()
}

/// Those of these files that are SBOMs.
fn sboms<'a>(
    attached: impl Iterator<Item = &'a Arc<AttachedFile>>,
) -> impl Iterator<Item = &'a Arc<AttachedFile>> {
    attached.filter(|file| file.purpose == Purpose::Sbom)
}

fn manifest_of(release: &Release, deprecated: &Deprecated) -> Content {
    package(release, deprecated.as_deref())
}

impl Kind {
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Kept(one), Self::Kept(other)) => is_manifest(one) == is_manifest(other),
            _ => discriminant(self) == discriminant(other),
        }
    }
}

fn is_manifest(file: &AttachedFile) -> bool {
    file.purpose == Purpose::Manifest
}

impl Subject {
    fn descriptor(&self, release: &Release) -> Descriptor<'static> {
        match self {
            Self::Derived(deprecated) => Descriptor::of(MANIFEST, &manifest_of(release, deprecated)),
            Self::Pushed(file) => {
                let media_type = manifest_type(&file.media_type).unwrap_or(MANIFEST);
                let annotations = Annotations::new();
                Descriptor { media_type, digest: file.digest, size: file.size, annotations }
            }
        }
    }
}

impl Derivation {
    /// The manifest that has the digest, where it is that of a derived one.
    pub fn manifest(&self, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Option<Content> {
        match &self.kind {
            Kind::Package(deprecated) => Some(manifest_of(&self.release, deprecated)),
            Kind::Graph(subject) => {
                let blob = graph(&graph_of(&self.release));
                Some(of_blob(Descriptor::of(GRAPH, &blob), Some(subject.descriptor(&self.release))))
            }
            Kind::Sbom(file, subject) => {
                Some(of_blob(Descriptor::sbom(file), Some(subject.descriptor(&self.release))))
            }
            Kind::GraphBlob | Kind::Kept(_) => None,
        }
    }

    /// The blob that has the digest, where it is that of a derived one.
    pub fn blob(&self, graph_of: &impl Fn(&Release) -> Vec<Node>) -> Option<Content> {
        matches!(self.kind, Kind::GraphBlob).then(|| graph(&graph_of(&self.release)))
    }

    /// The manifest that was kept as it came, and has the digest.
    pub fn kept_manifest(&self) -> Option<&Arc<AttachedFile>> {
        self.kept().filter(|file| is_manifest(file))
    }

    /// What else was kept as it came, and has the digest.
    pub fn kept_blob(&self) -> Option<&Arc<AttachedFile>> {
        self.kept().filter(|file| !is_manifest(file))
    }

    fn kept(&self) -> Option<&Arc<AttachedFile>> {
        match &self.kind {
            Kind::Kept(file) => Some(file),
            _ => None,
        }
    }

    /// Whether the digest is that of a manifest, so that something may refer to it.
    pub fn is_manifest(&self) -> bool {
        !matches!(self.kind, Kind::GraphBlob) && self.kept_blob().is_none()
    }

    /// What is derived that refers to the manifest that has the digest, of a release with these files beside it.
    pub fn referrers<'a>(
        &self,
        graph_of: &impl Fn(&Release) -> Vec<Node>,
        attached: impl Iterator<Item = &'a Arc<AttachedFile>>,
    ) -> Vec<Referrer> {
        let subject = match &self.kind {
            Kind::Package(deprecated) => Subject::Derived(deprecated.clone()),
            Kind::Kept(file) if is_package(file) => Subject::Pushed(Arc::clone(file)),
            _ => return Vec::new(),
        };
        let about = subject.descriptor(&self.release);
        let blob = graph(&graph_of(&self.release));
        let graph = of_blob(Descriptor::of(GRAPH, &blob), Some(about.clone()));
        let sboms = sboms(attached).map(|file| {
            let manifest = of_blob(Descriptor::sbom(file), Some(about.clone()));
            Referrer::new(file.media_type.clone(), &manifest)
        });
        std::iter::once(Referrer::new(GRAPH, &graph)).chain(sboms).collect()
    }
}
