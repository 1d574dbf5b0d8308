//! What need not be written: a child that would be applied as it was applied before, and that is as it was then.
//!
//! A server-side apply that changes nothing costs the API server a request, and its audit log a line, every five
//! minutes and Registry, for ever.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{
    child::{Child, ChildChange},
    memory::{Memory, Written},
};

/// Says on each applied child what it was applied as: who starts anew remembers nothing else.
pub(crate) const APPLIED: &str = "barre.dev/applied-hash";

/// Keeps a child that is as it was written; `uid` is its owner's. One that somebody else changed is noted in `drifted`.
pub(crate) fn without_unchanged<K: Child>(
    memory: &Memory,
    uid: &str,
    change: ChildChange<K>,
    live: Option<&K>,
    drifted: &mut Vec<String>,
) -> ChildChange<K> {
    let ChildChange::Apply(object) = &change else { return change };
    let (kind, name) = (K::kind(&()), object.name_any());
    let before = memory.written(uid, &kind, &name);
    let Some(live) = live else {
        if before.is_some() {
            drifted.push(format!("{kind} '{name}' was deleted"));
        }
        return change;
    };
    let now = written(object.as_ref(), live);
    if before == Some(now) {
        return ChildChange::Keep;
    }
    let holds = holds(&to_value(live), &to_value(object.as_ref()));
    match before {
        Some(before) if before.sent == now.sent && !holds => {
            drifted.push(format!("{kind} '{name}' was changed"));
            change
        }
        // Of this process the first look at it.
        None if holds && live.annotations().get(APPLIED) == Some(&applied(object.as_ref())) => {
            memory.remember_written(uid, &kind, &name, now);
            ChildChange::Keep
        }
        _ => change,
    }
}

/// What to remember of an object that was sent, and of the answer.
pub(crate) fn written<K: Serialize>(sent: &K, answer: &K) -> Written {
    Written { sent: hash(&to_value(sent)), answer: hash(&lasting(to_value(answer))) }
}

/// Returns the object as it is sent: it says what it is applied as.
pub(crate) fn marked<K: Serialize>(object: &K) -> Value {
    let mut sent = to_value(object);
    sent["metadata"]["annotations"][APPLIED] = Value::String(applied(object));
    sent
}

fn applied<K: Serialize>(object: &K) -> String {
    hex::encode(&Sha256::digest(to_value(object).to_string())[..8])
}

/// Whether whatever was sent is there, beside what others added.
fn holds(live: &Value, sent: &Value) -> bool {
    match (live, sent) {
        (Value::Object(live), Value::Object(sent)) => {
            sent.iter().all(|(key, sent)| holds(live.get(key).unwrap_or(&Value::Null), sent))
        }
        (Value::Array(live), Value::Array(sent)) => {
            live.len() >= sent.len() && live.iter().zip(sent).all(|(live, sent)| holds(live, sent))
        }
        (Value::Null, Value::Object(sent)) => sent.values().all(|sent| holds(&Value::Null, sent)),
        (Value::Null, Value::Array(sent)) => sent.is_empty(),
        (live, sent) => live == sent,
    }
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
        without_unchanged(&memory, "uid", change, Some(live), &mut Vec::new()) == ChildChange::Keep
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
    }

    #[test]
    fn who_starts_anew_writes_only_what_is_not_as_it_was_applied() {
        let sent = deployment(|_| {});
        let first_look = |live: &Deployment, sent: &Deployment| {
            let (memory, mut drifted) = (Memory::default(), Vec::new());
            let change = ChildChange::Apply(Box::new(sent.clone()));
            let kept =
                without_unchanged(&memory, "uid", change, Some(live), &mut drifted) == ChildChange::Keep;
            assert!(drifted.is_empty(), "whose change it is cannot be known");
            assert_eq!(memory.written("uid", "Deployment", "packages").is_some(), kept);
            kept
        };
        let mut live = marked(&sent);
        live["metadata"]["labels"]["theirs"] = json!("added");
        live["spec"]["template"]["spec"]["restartPolicy"] = json!("Always");
        let as_deployment = |live: &Value| serde_json::from_value(live.clone()).unwrap();
        assert!(first_look(&as_deployment(&live), &sent));
        assert!(!first_look(&sent, &sent), "an earlier release did not say");
        let less = deployment(|object| object["metadata"]["labels"] = json!({}));
        assert!(!first_look(&as_deployment(&live), &less), "what is no longer wanted goes");
        live["metadata"]["labels"]["a"] = json!("changed");
        assert!(!first_look(&as_deployment(&live), &sent));
    }

    #[test]
    fn what_somebody_else_changed_is_noted() {
        let memory = Memory::default();
        let sent = deployment(|_| {});
        memory.remember_written("uid", "Deployment", "packages", written(&sent, &sent));
        let drifted = |live: Option<&Deployment>, sent: &Deployment| {
            let mut drifted = Vec::new();
            let change = ChildChange::Apply(Box::new(sent.clone()));
            without_unchanged(&memory, "uid", change, live, &mut drifted);
            drifted
        };
        assert_eq!(drifted(None, &sent), ["Deployment 'packages' was deleted"]);
        let changed = deployment(|object| object["metadata"]["labels"]["a"] = json!("c"));
        assert_eq!(drifted(Some(&changed), &sent), ["Deployment 'packages' was changed"]);
        assert!(drifted(Some(&sent), &changed).is_empty(), "the spec changed");
        let more = deployment(|object| object["metadata"]["labels"]["theirs"] = json!("added"));
        assert!(drifted(Some(&more), &sent).is_empty(), "what others add stays");
    }
}
