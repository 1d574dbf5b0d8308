//! Files with settings that are read again every few seconds, because the kubelet swaps a link behind what it mounts. What is
//! in them is parsed, and complained about, once.

use std::io;
use std::path::Path;
use std::time::Duration;

use barre_core::digest::Digest;

/// How often they are read.
pub(super) const EVERY: Duration = Duration::from_secs(3);
/// Longest such file; the API server does not take a longer Secret or ConfigMap either.
const MAX_BYTES: u64 = 1024 * 1024;

/// What was in a file when it was read, or why it could not be read.
pub(super) type Seen = Result<Digest, io::ErrorKind>;

/// Reads a file. The text is why it cannot be read.
pub(super) async fn read(path: &Path) -> (Seen, Result<Vec<u8>, String>) {
    let read = bytes(path).await;
    let seen = read.as_ref().map(|bytes| Digest::of(bytes)).map_err(io::Error::kind);
    (seen, read.map_err(|error| error.to_string()))
}

async fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if tokio::fs::metadata(path).await?.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than 1 MiB"));
    }
    tokio::fs::read(path).await
}
