//! release.json: what a bala says that is too large for the log. It lies beside the bala, and the log has its
//! digest, so its bytes are fixed once written; golden files hold one of each version.
//!
//! It holds only what the bala says. What is only known later (id, time, URLs, deprecation, counts) is filled in
//! per answer. Version 1 repeated what the log says; it is written for as long as the log is in the format whose programs
//! read no other. A pod may meet the document of a newer one: it refuses a version that it does not know.

mod base64_text;
mod v1;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::description::{Description, Module};
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

/// What a bala says besides its [`Description`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Who made the distribution that built it; empty when it does not say.
    pub implementation_vendor: String,
    /// The path of the package's readme in `documents`.
    pub readme: Option<String>,
    /// The paths of the modules' readmes in `documents`, by the names of the modules.
    pub module_readmes: BTreeMap<String, String>,
    /// The bytes of the icon; base64 in the file. The description has its path.
    #[serde(with = "base64_text")]
    pub icon: Option<Vec<u8>>,
    /// The texts below `docs/`, by their paths in the bala.
    pub documents: BTreeMap<String, String>,
}

impl Document {
    /// The readme, or nothing.
    pub fn readme(&self) -> &str {
        self.text(self.readme.as_ref())
    }

    /// The readme of `module`, or nothing.
    pub fn module_readme(&self, module: &Module) -> &str {
        self.text(self.module_readmes.get(&module.name))
    }

    fn text(&self, path: Option<&String>) -> &str {
        path.and_then(|path| self.documents.get(path)).map_or("", String::as_str)
    }

    /// The bytes of the file of the bala with this description, in a log of this format: equal documents have equal bytes.
    pub fn to_bytes(&self, description: &Description, format: Format) -> Vec<u8> {
        #[derive(Serialize)]
        struct Versioned<'a> {
            v: u32,
            #[serde(flatten)]
            document: &'a Document,
        }
        if format.writer < format::SECOND {
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

#[cfg(test)]
mod tests;
