//! The objects of one registry: how they are created, read, listed and counted.

use std::path::PathBuf;
use std::sync::Arc;

use barre_contract::bucket::LOG;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, future};
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{GetResult, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};

use super::clock::StoreClock;
use super::error::Error;
use super::key::{Folder, Key};
use crate::base::metrics::Metrics;

/// What became of a create.
#[derive(Debug)]
pub enum Created {
    /// It is there, and it is ours.
    Yes,
    /// The store says that something is there. Read it: S3 also answers so while nothing is there yet.
    Exists,
    /// It may have happened. Read the key.
    Unknown(Error),
}

/// What is known of an object that is there.
#[derive(Debug, Clone)]
pub struct Stored {
    pub path: Path,
    /// In bytes.
    pub size: u64,
    /// When it was written, by the store's clock.
    pub written: Timestamp,
}

/// The objects of one registry.
#[derive(Clone)]
pub struct Store {
    pub(super) log: Arc<dyn ObjectStore>,
    pub(super) bytes: Arc<dyn ObjectStore>,
    pub(super) folder: Option<PathBuf>,
    pub(super) clock: StoreClock,
    pub(super) metrics: Metrics,
}

impl Store {
    /// The local folder, where the store is one.
    ///
    /// There a failed create is the end of the process: after an fsync error nobody knows what is on the disk,
    /// until the file system is read again.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_deref()
    }

    /// The store's clock, beside ours.
    pub fn clock(&self) -> &StoreClock {
        &self.clock
    }

    /// Creates an object of the log, once.
    pub async fn create(&self, key: &Key<'_>, bytes: Bytes) -> Created {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let created = match self.log.put_opts(&key.path(), bytes.into(), options).await {
            Ok(_) => Created::Yes,
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Created::Exists
            }
            Err(error) => Created::Unknown(error.into()),
        };
        self.metrics.store_operation(
            "create",
            match &created {
                Created::Yes => "ok",
                Created::Exists => "exists",
                Created::Unknown(error) => error.outcome(),
            },
        );
        created
    }

    /// Reads a small object; `None` where there is none.
    pub async fn read(&self, key: &Key<'_>) -> Result<Option<Bytes>, Error> {
        self.read_by(&self.log, key).await
    }

    /// Reads a small object with retries: for a start, which nobody waits for.
    pub async fn read_patiently(&self, key: &Key<'_>) -> Result<Option<Bytes>, Error> {
        self.read_by(&self.bytes, key).await
    }

    async fn read_by(&self, client: &dyn ObjectStore, key: &Key<'_>) -> Result<Option<Bytes>, Error> {
        let path = key.path();
        let read = async { client.get(&path).await?.bytes().await }.await;
        self.optional("read", read)
    }

    /// Reads a segment that another process, or a task of this one, may be writing.
    ///
    /// In a folder a file is seen before the folder is on the disk. Nobody may be told of what is in it until it is
    /// there to stay.
    pub async fn read_segment(&self, seq: u64) -> Result<Option<Bytes>, Error> {
        let found = self.read(&Key::Segment(seq)).await?;
        if found.is_some() {
            self.sync_log().await?;
        }
        Ok(found)
    }

    /// Sees to it that the files in the folder of the log are on the disk, where the store is a folder.
    pub async fn sync_log(&self) -> Result<(), Error> {
        let Some(log) = self.folder.as_ref().map(|folder| folder.join(LOG)) else { return Ok(()) };
        let synchronized =
            tokio::task::spawn_blocking(move || std::fs::File::open(log).and_then(|log| log.sync_all()));
        let synchronized = synchronized.await.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
        synchronized.map_err(Error::Disk)
    }

    /// Opens an object for streaming.
    pub async fn open_bytes(&self, key: &Key<'_>) -> Result<GetResult, Error> {
        let opened = self.bytes.get(&key.path()).await;
        self.optional("get", opened)?.ok_or_else(|| Error::missing(key))
    }

    /// The client for bytes and the path of a key, for uploads in parts.
    pub fn upload(&self, key: &Key<'_>) -> (Arc<dyn ObjectStore>, Path) {
        (Arc::clone(&self.bytes), key.path())
    }

    /// Writes an object whose key is used only once; the same bytes may be written again.
    pub async fn put(&self, key: &Key<'_>, bytes: Bytes) -> Result<(), Error> {
        let put = self.bytes.put(&key.path(), bytes.into()).await;
        self.count("put", put).map(|_| ())
    }

    /// Writes an object once, by the client for bytes; whether its bytes are there now. That client repeats a create of which it
    /// heard nothing: what it finds then may be its own.
    pub async fn put_once(&self, key: &Key<'_>, bytes: Bytes) -> Result<bool, Error> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.bytes.put_opts(&key.path(), bytes.clone().into(), options).await {
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(self.read_patiently(key).await?.is_some_and(|there| there == bytes))
            }
            put => self.count("put", put).map(|_| true),
        }
    }

    /// What is known of an object; `None` where there is none.
    pub async fn look(&self, key: &Key<'_>) -> Result<Option<Stored>, Error> {
        Ok(self.optional("head", self.bytes.head(&key.path()).await)?.map(Stored::from))
    }

    /// What is known of all objects in a folder, in no particular order, with retries as for [`Store::list`].
    pub async fn list_stored(&self, folder: Folder<'_>) -> Result<Vec<Stored>, Error> {
        let listed = self.bytes.list(Some(&folder.path())).map_ok(Stored::from).try_collect().await;
        self.count("list", listed)
    }

    /// What was written to a folder last, of what `is_meant`, with retries as for [`Store::list`].
    pub async fn last_stored(
        &self,
        folder: Folder<'_>,
        is_meant: impl Fn(&Path) -> bool,
    ) -> Result<Option<Stored>, Error> {
        let key = |stored: &Stored| (stored.written, stored.path.clone());
        let later = |last: Option<Stored>, meta: ObjectMeta| {
            let stored = Stored::from(meta);
            let is_last = is_meant(&stored.path) && last.as_ref().is_none_or(|last| key(last) < key(&stored));
            future::ready(Ok(if is_last { Some(stored) } else { last }))
        };
        self.count("list", self.bytes.list(Some(&folder.path())).try_fold(None, later).await)
    }

    /// Deletes an object, if it is there.
    pub async fn delete(&self, key: &Key<'_>) -> Result<(), Error> {
        self.optional("delete", self.bytes.delete(&key.path()).await).map(|_| ())
    }

    /// Deletes what was written to a folder before this time; how many objects that were.
    pub async fn delete_before(&self, folder: Folder<'_>, time: Timestamp) -> Result<u64, Error> {
        let old =
            self.bytes.list(Some(&folder.path())).map_ok(Stored::from).try_filter_map(move |stored| {
                future::ready(Ok((stored.written < time).then_some(stored.path)))
            });
        let (mut deleted, mut count) = (self.bytes.delete_stream(old.boxed()), 0);
        while let Some(deleted) = deleted.next().await {
            count += u64::from(self.optional("delete", deleted)?.is_some());
        }
        Ok(count)
    }

    /// Counts and names the end of an operation on [`Store::upload`].
    pub fn uploaded<T>(&self, result: object_store::Result<T>) -> Result<T, Error> {
        self.count("put", result)
    }

    /// All paths in a folder, in no particular order. With retries: of many pages, one may fail.
    pub async fn list(&self, folder: Folder<'_>) -> Result<Vec<Path>, Error> {
        let listed = self.bytes.list(Some(&folder.path())).map_ok(|meta| meta.location).try_collect().await;
        self.count("list", listed)
    }

    /// The paths in the folder of the log that are not before that of segment `seq`, with retries as for [`Store::list`].
    pub async fn list_segments_from(&self, seq: u64) -> Result<Vec<Path>, Error> {
        let before = Key::Segment(seq.saturating_sub(1)).path();
        let listed = self.bytes.list_with_offset(Some(&Folder::Log.path()), &before);
        self.count("list", listed.map_ok(|meta| meta.location).try_collect().await)
    }

    /// Whether a folder has any object, with retries as for [`Store::list`].
    pub async fn is_empty(&self, folder: Folder<'_>) -> Result<bool, Error> {
        let first = self.bytes.list(Some(&folder.path())).next().await.transpose();
        Ok(self.count("list", first)?.is_none())
    }

    fn optional<T>(&self, kind: &'static str, result: object_store::Result<T>) -> Result<Option<T>, Error> {
        if let Err(error @ object_store::Error::NotFound { .. }) = result {
            if let Error::NoBucket(error) = Error::from(error) {
                return self.count(kind, Err(error));
            }
            self.metrics.store_operation(kind, "absent");
            return Ok(None);
        }
        self.count(kind, result).map(Some)
    }

    fn count<T>(&self, kind: &'static str, result: object_store::Result<T>) -> Result<T, Error> {
        let result = result.map_err(Error::from);
        self.metrics.store_operation(kind, result.as_ref().map_or_else(Error::outcome, |_| "ok"));
        result
    }
}

impl From<ObjectMeta> for Stored {
    fn from(meta: ObjectMeta) -> Self {
        let written = Timestamp::from_millisecond(meta.last_modified.timestamp_millis());
        Self { path: meta.location, size: meta.size, written: written.unwrap_or(Timestamp::UNIX_EPOCH) }
    }
}

#[cfg(test)]
impl Store {
    /// The same, as if it were in this folder.
    pub(crate) fn within(self, folder: &std::path::Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..self }
    }
}
