//! Why a push failed.

use std::io;

use barre_core::access::Denied;
use barre_core::api_docs::InvalidDocs;
use barre_core::bala;
use barre_core::maven::InvalidSbom;
use barre_core::package::Coordinates;
use barre_core::state::Reason;

use super::uploads;
use crate::log::CommitError;
use crate::service::identity::Refused;
use crate::service::memory::NoRoom;
use crate::store;

/// Why a push failed. The texts are for the one who runs `bal push`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] bala::Invalid),
    #[error(
        "the upload was damaged on its way: it arrived with SHA-256 {arrived}, sent was {sent}. Push again"
    )]
    Damaged { arrived: String, sent: String },
    #[error("the package is larger than this registry takes: at most {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the path is that of another package: this is the bala of {0}")]
    OtherDestination(Coordinates),
    #[error(transparent)]
    Sbom(#[from] InvalidSbom),
    #[error(transparent)]
    Docs(#[from] InvalidDocs),
    #[error(transparent)]
    Uploads(#[from] uploads::Full),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Credentials(#[from] Refused),
    #[error(transparent)]
    Refused(Box<Reason>),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("the registry cannot reach its storage: push again in a moment")]
    Store(#[from] store::Error),
    #[error("the registry's storage takes too long: push again in a moment")]
    Slow,
    #[error("too many packages are checked at the moment: push again in a moment")]
    Busy(#[source] NoRoom),
    #[error("the texts of too many packages are on their way to the storage: push again in a moment")]
    Full(#[source] NoRoom),
    #[error("the registry cannot use its scratch space: push again in a moment, or tell its operators")]
    Scratch(#[source] io::Error),
}
