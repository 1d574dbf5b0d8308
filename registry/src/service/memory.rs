//! One budget for what clients can make a pod hold in memory.
//!
//! It has parts, so that no kind of use starves another: who downloads cannot keep anybody from pushing. A part that clients
//! fill by not reading has shares: one address has at most about half of it. What is beyond is refused, and a client may
//! try again.
//!
//! Besides there are what an idle process takes, 64 KiB at most for each connection, and about a MiB for each upload.

use std::net::IpAddr;
use std::time::Duration;

use barre_core::bala::CHECK_BYTES;
use bytes::Bytes;

use crate::base::shares::{Full, Share, Shares};

const MIB: u64 = 1024 * 1024;

/// What slow clients may hold of balas that are no longer kept, in bytes.
const SLOW_READERS: u64 = 16 * MIB;
/// Documents that are being read, in bytes.
const DOCUMENTS: u64 = 24 * MIB;
/// Answers that clients have not taken yet, besides those that are kept ready, and questions that they are sending, in
/// bytes.
const ANSWERS: u64 = 24 * MIB;
/// How many times its length a question takes at most, with what it says.
const QUESTION: u64 = 6;
/// Balas that only pass, in bytes.
const PASSING: u64 = 32 * MIB;
/// What one of these takes: pieces at both ends.
const PASSING_ONE: u64 = MIB / 2;
/// Balas that are checked, in bytes.
const CHECKS: u64 = 2 * CHECK;
/// What the check of one bala takes at most, whatever is in it.
const CHECK: u64 = CHECK_BYTES as u64;

/// Documents of pushes on their way to the store, in bytes: two of the longest, or many usual ones.
const PUSHED: u64 = 24 * MIB;

/// What is known of packages by digest, in bytes.
pub(super) const DIGESTS: u64 = 3 * MIB;
/// Manifests that were pushed and are kept in memory, in bytes.
pub(super) const MANIFESTS: u64 = MIB;

/// Segments of the log that are kept in memory, in bytes.
pub(super) const SEGMENTS: u64 = 2 * MIB;

/// How long somebody waits for room; clients give up after a minute.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same for a push, which has come a long way.
const PUSH_PATIENCE: Duration = Duration::from_secs(30);

/// Whose share it is: an address, where they tell clients apart.
pub type Peer = Option<IpAddr>;

/// Room in memory, until it is dropped.
pub struct Room {
    share: Share<IpAddr>,
}

/// There is no room at the moment. The text is for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    #[error("too much is on its way to this address already, try again in a moment")]
    Own,
    #[error("this registry is busy, try again in a moment")]
    All,
}

/// The budget of one process. Cheap to clone.
#[derive(Clone)]
pub struct Memory {
    cache: u64,
    balas: Shares<IpAddr>,
    documents: Shares<IpAddr>,
    answers: Shares<IpAddr>,
    passing: Shares<IpAddr>,
    checks: Shares<IpAddr>,
    pushed: Shares<IpAddr>,
}

impl Memory {
    /// The budget of a process that keeps `cache` bytes of hot balas, and an eighth of that of documents and of answers.
    pub fn new(cache: u64) -> Self {
        let unshared = |bytes: u64| Shares::new(bytes, bytes);
        Self {
            cache,
            balas: unshared(cache.saturating_add(SLOW_READERS)),
            documents: unshared(DOCUMENTS),
            // Those that are kept ready are counted for whoever was first to ask.
            answers: Shares::new(cache / 8 + ANSWERS, cache / 8 + ANSWERS / 2),
            passing: Shares::new(PASSING, PASSING / 2),
            checks: unshared(CHECKS),
            pushed: unshared(PUSHED),
        }
    }

    /// How much of hot balas is kept, in bytes.
    pub(super) fn cache(&self) -> u64 {
        self.cache
    }

    /// Room for a bala that is kept.
    pub(super) fn bala(&self, bytes: u64) -> Option<Room> {
        self.balas.take(None, bytes).ok().map(Room::new)
    }

    /// Room for a document of so many bytes while it is read: they, and what they say.
    pub(super) async fn document(&self, bytes: u64) -> Result<Room, NoRoom> {
        Ok(Room::new(self.documents.wait(None, bytes.saturating_mul(2), PATIENCE).await?))
    }

    /// Room for an answer of so many bytes, as they are sent.
    ///
    /// Nobody waits here, who has in hand what the answer is made of.
    pub fn answer(&self, peer: Peer, bytes: usize) -> Result<Room, NoRoom> {
        Ok(Room::new(self.answers.take(peer.as_ref(), bytes as u64)?))
    }

    /// Room for a question of so many bytes on its way, and for what it says.
    pub fn question(&self, peer: Peer, bytes: usize) -> Result<Room, NoRoom> {
        Ok(Room::new(self.answers.take(peer.as_ref(), (bytes as u64).saturating_mul(QUESTION))?))
    }

    /// Room for a bala that passes.
    pub(super) async fn passing(&self, peer: Peer) -> Result<Room, NoRoom> {
        Ok(Room::new(self.passing.wait(peer.as_ref(), PASSING_ONE, PATIENCE).await?))
    }

    /// Room for the check of a bala.
    pub(super) async fn check(&self) -> Result<Room, NoRoom> {
        Ok(Room::new(self.checks.wait(None, CHECK, PUSH_PATIENCE).await?))
    }

    /// Room for the document of a push, until the store has it.
    ///
    /// Nobody waits here, who has it in hand, and room for a check as well.
    pub(super) fn pushed(&self, bytes: usize) -> Result<Room, NoRoom> {
        Ok(Room::new(self.pushed.take(None, bytes as u64)?))
    }
}

impl Room {
    fn new(share: Share<IpAddr>) -> Self {
        Self { share }
    }

    /// Gives back what is beyond so many bytes.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.share.shrink_to(bytes as u64);
    }

    /// Bytes that take this room until nobody has any of them.
    pub fn hold(self, bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(Held { bytes, _room: self })
    }
}

impl From<Full> for NoRoom {
    fn from(full: Full) -> Self {
        match full {
            Full::Own => Self::Own,
            Full::All => Self::All,
        }
    }
}

struct Held<B> {
    bytes: B,
    _room: Room,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Held<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT_CACHE: u64 = 64 * MIB;

    #[test]
    fn all_parts_together_are_within_what_a_pod_should_take() {
        let caches = DEFAULT_CACHE + 2 * DEFAULT_CACHE / 8 + DIGESTS + MANIFESTS + SEGMENTS;
        assert!(caches + SLOW_READERS + DOCUMENTS + ANSWERS + PASSING + CHECKS + PUSHED <= 270 * MIB);
    }

    #[test]
    fn bytes_take_room_while_anybody_has_some_of_them() {
        let memory = Memory::new(0);
        let most = usize::try_from(ANSWERS).unwrap();
        let held = memory.answer(None, most).unwrap().hold(vec![0; 10]);
        let part = held.slice(2..3);
        drop(held);
        assert_eq!(memory.answer(None, 1).err(), Some(NoRoom::All));
        drop(part);
        assert!(memory.answer(None, most).is_ok());
    }

    #[test]
    fn one_address_leaves_room_for_others() {
        let memory = Memory::new(0);
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|address| Some(address.parse().unwrap()));
        let half = usize::try_from(ANSWERS / 2).unwrap();
        let _held = memory.answer(one, half).unwrap();
        assert_eq!(memory.answer(one, 1).err(), Some(NoRoom::Own));
        assert!(memory.answer(other, half).is_ok());
    }
}
