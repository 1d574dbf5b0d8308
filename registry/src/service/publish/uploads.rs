//! What pushes take while their bytes arrive, and how much of it one token may have.
//!
//! Each has a turn, which bounds memory, and room in scratch space for what has come of it so far. A push that only waits
//! holds next to nothing, and the minimum rate of connections ends it. Tokens are told apart and not addresses, because
//! every push has one, and not organizations, because nothing but the whole of a package says which is its own.

use std::time::Duration;

use barre_core::access::Identity;

use crate::base::shares::{self, Share, Shares};

/// Uploads at the same time, and those of one token.
const TURNS: u64 = 64;
const TURNS_EACH: u64 = 32;
/// Scratch space, and that of one token, in packages of the largest size.
const SCRATCH: u64 = 32;
const SCRATCH_EACH: u64 = 16;
/// It is taken in steps of so many bytes.
const STEP: u64 = 1024 * 1024;
/// How long an upload waits for its turn, or for room; the client gives up after a minute.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who is in the way of an upload. The texts are for the one who pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    #[error("too many packages are pushed with this token at the moment, push again later")]
    Own,
    #[error("too many packages are pushed at the moment, push again later")]
    All,
}

impl From<shares::Full> for Full {
    fn from(full: shares::Full) -> Self {
        match full {
            shares::Full::Own => Self::Own,
            shares::Full::All => Self::All,
        }
    }
}

/// What all uploads share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Uploads {
    turns: Shares<String>,
    scratch: Shares<String>,
    step: u64,
}

/// The right of one upload to be received, until it is dropped.
pub struct Turn {
    _received: Share<String>,
    scratch: Share<String>,
    step: u64,
    /// Bytes for which there is room, and those that have come.
    room: u64,
    came: u64,
}

impl Uploads {
    /// For packages of at most so many bytes.
    pub(super) fn new(max_package_size: u64) -> Self {
        let scratch = |packages: u64| max_package_size.saturating_mul(packages);
        Self {
            turns: Shares::new(TURNS, TURNS_EACH),
            scratch: Shares::new(scratch(SCRATCH), scratch(SCRATCH_EACH)),
            step: max_package_size.clamp(1, STEP),
        }
    }

    /// Waits for a turn.
    pub(super) async fn turn(&self, identity: &Identity) -> Result<Turn, Full> {
        let token = identity.actor().clone();
        let turn = self.turns.wait(Some(&token), 1, PATIENCE).await?;
        let scratch = self.scratch.take(Some(&token), 0)?;
        Ok(Turn { _received: turn, scratch, step: self.step, room: 0, came: 0 })
    }
}

impl Turn {
    /// Waits for room for so many more bytes.
    pub(super) async fn comes(&mut self, bytes: u64) -> Result<(), Full> {
        self.came += bytes;
        while self.room < self.came {
            self.scratch.grow_within(self.step, PATIENCE).await?;
            self.room += self.step;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use barre_core::access::{Grant, Organizations};

    use super::*;

    const SIZE: u64 = 4 * STEP;

    fn token(name: &str) -> Identity {
        let (actions, organizations) = (Vec::new(), Organizations::All);
        Identity::Token(Grant { name: name.to_owned(), actions, organizations })
    }

    async fn turns(uploads: &Uploads, name: &str, bytes: u64) -> Vec<Turn> {
        let mut turns = Vec::new();
        while let Ok(mut turn) = uploads.turn(&token(name)).await {
            if turn.comes(bytes).await.is_err() {
                break;
            }
            turns.push(turn);
        }
        turns
    }

    #[tokio::test(start_paused = true)]
    async fn one_token_cannot_keep_others_from_pushing() {
        for (bytes, expected) in [(1, TURNS_EACH), (SIZE, SCRATCH_EACH)] {
            let uploads = Uploads::new(SIZE);
            let held = turns(&uploads, "greedy", bytes).await;
            assert_eq!(held.len() as u64, expected);
            let mut other = uploads.turn(&token("other")).await.unwrap();
            other.comes(SIZE).await.unwrap();
            let refused = uploads.turn(&token("greedy")).await;
            assert!(bytes == SIZE || refused.is_err_and(|full| full == Full::Own));
        }
    }
}
