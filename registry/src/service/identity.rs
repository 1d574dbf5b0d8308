//! From credentials to an `Identity`.
//!
//! A secret is hashed as soon as it is read, and only the hash goes further: what is not there cannot be
//! logged. What cannot be a token is refused before anything else is done for it.

mod presented;
mod tokens;

use barre_core::access::{Action, AnonymousRead, Denied, Identity, Target, permission};

use crate::base::clock::Clock;
use crate::log::{Log, Unavailable};
pub use presented::{Presented, Refused};
pub use tokens::{Tokens, Unusable};

/// Tells who asks.
#[derive(Clone)]
pub struct Identities {
    tokens: Tokens,
    anonymous_read: AnonymousRead,
    clock: Clock,
    log: Log,
}

/// Why nobody is identified, or not let in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(Refused),
    #[error(transparent)]
    Denied(Denied),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Identities {
    /// Those of `tokens`, as of the log that knows what else was decided about them.
    pub fn new(tokens: Tokens, anonymous_read: AnonymousRead, clock: Clock, log: Log) -> Self {
        Self { tokens, anonymous_read, clock, log }
    }

    /// Who presents this. What is merely unknown here may have become known elsewhere: nobody is refused on the word of
    /// an old state.
    pub async fn identify(&self, presented: Option<Presented>) -> Result<Identity, Error> {
        match self.again(presented) {
            Ok(identity) => Ok(identity),
            Err(refused) => {
                self.log.fresh().await?;
                Err(Error::Refused(refused))
            }
        }
    }

    /// Who presents this by what this pod knows now, for one who was identified before.
    pub fn again(&self, presented: Option<Presented>) -> Result<Identity, Refused> {
        match presented {
            None => Ok(Identity::Anonymous(self.anonymous_read)),
            Some(presented) => self.tokens.identify(presented, self.clock.now()).map(Identity::Token),
        }
    }

    /// Who presents this, if that may read here at all.
    pub async fn reader(&self, presented: Option<Presented>) -> Result<Identity, Error> {
        let identity = self.identify(presented).await?;
        if let Err(denied) = permission(&identity, Action::Read, Target::Registry) {
            self.log.fresh().await?;
            return Err(Error::Denied(denied));
        }
        Ok(identity)
    }
}
