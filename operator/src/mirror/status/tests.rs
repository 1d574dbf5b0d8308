use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde_json::json;

use super::*;
use crate::mirror::{
    choice::choose,
    fixture::{after, current_run, last_run, minimal, mirror, observed, pull_through, settings, time},
    host::Host,
    observe::Informed,
    record::Record,
};

pub(super) const NOW: &str = "2026-11-27T13:00:30Z";

pub(super) fn condition<'a>(status: &'a PackageMirrorStatus, type_: &str) -> &'a Condition {
    status.conditions.iter().find(|condition| condition.type_ == type_).unwrap()
}

pub(super) fn report(mirror: &PackageMirror, observed: &Observed, now: &str) -> PackageMirrorStatus {
    let choice = choose(mirror, observed, time(now));
    status(mirror, observed, &choice, &[], time(now))
}

/// First letter of the state, and the reason, of the three conditions that tools wait by.
pub(super) fn table(status: &PackageMirrorStatus) -> [String; 3] {
    [READY, RECONCILING, STALLED].map(|type_| {
        let found = condition(status, type_);
        format!("{} {}", &found.status[..1], found.reason)
    })
}

/// A mirror whose last run ended like this, and what is seen of it.
pub(super) fn ended(mirror: &PackageMirror, result: &str) -> Observed {
    let mut run = last_run("central-1", result);
    run.settings = settings(mirror);
    (run.message, run.missing, run.failed) = (Some("do this".into()), Some(0), Some(2));
    let good = result == "Succeeded";
    let status = PackageMirrorStatus {
        last_successful_time: good.then(|| run.completion_time.clone()),
        consecutive_failures: Some(i32::from(!good)),
        last_run: Some(run),
        ..PackageMirrorStatus::default()
    };
    Observed { record: Record { status, news: Vec::new() }, ..observed() }
}

#[test]
fn a_first_run_is_on_its_way_until_it_ends() {
    let mirror = minimal();
    assert_eq!(table(&report(&mirror, &observed(), NOW)), ["F NeverRan", "T SyncRunning", "F Settled"]);
    let running =
        after(&mirror, vec![crate::mirror::fixture::job("central-1", None, &settings(&mirror), None)], &[]);
    let status = report(&mirror, &running, NOW);
    assert_eq!(table(&status), ["F NeverRan", "T SyncRunning", "F Settled"]);
    assert_eq!(condition(&status, SYNCED).reason, "NeverRan");
    assert_eq!(condition(&status, UPSTREAM_REACHABLE).status, "Unknown");
}

#[expect(clippy::too_many_lines, reason = "a table")]
#[test]
fn the_end_of_a_run_says_what_to_do() {
    let mirror = minimal();
    for (result, expected, upstream, synced) in [
        ("Succeeded", ["T UpToDate", "F Settled", "F Settled"], "Connected", "UpToDate"),
        (
            "PartiallySucceeded",
            ["F PartialFailure", "T PartialFailure", "F Settled"],
            "Connected",
            "PartialFailure",
        ),
        (
            "SelectionTooLarge",
            ["F SelectionTooLarge", "F Settled", "T SelectionTooLarge"],
            "Connected",
            "SelectionTooLarge",
        ),
        (
            "InvalidSelection",
            ["F InvalidSelection", "F Settled", "T InvalidSelection"],
            "NeverRan",
            "InvalidSelection",
        ),
        (
            "PruneFuseTripped",
            ["F PruneFuseTripped", "F Settled", "T PruneFuseTripped"],
            "Connected",
            "PruneFuseTripped",
        ),
        (
            "UpstreamUnauthorized",
            ["F UpstreamUnauthorized", "F Settled", "T UpstreamUnauthorized"],
            "UpstreamUnauthorized",
            "UpstreamUnauthorized",
        ),
        (
            "UpstreamRefused",
            ["F UpstreamRefused", "F Settled", "T UpstreamRefused"],
            "UpstreamRefused",
            "UpstreamRefused",
        ),
        (
            "UpstreamUnreachable",
            ["F UpstreamUnreachable", "T UpstreamUnreachable", "F Settled"],
            "UpstreamUnreachable",
            "UpstreamUnreachable",
        ),
        (
            "UpstreamThrottled",
            ["F UpstreamThrottled", "T UpstreamThrottled", "F Settled"],
            "UpstreamThrottled",
            "UpstreamThrottled",
        ),
        (
            "RegistryFailed",
            ["F RegistryFailed", "T RegistryFailed", "F Settled"],
            "NeverRan",
            "RegistryFailed",
        ),
        (
            "DeadlineExceeded",
            ["F DeadlineExceeded", "T DeadlineExceeded", "F Settled"],
            "NeverRan",
            "DeadlineExceeded",
        ),
        ("Failed", ["F SyncFailed", "T SyncFailed", "F Settled"], "NeverRan", "SyncFailed"),
        ("SomethingNewer", ["F SyncFailed", "T SyncFailed", "F Settled"], "NeverRan", "SyncFailed"),
    ] {
        let status = report(&mirror, &ended(&mirror, result), NOW);
        assert_eq!(table(&status), expected, "{result}");
        assert_eq!(condition(&status, UPSTREAM_REACHABLE).reason, upstream, "{result}");
        assert_eq!(condition(&status, SYNCED).reason, synced, "{result}");
        let ready = condition(&status, READY);
        let hint = if result == "PartiallySucceeded" { "status.failures" } else { "do this" };
        assert!(ready.status == "True" || ready.message.contains(hint), "{}", ready.message);
    }
}

/// Every outcome of the registry's is one of ours.
#[test]
fn no_outcome_is_unknown() {
    use barre_contract::mirror::Outcome::{
        DeadlineExceeded, InvalidSelection, PartiallySucceeded, PruneFuseTripped, RegistryFailed,
        SelectionTooLarge, Succeeded, UpstreamRefused, UpstreamThrottled, UpstreamUnauthorized,
        UpstreamUnreachable,
    };
    for outcome in [
        Succeeded,
        PartiallySucceeded,
        SelectionTooLarge,
        InvalidSelection,
        PruneFuseTripped,
        UpstreamUnauthorized,
        UpstreamRefused,
        UpstreamUnreachable,
        UpstreamThrottled,
        RegistryFailed,
        DeadlineExceeded,
    ] {
        let word = crate::mirror::account::word(outcome);
        let reason = runs::reason(&word);
        assert_ne!(reason, Some(Reason::SyncFailed), "{word}");
        assert_eq!(serde_json::to_value(outcome).unwrap(), json!(word), "{word}");
        // A match without `_`, so that a new one is added above.
        match outcome {
            Succeeded | PartiallySucceeded | SelectionTooLarge | InvalidSelection | PruneFuseTripped
            | UpstreamUnauthorized | UpstreamRefused | UpstreamUnreachable | UpstreamThrottled
            | RegistryFailed | DeadlineExceeded => {}
        }
    }
}

#[test]
fn a_run_by_the_schedule_disturbs_nobody() {
    let mirror = minimal();
    let mut running = ended(&mirror, "Succeeded");
    let current = current_run("central-2", barre_crds::package_mirror::Trigger::Schedule);
    running.record.status.current_run = Some(current.clone());
    assert_eq!(table(&report(&mirror, &running, NOW)), ["T UpToDate", "F Settled", "F Settled"]);

    let mut failed = ended(&mirror, "UpstreamUnreachable");
    failed.record.status.current_run = Some(current);
    assert_eq!(
        table(&report(&mirror, &failed, NOW)),
        ["F UpstreamUnreachable", "T SyncRunning", "F Settled"]
    );
}

#[test]
fn what_was_changed_is_not_there_yet() {
    let observed = ended(&minimal(), "UpstreamUnauthorized");
    let changed = mirror(json!({ "selection": { "keepLatest": 2 } }));
    let status = report(&changed, &observed, NOW);
    assert_eq!(
        table(&status),
        ["F SpecChanged", "T SyncRunning", "F Settled"],
        "the verdict was about another spec"
    );
}

#[test]
fn two_missed_times_make_it_stale() {
    let hourly = mirror(json!({ "schedule": "0 * * * *" }));
    let synced = ended(&hourly, "Succeeded");
    // Runs wait for the Registry.
    let down = Observed { registry: Host::Down, ..ended(&hourly, "Succeeded") };
    assert_eq!(table(&report(&hourly, &down, "2026-11-27T14:30:00Z"))[0], "T UpToDate");
    assert_eq!(condition(&report(&hourly, &down, "2026-11-27T15:00:00Z"), SYNCED).reason, "Stale");
    assert_eq!(
        table(&report(&hourly, &down, "2026-11-27T15:00:00Z")),
        ["F RegistryUnavailable", "T RegistryUnavailable", "F Settled"]
    );
    assert_eq!(
        report(&hourly, &synced, NOW).next_schedule_time.unwrap().0.to_string(),
        "2026-11-27T14:00:00Z"
    );
}

#[test]
fn suspended_waits_for_a_person_unless_all_is_there() {
    let suspended = mirror(json!({ "suspend": true, "schedule": "0 * * * *" }));
    let status = report(&suspended, &observed(), NOW);
    assert_eq!(table(&status), ["F NeverRan", "F Settled", "T Suspended"]);
    assert_eq!((condition(&status, SUSPENDED).status.as_str(), &status.next_schedule_time), ("True", &None));
    let status = report(&suspended, &ended(&suspended, "Succeeded"), "2026-12-27T15:00:00Z");
    assert_eq!(table(&status), ["T UpToDate", "F Settled", "F Settled"]);
    assert_eq!(condition(&report(&minimal(), &observed(), NOW), SUSPENDED).reason, "NotSuspended");
}

#[test]
fn a_registry_that_is_not_there_is_awaited_for_a_minute() {
    let missing = || Observed { registry: Host::Missing, ..observed() };
    let at = |now| table(&report(&minimal(), &missing(), now));
    assert_eq!(at("2026-11-27T12:00:59Z"), ["F RegistryNotFound", "T RegistryNotFound", "F Settled"]);
    assert_eq!(at("2026-11-27T12:01:00Z"), ["F RegistryNotFound", "F Settled", "T RegistryNotFound"]);
}

#[test]
fn what_is_needed_and_not_let_in_is_told() {
    let mirror = minimal();
    let mut observed = ended(&mirror, "Succeeded");
    let closure = |observed: &Observed| condition(&report(&mirror, observed, NOW), CLOSURE_COMPLETE).clone();
    assert_eq!(closure(&observed).reason, "AllDependenciesPresent");
    observed.record.status.last_run.as_mut().unwrap().missing = Some(3);
    let found = closure(&observed);
    assert_eq!((found.status.as_str(), found.reason.as_str()), ("False", "ClosureIncomplete"));
    assert!(found.message.starts_with("3 versions"), "{}", found.message);
}

#[test]
fn a_pull_through_is_ready_when_its_settings_are_loaded() {
    let mirror = pull_through();
    let told = choose(&mirror, &observed(), time(NOW)).told.unwrap();
    let text = format!(r#"{{"mirrors":[{}]}}"#, told.text);
    let hash = Informed { text: text.clone(), loaded: Vec::new() }.hash();
    let informed = |loaded| Observed { pods: Some(Informed { text: text.clone(), loaded }), ..observed() };
    let status = report(&mirror, &informed(vec![None]), NOW);
    assert_eq!(table(&status), ["F Loading", "T Loading", "F Settled"]);
    assert_eq!((status.conditions.len(), status.loaded_hash), (3, None));
    let status = report(&mirror, &informed(vec![Some(hash.clone())]), NOW);
    assert_eq!(table(&status), ["T Loaded", "F Settled", "F Settled"]);
    assert_eq!(status.loaded_hash, Some(hash));
}

#[test]
fn a_pass_that_ended_early_takes_nothing_back() {
    let mut mirror = minimal();
    let before = report(&mirror, &ended(&mirror, "Succeeded"), NOW);
    mirror.status = Some(before.clone());
    let error = Error::Timeout(std::time::Duration::from_secs(90));
    let after = interrupted(&mirror, &error, time(NOW));
    assert_eq!(table(&after), ["T UpToDate", "T RetryingAfterError", "F Settled"]);
    assert_eq!((after.last_run, after.conditions.len()), (before.last_run, before.conditions.len()));
}
