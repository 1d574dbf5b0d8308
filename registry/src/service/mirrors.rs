//! What this registry is told of the mirrors that feed it, from a file: the rules of admission, and what is pulled through.
//!
//! The file is read again every few seconds. One that became unreadable or wrong leaves everything as it was, with an error in
//! the log and in a metric. Without a file nothing is mirrored, and nothing is denied.

mod reports;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use barre_contract::mirror;
use barre_core::admission::{Admission, LetIn};
use barre_core::digest::Digest;
use serde::Deserialize;
use tokio::sync::watch;

use super::reread::{self, Seen};
use crate::base::metrics::Metrics;
pub use reports::{Reports, Untold};

/// What holds where there is no file.
static NOTHING: LazyLock<Arc<InForce>> = LazyLock::new(Arc::default);

/// The file with the mirrors of this registry. Cheap to clone.
#[derive(Clone, Default)]
pub struct MirrorsFile(Option<Arc<File>>);

struct File {
    path: PathBuf,
    metrics: Metrics,
    current: watch::Sender<Loaded>,
}

#[derive(Clone)]
struct Loaded {
    /// What was last read, good or bad.
    seen: Seen,
    in_force: Arc<InForce>,
}

/// What a file said that could be read.
#[derive(Debug, Default)]
pub struct InForce {
    /// How many files were in force before. What follows from one of them need not follow from another.
    pub generation: u64,
    /// Of the file; none where there is no file.
    pub digest: Option<Digest>,
    pub mirrors: mirror::Mirrors,
    pub admission: Arc<Admission>,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("file with mirrors \"{}\": {problem}", path.display())]
pub struct MirrorsUnusable {
    path: PathBuf,
    problem: String,
}

impl MirrorsFile {
    /// Reads the file. Who starts with rules that cannot be read would show what they deny.
    pub async fn open(path: Option<PathBuf>, metrics: Metrics) -> Result<Self, MirrorsUnusable> {
        let Some(path) = path else { return Ok(Self::default()) };
        let (seen, read) = reread::read(&path).await;
        let in_force = match read.and_then(|bytes| parse(&bytes, 0)) {
            Ok(in_force) => in_force,
            Err(problem) => return Err(MirrorsUnusable { path, problem }),
        };
        tell(&path, &in_force);
        let current = watch::Sender::new(Loaded { seen, in_force: Arc::new(in_force) });
        Ok(Self(Some(Arc::new(File { path, metrics, current }))))
    }

    /// Reads the file again, for ever.
    pub async fn follow(self) {
        loop {
            tokio::time::sleep(reread::EVERY).await;
            self.reload().await;
        }
    }

    /// Reads the file again.
    pub async fn reload(&self) {
        let Some(File { path, metrics, current }) = self.0.as_deref() else { return };
        let Loaded { seen: before, in_force } = current.borrow().clone();
        let (seen, read) = reread::read(path).await;
        if seen == before {
            return;
        }
        // What was in force, and is again after a file that could not be used, has not changed.
        let is_same = seen.is_ok_and(|digest| in_force.digest == Some(digest));
        let read = if is_same {
            Ok(in_force)
        } else {
            let next = read.and_then(|bytes| parse(&bytes, in_force.generation + 1));
            next.map(Arc::new).map_err(|problem| (problem, in_force))
        };
        metrics.mirrors_unusable(read.is_err());
        let in_force = match read {
            Ok(in_force) => {
                tell(path, &in_force);
                in_force
            }
            Err((problem, in_force)) => {
                tracing::error!(path = %path.display(), problem, "file with mirrors is unusable; what it said before holds");
                in_force
            }
        };
        current.send_replace(Loaded { seen, in_force });
    }

    /// What holds now.
    pub fn in_force(&self) -> Arc<InForce> {
        match self.0.as_deref() {
            Some(file) => Arc::clone(&file.current.borrow().in_force),
            None => Arc::clone(&NOTHING),
        }
    }

    /// The rules of admission that hold now, if there may be any.
    pub fn admission(&self) -> Option<Arc<Admission>> {
        Some(Arc::clone(&self.0.as_deref()?.current.borrow().in_force.admission))
    }

    /// The number of what holds now.
    pub fn generation(&self) -> u64 {
        self.0.as_deref().map_or(0, |file| file.current.borrow().in_force.generation)
    }

    /// Waits until something else holds than what has this number.
    pub async fn changed_since(&self, generation: u64) {
        let Some(file) = self.0.as_deref() else { return std::future::pending().await };
        // The sender lives as long as `self`.
        let _ = file.current.subscribe().wait_for(|loaded| loaded.in_force.generation != generation).await;
    }
}

/// Tells what came into force: who is let in early, once.
fn tell(path: &Path, in_force: &InForce) {
    let InForce { mirrors, admission, .. } = in_force;
    tracing::info!(path = %path.display(), mirrors = mirrors.mirrors.len(), "file with mirrors is in force");
    for LetIn { mirror, coordinates, reason } in admission.let_in() {
        tracing::info!(mirror, package = %coordinates, reason, "let in whatever its age");
    }
}

/// A file without its list is another file, and no word that nothing is denied.
#[derive(Deserialize)]
struct Content {
    mirrors: Vec<mirror::Mirror>,
}

fn parse(bytes: &[u8], generation: u64) -> Result<InForce, String> {
    let Content { mirrors } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mirrors = mirror::Mirrors { mirrors };
    let admission = Admission::read(&mirrors).map_err(|invalid| invalid.to_string())?;
    Ok(InForce { generation, digest: Some(Digest::of(bytes)), mirrors, admission: Arc::new(admission) })
}

#[cfg(test)]
mod tests;
