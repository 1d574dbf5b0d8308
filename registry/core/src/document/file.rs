//! The bytes of release.json.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::contents::Document;
use super::{base64_text, v1};
use crate::description::Description;
use crate::format::{self, Format};

/// Why bytes are no document.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    #[error("release.json has version {0}, and this program knows only versions 1 and {VERSION}")]
    Version(u32),
    #[error("release.json is not what this program wrote")]
    Json(#[from] serde_json::Error),
}

/// The newest version.
const VERSION: u32 = 2;

/// The fields of the newest version. Serde cannot refuse unknown fields beside a flattened struct.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "v")]
    _v: u32,
    implementation_vendor: String,
    readme: Option<String>,
    module_readmes: BTreeMap<String, String>,
    #[serde(deserialize_with = "base64_text::deserialize")]
    icon: Option<Vec<u8>>,
    documents: BTreeMap<String, String>,
}

impl From<File> for Document {
    fn from(file: File) -> Self {
        let File { _v, implementation_vendor, readme, module_readmes, icon, documents } = file;
        Self { implementation_vendor, readme, module_readmes, icon, documents }
    }
}

impl Document {
    /// The bytes of the file of the bala with this description, in a log of this format: equal documents have equal bytes.
    pub fn to_bytes(&self, description: &Description, format: Format) -> Vec<u8> {
        #[derive(Serialize)]
        struct Versioned<'a> {
            v: u32,
            #[serde(flatten)]
            document: &'a Document,
        }
        if format.reader < format::SECOND {
            return v1::to_bytes(description, self);
        }
        serde_json::to_vec(&Versioned { v: VERSION, document: self })
            .expect("strings, numbers and lists always serialize")
    }

    /// Reads the file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Invalid> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let Versioned { v } = serde_json::from_slice(bytes)?;
        match v {
            1 => Ok(v1::from_bytes(bytes)?),
            VERSION => Ok(serde_json::from_slice::<File>(bytes)?.into()),
            newer => Err(Invalid::Version(newer)),
        }
    }
}
