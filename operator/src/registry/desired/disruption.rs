//! The `PodDisruptionBudget`.

use k8s_openapi::{
    api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};

use super::wanted::Wanted;
use crate::{pass::child::Wish, registry::names};

/// Returns a budget of one pod at a time, where there may be several: also an autoscaler that goes down to one. Of one pod
/// it lets that one go, and blocks no drain.
pub(crate) fn budget(wanted: &Wanted<'_>) -> Wish<PodDisruptionBudget> {
    let registry = wanted.registry;
    let most =
        registry.spec.autoscaling.as_ref().map_or(wanted.minimum, |autoscaling| autoscaling.max_replicas);
    Wish::be_or_gone((most >= 2).then(|| PodDisruptionBudget {
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
