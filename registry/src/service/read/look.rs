//! Looking for something, and looking again in a newer state before saying that it is not there.

use std::sync::Arc;

use barre_core::access::Identity;
use barre_core::admission::{Admission, Admitting};
use barre_core::package::Coordinates;
use barre_core::state::State;
use jiff::Timestamp;

use super::history::History;
use super::view::View;
use crate::log::{Log, Unavailable};
use crate::service::mirrors::MirrorsFile;

/// How new a state must be in which something is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// For one exact version: what is there stays there, so that any state that has it will do. What one may see may have
    /// changed, though: a token sees a recent one.
    Exact,
    /// For lists: at most a second old.
    Recent,
}

/// What is found in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice<T> {
    pub found: T,
    /// Until this time, something may be published that is to be found in its place.
    pub open_until: Option<Timestamp>,
}

/// What was found, and how much that is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<T> {
    pub found: T,
    pub word: Word,
}

/// Whether something else is to be found in place of what was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Never: it may be given again.
    Last,
    /// Not yet, as of some moment after the question.
    Newest,
    /// Perhaps: the log could not be read.
    Unasked,
}

impl<T> Choice<T> {
    /// What is found, and nothing better can come.
    pub fn last(found: T) -> Self {
        Self { found, open_until: None }
    }
}

/// Reads the state. Cheap to clone.
#[derive(Clone)]
pub struct Reads {
    pub(super) log: Log,
    pub(super) history: History,
    pub(super) mirrors: MirrorsFile,
}

/// What an answer follows from, besides the request and the time: of two that are equal, the answers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    seq: u64,
    /// Of the rules of admission.
    generation: u64,
}

impl Reads {
    /// Reads what this log says, as far as these mirrors' rules admit it.
    pub fn new(log: Log, mirrors: MirrorsFile) -> Self {
        Self { history: History::new(log.clone()), log, mirrors }
    }

    /// What answers follow from that are made from now on, at least.
    pub fn basis(&self) -> Basis {
        Basis { seq: self.seq(), generation: self.mirrors.generation() }
    }

    /// What `choose` finds in what `identity` may see. Nothing is said to be missing on the word of an old state: then
    /// this pod first catches up with the log, and `choose` looks again.
    pub async fn look<T>(
        &self,
        identity: &Identity,
        freshness: Freshness,
        choose: impl Fn(View<'_>) -> Option<T>,
    ) -> Result<Option<T>, Unavailable> {
        let choose = |view: View<'_>| choose(view).map(Choice::last).ok_or(());
        Ok(self.choose(identity, freshness, choose).await?.ok().map(|found| found.found))
    }

    /// The same, where `choose` says why it finds nothing, or until when something better than what it found may be
    /// published. While the log cannot be read, what was found is served all the same: whoever pulls can use it, and would
    /// get nothing instead.
    pub async fn choose<T, W>(
        &self,
        identity: &Identity,
        freshness: Freshness,
        choose: impl Fn(View<'_>) -> Result<Choice<T>, W>,
    ) -> Result<Result<Found<T>, W>, Unavailable> {
        let admission = self.mirrors.admission();
        let admitting = self.admitting(admission.as_deref());
        let choose = |state: &State, otherwise| {
            let Choice { found, open_until } = choose(View::new(state, identity, admitting))?;
            let open = open_until.is_some_and(|until| !self.log.is_past(until));
            Ok(Found { found, word: if open { otherwise } else { Word::Last } })
        };
        let found = match choose(&*self.state(identity, freshness).await?, Word::Unasked) {
            Err(_) => return Ok(choose(&*self.log.fresh().await?, Word::Newest)),
            Ok(found) if found.word == Word::Last => return Ok(Ok(found)),
            Ok(found) => found,
        };
        match self.log.fresh_at_once().await {
            Ok(state) => Ok(choose(&state, Word::Newest)),
            Err(_) => Ok(Ok(found)),
        }
    }

    /// These rules now.
    pub(super) fn admitting<'a>(&self, admission: Option<&'a Admission>) -> Option<Admitting<'a>> {
        admission?.at(self.log.now())
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

    /// What `choose` finds of one exact version; otherwise why it is not there, as far as whoever asks may know: that follows
    /// a name and a colon, and is empty where there is no more to say.
    pub async fn look_exactly<T>(
        &self,
        identity: &Identity,
        wanted: &Coordinates,
        choose: impl Fn(View<'_>) -> Option<T>,
    ) -> Result<Result<T, String>, Unavailable> {
        let choose = |view: View<'_>| {
            choose(view).map(Choice::last).ok_or_else(|| view.why_withheld(wanted).unwrap_or_default())
        };
        Ok(self.choose(identity, Freshness::Exact, choose).await?.map(|found| found.found))
    }

    /// A state that is at most a second old.
    pub(super) async fn recent(&self, identity: &Identity) -> Result<Arc<State>, Unavailable> {
        self.state(identity, Freshness::Recent).await
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
