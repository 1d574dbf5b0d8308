//! A namespace of a test, and the Registries in it.

use std::sync::atomic::{AtomicU32, Ordering};

use barre_crds::Registry;
use k8s_openapi::{
    NamespaceResourceScope,
    api::{apps::v1::Deployment, core::v1::Secret},
};
use kube::{
    Api, Client, Resource,
    api::{Patch, PatchParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::wait::{LONGEST_WAIT, poll, until};

/// A namespace.
pub(crate) struct Space {
    pub(crate) client: Client,
    pub(crate) name: String,
    pub(crate) s3: u16,
}

impl Space {
    /// Returns the objects of a kind in it.
    pub(crate) fn api<K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.name)
    }

    /// Returns a Registry over the S3 server, in a bucket of its own.
    pub(crate) fn registry(&self, name: &str) -> Value {
        json!({
            "apiVersion": "barre.dev/v1alpha1",
            "kind": "Registry",
            "metadata": { "name": name },
            "spec": { "replicas": 1, "storage": { "type": "S3", "s3": {
                "bucket": format!("{}-{name}", self.name),
                "endpoint": format!("http://127.0.0.1:{}", self.s3),
                "secretRef": { "name": "store" },
            } } },
        })
    }

    /// Applies a Registry, as a person does.
    pub(crate) async fn apply(&self, registry: &Value) -> kube::Result<Registry> {
        apply(&self.api(), registry).await
    }

    /// Makes a Secret, or changes it.
    pub(crate) async fn secret(&self, name: &str, data: &[(&str, &str)]) {
        let data: serde_json::Map<_, _> =
            data.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let secret =
            json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "stringData": data });
        apply(&self.api::<Secret>(), &secret).await.unwrap();
    }

    /// Waits until a Registry is as `is` wants it; returns it.
    pub(crate) async fn registry_until(
        &self,
        name: &str,
        what: &str,
        is: impl Fn(&Registry) -> bool,
    ) -> Registry {
        let api = self.api::<Registry>();
        let last = std::sync::Mutex::new(None);
        let look = || async {
            let registry = api.get(name).await.ok()?;
            let found = is(&registry);
            *last.lock().unwrap() = Some(registry.clone());
            found.then_some(registry)
        };
        if let Ok(registry) = tokio::time::timeout(LONGEST_WAIT, poll(look)).await {
            return registry;
        }
        panic!("waited in vain for {what}: {:#?}", last.lock().unwrap().as_ref().map(|r| &r.status));
    }

    /// Waits until a condition of a Registry is so; returns its message.
    pub(crate) async fn told(&self, name: &str, condition: &str, status: &str, reason: &str) -> String {
        let what = format!("{condition}={status} {reason} of {name}");
        let is = |registry: &Registry| message(registry, condition, status, reason).is_some();
        let registry = self.registry_until(name, &what, is).await;
        message(&registry, condition, status, reason).unwrap()
    }

    /// Lets the operator look at a Registry.
    pub(crate) async fn touch(&self, name: &str) {
        static TIMES: AtomicU32 = AtomicU32::new(0);
        let times = TIMES.fetch_add(1, Ordering::Relaxed).to_string();
        let touched = json!({ "metadata": { "annotations": { "example.com/touched": times } } });
        self.api::<Registry>().patch(name, &PatchParams::default(), &Patch::Merge(touched)).await.unwrap();
    }
}

fn message(registry: &Registry, condition: &str, status: &str, reason: &str) -> Option<String> {
    let conditions = &registry.status.as_ref()?.conditions;
    let found =
        conditions.iter().find(|c| c.type_ == condition && c.status == status && c.reason == reason)?;
    Some(found.message.clone())
}

/// Applies an object with force.
pub(crate) async fn apply<K>(api: &Api<K>, object: &Value) -> kube::Result<K>
where
    K: Resource + Clone + Serialize + DeserializeOwned + std::fmt::Debug,
{
    let name = object["metadata"]["name"].as_str().unwrap();
    api.patch(name, &PatchParams::apply("person").force(), &Patch::Apply(object)).await
}

/// Waits for the pods of the Registry `packages` to be asked for.
pub(crate) async fn deployment(space: &Space) -> Deployment {
    until("the Deployment", || async { space.api::<Deployment>().get("packages").await.ok() }).await
}
