//! What is to be done, and why not more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::upstream::{Found, Question};
use crate::digest::Digest;
use crate::package::{Coordinates, Org, PackageId, Platform};
use crate::release::Origin;

/// What a run is to do. Each list has its own order, which follows from the facts alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is needed comes before what needs it.
    pub copy: Vec<Copy>,
    /// What is selected and there.
    pub present: Vec<Which>,
    /// What is too young.
    pub waiting: Vec<Waiting>,
    /// What somebody has ruled out, and the reason.
    pub denied: Vec<(Which, String)>,
    /// What is selected by name, or needed by what is selected, and does not come.
    pub missing: Vec<Missing>,
    /// What may not come, because of what is there.
    pub conflicts: Vec<Conflict>,
    /// What a rule includes and something else in the selection leaves out.
    pub skipped: Vec<Skipped>,
    /// Packages that a rule includes and another excludes whole.
    pub excluded: BTreeMap<PackageId, String>,
    /// In which versions this registry says something else than upstream.
    pub deprecations: Vec<Deprecation>,
    /// What upstream did not answer.
    pub unanswered: Vec<(Question, String)>,
    /// What is selected, whether it may come in or not.
    pub selected: BTreeSet<Which>,
    /// What this mirror brought once and upstream has no more. Known where it is watched.
    pub orphaned: BTreeSet<Which>,
}

/// One version for one platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Which {
    pub coordinates: Coordinates,
    pub platform: Platform,
}

/// One bala that is to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    pub found: Found,
    /// What of the plan should be there before it.
    pub after: BTreeSet<Coordinates>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub which: Which,
    /// Without it for ever: upstream does not say when it was published.
    pub until: Option<Timestamp>,
}

/// A version that does not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub version: Coordinates,
    /// One that needs it; none where it is selected by name.
    pub by: Option<Coordinates>,
    pub why: Why,
}

/// Why a version does not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("upstream does not have it")]
    NotUpstream,
    #[error("the selection excludes {rule}")]
    Excluded { rule: String },
    #[error("it is there for none of the selected platforms: add one of them, {}", listed(.has))]
    Platform { has: Vec<Platform> },
    #[error("{}", waits(.until.as_ref()))]
    Waits { until: Option<Timestamp> },
    #[error("it is denied: {reason}")]
    Denied { reason: String },
    #[error("organization {org} is filled {}, and not by this mirror", origin.by_whom())]
    OtherOrigin { org: Org, origin: Origin },
    #[error("upstream has other bytes than those that were here")]
    DigestDiffers,
    #[error("upstream did not say what it is: {0}")]
    Unanswered(String),
}

fn listed(platforms: &[Platform]) -> String {
    platforms.iter().map(Platform::as_str).collect::<Vec<_>>().join(" or ")
}

fn waits(until: Option<&Timestamp>) -> String {
    match until {
        Some(until) => format!("it is too young until {until}"),
        None => "it waits, because upstream does not say how old it is".to_owned(),
    }
}

/// What may not come, because of what is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Nothing of it is asked of upstream.
    #[error(
        "organization {org} is filled {}: take it out of the selection, this mirror can bring nothing of it",
        origin.by_whom()
    )]
    Organization { org: Org, origin: Origin },
    #[error(transparent)]
    Digest(Differs),
}

/// Upstream has other bytes for a version than there are, or were, here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} for platform {} is {here} here and {upstream} upstream: a version never changes, so that it stays as it is; ask \
     whoever runs upstream why it did",
    .which.coordinates, .which.platform
)]
pub struct Differs {
    pub which: Which,
    pub here: Digest,
    pub upstream: Digest,
}

/// A version that a rule includes and something else leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub version: Coordinates,
    pub why: Skip,
}

/// What leaves it out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    #[error("the selection excludes {rule}")]
    Excluded { rule: String },
    #[error("it is a pre-release")]
    Prerelease,
    #[error("it is deprecated")]
    Deprecated,
    #[error("there are enough newer versions")]
    Older,
    #[error("it is there for none of the selected platforms")]
    Platform,
    #[error("it was built with an older distribution, or does not say with which")]
    Distribution,
    #[error("upstream lists it, and does not have it")]
    NotUpstream,
    #[error("upstream did not say what it is: {0}")]
    Unanswered(String),
}

/// What whoever uses a version should hear from now on; nothing, where it is deprecated no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deprecation {
    pub version: Coordinates,
    pub message: Option<String>,
}

impl Plan {
    /// Whether everything is known that decides what is selected.
    pub fn is_complete(&self) -> bool {
        self.unanswered.is_empty()
    }
}
