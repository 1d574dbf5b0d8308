//! What a registry knows of a release besides what its bala says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::declaration::Declaration;
use crate::digest::Digest;

/// Where the files of a release are, what they are, and where they came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Of the bala.
    pub digest: Digest,
    /// Of the bala, in bytes.
    pub size: u64,
    /// The folder that holds the bala and its release.json: a random id of this push alone.
    pub folder: Uuid,
    /// Of release.json.
    pub document: Digest,
    pub origin: Origin,
    /// When its origin published it, in milliseconds; only of what a mirror copied.
    pub published: Option<Timestamp>,
}

/// Where a release came from. An organization has one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Pushed here.
    Local,
    /// Copied by the mirror with this id.
    Mirror(String),
}

impl Origin {
    /// What stands behind "is filled".
    pub(crate) fn by_whom(&self) -> String {
        match self {
            Self::Local => "by pushes to this registry".to_owned(),
            Self::Mirror(id) => format!("by the mirror {id}"),
        }
    }
}

/// A file beside the bala of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachedFile {
    pub purpose: Purpose,
    pub media_type: String,
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
    /// The manifest that a manifest is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// What API docs declare, as far as the log has room for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declares: Vec<Declaration>,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// It says what the bala is made of.
    Sbom,
    /// An OCI manifest, as it was pushed.
    Manifest,
    /// What such a manifest names.
    Blob,
    /// It says what the package declares: its API docs.
    Docs,
}
