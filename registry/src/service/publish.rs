//! The one way in: from an uploaded file to a release that every pod serves.
//!
//! ```text
//! scratch file ─► bala::read ─► permission ─► verdict on the state ─► store bala and release.json ─► commit ─► answer
//! ```
//!
//! Everything is decided on what the bala itself says, never on a form field or a file name. The files lie under a
//! fresh release id before the commit names it: a failure in between leaves an unreferenced folder, never a release
//! without bytes. Once the files are on their way the rest happens even if the client goes away: its next try is told
//! that the package is there.

mod arrival;
pub mod attachment;
pub mod deprecation;
mod error;
mod eviction;
pub mod mirrored;
pub mod staging;
mod unpack;
mod uploads;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use barre_core::access::{Action, Identity, Target, permission};
use barre_core::bala::{self, Bala};
use barre_core::change::Change;
use barre_core::description::Description;
use barre_core::digest::Digest;
use barre_core::oci::RepositoryName;
use barre_core::package::{Coordinates, Org, Platform, Version};
use barre_core::release::Stored;
use barre_core::state::Outcome;
use barre_core::state::released::Released;
use bytes::Bytes;
use jiff::Timestamp;
use object_store::MultipartUpload;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::identity::Refused;
use super::memory::{Memory, Room};
use crate::log::{Committed, Log};
use crate::store::{self, Key, Store};
pub use arrival::{Arrival, Arrived};
pub use error::Error;
pub use unpack::UnpackError;
pub use uploads::Turn;
use uploads::Uploads;

/// Parts of an upload to the store; files up to this size go in one request. S3 takes no smaller parts.
const PART: usize = 5 * 1024 * 1024;
/// How long each of the files of a push may take on its way to the store.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long it may take to take back what is left of them.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// Files that are sent to the store at the same time: each holds a part in memory.
const TRANSFERS: usize = 2;

/// What a client sent.
pub struct Upload {
    /// The bala.
    pub arrived: Arrived,
    /// What the client calls it.
    pub file_name: Option<String>,
    /// The hash that the client sent along, in hex, perhaps without leading zeros.
    pub claimed_digest: Option<String>,
    /// Where it was sent to.
    pub destination: Option<Destination>,
}

/// The place of a package, as clients name it that say what they push.
#[derive(Debug, Clone)]
pub enum Destination {
    /// The path of this version in a Maven repository.
    Path(Coordinates),
    /// A repository of OCI, and the tag, where there is one.
    Tag { repository: RepositoryName, version: Option<Version> },
    /// What an upstream calls it.
    Upstream(Coordinates, Platform),
}

impl Destination {
    /// Whether it is that of this bala.
    pub fn is_of(&self, Description { coordinates, platform, .. }: &Description) -> bool {
        let Coordinates { org, name, version } = coordinates;
        match self {
            Self::Path(named) => named == coordinates,
            Self::Tag { repository, version: tag } => {
                repository.is_of(org, name) && tag.as_ref().is_none_or(|tag| tag == version)
            }
            Self::Upstream(named, for_platform) => named == coordinates && for_platform == platform,
        }
    }
}

/// How a push ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It is a new release.
    New { seq: u64 },
    /// The same bytes were there.
    Before { seq: u64 },
}

impl Published {
    /// The segment whose state says so.
    pub fn seq(self) -> u64 {
        match self {
            Self::New { seq } | Self::Before { seq } => seq,
        }
    }
}

/// Takes pushes.
#[derive(Clone)]
pub struct Publisher {
    log: Log,
    store: Store,
    limits: bala::Limits,
    memory: Memory,
    transfers: Arc<Semaphore>,
    uploads: Uploads,
}

impl Publisher {
    /// Publishes to `log` and `store` what is within `limits`.
    pub fn new(log: Log, store: Store, limits: bala::Limits, memory: Memory) -> Self {
        let transfers = Arc::new(Semaphore::new(TRANSFERS));
        let uploads = Uploads::new(limits.size);
        Self { log, store, limits, memory, transfers, uploads }
    }

    /// Whether anything can be published at the moment, or why not.
    pub fn may_write(&self) -> Result<(), Error> {
        Ok(self.log.may_write()?)
    }

    /// Waits until an upload of `identity` may be received.
    pub async fn turn(&self, identity: &Identity) -> Result<Turn, Error> {
        Ok(self.uploads.turn(identity).await?)
    }

    /// Publishes an upload in the name of `identity`. Its `turn` ends with the work, also when the client goes away. Whether
    /// the identity `still` holds is asked just before the commit: an upload may take longer than a token lives.
    pub async fn publish(
        &self,
        identity: &Identity,
        upload: Upload,
        turn: impl Send + 'static,
        still: impl FnOnce() -> Result<Identity, Refused> + Send + 'static,
    ) -> Result<Published, Error> {
        self.publish_since(identity, upload, None, turn, still).await
    }

    /// The same of what its origin `published` at some time.
    async fn publish_since(
        &self,
        identity: &Identity,
        upload: Upload,
        since: Option<Timestamp>,
        turn: impl Send + 'static,
        still: impl FnOnce() -> Result<Identity, Refused> + Send + 'static,
    ) -> Result<Published, Error> {
        let Upload { arrived, file_name, claimed_digest, destination } = upload;
        if let Some(sent) = &claimed_digest
            && !arrived.digest.matches_hex(sent)
        {
            // Our own words for a header that may hold anything.
            let sent = sent.chars().filter(char::is_ascii_hexdigit).take(64).collect();
            return Err(Error::Damaged { arrived: arrived.digest.hex(), sent });
        }
        let (bala, checked) = self.read(&arrived).await?;
        if let Some(name) = &file_name {
            bala.check_file_name(name)?;
        }
        let coordinates = bala.description.coordinates.clone();
        if destination.is_some_and(|named| !named.is_of(&bala.description)) {
            return Err(Error::OtherDestination(coordinates));
        }
        let org = coordinates.org.clone();
        permission(identity, Action::Publish, Target::Organization(&org))?;
        let document = bala.document.to_bytes(&bala.description, self.log.state().format());
        let released = bala.released(Stored {
            digest: arrived.digest,
            size: arrived.size,
            folder: self.log.fresh_id(),
            document: Digest::of(&document),
            origin: identity.origin(),
            published: since,
        });
        drop(bala);
        let change = self.log.change(identity.actor(), released.clone());
        // What the state that this pod has decides already: the same bytes are there, or others.
        let known = self.log.verdict(&change);
        let committed = if known.outcome == Outcome::Accepted {
            // Without what it has grown into: as much as there is room for.
            let document = Bytes::from(document.into_boxed_slice());
            let room = self.memory.pushed(document.len()).map_err(Error::Full)?;
            drop(checked);
            let this = self.clone();
            let stored = async move { this.store_files(&released, arrived.file, document).await };
            self.store_and_commit((turn, room), stored, still, org, change).await?
        } else {
            known
        };
        let published = published(committed)?;
        tracing::info!(package = %coordinates, actor = identity.actor(), ?published, "pushed");
        Ok(published)
    }

    /// Commits a change for an organization once its files are `stored`, also when the client goes away. What is `held` ends with
    /// the work. Whether the identity `still` holds is asked in between: files may take longer than a token lives.
    async fn store_and_commit(
        &self,
        held: impl Send + 'static,
        stored: impl Future<Output = Result<(), Error>> + Send + 'static,
        still: impl FnOnce() -> Result<Identity, Refused> + Send + 'static,
        org: Org,
        change: Change,
    ) -> Result<Committed, Error> {
        let this = self.clone();
        let finish = tokio::spawn(async move {
            let _held = held;
            // Who waits for others is not slow.
            let _transfer = this.transfers.acquire().await;
            stored.await?;
            permission(&still()?, Action::Publish, Target::Organization(&org))?;
            Ok::<_, Error>(this.log.commit(change).await?)
        });
        finish.await.unwrap_or_else(|panic| Err(Error::Scratch(io::Error::other(panic))))
    }

    /// What an upload says, and the room that its check takes: as long as there is anything else of it than its document.
    async fn read(&self, upload: &Arrived) -> Result<(Bala, Room), Error> {
        let file = upload.file.try_clone().map_err(Error::Scratch)?;
        let limits = self.limits.clone();
        let room = self.memory.check().await.map_err(Error::Busy)?;
        let read = tokio::task::spawn_blocking(move || {
            let bala = bala::read(io::BufReader::new(file), &limits)?;
            Ok::<_, bala::Invalid>((bala, room))
        });
        Ok(read.await.map_err(|panic| Error::Scratch(io::Error::other(panic)))??)
    }

    async fn store_files(&self, released: &Released, file: File, document: Bytes) -> Result<(), Error> {
        let (described, stored) = (&released.description, &released.stored);
        let bala = Key::Bala(&described.coordinates, &described.platform, stored.folder);
        let key = Key::Document(&described.coordinates, stored.folder);
        let described = in_time(async { Ok(self.store.put(&key, document).await?) });
        // Both to their ends: what is left of an upload is taken back.
        let (bala, described) = tokio::join!(self.store_file(&bala, file, stored.size), described);
        bala.and(described)
    }

    async fn store_file(&self, key: &Key<'_>, file: File, size: u64) -> Result<(), Error> {
        let file = Arc::new(file);
        if size <= PART as u64 {
            let bytes = read_part(&file, 0, size).await?;
            return in_time(async { Ok(self.store.put(key, bytes.into()).await?) }).await;
        }
        let (client, path) = self.store.upload(key);
        let begin = client.put_multipart_opts(&path, object_store::PutMultipartOptions::default());
        let mut upload = in_time(async { Ok(self.store.uploaded(begin.await)?) }).await?;
        let sent = in_time(self.send_parts(&file, size, &mut *upload)).await;
        if sent.is_err() {
            // What is left of it after that is the store's to expire.
            let _ = timeout(LAST_PATIENCE, upload.abort()).await;
        }
        sent
    }

    /// Sends one part after the other: one that waits would be one more in memory.
    async fn send_parts(
        &self,
        file: &Arc<File>,
        size: u64,
        upload: &mut dyn MultipartUpload,
    ) -> Result<(), Error> {
        for offset in (0..size).step_by(PART) {
            let part = read_part(file, offset, size).await?;
            upload.put_part(part.into()).await.map_err(store::Error::from)?;
        }
        self.store.uploaded(upload.complete().await)?;
        Ok(())
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(PATIENCE, work).await.unwrap_or(Err(Error::Slow))
}

/// The end of a push whose change was decided.
fn published(Committed { outcome, seq }: Committed) -> Result<Published, Error> {
    match outcome {
        Outcome::Accepted => Ok(Published::New { seq }),
        Outcome::Duplicate => Ok(Published::Before { seq }),
        Outcome::Rejected(reason) => Err(Error::Refused(Box::new(reason))),
    }
}

/// The part at `offset` of a file of `size` bytes.
async fn read_part(file: &Arc<File>, offset: u64, size: u64) -> Result<Vec<u8>, Error> {
    let file = Arc::clone(file);
    let read = tokio::task::spawn_blocking(move || {
        let mut part = vec![0; usize::try_from(size - offset).unwrap_or(PART).min(PART)];
        file.read_exact_at(&mut part, offset)?;
        Ok(part)
    });
    read.await.unwrap_or_else(|panic| Err(io::Error::other(panic))).map_err(Error::Scratch)
}
