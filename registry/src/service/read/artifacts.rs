//! Looking for something by its digest, of what is derived from a package.
//!
//! To know which digest is what, all of a package is derived once: until the next change of that package, the answer is kept.

use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::oci::{Derivation, Digests};
use barre_core::package::PackageId;
use barre_core::state::Package;
use moka::sync::Cache;

use super::view::{PackageView, View};
use crate::service::memory::DIGESTS;

/// What one digest takes, in bytes.
const DIGEST_BYTES: usize = 128;

/// What is derived from packages, by digest. Cheap to clone.
#[derive(Clone)]
pub struct Artifacts {
    kept: Cache<PackageId, Kept>,
}

/// The digests of a package as it was: one that changes is another one in memory.
#[derive(Clone)]
struct Kept {
    package: Arc<Package>,
    digests: Arc<Digests>,
}

impl Default for Artifacts {
    fn default() -> Self {
        let weigh = |_: &PackageId, kept: &Kept| {
            u32::try_from(kept.digests.len().saturating_mul(DIGEST_BYTES)).unwrap_or(u32::MAX)
        };
        Self { kept: Cache::builder().max_capacity(DIGESTS).weigher(weigh).build() }
    }
}

impl Artifacts {
    /// What has this digest, of what may be seen of a package.
    pub fn find(&self, view: View<'_>, package: PackageView<'_>, digest: Digest) -> Option<Derivation> {
        let digests = self.digests(view, package);
        digests.find(digest, |release| package.sees(release)).cloned()
    }

    fn digests(&self, view: View<'_>, package: PackageView<'_>) -> Arc<Digests> {
        let (id, package) = (package.id(), package.whole());
        if let Some(kept) = self.kept.get(id).filter(|kept| Arc::ptr_eq(&kept.package, package)) {
            return kept.digests;
        }
        let digests = Arc::new(Digests::of(package, &|release| view.graph(release)));
        let kept = Kept { package: Arc::clone(package), digests: Arc::clone(&digests) };
        self.kept.insert(id.clone(), kept);
        digests
    }
}
