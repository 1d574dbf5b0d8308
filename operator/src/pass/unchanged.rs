//! What need not be written: a child that would be applied as it was applied before, and that is as it was then.
//!
//! A server-side apply that changes nothing costs the API server a request, and its audit log a line, every five
//! minutes and Registry, for ever.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    child::{Child, ChildChange},
    memory::{Memory, Written},
};

/// Keeps a child that is as it was written; `uid` is its owner's.
pub(crate) fn without_unchanged<K: Child>(
    memory: &Memory,
    uid: &str,
    change: ChildChange<K>,
    live: Option<&K>,
) -> ChildChange<K> {
    let (ChildChange::Apply(object), Some(live)) = (&change, live) else { return change };
    let before = memory.written(uid, &K::kind(&()), &object.name_any());
    if before == Some(written(object.as_ref(), live)) { ChildChange::Keep } else { change }
}

/// What to remember of an object that was sent, and of the answer.
pub(crate) fn written<K: Serialize>(sent: &K, answer: &K) -> Written {
    Written { sent: hash(&to_value(sent)), answer: hash(&lasting(to_value(answer))) }
}

fn to_value<K: Serialize>(object: &K) -> Value {
    // An object of Kubernetes has no keys but strings; if one could not be written, it would be applied again.
    serde_json::to_value(object).unwrap_or_default()
}

/// The object without what others write all the time: status, bookkeeping, and the number of pods.
fn lasting(mut object: Value) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["resourceVersion", "managedFields", "generation"] {
            metadata.remove(field);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove("deployment.kubernetes.io/revision");
        }
        if metadata.get("annotations").and_then(Value::as_object).is_some_and(Map::is_empty) {
            metadata.remove("annotations");
        }
    }
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("replicas");
    }
    object
}

fn hash(object: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    object.to_string().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use serde_json::json;

    use super::*;

    fn deployment(change: impl Fn(&mut Value)) -> Deployment {
        let mut object = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "name": "packages", "resourceVersion": "1", "generation": 1, "labels": { "a": "b" } },
            "spec": { "replicas": 2, "selector": {}, "template": { "spec": { "containers": [] } } },
            "status": { "readyReplicas": 0 },
        });
        change(&mut object);
        serde_json::from_value(object).unwrap()
    }

    fn kept(sent: &Deployment, live: &Deployment) -> bool {
        let memory = Memory::default();
        let first = deployment(|_| {});
        memory.remember_written("uid", "Deployment", "packages", written(&first, &first));
        let change = ChildChange::Apply(Box::new(sent.clone()));
        without_unchanged(&memory, "uid", change, Some(live)) == ChildChange::Keep
    }

    #[test]
    fn what_is_as_it_was_written_is_not_written_again() {
        let same = deployment(|_| {});
        assert!(kept(&same, &same));
        let busy = deployment(|object| {
            object["metadata"]["resourceVersion"] = json!("9");
            object["metadata"]["generation"] = json!(3);
            object["metadata"]["annotations"] = json!({ "deployment.kubernetes.io/revision": "1" });
            object["spec"]["replicas"] = json!(4);
            object["status"]["readyReplicas"] = json!(4);
        });
        assert!(kept(&same, &busy));
    }

    #[test]
    fn a_change_on_either_side_is_written() {
        let same = deployment(|_| {});
        let drifted = deployment(|object| object["metadata"]["labels"] = json!({}));
        assert!(!kept(&same, &drifted));
        assert!(!kept(&drifted, &same));
        let change = ChildChange::Apply(Box::new(same.clone()));
        assert!(without_unchanged(&Memory::default(), "uid", change, Some(&same)) != ChildChange::Keep);
    }
}
