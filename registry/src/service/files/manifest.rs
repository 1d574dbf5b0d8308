//! A manifest as it was pushed.

use barre_core::oci::{Content, Pushed};

/// A manifest that was pushed, and what it says.
#[derive(Debug)]
pub struct KeptManifest {
    pub content: Content,
    pub pushed: Pushed,
}

impl KeptManifest {
    /// About what it takes in memory: its bytes, and what was read from them.
    pub(super) fn weight(&self) -> u32 {
        u32::try_from(self.content.bytes.len().saturating_mul(3)).unwrap_or(u32::MAX)
    }
}
