//! The `HorizontalPodAutoscaler`. CPU only: the state is in memory, so that memory would pin the maximum.

use barre_crds::Registry;
use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec,
    MetricTarget, ResourceMetricSource,
};
use kube::ResourceExt;

use crate::pass::names;

/// Returns the autoscaler, if the spec asks for one.
pub(super) fn autoscaler(registry: &Registry) -> Option<HorizontalPodAutoscaler> {
    let settings = registry.spec.autoscaling.as_ref()?;
    let cpu = MetricSpec {
        type_: "Resource".into(),
        resource: Some(ResourceMetricSource {
            name: "cpu".into(),
            target: MetricTarget {
                type_: "Utilization".into(),
                average_utilization: Some(settings.target()),
                ..MetricTarget::default()
            },
        }),
        ..MetricSpec::default()
    };
    Some(HorizontalPodAutoscaler {
        metadata: names::child(registry, registry.name_any()),
        spec: HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".into()),
                kind: "Deployment".into(),
                name: registry.name_any(),
            },
            min_replicas: Some(settings.min_replicas()),
            max_replicas: settings.max_replicas,
            metrics: Some(vec![cpu]),
            behavior: settings.behavior.clone(),
        },
        status: None,
    })
}
