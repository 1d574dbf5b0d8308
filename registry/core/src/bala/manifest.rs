//! What both formats say.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::invalid::Invalid;
use super::limits::Limits;
use crate::graph::Node;
use crate::package::Coordinates;

/// How a bala is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// `package.json` and `dependency-graph.json`.
    Java {
        /// Of bala.json, for example `3.0.0`.
        bala_version: String,
    },
    /// `Bala.toml`, `Ballerina.toml` and `Dependencies.toml`.
    Schema4,
}

impl Layout {
    /// The file that lists what is exported.
    pub(super) fn exports(&self) -> &'static str {
        match self {
            Self::Java { .. } => "package.json",
            Self::Schema4 => "Ballerina.toml",
        }
    }

    /// The version of the format, as the protocol shows it.
    pub(super) fn version(&self) -> &str {
        match self {
            Self::Java { bala_version } => bala_version,
            Self::Schema4 => "4",
        }
    }
}

/// A manifest of either format, parsed and not yet checked. Empty means that it does not say.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) coordinates: Coordinates,
    pub(super) layout: Layout,
    /// The file that errors name.
    pub(super) file: &'static str,
    pub(super) platform: String,
    pub(super) distribution: String,
    pub(super) specification: String,
    pub(super) implementation_vendor: String,
    pub(super) visibility: String,
    pub(super) template: bool,
    pub(super) graalvm: Option<bool>,
    pub(super) tool: Option<String>,
    pub(super) description: String,
    pub(super) readme: Option<String>,
    pub(super) icon: Option<String>,
    pub(super) repository: String,
    pub(super) keywords: Vec<String>,
    pub(super) authors: Vec<String>,
    pub(super) licenses: Vec<String>,
    /// Names of exported modules.
    pub(super) exported: Vec<String>,
    pub(super) modules: Vec<Declared>,
    pub(super) graph: Vec<Node>,
}

/// What a manifest says about a module; whether the module is there, its folder says.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) exported: bool,
    pub(super) description: String,
    pub(super) readme: Option<String>,
}

/// Takes a manifest out of the archive.
pub(super) fn file<R: Read + Seek>(
    archive: &mut Archive<R>,
    wanted: &'static str,
    limits: &Limits,
) -> Result<Vec<u8>, Invalid> {
    if let Some(bytes) = archive.take(wanted, limits.manifest_bytes)? {
        return Ok(bytes);
    }
    let found = archive.files().find(|path| path.eq_ignore_ascii_case(wanted)).map(str::to_owned);
    Err(match found {
        Some(found) => Invalid::Misspelled { found, wanted },
        None => Invalid::Missing { file: wanted.to_owned() },
    })
}
