//! The fields of a release as the log has them, for ever: names, order and what is left out. The golden files hold some.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::Released;
use crate::description::{Description, Module, Visibility};
use crate::digest::Digest;
use crate::graph::Node;
use crate::millis;
use crate::package::{Coordinates, Name, Org, Platform, Version};
use crate::release::{Origin, Stored};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    org: Org,
    name: Name,
    version: Version,
    platform: Platform,
    bala_version: String,
    distribution: String,
    specification: String,
    digest: Digest,
    size: u64,
    release: Uuid,
    document: Digest,
    origin: Origin,
    #[serde(default, with = "millis::optional", skip_serializing_if = "Option::is_none")]
    published: Option<Timestamp>,
    visibility: Visibility,
    template: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    graalvm: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    summary: String,
    repository: String,
    keywords: Vec<String>,
    authors: Vec<String>,
    licenses: Vec<String>,
    modules: Vec<Module>,
    graph: Vec<Node>,
}

impl Serialize for Released {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Line::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Released {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Line::deserialize(deserializer).map(Self::from)
    }
}

impl From<Released> for Line {
    fn from(released: Released) -> Self {
        let Released { description, graph, stored } = released;
        let Description {
            coordinates: Coordinates { org, name, version },
            platform,
            bala_version,
            distribution,
            specification,
            visibility,
            template,
            graalvm,
            tool,
            icon,
            summary,
            repository,
            keywords,
            authors,
            licenses,
            modules,
        } = description;
        let Stored { digest, size, folder: release, document, origin, published } = stored;
        Self {
            org,
            name,
            version,
            platform,
            bala_version,
            distribution,
            specification,
            digest,
            size,
            release,
            document,
            origin,
            published,
            visibility,
            template,
            graalvm,
            tool,
            icon,
            summary,
            repository,
            keywords,
            authors,
            licenses,
            modules,
            graph,
        }
    }
}

impl From<Line> for Released {
    fn from(line: Line) -> Self {
        let Line {
            org,
            name,
            version,
            platform,
            bala_version,
            distribution,
            specification,
            digest,
            size,
            release: folder,
            document,
            origin,
            published,
            visibility,
            template,
            graalvm,
            tool,
            icon,
            summary,
            repository,
            keywords,
            authors,
            licenses,
            modules,
            graph,
        } = line;
        let description = Description {
            coordinates: Coordinates { org, name, version },
            platform,
            bala_version,
            distribution,
            specification,
            visibility,
            template,
            graalvm,
            tool,
            icon,
            summary,
            repository,
            keywords,
            authors,
            licenses,
            modules,
        };
        Self { description, graph, stored: Stored { digest, size, folder, document, origin, published } }
    }
}
