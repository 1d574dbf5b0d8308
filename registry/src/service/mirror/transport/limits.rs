//! How many requests there are at a time and in a second, and bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::error::Error;
use crate::base::lock::lock;

/// In a second.
const NANOS: u64 = 1_000_000_000;

/// The hosts that were asked, each with its turns.
pub(super) struct Hosts {
    turns: usize,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

struct Host {
    turns: Arc<Semaphore>,
    /// Until when it wants to be left alone.
    quiet: Mutex<Instant>,
}

impl Hosts {
    /// So many requests to one host at the same time.
    pub(super) fn new(turns: usize) -> Self {
        Self { turns: turns.max(1), hosts: Mutex::default() }
    }

    fn host(&self, url: &Url) -> Arc<Host> {
        let name = format!("{}:{:?}", url.host_str().unwrap_or_default(), url.port_or_known_default());
        let fresh =
            || Host { turns: Arc::new(Semaphore::new(self.turns)), quiet: Mutex::new(Instant::now()) };
        Arc::clone(lock(&self.hosts).entry(name).or_insert_with(|| Arc::new(fresh())))
    }

    /// Waits until this host may be asked; not when that is behind the `deadline`.
    pub(super) async fn turn(&self, url: &Url, deadline: Instant) -> Result<OwnedSemaphorePermit, Error> {
        let host = self.host(url);
        let turn = Arc::clone(&host.turns).acquire_owned().await;
        let turn = turn.map_err(|_| Error::Deadline)?;
        loop {
            let quiet = *lock(&host.quiet);
            let now = Instant::now();
            if quiet <= now {
                return Ok(turn);
            }
            if quiet >= deadline {
                return Err(Error::Throttled { after: Some(quiet - now) });
            }
            sleep_until(quiet).await;
        }
    }

    /// Leaves a host alone for so long, whoever wants to ask it.
    pub(super) fn quiet(&self, url: &Url, after: Option<Duration>) {
        let Some(until) = after.and_then(|after| Instant::now().checked_add(after)) else { return };
        let host = self.host(url);
        let mut quiet = lock(&host.quiet);
        *quiet = until.max(*quiet);
    }
}

/// So much in a second, and no more.
pub(super) struct Pace {
    per_second: Option<u64>,
    next: Mutex<Instant>,
}

impl Pace {
    /// As fast as it goes, without a number.
    pub(super) fn new(per_second: Option<u64>) -> Self {
        Self { per_second: per_second.map(|number| number.max(1)), next: Mutex::new(Instant::now()) }
    }

    /// Waits until so much more is in time.
    pub(super) async fn take(&self, number: u64) {
        let Some(per_second) = self.per_second else { return };
        let nanos = u128::from(number) * u128::from(NANOS) / u128::from(per_second);
        let takes = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let at = {
            let mut next = lock(&self.next);
            let at = Instant::now().max(*next);
            *next = at.checked_add(takes).unwrap_or(at);
            at
        };
        sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pace_is_kept_whoever_asks() {
        let pace = Pace::new(Some(10));
        let began = Instant::now();
        futures::future::join_all((0..21).map(|_| pace.take(1))).await;
        assert_eq!(began.elapsed().as_millis(), 2000);
        Pace::new(None).take(u64::MAX).await;
        assert_eq!(began.elapsed().as_millis(), 2000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_wants_quiet_gets_it_and_others_do_not_wait() {
        let hosts = Hosts::new(1);
        let (one, two) = ("http://a.example/x".parse().unwrap(), "http://b.example/x".parse().unwrap());
        let (began, deadline) = (Instant::now(), Instant::now() + Duration::from_mins(1));
        hosts.quiet(&one, Some(Duration::from_secs(7)));
        let held = hosts.turn(&two, deadline).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 0);
        assert!(tokio::time::timeout(Duration::from_secs(3), hosts.turn(&two, deadline)).await.is_err());
        drop(held);
        drop(hosts.turn(&one, deadline).await.unwrap());
        assert_eq!(began.elapsed().as_secs(), 7);
        hosts.quiet(&one, Some(Duration::from_hours(1)));
        let late = hosts.turn(&one, deadline).await;
        assert!(matches!(late, Err(Error::Throttled { .. })), "it would be behind the deadline");
    }
}
