//! Why something cannot be read.

use crate::log;
use crate::service::mirror::pull_through::Away;

/// Nobody can say at the moment what is there. The text is for a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unavailable {
    #[error(transparent)]
    Log(#[from] log::Unavailable),
    /// It comes from an upstream.
    #[error(transparent)]
    Upstream(#[from] Away),
}
