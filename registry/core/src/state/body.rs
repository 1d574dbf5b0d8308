//! What every kind of change has in common.

use std::error::Error;
use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use uuid::Uuid;

use super::model::State;
use crate::package::{Name, Org, Version};

/// What a change of one kind says, and what it does.
pub trait Body: Debug + Clone + PartialEq + Eq + Serialize + DeserializeOwned {
    /// The kind's name in the log, for ever.
    const NAME: &'static str;
    /// The format of the log from which on it may appear.
    const FORMAT: u32;

    /// Why it may change nothing.
    type Refused: Error + Debug + Clone + PartialEq + Eq;

    /// The format from which on this one may appear: what it says may have come later than its kind.
    fn format(&self) -> u32 {
        Self::FORMAT
    }

    /// What it is about.
    fn about(&self) -> About<'_>;

    /// Does it, or changes nothing.
    fn apply(&self, state: &mut State, place: Place<'_>) -> Result<Applied, Self::Refused>;
}

/// What a change is about, which decides who may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<'a> {
    /// How the registry is operated.
    Registry,
    /// One version of a package; without it, all that there were.
    Versions { org: &'a Org, name: &'a Name, version: Option<&'a Version> },
    /// The release in this folder.
    Release { org: &'a Org, name: &'a Name, version: &'a Version, folder: Uuid },
}

/// Where a change stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its number in its segment.
    pub index: usize,
    /// Who asked for it.
    pub actor: &'a str,
}

/// How a change came out well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It holds from this segment on.
    Now,
    /// What it wants was so before.
    Before,
}
