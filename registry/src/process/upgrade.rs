//! When the format of the log goes up: once no older program serves it any more, and not before, so that a release can be
//! taken back until then.
//!
//! With the operator, it is the operator who knows: its word is in a file that is read again and again. Without it, only a
//! process that is alone may tell by itself, and only on a folder it can find out whether it is: by a lock. Elsewhere
//! `barre-registry format --raise` is for the one who knows.

use std::path::PathBuf;
use std::time::Duration;

use barre_contract::settled::Settled;
use tokio::time::Instant;

use super::args::Serve;
use crate::log::Log;
use crate::store::{FolderLock, Presence, Store};

/// How often the operator's word is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// How long it must stand unchanged. The kubelet takes up to two minutes to bring a change to a pod: so whatever the operator
/// sees in the first minute to be wrong with its word, such as a pod that was given a newer program under the same template,
/// or a rollout that is taken back, has arrived by then.
const STANDS: Duration = Duration::from_mins(3);

/// Where the operator says that a rollout has settled.
pub struct Told {
    file: PathBuf,
    template: String,
}

impl Told {
    /// What the flags say; nothing for a process without an operator.
    pub fn from(args: &Serve) -> Option<Self> {
        Some(Self { file: args.settled.clone()?, template: args.template.clone()? })
    }

    /// Whether all pods have our template. A file that is not there yet, or half written, says nothing.
    async fn is_settled(&self) -> bool {
        let Ok(bytes) = tokio::fs::read(&self.file).await else { return false };
        serde_json::from_slice::<Settled>(&bytes).is_ok_and(|settled| settled.is_about(&self.template))
    }
}

/// Raises the format when that is told, and returns when there is nothing to raise.
pub async fn follow(log: Log, told: Option<Told>) {
    let Some(told) = told else { return };
    let mut since: Option<Instant> = None;
    let mut complained = None;
    while let Some(format) = log.raisable() {
        since = if told.is_settled().await { since.or_else(|| Some(Instant::now())) } else { None };
        if since.is_some_and(|since| since.elapsed() >= STANDS)
            && let Err(error) = log.raise("operator").await
            && complained.replace(error) != Some(error)
        {
            tracing::warn!(%format, error = &error as &dyn std::error::Error, "the format was not raised yet");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Joins those who serve this store; the lock says to others that this process does. One without an operator that is `alone`
/// raises the format.
pub async fn enter(log: &Log, store: &Store, alone: bool) -> std::io::Result<Option<FolderLock>> {
    let presence = store.enter().await?;
    let in_force = log.state().format();
    match (log.raisable().filter(|_| alone), &presence) {
        (None, _) => {}
        (Some(format), Presence::Alone(_)) => {
            tracing::info!(%in_force, %format, "nobody else serves this folder: raising the format of its log");
            if let Err(error) = log.raise("server").await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the format was not raised");
            }
        }
        (Some(format), Presence::Beside(_) | Presence::Unknown) => tracing::warn!(
            %in_force,
            %format,
            "this program writes a newer format than the log has: once no older one serves it any more, run \
             barre-registry format --raise"
        ),
    }
    match presence {
        Presence::Alone(lone) => lone.share().await.map(Some),
        Presence::Beside(lock) => Ok(Some(lock)),
        Presence::Unknown => Ok(None),
    }
}
