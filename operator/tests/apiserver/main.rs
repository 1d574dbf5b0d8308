//! The operator against a real API server, without nodes and without the controllers of Kubernetes. `./just test` builds
//! what that takes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod cluster;
mod crowd;
mod health;
mod mirrors;
mod operator;
mod passes;
mod rights;
mod rules;
mod scaling;
mod servers;
mod space;
mod wait;
