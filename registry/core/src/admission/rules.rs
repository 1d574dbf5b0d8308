//! The rules, and what they say of a release.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::table::Table;
use crate::digest::Digest;
use crate::mirror::Verdict;
use crate::package::Coordinates;
use crate::release::Origin;
use crate::state::Release;

/// The rules of all mirrors of one registry. The default is that of a registry without any: everything is admitted.
#[derive(Debug, Default)]
pub struct Admission {
    /// By the id of the mirror, where it has one.
    pub(super) ages: HashMap<String, Age>,
    /// The reason of each.
    pub(super) denied: Table<String>,
    pub(super) denied_digests: HashMap<Digest, String>,
}

/// How old what a mirror brings must be.
#[derive(Debug)]
pub(super) struct Age {
    /// What people call the mirror.
    pub(super) mirror: String,
    pub(super) minimum: SignedDuration,
    /// Whether younger ones wait.
    pub(super) holds: bool,
    /// What may be younger.
    pub(super) spared: Table<()>,
    pub(super) let_in: BTreeMap<Coordinates, String>,
}

/// What decides about a release, here or upstream.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub coordinates: &'a Coordinates,
    /// Of the bala, where it is known.
    pub digest: Option<Digest>,
    pub origin: &'a Origin,
    /// Upstream's date or when it was first seen there, whichever is later.
    pub published: Option<Timestamp>,
}

/// A version that somebody has let in although it may be too young.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetIn<'a> {
    /// What people call the mirror.
    pub mirror: &'a str,
    pub coordinates: &'a Coordinates,
    pub reason: &'a str,
}

/// The rules at one time.
#[derive(Debug, Clone, Copy)]
pub struct Admitting<'a> {
    admission: &'a Admission,
    now: Timestamp,
}

impl Admission {
    /// What becomes of a release.
    pub fn verdict(&self, facts: Facts<'_>, now: Timestamp) -> Verdict {
        let Facts { coordinates, digest, origin: Origin::Mirror(id), published } = facts else {
            return Verdict::Admitted;
        };
        let by_digest = || digest.and_then(|digest| self.denied_digests.get(&digest));
        if let Some(reason) = self.denied.find(coordinates).or_else(by_digest) {
            return Verdict::Denied { reason: reason.clone() };
        }
        let Some(age) = self.ages.get(id).filter(|age| age.holds) else { return Verdict::Admitted };
        let old_enough = |at: Timestamp| at.saturating_add(age.minimum).unwrap_or(Timestamp::MAX);
        let until = published.map(old_enough);
        if until.is_some_and(|until| until <= now) || age.spares(coordinates) {
            return Verdict::Admitted;
        }
        Verdict::Waits { until }
    }

    /// Whether every release is admitted at any time.
    pub fn is_open(&self) -> bool {
        self.denied.is_empty() && self.denied_digests.is_empty() && !self.ages.values().any(|age| age.holds)
    }

    /// What was let in, and why.
    pub fn let_in(&self) -> impl Iterator<Item = LetIn<'_>> {
        self.ages.values().flat_map(|age| {
            let let_in = age.let_in.iter();
            let_in.map(|(coordinates, reason)| LetIn { mirror: &age.mirror, coordinates, reason })
        })
    }

    /// The rules at a time; nothing where there is nothing to look at.
    pub fn at(&self, now: Timestamp) -> Option<Admitting<'_>> {
        (!self.is_open()).then_some(Admitting { admission: self, now })
    }
}

impl Age {
    fn spares(&self, coordinates: &Coordinates) -> bool {
        self.let_in.contains_key(coordinates) || self.spared.find(coordinates).is_some()
    }
}

impl Admitting<'_> {
    /// What becomes of a release that is stored.
    pub fn verdict(self, release: &Release) -> Verdict {
        let Release { description, stored, .. } = release;
        let facts = Facts {
            coordinates: &description.coordinates,
            digest: Some(stored.digest),
            origin: &stored.origin,
            published: stored.published,
        };
        self.admission.verdict(facts, self.now)
    }

    /// Whether it may be seen.
    pub fn admits(self, release: &Release) -> bool {
        self.verdict(release) == Verdict::Admitted
    }
}

impl Verdict {
    /// Why somebody does not get what it is about, who may know of it. Follows a name.
    pub fn why_not(&self) -> Option<String> {
        match self {
            Self::Admitted => None,
            Self::Waits { until: Some(until) } => Some(format!("it is too young until {until}")),
            Self::Waits { until: None } => {
                Some("it is too young: nobody knows when it was published".to_owned())
            }
            Self::Denied { reason } => Some(format!("it is denied in this registry: {reason}")),
        }
    }
}
