//! What came of a pass → the status. Pure; `now` marks transitions, and says what is stale.

mod runs;
mod seen;
mod verdict;

use barre_crds::{
    PackageMirror, PackageMirrorStatus,
    condition::{
        CLOSURE_COMPLETE, READY, RECONCILING, Reason, STALLED, SUSPENDED, SYNCED, UPSTREAM_REACHABLE,
    },
    package_mirror::Mode,
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{choice::Choice, observe::Observed};
use crate::pass::{
    error::Error,
    finding::{self, Finding, Truth},
};
use seen::Seen;
use verdict::{Verdict, verdict};

/// Returns the status after a pass.
pub(super) fn status(
    mirror: &PackageMirror,
    observed: &Observed,
    choice: &Choice,
    errors: &[Error],
    now: Timestamp,
) -> PackageMirrorStatus {
    let errors = errors.iter().map(Error::problem).collect();
    let seen = Seen { mirror, observed, choice, errors, now };
    let generation = mirror.metadata.generation;
    let old = mirror.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    let conditions =
        findings(&seen).into_iter().map(|(type_, finding)| finding.condition(type_, generation, old, now));
    let schedule = choice.schedule.as_ref().filter(|_| !seen.is_suspended());
    let informed = observed.pods.as_ref().filter(|_| !choice.uninformed);
    PackageMirrorStatus {
        observed_generation: generation,
        conditions: conditions.collect(),
        next_schedule_time: schedule.and_then(|schedule| schedule.after(now)).map(Time),
        loaded_hash: informed.map(super::observe::Informed::hash),
        ..observed.record.status.clone()
    }
}

/// Returns the status after a pass that ended before it saw everything.
pub(super) fn interrupted(mirror: &PackageMirror, error: &Error, now: Timestamp) -> PackageMirrorStatus {
    let mut status = mirror.status.clone().unwrap_or_default();
    let generations = (mirror.metadata.generation, status.observed_generation);
    status.conditions = finding::interrupted(status.conditions, generations, error, now);
    status
}

fn findings(seen: &Seen<'_>) -> Vec<(&'static str, Finding)> {
    let Verdict { ready, reconciling, stalled } = verdict(seen);
    let mut findings = vec![(READY, ready), (RECONCILING, reconciling), (STALLED, stalled)];
    if seen.mirror.spec.mode == Mode::Sync {
        findings.extend([
            (UPSTREAM_REACHABLE, seen.upstream()),
            (SYNCED, seen.synced()),
            (CLOSURE_COMPLETE, seen.closure()),
            (SUSPENDED, suspended(seen)),
        ]);
    }
    findings
}

fn suspended(seen: &Seen<'_>) -> Finding {
    if seen.is_suspended() {
        Finding::new(Truth::True, Reason::Suspended, "spec.suspend is set; unset it to let runs begin")
    } else {
        Finding::new(Truth::False, Reason::NotSuspended, "runs begin when they are due")
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod truths;
