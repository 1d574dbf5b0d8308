//! Why bytes cannot be served.

use std::io;
use std::sync::Arc;

use crate::service::memory::NoRoom;
use crate::store::{self, Key};

/// Why bytes cannot be served. The text is for a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("the registry cannot reach its storage: try again in a moment")]
    Store(#[source] Arc<store::Error>),
    #[error("the registry's storage broke off: try again in a moment")]
    Broken(#[source] Arc<io::Error>),
    #[error("the stored file is damaged, it is not served: tell the operators of this registry")]
    Damaged { path: String },
    /// It has just gone, and this pod has yet to read so; or it is lost.
    #[error(
        "the stored file is not there: try again in a moment, and tell the operators of this registry if that stays so"
    )]
    Missing { path: String },
    #[error(transparent)]
    Busy(#[from] NoRoom),
}

pub(super) fn failed(key: &Key<'_>, error: store::Error) -> Error {
    if let store::Error::Missing(path) = error {
        tracing::error!(path, "the object of a release is missing");
        return Error::Missing { path };
    }
    tracing::warn!(path = %key.path(), error = &error as &dyn std::error::Error, "object not readable");
    Error::Store(Arc::new(error))
}

pub(super) fn damaged(path: String) -> Error {
    tracing::error!(path, "the object does not have the size or digest that the log says");
    Error::Damaged { path }
}
