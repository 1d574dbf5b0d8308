//! Mirrors: what is fetched from an upstream, and how it becomes a release of this registry.
//!
//! ```text
//! upstream ─► plan (pure) ─► copy ─► publish, the same as of a push ─► what upstream deprecated ─► prune ─► report
//!    └── transport: where requests go, how often, how fast ── guard: to which addresses
//! ```
//!
//! What is in the log is never fetched again, so that a run which ends anywhere costs the next one nothing but the list.

mod copy;
mod copying;
mod decided;
mod end;
mod failure;
mod given;
pub mod guard;
mod history;
mod prune;
pub mod pull_through;
mod report;
mod run;
pub mod transport;
pub mod upstream;

pub use given::{Event, Run};
pub use run::run;
