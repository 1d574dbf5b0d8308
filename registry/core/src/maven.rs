//! What a registry is to clients that know Maven repositories: paths, and the documents that are made for them.
//!
//! ```text
//! acme/greet/1.0.0/greet-1.0.0.bala      the bala of the version's first platform
//! acme/greet/1.0.0/greet-1.0.0.pom       what Maven itself wants to know of it
//! acme/greet/1.0.0/bom.cdx.json          its SBOM, where one was pushed
//! acme/greet/maven-metadata.xml          the versions
//! ….md5, .sha1, .sha256, .sha512         checksums of these
//! ```
//!
//! The documents follow from the state: clients that write them read them first, so that of two pushes at the same time one
//! would be lost.

pub mod central;
mod checksum;
mod metadata;
mod path;
mod pom;
mod sbom;
mod xml;

pub use checksum::Checksum;
pub use metadata::metadata;
pub use path::{FilePath, Form, MetadataPath, SBOM, Unknown, VersionFile};
pub use pom::pom;
pub use sbom::{InvalidSbom, SBOM_TYPE, check_sbom};

#[cfg(test)]
mod tests;
