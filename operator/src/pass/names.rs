//! Names, labels, selectors and owners: what ties children to their Registry.

use std::collections::BTreeMap;

use barre_crds::Registry;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, OwnerReference};
use kube::{Resource, ResourceExt};

/// The field manager of children.
pub(crate) const MANAGER: &str = "barre-operator/registry";
/// The field manager of statuses.
pub(crate) const STATUS_MANAGER: &str = "barre-operator/registry-status";
/// The field manager of `spec.replicas` of Deployments, and of nothing else.
pub(crate) const REPLICAS_MANAGER: &str = "barre-operator/replicas";

/// The label that names the Registry on each child and pod.
pub(crate) const REGISTRY_LABEL: &str = "barre.dev/registry";
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "barre-operator");

/// Selects the pods of every Registry.
pub(crate) const ALL_PODS: &str = "app.kubernetes.io/name=barre-registry,app.kubernetes.io/component=server";

/// Returns the name of the Secret with the first token, and of the Service of the admin port.
pub(crate) fn admin(registry: &Registry) -> String {
    format!("{}-admin", registry.name_any())
}

/// Returns the labels that select the pods. They never change: a Deployment's selector cannot.
pub(crate) fn selector(registry: &Registry) -> BTreeMap<String, String> {
    labels([
        ("app.kubernetes.io/name", "barre-registry"),
        ("app.kubernetes.io/instance", &registry.name_any()),
        ("app.kubernetes.io/component", "server"),
    ])
}

/// Returns the selector as Kubernetes types want it.
pub(crate) fn label_selector(registry: &Registry) -> LabelSelector {
    LabelSelector { match_labels: Some(selector(registry)), match_expressions: None }
}

/// Returns the selector as text.
pub(crate) fn selector_text(registry: &Registry) -> String {
    let pairs: Vec<String> = selector(registry).iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// Returns the labels of pods: nothing that an upgrade of the operator changes, since that would roll them.
pub(crate) fn pod_labels(registry: &Registry) -> BTreeMap<String, String> {
    let mut all = selector(registry);
    all.append(&mut labels([("app.kubernetes.io/part-of", "barre"), (REGISTRY_LABEL, &registry.name_any())]));
    all
}

/// Returns the metadata of a child.
pub(crate) fn child(registry: &Registry, name: String) -> ObjectMeta {
    let mut all = pod_labels(registry);
    all.append(&mut labels([MANAGED_BY, ("app.kubernetes.io/version", env!("CARGO_PKG_VERSION"))]));
    ObjectMeta {
        name: Some(name),
        namespace: registry.namespace(),
        labels: Some(all),
        owner_references: Some(vec![owner(registry)]),
        ..Default::default()
    }
}

fn owner(registry: &Registry) -> OwnerReference {
    OwnerReference {
        api_version: Registry::api_version(&()).into_owned(),
        kind: Registry::kind(&()).into_owned(),
        name: registry.name_any(),
        uid: registry.uid().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

/// Whether an object may be written as a child: ours, or left behind by an earlier Registry of the same name.
pub(crate) fn is_ours(registry: &Registry, object: &ObjectMeta) -> bool {
    let mut owners = object.owner_references.iter().flatten();
    if let Some(owner) = owners.find(|owner| owner.controller == Some(true)) {
        return registry.uid().is_some_and(|uid| uid == owner.uid);
    }
    let label = |key: &str| object.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
    label(MANAGED_BY.0) == Some(MANAGED_BY.1) && label(REGISTRY_LABEL) == Some(&registry.name_any())
}

/// Whether an object belongs to a Registry of the same name that was deleted: the garbage collector takes it soon.
pub(crate) fn is_predecessors(registry: &Registry, object: &ObjectMeta) -> bool {
    let mut owners = object.owner_references.iter().flatten();
    owners.any(|owner| {
        owner.controller == Some(true)
            && owner.kind == Registry::kind(&())
            && owner.name == registry.name_any()
            && registry.uid().is_some_and(|uid| uid != owner.uid)
    })
}

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::fixture;

    #[test]
    fn what_others_control_is_not_ours() {
        let registry = fixture::minimal();
        let ours = child(&registry, "packages".into());
        assert!(is_ours(&registry, &ours));

        let orphan = ObjectMeta { owner_references: None, ..ours.clone() };
        assert!(is_ours(&registry, &orphan), "left behind by --cascade=orphan");

        let somebodys = ObjectMeta { labels: None, ..orphan };
        assert!(!is_ours(&registry, &somebodys));

        let mut predecessors = ours;
        predecessors.owner_references.as_mut().unwrap()[0].uid = "another".into();
        assert!(!is_ours(&registry, &predecessors), "about to be collected");
        assert!(is_predecessors(&registry, &predecessors));
        assert!(!is_predecessors(&registry, &child(&registry, "packages".into())));
    }

    #[test]
    fn pods_carry_no_label_that_an_upgrade_changes() {
        let registry = fixture::minimal();
        let pod = pod_labels(&registry);
        assert!(selector(&registry).iter().all(|(key, value)| pod.get(key) == Some(value)));
        assert!(!pod.contains_key("app.kubernetes.io/version"));
        assert!(!pod.contains_key("app.kubernetes.io/managed-by"));
    }
}
