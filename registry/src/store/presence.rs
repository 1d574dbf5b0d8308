//! Who else serves the same folder: a lock that each process shares for as long as it serves, and that nobody else holds
//! while one is alone. Other stores have no such thing, and releases before 0.2.0 took none.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use super::objects::Store;

/// Shared by all who serve.
const SERVING: &str = "serving.lock";
/// Held from the first look at [`SERVING`] until it is shared: whoever begins then waits, and does not think itself alone.
const GATE: &str = "serving.gate";

/// What a process finds out about others when it begins.
#[derive(Debug)]
pub enum Presence {
    /// Nobody else serves the folder, and nobody else can begin until the lock is shared.
    Alone(Lone),
    /// Others serve it, too.
    Beside(FolderLock),
    /// The store is no folder, or its file system has no locks.
    Unknown,
}

/// Says that a process serves a folder, until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _serving: File,
}

/// The lock of a process that is alone.
#[derive(Debug)]
pub struct Lone {
    serving: File,
    gate: File,
}

impl Store {
    /// Joins those who serve this store.
    pub async fn enter(&self) -> io::Result<Presence> {
        let Some(folder) = self.folder().map(Path::to_owned) else { return Ok(Presence::Unknown) };
        blocking(move || {
            let (gate, serving) = (open(&folder.join(GATE))?, open(&folder.join(SERVING))?);
            // Waits only for one that begins, which is soon over.
            match gate.lock() {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(Presence::Unknown),
                locked => locked?,
            }
            match serving.try_lock() {
                Ok(()) => return Ok(Presence::Alone(Lone { serving, gate })),
                Err(TryLockError::WouldBlock) => serving.lock_shared()?,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            Ok(Presence::Beside(FolderLock { _serving: serving }))
        })
        .await
    }

    /// Whether somebody serves this store, if it is a folder; asking writes nothing there.
    pub async fn is_served(&self) -> io::Result<bool> {
        let Some(folder) = self.folder().map(Path::to_owned) else { return Ok(false) };
        blocking(move || {
            let serving = match File::open(folder.join(SERVING)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                opened => opened?,
            };
            match serving.try_lock() {
                Ok(()) => Ok(false),
                Err(TryLockError::WouldBlock) => Ok(true),
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(false),
                Err(TryLockError::Error(error)) => Err(error),
            }
        })
        .await
    }
}

impl Lone {
    /// Lets others begin.
    pub async fn share(self) -> io::Result<FolderLock> {
        blocking(move || {
            self.serving.unlock()?;
            self.serving.lock_shared()?;
            drop(self.gate);
            Ok(FolderLock { _serving: self.serving })
        })
        .await
    }
}

/// A file of its own, because a network file system may lock no folders.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}
