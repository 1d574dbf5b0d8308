//! The contract of the store over a real S3 server. `./just test` runs one in its cluster and names it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use barre_registry::base::clock::Clock;
use barre_registry::base::metrics::Metrics;
use barre_registry::store::Store;
use uuid::Uuid;

#[path = "../contract/suite.rs"]
mod suite;

#[tokio::test(flavor = "multi_thread")]
async fn an_s3_server_keeps_the_contract() {
    #[expect(clippy::disallowed_methods, reason = "tests have no arguments")]
    let bucket = std::env::var("BARRE_TEST_S3").expect("BARRE_TEST_S3 is not set: run ./just test");
    let url = format!("{bucket}/{}", Uuid::new_v4()).parse().unwrap();
    let store = Store::open(&url, Clock::system(), Metrics::new()).unwrap();
    suite::run(&store).await;
    // Its answers have told what time it is.
    assert!(store.clock().agrees());
}
