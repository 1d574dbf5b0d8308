use barre_crds::PackageMirrorStatus;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::json;

use super::*;
use crate::mirror::fixture::{MADE, current_run, last_run, minimal, mirror, time};

/// What there was: a run from 12:00 to 13:00, that was told "1".
fn record(result: &str, failures: i32) -> Record {
    let status = PackageMirrorStatus {
        last_run: Some(last_run("central-1", result)),
        consecutive_failures: Some(failures),
        ..PackageMirrorStatus::default()
    };
    Record { status, news: Vec::new() }
}

fn decide(mirror: &PackageMirror, record: &Record, now: &str) -> Next {
    let schedule = Schedule::read(&mirror.spec).unwrap();
    next(mirror, "1", schedule.as_ref(), record, time(now))
}

fn trigger(next: &Next) -> Option<Trigger> {
    match next {
        Next::Now(run) => Some(run.trigger),
        Next::At(_) | Next::Nothing => None,
    }
}

fn asked(value: &str) -> PackageMirror {
    let mut mirror = minimal();
    mirror.metadata.annotations = Some([(SYNC_REQUESTED_AT.to_owned(), value.to_owned())].into());
    mirror
}

#[test]
fn the_first_run_begins_at_once_and_the_next_when_something_leads_to_it() {
    let (succeeded, failed) = (record("Succeeded", 0), record("UpstreamUnreachable", 1));
    let hourly = mirror(json!({ "schedule": "0 * * * *" }));
    let mut handled = record("Succeeded", 0);
    handled.status.last_handled_sync_at = Some("a".into());
    for (case, mirror, record, now, expected) in [
        ("never ran", &minimal(), &Record::default(), MADE, Some(Trigger::Initial)),
        ("all is there", &minimal(), &succeeded, "2026-11-28T12:00:00Z", None),
        ("the clock", &hourly, &succeeded, "2026-11-27T13:00:00Z", Some(Trigger::Schedule)),
        ("not yet", &hourly, &succeeded, "2026-11-27T12:59:59Z", None),
        ("missed for days", &hourly, &succeeded, "2026-11-30T12:10:00Z", Some(Trigger::Schedule)),
        ("asked for", &asked("a"), &succeeded, "2026-11-27T13:00:01Z", Some(Trigger::Manual)),
        ("asked for before", &asked("a"), &handled, "2026-11-27T13:00:01Z", None),
        ("asked again", &asked("b"), &handled, "2026-11-27T13:00:01Z", Some(Trigger::Manual)),
        ("failed a moment ago", &minimal(), &failed, "2026-11-27T13:00:59Z", None),
        ("failed a while ago", &minimal(), &failed, "2026-11-27T13:01:00Z", Some(Trigger::Retry)),
        ("asked for while it waits", &asked("a"), &failed, "2026-11-27T13:00:59Z", Some(Trigger::Manual)),
        ("the clock while it waits", &hourly, &failed, "2026-11-27T13:00:59Z", Some(Trigger::Schedule)),
    ] {
        assert_eq!(trigger(&decide(mirror, record, now)), expected, "{case}");
    }
}

#[test]
fn other_settings_lead_to_a_run() {
    let record = record("Succeeded", 0);
    let decided = next(&minimal(), "2", None, &record, time("2026-11-27T13:00:01Z"));
    assert_eq!(trigger(&decided), Some(Trigger::SpecChange));
}

#[test]
fn there_are_never_two_and_none_where_none_may_be() {
    let mut running = record("Succeeded", 0);
    running.status.current_run = Some(current_run("central-2", Trigger::Manual));
    assert_eq!(next(&asked("a"), "2", None, &running, time("2026-11-28T13:00:00Z")), Next::Nothing);
    let suspended = mirror(json!({ "suspend": true, "schedule": "* * * * *" }));
    assert_eq!(decide(&suspended, &Record::default(), "2026-11-28T13:00:00Z"), Next::Nothing);
    let pull_through = mirror(json!({ "mode": "PullThrough" }));
    assert_eq!(decide(&pull_through, &Record::default(), "2026-11-28T13:00:00Z"), Next::Nothing);
}

#[test]
fn whoever_decides_twice_decides_for_the_same_run() {
    let id = |mirror: &PackageMirror, record: &Record, now: &str| match decide(mirror, record, now) {
        Next::Now(run) => run.id,
        other => panic!("{other:?}"),
    };
    let (first, second) = (Record::default(), record("UpstreamUnreachable", 1));
    assert_eq!(id(&minimal(), &first, MADE), id(&minimal(), &first, "2026-11-28T13:00:00Z"));
    let late = "2026-11-28T13:00:00Z";
    assert_eq!(id(&minimal(), &second, late), id(&asked("a"), &second, late), "whatever leads to it");
    assert_ne!(id(&minimal(), &first, late), id(&minimal(), &second, late));
    let mut another = minimal();
    another.metadata.uid = Some("another".into());
    assert_ne!(id(&minimal(), &first, late), id(&another, &first, late));
    assert!(id(&minimal(), &first, late).starts_with("central-") && id(&minimal(), &first, late).len() == 18);
}

#[test]
fn a_run_answers_all_that_waits() {
    let mut mirror = asked("a");
    mirror.spec.schedule = Some("0 * * * *".into());
    let Next::Now(run) = decide(&mirror, &record("Succeeded", 0), "2026-11-27T15:10:00Z") else {
        panic!("none")
    };
    assert_eq!((run.trigger, run.requested.as_deref()), (Trigger::Manual, Some("a")));
    assert_eq!(run.scheduled, Some(time("2026-11-27T15:00:00Z")));
    assert_eq!(run.previous.as_deref(), Some("central-1"));
}

#[test]
fn it_is_looked_at_again_when_the_next_is_due() {
    let now = "2026-11-27T13:00:30Z";
    assert_eq!(decide(&minimal(), &record("Succeeded", 0), now), Next::Nothing);
    assert_eq!(decide(&minimal(), &record("Failed", 2), now), Next::At(time("2026-11-27T13:02:00Z")));
    let scheduled = mirror(json!({ "schedule": "0 3 * * *" }));
    assert_eq!(decide(&scheduled, &record("Succeeded", 0), now), Next::At(time("2026-11-28T03:00:00Z")));
    assert_eq!(decide(&scheduled, &record("Failed", 1), now), Next::At(time("2026-11-27T13:01:00Z")));
}

#[test]
fn waits_double_up_to_an_hour() {
    let wait = |failures| {
        let mut record = record("Failed", failures);
        record.status.last_run.as_mut().unwrap().completion_time = Time(time(MADE));
        retry_at(&record).map(|at| at.duration_since(time(MADE)).as_secs())
    };
    let waits: Vec<_> = [0, 1, 2, 3, 7, i32::MAX].map(wait).into();
    assert_eq!(waits, [None, Some(60), Some(120), Some(240), Some(3600), Some(3600)]);
}
