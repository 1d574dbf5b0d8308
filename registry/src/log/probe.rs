//! Whether a store keeps the promises that the log stands on. Asked once per store and program version.
//!
//! A store that ignores the condition of a create would let two pods write the same segment, and one of them
//! would have acknowledged what is gone. Such a store is refused at the start.

use barre_core::segment::Genesis;
use bytes::Bytes;
use futures::future::join_all;
use uuid::Uuid;

use crate::store::{Created, Error, Folder, Key, Store};

/// Creates that race for one key.
const RACERS: usize = 16;
/// How often a question whose answer was lost is asked.
const TRIES: usize = 5;

/// Why a store is refused.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error(
        "the store ignores create-if-absent: {0} of {RACERS} concurrent creates of one object succeeded. The registry \
         would lose packages on it: use a store with conditional writes (If-None-Match)"
    )]
    Unconditional(usize),
    #[error(
        "the store overwrites what a create must leave alone: registry.json. The registry would lose packages on it: use a \
         store with conditional writes (If-None-Match)"
    )]
    Overwrites,
    #[error(
        "the store does not show an object right after it was written: the registry needs strong consistency"
    )]
    Stale,
    #[error(
        "the store answers \"access denied\" for an object that does not exist: grant the credentials the right to \
         list the bucket (on AWS, s3:ListBucket)"
    )]
    AbsentDenied(#[source] Error),
    #[error("the store did not answer the probe")]
    Store(#[from] Error),
}

impl ProbeError {
    /// The store's own error, where it did not answer the question. Otherwise it answered, and wrongly.
    pub fn unanswered(&self) -> Option<&Error> {
        match self {
            Self::AbsentDenied(error) | Self::Store(error) => Some(error),
            Self::Unconditional(_) | Self::Overwrites | Self::Stale => None,
        }
    }
}

/// Probes the store by objects under `race_id`, unless this program version has done so before.
pub(super) async fn probe(store: &Store, version: &str, race_id: Uuid) -> Result<(), ProbeError> {
    let done = Key::Probed(version);
    match store.read(&done).await {
        Ok(Some(_)) => return Ok(()),
        Ok(None) => {}
        Err(error @ Error::Denied(_)) => return Err(ProbeError::AbsentDenied(error)),
        Err(error) => return Err(error.into()),
    }
    race(store, race_id).await?;
    match store.create(&done, Bytes::from_static(b"{\"v\":1}\n")).await {
        Created::Yes | Created::Exists => Ok(()),
        Created::Unknown(error) => Err(error.into()),
    }
}

/// Whether the store still refuses to create what is there. The record of a probe travels with the data: copied to a store
/// without conditions, it would be believed there. Asked at every start, by the bytes that are there already.
pub(super) async fn still_conditional(store: &Store, genesis: Genesis) -> Result<(), ProbeError> {
    let mut last = None;
    for _ in 0..TRIES {
        match store.create(&Key::Genesis, genesis.encode()).await {
            Created::Exists => return Ok(()),
            Created::Yes => return Err(ProbeError::Overwrites),
            // A folder that fails is no question of conditions: reading the log says more.
            Created::Unknown(_) if store.folder().is_some() => return Ok(()),
            Created::Unknown(error) => last = Some(error),
        }
    }
    last.map_or(Ok(()), |error| Err(error.into()))
}

async fn race(store: &Store, id: Uuid) -> Result<(), ProbeError> {
    let key = &Key::Probe(id);
    let bodies: Vec<Bytes> = (0..RACERS).map(|n| Bytes::from(format!("{n}\n"))).collect();
    let created = join_all(bodies.iter().map(|body| store.create(key, body.clone()))).await;
    let mut winners = Vec::new();
    for (body, created) in bodies.iter().zip(created) {
        match created {
            Created::Yes => winners.push(body),
            Created::Exists => {}
            Created::Unknown(error) => return Err(error.into()),
        }
    }
    let [winner] = winners.as_slice() else {
        return Err(ProbeError::Unconditional(winners.len()));
    };
    let read = store.read(key).await?;
    let listed = store.list(Folder::Probe(id)).await?;
    if read.as_ref() != Some(*winner) || listed != [key.path()] {
        return Err(ProbeError::Stale);
    }
    match store.create(key, Bytes::from_static(b"late\n")).await {
        Created::Exists => Ok(()),
        Created::Yes => Err(ProbeError::Unconditional(2)),
        Created::Unknown(error) => Err(error.into()),
    }
}
