//! A manifest that somebody pushed: what of it the registry understands, within limits. It is kept as it came.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::manifest::MANIFEST;
use crate::digest::Digest;
use crate::state::Release;

/// The same as [`MANIFEST`], as older builders of images call it.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Longest manifest, in bytes.
pub const MAX_MANIFEST_BYTES: usize = 4 * 1024 * 1024;

/// Longest type of an artifact, in bytes.
const MAX_TYPE_BYTES: usize = 255;
/// Most layers, and most annotations.
const MAX_LAYERS: usize = 16;
const MAX_ANNOTATIONS: usize = 256;
/// Longest annotations, all of them together, in bytes: lists repeat them.
const MAX_ANNOTATION_BYTES: usize = 64 * 1024;

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// As it is called in headers.
    pub media_type: &'static str,
    /// What it says it is: its own word, or the type of its config.
    pub artifact_type: String,
    /// The manifest that it is about.
    pub subject: Option<Digest>,
    pub config: Blob,
    pub layers: Vec<Blob>,
    pub annotations: BTreeMap<String, String>,
}

/// A blob that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Blob {
    pub media_type: String,
    pub digest: Digest,
    pub size: u64,
}

/// Why a manifest is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManifest {
    #[error(
        "manifests are of the type {MANIFEST} or {DOCKER_MANIFEST} here, this one is \"{}\"",
        crate::package::excerpt(.0)
    )]
    Type(String),
    #[error("the manifest says that it is \"{}\", and it was sent as {sent}", crate::package::excerpt(.says))]
    OtherType { says: String, sent: &'static str },
    #[error("the manifest cannot be read: {0}")]
    Unreadable(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    schema_version: u64,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Blob,
    #[serde(deserialize_with = "layers")]
    layers: Vec<Blob>,
    subject: Option<Subject>,
    #[serde(default, deserialize_with = "annotations")]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Subject {
    digest: Digest,
}

impl Pushed {
    /// Reads a manifest that was sent as this type.
    pub fn read(sent_as: &str, bytes: &[u8]) -> Result<Self, InvalidManifest> {
        let name = sent_as.split(';').next().unwrap_or_default().trim();
        let media_type = known(name).ok_or_else(|| InvalidManifest::Type(name.to_owned()))?;
        let read: Read =
            serde_json::from_slice(bytes).map_err(|error| InvalidManifest::Unreadable(error.to_string()))?;
        if read.schema_version != 2 {
            return Err(InvalidManifest::Unreadable("its schemaVersion is not 2".to_owned()));
        }
        if let Some(says) = read.media_type.filter(|says| says != media_type) {
            return Err(InvalidManifest::OtherType { says, sent: media_type });
        }
        let named = read.artifact_type.filter(|named| !named.is_empty());
        let artifact_type = named.unwrap_or_else(|| read.config.media_type.clone());
        if artifact_type.len() > MAX_TYPE_BYTES {
            let text = format!("its artifactType is longer than {MAX_TYPE_BYTES} bytes");
            return Err(InvalidManifest::Unreadable(text));
        }
        Ok(Self {
            media_type,
            artifact_type,
            subject: read.subject.map(|subject| subject.digest),
            config: read.config,
            layers: read.layers,
            annotations: read.annotations,
        })
    }

    /// Whether clients may be shown it in place of the one that is made of the release, to whom its version is deprecated for
    /// this reason or for none: they find the bala by it, and what they read in it is so.
    pub fn speaks_for(&self, release: &Release, deprecated: Option<&str>) -> bool {
        let (described, said) =
            (&release.description, |name: &str| self.annotations.get(name).map(String::as_str));
        let platform = said("io.ballerina.platform") == Some(described.platform.as_str());
        let distribution = said("io.ballerina.distribution").unwrap_or_default() == described.distribution;
        let good = deprecated.is_none() && said("io.ballerina.deprecated").unwrap_or("false") == "false";
        let bala = matches!(&self.layers[..], [layer] if layer.digest == release.stored.digest);
        self.media_type == MANIFEST && platform && distribution && good && bala
    }
}

/// A type of manifests that are taken.
pub(super) fn known(name: &str) -> Option<&'static str> {
    [MANIFEST, DOCKER_MANIFEST].into_iter().find(|known| *known == name)
}

fn layers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Blob>, D::Error> {
    struct Layers(PhantomData<Blob>);

    impl<'de> Visitor<'de> for Layers {
        type Value = Vec<Blob>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX_LAYERS} layers")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<Blob>, A::Error> {
            let mut layers = Vec::new();
            while let Some(layer) = elements.next_element()? {
                if layers.len() == MAX_LAYERS {
                    return Err(A::Error::custom(format!("it has more than {MAX_LAYERS} layers")));
                }
                layers.push(layer);
            }
            Ok(layers)
        }
    }

    deserializer.deserialize_seq(Layers(PhantomData))
}

fn annotations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Annotations;

    impl<'de> Visitor<'de> for Annotations {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("annotations")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(BTreeMap::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let (mut annotations, mut bytes) = (BTreeMap::new(), 0);
            while let Some((name, value)) = entries.next_entry::<String, String>()? {
                bytes += name.len() + value.len();
                if annotations.len() == MAX_ANNOTATIONS || bytes > MAX_ANNOTATION_BYTES {
                    return Err(A::Error::custom(format!(
                        "it has more than {MAX_ANNOTATIONS} annotations, or more than {} KiB of them",
                        MAX_ANNOTATION_BYTES / 1024
                    )));
                }
                annotations.insert(name, value);
            }
            Ok(annotations)
        }
    }

    deserializer.deserialize_any(Annotations)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn manifest() -> Value {
        let digest = Digest::of(b"x");
        json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "other": { "a": [1] },
            "config": { "mediaType": "c/c", "digest": digest, "size": 2 },
            "layers": [{ "mediaType": "l/l", "digest": digest, "size": 3, "urls": ["x"] }],
        })
    }

    fn read(manifest: &Value) -> Result<Pushed, String> {
        let bytes = manifest.to_string();
        Pushed::read("application/vnd.oci.image.manifest.v1+json; charset=utf-8", bytes.as_bytes())
            .map_err(|invalid| invalid.to_string())
    }

    fn with(field: &str, value: Value) -> Value {
        let mut manifest = manifest();
        manifest[field] = value;
        manifest
    }

    #[test]
    fn a_manifest_says_what_it_is() {
        let plain = read(&manifest()).unwrap();
        assert_eq!((plain.artifact_type.as_str(), plain.subject, plain.layers.len()), ("c/c", None, 1));
        let named = with("artifactType", json!("a/a"));
        assert_eq!(read(&named).unwrap().artifact_type, "a/a");
        let subject = Digest::of(b"subject");
        let about = with("subject", json!({ "mediaType": MANIFEST, "digest": subject, "size": 1 }));
        assert_eq!(read(&about).unwrap().subject, Some(subject));
        let annotated = read(&with("annotations", json!({ "a": "b" }))).unwrap();
        assert_eq!(annotated.annotations["a"], "b");
        assert!(read(&with("annotations", Value::Null)).unwrap().annotations.is_empty());
    }

    #[test]
    fn what_is_no_manifest_is_told_why() {
        let many: BTreeMap<String, &str> = (0..300).map(|number| (number.to_string(), "")).collect();
        for (manifest, expected) in [
            (with("schemaVersion", json!(1)), "schemaVersion is not 2"),
            (with("mediaType", json!(DOCKER_MANIFEST)), "and it was sent as application/vnd.oci"),
            (with("layers", json!(vec![manifest()["layers"][0].clone(); 17])), "more than 16 layers"),
            (
                with("layers", json!([{ "mediaType": "l", "digest": "sha512:00", "size": 1 }])),
                "is not \"sha256:\"",
            ),
            (with("config", Value::Null), "cannot be read"),
            (with("annotations", json!({ "a": "x".repeat(70_000) })), "more than 64 KiB"),
            (with("annotations", json!(many)), "more than 256 annotations"),
            (with("artifactType", json!("a".repeat(256))), "longer than 255 bytes"),
            (json!({}), "missing field"),
        ] {
            let refused = read(&manifest).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
        let index = Pushed::read("application/vnd.oci.image.index.v1+json", b"{}").unwrap_err();
        assert!(
            index.to_string().ends_with("this one is \"application/vnd.oci.image.index.v1+json\""),
            "{index}"
        );
    }
}
