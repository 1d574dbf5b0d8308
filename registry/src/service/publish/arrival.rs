//! Bytes of a client on their way into scratch space: counted, hashed and kept within their limits as they come.

use std::path::Path;

use barre_core::digest::{Digest, Hasher};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::error::Error;
use super::uploads::Turn;

/// What is on its way.
pub struct Arrival {
    file: File,
    hasher: Hasher,
    size: u64,
    limit: u64,
    turn: Turn,
}

/// What has come.
pub struct Arrived {
    /// In scratch space; nobody else can open it.
    pub file: std::fs::File,
    /// Of the file.
    pub digest: Digest,
    /// Of the file, in bytes.
    pub size: u64,
}

impl Arrival {
    /// At most `limit` bytes, in the folder `scratch`, for as long as the turn lasts.
    pub fn new(scratch: &Path, limit: u64, turn: Turn) -> Result<Self, Error> {
        let file = tempfile::tempfile_in(scratch).map_err(Error::Scratch)?;
        Ok(Self { file: File::from_std(file), hasher: Hasher::default(), size: 0, limit, turn })
    }

    /// Keeps the next bytes; waits for room.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        self.turn.comes(bytes.len() as u64).await?;
        self.hasher.update(bytes);
        self.file.write_all(bytes).await.map_err(Error::Scratch)
    }

    /// All of it has come. The turn goes on until what has come is used.
    pub async fn finish(mut self) -> Result<(Arrived, Turn), Error> {
        self.file.flush().await.map_err(Error::Scratch)?;
        let file = self.file.into_std().await;
        Ok((Arrived { file, digest: self.hasher.finish(), size: self.size }, self.turn))
    }
}
