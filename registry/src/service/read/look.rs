//! Looking for something, and looking again in a newer state before saying that it is not there.

use std::sync::Arc;
use std::time::Duration;

use barre_core::access::Identity;
use barre_core::admission::{Admission, Admitting};
use barre_core::package::Coordinates;
use barre_core::state::State;
use futures::future::join_all;
use jiff::Timestamp;
use tokio::time::timeout;

use super::asked::{Asked, Noted};
use super::history::History;
use super::unavailable::Unavailable;
use super::view::View;
use crate::log::{self, Log};
use crate::service::mirror::pull_through::{Away, Brought, PullThrough};
use crate::service::mirrors::MirrorsFile;

/// How long somebody waits for something better than what is here.
const SOON: Duration = Duration::from_secs(2);

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
    /// Asks upstreams for what is not here; nobody does in a registry without mirrors.
    pull_through: Option<PullThrough>,
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
        Self { history: History::new(log.clone()), log, mirrors, pull_through: None }
    }

    /// The same, where what is not here is asked for upstream.
    #[must_use]
    pub fn pulling_through(self, pull_through: PullThrough) -> Self {
        Self { pull_through: Some(pull_through), ..self }
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
        let choose = |state: &State, otherwise, asked: Option<&Asked>| {
            let view = View::new(state, identity, admitting).asking(asked);
            let Choice { found, open_until } = choose(view)?;
            let open = open_until.is_some_and(|until| !self.log.is_past(until));
            Ok(Found { found, word: if open { otherwise } else { Word::Last } })
        };
        let asked = Asked::default();
        match choose(&*self.state(identity, freshness).await?, Word::Unasked, Some(&asked)) {
            Ok(_) if self.freshen(asked.into_noted()).await => {
                Ok(choose(&self.log.state(), Word::Newest, None))
            }
            Ok(found) if found.word == Word::Last => Ok(Ok(found)),
            Ok(found) => Ok(match self.log.fresh_at_once().await {
                Ok(state) => choose(&state, Word::Newest, None),
                Err(_) => Ok(found),
            }),
            Err(_) => {
                let (state, asked) = (self.log.fresh().await?, Asked::default());
                let found = choose(&state, Word::Newest, Some(&asked));
                let noted = asked.into_noted();
                if found.is_ok() || noted.is_empty() || self.pull_through.is_none() {
                    return Ok(found);
                }
                drop(found);
                let (why_not, away) = self.bring(noted).await;
                let found = choose(&self.log.state(), Word::Newest, Some(&Asked::again(why_not)));
                match away {
                    Some(away) if found.is_err() => Err(away.into()),
                    _ => Ok(found),
                }
            }
        }
    }

    /// Has what is not here brought from where it is; why the only one of it, or the last, did not come, and whether nobody
    /// knows of another.
    async fn bring(&self, noted: Noted) -> (Option<String>, Option<Away>) {
        let Some(pull_through) = &self.pull_through else { return (None, None) };
        let Noted { versions, packages } = noted;
        let versions = join_all(versions.iter().map(|version| pull_through.bring(version)));
        let (versions, (_, mut away)) = tokio::join!(versions, pull_through.freshen(packages));
        let mut why_not = None;
        for brought in versions {
            match brought {
                Ok(Brought::Here) => {}
                Ok(Brought::Not(why)) => why_not = why,
                Err(unknown) => away = Some(unknown),
            }
        }
        (why_not, away)
    }

    /// Has better versions brought than are here, as far as that does not take long; whether any came. What is here is good
    /// enough while upstream is slow or away.
    async fn freshen(&self, Noted { packages, .. }: Noted) -> bool {
        let Some(pull_through) = self.pull_through.as_ref().filter(|_| !packages.is_empty()) else {
            return false;
        };
        let freshened = timeout(SOON, pull_through.freshen(packages)).await;
        freshened.is_ok_and(|(any, _)| any)
    }

    /// These rules now.
    pub(super) fn admitting<'a>(&self, admission: Option<&'a Admission>) -> Option<Admitting<'a>> {
        admission?.at(self.log.now())
    }

    async fn state(&self, identity: &Identity, freshness: Freshness) -> Result<Arc<State>, log::Unavailable> {
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
    pub(super) async fn recent(&self, identity: &Identity) -> Result<Arc<State>, log::Unavailable> {
        self.state(identity, Freshness::Recent).await
    }

    /// Reads the log to its end, as of some moment after this call: before somebody is refused.
    pub async fn catch_up(&self) -> Result<(), Unavailable> {
        self.log.fresh().await?;
        Ok(())
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
