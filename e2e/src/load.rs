//! Load as users make it: pulls and pushes from several tasks, a new connection for each request, and what became of
//! each of them.
//!
//! A request that meets a lost connection or a 5xx is sent again, as patiently as the phase says. Whatever else is
//! wrong, such as bytes that are not what was pushed or a version that is not there, is a failure at once.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::central::Central;
use crate::cluster::Space;
use crate::forward::forward;
use crate::wait;
use barre_testkit::bala::Bala;

mod outcome;
mod requests;

pub use outcome::{Outcome, Phase};
pub use requests::Pushed;

use requests::{ORG, Trouble, bala, describe, judge, list, pull, push};

/// Packages to begin with.
const FIRST: usize = 6;
/// Versions of one package, so that lists stay short.
const VERSIONS: usize = 50;
/// How long a registry may take to acknowledge a few pushes.
const LIMIT: Duration = Duration::from_mins(1);

/// How often a client tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Never again.
    None,
    /// Again once, at once.
    Once,
    /// Again and again, for so long.
    For(Duration),
}

/// Load, until it is dropped or stopped.
pub struct Load {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

struct Shared {
    pushed: Mutex<Vec<Pushed>>,
    phases: Mutex<Vec<Phase>>,
    next: AtomicUsize,
}

type Attempt<'a> = Pin<Box<dyn Future<Output = Result<(), Trouble>> + Send + 'a>>;

impl Load {
    /// No load yet, but what is pushed first: readers need something to read.
    pub async fn new(central: &Central, phase: &str, patience: Patience) -> anyhow::Result<Self> {
        let shared = Shared { pushed: Mutex::default(), phases: Mutex::default(), next: AtomicUsize::new(0) };
        let load = Self { shared: Arc::new(shared), tasks: JoinSet::new(), stop: watch::Sender::new(false) };
        load.phase(phase, patience);
        for number in 0..FIRST {
            let (bala, version) = (bala("first", number), format!("1.{number}.0"));
            let bytes = Arc::new(bala.build());
            // A Service that was just made leads nowhere for a moment.
            let look = || async { Ok(push(central, &bala, "first", &version, &bytes).await) };
            let first = wait::until("the first pushes", LIMIT, look, Result::is_ok).await?;
            load.shared.add(first.map_err(|trouble| anyhow::anyhow!("{trouble}"))?);
        }
        Ok(load)
    }

    /// Requests that begin from now on belong to another phase.
    pub fn phase(&self, name: &str, patience: Patience) {
        lock(&self.shared.phases).push(Phase::new(name, patience));
    }

    /// Waits until so many more pushes are acknowledged: the load is there, and the registry takes it.
    pub async fn acknowledges(&self, more: usize) -> anyhow::Result<()> {
        let count = || lock(&self.shared.pushed).len();
        let wanted = count() + more;
        let look = || async { Ok(count()) };
        wait::until(&format!("{wanted} acknowledged pushes"), LIMIT, look, |count| *count >= wanted).await?;
        Ok(())
    }

    /// Reads everything that was pushed once from each pod of a Registry, so that it is in all their caches.
    pub async fn warm(&self, space: &Space, registry: &str) -> anyhow::Result<()> {
        let pushed = lock(&self.shared.pushed).clone();
        for pod in space.pods(registry).await? {
            let way = forward(space, &pod, 8080).await?;
            let central = Central::keep_alive(&way.url, None)?;
            for one in &pushed {
                for read in
                    [list(&central, one).await, describe(&central, one).await, pull(&central, one).await]
                {
                    read.map_err(|trouble| anyhow::anyhow!("{one:?} from {pod}: {trouble}"))?;
                }
            }
        }
        Ok(())
    }

    /// Tasks that list, describe and pull what was pushed, each at most one request every `pace`.
    pub fn readers(&mut self, count: usize, pace: Duration, central: &Central) {
        for _ in 0..count {
            let (central, shared) = (central.clone(), Arc::clone(&self.shared));
            self.spawn(pace, move |_| {
                let (central, shared) = (central.clone(), Arc::clone(&shared));
                async move {
                    let turn = shared.next.fetch_add(1, Ordering::Relaxed);
                    let Some(pushed) = shared.choose(turn) else { return };
                    let what = ["list", "describe", "pull"][turn % 3];
                    let what = format!("{what} {ORG}/{}:{}", pushed.name, pushed.version);
                    let attempt = || -> Attempt<'_> {
                        match turn % 3 {
                            0 => Box::pin(list(&central, &pushed)),
                            1 => Box::pin(describe(&central, &pushed)),
                            _ => Box::pin(pull(&central, &pushed)),
                        }
                    };
                    shared.request(&what, attempt).await;
                }
            });
        }
    }

    /// Tasks that push new versions, each at most one every `pace`.
    pub fn pushers(&mut self, count: usize, pace: Duration, central: &Central) {
        for task in 0..count {
            let (central, shared) = (central.clone(), Arc::clone(&self.shared));
            self.spawn(pace, move |turn| {
                let (central, shared) = (central.clone(), Arc::clone(&shared));
                async move {
                    let (name, number) = (format!("load{task}x{}", turn / VERSIONS), turn % VERSIONS);
                    let (bala, version) = (bala(&name, number), format!("1.{number}.0"));
                    let bytes = Arc::new(bala.build());
                    let attempt = || -> Attempt<'_> {
                        Box::pin(async {
                            shared.add(push(&central, &bala, &name, &version, &bytes).await?);
                            Ok(())
                        })
                    };
                    shared.request(&format!("push {ORG}/{name}:{version}"), attempt).await;
                }
            });
        }
    }

    /// Tasks that push the same bytes again and again: work for the registry, and little for its clients and store.
    pub fn repeaters(&mut self, count: usize, pace: Duration, central: &Central, bala: &Bala) {
        let (name, bytes) = (bala.file_name(), bala.build());
        for _ in 0..count {
            let (central, shared) = (central.clone(), Arc::clone(&self.shared));
            let (name, bytes) = (name.clone(), bytes.clone());
            self.spawn(pace, move |_| {
                let (central, shared, name, bytes) =
                    (central.clone(), Arc::clone(&shared), name.clone(), bytes.clone());
                async move {
                    let attempt = || -> Attempt<'_> {
                        Box::pin(async { judge(central.push(&name, bytes.clone()).await) })
                    };
                    shared.request(&format!("push {name} again"), attempt).await;
                }
            });
        }
    }

    /// Lets all requests finish. What is pushed stays known to those who ask for it.
    pub async fn stop(mut self) -> Outcome {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        Outcome { phases: lock(&self.shared.phases).clone(), pushed: lock(&self.shared.pushed).clone() }
    }

    fn spawn<F, T>(&mut self, pace: Duration, mut work: F)
    where
        F: FnMut(usize) -> T + Send + 'static,
        T: Future<Output = ()> + Send,
    {
        let mut stop = self.stop.subscribe();
        self.tasks.spawn(async move {
            let mut ticks = interval(pace);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut turn = 0;
            loop {
                tokio::select! {
                    _ = ticks.tick() => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
                work(turn).await;
                turn += 1;
            }
        });
    }
}

impl Shared {
    fn add(&self, pushed: Pushed) {
        lock(&self.pushed).push(pushed);
    }

    /// One of those that were pushed; often one of the last, which some pods have not heard of yet.
    fn choose(&self, turn: usize) -> Option<Pushed> {
        let pushed = lock(&self.pushed);
        let last = pushed.len().checked_sub(1)?;
        let back = if turn.is_multiple_of(2) { turn / 2 % 4 } else { turn.wrapping_mul(7919) };
        pushed.get(last - back % pushed.len()).cloned()
    }

    /// One request with all its tries.
    async fn request<'a>(&self, what: &str, mut attempt: impl FnMut() -> Attempt<'a>) {
        let (phase, patience) = {
            let phases = lock(&self.phases);
            let Some(phase) = phases.last() else { return };
            (phases.len() - 1, phase.patience)
        };
        let began = Instant::now();
        let mut first: Option<(Instant, String)> = None;
        let failure = loop {
            let (text, again) = match attempt().await {
                Ok(()) => break None,
                Err(Trouble::Wrong(text)) => (text, false),
                Err(Trouble::Passing(text)) => {
                    let again = match patience {
                        Patience::None => false,
                        Patience::Once => first.is_none(),
                        Patience::For(limit) => first.as_ref().is_none_or(|(at, _)| at.elapsed() < limit),
                    };
                    (text, again)
                }
            };
            if !again {
                let (at, text_of_first) = first.get_or_insert_with(|| (Instant::now(), text.clone()));
                let (before, after) = (at.duration_since(began), at.elapsed());
                break Some(format!(
                    "{what}: after {before:.1?}: {text_of_first}; {after:.1?} later: {text}"
                ));
            }
            first.get_or_insert_with(|| (Instant::now(), text));
            if let Patience::For(_) = patience {
                sleep(Duration::from_millis(100)).await;
            }
        };
        let mut phases = lock(&self.phases);
        let Some(phase) = phases.get_mut(phase) else { return };
        phase.requests += 1;
        phase.pushes += usize::from(what.starts_with("push"));
        let took = began.elapsed();
        if took > phase.slowest.0 {
            phase.slowest = (took, what.to_owned());
        }
        if let Some((at, _)) = first {
            phase.troubled += 1;
            phase.longest_trouble = phase.longest_trouble.max(at.elapsed());
        }
        phase.failures.extend(failure);
    }
}

/// Nothing panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a phase records of one request whose first tries end like this; later ones succeed.
    async fn record(patience: Patience, troubles: Vec<Trouble>) -> (usize, usize) {
        let phases = Mutex::new(vec![Phase::new("test", patience)]);
        let shared = Shared { pushed: Mutex::default(), phases, next: AtomicUsize::new(0) };
        let mut troubles = troubles.into_iter();
        let attempt = || -> Attempt<'_> {
            let result = troubles.next().map_or(Ok(()), Err);
            Box::pin(async { result })
        };
        shared.request("test", attempt).await;
        let phases = lock(&shared.phases);
        (phases[0].troubled, phases[0].failures.len())
    }

    #[tokio::test]
    async fn a_client_is_only_as_patient_as_it_should_be() {
        let passing = |count| (0..count).map(|_| Trouble::Passing("503".into())).collect::<Vec<_>>();
        let long = Patience::For(Duration::from_mins(1));
        let short = Patience::For(Duration::from_millis(50));
        for (patience, troubles, expected) in [
            (Patience::None, passing(0), (0, 0)),
            (Patience::None, passing(1), (1, 1)),
            (Patience::Once, passing(1), (1, 0)),
            (Patience::Once, passing(2), (1, 1)),
            (long, passing(3), (1, 0)),
            (short, passing(3), (1, 1)),
            (long, vec![Trouble::Wrong("404".into())], (1, 1)),
        ] {
            let what = format!("{patience:?} {troubles:?}");
            assert_eq!(record(patience, troubles).await, expected, "{what}");
        }
    }
}
