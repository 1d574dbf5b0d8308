//! What earlier runs of a mirror left in the store: how far they read what happened upstream, and when they first saw what.

use std::collections::BTreeMap;

use barre_contract::known::Cursor;
use barre_contract::mirror::{Outcome, Report};
use barre_core::mirror::{Since, Which};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::given::Run;
use crate::store::{Error, Folder, Key, MIRROR_SEEN, Store, Stored, mirror_report};

/// Runs whose reports are kept.
const KEPT: usize = 50;
/// Runs that are looked at for a cursor: since the last good one.
const LOOKED_AT: usize = 20;
const SEEN_VERSION: u32 = 1;

/// What earlier runs left.
#[derive(Debug, Default)]
pub(super) struct History {
    /// How far the last good run came, and what it had selected.
    pub(super) cursor: Option<(Cursor, String)>,
    pub(super) seen: Seen,
    /// How often a run with the name of this one has told something.
    pub(super) told: u64,
    pub(super) seen_before: u64,
    /// Reports that are of no use any more.
    old: Vec<(String, u64)>,
}

/// Times that nobody else knows. The keys are packages and platforms, such as `acme/a:1.0.0 any`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    #[serde(default)]
    v: u32,
    /// When a version was first seen upstream that waits.
    #[serde(default)]
    first: BTreeMap<String, Timestamp>,
    /// Since when something that is here is not selected, or not upstream.
    #[serde(default)]
    unselected: BTreeMap<String, Timestamp>,
    /// When all of another Barre was looked at last: what its feed passes over once, it never tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) compared: Option<Timestamp>,
}

impl History {
    /// Reads what is there.
    pub(super) async fn read(run: &Run) -> Result<Self, Error> {
        let (store, id) = (&run.store, run.mirror.id.as_str());
        let mut runs: BTreeMap<String, Vec<(u64, Stored)>> = BTreeMap::new();
        for stored in store.list_stored(Folder::Mirror(id)).await? {
            if let Some((name, number)) = mirror_report(&stored.path, id) {
                runs.entry(name).or_default().push((number, stored));
            }
        }
        let seen: Vec<u64> =
            runs.remove(MIRROR_SEEN).into_iter().flatten().map(|(number, _)| number).collect();
        let told = runs.get(&run.name).into_iter().flatten().map(|(number, _)| number + 1).max().unwrap_or(0);
        let mut history = Self { told, ..Self::default() };
        if let Some(last) = seen.into_iter().max() {
            history.seen_before = last + 1;
            history.seen = read_json(store, &Key::MirrorSeen(id, last)).await?.unwrap_or_default();
        }
        // The newest first.
        let mut runs: Vec<_> = runs
            .into_iter()
            .filter_map(|(name, mut reports)| {
                reports.sort_by_key(|(number, _)| *number);
                let written = reports.last()?.1.written;
                Some((written, name, reports.into_iter().map(|(number, _)| number).collect::<Vec<_>>()))
            })
            .collect();
        runs.sort_by(|a, b| (b.0, &b.1).cmp(&(a.0, &a.1)));
        for (_, name, numbers) in runs.iter().take(LOOKED_AT) {
            let Some(last) = numbers.last() else { continue };
            let report: Option<Report> = read_json(store, &Key::MirrorReport(id, name, *last)).await?;
            // That of the last good one alone: an older one may have passed what that one could not copy.
            if let Some(good) = report.filter(is_good) {
                history.cursor = cursor(&good);
                break;
            }
        }
        let old = runs.into_iter().skip(KEPT);
        history.old =
            old.flat_map(|(_, name, numbers)| numbers.into_iter().map(move |n| (name.clone(), n))).collect();
        Ok(history)
    }

    /// Deletes old reports. One that cannot be deleted holds nothing up.
    pub(super) async fn tidy(&self, run: &Run) {
        for (name, number) in &self.old {
            let key = Key::MirrorReport(&run.mirror.id, name, *number);
            if let Err(error) = run.store.delete(&key).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "an old report cannot be deleted");
            }
        }
    }

    /// Writes down what was seen, if it is not what was known.
    pub(super) async fn keep(&self, run: &Run, seen: Seen) -> Result<(), Error> {
        let id = run.mirror.id.as_str();
        let seen = Seen { v: SEEN_VERSION, ..seen };
        if seen != (Seen { v: SEEN_VERSION, ..self.seen.clone() }) {
            let bytes = serde_json::to_vec(&seen).unwrap_or_default();
            run.store.put_once(&Key::MirrorSeen(id, self.seen_before), bytes.into()).await?;
            if let Some(before_last) = self.seen_before.checked_sub(2) {
                run.store.delete(&Key::MirrorSeen(id, before_last)).await?;
            }
        }
        Ok(())
    }
}

impl Seen {
    /// When this version was first seen, if it waits.
    pub(super) fn first(&self, which: &Which) -> Option<Timestamp> {
        self.first.get(&key(which)).copied()
    }

    /// Forgets when versions were first seen.
    pub(super) fn forget_first(&mut self) {
        self.first.clear();
    }

    /// Since when what is here is not wanted.
    pub(super) fn unselected(&self) -> Since {
        self.unselected.iter().filter_map(|(key, at)| Some((which(key)?, *at))).collect()
    }

    pub(super) fn note_unselected(&mut self, since: Since) {
        self.unselected = since.into_iter().map(|(of, at)| (key(&of), at)).collect();
    }

    pub(super) fn note_first(&mut self, which: &Which, at: Timestamp) {
        self.first.insert(key(which), at);
    }
}

fn key(Which { coordinates, platform }: &Which) -> String {
    format!("{coordinates} {platform}")
}

fn which(key: &str) -> Option<Which> {
    let (coordinates, platform) = key.split_once(' ')?;
    Some(Which { coordinates: coordinates.parse().ok()?, platform: platform.parse().ok()? })
}

fn is_good(report: &Report) -> bool {
    matches!(report.outcome, Some(Outcome::Succeeded | Outcome::PartiallySucceeded))
}

fn cursor(report: &Report) -> Option<(Cursor, String)> {
    Some((report.cursor.as_ref()?.parse().ok()?, report.selected.clone()?))
}

/// What cannot be read counts as not there: it is of another release, or broken, and only costs time.
async fn read_json<T: for<'de> Deserialize<'de>>(store: &Store, key: &Key<'_>) -> Result<Option<T>, Error> {
    let bytes = store.read_patiently(key).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
