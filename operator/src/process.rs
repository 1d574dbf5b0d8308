//! The process: flags, health, logs, and the way from a start to an orderly end.

pub mod args;
pub mod run;

mod admin;
mod telemetry;

#[cfg(test)]
mod roles;
