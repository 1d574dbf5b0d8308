//! The bytes of releases: balas and what was derived from them.
//!
//! Nothing is served that does not have the digest of the log. Small balas are read whole, checked, and kept in a
//! bounded cache, where a hot download costs no request to the store; however many clients ask for a cold one,
//! it is read once. Large ones are streamed and hashed on the way: the last piece is held back until the digest is
//! known, so that a client never gets a complete body that is wrong.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use moka::future::Cache;
use object_store::{GetResult, GetResultPayload};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::digest::{Digest, Hasher};
use crate::document::Document;
use crate::state::Release;
use crate::store::{self, Key, Store};

/// Balas up to this size are read whole and kept while they are hot.
const WHOLE: u64 = 8 * 1024 * 1024;
/// What one read of a file asks for: small pieces cost a thread switch each.
const PIECE: usize = 256 * 1024;

const KIB: u64 = 1024;
/// What slow clients may hold besides the cache, in bytes.
const SLOW_READERS: u64 = 64 * 1024 * KIB;

/// Bytes that take room until the last of their readers is done.
struct Kept {
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads the bytes of releases.
#[derive(Clone)]
pub struct Files {
    store: Store,
    balas: Cache<Uuid, Bytes>,
    /// Room for balas in memory, in KiB: those in the cache, and those that slow clients still read after it has
    /// dropped them.
    room: Arc<Semaphore>,
    /// Each with its size as JSON, which is about what it takes in memory.
    documents: Cache<Uuid, (Arc<Document>, u32)>,
}

/// The bytes of a bala.
pub enum Body {
    /// All of them, checked.
    Whole(Bytes),
    /// Exactly as many as the release has. Ends in an error where they are not what was published.
    Stream(BoxStream<'static, io::Result<Bytes>>),
}

/// Why bytes cannot be served. The text is for a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("the registry cannot reach its storage: try again in a moment")]
    Store(#[source] Arc<store::Error>),
    #[error("the stored file is damaged, it is not served: tell the operators of this registry")]
    Damaged { path: String },
}

impl Files {
    /// Reads from `store` and keeps at most `cache` bytes of balas, and an eighth of that of documents.
    pub fn new(store: Store, cache: u64) -> Self {
        let balas = Cache::builder()
            .max_capacity(cache)
            .weigher(|_, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX))
            .build();
        let documents = Cache::builder()
            .max_capacity(cache / 8)
            .weigher(|_, (_, size): &(Arc<Document>, u32)| *size)
            .build();
        let kib = usize::try_from((cache + SLOW_READERS) / KIB).unwrap_or(Semaphore::MAX_PERMITS);
        Self { store, balas, room: Arc::new(Semaphore::new(kib.min(Semaphore::MAX_PERMITS))), documents }
    }

    /// The bala of a release.
    pub async fn open(&self, release: &Release) -> Result<Body, Error> {
        let details = &release.details;
        if let Some(bytes) = self.balas.get(&details.release).await {
            return Ok(Body::Whole(bytes));
        }
        let kib = u32::try_from(details.size.div_ceil(KIB)).unwrap_or(u32::MAX);
        let room = (details.size <= WHOLE).then(|| Arc::clone(&self.room).try_acquire_many_owned(kib));
        let Some(Ok(room)) = room else {
            return Ok(Body::Stream(self.stream(release).await?));
        };
        let load = async {
            let coordinates = details.coordinates();
            let key = Key::Bala(&coordinates, &details.platform, details.release);
            let bytes = self.whole(&key, details.digest, Some(details.size)).await?;
            Ok(Bytes::from_owner(Kept { bytes, _room: room }))
        };
        self.balas.try_get_with(details.release, load).await.map(Body::Whole).map_err(Arc::unwrap_or_clone)
    }

    /// The bala of a release, if it is in memory.
    pub async fn in_memory(&self, release: Uuid) -> Option<Bytes> {
        self.balas.get(&release).await
    }

    /// What was derived from the bala of a release: readmes, docs, icon.
    pub async fn document(&self, release: &Release) -> Result<Arc<Document>, Error> {
        let details = &release.details;
        let load = async {
            let coordinates = details.coordinates();
            let key = Key::Document(&coordinates, details.release);
            let bytes = self.whole(&key, details.document, None).await?;
            let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            Document::from_bytes(&bytes).map(|document| (Arc::new(document), size)).map_err(|error| {
                tracing::error!(path = %key.path(), error = &error as &dyn std::error::Error, "document not readable");
                Error::Damaged { path: key.path().to_string() }
            })
        };
        let found = self.documents.try_get_with(details.release, load).await;
        found.map(|(document, _)| document).map_err(Arc::unwrap_or_clone)
    }

    /// Reads an object whole and checks it.
    async fn whole(&self, key: &Key<'_>, digest: Digest, size: Option<u64>) -> Result<Bytes, Error> {
        let found = self.store.open_bytes(key).await.map_err(|e| failed(key, e))?;
        if size.is_some_and(|size| size != found.meta.size) {
            return Err(damaged(key));
        }
        let bytes = found.bytes().await.map_err(|e| failed(key, e.into()))?;
        if Digest::of(&bytes) == digest { Ok(bytes) } else { Err(damaged(key)) }
    }

    async fn stream(&self, release: &Release) -> Result<BoxStream<'static, io::Result<Bytes>>, Error> {
        let details = &release.details;
        let coordinates = details.coordinates();
        let key = Key::Bala(&coordinates, &details.platform, details.release);
        let found = self.store.open_bytes(&key).await.map_err(|e| failed(&key, e))?;
        if found.meta.size != details.size {
            return Err(damaged(&key));
        }
        Ok(verified(pieces(found), details.digest, details.size, key.path().to_string()))
    }
}

fn failed(key: &Key<'_>, error: store::Error) -> Error {
    if let store::Error::Missing(path) = error {
        tracing::error!(path, "the object of a release is missing");
        return Error::Damaged { path };
    }
    tracing::warn!(path = %key.path(), error = &error as &dyn std::error::Error, "object not readable");
    Error::Store(Arc::new(error))
}

fn damaged(key: &Key<'_>) -> Error {
    let path = key.path().to_string();
    tracing::error!(path, "the object does not have the size or digest that the log says");
    Error::Damaged { path }
}

/// The object in large pieces.
fn pieces(found: GetResult) -> BoxStream<'static, io::Result<Bytes>> {
    match found.payload {
        GetResultPayload::File(file, _) => {
            ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE).boxed()
        }
        GetResultPayload::Stream(stream) => {
            let small = stream.map_err(io::Error::other).boxed();
            // Network pieces are a few KiB each: fewer, larger ones cost less on the way out.
            stream::unfold(small, |mut small| async move {
                let mut piece = BytesMut::new();
                while piece.len() < PIECE {
                    match small.next().await {
                        Some(Ok(bytes)) if piece.is_empty() && bytes.len() >= PIECE => {
                            return Some((Ok(bytes), small));
                        }
                        Some(Ok(bytes)) => piece.extend_from_slice(&bytes),
                        Some(Err(error)) => return Some((Err(error), small)),
                        None => break,
                    }
                }
                (!piece.is_empty()).then(|| (Ok(piece.freeze()), small))
            })
            .boxed()
        }
    }
}

/// Passes pieces on as they come, except for the last one, which waits for the digest of all.
fn verified(
    pieces: BoxStream<'static, io::Result<Bytes>>,
    digest: Digest,
    size: u64,
    path: String,
) -> BoxStream<'static, io::Result<Bytes>> {
    struct Check {
        pieces: BoxStream<'static, io::Result<Bytes>>,
        hasher: Option<Hasher>,
        left: u64,
        digest: Digest,
        path: String,
    }
    let check = Check { pieces, hasher: Some(Hasher::default()), left: size, digest, path };
    stream::unfold(check, |mut check| async move {
        let mut hasher = check.hasher.take()?;
        let piece = match check.pieces.next().await {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Some((Err(error), check)),
            None => return Some((Err(io::Error::from(io::ErrorKind::UnexpectedEof)), check)),
        };
        hasher.update(&piece);
        let Some(left) = check.left.checked_sub(piece.len() as u64) else {
            return Some((Err(io::Error::other("the stored file is longer than what was published")), check));
        };
        check.left = left;
        if left > 0 {
            check.hasher = Some(hasher);
        } else if hasher.finish() != check.digest {
            tracing::error!(path = check.path, "the object does not have the digest that the log says");
            return Some((Err(io::Error::other("the stored file is not what was published")), check));
        }
        Some((Ok(piece), check))
    })
    .boxed()
}

#[cfg(test)]
mod tests;
