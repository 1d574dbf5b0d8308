//! How many pods there are, and what each may use.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::autoscaling::v2::HorizontalPodAutoscalerBehavior, apimachinery::pkg::api::resource::Quantity,
};
use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Lets the number of pods follow the CPU they use.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.minReplicas) || self.minReplicas <= self.maxReplicas")
        .message("minReplicas must not be greater than maxReplicas")
        .field_path(".minReplicas")
)]
pub struct Autoscaling {
    /// Never fewer pods than this; by default 2, or `maxReplicas` if that is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub min_replicas: Option<i32>,

    /// Never more pods than this.
    #[schemars(range(min = 1, max = 1000))]
    pub max_replicas: i32,

    /// The CPU use to aim at, in percent of what the pods request; by default 70.
    #[serde(default, rename = "targetCPUUtilizationPercentage", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub target_cpu_utilization_percentage: Option<i32>,

    /// How fast to scale, as in a `HorizontalPodAutoscaler`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behavior: Option<HorizontalPodAutoscalerBehavior>,
}

/// What each pod may use.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "!has(self.limits) || !('memory' in self.limits) || \
         quantity(string(self.limits['memory'])).compareTo(quantity('16Mi')) >= 0"
    )
    .message("limits.memory must be at least 16Mi: with less, no container starts")
    .field_path(".limits")
)]
pub struct Resources {
    /// What a node must have free, such as `cpu: 500m`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "quantities")]
    pub requests: BTreeMap<String, Quantity>,

    /// What a pod cannot exceed, such as `memory: 512Mi`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "quantities")]
    pub limits: BTreeMap<String, Quantity>,
}

/// Quantities by resource, without the page of text that each would carry.
fn quantities(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 16,
        "additionalProperties": {
            "x-kubernetes-int-or-string": true,
            "maxLength": 32,
            "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$",
        },
    })
}

impl Autoscaling {
    /// Returns the smallest number of pods in use.
    pub fn min_replicas(&self) -> i32 {
        self.min_replicas.unwrap_or_else(|| self.max_replicas.min(2))
    }

    /// Returns the CPU use to aim at, in percent.
    pub fn target(&self) -> i32 {
        self.target_cpu_utilization_percentage.unwrap_or(70)
    }
}
