//! How far a build may go from the versions that it has.

use std::str::FromStr;

/// The locking mode of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// To newer minor versions.
    Soft,
    /// To newer patches.
    Medium,
    /// To no other version at all.
    Hard,
}

/// Another word than those that there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such mode of resolution: use soft, medium, hard or locked")]
pub struct Unknown;

impl FromStr for Mode {
    type Err = Unknown;

    fn from_str(word: &str) -> Result<Self, Unknown> {
        match word.to_ascii_lowercase().as_str() {
            "soft" => Ok(Self::Soft),
            "medium" => Ok(Self::Medium),
            "hard" | "locked" => Ok(Self::Hard),
            _ => Err(Unknown),
        }
    }
}
