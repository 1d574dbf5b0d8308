//! Why this process cannot serve, in words for people and for the operator.

use std::error::Error as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use barre_contract::failure::{Failure, LastWords};
use barre_contract::known::Known;

use super::termination;
use crate::log::{OpenError, Stop};
use crate::service::identity::Unusable;
use crate::service::mirrors::MirrorsUnusable;
use crate::store;

/// Why this process cannot serve, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error(transparent)]
    Tokens(#[from] Unusable),
    #[error(transparent)]
    Mirrors(#[from] MirrorsUnusable),
    #[error("the folder for uploads \"{}\" cannot be used, see --scratch-dir", .0.display())]
    Scratch(PathBuf, #[source] std::io::Error),
    #[error("there is no folder \"{}\": check --store, or begin a registry there with --create", .0.display())]
    NoFolder(PathBuf),
    #[error("the folder of the store cannot be locked")]
    Lock(#[source] std::io::Error),
    #[error(transparent)]
    Store(#[from] store::OpenError),
    #[error(transparent)]
    Log(#[from] OpenError),
    #[error("the log is closed to this process")]
    Stopped(#[source] Arc<Stop>, Known),
}

impl ServeError {
    /// One word for programs; the operator shows it as the reason of a condition.
    pub fn reason(&self) -> Failure {
        match self {
            Self::Listen(..) => Failure::AddressUnavailable,
            Self::Tokens(_) => Failure::TokensUnusable,
            Self::Mirrors(_) => Failure::MirrorsUnusable,
            Self::Scratch(..) => Failure::ScratchUnusable,
            Self::Lock(_) => Failure::BackendUnreachable,
            Self::NoFolder(_) => Failure::RegistryNotFound,
            Self::Store(_) => Failure::StoreSettingsInvalid,
            Self::Log(error) => log_reason(error),
            Self::Stopped(stop, _) => stop_reason(stop),
        }
    }

    /// The last words of the process.
    pub fn last_words(&self) -> LastWords {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        LastWords { known: self.known(), ..termination::last_words(self.reason(), &text) }
    }

    /// What this process knew of its registry, if the store is behind that.
    fn known(&self) -> Option<Known> {
        match self {
            Self::Stopped(stop, known) if matches!(**stop, Stop::Rewritten { .. }) => Some(known.clone()),
            Self::Log(OpenError::Rewound { registry, cursor, .. }) => {
                Some(Known { registry_id: registry.to_string(), cursor: cursor.clone() })
            }
            _ => None,
        }
    }
}

fn stop_reason(stop: &Stop) -> Failure {
    match stop {
        Stop::ForeignOwner { .. } => Failure::ForeignOwner,
        Stop::Format { .. } => Failure::FormatTooNew,
        Stop::Disk(_) => Failure::BackendUnreachable,
        Stop::Rewritten { .. } => Failure::LogRewound,
        Stop::Damaged { .. } | Stop::Gap { .. } => Failure::LogDamaged,
    }
}

fn log_reason(error: &OpenError) -> Failure {
    match error {
        OpenError::NoRegistry => Failure::RegistryNotFound,
        OpenError::NotEmpty(_) => Failure::BucketOwnedByAnother,
        OpenError::LogLost(_) => Failure::LogLost,
        OpenError::DataMissing(_) => Failure::DataMissing,
        OpenError::Exchanged { .. } => Failure::RegistryExchanged,
        OpenError::Rewound { .. } => Failure::LogRewound,
        OpenError::Clock => Failure::ClockWrong,
        OpenError::ForeignOwner { .. } => Failure::ForeignOwner,
        OpenError::Format { .. } => Failure::FormatTooNew,
        OpenError::Genesis(_) | OpenError::Damaged { .. } | OpenError::Gap { .. } => Failure::LogDamaged,
        OpenError::Store(error) => store_reason(error),
        // A store that answers the probe, and wrongly, is no reason to look at the network.
        OpenError::Probe(error) => error.unanswered().map_or(Failure::StoreUnsuitable, store_reason),
        OpenError::Stopped(stop) => stop_reason(stop),
    }
}

fn store_reason(error: &store::Error) -> Failure {
    match error {
        store::Error::Credentials(_) => Failure::CredentialsRejected,
        store::Error::Denied(_) => Failure::AccessDenied,
        store::Error::NoBucket(_) => Failure::BucketNotFound,
        store::Error::Missing(_) | store::Error::Disk(_) | store::Error::Unavailable(_) => {
            Failure::BackendUnreachable
        }
    }
}
