//! Why a run ends before all is done.

use std::time::Duration;

use barre_contract::mirror::Outcome;
use barre_core::mirror::TooLarge;
use futures::future::{BoxFuture, Shared};

use super::transport::{self, settings::Unusable};
use crate::log::{CommitError, Unavailable};
use crate::store;

/// How long what is under way may take once a run is to end.
pub(super) const GRACE: Duration = Duration::from_secs(20);

/// Resolves when nothing new is to begin, with the reason.
pub(super) type Ending<'a> = Shared<BoxFuture<'a, End>>;

/// How a run ended that is no success, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) outcome: Outcome,
    pub(super) message: String,
}

impl End {
    pub(super) fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, message: message.into() }
    }

    /// What is selected cannot be read.
    pub(super) fn invalid(error: &dyn std::error::Error) -> Self {
        Self::new(Outcome::InvalidSelection, error.to_string())
    }

    /// The registry itself is in the way.
    pub(super) fn registry(error: &dyn std::error::Error) -> Self {
        Self::new(Outcome::RegistryFailed, chain(error))
    }
}

impl From<Unusable> for End {
    fn from(error: Unusable) -> Self {
        let outcome = match &error {
            Unusable::Url { .. } | Unusable::Refused(_) => Outcome::UpstreamRefused,
            Unusable::Token { .. } | Unusable::TokenText => Outcome::UpstreamUnauthorized,
            Unusable::Certificates { .. } | Unusable::Proxy(_) | Unusable::Client(_) => {
                Outcome::UpstreamUnreachable
            }
        };
        Self::new(outcome, chain(&error))
    }
}

impl From<transport::Error> for End {
    fn from(error: transport::Error) -> Self {
        use transport::Error;
        let outcome = match &error {
            Error::Refused(_) | Error::Redirect(_) => Outcome::UpstreamRefused,
            Error::Unauthorized(_) => Outcome::UpstreamUnauthorized,
            Error::Throttled { .. } => Outcome::UpstreamThrottled,
            Error::Deadline => Outcome::DeadlineExceeded,
            _ => Outcome::UpstreamUnreachable,
        };
        Self::new(outcome, chain(&error))
    }
}

impl From<TooLarge> for End {
    fn from(error: TooLarge) -> Self {
        Self::new(Outcome::SelectionTooLarge, error.to_string())
    }
}

impl From<Unavailable> for End {
    fn from(error: Unavailable) -> Self {
        Self::registry(&error)
    }
}

impl From<CommitError> for End {
    fn from(error: CommitError) -> Self {
        Self::registry(&error)
    }
}

impl From<store::Error> for End {
    fn from(error: store::Error) -> Self {
        Self::registry(&error)
    }
}

/// The whole chain of causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
