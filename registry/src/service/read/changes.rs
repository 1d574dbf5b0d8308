//! What happened to the registry: its log from some place on, as far as somebody may read it.
//!
//! A pod keeps what follows from the segments and not the segments, so they are read again, a bounded part of them at a time.
//! What is told is decided on the state as it is now: who may not see something, or whom the registry no longer shows it,
//! hears nothing of how it came.

use std::cmp::Ordering;

use barre_contract::known::Cursor;
use barre_core::access::Identity;
use barre_core::digest::Digest;
use barre_core::segment::Segment;
use barre_core::state::State;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use super::look::Reads;
use super::view::View;
use crate::log::Unavailable;
use crate::service::memory::{Memory, NoRoom, Peer, Room};

/// Most bytes of segments that are told at once, unless a single one has more.
const MOST_BYTES: usize = 1024 * 1024;
/// Segments that one reader waits for at the same time.
const AHEAD: usize = 8;

/// What happened behind a place in the log.
pub struct Changes {
    /// Where it goes on.
    pub cursor: Cursor,
    /// How often somebody began to operate the log.
    pub epoch: u64,
    /// Whether more has happened already.
    pub more: bool,
    pub segments: Vec<Told>,
}

/// A segment as far as it may be read.
pub struct Told {
    pub seq: u64,
    pub time: Timestamp,
    /// Its first line, as it is stored.
    pub header: Bytes,
    /// Those of the other lines that may be read.
    pub changes: Vec<Bytes>,
    _room: Room,
}

/// Why nothing is told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
}

/// The place is not in this log, which was restored, or is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this cursor is not in the log of this registry, which was restored or is another one: compare everything, and begin \
     without a cursor"
)]
pub struct Elsewhere {
    pub epoch: u64,
}

impl Reads {
    /// What happened behind `after`, or from the beginning on, in at most so many segments, as `identity` may read it. Room
    /// for it is taken of what `peer` may have.
    pub async fn changes(
        &self,
        identity: &Identity,
        after: Option<&Cursor>,
        most: u64,
        (memory, peer): (&Memory, Peer),
    ) -> Result<Changes, NotTold> {
        let mut state = self.recent(identity).await?;
        if after.is_some_and(|after| may_be_in(&state, after).is_err()) {
            state = self.log.fresh().await?;
        }
        after.map_or(Ok(()), |after| may_be_in(&state, after))?;
        let admission = self.mirrors.admission();
        let view = View::new(&state, identity, self.admitting(admission.as_deref()));
        let (mut seq, mut head) = after.map_or((0, None), |after| (after.seq, Some(after.head.clone())));
        let end = state.seq().min(seq.saturating_add(most));
        let read = |seq| async move {
            let bytes = self.history.segment(seq).await?;
            let room = memory.answer(peer, bytes.len())?;
            Ok::<_, NotTold>((bytes, room))
        };
        let mut coming = stream::iter(seq + 1..=end).map(read).buffered(AHEAD);
        let (mut segments, mut size) = (Vec::new(), 0);
        while let Some(next) = coming.next().await {
            let (bytes, room) = next?;
            size += bytes.len();
            if size > MOST_BYTES && !segments.is_empty() {
                break;
            }
            let segment = Segment::decode(&bytes).map_err(|_| Unavailable::Damaged)?;
            if head.is_some_and(|head| head != segment.header.prev.to_string()) {
                // The first one decides whether the cursor is in this log; those behind it were chained when they were read.
                let elsewhere = Elsewhere { epoch: state.epoch() };
                return Err(if segments.is_empty() { elsewhere.into() } else { Unavailable::Damaged.into() });
            }
            (seq, head) = (seq + 1, Some(segment.head.to_string()));
            check(&state, seq, &segment)?;
            segments.push(told(view, &bytes, &segment, room));
        }
        let cursor = Cursor { seq, head: head.unwrap_or_default() };
        Ok(Changes { cursor, epoch: state.epoch(), more: seq < state.seq(), segments })
    }
}

/// Whether a place is in the log, as far as the state knows: of what is before its end it knows no hash.
fn may_be_in(state: &State, place: &Cursor) -> Result<(), Elsewhere> {
    let is_end = || place.head == state.head().to_string();
    match place.seq.cmp(&state.seq()) {
        Ordering::Less => Ok(()),
        Ordering::Equal if is_end() => Ok(()),
        Ordering::Equal | Ordering::Greater => Err(Elsewhere { epoch: state.epoch() }),
    }
}

/// Whether a segment of this number is what the state was made of, as far as the state knows.
fn check(state: &State, seq: u64, segment: &Segment) -> Result<(), Unavailable> {
    let head: Option<Digest> = (seq == state.seq()).then(|| state.head());
    let is_so = segment.header.seq == seq && head.is_none_or(|head| head == segment.head);
    is_so.then_some(()).ok_or(Unavailable::Damaged)
}

fn told(view: View<'_>, bytes: &Bytes, segment: &Segment, room: Room) -> Told {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| bytes.slice_ref(line));
    let header = lines.next().unwrap_or_default();
    let seen = |(change, line)| view.tells(change).then_some(line);
    let changes = segment.changes.iter().zip(lines).filter_map(seen).collect();
    Told { seq: segment.header.seq, time: segment.header.time, header, changes, _room: room }
}
