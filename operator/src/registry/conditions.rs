//! The conditions of all Registries as numbers, so that alerts can be about them.

use std::sync::Arc;

use barre_crds::Registry;
use kube::{ResourceExt, core::DeserializeGuard};

use crate::pass::metrics::ConditionLabels;

/// Returns them. What is deleted is not among them: nothing has to be forgotten.
pub(crate) fn all(registries: &[Arc<DeserializeGuard<Registry>>]) -> Vec<ConditionLabels> {
    let readable = registries.iter().filter_map(|object| object.0.as_ref().ok());
    let conditions = readable.flat_map(|registry| {
        let status = registry.status.iter().flat_map(|status| &status.conditions);
        status.map(|condition| ConditionLabels {
            namespace: registry.namespace().unwrap_or_default(),
            name: registry.name_any(),
            condition: condition.type_.clone(),
            status: condition.status.clone(),
            reason: condition.reason.clone(),
        })
    });
    conditions.collect()
}
