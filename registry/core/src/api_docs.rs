//! `api-docs.json`, as `bal doc` writes it: what is kept of it in the log, and what clients are told of it.
//!
//! ```text
//! what was uploaded ─► declared ─► Declarations     a file that was ─► module ─► texts of one module
//!                                                                   └► members ─► functions of a client or listener
//! ```
//!
//! What is not read here is kept and passed on as it came. A file is read whole and checked once, when it comes; later it is
//! only cut.

mod declared;
mod id;
mod members;
mod module;
mod nested;
mod summary;

pub use declared::{InvalidDocs, MAX_DOCS_BYTES, declared};
pub use id::{DeclarationId, id};
pub use members::{Function, Members, Parameter, Service, members};
pub use module::{ModuleDocs, module};

/// Its media type.
pub const DOCS_TYPE: &str = "application/json";

#[cfg(test)]
mod tests;
