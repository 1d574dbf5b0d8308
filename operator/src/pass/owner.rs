//! What ties children to their owner: labels, references, and whose an object is.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::{Resource, ResourceExt};

const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "barre-operator");
const VERSION: (&str, &str) = ("app.kubernetes.io/version", env!("CARGO_PKG_VERSION"));

/// Labels, as Kubernetes types want them.
pub(crate) type Labels = BTreeMap<String, String>;

/// An object that has children.
pub(crate) struct Owner {
    pub(crate) kind: String,
    api_version: String,
    namespace: Option<String>,
    name: String,
    uid: Option<String>,
    /// The label that names the owner on each child.
    label: &'static str,
}

impl Owner {
    /// Makes an owner of an object whose children carry its name in `label`.
    pub(crate) fn new<K: Resource<DynamicType = ()>>(object: &K, label: &'static str) -> Self {
        Self {
            kind: K::kind(&()).into_owned(),
            api_version: K::api_version(&()).into_owned(),
            namespace: object.namespace(),
            name: object.name_any(),
            uid: object.uid(),
            label,
        }
    }

    /// Returns the metadata of a child, which has these labels among others.
    pub(crate) fn child(&self, name: String, mut all: Labels) -> ObjectMeta {
        all.append(&mut labels([MANAGED_BY, VERSION, (self.label, &self.name)]));
        let reference = OwnerReference {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            name: self.name.clone(),
            uid: self.uid.clone().unwrap_or_default(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        };
        ObjectMeta {
            name: Some(name),
            namespace: self.namespace.clone(),
            labels: Some(all),
            owner_references: Some(vec![reference]),
            ..ObjectMeta::default()
        }
    }

    /// Whether an object may be written as a child: ours, or left behind by an earlier owner of the same name.
    pub(crate) fn is_ours(&self, object: &ObjectMeta) -> bool {
        let mut owners = object.owner_references.iter().flatten();
        if let Some(owner) = owners.find(|owner| owner.controller == Some(true)) {
            return self.uid.as_ref() == Some(&owner.uid);
        }
        let label = |key: &str| object.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
        label(MANAGED_BY.0) == Some(MANAGED_BY.1) && label(self.label) == Some(&self.name)
    }

    /// Whether another release of this operator wrote an object last.
    pub(crate) fn is_of_another_release(object: &ObjectMeta) -> bool {
        let version = object.labels.as_ref().and_then(|labels| labels.get(VERSION.0)).map(String::as_str);
        version != Some(VERSION.1)
    }

    /// Whether an object belongs to an owner of the same name that was deleted: the garbage collector takes it soon.
    pub(crate) fn is_predecessors(&self, object: &ObjectMeta) -> bool {
        let mut owners = object.owner_references.iter().flatten();
        owners.any(|owner| {
            owner.controller == Some(true)
                && owner.kind == self.kind
                && owner.name == self.name
                && self.uid.as_ref().is_some_and(|uid| *uid != owner.uid)
        })
    }
}

/// Makes labels.
pub(crate) fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;

    use super::*;

    /// An owner of some kind.
    pub(crate) fn owner() -> Owner {
        let metadata = ObjectMeta {
            name: Some("packages".into()),
            namespace: Some("team".into()),
            uid: Some("uid-1".into()),
            ..ObjectMeta::default()
        };
        Owner::new(&ConfigMap { metadata, ..ConfigMap::default() }, "barre.dev/owner")
    }

    #[test]
    fn what_others_control_is_not_ours() {
        let owner = owner();
        let ours = owner.child("packages".into(), Labels::new());
        assert!(owner.is_ours(&ours));

        let orphan = ObjectMeta { owner_references: None, ..ours.clone() };
        assert!(owner.is_ours(&orphan), "left behind by --cascade=orphan");

        let somebodys = ObjectMeta { labels: None, ..orphan };
        assert!(!owner.is_ours(&somebodys));

        let mut predecessors = ours.clone();
        predecessors.owner_references.as_mut().unwrap()[0].uid = "another".into();
        assert!(!owner.is_ours(&predecessors), "about to be collected");
        assert!(owner.is_predecessors(&predecessors));
        assert!(!owner.is_predecessors(&ours));
    }
}
