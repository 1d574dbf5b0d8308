//! The ports of a registry.

/// What clients reach.
pub(crate) const PUBLIC: i32 = 8080;
/// Health, metrics and what a registry knows of its mirrors, which clients must not reach.
pub(crate) const ADMIN: i32 = 8081;
