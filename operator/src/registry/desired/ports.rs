//! The ports of a registry.

/// What clients reach.
pub(super) const PUBLIC: i32 = 8080;
/// Health and metrics, which clients must not reach.
pub(super) const ADMIN: i32 = 8081;
