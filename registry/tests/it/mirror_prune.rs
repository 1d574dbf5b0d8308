//! What goes again of what a mirror brought, and comes back.

use barre_contract::mirror::{Mirror, Outcome, Protocol, Prune, PruneMode, PrunePolicy};
use barre_registry::store::Folder;
use barre_testkit::bala::Bala;

use crate::mirror_harness::{Target, mirror, mirror_of};
use crate::mirror_liar::{Liar, truth};
use crate::server_harness::Pod;

fn pruning(mirror: Mirror, policy: PrunePolicy) -> Mirror {
    let prune = Prune { policy, grace_hours: 0, max_delete_percent: 60, mode: PruneMode::Delete };
    Mirror { prune, ..mirror }
}

async fn shop() -> Pod {
    let pod = Pod::start().await;
    for (org, version) in [("acme", "1.0.0"), ("acme", "2.0.0"), ("beta", "1.0.0")] {
        pod.publish(&Bala::new(org, "greet", version)).await;
    }
    pod
}

#[tokio::test]
async fn a_selection_that_narrows_and_widens_brings_the_same_bytes_back() {
    for protocol in [Protocol::Central, Protocol::Barre] {
        let (upstream, target) = (shop().await, Target::new().await);
        let wide = pruning(mirror_of(&upstream, protocol, &["acme", "beta"]), PrunePolicy::NotSelected);
        let narrow = pruning(mirror_of(&upstream, protocol, &["acme"]), PrunePolicy::NotSelected);
        assert_eq!(target.run(&wide, "wide").await.counts.copied, 3);
        let (digest, files) = (target.digest("beta/greet:1.0.0"), objects(&target).await);
        let mut dry = narrow.clone();
        dry.prune.mode = PruneMode::DryRun;
        let report = target.run(&dry, "dry").await;
        assert_eq!((report.counts.pruned, report.pruned.len()), (0, 1), "{report:?}");
        assert!(target.has("beta/greet:1.0.0"));
        let mut later = narrow.clone();
        later.prune.grace_hours = 1;
        assert_eq!(target.run(&later, "later").await.counts.pruned, 0);
        let report = target.run(&narrow, "narrow").await;
        assert_eq!((report.outcome, report.counts.pruned), (Some(Outcome::Succeeded), 1), "{report:?}");
        assert_eq!(report.inventory.versions, 2);
        assert!(!target.has("beta/greet:1.0.0") && target.has("acme/greet:1.0.0"));
        assert_eq!(objects(&target).await, files - 2, "its files are gone");
        let report = target.run(&wide, "wide again").await;
        assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 1), "{report:?}");
        assert_eq!(target.digest("beta/greet:1.0.0"), digest);
    }
}

async fn objects(target: &Target) -> usize {
    target.store.list(Folder::Releases).await.unwrap().len()
}

#[tokio::test]
async fn an_upstream_that_is_suddenly_empty_empties_nothing() {
    let empty = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_empty = std::sync::Arc::clone(&empty);
    let liar = Liar::start(move |asked| {
        let balas = ["a", "b", "c"].map(|name| Bala::new("acme", name, "1.0.0"));
        let left = if is_empty.load(std::sync::atomic::Ordering::Relaxed) { &[][..] } else { &balas[..] };
        truth(left, asked)
    })
    .await;
    let target = Target::new().await;
    let mirror = pruning(mirror(&liar.url(), Protocol::Central, &["acme"]), PrunePolicy::Orphaned);
    assert_eq!(target.run(&mirror, "first").await.counts.copied, 3);
    empty.store(true, std::sync::atomic::Ordering::Relaxed);
    let report = target.run(&mirror, "empty").await;
    assert_eq!((report.outcome, report.counts.pruned), (Some(Outcome::PruneFuseTripped), 0), "{report:?}");
    assert!(target.has("acme/a:1.0.0") && report.message.is_some());
    empty.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(target.run(&mirror, "back").await.outcome, Some(Outcome::Succeeded));
}

#[tokio::test]
async fn what_upstream_has_for_other_platforms_is_not_gone() {
    let liar = Liar::start(|asked| {
        let mut lines = asked.head.lines().filter(|line| line.starts_with("ballerina-platform:"));
        let balas = [Bala::new("acme", "a", "1.0.0")];
        truth(if lines.any(|line| line.contains("any")) { &balas } else { &[] }, asked)
    })
    .await;
    let target = Target::new().await;
    let mut mirror = pruning(mirror(&liar.url(), Protocol::Central, &["acme"]), PrunePolicy::Orphaned);
    assert_eq!(target.run(&mirror, "first").await.counts.copied, 1);
    mirror.selection.platforms = vec!["java21".to_owned()];
    let report = target.run(&mirror, "narrow").await;
    assert_eq!((report.outcome, report.counts.pruned), (Some(Outcome::Succeeded), 0), "{report:?}");
    assert!(target.has("acme/a:1.0.0"));
}
