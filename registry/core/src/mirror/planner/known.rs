//! What is known so far.

use barre_contract::mirror::PrunePolicy;

use super::super::selection::Selection;
use super::super::upstream::Facts;
use crate::state::State;

/// All that a plan follows from.
pub(super) struct Known<V> {
    pub(super) selection: Selection,
    /// Of the mirror: the origin of what it brings.
    pub(super) id: String,
    pub(super) state: State,
    pub(super) verdict: V,
    pub(super) prune: PrunePolicy,
    pub(super) facts: Facts,
}
