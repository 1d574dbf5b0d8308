//! Searching as somebody: a [`Search`] follows the state, apart from those who read and from the log.
//!
//! ```text
//! state after each segment ─► Search::advanced ─► what is searched        each in a thread of its own; who searches waits
//! enough has changed ───────► Search::new ───────────┘                    until the state that he would read is there
//! ```
//!
//! An index of 100,000 packages takes about 20 MiB, and as much again for the second in which it is made anew.

use std::sync::Arc;
use std::time::Duration;

use barre_core::access::Identity;
use barre_core::search::{Page, Query, Search};
use barre_core::state::{Release, State};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout};

use super::client::Client;
use super::look::Reads;
use super::view::View;
use crate::base::vital::vital;
use crate::log::{Log, Unavailable};

/// How long somebody waits for what was released last. After it, what is a moment older is searched.
const PATIENCE: Duration = Duration::from_secs(1);

/// Searches what a pod knows. Cheap to clone.
#[derive(Clone)]
pub struct Searches {
    reads: Reads,
    current: watch::Receiver<Arc<Search>>,
}

/// What somebody finds.
pub struct Hits {
    /// How many packages there are on all pages.
    pub count: usize,
    /// Those on the page that is wanted.
    pub packages: Vec<Arc<Release>>,
}

impl Searches {
    /// Searches what `log` says, and follows it. It is ready once the first index is made.
    pub async fn open(reads: Reads, log: Log) -> Self {
        let state = log.state();
        let first = made(&mut spawn_blocking(move || anew(state))).await;
        let (sender, current) = watch::channel(first);
        vital("following the log for search", follow(log, sender));
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
        let seq = self.reads.recent(identity).await?.seq();
        let mut current = self.current.clone();
        // The task that sends lives as long as the process.
        let _ = timeout(PATIENCE, current.wait_for(|search| search.state().seq() >= seq)).await;
        let search = Arc::clone(&current.borrow());
        let view = View::new(search.state(), identity);
        let found = view.find(&search, query, page, |release| client.suit(release));
        let packages = found.packages.into_iter().filter_map(|id| {
            let package = view.package(&id.org, &id.name)?;
            client.newest_in_use(&package).map(Arc::clone)
        });
        Ok(Hits { count: found.count, packages: packages.collect() })
    }
}

/// Has every state searched, and the large index made anew when it is old.
async fn follow(log: Log, sender: watch::Sender<Arc<Search>>) {
    let mut current = Arc::clone(&sender.borrow());
    let mut under_way: Option<JoinHandle<Search>> = None;
    loop {
        if under_way.is_none() && current.is_old() {
            let state = log.state();
            under_way = Some(spawn_blocking(move || anew(state)));
        }
        tokio::select! {
            () = log.wait_for(current.state().seq() + 1) => {}
            search = wanted(&mut under_way) => {
                under_way = None;
                current = search;
            }
        }
        let (before, state) = (Arc::clone(&current), log.state());
        current = made(&mut spawn_blocking(move || before.advanced(state))).await;
        sender.send_replace(Arc::clone(&current));
    }
}

/// Makes the large index.
fn anew(state: Arc<State>) -> Search {
    let began = Instant::now();
    let search = Search::new(state);
    let (duration_ms, size_bytes) = (began.elapsed().as_millis(), search.bytes());
    tracing::info!(seq = search.state().seq(), duration_ms, size_bytes, "the index for search is made");
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
