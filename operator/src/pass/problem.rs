//! What users are told when something is not as it must be.

use std::collections::BTreeSet;

use barre_crds::condition::Reason;

/// What a user must know and do about one aspect of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) reason: Reason,
    pub(crate) message: String,
}

impl Problem {
    /// Returns a problem; `message` says the next step and no secret.
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    /// Returns all of them as one, under the reason of the first.
    pub(crate) fn all<'a>(problems: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut problems = problems.into_iter();
        let mut all = problems.next()?.clone();
        let mut told = BTreeSet::from([all.message.clone()]);
        for problem in problems.filter(|problem| told.insert(problem.message.clone())) {
            all.message = format!("{}; {}", all.message, problem.message);
        }
        Some(all)
    }
}
