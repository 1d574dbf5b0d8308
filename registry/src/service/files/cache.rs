//! What is kept in memory, what is on its way, and what only passes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use barre_core::digest::Digest;
use barre_core::document::Document;
use barre_core::state::Release;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use moka::future::Cache;
use uuid::Uuid;

use super::error::{Error, damaged, failed};
use super::filling::{Filling, Source, filling};
use super::manifest::KeptManifest;
use super::pieces::Pieces;
use super::verified::{pieces, verified};
use crate::base::lock::lock;
use crate::service::memory::{MANIFESTS, Memory, Peer, Room};
use crate::store::{Key, Store};

/// Balas up to this size are kept while they are hot.
const KEPT_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes that take room until the last of their readers is done.
struct Roomed {
    bytes: Bytes,
    _room: Arc<Room>,
}

impl AsRef<[u8]> for Roomed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads the bytes of releases.
#[derive(Clone)]
pub struct Files {
    pub(super) store: Store,
    balas: Cache<Uuid, Pieces>,
    /// Balas that are on their way into the cache.
    running: Running,
    pub(super) memory: Memory,
    pub(super) manifests: Cache<Digest, Arc<KeptManifest>>,
    /// Each with its size as JSON, which is about what it takes in memory.
    documents: Cache<Uuid, (Arc<Document>, u32)>,
}

/// Balas that are on their way into the cache. Cheap to clone.
#[derive(Clone, Default)]
struct Running(Arc<Mutex<HashMap<Uuid, Filling>>>);

/// What can be had of a bala that is not in memory.
enum Fill {
    /// It is on its way.
    Coming(Filling),
    /// It is in memory now.
    Arrived,
    /// It is too large, or there is too much already.
    NoRoom,
}

/// The bytes of a bala.
pub enum Delivery {
    /// All of them, checked.
    Whole(Pieces),
    /// Exactly as many as the release has. Ends in an error where they are not what was published.
    Stream(BoxStream<'static, Result<Bytes, Error>>),
}

/// How a bala is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promptness {
    /// As soon as it comes.
    Soon,
    /// Checked to its end, if it is small: only from that a part may be cut.
    Whole,
}

impl Files {
    /// Reads from `store`, and keeps and holds what `memory` has room for.
    pub fn new(store: Store, memory: Memory) -> Self {
        let cache = memory.cache();
        let balas = Cache::builder()
            .max_capacity(cache)
            .weigher(|_, pieces: &Pieces| u32::try_from(pieces.len()).unwrap_or(u32::MAX))
            .build();
        let documents = Cache::builder()
            .max_capacity(cache / 8)
            .weigher(|_, (_, size): &(Arc<Document>, u32)| *size)
            .build();
        let manifests = Cache::builder()
            .max_capacity(MANIFESTS)
            .weigher(|_, manifest: &Arc<KeptManifest>| manifest.weight())
            .build();
        Self { store, balas, running: Running::default(), memory, manifests, documents }
    }

    /// The bala of a release, for this client.
    pub async fn open(
        &self,
        release: &Arc<Release>,
        promptness: Promptness,
        peer: Peer,
    ) -> Result<Delivery, Error> {
        loop {
            if let Some(pieces) = self.in_memory(release.stored.folder).await {
                return Ok(Delivery::Whole(pieces));
            }
            return match (self.fill(release), promptness) {
                (Fill::Arrived, _) => continue,
                (Fill::Coming(filling), Promptness::Whole) => filling.whole().await.map(Delivery::Whole),
                (Fill::Coming(mut filling), Promptness::Soon) => {
                    filling.begun().await?;
                    Ok(Delivery::Stream(filling.stream()))
                }
                (Fill::NoRoom, _) => self.pass(release, peer).await.map(Delivery::Stream),
            };
        }
    }

    /// Whether a bala is kept in memory when there is room for it.
    pub fn keeps(release: &Release) -> bool {
        release.stored.size <= KEPT_BYTES
    }

    /// The bala in a folder, if it is in memory.
    pub async fn in_memory(&self, folder: Uuid) -> Option<Pieces> {
        self.balas.get(&folder).await
    }

    /// What was derived from the bala of a release: readmes, docs, icon.
    pub async fn document(&self, release: &Release) -> Result<Arc<Document>, Error> {
        let load = self.load(release);
        let found = self.documents.try_get_with(release.stored.folder, load).await;
        found.map(|(document, _)| document).map_err(Arc::unwrap_or_clone)
    }

    /// Joins those who wait for a bala that is on its way, or sends for it.
    fn fill(&self, release: &Arc<Release>) -> Fill {
        let stored = &release.stored;
        let mut running = self.running.lock();
        if let Some(filling) = running.get(&stored.folder) {
            return Fill::Coming(filling.clone());
        }
        // It is in memory before it is no longer on its way.
        if self.balas.contains_key(&stored.folder) {
            return Fill::Arrived;
        }
        let room = Self::keeps(release).then(|| self.memory.bala(stored.size)).flatten();
        let Some(room) = room else { return Fill::NoRoom };
        let (source, filling) = filling();
        running.insert(stored.folder, filling.clone());
        drop(running);
        let (files, release) = (self.clone(), Arc::clone(release));
        tokio::spawn(async move {
            let _run = Run { running: files.running.clone(), folder: release.stored.folder };
            let end = files.read_into(&source, &release, Arc::new(room)).await;
            if end.is_ok() {
                files.balas.insert(release.stored.folder, source.pieces()).await;
            }
            source.end(end);
        });
        Fill::Coming(filling)
    }

    async fn read_into(&self, source: &Source, release: &Release, room: Arc<Room>) -> Result<(), Error> {
        let mut pieces = self.stream(release, usize::try_from(release.stored.size).ok()).await?;
        while let Some(piece) = pieces.next().await {
            source.push(Bytes::from_owner(Roomed { bytes: piece?, _room: Arc::clone(&room) }));
        }
        Ok(())
    }

    /// Reads the document of a release and checks it; with it, its size.
    async fn load(&self, release: &Release) -> Result<(Arc<Document>, u32), Error> {
        let key = Key::Document(&release.description.coordinates, release.stored.folder);
        let found = self.store.open_bytes(&key).await.map_err(|e| failed(&key, e))?;
        let _room = self.memory.document(found.meta.size).await?;
        let bytes = found.bytes().await.map_err(|e| failed(&key, e.into()))?;
        if Digest::of(&bytes) != release.stored.document {
            return Err(damaged(key.path().to_string()));
        }
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Document::from_bytes(&bytes).map(|document| (Arc::new(document), size)).map_err(|error| {
            tracing::error!(path = %key.path(), error = &error as &dyn std::error::Error, "document not readable");
            Error::Damaged { path: key.path().to_string() }
        })
    }

    /// The pieces of a bala that is not kept.
    async fn pass(
        &self,
        release: &Release,
        peer: Peer,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let room = self.memory.passing(peer).await?;
        let pieces = self.stream(release, None).await?;
        let held = pieces.map(move |piece| {
            let _held = &room;
            piece
        });
        Ok(held.boxed())
    }

    /// The pieces of a bala, checked on the way; of one of `kept` bytes that stays in memory, or of one that passes.
    async fn stream(
        &self,
        release: &Release,
        kept: Option<usize>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let (described, stored) = (&release.description, &release.stored);
        let key = Key::Bala(&described.coordinates, &described.platform, stored.folder);
        let found = self.store.open_bytes(&key).await.map_err(|e| failed(&key, e))?;
        let path = key.path().to_string();
        if found.meta.size != stored.size {
            return Err(damaged(path));
        }
        Ok(verified(pieces(found, kept), stored.digest, stored.size, path))
    }
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Filling>> {
        lock(&self.0)
    }
}

/// A bala that is on its way, until this is dropped.
struct Run {
    running: Running,
    folder: Uuid,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.running.lock().remove(&self.folder);
    }
}
