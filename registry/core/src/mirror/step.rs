//! What comes next on the way to a plan.

use super::plan::Plan;
use super::upstream::Question;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// These are open, and may be asked in any order, at the same time.
    Ask(Vec<Question>),
    Done(Box<Plan>),
}

/// More is selected than may be: nothing is copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {max} versions are selected, dependencies included: narrow the selection, or raise maxPackages if all of \
     them are meant"
)]
pub struct TooLarge {
    pub max: usize,
}
