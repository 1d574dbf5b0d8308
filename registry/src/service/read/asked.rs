//! What somebody looked for, so that an upstream may be asked for it before it is said what there is.

use std::sync::Mutex;

use barre_core::package::Coordinates;
use barre_core::resolution::PackageWanted;

use crate::base::lock::lock;

/// What somebody looked for.
#[derive(Default)]
pub(super) struct Asked {
    noted: Mutex<Noted>,
    /// Why nothing of it came, where there is more to say.
    why_not: Option<String>,
}

/// What is noted of it.
#[derive(Default)]
pub(super) struct Noted {
    /// Versions that are not here.
    pub(super) versions: Vec<Coordinates>,
    /// Packages of which the best version is wanted.
    pub(super) packages: Vec<PackageWanted>,
}

impl Asked {
    /// For who looks again, because an upstream was asked.
    pub(super) fn again(why_not: Option<String>) -> Self {
        Self { noted: Mutex::default(), why_not }
    }

    /// Notes a version that is not here, and says why it did not come, if that is known already.
    pub(super) fn note(&self, version: &Coordinates) -> Option<String> {
        let versions = &mut lock(&self.noted).versions;
        if !versions.contains(version) {
            versions.push(version.clone());
        }
        self.why_not.clone()
    }

    /// Notes a package of which the best version is wanted.
    pub(super) fn note_wanted(&self, wanted: PackageWanted) {
        let packages = &mut lock(&self.noted).packages;
        if !packages.contains(&wanted) {
            packages.push(wanted);
        }
    }

    pub(super) fn into_noted(self) -> Noted {
        self.noted.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Noted {
    pub(super) fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.packages.is_empty()
    }
}
