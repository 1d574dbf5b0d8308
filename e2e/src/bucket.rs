//! The buckets of the in-cluster S3 store, as somebody with its keys sees them.

use futures::TryStreamExt as _;
use kube::Client;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use crate::cluster::Space;

/// The objects of a bucket.
pub type Objects = Vec<(Path, bytes::Bytes)>;

/// A bucket.
pub struct Bucket(AmazonS3);

impl Bucket {
    /// Opens a bucket of the store of the local cluster.
    pub async fn open(client: &Client, name: &str) -> anyhow::Result<Self> {
        let store = Space { client: client.clone(), name: "barre-store".to_owned() };
        let endpoint = store.node_port("versitygw").await?;
        let store = AmazonS3Builder::new()
            .with_bucket_name(name)
            .with_region("us-east-1")
            .with_endpoint(endpoint)
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

    /// Makes these objects all that is there.
    pub async fn restore(&self, objects: &Objects) -> anyhow::Result<()> {
        for meta in self.0.list(None).try_collect::<Vec<_>>().await? {
            self.0.delete(&meta.location).await?;
        }
        for (path, bytes) in objects {
            self.0.put(path, bytes.clone().into()).await?;
        }
        Ok(())
    }

    /// Writes an object, whatever is there; returns its tag.
    pub async fn overwrite(&self, path: &str, bytes: bytes::Bytes) -> anyhow::Result<String> {
        let put = self.0.put(&Path::from(path), bytes.into()).await?;
        Ok(put.e_tag.unwrap_or_default())
    }
}
