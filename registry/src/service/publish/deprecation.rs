//! Versions that should be used no more, and may be used again.
//!
//! What is so already changes nothing, and is a success. It may have been otherwise a moment ago, by the word of another
//! pod: so the log is read to its end first, unlike for a push, whose success is for ever.

use barre_core::access::{Action, Denied, Identity, Target, permission};
use barre_core::package::{Name, Org, Version};
use barre_core::state::deprecated::{self, Deprecated, Undeprecated};
use barre_core::state::{Kind, Outcome, Reason};

use super::Publisher;
use crate::log::{CommitError, Unavailable};

/// Why versions stay as they are. The texts are for the one who runs `bal deprecate`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Denied(Denied),
    /// There is no such package, or it has no such version.
    #[error("package not found")]
    Absent,
    #[error(transparent)]
    Refused(Box<Reason>),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The versions of a package that are meant.
#[derive(Debug, Clone)]
pub struct Versions {
    pub org: Org,
    pub name: Name,
    /// One version; without it all that are there.
    pub version: Option<Version>,
}

impl Publisher {
    /// Lets whoever uses these versions hear the message, or nothing any more. The segment whose state says so.
    pub async fn deprecate(
        &self,
        identity: &Identity,
        versions: Versions,
        message: Option<String>,
    ) -> Result<u64, Error> {
        let Versions { org, name, version } = versions;
        self.log.fresh().await?;
        permission(identity, Action::Publish, Target::Organization(&org)).map_err(Error::Denied)?;
        let (package, deprecates) = (format!("{org}/{name}"), message.is_some());
        let kind: Kind = match message {
            Some(message) => Deprecated { org, name, version, message }.into(),
            None => Undeprecated { org, name, version }.into(),
        };
        let change = self.log.change(identity.actor(), kind);
        let known = self.log.verdict(&change);
        let committed =
            if known.outcome == Outcome::Accepted { self.log.commit(change).await? } else { known };
        match committed.outcome {
            Outcome::Accepted => {
                tracing::info!(package, actor = identity.actor(), deprecates, "deprecated");
                Ok(committed.seq)
            }
            Outcome::Duplicate => Ok(committed.seq),
            Outcome::Rejected(reason) => Err(refused(reason)),
        }
    }
}

fn refused(reason: Reason) -> Error {
    match reason {
        Reason::Deprecated(refused) | Reason::Undeprecated(refused) => match refused {
            deprecated::Refused::NoPackage(_) | deprecated::Refused::NoVersion(..) => Error::Absent,
        },
        reason => Error::Refused(Box::new(reason)),
    }
}
