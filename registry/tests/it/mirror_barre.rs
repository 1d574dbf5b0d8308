//! One registry mirrors another one by its feed.

use std::sync::Arc;

use barre_contract::mirror::{Outcome, Protocol};
use barre_registry::store::Key;
use barre_testkit::bala::Bala;
use reqwest::Method;

use crate::mirror_harness::{Target, UID, answered, failures, mirror_of};
use crate::mirror_liar::{Liar, answer, truth};
use crate::server_harness::{Pod, publish_to, secret};

async fn shop() -> Pod {
    let pod = Pod::start().await;
    pod.publish(&Bala::new("beta", "base", "1.0.0")).await;
    for version in ["1.0.0", "2.0.0"] {
        pod.publish(&Bala::new("acme", "greet", version).dependency("beta/base:1.0.0")).await;
    }
    pod.publish(&Bala::new("other", "unselected", "1.0.0")).await;
    pod
}

#[tokio::test]
async fn a_run_without_news_is_one_request() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mirror = mirror_of(&upstream, Protocol::Barre, &["acme"]);
    let report = target.run(&mirror, "first").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 3), "{report:?}");
    assert_eq!(report.counts.requests, 1 + 3, "the feed, and the bytes");
    assert!(target.has("beta/base:1.0.0") && !target.has("other/unselected:1.0.0"));
    let before = answered(&upstream).0;
    let report = target.run(&mirror, "second").await;
    assert_eq!((report.outcome, report.counts.present), (Some(Outcome::Succeeded), 3), "{report:?}");
    assert_eq!((report.counts.requests, answered(&upstream).0 - before), (1, 1));
    // As another process, which knows only what is in the store.
    let target = Target::over(Arc::clone(&target.objects), crate::server_harness::LIMIT).await;
    assert_eq!(target.run(&mirror, "third").await.counts.requests, 1);
}

#[tokio::test]
async fn news_arrive_by_the_next_run() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mirror = mirror_of(&upstream, Protocol::Barre, &["acme"]);
    target.run(&mirror, "first").await;
    upstream.publish(&Bala::new("acme", "greet", "3.0.0").dependency("other/unselected:1.0.0")).await;
    let put =
        upstream.request(Method::PUT, "packages/deprecate/acme/greet/1.0.0").body(r#"{"message":"use 3"}"#);
    assert!(put.bearer_auth(secret("admin-all")).send().await.unwrap().status().is_success());
    let report = target.run(&mirror, "second").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 2), "{report:?}");
    assert!(
        target.has("acme/greet:3.0.0") && target.has("other/unselected:1.0.0"),
        "what it needs is older than it"
    );
    assert_eq!(target.deprecated("acme/greet:1.0.0").as_deref(), Some("use 3"));
    assert_eq!(target.run(&mirror, "third").await.counts.requests, 1);
}

#[tokio::test]
async fn another_selection_is_compared_with_all_of_upstream() {
    let (upstream, target) = (shop().await, Target::new().await);
    target.run(&mirror_of(&upstream, Protocol::Barre, &["acme"]), "first").await;
    let wider = mirror_of(&upstream, Protocol::Barre, &["acme", "other"]);
    let report = target.run(&wider, "second").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 1), "{report:?}");
    assert!(target.has("other/unselected:1.0.0"));
}

#[tokio::test]
async fn the_cursor_does_not_pass_what_failed() {
    let (upstream, target) = (shop().await, Target::taking(8 * 1024).await);
    upstream.publish(&Bala::new("acme", "large", "1.0.0").padding(16 * 1024)).await;
    let mirror = mirror_of(&upstream, Protocol::Barre, &["acme"]);
    for name in ["first", "second"] {
        let report = target.run(&mirror, name).await;
        assert_eq!(report.outcome, Some(Outcome::PartiallySucceeded), "{report:?}");
        assert_eq!(failures(&report), [("acme/large:1.0.0".to_owned(), "TooLarge")]);
    }
    let target = Target::over(Arc::clone(&target.objects), crate::server_harness::LIMIT).await;
    let report = target.run(&mirror, "larger").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 1), "{report:?}");
    assert_eq!(target.run(&mirror, "done").await.counts.requests, 1);
}

#[tokio::test]
async fn nor_does_it_pass_what_failed_of_what_a_copied_one_needs() {
    let (upstream, target) = (shop().await, Target::taking(8 * 1024).await);
    upstream.publish(&Bala::new("other", "large", "1.0.0").padding(16 * 1024)).await;
    let mirror = mirror_of(&upstream, Protocol::Barre, &["acme"]);
    assert_eq!(target.run(&mirror, "first").await.outcome, Some(Outcome::Succeeded));
    upstream.publish(&Bala::new("acme", "greet", "3.0.0").dependency("other/large:1.0.0")).await;
    for name in ["second", "third"] {
        let report = target.run(&mirror, name).await;
        assert_eq!(failures(&report), [("other/large:1.0.0".to_owned(), "TooLarge")], "{report:?}");
        assert!(target.has("acme/greet:3.0.0"));
    }
    let target = Target::over(Arc::clone(&target.objects), crate::server_harness::LIMIT).await;
    let report = target.run(&mirror, "larger").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 1), "{report:?}");
}

#[tokio::test]
async fn a_feed_that_stands_still_ends_the_run() {
    let page = format!("{{\"cursor\":\"7:sha256:{}\",\"more\":true}}\n", "0a".repeat(32));
    let liar = Liar::start(move |_| answer(200, "", page.as_bytes())).await;
    let mirror = crate::mirror_harness::mirror(&liar.url(), Protocol::Barre, &["acme"]);
    let report = Target::new().await.run(&mirror, "one").await;
    assert_eq!(report.outcome, Some(Outcome::UpstreamUnreachable), "{report:?}");
    assert!(report.message.unwrap().contains("does not go on"));
    assert_eq!(liar.asked().len(), 2);
}

#[tokio::test]
async fn of_a_value_that_nobody_expects_only_the_beginning_is_told() {
    let page = format!("{{\"cursor\":\"{}\"}}\n", "x".repeat(100_000));
    let liar = Liar::start(move |_| answer(200, "", page.as_bytes())).await;
    let mirror = crate::mirror_harness::mirror(&liar.url(), Protocol::Barre, &["acme"]);
    let report = Target::new().await.run(&mirror, "one").await;
    assert!(report.message.unwrap().len() < 300);
}

#[tokio::test]
async fn what_waits_is_not_passed_either() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mut mirror = mirror_of(&upstream, Protocol::Barre, &["acme"]);
    mirror.admission.minimum_age_seconds = 2;
    let report = target.run(&mirror, "first").await;
    assert_eq!((report.counts.waiting, report.counts.copied), (2, 0), "{report:?}");
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    // What they need is seen for the first time only now.
    let report = target.run(&mirror, "second").await;
    assert_eq!(report.counts.copied, 2, "{report:?}");
}

#[tokio::test]
async fn an_upstream_whose_log_is_another_one_is_compared_as_a_whole() {
    let (upstream, target) = (shop().await, Target::new().await);
    let mirror = mirror_of(&upstream, Protocol::Barre, &["acme"]);
    let mut report = target.run(&mirror, "first").await;
    // As if upstream had been restored since: what was read is not in its log.
    let (seq, _) = report.cursor.as_deref().unwrap().split_once(':').unwrap();
    report.cursor = Some(format!("{seq}:sha256:{}", "0a".repeat(32)));
    let key = Key::MirrorReport(UID, "restored", 0);
    target.store.put(&key, serde_json::to_vec(&report).unwrap().into()).await.unwrap();
    upstream.publish(&Bala::new("acme", "greet", "4.0.0")).await;
    let report = target.run(&mirror, "second").await;
    assert_eq!((report.outcome, report.counts.copied), (Some(Outcome::Succeeded), 1), "{report:?}");
    assert_eq!(report.counts.requests, 3, "what is new, which is none there, all, and the bytes");
}

#[tokio::test]
async fn names_of_ones_own_organizations_are_not_asked_for() {
    let (upstream, target) = (shop().await, Target::new().await);
    publish_to(&target.log, &target.store, &Bala::new("beta", "own", "1.0.0")).await;
    let report = target.run(&mirror_of(&upstream, Protocol::Barre, &["acme", "beta"]), "one").await;
    assert_eq!(failures(&report), [("beta/*:*".to_owned(), "OtherOrigin")], "{report:?}");
    assert_eq!(report.missing.len(), 1, "{report:?}");
    assert!(report.missing[0].why.contains("beta"), "{report:?}");
    assert!(!target.has("beta/base:1.0.0") && target.has("acme/greet:1.0.0"));
}

#[tokio::test]
async fn a_registry_without_a_feed_is_told_as_that() {
    let liar = Liar::start(|asked| truth(&[], asked)).await;
    let mirror = crate::mirror_harness::mirror(&liar.url(), Protocol::Barre, &["acme"]);
    let report = Target::new().await.run(&mirror, "one").await;
    assert_eq!(report.outcome, Some(Outcome::UpstreamUnreachable));
    assert!(report.message.unwrap().contains("protocol to Central"));
}
