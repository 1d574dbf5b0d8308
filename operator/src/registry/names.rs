//! Names, labels and selectors: what ties children, pods and data to their Registry.

use barre_contract::owner;
use barre_crds::Registry;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use kube::ResourceExt;

use crate::{
    pass::owner::{Labels, Owner, labels},
    pods::labels::{REGISTRY_LABEL, servers, text},
};

/// The field manager of children.
pub(crate) const MANAGER: &str = "barre-operator/registry";
/// The field manager of statuses.
pub(crate) const STATUS_MANAGER: &str = "barre-operator/registry-status";

/// Returns the name of the children that there is one of: that of the Registry.
pub(crate) fn main(registry: &Registry) -> String {
    registry.name_any()
}

/// Returns the name of the Secret with the first token, and of the Service of the admin port.
pub(crate) fn admin(registry: &Registry) -> String {
    format!("{}-admin", registry.name_any())
}

/// Returns the name of the `ConfigMap` that says whether a rollout has settled.
pub(crate) fn settled(registry: &Registry) -> String {
    format!("{}-settled", registry.name_any())
}

/// Returns the name of the `ConfigMap` with what the pods are told of mirrors.
pub(crate) fn mirrors(registry: &Registry) -> String {
    format!("{}-mirrors", registry.name_any())
}

/// Returns who operates the Registry's log: never the uid, so that a re-created Registry finds its own data.
pub(crate) fn log_owner(cluster_id: &str, registry: &Registry) -> String {
    owner::of_registry(cluster_id, &registry.namespace().unwrap_or_default(), &registry.name_any())
}

/// Returns the labels that select the pods. They never change: a Deployment's selector cannot.
pub(crate) fn selector(registry: &Registry) -> Labels {
    servers(&registry.name_any())
}

/// Returns the selector as Kubernetes types want it.
pub(crate) fn label_selector(registry: &Registry) -> LabelSelector {
    LabelSelector { match_labels: Some(selector(registry)), match_expressions: None }
}

/// Returns the selector as text.
pub(crate) fn selector_text(registry: &Registry) -> String {
    text(&selector(registry))
}

/// Returns the labels of pods: nothing that an upgrade of the operator changes, since that would roll them.
pub(crate) fn pod_labels(registry: &Registry) -> Labels {
    let mut all = selector(registry);
    all.append(&mut labels([("app.kubernetes.io/part-of", "barre"), (REGISTRY_LABEL, &registry.name_any())]));
    all
}

/// Returns the Registry as an owner.
pub(crate) fn owner_of_children(registry: &Registry) -> Owner {
    Owner::new(registry, REGISTRY_LABEL)
}

/// Returns the metadata of a child.
pub(crate) fn child(registry: &Registry, name: String) -> ObjectMeta {
    owner_of_children(registry).child(name, pod_labels(registry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::fixture;

    #[test]
    fn pods_carry_no_label_that_an_upgrade_changes() {
        let registry = fixture::minimal();
        let pod = pod_labels(&registry);
        assert!(selector(&registry).iter().all(|(key, value)| pod.get(key) == Some(value)));
        assert!(!pod.contains_key("app.kubernetes.io/version"));
        assert!(!pod.contains_key("app.kubernetes.io/managed-by"));
    }
}
