//! A store that misbehaves as real ones do, from a seed.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::sleep;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It works, after a while.
    Works,
    /// It fails and does nothing.
    FailsBefore,
    /// It is done, but the answer is lost.
    FailsAfter,
    /// The client is told of a failure; the write lands later.
    Lands(Duration),
    /// S3's 409 on a create: "exists", although nothing is there.
    Conflicts,
}

/// One pod's way to a shared store.
pub(crate) struct Faulty {
    store: Arc<InMemory>,
    random: Mutex<StdRng>,
    healthy: Arc<AtomicBool>,
    /// The pod was killed: no request of it is sent, and no answer arrives.
    dead: Arc<AtomicBool>,
    /// It tries again by itself what failed before it was done.
    retries: bool,
}

impl Faulty {
    /// Misbehaves by `seed` until `healthy` is set; after `dead` is set, nothing happens any more.
    pub(crate) fn new(
        store: Arc<InMemory>,
        seed: u64,
        healthy: Arc<AtomicBool>,
        dead: Arc<AtomicBool>,
    ) -> Self {
        Self { store, random: Mutex::new(StdRng::seed_from_u64(seed)), healthy, dead, retries: false }
    }

    /// The same, with a client that tries again, as the one for bytes does.
    pub(crate) fn retrying(
        store: Arc<InMemory>,
        seed: u64,
        healthy: Arc<AtomicBool>,
        dead: Arc<AtomicBool>,
    ) -> Self {
        Self { retries: true, ..Self::new(store, seed, healthy, dead) }
    }

    /// A store that works, and takes its time.
    pub(crate) fn slow(store: &Arc<InMemory>, seed: u64) -> Self {
        let flag = |value| Arc::new(AtomicBool::new(value));
        Self::new(Arc::clone(store), seed, flag(true), flag(false))
    }

    /// Takes its time, for ever when the pod is dead.
    async fn pass(&self, time: Duration) {
        sleep(time).await;
        if self.dead.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    fn fate(&self, write: bool) -> (Duration, Fate, Duration) {
        let mut random = self.random.lock().unwrap();
        let mut delay = || {
            // Mostly a store's ordinary latency, now and then a pause that others overtake: of the network, or of
            // this whole process between two of its steps.
            let range = match random.random_range(0..200) {
                0 => 4000..60_000,
                1..10 => 100..4000,
                _ => 1..40,
            };
            Duration::from_millis(random.random_range(range))
        };
        let (before, after, landing) = (delay(), delay(), delay() * 10);
        if self.healthy.load(Ordering::Relaxed) {
            let ordinary = Duration::from_millis(40);
            return (before.min(ordinary), Fate::Works, after.min(ordinary));
        }
        let fate = match random.random_range(0..100) {
            0..6 if !self.retries => Fate::FailsBefore,
            6..12 if write => Fate::FailsAfter,
            12..16 if write => Fate::Lands(landing),
            16..20 if write => Fate::Conflicts,
            _ => Fate::Works,
        };
        (before, fate, after)
    }
}

fn lost() -> Error {
    Error::Generic { store: "faulty", source: "no answer".into() }
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
        let (before, fate, after) = self.fate(true);
        self.pass(before).await;
        match fate {
            Fate::FailsBefore => return Err(lost()),
            Fate::Conflicts if options.mode == PutMode::Create => {
                return Err(Error::AlreadyExists { path: path.to_string(), source: "409 Conflict".into() });
            }
            Fate::Lands(later) => {
                let (store, path) = (Arc::clone(&self.store), path.clone());
                tokio::spawn(async move {
                    sleep(later).await;
                    store.put_opts(&path, payload, options).await
                });
                self.pass(after).await;
                return Err(lost());
            }
            Fate::Works | Fate::Conflicts | Fate::FailsAfter => {}
        }
        let done = self.store.put_opts(path, payload, options).await;
        self.pass(after).await;
        if fate == Fate::FailsAfter { Err(lost()) } else { done }
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        let (before, fate, after) = self.fate(false);
        self.pass(before).await;
        if fate == Fate::FailsBefore {
            return Err(lost());
        }
        // Read now, told later: meanwhile others may commit.
        let found = self.store.get_opts(path, options).await;
        self.pass(after).await;
        found
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        o: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(path, o).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}
