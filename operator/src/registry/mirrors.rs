//! What the mirrors that feed a Registry have its pods told. Pure.
//!
//! Each PackageMirror says so in a ConfigMap of its own; here they are put together. They are passed on as they are, so that
//! nothing is lost that this operator does not know.

use barre_contract::mirror::FILE;
use barre_crds::{PackageMirror, condition::Reason};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};

use crate::{
    pass::problem::Problem,
    pods::files::{FILES_KEY, UpstreamFiles},
};

/// What a ConfigMap has room for, besides the name of the file.
const LONGEST: usize = 1_048_000;
/// How many of the largest mirrors are named.
const NAMED: usize = 3;

/// What pods are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// `mirrors.json`
    pub(crate) text: String,
    /// Why they cannot be.
    pub(crate) too_large: Option<Problem>,
    /// What they need to ask upstreams.
    pub(crate) files: Vec<UpstreamFiles>,
}

/// Puts together what mirrors say.
pub(crate) fn told(maps: &[ConfigMap]) -> Told {
    let mut maps: Vec<&ConfigMap> = maps.iter().filter(|map| is_a_mirrors(map)).collect();
    maps.sort_by_key(|map| map.name_any());
    let part = |map: &ConfigMap, key| map.data.as_ref()?.get(key).cloned();
    let mirrors = maps.iter().filter_map(|map| serde_json::from_str(&part(map, FILE)?).ok()).map(for_pods);
    let mirrors: Vec<Value> = mirrors.collect();
    let text = json!({ "mirrors": mirrors }).to_string();
    let too_large = too_large(&text, &mirrors);
    let files = maps.iter().filter_map(|map| serde_json::from_str(&part(map, FILES_KEY)?).ok()).collect();
    Told { text, too_large, files }
}

fn is_a_mirrors(map: &ConfigMap) -> bool {
    let mut owners = map.meta().owner_references.iter().flatten();
    owners.any(|owner| owner.controller == Some(true) && owner.kind == PackageMirror::kind(&()))
}

/// Pods need not know what only runs do, of which there may be many thousands of lines.
fn for_pods(mut mirror: Value) -> Value {
    if mirror["mode"] != "PullThrough"
        && let Some(fields) = mirror.as_object_mut()
    {
        fields.retain(|field, _| !["selection", "transfer", "prune"].contains(&field.as_str()));
    }
    mirror
}

/// Says which mirrors take most of what a ConfigMap does not hold.
fn too_large(text: &str, mirrors: &[Value]) -> Option<Problem> {
    if text.len() <= LONGEST {
        return None;
    }
    let mut sizes: Vec<_> =
        mirrors.iter().map(|mirror| (mirror.to_string().len(), mirror["name"].to_string())).collect();
    sizes.sort_by(|one, other| other.cmp(one));
    let largest = sizes.iter().take(NAMED).map(|(size, name)| format!("PackageMirror {name} ({size} bytes)"));
    let largest: Vec<String> = largest.collect();
    let message = format!(
        "what the PackageMirrors of this Registry have its pods told takes {} bytes, and a ConfigMap holds no more than \
         {LONGEST}; the pods go on with what they were told before. Shorten the lists of the largest: {}",
        text.len(),
        largest.join(", ")
    );
    Some(Problem::new(Reason::InvalidSpec, message))
}

#[cfg(test)]
mod tests {
    use barre_contract::mirror::Mirrors;

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
            { "mode": "Sync", "newer": "kept" },
        ] });
        assert_eq!(serde_json::from_str::<Value>(&told.text).unwrap(), expected);
        assert_eq!(serde_json::to_value(told.files).unwrap(), json!([files]));
        assert_eq!(told.too_large, None);
    }

    #[test]
    fn the_registry_reads_what_is_left_of_a_mirror() {
        let whole = json!({
            "id": "a", "name": "team/a", "mode": "Sync", "upstream": { "url": "https://a" },
            "selection": { "include": [{ "organization": "acme" }] }, "transfer": { "maxRetries": 7 },
            "prune": { "policy": "Orphaned" }, "admission": { "deny": [{ "digest": "sha256:0", "reason": "CVE" }] },
        });
        let told = told(&[map("a", "PackageMirror", &whole, None)]);
        assert!(!told.text.contains("Orphaned") && !told.text.contains("maxRetries"), "{}", told.text);
        let read: Mirrors = serde_json::from_str(&told.text).unwrap();
        assert_eq!((read.mirrors[0].admission.deny.len(), read.mirrors[0].selection.include.len()), (1, 0));
    }

    #[test]
    fn of_what_is_too_large_the_largest_are_named() {
        let of = |name: &str, size: usize| {
            map(name, "PackageMirror", &json!({ "name": name, "deny": "a".repeat(size) }), None)
        };
        for (sizes, expected) in [
            ([100, 100, 100, 100], None),
            ([1_000_000, 10_000, 10_000, 10_000], None),
            ([300_000, 500_000, 10, 400_000], Some(["b", "d", "a"])),
        ] {
            let maps: Vec<_> =
                ["a", "b", "c", "d"].into_iter().zip(sizes).map(|(name, size)| of(name, size)).collect();
            let problem = told(&maps).too_large;
            assert_eq!(problem.is_some(), expected.is_some(), "{sizes:?}");
            let (Some(problem), Some([one, two, three])) = (problem, expected) else { continue };
            let found = |name| problem.message.find(&format!("PackageMirror \"{name}\"")).unwrap();
            assert!(found(one) < found(two) && found(two) < found(three), "{}", problem.message);
            assert!(!problem.message.contains("\"c\""), "{}", problem.message);
        }
    }
}
