//! The children of a PackageMirror. Jobs are made, one for each run, and never changed, so they stand beside the table.
//! Pure: the same input gives the same bytes.

pub(super) mod job;
pub(super) mod settings;

use barre_crds::PackageMirror;
use k8s_openapi::api::core::v1::ConfigMap;

use super::names;
use crate::pass::children::children;
use settings::Wanted;

children! {
    of PackageMirror, wanted as Wanted<'_>;

    /// What runs, and the pods of the Registry, are told.
    settings: ConfigMap = Applied settings::settings, named names::settings;
}
