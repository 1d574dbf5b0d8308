//! What a registry is to clients of OCI: artifacts that follow from its state, and from nothing else.
//!
//! ```text
//! package ─► repository, in lower case          version ─► tag ─► manifest ─► layer: the bala, by the digest in the log
//! locked graph ─► referrer of that manifest     versions that suit a distribution ─► index tag ─► layer: their list
//! SBOM ─► referrer of that manifest ─► layer: its bytes, where they are kept
//! ```
//!
//! Nothing of it is stored. Every artifact is made again whenever somebody asks, with the same bytes on every pod and, because
//! clients keep digests, by every later program: golden tests freeze them. What is pushed besides, manifests and the blobs
//! that they name, is kept as it came, beside the release that it is about.

mod content;
mod digests;
mod graph;
mod layer;
mod manifest;
mod page;
mod pushed;
mod reference;
mod referrer;
mod repository;
mod versions;

pub use content::Content;
pub use digests::{Derivation, Digests, is_package};
pub use layer::{InvalidLayer, is_packed, unpack};
pub use manifest::{EMPTY, GRAPH, INDEX, MANIFEST, package};
pub use page::page;
pub use pushed::{Blob, DOCKER_MANIFEST, InvalidManifest, MAX_MANIFEST_BYTES, Pushed};
pub use reference::{InvalidDigest, Reference};
pub use referrer::{Referrer, referrers};
pub use repository::RepositoryName;
pub use versions::{thresholds, versions};

#[cfg(test)]
mod tests;
