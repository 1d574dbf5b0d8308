//! The manifests of packages and of their referrers.
//!
//! Fields are written in the order of these structs, annotations in that of their names: the bytes are part of what clients
//! keep, by their digest.

use std::collections::BTreeMap;

use serde::Serialize;

use super::content::Content;
use crate::digest::Digest;
use crate::maven::SBOM;
use crate::millis;
use crate::release::AttachedFile;
use crate::state::Release;

/// The media type of manifests.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of lists of manifests.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The type of a locked graph, and of its one layer.
pub const GRAPH: &str = "application/vnd.ballerina.dependency-graph.v1+json";
/// The config of every manifest: there is nothing to say.
pub const EMPTY: &[u8] = b"{}";

/// The type of a package.
const PACKAGE: &str = "application/vnd.ballerina.package.v1+json";
const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
const BALA: &str = "application/octet-stream";
/// What tools call the file that they make of a layer.
const TITLE: &str = "org.opencontainers.image.title";

pub(super) type Annotations = BTreeMap<&'static str, String>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor<'a> {
    pub(super) media_type: &'a str,
    pub(super) digest: Digest,
    pub(super) size: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: Annotations,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u8,
    media_type: &'static str,
    artifact_type: &'a str,
    config: Descriptor<'static>,
    layers: [Descriptor<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Descriptor<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: Annotations,
}

impl<'a> Descriptor<'a> {
    pub(super) fn of(media_type: &'a str, content: &Content) -> Self {
        let size = content.bytes.len() as u64;
        Self { media_type, digest: content.digest, size, annotations: Annotations::new() }
    }

    /// Of an SBOM, under the name that it came by.
    pub(super) fn sbom(AttachedFile { media_type, digest, size, .. }: &'a AttachedFile) -> Self {
        let annotations = Annotations::from([(TITLE, SBOM.to_owned())]);
        Self { media_type, digest: *digest, size: *size, annotations }
    }
}

/// The manifest of a release, to whom its version is deprecated for this reason or for none.
pub fn package(release: &Release, deprecated: Option<&str>) -> Content {
    let (described, stored) = (&release.description, &release.stored);
    let exported = described.modules.iter().filter(|module| module.exported);
    let modules: Vec<_> = exported.map(|module| module.name.as_str()).collect();
    let mut annotations = Annotations::from([
        ("io.ballerina.deprecated", deprecated.is_some().to_string()),
        ("io.ballerina.modules", modules.join(",")),
        ("io.ballerina.platform", described.platform.to_string()),
        ("org.opencontainers.image.created", millis::text(release.created)),
        ("org.opencontainers.image.version", described.coordinates.version.to_string()),
    ]);
    if let Some(message) = deprecated {
        annotations.insert("io.ballerina.deprecation-message", message.to_owned());
    }
    // A client that reads an empty one takes the package for one that it cannot use.
    if !described.distribution.is_empty() {
        annotations.insert("io.ballerina.distribution", described.distribution.clone());
    }
    let title = Annotations::from([(TITLE, described.file_name())]);
    let bala = Descriptor { media_type: BALA, digest: stored.digest, size: stored.size, annotations: title };
    manifest(PACKAGE, bala, None, annotations)
}

/// The manifest of one blob, which may be about another manifest.
pub(super) fn of_blob(blob: Descriptor<'_>, subject: Option<Descriptor<'_>>) -> Content {
    manifest(blob.media_type, blob, subject, Annotations::new())
}

fn manifest(
    artifact_type: &str,
    layer: Descriptor<'_>,
    subject: Option<Descriptor<'_>>,
    annotations: Annotations,
) -> Content {
    Content::json(&Manifest {
        schema_version: 2,
        media_type: MANIFEST,
        artifact_type,
        config: Descriptor::of(EMPTY_TYPE, &Content::new(EMPTY.to_vec())),
        layers: [layer],
        subject,
        annotations,
    })
}
