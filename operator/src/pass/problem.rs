//! What users are told when something is not as it must be.

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
}
