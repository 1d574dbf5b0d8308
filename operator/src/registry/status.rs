//! What came of a pass → the status. Pure; `now` only marks transitions.

mod endpoint;
mod workload;

use barre_crds::{
    Registry, RegistryStatus,
    condition::{AUTOSCALING_READY, READY, RECONCILING, Reason, STALLED, STORAGE_READY, WORKLOAD_AVAILABLE},
};
use jiff::Timestamp;
use k8s_openapi::{
    api::{apps::v1::Deployment, autoscaling::v2::HorizontalPodAutoscaler},
    apimachinery::pkg::apis::meta::v1::Condition,
};

use super::{decision::Facts, desired::Live, names, observe::Observed, rollout::is_rolling};
use crate::{
    pass::error::Error,
    pass::finding::{Finding, Truth},
    store::{self, Ownership, Standing},
};

/// What a store says that nobody but a person changes.
const NEEDS_A_PERSON: [Reason; 6] = [
    Reason::CredentialsRejected,
    Reason::BucketOwnedByAnother,
    Reason::DataMissing,
    Reason::RegistryExchanged,
    Reason::LogLost,
    Reason::LogRewound,
];

fn needs_a_person(finding: &Finding) -> bool {
    NEEDS_A_PERSON.iter().any(|reason| finding.reason == *reason)
}

/// Everything that conditions are made from.
struct Seen<'a> {
    registry: &'a Registry,
    observed: &'a Observed,
    facts: &'a Facts,
    deployment: Option<&'a Deployment>,
    autoscaler: Option<&'a HorizontalPodAutoscaler>,
    error: Option<&'a Error>,
}

/// Returns the status after a pass.
pub(super) fn status(
    registry: &Registry,
    observed: &Observed,
    facts: &Facts,
    answers: &Live,
    error: Option<&Error>,
    now: Timestamp,
) -> RegistryStatus {
    let owner = names::owner_of_children(registry);
    let deployment = answers.deployment.as_ref().or(observed.live.deployment.as_ref());
    let deployment = deployment.filter(|deployment| owner.is_ours(&deployment.metadata));
    let autoscaler = answers.autoscaler.as_ref().or(observed.live.autoscaler.as_ref());
    let service = answers.service.as_ref().or(observed.live.service.as_ref());
    let seen = Seen { registry, observed, facts, deployment, autoscaler, error };
    let counts = deployment.and_then(|deployment| deployment.status.as_ref());
    let known = observed.known();
    let generation = registry.metadata.generation;
    let old = registry.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    let conditions =
        seen.findings().into_iter().map(|(type_, finding)| finding.condition(type_, generation, old, now));
    RegistryStatus {
        observed_generation: generation,
        conditions: conditions.collect(),
        replicas: Some(counts.and_then(|counts| counts.replicas).unwrap_or(0)),
        ready_replicas: Some(counts.and_then(|counts| counts.ready_replicas).unwrap_or(0)),
        selector: Some(names::selector_text(registry)),
        endpoint: Some(endpoint::endpoint(registry, service)),
        version: Some(facts.version.clone()),
        registry_id: known.registry,
        log_cursor: known.cursor.map(|cursor| cursor.to_string()),
    }
}

/// Returns the status after a pass that ended before it saw everything: what was known stays, and the operator tries again.
/// Also a verdict on this very spec that only a person changes stays, and is all that there is to say.
pub(super) fn interrupted(registry: &Registry, error: &Error, now: Timestamp) -> RegistryStatus {
    let mut status = registry.status.clone().unwrap_or_default();
    let is_verdict = |condition: &Condition| {
        condition.type_ == STALLED
            && Truth::stored(condition) == Truth::True
            && condition.observed_generation == registry.metadata.generation
    };
    if status.conditions.iter().any(is_verdict) {
        return status;
    }
    let old = std::mem::take(&mut status.conditions);
    let problem = Finding::from(&error.problem());
    let told = [
        (READY, Finding::last(&old, READY).unwrap_or_else(|| problem.clone())),
        (RECONCILING, Finding { truth: Truth::True, ..problem }),
        (STALLED, nothing_stands_in_the_way()),
    ];
    let generation = status.observed_generation;
    let told = told.map(|(type_, finding)| finding.condition(type_, generation, &old, now));
    let others = old.into_iter().filter(|old| told.iter().all(|new| new.type_ != old.type_));
    status.conditions = told.iter().cloned().chain(others).collect();
    status
}

fn nothing_stands_in_the_way() -> Finding {
    Finding::new(Truth::False, Reason::Settled, "nothing stands in the way")
}

impl Seen<'_> {
    fn findings(&self) -> Vec<(&'static str, Finding)> {
        let storage = self.storage();
        let pods = workload::problem(&self.observed.pods);
        let workload = self.workload(pods.as_ref());
        let stalled = self.stalled(&storage, pods.as_ref());
        let reconciling = self.reconciling(stalled.is_some(), pods.as_ref());
        let ready = Self::ready(stalled.as_ref(), &storage, &workload);
        let stalled = stalled.unwrap_or_else(nothing_stands_in_the_way);
        let mut findings = vec![
            (READY, ready),
            (RECONCILING, reconciling),
            (STALLED, stalled),
            (STORAGE_READY, storage),
            (WORKLOAD_AVAILABLE, workload),
        ];
        if self.registry.spec.autoscaling.is_some() {
            findings.push((AUTOSCALING_READY, workload::autoscaling(self.autoscaler)));
        }
        findings
    }

    fn last(&self, type_: &str) -> Option<Finding> {
        Finding::last(&self.registry.status.as_ref()?.conditions, type_)
    }

    fn storage(&self) -> Finding {
        let label =
            store::describe(&self.registry.spec.storage).map(|backend| backend.label()).unwrap_or_default();
        match &self.observed.store {
            Some(Ok(Standing { ownership: Ownership::Created, .. })) => {
                Finding::new(Truth::True, Reason::BucketCreated, format!("{label} is ours and reachable"))
            }
            Some(Ok(Standing { ownership: Ownership::Adopted, .. })) => {
                Finding::new(Truth::True, Reason::BucketAdopted, format!("{label} is adopted and reachable"))
            }
            Some(Err(problem)) => Finding::from(problem),
            None => self.last(STORAGE_READY).unwrap_or_else(|| {
                Finding::new(
                    Truth::Unknown,
                    Reason::Suspended,
                    "the store is not looked at while spec.suspend is set",
                )
            }),
        }
    }

    fn workload(&self, pods: Option<&Finding>) -> Finding {
        let Some(deployment) = self.deployment else {
            return match (self.facts.gated, self.error) {
                (true, _) => {
                    Finding::new(Truth::False, Reason::Provisioning, "the first pods wait for the storage")
                }
                (false, Some(error)) => Finding::from(&error.problem()),
                (false, None) => Finding::new(Truth::Unknown, Reason::Initializing, "there are no pods yet"),
            };
        };
        let was_available = self.last(WORKLOAD_AVAILABLE).is_some_and(|last| last.truth == Truth::True);
        let verdict = workload::availability(deployment, self.facts.minimum, was_available);
        if verdict.truth == Truth::True || verdict.reason == Reason::ScaledToZero {
            return verdict;
        }
        let tokens = self.observed.tokens.as_ref().map(Finding::from);
        pods.cloned().or(tokens).or_else(|| workload::refusal(deployment)).unwrap_or(verdict)
    }

    /// Returns the verdict that only a person changes.
    fn stalled(&self, storage: &Finding, pods: Option<&Finding>) -> Option<Finding> {
        let verdict = |finding: &Finding| Finding { truth: Truth::True, ..finding.clone() };
        if let Some(problem) = self.facts.problems.first() {
            return Some(verdict(&Finding::from(problem)));
        }
        if let Some(problem) =
            self.error.map(Error::problem).filter(|problem| problem.reason == Reason::InvalidSpec)
        {
            return Some(verdict(&Finding::from(&problem)));
        }
        if storage.truth == Truth::False && needs_a_person(storage) {
            return Some(verdict(storage));
        }
        match pods {
            Some(pods) if pods.reason == Reason::ForeignOwner => Some(Finding::new(
                Truth::True,
                Reason::BucketOwnedByAnother,
                format!(
                    "{}; if that owner is gone, annotate this Registry with {}=<registry id>",
                    pods.message,
                    barre_crds::TAKE_OVER
                ),
            )),
            Some(pods) if needs_a_person(pods) => Some(verdict(pods)),
            _ => self.deployment.and_then(|deployment| workload::overdue(deployment, pods)),
        }
    }

    /// Scaling is not reconciling: only missing pods of the current template are.
    fn reconciling(&self, stalled: bool, pods: Option<&Finding>) -> Finding {
        if self.registry.spec.suspend == Some(true) {
            return Finding::new(Truth::False, Reason::Suspended, "spec.suspend is set; unset it to go on");
        }
        if stalled {
            return Finding::new(Truth::False, Reason::Settled, "waiting for a person: see Stalled");
        }
        if let Some(error) = self.error {
            return Finding { truth: Truth::True, ..Finding::from(&error.problem()) };
        }
        if self.facts.waiting {
            let message =
                "children of a deleted Registry of this name are still there; waiting for their end";
            return Finding::new(Truth::True, Reason::Provisioning, message);
        }
        match self.deployment {
            _ if self.facts.gated => {
                Finding::new(Truth::True, Reason::Provisioning, "the first pods wait for the storage")
            }
            Some(deployment) if is_rolling(deployment) => {
                let why = pods.map_or_else(|| workload::counts(deployment), |pods| pods.message.clone());
                Finding::new(Truth::True, Reason::RollingOut, why)
            }
            Some(_) => Finding::new(Truth::False, Reason::Settled, "all pods are of the current template"),
            None => Finding::new(Truth::True, Reason::RollingOut, "there are no pods yet"),
        }
    }

    fn ready(stalled: Option<&Finding>, storage: &Finding, workload: &Finding) -> Finding {
        let not_ready = |finding: &Finding| Finding { truth: Truth::False, ..finding.clone() };
        match stalled {
            Some(stalled) => not_ready(stalled),
            None if storage.truth != Truth::True => not_ready(storage),
            None if workload.truth != Truth::True => not_ready(workload),
            None => Finding::new(Truth::True, Reason::Available, workload.message.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
