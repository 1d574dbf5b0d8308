//! The `PodDisruptionBudget`.

use barre_crds::Registry;
use k8s_openapi::{
    api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};
use kube::ResourceExt;

use crate::pass::names;

/// Returns a budget of one pod at a time; nothing for a single pod, since it would block every drain of its node.
pub(super) fn budget(registry: &Registry, minimum: i32) -> Option<PodDisruptionBudget> {
    (minimum >= 2).then(|| PodDisruptionBudget {
        metadata: names::child(registry, registry.name_any()),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(names::label_selector(registry)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".into()),
            ..PodDisruptionBudgetSpec::default()
        }),
        status: None,
    })
}
