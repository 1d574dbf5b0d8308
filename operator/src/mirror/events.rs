//! What users are told when something happened. Pure; the recorder counts repetitions.

use barre_crds::{
    PackageMirrorStatus,
    condition::{Reason, STALLED},
    package_mirror::{LastRun, Trigger},
};
use kube::runtime::events::{Event, EventType};

use crate::pass::{
    finding::{Finding, Truth},
    report::event,
};

/// Returns an event for each run that began or ended, and for what only a person changes.
pub(super) fn events(old: &PackageMirrorStatus, new: &PackageMirrorStatus, ended: &[LastRun]) -> Vec<Event> {
    let mut events: Vec<Event> = ended.iter().flat_map(end).collect();
    let before = old.current_run.as_ref().map(|run| &run.id);
    if let Some(run) = new.current_run.as_ref().filter(|run| Some(&run.id) != before) {
        if run.trigger == Trigger::Manual {
            let note = format!("{} was annotated", barre_crds::SYNC_REQUESTED_AT);
            events.push(event(EventType::Normal, Reason::ManualSyncRequested.as_str(), "Sync", &note));
        }
        let note = format!("run {} has begun ({:?})", run.id, run.trigger);
        events.push(event(EventType::Normal, Reason::SyncStarted.as_str(), "Sync", &note));
    }
    let stalled = |status: &PackageMirrorStatus| {
        Finding::last(&status.conditions, STALLED).filter(|found| found.truth == Truth::True)
    };
    if let Some(found) = stalled(new).filter(|found| {
        let told = stalled(old).is_some_and(|old| old.reason == found.reason);
        !told && events.iter().all(|event| event.reason != found.reason.as_str())
    }) {
        events.push(event(EventType::Warning, found.reason.as_str(), "Reconcile", &found.message));
    }
    events
}

fn end(run: &LastRun) -> Vec<Event> {
    let some = |count: Option<i64>| count.unwrap_or(0);
    let why = run.message.as_deref().unwrap_or("no details");
    let mut events = match run.result.as_str() {
        "Succeeded" => {
            let note = format!("run {} copied {}, {} were there", run.id, some(run.added), some(run.skipped));
            vec![event(EventType::Normal, Reason::SyncSucceeded.as_str(), "Sync", &note)]
        }
        "PartiallySucceeded" => {
            let note = format!("run {} could not copy {}: see status.failures", run.id, some(run.failed));
            vec![event(EventType::Warning, Reason::SyncPartiallyFailed.as_str(), "Sync", &note)]
        }
        "PruneFuseTripped" => {
            let note = format!("run {}: {why}", run.id);
            vec![event(EventType::Warning, Reason::PruneFuseTripped.as_str(), "Prune", &note)]
        }
        "UpstreamUnreachable" => {
            let note = format!("run {}: {why}", run.id);
            vec![event(EventType::Warning, Reason::UpstreamUnreachable.as_str(), "Sync", &note)]
        }
        result => {
            let note = format!("run {} ended with {result}: {why}", run.id);
            vec![event(EventType::Warning, Reason::SyncFailed.as_str(), "Sync", &note)]
        }
    };
    if some(run.removed) > 0 {
        let note = format!("run {} took {} away", run.id, some(run.removed));
        events.push(event(EventType::Normal, Reason::Pruned.as_str(), "Prune", &note));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::fixture;

    fn reasons(old: &PackageMirrorStatus, new: &PackageMirrorStatus, ended: &[LastRun]) -> Vec<String> {
        events(old, new, ended).into_iter().map(|event| event.reason).collect()
    }

    #[test]
    fn runs_are_told_when_they_begin_and_end() {
        let nothing = PackageMirrorStatus::default();
        let runs = |trigger| {
            let current_run = Some(fixture::current_run("central-1", trigger));
            PackageMirrorStatus { current_run, ..PackageMirrorStatus::default() }
        };
        assert_eq!(reasons(&nothing, &runs(Trigger::Schedule), &[]), ["SyncStarted"]);
        assert_eq!(reasons(&nothing, &runs(Trigger::Manual), &[]), ["ManualSyncRequested", "SyncStarted"]);
        assert!(reasons(&runs(Trigger::Manual), &runs(Trigger::Manual), &[]).is_empty());
        for (result, expected) in [
            ("Succeeded", "SyncSucceeded"),
            ("PartiallySucceeded", "SyncPartiallyFailed"),
            ("PruneFuseTripped", "PruneFuseTripped"),
            ("UpstreamUnreachable", "UpstreamUnreachable"),
            ("UpstreamThrottled", "SyncFailed"),
            ("Failed", "SyncFailed"),
        ] {
            let run = fixture::last_run("central-1", result);
            assert_eq!(reasons(&nothing, &nothing, &[run]), [expected]);
        }
        let pruned = LastRun { removed: Some(2), ..fixture::last_run("central-1", "Succeeded") };
        assert_eq!(reasons(&nothing, &nothing, &[pruned]), ["SyncSucceeded", "Pruned"]);
    }
}
