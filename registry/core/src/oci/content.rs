//! Bytes that are named by their digest.

use serde::Serialize;

use crate::digest::Digest;

/// A manifest or a blob that was derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub digest: Digest,
}

impl Content {
    /// Names these bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { digest: Digest::of(&bytes), bytes }
    }

    /// A value as JSON. Ours have only texts for keys, so that there is always one.
    pub(super) fn json(value: &impl Serialize) -> Self {
        Self::new(serde_json::to_vec(value).unwrap_or_default())
    }
}
