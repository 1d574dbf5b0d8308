//! The operator: turns a `Registry` into pods, Services, an autoscaler and a bucket, and says how it went.
//!
//! One pass is `observe → desired → apply → status`. Deciding (`desired`, `bucket::decide`, `status`) is pure and
//! synchronous, and tested with values; doing (`observe`, `bucket`, `apply`) holds all I/O. Nothing is kept between
//! passes but caches: whoever starts with the same cluster and the same store decides the same.

pub mod args;
pub mod run;

mod admin;
mod context;
mod controller;
mod memory;
mod metrics;
mod telemetry;

mod registry;

mod apply;
mod error;
mod names;
mod objects;
