//! Opening a registry's log: find it or begin it, probe the store, replay, check the owner.
//!
//! Several pods may do this at once, and any of them may die between two steps: each step is a create-if-absent
//! that another pod may finish.

use std::sync::{Arc, Mutex};

use barre_core::segment::Segment;
use barre_core::state::opened::Opened;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::begin::{ACTOR, TRIES, begin_log, check_clock, create_or_read, find_or_begin};
use super::handle::{Inner, Log};
use super::opening::Opening;
use super::pending::Pending;
use super::probe::{probe, still_conditional};
use super::progress::{Progress, Used};
use super::refusal::OpenError;
use super::replay::{check_format, replay};
use crate::base::instruments::Instruments;
use crate::base::vital::vital;
use crate::store::{Error, Key, Store};

/// Opens the log and starts the tasks that follow and write it; they end with the runtime.
pub async fn open(store: Store, opening: Opening, instruments: Instruments) -> Result<Log, OpenError> {
    // A segment may have been linked into its folder by a process that died before the folder was on the disk: nobody may
    // read it before it is there to stay.
    store.sync_log().await?;
    let genesis = find_or_begin(&store, &opening, &instruments).await?;
    begin_log(&store, &opening, genesis, &instruments).await?;
    probe(&store, &opening.version, instruments.random.id()).await?;
    still_conditional(&store, genesis).await?;
    let began = Instant::now();
    let state = replay(&store, genesis, opening.newest, &opening.expected.places(genesis.id)).await?;
    instruments.metrics.log_position(state.seq(), state.format().writer);
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
        suspicion: Notify::new(),
        stopped: watch::Sender::new(None),
    }));
    own(&log, &opening).await?;
    vital("following the log", log.clone().run_follower());
    vital("writing the log", log.clone().run_commits());
    vital("watching over the log", log.clone().run_nets());
    Ok(log)
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
        check_clock(&log.0.store)?;
        let epoch = state.epoch() + 1;
        let opened = Opened { owner: opening.owner.clone(), epoch };
        let change = log.change(ACTOR, opened);
        let seq = state.seq() + 1;
        let (_, bytes) = Segment::encode(epoch, seq, state.head(), log.next_time(&state), vec![change]);
        let there = create_or_read(&log.0.store, &Key::Segment(seq), bytes).await?;
        if log.advance(seq, &there).await.is_err() {
            break;
        }
        // The owner until now may have written more.
        let _ = log.catch_up().await;
    }
    // A newer program may have raised the log meanwhile.
    check_format(&log.state(), opening.newest)?;
    let stop = log.0.stopped.borrow().clone();
    Err(stop.map_or_else(|| Error::missing(&Key::Segment(log.seq() + 1)).into(), OpenError::Stopped))
}
