//! The bytes of release.json.

use serde::{Deserialize, Serialize};

use super::contents::Document;
use super::v1;
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
            VERSION => {
                // Serde cannot refuse unknown fields beside a flattened struct.
                let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes)?;
                fields.remove("v");
                Ok(serde_json::from_value(fields.into())?)
            }
            newer => Err(Invalid::Version(newer)),
        }
    }
}
