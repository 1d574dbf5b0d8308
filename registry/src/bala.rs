//! A bala, the archive that `bal push` uploads: bytes and limits go in, everything the registry derives from
//! them comes out, or why they are refused.
//!
//! Nothing but the bala itself decides who it is: file names, form fields and URLs are only compared with it.
//! Both formats are read: Java's (`package.json`) and schema 4 (`Bala.toml`). The archive is read once, in
//! bounded memory, and whatever is accepted has been inflated and compared with its checksums to the last byte.

mod archive;
mod docs;
mod graph;
mod invalid;
mod java;
mod json;
mod manifest;
mod schema4;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use uuid::Uuid;

use crate::change::{Change, Kind, MAX_CHANGE_BYTES, Node, Origin, Released, Visibility};
use crate::digest::Digest;
use crate::package::{Coordinates, Platform};
use archive::Archive;
pub use invalid::{Flaw, Invalid};
use manifest::Manifest;

/// What the line of a change holds besides what comes from the bala: actor, salt, ids and some room.
const CHANGE_MARGIN: usize = 4 * 1024;

/// How large things may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Of the archive, in bytes.
    pub size: u64,
    /// Entries of the archive, folders included.
    pub entries: u64,
    /// Of all entries together when inflated, in bytes.
    pub inflated: u64,
    /// How many times larger than the archive that may be …
    pub ratio: u64,
    /// … once it exceeds this many bytes.
    pub ratio_above: u64,
    /// Of an entry's path, in bytes.
    pub name_length: usize,
    /// Folders around an entry, and itself.
    pub depth: usize,
    /// Of each manifest, in bytes.
    pub manifest_bytes: u64,
    /// Of each text in `docs/` and of the icon, in bytes.
    pub document_bytes: u64,
    /// Of all texts in `docs/` together, in bytes.
    pub documents_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size: 128 << 20,
            entries: 10_000,
            inflated: 512 << 20,
            ratio: 50,
            ratio_above: 64 << 20,
            name_length: 512,
            depth: 32,
            manifest_bytes: 2 << 20,
            document_bytes: 1 << 20,
            documents_bytes: 4 << 20,
        }
    }
}

impl Limits {
    /// Limits that a test reaches with a few kilobytes.
    pub fn for_testing() -> Self {
        Self {
            size: 64 << 10,
            entries: 50,
            inflated: 128 << 10,
            ratio: 50,
            ratio_above: 16 << 10,
            name_length: 100,
            depth: 8,
            manifest_bytes: 16 << 10,
            document_bytes: 8 << 10,
            documents_bytes: 16 << 10,
        }
    }
}

/// Longest file name of a bala, in bytes: what file systems allow, and `bal` unpacks into one.
const MAX_FILE_NAME: usize = 255;

/// What a bala says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bala {
    /// Organization, name and version.
    pub coordinates: Coordinates,
    pub platform: Platform,
    pub format: Format,
    /// The Ballerina distribution that built it; empty when it does not say.
    pub distribution: String,
    /// The language specification; empty when it does not say.
    pub specification: String,
    /// Who made that distribution; empty when it does not say.
    pub implementation_vendor: String,
    pub visibility: Visibility,
    pub template: bool,
    /// Whether it works in a `GraalVM` native image, where it says.
    pub graalvm: Option<bool>,
    /// The id of the `bal` tool in it.
    pub tool: Option<String>,
    /// One line; empty when there is neither a description nor a readme.
    pub summary: String,
    /// The path of the package's readme in `documents`.
    pub readme: Option<String>,
    pub icon: Option<Icon>,
    /// Where its source is; empty when it does not say.
    pub repository: String,
    pub keywords: Vec<String>,
    pub authors: Vec<String>,
    pub licenses: Vec<String>,
    /// Sorted, the default module included.
    pub modules: Vec<Module>,
    /// The locked dependencies, itself included; nodes and edges are sorted.
    pub graph: Vec<Node>,
    /// The texts below `docs/`, by their paths in the bala.
    pub documents: BTreeMap<String, String>,
}

/// How a bala is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// `package.json` and `dependency-graph.json`.
    Java {
        /// Of bala.json, for example `3.0.0`.
        bala_version: String,
    },
    /// `Bala.toml`, `Ballerina.toml` and `Dependencies.toml`.
    Schema4,
}

/// A module of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its full name; the default module is called like the package.
    pub name: String,
    /// Whether other packages may import it.
    pub exported: bool,
    /// One line, or empty.
    pub summary: String,
    /// The path of its readme in the documents.
    pub readme: Option<String>,
}

/// A package's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon {
    /// Its path in the bala.
    pub path: String,
    pub bytes: Vec<u8>,
}

/// Reads a bala and checks everything about it that depends on nothing else.
pub fn read<R: Read + Seek>(reader: R, limits: &Limits) -> Result<Bala, Invalid> {
    let mut archive = Archive::open(reader, limits)?;
    let manifest = Manifest::read(&mut archive, limits)?;
    let bala = manifest.into_bala(&mut archive, limits)?;
    archive.verify()?;
    // What cannot become a change is refused here already, before anything is stored.
    bala.released(Uuid::nil(), Digest::from([0; 32]), u64::MAX, Digest::from([0; 32]), Origin::Local)?;
    Ok(bala)
}

impl Bala {
    /// The file name that the client uses.
    pub fn file_name(&self) -> String {
        self.coordinates.file_name(&self.platform)
    }

    /// Checks the name under which it was uploaded.
    pub fn check_file_name(&self, found: &str) -> Result<(), Invalid> {
        let wanted = self.file_name();
        if found == wanted {
            return Ok(());
        }
        Err(Invalid::FileName { found: invalid::excerpt(found.as_bytes()), wanted })
    }

    /// The version of the format, as the protocol shows it.
    pub fn bala_version(&self) -> &str {
        match &self.format {
            Format::Java { bala_version } => bala_version,
            Format::Schema4 => "4",
        }
    }

    /// The change that publishes it.
    pub fn released(
        &self,
        release: Uuid,
        digest: Digest,
        size: u64,
        document: Digest,
        origin: Origin,
    ) -> Result<Released, Invalid> {
        let module = |module: &Module| crate::change::Module {
            name: module.name.clone(),
            exported: module.exported,
            summary: module.summary.clone(),
        };
        if self.file_name().len() > MAX_FILE_NAME {
            return Err(Invalid::TooLong {
                what: "the file name (organization, name, version)",
                limit: MAX_FILE_NAME,
            });
        }
        let released = Released {
            org: self.coordinates.org.clone(),
            name: self.coordinates.name.clone(),
            version: self.coordinates.version.clone(),
            platform: self.platform.clone(),
            bala_version: self.bala_version().to_owned(),
            distribution: self.distribution.clone(),
            specification: self.specification.clone(),
            digest,
            size,
            release,
            document,
            origin,
            published: None,
            visibility: self.visibility,
            template: self.template,
            graalvm: self.graalvm,
            tool: self.tool.clone(),
            icon: self.icon.as_ref().map(|icon| icon.path.clone()),
            summary: self.summary.clone(),
            repository: self.repository.clone(),
            keywords: self.keywords.clone(),
            authors: self.authors.clone(),
            licenses: self.licenses.clone(),
            modules: self.modules.iter().map(module).collect(),
            graph: self.graph.clone(),
        };
        check_line(released)
    }
}

/// Checks that `released` fits into one change of the log.
fn check_line(released: Released) -> Result<Released, Invalid> {
    let kind = Kind::Released(Box::new(released));
    let change = Change::new("", kind);
    let (size, limit) = (change.to_line().len(), MAX_CHANGE_BYTES - CHANGE_MARGIN);
    match change.kind {
        Kind::Released(released) if size <= limit => Ok(*released),
        _ => Err(Invalid::Facts { size, limit }),
    }
}

#[cfg(test)]
mod tests;
