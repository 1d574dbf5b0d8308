//! `barre-registry`, the program: its flags, its subcommands, its logs and its last words.

pub mod args;
pub mod failure;
pub mod format;
pub mod serve;
pub mod telemetry;
pub mod termination;
pub mod token;
pub mod upgrade;
