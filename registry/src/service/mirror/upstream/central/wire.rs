//! The JSON of the protocol, as far as a mirror reads it. Upstreams leave out what they do not have.

use barre_core::digest::Digest;
use barre_core::graph::Node;
use barre_core::mirror::Found;
use barre_core::package::{Coordinates, Name, Org};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const HEX_CHARS: usize = 64;

/// A part of a list of packages.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) packages: Vec<ListedPackage>,
    /// Of the whole list.
    #[serde(default)]
    count: Option<usize>,
}

#[derive(Deserialize)]
pub(super) struct ListedPackage {
    organization: String,
    name: String,
}

/// What is said of one version for one platform.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Described {
    organization: String,
    name: String,
    version: String,
    platform: String,
    #[serde(default)]
    digest: Option<String>,
    /// In milliseconds.
    #[serde(default)]
    created_date: Option<i64>,
    #[serde(default)]
    ballerina_version: Option<String>,
    #[serde(default)]
    is_deprecated: bool,
    #[serde(default)]
    deprecate_message: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Resolution {
    #[serde(default)]
    pub(super) resolved: Vec<Resolved>,
}

/// What is said of one of several versions.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resolved {
    org: String,
    name: String,
    version: String,
    #[serde(default)]
    dependency_graph: Vec<NodeJson>,
    #[serde(default)]
    is_deprecated: bool,
    #[serde(default)]
    deprecate_message: Option<String>,
}

#[derive(Deserialize)]
struct NodeJson {
    org: String,
    name: String,
    version: String,
    #[serde(default)]
    dependencies: Vec<Self>,
}

/// Asks for exactly these versions.
pub(super) fn question(versions: &[Coordinates]) -> Bytes {
    #[derive(Serialize)]
    struct Package {
        org: String,
        name: String,
        version: String,
        mode: &'static str,
    }
    let package = |Coordinates { org, name, version }: &Coordinates| Package {
        org: org.to_string(),
        name: name.to_string(),
        version: version.to_string(),
        mode: "hard",
    };
    let packages: Vec<_> = versions.iter().map(package).collect();
    serde_json::json!({ "packages": packages }).to_string().into()
}

impl Listed {
    /// Whether nothing comes after it, where so many came in all, and so many were asked for.
    pub(super) fn is_last(&self, came: usize, asked: usize) -> bool {
        let is_end = self.count.map_or(self.packages.len() < asked, |count| came >= count);
        self.packages.is_empty() || is_end
    }
}

impl ListedPackage {
    /// The name, if it is one of this organization. Upstream may have names that nobody can publish any more.
    pub(super) fn name_in(&self, org: &Org) -> Option<Name> {
        if self.organization != org.as_str() {
            return None;
        }
        self.name.parse().ok()
    }
}

impl Described {
    /// The same in our words, if it is about the version that was asked for.
    pub(super) fn found(&self, asked: &Coordinates) -> Result<Found, String> {
        let Self { organization, name, version, platform, digest, created_date, ballerina_version, .. } =
            self;
        if coordinates(organization, name, version)? != *asked {
            return Err(format!("asked for {asked}, it tells of {organization}/{name}:{version}"));
        }
        let digest = digest.as_deref().filter(|digest| !digest.is_empty());
        Ok(Found {
            coordinates: asked.clone(),
            platform: platform.parse().map_err(|error| format!("{error}"))?,
            digest: digest.map(self::digest).transpose()?,
            size: None,
            // Nothing was published when time began; that is what is sent for not knowing.
            published: created_date
                .filter(|millis| *millis > 0)
                .and_then(|millis| Timestamp::from_millisecond(millis).ok()),
            distribution: ballerina_version.clone().unwrap_or_default(),
        })
    }

    pub(super) fn deprecated(&self) -> Option<String> {
        self.is_deprecated.then(|| self.deprecate_message.clone().unwrap_or_default())
    }
}

impl Resolved {
    pub(super) fn is(&self, asked: &Coordinates) -> bool {
        coordinates(&self.org, &self.name, &self.version).is_ok_and(|own| own == *asked)
    }

    pub(super) fn deprecated(&self) -> Option<String> {
        self.is_deprecated.then(|| self.deprecate_message.clone().unwrap_or_default())
    }

    pub(super) fn graph(&self) -> Result<Vec<Node>, String> {
        let node = |NodeJson { org, name, version, dependencies }: &NodeJson| {
            let named = dependencies.iter().map(|node| coordinates(&node.org, &node.name, &node.version));
            let mut dependencies = named.collect::<Result<Vec<_>, _>>()?;
            dependencies.sort_unstable();
            Ok(Node { package: coordinates(org, name, version)?, dependencies })
        };
        self.dependency_graph.iter().map(node).collect()
    }
}

fn coordinates(org: &str, name: &str, version: &str) -> Result<Coordinates, String> {
    format!("{org}/{name}:{version}").parse().map_err(|error: barre_core::package::Invalid| error.to_string())
}

/// `sha-256=` and hex, which some write without its leading zeros.
fn digest(text: &str) -> Result<Digest, String> {
    let hex = text.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("sha-256"));
    let hex = hex.map(|(_, hex)| hex.to_ascii_lowercase()).filter(|hex| hex.len() <= HEX_CHARS);
    let digest = hex.and_then(|hex| format!("sha256:{hex:0>HEX_CHARS$}").parse().ok());
    digest.ok_or_else(|| format!("\"{}\" is no digest", text.chars().take(80).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_as_clients_write_them() {
        let whole = format!("sha-256={}", "0a".repeat(32));
        assert_eq!(digest(&whole).unwrap().hex(), "0a".repeat(32));
        let short = format!("SHA-256={}", &"0A".repeat(32)[1..]);
        assert_eq!(digest(&short).unwrap().hex(), "0a".repeat(32));
        for bad in ["", "sha-256", "md5=00", "sha-256=zz", &format!("sha-256={}", "0".repeat(65))] {
            assert!(digest(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_upstream_leaves_out_is_not_made_up() {
        let asked: Coordinates = "acme/a:1.0.0".parse().unwrap();
        let json = r#"{"organization":"acme","name":"a","version":"1.0.0","platform":"any","digest":"","createdDate":0}"#;
        let version: Described = serde_json::from_str(json).unwrap();
        let found = version.found(&asked).unwrap();
        assert_eq!((found.digest, found.published, found.size), (None, None, None));
        assert_eq!(version.deprecated(), None);
        assert!(version.found(&"acme/b:1.0.0".parse().unwrap()).is_err(), "it tells of something else");
    }
}
