//! The buckets of the in-cluster S3 store, as somebody with its keys sees them.

use anyhow::Context as _;
use futures::TryStreamExt as _;
use k8s_openapi::api::core::v1::{Node, Service};
use kube::Client;
use kube::api::{Api, ListParams};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

/// The objects of a bucket.
pub type Objects = Vec<(Path, bytes::Bytes)>;

/// A bucket.
pub struct Bucket(AmazonS3);

impl Bucket {
    /// Opens a bucket of the store of the local cluster.
    pub async fn open(client: &Client, name: &str) -> anyhow::Result<Self> {
        let services: Api<Service> = Api::namespaced(client.clone(), "barre-store");
        let service = services.get("versitygw").await?;
        let ports = service.spec.and_then(|spec| spec.ports).unwrap_or_default();
        let port = ports.iter().find_map(|port| port.node_port).context("the store has no node port")?;
        let nodes = Api::<Node>::all(client.clone()).list(&ListParams::default()).await?;
        let addresses = nodes.into_iter().filter_map(|node| node.status?.addresses).flatten();
        let mut addresses = addresses.filter(|address| address.type_ == "InternalIP");
        let address = addresses.next().context("no node has an address")?.address;
        let store = AmazonS3Builder::new()
            .with_bucket_name(name)
            .with_region("us-east-1")
            .with_endpoint(format!("http://{address}:{port}"))
            .with_allow_http(true)
            .with_access_key_id("barre-local")
            .with_secret_access_key("barre-local-secret")
            .build()?;
        Ok(Self(store))
    }

    /// Reads everything whose path begins so.
    pub async fn read(&self, prefix: &str) -> anyhow::Result<Objects> {
        let mut objects = Vec::new();
        for meta in self.0.list(None).try_collect::<Vec<_>>().await? {
            if meta.location.as_ref().starts_with(prefix) {
                let bytes = self.0.get(&meta.location).await?.bytes().await?;
                objects.push((meta.location, bytes));
            }
        }
        Ok(objects)
    }

    /// Deletes everything whose path begins so.
    pub async fn delete(&self, prefix: &str) -> anyhow::Result<()> {
        for meta in self.0.list(None).try_collect::<Vec<_>>().await? {
            if meta.location.as_ref().starts_with(prefix) {
                self.0.delete(&meta.location).await?;
            }
        }
        Ok(())
    }

    /// Makes these objects all that is there.
    pub async fn restore(&self, objects: &Objects) -> anyhow::Result<()> {
        self.delete("").await?;
        for (path, bytes) in objects {
            self.0.put(path, bytes.clone().into()).await?;
        }
        Ok(())
    }
}
