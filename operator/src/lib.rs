//! The operator: turns a `Registry` into pods, Services, an autoscaler and a bucket, a `PackageMirror` into Jobs, and says how
//! it went.
//!
//! One pass is `observe → desired → apply → status`. Deciding (`registry::desired`, `store::decide`, `registry::status`)
//! is pure and synchronous, and tested with values; doing (`observe`, `store`, `pass::apply`) holds all I/O. Nothing is
//! kept between passes but caches: whoever starts with the same cluster and the same store decides the same.
//!
//! Each module here is a room. Who may know whom is a rule that `tests/it/layers.rs` keeps.

pub mod process;

mod controller;
mod mirror;
mod pass;
mod pods;
mod registry;
mod store;
