//! Test packages, and tests that drive a real cluster, real stores and real clients.

pub mod bala;
pub mod catalogue;
pub mod central;
pub mod cluster;
pub mod forward;
pub mod sample;
pub mod wait;
