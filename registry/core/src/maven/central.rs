//! What clients ask Central for where a Maven repository stands in for it (`proxyCentral`): documents that are called
//! `maven-metadata.xml`, and are not those of Maven.
//!
//! ```text
//! versions of a package ─► versions       what is found ─► search       versions with a tool ─► tool
//! ```
//!
//! They are of use to one distribution, whose tag begins the group in their path: what that cannot use is left out before it
//! comes here. Clients read elements by their name, wherever they stand, and none is ever missing: of one that is not there
//! some make nothing, and fail over it.

mod declared;
mod document;
mod search;
mod tool;
mod versions;

pub use super::xml::Document;
pub use declared::{CONNECTOR_SEARCH, Found, SYMBOL_SEARCH, connectors, symbols};
pub use search::{PACKAGE_SEARCH, PACKAGE_SEARCH_SOLR, Part, TOOL_SEARCH, packages, packages_solr, tools};
pub use tool::{TOOLS, tool};
pub use versions::versions;

#[cfg(test)]
mod tests;
