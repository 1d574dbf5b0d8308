//! A store that misbehaves as real ones do, from a seed, or as a test says.

mod fate;
mod life;
mod upload;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use barre_registry::store::segment_seq;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::time::sleep;

pub(crate) use self::fate::{Course, Fate, Request};
pub(crate) use self::life::Life;

/// What befalls the requests of one client.
type Fates = dyn Fn(Request, &Path) -> Course + Send + Sync;

/// One pod's way to a shared store.
#[derive(Clone)]
pub(crate) struct Faulty {
    store: Arc<InMemory>,
    life: Arc<Life>,
    fates: Arc<Fates>,
}

impl Faulty {
    /// Misbehaves as `fates` say.
    pub(crate) fn by(
        store: &Arc<InMemory>,
        life: &Arc<Life>,
        fates: impl Fn(Request, &Path) -> Course + Send + Sync + 'static,
    ) -> Self {
        Self { store: Arc::clone(store), life: Arc::clone(life), fates: Arc::new(fates) }
    }

    /// Misbehaves by `seed` until `healthy` is set.
    pub(crate) fn new(store: &Arc<InMemory>, seed: u64, healthy: &Arc<AtomicBool>, life: &Arc<Life>) -> Self {
        Self::by(store, life, fate::random(seed, Arc::clone(healthy), false))
    }

    /// The same, with a client that tries again, as the one for bytes does.
    pub(crate) fn retrying(
        store: &Arc<InMemory>,
        seed: u64,
        healthy: &Arc<AtomicBool>,
        life: &Arc<Life>,
    ) -> Self {
        Self::by(store, life, fate::random(seed, Arc::clone(healthy), true))
    }

    /// A store that works, and takes its time.
    pub(crate) fn slow(store: &Arc<InMemory>, seed: u64) -> Self {
        Self::new(store, seed, &Arc::new(AtomicBool::new(true)), &Arc::default())
    }

    /// Sends a request: it arrives now, if at all.
    async fn send(&self, request: Request, path: &Path) -> Result<Sent> {
        let Course { before, fate, after } = (self.fates)(request, path);
        self.life.pass(before).await;
        match fate {
            Fate::FailsBefore => Err(lost()),
            Fate::Denied => {
                Err(Error::PermissionDenied { path: path.to_string(), source: "403 AccessDenied".into() })
            }
            _ => Ok(Sent { fate, after }),
        }
    }
}

/// A request that has arrived.
struct Sent {
    fate: Fate,
    after: Duration,
}

fn lost() -> Error {
    Error::Generic { store: "faulty", source: "no answer".into() }
}

/// What a proxy answers while the store is away: with 200, or as much of the object as arrived.
fn answered_by_another(mut found: GetResult, fate: Fate) -> GetResult {
    let pieces = match fate {
        Fate::Foreign => vec![Ok(Bytes::from_static(b"<html>Be right back</html>\n"))],
        Fate::BreaksOff => vec![Ok(Bytes::from_static(b"{")), Err(lost())],
        _ => return found,
    };
    found.payload = GetResultPayload::Stream(stream::iter(pieces).boxed());
    found
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        if segment_seq(path).is_some() {
            self.life.note(payload.clone().into());
        }
        let Sent { fate, after } = self.send(Request::Write, path).await?;
        match fate {
            Fate::Conflicts if options.mode == PutMode::Create => {
                return Err(Error::AlreadyExists { path: path.to_string(), source: "409 Conflict".into() });
            }
            Fate::Lands(later) => {
                let (store, path) = (Arc::clone(&self.store), path.clone());
                tokio::spawn(async move {
                    sleep(later).await;
                    store.put_opts(&path, payload, options).await
                });
                self.life.pass(after).await;
                return Err(lost());
            }
            _ => {}
        }
        let done = self.store.put_opts(path, payload, options).await;
        self.life.pass(after).await;
        if fate == Fate::FailsAfter { Err(lost()) } else { done }
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        let Sent { fate, after } = self.send(Request::Read, path).await?;
        // Read now, told later: meanwhile others may commit.
        let found = self.store.get_opts(path, options).await;
        self.life.pass(after).await;
        found.map(|found| answered_by_another(found, fate))
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        o: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.send(Request::Part, path).await?;
        Ok(Box::new(upload::Upload::new(
            self.clone(),
            path.clone(),
            self.store.put_multipart_opts(path, o).await?,
        )))
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (this, prefix) = (self.clone(), prefix.cloned());
        let listed = async move {
            let path = prefix.clone().unwrap_or_default();
            let Sent { fate, after } = this.send(Request::List, &path).await?;
            let mut listed: Vec<ObjectMeta> = this.store.list(prefix.as_ref()).try_collect().await?;
            if let Fate::Stale(missing) = fate {
                listed.sort_by(|a, b| a.location.cmp(&b.location));
                listed.truncate(listed.len().saturating_sub(missing));
            }
            this.life.pass(after).await;
            Ok::<_, Error>(stream::iter(listed).map(Ok))
        };
        listed.into_stream().try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}
