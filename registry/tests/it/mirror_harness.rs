//! A registry that a mirror fills, and what is asked of its upstream.

use std::path::PathBuf;
use std::sync::Arc;

use barre_contract::mirror::{Mirror, PrivateAddresses, Protocol, Report, Rule, Transfer, Upstream};
use barre_core::access::AnonymousRead;
use barre_core::bala;
use barre_core::package::Coordinates;
use barre_registry::base::instruments::Instruments;
use barre_registry::log::{self, Log, Opening};
use barre_registry::service::memory::Memory;
use barre_registry::service::mirror::{self, Event, Run};
use barre_registry::service::publish::Publisher;
use barre_registry::store::Store;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use tempfile::TempDir;

use crate::server_harness::{LIMIT, Pod, limits};

pub(crate) const UID: &str = "5b1c4a2e";

/// A registry that nobody serves yet.
pub(crate) struct Target {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) store: Store,
    pub(crate) log: Log,
    publisher: Publisher,
    limit: u64,
    pub(crate) scratch: TempDir,
}

impl Target {
    pub(crate) async fn new() -> Self {
        Self::taking(LIMIT).await
    }

    /// One that takes packages up to `limit` bytes.
    pub(crate) async fn taking(limit: u64) -> Self {
        Self::over(Arc::new(InMemory::new()), limit).await
    }

    /// The same registry, as another process would open it.
    pub(crate) async fn over(objects: Arc<dyn ObjectStore>, limit: u64) -> Self {
        let instruments = Instruments::system();
        let store = Store::shared(Arc::clone(&objects), instruments.metrics.clone());
        let opening = Opening { create: true, ..Opening::of("us") };
        let log = log::open(store.clone(), opening, instruments).await.unwrap();
        let bala_limits = bala::Limits { size: limit, ..bala::Limits::default() };
        let publisher = Publisher::new(log.clone(), store.clone(), bala_limits, Memory::new(0));
        Self { objects, store, log, publisher, limit, scratch: tempfile::tempdir().unwrap() }
    }

    /// A pod that serves it.
    pub(crate) async fn pod(&self) -> Pod {
        Pod::over(Arc::clone(&self.objects), LIMIT, AnonymousRead::Allowed, limits()).await
    }

    /// Makes a run to its end.
    pub(crate) async fn run(&self, mirror: &Mirror, name: &str) -> Report {
        self.watched(mirror, name, &|_| {}, std::future::pending()).await
    }

    pub(crate) async fn watched(
        &self,
        mirror: &Mirror,
        name: &str,
        watch: &(dyn Fn(Event<'_>) + Send + Sync),
        stop: impl Future<Output = ()> + Send,
    ) -> Report {
        let run = Run {
            mirror: mirror.clone(),
            name: name.to_owned(),
            log: self.log.clone(),
            store: self.store.clone(),
            publisher: self.publisher.clone(),
            scratch: PathBuf::from(self.scratch.path()),
            max_package_size: self.limit,
            instruments: Instruments::system(),
        };
        mirror::run(&run, watch, stop).await
    }

    /// The digest of what is there for any platform, in hex.
    pub(crate) fn digest(&self, coordinates: &str) -> Option<String> {
        let Coordinates { org, name, version } = coordinates.parse().unwrap();
        let state = self.log.state();
        let release = state.package(&org, &name)?.version(&version).first()?;
        Some(release.stored.digest.hex())
    }

    pub(crate) fn has(&self, coordinates: &str) -> bool {
        self.digest(coordinates).is_some()
    }

    pub(crate) fn deprecated(&self, coordinates: &str) -> Option<String> {
        let Coordinates { org, name, version } = coordinates.parse().unwrap();
        self.log.state().package(&org, &name)?.deprecated(&version).map(str::to_owned)
    }
}

/// A mirror of all that `organizations` have upstream.
pub(crate) fn mirror(url: &str, protocol: Protocol, organizations: &[&str]) -> Mirror {
    let include = organizations.iter().map(|organization| Rule {
        organization: (*organization).to_owned(),
        name: None,
        versions: None,
    });
    let mut mirror: Mirror = serde_json::from_value(serde_json::json!({
        "id": UID, "name": "team/central", "upstream": { "url": url },
    }))
    .unwrap();
    mirror.upstream = Upstream {
        protocol,
        private_addresses: PrivateAddresses::Allowed,
        timeout_seconds: 3,
        ..mirror.upstream
    };
    mirror.selection.include = include.collect();
    mirror.transfer = Transfer { max_retries: 1, deadline_seconds: 60, ..Transfer::default() };
    mirror
}

/// The same of a pod.
pub(crate) fn mirror_of(pod: &Pod, protocol: Protocol, organizations: &[&str]) -> Mirror {
    mirror(&format!("http://{}", pod.address), protocol, organizations)
}

/// How many requests a pod has answered, and how many of them were for bytes.
pub(crate) fn answered(pod: &Pod) -> (u64, u64) {
    let (mut all, mut bytes) = (0, 0);
    for line in pod.metrics().lines().filter(|line| line.starts_with("barre_requests_total{")) {
        let count: u64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        all += count;
        if line.contains("route=\"/files/") {
            bytes += count;
        }
    }
    (all, bytes)
}

/// Each failure: what, why.
pub(crate) fn failures(report: &Report) -> Vec<(String, &str)> {
    let failed = report.failures.iter().map(|failed| {
        let version = &failed.version;
        let coordinates = format!("{}/{}:{}", version.organization, version.name, version.version);
        (coordinates, failed.reason.as_str())
    });
    let mut failed: Vec<_> = failed.collect();
    failed.sort();
    failed
}
