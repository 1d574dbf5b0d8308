//! The role of the operator in `manifests/` against what the code asks of the API server: neither more nor less.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;

use crate::{mirror, pass::rights::Right, registry};

/// Verbs by group, resource and, where only some objects are meant, their name.
type Rules = BTreeMap<(String, String, String), BTreeSet<String>>;

/// What the operator needs besides its children, and why.
fn others() -> Vec<Right> {
    vec![
        // Watched; looked for at the start.
        Right::new("barre.dev", "registries", &["list", "watch"]),
        Right::new("barre.dev", "packagemirrors", &["list", "watch"]),
        Right::new("barre.dev", "registries/status", &["patch"]),
        Right::new("barre.dev", "packagemirrors/status", &["patch"]),
        // Children block the end of their owner.
        Right::new("barre.dev", "registries/finalizers", &["update"]),
        Right::new("barre.dev", "packagemirrors/finalizers", &["update"]),
        // One for each run; never changed.
        Right::new("batch", "jobs", &["list", "watch", "create", "delete"]),
        // Read by name: the credentials of the store, the user's tokens, those for upstreams.
        Right::new("", "secrets", &["get"]),
        Right::new("", "pods", &["list", "watch"]),
        // About a pod that gets no container.
        Right::new("", "events", &["list"]),
        Right::new("events.k8s.io", "events", &["create", "patch"]),
    ]
}

fn demanded() -> Rules {
    let mut rules = Rules::new();
    let rights = registry::desired::rights().into_iter().chain(mirror::desired::rights()).chain(others());
    for Right { group, resource, verbs } in rights {
        let known = rules.entry((group, resource, String::new())).or_default();
        known.extend(verbs.into_iter().map(ToOwned::to_owned));
    }
    let namespace = (String::new(), "namespaces".to_owned(), "kube-system".to_owned());
    rules.insert(namespace, BTreeSet::from(["get".to_owned()]));
    rules
}

fn granted() -> Rules {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests/operator/roles.yaml");
    let text = fs::read_to_string(file).unwrap();
    let documents = text.split("\n---\n").map(|document| serde_saphyr::from_str::<Value>(document).unwrap());
    let with_rules: Vec<_> = documents.filter(|document| document["rules"].is_array()).collect();
    assert_eq!(with_rules.len(), 1, "one role");

    let words = |list: &Value| serde_json::from_value::<Vec<String>>(list.clone()).unwrap_or_default();
    let mut rules = Rules::new();
    for rule in with_rules[0]["rules"].as_array().unwrap() {
        let names = words(&rule["resourceNames"]).join(",");
        for group in words(&rule["apiGroups"]) {
            for resource in words(&rule["resources"]) {
                let known = rules.entry((group.clone(), resource, names.clone())).or_default();
                known.extend(words(&rule["verbs"]));
            }
        }
    }
    rules
}

#[test]
fn the_role_grants_what_the_code_asks_for() {
    assert_eq!(granted(), demanded(), "manifests/operator/roles.yaml against the declaration of children");
}
