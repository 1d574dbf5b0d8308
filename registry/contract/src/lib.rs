//! What the registry and its operator promise each other, in both directions. Types and names alone: neither program
//! matches a text of the other by guess.
//!
//! The operator of one release meets registries of another, older and newer: what is here changes by addition only, and
//! an image that does not know an addition must start all the same. So what a release adds for the registry is an
//! environment variable or a file, never an argument.

pub mod address;
pub mod bucket;
pub mod failure;
pub mod known;
pub mod mirror;
pub mod names;
pub mod owner;
pub mod setting;
pub mod settled;
pub mod tokens;
