//! The protocol of Ballerina Central, as far as clients use it: below `/2.0/registry`.

mod declared_wire;
mod form;
mod list;
mod module_wire;
mod multipart;
mod question;
mod wire;

pub(super) mod declaration;
pub(super) mod declared;
pub(super) mod deprecate;
pub(super) mod docs;
pub(super) mod graphql;
pub(super) mod push;
pub(super) mod receive;
pub(super) mod resolve_dependencies;
pub(super) mod resolve_modules;
pub(super) mod resolve_tools;
pub(super) mod search;
pub(super) mod tool;
pub(super) mod tools;
pub(super) mod unserved;
pub(super) mod version;
pub(super) mod versions;
