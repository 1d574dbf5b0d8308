//! Whether a store keeps the promises that the log stands on. Asked once per store and program version.
//!
//! A store that ignores the condition of a create would let two pods write the same segment, and one of them
//! would have acknowledged what is gone. Such a store is refused at the start.

use bytes::Bytes;
use futures::future::join_all;
use uuid::Uuid;

use crate::store::{Created, Error, Folder, Key, Store};

/// Creates that race for one key.
const RACERS: usize = 16;

/// Why a store is refused.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error(
        "the store ignores create-if-absent: {0} of {RACERS} concurrent creates of one object succeeded. The registry \
         would lose packages on it: use a store with conditional writes (If-None-Match)"
    )]
    Unconditional(usize),
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
            Self::Unconditional(_) | Self::Stale => None,
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
