//! `opened`: somebody begins to operate the log, and nobody else does from here on.

use serde::{Deserialize, Serialize};

use crate::format;
use crate::state::body::{About, Applied, Body, Place};
use crate::state::model::State;

/// The first change of an epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// Who operates the log from here on; a pod of another owner stops.
    pub owner: String,
    /// One more than the epoch before.
    pub epoch: u64,
}

/// Why an epoch does not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the log is in epoch {current}: the next one must be one more")]
    Epoch { current: u64 },
}

impl Body for Opened {
    const NAME: &'static str = "opened";
    const FORMAT: u32 = format::FIRST;
    type Refused = Refused;

    fn about(&self) -> About<'_> {
        About::Registry
    }

    fn apply(&self, state: &mut State, place: Place<'_>) -> Result<Applied, Refused> {
        // First in its segment, so that the header and all other changes are of the new epoch.
        if place.index != 0 || self.epoch != state.epoch + 1 {
            return Err(Refused::Epoch { current: state.epoch });
        }
        state.epoch = self.epoch;
        state.owner = self.owner.as_str().into();
        Ok(Applied::Now)
    }
}
