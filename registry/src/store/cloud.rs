//! The clients of a provider's object store.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use super::clock::{Noting, StoreClock};
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

/// What a setting becomes. The clients take for granted that it can, and would panic.
#[derive(Debug, Clone, Copy)]
enum Becomes {
    /// A part of a header.
    Header,
    /// An address.
    Address,
}

const S3: [(&str, AmazonS3ConfigKey, Becomes); 5] = [
    ("AWS_ACCESS_KEY_ID", AmazonS3ConfigKey::AccessKeyId, Becomes::Header),
    ("AWS_SECRET_ACCESS_KEY", AmazonS3ConfigKey::SecretAccessKey, Becomes::Header),
    ("AWS_SESSION_TOKEN", AmazonS3ConfigKey::Token, Becomes::Header),
    ("AWS_REGION", AmazonS3ConfigKey::Region, Becomes::Header),
    ("AWS_ENDPOINT", AmazonS3ConfigKey::Endpoint, Becomes::Address),
];
const AZURE: [(&str, AzureConfigKey, Becomes); 2] = [
    ("AZURE_STORAGE_ACCOUNT_NAME", AzureConfigKey::AccountName, Becomes::Header),
    ("AZURE_STORAGE_ENDPOINT", AzureConfigKey::Endpoint, Becomes::Address),
];

fn check<K>(
    settings: &[(&'static str, K, Becomes)],
    get: impl Fn(&K) -> Option<String>,
) -> Result<(), OpenError> {
    for (variable, key, becomes) in settings {
        if let Some(problem) = get(key).and_then(|value| problem(*becomes, &value)) {
            return Err(OpenError::Variable { variable, problem });
        }
    }
    Ok(())
}

/// What is wrong with a value, without repeating it: it may be secret.
fn problem(becomes: Becomes, value: &str) -> Option<&'static str> {
    if value.contains(['\n', '\r']) {
        return Some("has a line break");
    }
    match becomes {
        Becomes::Header if !value.is_ascii() || HeaderValue::from_str(value).is_err() => {
            Some("has characters that no key has")
        }
        Becomes::Header => None,
        Becomes::Address => {
            let url = value.parse::<Url>().ok().filter(Url::has_host);
            let same = value.parse::<Uri>().is_ok_and(|uri| uri.host().is_some());
            (url.is_none() || !same).then_some("is no URL such as https://HOST:PORT, with a port up to 65535")
        }
    }
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
            let builder = builder.with_http_connector(Noting(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: MicrosoftAzureBuilder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(AzureConfigKey::Client(*key), *value)
            };
            options.iter().fold(builder, set).build().map(|store| Arc::new(store) as _)
        }
        ObjectStoreScheme::GoogleCloudStorage => {
            let builder = GoogleCloudStorageBuilder::from_env().with_http_connector(Noting(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: GoogleCloudStorageBuilder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(GoogleConfigKey::Client(*key), *value)
            };
            options.iter().fold(builder, set).build().map(|store| Arc::new(store) as _)
        }
        _ => {
            let builder = AmazonS3Builder::from_env();
            check(&S3, |key| builder.get_config_value(key))?;
            let builder = builder.with_http_connector(Noting(clock.clone()));
            let builder = builder.with_url(url.as_str()).with_retry(retry);
            let set = |b: AmazonS3Builder, (key, value): &(ClientConfigKey, &str)| {
                b.with_config(AmazonS3ConfigKey::Client(*key), *value)
            };
            options.iter().fold(builder, set).build().map(|store| Arc::new(store) as _)
        }
    };
    built.map_err(OpenError::Settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_would_panic_at_is_refused_in_words() {
        for good in ["AKIA123", "a/b+c=", ""] {
            assert_eq!(problem(Becomes::Header, good), None, "{good}");
        }
        for bad in ["a\n", "a\r\nx: y", "ä", "a\0"] {
            assert!(problem(Becomes::Header, bad).is_some(), "{bad:?}");
        }
        for good in [
            "http://store:7070",
            "https://s3.eu-central-1.amazonaws.com",
            "http://10.0.0.1:9000/",
            "http://[::1]:9000",
        ] {
            assert_eq!(problem(Becomes::Address, good), None, "{good}");
        }
        for bad in [
            "http://127.0.0.1:99999",
            "http://ä.example.com",
            "http://exa mple",
            "http://256.1.1.1:7070",
            "http://xn--abc:7070",
            "http://a<b",
            "http://store\n",
            "store:7070",
            "http://",
        ] {
            assert!(problem(Becomes::Address, bad).is_some(), "{bad:?}");
        }
    }
}
