//! The three conditions that tools wait by: whether it serves as it should, whether it is on its way, whether a person must
//! act. Never the last two at once; and where it does not serve as it should, one of them.

use barre_contract::failure::Failure;
use barre_crds::condition::Reason;

use super::{seen::Seen, workload};
use crate::{
    pass::{
        finding::{Finding, Truth, nothing_stands_in_the_way},
        problem::Problem,
    },
    registry::rollout::is_rolling,
};

/// What they say.
pub(super) struct Verdict {
    pub(super) ready: Finding,
    pub(super) reconciling: Finding,
    pub(super) stalled: Finding,
}

fn as_(truth: Truth, finding: &Finding) -> Finding {
    Finding { truth, ..finding.clone() }
}

/// Says them.
pub(super) fn verdict(seen: &Seen<'_>, storage: &Finding, workload: &Finding) -> Verdict {
    let blocked = blocked(seen, storage);
    let ready = ready(blocked.as_ref(), storage, workload);
    let suspended = seen.registry.spec.suspend == Some(true);
    let stalled = blocked.or_else(|| noticed(seen)).or_else(|| {
        let waits = suspended && ready.truth != Truth::True;
        waits.then(|| Finding::new(Truth::True, Reason::Suspended, "spec.suspend is set; unset it to go on"))
    });
    let reconciling = match &stalled {
        Some(_) => Finding::new(Truth::False, Reason::Settled, "waiting for a person: see Stalled"),
        None if suspended => {
            Finding::new(Truth::False, Reason::Suspended, "spec.suspend is set; unset it to go on")
        }
        None => reconciling(seen, &ready),
    };
    Verdict { ready, reconciling, stalled: stalled.unwrap_or_else(nothing_stands_in_the_way) }
}

/// Returns what only a person changes, and what keeps it from being as it should.
fn blocked(seen: &Seen<'_>, storage: &Finding) -> Option<Finding> {
    let by = |problem: Problem| as_(Truth::True, &Finding::from(&problem));
    if let Some(problem) = Problem::all(&seen.facts.problems) {
        return Some(by(problem));
    }
    // What is tried again is told after what is not.
    let invalid = |problem: &&Problem| problem.reason == Reason::InvalidSpec;
    let (refused, others): (Vec<_>, Vec<_>) = seen.errors.iter().partition(invalid);
    if !refused.is_empty() {
        return Problem::all(refused.into_iter().chain(others)).map(by);
    }
    if storage.truth == Truth::False && needs_a_person(storage) {
        return Some(as_(Truth::True, storage));
    }
    match &seen.pods {
        Some(pods) if pods.reason == Reason::ForeignOwner => {
            Some(Finding::new(Truth::True, Reason::BucketOwnedByAnother, way_out(&pods.message)))
        }
        Some(pods) if needs_a_person(pods) => Some(as_(Truth::True, pods)),
        pods => seen.deployment.and_then(|deployment| workload::overdue(deployment, pods.as_ref())),
    }
}

/// Whether a store or a pod says what nobody but a person changes.
fn needs_a_person(finding: &Finding) -> bool {
    let failure = Failure::parse(finding.reason.as_str());
    let lasts = |failure: Failure| failure.is_about_data() || failure == Failure::StoreUnsuitable;
    let refused = [Reason::CredentialsRejected, Reason::BucketOwnedByAnother];
    failure.is_some_and(lasts) || refused.iter().any(|reason| finding.reason == *reason)
}

/// Returns what a person must change though it serves all the same.
fn noticed(seen: &Seen<'_>) -> Option<Finding> {
    Problem::all(&seen.facts.notices).map(|problem| as_(Truth::True, &Finding::from(&problem)))
}

/// Scaling by itself is not reconciling. What goes wrong is: it is looked at again.
fn reconciling(seen: &Seen<'_>, ready: &Finding) -> Finding {
    let under_way = |reason, message: String| Finding::new(Truth::True, reason, message);
    if let Some(error) = Problem::all(&seen.errors) {
        return as_(Truth::True, &Finding::from(&error));
    }
    if seen.facts.waiting {
        let message = "children of a deleted Registry of this name are still there; waiting for their end";
        return under_way(Reason::Provisioning, message.to_owned());
    }
    if seen.facts.gated {
        return under_way(Reason::Provisioning, "the first pods wait for the storage".to_owned());
    }
    let Some(deployment) = seen.deployment else {
        return under_way(Reason::RollingOut, "there are no pods yet".to_owned());
    };
    let tokens = Problem::all(&seen.observed.tokens).map(|problem| Finding::from(&problem));
    match seen.pods.as_ref().or(tokens.as_ref()) {
        Some(problem) => as_(Truth::True, problem),
        None if seen.facts.held => {
            let message =
                "pods follow the new operator once those of other Registries have; they serve meanwhile";
            under_way(Reason::RollingOut, message.to_owned())
        }
        None if is_rolling(deployment) => under_way(Reason::RollingOut, workload::counts(deployment)),
        None if ready.truth != Truth::True => as_(Truth::True, ready),
        None => Finding::new(Truth::False, Reason::Settled, "all pods are of the current template"),
    }
}

fn ready(blocked: Option<&Finding>, storage: &Finding, workload: &Finding) -> Finding {
    match blocked {
        Some(blocked) => as_(Truth::False, blocked),
        None if storage.truth != Truth::True => as_(Truth::False, storage),
        None if workload.truth != Truth::True => as_(Truth::False, workload),
        None if workload.reason == Reason::ScaledToZero => workload.clone(),
        None => Finding::new(Truth::True, Reason::Available, workload.message.clone()),
    }
}

/// Earlier releases of the registry know only their flag.
fn way_out(message: &str) -> String {
    if message.contains(barre_crds::TAKE_OVER) {
        return message.to_owned();
    }
    format!(
        "{message}; if that owner is gone, annotate this Registry with {}=<registry id>",
        barre_crds::TAKE_OVER
    )
}
