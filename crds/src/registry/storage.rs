//! Where packages live.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::SecretReference;

/// Where packages live. Grows by further types; type, bucket and prefix never change.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("(self.type == 'S3') == has(self.s3)").message("type S3 needs s3, and only s3"),
    validation = Rule::new("has(oldSelf.prefix) == has(self.prefix)")
        .message("prefix cannot be added or removed: packages would be left behind")
        .field_path(".prefix")
)]
pub struct Storage {
    /// Kind of the store.
    #[serde(rename = "type")]
    #[x_kube(validation = Rule::new("self == oldSelf").message("the storage type cannot be changed"))]
    pub type_: StorageType,

    /// Folder inside the bucket, without slashes at its ends; by default the whole bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 256),
        regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$")
    )]
    #[x_kube(
        validation = Rule::new("self == oldSelf").message("prefix cannot be changed: packages would be left behind"),
        validation = Rule::new(
            "!self.split('/').exists(part, part in ['log', 'releases', 'checkpoint', 'probe', 'mirrors', 'stats', 'uploads'])"
        )
        .message("no part of prefix may be log, releases, checkpoint, probe, mirrors, stats or uploads: a registry above \
                  it keeps its own data there")
    )]
    pub prefix: Option<String>,

    /// The bucket, for type S3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3>,

    /// `Create` makes the bucket, or takes an empty one; `Adopt` uses a bucket that exists, with what is in it.
    #[serde(default)]
    pub provisioning: Provisioning,

    /// What happens to the data when the Registry is deleted: it stays.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

/// Kind of a store.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageType {
    /// Amazon S3, and whatever speaks its protocol.
    S3,
}

/// A bucket that speaks the S3 protocol.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct S3 {
    /// Name of the bucket.
    #[schemars(length(min = 3, max = 63), regex(pattern = r"^[a-z0-9][a-z0-9.-]*[a-z0-9]$"))]
    #[x_kube(
        validation = Rule::new("self == oldSelf").message("bucket cannot be changed: packages would be left behind")
    )]
    pub bucket: String,

    /// Region of the bucket; by default `us-east-1`, which most other stores accept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z0-9-]+$"))]
    pub region: Option<String>,

    /// Address of the store, such as `https://s3.acme.com`; by default Amazon's for the region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    #[x_kube(
        validation = Rule::new("isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''")
            .message("must be an http or https URL"),
        validation = Rule::new("!isURL(self) || self.matches('^[a-z]+://[^/?#@]+$')")
            .message("must end after the host or port: the bucket is not part of it")
    )]
    pub endpoint: Option<String>,

    /// Whether the bucket is part of the path or of the host; by default `Path` with an endpoint and `VirtualHosted`
    /// without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "AddressingStyle")]
    pub addressing_style: Option<AddressingStyle>,

    /// The Secret with the keys `accessKeyID`, `secretAccessKey` and, for temporary credentials, `sessionToken`.
    pub secret_ref: SecretReference,
}

/// Where the name of the bucket stands in a request.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressingStyle {
    /// `https://host/bucket`.
    Path,
    /// `https://bucket.host`.
    VirtualHosted,
}

/// How the bucket comes to be.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provisioning {
    /// The operator makes it, or takes an empty one.
    #[default]
    Create,
    /// It exists already.
    Adopt,
}

/// What happens to the data when the Registry is deleted.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// It stays; a Registry that is applied again finds it.
    #[default]
    Retain,
}

impl S3 {
    /// Returns the region in use.
    pub fn region(&self) -> &str {
        self.region.as_deref().unwrap_or("us-east-1")
    }

    /// Returns the addressing style in use.
    pub fn addressing_style(&self) -> AddressingStyle {
        self.addressing_style.unwrap_or(match self.endpoint {
            Some(_) => AddressingStyle::Path,
            None => AddressingStyle::VirtualHosted,
        })
    }
}
