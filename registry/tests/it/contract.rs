//! The suite over memory and over a folder; `tests/s3` runs it over a real S3 server.

use std::sync::Arc;

use barre_registry::base::clock::Clock;
use barre_registry::base::metrics::Metrics;
use barre_registry::store::Store;
use object_store::memory::InMemory;

#[path = "../contract/suite.rs"]
mod suite;

#[tokio::test]
async fn memory_keeps_the_contract() {
    suite::run(&Store::shared(Arc::new(InMemory::new()), Metrics::new())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_directory_path(folder.path()).unwrap();
    suite::run(&Store::open(&url, Clock::system(), Metrics::new()).unwrap()).await;
}
