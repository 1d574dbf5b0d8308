//! What is known before an upstream is asked.

use std::sync::Arc;

use barre_contract::known::Cursor;
use barre_core::mirror::Found;
use barre_core::package::Platform;
use barre_core::state::{Release, State};
use jiff::Timestamp;

/// What is known before anything is asked.
pub struct Before {
    /// What this registry has.
    pub state: Arc<State>,
    /// How far the last run has read what happened upstream, if what it selected is still what is selected.
    pub cursor: Option<Cursor>,
    pub now: Timestamp,
    /// Whether it matters what upstream has no more.
    pub watches: bool,
    /// Which platforms are copied; all, if there are none.
    pub platforms: Vec<Platform>,
}

/// What is known of a release that is here, as an upstream would say it.
pub(super) fn found(release: &Release) -> Found {
    let (described, stored) = (&release.description, &release.stored);
    Found {
        coordinates: described.coordinates.clone(),
        platform: described.platform.clone(),
        digest: Some(stored.digest),
        size: Some(stored.size),
        published: stored.published,
        distribution: described.distribution.clone(),
    }
}
