//! The last words of a process that could not start: the kubelet reads them from a file, and the operator
//! shows them in the status of the Registry.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use barre_contract::failure::{Failure, LastWords};

/// The kubelet keeps the last 4 KiB; a cut one would not be JSON.
const MAX_MESSAGE_CHARS: usize = 1000;

/// A message that fits.
pub(super) fn last_words(reason: Failure, message: &str) -> LastWords {
    LastWords {
        reason: reason.as_str().to_owned(),
        message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
        known: None,
    }
}

/// Writes it to `path`. Outside Kubernetes there is no such file, and it is not made.
pub(super) fn write(words: &LastWords, path: &Path) {
    let written = serde_json::to_vec(words)
        .map_err(std::io::Error::from)
        .and_then(|json| OpenOptions::new().write(true).truncate(true).open(path)?.write_all(&json));
    if let Err(error) = written {
        tracing::debug!(path = %path.display(), error = &error as &dyn std::error::Error, "no termination message");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_json_and_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("termination-log");
        std::fs::write(&path, "something longer that was there before").unwrap();
        write(&last_words(Failure::ForeignOwner, "owned by \"x\""), &path);
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, r#"{"reason":"ForeignOwner","message":"owned by \"x\""}"#);
        write(&last_words(Failure::LogDamaged, &"ä\n".repeat(10_000)), &path);
        assert!(std::fs::metadata(&path).unwrap().len() < 4096);
    }

    #[test]
    fn a_missing_file_stays_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nothing");
        write(&last_words(Failure::LogDamaged, "text"), &path);
        assert!(!path.exists());
    }
}
