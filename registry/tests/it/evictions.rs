//! What a mirror brought goes: nobody finds it, its folder is empty, and only the same comes back.

use std::sync::Arc;

use barre_core::access::AnonymousRead;
use barre_core::bala::{self, Limits};
use barre_core::digest::Digest;
use barre_core::release::{Origin, Stored};
use barre_core::state::{Outcome, Release};
use barre_registry::base::metrics::Metrics;
use barre_registry::service::publish::Published;
use barre_registry::store::{Folder, Key, Store};
use barre_testkit::bala::Bala;
use object_store::memory::InMemory;
use warp::http::StatusCode;

use crate::server_harness::{Pod, limits, refusal};

const FILE: &str = "/files/x/http/2.0.0/x-http-any-2.0.0.bala";

struct World {
    memory: Arc<InMemory>,
    store: Store,
    pod: Pod,
}

impl World {
    async fn new() -> Self {
        let memory = Arc::new(InMemory::new());
        let pod = pod(&memory).await;
        let store = Store::shared(Arc::clone(&memory) as _, Metrics::new());
        Self { memory, store, pod }
    }

    /// Publishes as a mirror does.
    async fn bring(&self, package: &Bala) -> Outcome {
        let bytes = package.build();
        let bala = bala::read(std::io::Cursor::new(&bytes), &Limits::default()).unwrap();
        let log = &self.pod.log;
        let document = bala.document.to_bytes(&bala.description, log.state().format());
        let (digest, size, folder) = (Digest::of(&bytes), bytes.len() as u64, log.fresh_id());
        let (document_digest, origin) = (Digest::of(&document), Origin::Mirror("m".to_owned()));
        let stored = Stored { digest, size, folder, document: document_digest, origin, published: None };
        let released = bala.released(stored);
        let described = &released.description;
        let key = Key::Bala(&described.coordinates, &described.platform, folder);
        self.store.put(&key, bytes.into()).await.unwrap();
        self.store.put(&Key::Document(&described.coordinates, folder), document.into()).await.unwrap();
        log.commit(log.change("mirror:m", released)).await.unwrap().outcome
    }

    fn release(&self) -> Arc<Release> {
        let state = self.pod.log.state();
        let package = state.package(&"x".parse().unwrap(), &"http".parse().unwrap()).unwrap();
        Arc::clone(&package.version(&"2.0.0".parse().unwrap())[0])
    }

    async fn evict(&self, release: &Release) -> Published {
        let publisher = &self.pod.services.publisher;
        publisher.evict("mirror:m", release, "not selected".to_owned()).await.unwrap()
    }
}

async fn pod(memory: &Arc<InMemory>) -> Pod {
    Pod::over(Arc::clone(memory) as _, 1024 * 1024, AnonymousRead::Allowed, limits()).await
}

fn http() -> Bala {
    Bala::new("x", "http", "2.0.0").description("Speaks the protocol of the web.")
}

#[tokio::test]
async fn what_has_gone_is_nowhere_and_comes_back_as_it_was() {
    let world = World::new().await;
    assert_eq!(world.bring(&http()).await, Outcome::Accepted);
    let behind = pod(&world.memory).await;
    assert_eq!(world.pod.get(FILE).await.status(), StatusCode::OK);
    let release = world.release();
    let folder = || Folder::Release(&release.description.coordinates, release.stored.folder);
    assert_eq!(world.store.list(folder()).await.unwrap().len(), 2);
    assert!(matches!(world.evict(&release).await, Published::New { .. }));
    assert!(world.store.is_empty(folder()).await.unwrap());
    // A pod that has yet to read so has no bytes to give.
    let late = behind.get(FILE).await;
    assert!(matches!(late.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::NOT_FOUND), "{late:?}");
    behind.log.fresh().await.unwrap();
    for path in ["packages/x/http", "packages/x/http/2.0.0", "packages/x/http/*", FILE] {
        for pod in [&world.pod, &behind] {
            assert_eq!(pod.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
    let found = world.pod.get("packages/?q=web").await.text().await.unwrap();
    assert!(found.contains("\"count\":0"), "{found}");
    assert!(matches!(world.evict(&release).await, Published::Before { .. }));
    let other = world.bring(&http().readme("# Another\n")).await;
    assert!(
        matches!(&other, Outcome::Rejected(reason) if reason.to_string().contains("only the same may come back"))
    );
    let pushed = world.pod.push("admin-all", &http().file_name(), http().build()).await;
    let (status, message) = refusal(pushed).await;
    assert!(status == 400 && message.contains("filled by the mirror m"), "{message}");
    assert_eq!(world.bring(&http()).await, Outcome::Accepted);
    let back = world.pod.get(FILE).await;
    assert_eq!(back.status(), StatusCode::OK);
    assert_eq!(back.bytes().await.unwrap(), http().build());
    let found = world.pod.get("packages/?q=web").await.text().await.unwrap();
    assert!(found.contains("\"count\":1"), "{found}");
}
