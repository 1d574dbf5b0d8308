//! The custom resources of Barre: what users write, what they read back, and the words in between.
//!
//! The names in this crate are the interface of the product. `v1alpha1` has no conversion webhook, so later versions
//! share its schema and only add to it: a field exists here only when it works. Field documentation becomes
//! `kubectl explain`; `crdgen` writes `manifests/crds/`, and a test proves that those files are fresh.
#![warn(missing_docs)]
#![expect(unreachable_pub, reason = "KubeSchema copies each public struct into a function")]

pub mod condition;
pub mod package_mirror;
pub mod registry;
pub mod shared;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;

pub use package_mirror::{PackageMirror, PackageMirrorSpec, PackageMirrorStatus};
pub use registry::{Registry, RegistrySpec, RegistryStatus};

/// The API group of every Barre resource.
pub const GROUP: &str = "barre.dev";

/// The annotation by which an owner of a bucket hands it to this Registry; its value is the registry id.
pub const TAKE_OVER: &str = "barre.dev/take-over";

/// The annotation by which an owner of a bucket gives up what was lost from it; its value is the id or the log cursor that the
/// status names and the bucket lacks.
pub const ACCEPT_LOSS: &str = "barre.dev/accept-loss";

/// The annotation by which a person asks for a run of a PackageMirror: any value that it did not have before.
pub const SYNC_REQUESTED_AT: &str = "barre.dev/sync-requested-at";

/// Returns the definitions of all resources, as they are installed.
pub fn definitions() -> Vec<CustomResourceDefinition> {
    vec![completed(Registry::crd()), completed(PackageMirror::crd())]
}

/// Adds what the derive cannot express.
fn completed(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    let schemas = crd.spec.versions.iter_mut().filter_map(|version| version.schema.as_mut());
    for schema in schemas.filter_map(|validation| validation.open_api_v3_schema.as_mut()) {
        refuse_null(schema);
        if let Some(status) = schema.properties.as_mut().and_then(|properties| properties.get_mut("status")) {
            // A status that says "nothing observed yet": without it, kstatus takes an object that no operator has
            // seen for a finished one.
            status.default = Some(JSON(serde_json::json!({ "observedGeneration": -1 })));
        }
    }
    crd
}

/// Makes an explicit `null` the same as an absent field: the API server drops it, and rules need not know of it.
fn refuse_null(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    schema.properties.iter_mut().flat_map(|properties| properties.values_mut()).for_each(refuse_null);
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        refuse_null(items);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        refuse_null(values);
    }
}
