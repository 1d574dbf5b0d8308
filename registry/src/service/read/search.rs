//! Searching as somebody: a [`Search`] follows the state and the rules of admission, apart from those who read and from the
//! log.
//!
//! ```text
//! state after each segment ─► Search::advanced ─► what is searched        each in a thread of its own; who searches waits
//! other rules, time passes ─►        │                                    until the state that he would read is there
//! enough has changed ───────► Search::new
//! ```
//!
//! An index of 100,000 packages takes about 20 MiB, and as much again for the second in which it is made anew.

use std::sync::Arc;
use std::time::Duration;

use barre_core::access::Identity;
use barre_core::search::{Page, Query, Scope, Search};
use barre_core::state::Release;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};

use super::client::Client;
use super::look::Reads;
use super::unavailable::Unavailable;
use super::view::View;
use crate::base::vital::vital;

/// How long somebody waits for what was released last. After it, what is a moment older is searched.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked whether what was too young is old enough.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Searches what a pod knows. Cheap to clone.
#[derive(Clone)]
pub struct Searches {
    reads: Reads,
    current: watch::Receiver<Indexed>,
}

/// What is searched.
#[derive(Clone)]
struct Indexed {
    search: Arc<Search>,
    /// Of the rules of admission.
    generation: u64,
}

/// What somebody finds.
pub struct Hits {
    /// How many packages there are on all pages.
    pub count: usize,
    /// Those on the page that is wanted.
    pub packages: Vec<Arc<Release>>,
}

impl Searches {
    /// Searches what `reads` reads, and follows it. It is ready once the first index is made.
    pub async fn open(reads: Reads) -> Self {
        let (scope, generation) = scope(&reads);
        let search = made(&mut spawn_blocking(move || anew(scope))).await;
        let (sender, current) = watch::channel(Indexed { search, generation });
        vital("following the log for search", follow(reads.clone(), sender));
        Self { reads, current }
    }

    /// The packages on a page, each as its newest release in use that suits the client.
    pub async fn find(
        &self,
        identity: &Identity,
        client: &Client,
        query: &Query,
        page: Page,
    ) -> Result<Hits, Unavailable> {
        let (seq, generation) = (self.reads.recent(identity).await?.seq(), self.reads.mirrors.generation());
        let mut current = self.current.clone();
        // The task that sends lives as long as the process. What was released may be missing for a moment; what is denied
        // is never found.
        let _ = current.wait_for(|indexed| indexed.generation >= generation).await;
        let _ = timeout(PATIENCE, current.wait_for(|indexed| indexed.seq() >= seq)).await;
        let search = Arc::clone(&current.borrow().search);
        let scope = search.scope();
        let view = View::new(&scope.state, identity, scope.admitting());
        let found = view.find(&search, query, page, |release| client.suit(release));
        let packages = found.packages.into_iter().filter_map(|id| {
            let package = view.package(&id.org, &id.name)?;
            client.newest_in_use(&package).map(Arc::clone)
        });
        Ok(Hits { count: found.count, packages: packages.collect() })
    }
}

impl Indexed {
    fn seq(&self) -> u64 {
        self.search.scope().state.seq()
    }
}

/// What is to be searched now, and the number of its rules.
fn scope(reads: &Reads) -> (Scope, u64) {
    let in_force = reads.mirrors.in_force();
    let scope =
        Scope { state: reads.log.state(), admission: Arc::clone(&in_force.admission), now: reads.log.now() };
    (scope, in_force.generation)
}

/// Has every state searched by every rule, and the large index made anew when it is old.
async fn follow(reads: Reads, sender: watch::Sender<Indexed>) {
    let mut current = sender.borrow().clone();
    let mut under_way: Option<JoinHandle<Search>> = None;
    loop {
        if under_way.is_none() && current.search.is_old() {
            let (scope, _) = scope(&reads);
            under_way = Some(spawn_blocking(move || anew(scope)));
        }
        tokio::select! {
            () = reads.log.wait_for(current.seq() + 1) => {}
            () = reads.mirrors.changed_since(current.generation) => {}
            () = due(&reads, current.search.due()) => {}
            search = wanted(&mut under_way) => {
                under_way = None;
                current.search = search;
            }
        }
        let (before, (scope, generation)) = (Arc::clone(&current.search), scope(&reads));
        let search = made(&mut spawn_blocking(move || before.advanced(scope))).await;
        current = Indexed { search, generation };
        sender.send_replace(current.clone());
    }
}

/// Waits for this time.
async fn due(reads: &Reads, time: Option<Timestamp>) {
    let Some(time) = time else { return std::future::pending().await };
    while reads.log.now() < time {
        sleep(LOOK_EVERY).await;
    }
}

/// Makes the large index.
fn anew(scope: Scope) -> Search {
    let began = Instant::now();
    let search = Search::new(scope);
    let (duration_ms, size_bytes) = (began.elapsed().as_millis(), search.bytes());
    let seq = search.scope().state.seq();
    tracing::info!(seq, duration_ms, size_bytes, "the index for search is made");
    search
}

/// What is made, if anything is.
async fn wanted(work: &mut Option<JoinHandle<Search>>) -> Arc<Search> {
    match work {
        Some(work) => made(work).await,
        None => std::future::pending().await,
    }
}

/// What a thread makes. Its panic goes on here.
async fn made(work: &mut JoinHandle<Search>) -> Arc<Search> {
    match work.await {
        Ok(search) => Arc::new(search),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The process ends.
        Err(_) => std::future::pending().await,
    }
}
