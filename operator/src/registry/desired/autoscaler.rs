//! The `HorizontalPodAutoscaler`. CPU only: the state is in memory, so that memory would pin the maximum.

use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec,
    MetricTarget, ResourceMetricSource,
};

use super::wanted::Wanted;
use crate::{
    pass::{child::Wish, watch::hash},
    registry::names,
};

/// Returns the autoscaler, if the spec asks for one. It waits for pods that are ours to scale.
pub(crate) fn autoscaler(wanted: &Wanted<'_>) -> Wish<HorizontalPodAutoscaler> {
    let registry = wanted.registry;
    let Some(autoscaling) = &registry.spec.autoscaling else { return Wish::Gone };
    if !wanted.scalable {
        return Wish::Stay;
    }
    let cpu = MetricSpec {
        type_: "Resource".into(),
        resource: Some(ResourceMetricSource {
            name: "cpu".into(),
            target: MetricTarget {
                type_: "Utilization".into(),
                average_utilization: Some(autoscaling.target()),
                ..MetricTarget::default()
            },
        }),
        ..MetricSpec::default()
    };
    Wish::Be(HorizontalPodAutoscaler {
        metadata: names::child(registry, names::main(registry)),
        spec: HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".into()),
                kind: "Deployment".into(),
                name: names::main(registry),
            },
            min_replicas: Some(autoscaling.min_replicas()),
            max_replicas: autoscaling.max_replicas,
            metrics: Some(vec![cpu]),
            behavior: autoscaling.behavior.clone(),
        },
        status: None,
    })
}

/// Returns what of an autoscaler leads to a pass: it tells its measurements every few seconds.
pub(crate) fn watched(autoscaler: &HorizontalPodAutoscaler) -> u64 {
    let conditions = autoscaler.status.as_ref().and_then(|status| status.conditions.as_ref());
    let conditions: Vec<_> = conditions
        .into_iter()
        .flatten()
        .map(|condition| (&condition.type_, &condition.status, &condition.reason))
        .collect();
    let spec = format!("{:?}", autoscaler.spec);
    hash(&(spec, conditions, &autoscaler.metadata.labels))
}
