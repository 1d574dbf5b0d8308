//! What this pod knew when it found its store behind that, kept over the end of the process.
//!
//! The next start would take a log that was restored from a backup for the whole of it, and write over the hole.

use std::path::Path;

use barre_contract::known::{Cursor, Known};
use uuid::Uuid;

/// Keeps what is known.
pub(super) fn keep(path: &Path, known: &Known) {
    let kept =
        serde_json::to_vec(known).map_err(std::io::Error::from).and_then(|json| std::fs::write(path, json));
    if let Err(error) = kept {
        tracing::warn!(path = %path.display(), error = &error as &dyn std::error::Error, "what is known was not kept");
    }
}

/// Forgets it: all of it that nobody gave up was found.
pub(super) fn forget(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), error = &error as &dyn std::error::Error, "what is known stays");
        }
        _ => {}
    }
}

/// What was kept, if anything was.
pub(super) fn recall(path: &Path) -> Option<(Uuid, Cursor)> {
    let known: Known = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some((known.registry_id.parse().ok()?, known.cursor))
}
