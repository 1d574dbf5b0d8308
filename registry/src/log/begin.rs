//! Finding a registry in its store, or beginning one: each step is a create-if-absent that another pod may finish.

use barre_contract::bucket;
use barre_core::change::{Change, Salt};
use barre_core::millis;
use barre_core::segment::{Genesis, Segment};
use barre_core::state::Kind;
use barre_core::state::opened::Opened;
use bytes::Bytes;

use super::opening::Opening;
use super::refusal::OpenError;
use super::replay::read;
use crate::base::instruments::Instruments;
use crate::store::{Created, Error, Folder, Key, Store};

/// How often a create whose answer was unclear is sent before the start is given up.
pub(super) const TRIES: usize = 5;
/// Who does what nobody in particular asked for.
pub(super) const ACTOR: &str = "server";

/// The registry in the store: the one that is there, or a new one where it is empty and none is expected.
pub(super) async fn find_or_begin(
    store: &Store,
    opening: &Opening,
    instruments: &Instruments,
) -> Result<Genesis, OpenError> {
    let genesis = find(store, opening, instruments).await?;
    match opening.expected.registry {
        Some(expected) if expected != genesis.id => Err(OpenError::Exchanged { expected, found: genesis.id }),
        _ => Ok(genesis),
    }
}

async fn find(store: &Store, opening: &Opening, instruments: &Instruments) -> Result<Genesis, OpenError> {
    if let Some(bytes) = read(store, &Key::Genesis).await? {
        return Genesis::decode(&bytes).map_err(OpenError::Genesis);
    }
    // Whatever else lies there, a push that failed may have left it.
    if let Some(registry) = opening.expected.registry {
        return Err(OpenError::DataMissing(registry));
    }
    if let Some(name) = filled(store).await? {
        // Another pod may have begun the registry since we looked for it.
        return match read(store, &Key::Genesis).await? {
            Some(bytes) => Genesis::decode(&bytes).map_err(OpenError::Genesis),
            None => Err(OpenError::NotEmpty(name)),
        };
    }
    may_begin(opening)?;
    let ours = Genesis::new(instruments.random.id());
    let bytes = create_or_read(store, &Key::Genesis, ours.encode()).await?;
    Genesis::decode(&bytes).map_err(OpenError::Genesis)
}

/// Sees to it that there is a first segment.
pub(super) async fn begin_log(
    store: &Store,
    opening: &Opening,
    genesis: Genesis,
    instruments: &Instruments,
) -> Result<(), OpenError> {
    let key = Key::Segment(1);
    if read(store, &key).await?.is_some() {
        return Ok(());
    }
    // A log that was lost is never begun anew over what is left of its registry.
    if let Some(name) = filled(store).await? {
        return match read(store, &key).await? {
            Some(_) => Ok(()),
            None => Err(OpenError::LogLost(name)),
        };
    }
    // It has a name, and whoever knows that has seen its log.
    if opening.expected.registry.is_some() {
        return Err(OpenError::LogLost(bucket::GENESIS));
    }
    may_begin(opening)?;
    check_clock(store)?;
    let opened = Opened { owner: opening.owner.clone(), epoch: 1 };
    let Instruments { clock, random, .. } = instruments;
    let change =
        |kind: Kind| Change { id: random.id(), salt: Salt(random.bytes()), actor: ACTOR.to_owned(), kind };
    let changes = vec![change(opened.into()), change(opening.newest.into())];
    let (_, bytes) = Segment::encode(1, 1, genesis.digest(), millis::cut(clock.now()), changes);
    create_or_read(store, &key, bytes).await?;
    Ok(())
}

fn may_begin(opening: &Opening) -> Result<(), OpenError> {
    if opening.create { Ok(()) } else { Err(OpenError::NoRegistry) }
}

/// The first folder that has anything of a registry's state.
async fn filled(store: &Store) -> Result<Option<&'static str>, OpenError> {
    let folders = [Folder::Log, Folder::Releases, Folder::Checkpoints].into_iter().zip(bucket::STATE);
    for (folder, name) in folders {
        if !store.is_empty(folder).await? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Time never goes back in the log, so that one segment from the future would make every later time wrong.
pub(super) fn check_clock(store: &Store) -> Result<(), OpenError> {
    if store.clock().agrees() { Ok(()) } else { Err(OpenError::Clock) }
}

/// Creates an object and returns what is there then: ours, or that of a pod that was faster.
pub(super) async fn create_or_read(store: &Store, key: &Key<'_>, bytes: Bytes) -> Result<Bytes, OpenError> {
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
