//! From a URL to a store. Credentials come from each provider's usual environment variables.

use std::sync::Arc;

use barre_contract::bucket::LOG;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreScheme};
use url::Url;

use super::clock::StoreClock;
use super::cloud::{ClientSettings, cloud};
use super::objects::Store;
use super::unopened::OpenError;
use crate::base::clock::Clock;
use crate::base::metrics::Metrics;

impl Store {
    /// Opens the store that `url` names.
    pub fn open(url: &Url, clock: Clock, metrics: Metrics) -> Result<Self, OpenError> {
        let (scheme, prefix) =
            ObjectStoreScheme::parse(url).map_err(|_| OpenError::Scheme(url.scheme().to_owned()))?;
        match scheme {
            ObjectStoreScheme::Memory => Ok(Self::shared(Arc::new(InMemory::new()), metrics)),
            ObjectStoreScheme::Local => Self::local(url, metrics),
            ObjectStoreScheme::AmazonS3
            | ObjectStoreScheme::MicrosoftAzure
            | ObjectStoreScheme::GoogleCloudStorage => {
                let clock = StoreClock::new(clock);
                let client = |client| cloud(&scheme, url, client, &clock);
                let below =
                    |store| -> Arc<dyn ObjectStore> { Arc::new(PrefixStore::new(store, prefix.clone())) };
                let (log, bytes) =
                    (below(client(ClientSettings::log())?), below(client(ClientSettings::bytes())?));
                Ok(Self { log, bytes, folder: None, clock, metrics })
            }
            _ => Err(OpenError::Scheme(url.to_string())),
        }
    }

    /// A store whose log and bytes go through one client: memory, and what tests wrap around it.
    pub fn shared(store: Arc<dyn ObjectStore>, metrics: Metrics) -> Self {
        Self::of(Arc::clone(&store), store, metrics)
    }

    /// A store of these clients: the log's never retries, that for bytes does.
    pub fn of(log: Arc<dyn ObjectStore>, bytes: Arc<dyn ObjectStore>, metrics: Metrics) -> Self {
        Self { log, bytes, folder: None, clock: StoreClock::new(Clock::system()), metrics }
    }

    fn local(url: &Url, metrics: Metrics) -> Result<Self, OpenError> {
        let folder = url.to_file_path().map_err(|()| OpenError::Scheme(url.to_string()))?;
        make_folder(&folder.join(LOG)).map_err(|error| OpenError::Folder(folder.clone(), error))?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(OpenError::Settings)?;
        // Folders that deletes leave empty go as well, as if there were none.
        let store = store.with_fsync(true).with_automatic_cleanup(true);
        Ok(Self { folder: Some(folder), ..Self::shared(Arc::new(store), metrics) })
    }
}

/// Makes a folder and those around it, and sees to it that they are on the disk.
fn make_folder(folder: &std::path::Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let Some(parent) = folder.parent() else { return Ok(()) };
    make_folder(parent)?;
    match std::fs::create_dir(folder) {
        // Another process was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    std::fs::File::open(parent)?.sync_all()
}
