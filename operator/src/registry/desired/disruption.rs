//! The `PodDisruptionBudget`.

use k8s_openapi::{
    api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};

use super::wanted::Wanted;
use crate::{pass::child::Wish, registry::names};

/// Returns a budget of one pod at a time; nothing for a single pod, since it would block every drain of its node.
pub(crate) fn budget(wanted: &Wanted<'_>) -> Wish<PodDisruptionBudget> {
    let registry = wanted.registry;
    Wish::be_or_gone((wanted.minimum >= 2).then(|| PodDisruptionBudget {
        metadata: names::child(registry, names::main(registry)),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(names::label_selector(registry)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".into()),
            ..PodDisruptionBudgetSpec::default()
        }),
        status: None,
    }))
}
