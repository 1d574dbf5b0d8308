//! `format`: the log goes up to another format, from the next segment on.

use crate::format::{self, Format};
use crate::state::body::{About, Applied, Body, Place};
use crate::state::model::State;

/// Why the format stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the format of a log never goes back")]
    Lowered,
}

impl Body for Format {
    const NAME: &'static str = "format";
    const FORMAT: u32 = format::FIRST;
    type Refused = Refused;

    fn about(&self) -> About<'_> {
        About::Registry
    }

    fn apply(&self, state: &mut State, _: Place<'_>) -> Result<Applied, Refused> {
        if self.reader < state.format.reader || self.writer < state.format.writer {
            return Err(Refused::Lowered);
        }
        if *self == state.format {
            return Ok(Applied::Before);
        }
        state.format = *self;
        Ok(Applied::Now)
    }
}
