//! The state of a registry: the fold of its log.
//!
//! `(state, outcomes) = state.apply(segment)` is pure, total and deterministic, so that every pod that has read
//! the same segments has the same state. It enforces every rule itself: a change in the log may still be
//! rejected here, and then it changes nothing and its author is told. It reads no clock but the segment's time.
//!
//! Each kind of change is one file below `kind/`: its body, its rules, its reasons. A new one is such a file, a line in the
//! table of [`kind`], its golden file, and the format of the log from which on it may appear.

mod documented;
mod graphs;
mod model;

pub mod body;
pub mod kind;

mod fold;

pub use fold::ChainError;
pub use kind::{Kind, Outcome, Reason, attached, condemned, deprecated, evicted, opened, raised, released};
pub use model::{Package, Release, State};

#[cfg(test)]
mod tests;
