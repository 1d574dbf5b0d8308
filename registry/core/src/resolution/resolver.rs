//! Who resolves: for one asker, in one state.

use super::budget::Limits;
use super::suit::Suit;
use crate::state::{Release, State};

/// Resolves for one asker in one state.
pub struct Resolver<'a, S> {
    pub(super) state: &'a State,
    pub(super) suit: S,
    pub(super) limits: Limits,
}

impl<'a, S: Fn(&Release) -> Suit> Resolver<'a, S> {
    /// A resolver for whom every release is what `suit` says.
    pub fn new(state: &'a State, suit: S, limits: Limits) -> Self {
        Self { state, suit, limits }
    }
}
