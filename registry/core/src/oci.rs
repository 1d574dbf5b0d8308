//! What a registry is to clients of OCI: artifacts that follow from its state, and from nothing else.
//!
//! ```text
//! package ─► repository, in lower case          version ─► tag ─► manifest ─► layer: the bala, by the digest in the log
//! locked graph ─► referrer of that manifest     versions that suit a distribution ─► index tag ─► layer: their list
//! ```
//!
//! Nothing of it is stored. Every artifact is made again whenever somebody asks, with the same bytes on every pod and, because
//! clients keep digests, by every later program: golden tests freeze them.

mod content;
mod digests;
mod graph;
mod manifest;
mod page;
mod reference;
mod versions;

pub use content::Content;
pub use digests::{Derivation, Digests};
pub use manifest::{EMPTY, INDEX, MANIFEST, Referrer, package, referrers};
pub use page::page;
pub use reference::{InvalidDigest, Reference};
pub use versions::{thresholds, versions};

#[cfg(test)]
mod tests;
