//! What the Job of a run says of itself, so that what led to it is known as long as it is there.

/// Why a run began.
pub(crate) const TRIGGER: &str = "barre.dev/trigger";
/// The hash of what it was told.
pub(crate) const SETTINGS: &str = "barre.dev/settings-hash";
/// The run before.
pub(crate) const PREVIOUS: &str = "barre.dev/previous-run";
/// The annotation of the PackageMirror that it answers.
pub(crate) const REQUESTED: &str = barre_crds::SYNC_REQUESTED_AT;
/// The time of the schedule for which it began.
pub(crate) const SCHEDULED: &str = "barre.dev/scheduled-at";
