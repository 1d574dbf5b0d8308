//! `barre-registry mirror`: what it does with a mirror, one file for each.

mod file;
mod locks;
pub mod plan;
mod progress;
pub mod run;
pub mod verify;
