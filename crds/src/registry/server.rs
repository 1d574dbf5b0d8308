//! How the server behaves, who may use it, and how it is reached.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::KubeSchema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::shared::{SecretReference, byte_size};

/// Settings of the server.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// The address that clients use, such as `https://packages.acme.com`; without a path. Without it, links carry the
    /// host that a request came for.
    #[serde(default, rename = "externalURL", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    #[x_kube(
        validation = Rule::new("isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''")
            .message("must be an http or https URL"),
        validation = Rule::new("!isURL(self) || self.matches('^[a-z]+://[^/?#@]+$')")
            .message("must end after the host or port: no path, no trailing slash, no query"),
        validation = Rule::new("!isURL(self) || url(self).getPort() == '' || int(url(self).getPort()) <= 65535")
            .message("a port is at most 65535")
    )]
    pub external_url: Option<String>,

    /// Further names under which clients reach the registry; links carry them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        inner(
            length(min = 1, max = 253),
            regex(
                pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*(:[0-9]{1,5})?$"
            )
        )
    )]
    #[x_kube(
        merge_strategy = ListMerge::Set,
        validation = Rule::new("self.all(host, !host.contains(':') || int(host.split(':')[1]) <= 65535)")
            .message("a port is at most 65535")
    )]
    pub additional_hosts: Vec<String>,

    /// The largest package that may be pushed, such as `128Mi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "byte_size")]
    #[x_kube(
        validation = Rule::new(
            "quantity(string(self)).compareTo(quantity('1Ki')) >= 0 && quantity(string(self)).compareTo(quantity('4Gi')) <= 0"
        )
        .message("must be between 1Ki and 4Gi")
    )]
    pub max_package_size: Option<Quantity>,

    /// How long a connection without a request is kept, such as `11m`; by default `75s`. A load balancer in front must keep
    /// its own for a shorter time, or it sends requests to connections that end: those of 600 s need `11m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 6), regex(pattern = r"^[1-9][0-9]{0,4}[smh]$"))]
    pub idle_timeout: Option<String>,

    /// How much the server logs; by default `Info`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LogLevel")]
    pub log_level: Option<LogLevel>,
}

/// How much the server logs.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What a person must look at.
    Error,
    /// What the server recovered from, too.
    Warn,
    /// Changes of state, too.
    Info,
    /// Each step, too.
    Debug,
    /// Everything.
    Trace,
}

/// Who may read and publish.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Auth {
    /// Whether public packages can be read without a token; by default `Allowed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Access")]
    pub anonymous_read: Option<Access>,

    /// A Secret with the key `tokens.json`, as `barre-registry token new` prints its entries. The Secret `<name>-admin`
    /// with the first token exists in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_secret_ref: Option<SecretReference>,
}

/// Whether something is allowed.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is.
    Allowed,
    /// It is not.
    Denied,
}

/// The Service that clients reach, on port 80.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.nodePort) || (has(self.type) && self.type in ['NodePort', 'LoadBalancer'])")
        .message("nodePort needs the type NodePort or LoadBalancer")
        .field_path(".nodePort")
)]
pub struct Service {
    /// Type of the Service; by default `ClusterIP`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ServiceType")]
    pub type_: Option<ServiceType>,

    /// The port on every node; by default Kubernetes chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub node_port: Option<i32>,

    /// Annotations of the Service, mostly for load balancers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "annotations")]
    pub annotations: BTreeMap<String, String>,
}

/// Annotations, bounded.
fn annotations(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": { "type": "string", "maxLength": 4096 },
    })
}

/// Type of a Service.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceType {
    /// Reachable inside the cluster.
    ClusterIP,
    /// Reachable on a port of every node.
    NodePort,
    /// Reachable through a load balancer.
    LoadBalancer,
}
