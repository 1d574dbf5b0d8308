//! How a listener treats those who connect.

use std::time::Duration;

use super::limits::Limits;

/// How one listener behaves.
#[derive(Debug, Clone)]
pub struct Policy {
    pub limits: Limits,
    /// How much of a refused body is read and thrown away.
    pub discard_bytes: u64,
    pub discard_time: Duration,
    pub requests: Requests,
}

/// Whose requests a listener takes, which decides how loudly they are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    OfUsers,
    /// Health checks, every few seconds.
    OfMachines,
}
