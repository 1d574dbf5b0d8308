//! Looking for something, and looking again in a newer state before saying that it is not there.

use std::sync::Arc;

use barre_core::access::Identity;
use barre_core::state::State;

use super::view::View;
use crate::log::{Log, Unavailable};

/// How new a state must be in which something is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// For one exact version: what is there stays there, so that any state that has it will do. What one may see may have
    /// changed, though: a token sees a recent one.
    Exact,
    /// For lists: at most a second old.
    Recent,
}

/// Reads the state. Cheap to clone.
#[derive(Clone)]
pub struct Reads {
    log: Log,
}

impl Reads {
    /// Reads what this log says.
    pub fn new(log: Log) -> Self {
        Self { log }
    }

    /// What `choose` finds in what `identity` may see. Nothing is said to be missing on the word of an old state: then
    /// this pod first catches up with the log, and `choose` looks again.
    pub async fn look<T>(
        &self,
        identity: &Identity,
        freshness: Freshness,
        choose: impl Fn(View<'_>) -> Option<T>,
    ) -> Result<Option<T>, Unavailable> {
        self.look_or(identity, freshness, |view| choose(view).ok_or(())).await.map(Result::ok)
    }

    /// The same where `choose` says why it finds nothing.
    pub async fn look_or<T, W>(
        &self,
        identity: &Identity,
        freshness: Freshness,
        choose: impl Fn(View<'_>) -> Result<T, W>,
    ) -> Result<Result<T, W>, Unavailable> {
        let state = self.state(identity, freshness).await?;
        if let Ok(found) = choose(View::new(&state, identity)) {
            return Ok(Ok(found));
        }
        let state = self.log.fresh().await?;
        Ok(choose(View::new(&state, identity)))
    }

    async fn state(&self, identity: &Identity, freshness: Freshness) -> Result<Arc<State>, Unavailable> {
        let anonymous = matches!(identity, Identity::Anonymous(_));
        if anonymous && freshness == Freshness::Exact {
            return Ok(self.log.state());
        }
        match self.log.recent().await {
            // Public data goes on being served while the store is away.
            Err(_) if anonymous => Ok(self.log.state()),
            state => state,
        }
    }

    /// Reads the log to its end, as of some moment after this call: before somebody is refused.
    pub async fn catch_up(&self) -> Result<(), Unavailable> {
        self.log.fresh().await.map(|_| ())
    }

    /// The last segment that this pod has read.
    pub fn seq(&self) -> u64 {
        self.log.seq()
    }

    /// Waits until this pod has read segment `seq`.
    pub async fn wait_for(&self, seq: u64) {
        self.log.wait_for(seq).await;
    }

    /// Notes a public request: a pod that is used polls more often.
    pub fn note_request(&self) {
        self.log.note_request();
    }
}
