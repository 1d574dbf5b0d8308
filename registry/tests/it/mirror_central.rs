//! One registry mirrors another one by the protocol of Central.

use std::sync::{Arc, Mutex};

use barre_contract::mirror::{Outcome, Protocol, Report};
use barre_core::digest::Digest;
use barre_registry::store::Key;
use barre_testkit::bala::Bala;
use reqwest::Method;

use crate::mirror_harness::{Target, UID, answered, failures, mirror_of};
use crate::server_harness::{Pod, publish_to, secret};

/// An upstream where one package needs another organization's.
async fn shop() -> Pod {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("beta", "base", "1.0.0")).await;
    pod.publish(&Bala::new("beta", "unneeded", "1.0.0")).await;
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        pod.publish(&Bala::new("acme", "greet", version).dependency("beta/base:1.0.0")).await;
    }
    pod.publish(&Bala::new("acme", "native", "1.0.0").platform("java21")).await;
    pod
}

#[tokio::test]
async fn what_is_selected_arrives_with_all_that_it_needs_and_only_once() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mirror = mirror_of(&upstream, Protocol::Central, &["acme"]);
    let report = target.run(&mirror, "first").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded), "{report:?}");
    assert_eq!((report.counts.planned, report.counts.copied, report.counts.failed), (5, 5, 0));
    assert_eq!((report.inventory.packages, report.inventory.versions), (3, 5));
    for coordinates in ["acme/greet:1.0.0", "acme/greet:1.1.0", "acme/greet:2.0.0", "beta/base:1.0.0"] {
        let bytes = Bala::build(&bala(coordinates));
        assert_eq!(target.digest(coordinates), Some(Digest::of(&bytes).hex()), "{coordinates}");
    }
    assert!(target.has("acme/native:1.0.0") && !target.has("beta/unneeded:1.0.0"));
    let (requests, bytes) = answered(&upstream);
    assert_eq!(report.counts.requests, requests - 6, "all but the pushes");
    assert_eq!(bytes, 5);
    // The next run finds everything there, and asks for no bytes.
    let report = target.run(&mirror, "second").await;
    assert_eq!(report.outcome, Some(Outcome::Succeeded));
    assert_eq!((report.counts.copied, report.counts.present, report.counts.failed), (0, 5, 0));
    assert_eq!(answered(&upstream).1, 5);
    // Whoever asks the other registry gets what upstream gave.
    let pod = target.pod().await;
    let package: serde_json::Value = pod.get("packages/acme/greet/2.0.0").await.json().await.unwrap();
    assert_eq!(package["summary"], "The greet package.");
    let told = target.log.state();
    let (_, greet) = told.packages().find(|(id, _)| id.to_string() == "acme/greet").unwrap();
    let (_, releases) = greet.versions().next().unwrap();
    assert_eq!(releases[0].actor, "mirror:team/central");
}

fn bala(coordinates: &str) -> Bala {
    let (package, version) = coordinates.split_once(':').unwrap();
    let (org, name) = package.split_once('/').unwrap();
    let bala = Bala::new(org, name, version);
    if org == "acme" { bala.dependency("beta/base:1.0.0") } else { bala }
}

#[tokio::test]
async fn all_platforms_of_a_version_come() {
    let (upstream, target) = (Pod::start().await, Target::new().await);
    for platform in ["any", "java17", "java21"] {
        upstream.publish(&Bala::new("acme", "greet", "1.0.0").platform(platform)).await;
    }
    let mut mirror = mirror_of(&upstream, Protocol::Central, &["acme"]);
    mirror.selection.platforms = vec!["java21".to_owned()];
    assert_eq!(target.run(&mirror, "narrow").await.counts.copied, 1);
    mirror.selection.platforms.clear();
    let report = target.run(&mirror, "wide").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 2), "{report:?}");
}

#[tokio::test]
async fn a_deprecation_follows_and_goes_again() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mirror = mirror_of(&upstream, Protocol::Central, &["acme"]);
    let put = async |path: &str, body: &'static str| {
        let request = upstream.request(Method::PUT, path).bearer_auth(secret("admin-all")).body(body);
        assert!(request.send().await.unwrap().status().is_success());
    };
    put("packages/deprecate/acme/greet/1.0.0", r#"{"message":"use 2"}"#).await;
    let report = target.run(&mirror, "first").await;
    assert_eq!((report.outcome, report.counts.deprecations), (Some(Outcome::Succeeded), 1), "{report:?}");
    assert_eq!(target.deprecated("acme/greet:1.0.0").as_deref(), Some("use 2"));
    assert_eq!(target.deprecated("acme/greet:2.0.0"), None);
    put("packages/undeprecate/acme/greet/1.0.0", "{}").await;
    let report = target.run(&mirror, "second").await;
    assert_eq!((report.counts.deprecations, report.counts.copied), (1, 0));
    assert_eq!(target.deprecated("acme/greet:1.0.0"), None);
}

#[tokio::test]
async fn names_of_ones_own_organizations_never_reach_upstream() {
    let (upstream, target) = (Pod::start().await, Target::new().await);
    // Somebody has taken our names upstream.
    upstream.publish(&Bala::new("acme", "secret", "6.6.6")).await;
    publish_to(&target.log, &target.store, &Bala::new("acme", "secret", "1.0.0").visibility("private")).await;
    let before = answered(&upstream).0;
    for protocol in [Protocol::Central] {
        let report = target.run(&mirror_of(&upstream, protocol, &["acme"]), "one").await;
        assert_eq!(failures(&report), [("acme/*:*".to_owned(), "OtherOrigin")]);
        assert_eq!(report.outcome, Some(Outcome::PartiallySucceeded));
        assert_eq!(report.counts.requests, 0);
    }
    assert_eq!(answered(&upstream).0, before);
    assert!(!target.has("acme/secret:6.6.6"));
}

#[tokio::test]
async fn a_run_that_is_stopped_anywhere_costs_the_next_one_no_byte() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mut mirror = mirror_of(&upstream, Protocol::Central, &["acme"]);
    mirror.transfer.concurrency = 1;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stop = Mutex::new(Some(stop));
    let report = target
        .watched(
            &mirror,
            "stopped",
            &|event| {
                if let barre_registry::service::mirror::Event::Copied { .. } = event {
                    drop(stop.lock().unwrap().take());
                }
            },
            async { drop(stopped.await) },
        )
        .await;
    assert_eq!(report.outcome, Some(Outcome::DeadlineExceeded), "{report:?}");
    let first = report.counts.copied;
    assert!((1..5).contains(&first), "{first}");
    // As another process: what was not committed is gone.
    let target = Target::over(Arc::clone(&target.objects), crate::server_harness::LIMIT).await;
    let report = target.run(&mirror, "next").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 5 - first));
    assert_eq!(answered(&upstream).1, 5, "nothing twice");
}

#[tokio::test]
async fn what_is_too_large_upstream_copies_nothing() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mut mirror = mirror_of(&upstream, Protocol::Central, &["acme"]);
    mirror.selection.max_packages = 3;
    let report = target.run(&mirror, "fuse").await;
    assert_eq!(report.outcome, Some(Outcome::SelectionTooLarge), "{report:?}");
    assert_eq!(answered(&upstream).1, 0);
    mirror.selection.include[0].versions = Some("new".to_owned());
    assert_eq!(target.run(&mirror, "range").await.outcome, Some(Outcome::InvalidSelection));
}

#[tokio::test]
async fn a_run_tells_how_it_ended_in_the_store() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mirror = mirror_of(&upstream, Protocol::Central, &["beta"]);
    let report = target.run(&mirror, "told").await;
    let stored = target.store.read(&Key::MirrorReport(UID, "told", 0)).await.unwrap().unwrap();
    assert_eq!(serde_json::from_slice::<Report>(&stored).unwrap(), report);
    // A pod that begins the same run again goes on counting.
    target.run(&mirror, "told").await;
    assert!(target.store.read(&Key::MirrorReport(UID, "told", 1)).await.unwrap().is_some());
    let words = serde_json::to_vec(&report.last_words().unwrap()).unwrap();
    assert!(words.len() <= barre_contract::mirror::LAST_WORDS_BYTES);
}

#[tokio::test]
async fn what_is_too_young_waits_since_it_was_first_seen() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mut mirror = mirror_of(&upstream, Protocol::Central, &["beta"]);
    mirror.admission.minimum_age_seconds = 3600;
    let first = target.run(&mirror, "first").await;
    assert_eq!((first.outcome, first.counts.waiting, first.counts.copied), (Some(Outcome::Succeeded), 2, 0));
    let until = first.waiting[0].until.clone();
    assert!(until.is_some());
    let second = target.run(&mirror, "second").await;
    assert_eq!(second.waiting[0].until, until, "the first sight counts, not the last one");
    assert!(target.store.read(&Key::MirrorSeen(UID, 0)).await.unwrap().is_some());
    assert!(target.store.read(&Key::MirrorSeen(UID, 1)).await.unwrap().is_none(), "nothing new was seen");
    mirror.admission.minimum_age_seconds = 0;
    assert_eq!(target.run(&mirror, "third").await.counts.copied, 2);
}
