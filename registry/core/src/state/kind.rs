//! All kinds of changes, and what becomes of one.

pub mod attached;
pub mod condemned;
pub mod deprecated;
pub mod evicted;
pub mod opened;
pub mod raised;
pub mod released;

use serde::Serialize;
use serde_json::Value;

use super::body::{About, Applied, Body, Place};
use super::model::State;
use crate::format::Format;

/// Declares the kinds, one a line, so that a new one is a line here and nowhere else: the variants of `Kind` and `Reason`,
/// and everything that asks each kind for something, follow from the table.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident($body:ty),)*) => {
        /// What a change does.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Kind {
            $($(#[$doc])* $kind(Box<$body>),)*
        }

        /// Why a change was rejected.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum Reason {
            #[error(
                "the registry's log is in format {in_force}, and this needs format {needed}: it is possible once all \
                 servers of this registry run the new release"
            )]
            Beyond { needed: u32, in_force: u32 },
            $(#[error(transparent)] $kind(<$body as Body>::Refused),)*
        }

        impl Kind {
            /// The names of all kinds, each with the format of the log from which on it may appear.
            pub const ALL: &[(&str, u32)] = &[$((<$body>::NAME, <$body>::FORMAT)),*];

            /// The name in the log.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => <$body>::NAME,)*
                }
            }

            /// The format of the log from which on it may appear.
            pub fn format(&self) -> u32 {
                match self {
                    $(Self::$kind(body) => body.format(),)*
                }
            }

            /// What it is about.
            pub fn about(&self) -> About<'_> {
                match self {
                    $(Self::$kind(body) => body.about(),)*
                }
            }

            /// Reads the fields of the kind called `name`.
            pub(crate) fn read(name: &str, fields: Value) -> Result<Self, Unreadable> {
                match name {
                    $(<$body>::NAME => Ok(serde_json::from_value::<$body>(fields)?.into()),)*
                    unknown => Err(Unreadable::Kind(unknown.to_owned())),
                }
            }

            /// Does it, or changes nothing.
            pub(super) fn apply(&self, state: &mut State, place: Place<'_>) -> Outcome {
                match self {
                    $(Self::$kind(body) => match body.apply(state, place) {
                        Ok(Applied::Now) => Outcome::Accepted,
                        Ok(Applied::Before) => Outcome::Duplicate,
                        Err(refused) => Outcome::Rejected(Reason::$kind(refused)),
                    },)*
                }
            }
        }

        $(impl From<$body> for Kind {
            fn from(body: $body) -> Self {
                Self::$kind(Box::new(body))
            }
        })*
    };
}

kinds! {
    /// Somebody begins to operate the log.
    Opened(opened::Opened),
    /// The format of the log goes up.
    Format(Format),
    /// A bala was published.
    Released(released::Released),
    /// These folders will never be accepted: their unreferenced files are about to be deleted.
    Condemned(condemned::Condemned),
    /// Versions should be used no more.
    Deprecated(deprecated::Deprecated),
    /// They may be used again.
    Undeprecated(deprecated::Undeprecated),
    /// A release got a file beside its bala.
    Attached(attached::Attached),
    /// A bala that a mirror brought goes.
    Evicted(evicted::Evicted),
}

/// What the fold did with a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds from this segment on.
    Accepted,
    /// What it wants was so before: of a push, the same bytes are there, that release stays, and the client hears success.
    Duplicate,
    /// It changed nothing.
    Rejected(Reason),
}

/// Why a line is no change.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("unknown kind of change \"{0}\"")]
    Kind(String),
    #[error(transparent)]
    Fields(#[from] serde_json::Error),
}
