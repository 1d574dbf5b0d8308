//! Reading the log from its beginning to its end.

use std::cmp::Ordering;

use barre_contract::known::Cursor;
use barre_core::format::{Format, NEWEST};
use barre_core::segment::{Genesis, Segment};
use barre_core::state::State;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::probe::ProbeError;
use super::refusal::OpenError;
use crate::store::{Error, Folder, Key, Store, segment_seq};

/// Segments that are fetched at the same time while the log is replayed.
const IN_FLIGHT: usize = 32;

/// Reads the log to its end and writes nothing, whoever operates it.
pub async fn survey(store: &Store) -> Result<State, OpenError> {
    store.sync_log().await?;
    let bytes = read(store, &Key::Genesis).await?.ok_or(OpenError::NoRegistry)?;
    let genesis = Genesis::decode(&bytes).map_err(OpenError::Genesis)?;
    let state = replay(store, genesis, NEWEST, &[]).await?;
    check_format(&state, NEWEST)?;
    Ok(state)
}

/// Reads an object that may be absent, with patience: a start is not worth less than a busy store's moment.
pub(super) async fn read(store: &Store, key: &Key<'_>) -> Result<Option<Bytes>, OpenError> {
    store.read_patiently(key).await.map_err(|error| match error {
        // AWS hides what is absent from those who may not list.
        error @ Error::Denied(_) => ProbeError::AbsentDenied(error).into(),
        error => error.into(),
    })
}

/// Reads all segments that a listing names, many at a time, and then on to the end of the log, which `known` places must
/// be in.
pub(super) async fn replay(
    store: &Store,
    genesis: Genesis,
    newest: Format,
    known: &[Cursor],
) -> Result<State, OpenError> {
    let last = store.list(Folder::Log).await?.iter().filter_map(segment_seq).max().unwrap_or(0);
    let mut state = State::new(genesis);
    let mut segments = stream::iter(1..=last)
        .map(|seq| async move { read(store, &Key::Segment(seq)).await.map(|bytes| (seq, bytes)) })
        .buffered(IN_FLIGHT);
    while let Some((seq, bytes)) = segments.try_next().await? {
        let bytes = bytes.ok_or(OpenError::Gap { seq })?;
        state = step(&state, &bytes, newest)?;
        has_passed(&state, known, false)?;
    }
    while let Some(bytes) = read(store, &Key::Segment(state.seq() + 1)).await? {
        state = step(&state, &bytes, newest)?;
        has_passed(&state, known, false)?;
    }
    has_passed(&state, known, true)?;
    Ok(state)
}

/// Whether all that is known of this log is in it, as far as `state` has come.
fn has_passed(state: &State, known: &[Cursor], is_end: bool) -> Result<(), OpenError> {
    let lacks = |cursor: &Cursor| match cursor.seq.cmp(&state.seq()) {
        Ordering::Less => false,
        Ordering::Equal => cursor.head != state.head().to_string(),
        Ordering::Greater => is_end,
    };
    // Whoever gives up something gives up the furthest place, and with it what is before.
    match known.iter().max_by_key(|cursor| cursor.seq).filter(|_| known.iter().any(lacks)) {
        Some(furthest) => {
            let (registry, cursor) = (state.registry(), furthest.clone());
            Err(OpenError::Rewound { registry, cursor, end: state.seq() })
        }
        None => Ok(()),
    }
}

/// Applies the next segment.
fn step(state: &State, bytes: &[u8], newest: Format) -> Result<State, OpenError> {
    // What a newer program wrote is not damage.
    check_format(state, newest)?;
    let seq = state.seq() + 1;
    let damaged = |source| OpenError::Damaged { seq, source };
    let segment = Segment::decode(bytes).map_err(|e| damaged(e.into()))?;
    state.apply(&segment).map(|(next, _)| next).map_err(|e| damaged(e.into()))
}

/// Whether this program may read a log of this format.
pub(super) fn check_format(state: &State, newest: Format) -> Result<(), OpenError> {
    if state.format().is_readable_by(newest) {
        return Ok(());
    }
    Err(OpenError::Format { needed: state.format().reader, ours: newest.reader })
}
