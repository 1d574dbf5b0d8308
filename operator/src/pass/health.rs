//! Whether the operator works: what it has not listed yet, and whether its loop and its passes go on.
//!
//! A start anew cures a loop or a pass that hangs, and nothing else: an operator that has nothing to do, or whose API
//! server is away, is as alive as any. So nothing here waits for work or for an answer.

use std::{
    collections::{BTreeSet, HashMap},
    future::Future,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::time::Instant;

use super::{lock::lock, metrics::Controller};

const BEAT: Duration = Duration::from_secs(5);
/// A loop that has not turned for so long hangs, however busy the machine is.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);
/// A pass is ended long before, unless it keeps its thread.
const LONGEST_PASS: Duration = Duration::from_mins(5);

/// The health of the process; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The kinds that are watched and were not listed yet; nothing before the watches begin, and once all is over.
    unlisted: Option<BTreeSet<String>>,
    /// When the loop of each kind turned last; nothing before it begins.
    beats: HashMap<Controller, Instant>,
    /// When each pass that runs began.
    passes: HashMap<u64, Instant>,
    /// How many passes there have been.
    begun: u64,
}

impl Health {
    /// Declares what has to be listed first, besides what was declared before.
    pub(crate) fn await_lists(&self, kinds: impl IntoIterator<Item = String>) {
        self.state().unlisted.get_or_insert_default().extend(kinds);
    }

    /// Notes that all objects of a kind were seen.
    pub(crate) fn listed(&self, kind: &str) {
        if let Some(kinds) = &mut self.state().unlisted {
            kinds.remove(kind);
        }
    }

    /// Declares that no more is done.
    pub(crate) fn stop(&self) {
        self.state().unlisted = None;
    }

    /// Runs the loop of a kind, and notes that it turns: what blocks it blocks its beat, since both are one task.
    pub(crate) async fn beating<T>(&self, controller: Controller, turns: impl Future<Output = T>) -> T {
        let mut beats = tokio::time::interval(BEAT);
        let beat = async {
            loop {
                beats.tick().await;
                self.state().beats.insert(controller, Instant::now());
            }
        };
        tokio::select! {
            ended = turns => ended,
            () = beat => unreachable!("it has no end"),
        }
    }

    /// Notes a pass until it is dropped.
    pub(crate) fn pass(&self) -> Pass {
        let mut state = self.state();
        state.begun += 1;
        let number = state.begun;
        state.passes.insert(number, Instant::now());
        Pass { health: self.clone(), number }
    }

    /// Says why it cannot be told yet whether all is well.
    pub(crate) fn unready(&self) -> Option<String> {
        let state = self.state();
        let Some(kinds) = &state.unlisted else {
            return Some("the operator watches nothing: it has not begun, or ends".to_owned());
        };
        let kinds: Vec<_> = kinds.iter().map(String::as_str).collect();
        (!kinds.is_empty()).then(|| {
            format!("the operator has not listed all objects of these kinds yet: {}", kinds.join(", "))
        })
    }

    /// Says what hangs.
    pub(crate) fn hung(&self) -> Option<&'static str> {
        self.hung_at(Instant::now())
    }

    fn hung_at(&self, now: Instant) -> Option<&'static str> {
        let state = self.state();
        let silent = state.beats.values().any(|beat| now.duration_since(*beat) > LONGEST_SILENCE);
        let stuck = state.passes.values().any(|began| now.duration_since(*began) > LONGEST_PASS);
        match (silent, stuck) {
            (true, _) => Some("a controller's loop hangs"),
            (_, true) => Some("a pass hangs"),
            _ => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

/// A pass that runs.
pub(crate) struct Pass {
    health: Health,
    number: u64,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.health.state().passes.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_once_every_kind_was_listed() {
        let health = Health::default();
        assert!(health.unready().is_some(), "nothing is watched yet");
        health.await_lists(["Registry", "Pod"].map(ToOwned::to_owned));
        health.listed("Registry");
        assert!(health.unready().unwrap().ends_with("yet: Pod"));
        health.listed("Pod");
        assert_eq!(health.unready(), None);
        health.listed("Pod");
        assert_eq!(health.unready(), None, "a watch that begins again takes nothing back");
        health.stop();
        assert!(health.unready().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_nothing_to_do_is_alive() {
        let health = Health::default();
        tokio::time::advance(LONGEST_SILENCE * 2).await;
        assert_eq!(health.hung(), None, "it waits for the kind to be installed");
        let idle = health.beating(Controller::registry, futures::future::pending::<()>());
        assert!(tokio::time::timeout(LONGEST_SILENCE * 9, idle).await.is_err());
        assert_eq!(health.hung(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_does_not_turn_is_noticed() {
        let health = Health::default();
        let turns = async {
            tokio::time::sleep(BEAT * 2).await;
            // What follows keeps the task, as a lock that is never free does.
            health.hung_at(Instant::now() + LONGEST_SILENCE * 2)
        };
        assert_eq!(health.beating(Controller::registry, turns).await, Some("a controller's loop hangs"));
        let now = Instant::now() + LONGEST_SILENCE * 2;
        health.state().beats.insert(Controller::packagemirror, now);
        assert_eq!(health.hung_at(now), Some("a controller's loop hangs"), "another one does not hide it");
    }

    #[test]
    fn a_pass_that_keeps_its_thread_is_noticed() {
        let health = Health::default();
        let (first, second) = (health.pass(), health.pass());
        let hung = || health.hung_at(Instant::now() + LONGEST_PASS * 2);
        assert_eq!(hung(), Some("a pass hangs"));
        drop(first);
        assert_eq!(hung(), Some("a pass hangs"));
        drop(second);
        assert_eq!(hung(), None);
    }
}
