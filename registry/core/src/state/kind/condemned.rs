//! `condemned`: folders that no segment names are about to be deleted, so that no segment may name them any more.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::format;
use crate::state::body::{About, Applied, Body, Place};
use crate::state::model::State;

/// Folders of releases that will never be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condemned {
    #[serde(rename = "releases")]
    pub folders: Vec<Uuid>,
}

/// Why none of them is condemned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("a release that is in use cannot be condemned")]
    Live,
}

impl Body for Condemned {
    const NAME: &'static str = "condemned";
    const FORMAT: u32 = format::FIRST;
    type Refused = Refused;

    fn about(&self) -> About<'_> {
        About::Registry
    }

    fn apply(&self, state: &mut State, _: Place<'_>) -> Result<Applied, Refused> {
        if self.folders.iter().any(|folder| state.folders.contains(folder)) {
            return Err(Refused::Live);
        }
        state.condemned.extend(self.folders.iter().copied());
        Ok(Applied::Now)
    }
}
