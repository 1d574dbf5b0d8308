//! Why something did not come from an upstream.

use std::error::Error as _;
use std::time::Duration;

use http::StatusCode;

use crate::service::mirror::guard::Refused;

/// How much is told of what an upstream says.
const TOLD_CHARS: usize = 200;

/// Why something did not come. The texts stand in reports, which people read who run the registry.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("upstream redirects {0}, which is not followed")]
    Redirect(String),
    #[error("upstream refuses our credentials: {0}")]
    Unauthorized(String),
    #[error("upstream does not have it: {0}")]
    NotFound(String),
    #[error("upstream does not know this place any more")]
    Gone,
    #[error("upstream asks for fewer requests (429)")]
    Throttled { after: Option<Duration> },
    #[error("upstream fails ({status}): {says}")]
    Failing { status: StatusCode, says: String, after: Option<Duration> },
    #[error("upstream refuses the question ({status}): {says}")]
    Status { status: StatusCode, says: String },
    #[error("upstream cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("upstream says nothing for too long")]
    Silent,
    #[error("upstream's answer breaks off")]
    Broken(#[source] reqwest::Error),
    #[error("upstream's answer is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("upstream's answer is not understood: {0}")]
    Unreadable(String),
    #[error("the time of the run is over")]
    Deadline,
}

/// Something that may fail because of an upstream.
pub trait Failure: From<Error> {
    /// What the upstream did, if it is that.
    fn upstream(&self) -> Option<&Error>;
}

impl Failure for Error {
    fn upstream(&self) -> Option<&Error> {
        Some(self)
    }
}

impl Error {
    /// Why a request was not answered. Its URL may hold a signature, and is left out.
    pub(super) fn of(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(refused) = cause.downcast_ref::<Refused>() {
                return refused.clone().into();
            }
            source = cause.source();
        }
        Self::Unreachable(error)
    }

    /// It answers something else. The text may repeat what it answers, of any length.
    pub fn unreadable(why: &str) -> Self {
        Self::Unreadable(short(why))
    }

    /// Whether the same may be answered otherwise a moment later.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Throttled { .. }
                | Self::Failing { .. }
                | Self::Unreachable(_)
                | Self::Silent
                | Self::Broken(_)
        )
    }

    /// How long upstream wants to be left alone.
    pub fn after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { after } | Self::Failing { after, .. } => *after,
            _ => None,
        }
    }
}

/// The beginning of what an upstream says, as one line.
pub fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TOLD_CHARS).collect()
}
