//! What refers to a manifest, as lists of referrers have it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::content::Content;
use super::manifest::{INDEX, MANIFEST};
use super::pushed::Pushed;
use crate::digest::Digest;

/// One thing that refers to a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Referrer {
    media_type: &'static str,
    pub digest: Digest,
    size: usize,
    pub artifact_type: Cow<'static, str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Referrer {
    /// A referrer of this type with this manifest.
    pub fn new(artifact_type: impl Into<Cow<'static, str>>, manifest: &Content) -> Self {
        let (digest, size) = (manifest.digest, manifest.bytes.len());
        let (artifact_type, annotations) = (artifact_type.into(), BTreeMap::new());
        Self { media_type: MANIFEST, digest, size, artifact_type, annotations }
    }

    /// One that was pushed with this manifest of so many bytes.
    pub fn pushed(manifest: &Pushed, digest: Digest, size: usize) -> Self {
        let Pushed { media_type, artifact_type, annotations, .. } = manifest.clone();
        Self { media_type, digest, size, artifact_type: artifact_type.into(), annotations }
    }
}

/// The list of what refers to a manifest.
pub fn referrers(manifests: &[Referrer]) -> impl Serialize + use<'_> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Index<'a> {
        schema_version: u8,
        media_type: &'static str,
        manifests: &'a [Referrer],
    }
    Index { schema_version: 2, media_type: INDEX, manifests }
}
