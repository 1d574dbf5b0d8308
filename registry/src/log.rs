//! The log: reading it, following it, and appending to it.
//!
//! ```text
//! open ── replay ──► State ◄── advance ◄── follow: GET the next segment, again and again
//!                      │          ▲
//!                      ▼          └─────── commit: create the next segment, or read who was faster
//!                   snapshot ──► requests
//! ```
//!
//! All segments, our own included, go through `advance`: it applies a segment to the state once, in order, and
//! answers whoever waits for a change in it. So it makes no difference to a writer whether its segment was
//! created, found after an unclear answer, or read by the follower first.

mod begin;
mod commit;
mod follow;
mod handle;
mod nets;
mod open;
mod opening;
mod pace;
mod pending;
mod probe;
mod progress;
mod refusal;
mod replay;
mod stop;
mod upgrade;

pub use handle::Log;
pub use open::open;
pub use opening::{Expected, Opening};
pub use pending::Committed;
pub use probe::ProbeError;
pub use refusal::OpenError;
pub use replay::survey;
pub use stop::{CommitError, Damage, Stop, Unavailable};
