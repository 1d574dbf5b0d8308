//! Where packages come from.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::KeyReference;

/// Where packages come from.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "!isURL(self.url) || url(self.url).getScheme() == 'https' || \
         (has(self.privateAddresses) && self.privateAddresses == 'Allowed')"
    )
    .message("http is for upstreams of your own network: use https, or set privateAddresses: Allowed")
    .field_path(".url")
)]
pub struct Upstream {
    /// Its address, such as `https://api.central.ballerina.io`, without a slash at the end; `/2.0/registry` lies below it.
    #[schemars(length(min = 1, max = 512))]
    #[x_kube(
        validation = Rule::new("isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''")
            .message("must be an http or https URL"),
        validation = Rule::new("!isURL(self) || self.matches('^[a-z]+://[^?#@]*[^?#@/]$')")
            .message("must not end with a slash, and has no user, query or fragment"),
        validation = Rule::new("!isURL(self) || url(self).getPort() == '' || int(url(self).getPort()) <= 65535")
            .message("a port is at most 65535")
    )]
    pub url: String,

    /// What it speaks; by default `Central`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Protocol")]
    pub protocol: Option<Protocol>,

    /// The key of a Secret with the access token that it wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_secret_ref: Option<KeyReference>,

    /// The key of a ConfigMap with certificates (PEM) that are trusted besides the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_bundle_ref: Option<KeyReference>,

    /// The URL of an HTTP proxy on the way, without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^https?://[^/?#@]+$"))]
    pub proxy: Option<String>,

    /// Whether it may be at a private address, as Services of this cluster are; by default `Refused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PrivateAddresses")]
    pub private_addresses: Option<PrivateAddresses>,

    /// How long an answer may be awaited, and each further piece of it; by default 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub timeout_seconds: Option<i32>,
}

/// What an upstream speaks.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The protocol of Ballerina Central.
    Central,
    /// That of another Barre, whose feed of changes makes a run without news one request.
    Barre,
}

/// Whether private addresses may be asked.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// They may not.
    Refused,
    /// They may. Link-local ones never may.
    Allowed,
}
