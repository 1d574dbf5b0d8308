//! The clients of a provider's object store.

use std::sync::Arc;
use std::time::Duration;

use barre_contract::setting::Becomes;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use super::clock::StoreClock;
use super::connector::Connector;
use super::unopened::OpenError;

/// How a client of the store behaves.
pub(super) struct ClientSettings {
    retry: RetryConfig,
    options: &'static [(ClientConfigKey, &'static str)],
}

impl ClientSettings {
    /// For the log: one try, because a retried create could meet its own first try.
    pub(super) fn log() -> Self {
        Self {
            retry: RetryConfig { max_retries: 0, ..RetryConfig::default() },
            options: &[(ClientConfigKey::Timeout, "5s"), (ClientConfigKey::ConnectTimeout, "2s")],
        }
    }

    /// For balas: their keys are unique, so that a repeated write is harmless. A transfer may be long, a
    /// silence may not.
    pub(super) fn bytes() -> Self {
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

const S3: [(&str, AmazonS3ConfigKey, Becomes); 8] = [
    ("AWS_ACCESS_KEY_ID", AmazonS3ConfigKey::AccessKeyId, Becomes::Header),
    ("AWS_SECRET_ACCESS_KEY", AmazonS3ConfigKey::SecretAccessKey, Becomes::Header),
    ("AWS_SESSION_TOKEN", AmazonS3ConfigKey::Token, Becomes::Header),
    ("AWS_REGION (or AWS_DEFAULT_REGION)", AmazonS3ConfigKey::Region, Becomes::Label),
    ("AWS_ENDPOINT (or AWS_ENDPOINT_URL)", AmazonS3ConfigKey::Endpoint, Becomes::Address),
    ("AWS_ENDPOINT_URL_S3", AmazonS3ConfigKey::S3Endpoint, Becomes::Address),
    ("AWS_ENDPOINT_URL_STS", AmazonS3ConfigKey::StsEndpoint, Becomes::Address),
    ("AWS_METADATA_ENDPOINT", AmazonS3ConfigKey::MetadataEndpoint, Becomes::Address),
];
const AZURE: [(&str, AzureConfigKey, Becomes); 2] = [
    ("AZURE_STORAGE_ACCOUNT_NAME", AzureConfigKey::AccountName, Becomes::Label),
    ("AZURE_STORAGE_ENDPOINT", AzureConfigKey::Endpoint, Becomes::Address),
];

fn check<K>(
    settings: &[(&'static str, K, Becomes)],
    get: impl Fn(&K) -> Option<String>,
) -> Result<(), OpenError> {
    for (variable, key, becomes) in settings {
        if let Some(problem) = get(key).and_then(|value| becomes.problem(&value)) {
            return Err(OpenError::Variable { variable, problem });
        }
    }
    Ok(())
}

/// Opens a store of a cloud. Each option is set by its key, on top of what the environment says.
pub(super) fn cloud(
    scheme: &ObjectStoreScheme,
    url: &Url,
    ClientSettings { retry, options }: ClientSettings,
    clock: &StoreClock,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let built: object_store::Result<Arc<dyn ObjectStore>> = match scheme {
        ObjectStoreScheme::MicrosoftAzure => {
            let builder = MicrosoftAzureBuilder::from_env();
            check(&AZURE, |key| builder.get_config_value(key))?;
            let builder = builder.with_http_connector(Connector(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: MicrosoftAzureBuilder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(AzureConfigKey::Client(*key), *value)
            };
            options.iter().fold(builder, set).build().map(|store| Arc::new(store) as _)
        }
        ObjectStoreScheme::GoogleCloudStorage => {
            let builder = GoogleCloudStorageBuilder::from_env().with_http_connector(Connector(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: GoogleCloudStorageBuilder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(GoogleConfigKey::Client(*key), *value)
            };
            options.iter().fold(builder, set).build().map(|store| Arc::new(store) as _)
        }
        _ => {
            let builder = AmazonS3Builder::from_env();
            check(&S3, |key| builder.get_config_value(key))?;
            let builder = builder.with_http_connector(Connector(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: AmazonS3Builder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(AmazonS3ConfigKey::Client(*key), *value)
            };
            options.iter().fold(builder, set).build().map(|store| Arc::new(store) as _)
        }
    };
    built.map_err(OpenError::Settings)
}
