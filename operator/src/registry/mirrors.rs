//! What the mirrors that feed a Registry have its pods told. Pure.
//!
//! Each PackageMirror says so in a ConfigMap of its own; here they are put together. They are passed on as they are, so that
//! nothing is lost that this operator does not know.

use barre_contract::mirror::FILE;
use barre_crds::PackageMirror;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};

use crate::pods::files::{FILES_KEY, UpstreamFiles};

/// What pods are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// `mirrors.json`
    pub(crate) text: String,
    /// What they need to ask upstreams.
    pub(crate) files: Vec<UpstreamFiles>,
}

/// Puts together what mirrors say.
pub(crate) fn told(maps: &[ConfigMap]) -> Told {
    let mut maps: Vec<&ConfigMap> = maps.iter().filter(|map| is_a_mirrors(map)).collect();
    maps.sort_by_key(|map| map.name_any());
    let text = |map: &ConfigMap, key| map.data.as_ref()?.get(key).cloned();
    let mirrors = maps.iter().filter_map(|map| serde_json::from_str(&text(map, FILE)?).ok()).map(for_pods);
    let mirrors: Vec<Value> = mirrors.collect();
    let files = maps.iter().filter_map(|map| serde_json::from_str(&text(map, FILES_KEY)?).ok()).collect();
    Told { text: json!({ "mirrors": mirrors }).to_string(), files }
}

fn is_a_mirrors(map: &ConfigMap) -> bool {
    let mut owners = map.meta().owner_references.iter().flatten();
    owners.any(|owner| owner.controller == Some(true) && owner.kind == PackageMirror::kind(&()))
}

/// Pods need not know which versions runs copy, of which there may be many thousands.
fn for_pods(mut mirror: Value) -> Value {
    if mirror["mode"] != "PullThrough"
        && let Some(selection) = mirror.get_mut("selection").and_then(Value::as_object_mut)
    {
        selection.remove("exact");
    }
    mirror
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(name: &str, kind: &str, mirror: &Value, files: Option<Value>) -> ConfigMap {
        let mut data = json!({ FILE: mirror.to_string() });
        if let Some(files) = files {
            data[FILES_KEY] = json!(files.to_string());
        }
        let owner = json!({ "apiVersion": "barre.dev/v1alpha1", "kind": kind, "name": name, "uid": "1", "controller": true });
        serde_json::from_value(
            json!({ "metadata": { "name": name, "ownerReferences": [owner] }, "data": data }),
        )
        .unwrap()
    }

    #[test]
    fn mirrors_are_told_as_they_are_in_the_order_of_their_names() {
        let exact = json!([{ "organization": "acme", "name": "a", "version": "1.0.0" }]);
        let of = |mode: &str| json!({ "mode": mode, "selection": { "exact": exact }, "newer": "kept" });
        let files = json!({ "mirror": "a", "token": ["secret", "token"] });
        let maps = [
            map("b", "PackageMirror", &of("Sync"), None),
            map("a", "PackageMirror", &of("PullThrough"), Some(files.clone())),
            map("c", "Somebody", &of("Sync"), None),
        ];
        let told = told(&maps);
        let expected = json!({ "mirrors": [
            { "mode": "PullThrough", "selection": { "exact": exact }, "newer": "kept" },
            { "mode": "Sync", "selection": {}, "newer": "kept" },
        ] });
        assert_eq!(serde_json::from_str::<Value>(&told.text).unwrap(), expected);
        assert_eq!(serde_json::to_value(told.files).unwrap(), json!([files]));
    }
}
