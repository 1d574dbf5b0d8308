//! What came of a pass → the status. Pure; `now` only marks transitions.

mod endpoint;
mod seen;
mod verdict;
mod workload;

use std::collections::BTreeSet;

use barre_crds::{
    Registry, RegistryStatus,
    condition::{
        AUTOSCALING_READY, READY, RECONCILING, STALLED, STORAGE_READY, TOKENS_READY, WORKLOAD_AVAILABLE,
    },
};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use super::{
    decision::Facts,
    desired::{Live, image::PodImage},
    names,
    observe::Observed,
};
use crate::{
    pass::error::Error,
    pass::finding::{self, Finding},
    pods::{container::CONTAINER, problem},
};
use seen::Seen;
use verdict::{Verdict, verdict};

/// Returns the status after a pass.
pub(super) fn status(
    registry: &Registry,
    observed: &Observed,
    facts: &Facts,
    answers: &Live,
    errors: &[Error],
    now: Timestamp,
) -> RegistryStatus {
    let owner = names::owner_of_children(registry);
    let deployment = answers.deployment.as_ref().or(observed.live.deployment.as_ref());
    let deployment = deployment.filter(|deployment| owner.is_ours(&deployment.metadata));
    let autoscaler = answers.autoscaler.as_ref().or(observed.live.autoscaler.as_ref());
    let service = answers.service.as_ref().or(observed.live.service.as_ref());
    let errors = errors.iter().map(Error::problem).collect();
    let pods = problem::problem(&observed.pods, observed.warning.as_deref(), now);
    let seen = Seen { registry, observed, facts, deployment, autoscaler, errors, pods };
    let counts = deployment.and_then(|deployment| deployment.status.as_ref());
    let known = observed.known();
    let generation = registry.metadata.generation;
    let old = registry.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    let conditions =
        findings(&seen).into_iter().map(|(type_, finding)| finding.condition(type_, generation, old, now));
    RegistryStatus {
        observed_generation: generation,
        conditions: conditions.collect(),
        replicas: Some(counts.and_then(|counts| counts.replicas).unwrap_or(0)),
        ready_replicas: Some(counts.and_then(|counts| counts.ready_replicas).unwrap_or(0)),
        selector: Some(names::selector_text(registry)),
        endpoint: endpoint::endpoint(registry, service),
        version: version(&observed.pods, &facts.image),
        registry_id: known.registry,
        log_cursor: known.cursor.map(|cursor| cursor.to_string()),
    }
}

/// Returns the status after a pass that ended before it saw everything.
pub(super) fn interrupted(registry: &Registry, error: &Error, now: Timestamp) -> RegistryStatus {
    let mut status = registry.status.clone().unwrap_or_default();
    let generations = (registry.metadata.generation, status.observed_generation);
    status.conditions = finding::interrupted(status.conditions, generations, error, now);
    status
}

/// Returns what the pods run that serve, whatever the spec wants of them.
fn version(pods: &[Pod], image: &PodImage) -> Option<String> {
    let ready = pods.iter().filter(|pod| problem::is_ready(pod)).filter_map(|pod| pod.spec.as_ref());
    let containers = ready.flat_map(|pod| &pod.containers).filter(|container| container.name == CONTAINER);
    let versions: BTreeSet<_> =
        containers.filter_map(|container| Some(image.version_of(container.image.as_ref()?))).collect();
    (!versions.is_empty()).then(|| versions.into_iter().collect::<Vec<_>>().join(", "))
}

fn findings(seen: &Seen<'_>) -> Vec<(&'static str, Finding)> {
    let (storage, workload, tokens) = (seen.storage(), seen.workload(), seen.tokens());
    let Verdict { ready, reconciling, stalled } = verdict(seen, &storage, &workload);
    let mut findings = vec![
        (READY, ready),
        (RECONCILING, reconciling),
        (STALLED, stalled),
        (STORAGE_READY, storage),
        (WORKLOAD_AVAILABLE, workload),
        (TOKENS_READY, tokens),
    ];
    if seen.registry.spec.autoscaling.is_some() {
        findings.push((AUTOSCALING_READY, workload::autoscaling(seen.autoscaler)));
    }
    findings
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod truths;
