//! Who else serves the same folder: a lock that each process shares for as long as it serves, and that nobody else holds
//! while one is alone. Other stores have no such thing.

use std::fs::File;
use std::io;

use super::objects::Store;

/// What a process finds out about others when it begins.
#[derive(Debug)]
pub enum Presence {
    /// Nobody else serves the folder, and nobody else can begin until the lock is shared.
    Alone(FolderLock),
    /// Others serve it, too.
    Beside(FolderLock),
    /// The store is no folder.
    Unknown,
}

/// Says that a process serves a folder, until it is dropped.
#[derive(Debug)]
pub struct FolderLock(File);

impl Store {
    /// Joins those who serve this store.
    pub async fn enter(&self) -> io::Result<Presence> {
        let Some(folder) = self.folder() else { return Ok(Presence::Unknown) };
        let log = folder.join("log");
        blocking(move || {
            let file = File::open(log)?;
            if file.try_lock().is_ok() {
                return Ok(Presence::Alone(FolderLock(file)));
            }
            // Waits only for one that begins alone, which is soon over.
            file.lock_shared()?;
            Ok(Presence::Beside(FolderLock(file)))
        })
        .await
    }
}

impl FolderLock {
    /// Lets others begin.
    pub async fn share(self) -> io::Result<Self> {
        blocking(move || {
            self.0.unlock()?;
            self.0.lock_shared()?;
            Ok(self)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}
