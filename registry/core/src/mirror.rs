//! What a mirror copies: a pure function of what is selected, of what upstream says of itself, and of what is there.
//!
//! ```text
//! Selection ─► Planner ─► Step::Ask(questions) ─► whoever asks upstream ─► learn(fact) ─► … ─► Step::Done(Plan)
//!                                        Plan, what is there, since when it is unselected, now ─► prune ─► what goes
//!                                                  lock files of projects ─► locks ─► a selection by name
//! ```
//!
//! What a version needs is known only once upstream has told it, so that a plan is made in steps: each asks for what is
//! needed to go on, and for nothing else. A plan follows from the facts, never from the order in which they came. Of an
//! organization that this mirror does not fill, nothing is ever asked.

pub mod locks;
pub mod verified;

mod order;
mod plan;
mod planner;
mod prune;
mod pull;
mod rule;
mod selection;
mod step;
mod upstream;
mod verdict;

pub use plan::{Conflict, Copy, Deprecation, Differs, Missing, Plan, Skip, Skipped, Waiting, Which, Why};
pub use planner::Planner;
pub use prune::{Leaving, Pruned, Since, Tripped, Unwanted, prune};
pub use pull::Pull;
pub use rule::{Invalid, Rule};
pub use selection::Selection;
pub use step::{Step, TooLarge};
pub use upstream::{Fact, Found, Question, UpstreamVersion};
pub use verdict::Verdict;

#[cfg(test)]
mod tests;
