//! Reading and writing what both programs know of the layout of a store.

use barre_contract::bucket::{GENESIS, Genesis, MARKER, Marker, Provenance, STATE};
use futures::StreamExt;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};

use super::{
    log::follow,
    refusal,
    request::Request,
    seen::{Look, Named},
};
use crate::pass::problem::Problem;

/// Looks, and no further than needed: a store that is ours costs one request.
pub(super) async fn look(
    store: &dyn ObjectStore,
    request: &Request<'_>,
    made: bool,
) -> Result<Look, Problem> {
    let dialect = request.backend.dialect;
    let mut look = Look { exists: true, made, ..Look::default() };
    match store.get(&request.path(MARKER)).await {
        Ok(answer) => {
            let bytes = answer.bytes().await.map_err(|error| refusal::problem(&error, request))?;
            look.marker = Some(parse(&bytes));
        }
        Err(error) if refusal::is_missing(&error, dialect) => look.exists = false,
        Err(object_store::Error::NotFound { .. }) => match is_filled(store, request).await {
            Ok(filled) => look.filled = filled,
            Err(error) if refusal::is_missing(&error, dialect) => look.exists = false,
            Err(error) => return Err(refusal::problem(&error, request)),
        },
        Err(error) => return Err(refusal::problem(&error, request)),
    }
    if look.exists && !look.made {
        let registry = registry(store, request, &mut look).await;
        registry.map_err(|error| refusal::problem(&error, request))?;
    }
    Ok(look)
}

/// Sees which registry is there, and how far it has come.
async fn registry(
    store: &dyn ObjectStore,
    request: &Request<'_>,
    look: &mut Look,
) -> object_store::Result<()> {
    let genesis = match store.get(&request.path(GENESIS)).await {
        Ok(answer) => answer.bytes().await?,
        Err(object_store::Error::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    // Where none is expected, the registry itself says that it cannot be read.
    look.named =
        serde_json::from_slice(&genesis).map_or(Named::Unreadable, |genesis: Genesis| Named::Id(genesis.id));
    let expected = request.expected;
    if expected.registry.is_none() || expected.registry.as_deref() == look.named.id() {
        look.log = follow(store, request, expected.cursor.as_ref()).await?;
    }
    Ok(())
}

/// Writes the marker. Where somebody was faster, the next look says who.
pub(super) async fn write(
    store: &dyn ObjectStore,
    request: &Request<'_>,
    marker: &Marker,
    mode: PutMode,
) -> Result<(), Problem> {
    let body = serde_json::to_vec(marker).expect("a marker is strings and a number");
    match store.put_opts(&request.path(MARKER), body.into(), mode.into()).await {
        Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
        Err(error) => Err(refusal::problem(&error, request)),
    }
}

/// Parses a marker; what cannot be read belongs to somebody else.
fn parse(bytes: &[u8]) -> Marker {
    serde_json::from_slice(bytes).unwrap_or_else(|_| Marker::new("unknown", Provenance::Taken))
}

/// Whether a registry keeps state under the prefix. Other objects do not count.
async fn is_filled(store: &dyn ObjectStore, request: &Request<'_>) -> object_store::Result<bool> {
    for folder in STATE {
        if store.list(Some(&request.path(folder))).next().await.transpose()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use barre_crds::registry::Storage;
    use object_store::{memory::InMemory, path::Path};

    use super::*;
    use crate::store::{describe, fixture};

    #[tokio::test]
    async fn what_lies_there_is_seen() {
        let memory = InMemory::new();
        let storage = Storage { prefix: Some("eu".into()), ..fixture::storage() };
        let (backend, credentials) = (describe(&storage).unwrap(), fixture::credentials("hush"));
        let (storage, backend, credentials) = (&storage, &backend, &credentials);
        let request = fixture::request(storage, backend, credentials);
        let put = async |path: &str, body: &str| {
            memory.put(&Path::from(path), body.to_owned().into()).await.unwrap();
        };

        put("log/1", "another prefix").await;
        put("eu/notes.txt", "not of a registry").await;
        assert!(!look(&memory, &request, false).await.unwrap().filled);
        put("eu/log/1", "a change").await;
        assert!(look(&memory, &request, false).await.unwrap().filled);

        put("eu/registry.json", r#"{"v":1,"id":"0198c0de"}"#).await;
        put("eu/provisioned.json", r#"{"v":1,"owner":"c/other/packages","bucket":"Created"}"#).await;
        let seen = look(&memory, &request, false).await.unwrap();
        assert_eq!(seen.marker, Some(Marker::new("c/other/packages", Provenance::Created)));
        assert_eq!(seen.named.id(), Some("0198c0de"));

        let ours = Marker::new(request.owner, Provenance::Taken);
        write(&memory, &request, &ours, PutMode::Create).await.unwrap();
        assert_ne!(look(&memory, &request, false).await.unwrap().marker.as_ref(), Some(&ours), "too late");
        write(&memory, &request, &ours, PutMode::Overwrite).await.unwrap();
        assert_eq!(look(&memory, &request, false).await.unwrap().marker, Some(ours));
    }

    #[test]
    fn what_cannot_be_read_is_not_ours() {
        assert_eq!(parse(b"{}").owner, "unknown");
    }
}
