//! Registries for tests, over the in-cluster S3 store.

use barre_crds::Registry;
use barre_e2e::cluster::Space;
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// Held by tests that put load on the machine: two of them at once would measure each other.
pub(crate) static HEAVY: Mutex<()> = Mutex::const_new(());

/// Where the in-cluster S3 server is for pods.
pub(crate) const STORE: &str = "http://versitygw.barre-store.svc:7070";

/// A Secret with the keys of the in-cluster S3 server, or with others.
pub(crate) async fn secret(space: &Space, name: &str, key: &str, secret: &str) -> anyhow::Result<()> {
    let object = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": name },
        "stringData": { "accessKeyID": key, "secretAccessKey": secret },
    });
    space.apply::<Secret>(object).await?;
    Ok(())
}

/// The keys that work, as `store-credentials`.
pub(crate) async fn credentials(space: &Space) -> anyhow::Result<()> {
    secret(space, "store-credentials", "barre-local", "barre-local-secret").await
}

/// A Registry with two small pods over `bucket`.
pub(crate) fn registry(name: &str, bucket: &str) -> Value {
    json!({
        "apiVersion": "barre.dev/v1alpha1",
        "kind": "Registry",
        "metadata": { "name": name },
        "spec": {
            "replicas": 2,
            "storage": {
                "type": "S3",
                "s3": {
                    "bucket": bucket,
                    "region": "us-east-1",
                    "endpoint": STORE,
                    "secretRef": { "name": "store-credentials" },
                },
            },
            "resources": { "requests": { "cpu": "50m", "memory": "64Mi" } },
        },
    })
}

/// Applies a Registry.
pub(crate) async fn apply(space: &Space, registry: Value) -> Result<Registry, kube::Error> {
    space.apply::<Registry>(registry).await
}
