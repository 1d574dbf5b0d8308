//! Tests that drive a real cluster, real stores and real clients.

pub mod audit;
pub mod bucket;
pub mod central;
pub mod cluster;
pub mod environment;
pub mod fault;
pub mod forward;
pub mod gateway;
pub mod load;
pub mod sample;
pub mod wait;
