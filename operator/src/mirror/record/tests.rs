use barre_contract::mirror::{Counts, Exact, Failed, Held, Inventory as Kept, Needed, Stage};
use barre_crds::{
    condition::Reason,
    package_mirror::{CurrentRun, Trigger},
};
use serde_json::json;

use super::*;
use crate::mirror::account::FAILED;
use crate::mirror::fixture::{MADE, current_run, job, last_run, time};
use crate::pass::finding::Truth;

const ENDED: &str = "2026-11-27T13:00:00Z";
const NOW: &str = "2026-11-27T13:00:30.5Z";

fn record_of(
    status: Option<&PackageMirrorStatus>,
    jobs: &[Job],
    ended: &[Ended],
    report: Option<&Report>,
) -> Record {
    Record::of(status, jobs, ended, report, time(NOW))
}

fn words(id: &str, outcome: Outcome) -> Ended {
    let counts = Counts { planned: 5, copied: 3, failed: 2, present: 7, ..Counts::default() };
    let inventory = Kept { packages: 4, versions: 10, bytes: 99 };
    let words = LastWords { run: id.into(), outcome, message: Some("why".into()), counts, inventory };
    Ended { id: id.into(), words: Some(words), why: None }
}

fn report(run: &str, copied: u64, outcome: Option<Outcome>) -> Report {
    let version =
        |name: &str| Exact { organization: "acme".into(), name: name.into(), version: "1.0.0".into() };
    let failed = Failed {
        version: version("a"),
        platform: "any".into(),
        reason: "DigestDiffers".into(),
        message: "m".into(),
    };
    let needed = Needed { version: version("c"), by: Some(version("a")), why: "excluded".into() };
    Report {
        v: 1,
        id: "central".into(),
        run: run.into(),
        started: MADE.into(),
        at: "2026-11-27T12:30:00.123Z".into(),
        stage: Stage::Copying,
        outcome,
        message: None,
        counts: Counts { planned: 200, copied, failed: 1, ..Counts::default() },
        inventory: Kept::default(),
        failures: vec![failed],
        waiting: vec![Held { version: version("b"), until: Some("2026-12-01T00:00:00Z".into()) }],
        missing: vec![needed],
        pruned: Vec::new(),
        cursor: None,
        selected: None,
    }
}

fn complete(id: &str, previous: Option<&str>) -> Job {
    job(id, previous, "1", Some(("Complete", ENDED)))
}

fn status_after(id: &str, result: &str) -> PackageMirrorStatus {
    PackageMirrorStatus { last_run: Some(last_run(id, result)), ..PackageMirrorStatus::default() }
}

#[test]
fn a_job_that_runs_is_the_current_run_and_keeps_what_it_told() {
    let jobs = [job("central-1", None, "1", None)];
    let record = record_of(None, &jobs, &[], None);
    assert_eq!(
        record.status.current_run,
        Some(CurrentRun { trigger: Trigger::Initial, ..current_run("central-1", Trigger::Initial) })
    );

    let told = record_of(Some(&record.status), &jobs, &[], Some(&report("central-1", 99, None)));
    let run = told.status.current_run.clone().unwrap();
    assert_eq!((run.stage.as_deref(), run.progress_percent), (Some("Copying"), Some(50)));
    assert_eq!(run.last_progress_time.unwrap().0.to_string(), "2026-11-27T12:30:00Z");

    for (report, percent) in [
        (None, Some(50)),
        (Some(report("another", 150, None)), Some(50)),
        (Some(report("central-1", 100, None)), Some(50)),
        (Some(report("central-1", 101, None)), Some(51)),
    ] {
        let next = record_of(Some(&told.status), &jobs, &[], report.as_ref());
        let run = next.status.current_run.as_ref().unwrap();
        assert_eq!(run.progress_percent, percent);
        assert_eq!(next == told, percent == Some(50), "a status is not written for less than a percent");
    }
}

#[test]
fn a_job_that_ended_becomes_the_last_run_once() {
    let jobs = [complete("central-1", None)];
    let ended = [words("central-1", Outcome::PartiallySucceeded)];
    let record = record_of(None, &jobs, &ended, None);
    let run = record.status.last_run.clone().unwrap();
    assert_eq!(
        (run.result.as_str(), run.added, run.failed, run.skipped),
        ("PartiallySucceeded", Some(3), Some(2), Some(7))
    );
    assert_eq!(run.completion_time.0.to_string(), ENDED);
    assert_eq!(record.status.inventory.unwrap().versions, 10);
    assert_eq!(
        (record.status.consecutive_failures, record.status.last_successful_time.clone()),
        (Some(1), None)
    );
    assert_eq!(record.news, [run]);

    let again = record_of(Some(&record.status), &jobs, &[], None);
    assert_eq!((again.status.clone(), again.news.len()), (record.status.clone(), 0), "the same status");

    let jobs = [complete("central-1", None), complete("central-2", Some("central-1"))];
    let next = record_of(Some(&again.status), &jobs, &[words("central-2", Outcome::Succeeded)], None);
    assert_eq!(next.status.consecutive_failures, Some(0));
    assert_eq!(next.status.last_successful_time.unwrap().0.to_string(), ENDED);
    assert_eq!(next.news.len(), 1);
}

#[test]
fn an_operator_that_comes_back_makes_up_for_all_that_ended() {
    let jobs = [
        job("central-3", Some("central-2"), "1", None),
        job("central-2", Some("central-1"), "1", Some(("Failed", ENDED))),
        complete("central-1", None),
    ];
    let record = record_of(None, &jobs, &[], None);
    assert_eq!(record.news.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["central-1", "central-2"]);
    assert_eq!(record.newest(), Some("central-3"));
    let half = record_of(Some(&status_after("central-1", "Succeeded")), &jobs, &[], None);
    assert_eq!(half.news.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["central-2"]);
}

#[test]
fn what_runs_is_known_wherever_it_comes_from() {
    let lost = job("central-9", Some("nobody-knows"), "1", None);
    let record = record_of(Some(&status_after("central-1", "Succeeded")), &[lost], &[], None);
    assert_eq!(record.newest(), Some("central-9"), "two at a time must not be");
    let mut status = status_after("central-1", "Succeeded");
    status.current_run = record.status.current_run;
    let ended = job("central-9", Some("nobody-knows"), "1", Some(("Complete", ENDED)));
    let record = record_of(Some(&status), &[ended], &[], None);
    assert_eq!((record.status.current_run, record.status.last_run.unwrap().id.as_str()), (None, "central-9"));
}

#[test]
fn a_job_that_somebody_deleted_has_failed_just_now() {
    let mut status = status_after("central-1", "Succeeded");
    status.current_run = Some(current_run("central-2", Trigger::Schedule));
    let record = record_of(Some(&status), &[complete("central-1", None)], &[], None);
    let run = record.status.last_run.unwrap();
    assert_eq!((run.id.as_str(), run.result.as_str()), ("central-2", FAILED));
    assert_eq!(run.completion_time.0.to_string(), "2026-11-27T13:00:30Z");
    assert_eq!(record.status.consecutive_failures, Some(1));
    assert!(record.status.current_run.is_none());
}

#[test]
fn a_job_that_is_being_deleted_runs_until_it_is_gone() {
    let going = |end| {
        let mut job = job("central-1", None, "1", end);
        job.metadata.deletion_timestamp = Some(Time(time(MADE)));
        job
    };
    for (end, current, last) in
        [(None, Some("central-1"), None), (Some(("Failed", ENDED)), None, Some("central-1"))]
    {
        let status = record_of(None, &[going(end)], &[], None).status;
        assert_eq!(status.current_run.as_ref().map(|run| run.id.as_str()), current);
        assert_eq!(status.last_run.as_ref().map(|run| run.id.as_str()), last);
    }
}

#[test]
fn a_run_without_words_ended_as_its_job_did() {
    let run = |type_: &str, reason: &str, report: Option<&Report>| {
        let mut job = job("central-1", None, "1", Some((type_, ENDED)));
        job.status.as_mut().unwrap().conditions.as_mut().unwrap()[0].reason = Some(reason.to_owned());
        record_of(None, &[job], &[], report).status.last_run.unwrap()
    };
    let result = |type_: &str, reason: &str, report| run(type_, reason, report).result;
    let unheard = run("Complete", "Completed", None);
    let why = "its pod is gone, and with it what it said";
    assert_eq!((unheard.result.as_str(), unheard.message.as_deref()), ("Failed", Some(why)));
    let heard = report("central-1", 1, Some(Outcome::Succeeded));
    assert_eq!(result("Complete", "Completed", Some(&heard)), "Succeeded");
    assert_eq!(result("Failed", "BackoffLimitExceeded", None), "Failed");
    assert_eq!(result("Failed", "DeadlineExceeded", None), "DeadlineExceeded");
    let throttled = report("central-1", 1, Some(Outcome::UpstreamThrottled));
    assert_eq!(result("Failed", "DeadlineExceeded", Some(&throttled)), "UpstreamThrottled");
    assert_eq!(result("Failed", "BackoffLimitExceeded", Some(&report("central-1", 1, None))), "Failed");
}

#[test]
fn lists_come_with_the_report_whenever_that_can_be_had() {
    let jobs = [complete("central-1", None)];
    let record = record_of(None, &jobs, &[words("central-1", Outcome::PartiallySucceeded)], None);
    assert!(record.lacks_lists());
    for other in [report("central-1", 3, None), report("another", 3, Some(Outcome::PartiallySucceeded))] {
        assert!(record_of(Some(&record.status), &jobs, &[], Some(&other)).lacks_lists());
    }
    let last = report("central-1", 3, Some(Outcome::PartiallySucceeded));
    let told = record_of(Some(&record.status), &jobs, &[], Some(&last));
    assert!(!told.lacks_lists());
    let lists = json!([told.status.failures, told.status.waiting, told.status.missing]);
    assert_eq!(
        lists,
        json!([
            [{ "package": "acme/a", "version": "1.0.0", "platform": "any", "reason": "DigestDiffers", "message": "m" }],
            [{ "package": "acme/b", "version": "1.0.0", "until": "2026-12-01T00:00:00Z" }],
            [{ "package": "acme/c", "version": "1.0.0", "by": "acme/a:1.0.0", "why": "excluded" }],
        ])
    );
}

#[test]
fn what_led_to_a_run_is_handled_by_it() {
    let mut asked = job("central-1", None, "1", None);
    let annotations = asked.metadata.annotations.as_mut().unwrap();
    annotations.insert(REQUESTED.to_owned(), "now".to_owned());
    annotations.insert(SCHEDULED.to_owned(), MADE.to_owned());
    let record = record_of(None, &[asked], &[], None);
    assert_eq!(record.status.last_handled_sync_at.as_deref(), Some("now"));
    assert_eq!(record.status.last_schedule_time.unwrap().0.to_string(), MADE);
}

#[test]
fn a_run_that_no_container_began_is_given_up() {
    let pod = |made: &str, state: serde_json::Value| -> Pod {
        let container = json!({ "name": "registry", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": state });
        serde_json::from_value(json!({
            "metadata": { "name": "a", "creationTimestamp": made }, "status": { "containerStatuses": [container] },
        }))
        .unwrap()
    };
    let waits = || json!({ "waiting": { "reason": "ImagePullBackOff" } });
    let (runs, ended) = (json!({ "running": {} }), json!({ "terminated": { "exitCode": 1 } }));
    let stuck = Finding::new(Truth::False, Reason::ImagePullFailed, "correct the image");
    let jobs = [job("central-1", None, "1", None)];
    for (pods, stage, now, given_up) in [
        (vec![pod(MADE, waits())], None, "2026-11-27T12:09:59Z", false),
        (vec![pod(MADE, waits())], None, "2026-11-27T12:10:00Z", true),
        (vec![pod("2026-11-27T12:05:00Z", waits())], None, "2026-11-27T12:10:00Z", false),
        (vec![], None, "2026-11-27T12:10:00Z", true),
        (vec![pod(MADE, waits())], Some("Copying"), "2026-11-27T14:00:00Z", false),
        (vec![pod(MADE, runs)], None, "2026-11-27T14:00:00Z", false),
        (vec![pod(MADE, ended)], None, "2026-11-27T14:00:00Z", false),
    ] {
        let mut record = record_of(None, &jobs, &[], None);
        record.status.current_run.as_mut().unwrap().stage = stage.map(ToOwned::to_owned);
        record.give_up(&pods, Some(&stuck), time(now));
        assert_eq!(record.status.current_run.is_none(), given_up, "{pods:?} {stage:?} {now}");
        let Some(run) = record.status.last_run.clone() else { continue };
        assert!(run.message.unwrap().ends_with("given up: correct the image"));
        assert_eq!((run.result.as_str(), run.completion_time.0), (FAILED, time(now)));
        let again = record_of(Some(&record.status), &jobs, &[], None);
        assert_eq!(again.status, record.status, "though its Job is still there");
    }
}
