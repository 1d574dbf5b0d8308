//! What a client asks Central for where a Maven repository stands in for it (`proxyCentral`): documents of
//! `barre_core::maven::central`, and what a build needs to know of one version.
//!
//! A client says which distribution it is in the path, and nothing of its platforms: it is one of Java. What it cannot use
//! is left out here, although it looks itself at the versions of packages: of what is found by words it is told no
//! distribution, and of tools neither.

mod artifact;
mod declared;
mod found;
mod metadata;
mod question;

pub(crate) mod connectors;
pub(crate) mod graph;
pub(crate) mod listeners;
pub(crate) mod packages;
pub(crate) mod packages_solr;
pub(crate) mod symbols;
pub(crate) mod tool;
pub(crate) mod tools;
pub(crate) mod versions;
