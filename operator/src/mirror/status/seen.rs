//! What a pass saw and decided.

use barre_crds::PackageMirror;
use jiff::Timestamp;

use crate::{
    mirror::{choice::Choice, observe::Observed},
    pass::{finding::Finding, problem::Problem},
};

/// Everything that conditions are made from.
pub(super) struct Seen<'a> {
    pub(super) mirror: &'a PackageMirror,
    pub(super) observed: &'a Observed,
    pub(super) choice: &'a Choice,
    pub(super) errors: Vec<Problem>,
    pub(super) now: Timestamp,
}

impl Seen<'_> {
    pub(super) fn is_suspended(&self) -> bool {
        self.mirror.spec.suspend == Some(true)
    }

    pub(super) fn last(&self, type_: &str) -> Option<Finding> {
        Finding::last(&self.mirror.status.as_ref()?.conditions, type_)
    }
}
