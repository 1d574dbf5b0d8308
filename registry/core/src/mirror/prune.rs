//! What goes again, of what a mirror brought.
//!
//! Nothing goes at once: what is not wanted is remembered with the time since when, and goes after a while. What is wanted again
//! in between is forgotten. If too much would go, something is wrong with upstream or with the selection, and nothing goes.

use std::collections::BTreeMap;

use barre_contract::mirror::{Prune, PruneMode, PrunePolicy};
use jiff::{SignedDuration, Timestamp};

use super::plan::{Plan, Which};
use crate::digest::Digest;
use crate::package::Coordinates;
use crate::release::Origin;
use crate::state::State;

/// Since when what is there is not wanted.
pub type Since = BTreeMap<Which, Timestamp>;

/// What becomes of what is not wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// It goes now.
    pub goes: Vec<Leaving>,
    /// It would go now, and stays: the mode or the fuse says so.
    pub would_go: Vec<Leaving>,
    /// It has some time left.
    pub waits: Vec<(Which, Timestamp)>,
    /// To be remembered until the next time.
    pub since: Since,
    pub tripped: Option<Tripped>,
}

/// A bala that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    pub which: Which,
    pub digest: Digest,
    pub why: Unwanted,
}

/// Why it goes. The text is for the log and for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwanted {
    #[error("upstream has it no more")]
    Orphaned,
    #[error("it is selected no more, and nothing that is selected needs it")]
    NotSelected,
}

/// Why nothing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Tripped {
    #[error("upstream has nothing more of all that it had: look whether it is what it was; nothing goes")]
    EmptyUpstream,
    #[error(
        "{going} of {held} packages' versions would go, more than {percent} percent: nothing goes. If it is meant, raise \
         prune.maxDeletePercent"
    )]
    TooMany { going: usize, held: usize, percent: u32 },
}

/// What goes of what the mirror `id` brought, by this plan.
pub fn prune(rules: &Prune, id: &str, state: &State, plan: &Plan, since: &Since, now: Timestamp) -> Pruned {
    let mut pruned = Pruned::default();
    if rules.policy == PrunePolicy::Never {
        return pruned;
    }
    let grace = SignedDuration::from_hours(i64::from(rules.grace_hours));
    let (mut due, mut held, mut orphaned) = (Vec::new(), 0, 0);
    for (which, digest) in brought(state, id) {
        held += 1;
        orphaned += usize::from(plan.orphaned.contains(&which));
        let before = since.get(&which).copied();
        let Some(why) = unwanted(rules.policy, plan, &which) else {
            // What was not answered may be what wants it, and may not: the time goes on.
            if let Some(before) = before.filter(|_| !plan.is_complete() && !plan.selected.contains(&which)) {
                pruned.since.insert(which, before);
            }
            continue;
        };
        // A time to come was written by a clock that went wrong.
        let from = before.map_or(now, |before| before.min(now));
        pruned.since.insert(which.clone(), from);
        let until = from.saturating_add(grace).unwrap_or(Timestamp::MAX);
        if until <= now {
            due.push(Leaving { which, digest, why });
        } else {
            pruned.waits.push((which, until));
        }
    }
    let due = first_ones_last(state, due);
    pruned.tripped = tripped(rules, due.len(), held, orphaned);
    if pruned.tripped.is_none() && rules.mode == PruneMode::Delete {
        pruned.goes = due;
    } else {
        pruned.would_go = due;
    }
    pruned
}

/// A path without a platform leads to the one that came first: that one goes with all others only, and behind them.
fn first_ones_last(state: &State, mut due: Vec<Leaving>) -> Vec<Leaving> {
    let mut going: BTreeMap<Coordinates, usize> = BTreeMap::new();
    for Leaving { which, .. } in &due {
        *going.entry(which.coordinates.clone()).or_default() += 1;
    }
    due.retain(|Leaving { which: Which { coordinates, platform }, .. }| {
        let package = state.package(&coordinates.org, &coordinates.name);
        let here = package.map_or(&[][..], |package| package.version(&coordinates.version));
        let is_first = here.first().is_some_and(|first| first.description.platform == *platform);
        !is_first || going.get(coordinates) == Some(&here.len())
    });
    for version in due.chunk_by_mut(|a, b| a.which.coordinates == b.which.coordinates) {
        version.reverse();
    }
    due
}

fn tripped(rules: &Prune, going: usize, held: usize, orphaned: usize) -> Option<Tripped> {
    if going == 0 {
        return None;
    }
    if orphaned == held {
        return Some(Tripped::EmptyUpstream);
    }
    let percent = rules.max_delete_percent;
    (going * 100 > held * percent as usize).then_some(Tripped::TooMany { going, held, percent })
}

fn unwanted(policy: PrunePolicy, plan: &Plan, which: &Which) -> Option<Unwanted> {
    if plan.orphaned.contains(which) {
        return Some(Unwanted::Orphaned);
    }
    let by_selection = policy == PrunePolicy::NotSelected && plan.is_complete();
    (by_selection && !plan.selected.contains(which)).then_some(Unwanted::NotSelected)
}

fn brought<'a>(state: &'a State, id: &'a str) -> impl Iterator<Item = (Which, Digest)> + 'a {
    let is_ours = move |origin: &Origin| matches!(origin, Origin::Mirror(from) if from == id);
    let versions = state.packages().flat_map(|(_, package)| package.versions());
    let releases = versions.flat_map(|(_, releases)| releases);
    releases.filter(move |release| is_ours(&release.stored.origin)).map(|release| {
        let described = &release.description;
        let (coordinates, platform) = (described.coordinates.clone(), described.platform.clone());
        (Which { coordinates, platform }, release.stored.digest)
    })
}
