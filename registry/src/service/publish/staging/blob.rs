//! Blobs that have come, until a manifest names them.

use std::io;
use std::os::unix::fs::FileExt as _;

use barre_core::digest::{Digest, Hasher};
use barre_core::oci::RepositoryName;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use uuid::Uuid;

use super::{PushError, STAGED, Session, Staged, StagingError};
use crate::service::publish::Publisher;
use crate::service::publish::arrival::{Arrival, Arrived};
use crate::store::{self, Folder, Key, Stored, chunk_offset};

impl Publisher {
    /// A blob that has come to a repository.
    pub async fn staged(
        &self,
        repository: &RepositoryName,
        digest: Digest,
    ) -> Result<Option<Staged>, PushError> {
        let found = match self.store.open_bytes(&Key::Staged(repository, digest)).await {
            Err(store::Error::Missing(_)) => return Ok(None),
            found => found?,
        };
        if self.is_past(Stored::from(found.meta.clone()).written, STAGED) {
            return Ok(None);
        }
        let bytes = found.bytes().await.map_err(store::Error::from)?;
        Ok(serde_json::from_slice(&bytes).ok().filter(|staged: &Staged| staged.v == 1))
    }

    /// The bytes of a staged blob, as they lie there.
    pub async fn open_staged(
        &self,
        repository: &RepositoryName,
        staged: &Staged,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, PushError> {
        self.chunks(repository, staged.session, staged.size).await
    }

    /// Brings a staged blob into scratch space.
    pub async fn fetch_staged(
        &self,
        repository: &RepositoryName,
        staged: &Staged,
        arrival: &mut Arrival,
    ) -> Result<(), PushError> {
        let mut bytes = self.open_staged(repository, staged).await?;
        while let Some(piece) = bytes.next().await {
            arrival.take(&piece.map_err(|error| broken(&error))?).await?;
        }
        Ok(())
    }

    /// What lies in the chunks of a session up to `size`.
    async fn chunks(
        &self,
        repository: &RepositoryName,
        session: Uuid,
        size: u64,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, PushError> {
        let stored = self.store.list_stored(Folder::Session(repository, session)).await?;
        let mut offsets: Vec<_> = stored.iter().filter_map(|chunk| chunk_offset(&chunk.path)).collect();
        offsets.retain(|offset| *offset < size);
        offsets.sort_unstable();
        let (store, repository) = (self.store.clone(), repository.clone());
        let chunks = stream::iter(offsets).then(move |offset| {
            let (store, repository) = (store.clone(), repository.clone());
            async move {
                let key = Key::Chunk(&repository, session, offset);
                let found = store.open_bytes(&key).await.map_err(io::Error::other)?;
                Ok::<_, io::Error>(found.into_stream().map_err(io::Error::other))
            }
        });
        Ok(chunks.try_flatten().boxed())
    }

    /// The digest of what came in a session, and of the rest.
    pub(super) async fn digest_of(
        &self,
        repository: &RepositoryName,
        session: &Session,
        rest: &Arrived,
    ) -> Result<Digest, StagingError> {
        let mut hasher = Hasher::default();
        let mut chunks = self.chunks(repository, session.id, session.size).await?;
        while let Some(piece) = chunks.next().await {
            hasher.update(&piece.map_err(|error| broken(&error))?);
        }
        let rest = rest.file.try_clone().map_err(PushError::Scratch)?;
        let found = tokio::task::spawn_blocking(move || {
            let (mut buffer, mut at) = (vec![0; 64 * 1024], 0);
            loop {
                match rest.read_at(&mut buffer, at)? {
                    0 => return Ok(hasher.finish()),
                    length => {
                        hasher.update(&buffer[..length]);
                        at += length as u64;
                    }
                }
            }
        });
        let found = found.await.unwrap_or_else(|panic| Err(io::Error::other(panic)));
        Ok(found.map_err(PushError::Scratch)?)
    }
}

/// Why the bytes of a blob do not come: its store is away, or somebody deleted them.
fn broken(error: &io::Error) -> PushError {
    tracing::warn!(error = error as &dyn std::error::Error, "a staged blob is not readable");
    PushError::Slow
}
