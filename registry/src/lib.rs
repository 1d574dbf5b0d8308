//! The registry server: the shell around `barre-core`, which decides.
//!
//! ```text
//! process ─► api ─► service ─► log ─► store ─► base
//!    └────────┴──► http ────────────────────────┘
//! ```
//!
//! A room knows those to its right, never one to its left; `tests/it/layers.rs` keeps that.

pub mod api;
pub mod base;
pub mod http;
pub mod log;
pub mod process;
pub mod service;
pub mod store;
