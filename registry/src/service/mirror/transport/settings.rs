//! From what a mirror is told of its upstream to the way there.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use barre_contract::mirror::{PrivateAddresses, Transfer, Upstream};
use http::header::HeaderValue;
use tokio::time::Instant;
use url::Url;

use super::limits::{Hosts, Pace};
use super::{Inner, Transport};
use crate::base::instruments::Instruments;
use crate::service::mirror::guard::{self, Refused, Resolver};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Why an upstream cannot be asked at all, by what was told of it.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("\"{url}\" is no URL")]
    Url { url: String, source: url::ParseError },
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the file with the token of the upstream, \"{}\", cannot be used", .path.display())]
    Token { path: PathBuf, source: io::Error },
    #[error("the token of the upstream is empty, or holds what no header can")]
    TokenText,
    #[error("the file with certificates, \"{}\", cannot be used", .path.display())]
    Certificates { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the proxy cannot be used")]
    Proxy(#[source] reqwest::Error),
    #[error("there can be no client for this upstream")]
    Client(#[source] reqwest::Error),
}

impl Transport {
    /// The way to an upstream until the deadline.
    pub async fn open(
        upstream: &Upstream,
        transfer: &Transfer,
        deadline: Instant,
        instruments: Instruments,
    ) -> Result<Self, Unusable> {
        let home = parse(&upstream.url)?;
        guard::check(&home, upstream.private_addresses)?;
        let token = match &upstream.token_file {
            Some(path) => Some(token(path.into()).await?),
            None => None,
        };
        let inner = Inner {
            client: client(upstream).await?,
            home,
            token,
            private: upstream.private_addresses,
            timeout: Duration::from_secs(upstream.timeout_seconds.max(1).into()),
            max_retries: transfer.max_retries,
            hosts: Hosts::new(usize::try_from(transfer.concurrency_per_host).unwrap_or(1)),
            requests: Pace::new(transfer.requests_per_second.map(u64::from)),
            bytes: Arc::new(Pace::new(transfer.bytes_per_second)),
            deadline,
            sent: AtomicU64::new(0),
            instruments,
        };
        Ok(Self(Arc::new(inner)))
    }
}

fn parse(url: &str) -> Result<Url, Unusable> {
    url.parse().map_err(|source| Unusable::Url { url: url.to_owned(), source })
}

async fn client(upstream: &Upstream) -> Result<reqwest::Client, Unusable> {
    let mut client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .no_proxy();
    let mut resolves = upstream.private_addresses;
    if let Some(proxy) = &upstream.proxy {
        guard::check(&parse(proxy)?, PrivateAddresses::Allowed)?;
        client = client.proxy(reqwest::Proxy::all(proxy).map_err(Unusable::Proxy)?);
        // It resolves the names of upstreams, and only its own is resolved here: proxies are in one's own network.
        resolves = PrivateAddresses::Allowed;
    }
    if let Some(path) = &upstream.ca_file {
        let path = PathBuf::from(path);
        let certificates = certificates(&path).await;
        let certificates = certificates.map_err(|source| Unusable::Certificates { path, source })?;
        client = client.tls_certs_merge(certificates);
    }
    client.dns_resolver(Resolver(resolves)).build().map_err(Unusable::Client)
}

async fn certificates(
    path: &PathBuf,
) -> Result<Vec<reqwest::Certificate>, Box<dyn std::error::Error + Send + Sync>> {
    let certificates = reqwest::Certificate::from_pem_bundle(&tokio::fs::read(path).await?)?;
    if certificates.is_empty() {
        return Err("it holds no certificate (PEM)".into());
    }
    Ok(certificates)
}

async fn token(path: PathBuf) -> Result<HeaderValue, Unusable> {
    let text = tokio::fs::read_to_string(&path).await;
    let text = text.map_err(|source| Unusable::Token { path, source })?;
    if text.trim().is_empty() {
        return Err(Unusable::TokenText);
    }
    let mut value =
        HeaderValue::from_str(&format!("Bearer {}", text.trim())).map_err(|_| Unusable::TokenText)?;
    value.set_sensitive(true);
    Ok(value)
}
