//! Where the log in a store is: whether it holds what is known of it, and how far it has come.

use barre_contract::{
    bucket::{LOG, segment, segment_seq},
    known::Cursor,
};
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};

use super::request::Request;

/// How many names one look reads; a longer log is followed by the looks after it.
const MOST_NAMES: usize = 10_000;

/// What a look at the log showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum LogSeen {
    /// It has not begun, or is gone.
    #[default]
    None,
    /// It has come at least this far.
    At(Cursor),
    /// What is known of it is not in it.
    Behind(Cursor),
}

/// Looks at the log, from the place on where it is known to have been.
pub(super) async fn follow(
    store: &dyn ObjectStore,
    request: &Request<'_>,
    known: Option<&Cursor>,
) -> object_store::Result<LogSeen> {
    if let Some(known) = known
        && read(store, request, known.seq).await?.as_ref() != Some(known)
    {
        let is_there = read(store, request, 1).await?.is_some();
        return Ok(if is_there { LogSeen::Behind(known.clone()) } else { LogSeen::None });
    }
    let folder = request.path(LOG);
    let listing = match known {
        Some(known) => store.list_with_offset(Some(&folder), &request.path(&segment(known.seq))),
        None => store.list(Some(&folder)),
    };
    let below = request.storage.prefix.as_ref().map_or(0, |prefix| prefix.len() + 1);
    let number = |meta: object_store::ObjectMeta| segment_seq(meta.location.as_ref().get(below..)?);
    let found: Vec<Option<u64>> = listing.take(MOST_NAMES).map_ok(number).try_collect().await?;
    let last = match found.into_iter().flatten().max() {
        Some(last) => read(store, request, last).await?,
        None => known.cloned(),
    };
    Ok(last.map_or(LogSeen::None, LogSeen::At))
}

/// Reads the place of a segment; nothing if it is not there.
async fn read(
    store: &dyn ObjectStore,
    request: &Request<'_>,
    seq: u64,
) -> object_store::Result<Option<Cursor>> {
    let bytes = match store.get(&request.path(&segment(seq))).await {
        Ok(answer) => answer.bytes().await?,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(Some(Cursor { seq, head: format!("sha256:{}", hex::encode(Sha256::digest(header))) }))
}

#[cfg(test)]
mod tests {
    use barre_crds::registry::Storage;
    use object_store::{memory::InMemory, path::Path};

    use super::*;
    use crate::store::fixture;

    fn at(seq: u64, header: &str) -> Cursor {
        Cursor { seq, head: format!("sha256:{}", hex::encode(Sha256::digest(header))) }
    }

    #[tokio::test]
    async fn the_log_is_followed_from_what_is_known() {
        let memory = InMemory::new();
        for prefix in [None, Some("eu/west".to_owned())] {
            let storage = Storage { prefix: prefix.clone(), ..fixture::storage() };
            let below = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
            let put = async |seq: u64, text: &'static str| {
                memory.put(&Path::from(format!("{below}{}", segment(seq))), text.into()).await.unwrap();
            };
            let seen = async |known: Option<&Cursor>| {
                let (backend, credentials) =
                    (crate::store::describe(&storage).unwrap(), fixture::credentials("hush"));
                let request = fixture::request(&storage, &backend, &credentials);
                follow(&memory, &request, known).await.unwrap()
            };
            assert_eq!(seen(None).await, LogSeen::None);
            assert_eq!(seen(Some(&at(1, "one"))).await, LogSeen::None);
            for (seq, text) in [(1, "one\nchange\n"), (2, "two\nchange\n"), (3, "three\nchange\n")] {
                put(seq, text).await;
            }
            memory
                .put(&Path::from(format!("{below}log/old/{seq:016}.jsonl", seq = 9)), "copy".into())
                .await
                .unwrap();
            let end = LogSeen::At(at(3, "three"));
            assert_eq!(seen(None).await, end);
            assert_eq!(seen(Some(&at(2, "two"))).await, end);
            assert_eq!(seen(Some(&at(3, "three"))).await, end);
            for lost in [at(3, "another"), at(4, "four")] {
                assert_eq!(seen(Some(&lost)).await, LogSeen::Behind(lost.clone()));
            }
        }
    }
}
