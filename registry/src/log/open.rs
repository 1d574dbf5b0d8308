//! Opening a registry's log: find it or begin it, probe the store, replay, check the owner.
//!
//! Several pods may do this at once, and any of them may die between two steps: each step is a create-if-absent
//! that another pod may finish.

use std::sync::{Arc, Mutex};

use barre_core::change::{Change, Salt};
use barre_core::format::{Format, NEWEST};
use barre_core::millis;
use barre_core::segment::{Genesis, Malformed, Segment};
use barre_core::state::opened::Opened;
use barre_core::state::{Kind, State};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::handle::{Inner, Log};
use super::pending::Pending;
use super::probe::{ProbeError, probe};
use super::progress::{Progress, Used};
use super::stop::{Damage, Stop};
use crate::base::instruments::Instruments;
use crate::store::{Created, Error, Folder, Key, Store, segment_seq};

/// Segments that are fetched at the same time while the log is replayed.
const IN_FLIGHT: usize = 32;
/// How often a create whose answer was unclear is sent before the start is given up.
const TRIES: usize = 5;
/// Who does what nobody in particular asked for.
pub(super) const ACTOR: &str = "server";

/// How to open a log.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Who operates the registry.
    pub owner: String,
    /// Whether an empty store may become a registry.
    pub create: bool,
    /// The registry that may be taken from its present owner.
    pub take_over: Option<Uuid>,
    /// The version of this program.
    pub version: String,
    /// The newest format that this program reads and writes: [`NEWEST`], except in tests of programs that are older.
    pub newest: Format,
}

impl Opening {
    /// Opens the registry of `owner`, and begins none.
    pub fn of(owner: impl Into<String>) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { owner: owner.into(), create: false, take_over: None, version, newest: NEWEST }
    }
}

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("there is no registry in this store: start with --create to begin one, or correct the prefix")]
    NoRegistry,
    #[error(
        "the store holds objects under \"{0}/\" but no registry.json: this is no new registry, and what it was cannot \
         be known. Restore registry.json, or use another prefix"
    )]
    NotEmpty(&'static str),
    #[error(
        "this registry ({registry}) is operated by \"{owner}\", not by \"{us}\". If that one is gone for good, start \
         with --take-over {registry}"
    )]
    ForeignOwner { registry: Uuid, owner: String, us: String },
    #[error(
        "the log needs a program that reads format {needed}, this one reads up to {ours}: run the newer release"
    )]
    Format { needed: u32, ours: u32 },
    #[error("registry.json cannot be read")]
    Genesis(#[source] Malformed),
    #[error("segment {seq} of the log is damaged")]
    Damaged { seq: u64, source: Damage },
    #[error("the log cannot be taken over")]
    Stopped(#[source] Arc<Stop>),
    #[error("segment {seq} of the log is missing, but later ones are there")]
    Gap { seq: u64 },
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error("the log cannot be read or written")]
    Store(#[from] Error),
    #[error("the folder of the log cannot be synchronized")]
    Sync(#[source] std::io::Error),
}

/// Opens the log and starts the tasks that follow and write it; they end with the runtime.
pub async fn open(store: Store, opening: Opening, instruments: Instruments) -> Result<Log, OpenError> {
    synchronize(&store)?;
    let genesis = find_or_begin(&store, &opening, &instruments).await?;
    begin_log(&store, &opening, genesis, &instruments).await?;
    probe(&store, &opening.version, instruments.random.id()).await?;
    let began = Instant::now();
    let state = replay(&store, genesis, opening.newest).await?;
    instruments.metrics.log_position(state.seq());
    instruments.metrics.log_polled_at(instruments.clock.now());
    check_format(&state, opening.newest)?;
    let log = Log(Arc::new(Inner {
        store,
        owner: opening.owner.clone(),
        newest: opening.newest,
        instruments,
        state: watch::Sender::new(Arc::new(state)),
        pending: Mutex::new(Pending::default()),
        commit: Notify::new(),
        follow: Mutex::new(Progress::new(began)),
        used: Used::new(began),
        refresh: Notify::new(),
        stopped: watch::Sender::new(None),
    }));
    own(&log, &opening).await?;
    tokio::spawn(log.clone().run_follower());
    tokio::spawn(log.clone().run_commits());
    tokio::spawn(log.clone().run_nets());
    Ok(log)
}

/// Reads the log to its end and writes nothing, whoever operates it.
pub async fn survey(store: &Store) -> Result<State, OpenError> {
    synchronize(store)?;
    let bytes = read(store, &Key::Genesis).await?.ok_or(OpenError::NoRegistry)?;
    let genesis = Genesis::decode(&bytes).map_err(OpenError::Genesis)?;
    let state = replay(store, genesis, NEWEST).await?;
    check_format(&state, NEWEST)?;
    Ok(state)
}

/// A segment may have been linked into its folder by a process that died before the folder was on the disk:
/// nobody may read it before it is there to stay.
fn synchronize(store: &Store) -> Result<(), OpenError> {
    let Some(folder) = store.folder() else { return Ok(()) };
    std::fs::File::open(folder.join("log")).and_then(|log| log.sync_all()).map_err(OpenError::Sync)
}

/// Reads an object that may be absent, with patience: a start is not worth less than a busy store's moment.
async fn read(store: &Store, key: &Key<'_>) -> Result<Option<Bytes>, OpenError> {
    store.read_patiently(key).await.map_err(|error| match error {
        // AWS hides what is absent from those who may not list.
        error @ Error::Denied(_) => ProbeError::AbsentDenied(error).into(),
        error => error.into(),
    })
}

async fn find_or_begin(
    store: &Store,
    opening: &Opening,
    instruments: &Instruments,
) -> Result<Genesis, OpenError> {
    if let Some(bytes) = read(store, &Key::Genesis).await? {
        return Genesis::decode(&bytes).map_err(OpenError::Genesis);
    }
    for (folder, name) in
        [(Folder::Log, "log"), (Folder::Releases, "releases"), (Folder::Checkpoints, "checkpoint")]
    {
        if !store.is_empty(folder).await? {
            // Another pod may have begun the registry since we looked for it.
            return match read(store, &Key::Genesis).await? {
                Some(bytes) => Genesis::decode(&bytes).map_err(OpenError::Genesis),
                None => Err(OpenError::NotEmpty(name)),
            };
        }
    }
    if !opening.create {
        return Err(OpenError::NoRegistry);
    }
    let ours = Genesis::new(instruments.random.id());
    let bytes = create_or_read(store, &Key::Genesis, ours.encode()).await?;
    Genesis::decode(&bytes).map_err(OpenError::Genesis)
}

async fn begin_log(
    store: &Store,
    opening: &Opening,
    genesis: Genesis,
    instruments: &Instruments,
) -> Result<(), OpenError> {
    let key = Key::Segment(1);
    if read(store, &key).await?.is_some() {
        return Ok(());
    }
    if !opening.create {
        return Err(OpenError::NoRegistry);
    }
    let opened = Opened { owner: opening.owner.clone(), epoch: 1 };
    let Instruments { clock, random, .. } = instruments;
    let change =
        |kind: Kind| Change { id: random.id(), salt: Salt(random.bytes()), actor: ACTOR.to_owned(), kind };
    let changes = vec![change(opened.into()), change(opening.newest.into())];
    let (_, bytes) = Segment::encode(1, 1, genesis.digest(), millis::cut(clock.now()), changes);
    create_or_read(store, &key, bytes).await?;
    Ok(())
}

/// Creates an object and returns what is there then: ours, or that of a pod that was faster.
async fn create_or_read(store: &Store, key: &Key<'_>, bytes: Bytes) -> Result<Bytes, OpenError> {
    let mut last = None;
    for _ in 0..TRIES {
        match store.create(key, bytes.clone()).await {
            Created::Yes => return Ok(bytes),
            Created::Exists => {}
            // What is on a disk after a failed fsync is known only after a new start.
            Created::Unknown(error) if store.folder().is_some() => return Err(error.into()),
            Created::Unknown(error) => last = Some(error),
        }
        if let Some(there) = read(store, key).await? {
            return Ok(there);
        }
    }
    Err(last.unwrap_or_else(|| Error::missing(key)).into())
}

/// Reads all segments that a listing names, many at a time, and then on to the end of the log.
async fn replay(store: &Store, genesis: Genesis, newest: Format) -> Result<State, OpenError> {
    let last = store.list(Folder::Log).await?.iter().filter_map(segment_seq).max().unwrap_or(0);
    let mut state = State::new(genesis);
    let mut segments = stream::iter(1..=last)
        .map(|seq| async move { read(store, &Key::Segment(seq)).await.map(|bytes| (seq, bytes)) })
        .buffered(IN_FLIGHT);
    while let Some((seq, bytes)) = segments.try_next().await? {
        let bytes = bytes.ok_or(OpenError::Gap { seq })?;
        state = step(&state, seq, &bytes, newest)?;
    }
    while let Some(bytes) = read(store, &Key::Segment(state.seq() + 1)).await? {
        state = step(&state, state.seq() + 1, &bytes, newest)?;
    }
    Ok(state)
}

fn step(state: &State, seq: u64, bytes: &[u8], newest: Format) -> Result<State, OpenError> {
    // What a newer program wrote is not damage.
    check_format(state, newest)?;
    let damaged = |source| OpenError::Damaged { seq, source };
    let segment = Segment::decode(bytes).map_err(|e| damaged(e.into()))?;
    state.apply(&segment).map(|(next, _)| next).map_err(|e| damaged(e.into()))
}

fn check_format(state: &State, newest: Format) -> Result<(), OpenError> {
    if state.format().is_readable_by(newest) {
        return Ok(());
    }
    Err(OpenError::Format { needed: state.format().reader, ours: newest.reader })
}

/// Makes sure that the log is ours: it is, or it may be taken over.
async fn own(log: &Log, opening: &Opening) -> Result<(), OpenError> {
    for _ in 0..TRIES {
        let state = log.state();
        if state.owner() == opening.owner {
            return Ok(());
        }
        if !state.format().is_writable_by(opening.newest) {
            let (needed, ours) = (state.format().writer, opening.newest.writer);
            return Err(OpenError::Format { needed, ours });
        }
        let registry = state.registry();
        if opening.take_over != Some(registry) {
            let owner = state.owner().to_owned();
            return Err(OpenError::ForeignOwner { registry, owner, us: opening.owner.clone() });
        }
        let epoch = state.epoch() + 1;
        let opened = Opened { owner: opening.owner.clone(), epoch };
        let change = log.change(ACTOR, opened);
        let seq = state.seq() + 1;
        let (_, bytes) = Segment::encode(epoch, seq, state.head(), log.next_time(&state), vec![change]);
        let there = create_or_read(&log.0.store, &Key::Segment(seq), bytes).await?;
        if !log.advance(seq, &there) || log.catch_up().await.is_err() {
            break;
        }
    }
    let stop = log.0.stopped.borrow().clone();
    Err(stop.map_or_else(|| Error::missing(&Key::Segment(log.seq() + 1)).into(), OpenError::Stopped))
}
