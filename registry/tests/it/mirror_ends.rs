//! What ends a run, and what does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use barre_contract::mirror::{Mirror, Outcome, Protocol};
use barre_registry::store::{Folder, Key};
use barre_testkit::bala::Bala;
use serde_json::json;

use crate::mirror_harness::{Target, UID, failures, mirror};
use crate::mirror_liar::{Liar, answer, json_answer, truth};

fn of(liar: &Liar) -> Mirror {
    mirror(&liar.url(), Protocol::Central, &["acme"])
}

fn balas(number: usize) -> Vec<Bala> {
    (0..number).map(|at| Bala::new("acme", &format!("a{at}"), "1.0.0")).collect()
}

#[tokio::test]
async fn an_upstream_that_wants_quiet_for_ever_is_not_waited_for() {
    let forever = format!("retry-after: {}\r\n", u64::MAX);
    let liar = Liar::start(move |_| answer(429, &forever, b"")).await;
    let report = Target::new().await.run(&of(&liar), "one").await;
    assert_eq!(report.outcome, Some(Outcome::UpstreamThrottled), "{report:?}");
}

#[tokio::test]
async fn one_package_that_is_refused_does_not_end_the_run() {
    let refusals = [(403, ""), (302, "location: http://169.254.169.254/\r\n")];
    for (status, headers) in refusals {
        let liar = Liar::start(move |asked| {
            if asked.path.contains("/acme/a3") {
                return answer(status, headers, json!({ "message": "no" }).to_string().as_bytes());
            }
            truth(&balas(5), asked)
        })
        .await;
        let target = Target::new().await;
        let report = target.run(&of(&liar), "one").await;
        assert_eq!(report.outcome, Some(Outcome::PartiallySucceeded), "{report:?}");
        assert_eq!(failures(&report), [("acme/a3:*".to_owned(), "Unanswered")]);
        assert_eq!(report.counts.copied, 4);
    }
}

#[tokio::test]
async fn one_that_is_refused_everything_ends_it() {
    let liar = Liar::start(|asked| {
        if asked.path.contains("/acme/") {
            return json_answer(403, &json!({ "message": "no" }));
        }
        truth(&balas(30), asked)
    })
    .await;
    let report = Target::new().await.run(&of(&liar), "one").await;
    assert_eq!(report.outcome, Some(Outcome::UpstreamUnauthorized), "{report:?}");
}

#[tokio::test]
async fn a_registry_that_takes_nothing_ends_it() {
    let liar = Liar::start(|asked| truth(&balas(40), asked)).await;
    let target = Target::new().await;
    std::fs::remove_dir_all(target.scratch.path()).unwrap();
    let report = target.run(&of(&liar), "one").await;
    assert_eq!((report.outcome, report.counts.failed), (Some(Outcome::RegistryFailed), 20), "{report:?}");
}

#[tokio::test]
async fn what_waits_waits_no_longer_because_a_list_failed_in_between() {
    let fails = Arc::new(AtomicBool::new(false));
    let liar = Liar::start({
        let fails = Arc::clone(&fails);
        move |asked| {
            if asked.path.ends_with("/acme/a0") && fails.load(Ordering::Relaxed) {
                return answer(500, "", b"");
            }
            truth(&balas(2), asked)
        }
    })
    .await;
    let (target, mut mirror) = (Target::new().await, of(&liar));
    mirror.admission.minimum_age_seconds = 3;
    let report = target.run(&mirror, "first").await;
    assert_eq!((report.counts.waiting, report.counts.copied), (2, 0), "{report:?}");
    fails.store(true, Ordering::Relaxed);
    assert_eq!(failures(&target.run(&mirror, "second").await), [("acme/a0:*".to_owned(), "Unanswered")]);
    fails.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(3100)).await;
    assert_eq!(target.run(&mirror, "third").await.counts.copied, 2);
}

#[tokio::test]
async fn a_run_that_fails_deletes_old_reports_as_well() {
    let liar = Liar::start(|_| answer(500, "", b"")).await;
    let target = Target::new().await;
    for at in 0..60 {
        let key = Key::MirrorReport(UID, &format!("old{at}"), 0);
        target.store.put(&key, "{}".into()).await.unwrap();
    }
    let report = target.run(&of(&liar), "one").await;
    assert_eq!(report.outcome, Some(Outcome::UpstreamUnreachable), "{report:?}");
    assert_eq!(target.store.list_stored(Folder::Mirror(UID)).await.unwrap().len(), 50 + 1);
}

#[tokio::test]
async fn how_it_ended_is_told_beside_what_another_process_of_the_run_has_told() {
    let (target, mut mirror) =
        (Target::new().await, mirror("http://127.0.0.1:1", Protocol::Central, &["acme"]));
    target.store.put(&Key::MirrorReport(UID, "one", 0), "{}".into()).await.unwrap();
    mirror.selection.include[0].organization = "no organization".to_owned();
    assert_eq!(target.run(&mirror, "one").await.outcome, Some(Outcome::InvalidSelection));
    let ended = target.store.look(&Key::MirrorReport(UID, "one", 1)).await.unwrap();
    assert!(ended.is_some());
}
