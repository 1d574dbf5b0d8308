//! Blobs of OCI clients before anything names them.
//!
//! A client sends a blob in a session, in chunks or at once, and names it later, in a manifest that may reach another pod. So
//! all of it lies in the store, below `uploads/`: a mark for each session, its chunks under the byte that they begin at, each
//! written once, and for each whole blob an object that names its session. None of it counts before it is published, and what
//! is older than a day is deleted by whichever pod sees it first. A session takes chunks for six hours, and a blob is told of
//! for twelve: so nothing that a client was told of goes while it may still name it.

mod blob;

use std::sync::Arc;
use std::time::Duration;

use barre_core::digest::Digest;
use barre_core::oci::RepositoryName;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::arrival::Arrived;
use super::error::Error as PushError;
use super::{PART, Publisher, in_time, read_part};
use crate::store::{self, Folder, Key, Stored, chunk_offset};

/// How long after its beginning a session takes chunks.
const SESSION: SignedDuration = SignedDuration::from_hours(6);
/// How long a blob is there after it has come.
const STAGED: SignedDuration = SignedDuration::from_hours(12);
/// How old an object is that nobody needs any more: more than both together.
const OLD: SignedDuration = SignedDuration::from_hours(24);
/// How often a process looks for what is old.
const SWEEP: Duration = Duration::from_hours(1);
/// Most chunks of one session: they are listed for each.
const MAX_CHUNKS: u64 = 1000;
/// The least that clients are asked to send in a chunk, in bytes.
const LEAST_CHUNK: u64 = 64 * 1024;

/// Why a blob is not taken. The texts are for the one who pushes.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    #[error(
        "this upload is not here: it is finished, was given up, or began more than 6 hours ago. Begin again"
    )]
    NoSession,
    #[error("this chunk is out of order: the next one begins at byte {size}")]
    OutOfOrder { size: u64 },
    #[error("this upload has too many chunks: send larger ones, as OCI-Chunk-Min-Length says")]
    TooManyChunks,
    #[error("what was sent has the digest {arrived}, and not {claimed}")]
    OtherDigest { arrived: Digest, claimed: Digest },
    #[error(transparent)]
    Push(#[from] PushError),
}

impl From<store::Error> for StagingError {
    fn from(error: store::Error) -> Self {
        Self::Push(error.into())
    }
}

/// A session and what has come in it.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: Uuid,
    /// In bytes.
    pub size: u64,
    chunks: u64,
}

/// A blob that has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    v: u8,
    session: Uuid,
    /// In bytes.
    pub size: u64,
}

impl Session {
    /// One that nobody else knows, and that has no mark: for a blob that comes at once.
    fn new(id: Uuid) -> Self {
        Self { id, size: 0, chunks: 0 }
    }

    /// What has come without a gap, of what lies in the folder of a session.
    fn of(id: Uuid, stored: &[Stored]) -> Self {
        let mut chunks: Vec<_> =
            stored.iter().filter_map(|chunk| Some((chunk_offset(&chunk.path)?, chunk.size))).collect();
        chunks.sort_unstable();
        let mut session = Self::new(id);
        for (offset, size) in chunks {
            if offset == session.size {
                session.size += size;
            }
            session.chunks += 1;
        }
        session
    }
}

/// What has come of OCI clients.
impl Publisher {
    /// The least that a client should send in a chunk, in bytes.
    pub fn least_chunk(&self) -> u64 {
        self.limits.size.div_ceil(MAX_CHUNKS / 2).max(LEAST_CHUNK)
    }

    /// Begins to take a blob for a repository.
    pub async fn begin(&self, repository: &RepositoryName) -> Result<Session, StagingError> {
        let session = Session::new(self.log.fresh_id());
        in_time(async { Ok(self.store.put(&Key::Session(repository, session.id), "{}\n".into()).await?) })
            .await?;
        Ok(session)
    }

    /// A session, and how much has come in it.
    pub async fn session(&self, repository: &RepositoryName, id: Uuid) -> Result<Session, StagingError> {
        let begun = self.store.look(&Key::Session(repository, id)).await?;
        if begun.is_none_or(|begun| self.is_past(begun.written, SESSION)) {
            return Err(StagingError::NoSession);
        }
        let stored = self.store.list_stored(Folder::Session(repository, id)).await?;
        Ok(Session::of(id, &stored))
    }

    /// Gives a session up.
    pub async fn give_up(&self, repository: &RepositoryName, id: Uuid) -> Result<(), StagingError> {
        self.session(repository, id).await?;
        self.store.delete(&Key::Session(repository, id)).await?;
        self.store.delete_before(Folder::Session(repository, id), Timestamp::MAX).await?;
        Ok(())
    }

    /// Adds to a session what has arrived.
    pub async fn append(
        &self,
        repository: &RepositoryName,
        mut session: Session,
        arrived: Arrived,
    ) -> Result<Session, StagingError> {
        let (begin, file) = (session.size, Arc::new(arrived.file));
        for offset in (0..arrived.size).step_by(PART) {
            if session.chunks >= MAX_CHUNKS {
                return Err(StagingError::TooManyChunks);
            }
            // Each holds its bytes in memory.
            let _transfer = self.transfers.acquire().await;
            let part = read_part(&file, offset, arrived.size).await?;
            let (key, length) = (Key::Chunk(repository, session.id, begin + offset), part.len() as u64);
            let put = async { Ok(self.store.put_once(&key, Bytes::from(part)).await?) };
            if !in_time(put).await? {
                let stored = self.store.list_stored(Folder::Session(repository, session.id)).await?;
                return Err(StagingError::OutOfOrder { size: Session::of(session.id, &stored).size });
            }
            session.size += length;
            session.chunks += 1;
        }
        Ok(session)
    }

    /// Stages a blob that has come at once.
    pub async fn stage(
        &self,
        repository: &RepositoryName,
        arrived: Arrived,
        digest: Digest,
    ) -> Result<(), StagingError> {
        self.finish(repository, Session::new(self.log.fresh_id()), arrived, digest).await
    }

    /// Ends a session with the last that has arrived: all of it is the blob with this digest.
    pub async fn finish(
        &self,
        repository: &RepositoryName,
        session: Session,
        arrived: Arrived,
        digest: Digest,
    ) -> Result<(), StagingError> {
        let found = if session.size == 0 {
            arrived.digest
        } else {
            self.digest_of(repository, &session, &arrived).await?
        };
        if found != digest {
            return Err(StagingError::OtherDigest { arrived: found, claimed: digest });
        }
        let Session { id, size, .. } = self.append(repository, session, arrived).await?;
        let staged = serde_json::to_vec(&Staged { v: 1, session: id, size }).unwrap_or_default();
        in_time(async { Ok(self.store.put(&Key::Staged(repository, digest), staged.into()).await?) }).await?;
        self.store.delete(&Key::Session(repository, id)).await?;
        Ok(())
    }

    /// Deletes what is old, once an hour, for ever.
    pub async fn sweep(self) {
        loop {
            // A clock that is wrong would take what is new for old.
            if self.store.clock().agrees() {
                match self.sweep_before(self.log.now() - OLD).await {
                    Ok(0) => {}
                    Ok(objects) => tracing::info!(objects, "what was left of uploads is deleted"),
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "what is left of uploads cannot be deleted");
                    }
                }
            }
            tokio::time::sleep(SWEEP).await;
        }
    }

    /// Deletes what came before this time; how many objects that were.
    pub async fn sweep_before(&self, time: Timestamp) -> Result<u64, store::Error> {
        self.store.delete_before(Folder::Uploads, time).await
    }

    fn is_past(&self, written: Timestamp, age: SignedDuration) -> bool {
        self.log.now().duration_since(written) > age
    }
}
