//! `barre-registry mirror`: what it does with a mirror, one file for each.

mod locks;
pub mod plan;
pub mod verify;
