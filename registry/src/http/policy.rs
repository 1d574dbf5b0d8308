//! How a listener treats those who connect.

use super::limits::Limits;

/// How one listener behaves.
#[derive(Debug, Clone)]
pub struct Policy {
    pub limits: Limits,
    /// Connections of one client at the same time; `None` where addresses do not tell clients apart.
    pub client_connections: Option<u32>,
    /// How much of a body that nobody wants is read and thrown away.
    pub discard_bytes: u64,
    pub requests: Requests,
}

/// Whose requests a listener takes, which decides how loudly they are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    OfUsers,
    /// Health checks, every few seconds.
    OfMachines,
}
