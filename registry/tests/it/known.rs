//! What is known of a registry outside its store: one that was emptied, exchanged or restored is not served.

use std::sync::Arc;

use barre_contract::known::Cursor;
use barre_core::segment::Genesis;
use barre_registry::log::{Expected, OpenError, Opening};
use barre_registry::store::Key;
use futures::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use uuid::Uuid;

use crate::logs::{harmless, open, store};

fn any() -> Opening {
    Opening { create: true, ..Opening::of("us") }
}

fn expecting(registry: Uuid, cursors: &[(Uuid, Cursor)]) -> Opening {
    let expected = Expected { registry: Some(registry), cursors: cursors.to_vec() };
    Opening { expected, ..any() }
}

#[tokio::test]
async fn a_registry_that_was_there_is_never_begun_anew() {
    let full = Arc::new(InMemory::new());
    let log = open(store(&full), any()).await.unwrap();
    let registry = log.state().registry();
    let expecting = || expecting(registry, &[]);
    assert_eq!(open(store(&full), expecting()).await.unwrap().state().registry(), registry);

    let emptied = Arc::new(InMemory::new());
    let refused = open(store(&emptied), expecting()).await.err().unwrap();
    assert!(matches!(refused, OpenError::DataMissing(id) if id == registry), "{refused}");
    assert!(emptied.list(None).try_next().await.unwrap().is_none(), "nothing was written");

    // A push that failed left its files.
    emptied.put(&Path::from("releases/acme/x"), "x".into()).await.unwrap();
    let refused = open(store(&emptied), expecting()).await.err().unwrap();
    assert!(matches!(refused, OpenError::DataMissing(id) if id == registry), "{refused}");
    emptied.delete(&Path::from("releases/acme/x")).await.unwrap();

    // Only its name is left.
    emptied.put(&Key::Genesis.path(), Genesis::new(registry).encode().into()).await.unwrap();
    let refused = open(store(&emptied), expecting()).await.err().unwrap();
    assert!(matches!(refused, OpenError::LogLost("registry.json")), "{refused}");

    let others = Arc::new(InMemory::new());
    let other = open(store(&others), any()).await.unwrap().state().registry();
    let refused = open(store(&others), expecting()).await.err().unwrap();
    let exchanged =
        matches!(refused, OpenError::Exchanged { expected, found } if (expected, found) == (registry, other));
    assert!(exchanged, "{refused}");
}

#[tokio::test]
async fn a_log_that_went_back_is_not_written_on() {
    let inner = Arc::new(InMemory::new());
    let log = open(store(&inner), any()).await.unwrap();
    for _ in 0..3 {
        log.commit(harmless(&log)).await.unwrap();
    }
    let (registry, known) = (log.state().registry(), log.known().cursor);
    assert_eq!(known.seq, 4);
    let opened = async |cursors: &[(Uuid, Cursor)]| open(store(&inner), expecting(registry, cursors)).await;
    assert!(opened(&[(registry, known.clone())]).await.is_ok());

    inner.delete(&Key::Segment(4).path()).await.unwrap();
    let refused = opened(&[(registry, known.clone())]).await.err().unwrap();
    assert!(matches!(&refused, OpenError::Rewound { cursor, end: 3, .. } if *cursor == known), "{refused}");
    let of_another = [(Uuid::from_u128(1), known.clone())];
    let written_over =
        opened(&of_another).await.expect("what another registry knew is no matter of this one");

    // Another segment in its place is no cure.
    written_over.commit(harmless(&written_over)).await.unwrap();
    let refused = opened(&[(registry, known.clone())]).await.err().unwrap();
    assert!(matches!(&refused, OpenError::Rewound { cursor, end: 4, .. } if *cursor == known), "{refused}");
}
