//! What has API docs, and which ones.

use std::sync::Arc;

use super::model::{Package, Release, State};
use crate::package::PackageId;
use crate::release::{AttachedFile, Purpose};

impl State {
    /// The packages with API docs of any version, in the order of their names.
    pub fn documented(&self) -> impl Iterator<Item = &PackageId> {
        self.documented.iter()
    }
}

impl Package {
    /// Whether any version has API docs.
    pub(super) fn is_documented(&self) -> bool {
        let mut attached = self.versions.values().flat_map(|there| &there.attached);
        attached.any(|(_, file)| file.purpose == Purpose::Docs)
    }

    /// The API docs of a release: those that came last.
    pub fn docs<'a>(&'a self, release: &Release) -> Option<&'a Arc<AttachedFile>> {
        self.attached(release).filter(|file| file.purpose == Purpose::Docs).last()
    }
}
