//! Why one version was not copied: one word for programs, and a sentence for people.

use std::time::Duration;

use barre_contract::mirror::Outcome;
use barre_core::digest::Digest;
use barre_core::state::{Reason, released};

use super::end::chain;
use super::transport;
use crate::service::publish::{self, deprecation};

/// Why one version was not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: &'static str,
    pub(super) message: String,
    /// The time of the run was over: nothing is wrong with it.
    pub(super) is_late: bool,
    /// How long upstream wants to be left alone, if it says so.
    pub(super) after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(reason: &'static str, message: String) -> Self {
        Self { reason, message, is_late: false, after: None }
    }

    /// Whether upstream seems to be away, for everything.
    pub(super) fn is_away(&self) -> bool {
        matches!(self.reason, "UpstreamFailed" | "UpstreamUnreachable" | "UpstreamThrottled")
    }

    /// Whether the registry itself is in the way, of everything.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.reason, "RegistryFailed" | "FormatTooOld")
    }

    /// How a run ends in which everything fails so.
    pub(super) fn outcome(&self) -> Outcome {
        if self.is_ours() {
            Outcome::RegistryFailed
        } else if self.reason == "UpstreamThrottled" {
            Outcome::UpstreamThrottled
        } else {
            Outcome::UpstreamUnreachable
        }
    }

    /// Upstream sends other bytes than it says.
    pub(super) fn differs(sent: &Digest, said: &Digest) -> Self {
        Self::new(
            "DigestDiffers",
            format!("upstream says that it is {said}, and sends {sent}: it is broken there, or on its way"),
        )
    }
}

impl From<transport::Error> for Failure {
    fn from(error: transport::Error) -> Self {
        use transport::Error;
        let reason = match &error {
            Error::Refused(_) => "AddressRefused",
            Error::Redirect(_) => "RedirectRefused",
            Error::Unauthorized(_) => "UpstreamUnauthorized",
            Error::NotFound(_) | Error::Gone => "Upstream404",
            Error::Throttled { .. } => "UpstreamThrottled",
            Error::Failing { .. } | Error::Status { .. } => "UpstreamFailed",
            Error::Unreachable(_) | Error::Silent => "UpstreamUnreachable",
            Error::Broken(_) => "Truncated",
            Error::TooLarge { .. } => "TooLarge",
            Error::Unreadable(_) => "Unreadable",
            Error::Deadline => "DeadlineExceeded",
        };
        let is_late = matches!(error, Error::Deadline);
        Self { reason, message: chain(&error), is_late, after: error.after() }
    }
}

impl From<publish::Error> for Failure {
    fn from(error: publish::Error) -> Self {
        use publish::Error;
        let reason = match &error {
            Error::Invalid(_) => "NotABala",
            Error::TooLarge { .. } => "TooLarge",
            Error::OtherDestination(_) => "OtherPackage",
            Error::Refused(reason) => refused(reason),
            Error::Damaged { .. }
            | Error::Sbom(_)
            | Error::Docs(_)
            | Error::Denied(_)
            | Error::Credentials(_) => "Refused",
            Error::Uploads(_)
            | Error::Commit(_)
            | Error::Store(_)
            | Error::Slow
            | Error::Busy(_)
            | Error::Full(_)
            | Error::Scratch(_) => "RegistryFailed",
        };
        let message = match &error {
            // Its own text is about paths.
            Error::OtherDestination(other) => {
                format!("what upstream sends in its place is the bala of {other}")
            }
            error => chain(error),
        };
        Self::new(reason, message)
    }
}

impl From<deprecation::Error> for Failure {
    fn from(error: deprecation::Error) -> Self {
        use deprecation::Error;
        let reason = match &error {
            Error::Denied(_) | Error::Absent => "Refused",
            Error::Refused(reason) => refused(reason),
            Error::Commit(_) | Error::Unavailable(_) => "RegistryFailed",
        };
        Self::new(reason, chain(&error))
    }
}

/// Why the log does not take it.
fn refused(reason: &Reason) -> &'static str {
    match reason {
        Reason::Released(released::Refused::Exists { .. }) => "DigestDiffers",
        Reason::Released(released::Refused::OtherOrigin { .. }) => "OtherOrigin",
        Reason::Beyond { .. } => "FormatTooOld",
        _ => "Refused",
    }
}
