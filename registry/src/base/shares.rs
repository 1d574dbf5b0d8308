//! Something limited that many take from, and of which none may have too much: bytes, turns, connections.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::lock::lock;

/// What there is, and who has how much of it. Cheap to clone.
pub struct Shares<K>(Arc<Inner<K>>);

struct Inner<K> {
    total: u64,
    /// The most that one taker may have.
    each: u64,
    taken: Mutex<Taken<K>>,
    freed: Notify,
}

struct Taken<K> {
    all: u64,
    by: HashMap<K, u64>,
}

/// Who is in the way of somebody who wants a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The one who wants more.
    Own,
    /// All together.
    All,
}

/// A share, until it is dropped.
pub struct Share<K: Eq + Hash> {
    shares: Shares<K>,
    taker: Option<K>,
    amount: u64,
}

impl<K> Clone for Shares<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// `total` for all, of which a known taker has at most `each`.
    pub fn new(total: u64, each: u64) -> Self {
        let taken = Mutex::new(Taken { all: 0, by: HashMap::new() });
        Self(Arc::new(Inner { total, each, taken, freed: Notify::new() }))
    }

    /// Takes this much, at most all that there is. Takers that nobody knows have no limit of their own.
    pub fn take(&self, taker: Option<&K>, amount: u64) -> Result<Share<K>, Full> {
        let mut share = Share { shares: self.clone(), taker: taker.cloned(), amount: 0 };
        share.grow(amount.min(self.0.total)).map(|()| share)
    }

    /// Takes this much, and waits for it if need be.
    pub async fn wait(&self, taker: Option<&K>, amount: u64, patience: Duration) -> Result<Share<K>, Full> {
        let mut share = Share { shares: self.clone(), taker: taker.cloned(), amount: 0 };
        share.grow_within(amount.min(self.0.total), patience).await.map(|()| share)
    }

    fn add(&self, taker: Option<&K>, amount: u64) -> Result<(), Full> {
        let mut held = lock(&self.0.taken);
        if let Some(taker) = taker {
            let own = held.by.get(taker).copied().unwrap_or_default();
            // Who has nothing yet may have one thing, however large it is.
            if own > 0 && own.saturating_add(amount) > self.0.each {
                return Err(Full::Own);
            }
        }
        if held.all.saturating_add(amount) > self.0.total {
            return Err(Full::All);
        }
        held.all += amount;
        if let Some(taker) = taker {
            *held.by.entry(taker.clone()).or_default() += amount;
        }
        Ok(())
    }
}

impl<K: Eq + Hash + Clone> Share<K> {
    /// Adds to it.
    pub fn grow(&mut self, amount: u64) -> Result<(), Full> {
        self.shares.add(self.taker.as_ref(), amount)?;
        self.amount += amount;
        Ok(())
    }

    /// Adds to it, and waits for that if need be.
    pub async fn grow_within(&mut self, amount: u64, patience: Duration) -> Result<(), Full> {
        let until = Instant::now() + patience;
        loop {
            let shares = self.shares.clone();
            let mut freed = std::pin::pin!(shares.0.freed.notified());
            // Before it looks: what is given back in between must not be missed.
            freed.as_mut().enable();
            let Err(full) = self.grow(amount) else { return Ok(()) };
            if timeout_at(until, freed).await.is_err() {
                return Err(full);
            }
        }
    }
}

impl<K: Eq + Hash> Share<K> {
    /// Gives back what is beyond this much.
    pub fn shrink_to(&mut self, amount: u64) {
        let less = self.amount.saturating_sub(amount);
        self.amount -= less;
        let mut taken = lock(&self.shares.0.taken);
        taken.all -= less;
        if let Some(taker) = &self.taker
            && let Some(own) = taken.by.get_mut(taker)
        {
            *own -= less;
            if *own == 0 {
                taken.by.remove(taker);
            }
        }
        drop(taken);
        self.shares.0.freed.notify_waiters();
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(10);

    #[test]
    fn none_has_more_than_its_part_and_all_not_more_than_there_is() {
        let shares = Shares::new(10, 6);
        let first = shares.take(Some(&"a"), 5).ok().unwrap();
        assert_eq!(shares.take(Some(&"a"), 2).err(), Some(Full::Own));
        let second = shares.take(Some(&"b"), 4).ok().unwrap();
        assert_eq!(shares.take(Some(&"c"), 2).err(), Some(Full::All));
        assert_eq!(shares.take(None, 2).err(), Some(Full::All));
        drop(first);
        assert!(shares.take(Some(&"a"), 6).is_ok());
        drop(second);
        assert!(lock(&shares.0.taken).by.is_empty(), "who has nothing is forgotten");
    }

    #[test]
    fn what_is_larger_than_everything_goes_alone() {
        let shares = Shares::new(10, 6);
        let all = shares.take(Some(&"a"), 100).ok().unwrap();
        assert_eq!(shares.take(None, 1).err(), Some(Full::All));
        drop(all);
        assert!(shares.take(None, 10).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn somebody_waits_until_enough_is_given_back() {
        let shares = Shares::new(2, 2);
        let held = shares.take(Some(&1), 2).ok().unwrap();
        assert_eq!(shares.wait(Some(&2), 1, SOON).await.err(), Some(Full::All));
        let waits = shares.clone();
        let waits = tokio::spawn(async move { waits.wait(Some(&2), 2, SOON).await.is_ok() });
        tokio::task::yield_now().await;
        drop(held);
        assert!(waits.await.unwrap());
    }
}
