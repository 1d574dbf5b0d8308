//! When the format of the log goes up: once no older program serves it any more, and not before, so that a release can be
//! taken back until then.
//!
//! With the operator, it is the operator who knows: its word is in a file that is read again and again. Without it, only a
//! process that is alone may tell by itself, and only on a folder it can find out whether it is: by a lock. Elsewhere
//! `barre-registry format --raise` is for the one who knows.

use std::path::PathBuf;
use std::time::Duration;

use barre_contract::settled::Settled;

use super::args::Serve;
use crate::log::Log;
use crate::store::{FolderLock, Presence, Store};

/// How often the operator's word is looked for, and a raise that was not confirmed is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(3);

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
    while let Some(format) = log.raisable() {
        if told.is_settled().await {
            tracing::info!(%format, "no pod of an older release is left: raising the format of the log");
            if let Err(error) = log.raise("operator").await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the format was not raised yet");
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Raises the format of the log of a process without an operator, if it is alone. The lock says to others that it is there.
pub async fn alone(log: &Log, store: &Store) -> std::io::Result<Option<FolderLock>> {
    let presence = store.enter().await?;
    let in_force = log.state().format();
    match (log.raisable(), &presence) {
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
        Presence::Alone(lock) => lock.share().await.map(Some),
        Presence::Beside(lock) => Ok(Some(lock)),
        Presence::Unknown => Ok(None),
    }
}
