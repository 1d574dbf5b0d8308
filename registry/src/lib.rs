//! The registry server.
//!
//! Core modules come first: no async, no I/O, no clock. The shell follows in the order of a push.

pub mod digest;
pub mod millis;
pub mod package;

pub mod bala;
pub mod document;

pub mod change;
pub mod segment;
pub mod state;

pub mod permission;

pub mod args;
pub mod clock;
pub mod metrics;
pub mod telemetry;
pub mod termination;

pub mod auth;
pub mod token;

pub mod api;
pub mod registry;
pub mod serve;
pub mod server;

pub mod files;
pub mod publish;

pub mod log;
pub mod store;
