//! From a URL to a store. Credentials come from each provider's usual environment variables.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use barre_contract::bucket::LOG;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use super::clock::{Noting, StoreClock};
use super::objects::Store;
use crate::base::clock::Clock;
use crate::base::metrics::Metrics;

/// Why a URL cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("\"{0}\" is no store: use s3://BUCKET/PREFIX, az://…, gs://…, file:///FOLDER or memory:")]
    Scheme(String),
    #[error("the store's settings are wrong")]
    Settings(#[source] object_store::Error),
    #[error("the folder {} cannot be made or opened", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
}

/// How a client of the store behaves.
struct ClientSettings {
    retry: RetryConfig,
    options: &'static [(ClientConfigKey, &'static str)],
}

impl ClientSettings {
    /// For the log: one try, because a retried create could meet its own first try.
    fn log() -> Self {
        Self {
            retry: RetryConfig { max_retries: 0, ..RetryConfig::default() },
            options: &[(ClientConfigKey::Timeout, "5s"), (ClientConfigKey::ConnectTimeout, "2s")],
        }
    }

    /// For balas: their keys are unique, so that a repeated write is harmless. A transfer may be long, a
    /// silence may not.
    fn bytes() -> Self {
        let backoff = BackoffConfig { init_backoff: Duration::from_millis(50), ..BackoffConfig::default() };
        Self {
            retry: RetryConfig { backoff, max_retries: 3, retry_timeout: Duration::from_secs(10) },
            options: &[
                (ClientConfigKey::Timeout, "1h"),
                (ClientConfigKey::ReadTimeout, "15s"),
                (ClientConfigKey::ConnectTimeout, "2s"),
            ],
        }
    }
}

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
                let client = |client| cloud(&scheme, url, client, &clock).map_err(OpenError::Settings);
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
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(OpenError::Settings)?.with_fsync(true);
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

/// Opens a store of a cloud. Each option is set by its key, on top of what the environment says.
fn cloud(
    scheme: &ObjectStoreScheme,
    url: &Url,
    ClientSettings { retry, options }: ClientSettings,
    clock: &StoreClock,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    Ok(match scheme {
        ObjectStoreScheme::MicrosoftAzure => {
            let builder = MicrosoftAzureBuilder::from_env().with_http_connector(Noting(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: MicrosoftAzureBuilder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(AzureConfigKey::Client(*key), *value)
            };
            Arc::new(options.iter().fold(builder, set).build()?)
        }
        ObjectStoreScheme::GoogleCloudStorage => {
            let builder = GoogleCloudStorageBuilder::from_env().with_http_connector(Noting(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: GoogleCloudStorageBuilder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(GoogleConfigKey::Client(*key), *value)
            };
            Arc::new(options.iter().fold(builder, set).build()?)
        }
        _ => {
            let builder = AmazonS3Builder::from_env().with_http_connector(Noting(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: AmazonS3Builder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(AmazonS3ConfigKey::Client(*key), *value)
            };
            Arc::new(options.iter().fold(builder, set).build()?)
        }
    })
}
