//! What handlers of any protocol may do: read as somebody, publish as somebody, open bytes.

pub mod files;
pub mod identity;
pub mod links;
pub mod memory;
pub mod mirror;
pub mod mirrors;
pub mod publish;
pub mod read;
mod reread;
mod services;

pub use services::Services;
