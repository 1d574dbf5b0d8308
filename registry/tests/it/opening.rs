//! Beginning, opening, refusing and taking over a registry.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use barre_core::format::{Format, NEWEST};
use barre_core::segment::{Genesis, Segment};
use barre_core::state::Outcome;
use barre_core::state::condemned::Condemned;
use barre_core::state::opened::Opened;
use barre_registry::base::clock::Clock;
use barre_registry::base::metrics::Metrics;
use barre_registry::log::{CommitError, Log, OpenError, Opening, Stop};
use barre_registry::store::{Created, Key, Store};
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::faulty::Faulty;
use crate::logs::{harmless, open, store};

fn settings(owner: &str) -> Opening {
    Opening { create: true, ..Opening::of(owner) }
}

#[tokio::test]
async fn an_empty_store_becomes_a_registry_only_when_told_to() {
    let inner = Arc::new(InMemory::new());
    let refused = open(store(&inner), Opening { create: false, ..settings("us") }).await;
    assert!(matches!(refused, Err(OpenError::NoRegistry)));
    let log = open(store(&inner), settings("us")).await.unwrap();
    assert_eq!((log.state().seq(), log.state().owner()), (1, "us"));
    let again = open(store(&inner), Opening { create: false, ..settings("us") }).await.unwrap();
    assert_eq!(again.state().registry(), log.state().registry());
}

/// Each request takes a while, so that sixteen starts are really at the same time.
#[tokio::test(start_paused = true)]
async fn sixteen_pods_begin_one_registry() {
    let inner = Arc::new(InMemory::new());
    let slow = |seed| Store::shared(Arc::new(Faulty::slow(&inner, seed)), Metrics::new());
    let opened = futures::future::join_all((0..16).map(|seed| open(slow(seed), settings("us")))).await;
    let logs: Vec<Log> = opened.into_iter().map(|log| log.ok().unwrap()).collect();
    assert!(logs.iter().all(|log| log.state().registry() == logs[0].state().registry()));
    assert!(logs.iter().all(|log| log.state().seq() == 1));
}

#[tokio::test]
async fn a_pod_that_died_after_registry_json_is_no_obstacle() {
    let inner = Arc::new(InMemory::new());
    let id = Uuid::from_u128(7);
    inner.put(&Key::Genesis.path(), Genesis::new(id).encode().into()).await.unwrap();
    assert_eq!(open(store(&inner), settings("us")).await.unwrap().state().registry(), id);
}

#[tokio::test]
async fn what_is_not_empty_and_no_registry_is_refused() {
    for folder in ["log", "releases", "checkpoint"] {
        let inner = Arc::new(InMemory::new());
        inner.put(&Path::from(format!("{folder}/x")), "x".into()).await.unwrap();
        let refused = open(store(&inner), settings("us")).await;
        assert!(matches!(refused, Err(OpenError::NotEmpty(name)) if name == folder));
    }
    let inner = Arc::new(InMemory::new());
    inner.put(&Path::from("provisioned.json"), "{}".into()).await.unwrap();
    assert!(open(store(&inner), settings("us")).await.is_ok());
}

#[tokio::test]
async fn another_owner_is_refused_until_it_takes_over_and_then_the_first_one_stops() {
    let inner = Arc::new(InMemory::new());
    let first = open(store(&inner), settings("us")).await.unwrap();
    let registry = first.state().registry();
    let Err(refused) = open(store(&inner), settings("them")).await else {
        panic!("a foreign log was opened")
    };
    let text = refused.to_string();
    assert!(text.contains("\"us\"") && text.contains(&format!("--take-over {registry}")), "{text}");
    let wrong = Opening { take_over: Some(Uuid::from_u128(1)), ..settings("them") };
    assert!(matches!(open(store(&inner), wrong).await, Err(OpenError::ForeignOwner { .. })));

    let right = Opening { take_over: Some(registry), ..settings("them") };
    let second = open(store(&inner), right.clone()).await.unwrap();
    assert_eq!((second.state().owner(), second.state().epoch()), ("them", 2));
    // The annotation stays on the resource: a second start with it changes nothing.
    assert_eq!(open(store(&inner), right).await.unwrap().state().epoch(), 2);

    // The change of the one that lost the log meets the next epoch on its way, and it never writes again.
    let lost = first.commit(harmless(&first)).await;
    assert!(matches!(lost, Err(CommitError::Unknown | CommitError::ReadOnly)), "{lost:?}");
    let stop = timeout(Duration::from_secs(5), first.stopped()).await.unwrap();
    assert!(matches!(&*stop, Stop::ForeignOwner { owner } if owner == "them"));
    assert_eq!(first.commit(harmless(&first)).await, Err(CommitError::ReadOnly));
    assert_eq!(second.commit(harmless(&second)).await.unwrap().outcome, Outcome::Accepted);
}

#[tokio::test]
async fn a_newer_format_is_not_read() {
    let inner = Arc::new(InMemory::new());
    let log = open(store(&inner), settings("us")).await.unwrap();
    let newer = Format { reader: NEWEST.reader + 1, writer: NEWEST.writer + 1 };
    log.commit(log.change("test", newer)).await.unwrap();
    assert!(matches!(&*log.stopped().await, Stop::Format { .. }));
    // What follows is not damage, it is only new.
    inner.put(&Key::Segment(3).path(), "{\"v\":9}\n".into()).await.unwrap();
    assert!(matches!(open(store(&inner), settings("us")).await, Err(OpenError::Format { .. })));
}

#[tokio::test]
async fn a_newer_writer_makes_this_one_read_only() {
    let inner = Arc::new(InMemory::new());
    let log = open(store(&inner), settings("us")).await.unwrap();
    let newer = Format { writer: NEWEST.writer + 1, ..NEWEST };
    log.commit(log.change("test", newer)).await.unwrap();
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::ReadOnly));
    assert!(log.fresh().await.is_ok());
}

#[tokio::test]
async fn a_damaged_segment_ends_writing_but_not_reading() {
    let inner = Arc::new(InMemory::new());
    let log = open(store(&inner), settings("us")).await.unwrap();
    inner.put(&Key::Segment(2).path(), "garbage\n".into()).await.unwrap();
    assert!(log.fresh().await.is_err());
    assert_eq!(log.commit(harmless(&log)).await, Err(CommitError::ReadOnly));
    assert_eq!(log.state().seq(), 1);
    assert!(matches!(open(store(&inner), settings("us")).await, Err(OpenError::Damaged { seq: 2, .. })));
}

#[tokio::test]
async fn a_gap_is_noticed_at_the_start() {
    let inner = Arc::new(InMemory::new());
    let log = open(store(&inner), settings("us")).await.unwrap();
    let opened = log.change("test", Opened { owner: "us".to_owned(), epoch: 2 });
    let (_, bytes) = Segment::encode(2, 3, log.state().head(), log.now(), vec![opened]);
    assert!(matches!(store(&inner).create(&Key::Segment(3), bytes).await, Created::Yes));
    assert!(matches!(open(store(&inner), settings("us")).await, Err(OpenError::Gap { seq: 2 })));
}

#[tokio::test]
async fn a_long_log_is_replayed_whole() {
    let inner = Arc::new(InMemory::new());
    let log = open(store(&inner), settings("us")).await.unwrap();
    for _ in 0..100 {
        log.commit(harmless(&log)).await.unwrap();
    }
    let replayed = open(store(&inner), settings("us")).await.unwrap();
    assert_eq!((replayed.state().seq(), replayed.state().digest()), (101, log.state().digest()));
}

#[tokio::test]
async fn changes_that_come_together_share_a_segment() {
    let inner = Arc::new(InMemory::new());
    let log = open(store(&inner), settings("us")).await.unwrap();
    let committed = futures::future::join_all((0..700).map(|_| log.commit(harmless(&log)))).await;
    assert!(committed.iter().all(|committed| committed.as_ref().unwrap().outcome == Outcome::Accepted));
    // At most 500 fit into one.
    assert!((3..=4).contains(&log.state().seq()), "{}", log.state().seq());
}

#[tokio::test]
async fn a_local_folder_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_directory_path(folder.path()).unwrap();
    let store = || Store::open(&url, Clock::system(), Metrics::new()).unwrap();
    let log = open(store(), settings("us")).await.unwrap();
    assert_eq!(log.commit(harmless(&log)).await.unwrap().seq, 2);
    assert_eq!(open(store(), settings("us")).await.unwrap().state().digest(), log.state().digest());
    assert!(folder.path().join("log/0000000000000002.jsonl").exists());
}

#[tokio::test]
async fn a_local_disk_that_fails_ends_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_directory_path(folder.path()).unwrap();
    let log =
        open(Store::open(&url, Clock::system(), Metrics::new()).unwrap(), settings("us")).await.unwrap();
    // A file where the folder was: root may write into a read-only folder, but not into a file.
    std::fs::rename(folder.path().join("log"), folder.path().join("away")).unwrap();
    std::fs::write(folder.path().join("log"), "").unwrap();
    assert!(log.commit(harmless(&log)).await.is_err());
    assert!(matches!(&*log.stopped().await, Stop::Disk(_)));
}

/// Whoever clears a bucket by a lifecycle rule must not make the registry forget what it acknowledged.
#[tokio::test]
async fn a_lost_log_is_not_begun_anew() {
    for (kept, folder) in [
        ("log/0000000000000002.jsonl", "log"),
        ("releases/acme/x", "releases"),
        ("checkpoint/1", "checkpoint"),
    ] {
        let inner = Arc::new(InMemory::new());
        open(store(&inner), settings("us")).await.unwrap();
        inner.delete(&Key::Segment(1).path()).await.unwrap();
        inner.put(&Path::from(kept), "x".into()).await.unwrap();
        let refused = open(store(&inner), settings("us")).await;
        assert!(matches!(refused, Err(OpenError::LogLost(name)) if name == folder), "{kept}");
        assert!(inner.get(&Key::Segment(1).path()).await.is_err(), "{kept}: it was begun anew");
    }
}

#[tokio::test]
async fn a_copy_to_a_store_that_ignores_conditions_is_refused_although_it_was_probed() {
    let inner = Arc::new(InMemory::new());
    open(store(&inner), settings("us")).await.unwrap();
    let copy = InMemory::new();
    for object in inner.list(None).try_collect::<Vec<_>>().await.unwrap() {
        let bytes = inner.get(&object.location).await.unwrap().bytes().await.unwrap();
        copy.put(&object.location, bytes.into()).await.unwrap();
    }
    let copied = Store::shared(Arc::new(Unconditional(copy)), Metrics::new());
    let Err(refused) = open(copied, settings("us")).await else { panic!("the store was accepted") };
    assert!(refused.to_string().contains("overwrites"), "{refused}");
}

#[tokio::test]
async fn nobody_begins_or_takes_over_with_a_clock_that_is_off() {
    let inner = Arc::new(InMemory::new());
    let off = || {
        let store = store(&inner);
        store.clock().note("Tue, 01 Jan 2030 00:00:00 GMT");
        store
    };
    assert!(matches!(open(off(), settings("us")).await, Err(OpenError::Clock)));
    let registry = open(store(&inner), settings("us")).await.unwrap().state().registry();
    let take_over = Opening { take_over: Some(registry), ..settings("them") };
    assert!(matches!(open(off(), take_over).await, Err(OpenError::Clock)));
    assert_eq!(open(store(&inner), settings("us")).await.unwrap().state().owner(), "us");
}

#[tokio::test]
async fn what_a_reader_would_refuse_is_not_written() {
    let inner = Arc::new(InMemory::new());
    let log = open(store(&inner), settings("us")).await.unwrap();
    let folders: Vec<Uuid> = (0..8_000).map(Uuid::from_u128).collect();
    let poison = log.change("check", Condemned { folders });
    assert_eq!(log.commit(poison).await, Err(CommitError::TooLarge));
    assert!(log.commit(harmless(&log)).await.is_ok());
    assert!(open(store(&inner), settings("us")).await.is_ok());
}

/// A store that takes every create.
#[derive(Debug)]
struct Unconditional(InMemory);

impl fmt::Display for Unconditional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unconditional")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Unconditional {
    async fn put_opts(&self, path: &Path, payload: PutPayload, _: PutOptions) -> Result<PutResult> {
        self.0.put_opts(path, payload, PutOptions::default()).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(path, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        o: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(path, o).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}

#[tokio::test]
async fn a_store_that_ignores_conditions_is_refused() {
    let store = Store::shared(Arc::new(Unconditional(InMemory::new())), Metrics::new());
    let Err(refused) = open(store, settings("us")).await else { panic!("the store was accepted") };
    assert!(refused.to_string().contains("ignores create-if-absent"), "{refused}");
}
