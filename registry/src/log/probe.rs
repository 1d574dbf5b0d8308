//! Whether a store keeps the promises that the log stands on. Asked once per store and program version.
//!
//! A store that ignores the condition of a create would let two pods write the same segment, and one of them
//! would have acknowledged what is gone. Such a store is refused at the start.

use std::time::Duration;

use barre_core::segment::Genesis;
use bytes::Bytes;
use futures::future::join_all;
use tokio::time::sleep;
use uuid::Uuid;

use crate::store::{Created, Error, Folder, Key, Store};

/// Creates that race for one key.
const RACERS: usize = 16;
/// How often a question whose answer was lost is asked.
const TRIES: usize = 5;
/// Time between two of them.
const SPACING: Duration = Duration::from_secs(1);

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
    match create_again(store, &Key::Genesis, genesis.encode()).await {
        Created::Exists => Ok(()),
        Created::Yes => Err(ProbeError::Overwrites),
        // A folder that fails is no question of conditions: reading the log says more.
        Created::Unknown(_) if store.folder().is_some() => Ok(()),
        Created::Unknown(error) => Err(error.into()),
    }
}

/// Creates what is there already, until the store answers. Some throttle writes to one key to about one a second.
async fn create_again(store: &Store, key: &Key<'_>, bytes: Bytes) -> Created {
    for _ in 1..TRIES {
        match store.create(key, bytes.clone()).await {
            Created::Unknown(error) if store.folder().is_none() && !matches!(error, Error::Denied(_)) => {
                sleep(SPACING).await;
            }
            answered => return answered,
        }
    }
    store.create(key, bytes).await
}

async fn race(store: &Store, id: Uuid) -> Result<(), ProbeError> {
    let key = &Key::Probe(id);
    let bodies: Vec<Bytes> = (0..RACERS).map(|n| Bytes::from(format!("{n}\n"))).collect();
    let created = join_all(bodies.iter().map(|body| store.create(key, body.clone()))).await;
    let read = store.read(key).await?;
    won(bodies.into_iter().zip(created), read.as_ref())?;
    if store.list(Folder::Probe(id)).await? != [key.path()] {
        return Err(ProbeError::Stale);
    }
    match create_again(store, key, Bytes::from_static(b"late\n")).await {
        Created::Exists => Ok(()),
        Created::Yes => Err(ProbeError::Unconditional(2)),
        Created::Unknown(error) => Err(error.into()),
    }
}

/// Whether one create of all won, by their answers and by what is there. One without an answer may be the one, so what is
/// there decides.
fn won(created: impl Iterator<Item = (Bytes, Created)>, there: Option<&Bytes>) -> Result<(), ProbeError> {
    let (mut winners, mut unclear, mut last) = (Vec::new(), Vec::new(), None);
    for (body, created) in created {
        match created {
            Created::Yes => winners.push(body),
            Created::Exists => {}
            Created::Unknown(error) => {
                unclear.push(body);
                last = Some(error);
            }
        }
    }
    match (winners.as_slice(), there, last) {
        ([winner], Some(there), _) if winner == there => Ok(()),
        ([_], None, _) => Err(ProbeError::Stale),
        // It was overwritten.
        ([_], Some(_), _) => Err(ProbeError::Unconditional(2)),
        ([], Some(there), _) if unclear.contains(there) => Ok(()),
        ([], None, Some(error)) => Err(error.into()),
        (winners, ..) => Err(ProbeError::Unconditional(winners.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_create_wins_and_what_is_there_says_which() {
        use Created::{Exists, Yes};

        let body = |n: u8| Bytes::from(vec![n]);
        let unknown = || Created::Unknown(Error::missing(&Key::Genesis));
        let verdict = |created: Vec<Created>, there: Option<u8>| {
            let there = there.map(body);
            match won((0..).map(body).zip(created), there.as_ref()) {
                Ok(()) => "sound",
                Err(ProbeError::Unconditional(_)) => "unconditional",
                Err(ProbeError::Stale) => "stale",
                Err(error) if error.unanswered().is_some() => "unanswered",
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(verdict(vec![Exists, Yes, Exists], Some(1)), "sound");
        assert_eq!(verdict(vec![Exists, Yes, unknown()], Some(1)), "sound");
        assert_eq!(verdict(vec![Exists, Exists, unknown()], Some(2)), "sound", "its answer was lost");
        assert_eq!(verdict(vec![unknown(), unknown()], None), "unanswered", "throttled");
        assert_eq!(verdict(vec![Yes, Yes, Exists], Some(0)), "unconditional");
        assert_eq!(verdict(vec![Yes, Exists, unknown()], Some(2)), "unconditional", "it was overwritten");
        assert_eq!(verdict(vec![Exists, Exists], Some(0)), "unconditional", "nobody won");
        assert_eq!(verdict(vec![Exists, unknown()], Some(0)), "unconditional", "a create that lost is there");
        assert_eq!(verdict(vec![Yes, Exists], None), "stale");
    }
}
