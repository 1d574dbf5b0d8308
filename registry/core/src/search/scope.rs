//! What is searched: a state, and what of it is admitted.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::admission::{Admission, Admitting};
use crate::mirror::Verdict;
use crate::package::PackageId;
use crate::state::{Package, Release, State};

/// A state, and the rules of admission at one time.
#[derive(Clone)]
pub struct Scope {
    pub state: Arc<State>,
    pub admission: Arc<Admission>,
    pub now: Timestamp,
}

/// Packages of which something is not admitted, each with the time at which the first of it will be; [`NEVER`] where no time
/// helps.
pub(super) type Held = BTreeMap<PackageId, Timestamp>;

pub(super) const NEVER: Timestamp = Timestamp::MAX;

impl Scope {
    /// The rules, where there is anything to look at.
    pub fn admitting(&self) -> Option<Admitting<'_>> {
        self.admission.at(self.now)
    }

    /// Whether a release is admitted.
    pub(super) fn admits(&self, release: &Release) -> bool {
        self.admitting().is_none_or(|admitting| admitting.admits(release))
    }

    /// All packages of which something is held.
    pub(super) fn held(&self) -> Held {
        let Some(admitting) = self.admitting() else { return Held::new() };
        let held = |(id, package): (&PackageId, &Package)| Some((id.clone(), held_of(admitting, package)?));
        self.state.packages().filter_map(held).collect()
    }

    /// What is held now, where `held` was in an `earlier` scope with the same rules.
    pub(super) fn held_since(&self, earlier: &Self, held: &Held) -> Held {
        let Some(admitting) = self.admitting() else { return Held::new() };
        let mut now_held = held.clone();
        let changed = self.state.changed_since(&earlier.state).map(|(id, _)| id);
        let due = held.iter().filter(|(_, until)| **until <= self.now);
        for id in changed.chain(due.map(|(id, _)| id)) {
            match self.state.package(&id.org, &id.name).and_then(|package| held_of(admitting, package)) {
                Some(until) => now_held.insert(id.clone(), until),
                None => now_held.remove(id),
            };
        }
        now_held
    }
}

/// When the first of what is held of a package will be admitted; nothing where nothing is held.
fn held_of(admitting: Admitting<'_>, package: &Package) -> Option<Timestamp> {
    let releases = package.versions().flat_map(|(_, releases)| releases);
    let until = |release| match admitting.verdict(release) {
        Verdict::Admitted => None,
        Verdict::Waits { until } => Some(until.unwrap_or(NEVER)),
        Verdict::Denied { .. } => Some(NEVER),
    };
    releases.filter_map(|release| until(release)).min()
}
