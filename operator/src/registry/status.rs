//! What came of a pass → the status. Pure; `now` only marks transitions.

mod finding;
mod workload;

use barre_crds::{
    Registry, RegistryStatus,
    condition::{
        AUTOSCALING_READY, READY, RECONCILING, STALLED, STORAGE_READY, WORKLOAD_AVAILABLE,
        reason::{self, BUCKET_OWNED_BY_ANOTHER, CREDENTIALS_REJECTED, FOREIGN_OWNER, INVALID_SPEC},
    },
};
use jiff::Timestamp;
use k8s_openapi::api::{apps::v1::Deployment, autoscaling::v2::HorizontalPodAutoscaler, core::v1::Service};
use kube::ResourceExt;

use super::{desired::Facts, observe::Observed};
use crate::{pass::apply::Applied, pass::error::Error, pass::names, store::Ownership};
use finding::{Finding, State};

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
    applied: &Applied,
    error: Option<&Error>,
    now: Timestamp,
) -> RegistryStatus {
    let deployment = applied.deployment.as_ref().or(observed.live.deployment.as_ref());
    let deployment = deployment.filter(|deployment| names::is_ours(registry, &deployment.metadata));
    let autoscaler = applied.autoscaler.as_ref().or(observed.live.autoscaler.as_ref());
    let service = applied.service.as_ref().or(observed.live.service.as_ref());
    let seen = Seen { registry, observed, facts, deployment, autoscaler, error };
    let counts = deployment.and_then(|deployment| deployment.status.as_ref());
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
        endpoint: Some(endpoint(registry, service)),
        version: Some(facts.version.clone()),
    }
}

/// Returns where clients reach the registry. A node port is told by its Service: the operator cannot read nodes.
fn endpoint(registry: &Registry, service: Option<&Service>) -> String {
    if let Some(url) = registry.spec.server.as_ref().and_then(|server| server.external_url.as_ref()) {
        return url.clone();
    }
    let balancer = service
        .and_then(|service| service.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()?.first());
    match balancer.and_then(|ingress| ingress.hostname.as_ref().or(ingress.ip.as_ref())) {
        Some(address) if address.contains(':') => format!("http://[{address}]"),
        Some(address) => format!("http://{address}"),
        None => format!("http://{}.{}.svc", registry.name_any(), registry.namespace().unwrap_or_default()),
    }
}

impl Seen<'_> {
    fn findings(&self) -> Vec<(&'static str, Finding)> {
        let storage = self.storage();
        let pods = workload::problem(&self.observed.live.pods);
        let workload = self.workload(pods.as_ref());
        let stalled = self.stalled(&storage, pods.as_ref());
        let reconciling = self.reconciling(stalled.is_some(), pods.as_ref());
        let ready = Self::ready(stalled.as_ref(), &storage, &workload);
        let stalled = stalled
            .unwrap_or_else(|| Finding::new(State::False, reason::SETTLED, "nothing stands in the way"));
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

    fn storage(&self) -> Finding {
        let bucket = self.registry.spec.storage.s3.as_ref().map(|s3| s3.bucket.as_str()).unwrap_or_default();
        match &self.observed.bucket {
            Some(Ok(Ownership::Created)) => Finding::new(
                State::True,
                reason::BUCKET_CREATED,
                format!("bucket '{bucket}' is ours and reachable"),
            ),
            Some(Ok(Ownership::Adopted)) => Finding::new(
                State::True,
                reason::BUCKET_ADOPTED,
                format!("bucket '{bucket}' is adopted and reachable"),
            ),
            Some(Err(problem)) => Finding::from(problem),
            None => finding::last(self.registry, STORAGE_READY).unwrap_or_else(|| {
                Finding::new(
                    State::Unknown,
                    reason::SUSPENDED,
                    "the store is not looked at while spec.suspend is set",
                )
            }),
        }
    }

    fn workload(&self, pods: Option<&Finding>) -> Finding {
        let Some(deployment) = self.deployment else {
            return match (self.facts.gated, self.error) {
                (true, _) => {
                    Finding::new(State::False, reason::PROVISIONING, "the first pods wait for the storage")
                }
                (false, Some(error)) => Finding::from(&error.problem()),
                (false, None) => Finding::new(State::Unknown, reason::INITIALIZING, "there are no pods yet"),
            };
        };
        let was_available =
            finding::last(self.registry, WORKLOAD_AVAILABLE).is_some_and(|last| last.state == State::True);
        let verdict = workload::availability(deployment, self.facts.minimum, was_available);
        if verdict.state == State::True || verdict.reason == reason::SCALED_TO_ZERO {
            return verdict;
        }
        let tokens = self.observed.tokens.as_ref().map(Finding::from);
        pods.cloned().or(tokens).or_else(|| workload::refusal(deployment)).unwrap_or(verdict)
    }

    /// Returns the verdict that only a person changes.
    fn stalled(&self, storage: &Finding, pods: Option<&Finding>) -> Option<Finding> {
        let verdict = |finding: &Finding| Finding { state: State::True, ..finding.clone() };
        if let Some(problem) = self.facts.problems.first() {
            return Some(verdict(&Finding::from(problem)));
        }
        if let Some(problem) = self.error.map(Error::problem).filter(|problem| problem.reason == INVALID_SPEC)
        {
            return Some(verdict(&Finding::from(&problem)));
        }
        if storage.state == State::False
            && [CREDENTIALS_REJECTED, BUCKET_OWNED_BY_ANOTHER].contains(&&*storage.reason)
        {
            return Some(verdict(storage));
        }
        match pods {
            Some(pods) if pods.reason == FOREIGN_OWNER => Some(Finding::new(
                State::True,
                BUCKET_OWNED_BY_ANOTHER,
                format!(
                    "{}; if that owner is gone, annotate this Registry with {}=<registry id>",
                    pods.message,
                    barre_crds::TAKE_OVER
                ),
            )),
            Some(pods) if pods.reason == CREDENTIALS_REJECTED => Some(verdict(pods)),
            _ => self.deployment.and_then(|deployment| workload::overdue(deployment, pods)),
        }
    }

    /// Scaling is not reconciling: only missing pods of the current template are.
    fn reconciling(&self, stalled: bool, pods: Option<&Finding>) -> Finding {
        if self.registry.spec.suspend == Some(true) {
            return Finding::new(State::False, reason::SUSPENDED, "spec.suspend is set; unset it to go on");
        }
        if stalled {
            return Finding::new(State::False, reason::SETTLED, "waiting for a person: see Stalled");
        }
        if let Some(error) = self.error {
            return Finding { state: State::True, ..Finding::from(&error.problem()) };
        }
        if self.facts.waiting {
            let message =
                "children of a deleted Registry of this name are still there; waiting for their end";
            return Finding::new(State::True, reason::PROVISIONING, message);
        }
        match self.deployment {
            _ if self.facts.gated => {
                Finding::new(State::True, reason::PROVISIONING, "the first pods wait for the storage")
            }
            Some(deployment) if workload::is_rolling(deployment) => {
                let why = pods.map_or_else(|| workload::counts(deployment), |pods| pods.message.clone());
                Finding::new(State::True, reason::ROLLING_OUT, why)
            }
            Some(_) => Finding::new(State::False, reason::SETTLED, "all pods are of the current template"),
            None => Finding::new(State::True, reason::ROLLING_OUT, "there are no pods yet"),
        }
    }

    fn ready(stalled: Option<&Finding>, storage: &Finding, workload: &Finding) -> Finding {
        let not_ready = |finding: &Finding| Finding { state: State::False, ..finding.clone() };
        match stalled {
            Some(stalled) => not_ready(stalled),
            None if storage.state != State::True => not_ready(storage),
            None if workload.state != State::True => not_ready(workload),
            None => Finding::new(State::True, reason::AVAILABLE, workload.message.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
